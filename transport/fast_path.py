"""Fast path: send requests for the busiest URL to its endpoint, past Starlette's routing and other middleware."""

from collections.abc import Awaitable

from starlette.types import ASGIApp, Receive, Scope, Send


class FastPath:
    """A middleware that passes HTTP requests for exactly `path` to `endpoint`, which handles its own errors."""

    def __init__(self, app: ASGIApp, path: str, endpoint: ASGIApp) -> None:
        self._app = app
        self._path = path
        self._endpoint = endpoint

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        matches = scope["type"] == "http" and scope["path"] == self._path and not scope.get("root_path")
        return (self._endpoint if matches else self._app)(scope, receive, send)
