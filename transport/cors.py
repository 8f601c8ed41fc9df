"""CORS by Starlette's middleware, for the requests that need it."""

from collections.abc import Awaitable

from starlette.middleware.cors import CORSMiddleware
from starlette.types import Receive, Scope, Send


class Cors(CORSMiddleware):
    """Skip CORS for a POST without an Origin header: no browser reads its headers, and no cache stores its response."""

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:  # type: ignore[override]
        if scope["type"] == "http" and scope["method"] == "POST" and _has_no_origin(scope):
            return self.app(scope, receive, send)
        return super().__call__(scope, receive, send)


def _has_no_origin(scope: Scope) -> bool:
    return all(name != b"origin" for name, _ in scope["headers"])
