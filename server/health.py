"""Routes for operators: health, readiness and metrics."""

import logging

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

import storage
from settings import Settings
from telemetry.metrics import CONTENT_TYPE, may_read_metrics, render_metrics

log = logging.getLogger("groundswell")

PRIVATE = {"cache-control": "private, no-store", "vary": "authorization"}


class HealthRoutes:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.routes = [
            Route("/healthz", self.healthz),
            Route("/readyz", self.readyz),
            Route("/metrics", self.metrics),
        ]

    async def metrics(self, request: Request) -> Response:
        """Answer with the metrics, or with 404 to a client that does not send METRICS_TOKEN."""
        if not may_read_metrics(self.settings, request.headers.get("authorization")):
            return Response(status_code=404, headers=PRIVATE)
        return Response(await render_metrics(), media_type=CONTENT_TYPE, headers=PRIVATE)

    async def healthz(self, request: Request) -> Response:
        """Answer that the process is alive."""
        return JSONResponse({"status": "ok"})

    async def readyz(self, request: Request) -> Response:
        """Answer whether the database answers and all migrations are applied."""
        try:
            is_current = await storage.is_current(self.settings)
        except Exception as error:
            # the message of a driver may repeat parts of DATABASE_URL
            log.error("the database does not answer: %s", storage.connection_errors.describe(error) or type(error))
            return JSONResponse({"status": "the database does not answer"}, 503)
        if not is_current:
            return JSONResponse({"status": "the database must be migrated: cli.py migrate"}, 503)
        return JSONResponse({"status": "ready"})
