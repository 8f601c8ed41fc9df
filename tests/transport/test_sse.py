"""GraphQL over server-sent events: who is streamed to, what a stream holds, and what is left of it afterwards."""

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
from tests.support.serving import PATIENCE, Event, Events, events, process, serving, until

pytestmark = pytest.mark.anyio

ROLE = "{ viewer { role } }"
FOLLOW = """subscription($id: ID!, $after: String) {
  activity(campaignId: $id, after: $after) { cursor activity { kind } } }"""
URQL = (
    "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed"
)
TOKEN = "x-graphql-event-stream-token"


def code(answer: httpx2.Response) -> str:
    """The code of an answer that is an error."""
    return str(answer.json()["errors"][0]["extensions"]["code"])


class Site:
    """A server, and a client that asks it for event streams."""

    def __init__(self, site: TestApp, address: str, http: httpx2.AsyncClient) -> None:
        self.site = site
        self.http = http
        self.streams = site.groundswell.streams
        self.socket = address

    def post(self, query: str, path: str = "/graphql", variables: Any = None, **headers: str) -> Any:
        given = {"query": query, "variables": variables or {}}
        return events(self.http, "POST", path, json=given, headers=headers)

    def get(self, query: str, path: str = "/graphql", variables: Any = None, **headers: str) -> Any:
        """As a browser's EventSource asks."""
        given = {"query": query, "variables": json.dumps(variables or {})}
        return events(self.http, "GET", path, params=given, headers=headers)

    async def follow(self, told: Events, campaign: str) -> None:
        """Wait until the stream's subscription follows the campaign, having seen nothing yet."""
        await until(lambda: self.followers)

    @property
    def followers(self) -> int:
        return sum(len(one.subscribers) for one in self.site.groundswell.live._followers.values())

    # ---------------------------------------------------------------- a reserved stream

    async def reserve(self, **headers: str) -> str:
        answer = await self.http.put("/graphql/stream", headers=headers)
        assert answer.status_code == 201, answer.text
        assert answer.headers["content-type"].startswith("text/plain")
        return answer.text

    def open(self, token: str) -> Any:
        return events(self.http, "GET", "/graphql/stream", headers={TOKEN: token})

    async def execute(self, token: str, name: Any, query: str, **variables: Any) -> httpx2.Response:
        given = {"query": query, "variables": variables, "extensions": {"operationId": name}}
        return await self.http.post("/graphql/stream", json=given, headers={TOKEN: token})

    async def complete(self, token: str, **params: str) -> httpx2.Response:
        return await self.http.delete("/graphql/stream", params=params, headers={TOKEN: token})


@asynccontextmanager
async def served(send_buffer: int | None = None, **changes: Any) -> AsyncIterator[Site]:
    async with (
        running_app(**changes) as made,
        serving(made, send_buffer) as address,
        httpx2.AsyncClient(base_url=f"http://{address}") as http,
    ):
        yield Site(made, address, http)


@pytest.fixture
async def sse() -> AsyncIterator[Site]:
    async with served() as made:
        yield made


# ---------------------------------------------------------------- who is streamed to


@pytest.mark.parametrize("path", ["/graphql", "/graphql/stream"])
@pytest.mark.parametrize("method", ["get", "post"])
async def test_who_prefers_event_streams_gets_one_for_a_query(sse: Site, path: str, method: str) -> None:
    async with getattr(sse, method)(ROLE, path) as told:
        assert told.response.status_code == 200
        assert await told.data() == {"viewer": {"role": "ANONYMOUS"}}
        await told.end()


async def test_who_lists_event_streams_among_others_gets_json_for_a_query(sse: Site) -> None:
    """urql and gql.tada list them on every request."""
    answer = await sse.http.post("/graphql", json={"query": ROLE}, headers={"accept": URQL})

    assert "json" in answer.headers["content-type"]
    assert answer.json() == {"data": {"viewer": {"role": "ANONYMOUS"}}}


async def test_who_lists_event_streams_among_others_gets_json_for_a_mutation(sse: Site) -> None:
    mutation = 'mutation { introduce(input: {givenName: "Ada"}) { __typename } }'

    answer = await sse.http.post("/graphql", json={"query": mutation}, headers={"accept": URQL})

    assert answer.json() == {"data": {"introduce": {"__typename": "IntroducePayload"}}}


async def test_who_lists_event_streams_among_others_gets_one_for_a_subscription(sse: Site) -> None:
    campaign, guest = await sse.site.campaign(), await sse.site.guest()
    async with sse.post(FOLLOW, variables={"id": campaign}, accept=URQL) as told:
        await sse.follow(told, campaign)
        await sse.site.comment(campaign, guest)

        assert (await told.data())["activity"]["activity"] == {"kind": "COMMENTED"}


async def test_a_form_that_weighs_less_is_not_preferred(sse: Site) -> None:
    headers = {"accept": "text/event-stream;q=0.5, application/json"}

    answer = await sse.http.post("/graphql", json={"query": ROLE}, headers=headers)

    assert answer.json() == {"data": {"viewer": {"role": "ANONYMOUS"}}}


@pytest.mark.parametrize("accept", ["*/*", "application/json", URQL.replace("text/event-stream", "text/html")])
async def test_a_subscription_without_an_event_stream_is_refused_in_json(sse: Site, accept: str) -> None:
    given = {"query": FOLLOW, "variables": {"id": await sse.site.campaign()}}

    answer = await sse.http.post("/graphql", json=given, headers={"accept": accept})

    assert 400 <= answer.status_code < 500
    assert code(answer) == "NOT_ACCEPTABLE"


async def test_the_stream_endpoint_gives_nothing_but_streams(sse: Site) -> None:
    answer = await sse.http.post("/graphql/stream", json={"query": ROLE}, headers={"accept": "application/json"})

    assert (answer.status_code, code(answer)) == (406, "NOT_ACCEPTABLE")


# ---------------------------------------------------------------- what a stream holds


async def test_a_stream_is_not_kept_by_caches_nor_held_back_by_proxies(sse: Site) -> None:
    async with sse.post(ROLE) as told:
        headers = told.response.headers

        assert headers["content-type"] == "text/event-stream; charset=utf-8"
        assert headers["cache-control"] == "no-store"
        assert headers["x-accel-buffering"] == "no"
        assert headers["x-request-id"]
        await told.data()
        await told.end()


async def test_lines_end_with_a_line_feed_alone(sse: Site) -> None:
    answer = await sse.http.post("/graphql", json={"query": ROLE}, headers={"accept": "text/event-stream"})

    assert b"\r" not in answer.content
    assert answer.content.endswith(b"event: complete\ndata: \n\n")


async def test_a_silent_stream_shows_that_it_is_there() -> None:
    async with served(heartbeat_seconds=0.01) as sse:
        campaign, guest = await sse.site.campaign(), await sse.site.guest()
        async with sse.post(FOLLOW, variables={"id": campaign}) as told:
            reading = asyncio.create_task(told.next())
            await until(lambda: told.comments > 3)
            await sse.site.comment(campaign, guest)

            assert (await reading).kind == "next"


async def test_the_id_of_an_event_is_its_cursor(sse: Site) -> None:
    campaign, guest = await sse.site.campaign(), await sse.site.guest()
    async with sse.get(FOLLOW, variables={"id": campaign}) as told:
        await sse.follow(told, campaign)
        await sse.site.comment(campaign, guest)
        event = await told.next()

        assert event.id == event.data["data"]["activity"]["cursor"]


async def test_a_browser_that_comes_back_gets_what_it_missed(sse: Site) -> None:
    """With the id of the last event that it has seen, in Last-Event-ID: EventSource does so by itself."""
    campaign, guest = await sse.site.campaign(), await sse.site.guest()
    async with sse.get(FOLLOW, variables={"id": campaign}) as told:
        await sse.follow(told, campaign)
        await sse.site.comment(campaign, guest, "Seen.")
        last = await told.next()
    missed = await sse.site.comment(campaign, guest, "Missed.")

    query = FOLLOW.replace("kind", "kind subjectId")
    async with sse.get(query, variables={"id": campaign}, **{"last-event-id": str(last.id)}) as told:
        event = await told.data()

        assert event["activity"]["activity"] == {"kind": "COMMENTED", "subjectId": missed}


async def test_a_last_event_id_that_is_none_of_ours_is_refused_in_the_stream(sse: Site) -> None:
    campaign = await sse.site.campaign()
    async with sse.get(FOLLOW, variables={"id": campaign}, **{"last-event-id": "nonsense"}) as told:
        event = await told.next()

        assert event.data["errors"][0]["extensions"]["code"] == "INVALID_CURSOR"
        await told.end()


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
async def test_what_can_not_run_is_told_in_the_stream(sse: Site, query: str, expected: str) -> None:
    """An EventSource would not see an answer with another status."""
    async with sse.post(query) as told:
        event = await told.next()

        assert event.data["errors"][0]["extensions"]["code"] == expected
        await told.end()


async def test_who_asks_is_told_by_the_token(sse: Site) -> None:
    async with sse.post(ROLE, authorization=f"Bearer {await sse.site.guest()}") as told:
        assert await told.data() == {"viewer": {"role": "GUEST"}}
        await told.end()


async def test_a_bad_token_is_refused_in_json(sse: Site) -> None:
    headers = {"accept": "text/event-stream", "authorization": "Bearer nonsense"}

    answer = await sse.http.post("/graphql", json={"query": ROLE}, headers=headers)

    assert (answer.status_code, code(answer)) == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize("path", ["/graphql", "/graphql/stream"])
async def test_a_mutation_does_not_come_by_get_for_a_stream_either(sse: Site, path: str) -> None:
    params = {"query": 'mutation { introduce(input: {givenName: "Ada"}) { __typename } }'}

    answer = await sse.http.get(path, params=params, headers={"accept": "text/event-stream"})

    assert (answer.status_code, code(answer)) == (405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize("path", ["/graphql", "/graphql/stream"])
@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        ("nonsense", "application/json", 400),
        ("7", "application/json", 400),
        ('{"query": 7}', "application/json", 400),
        ('{"query": "{ viewer { role } }", "variables": []}', "application/json", 400),
        ('{"query": "{ viewer { role } }"}', "text/plain", 415),
        (" " * 1_000_001, "application/json", 413),
    ],
)
async def test_a_malformed_request_is_refused_in_json(
    sse: Site, path: str, content: str, kind: str, status: int
) -> None:
    headers = {"accept": "text/event-stream", "content-type": kind}

    answer = await sse.http.post(path, content=content, headers=headers)

    assert answer.status_code == status
    assert answer.json()["errors"]


# ---------------------------------------------------------------- a reserved stream


async def test_operations_of_a_reserved_stream_are_told_on_it_by_their_ids(sse: Site) -> None:
    campaign, guest = await sse.site.campaign(), await sse.site.guest()
    token = await sse.reserve()
    async with sse.open(token) as told:
        begun = await sse.execute(token, "ticker", FOLLOW, id=campaign)
        await until(lambda: sse.followers)
        asked = await sse.execute(token, "role", ROLE)
        role = [await told.next(), await told.next()]
        await sse.site.comment(campaign, guest)
        event = await told.next()

        assert (begun.status_code, asked.status_code) == (202, 202)
        assert role == [
            Event("next", {"id": "role", "payload": {"data": {"viewer": {"role": "ANONYMOUS"}}}}, None),
            Event("complete", {"id": "role"}, None),
        ]
        assert (event.data["id"], event.data["payload"]["data"]["activity"]["activity"]["kind"]) == (
            "ticker",
            "COMMENTED",
        )


async def test_the_token_may_stand_in_the_address(sse: Site) -> None:
    """An EventSource has no headers."""
    token = await sse.reserve()
    async with events(sse.http, "GET", f"/graphql/stream?token={token}") as told:
        await sse.execute(token, "1", ROLE)

        assert (await told.next()).data["id"] == "1"


async def test_an_operation_may_begin_before_the_stream_is_opened(sse: Site) -> None:
    token = await sse.reserve()
    answer = await sse.execute(token, "1", ROLE)
    async with sse.open(token) as told:
        assert answer.status_code == 202
        assert (await told.next()).data["id"] == "1"


async def test_an_operation_that_is_stopped_tells_nothing_more(sse: Site) -> None:
    campaign, guest = await sse.site.campaign(), await sse.site.guest()
    token = await sse.reserve()
    async with sse.open(token) as told:
        await sse.execute(token, "ticker", FOLLOW, id=campaign)
        await until(lambda: sse.followers)
        answer = await sse.complete(token, operationId="ticker")
        await until(lambda: not sse.followers)
        await sse.site.comment(campaign, guest)
        await sse.execute(token, "role", ROLE)

        assert answer.status_code == 200
        assert (await told.next()).data["id"] == "role"


async def test_the_id_of_an_operation_that_ended_can_be_used_again(sse: Site) -> None:
    token = await sse.reserve()
    async with sse.open(token) as told:
        for _ in range(3):
            answer = await sse.execute(token, "again", ROLE)

            assert answer.status_code == 202
            assert [(await told.next()).kind for _ in range(2)] == ["next", "complete"]


@pytest.mark.parametrize("query", ["{", "{ nothing }", "fragment Role on Viewer { role }"])
async def test_what_can_not_run_is_refused_where_it_was_asked_for(sse: Site, query: str) -> None:
    token = await sse.reserve()

    answer = await sse.execute(token, "1", query)

    assert answer.status_code == 400
    assert code(answer) in ("GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED")


async def test_each_operation_is_its_own_viewers(sse: Site) -> None:
    token = await sse.reserve()
    async with sse.open(token) as told:
        given = {"query": ROLE, "extensions": {"operationId": "1"}}
        headers = {TOKEN: token, "authorization": f"Bearer {await sse.site.guest()}"}
        await sse.http.post("/graphql/stream", json=given, headers=headers)

        assert (await told.next()).data["payload"] == {"data": {"viewer": {"role": "GUEST"}}}


async def test_a_bad_token_reserves_nothing(sse: Site) -> None:
    answer = await sse.http.put("/graphql/stream", headers={"authorization": "Bearer nonsense"})

    assert answer.status_code == 401
    assert len(sse.streams) == 0


async def test_a_stream_that_nobody_reserved_is_not_found(sse: Site) -> None:
    answers = [
        await sse.execute("nonsense", "1", ROLE),
        await sse.complete("nonsense", operationId="1"),
        await sse.http.get("/graphql/stream", headers={TOKEN: "nonsense", "accept": "text/event-stream"}),
    ]

    assert [(answer.status_code, code(answer)) for answer in answers] == [(404, "STREAM_NOT_FOUND")] * 3


async def test_a_stream_is_opened_once(sse: Site) -> None:
    token = await sse.reserve()
    async with sse.open(token):
        answer = await sse.http.get("/graphql/stream", headers={TOKEN: token, "accept": "text/event-stream"})

        assert (answer.status_code, code(answer)) == (409, "STREAM_CONFLICT")


async def test_two_operations_do_not_have_one_id(sse: Site) -> None:
    campaign, token = await sse.site.campaign(), await sse.reserve()
    await sse.execute(token, "1", FOLLOW, id=campaign)

    answer = await sse.execute(token, "1", FOLLOW, id=campaign)

    assert (answer.status_code, code(answer)) == (409, "STREAM_CONFLICT")


@pytest.mark.parametrize("name", [None, "", 7, ["1"], {}])
async def test_an_operation_of_a_reserved_stream_needs_an_id(sse: Site, name: Any) -> None:
    answer = await sse.execute(await sse.reserve(), name, ROLE)

    assert answer.status_code == 400


async def test_who_stops_an_operation_must_say_which(sse: Site) -> None:
    answer = await sse.complete(await sse.reserve())

    assert answer.status_code == 400


@pytest.mark.parametrize("method", ["PATCH", "HEAD"])
async def test_other_methods_are_refused(sse: Site, method: str) -> None:
    answer = await sse.http.request(method, "/graphql/stream")

    assert answer.status_code == 405
    assert "PUT" in answer.headers["allow"]


async def test_a_page_of_another_site_may_reserve_and_stop(sse: Site) -> None:
    for method in ("PUT", "DELETE"):
        preflight = {
            "origin": "https://campaign.example.org",
            "access-control-request-method": method,
            "access-control-request-headers": f"{TOKEN}, authorization",
        }
        answer = await sse.http.options("/graphql/stream", headers=preflight)

        assert answer.status_code == 200


# ---------------------------------------------------------------- bounds


async def test_a_reservation_that_is_not_used_is_forgotten() -> None:
    async with served(reservation_seconds=0.01) as sse:
        campaign = await sse.site.campaign()
        token = await sse.reserve()
        await sse.execute(token, "1", FOLLOW, id=campaign)
        await until(lambda: not len(sse.streams))

        assert (await sse.execute(token, "1", ROLE)).status_code == 404
        await until(lambda: not sse.followers)
        assert len(sse.site.groundswell.connections) == 0


async def test_a_reservation_that_is_used_stays() -> None:
    async with served(reservation_seconds=0.5, heartbeat_seconds=0.05) as sse:
        token = await sse.reserve()
        async with sse.open(token) as told:
            reading = asyncio.create_task(told.next())
            await until(lambda: told.comments > 12)
            answer = await sse.execute(token, "1", ROLE)

            assert answer.status_code == 202
            assert (await reading).data["id"] == "1"


async def test_operations_of_one_stream_are_bounded() -> None:
    async with served(socket_operations=2) as sse:
        campaign, token = await sse.site.campaign(), await sse.reserve()
        answers = [await sse.execute(token, name, FOLLOW, id=campaign) for name in "abc"]

        assert [answer.status_code for answer in answers] == [202, 202, 429]
        assert code(answers[-1]) == "TOO_MANY_OPERATIONS"


async def test_streams_of_one_address_are_bounded() -> None:
    async with served(connections_per_address=2) as sse:
        campaign = await sse.site.campaign()
        async with sse.post(FOLLOW, variables={"id": campaign}):
            await sse.reserve()
            answer = await sse.http.put("/graphql/stream")
            query = {"query": ROLE}
            other = await sse.http.post("/graphql", json=query, headers={"accept": "text/event-stream"})

            assert [(one.status_code, code(one)) for one in (answer, other)] == [(429, "TOO_MANY_CONNECTIONS")] * 2


async def test_a_slow_reader_holds_up_only_itself_and_loses_nothing() -> None:
    async with served(live_queue=5, send_buffer=4096) as sse:
        campaign, guest = await sse.site.campaign(), await sse.site.guest()
        query = FOLLOW.replace("kind", "subject { ... on Comment { body { text } } }")
        given = {"query": query, "variables": json.dumps({"id": campaign})}
        address = str(httpx2.QueryParams(given))
        host, _, port = sse.socket.partition(":")
        narrow = socket.socket()
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        narrow.setblocking(False)
        await asyncio.get_running_loop().sock_connect(narrow, (host, int(port)))
        reader, writer = await asyncio.open_connection(sock=narrow, limit=1024)
        request = f"GET /graphql?{address} HTTP/1.1\r\nhost: {host}\r\naccept: text/event-stream\r\n\r\n"
        writer.write(request.encode())
        await until(lambda: sse.followers)
        bodies = [f"Number {number}: {'long ' * 900}" for number in range(60)]
        for body in bodies:
            await sse.site.comment(campaign, guest, body)
        (stream,) = sse.streams._streams
        await until(stream._events.full)
        seen = b""
        async with asyncio.timeout(PATIENCE):
            while b"Number 59" not in seen:
                seen += await reader.read(65536)
        writer.close()
        await writer.wait_closed()

        places = [seen.find(b"Number %d:" % number) for number in range(60)]
        assert places == sorted(places)
        assert -1 not in places


# ---------------------------------------------------------------- what is left


async def test_a_client_that_goes_away_stops_its_work(sse: Site) -> None:
    campaign = await sse.site.campaign()
    async with sse.post(FOLLOW, variables={"id": campaign}) as told:
        await sse.follow(told, campaign)

    await until(lambda: not sse.followers)
    assert len(sse.streams) == 0


async def test_streams_that_are_cut_leave_nothing_behind(sse: Site) -> None:
    campaign = await sse.site.campaign()
    host, _, port = sse.socket.partition(":")
    before = len(asyncio.all_tasks())
    given = str(httpx2.QueryParams({"query": FOLLOW, "variables": json.dumps({"id": campaign})}))

    async def cut(count: int) -> None:
        for number in range(count):
            _, writer = await asyncio.open_connection(host, int(port))
            request = f"GET /graphql?{given} HTTP/1.1\r\nhost: {host}\r\naccept: text/event-stream\r\n\r\n"
            writer.write(request.encode())
            await writer.drain()
            if number % 2:
                await asyncio.sleep(0)
            writer.transport.abort()

    await asyncio.gather(*(cut(25) for _ in range(8)))
    await until(lambda: not len(sse.streams) and not sse.followers)
    await until(lambda: len(asyncio.all_tasks()) <= before)
    assert len(sse.site.groundswell.connections) == 0


async def test_a_stream_ends_when_the_server_stops() -> None:
    """Without `complete`: clients take that for the end of the operation, and this one goes on elsewhere."""
    async with running_app() as made:
        campaign = await made.campaign()
        async with (
            process(made.settings.database_url, STOP_SECONDS=1000) as served,
            httpx2.AsyncClient(base_url=served.url) as http,
        ):
            given = {"query": FOLLOW, "variables": {"id": campaign}}
            async with events(http, "POST", "/graphql", json=given) as told:
                served.process.send_signal(signal.SIGTERM)

                with pytest.raises(EOFError):
                    await told.next()
            assert await served.ended() == 0
