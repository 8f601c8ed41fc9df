"""Group commit: concurrent writes share a commit, each is atomic, and each returns after its commit."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from typing import Any

import aiosqlite
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tortoise.connection import get_connection
from tortoise.exceptions import IntegrityError, OperationalError

import storage
from models import Supporter
from storage.database import Statement
from tests.storage.test_sqlite import file_of, names
from tests.support.app import ON_POSTGRES, TestApp, running_app

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(ON_POSTGRES, reason="about SQLite's commits")]

ORPHAN = Statement("UPDATE profiles SET supporter_id = 999 RETURNING id")
WHOLE = Statement("UPDATE supporters SET display_name = upper(display_name) RETURNING id")


@pytest.fixture
async def site() -> AsyncIterator[TestApp]:
    async with running_app() as site:
        await site.guest("Ada Byron")  # the first commit waits for the disk
        yield site


class Failure(Exception):
    pass


def writer() -> aiosqlite.Connection:
    connection: aiosqlite.Connection = get_connection("default")._connection
    return connection


@contextlib.contextmanager
def commits() -> Any:
    """Record the BEGIN and COMMIT statements of the block."""
    seen: list[str] = []
    writer()._conn.set_trace_callback(lambda text: seen.append(text) if text.startswith(("BEGIN", "COMMIT")) else None)
    try:
        yield seen
    finally:
        writer()._conn.set_trace_callback(None)


async def add(name: str, fails: bool = False) -> None:
    async with storage.transaction():
        await storage.add(Supporter, display_name=name)
        if fails:
            raise Failure


async def together(*writing: Any) -> list[Any]:
    return await asyncio.gather(*writing, return_exceptions=True)


async def test_concurrent_writes_share_a_commit(site: TestApp) -> None:
    with commits() as seen:
        await together(*(add(str(number)) for number in range(10)))

    assert seen == ["BEGIN IMMEDIATE", "COMMIT"]
    assert await names() == ["Ada B.", *map(str, range(10))]


async def test_sequential_writes_commit_separately(site: TestApp) -> None:
    with commits() as seen:
        await add("1")
        await add("2")

    assert seen == ["BEGIN IMMEDIATE", "COMMIT"] * 2


@given(st.lists(st.booleans(), min_size=1, max_size=8))
def test_failed_write_rolls_back_alone(fails: list[bool]) -> None:
    async def run() -> None:
        async with running_app() as site:
            await site.guest("Ada Byron")
            outcomes = await together(*(add(str(number), fail) for number, fail in enumerate(fails)))

            assert [isinstance(outcome, Failure) for outcome in outcomes] == fails
            assert await names() == ["Ada B.", *(str(number) for number, fail in enumerate(fails) if not fail)]

    asyncio.run(run())


async def test_refused_statement_rolls_back_its_write_alone(site: TestApp) -> None:
    async def orphan() -> None:
        async with storage.transaction():
            await storage.fetch(WHOLE)
            await storage.fetch(ORPHAN)

    outcomes = await together(add("before"), orphan(), add("after"))

    assert [type(outcome) for outcome in outcomes] == [type(None), IntegrityError, type(None)]
    assert await names() == ["Ada B.", "before", "after"]


async def test_write_returns_after_its_commit(site: TestApp) -> None:
    seen: list[int] = []
    with contextlib.closing(sqlite3.connect(file_of(site))) as other:

        async def tell(name: str) -> None:
            await add(name)
            seen.append(other.execute("SELECT count(*) FROM supporters").fetchone()[0])

        await together(tell("1"), tell("2"), tell("3"))

    assert seen == [4, 4, 4]


async def test_uncommitted_write_is_not_read(site: TestApp) -> None:
    read: list[list[str]] = []

    async def look() -> None:
        read.append(await names())

    await together(add("1"), look(), add("2"), look())

    assert read == [["Ada B."], ["Ada B."]]


async def test_failed_commit_fails_every_write_in_it(site: TestApp) -> None:
    async def orphan() -> None:
        async with storage.transaction():
            writer()._conn.execute("PRAGMA defer_foreign_keys=ON")  # SQLite looks for the parents at the commit
            await storage.fetch(ORPHAN)

    outcomes = await together(add("1"), orphan(), add("2"))

    assert [type(outcome) for outcome in outcomes] == [OperationalError] * 3
    assert await names() == ["Ada B."]
    await add("3")
    assert await names() == ["Ada B.", "3"]


async def test_rollback_by_sqlite_fails_every_write(site: TestApp) -> None:
    async def broken() -> None:
        async with storage.transaction():
            writer()._conn.execute("ROLLBACK")  # as it does when the disk is full
            raise Failure

    outcomes = await together(add("1"), broken(), add("2"))

    assert [type(outcome) for outcome in outcomes] == [OperationalError, Failure, type(None)]
    assert await names() == ["Ada B.", "2"]


async def test_write_that_continues_after_rollback_by_sqlite_fails(site: TestApp) -> None:
    async def unaware() -> None:
        async with storage.transaction():
            writer()._conn.execute("ROLLBACK")

    outcomes = await together(unaware(), add("1"))
    later = await together(add("2"), unaware(), add("3"))

    assert [type(outcome) for outcome in outcomes] == [OperationalError, type(None)]
    assert [type(outcome) for outcome in later] == [OperationalError, OperationalError, type(None)]
    assert await names() == ["Ada B.", "1", "3"]


async def test_finished_write_commits_though_its_task_is_cancelled(site: TestApp) -> None:
    gone, stays = asyncio.create_task(add("1")), asyncio.create_task(add("2"))
    while not writer().in_transaction:  # noqa: ASYNC110
        await asyncio.sleep(0)
    gone.cancel()
    outcomes = await together(gone, stays)

    assert [type(outcome) for outcome in outcomes] == [asyncio.CancelledError, type(None)]
    assert await names() == ["Ada B.", "1", "2"]


async def test_long_write_shares_its_commit(site: TestApp) -> None:
    goes_on = asyncio.Event()

    async def slow() -> None:
        async with storage.transaction():
            await storage.add(Supporter, display_name="slow")
            await goes_on.wait()

    writing = [asyncio.create_task(work) for work in (add("1"), slow(), add("2"))]
    for _ in range(20):
        await asyncio.sleep(0)
    before = await names()
    goes_on.set()
    await asyncio.gather(*writing)

    assert (before, await names()) == (["Ada B."], ["Ada B.", "1", "slow", "2"])


async def test_pending_writes_commit_before_close(site: TestApp) -> None:
    writing = asyncio.create_task(add("1"))
    while not writer().in_transaction:  # noqa: ASYNC110
        await asyncio.sleep(0)
    await storage.close()
    await writing

    with contextlib.closing(sqlite3.connect(file_of(site))) as file:
        assert file.execute("SELECT count(*) FROM supporters").fetchone() == (2,)


async def test_failed_checkpoint_is_logged_and_loses_nothing(
    site: TestApp, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(storage.group_commit, "CHECKPOINT_AFTER_ROWS", 1)
    plain = aiosqlite.Connection.execute_fetchall

    def fails(self: aiosqlite.Connection, text: str, *given: Any) -> Any:
        if text == "PRAGMA wal_checkpoint":
            raise sqlite3.OperationalError("disk I/O error")
        return plain(self, text, *given)

    monkeypatch.setattr(aiosqlite.Connection, "execute_fetchall", fails)
    await add("1")
    assert await names() == ["Ada B.", "1"]
    assert "can't be written back" in caplog.text
