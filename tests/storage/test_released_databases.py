"""The database of every release can be upgraded: nothing of it is lost, and it has the schema of a new one.

`released/` has a small dump of each release for each database, made by that release with the key SECRET: people,
signatures, comments, votes, reactions, flags, donations, partners, mails and sessions.
"""

import contextlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import pytest

import storage
from jobs.audits import drift
from storage.database import Statement
from tests.storage.test_migrations import empty_database, schema
from tests.support.app import ON_POSTGRES

pytestmark = pytest.mark.anyio

DATABASE = "postgres" if ON_POSTGRES else "sqlite"
DUMPS = sorted((Path(__file__).parent / "released").glob(f"*.{DATABASE}.sql"))
TABLES = Statement(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'tortoise%'",
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'tortoise%'",
)
COLUMNS = Statement(
    "SELECT name FROM pragma_table_info($1)",
    "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1",
)
CHANGED = {
    ("campaigns", "pending_signature_count"): "counts every signature that waits",
    ("campaigns", "withdrawn_signature_count"): "counts every withdrawn signature",
    ("activity", "actor_id"): "is removed from what was taken back",
}
"""Columns whose values a migration may change, with the reason."""

Rows = dict[int, dict[str, Any]]


async def load(script: str, url: str) -> None:
    """Restore a dump into an empty database."""
    if ON_POSTGRES:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(script)
        finally:
            await connection.close()
    else:
        with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite://"))) as file:
            file.executescript(script)


async def names(statement: Statement, *values: str) -> Sequence[str]:
    return sorted(row[0] for row in await storage.fetch(statement, *values))


async def rows() -> dict[str, Rows]:
    """Return all rows of all tables, by their ids."""
    found = {}
    for table in await names(TABLES):
        columns = await names(COLUMNS, table)
        values = await storage.fetch(Statement(f"SELECT {', '.join(columns)} FROM {table}"))
        found[table] = {row["id"]: row for row in (dict(zip(columns, each, strict=True)) for each in values)}
    return found


def lost(before: dict[str, Rows], after: dict[str, Rows]) -> list[str]:
    """Return what an upgrade has lost or changed."""
    return [
        f"{table} {row_id} {column}: {value!r}"
        for table, old_rows in before.items()
        for row_id, old in old_rows.items()
        for column, value in old.items()
        if (table, column) not in CHANGED and after.get(table, {}).get(row_id, {}).get(column, "lost") != value
    ]


@pytest.mark.parametrize("script", [dump.read_text() for dump in DUMPS], ids=[dump.name for dump in DUMPS])
async def test_database_of_a_release_is_upgraded(tmp_path: Path, script: str) -> None:
    async with empty_database(tmp_path, "new") as settings:
        await storage.migrate(settings)
        expected = await schema()
    async with empty_database(tmp_path, "released") as settings:
        await load(script, settings.database_url)
        before = await rows()

        await storage.migrate(settings)

        assert lost(before, await rows()) == []
        assert await schema() == expected
        assert await drift() == []
        assert sum(map(len, before.values())) > 80


def test_every_release_has_a_dump() -> None:
    """A release that people use is named in the changelog."""
    changelog = (Path(__file__).parents[2] / "CHANGELOG.md").read_text()
    released = [line.split("]")[0].removeprefix("## [") for line in changelog.splitlines() if line.startswith("## [")]

    assert {dump.name for dump in DUMPS} == {
        f"{version}.{DATABASE}.sql" for version in released if version != "Unreleased"
    }
