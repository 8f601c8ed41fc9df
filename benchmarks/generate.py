"""Data sets: rows and counters as the API would have written them, inserted directly into a SQLite file."""

import asyncio
import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from rich.progress import Progress

import models
import storage
from benchmarks.rows import SENTENCES, START, written
from settings import settings

HERE = Path(__file__).parent
DATA = HERE / ".data"
SLUG = "benchmark"
CAMPAIGNS = 10
"""The first campaign has all comments; the others are for the signing benchmark."""
SOURCES = ("generate.py", "rows.py", "shape.py", "derived.sql")
COMMENTS_A_PERSON = 10
INSERT_BATCH_SIZE = 10_000


def database(size: int, progress: Progress) -> Path:
    """Return a data set with this many comments; generate it if the generator or the migrations have changed."""
    file = DATA / f"{size}-{_fingerprint()}.db"
    if not file.exists():
        DATA.mkdir(exist_ok=True)
        for old in DATA.glob(f"{size}-*.db"):
            old.unlink()
        part = DATA / f"{size}.part"
        part.unlink(missing_ok=True)
        asyncio.run(_create(part))
        with closing(sqlite3.connect(part, isolation_level=None)) as connection:
            _fill(connection, size, progress)
        part.rename(file)
    return file


def _fingerprint() -> str:
    sources = sorted((HERE.parent / "migrations").glob("*.py")) + [HERE / name for name in SOURCES]
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]


async def _create(file: Path) -> None:
    """Create a database with the tables and the campaigns; the other rows are inserted without the ORM."""
    file_settings = replace(settings, database_url=f"sqlite://{file}")
    await storage.connect(file_settings)
    try:
        await storage.migrate(file_settings)
        async with storage.transaction():
            await _campaign()
            for campaign_id in range(2, CAMPAIGNS + 1):
                await _small_campaign(campaign_id)
    finally:
        await storage.close()


async def _campaign() -> None:
    text = "\n\n".join(SENTENCES)
    paragraphs = "".join(f"<p>{sentence}</p>\n" for sentence in SENTENCES)
    partner = await storage.insert(models.Partner, name="A partner", url="https://example.org/")
    campaign = await storage.insert(
        models.Campaign,
        slug=SLUG,
        title="A campaign with a long discussion",
        call_to_action="Call on those who can to end forced labour in the cotton fields",
        target="Those who can",
        body_markdown=text,
        body_html=paragraphs,
        search_text="a campaign with a long discussion",
        hero_image=models.Image(models.URL("https://example.org/hero.jpg"), "A field of cotton", "A photographer"),
        footnotes=[models.Footnote(sentence) for sentence in SENTENCES[:3]],
        timeline=[models.TimelineEntry(date(2024, month, 1), "Something happened") for month in (1, 4, 9)],
        state=models.CampaignState.LIVE.value,
        created_at=START,
        launched_at=START,
    )
    await storage.insert(
        models.CampaignPartner,
        campaign_id=campaign,
        partner_id=partner,
        role="Partner",
        signatures=11_255,
        signatures_as_of=START.date(),
    )


async def _small_campaign(campaign_id: int) -> None:
    await storage.insert(
        models.Campaign,
        slug=f"{SLUG}-{campaign_id}",
        title=f"Campaign {campaign_id}",
        call_to_action="Call on those who can",
        target="Those who can",
        body_markdown=SENTENCES[0],
        body_html=f"<p>{SENTENCES[0]}</p>\n",
        search_text=f"campaign {campaign_id}",
        state=models.CampaignState.LIVE.value,
        created_at=START,
        launched_at=START,
    )


def _fill(connection: sqlite3.Connection, size: int, progress: Progress) -> None:
    """Insert the rows without indexes and create the indexes afterwards, which is much faster."""
    people = max(size // COMMENTS_A_PERSON, 1)
    connection.executescript("PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF; PRAGMA cache_size=-500000;")
    indexes = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql > ''").fetchall()
    after = [*(HERE / "derived.sql").read_text().split(";\n\n"), *(sql for _, sql in indexes)]
    for name, _ in indexes:
        connection.execute(f'DROP INDEX "{name}"')

    task = progress.add_task(f"Writing {size:,} comments", total=size + 2 * people)
    for model, rows in written(size, people):
        _insert(connection, model, rows, lambda count: progress.advance(task, count))
    connection.create_function("root", 2, _root, deterministic=True)
    task = progress.add_task(f"Votes, reactions, log, indexes of {size:,}", total=len(after))
    for statement in after:
        connection.execute(statement)
        progress.advance(task)
    connection.execute("PRAGMA journal_mode=WAL")


def _insert(
    connection: sqlite3.Connection,
    model: type[storage.Row],
    rows: Iterable[dict[str, Any]],
    done: Callable[[int], None],
) -> None:
    columns = _defaults(model)
    names = ", ".join(f'"{name}"' for name in columns)
    statement = f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES ({", ".join("?" * len(columns))})'
    connection.execute("BEGIN")
    batch: list[tuple[Any, ...]] = []
    for row in rows:
        batch.append(tuple((columns | row).values()))
        if len(batch) == INSERT_BATCH_SIZE:
            connection.executemany(statement, batch)
            done(len(batch))
            batch.clear()
    connection.executemany(statement, batch)
    done(len(batch))
    connection.execute("COMMIT")


def _defaults(model: type[storage.Row]) -> dict[str, Any]:
    """Return the default value of each column, as SQLite stores it."""
    defaults = {}
    for name, column in model._meta.fields_db_projection.items():
        default = model._meta.fields_map[name].default
        defaults[column] = _sqlite_value(default() if callable(default) else default)
    return defaults


def _sqlite_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, list):
        return json.dumps(value)
    return str(value) if isinstance(value, str) else value


def _root(path: bytes, comment_id: int) -> int:
    """Return the id of the first comment in the thread of a comment."""
    return int.from_bytes(path[:8]) if path else comment_id
