"""GraphQL over server-sent events (graphql-sse): negotiation, events, reserved streams, limits and cleanup."""

import asyncio
import json
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from tests.support.app import TestApp, running_app
from tests.support.serving import PATIENCE, Event, events, process, serving, until

pytestmark = pytest.mark.anyio

ROLE_QUERY = "{ viewer { role } }"
FOLLOW = """subscription($id: ID!, $after: String) {
  activity(campaignId: $id, after: $after) { cursor activity { kind } } }"""
URQL_ACCEPT = (
    "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed"
)
TOKEN_HEADER = "x-graphql-event-stream-token"


def code(response: httpx2.Response) -> str:
    """Return the code of a response's first error."""
    return str(response.json()["errors"][0]["extensions"]["code"])


class SseClient:
    """A client of a served site that requests event streams."""

    def __init__(self, app: TestApp, netloc: str, http: httpx2.AsyncClient) -> None:
        self.app = app
        self.http = http
        self.streams = app.groundswell.streams
        self.netloc = netloc

    def post(self, query: str, path: str = "/graphql", variables: Any = None, **headers: str) -> Any:
        body = {"query": query, "variables": variables or {}}
        return events(self.http, "POST", path, json=body, headers=headers)

    def get(self, query: str, path: str = "/graphql", variables: Any = None, **headers: str) -> Any:
        """Send the request that a browser's EventSource sends."""
        params = {"query": query, "variables": json.dumps(variables or {})}
        return events(self.http, "GET", path, params=params, headers=headers)

    async def wait_for_follower(self) -> None:
        """Wait until a subscription follows its campaign."""
        await until(lambda: self.followers)

    @property
    def followers(self) -> int:
        return sum(len(follower.subscribers) for follower in self.app.groundswell.live._followers.values())

    # ---------------------------------------------------------------- a reserved stream

    async def reserve(self, **headers: str) -> str:
        response = await self.http.put("/graphql/stream", headers=headers)
        assert response.status_code == 201, response.text
        assert response.headers["content-type"].startswith("text/plain")
        return response.text

    def open(self, token: str) -> Any:
        return events(self.http, "GET", "/graphql/stream", headers={TOKEN_HEADER: token})

    async def execute(self, token: str, operation_id: Any, query: str, **variables: Any) -> httpx2.Response:
        body = {"query": query, "variables": variables, "extensions": {"operationId": operation_id}}
        return await self.http.post("/graphql/stream", json=body, headers={TOKEN_HEADER: token})

    async def complete(self, token: str, **params: str) -> httpx2.Response:
        return await self.http.delete("/graphql/stream", params=params, headers={TOKEN_HEADER: token})


@asynccontextmanager
async def served(send_buffer: int | None = None, **changes: Any) -> AsyncIterator[SseClient]:
    async with (
        running_app(**changes) as site,
        serving(site, send_buffer) as netloc,
        httpx2.AsyncClient(base_url=f"http://{netloc}") as http,
    ):
        yield SseClient(site, netloc, http)


@pytest.fixture
async def sse() -> AsyncIterator[SseClient]:
    async with served() as client:
        yield client


# ---------------------------------------------------------------- negotiation


@pytest.mark.parametrize("path", ["/graphql", "/graphql/stream"])
@pytest.mark.parametrize("method", ["get", "post"])
async def test_query_is_streamed_to_a_client_that_prefers_event_streams(sse: SseClient, path: str, method: str) -> None:
    async with getattr(sse, method)(ROLE_QUERY, path) as stream:
        assert stream.response.status_code == 200
        assert await stream.data() == {"viewer": {"role": "ANONYMOUS"}}
        await stream.end()


async def test_query_is_json_for_a_client_that_accepts_both(sse: SseClient) -> None:
    """urql and gql.tada accept event streams on every request."""
    response = await sse.http.post("/graphql", json={"query": ROLE_QUERY}, headers={"accept": URQL_ACCEPT})

    assert "json" in response.headers["content-type"]
    assert response.json() == {"data": {"viewer": {"role": "ANONYMOUS"}}}


async def test_mutation_is_json_for_a_client_that_accepts_both(sse: SseClient) -> None:
    mutation = 'mutation { introduce(input: {givenName: "Ada"}) { __typename } }'

    response = await sse.http.post("/graphql", json={"query": mutation}, headers={"accept": URQL_ACCEPT})

    assert response.json() == {"data": {"introduce": {"__typename": "IntroducePayload"}}}


async def test_subscription_is_streamed_to_a_client_that_accepts_both(sse: SseClient) -> None:
    campaign, guest = await sse.app.campaign(), await sse.app.guest()
    async with sse.post(FOLLOW, variables={"id": campaign}, accept=URQL_ACCEPT) as stream:
        await sse.wait_for_follower()
        await sse.app.comment(campaign, guest)

        assert (await stream.data())["activity"]["activity"] == {"kind": "COMMENTED"}


async def test_lower_quality_value_is_not_preferred(sse: SseClient) -> None:
    headers = {"accept": "text/event-stream;q=0.5, application/json"}

    response = await sse.http.post("/graphql", json={"query": ROLE_QUERY}, headers=headers)

    assert response.json() == {"data": {"viewer": {"role": "ANONYMOUS"}}}


@pytest.mark.parametrize("accept", ["*/*", "application/json", URQL_ACCEPT.replace("text/event-stream", "text/html")])
async def test_subscription_is_rejected_in_json_without_event_streams(sse: SseClient, accept: str) -> None:
    body = {"query": FOLLOW, "variables": {"id": await sse.app.campaign()}}

    response = await sse.http.post("/graphql", json=body, headers={"accept": accept})

    assert 400 <= response.status_code < 500
    assert code(response) == "NOT_ACCEPTABLE"


async def test_stream_endpoint_sends_only_event_streams(sse: SseClient) -> None:
    response = await sse.http.post(
        "/graphql/stream", json={"query": ROLE_QUERY}, headers={"accept": "application/json"}
    )

    assert (response.status_code, code(response)) == (406, "NOT_ACCEPTABLE")


# ---------------------------------------------------------------- events


async def test_stream_is_not_cached_and_not_buffered(sse: SseClient) -> None:
    async with sse.post(ROLE_QUERY) as stream:
        headers = stream.response.headers

        assert headers["content-type"] == "text/event-stream; charset=utf-8"
        assert headers["cache-control"] == "private, no-store"
        assert headers["x-accel-buffering"] == "no"
        assert headers["x-request-id"]
        await stream.data()
        await stream.end()


async def test_lines_end_with_a_line_feed_alone(sse: SseClient) -> None:
    response = await sse.http.post("/graphql", json={"query": ROLE_QUERY}, headers={"accept": "text/event-stream"})

    assert b"\r" not in response.content
    assert response.content.endswith(b"event: complete\ndata: \n\n")


async def test_silent_stream_sends_heartbeats() -> None:
    async with served(heartbeat_seconds=0.01) as sse:
        campaign, guest = await sse.app.campaign(), await sse.app.guest()
        async with sse.post(FOLLOW, variables={"id": campaign}) as stream:
            reading = asyncio.create_task(stream.next())
            await until(lambda: stream.comments > 3)
            await sse.app.comment(campaign, guest)

            assert (await reading).kind == "next"


async def test_event_id_is_the_cursor(sse: SseClient) -> None:
    campaign, guest = await sse.app.campaign(), await sse.app.guest()
    async with sse.get(FOLLOW, variables={"id": campaign}) as stream:
        await sse.wait_for_follower()
        await sse.app.comment(campaign, guest)
        event = await stream.next()

        assert event.id == event.data["data"]["activity"]["cursor"]


async def test_last_event_id_resumes_the_stream(sse: SseClient) -> None:
    """EventSource sends the id of the last event that it received as Last-Event-ID by itself."""
    campaign, guest = await sse.app.campaign(), await sse.app.guest()
    async with sse.get(FOLLOW, variables={"id": campaign}) as stream:
        await sse.wait_for_follower()
        await sse.app.comment(campaign, guest, "Seen.")
        last = await stream.next()
    missed = await sse.app.comment(campaign, guest, "Missed.")

    query = FOLLOW.replace("kind", "kind ... on CommentActivity { subjectId }")
    async with sse.get(query, variables={"id": campaign}, **{"last-event-id": str(last.id)}) as stream:
        event = await stream.data()

        assert event["activity"]["activity"] == {"kind": "COMMENTED", "subjectId": missed}


async def test_invalid_last_event_id_is_an_error_event(sse: SseClient) -> None:
    campaign = await sse.app.campaign()
    async with sse.get(FOLLOW, variables={"id": campaign}, **{"last-event-id": "nonsense"}) as stream:
        event = await stream.next()

        assert event.data["errors"][0]["extensions"]["code"] == "INVALID_CURSOR"
        await stream.end()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query($id: ID!) { node(id: $id) { id } }", "BAD_USER_INPUT"),
        ("query One { viewer { role } } query Two { viewer { role } }", "GRAPHQL_VALIDATION_FAILED"),
        ("fragment Role on Viewer { role }", "GRAPHQL_VALIDATION_FAILED"),
        ("{" + "".join(f"a{number}: viewer {{ role }}" for number in range(40)) + "}", "OPERATION_TOO_COSTLY"),
    ],
)
async def test_invalid_operation_is_an_error_event(sse: SseClient, query: str, expected: str) -> None:
    """EventSource cannot read the body of a response with an error status."""
    async with sse.post(query) as stream:
        event = await stream.next()

        assert event.data["errors"][0]["extensions"]["code"] == expected
        await stream.end()


async def test_token_authenticates_a_stream(sse: SseClient) -> None:
    async with sse.post(ROLE_QUERY, authorization=f"Bearer {await sse.app.guest()}") as stream:
        assert await stream.data() == {"viewer": {"role": "GUEST"}}
        await stream.end()


async def test_bad_token_is_rejected_in_json(sse: SseClient) -> None:
    headers = {"accept": "text/event-stream", "authorization": "Bearer nonsense"}

    response = await sse.http.post("/graphql", json={"query": ROLE_QUERY}, headers=headers)

    assert (response.status_code, code(response)) == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize("path", ["/graphql", "/graphql/stream"])
async def test_mutation_by_get_is_rejected_for_a_stream(sse: SseClient, path: str) -> None:
    params = {"query": 'mutation { introduce(input: {givenName: "Ada"}) { __typename } }'}

    response = await sse.http.get(path, params=params, headers={"accept": "text/event-stream"})

    assert (response.status_code, code(response)) == (405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize("path", ["/graphql", "/graphql/stream"])
@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        ("nonsense", "application/json", 400),
        ("7", "application/json", 400),
        ('{"query": 7}', "application/json", 400),
        ('{"query": "{ viewer { role } }", "variables": []}', "application/json", 400),
        ('{"query": "{ viewer { role } }"}', "text/plain", 415),
        (" " * 1_000_001, "application/json", 413),
    ],
)
async def test_malformed_request_is_rejected_in_json(
    sse: SseClient, path: str, content: str, content_type: str, status: int
) -> None:
    headers = {"accept": "text/event-stream", "content-type": content_type}

    response = await sse.http.post(path, content=content, headers=headers)

    assert response.status_code == status
    assert response.json()["errors"]


# ---------------------------------------------------------------- reserved streams


async def test_reserved_stream_labels_events_with_the_operation_id(sse: SseClient) -> None:
    campaign, guest = await sse.app.campaign(), await sse.app.guest()
    token = await sse.reserve()
    async with sse.open(token) as stream:
        follow = await sse.execute(token, "ticker", FOLLOW, id=campaign)
        await until(lambda: sse.followers)
        query = await sse.execute(token, "role", ROLE_QUERY)
        role = [await stream.next(), await stream.next()]
        await sse.app.comment(campaign, guest)
        event = await stream.next()

        assert (follow.status_code, query.status_code) == (202, 202)
        assert role == [
            Event("next", {"id": "role", "payload": {"data": {"viewer": {"role": "ANONYMOUS"}}}}, None),
            Event("complete", {"id": "role"}, None),
        ]
        assert (event.data["id"], event.data["payload"]["data"]["activity"]["activity"]["kind"]) == (
            "ticker",
            "COMMENTED",
        )


async def test_stream_token_is_accepted_in_the_url(sse: SseClient) -> None:
    """EventSource cannot set headers."""
    token = await sse.reserve()
    async with events(sse.http, "GET", f"/graphql/stream?token={token}") as stream:
        await sse.execute(token, "1", ROLE_QUERY)

        assert (await stream.next()).data["id"] == "1"


async def test_operation_may_start_before_the_stream_is_opened(sse: SseClient) -> None:
    token = await sse.reserve()
    response = await sse.execute(token, "1", ROLE_QUERY)
    async with sse.open(token) as stream:
        assert response.status_code == 202
        assert (await stream.next()).data["id"] == "1"


async def test_completed_operation_sends_no_more_events(sse: SseClient) -> None:
    campaign, guest = await sse.app.campaign(), await sse.app.guest()
    token = await sse.reserve()
    async with sse.open(token) as stream:
        await sse.execute(token, "ticker", FOLLOW, id=campaign)
        await until(lambda: sse.followers)
        response = await sse.complete(token, operationId="ticker")
        await until(lambda: not sse.followers)
        await sse.app.comment(campaign, guest)
        await sse.execute(token, "role", ROLE_QUERY)

        assert response.status_code == 200
        assert (await stream.next()).data["id"] == "role"


async def test_operation_id_is_reusable_after_completion(sse: SseClient) -> None:
    token = await sse.reserve()
    async with sse.open(token) as stream:
        for _ in range(3):
            response = await sse.execute(token, "again", ROLE_QUERY)

            assert response.status_code == 202
            assert [(await stream.next()).kind for _ in range(2)] == ["next", "complete"]


@pytest.mark.parametrize("query", ["{", "{ nothing }", "fragment Role on Viewer { role }"])
async def test_invalid_operation_on_a_reserved_stream_is_rejected(sse: SseClient, query: str) -> None:
    token = await sse.reserve()

    response = await sse.execute(token, "1", query)

    assert response.status_code == 400
    assert code(response) in ("GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED")


async def test_each_operation_on_a_reserved_stream_has_its_own_viewer(sse: SseClient) -> None:
    token = await sse.reserve()
    async with sse.open(token) as stream:
        body = {"query": ROLE_QUERY, "extensions": {"operationId": "1"}}
        headers = {TOKEN_HEADER: token, "authorization": f"Bearer {await sse.app.guest()}"}
        await sse.http.post("/graphql/stream", json=body, headers=headers)

        assert (await stream.next()).data["payload"] == {"data": {"viewer": {"role": "GUEST"}}}


async def test_bad_token_reserves_no_stream(sse: SseClient) -> None:
    response = await sse.http.put("/graphql/stream", headers={"authorization": "Bearer nonsense"})

    assert response.status_code == 401
    assert len(sse.streams) == 0


async def test_unknown_stream_token_is_not_found(sse: SseClient) -> None:
    responses = [
        await sse.execute("nonsense", "1", ROLE_QUERY),
        await sse.complete("nonsense", operationId="1"),
        await sse.http.get("/graphql/stream", headers={TOKEN_HEADER: "nonsense", "accept": "text/event-stream"}),
    ]

    assert [(response.status_code, code(response)) for response in responses] == [(404, "STREAM_NOT_FOUND")] * 3


async def test_reserved_stream_is_opened_only_once(sse: SseClient) -> None:
    token = await sse.reserve()
    async with sse.open(token):
        response = await sse.http.get("/graphql/stream", headers={TOKEN_HEADER: token, "accept": "text/event-stream"})

        assert (response.status_code, code(response)) == (409, "STREAM_CONFLICT")


async def test_duplicate_operation_id_is_a_conflict(sse: SseClient) -> None:
    campaign, token = await sse.app.campaign(), await sse.reserve()
    await sse.execute(token, "1", FOLLOW, id=campaign)

    response = await sse.execute(token, "1", FOLLOW, id=campaign)

    assert (response.status_code, code(response)) == (409, "STREAM_CONFLICT")


@pytest.mark.parametrize("operation_id", [None, "", 7, ["1"], {}])
async def test_operation_on_a_reserved_stream_needs_an_id(sse: SseClient, operation_id: Any) -> None:
    response = await sse.execute(await sse.reserve(), operation_id, ROLE_QUERY)

    assert response.status_code == 400


async def test_complete_needs_an_operation_id(sse: SseClient) -> None:
    response = await sse.complete(await sse.reserve())

    assert response.status_code == 400


@pytest.mark.parametrize("method", ["PATCH", "HEAD"])
async def test_other_methods_are_rejected(sse: SseClient, method: str) -> None:
    response = await sse.http.request(method, "/graphql/stream")

    assert response.status_code == 405
    assert "PUT" in response.headers["allow"]


async def test_preflight_accepts_reserve_and_complete(sse: SseClient) -> None:
    for method in ("PUT", "DELETE"):
        preflight = {
            "origin": "https://campaign.example.org",
            "access-control-request-method": method,
            "access-control-request-headers": f"{TOKEN_HEADER}, authorization",
        }
        response = await sse.http.options("/graphql/stream", headers=preflight)

        assert response.status_code == 200


# ---------------------------------------------------------------- limits


async def test_unused_reservation_expires() -> None:
    async with served(reservation_seconds=0.01) as sse:
        campaign = await sse.app.campaign()
        token = await sse.reserve()
        await sse.execute(token, "1", FOLLOW, id=campaign)
        await until(lambda: not len(sse.streams))

        assert (await sse.execute(token, "1", ROLE_QUERY)).status_code == 404
        await until(lambda: not sse.followers)
        assert len(sse.app.groundswell.connections) == 0


async def test_opened_reservation_does_not_expire() -> None:
    async with served(reservation_seconds=0.5, heartbeat_seconds=0.05) as sse:
        token = await sse.reserve()
        async with sse.open(token) as stream:
            reading = asyncio.create_task(stream.next())
            await until(lambda: stream.comments > 12)
            response = await sse.execute(token, "1", ROLE_QUERY)

            assert response.status_code == 202
            assert (await reading).data["id"] == "1"


async def test_operations_per_stream_are_limited() -> None:
    async with served(socket_operations=2) as sse:
        campaign, token = await sse.app.campaign(), await sse.reserve()
        responses = [await sse.execute(token, name, FOLLOW, id=campaign) for name in "abc"]

        assert [response.status_code for response in responses] == [202, 202, 429]
        assert code(responses[-1]) == "TOO_MANY_OPERATIONS"


async def test_streams_per_ip_are_limited() -> None:
    async with served(connections_per_address=2) as sse:
        campaign = await sse.app.campaign()
        async with sse.post(FOLLOW, variables={"id": campaign}):
            await sse.reserve()
            reserved = await sse.http.put("/graphql/stream")
            query = {"query": ROLE_QUERY}
            streamed = await sse.http.post("/graphql", json=query, headers={"accept": "text/event-stream"})

            assert [(rejected.status_code, code(rejected)) for rejected in (reserved, streamed)] == [
                (429, "TOO_MANY_CONNECTIONS")
            ] * 2


async def test_slow_client_gets_every_event_in_order() -> None:
    async with served(live_queue=5, send_buffer=4096) as sse:
        campaign, guest = await sse.app.campaign(), await sse.app.guest()
        query = FOLLOW.replace("kind", "... on CommentActivity { comment { body { text } } }")
        params = str(httpx2.QueryParams({"query": query, "variables": json.dumps({"id": campaign})}))
        host, _, port = sse.netloc.partition(":")
        slow_socket = socket.socket()
        slow_socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow_socket.setblocking(False)
        await asyncio.get_running_loop().sock_connect(slow_socket, (host, int(port)))
        reader, writer = await asyncio.open_connection(sock=slow_socket, limit=1024)
        request = f"GET /graphql?{params} HTTP/1.1\r\nhost: {host}\r\naccept: text/event-stream\r\n\r\n"
        writer.write(request.encode())
        await until(lambda: sse.followers)
        bodies = [f"Number {number}: {'long ' * 900}" for number in range(60)]
        for body in bodies:
            await sse.app.comment(campaign, guest, body)
        (stream,) = sse.streams._streams
        await until(stream._events.full)
        received = b""
        async with asyncio.timeout(PATIENCE):
            while b"Number 59" not in received:
                received += await reader.read(65536)
        writer.close()
        await writer.wait_closed()

        positions = [received.find(b"Number %d:" % number) for number in range(60)]
        assert positions == sorted(positions)
        assert -1 not in positions


# ---------------------------------------------------------------- cleanup


async def test_disconnected_client_ends_its_subscription(sse: SseClient) -> None:
    campaign = await sse.app.campaign()
    async with sse.post(FOLLOW, variables={"id": campaign}):
        await sse.wait_for_follower()

    await until(lambda: not sse.followers)
    assert len(sse.streams) == 0


async def test_aborted_streams_leave_nothing_behind(sse: SseClient) -> None:
    campaign = await sse.app.campaign()
    host, _, port = sse.netloc.partition(":")
    before = len(asyncio.all_tasks())
    params = str(httpx2.QueryParams({"query": FOLLOW, "variables": json.dumps({"id": campaign})}))

    async def cut(count: int) -> None:
        for number in range(count):
            _, writer = await asyncio.open_connection(host, int(port))
            request = f"GET /graphql?{params} HTTP/1.1\r\nhost: {host}\r\naccept: text/event-stream\r\n\r\n"
            writer.write(request.encode())
            await writer.drain()
            if number % 2:
                await asyncio.sleep(0)
            writer.transport.abort()

    await asyncio.gather(*(cut(25) for _ in range(8)))
    await until(lambda: not len(sse.streams) and not sse.followers)
    await until(lambda: len(asyncio.all_tasks()) <= before)
    assert len(sse.app.groundswell.connections) == 0


async def test_stream_ends_when_the_server_stops() -> None:
    """No `complete` is sent: the operation has not ended, and the client reconnects to another process."""
    async with running_app() as site:
        campaign = await site.campaign()
        async with (
            process(site.settings.database_url, STOP_SECONDS=1000) as server,
            httpx2.AsyncClient(base_url=server.url) as http,
        ):
            body = {"query": FOLLOW, "variables": {"id": campaign}}
            async with events(http, "POST", "/graphql", json=body) as stream:
                server.process.send_signal(signal.SIGTERM)

                with pytest.raises(EOFError):
                    await stream.next()
            assert await server.ended() == 0
