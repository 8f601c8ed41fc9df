"""Static pages with a content security policy: a page loads from, and connects to, this server only."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "referrer-policy": "no-referrer",  # the URL may contain a token
    "x-content-type-options": "nosniff",
}


def static_page(
    file: Path, media_type: str | None = None, cache_control: str = "no-cache"
) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint that serves the file, with the media type of its suffix unless one is given."""

    headers = {**HEADERS, "cache-control": cache_control}

    async def endpoint(request: Request) -> Response:
        return FileResponse(file, headers=headers, media_type=media_type)

    return endpoint
