"""Server-sent events, by the protocol graphql-sse: how operations' results become the events of one response."""

import asyncio
import contextlib
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

from transport import errors
from transport.answers import told
from transport.operations import Operation, Operations, failed

HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx would keep events until it has enough of them
)
HEARTBEAT = b":\n\n"
BEHIND = 8
"""Events that wait for a slow client to read; then its operations wait too."""


def event(kind: str, data: bytes, name: str | None = None) -> bytes:
    """One event in the stream's format, with line feeds: several clients never see the end of one with CRLF."""
    return b"event: %b\n%bdata: %b\n\n" % (kind.encode(), b"id: %b\n" % name.encode() if name else b"", data)


class Teller:
    """How the results of an operation are told on a stream of its own."""

    ends_the_stream = True

    def __init__(self, cursor: str) -> None:
        self._cursor = cursor

    def result(self, payload: dict[str, Any]) -> bytes:
        return event("next", orjson.dumps(payload), self._name(payload.get("data")))

    def complete(self) -> bytes:
        return event("complete", b"")

    def _name(self, data: Any) -> str | None:
        """Where to resume after this event: the cursor of its root field, if the client asked for it."""
        root = next(iter(data.values()), None) if isinstance(data, dict) else None
        cursor = root.get(self._cursor) if isinstance(root, dict) else None
        return cursor if isinstance(cursor, str) and cursor.isprintable() else None


class SharedTeller(Teller):
    """How they are told on a stream with other operations: by the operation's id."""

    ends_the_stream = False

    def __init__(self, name: str) -> None:
        self._id = name

    def result(self, payload: dict[str, Any]) -> bytes:
        return event("next", orjson.dumps({"id": self._id, "payload": payload}))

    def complete(self) -> bytes:
        return event("complete", orjson.dumps({"id": self._id}))


class EventStream:
    """A response, an ASGI application, that operations write events to while the client is there to read them.

    `ended` is called once, when nothing more will come.
    """

    def __init__(
        self, operations: Operations, heartbeat_seconds: float, ended: Callable[["EventStream"], None]
    ) -> None:
        self.is_open = False
        self.token: str | None = None
        """The name of a stream that is reserved, and a secret."""
        self.running: dict[str, asyncio.Task[None]] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        self._operations = operations
        self._heartbeat_seconds = heartbeat_seconds
        self._ended = ended
        self._events: asyncio.Queue[bytes | None] = asyncio.Queue(BEHIND)
        self._client: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.is_open = True
        writing = asyncio.create_task(self._write(send), name="event stream")
        client = self._client = asyncio.create_task(_until_gone(receive), name="event stream's client")
        try:
            await asyncio.wait([writing, client], return_when=asyncio.FIRST_COMPLETED)
            is_gone = client.done() and not client.cancelled()
        finally:
            self.stop()
            await _ended(writing, client, *self.tasks)
        if not is_gone:
            await send({"type": "http.response.body", "body": b""})

    def start(self, name: str, asked: Operation, context: Any, teller: Teller) -> None:
        """Begin an operation; its events are told when the client reads them."""
        work = self._run(name, asked, context, teller)
        task = self.running[name] = asyncio.create_task(work, name=f"operation {name}")
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def complete(self, name: str) -> None:
        """Stop an operation: nothing more is told of it."""
        task = self.running.pop(name, None)
        if task is not None:
            task.cancel()

    def stop(self) -> None:
        """End the stream, open or not, and all that runs on it."""
        self._ended(self)
        for task in self.tasks:
            task.cancel()
        if self._client is not None:
            self._client.cancel()

    async def _run(self, name: str, asked: Operation, context: Any, teller: Teller) -> None:
        try:
            async with aclosing(self._operations.results(asked, context)) as results:
                async for result in results:
                    await self._events.put(teller.result(told(result)))
        except Exception:
            await self._events.put(teller.result(failed()))
        if self.running.get(name) is asyncio.current_task():
            del self.running[name]
        await self._events.put(teller.complete())
        if teller.ends_the_stream:
            await self._events.put(None)

    async def _write(self, send: Send) -> None:
        headers = [*HEADERS, (b"x-request-id", errors.request_id.get().encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        written: bytes | None = HEARTBEAT  # so that the client knows at once that the stream is open
        while written is not None:
            await send({"type": "http.response.body", "body": written, "more_body": True})
            written = await self._next()

    async def _next(self) -> bytes | None:
        try:
            async with asyncio.timeout(self._heartbeat_seconds):
                return await self._events.get()
        except TimeoutError:
            return HEARTBEAT


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _ended(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    for task in tasks:
        with contextlib.suppress(asyncio.CancelledError, OSError):  # a client that went while it was written to
            task.result()
