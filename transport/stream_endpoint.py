"""The endpoint that always streams: operations come for an event stream of their own, or go to a reserved one."""

from urllib.parse import parse_qs

from starlette.types import ASGIApp

from transport.accept import EVENTS, wish
from transport.errors import Refused
from transport.http import GraphQL
from transport.requests import Incoming

TOKEN = b"x-graphql-event-stream-token"
METHODS = (b"allow", b"DELETE, GET, POST, PUT")


class StreamEndpoint(GraphQL):
    """Takes the same operations as the other one, and the requests of the protocol's single connection mode."""

    async def _respond(self, incoming: Incoming) -> ASGIApp:
        address = parse_qs(incoming.scope["query_string"].decode("latin-1"))
        token = incoming.header(TOKEN) or _first(address, "token")
        match incoming.method:
            case "PUT":
                await self._context(incoming)  # a bad authorization is refused here
                return self._streams.reserve(incoming.scope)
            case "DELETE":
                return self._streams.complete(token, _first(address, "operationId"))
            case "GET" if token and "query" not in address:
                return self._streams.open(token)
            case "GET" | "POST":
                return await self._operation(incoming, token)
        raise Refused(405, "METHOD_NOT_ALLOWED", "Use GET or POST, or PUT and DELETE for a reserved stream.", METHODS)

    async def _operation(self, incoming: Incoming, token: str) -> ASGIApp:
        asked = incoming.operation(await self._given(incoming))
        context = await self._context(incoming)
        if token:
            return await self._streams.execute(token, asked, context)
        if not wish(incoming.accept or "*/*", EVENTS)[0]:
            raise Refused(406, "NOT_ACCEPTABLE", f"Only {EVENTS} is given here: ask for JSON at the other endpoint.")
        return self._streams.stream(incoming, asked, context)


def _first(address: dict[str, list[str]], name: str) -> str:
    return address.get(name, [""])[0]
