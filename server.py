"""The ASGI application: lifespan, routes, one context per request; nothing else."""

import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import blake2b
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from strawberry.extensions import DisableIntrospection
from strawberry.schema.config import StrawberryConfig

import execution
import models
import schema
import settings as knobs
import transport
from live import Live
from resolvers import writing
from resolvers.context import Context
from resolvers.loaders import Loaders

log = logging.getLogger("groundswell")


class Schema(transport.Coded, execution.Schema):
    """Our types, run compiled, with errors that have a code."""


def create_schema(settings: knobs.Settings) -> Schema:
    return Schema(
        query=schema.Query,
        mutation=schema.Mutation,
        subscription=schema.Subscription,
        config=StrawberryConfig(scalar_map=schema.SCALARS, disable_field_suggestions=not settings.suggestions),
        extensions=[] if settings.introspection else [DisableIntrospection],
        compiled=settings.compiled,
    )


class Groundswell:
    """What the routes share: the schema, the live readers, and how a request gets its context."""

    def __init__(self, settings: knobs.Settings) -> None:
        self.settings = settings
        self.key = settings.key  # refuses to start without one
        self.live = Live(settings.live_queue, settings.live_poll_seconds)
        self.graphql = transport.GraphQL(
            create_schema(settings),
            self.context,
            body_limit=settings.body_limit,
            ide=settings.introspection,
            origins=settings.cors_origins,
        )

    def context(self, authorization: str | None, request: Request | WebSocket) -> Context:
        loaders = Loaders(remember=request.scope["type"] != "websocket")
        context = Context(self.settings, self.live, visitor=self._visitor(request), loaders=loaders)
        context.identify(authorization)
        return context

    def _visitor(self, request: Request | WebSocket) -> str:
        who = f"{request.client.host if request.client else ''} {request.headers.get('user-agent', '')}"
        return blake2b(who.encode(), key=self.key, digest_size=16).hexdigest()

    @asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        await models.connect(self.settings)
        if models.database.is_in_memory(self.settings):  # nobody else could have made its tables
            await models.migrate(self.settings)
        settle_memory()
        try:
            yield
        finally:
            await self.live.close()
            await writing.finish()
            await models.close()

    async def healthz(self, request: Request) -> Response:
        """The process answers."""
        return JSONResponse({"status": "ok"})

    async def readyz(self, request: Request) -> Response:
        """The database answers, and its tables are as this version needs them."""
        try:
            current = await models.is_current(self.settings)
        except Exception:
            log.exception("the database does not answer")
            return JSONResponse({"status": "the database does not answer"}, 503)
        if not current:
            return JSONResponse({"status": "the database must be migrated: cli.py migrate"}, 503)
        return JSONResponse({"status": "ready"})


def settle_memory() -> None:
    """What is there at the start stays: the collector need not look at it again, nor after every few objects.

    An answer is thousands of small objects without cycles, and Python's default is to search all of the schema
    for garbage every few requests.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


async def explain(settings: knobs.Settings, text: str, variables: dict[str, Any], name: str | None) -> str:
    """What a query is compiled into and costs, and the statements of one run by an anonymous visitor."""
    made = create_schema(settings)
    told = str(execution.explain(made, text, variables, name))
    statements: list[str] = []
    models.database.observers.append(statements.append)
    try:
        result = await made.execute(text, variables, Context(settings, Live()), operation_name=name)
    finally:
        models.database.observers.remove(statements.append)
    problems = [error.message for error in result.errors or ()]
    return "\n\n".join([told, f"-- {len(statements)} statements", *statements, *problems])


async def home(request: Request) -> Response:
    return RedirectResponse("/graphql")


def create_app(settings: knobs.Settings) -> Starlette:
    site = Groundswell(settings)
    app = Starlette(
        routes=[
            Route("/", home),
            Route("/graphql", site.graphql),
            WebSocketRoute("/graphql", site.graphql),
            Route("/healthz", site.healthz),
            Route("/readyz", site.readyz),
        ],
        middleware=[
            Middleware(
                CORSMiddleware,
                allow_origins=list(settings.cors_origins),
                allow_methods=["GET", "POST"],
                allow_headers=["authorization", "content-type"],
                expose_headers=["x-request-id"],
            )
        ],
        lifespan=site.lifespan,
    )
    app.state.site = site
    return app


def app() -> Any:
    """For `uvicorn --factory server:app`."""
    return create_app(knobs.settings)
