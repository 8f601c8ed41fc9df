"""A server without a database: the real endpoint on rows in memory, to measure the cost of execution and transport.

The HTTP settings are those of `cli.py serve`.
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
from server import create_config, settle_memory
from settings import Settings

REQUEST = (None, {"query": PREPARED, "variables": VARIABLES})


def no_context(authorization: str | None, request: Request | WebSocket) -> dict[str, str]:
    return {}


def endpoint() -> transport.HttpEndpoint:
    schema, text = transport.ErrorMaskingSchema(Query), PersistedOperations().text
    connections = transport.ConnectionLimiter(1000)
    streams = transport.StreamRegistry(
        transport.OperationRunner(schema, text, 30),
        transport.StreamLimits(100, 30, 15),
        connections,
        transport.SubscriptionPoints(20_000, 500_000),
    )
    limits = transport.RequestLimits(body_bytes=1_000_000, batch_size=0, seconds=30)
    return transport.HttpEndpoint(
        schema, text, no_context, limits, streams, invalid_token=PermissionError, graphiql=None
    )


async def ready(request: Request) -> Response:
    return Response(b"ready")


def serve(host: str, port: int) -> None:
    graphql = endpoint()
    app = Starlette(
        routes=[Route("/readyz", ready), Route("/graphql", graphql)],
        middleware=[Middleware(transport.FastPath, "/graphql", graphql)],
    )
    settle_memory()
    uvicorn.Server(create_config(app, Settings(), host=host, port=port)).run()


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
