"""Small pages of the server's own, locked down: what they load and whom they talk to is this server alone."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "referrer-policy": "no-referrer",  # an address may hold a token
    "x-content-type-options": "nosniff",
    "cache-control": "no-cache",
}


def page(file: Path) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that gives the file, and does nothing else."""

    async def endpoint(request: Request) -> Response:
        return FileResponse(file, headers=HEADERS)

    return endpoint
