"""The server as a process: health, settings, shutdown, and several servers on one database."""

import asyncio
import contextlib
import os
import signal
import sqlite3
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import httpx2
import pytest

from server import create_app, create_schema
from settings import Settings
from tests.support.app import ON_POSTGRES, SECRET, TestApp, database, running_app
from tests.support.serving import PATIENCE, Process, process, socket_of

pytestmark = pytest.mark.anyio

INTRODUCE = 'mutation { introduce(input: {givenName: "Ada"}) { ... on IntroducePayload { accessToken } } }'
FOLLOW = "subscription($id: ID!) { activity(campaignId: $id) { cursor } }"


@asynccontextmanager
async def site_of(settings: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    """Run an application with these settings, and yield a client."""
    app = create_app(settings)
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://groundswell.test") as http,
    ):
        yield http


# ---------------------------------------------------------------- health


async def test_healthz_answers(site: TestApp) -> None:
    answer = await site.http.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_migrated_database_is_ready(site: TestApp) -> None:
    answer = await site.http.get("/readyz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


async def test_schema_is_served_as_sdl(site: TestApp) -> None:
    answer = await site.http.get("/schema.graphql")

    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text == create_schema(site.settings).as_str() + "\n"


async def test_server_without_introspection_serves_no_schema(tmp_path: Path) -> None:
    settings = replace(Settings(), database_url=f"sqlite://{tmp_path}/empty.db", secret_key=SECRET, introspection=False)
    async with site_of(settings) as http:
        answer = await http.get("/schema.graphql")

    assert answer.status_code == 404


async def test_database_without_tables_is_not_ready(tmp_path: Path) -> None:
    settings = replace(Settings(), database_url=f"sqlite://{tmp_path}/empty.db", secret_key=SECRET)
    async with site_of(settings) as http:
        answer = await http.get("/readyz")

        assert answer.status_code == 503
        assert "cli.py migrate" in answer.json()["status"]


async def test_process_without_tables_is_healthy(tmp_path: Path) -> None:
    settings = replace(Settings(), database_url=f"sqlite://{tmp_path}/empty.db", secret_key=SECRET)
    async with site_of(settings) as http:
        answer = await http.get("/healthz")

        assert answer.status_code == 200


@pytest.mark.skipif(not ON_POSTGRES, reason="a file can't go away while it is open")
async def test_unreachable_database_is_not_ready(caplog: pytest.LogCaptureFixture) -> None:
    async with running_app() as site:
        base, _, name = site.settings.database_url.rpartition("/")
        admin = await asyncpg.connect(f"{base}/postgres")
        try:
            await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            await admin.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
            answer = await site.http.get("/readyz")
            await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
            again = await site.http.get("/readyz")
        finally:
            await admin.close()

        assert (answer.status_code, answer.json()) == (503, {"status": "the database does not answer"})
        assert again.status_code == 200


async def test_unknown_path_is_not_found(site: TestApp) -> None:
    answer = await site.http.get("/no/such/page")

    assert answer.status_code == 404


# ---------------------------------------------------------------- settings


async def test_environment_sets_host_port_and_database_url(tmp_path: Path) -> None:
    async with database() as url, process(url, host="127.0.0.2") as served, httpx2.AsyncClient() as http:
        answer = await http.get(f"{served.url}/readyz")

        assert served.netloc.startswith("127.0.0.2:")
        assert answer.status_code == 200


async def test_serve_creates_a_missing_database(tmp_path: Path) -> None:
    async with process(f"sqlite://{tmp_path}/deep/new.db") as served, httpx2.AsyncClient() as http:
        answer = await http.get(f"{served.url}/readyz")

        assert answer.status_code == 200
        assert (tmp_path / "deep" / "new.db").exists()


async def test_permalinks_use_public_url() -> None:
    async with running_app(public_url="https://act.example.org/") as site:
        campaign = await site.campaign(slug="a-campaign")
        answer = await site.ask("query($id: ID!) { campaign(id: $id) { url } }", id=campaign)

        assert answer["campaign"]["url"] == "https://act.example.org/campaigns/a-campaign"


@pytest.mark.parametrize("umask", [0o022, 0o000])
def test_key_file_is_private(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        key = Settings(database_url=f"sqlite://{tmp_path}/test.db", secret_key="").key
    finally:
        os.umask(before)

    kept = tmp_path / "test.db.key"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert len(key) == 32


def test_key_file_is_reused(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite://{tmp_path}/test.db", secret_key="")

    first, second = settings.key, replace(settings).key

    assert first == second


def test_each_sqlite_file_has_its_own_key(tmp_path: Path) -> None:
    keys = {Settings(database_url=f"sqlite://{tmp_path}/{name}.db", secret_key="").key for name in "ab"}

    assert len(keys) == 2


def test_postgresql_requires_secret_key() -> None:
    with pytest.raises(SystemExit, match="SECRET_KEY"):
        _ = Settings(database_url="postgres://127.0.0.1/none", secret_key="").key


def test_unreadable_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "eighty")

    with pytest.raises(SystemExit, match="PORT='eighty'"):
        Settings()


# ---------------------------------------------------------------- stopping


async def settled(http: httpx2.AsyncClient, served: Process) -> None:
    """Wait until the server has read all earlier requests: these requests follow in the same event loop."""
    for _ in range(3):
        assert (await http.get(f"{served.url}/healthz")).status_code == 200


@asynccontextmanager
async def writers_wait(url: str) -> AsyncIterator[None]:
    """Lock the database against other writers."""
    if ON_POSTGRES:
        other = await asyncpg.connect(url)
        try:
            async with other.transaction():
                await other.execute("LOCK TABLE supporters IN EXCLUSIVE MODE")
                yield
        finally:
            await other.close()
    else:
        with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite://"), isolation_level=None)) as file:
            file.execute("BEGIN IMMEDIATE")
            yield
            file.execute("ROLLBACK")


async def test_request_in_flight_is_answered_at_shutdown() -> None:
    async with running_app() as site:
        url = site.settings.database_url
        async with process(url) as served, httpx2.AsyncClient(timeout=PATIENCE) as http:
            async with writers_wait(url):
                post = http.post(f"{served.url}/graphql", json={"query": INTRODUCE})
                waiting = asyncio.create_task(post)
                await asyncio.sleep(0)
                async with httpx2.AsyncClient() as other:
                    await settled(other, served)
                served.process.send_signal(signal.SIGTERM)
                await refuses_new(served)
                assert not waiting.done()
            answer = await waiting

            assert answer.json()["data"]["introduce"]["accessToken"]
            assert await served.ended() == 0


async def refuses_new(served: Process) -> None:
    """Wait until the server has received the signal, and refuses connections."""
    host, _, port = served.netloc.partition(":")
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                _, writer = await asyncio.open_connection(host, int(port))
            except OSError:
                return
            writer.close()
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("given", [signal.SIGTERM, signal.SIGINT])
async def test_shutdown_closes_subscriptions(given: signal.Signals) -> None:
    async with running_app() as site:
        campaign = await site.campaign()
        async with process(site.settings.database_url) as served, socket_of(served.netloc) as client:
            await client.run(FOLLOW, id=campaign)
            await (await client.run("{ viewer { role } }")).data()

            served.process.send_signal(given)

            assert await client.closed() in (1001, 1012)
            assert await served.ended() == 0


async def test_idle_process_stops() -> None:
    async with database() as url, process(url) as served:
        served.process.send_signal(signal.SIGTERM)

        assert await served.ended() == 0


async def test_keep_alive_connection_does_not_block_shutdown() -> None:
    async with database() as url, process(url) as served, httpx2.AsyncClient() as http:
        await http.get(f"{served.url}/healthz")

        served.process.send_signal(signal.SIGTERM)

        assert await served.ended() == 0


# ---------------------------------------------------------------- several processes


async def test_two_processes_write_to_one_database() -> None:
    async with running_app() as site:
        campaign, guest = await site.campaign(), await site.guest()
        post = """mutation($id: ID!, $body: String!) {
          postComment(input: {campaignId: $id, body: $body}) { __typename } }"""
        async with (
            process(site.settings.database_url) as one,
            process(site.settings.database_url) as two,
            httpx2.AsyncClient(timeout=PATIENCE, headers={"authorization": f"Bearer {guest}"}) as http,
        ):

            async def write(served: Process, number: int) -> Any:
                variables = {"id": campaign, "body": f"Number {number}"}
                answer = await http.post(f"{served.url}/graphql", json={"query": post, "variables": variables})
                return answer.json()

            answers = await asyncio.gather(*(write(served, n) for n in range(40) for served in (one, two)))

            assert answers == [{"data": {"postComment": {"__typename": "PostCommentPayload"}}}] * 80
        count = "query($id: ID!) { campaign(id: $id) { commentStats { threadCount } activity { nodes { id } } } }"
        counted = await site.ask(count, id=campaign)
        assert counted["campaign"]["commentStats"]["threadCount"] == 80


async def test_subscribers_follow_writes_of_another_process() -> None:
    async with running_app() as site:
        campaign, guest = await site.campaign(), await site.guest()
        cursors = "query($id: ID!) { campaign(id: $id) { activity { pageInfo { startCursor } } } }"
        page = (await site.ask(cursors, id=campaign))["campaign"]["activity"]["pageInfo"]
        follow = (
            "subscription($id: ID!, $after: String) { activity(campaignId: $id, after: $after) { activity { kind } } }"
        )
        async with (
            process(site.settings.database_url, LIVE_POLL_SECONDS=0.05) as served,
            socket_of(served.netloc) as client,
        ):
            told = await client.run(follow, id=campaign, after=page["startCursor"])
            await site.comment(campaign, guest)

            assert (await told.event())["activity"]["kind"] == "COMMENTED"


async def test_token_is_valid_in_another_process() -> None:
    async with database() as url, process(url) as one, process(url) as two, httpx2.AsyncClient() as http:
        made = await http.post(f"{one.url}/graphql", json={"query": INTRODUCE})
        token = made.json()["data"]["introduce"]["accessToken"]

        answer = await http.post(
            f"{two.url}/graphql",
            json={"query": "{ viewer { role } }"},
            headers={"authorization": f"Bearer {token}"},
        )

        assert answer.json() == {"data": {"viewer": {"role": "GUEST"}}}
