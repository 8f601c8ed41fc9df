"""The lower bound for comparison: a Starlette route that answers every request with the same bytes."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


async def answer(request: Request) -> Response:
    return Response(b'{"data":{"ok":true}}', media_type="application/json")


app = Starlette(routes=[Route("/readyz", answer), Route("/graphql", answer, methods=["POST"])])
