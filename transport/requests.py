"""What comes in over HTTP, read no further than is allowed, and refused in words of ours where it is no GraphQL."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from transport.accept import media_type
from transport.errors import Refused
from transport.operations import Operation

PARAMETERS = ("query", "variables", "operationName", "extensions")
MOST_PARAMETERS = 100
COST = b"x-graphql-cost"
"""The request header that asks what the operation costs; any value but these does."""
NO = (b"", b"0", b"false")

Headers = Mapping[bytes, bytes]


class Incoming:
    """A request, with those of its headers at hand that say how it is to be answered."""

    __slots__ = ("accept", "headers", "is_read", "media_type", "method", "receive", "scope")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.receive = receive
        self.method: str = scope["method"]
        self.headers = _by_name(scope["headers"])
        self.accept = self.header(b"accept")
        self.media_type = media_type(self.accept)
        """The form of the answer; null if the client takes none that there is."""
        self.is_read = self.method != "POST"
        """Whether the body has arrived: all that can come now is that the client goes."""

    def header(self, name: bytes) -> str:
        return self.headers.get(name, b"").decode("latin-1")

    async def body(self, limit: int) -> bytes:
        """The whole body, refused as soon as it is known to be longer than the limit."""
        declared = self.headers.get(b"content-length", b"0")
        if declared.isdigit() and int(declared[:20]) > limit:
            raise _too_large(limit)
        parts: list[bytes] = []
        size, more = 0, True
        while more:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > limit:
                raise _too_large(limit)
            more = message.get("more_body", False)
        self.is_read = True
        return b"".join(parts)

    def operation(self, given: Any) -> Operation:
        """What is asked for, if all of it has the right shape."""
        if not isinstance(given, dict):
            raise bad_request("An operation must be an object with a `query`.")
        try:
            asked = Operation.read(given)
        except ValueError as wrong:
            raise bad_request(str(wrong)) from None
        if self.headers.get(COST, b"") in NO:
            return asked
        return replace(asked, extensions={**(asked.extensions or {}), "cost": True})


def _by_name(raw: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Of headers that came twice the last counts, but `accept` may be in parts."""
    raw = list(raw)
    found = dict(raw)
    if len(found) < len(raw):
        found[b"accept"] = b",".join(value for name, value in raw if name == b"accept")
    return found


def _too_large(limit: int) -> Refused:
    return Refused(413, "BODY_TOO_LARGE", f"The request is larger than {limit} bytes: send less at once.")


def from_json(content: bytes) -> Any:
    """The object of an operation, or a list of what may be such."""
    try:
        given = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise bad_request("The body can't be read as JSON: send an object with a `query`.") from None
    if not isinstance(given, dict | list):
        raise bad_request("The JSON must be an object with a `query`.")
    return given


def from_address(query_string: bytes) -> dict[str, Any]:
    """The parameters of a GET, each at most once; `variables` and `extensions` are JSON."""
    try:
        pairs = parse_qsl(query_string.decode("latin-1"), keep_blank_values=True, max_num_fields=MOST_PARAMETERS)
    except ValueError:
        raise bad_request(f"The address has more than {MOST_PARAMETERS} parameters.") from None
    given: dict[str, Any] = {}
    for name, text in pairs:
        if name in given:
            raise bad_request(f"`{name}` is given more than once.")
        if name in PARAMETERS:
            given[name] = _value(name, text)
    return given


def _value(name: str, text: str) -> Any:
    if name in ("query", "operationName") or not text:
        return text or None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise bad_request(f"`{name}` is not JSON.") from None


def asks(given: Mapping[str, Any]) -> bool:
    """Whether the parameters of a GET name an operation; else it may be a browser that wants a page."""
    return bool(given.get("query") or given.get("extensions"))


def mutation_by(method: str) -> Refused:
    """What is said to a mutation that came in a way in which any page could make a browser send one."""
    allow = (b"allow", b"POST")
    return Refused(405, "METHOD_NOT_ALLOWED", f"A mutation does not come by {method}: use POST.", allow)


def bad_request(message: str) -> Refused:
    return Refused(400, "BAD_REQUEST", message)
