"""HTTP requests: bodies read up to a size limit, parameters parsed, malformed requests rejected."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.types import Receive, Scope

from transport.errors import RequestRejected
from transport.negotiation import negotiate_json_type
from transport.operations import Operation

URL_PARAMETERS = ("query", "variables", "operationName", "extensions")
MAX_URL_PARAMETERS = 100
COST_HEADER = b"x-graphql-cost"
"""A request with this header, and any value but these, gets the cost of its operation in `extensions.cost`."""
COST_HEADER_OFF = (b"", b"0", b"false")

Headers = Mapping[bytes, bytes]


class ClientDisconnected(Exception):
    """The client has closed the connection, so nobody waits for the response."""


class HttpRequest:
    """A request to a GraphQL endpoint, with the headers that decide the form of its response already parsed."""

    __slots__ = ("accept", "headers", "is_body_read", "json_type", "method", "receive", "scope")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.receive = receive
        self.method: str = scope["method"]
        self.headers = _headers_by_name(scope["headers"])
        self.accept = self.header(b"accept")
        self.json_type = negotiate_json_type(self.accept)
        """The media type of a JSON response; None if the client accepts no JSON."""
        self.is_body_read = self.method != "POST"
        """True once the body has arrived: only a disconnect can be received from then on."""

    def header(self, name: bytes) -> str:
        return self.headers.get(name, b"").decode("latin-1")

    async def read_body(self, max_bytes: int) -> bytes:
        """Return the whole body; reject the request as soon as the body is known to exceed `max_bytes`."""
        declared = self.headers.get(b"content-length", b"0")
        if declared.isdigit() and int(declared[:20]) > max_bytes:
            raise _body_too_large(max_bytes)
        chunks: list[bytes] = []
        size, has_more = 0, True
        while has_more:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnected
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
            if size > max_bytes:
                raise _body_too_large(max_bytes)
            has_more = message.get("more_body", False)
        self.is_body_read = True
        return b"".join(chunks)

    def parse_operation(self, parameters: Any) -> Operation:
        """Parse one operation of the request; reject the request if a parameter has a wrong type."""
        if not isinstance(parameters, dict):
            raise bad_request("An operation must be an object with a `query`.")
        try:
            operation = Operation.parse(parameters)
        except ValueError as error:
            raise bad_request(str(error)) from None
        if self.headers.get(COST_HEADER, b"") in COST_HEADER_OFF:
            return operation
        return replace(operation, extensions={**(operation.extensions or {}), "cost": True})


async def wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _headers_by_name(raw: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Index headers by name. The last one of a repeated header counts, but the parts of `accept` are joined."""
    raw = list(raw)
    by_name = dict(raw)
    if len(by_name) < len(raw):
        by_name[b"accept"] = b",".join(value for name, value in raw if name == b"accept")
    return by_name


def parse_json_body(content: bytes) -> dict[str, Any] | list[Any]:
    """Parse a body into the object of one operation, or the list of a batch; its items are not checked yet."""
    try:
        parsed = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise bad_request("The body can't be read as JSON: send an object with a `query`.") from None
    if not isinstance(parsed, dict | list):
        raise bad_request("The JSON must be an object with a `query`.")
    return parsed


def parse_query_string(query_string: bytes) -> dict[str, Any]:
    """Parse the parameters of a GET; `variables` and `extensions` are JSON. A repeated parameter is rejected."""
    try:
        pairs = parse_qsl(query_string.decode("latin-1"), keep_blank_values=True, max_num_fields=MAX_URL_PARAMETERS)
    except ValueError:
        raise bad_request(f"The address has more than {MAX_URL_PARAMETERS} parameters.") from None
    parameters: dict[str, Any] = {}
    for name, text in pairs:
        if name in parameters:
            raise bad_request(f"`{name}` is given more than once.")
        if name in URL_PARAMETERS:
            parameters[name] = _parse_parameter(name, text)
    return parameters


def _parse_parameter(name: str, text: str) -> Any:
    if name in ("query", "operationName") or not text:
        return text or None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise bad_request(f"`{name}` is not JSON.") from None


def bad_request(message: str) -> RequestRejected:
    return RequestRejected(400, "BAD_REQUEST", message)


def _body_too_large(max_bytes: int) -> RequestRejected:
    return RequestRejected(413, "BODY_TOO_LARGE", f"The request is larger than {max_bytes} bytes: send less at once.")


def mutation_not_allowed(method: str) -> RequestRejected:
    """Return the rejection of a mutation by GET or HEAD, which any page can make a browser send (CSRF)."""
    allow = (b"allow", b"POST")
    return RequestRejected(405, "METHOD_NOT_ALLOWED", f"A mutation does not come by {method}: use POST.", allow)
