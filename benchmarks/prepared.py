"""What is left of a request without a database: the real endpoint over rows that lie ready in memory.

It is carried as `cli.py serve` carries it.
"""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.websockets import WebSocket

import transport
from benchmarks.execution import PREPARED, VARIABLES, Query
from execution import PersistedOperations
from server import settle_memory

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


def serve(host: str, port: int) -> None:
    graphql = endpoint()
    app = Starlette(
        routes=[Route("/readyz", ready), Route("/graphql", graphql)],
        middleware=[Middleware(transport.Straight, "/graphql", graphql)],
    )
    settle_memory()
    uvicorn.run(app, host=host, port=port, http=transport.Protocol, access_log=False)


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
