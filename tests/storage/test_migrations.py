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
DAYS = Statement(
    "SELECT CAST(day AS VARCHAR(10)), direct_signature_count, partner_signature_count FROM signature_days ORDER BY day"
)
CAMPAIGN = {
    **dict.fromkeys(("slug", "title", "call_to_action", "target", "body_markdown", "body_html", "search_text"), "x"),
    **dict.fromkeys(("footnotes", "timeline", "resources"), "[]"),
    **{"state": "LIVE", "comment_policy": "OPEN", "confirm_signatures": False, "name_display_ceiling": "FULL_NAME"},
    **{"erasure_policy": "KEEP_COUNT", "created_at": TIME, "signatures_as_of": TIME, "comments_as_of": TIME},
    **dict.fromkeys(("supporter_count", "direct_signature_count", "pending_signature_count"), 0),
    **dict.fromkeys(("partner_signature_count", "offline_signature_count", "withdrawn_signature_count"), 0),
    **dict.fromkeys(("drift", "thread_count", "reply_count", "author_count", "listed_thread_count"), 0),
    **{f"{state}_comment_count": 0 for state in ("pending", "held", "rejected", "spam", "deleted", "queued")},
    **{"update_count": 0, "activity_seq": 0},
}
"""A campaign as the first migration stores it."""
SCHEMA = Statement(
    'SELECT m.type, m.name, m.tbl_name, c.name, c.type, c."notnull" FROM sqlite_master m'
    " LEFT JOIN pragma_table_info(m.name) c ORDER BY 1, 2, 3, 4",
    "SELECT 'column', table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns"
    # without casts, which PostgreSQL writes otherwise for a condition that was read from a dump
    " WHERE table_schema = 'public' UNION ALL SELECT 'index', tablename, indexname,"
    r" regexp_replace(indexdef, '::(character varying|text)(\[\])?|[()]', '', 'g'), '', '' FROM pg_indexes"
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
        await storage.database.migration_executor(settings).migrate([FIRST])
        async with storage.transaction():
            for row in ROWS:
                await storage.fetch(Statement(f"{row} RETURNING id"))

        await storage.migrate(settings)

        assert await schema() == expected
        assert await storage.is_current(settings)
        assert await models.ConfirmationRequest.filter(email_hash=HASH).count() == 1
        assert not await models.SignInRequest.exists()  # the codes of ten minutes are not kept


async def insert(table: str, **values: Any) -> None:
    names, texts = ", ".join(values), ", ".join(_literal(value) for value in values.values())
    await storage.fetch(Statement(f"INSERT INTO {table} ({names}) VALUES ({texts}) RETURNING id"))


def _literal(value: Any) -> str:
    if isinstance(value, bytes):
        return f"decode('{value.hex()}', 'hex')" if ON_POSTGRES else f"x'{value.hex()}'"
    return "NULL" if value is None else repr(value)


async def insert_person(number: int, given: str, family: str | None, display: str, ceiling: str = "FULL_NAME") -> None:
    """Insert a person as the first migration stores people, with the name that was shown then."""
    await insert("supporters", id=number, display_name="old", badge="NONE", name_ceiling=ceiling, created_at=TIME)
    sealed = storage.sealing.seal(family, "profiles.family_name", number)
    private = {"given_name": given, "family_name_sealed": sealed, "family_name_first": False, "email_verified": False}
    await insert("profiles", id=number, supporter_id=number, **private, name_display=display)


@asynccontextmanager
async def upgraded(folder: Path, insert_rows: Any) -> AsyncIterator[None]:
    """Fill a database of the first migration, and migrate it."""
    async with empty_database(folder, "filled") as settings:
        await storage.database.migration_executor(settings).migrate([FIRST])
        async with storage.transaction():
            await insert_rows()
        await storage.migrate(settings)
        yield


async def test_upgrade_writes_the_names_of_the_ticker(tmp_path: Path) -> None:
    """They follow a person's choice and ceiling; a row without a profile belongs to nobody."""

    async def people() -> None:
        await insert_person(1, "Katharina", "Sommer", "FULL_NAME")
        await insert_person(2, "Katharina", "Sommer", "FIRST_NAME_INITIAL", "INITIALS")
        await insert_person(3, "Sukarno", None, "ANONYMOUS")
        await insert("supporters", id=4, display_name="x", badge="NONE", name_ceiling="ANONYMOUS", created_at=TIME)

    async with upgraded(tmp_path, people):
        found = await models.Supporter.all().order_by("id")

    assert [(row.first_name_initial, row.initials) for row in found] == [
        ("Katharina S.", "K. S."),
        ("K. S.", "K. S."),
        ("A supporter", "A supporter"),
        ("A supporter", "A supporter"),
    ]


async def test_upgrade_writes_the_counts_of_each_day(tmp_path: Path) -> None:
    """A signature counts from its confirmation; a report that was overtaken before it was accepted never counted."""

    async def page() -> None:
        await insert("campaigns", id=1, **CAMPAIGN)
        for number, (day, decided, state, counted) in enumerate(
            [
                ("2026-01-01 23:59:59", None, "CONFIRMED", True),
                ("2026-01-01 10:00:00", "2026-01-03 00:00:00", "CONFIRMED", True),
                ("2026-01-03 12:00:00", None, "CONFIRMED", True),
                ("2026-01-03 12:00:00", None, "CONFIRMED", False),
                ("2026-01-02 12:00:00", None, "WITHDRAWN", True),
            ]
        ):
            times = {"signed_at": f"{day}+00:00", "decided_at": decided and f"{decided}+00:00"}
            await insert("signatures", id=number + 1, campaign_id=1, state=state, is_counted=counted, **times)
        await insert("partners", id=1, name="Forum")
        await insert("campaign_partners", id=1, campaign_id=1, partner_id=1, signatures=70)
        for number, (count, as_of, reported, decided, state) in enumerate(
            [
                (50, "2026-01-01", "2026-01-01", None, "ACCEPTED"),
                (900, "2026-01-02", "2026-01-02", "2026-01-05", "ACCEPTED"),
                (70, "2026-01-04", "2026-01-04", None, "ACCEPTED"),
                (9, "2026-01-04", "2026-01-05", None, "REFUSED"),
            ]
        ):
            times = {"reported_at": f"{reported} 12:00:00+00:00", "decided_at": decided and f"{decided} 12:00:00+00:00"}
            ledger = {"signatures": count, "as_of": as_of, "state": state, "reported_by": "x"}
            await insert("partner_tallies", id=number + 1, link_id=1, **ledger, **times)

    async with upgraded(tmp_path, page):
        days = [tuple(row) for row in await storage.fetch(DAYS)]

    assert days == [("2026-01-01", 0, 0), ("2026-01-03", 1, 50), ("2026-01-04", 3, 50)]


async def test_comments_of_an_older_database_changed_when_they_last_did(tmp_path: Path) -> None:
    edited, published = "2026-02-01 00:00:00+00:00", "2026-03-01 00:00:00+00:00"
    async with empty_database(tmp_path, "dated") as settings:
        await storage.database.migration_executor(settings).migrate([FIRST])
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
