"""That the search of every test for leaks finds one, wherever it is, and lets be what people chose to show."""

import asyncio
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.support.app import ON_POSTGRES, TestApp
from tests.support.leaks import RECORDER, LeakRecorder, Log, Recorder
from tests.support.serving import HOUSE

pytestmark = pytest.mark.anyio

SECRETS = ["Sommerfeldt", "katharina@secret.example"]
INPUT = {"givenName": "Katharina", "familyName": SECRETS[0], "email": SECRETS[1]}
BODY = b'{"variables": {"input": {"familyName": "Sommerfeldt", "email": "Katharina@Secret.example"}}}'


@pytest.fixture
def recorder() -> Recorder:
    """One that was told of somebody."""
    made = Recorder()
    made.heard(BODY)
    return made


def met(recorder: Recorder) -> set[str]:
    """The secrets that leaked."""
    return {secret for secret in SECRETS if any(secret in leak for leak in recorder.leaks)}


# ---------------------------------------------------------------- what is confided


@pytest.mark.parametrize(
    "body",
    [
        BODY,
        b"[%s]" % BODY,
        b'{"id": "1", "type": "subscribe", "payload": %s}' % BODY,
        b'{"query": "mutation { introduce(input: {givenName: \\"Katharina\\", familyName: \\"Sommerfeldt\\",'
        b' email: \\"katharina@secret.example\\"}) { __typename } }"}',
    ],
)
async def test_what_a_mutation_brings_is_confided(body: bytes) -> None:
    recorder = Recorder()

    recorder.heard(body)
    recorder.told("here", "Sommerfeldt, katharina@secret.example")

    assert met(recorder) == set(SECRETS)


async def test_what_another_sites_token_brings_is_confided() -> None:
    """Its middle is {"family_name": "Sommerfeldt", "email": "katharina@secret.example"}."""
    recorder = Recorder()
    middle = "eyJmYW1pbHlfbmFtZSI6ICJTb21tZXJmZWxkdCIsICJlbWFpbCI6ICJrYXRoYXJpbmFAc2VjcmV0LmV4YW1wbGUifQ"

    recorder.heard_token(f"Bearer head.{middle}.signature")
    recorder.told("here", "Sommerfeldt, katharina@secret.example")

    assert met(recorder) == set(SECRETS)


# ---------------------------------------------------------------- every way out


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """An application that repeats what it hears."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.send", "text": (await receive())["text"]})
        return
    body = (await receive())["body"]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-echo", body)]})
    await send({"type": "http.response.body", "body": b"data: " + body + b"\n\n", "more_body": True})


async def call(recorder: Recorder, kind: str, message: dict[str, Any]) -> None:
    async def receive() -> dict[str, Any]:
        return message

    async def send(message: dict[str, Any]) -> None:
        pass

    await LeakRecorder(echo, recorder)({"type": kind, "path": "/graphql"}, receive, send)


async def test_a_leak_in_an_answer_or_an_event_stream_is_found() -> None:
    recorder = Recorder()

    await call(recorder, "http", {"type": "http.request", "body": BODY})

    assert met(recorder) == set(SECRETS)
    assert all(leak.startswith("http /graphql: ") for leak in recorder.leaks)


async def test_a_leak_in_a_sockets_message_is_found() -> None:
    recorder = Recorder()

    await call(recorder, "websocket", {"type": "websocket.receive", "text": BODY.decode()})

    assert met(recorder) == set(SECRETS)


async def test_a_leak_in_a_log_line_or_its_traceback_is_found(recorder: Recorder) -> None:
    log, handler = logging.getLogger("groundswell.tests"), Log(recorder)
    log.addHandler(handler)
    try:
        log.warning("%s has signed", SECRETS[0])
        try:
            raise ValueError(SECRETS[1])
        except ValueError:
            log.exception("something broke")
    finally:
        log.removeHandler(handler)

    assert met(recorder) == set(SECRETS)


async def test_a_leak_in_a_database_is_found(recorder: Recorder, tmp_path: Path) -> None:
    with recorder.watching(tmp_path):
        (tmp_path / "test.db").write_bytes(b"\xff\x00Sommerfeldt\x00\xfe")
        (tmp_path / "test.db-wal").write_bytes(b"\xff\x00katharina@secret.example\x00\xfe")

    assert met(recorder) == set(SECRETS)


@pytest.mark.skipif(ON_POSTGRES, reason="it looks into the database's file")
async def test_a_worlds_database_is_searched(site: TestApp) -> None:
    """As for a name that people chose to show, which is there."""
    await site.do("introduce", "__typename", **INPUT, nameDisplay="FULL_NAME")
    recorder, folder = Recorder(), Path(site.settings.database_url.removeprefix("sqlite://")).parent
    recorder.heard(BODY)

    recorder.kept(folder)

    assert met(recorder) == {"Sommerfeldt"}


async def test_what_another_processes_server_answers_is_heard_and_searched() -> None:
    async def repeat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(len(BODY))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(repeat, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, httpx2.AsyncClient() as http:
        await http.post(f"http://127.0.0.1:{port}/graphql", content=BODY)

    found = met(RECORDER)
    RECORDER.leaks.clear()
    assert found == set(SECRETS)


def test_a_test_that_leaks_fails_and_is_told_what(tmp_path: Path) -> None:
    leaking = tmp_path / "test_leaking.py"
    leaking.write_text(
        "from tests.support.leaks import RECORDER\n"
        f"def test_prints():\n    RECORDER.heard({BODY!r})\n    print('Sommerfeldt')\n"
        "def test_is_another():\n    print('Sommerfeldt')\n"
    )
    words = ["-q", "-p", "no:cacheprovider", "-p", "tests.conftest", "--rootdir", str(tmp_path), str(leaking)]

    ended = subprocess.run(
        [sys.executable, "-m", "pytest", *words], cwd=HOUSE, capture_output=True, text=True, timeout=60, check=False
    )

    assert "2 passed, 1 error" in ended.stdout, ended.stdout
    assert "Captured stdout call: 'Sommerfeldt'" in ended.stdout
    assert "test_leaking.py::test_prints" in ended.stdout


# ---------------------------------------------------------------- what may be told


@pytest.mark.parametrize(
    "said",
    [
        '{"data": {"viewer": {"profile": {"familyName": "Sommerfeldt", "email": "katharina@secret.example"}}}}',
        'data: {"data": {"viewer": {"profile": {"familyName": "Sommerfeldt"}}}}\n\n',
        "Katharina S., Sommer, Sommerfeldts",
    ],
)
def test_what_viewers_are_told_of_themselves_and_other_words_may_be_told(recorder: Recorder, said: str) -> None:
    recorder.told("here", said)

    assert recorder.leaks == []


def test_what_stands_beside_a_profile_may_not(recorder: Recorder) -> None:
    recorder.told("here", '{"profile": {"familyName": "Sommerfeldt"}, "actorName": "Katharina Sommerfeldt"}')

    assert met(recorder) == {"Sommerfeldt"}


def test_a_name_that_was_chosen_to_be_shown_may_be_shown_and_its_address_may_not() -> None:
    recorder = Recorder()
    recorder.heard(b'{"familyName": "Sommerfeldt", "email": "katharina@secret.example", "nameDisplay": "FULL_NAME"}')

    recorder.told("here", "Sommerfeldt, katharina@secret.example")

    assert met(recorder) == {"katharina@secret.example"}


def test_one_persons_choice_shows_no_other_ones_name(recorder: Recorder) -> None:
    recorder.heard(b'{"familyName": "Byron", "nameDisplay": "FULL_NAME"}')

    recorder.told("here", "Ada Byron, Katharina Sommerfeldt")

    assert met(recorder) == {"Sommerfeldt"}
