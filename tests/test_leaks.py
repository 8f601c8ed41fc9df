"""Leak detection finds private data in each kind of output, and accepts the names that people chose to show."""

import asyncio
import logging
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.support.app import ON_POSTGRES, TestApp, running_app
from tests.support.leaks import RECORDER, LeakCheckingHandler, LeakRecorder, RecordedApp
from tests.support.serving import HOUSE

pytestmark = pytest.mark.anyio

SECRETS = ["Sommerfeldt", "katharina@secret.example"]
INPUT = {"givenName": "Katharina", "familyName": SECRETS[0], "email": SECRETS[1]}
BODY = b'{"variables": {"input": {"familyName": "Sommerfeldt", "email": "Katharina@Secret.example"}}}'


@pytest.fixture
def recorder() -> LeakRecorder:
    """A recorder that knows one person's family name and e-mail address."""
    recorder = LeakRecorder()
    recorder.learn_body(BODY)
    return recorder


def leaked(recorder: LeakRecorder) -> set[str]:
    return {secret for secret in SECRETS if any(secret in leak for leak in recorder.leaks)}


# ---------------------------------------------------------------- input


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
async def test_mutation_input_is_private(body: bytes) -> None:
    recorder = LeakRecorder()

    recorder.learn_body(body)
    recorder.check_output("here", "Sommerfeldt, katharina@secret.example")

    assert leaked(recorder) == set(SECRETS)


async def test_claims_of_host_tokens_are_private() -> None:
    """The claims are {"family_name": "Sommerfeldt", "email": "katharina@secret.example"}."""
    recorder = LeakRecorder()
    claims = "eyJmYW1pbHlfbmFtZSI6ICJTb21tZXJmZWxkdCIsICJlbWFpbCI6ICJrYXRoYXJpbmFAc2VjcmV0LmV4YW1wbGUifQ"

    recorder.learn_token(f"Bearer head.{claims}.signature")
    recorder.check_output("here", "Sommerfeldt, katharina@secret.example")

    assert leaked(recorder) == set(SECRETS)


# ---------------------------------------------------------------- output


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the request's own body, as an ASGI application."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.send", "text": (await receive())["text"]})
        return
    body = (await receive())["body"]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-echo", body)]})
    await send({"type": "http.response.body", "body": b"data: " + body + b"\n\n", "more_body": True})


async def call(recorder: LeakRecorder, scope_type: str, message: dict[str, Any]) -> None:
    async def receive() -> dict[str, Any]:
        return message

    async def send(message: dict[str, Any]) -> None:
        pass

    await RecordedApp(echo, recorder)({"type": scope_type, "path": "/graphql"}, receive, send)


async def test_leak_in_a_response_or_event_stream_is_found() -> None:
    recorder = LeakRecorder()

    await call(recorder, "http", {"type": "http.request", "body": BODY})

    assert leaked(recorder) == set(SECRETS)
    assert all(leak.startswith("http /graphql: ") for leak in recorder.leaks)


async def test_leak_in_a_websocket_message_is_found() -> None:
    recorder = LeakRecorder()

    await call(recorder, "websocket", {"type": "websocket.receive", "text": BODY.decode()})

    assert leaked(recorder) == set(SECRETS)


async def test_leak_in_a_log_line_or_traceback_is_found(recorder: LeakRecorder) -> None:
    log, handler = logging.getLogger("groundswell.tests"), LeakCheckingHandler(recorder)
    log.addHandler(handler)
    try:
        log.warning("%s has signed", SECRETS[0])
        try:
            raise ValueError(SECRETS[1])
        except ValueError:
            log.exception("something broke")
    finally:
        log.removeHandler(handler)

    assert leaked(recorder) == set(SECRETS)


async def test_leak_in_a_database_file_is_found(recorder: LeakRecorder, tmp_path: Path) -> None:
    with recorder.checking_database(tmp_path):
        (tmp_path / "test.db").write_bytes(b"\xff\x00Sommerfeldt\x00\xfe")
        (tmp_path / "test.db-wal").write_bytes(b"\xff\x00katharina@secret.example\x00\xfe")

    assert leaked(recorder) == set(SECRETS)


@pytest.mark.skipif(ON_POSTGRES, reason="the test reads the database's file")
async def test_database_of_a_test_site_is_searched(site: TestApp) -> None:
    """The name is in the database because its person shows it; the recorder does not know of this choice."""
    await site.do("introduce", "__typename", **INPUT, nameDisplay="FULL_NAME")
    recorder, folder = LeakRecorder(), Path(site.settings.database_url.removeprefix("sqlite://")).parent
    recorder.learn_body(BODY)

    recorder.check_files(folder)

    assert leaked(recorder) == {"Sommerfeldt"}


@pytest.mark.skipif(ON_POSTGRES, reason="the test reads the database's file")
async def test_write_ahead_log_is_searched_before_the_site_closes() -> None:
    """A given name is stored as it is; the recorder takes this one for a family name."""
    async with running_app() as site:
        RECORDER.learn_body('{"familyName": "Wintersbach"}')
        await site.do("introduce", "__typename", givenName="Wintersbach")

    found = set(RECORDER.leaks)
    RECORDER.leaks.clear()
    assert "test.db-wal: 'Wintersbach'" in found


async def test_temporary_files_of_the_run_are_searched() -> None:
    RECORDER.learn_body(BODY)
    with tempfile.NamedTemporaryFile() as file:
        file.write(BODY)
        file.flush()
        RECORDER.check_temporary_files()

    found = leaked(RECORDER)
    RECORDER.leaks.clear()
    assert found == set(SECRETS)


async def test_requests_to_other_processes_are_recorded() -> None:
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

    found = leaked(RECORDER)
    RECORDER.leaks.clear()
    assert found == set(SECRETS)


def test_leaking_test_fails_and_names_the_leak(tmp_path: Path) -> None:
    leaking = tmp_path / "test_leaking.py"
    leaking.write_text(
        "from tests.support.leaks import RECORDER\n"
        f"def test_prints():\n    RECORDER.learn_body({BODY!r})\n    print('Sommerfeldt')\n"
        "def test_is_another():\n    print('Sommerfeldt')\n"
    )
    words = ["-q", "-p", "no:cacheprovider", "-p", "tests.conftest", "--rootdir", str(tmp_path), str(leaking)]

    ended = subprocess.run(
        [sys.executable, "-m", "pytest", *words], cwd=HOUSE, capture_output=True, text=True, timeout=60, check=False
    )

    assert "2 passed, 1 error" in ended.stdout, ended.stdout
    assert "Captured stdout call: 'Sommerfeldt'" in ended.stdout
    assert "test_leaking.py::test_prints" in ended.stdout


# ---------------------------------------------------------------- exceptions


@pytest.mark.parametrize(
    "output",
    [
        '{"data": {"viewer": {"profile": {"familyName": "Sommerfeldt", "email": "katharina@secret.example"}}}}',
        'data: {"data": {"viewer": {"profile": {"familyName": "Sommerfeldt"}}}}\n\n',
        "Katharina S., Sommer, Sommerfeldts",
    ],
)
def test_own_profile_and_other_words_are_no_leak(recorder: LeakRecorder, output: str) -> None:
    recorder.check_output("here", output)

    assert recorder.leaks == []


def test_name_beside_a_profile_is_a_leak(recorder: LeakRecorder) -> None:
    recorder.check_output("here", '{"profile": {"familyName": "Sommerfeldt"}, "actorName": "Katharina Sommerfeldt"}')

    assert leaked(recorder) == {"Sommerfeldt"}


def test_shown_name_is_no_leak_but_its_email_is() -> None:
    recorder = LeakRecorder()
    recorder.learn_body(
        b'{"familyName": "Sommerfeldt", "email": "katharina@secret.example", "nameDisplay": "FULL_NAME"}'
    )

    recorder.check_output("here", "Sommerfeldt, katharina@secret.example")

    assert leaked(recorder) == {"katharina@secret.example"}


def test_choice_to_show_a_name_covers_one_person(recorder: LeakRecorder) -> None:
    recorder.learn_body(b'{"familyName": "Byron", "nameDisplay": "FULL_NAME"}')

    recorder.check_output("here", "Ada Byron, Katharina Sommerfeldt")

    assert leaked(recorder) == {"Sommerfeldt"}
