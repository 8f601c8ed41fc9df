"""Migrations: a database in use is upgraded without losing a row, a constraint or an index."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
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
        assert not await models.SignInRequest.exists()  # the codes of ten minutes are not kept
