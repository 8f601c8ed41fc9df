"""Whatever is sent, by whichever way and by whomever: it is answered in words of ours, and leaves nothing behind."""

import asyncio
import gc
import json
import logging
import tracemalloc
from collections.abc import Awaitable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request
from websockets.exceptions import ConnectionClosed

from models import Role
from resolvers import mutations
from resolvers.context import Context
from server import create_schema
from settings import settings as knobs
from tests.support.app import TestApp, running_app
from tests.support.fuzzing import CURSOR, MESSAGES, REQUESTS, TEXTS, VARIABLES, explained, sent, shown, told, written
from tests.support.serving import PATIENCE, Client, opened, serving, socket_of, until

VIEWERS = ["anonymous", "guest", "admin"]
compiled_only = pytest.mark.skipif(
    not knobs.compiled, reason="graphql-core leaves coroutines behind when a subscription is cut; pytest keeps each"
)
EACH = settings(max_examples=settings().max_examples // 8 + 6)
JSON, EVENTS = "application/json", "text/event-stream"
TYPES = st.sampled_from([JSON, "application/graphql-response+json", EVENTS, "*/*", "text/html", "", ";q=x", "a/b;q=0"])
STREAM = "/graphql/stream"
PATHS = st.sampled_from(["/graphql", STREAM])
CLOSED = {1000, 1009, 4400, 4401, 4403, 4409, 4429}
FIRST_EVENT = "query($id: ID!) { campaign(id: $id) { activity(last: 1) { pageInfo { endCursor } } } }"


class Stage:
    """One served site for many examples."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.failures: list[str] = []
        self.run(self._set())

    def run(self, work: Awaitable[Any]) -> Any:
        """Do something, and see that the server reports no mistake of its own."""

        async def in_time() -> Any:
            async with asyncio.timeout(PATIENCE):
                return await work

        try:
            return self.runner.run(in_time())
        finally:
            failures, self.failures[:] = list(self.failures), []
            assert failures == []

    async def _set(self) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: self.failures.append(str(context)))
        changes = {"heartbeat_seconds": 0.02, "batch_limit": 3}
        self.site: TestApp = await self.stack.enter_async_context(running_app(**changes))
        self.address = await self.stack.enter_async_context(serving(self.site))
        self.http = await self.stack.enter_async_context(httpx2.AsyncClient(base_url=f"http://{self.address}"))
        guest, admin = await self.site.guest(), await self.site.staff(Role.ADMIN, "Ad Min")
        self.tokens = {"anonymous": None, "guest": guest, "admin": admin}
        self.campaign = await self.site.campaign()
        comment = await self.site.comment(self.campaign, guest)
        await self.site.comment(self.campaign, guest, parent=comment)
        page = await self.site.ask(FIRST_EVENT, id=self.campaign)
        self.cursor = page["campaign"]["activity"]["pageInfo"]["endCursor"]

    def headers(self, viewer: str) -> dict[str, str]:
        token = self.tokens[viewer]
        return {"authorization": f"Bearer {token}"} if token else {}

    def real(self, content: bytes) -> bytes:
        """With this server's cursor in it."""
        return content.replace(CURSOR.encode(), self.cursor.encode())

    def followers(self) -> int:
        return sum(self.site.groundswell.live.watching(number) for number in range(10))

    async def asks(self, method: str, path: str = "/graphql", content: bytes = b"", **given: Any) -> None:
        """Send a request, and hold its answer to what is promised."""
        asked = content.decode(errors="replace") + str(given)
        async with self.http.stream(method, path, content=content, **given) as answer:
            assert answer.status_code < 500, answer.status_code
            given_type = answer.headers.get("content-type", "")
            if given_type.startswith(EVENTS):
                await self._listens(answer, asked)
            elif "json" in given_type:
                content = await answer.aread()
                told(content.decode(), asked) if content else None
            else:
                assert given_type.startswith("text/html" if answer.status_code == 200 else "text/plain"), given_type
        await until(lambda: self.followers() == 0)

    async def _listens(self, answer: httpx2.Response, asked: str) -> None:
        """Until it ends, or has been silent; it begins with a heartbeat."""
        silent = 0
        async for line in answer.aiter_lines():
            silent = silent + 1 if line.startswith(":") else silent
            if silent == 2:
                return
            if line.startswith("data:") and line[5:].strip():
                told(line[5:], asked)

    async def says(self, viewer: str, messages: list[bytes], begin: bool = True) -> None:
        """Send messages on a socket, and wait until the server has looked at them all."""
        async with opened(self.address) as client:
            try:
                if begin:
                    await client.initialise(self.headers(viewer))
                for message in messages:
                    await client.connection.send(_text(message))
                await client.say({"type": "ping", "payload": {"last": True}})
                await _hears(client, str(messages))
            except ConnectionClosed:
                connection = client.connection
                assert connection.close_code in CLOSED, (connection.close_code, connection.close_reason)
                shown(connection.close_reason or "", str(messages))
        await until(lambda: self.followers() == 0)

    def close(self) -> None:
        self.runner.run(self.stack.aclose())
        self.runner.close()


def _text(message: bytes) -> str | bytes:
    try:
        return message.decode()
    except UnicodeDecodeError:
        return message


async def _hears(client: Client, asked: str) -> None:
    while (message := await client.hear())["type"] != "pong" or message.get("payload") not in (None, {"last": True}):
        if message["type"] == "error":
            for error in message["payload"]:
                explained(error, asked)
        elif message["type"] == "next":
            told(json.dumps(message["payload"]), asked)


class Reported(logging.Handler):
    """What the server's log says went wrong."""

    def __init__(self, failures: list[str]) -> None:
        super().__init__(logging.ERROR)
        self.failures = failures

    def emit(self, record: logging.LogRecord) -> None:
        self.failures.append(self.format(record))


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    made = Stage()
    handler = Reported(made.failures)
    logging.getLogger().addHandler(handler)
    yield made
    logging.getLogger().removeHandler(handler)
    made.close()


# ---------------------------------------------------------------- over HTTP, an answer or a stream of events


@pytest.mark.parametrize("viewer", VIEWERS)
def test_whatever_is_posted_is_answered(stage: Stage, viewer: str) -> None:
    @EACH
    @given(PATHS, sent(REQUESTS | st.lists(REQUESTS, max_size=3)), TYPES, TYPES)
    def holds(path: str, content: bytes, given_type: str, wanted: str) -> None:
        headers = stage.headers(viewer) | {"content-type": given_type, "accept": wanted}
        stage.run(stage.asks("POST", path, stage.real(content), headers=headers))

    holds()


@pytest.mark.parametrize("wanted", [JSON, EVENTS])
@pytest.mark.parametrize("viewer", VIEWERS)
def test_whatever_document_is_posted_is_answered(stage: Stage, viewer: str, wanted: str) -> None:
    """Queries and mutations of our schema, with ids and cursors that are real; torn ones, and subscriptions."""

    @EACH
    @given(TEXTS, VARIABLES)
    def holds(query: str, variables: dict[str, Any]) -> None:
        content = written({"query": query, "variables": variables}).encode()
        headers = stage.headers(viewer) | {"content-type": JSON, "accept": wanted}
        stage.run(stage.asks("POST", content=stage.real(content), headers=headers))

    holds()


@pytest.mark.parametrize("viewer", VIEWERS)
def test_whatever_is_asked_by_an_address_is_answered(stage: Stage, viewer: str) -> None:
    names = st.sampled_from(["query", "variables", "operationName", "extensions", "token", "operationId", "a"])

    @EACH
    @given(PATHS, st.dictionaries(names, sent(VARIABLES)), TEXTS, TYPES, st.sampled_from(["GET"] * 5 + ["DELETE"]))
    def holds(path: str, params: dict[str, bytes], query: str, wanted: str, method: str) -> None:
        document = {"query": stage.real(query.encode(errors="replace"))}
        headers = stage.headers(viewer) | {"accept": wanted, "last-event-id": "x"}
        stage.run(stage.asks(method, path, params=document | params, headers=headers))

    holds()


@pytest.mark.parametrize("viewer", VIEWERS)
def test_whatever_is_begun_on_a_shared_stream_of_events_is_answered(stage: Stage, viewer: str) -> None:
    async def share(queries: list[str], bodies: list[bytes]) -> None:
        reserved = await stage.http.put("/graphql/stream", headers=stage.headers(viewer))
        headers = stage.headers(viewer) | {"x-graphql-event-stream-token": reserved.text}
        begun = [{"query": text, "extensions": {"operationId": str(n)}} for n, text in enumerate(queries)]
        for body in (*(written(one).encode() for one in begun), *bodies):
            await stage.asks("POST", STREAM, stage.real(body), headers=headers)
        await stage.asks("DELETE", STREAM, params={"operationId": "0"}, headers=headers)
        await stage.asks("GET", STREAM, headers=headers)

    @EACH
    @given(st.lists(TEXTS, min_size=1, max_size=3), st.lists(sent(REQUESTS), max_size=2))
    def holds(queries: list[str], bodies: list[bytes]) -> None:
        stage.run(share(queries, bodies))

    holds()


# ---------------------------------------------------------------- on a socket


@pytest.mark.parametrize("viewer", VIEWERS)
def test_whatever_a_socket_says_is_answered_or_closes_it(stage: Stage, viewer: str) -> None:
    @EACH
    @given(st.lists(sent(MESSAGES), min_size=1, max_size=4), st.sampled_from([True, True, True, False]))
    def holds(messages: list[bytes], begin: bool) -> None:
        stage.run(stage.says(viewer, [stage.real(message) for message in messages], begin))

    holds()


@pytest.mark.parametrize("viewer", VIEWERS)
def test_whatever_operations_a_socket_begins_are_answered(stage: Stage, viewer: str) -> None:
    @EACH
    @given(st.lists(TEXTS, min_size=1, max_size=4))
    def holds(queries: list[str]) -> None:
        messages = [{"type": "subscribe", "id": str(n), "payload": {"query": text}} for n, text in enumerate(queries)]
        stage.run(stage.says(viewer, [stage.real(written(message).encode()) for message in messages]))

    holds()


# ---------------------------------------------------------------- what is left behind

FOLLOW = """subscription($id: ID!, $after: String) { activity(campaignId: $id, after: $after) { cursor activity {
  actorName actor { displayName } campaign { title }
  subject { __typename ... on Comment { id author { displayName } body { html } } } } } }"""
REFUSED = 'mutation { castVote(input: {commentId: "Q29tbWVudDo5OTk", direction: UP}) { __typename } }'
REQUEST_ROUND = [
    *(b"", b"null", b"[" * 1_000, b"\xff", b'{"query": 7}', b'{"query": "{"}', b'{"query": "{ nothing }"}'),
    *(
        json.dumps({"query": query}).encode()
        for query in ("{ viewer { role } }", "{ campaigns(first: 0) { totalCount } }")
    ),
    json.dumps({"query": 'mutation { introduce(input: {givenName: "a@b"}) { __typename } }'}).encode(),
    json.dumps({"query": "{ campaigns { nodes { comments { nodes { author { displayName } } } } } }"}).encode(),
]


@compiled_only
def test_what_is_sent_again_and_again_leaves_the_process_no_bigger(stage: Stage) -> None:
    async def send_round() -> None:
        follow = {"query": FOLLOW, "variables": {"id": stage.campaign, "after": stage.cursor}}
        for content in (*REQUEST_ROUND, json.dumps(follow).encode()):
            for wanted in (JSON, EVENTS):
                await stage.asks("POST", content=content, headers={"content-type": JSON, "accept": wanted})
            await stage.says("guest", [b'{"type": "subscribe", "id": "a", "payload": %b}' % content])

    async def grown(rounds: int) -> tuple[int, int]:
        for _ in range(rounds):
            await send_round()
        await until(lambda: len(asyncio.all_tasks()) <= tasks)
        gc.collect()
        return tracemalloc.get_traced_memory()[0], len(stage.site.groundswell.streams)

    tasks = stage.run(_tasks())
    stage.run(grown(1))
    tracemalloc.start()
    first, _ = stage.run(grown(3))
    second, streams = stage.run(grown(3))
    tracemalloc.stop()

    assert streams == 0
    assert second - first < 50_000


async def _tasks() -> int:
    return len(asyncio.all_tasks()) + 1  # the one that waits is another each time


def test_sockets_that_are_cut_while_events_flow_leave_nothing_behind(stage: Stage) -> None:
    """Nor a coroutine that was never awaited: warnings are errors here."""

    async def follow(stack: AsyncExitStack) -> list[Client]:
        clients = [await stack.enter_async_context(socket_of(stage.address)) for _ in range(10)]
        for client in clients:
            for _ in range(3):
                await client.run(FOLLOW, id=stage.campaign, after=stage.cursor)
        return clients

    async def cut() -> None:
        guest = await stage.site.guest()
        async with AsyncExitStack() as stack:
            clients = await follow(stack)
            for client in clients:
                await stage.site.comment(stage.campaign, guest)
                client.connection.transport.abort()
        await until(lambda: stage.followers() == 0)
        gc.collect()

    stage.run(cut())


@compiled_only
def test_a_subscription_that_is_cut_at_any_step_leaves_nothing_unawaited(stage: Stage) -> None:
    schema = create_schema(stage.site.settings)

    async def cut(steps: int) -> None:
        context = Context(stage.site.settings, stage.site.groundswell.live)
        given = {"id": stage.campaign, "after": stage.cursor}
        events = await schema.stream(FOLLOW, given, context)
        reading = asyncio.create_task(_read(events))
        for _ in range(steps):
            await asyncio.sleep(0)
        reading.cancel()
        await asyncio.wait([reading])

    for steps in range(40):
        stage.run(cut(steps))
    gc.collect()


def test_a_refusal_that_nobody_is_left_to_hear_is_not_reported(stage: Stage) -> None:
    """The client goes away while its mutation runs, which is then refused."""
    schema = create_schema(stage.site.settings)
    token = stage.run(stage.site.guest())  # the stage's own may have signed out

    async def leave(steps: int) -> None:
        context = stage.site.groundswell.context(f"Bearer {token}", Request({"type": "http", "headers": []}))
        asking = asyncio.create_task(schema.execute(REFUSED, context_value=context))
        for _ in range(steps):
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait([asking])
        await mutations.finish()

    for steps in range(10):
        stage.run(leave(steps))
        gc.collect()


async def _read(events: Any) -> None:
    async for _ in events:
        pass
