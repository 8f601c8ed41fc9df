"""Raw HTTP: malformed heads, upgrades and trailers, as no client library sends them, are refused and harm nobody."""

import asyncio
import contextlib
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
import websockets
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from tests.support.app import ON_POSTGRES, TestApp
from tests.support.serving import PATIENCE, opened, process, serving, socket_of, started, until

pytestmark = pytest.mark.anyio

ROLE = json.dumps({"query": "{ viewer { role } }"}).encode()
KEY = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
UPGRADE = b"Upgrade: websocket\r\nConnection: Upgrade\r\n" + KEY
JSON_POST = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
GET_ROLE = b"GET /graphql?query=%7Bviewer%7Brole%7D%7D HTTP/1.1\r\n"


async def connected(netloc: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = netloc.partition(":")
    return await asyncio.open_connection(host, int(port))


async def answer_of(netloc: str, *parts: bytes) -> bytes:
    """Send the parts, and return everything that the server sends until it closes the connection."""
    reader, writer = await connected(netloc)
    async with asyncio.timeout(PATIENCE):
        for part in parts:
            writer.write(part)
            await writer.drain()
        answer = await reader.read()
    writer.close()
    return answer


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@pytest.fixture
async def netloc(site: TestApp) -> AsyncIterator[str]:
    async with serving(site) as netloc:
        yield netloc


# ---------------------------------------------------------------- upgrades


@pytest.mark.parametrize(
    "head",
    [
        b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n" + UPGRADE + b"\r\nbody",
        b"GET /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n" + UPGRADE + b"\r\nbody",
        b"GET /graphql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n" + UPGRADE + b"\r\n0\r\n\r\n",
        b"POST /graphql HTTP/1.1\r\nHost: x\r\n" + UPGRADE + b"\r\n",
        b"GET /graphql HTTP/1.0\r\nHost: x\r\n" + UPGRADE + b"\r\n",
        b"GET /graphql HTTP/1.1\r\nHost: x\r\nX-Odd: \x80\xff\r\n"
        + UPGRADE.replace(b"dGhlIHNhbXBsZSBub25jZQ==", b"no")
        + b"\r\n",
    ],
    ids=["POST with a body", "GET with a body", "chunked", "POST", "HTTP/1.0", "a bad key"],
)
async def test_malformed_upgrade_is_refused(netloc: str, head: bytes) -> None:
    assert status(await answer_of(netloc, head)) == 400


async def test_upgrade_with_a_long_header_is_refused(netloc: str) -> None:
    head = b"GET /graphql HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 20_000 + b"\r\n" + UPGRADE + b"\r\n"

    assert 400 <= status(await answer_of(netloc, head)) < 500


async def test_body_of_an_unknown_upgrade_is_no_request(netloc: str) -> None:
    """The parser skips the body: a proxy's next client would have got the response to what stands in it."""
    inner = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    head = JSON_POST + b"Connection: upgrade\r\nUpgrade: h2c\r\nContent-Length: %d\r\n\r\n" % len(inner)

    answer = await answer_of(netloc, head, inner)

    assert status(answer) == 400
    assert answer.count(b"HTTP/1.1") == 1


async def test_unknown_upgrade_without_a_body_is_ignored(netloc: str) -> None:
    answer = await answer_of(netloc, GET_ROLE + b"Host: x\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n")

    assert status(answer) == 200
    assert b'"role":"ANONYMOUS"' in answer


async def test_upgrade_behind_a_running_request_closes(netloc: str) -> None:
    stream = b"GET /graphql/stream?query=subscription HTTP/1.1\r\nHost: x\r\n\r\n"

    answer = await answer_of(netloc, stream + b"GET /graphql HTTP/1.1\r\nHost: x\r\n" + UPGRADE + b"\r\n")

    assert b"101" not in answer


async def test_malformed_upgrades_do_not_stay_open(site: TestApp) -> None:
    async with serving(site) as netloc:
        head = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n" + UPGRADE + b"\r\nbody"
        answers = await asyncio.gather(*(answer_of(netloc, head) for _ in range(50)))

        assert {status(answer) for answer in answers} == {400}
        async with socket_of(netloc) as client:
            assert await (await client.run("{ viewer { role } }")).data()


@pytest.mark.skipif(ON_POSTGRES, reason="the same on every database")
async def test_malformed_upgrade_does_not_disturb_the_shutdown(tmp_path: Any) -> None:
    async with process(f"sqlite://{tmp_path}/test.db") as served, opened(served.netloc) as client:
        head = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n" + UPGRADE + b"\r\n"
        _, writer = await connected(served.netloc)
        writer.write(head)
        reader, half = await connected(served.netloc)
        half.write(JSON_POST + b"Content-Length: %d\r\n\r\n" % len(ROLE))
        await half.drain()
        async with httpx2.AsyncClient() as http:
            await http.get(f"{served.url}/healthz")

        served.process.send_signal(signal.SIGTERM)
        assert await client.closed() == 1012
        half.write(ROLE)
        answer = await asyncio.wait_for(reader.read(), PATIENCE)

        assert status(answer) == 200
        assert await served.ended() == 0
        assert "Traceback" not in served.printed
        writer.close()
        half.close()


async def test_failing_shutdown_of_one_connection_harms_no_other(
    site: TestApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(site) as netloc:
        reader, writer = await connected(netloc)
        writer.write(JSON_POST + b"Content-Length: %d\r\n\r\n" % len(ROLE))
        await writer.drain()

        def fail(_: object) -> None:
            raise AssertionError

        monkeypatch.setattr(WebSocketsSansIOProtocol, "shutdown", fail)
        client = await websockets.connect(f"ws://{netloc}/graphql", proxy=None)
        finished = asyncio.create_task(_finished(netloc, reader, writer))
    assert status(await finished) == 200
    await client.close()


async def _finished(netloc: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """Send the body when the server takes no new connection any more; return the answer."""
    with contextlib.suppress(OSError):
        while True:
            _, other = await connected(netloc)
            other.close()
            await asyncio.sleep(0.01)
    writer.write(ROLE)
    answer = await reader.read()
    writer.close()
    return answer


# ---------------------------------------------------------------- trailers and forwarded addresses


def chunked(trailer: bytes, head: bytes = b"") -> bytes:
    return b"%b%bTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n%x\r\n%b\r\n0\r\n%b\r\n" % (
        JSON_POST,
        head,
        len(ROLE),
        ROLE,
        trailer,
    )


async def test_authorization_in_a_trailer_is_ignored(site: TestApp, netloc: str) -> None:
    token = (await site.guest()).encode()

    answer = await answer_of(netloc, chunked(b"Authorization: Bearer " + token + b"\r\n"))

    assert b'"role":"ANONYMOUS"' in answer


async def test_authorization_in_the_head_wins_over_a_trailer(site: TestApp, netloc: str) -> None:
    token = (await site.guest()).encode()

    answer = await answer_of(
        netloc, chunked(b"Authorization: Bearer x\r\n", b"Authorization: Bearer " + token + b"\r\n")
    )

    assert b'"role":"GUEST"' in answer


@asynccontextmanager
async def seen_clients(site: TestApp) -> AsyncIterator[tuple[str, list[str]]]:
    """Serve the site, and list the IP of each request's client as the application sees it."""
    seen: list[str] = []
    create = site.groundswell.graphql._context_factory

    def recorded(authorization: str | None, request: Any) -> Any:
        context = create(authorization, request)
        asyncio.get_running_loop().call_soon(lambda: seen.append(request.client.host))
        return context

    site.groundswell.graphql._context_factory = recorded
    async with serving(site) as netloc:
        yield netloc, seen


async def test_forwarded_address_in_a_trailer_is_ignored(site: TestApp) -> None:
    async with seen_clients(site) as (netloc, seen):
        await answer_of(netloc, chunked(b"X-Forwarded-For: 203.0.113.9\r\n" * 3, b"X-Forwarded-For: 198.51.100.7\r\n"))

    assert seen == ["198.51.100.7"]


async def test_last_untrusted_forwarded_address_counts(site: TestApp) -> None:
    """Lines are read as one list; each proxy appends, so that the last that is no proxy is the client."""
    lines = (
        b"X-Forwarded-For: 203.0.113.9, 192.0.2.1\r\nX-Forwarded-For: 198.51.100.7\r\nX-Forwarded-For: 127.0.0.1\r\n"
    )
    async with seen_clients(site) as (netloc, seen):
        await answer_of(netloc, GET_ROLE + b"Host: x\r\nConnection: close\r\n" + lines + b"\r\n")

    assert seen == ["198.51.100.7"]


async def test_endless_trailers_are_refused(netloc: str) -> None:
    head = chunked(b"")[: -len(b"\r\n")] + b"X-Long: "

    _, writer = await connected(netloc)
    writer.write(head)
    with pytest.raises(ConnectionError):
        await _send_for_ever(writer)
    writer.close()


async def _send_for_ever(writer: asyncio.StreamWriter) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            writer.write(b"a" * 65_536)
            await writer.drain()


# ---------------------------------------------------------------- hosts and slashes


@pytest.mark.parametrize(
    ("version", "hosts", "expected"),
    [
        (b"1.1", b"", 400),
        (b"1.1", b"Host: a\r\nHost: b\r\n", 400),
        (b"1.0", b"Host: a\r\nHost: a\r\n", 400),
        (b"1.1", b"Host: a b\r\n", 400),
        (b"1.1", b"Host: a/b@c\r\n", 400),
        (b"1.0", b"", 200),
        (b"1.1", b"Host: [::1]:8000\r\n", 200),
        (b"1.1", b"Host: xn--mnchen-3ya.example:443\r\n", 200),
    ],
)
async def test_request_has_exactly_one_host(netloc: str, version: bytes, hosts: bytes, expected: int) -> None:
    head = b"GET /healthz HTTP/" + version + b"\r\n" + hosts + b"Connection: close\r\n\r\n"

    assert status(await answer_of(netloc, head)) == expected


@pytest.mark.parametrize("path", [b"/graphql/", b"/graphql/stream/", b"/healthz/", b"/confirm/"])
async def test_slash_at_the_end_does_not_redirect(netloc: str, path: bytes) -> None:
    head = b"POST " + path + b" HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

    answer = await answer_of(netloc, head)

    assert status(answer) == 404
    assert b"evil.example" not in answer


@pytest.mark.parametrize(
    "sent",
    [b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n", b"\x00" * 100],
    ids=["TLS", "no version", "CONNECT", "zeros"],
)
async def test_what_is_not_http_is_refused_with_400(netloc: str, sent: bytes) -> None:
    assert status(await answer_of(netloc, sent)) == 400


async def test_many_pipelined_requests_are_not_all_kept(netloc: str) -> None:
    request = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"

    answer = await answer_of(netloc, request * 1_000)

    assert answer.count(b"HTTP/1.1 200") < 1_000


async def test_some_pipelined_requests_are_answered_in_order(netloc: str) -> None:
    request = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"

    answer = await answer_of(netloc, request * 9, GET_ROLE + b"Host: x\r\nConnection: close\r\n\r\n")

    assert answer.count(b"HTTP/1.1 200") == 10
    assert answer.endswith(b'{"data":{"viewer":{"role":"ANONYMOUS"}}}')


# ---------------------------------------------------------------- the authorization of a WebSocket


@pytest.mark.parametrize(
    "payload",
    [
        lambda token: {"headers": {"Authorization": token}},
        lambda token: {"headers": {"authorization": token}},
        lambda token: {"Headers": {"AUTHORIZATION": token}},
        lambda token: {"Authorization": token},
        lambda token: {"AUTHORIZATION": token, "headers": {"authorization": token, "x-csrf-token": "1"}},
        lambda token: {"authorization": token, "headers": None},
    ],
)
async def test_token_is_found_where_clients_put_it(site: TestApp, payload: Any) -> None:
    token = f"Bearer {await site.guest()}"
    async with serving(site) as netloc, opened(netloc) as client:
        await client.initialise(payload(token))

        viewer = await (await client.run("{ viewer { role } }")).data()

    assert viewer == {"viewer": {"role": "GUEST"}}


@pytest.mark.parametrize(
    "payload",
    [
        {"authToken": "x"},
        {"token": "x"},
        {"headers": {"X-Auth-Token": "x"}},
        {"headers": [["Authorization", "Bearer x"]]},
        {"headers": "Authorization: Bearer x"},
        {"jwt": "x"},
        {"apiKey": "x"},
        {"api_key": "x"},
        {"accessToken": {"value": "x"}},
        {"authorization": "Bearer x", "Authorization": "Bearer y"},
    ],
)
async def test_token_that_is_not_understood_is_refused(netloc: str, payload: dict[str, Any]) -> None:
    async with opened(netloc) as client:
        await client.say({"type": "connection_init", "payload": payload})

        assert await client.closed() == 4403
        assert "authorization" in (client.connection.close_reason or "")


@pytest.mark.parametrize("payload", [{}, {"acceptLanguage": "de"}, {"headers": {}}, {"token": None}, {"token": ""}])
async def test_payload_without_a_token_is_a_visitor(netloc: str, payload: dict[str, Any]) -> None:
    async with opened(netloc) as client:
        await client.initialise(payload)
        assert await (await client.run("{ viewer { role } }")).data() == {"viewer": {"role": "ANONYMOUS"}}


# ---------------------------------------------------------------- SIGTERM while the server starts


@pytest.mark.parametrize("command", ["serve", "demo"])
async def test_sigterm_during_start_up_is_obeyed(tmp_path: Any, command: str) -> None:
    async with started(f"sqlite://{tmp_path}/test.db", command) as served:
        await until((tmp_path / "test.db").exists)
        served.process.send_signal(signal.SIGTERM)

        assert await served.ended() == 0
        assert "Traceback" not in served.printed
        assert "Uvicorn running" not in served.printed


async def test_sigterm_while_the_application_is_created_is_obeyed(tmp_path: Any) -> None:
    async with started(f"sqlite://{tmp_path}/test.db", LOG_LEVEL="trace") as served:
        await until(lambda: "Started server process" in served.printed or served.process.poll() is not None)
        served.process.send_signal(signal.SIGTERM)

        assert await served.ended() == 0
