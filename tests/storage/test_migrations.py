"""Migrations: a database in use is upgraded without losing a row, a constraint or an index."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import pytest
from tortoise.migrations.executor import MigrationTarget

import models
import storage
from settings import Settings
from storage.database import Statement
from tests.support.app import DATABASE_URL, ON_POSTGRES, SECRET

pytestmark = pytest.mark.anyio

FIRST = MigrationTarget(app_label="models", name="0001_initial")
HASH = "0" * 64
TIME = "2026-01-01 00:00:00+00:00"
ROWS = (
    f"INSERT INTO asked_addresses (address_hash, asked_at) VALUES ('{HASH}', '{TIME}')",
    "INSERT INTO sign_in_codes (address_hash, digest, expires_at, try_count, mail_count, counted_since)"
    f" VALUES ('{HASH}', '{HASH}', '{TIME}', 2, 1, '{TIME}')",
)
SCHEMA = Statement(
    'SELECT m.type, m.name, m.tbl_name, c.name, c.type, c."notnull" FROM sqlite_master m'
    " LEFT JOIN pragma_table_info(m.name) c ORDER BY 1, 2, 3, 4",
    "SELECT 'column', table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns"
    " WHERE table_schema = 'public' UNION ALL SELECT 'index', tablename, indexname, indexdef, '', '' FROM pg_indexes"
    " WHERE schemaname = 'public' ORDER BY 1, 2, 3, 4",
)


REQUIRED_COLUMNS = Statement(
    "SELECT name, type FROM pragma_table_info($1) WHERE \"notnull\" = 1 AND name <> 'id'",
    "SELECT column_name, data_type FROM information_schema.columns"
    " WHERE table_name = $1 AND is_nullable = 'NO' AND column_name <> 'id'",
)
VALUES = {"BOOL": "false", "INT": "0", "TIMESTAMP": f"'{TIME}'", "BLOB": "x''", "BYTEA": "''::bytea", "JSON": "'[]'"}
"""A value for the columns of each type, named by the beginning of the type; any other column holds a text."""


async def insert_old_row(table: str, **values: str) -> int:
    """Insert a row into a table as it was, and return its id. Required columns without a given value get some value."""
    filled = {}
    for name, type_ in await storage.fetch(REQUIRED_COLUMNS, table):
        filled[name] = next((value for word, value in VALUES.items() if word in type_.upper()), "''")
    filled |= values
    ((row_id,),) = await storage.fetch(
        Statement(f"INSERT INTO {table} ({', '.join(filled)}) VALUES ({', '.join(filled.values())}) RETURNING id")
    )
    return int(row_id)


@asynccontextmanager
async def empty_database(folder: Path, name: str) -> AsyncIterator[Settings]:
    """Connect to a database without any table."""
    if not ON_POSTGRES:
        url = f"sqlite://{folder}/{name}.db"
        async with connected(url) as settings:
            yield settings
        return
    database = f"groundswell_{name}_{os.getpid()}"
    admin = await asyncpg.connect(DATABASE_URL)
    try:
        await admin.execute(f'CREATE DATABASE "{database}"')
        async with connected(f"{DATABASE_URL.rpartition('/')[0]}/{database}") as settings:
            yield settings
    finally:
        await admin.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        await admin.close()


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Settings]:
    settings = replace(Settings(), database_url=url, secret_key=SECRET)
    await storage.connect(settings)
    try:
        yield settings
    finally:
        await storage.close()


async def schema() -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await storage.fetch(SCHEMA)]


async def test_upgraded_database_equals_a_new_one_and_keeps_its_rows(tmp_path: Path) -> None:
    async with empty_database(tmp_path, "new") as settings:
        await storage.migrate(settings)
        expected = await schema()

    async with empty_database(tmp_path, "old") as settings:
        await storage.database._executor(settings).migrate([FIRST])
        async with storage.transaction():
            for row in ROWS:
                await storage.fetch(Statement(f"{row} RETURNING id"))

        await storage.migrate(settings)

        assert await schema() == expected
        assert await storage.is_current(settings)
        assert await models.ConfirmationRequest.filter(email_hash=HASH).count() == 1
        code = await models.SignInCode.get(email_hash=HASH)
        assert (code.try_count, code.mail_count) == (2, 1)


async def test_comments_of_an_older_database_changed_when_they_last_did(tmp_path: Path) -> None:
    edited, published = "2026-02-01 00:00:00+00:00", "2026-03-01 00:00:00+00:00"
    async with empty_database(tmp_path, "dated") as settings:
        await storage.database._executor(settings).migrate([FIRST])
        async with storage.transaction():
            campaign, author = await insert_old_row("campaigns"), await insert_old_row("supporters")
            about = {"campaign_id": str(campaign), "author_id": str(author), "state": "'VISIBLE'"}
            for more in (
                {},
                {"edited_at": f"'{edited}'"},
                {"edited_at": f"'{edited}'", "published_at": f"'{published}'"},
            ):
                await insert_old_row("comments", **about, **more)

        await storage.migrate(settings)

        comments = await models.Comment.all().order_by("id")
        assert [comment.updated_at for comment in comments] == [
            datetime.fromisoformat(at) for at in (TIME, edited, published)
        ]
