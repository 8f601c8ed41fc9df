"""The ASGI application: lifespan, routes, one context per request; nothing else."""

import gc
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from socket import socket
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import get_object_definition

import execution
import schema
import storage
import transport
from auth.api_key_cache import ApiKeyCache
from auth.host_sign_in import ExternalIssuer
from auth.rate_limits import RateLimits
from auth.token_cache import TokenCache, reject_unknown_issuer
from jobs import chores, revocations
from jobs.mails import Delivery
from live import Live
from mail.smtp import MailServer
from refusals import InvalidToken
from resolvers import mutations
from resolvers.context import Context
from resolvers.host_sign_in import HostSignIn
from resolvers.loaders import Loaders
from settings import Settings, exit_if_invalid
from settings import settings as environment
from telemetry.metrics import CONTENT_TYPE, may_read, metrics

WEB = Path(__file__).parent / "web"
PAGES = {"/confirm": "confirm/confirm.html", "/confirm.css": "confirm/confirm.css", "/confirm.js": "confirm/confirm.js"}

log = logging.getLogger("groundswell")


class Schema(transport.ErrorMaskingSchema):
    """Our types, run compiled, with errors that have a code."""


def create_schema(settings: Settings) -> Schema:
    return Schema(
        query=schema.Query,
        mutation=schema.Mutation,
        subscription=schema.Subscription,
        config=StrawberryConfig(scalar_map=schema.SCALARS, disable_field_suggestions=not settings.suggestions),
        compiled=settings.compiled,
        introspection=settings.introspection,
        limits=_limits(settings),
        report_cost=settings.report_cost,
    )


def _limits(settings: Settings) -> execution.Limits:
    limits, known = dict(settings.limits), vars(execution.Limits())
    with exit_if_invalid("LIMITS"):
        if not limits.keys() <= known.keys():
            raise ValueError(f"it names a limit that there is not; there are {', '.join(known)}")
        return execution.Limits(**limits)


def _rate_limits(settings: Settings) -> RateLimits:
    mutations = (field.python_name for field in get_object_definition(schema.Mutation, strict=True).fields)
    with exit_if_invalid("RATE_LIMITS or RATE_LIMIT_STORAGE"):
        return RateLimits(settings.rate_limits, settings.rate_limit_storage, mutations)


def _mail_server(settings: Settings) -> MailServer | None:
    with exit_if_invalid("The mails' settings"):
        url = settings.mail_url
        return MailServer.of(url, settings.mail_sender, settings.mail_seconds) if url else None


def _host_sign_in(settings: Settings) -> HostSignIn | None:
    with exit_if_invalid("The ISSUER's settings"):
        return HostSignIn(ExternalIssuer(settings)) if settings.issuer else None


def _text(settings: Settings) -> transport.DocumentLookup:
    """How the document that a request means is found."""
    if path := settings.trusted_documents:
        with exit_if_invalid(f"TRUSTED_DOCUMENTS={path!r}", (OSError, ValueError, AttributeError)):
            return execution.TrustedDocuments.from_file(path).text
    return execution.PersistedOperations().text if settings.persisted_queries else execution.sent_in_full


class Groundswell:
    """What the routes share: the schema, the live readers, and how a request gets its context."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.key = settings.key  # refuses to start without one
        self.live = Live(settings.live_queue, settings.live_poll_seconds)
        self.api_key_cache = ApiKeyCache()
        self.token_cache = TokenCache()
        host_sign_in = _host_sign_in(settings)
        self.external_issuer = host_sign_in.viewer if host_sign_in else reject_unknown_issuer
        self.rate_limits = _rate_limits(settings)
        self.mail_server = _mail_server(settings)
        self.delivery = Delivery()
        made, text = create_schema(settings), _text(settings)
        operations = transport.OperationRunner(made, text, settings.request_seconds)
        self.connections = transport.ConnectionLimiter(settings.connections_per_address)
        self.streams = transport.StreamRegistry(
            operations,
            transport.StreamLimits(
                settings.socket_operations, settings.reservation_seconds, settings.heartbeat_seconds
            ),
            self.connections,
        )
        limits = transport.RequestLimits(settings.body_limit, settings.batch_limit, settings.request_seconds)
        endpoint = (made, text, self.context, limits, self.streams)
        self.graphql = transport.HttpEndpoint(
            *endpoint,
            invalid_token=InvalidToken,
            graphiql=settings.introspection and not settings.trusted_documents,
        )
        self.stream = transport.StreamEndpoint(*endpoint, invalid_token=InvalidToken, graphiql=False)
        self.sockets = transport.WebSocketEndpoint(
            operations,
            self.context,
            transport.WebSocketLimits(
                settings.socket_message_limit, settings.socket_operations, settings.connection_init_seconds
            ),
            self.connections,
            settings.cors_origins,
            invalid_token=InvalidToken,
        )

    def context(
        self, authorization: str | None, request: Request | WebSocket
    ) -> Context | Coroutine[Any, Any, Context]:
        context = Context(
            self.settings,
            self.live,
            loaders=Loaders(use_cache=request.scope["type"] != "websocket"),
            api_key_cache=self.api_key_cache,
            rate_limits=self.rate_limits,
            token_cache=self.token_cache,
            external_issuer=self.external_issuer,
            wake_mail=self.delivery.wake,
            ip_and_user_agent=partial(_ip_and_user_agent, request),
        )
        looking_up = context.identify(authorization)
        return context if looking_up is None else _identified(context, looking_up)

    @asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        await storage.connect(self.settings)
        if storage.database.is_in_memory(self.settings):  # nobody else could have made its tables
            await storage.migrate(self.settings)
        settle_memory()
        try:
            async with (
                revocations.polled(self.settings.api_key_seconds, self.token_cache.renew, self.api_key_cache.renew),
                self.delivery.running(
                    self.mail_server, self.settings.mail_poll_seconds, self.settings.mail_retry_seconds
                ),
                chores.running(
                    Context(self.settings, self.live, token_cache=self.token_cache, wake_mail=self.delivery.wake)
                ),
            ):
                yield
        finally:
            await self.live.close()
            await mutations.finish()
            await self.rate_limits.close()
            await storage.close()

    async def metrics(self, request: Request) -> Response:
        """What a monitor asks for; for those who know METRICS_TOKEN, and for others there is no such page."""
        if not may_read(self.settings, request.headers.get("authorization")):
            return Response(status_code=404)
        return Response(await metrics(), media_type=CONTENT_TYPE)

    async def healthz(self, request: Request) -> Response:
        """The process answers."""
        return JSONResponse({"status": "ok"})

    async def readyz(self, request: Request) -> Response:
        """The database answers, and its tables are as this version needs them."""
        try:
            current = await storage.is_current(self.settings)
        except Exception:
            log.exception("the database does not answer")
            return JSONResponse({"status": "the database does not answer"}, 503)
        if not current:
            return JSONResponse({"status": "the database must be migrated: cli.py migrate"}, 503)
        return JSONResponse({"status": "ready"})


async def _identified(context: Context, looking_up: Coroutine[Any, Any, None]) -> Context:
    await looking_up
    return context


def _ip_and_user_agent(request: Request | WebSocket) -> tuple[str, str]:
    return request.client.host if request.client else "", request.headers.get("user-agent", "")


def settle_memory() -> None:
    """What is there at the start stays: the collector need not look at it again, nor after every few objects.

    An answer is thousands of small objects without cycles, and Python's default is to search all of the schema
    for garbage every few requests.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


async def explain(settings: Settings, text: str, variables: dict[str, Any], name: str | None) -> str:
    """What a query is compiled into and costs, and the statements of one run by an anonymous visitor."""
    made = create_schema(settings)
    told = str(execution.explain(made, text, variables, name))
    statements: list[str] = []
    storage.database.observers.append(statements.append)
    try:
        result = await made.execute(text, variables, Context(settings, Live()), operation_name=name)
    finally:
        storage.database.observers.remove(statements.append)
    problems = [error.message for error in result.errors or ()]
    return "\n\n".join([told, f"-- {len(statements)} statements", *statements, *problems])


async def home(request: Request) -> Response:
    return RedirectResponse("/graphql")


class Server(uvicorn.Server):
    """At its end uvicorn waits for every answer, and an event stream has no end of its own."""

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        self.config.app.state.groundswell.streams.close()  # type: ignore[union-attr]
        await super().shutdown(sockets)


def create_app(settings: Settings) -> Starlette:
    site = Groundswell(settings)
    app = Starlette(
        routes=[
            Route("/", home),
            Route("/graphql", site.graphql),
            Route("/graphql/stream", site.stream),
            WebSocketRoute("/graphql", site.sockets),
            Route("/healthz", site.healthz),
            Route("/readyz", site.readyz),
            Route("/metrics", site.metrics),
            *(Route(path, transport.static_page(WEB / file)) for path, file in PAGES.items()),
        ],
        middleware=[
            Middleware(
                transport.Cors,
                allow_origins=list(settings.cors_origins),
                allow_methods=["GET", "POST", "PUT", "DELETE"],
                allow_headers=["*"],  # a token is a header that only our own clients know: there are no cookies
                expose_headers=["x-request-id"],
                max_age=7200,  # browsers keep it no longer
            ),
            Middleware(transport.FastPath, "/graphql", site.graphql),
        ],
        lifespan=site.lifespan,
    )
    app.state.groundswell = site
    return app


def app() -> Any:
    """For `uvicorn --factory server:app`."""
    return create_app(environment)
