"""Writes that come together share a commit: each is whole or not there, and nobody is answered before it is kept."""

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
    """The texts of what begins and ends transactions meanwhile."""
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


async def test_writes_of_one_moment_are_one_commit(site: TestApp) -> None:
    with commits() as seen:
        await together(*(add(str(number)) for number in range(10)))

    assert seen == ["BEGIN IMMEDIATE", "COMMIT"]
    assert await names() == ["Ada B.", *map(str, range(10))]


async def test_writes_one_after_another_are_a_commit_each(site: TestApp) -> None:
    with commits() as seen:
        await add("1")
        await add("2")

    assert seen == ["BEGIN IMMEDIATE", "COMMIT"] * 2


@given(st.lists(st.booleans(), min_size=1, max_size=8))
def test_a_write_that_fails_takes_back_its_own_and_no_other(fails: list[bool]) -> None:
    async def run() -> None:
        async with running_app() as site:
            await site.guest("Ada Byron")
            outcomes = await together(*(add(str(number), fail) for number, fail in enumerate(fails)))

            assert [isinstance(outcome, Failure) for outcome in outcomes] == fails
            assert await names() == ["Ada B.", *(str(number) for number, fail in enumerate(fails) if not fail)]

    asyncio.run(run())


async def test_a_statement_that_is_refused_takes_back_its_write_alone(site: TestApp) -> None:
    async def orphan() -> None:
        async with storage.transaction():
            await storage.fetch(WHOLE)
            await storage.fetch(ORPHAN)

    outcomes = await together(add("before"), orphan(), add("after"))

    assert [type(outcome) for outcome in outcomes] == [type(None), IntegrityError, type(None)]
    assert await names() == ["Ada B.", "before", "after"]


async def test_nobody_is_answered_before_the_commit(site: TestApp) -> None:
    seen: list[int] = []
    with contextlib.closing(sqlite3.connect(file_of(site))) as other:

        async def tell(name: str) -> None:
            await add(name)
            seen.append(other.execute("SELECT count(*) FROM supporters").fetchone()[0])

        await together(tell("1"), tell("2"), tell("3"))

    assert seen == [4, 4, 4]


async def test_what_waits_for_its_commit_is_not_read(site: TestApp) -> None:
    read: list[list[str]] = []

    async def look() -> None:
        read.append(await names())

    await together(add("1"), look(), add("2"), look())

    assert read == [["Ada B."], ["Ada B."]]


async def test_a_commit_that_fails_is_told_to_everyone_in_it(site: TestApp) -> None:
    async def orphan() -> None:
        async with storage.transaction():
            writer()._conn.execute("PRAGMA defer_foreign_keys=ON")  # SQLite looks for the parents at the commit
            await storage.fetch(ORPHAN)

    outcomes = await together(add("1"), orphan(), add("2"))

    assert [type(outcome) for outcome in outcomes] == [OperationalError] * 3
    assert await names() == ["Ada B."]
    await add("3")
    assert await names() == ["Ada B.", "3"]


async def test_where_sqlite_takes_back_all_by_itself_nobody_is_told_it_was_kept(site: TestApp) -> None:
    async def broken() -> None:
        async with storage.transaction():
            writer()._conn.execute("ROLLBACK")  # as it does when the disk is full
            raise Failure

    outcomes = await together(add("1"), broken(), add("2"))

    assert [type(outcome) for outcome in outcomes] == [OperationalError, Failure, type(None)]
    assert await names() == ["Ada B.", "2"]


async def test_a_write_that_goes_on_after_sqlite_took_back_all_is_not_told_it_was_kept(site: TestApp) -> None:
    async def unaware() -> None:
        async with storage.transaction():
            writer()._conn.execute("ROLLBACK")

    outcomes = await together(unaware(), add("1"))
    later = await together(add("2"), unaware(), add("3"))

    assert [type(outcome) for outcome in outcomes] == [OperationalError, type(None)]
    assert [type(outcome) for outcome in later] == [OperationalError, OperationalError, type(None)]
    assert await names() == ["Ada B.", "1", "3"]


async def test_a_write_that_nobody_waits_for_any_more_is_kept(site: TestApp) -> None:
    gone, stays = asyncio.create_task(add("1")), asyncio.create_task(add("2"))
    while not writer().in_transaction:  # noqa: ASYNC110
        await asyncio.sleep(0)
    gone.cancel()
    outcomes = await together(gone, stays)

    assert [type(outcome) for outcome in outcomes] == [asyncio.CancelledError, type(None)]
    assert await names() == ["Ada B.", "1", "2"]


async def test_a_long_write_shares_its_commit_and_loses_nobody(site: TestApp) -> None:
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


async def test_what_is_kept_is_committed_before_the_database_is_closed(site: TestApp) -> None:
    writing = asyncio.create_task(add("1"))
    while not writer().in_transaction:  # noqa: ASYNC110
        await asyncio.sleep(0)
    await storage.close()
    await writing

    with contextlib.closing(sqlite3.connect(file_of(site))) as file:
        assert file.execute("SELECT count(*) FROM supporters").fetchone() == (2,)


async def test_a_log_that_cannot_be_written_back_is_reported_and_stays(
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
