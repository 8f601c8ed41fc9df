"""Server-sent events by the protocol graphql-sse: encoding of results as events, and the response that streams them."""

import asyncio
import contextlib
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

from transport.errors import request_id
from transport.operations import Operation, OperationRunner
from transport.requests import wait_for_disconnect
from transport.results import mask_exception, serialize_result
from transport.subscription_points import ConnectionPoints

HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"private, no-store"),
    (b"vary", b"accept, authorization"),
    (b"x-accel-buffering", b"no"),  # nginx would buffer events
)
HEARTBEAT = b":\n\n"
MAX_QUEUED_EVENTS = 8
"""Backpressure: when a slow client has so many events still to read, its operations wait."""


def encode_event(kind: str, data: bytes, event_id: str | None = None) -> bytes:
    """Encode one event, with line feeds: several clients do not find the end of an event with CRLF."""
    return b"event: %b\n%bdata: %b\n\n" % (kind.encode(), b"id: %b\n" % event_id.encode() if event_id else b"", data)


class EventEncoder:
    """Encodes the results of an operation that has a stream of its own.

    The id of an event is the `cursor_field` of its root field, if the client selected that: the stream resumes there.
    """

    ends_stream = True

    def __init__(self, cursor_field: str) -> None:
        self._cursor_field = cursor_field

    def encode_result(self, payload: dict[str, Any]) -> bytes:
        return encode_event("next", orjson.dumps(payload), self._event_id(payload.get("data")))

    def encode_complete(self) -> bytes:
        return encode_event("complete", b"")

    def _event_id(self, data: Any) -> str | None:
        root = next(iter(data.values()), None) if isinstance(data, dict) else None
        cursor = root.get(self._cursor_field) if isinstance(root, dict) else None
        return cursor if isinstance(cursor, str) and cursor.isprintable() else None


class SharedStreamEventEncoder(EventEncoder):
    """Encodes the results of an operation that shares its stream with others: each event holds the operation's id."""

    ends_stream = False

    def __init__(self, operation_id: str) -> None:
        self._operation_id = operation_id

    def encode_result(self, payload: dict[str, Any]) -> bytes:
        return encode_event("next", orjson.dumps({"id": self._operation_id, "payload": payload}))

    def encode_complete(self) -> bytes:
        return encode_event("complete", orjson.dumps({"id": self._operation_id}))


class EventStream:
    """A response, as an ASGI application, to which operations write events until the client disconnects.

    `on_close` is called once, when no more events will come.
    """

    def __init__(
        self,
        runner: OperationRunner,
        heartbeat_seconds: float,
        points: ConnectionPoints,
        on_close: Callable[["EventStream"], None],
    ) -> None:
        self.is_open = False
        self.token: str | None = None
        """The secret by which a client uses a reserved stream."""
        self.running: dict[str, asyncio.Task[None]] = {}
        """Tasks by the id of their operation."""
        self.tasks: set[asyncio.Task[None]] = set()
        """All tasks, with those that were cancelled and have not ended yet."""
        self._runner = runner
        self._points = points
        self._heartbeat_seconds = heartbeat_seconds
        self._on_close = on_close
        self._events: asyncio.Queue[bytes | None] = asyncio.Queue(MAX_QUEUED_EVENTS)
        """Encoded events; None ends the stream."""
        self._client: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.is_open = True
        writing = asyncio.create_task(self._write(send), name="event stream")
        client = self._client = asyncio.create_task(wait_for_disconnect(receive), name="event stream's client")
        try:
            await asyncio.wait([writing, client], return_when=asyncio.FIRST_COMPLETED)
            is_disconnected = client.done() and not client.cancelled()
        finally:
            self.close()
            await _cancel_and_wait(writing, client, *self.tasks)
        if not is_disconnected:
            await send({"type": "http.response.body", "body": b""})

    def start(self, operation_id: str, operation: Operation, context: Any, encoder: EventEncoder) -> None:
        """Run an operation in a task that puts its results on the stream."""
        work = self._run(operation_id, operation, context, encoder)
        task = self.running[operation_id] = asyncio.create_task(work, name=f"operation {operation_id}")
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def complete(self, operation_id: str) -> None:
        """Cancel an operation; the stream sends nothing more about it."""
        task = self.running.pop(operation_id, None)
        if task is not None:
            task.cancel()

    def close(self) -> None:
        """End the stream, open or not, and cancel its operations."""
        self._on_close(self)
        for task in self.tasks:
            task.cancel()
        if self._client is not None:
            self._client.cancel()

    async def _run(self, operation_id: str, operation: Operation, context: Any, encoder: EventEncoder) -> None:
        try:
            async with aclosing(self._runner.results(operation, context, self._points)) as results:
                async for result in results:
                    await self._events.put(encoder.encode_result(serialize_result(result)))
        except Exception:
            await self._events.put(encoder.encode_result(mask_exception()))
        if self.running.get(operation_id) is asyncio.current_task():
            del self.running[operation_id]
        await self._events.put(encoder.encode_complete())
        if encoder.ends_stream:
            await self._events.put(None)

    async def _write(self, send: Send) -> None:
        headers = [*HEADERS, (b"x-request-id", request_id.get().encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        chunk: bytes | None = HEARTBEAT  # shows the client at once that the stream is open
        while chunk is not None:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            chunk = await self._next_chunk()

    async def _next_chunk(self) -> bytes | None:
        """Return the next event, or a heartbeat if the stream would be silent for too long."""
        try:
            async with asyncio.timeout(self._heartbeat_seconds):
                return await self._events.get()
        except TimeoutError:
            return HEARTBEAT


async def _cancel_and_wait(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    for task in tasks:
        with contextlib.suppress(asyncio.CancelledError, OSError):  # OSError: the client disconnected during a write
            task.result()
