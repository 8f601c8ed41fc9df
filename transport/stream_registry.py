"""Event streams of a process: one for a single operation, or one that is reserved and shared by many operations."""

import asyncio
import secrets
from dataclasses import dataclass, replace
from typing import Any

import orjson
from graphql import OperationType
from starlette.types import Scope

from transport.connections import ConnectionLimiter
from transport.errors import TOO_MANY_OPERATIONS, RequestRejected, too_many_operations
from transport.negotiation import EVENT_STREAM, JSON, is_accepted_by_name, is_preferred_to_json
from transport.operations import Operation, OperationRunner
from transport.requests import HttpRequest, bad_request, mutation_not_allowed
from transport.responses import Response
from transport.results import serialize_result
from transport.sse import EventEncoder, EventStream, SharedStreamEventEncoder
from transport.subscription_points import SubscriptionPoints


@dataclass(frozen=True)
class StreamLimits:
    operations: int
    """Operations that run at once on one stream."""
    reservation_seconds: float
    """Time until a reserved stream that nobody opened expires."""
    heartbeat_seconds: float
    """Time until a silent stream sends a heartbeat."""


class StreamRegistry:
    """All event streams of a process, open or reserved.

    The id of an event is the `cursor_field` of its root field. A client that reconnects with `Last-Event-ID` resumes
    after that event: the id becomes the operation's variable `after_variable`.
    """

    def __init__(
        self,
        runner: OperationRunner,
        limits: StreamLimits,
        connections: ConnectionLimiter,
        points: SubscriptionPoints,
        *,
        cursor_field: str = "cursor",
        after_variable: str = "after",
    ) -> None:
        self._runner = runner
        self._limits = limits
        self._connections = connections
        self._points = points
        self._cursor_field = cursor_field
        self._after_variable = after_variable
        self._streams: dict[EventStream, Scope] = {}
        self._reserved: dict[str, EventStream] = {}
        self._is_closed = False

    def __len__(self) -> int:
        return len(self._streams)

    def close(self) -> None:
        """End every stream; clients reconnect to another process, or to this one's successor."""
        self._is_closed = True
        for stream in list(self._streams):
            stream.close()

    def _create(self, scope: Scope) -> EventStream:
        if self._is_closed:
            raise RequestRejected(503, "SERVER_STOPPING", "The server is stopping: come again.", (b"retry-after", b"1"))
        if not self._connections.acquire(scope):
            limit = self._connections.max_per_ip
            raise RequestRejected(429, "TOO_MANY_CONNECTIONS", f"More than {limit} connections from one address.")
        points = self._points.of_connection(scope)
        stream = EventStream(self._runner, self._limits.heartbeat_seconds, points, self._remove)
        self._streams[stream] = scope
        return stream

    def _remove(self, stream: EventStream) -> None:
        scope = self._streams.pop(stream, None)
        if scope is not None:
            self._connections.release(scope)
        if stream.token is not None:
            self._reserved.pop(stream.token, None)

    # ---------------------------------------------------------------- distinct connections mode: one operation a stream

    def should_stream(self, accept: str, operation: Operation) -> bool:
        """Return True if the client prefers an event stream, or accepts one and the operation is a subscription.

        Many clients list event streams last on every request, and want them for subscriptions only.
        """
        if is_preferred_to_json(accept, EVENT_STREAM):
            return True
        accepts_event_stream = is_accepted_by_name(accept, EVENT_STREAM)
        return accepts_event_stream and self._runner.operation_type(operation) is OperationType.SUBSCRIPTION

    def stream_operation(self, request: HttpRequest, operation: Operation, context: Any) -> EventStream:
        """Return a stream of the results of one operation."""
        if not operation.has_document:
            raise bad_request("There is no `query`.")
        if request.method == "GET" and self._runner.operation_type(operation) is OperationType.MUTATION:
            raise mutation_not_allowed("GET")
        stream = self._create(request.scope)
        last_event_id = request.header(b"last-event-id")
        if last_event_id:
            variables = {**(operation.variables or {}), self._after_variable: last_event_id}
            operation = replace(operation, variables=variables)
        stream.start("", operation, context, EventEncoder(self._cursor_field))
        return stream

    # ---------------------------------------------------------------- single connection mode: many operations a stream

    def reserve(self, scope: Scope) -> Response:
        """Reserve a stream, and return its token."""
        stream = self._create(scope)
        stream.token = secrets.token_urlsafe(32)
        self._reserved[stream.token] = stream
        asyncio.get_running_loop().call_later(self._limits.reservation_seconds, _expire, stream)
        return Response(stream.token.encode(), "text/plain", 201, [(b"cache-control", b"private, no-store")])

    def _get_reserved(self, token: str) -> EventStream:
        stream = self._reserved.get(token)
        if stream is None:
            raise RequestRejected(404, "STREAM_NOT_FOUND", "There is no stream of this token: reserve one with PUT.")
        return stream

    def open(self, token: str) -> EventStream:
        """Return a reserved stream as the response that the client reads."""
        stream = self._get_reserved(token)
        if stream.is_open:
            raise RequestRejected(409, "STREAM_CONFLICT", "The stream is open already.")
        stream.is_open = True
        return stream

    async def execute(self, token: str, operation: Operation, context: Any) -> Response:
        """Start an operation on a reserved stream; an invalid operation is rejected in this response."""
        stream = self._get_reserved(token)
        operation_id = (operation.extensions or {}).get("operationId")
        if not isinstance(operation_id, str) or not operation_id:
            raise bad_request("`extensions.operationId` must be a string that is not empty.")
        if operation_id in stream.running:
            raise RequestRejected(409, "STREAM_CONFLICT", "The stream has an operation with this id already.")
        if len(stream.tasks) >= self._limits.operations:  # cancelled operations that have not ended yet count too
            raise RequestRejected(429, TOO_MANY_OPERATIONS, too_many_operations(self._limits.operations))
        error_result = await self._runner.validate(operation)
        if error_result:
            return Response(orjson.dumps(serialize_result(error_result)), JSON, 400)
        stream.start(operation_id, operation, context, SharedStreamEventEncoder(operation_id))
        return Response(b"", JSON, 202)

    def complete(self, token: str, operation_id: str) -> Response:
        """Cancel one operation of a reserved stream."""
        stream = self._get_reserved(token)
        if not operation_id:
            raise bad_request("`operationId` must be in the address.")
        stream.complete(operation_id)
        return Response(b"", JSON)


def _expire(stream: EventStream) -> None:
    if not stream.is_open:
        stream.close()
