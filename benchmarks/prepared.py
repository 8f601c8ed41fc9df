"""What is left of a request without a database: the real endpoint over rows that lie ready in memory."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.websockets import WebSocket

import transport
from benchmarks.execution import PREPARED, VARIABLES, Query
from execution import PersistedOperations

REQUEST = (None, {"query": PREPARED, "variables": VARIABLES})


def no_context(authorization: str | None, request: Request | WebSocket) -> dict[str, str]:
    return {}


def endpoint() -> transport.GraphQL:
    schema, text = transport.Coded(Query), PersistedOperations().text
    connections = transport.Connections(1000)
    streams = transport.Streams(
        transport.Operations(schema, text, 30), transport.StreamLimits(100, 30, 15), connections
    )
    limits = transport.RequestLimits(body=1_000_000, operations=0, seconds=30)
    return transport.GraphQL(schema, text, no_context, limits, streams, page=False)


async def ready(request: Request) -> Response:
    return Response(b"ready")


app = Starlette(routes=[Route("/readyz", ready), Route("/graphql", endpoint())])
