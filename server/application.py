"""The ASGI application: its lifespan, its routes, and one context for each request."""

from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

import storage
import transport
from auth.api_key_cache import ApiKeyCache
from auth.token_cache import TokenCache, reject_unknown_issuer
from jobs import chores, publications, revocations
from jobs.mails import MailDelivery
from live import Live
from refusals import InvalidToken
from resolvers import mutations
from resolvers.context import Context
from resolvers.loaders import Loaders
from server import components
from server.health import HealthRoutes
from server.process import settle_memory
from settings import Settings

ROOT = Path(__file__).parent.parent
WEB = ROOT / "web"
SDL_FILE = ROOT / "schema" / "schema.graphql"
PAGES = {"/confirm": "confirm/confirm.html", "/confirm.css": "confirm/confirm.css", "/confirm.js": "confirm/confirm.js"}


class Groundswell:
    """The state that all routes share, and the context of each request."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.key = settings.key  # fails at start-up if there is no key
        components.read_catalogues()
        self.live = Live(settings.live_queue, settings.live_poll_seconds, settings.pulse_seconds)
        self.api_key_cache = ApiKeyCache()
        self.token_cache = TokenCache()
        host_sign_in = components.host_sign_in(settings)
        self.external_issuer = host_sign_in.viewer if host_sign_in else reject_unknown_issuer
        self.rate_limits = components.rate_limits(settings)
        self.mail_server = components.mail_server(settings)
        self.delivery = MailDelivery()
        schema, documents = components.create_schema(settings), components.document_lookup(settings)
        operations = transport.OperationRunner(
            schema, documents, settings.request_seconds, credential_of=lambda context: context
        )
        self.connections = transport.ConnectionLimiter(settings.connections_per_address)
        self.subscription_points = transport.SubscriptionPoints(settings.socket_points, settings.points_per_address)
        self.streams = transport.StreamRegistry(
            operations,
            transport.StreamLimits(
                settings.socket_operations, settings.reservation_seconds, settings.heartbeat_seconds
            ),
            self.connections,
            self.subscription_points,
        )
        limits = transport.RequestLimits(settings.body_limit, settings.batch_limit, settings.request_seconds)
        has_graphiql = settings.introspection and not settings.trusted_documents
        self.graphiql = transport.Graphiql(WEB / "graphiql", "/graphql") if has_graphiql else None
        endpoint = (schema, documents, self.context, limits, self.streams)
        self.graphql = transport.HttpEndpoint(
            *endpoint,
            invalid_token=InvalidToken,
            graphiql=self.graphiql.page if self.graphiql else None,
        )
        self.stream = transport.StreamEndpoint(*endpoint, invalid_token=InvalidToken, graphiql=None)
        self.sockets = transport.WebSocketEndpoint(
            operations,
            self.context,
            transport.WebSocketLimits(
                settings.socket_message_limit, settings.socket_operations, settings.connection_init_seconds
            ),
            self.connections,
            self.subscription_points,
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
            accept_language=partial(_accept_language, request),
        )
        lookup = context.identify(authorization)
        return context if lookup is None else _identified(context, lookup)

    @asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        await storage.connect(self.settings)
        if storage.database.is_in_memory(self.settings):  # no other process could have created its tables
            await storage.migrate(self.settings)
        settle_memory()
        try:
            async with (
                revocations.polling(
                    self.settings.api_key_seconds, self.token_cache.refresh, self.api_key_cache.refresh
                ),
                self.delivery.running(
                    self.mail_server, self.settings.mail_poll_seconds, self.settings.mail_retry_seconds
                ),
                chores.running(
                    Context(self.settings, self.live, token_cache=self.token_cache, wake_mail=self.delivery.wake)
                ),
                publications.running(Context(self.settings, self.live)),
            ):
                yield
        finally:
            await self.live.close()
            await mutations.finish_running()
            await self.rate_limits.close()
            await storage.close()


async def _identified(context: Context, lookup: Coroutine[Any, Any, None]) -> Context:
    await lookup
    return context


def _ip_and_user_agent(request: Request | WebSocket) -> tuple[str, str]:
    return request.client.host if request.client else "", request.headers.get("user-agent", "")


def _accept_language(request: Request | WebSocket) -> str:
    return ",".join(request.headers.getlist("accept-language"))


async def home(request: Request) -> Response:
    return RedirectResponse("/graphql")


def create_app(settings: Settings) -> Starlette:
    site = Groundswell(settings)
    app = Starlette(
        routes=[
            Route("/", home),
            Route("/graphql", site.graphql),
            Route("/graphql/stream", site.stream),
            WebSocketRoute("/graphql", site.sockets),
            *(site.graphiql.routes if site.graphiql else ()),
            *HealthRoutes(settings).routes,
            *(Route(path, transport.static_page(WEB / file)) for path, file in PAGES.items()),
            *(
                [Route("/schema.graphql", transport.static_page(SDL_FILE, "text/plain"))]
                if settings.introspection
                else ()
            ),
        ],
        middleware=[
            Middleware(
                transport.Cors,
                allow_origins=list(settings.cors_origins),
                allow_methods=["GET", "POST", "PUT", "DELETE"],
                allow_headers=["*"],  # safe: clients send tokens as a header, and there are no cookies
                # the clock, when to try again, and what an error names; browsers hide all others from other origins
                expose_headers=["date", "retry-after", "www-authenticate", "x-request-id"],
                max_age=7200,  # seconds; browsers cache no longer
            ),
            Middleware(transport.FastPath, "/graphql", site.graphql),
        ],
        lifespan=site.lifespan,
    )
    app.router.redirect_slashes = False  # it would redirect to whatever host the client names
    app.state.groundswell = site
    return app
