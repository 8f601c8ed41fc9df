"""CORS as Starlette does it, for those requests that it is about."""

from collections.abc import Awaitable

from starlette.middleware.cors import CORSMiddleware
from starlette.types import Receive, Scope, Send


class Cors(CORSMiddleware):
    """Leaves a POST that comes from no page alone: nobody reads the headers, and no cache keeps the answer."""

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:  # type: ignore[override]
        if scope["type"] == "http" and scope["method"] == "POST" and _comes_from_no_page(scope):
            return self.app(scope, receive, send)
        return super().__call__(scope, receive, send)


def _comes_from_no_page(scope: Scope) -> bool:
    return all(name != b"origin" for name, _ in scope["headers"])
