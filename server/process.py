"""The server process: its protocols and their limits, shutdown of event streams, and garbage collection."""

import gc
from functools import partial
from socket import socket
from typing import Any

import uvicorn
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

import transport
from settings import Settings


class Server(uvicorn.Server):
    """Close the event streams at shutdown: uvicorn waits for every response, and an event stream has no end."""

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        self.config.app.state.groundswell.streams.close()  # type: ignore[union-attr]
        await super().shutdown(sockets)


def create_config(app: Any, settings: Settings, **options: Any) -> uvicorn.Config:
    """Return uvicorn's configuration, with our protocols and their limits."""
    config = uvicorn.Config(
        app,
        ws_max_size=settings.socket_message_limit,
        timeout_graceful_shutdown=settings.stop_seconds,
        access_log=False,
        server_header=False,
        **options,
    )
    limits = transport.WireLimits(
        settings.connections_per_address,
        settings.head_limit,
        settings.head_seconds,
        settings.request_seconds,
        settings.unread_limit,
        settings.unread_seconds,
    )
    proxies = ProxyHeadersMiddleware(app, config.forwarded_allow_ips).trusted_hosts
    watch = transport.ConnectionWatch(limits, proxies.__contains__)
    config.http = partial(transport.HttpProtocol, watch=watch)  # type: ignore[assignment]
    config.ws = partial(transport.WebSocketProtocol, watch=watch)  # type: ignore[assignment]
    return config


def settle_memory() -> None:
    """Exclude all objects that exist at start-up from garbage collection, and collect less often.

    A response is thousands of small objects without cycles, and Python's defaults would make it scan the whole schema
    every few requests.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
