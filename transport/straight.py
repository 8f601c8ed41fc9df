"""The way to the endpoint that nearly all requests are for, past what Starlette does to find one."""

from collections.abc import Awaitable

from starlette.types import ASGIApp, Receive, Scope, Send


class Straight:
    """A middleware: requests for this very path go to this application, which answers its own errors."""

    def __init__(self, app: ASGIApp, path: str, endpoint: ASGIApp) -> None:
        self._app = app
        self._path = path
        self._endpoint = endpoint

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        is_it = scope["type"] == "http" and scope["path"] == self._path and not scope.get("root_path")
        return (self._endpoint if is_it else self._app)(scope, receive, send)
