"""SQLite on the event loop: nothing blocks, reads see only committed rows, and the log's size is bounded."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path

import pytest
from tortoise.connection import get_connection
from tortoise.exceptions import OperationalError

import storage
from models import Supporter
from storage import group_commit
from storage.database import Statement
from tests.support.app import ON_POSTGRES, TestApp

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(ON_POSTGRES, reason="about SQLite's connections")]

NAMES = Statement("SELECT display_name FROM supporters ORDER BY id")
RENAME = Statement("UPDATE supporters SET display_name = $1 RETURNING id")


def file_of(site: TestApp) -> Path:
    return Path(site.settings.database_url.removeprefix("sqlite://"))


async def names() -> list[str]:
    return [row[0] for row in await storage.fetch(NAMES)]


async def test_uncommitted_rows_are_not_read(site: TestApp) -> None:
    await site.guest("Ada Byron")
    inside, committed = asyncio.Event(), asyncio.Event()

    async def rename() -> None:
        async with storage.transaction():
            await storage.fetch(RENAME, "Grace")
            inside.set()
            await committed.wait()

    task = asyncio.create_task(rename())
    await inside.wait()
    before = await names()
    committed.set()
    await task

    assert (before, await names()) == (["Ada B."], ["Grace"])


async def test_statement_cannot_write_outside_a_transaction(site: TestApp) -> None:
    await site.guest("Ada Byron")

    with pytest.raises(OperationalError, match="readonly"):
        await storage.fetch(RENAME, "Grace")

    assert await names() == ["Ada B."]


async def test_reads_do_not_wait_for_another_process(site: TestApp) -> None:
    await site.guest("Ada Byron")
    with contextlib.closing(sqlite3.connect(file_of(site), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        task = asyncio.create_task(site.guest("Grace Hopper"))
        while not get_connection("default")._lock.locked():  # type: ignore[attr-defined]  # noqa: ASYNC110
            await asyncio.sleep(0)
        waiting = await names()
        other.execute("ROLLBACK")
    await task

    assert (waiting, await names()) == (["Ada B."], ["Ada B.", "Grace H."])


async def test_checkpoint_bounds_the_log(site: TestApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "CHECKPOINT_AFTER_ROWS", 20)
    log = file_of(site).with_name(f"{file_of(site).name}-wal")

    async def grow() -> int:
        for _ in range(40):
            async with storage.transaction():
                await storage.add(Supporter, display_name="Ada B.")
        return log.stat().st_size

    first = await grow()
    sizes = [await grow() for _ in range(3)]

    assert max(sizes) < 2 * first
