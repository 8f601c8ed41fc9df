"""Rate limits: counting by viewer, API key and network, in memory and in Redis, and the refusal with its retry time."""

import asyncio
import os
import re
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
import redis.asyncio
import redis.exceptions
from limits.errors import StorageError

import storage
from auth.rate_limits import MemoryStorage
from models import Role
from server import create_app
from settings import DEFAULT_RATE_LIMITS, Settings
from tests.support.app import SECRET, TestApp, needs, running_app
from tests.support.serving import PATIENCE, serving, socket_of

pytestmark = pytest.mark.anyio

INTRODUCE = """mutation($name: String!) { introduce(input: {givenName: $name}) {
  __typename ... on IntroducePayload { accessToken } ... on Problem { code message retryAfterSeconds } } }"""
VOTE = """mutation($id: ID!) { castVote(input: {commentId: $id, direction: UP}) {
  __typename ... on Problem { code retryAfterSeconds } } }"""

REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/15")


async def introduced(site: TestApp, ip: str = "203.0.113.7", app: Any = None) -> str:
    """Introduce a visitor from an IP address, and return "ok" or the code of the Problem."""
    transport = httpx2.ASGITransport(app=app or site.app, client=(ip, 50_000))
    async with httpx2.AsyncClient(transport=transport, base_url="http://groundswell.test") as http:
        answer = await http.post("/graphql", json={"query": INTRODUCE, "variables": {"name": "Ada"}})
    return str(answer.json()["data"]["introduce"].get("code", "ok"))


async def voted(site: TestApp, token: str, comment: str) -> str:
    """Vote on a comment, and return "ok" or the code of the Problem."""
    return str((await site.do("castVote", "__typename", token, commentId=comment, direction="UP")).get("code", "ok"))


@asynccontextmanager
async def discussed(*rates: str, **changes: Any) -> AsyncIterator[tuple[TestApp, str]]:
    """Run a site with these rates, and yield it with a comment to vote on."""
    async with running_app(rate_limits=rates, **changes) as site:
        comment = await site.comment(await site.campaign(), await site.guest("Some Body"))
        yield site, comment


# ---------------------------------------------------------------- refusals


async def test_exceeding_rate_is_refused_with_retry_time() -> None:
    async with running_app(rate_limits=("introduce=2/minute",)) as site:
        answers = [await site.ask(INTRODUCE, name="Ada") for _ in range(3)]

    *first, last = [answer["introduce"] for answer in answers]
    assert [payload["__typename"] for payload in first] == ["IntroducePayload"] * 2
    assert (last["__typename"], last["code"]) == ("Problem", "RATE_LIMITED")
    assert 1 <= last["retryAfterSeconds"] <= 60
    assert str(last["retryAfterSeconds"]) in last["message"]


async def test_waiting_restores_rate() -> None:
    async with running_app(rate_limits=("introduce=1/second",)) as site:
        async with asyncio.timeout(PATIENCE):
            while await introduced(site) == "ok":  # until two are in one second
                pass

            while await introduced(site) != "ok":  # noqa: ASYNC110
                await asyncio.sleep(0.05)


async def test_refused_mutation_writes_nothing() -> None:
    async with discussed("castVote=1/minute") as (site, comment):
        guest = await site.guest()
        assert await voted(site, guest, comment) == "ok"

        down = await site.do("castVote", "__typename", guest, commentId=comment, direction="DOWN")

        query = "query($id: ID!) { node(id: $id) { ... on Comment { votes { up down } } } }"
        assert down["code"] == "RATE_LIMITED"
        assert (await site.ask(query, id=comment))["node"]["votes"] == {"up": 1, "down": 0}


async def test_every_mutation_in_document_is_counted() -> None:
    three = "mutation { " + " ".join(
        f'{name}: introduce(input: {{givenName: "Ada"}}) {{ ... on Problem {{ code }} }}' for name in "abc"
    )
    async with running_app(rate_limits=("introduce=2/minute",)) as site:
        answer = await site.ask(three + " }")

    assert answer == {"a": {}, "b": {}, "c": {"code": "RATE_LIMITED"}}


async def test_queries_are_not_counted() -> None:
    async with running_app(rate_limits=("address=1/minute",)) as site:
        for _ in range(3):
            assert "errors" not in await site.post("{ campaigns { totalCount } }")

        assert await introduced(site) == "ok"


async def test_socket_shares_http_count() -> None:
    async with discussed("castVote=1/minute") as (site, comment), serving(site) as netloc:
        guest = await site.guest()
        assert await voted(site, guest, comment) == "ok"

        async with socket_of(netloc, guest) as client:
            answer = await (await client.run(VOTE, id=comment)).data()

    assert answer["castVote"]["code"] == "RATE_LIMITED"


# ---------------------------------------------------------------- counting


async def test_viewer_rate_counts_all_mutations() -> None:
    async with discussed("viewer=2/minute", "castVote=10/minute") as (site, comment):
        busy, other = await site.guest("Ada"), await site.guest("Grace")
        assert [await voted(site, busy, comment) for _ in range(2)] == ["ok", "ok"]

        reaction = await site.do("addReaction", "__typename", busy, commentId=comment, kind="HEART")

        assert reaction["code"] == "RATE_LIMITED"
        assert await voted(site, other, comment) == "ok"


async def test_mutation_rate_counts_by_viewer() -> None:
    async with discussed("castVote=1/minute") as (site, comment):
        busy, other = await site.guest("Ada"), await site.guest("Grace")
        assert [await voted(site, busy, comment) for _ in range(2)] == ["ok", "RATE_LIMITED"]

        reaction = await site.do("addReaction", "__typename", busy, commentId=comment, kind="HEART")

        assert reaction["__typename"] == "AddReactionPayload"
        assert await voted(site, other, comment) == "ok"


async def test_network_rate_counts_all_its_viewers() -> None:
    async with discussed("address=7/minute") as (site, comment):  # `discussed` and `guest` send six mutations
        viewers = [await site.guest(), await site.guest()]

        assert [await voted(site, viewer, comment) for viewer in viewers] == ["ok", "RATE_LIMITED"]


async def test_key_has_no_network_or_mutation_rate() -> None:
    rates = ("key=2/minute", "address=4/minute", "viewer=100/minute", "introduce=3/minute")
    async with running_app(rate_limits=rates) as site:
        admin = await site.staff(Role.ADMIN)
        keys = [(await site.do("createApiKey", "key", admin, name="Friends", scopes=["READ"]))["key"] for _ in range(2)]

        codes = [
            [(await site.ask(INTRODUCE, key, name="Ada"))["introduce"].get("code") for _ in range(3)] for key in keys
        ]

        assert codes == [[None, None, "RATE_LIMITED"]] * 2
        assert [await introduced(site, "127.0.0.1") for _ in range(3)] == ["ok", "ok", "RATE_LIMITED"]


@pytest.mark.parametrize(
    ("ip", "neighbour", "stranger"),
    [
        ("203.0.113.7", "203.0.113.250", "203.0.114.7"),
        ("2001:db8:7::1", "2001:db8:7:ffff::2", "2001:db8:8::1"),
        ("::ffff:203.0.113.7", "203.0.113.8", "::ffff:203.0.114.7"),
    ],
)
async def test_ips_of_one_network_are_counted_together(ip: str, neighbour: str, stranger: str) -> None:
    """A network is a /24 of IPv4 or a /48 of IPv6."""
    async with running_app(rate_limits=("address=1/minute",)) as site:
        assert await introduced(site, ip) == "ok"

        assert await introduced(site, neighbour) == "RATE_LIMITED"
        assert await introduced(site, stranger) == "ok"


async def test_nothing_is_limited_without_rates() -> None:
    async with running_app(rate_limits=()) as site:
        assert {await introduced(site) for _ in range(20)} == {"ok"}


RATE_LIMIT = "{ rateLimit { limit remaining resetAt cost } }"


async def test_query_returns_remaining_rate() -> None:
    async with discussed("viewer=5/minute") as (site, comment):
        guest = await site.guest()
        await voted(site, guest, comment)
        before = storage.now()

        status = (await site.ask(RATE_LIMIT, guest))["rateLimit"]

    assert (status["limit"], status["remaining"], status["cost"]) == (5, 4, 1)
    assert before < datetime.fromisoformat(status["resetAt"]) <= before + timedelta(minutes=1)


async def test_query_for_rate_is_not_counted() -> None:
    async with running_app(rate_limits=("address=5/minute",)) as site:
        remaining = [(await site.ask(RATE_LIMIT))["rateLimit"]["remaining"] for _ in range(3)]

    assert remaining == [5, 5, 5]


async def test_remaining_is_never_negative() -> None:
    async with running_app(rate_limits=("address=1/minute",)) as site:
        for _ in range(3):
            await site.ask(INTRODUCE, name="Ada")

        assert (await site.ask(RATE_LIMIT))["rateLimit"]["remaining"] == 0


@pytest.mark.parametrize("rates", [(), ("introduce=1/minute",), ("key=5/minute",)])
async def test_limit_is_null_where_no_limit_applies(rates: tuple[str, ...]) -> None:
    async with running_app(rate_limits=rates) as site:
        moderator, before = await site.staff(), storage.now()
        statuses = [(await site.ask(RATE_LIMIT, token))["rateLimit"] for token in (None, moderator)]

    for status in statuses:
        assert (status["limit"], status["remaining"], status["cost"]) == (None, None, 1)
        assert before <= datetime.fromisoformat(status["resetAt"]) <= storage.now()


async def test_limit_applies_to_its_kind_of_viewer_only() -> None:
    async with running_app(rate_limits=("viewer=3/minute",)) as site:
        anonymous, moderator = [
            (await site.ask(RATE_LIMIT, token))["rateLimit"] for token in (None, await site.staff())
        ]

    assert (anonymous["limit"], anonymous["remaining"]) == (None, None)
    assert (moderator["limit"], moderator["remaining"]) == (3, 3)


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        (("viewer=9/minute", "address=20/minute"), (9, 8)),
        (("viewer=9/minute", "address=8/minute"), (8, 2)),
        (("address=8/minute",), (8, 2)),
    ],
)
async def test_remaining_is_of_the_rate_that_is_exhausted_first(
    rates: tuple[str, ...], expected: tuple[int, int]
) -> None:
    """The rate of the network limits a person as well."""
    async with discussed(*rates) as (site, comment):  # `discussed` and `guest` send five mutations
        guest = await site.guest()
        await voted(site, guest, comment)

        status = (await site.ask(RATE_LIMIT, guest))["rateLimit"]

    assert (status["limit"], status["remaining"]) == expected


# ---------------------------------------------------------------- in memory


async def test_expired_counters_are_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MemoryStorage, "SWEEP_SECONDS", -1.0)  # at every hit
    async with running_app(rate_limits=("introduce=1/second",)) as site:
        counters = site.groundswell.rate_limits._storage
        await introduced(site, "203.0.113.7")
        (counter,) = counters._counters
        async with asyncio.timeout(PATIENCE):
            while counter in counters._counters:
                await introduced(site, "198.51.100.7")
                await asyncio.sleep(0.05)


# ---------------------------------------------------------------- in Redis


@asynccontextmanager
async def shared(url: str) -> AsyncIterator[tuple[TestApp, Any]]:
    """Run a site and a second application on one storage, with a secret key that no earlier test has used."""
    rates = ("introduce=2/minute",)
    async with running_app(rate_limits=rates, rate_limit_storage=url, secret_key=secrets.token_hex()) as site:
        other = create_app(site.settings)
        try:
            yield site, other
        finally:
            await other.state.groundswell.rate_limits.close()


def needs_redis() -> None:
    url = urlsplit(REDIS_URL)
    with socket.socket() as probe:
        probe.settimeout(1)
        answers = probe.connect_ex((url.hostname or "127.0.0.1", url.port or 6379)) == 0
    needs(answers, f"no Redis answers at {REDIS_URL}: set REDIS_URL")


async def test_processes_on_one_redis_share_counts() -> None:
    needs_redis()
    async with shared(REDIS_URL) as (site, other):
        first, second = await introduced(site), await introduced(site, app=other)

        assert (first, second) == ("ok", "ok")
        assert await introduced(site) == await introduced(site, app=other) == "RATE_LIMITED"


async def test_redis_keys_contain_no_ip() -> None:
    needs_redis()
    async with shared(REDIS_URL) as (site, _), redis.asyncio.from_url(REDIS_URL) as store:
        before = set(await store.keys("LIMITS:*"))
        await introduced(site, "203.0.113.7")

        (key,) = set(await store.keys("LIMITS:*")) - before

    assert re.search(rb"introduce/address/[0-9a-f]{32}/", key)
    assert b"203.0.113" not in key


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[int]:
    """Run a server that answers whatever it is sent with the same bytes, and return its port."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1_000):
            writer.write(answer)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def assert_counted_in_the_process(url: str, reason: str, caplog: pytest.LogCaptureFixture) -> None:
    async with shared(url) as (site, _):
        answers = [await introduced(site) for _ in range(4)]

    assert answers == ["ok", "ok", "RATE_LIMITED", "RATE_LIMITED"]
    (record,) = [record for record in caplog.records if record.name == "groundswell.rate_limits"]
    assert reason in record.getMessage()
    assert "s3cret" not in caplog.text


async def test_storage_that_is_away_is_replaced_by_memory(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    await assert_counted_in_the_process(f"redis://:s3cret@127.0.0.1:{port}/0", "does not answer", caplog)


@pytest.mark.parametrize(
    "answer",
    [
        b"-WRONGPASS invalid username-password pair s3cret\r\n",
        b"-NOAUTH Authentication required s3cret\r\n",
        b"-NOPERM no permissions\r\n",
        b"-OOM command not allowed when used memory > 'maxmemory'\r\n",
        b"HTTP/1.1 400 Bad Request\r\nserver: s3cret\r\n\r\n",
        b"220 mail.test ESMTP\r\n",
        b"*1\r\n$3\r\nabc\r\n",
    ],
    ids=["wrong password", "no password", "no permission", "no memory", "HTTP", "SMTP", "another answer"],
)
async def test_storage_that_refuses_is_replaced_by_memory(answer: bytes, caplog: pytest.LogCaptureFixture) -> None:
    async with answering(answer) as port:
        await assert_counted_in_the_process(f"redis://:s3cret@127.0.0.1:{port}/0", "refuses, or is no Redis", caplog)


async def test_storage_that_comes_back_counts_again(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs_redis()
    monkeypatch.setattr("auth.rate_limits.RETRY_SECONDS", 0.0)
    async with shared(REDIS_URL) as (site, other):
        storage = site.groundswell.rate_limits._storage
        with monkeypatch.context() as broken:
            broken.setattr(storage, "incr", _away)
            assert await introduced(site) == "ok"
        assert [await introduced(site), await introduced(site, app=other)] == ["ok", "ok"]
        assert await introduced(site) == "RATE_LIMITED"

    messages = [record.getMessage() for record in caplog.records if record.name == "groundswell.rate_limits"]
    assert ["does not answer" in messages[0], "answers again" in messages[1], len(messages)] == [True, True, 2]


async def _away(*_: Any, **__: Any) -> int:
    raise StorageError(redis.exceptions.ConnectionError("away"))


# ---------------------------------------------------------------- settings


@pytest.mark.parametrize(
    "changes",
    [
        {"rate_limits": ("postComments=2/minute",)},
        {"rate_limits": ("postComment=often",)},
        {"rate_limits": ("postComment",)},
        {"rate_limits": ("2/minute",)},
        {"rate_limit_storage": "mongodb://127.0.0.1/none"},
        {"rate_limit_storage": "redis://nowhere"},
        {"rate_limit_storage": "nonsense"},
    ],
)
def test_invalid_settings_stop_start_up(changes: dict[str, Any]) -> None:
    with pytest.raises(SystemExit, match=next(iter(changes)).upper()):
        create_app(replace(Settings(), secret_key=SECRET, **changes))


async def test_default_rates_apply_without_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RATE_LIMITS", raising=False)

    async with running_app(rate_limits=Settings().rate_limits) as site:
        async with asyncio.timeout(PATIENCE):
            while await introduced(site) == "ok":
                pass


async def test_default_rate_limits_signatures_of_network() -> None:
    """A network and each of its viewers may sign 30 times a minute by default."""
    rates = tuple(rate for rate in DEFAULT_RATE_LIMITS if rate.startswith("signPetition"))
    async with running_app(rate_limits=rates) as site:
        campaign = await site.campaign()
        token = (await site.sign(campaign))["accessToken"]
        for index in range(29):
            await site.sign(campaign, f"signer-{index}@example.org")

        given = {"campaignId": campaign, "givenName": "Ada", "email": "ada@example.org"}
        answers = [await site.do("signPetition", "replayed", bearer, **given) for bearer in (None, token)]

    assert [answer["__typename"] for answer in answers] == ["Problem", "SignPetitionPayload"]
    assert answers[0]["code"] == "RATE_LIMITED"


async def test_rate_limits_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RATE_LIMITS", "off")

    assert Settings().rate_limits == ()
