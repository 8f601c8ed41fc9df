"""A request ends when its time is over or nobody waits for it, and leaves nothing half done."""

import asyncio
import contextlib
import json
from typing import Any

import httpx2
import pytest

import models
from resolvers import writing
from tests.serving import PATIENCE, serving, until
from tests.world import World, world
from transport.deadline import Deadline, DeadlineMonitor
from transport.requests import HttpRequest

pytestmark = pytest.mark.anyio

PROFILE = "{ viewer { profile { email } } }"
RESPONSE = "application/graphql-response+json"


class Stuck:
    """A read, or a write, that does not go on until it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()
        self.was_cancelled = False
        self._monkeypatch = monkeypatch

    def read(self) -> None:
        self._monkeypatch.setattr(models, "read_one", self._wait)

    def write(self) -> None:
        once = writing._once

        async def late(*given: Any) -> Any:
            answer = await once(*given)
            await self._wait()
            return answer

        self._monkeypatch.setattr(writing, "_once", late)

    async def _wait(self, *_: Any) -> None:
        self.begun.set()
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise


@pytest.fixture
async def stuck(monkeypatch: pytest.MonkeyPatch) -> Stuck:
    return Stuck(monkeypatch)


def is_watched() -> bool:
    """Whether a request is being watched, as those are that take a while."""
    return any(task.get_name() == "deadline" for task in asyncio.all_tasks())


@pytest.mark.parametrize("accept", ["application/json", RESPONSE])
async def test_what_takes_too_long_is_given_up(stuck: Stuck, accept: str) -> None:
    """It is no failure of the server: the client is told what to do."""
    async with world(request_seconds=0.05) as site:
        token = await site.guest()
        stuck.read()

        headers = {"authorization": f"Bearer {token}", "accept": accept}
        answer = await site.http.post("/graphql", json={"query": PROFILE}, headers=headers)

        assert answer.status_code == 200
        assert answer.json()["data"] is None
        assert answer.json()["errors"][0]["extensions"] == {"code": "DEADLINE_EXCEEDED"}
        assert stuck.was_cancelled


async def test_a_write_that_takes_too_long_is_finished_and_its_retry_tells(stuck: Stuck) -> None:
    async with world(request_seconds=0.05) as site:
        stuck.write()
        given = {"givenName": "Ada", "idempotencyKey": "a-key-that-is-mine"}
        query = "mutation($i: IntroduceInput!) { introduce(input: $i) { ... on IntroducePayload { replayed } } }"

        late = await site.post(query, i=given)
        stuck.go_on.set()
        await writing.finish()
        again = await site.ask(query, i=given)

        assert late["errors"][0]["extensions"]["code"] == "DEADLINE_EXCEEDED"
        assert again["introduce"]["replayed"]
        assert not stuck.was_cancelled


async def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    async with world(request_seconds=0.05) as site, serving(site) as address:
        reader, writer = await asyncio.open_connection(*address.split(":"))
        writer.write(
            b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{"
        )

        async with asyncio.timeout(PATIENCE):
            answer = await reader.read()

        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"REQUEST_TIMEOUT" in answer
        writer.close()


@contextlib.asynccontextmanager
async def leaving(address: str, body: dict[str, Any], token: str) -> Any:
    """A client that asks, and has closed its connection by the end of the block."""
    _, writer = await asyncio.open_connection(*address.split(":"))
    content = json.dumps(body).encode()
    head = f"authorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: {len(content)}"
    writer.write(f"POST /graphql HTTP/1.1\r\nhost: x\r\n{head}\r\n\r\n".encode() + content)
    yield
    writer.close()
    await writer.wait_closed()


async def test_a_client_that_goes_away_stops_its_read(site: World, stuck: Stuck) -> None:
    token = await site.guest()
    stuck.read()
    async with serving(site) as address:
        async with leaving(address, {"query": PROFILE}, token):
            await stuck.begun.wait()

        await until(lambda: stuck.was_cancelled)


async def test_a_client_that_goes_away_does_not_stop_its_write(site: World, stuck: Stuck) -> None:
    campaign, token = await site.campaign(), await site.guest()
    stuck.write()
    query = 'mutation($id: ID!) { postComment(input: {campaignId: $id, body: "Gone."}) { __typename } }'
    async with serving(site) as address:
        async with leaving(address, {"query": query, "variables": {"id": campaign}}, token):
            await stuck.begun.wait()
            await until(is_watched)
        await until(lambda: not is_watched())
        assert writing._running
        stuck.go_on.set()
        await writing.finish()

    count = "query($id: ID!) { campaign(id: $id) { commentStats { threadCount } } }"
    assert await site.ask(count, id=campaign) == {"campaign": {"commentStats": {"threadCount": 1}}}
    assert not stuck.was_cancelled


async def test_what_is_done_is_watched_no_more() -> None:
    """A stream that begins now reads for itself what its client says."""
    request = HttpRequest({"type": "http", "method": "GET", "headers": []}, asyncio.Event().wait)  # type: ignore[arg-type]

    with Deadline(DeadlineMonitor(PATIENCE * 2), request):
        await until(is_watched)

    await until(lambda: not is_watched())


async def test_a_request_within_its_time_leaves_nothing_behind(site: World) -> None:
    async with serving(site) as address, httpx2.AsyncClient() as http:
        answer = await http.post(f"http://{address}/graphql", json={"query": "{ viewer { role } }"})

        assert answer.status_code == 200
        assert not is_watched()
