"""Request deadlines: slow requests and disconnected clients are cancelled, and writes are completed."""

import asyncio
import contextlib
import json
from typing import Any

import httpx2
import pytest

import models
from resolvers import mutations
from tests.support.app import TestApp, running_app
from tests.support.serving import PATIENCE, serving, until
from transport.deadline import Deadline, DeadlineMonitor
from transport.requests import HttpRequest

pytestmark = pytest.mark.anyio

PROFILE_QUERY = "{ viewer { profile { email } } }"
GRAPHQL_RESPONSE = "application/graphql-response+json"


class Blocker:
    """Blocks a read or a write of the server until `release` is set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached = asyncio.Event()
        self.release = asyncio.Event()
        self.was_cancelled = False
        self._monkeypatch = monkeypatch

    def block_read(self) -> None:
        self._monkeypatch.setattr(models.Profile, "get_or_none", self._wait)

    def block_write(self) -> None:
        original = mutations._run_idempotent

        async def blocked(*arguments: Any) -> Any:
            outcome = await original(*arguments)
            await self._wait()
            return outcome

        self._monkeypatch.setattr(mutations, "_run_idempotent", blocked)

    async def _wait(self, **_: Any) -> None:
        self.reached.set()
        try:
            await self.release.wait()
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise


@pytest.fixture
async def blocker(monkeypatch: pytest.MonkeyPatch) -> Blocker:
    return Blocker(monkeypatch)


def is_watched() -> bool:
    """Return True if a request has run long enough to have a task that watches its deadline."""
    return any(task.get_name() == "deadline" for task in asyncio.all_tasks())


@pytest.mark.parametrize("accept", ["application/json", GRAPHQL_RESPONSE])
async def test_slow_request_exceeds_its_deadline(blocker: Blocker, accept: str) -> None:
    """The response is a GraphQL error, because the client can do something about it."""
    async with running_app(request_seconds=0.05) as site:
        token = await site.guest()
        blocker.block_read()

        headers = {"authorization": f"Bearer {token}", "accept": accept}
        response = await site.http.post("/graphql", json={"query": PROFILE_QUERY}, headers=headers)

        assert response.status_code == 200
        assert response.json()["data"] is None
        assert response.json()["errors"][0]["extensions"] == {"code": "DEADLINE_EXCEEDED"}
        assert blocker.was_cancelled


async def test_slow_write_is_completed_and_its_retry_is_replayed(blocker: Blocker) -> None:
    async with running_app(request_seconds=0.05) as site:
        blocker.block_write()
        introduction = {"givenName": "Ada", "idempotencyKey": "a-key-that-is-mine"}
        query = "mutation($i: IntroduceInput!) { introduce(input: $i) { ... on IntroducePayload { replayed } } }"

        first = await site.post(query, i=introduction)
        blocker.release.set()
        await mutations.finish_running()
        retried = await site.ask(query, i=introduction)

        assert first["errors"][0]["extensions"]["code"] == "DEADLINE_EXCEEDED"
        assert retried["introduce"]["replayed"]
        assert not blocker.was_cancelled


async def test_missing_body_is_a_408() -> None:
    async with running_app(request_seconds=0.05) as site, serving(site) as netloc:
        reader, writer = await asyncio.open_connection(*netloc.split(":"))
        writer.write(
            b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{"
        )

        async with asyncio.timeout(PATIENCE):
            response = await reader.read()

        assert response.startswith(b"HTTP/1.1 408 ")
        assert b"REQUEST_TIMEOUT" in response
        writer.close()


@contextlib.asynccontextmanager
async def disconnecting(netloc: str, body: dict[str, Any], token: str) -> Any:
    """Send a request, and close the connection at the end of the block without reading the response."""
    _, writer = await asyncio.open_connection(*netloc.split(":"))
    content = json.dumps(body).encode()
    head = f"authorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: {len(content)}"
    writer.write(f"POST /graphql HTTP/1.1\r\nhost: x\r\n{head}\r\n\r\n".encode() + content)
    yield
    writer.close()
    await writer.wait_closed()


async def test_disconnect_cancels_a_read(site: TestApp, blocker: Blocker) -> None:
    token = await site.guest()
    blocker.block_read()
    async with serving(site) as netloc:
        async with disconnecting(netloc, {"query": PROFILE_QUERY}, token):
            await blocker.reached.wait()

        await until(lambda: blocker.was_cancelled)


async def test_disconnect_does_not_cancel_a_write(site: TestApp, blocker: Blocker) -> None:
    campaign, token = await site.campaign(), await site.guest()
    blocker.block_write()
    query = 'mutation($id: ID!) { postComment(input: {campaignId: $id, body: "Gone."}) { __typename } }'
    async with serving(site) as netloc:
        async with disconnecting(netloc, {"query": query, "variables": {"id": campaign}}, token):
            await blocker.reached.wait()
            await until(is_watched)
        await until(lambda: not is_watched())
        assert mutations._running_tasks
        blocker.release.set()
        await mutations.finish_running()

    count = "query($id: ID!) { campaign(id: $id) { commentStats { threadCount } } }"
    assert await site.ask(count, id=campaign) == {"campaign": {"commentStats": {"threadCount": 1}}}
    assert not blocker.was_cancelled


async def test_watcher_ends_with_the_request() -> None:
    """An event stream receives the disconnect of its client itself."""
    request = HttpRequest({"type": "http", "method": "GET", "headers": []}, asyncio.Event().wait)  # type: ignore[arg-type]

    with Deadline(DeadlineMonitor(PATIENCE * 2), request):
        await until(is_watched)

    await until(lambda: not is_watched())


async def test_fast_request_starts_no_watcher(site: TestApp) -> None:
    async with serving(site) as netloc, httpx2.AsyncClient() as http:
        response = await http.post(f"http://{netloc}/graphql", json={"query": "{ viewer { role } }"})

        assert response.status_code == 200
        assert not is_watched()
