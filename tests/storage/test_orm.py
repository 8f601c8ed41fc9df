"""ORM queries run on our connections: observed like statements, in the same transactions, with equal rows."""

import asyncio
import inspect
import logging
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tortoise import Tortoise
from tortoise.exceptions import IntegrityError

import models
import storage
from models import Partner, Revocation, Role, Session, Supporter
from storage import Row
from storage.database import Deadlock, Statement
from storage.rows import attributes, columns, table_of
from tests.support.app import ON_POSTGRES, TestApp
from tests.support.populated_site import populated_site
from tests.support.statements import recorded_statements

pytestmark = pytest.mark.anyio

AT = datetime(2026, 3, 1, 9, 30, 0, 250_000, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]
TABLES = sorted(
    {
        model
        for model in vars(models).values()
        if isinstance(model, type) and issubclass(model, Row) and model is not Row
    },
    key=table_of,
)


def revocation(session_id: int) -> Revocation:
    return Revocation(session_id=session_id, revoked_at=AT, expires_at=AT)


async def session_of(name: str = "Ada B.") -> Session:
    async with storage.transaction():
        person = await Supporter.create(display_name=name)
        return await Session.create(supporter_id=person.id, role=Role.SUPPORTER, expires_at=AT)


# ---------------------------------------------------------------- observed

QUERIES: dict[str, tuple[Callable[[], Any], list[str]]] = {
    "filter": (lambda: Session.filter(role=Role.SUPPORTER).order_by("-id"), ["SELECT"]),
    "get_or_none": (lambda: Session.get_or_none(family="none"), ["SELECT"]),
    "first": (lambda: Session.filter(ended_at__isnull=True).first(), ["SELECT"]),
    "exists": (lambda: Session.exists(family="none"), ["SELECT"]),
    "count": (lambda: Session.filter(expires_at__gt=AT).count(), ["SELECT"]),
    "values": (lambda: Session.all().values("id", "role"), ["SELECT"]),
    "values_list": (lambda: Session.all().values_list("id", flat=True), ["SELECT"]),
    "select_related": (lambda: Session.all().select_related("supporter"), ["SELECT"]),
    "prefetch_related": (lambda: Session.all().prefetch_related("supporter"), ["SELECT", "SELECT"]),
    "create": (lambda: Revocation.create(revoked_at=AT, expires_at=AT), ["INSERT"]),
    "bulk_create": (lambda: Revocation.bulk_create([revocation(1), revocation(2)]), ["INSERT"]),
    "update": (lambda: Session.filter(id=1).update(ended_at=AT), ["UPDATE"]),
    "delete": (lambda: Revocation.filter(expires_at__lt=AT).delete(), ["DELETE"]),
    "get_or_create": (lambda: Partner.get_or_create(name="Theirs"), ["SELECT", "INSERT"]),
    "update_or_create": (lambda: Partner.update_or_create({"url": "u"}, name="Theirs"), ["SELECT", "INSERT"]),
}


@pytest.mark.parametrize("in_transaction", [False, True], ids=["outside", "inside"])
@pytest.mark.parametrize(("query", "expected"), QUERIES.values(), ids=QUERIES)
async def test_query_is_observed_once(
    site: TestApp, query: Callable[[], Awaitable[Any]], expected: list[str], in_transaction: bool
) -> None:
    await session_of()

    with recorded_statements() as seen:
        if in_transaction:
            async with storage.transaction():
                await query()
        else:
            await query()

    assert [text.partition(" ")[0] for text in seen] == expected
    assert all(re.search(r'"(sessions|revocations|partners|supporters)"', text) for text in seen)


# ---------------------------------------------------------------- in transactions


async def test_query_joins_the_transaction(site: TestApp) -> None:
    async def write() -> None:
        async with storage.transaction():
            await Revocation.create(session_id=1, revoked_at=AT, expires_at=AT)
            await Revocation.bulk_create([revocation(2), revocation(3)])
            await storage.add(Revocation, session_id=4, revoked_at=AT, expires_at=AT)
            changed = await Revocation.filter(session_id__in=[1, 4]).update(supporter_id=9)
            deleted = await Revocation.filter(session_id=2).delete()
            seen = await Revocation.all().order_by("session_id").values_list("session_id", "supporter_id")
            assert (changed, deleted, [tuple(row) for row in seen]) == (2, 1, [(1, 9), (3, None), (4, 9)])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await write()

    assert await Revocation.all().count() == 0


async def test_query_outside_reads_committed_rows_without_waiting(site: TestApp) -> None:
    session = await session_of()
    inside, seen = asyncio.Event(), asyncio.Event()

    async def end() -> None:
        async with storage.transaction():
            await Session.filter(id=session.id).update(ended_at=AT)
            inside.set()
            await seen.wait()

    task = asyncio.create_task(end())
    await inside.wait()
    before = await Session.get(id=session.id)
    related = await Session.filter(id=session.id).prefetch_related("supporter")
    seen.set()
    await task

    assert before.ended_at is None
    assert related[0].supporter.display_name == "Ada B."
    assert (await Session.get(id=session.id)).ended_at == AT


async def test_write_outside_waits_for_the_writer_and_commits(site: TestApp) -> None:
    inside, committed = asyncio.Event(), asyncio.Event()

    async def other() -> None:
        async with storage.transaction():
            await Partner.create(name="First")
            inside.set()
            await committed.wait()

    task = asyncio.create_task(other())
    await inside.wait()
    writing = asyncio.create_task(Partner.create(name="Second"))
    await asyncio.sleep(0)
    committed.set()
    await asyncio.gather(task, writing)

    assert {partner.name for partner in await Partner.all()} == {"First", "Second"}


async def test_bulk_write_outside_is_atomic(site: TestApp) -> None:
    with pytest.raises(IntegrityError):
        await Partner.bulk_create([Partner(name="Same"), Partner(name="Same")])

    assert await Partner.all().count() == 0


async def test_nested_transaction_rolls_back_alone(site: TestApp) -> None:
    async def within() -> None:
        async with storage.transaction():
            await Partner.create(name="Within")
            await storage.insert(Partner, name="Within too")
            await Partner.create(name="Before")

    async with storage.transaction():
        await Partner.create(name="Before")
        with pytest.raises(IntegrityError):
            await within()
        await storage.insert(Partner, name="After")

    assert [partner.name for partner in await Partner.all().order_by("id")] == ["Before", "After"]


async def test_update_or_create_updates_or_creates(site: TestApp) -> None:
    async with storage.transaction():
        made = await Partner.update_or_create({"url": "https://example.org/1"}, name="Theirs")
        found = await Partner.update_or_create({"url": "https://example.org/2"}, name="Theirs")

    assert (made[1], found[1], made[0].id) == (True, False, found[0].id)
    assert (await Partner.get(name="Theirs")).url == "https://example.org/2"


@pytest.mark.skipif(not ON_POSTGRES, reason="on SQLite writers wait for one another before they write")
async def test_deadlock_of_queries_raises_deadlock(site: TestApp) -> None:
    ids = [(await Partner.create(name=name)).id for name in ("One", "Other")]
    has_one = [asyncio.Event(), asyncio.Event()]

    async def both(first: int) -> None:
        async with storage.transaction():
            await Partner.filter(id=ids[first]).update(url="u")
            has_one[first].set()
            await has_one[1 - first].wait()
            await Partner.filter(id=ids[1 - first]).update(url="u")

    outcomes = await asyncio.gather(both(0), both(1), return_exceptions=True)

    assert [type(outcome) for outcome in outcomes if outcome] == [Deadlock]


# ---------------------------------------------------------------- rows


def shown(row: Row) -> dict[str, tuple[type, Any]]:
    values = {name: getattr(row, name) for name in attributes(type(row))}
    return {name: (type(value), value) for name, value in values.items()}


async def test_query_and_statement_return_equal_rows(site: TestApp) -> None:
    there = await populated_site(site)
    await site.sign(there.campaigns[0])
    await site.signed_in("grace@example.org")
    found = 0
    for model in TABLES:
        by_query = await model.all().order_by("id")
        by_statement = await storage.read(model, Statement(f'SELECT {columns(model)} FROM "{table_of(model)}"'))
        by_statement.sort(key=lambda row: row.id)
        assert [shown(row) for row in by_query] == [shown(row) for row in by_statement]
        assert by_query == by_statement
        assert not any(inspect.isawaitable(row) or hasattr(row, "__await__") for row in [*by_query, *by_statement])
        found += bool(by_query)

    assert found > len(TABLES) // 2


async def test_created_row_equals_read_row(site: TestApp) -> None:
    logo = models.Image(models.URL("https://example.org/a.jpg"), "A field", None)

    made, added = await Partner.create(name="1", logo=logo), None
    async with storage.transaction():
        added = await storage.add(Partner, name="2", logo=logo)
    session = await session_of()

    for row in (made, added, session):
        assert shown(row) == shown(await type(row).get(id=row.id))


async def test_row_from_a_statement_can_be_referenced_and_saved(site: TestApp) -> None:
    session = await session_of()
    (person,) = (await storage.by_ids(Supporter, [session.supporter_id])).values()

    another = await Session.create(supporter=person, role=Role.SUPPORTER, expires_at=AT + timedelta(days=1))
    person.display_name = "Grace H."
    await person.save()
    (read,) = (await storage.by_ids(Session, [another.id])).values()
    await read.fetch_related("supporter")

    assert (read.supporter.id, read.supporter.display_name) == (person.id, "Grace H.")


async def test_unknown_column_is_refused(site: TestApp) -> None:
    with pytest.raises(TypeError, match="Partner has no column site"):
        await Partner.create(name="Theirs", site="https://example.org/")


async def test_query_values_are_not_logged(site: TestApp, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        await Partner.create(name="Ada Byron")
        await Partner.filter(name="Ada Byron").delete()

    assert "Ada" not in caplog.text


# ---------------------------------------------------------------- Tortoise's private names

PRIVATE = re.compile(
    r"\b(__await__|_partial|_saved_in_db|_custom_generated_pk|_await_when_save|_init_from_db|_meta"
    r"|_in_transaction|_choose_db|_trxlock|_pool_init_lock|_pool|_finalized|_translate_exceptions)\b"
)


def test_private_names_of_tortoise_are_listed() -> None:
    folders = [ROOT / name for name in ("models", "storage", "resolvers", "schema", "live")]
    used = {
        path.name: set(PRIVATE.findall(path.read_text()))
        for folder in folders
        for path in folder.rglob("*.py")
        if PRIVATE.search(path.read_text())
    }

    assert used == {
        "tortoise_internals.py": {
            *("__await__", "_partial", "_saved_in_db", "_meta", "_in_transaction", "_translate_exceptions"),
        },
        "sqlite.py": {"_in_transaction"},
        "schema_changes.py": {"_meta"},
        "postgres.py": {"_in_transaction", "_translate_exceptions"},
    }


async def test_docstring_of_a_model_is_not_part_of_the_database(site: TestApp) -> None:
    tables = Tortoise.describe_models().values()

    assert [table["name"] for table in tables if table["description"]] == []
    assert len(tables) > 20
