"""A real server, in the test's own event loop or as the process that operators run, and a real WebSocket client."""

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import IO, Any, NamedTuple

import httpx2
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from server import Server, create_config
from tests.support.app import SECRET, TestApp
from tests.support.leaks import RECORDER

PATIENCE = 60.0
"""Seconds after which a test stops waiting and fails."""
HOUSE = Path(__file__).resolve().parents[2]


async def until(condition: Callable[[], Any]) -> None:
    """Wait until a condition is true, while other tasks run."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.002)


# ---------------------------------------------------------------- in the test's own event loop


class _Uvicorn(Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to pytest."""
        yield


@asynccontextmanager
async def serving(site: TestApp, send_buffer: int | None = None) -> AsyncIterator[str]:
    """Serve the site's application on a free port; yields `host:port`."""
    listener = socket.create_server(("127.0.0.1", 0))
    # Accepted connections inherit this option; asyncio sets TCP_NODELAY only on sockets that asyncio itself created.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if send_buffer:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
    config = create_config(site.app, replace(site.settings, stop_seconds=5), lifespan="off", log_config=None)
    protocol: Any = config.http
    site.connection_watch = protocol.keywords["watch"]
    server = _Uvicorn(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    await until(lambda: server.started or running.done())
    host, port = listener.getsockname()
    try:
        yield f"{host}:{port}"
    finally:
        server.should_exit = True
        await running
        listener.close()


# ---------------------------------------------------------------- as a process


class Process:
    """A running `cli.py serve`."""

    def __init__(self, process: subprocess.Popen[str], netloc: str, output: IO[str]) -> None:
        self.process = process
        self.netloc = netloc
        self._output = output

    @property
    def printed(self) -> str:
        """All output of the process so far."""
        self._output.seek(0)
        return self._output.read()

    @property
    def url(self) -> str:
        return f"http://{self.netloc}"

    async def ended(self) -> int:
        """Wait until the process ends, and return its exit code."""
        async with asyncio.timeout(PATIENCE):
            return await asyncio.to_thread(self.process.wait)


def environment(**given: Any) -> dict[str, str]:
    """Return the environment variables for a process with these settings.

    By default no rate is limited, and counters change at once.
    """
    defaults = {"SECRET_KEY": SECRET, "RATE_LIMITS": "off", "COUNTER_SECONDS": "0"}
    return {**os.environ, **defaults, **{name: str(value) for name, value in given.items()}}


def free_port(host: str = "127.0.0.1") -> int:
    with socket.create_server((host, 0)) as listener:
        return int(listener.getsockname()[1])


@asynccontextmanager
async def started(
    database_url: str, command: str = "serve", host: str = "127.0.0.1", **settings: Any
) -> AsyncIterator[Process]:
    """Start a server process without waiting for it; kill the process at the end, if it still runs."""
    port = free_port(host)
    printed = tempfile.TemporaryFile("w+")  # noqa: SIM115
    running = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "cli.py", command],
        cwd=HOUSE,
        env=environment(DATABASE_URL=database_url, HOST=host, PORT=port, **settings),
        stdout=printed,
        stderr=subprocess.STDOUT,
        text=True,
    )
    served = Process(running, f"{host}:{port}", printed)
    try:
        yield served
    finally:
        if running.poll() is None:
            running.kill()
        await asyncio.to_thread(running.wait)
        RECORDER.check_output("a server's process", served.printed)
        printed.close()


@asynccontextmanager
async def process(database_url: str, host: str = "127.0.0.1", **settings: Any) -> AsyncIterator[Process]:
    """Start a server process and wait until it answers; kill the process at the end, if it still runs."""
    async with started(database_url, host=host, **settings) as served:
        async with httpx2.AsyncClient() as http, asyncio.timeout(PATIENCE):
            while not await _answers(http, served):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        yield served


async def _answers(http: httpx2.AsyncClient, served: Process) -> bool:
    assert served.process.poll() is None, served.printed
    with contextlib.suppress(httpx2.TransportError):
        return (await http.get(f"{served.url}/healthz")).status_code == 200
    return False


# ---------------------------------------------------------------- a client of graphql-transport-ws


class Operation:
    """One operation on a WebSocket, with the server's messages about this operation in order."""

    def __init__(self, client: "Client", name: str) -> None:
        self._client = client
        self._name = name
        self.messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def message(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            return await self.messages.get()

    async def next(self) -> dict[str, Any]:
        """Return the next result, with its errors."""
        message = await self.message()
        assert message["type"] == "next", message
        result: dict[str, Any] = message["payload"]
        return result

    async def data(self) -> dict[str, Any]:
        """Return the data of the next result, and check that there are no errors."""
        result = await self.next()
        assert "errors" not in result, result["errors"]
        data: dict[str, Any] = result["data"]
        return data

    async def event(self) -> dict[str, Any]:
        """Return the next event of an `activity` subscription."""
        event: dict[str, Any] = (await self.data())["activity"]
        return event

    async def code(self) -> str:
        """Return the code of the first error, from an `error` message or from the errors of a result."""
        message = await self.message()
        errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
        return str(errors[0]["extensions"]["code"])

    async def stop(self) -> None:
        await self._client.say({"type": "complete", "id": self._name})


class Client:
    """A WebSocket client of graphql-transport-ws, with any number of operations."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self._operations: dict[str, Operation] = {}
        self._names = count(1)
        self._reader: asyncio.Task[None] | None = None

    async def say(self, message: Any) -> None:
        text = json.dumps(message)
        RECORDER.learn_body(text)
        await self.connection.send(text)

    async def hear(self) -> Any:
        """Return the next message; to be used only before the first operation."""
        async with asyncio.timeout(PATIENCE):
            text = await self.connection.recv()
        RECORDER.check_output("a socket", text)
        return json.loads(text)

    async def initialise(self, payload: dict[str, Any] | None = None) -> None:
        await self.say({"type": "connection_init", "payload": payload or {}})
        assert (await self.hear())["type"] == "connection_ack"

    async def run(self, query: str, **variables: Any) -> Operation:
        """Start an operation."""
        if self._reader is None:
            self._reader = asyncio.create_task(self._read())
        name = str(next(self._names))
        operation = self._operations[name] = Operation(self, name)
        payload = {"query": query, "variables": variables}
        await self.say({"type": "subscribe", "id": name, "payload": payload})
        return operation

    async def closed(self) -> int:
        """Wait until the server closes the WebSocket, and return the close code."""
        async with asyncio.timeout(PATIENCE):
            await self.connection.wait_closed()
        assert self.connection.close_code is not None
        return self.connection.close_code

    async def _read(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for text in self.connection:
                RECORDER.check_output("a socket", text)
                message = json.loads(text)
                if message["type"] in ("next", "error", "complete"):
                    self._operations[message["id"]].messages.put_nowait(message)

    async def close(self) -> None:
        await self.connection.close()
        if self._reader is not None:
            await self._reader


@asynccontextmanager
async def opened(netloc: str, **options: Any) -> AsyncIterator[Client]:
    """Connect a WebSocket, without sending `connection_init`."""
    options.setdefault("subprotocols", [Subprotocol("graphql-transport-ws")])
    client = Client(await connect(f"ws://{netloc}/graphql", proxy=None, **options))
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def socket_of(netloc: str, token: str | None = None, **options: Any) -> AsyncIterator[Client]:
    """Connect a WebSocket and wait for `connection_ack`."""
    async with opened(netloc, **options) as client:
        await client.initialise({"authorization": f"Bearer {token}"} if token else None)
        yield client


# ---------------------------------------------------------------- a client of graphql-sse


class Event(NamedTuple):
    """An event of a server-sent event stream."""

    kind: str
    data: Any
    """Parsed JSON; None for an event without data."""
    id: str | None


class Events:
    """Parse a server-sent event stream; `comments` counts the keep-alive comments."""

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response
        self.comments = 0
        self._bytes = response.aiter_raw()
        self._rest = b""

    async def next(self) -> Event:
        """Return the next event; raise EOFError if the stream ends before."""
        while True:
            block = await self._block()
            fields = dict(line.split(b": ", 1) for line in block.split(b"\n") if b": " in line)
            if b"event" in fields:
                data = fields[b"data"]
                name = fields.get(b"id")
                return Event(
                    fields[b"event"].decode(), json.loads(data) if data else None, name.decode() if name else None
                )
            assert block == b":", block
            self.comments += 1

    async def _block(self) -> bytes:
        async with asyncio.timeout(PATIENCE):
            while b"\n\n" not in self._rest:
                try:
                    self._rest += await anext(self._bytes)
                except StopAsyncIteration:
                    raise EOFError from None
        block, _, self._rest = self._rest.partition(b"\n\n")
        return block

    async def data(self) -> dict[str, Any]:
        """Return the data of the next result, and check that there are no errors."""
        event = await self.next()
        assert event.kind == "next", event
        assert "errors" not in event.data, event
        data: dict[str, Any] = event.data["data"]
        return data

    async def end(self) -> None:
        """Check that the operation completes, and that the stream then ends."""
        assert await self.next() == Event("complete", None, None)
        with pytest.raises(EOFError):
            await self.next()


@asynccontextmanager
async def events(http: httpx2.AsyncClient, method: str, url: str, **options: Any) -> AsyncIterator[Events]:
    """Send a request whose response is an event stream."""
    options["headers"] = {"accept": "text/event-stream"} | options.get("headers", {})
    async with http.stream(method, url, timeout=PATIENCE, **options) as response:
        yield Events(response)
