"""Fuzzing of every transport and role: every response passes the checks, and no request leaves anything behind."""

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
from settings import settings as environment
from tests.support.app import TestApp, running_app
from tests.support.fuzzing import (
    CURSOR_PLACEHOLDER,
    MESSAGES,
    QUERIES,
    REQUESTS,
    VARIABLES,
    byte_contents,
    check_body,
    check_error,
    check_message,
    to_json,
)
from tests.support.serving import PATIENCE, Client, opened, serving, socket_of, until

VIEWERS = ["anonymous", "guest", "admin"]
compiled_only = pytest.mark.skipif(
    not environment.compiled,
    reason="graphql-core leaves coroutines behind when a subscription is cut; pytest keeps each",
)
FEWER_EXAMPLES = settings(max_examples=settings().max_examples // 8 + 6)
JSON, EVENTS = "application/json", "text/event-stream"
MEDIA_TYPES = st.sampled_from(
    [JSON, "application/graphql-response+json", EVENTS, "*/*", "text/html", "", ";q=x", "a/b;q=0"]
)
STREAM_PATH = "/graphql/stream"
PATHS = st.sampled_from(["/graphql", STREAM_PATH])
EXPECTED_CLOSE_CODES = {1000, 1009, 4400, 4401, 4403, 4409, 4429}
FIRST_EVENT = "query($id: ID!) { campaign(id: $id) { activity(last: 1) { pageInfo { endCursor } } } }"


class FuzzServer:
    """A served site that many examples share."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.failures: list[str] = []
        self.run(self._set_up())

    def run(self, work: Awaitable[Any]) -> Any:
        """Run an awaitable, and check that the server has reported no error."""

        async def with_timeout() -> Any:
            async with asyncio.timeout(PATIENCE):
                return await work

        try:
            return self.runner.run(with_timeout())
        finally:
            failures, self.failures[:] = list(self.failures), []
            assert failures == []

    async def _set_up(self) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: self.failures.append(str(context)))
        changes = {"heartbeat_seconds": 0.02, "batch_limit": 3}
        self.site: TestApp = await self.stack.enter_async_context(running_app(**changes))
        self.netloc = await self.stack.enter_async_context(serving(self.site))
        self.http = await self.stack.enter_async_context(httpx2.AsyncClient(base_url=f"http://{self.netloc}"))
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

    def with_cursor(self, content: bytes) -> bytes:
        """Replace the placeholder by a valid cursor of this server."""
        return content.replace(CURSOR_PLACEHOLDER.encode(), self.cursor.encode())

    def followers(self) -> int:
        return sum(self.site.groundswell.live.watching(campaign_id) for campaign_id in range(10))

    async def request(self, method: str, path: str = "/graphql", content: bytes = b"", **options: Any) -> None:
        """Send a request, and check its response."""
        sent = content.decode(errors="replace") + str(options)
        async with self.http.stream(method, path, content=content, **options) as response:
            assert response.status_code < 500, response.status_code
            media_type = response.headers.get("content-type", "")
            if media_type.startswith(EVENTS):
                await self._check_events(response, sent)
            elif "json" in media_type:
                body = await response.aread()
                check_body(body.decode(), sent) if body else None
            else:
                assert media_type.startswith("text/html" if response.status_code == 200 else "text/plain"), media_type
        await until(lambda: self.followers() == 0)

    async def _check_events(self, response: httpx2.Response, sent: str) -> None:
        """Check events until the stream ends, or sends a second heartbeat: the first one only shows that it is open."""
        heartbeats = 0
        async for line in response.aiter_lines():
            heartbeats = heartbeats + 1 if line.startswith(":") else heartbeats
            if heartbeats == 2:
                return
            if line.startswith("data:") and line[5:].strip():
                check_body(line[5:], sent)

    async def send_messages(self, viewer: str, messages: list[bytes], initialise: bool = True) -> None:
        """Send messages on a WebSocket, and check what the server sends until it has handled them all."""
        async with opened(self.netloc) as client:
            try:
                if initialise:
                    await client.initialise(self.headers(viewer))
                for message in messages:
                    await client.connection.send(_decode(message))
                await client.say({"type": "ping", "payload": {"last": True}})
                await _check_messages(client, str(messages))
            except ConnectionClosed:
                connection = client.connection
                assert connection.close_code in EXPECTED_CLOSE_CODES, (connection.close_code, connection.close_reason)
                check_message(connection.close_reason or "", str(messages))
        await until(lambda: self.followers() == 0)

    def close(self) -> None:
        self.runner.run(self.stack.aclose())
        self.runner.close()


def _decode(message: bytes) -> str | bytes:
    try:
        return message.decode()
    except UnicodeDecodeError:
        return message


async def _check_messages(client: Client, sent: str) -> None:
    """Check messages until the pong to the last ping."""
    while (message := await client.hear())["type"] != "pong" or message.get("payload") not in (None, {"last": True}):
        if message["type"] == "error":
            for error in message["payload"]:
                check_error(error, sent)
        elif message["type"] == "next":
            check_body(json.dumps(message["payload"]), sent)


class ErrorRecorder(logging.Handler):
    """Records the errors in the server's log."""

    def __init__(self, failures: list[str]) -> None:
        super().__init__(logging.ERROR)
        self.failures = failures

    def emit(self, record: logging.LogRecord) -> None:
        self.failures.append(self.format(record))


@pytest.fixture(scope="module")
def server() -> Iterator[FuzzServer]:
    fuzz_server = FuzzServer()
    handler = ErrorRecorder(fuzz_server.failures)
    logging.getLogger().addHandler(handler)
    yield fuzz_server
    logging.getLogger().removeHandler(handler)
    fuzz_server.close()


# ---------------------------------------------------------------- HTTP and event streams


@pytest.mark.parametrize("viewer", VIEWERS)
def test_fuzzed_post_passes_the_checks(server: FuzzServer, viewer: str) -> None:
    @FEWER_EXAMPLES
    @given(PATHS, byte_contents(REQUESTS | st.lists(REQUESTS, max_size=3)), MEDIA_TYPES, MEDIA_TYPES)
    def holds(path: str, content: bytes, content_type: str, accept: str) -> None:
        headers = server.headers(viewer) | {"content-type": content_type, "accept": accept}
        server.run(server.request("POST", path, server.with_cursor(content), headers=headers))

    holds()


@pytest.mark.parametrize("accept", [JSON, EVENTS])
@pytest.mark.parametrize("viewer", VIEWERS)
def test_fuzzed_document_passes_the_checks(server: FuzzServer, viewer: str, accept: str) -> None:
    """Queries, mutations and subscriptions of the schema, with valid ids and cursors; and damaged documents."""

    @FEWER_EXAMPLES
    @given(QUERIES, VARIABLES)
    def holds(query: str, variables: dict[str, Any]) -> None:
        content = to_json({"query": query, "variables": variables}).encode()
        headers = server.headers(viewer) | {"content-type": JSON, "accept": accept}
        server.run(server.request("POST", content=server.with_cursor(content), headers=headers))

    holds()


@pytest.mark.parametrize("viewer", VIEWERS)
def test_fuzzed_url_passes_the_checks(server: FuzzServer, viewer: str) -> None:
    names = st.sampled_from(["query", "variables", "operationName", "extensions", "token", "operationId", "a"])

    @FEWER_EXAMPLES
    @given(
        PATHS,
        st.dictionaries(names, byte_contents(VARIABLES)),
        QUERIES,
        MEDIA_TYPES,
        st.sampled_from(["GET"] * 5 + ["DELETE"]),
    )
    def holds(path: str, params: dict[str, bytes], query: str, accept: str, method: str) -> None:
        parameters = {"query": server.with_cursor(query.encode(errors="replace"))}
        headers = server.headers(viewer) | {"accept": accept, "last-event-id": "x"}
        server.run(server.request(method, path, params=parameters | params, headers=headers))

    holds()


@pytest.mark.parametrize("viewer", VIEWERS)
def test_fuzzed_operations_on_a_reserved_stream_pass_the_checks(server: FuzzServer, viewer: str) -> None:
    async def share(queries: list[str], bodies: list[bytes]) -> None:
        reserved = await server.http.put("/graphql/stream", headers=server.headers(viewer))
        headers = server.headers(viewer) | {"x-graphql-event-stream-token": reserved.text}
        operations = [{"query": text, "extensions": {"operationId": str(n)}} for n, text in enumerate(queries)]
        for body in (*(to_json(operation).encode() for operation in operations), *bodies):
            await server.request("POST", STREAM_PATH, server.with_cursor(body), headers=headers)
        await server.request("DELETE", STREAM_PATH, params={"operationId": "0"}, headers=headers)
        await server.request("GET", STREAM_PATH, headers=headers)

    @FEWER_EXAMPLES
    @given(st.lists(QUERIES, min_size=1, max_size=3), st.lists(byte_contents(REQUESTS), max_size=2))
    def holds(queries: list[str], bodies: list[bytes]) -> None:
        server.run(share(queries, bodies))

    holds()


# ---------------------------------------------------------------- WebSocket


@pytest.mark.parametrize("viewer", VIEWERS)
def test_fuzzed_websocket_messages_pass_the_checks(server: FuzzServer, viewer: str) -> None:
    @FEWER_EXAMPLES
    @given(st.lists(byte_contents(MESSAGES), min_size=1, max_size=4), st.sampled_from([True, True, True, False]))
    def holds(messages: list[bytes], initialise: bool) -> None:
        server.run(server.send_messages(viewer, [server.with_cursor(message) for message in messages], initialise))

    holds()


@pytest.mark.parametrize("viewer", VIEWERS)
def test_fuzzed_websocket_operations_pass_the_checks(server: FuzzServer, viewer: str) -> None:
    @FEWER_EXAMPLES
    @given(st.lists(QUERIES, min_size=1, max_size=4))
    def holds(queries: list[str]) -> None:
        messages = [{"type": "subscribe", "id": str(n), "payload": {"query": text}} for n, text in enumerate(queries)]
        server.run(
            server.send_messages(viewer, [server.with_cursor(to_json(message).encode()) for message in messages])
        )

    holds()


# ---------------------------------------------------------------- cleanup

FOLLOW = """subscription($id: ID!, $after: String) { activity(campaignId: $id, after: $after) { cursor activity {
  actorName actor { displayName } campaign { title }
  ... on CommentActivity { comment { id author { displayName } body { html } } } } } }"""
REFUSED_MUTATION = 'mutation { castVote(input: {commentId: "Q29tbWVudDo5OTk", direction: UP}) { __typename } }'
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
def test_repeated_requests_leak_no_memory(server: FuzzServer) -> None:
    async def send_round() -> None:
        follow = {"query": FOLLOW, "variables": {"id": server.campaign, "after": server.cursor}}
        for content in (*REQUEST_ROUND, json.dumps(follow).encode()):
            for accept in (JSON, EVENTS):
                await server.request("POST", content=content, headers={"content-type": JSON, "accept": accept})
            await server.send_messages("guest", [b'{"type": "subscribe", "id": "a", "payload": %b}' % content])

    async def memory_after(rounds: int) -> tuple[int, int]:
        for _ in range(rounds):
            await send_round()
        await until(lambda: len(asyncio.all_tasks()) <= tasks)
        gc.collect()
        return tracemalloc.get_traced_memory()[0], len(server.site.groundswell.streams)

    tasks = server.run(_expected_tasks())
    server.run(memory_after(1))
    tracemalloc.start()
    first, _ = server.run(memory_after(3))
    second, streams = server.run(memory_after(3))
    tracemalloc.stop()

    assert streams == 0
    assert second - first < 50_000


async def _expected_tasks() -> int:
    return len(asyncio.all_tasks()) + 1  # each `run` waits in a task of its own


def test_websockets_aborted_during_events_leave_nothing_behind(server: FuzzServer) -> None:
    """A coroutine that is never awaited would warn, and a warning is an error."""

    async def follow(stack: AsyncExitStack) -> list[Client]:
        clients = [await stack.enter_async_context(socket_of(server.netloc)) for _ in range(10)]
        for client in clients:
            for _ in range(3):
                await client.run(FOLLOW, id=server.campaign, after=server.cursor)
        return clients

    async def cut() -> None:
        guest = await server.site.guest()
        async with AsyncExitStack() as stack:
            clients = await follow(stack)
            for client in clients:
                await server.site.comment(server.campaign, guest)
                client.connection.transport.abort()
        await until(lambda: server.followers() == 0)
        gc.collect()

    server.run(cut())


@compiled_only
def test_subscription_cancelled_at_any_step_leaves_nothing_unawaited(server: FuzzServer) -> None:
    schema = create_schema(server.site.settings)

    async def cut(steps: int) -> None:
        context = Context(server.site.settings, server.site.groundswell.live)
        variables = {"id": server.campaign, "after": server.cursor}
        events = await schema.stream(FOLLOW, variables, context)
        reading = asyncio.create_task(_read(events))
        for _ in range(steps):
            await asyncio.sleep(0)
        reading.cancel()
        await asyncio.wait([reading])

    for steps in range(40):
        server.run(cut(steps))
    gc.collect()


def test_refusal_after_a_disconnect_is_not_reported(server: FuzzServer) -> None:
    """The client disconnects while its mutation runs, and the mutation is then refused."""
    schema = create_schema(server.site.settings)
    token = server.run(server.site.guest())  # a fuzzed mutation may have signed out the server's own guest

    async def leave(steps: int) -> None:
        context = server.site.groundswell.context(f"Bearer {token}", Request({"type": "http", "headers": []}))
        execution = asyncio.create_task(schema.execute(REFUSED_MUTATION, context_value=context))
        for _ in range(steps):
            await asyncio.sleep(0)
        execution.cancel()
        await asyncio.wait([execution])
        await mutations.finish_running()

    for steps in range(10):
        server.run(leave(steps))
        gc.collect()


async def _read(events: Any) -> None:
    async for _ in events:
        pass
