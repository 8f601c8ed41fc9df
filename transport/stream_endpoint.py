"""The endpoint that always streams: an operation gets an event stream of its own, or writes to a reserved one."""

from urllib.parse import parse_qs

from starlette.types import ASGIApp

from transport.errors import RequestRejected
from transport.http import HttpEndpoint
from transport.negotiation import EVENT_STREAM, preference
from transport.requests import HttpRequest

TOKEN_HEADER = b"x-graphql-event-stream-token"
ALLOW_HEADER = (b"allow", b"DELETE, GET, POST, PUT")


class StreamEndpoint(HttpEndpoint):
    """Accept the same operations as HttpEndpoint, and the requests of graphql-sse's single connection mode."""

    async def _handle(self, request: HttpRequest) -> ASGIApp:
        parameters = parse_qs(request.scope["query_string"].decode("latin-1"))
        token = request.header(TOKEN_HEADER) or _first_value(parameters, "token")
        match request.method:
            case "PUT":
                await self._create_context(request)  # rejects a bad authorization
                return self._streams.reserve(request.scope)
            case "DELETE":
                return self._streams.complete(token, _first_value(parameters, "operationId"))
            case "GET" if token and "query" not in parameters:
                return self._streams.open(token)
            case "GET" | "POST":
                return await self._handle_operation(request, token)
        raise RequestRejected(
            405, "METHOD_NOT_ALLOWED", "Use GET or POST, or PUT and DELETE for a reserved stream.", ALLOW_HEADER
        )

    async def _handle_operation(self, request: HttpRequest, token: str) -> ASGIApp:
        operation = request.parse_operation(await self._read_parameters(request))
        context = await self._create_context(request)
        if token:
            return await self._streams.execute(token, operation, context)
        if not preference(request.accept or "*/*", EVENT_STREAM).quality:
            message = f"Only {EVENT_STREAM} is given here: ask for JSON at the other endpoint."
            raise RequestRejected(406, "NOT_ACCEPTABLE", message)
        return self._streams.stream_operation(request, operation, context)


def _first_value(parameters: dict[str, list[str]], name: str) -> str:
    return parameters.get(name, [""])[0]
