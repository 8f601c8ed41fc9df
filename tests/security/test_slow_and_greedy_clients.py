"""Slow and greedy clients: whoever sends without end, or does not read, holds little memory and only for a time."""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import pytest

from tests.security.test_raw_http import JSON_POST, UPGRADE, connected, status
from tests.support.app import TestApp, running_app
from tests.support.serving import PATIENCE, serving, socket_of, until
from transport.connections import counted_ip

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """Use the event loop of a server in production: others write and close in another order."""
    return "asyncio", {"use_uvloop": True}


HEAD = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
GREEDY_BYTES = 6_000_000


@asynccontextmanager
async def served(**changes: Any) -> AsyncIterator[tuple[TestApp, str]]:
    """Serve a site whose connections have small send buffers, so that the server notices at once who does not read."""
    async with running_app(**changes) as site, serving(site, send_buffer=8_192) as netloc:
        yield site, netloc


async def answer(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(PATIENCE):
        return await reader.read()


def connect_unread(netloc: str, source: str = "127.0.0.1") -> socket.socket:
    """Connect a socket that takes as little as possible as long as nobody reads from it."""
    host, _, port = netloc.partition(":")
    greedy = socket.socket()
    greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    greedy.bind((source, 0))
    greedy.connect((host, int(port)))
    greedy.setblocking(False)
    return greedy


async def is_closed(connection: socket.socket) -> bool:
    """Read until the server closes, and return True if it closed before it had sent everything."""
    loop, received = asyncio.get_running_loop(), 0
    try:
        async with asyncio.timeout(PATIENCE):
            while chunk := await loop.sock_recv(connection, 65_536):
                received += len(chunk)
    except ConnectionError:
        return True
    return received < GREEDY_BYTES


def padded(site: TestApp) -> None:
    """Make GraphiQL's page large."""
    site.groundswell.graphql._graphiql = b"x" * GREEDY_BYTES


PAGE = b"GET /graphql HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nConnection: close\r\n"

# ---------------------------------------------------------------- heads


async def test_endless_header_is_refused_with_431() -> None:
    async with served() as (_, netloc):
        reader, writer = await connected(netloc)
        writer.write(HEAD + b"X-Long: ")
        for _ in range(40):
            writer.write(b"a" * 65_536)
        received = await answer(reader)
        writer.close()

    assert status(received) == 431
    assert b"too large" in received


@pytest.mark.parametrize(
    "head",
    [
        HEAD + b"X-Long: " + b"a" * 70_000 + b"\r\n\r\n",
        HEAD + b"X: y\r\n" * 20_000 + b"\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=["one header", "many headers", "the URL"],
)
async def test_large_head_is_refused_with_431(head: bytes) -> None:
    async with served() as (_, netloc):
        reader, writer = await connected(netloc)
        writer.write(head)
        received = await answer(reader)
        writer.close()

    assert status(received) == 431


async def test_large_body_behind_a_small_head_is_read() -> None:
    body = json.dumps({"query": "{ viewer { role } }", "variables": {"a": "b" * 300_000}}).encode()
    async with served() as (_, netloc):
        reader, writer = await connected(netloc)
        writer.write(JSON_POST + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        received = await answer(reader)
        writer.close()

    assert status(received) == 200


async def test_head_limit_is_a_setting() -> None:
    async with served(head_limit=1_000) as (_, netloc):
        reader, writer = await connected(netloc)
        writer.write(HEAD + b"X: " + b"a" * 1_000 + b"\r\n\r\n")
        received = await answer(reader)
        writer.close()

    assert status(received) == 431


async def test_half_a_head_is_refused_with_408() -> None:
    async with served(head_seconds=0.3) as (_, netloc):
        reader, writer = await connected(netloc)
        writer.write(HEAD)
        received = await answer(reader)
        writer.close()

    assert status(received) == 408
    assert b"in time" in received


async def test_head_that_trickles_is_refused_with_408() -> None:
    async with served(head_seconds=0.3) as (_, netloc):
        reader, writer = await connected(netloc)
        reading = asyncio.create_task(answer(reader))
        writer.write(HEAD + b"X: ")
        while not reading.done():
            writer.write(b"a")
            await asyncio.sleep(0.02)
        writer.close()

    assert status(await reading) == 408


@pytest.mark.parametrize("sent", [b"", b"\r\n"])
async def test_connection_without_a_request_is_closed(sent: bytes) -> None:
    async with served(head_seconds=0.3) as (_, netloc):
        reader, writer = await connected(netloc)
        writer.write(sent)
        received = await answer(reader)
        writer.close()

    assert received == b""


async def test_half_sent_heads_do_not_stay() -> None:
    async with served(head_seconds=0.3) as (_, netloc):
        pairs = [await connected(netloc) for _ in range(200)]
        for _, writer in pairs:
            writer.write(HEAD)
        received = await asyncio.gather(*(answer(reader) for reader, _ in pairs))
        for _, writer in pairs:
            writer.close()

    assert {status(each) for each in received} == {408}


async def test_stray_line_after_an_answer_closes_the_connection() -> None:
    async with served(head_seconds=0.3) as (_, netloc):
        reader, writer = await connected(netloc)
        writer.write(HEAD + b"\r\n")
        await reader.readuntil(b"}")
        writer.write(b"\r\n")
        received = await answer(reader)
        writer.close()

    assert received == b""


# ---------------------------------------------------------------- bodies


async def test_slow_body_is_refused_with_408() -> None:
    async with served(request_seconds=0.4) as (_, netloc):
        reader, writer = await connected(netloc)
        writer.write(JSON_POST + b"Content-Length: 100\r\n\r\n{")
        received = await answer(reader)
        writer.close()

    assert status(received) == 408


async def test_slow_body_that_no_endpoint_reads_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transport.http_protocol.BODY_GRACE_SECONDS", 0.1)
    async with served(request_seconds=0.4, head_seconds=0.3) as (_, netloc):
        reader, writer = await connected(netloc)
        writer.write(b"POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
        reading = asyncio.create_task(answer(reader))
        while not reading.done():
            writer.write(b"x")
            await asyncio.sleep(0.02)
        writer.close()

    assert status(await reading) == 404


async def test_unfinished_bodies_of_one_address_are_bounded() -> None:
    """The address is the one that the proxy names; bodies of others are not disturbed."""
    part = b'{"query": "' + b"x" * 300_000
    async with served(unread_limit=1_000_000) as (site, netloc):
        pairs = [await connected(netloc) for _ in range(6)]
        await until(lambda: len(site.connection_watch) == 6)
        for place, (_, writer) in enumerate(pairs):
            client = b"X-Forwarded-For: 203.0.113.%d\r\n" % (6 if place == 0 else 5)
            writer.write(JSON_POST + client + b"Content-Length: 900000\r\n\r\n")
            await writer.drain()
            writer.write(part)
        await until(lambda: len(site.connection_watch) == 4)  # three bodies of the one, and that of the other

        pairs[0][1].write(b"x" * (900_000 - len(part)))
        async with asyncio.timeout(PATIENCE):
            assert b"BAD_REQUEST" in await pairs[0][0].readuntil(b"}}]}")
        for _, writer in pairs:
            writer.close()


# ---------------------------------------------------------------- connections of one address


def connect_from(netloc: str, source: str) -> socket.socket:
    host, _, port = netloc.partition(":")
    return socket.create_connection((host, int(port)), PATIENCE, (source, 0))


async def test_connections_of_one_address_are_limited() -> None:
    async with served(connections_per_address=3) as (_, netloc):
        held = [await asyncio.to_thread(connect_from, netloc, "127.0.0.2") for _ in range(3)]
        more = await asyncio.to_thread(connect_from, netloc, "127.0.0.2")
        refused = await asyncio.to_thread(more.recv, 1_000)
        other = await asyncio.to_thread(connect_from, netloc, "127.0.0.3")
        await asyncio.to_thread(other.sendall, HEAD + b"Connection: close\r\n\r\n")
        welcome = await asyncio.to_thread(other.recv, 1_000)
        for each in (*held, more, other):
            each.close()

    assert status(refused) == 429
    assert b"one address" in refused
    assert status(welcome) == 200


async def test_closed_connections_are_not_counted() -> None:
    async with served(connections_per_address=2) as (_, netloc):
        for _ in range(6):
            once = await asyncio.to_thread(connect_from, netloc, "127.0.0.2")
            await asyncio.to_thread(once.sendall, HEAD + b"Connection: close\r\n\r\n")
            assert status(await asyncio.to_thread(once.recv, 1_000)) == 200
            while await asyncio.to_thread(once.recv, 1_000):
                pass
            once.close()


async def test_websocket_counts_as_one_connection() -> None:
    async with served(connections_per_address=2) as (_, netloc):
        for _ in range(4):
            async with socket_of(netloc, local_addr=("127.0.0.2", 0)) as client:
                assert await (await client.run("{ viewer { role } }")).data()


async def test_connections_of_a_trusted_proxy_are_not_limited() -> None:
    async with served(connections_per_address=3) as (_, netloc):
        pairs = [await connected(netloc) for _ in range(10)]
        for _, writer in pairs:
            writer.write(HEAD + b"Connection: close\r\n\r\n")
        received = await asyncio.gather(*(answer(reader) for reader, _ in pairs))
        for _, writer in pairs:
            writer.close()

    assert {status(each) for each in received} == {200}


@pytest.mark.parametrize(
    ("ip", "counted"),
    [
        ("203.0.113.5", "203.0.113.5"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.5", "203.0.113.5"),
        ("not:an:ip", "not:an:ip"),
        ("", ""),
    ],
)
def test_network_of_one_host_counts_as_one_ip(ip: str, counted: str) -> None:
    assert counted_ip(ip) == counted


# ---------------------------------------------------------------- clients that do not read


async def test_client_that_does_not_read_an_answer_is_closed() -> None:
    async with served(unread_seconds=0.4) as (site, netloc):
        padded(site)
        greedy = connect_unread(netloc)
        await asyncio.get_running_loop().sock_sendall(greedy, PAGE + b"\r\n")
        await until(lambda: len(site.connection_watch))
        await until(lambda: not len(site.connection_watch))

        assert await is_closed(greedy)
        greedy.close()


async def test_slow_reader_gets_its_answer() -> None:
    async with served(unread_seconds=0.6) as (site, netloc):
        padded(site)
        reader, writer = await connected(netloc)
        writer.write(PAGE + b"\r\n")
        received = 0
        async with asyncio.timeout(PATIENCE):
            while chunk := await reader.read(200_000):
                received += len(chunk)
                await asyncio.sleep(0.02)
        writer.close()

    assert received > GREEDY_BYTES


async def test_unread_bytes_of_one_address_are_bounded() -> None:
    """The address is the one that the proxy names; others are not disturbed."""
    async with served(unread_limit=2 * GREEDY_BYTES) as (site, netloc):
        padded(site)
        loop = asyncio.get_running_loop()
        greedy = [connect_unread(netloc) for _ in range(4)]
        for each in greedy:
            await loop.sock_sendall(each, PAGE + b"X-Forwarded-For: 203.0.113.5\r\n\r\n")
        other = connect_unread(netloc)
        await loop.sock_sendall(other, PAGE + b"X-Forwarded-For: 203.0.113.6\r\n\r\n")

        closed = await asyncio.gather(*(is_closed(each) for each in (*greedy, other)))
        for each in (*greedy, other):
            each.close()

    assert sum(closed[:4]) >= 2
    assert not closed[4]


async def websocket(netloc: str) -> socket.socket:
    """Open a WebSocket by hand, whose client does not read."""
    loop, greedy = asyncio.get_running_loop(), connect_unread(netloc)
    protocol = b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n"
    await loop.sock_sendall(greedy, b"GET /graphql HTTP/1.1\r\nHost: x\r\n" + protocol + UPGRADE + b"\r\n")
    assert b"101" in await loop.sock_recv(greedy, 1_000)
    return greedy


def frame(opcode: int, payload: bytes, is_last: bool = True) -> bytes:
    size = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + struct.pack("!H", len(payload))
    return bytes([0x80 * is_last | opcode]) + size + b"\0\0\0\0" + payload


async def sent_before_closed(connection: socket.socket, data: bytes, most: int) -> int:
    """Send the data again and again until the server closes the connection; return the bytes sent."""
    loop, sent = asyncio.get_running_loop(), 0
    try:
        async with asyncio.timeout(PATIENCE):
            while sent < most:
                await loop.sock_sendall(connection, data)
                sent += len(data)
    except ConnectionError:
        return sent
    return most


async def test_pings_of_a_client_that_does_not_read_are_not_answered_without_end() -> None:
    async with served(unread_seconds=0.5) as (_, netloc):
        greedy = await websocket(netloc)
        sent = await sent_before_closed(greedy, frame(9, b"x" * 120) * 500, 50_000_000)
        greedy.close()

    assert sent < 20_000_000  # what the kernel's buffers take, and no more


async def test_websocket_that_does_not_read_its_results_is_closed() -> None:
    async with served(unread_seconds=0.5, connection_init_seconds=60) as (_, netloc):
        greedy = await websocket(netloc)
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(greedy, frame(1, b'{"type": "connection_init"}'))
        ping = json.dumps({"type": "ping", "payload": {"a": "x" * 60_000}}).encode()
        sent = await sent_before_closed(greedy, frame(1, ping), 50_000_000)
        greedy.close()

    assert sent < 20_000_000


async def test_event_stream_that_is_not_read_is_closed() -> None:
    async with served(unread_seconds=0.5, heartbeat_seconds=0.001) as (site, netloc):
        greedy = connect_unread(netloc)
        query = f'subscription{{activity(campaignId:"{await site.campaign()}"){{cursor}}}}'
        head = f"GET /graphql/stream?query={quote(query)} HTTP/1.1\r\nHost: x\r\n\r\n"
        await asyncio.get_running_loop().sock_sendall(greedy, head.encode())
        await until(lambda: len(site.groundswell.streams))

        await until(lambda: not len(site.connection_watch))
        await until(lambda: not len(site.groundswell.streams))
        greedy.close()


async def test_endless_empty_fragments_close_the_websocket() -> None:
    async with served() as (_, netloc):
        greedy = await websocket(netloc)
        await asyncio.get_running_loop().sock_sendall(greedy, frame(1, b"", is_last=False))
        sent = await sent_before_closed(greedy, frame(0, b"", is_last=False) * 10_000, 50_000_000)
        greedy.close()

    assert sent < 5_000_000


async def test_websocket_message_that_never_ends_closes_the_websocket() -> None:
    async with served(request_seconds=0.4, head_seconds=0.3) as (_, netloc):
        slow = await websocket(netloc)
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(slow, frame(1, b"x" * 1_000)[:500])

        assert b"did not arrive in time" in await loop.sock_recv(slow, 1_000)
        slow.close()


async def test_silent_websocket_stays_open() -> None:
    limits = {"request_seconds": 0.4, "head_seconds": 0.3, "unread_seconds": 0.3}
    async with served(**limits) as (_, netloc), socket_of(netloc) as client:
        await asyncio.sleep(1.2)  # longer than any of these limits
        assert await (await client.run("{ viewer { role } }")).data()


async def test_idle_connection_is_usable_for_the_next_request() -> None:
    async with served(request_seconds=0.5, head_seconds=0.3, unread_seconds=0.3) as (_, netloc):
        reader, writer = await connected(netloc)
        writer.write(HEAD + b"\r\n")
        first = await reader.readuntil(b"}")
        await asyncio.sleep(1.2)  # longer than any of these limits, and less than uvicorn's for idle connections
        writer.write(HEAD + b"Connection: close\r\n\r\n")
        second = await answer(reader)
        writer.close()

    assert (status(first), status(second)) == (200, 200)
