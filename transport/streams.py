"""Where event streams begin and end: one for each operation, or one that is reserved and then shared by many."""

import asyncio
import secrets
from dataclasses import dataclass, replace
from typing import Any

import orjson
from graphql import OperationType
from starlette.types import Scope

from transport import answers
from transport.accept import EVENTS, JSON, prefers, wish
from transport.answers import Answer
from transport.connections import Connections
from transport.errors import Refused
from transport.operations import TOO_MANY, Operation, Operations, too_many
from transport.requests import Incoming, bad_request, mutation_by
from transport.sse import EventStream, SharedTeller, Teller


@dataclass(frozen=True)
class StreamLimits:
    operations: int
    """Operations that run at once on one stream."""
    reservation_seconds: float
    """How long a reserved stream may stay unopened."""
    heartbeat_seconds: float
    """How long a stream may be silent."""


class Streams:
    """Every event stream of a process, open or reserved.

    An event whose root field has a `cursor` is known by it, and a client that comes back with the last that it has
    seen resumes there: it becomes the operation's variable `after`.
    """

    def __init__(
        self,
        operations: Operations,
        limits: StreamLimits,
        connections: Connections,
        *,
        cursor: str = "cursor",
        after: str = "after",
    ) -> None:
        self._operations = operations
        self._limits = limits
        self._connections = connections
        self._cursor = cursor
        self._after = after
        self._streams: dict[EventStream, Scope] = {}
        self._reserved: dict[str, EventStream] = {}
        self._is_closed = False

    def __len__(self) -> int:
        return len(self._streams)

    def close(self) -> None:
        """End every stream; clients come back, to another process or to this one's successor."""
        self._is_closed = True
        for stream in list(self._streams):
            stream.stop()

    def _made(self, scope: Scope) -> EventStream:
        if self._is_closed:
            raise Refused(503, "SERVER_STOPPING", "The server is stopping: come again.", (b"retry-after", b"1"))
        if not self._connections.take(scope):
            most = self._connections.most
            raise Refused(429, "TOO_MANY_CONNECTIONS", f"More than {most} connections from one address.")
        stream = EventStream(self._operations, self._limits.heartbeat_seconds, self._ended)
        self._streams[stream] = scope
        return stream

    def _ended(self, stream: EventStream) -> None:
        scope = self._streams.pop(stream, None)
        if scope is not None:
            self._connections.give_back(scope)
        if stream.token is not None:
            self._reserved.pop(stream.token, None)

    # ---------------------------------------------------------------- a stream for one operation

    def wants(self, accept: str, asked: Operation) -> bool:
        """Whether an operation is to be streamed: many clients name event streams last, and mean subscriptions."""
        if prefers(accept, EVENTS):
            return True
        return takes_events(accept) and self._operations.kind(asked) is OperationType.SUBSCRIPTION

    def stream(self, incoming: Incoming, asked: Operation, context: Any) -> EventStream:
        """The results of one operation."""
        if not asked.query and not asked.is_by_hash:
            raise bad_request("There is no `query`.")
        if incoming.method == "GET" and self._operations.kind(asked) is OperationType.MUTATION:
            raise mutation_by("GET")
        stream = self._made(incoming.scope)
        last = incoming.header(b"last-event-id")
        if last:
            asked = replace(asked, variables={**(asked.variables or {}), self._after: last})
        stream.start("", asked, context, Teller(self._cursor))
        return stream

    # ---------------------------------------------------------------- a stream for many

    def reserve(self, scope: Scope) -> Answer:
        """Gives the token by which the stream is then opened and used."""
        stream = self._made(scope)
        stream.token = secrets.token_urlsafe(32)
        self._reserved[stream.token] = stream
        asyncio.get_running_loop().call_later(self._limits.reservation_seconds, _expire, stream)
        return Answer(stream.token.encode(), "text/plain", 201, [(b"cache-control", b"no-store")])

    def reserved(self, token: str) -> EventStream:
        stream = self._reserved.get(token)
        if stream is None:
            raise Refused(404, "STREAM_NOT_FOUND", "There is no stream of this token: reserve one with PUT.")
        return stream

    def open(self, token: str) -> EventStream:
        stream = self.reserved(token)
        if stream.is_open:
            raise Refused(409, "STREAM_CONFLICT", "The stream is open already.")
        stream.is_open = True
        return stream

    async def execute(self, token: str, asked: Operation, context: Any) -> Answer:
        """Begin an operation whose results go to a reserved stream; what can't run is answered here."""
        stream = self.reserved(token)
        name = (asked.extensions or {}).get("operationId")
        if not isinstance(name, str) or not name:
            raise bad_request("`extensions.operationId` must be a string that is not empty.")
        if name in stream.running:
            raise Refused(409, "STREAM_CONFLICT", "The stream has an operation with this id already.")
        if len(stream.tasks) >= self._limits.operations:  # those that are still ending count too
            raise Refused(429, TOO_MANY, too_many(self._limits.operations))
        refused = await self._operations.refused(asked)
        if refused:
            return Answer(orjson.dumps(answers.told(refused)), JSON, 400)
        stream.start(name, asked, context, SharedTeller(name))
        return Answer(b"", JSON, 202)

    def complete(self, token: str, name: str) -> Answer:
        """Stop one operation of a reserved stream."""
        stream = self.reserved(token)
        if not name:
            raise bad_request("`operationId` must be in the address.")
        stream.complete(name)
        return Answer(b"", JSON)


def _expire(stream: EventStream) -> None:
    if not stream.is_open:
        stream.stop()


def takes_events(accept: str) -> bool:
    """Whether event streams are named: who takes anything means JSON."""
    return wish(accept, EVENTS)[1] == 2
