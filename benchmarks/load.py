"""Load generator: a few keep-alive connections that always have a request in flight, in a process of their own.

Reads a `Load` as JSON from standard input and writes an `Outcome` as JSON to standard output.
"""

import asyncio
import itertools
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from tempfile import TemporaryFile
from typing import Any, cast

import orjson
import uvloop

FAILURE_MARKS = (b'"errors":', b'"refused":')


@dataclass
class Load:
    port: int
    seconds: float
    connections: int
    requests: list[tuple[str | None, dict[str, Any]]]  # a bearer token, and the body


@dataclass
class Outcome:
    requests: int = 0
    seconds: float = 0.0
    received: int = 0
    latencies: list[float] = field(default_factory=list)
    failure: str = ""


class Connection(asyncio.Protocol):
    """A connection that sends the next request as soon as the last one is answered, until the time is over.

    The latency of its first request is not recorded, since this request waits until all connections are accepted.
    """

    def __init__(self, requests: Iterator[bytes], deadline: float, outcome: Outcome) -> None:
        self.requests = requests
        self.deadline = deadline
        self.outcome = outcome
        self.buffer = bytearray()
        self.is_first = True
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.WriteTransport, transport)
        self.send()

    def send(self) -> None:
        self.sent = time.perf_counter()
        self.transport.write(next(self.requests))

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head = self.buffer.find(b"\r\n\r\n")
        if head < 0 or len(self.buffer) < head + 4 + _length(self.buffer[:head]):
            return
        now = time.perf_counter()
        self.outcome.requests += 1
        self.outcome.received += len(self.buffer) - head - 4
        if not self.is_first:
            self.outcome.latencies.append(now - self.sent)
        self.is_first = False
        if not self.buffer.startswith(b"HTTP/1.1 200") or any(word in self.buffer for word in FAILURE_MARKS):
            self.outcome.failure = self.buffer[:1000].decode(errors="replace")
        self.buffer.clear()
        if now < self.deadline and not self.outcome.failure:
            self.send()
        else:
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if self.buffer or error:
            self.outcome.failure = f"The connection was lost halfway: {error}"
        self.done.set_result(None)


def _length(head: bytearray) -> int:
    _, found, rest = bytes(head).lower().partition(b"content-length:")
    if not found:
        raise SystemExit(f"A response without Content-Length: {bytes(head)!r}")
    return int(rest.split(b"\r\n", 1)[0])


async def apply(load: Load) -> Outcome:
    outcome = Outcome()
    requests = itertools.cycle([encode(token, body) for token, body in load.requests])
    started = time.perf_counter()
    loop = asyncio.get_running_loop()
    connections = [
        (
            await loop.create_connection(
                lambda: Connection(requests, started + load.seconds, outcome), "127.0.0.1", load.port
            )
        )[1]
        for _ in range(load.connections)
    ]
    await asyncio.gather(*(connection.done for connection in connections))
    outcome.seconds = time.perf_counter() - started
    return outcome


def encode(token: str | None, body: dict[str, Any]) -> bytes:
    content = orjson.dumps(body)
    bearer = f"Authorization: Bearer {token}\r\n" if token else ""
    head = (
        "POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAccept: application/json\r\n"
        f"{bearer}Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def in_a_process(load: Load) -> Outcome:
    command = [sys.executable, "-m", "benchmarks.load"]
    with TemporaryFile() as answer:  # a pipe has been seen to end before all was read
        told = orjson.dumps(asdict(load))
        subprocess.run(command, input=told, stdout=answer, check=True, timeout=load.seconds + 60)
        answer.seek(0)
        return Outcome(**orjson.loads(answer.read()))


if __name__ == "__main__":
    work = uvloop.run(apply(Load(**orjson.loads(sys.stdin.buffer.read()))))
    sys.stdout.buffer.write(orjson.dumps(asdict(work)))
