"""The connection, and our SQL: each statement is written once and speaks to SQLite and to PostgreSQL."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson
from tortoise import Tortoise
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.executor import MigrationExecutor
from tortoise.transactions import in_transaction

from settings import Settings
from settings import settings as environment
from storage import sealing

CONNECTION = "default"
"""The name by which Tortoise knows the database."""
_DIALECTS = {"sqlite": "sqlite", "postgres": "postgres", "postgresql": "postgres", "asyncpg": "postgres"}
SQLITE = {  # pragmas of both connections
    "busy_timeout": 30_000,  # milliseconds; another process writes, and is waited for
    "synchronous": "NORMAL",  # with a write-ahead log nothing is corrupted, and a commit need not wait for the disk
    "cache_size": -32_000,  # kB; a vote or reply touches a dozen index pages, which a large table's default loses
    "mmap_size": 1 << 30,  # bytes; pages are read without a copy
    "wal_autocheckpoint": 0,  # pages; a commit never waits for the disk, see storage/sqlite.py
    "secure_delete": "ON",  # who is erased is gone from the file, and not only from what is read of it
    "temp_store": "MEMORY",  # what a statement would undo needs no file
    "journal_size_limit": 1 << 26,  # bytes; a log that is cut short after each checkpoint must grow anew
}
_SPELLINGS = {  # what the two databases spell differently; everything else in our SQL is common to both
    "sqlite": {
        r"\{ids (\$\d+)\}": r"(SELECT value FROM json_each(\1))",
        r"\{texts (\$\d+)\}": r"(SELECT value FROM json_each(\1))",
        r"\{pairs (\$\d+)\}": r"(SELECT json_extract(value, '$[0]') AS a, json_extract(value, '$[1]') AS b"
        r" FROM json_each(\1))",
        r"\{named (\$\d+)\}": r"(SELECT json_extract(value, '$[0]') AS a, json_extract(value, '$[1]') AS b"
        r" FROM json_each(\1))",
        r"\{for update( of \w+)?\}": "",
        r"\$(\d+)": r"?\1",
    },
    "postgres": {
        r"\{ids (\$\d+)\}": r"(SELECT value::bigint AS value FROM json_array_elements_text(\1::json))",
        # an array is looked up in an index; a subquery might be joined with the whole table
        r"\bIN \{texts (\$\d+)\}": r"= ANY (ARRAY(SELECT value FROM json_array_elements_text(\1::json)))",
        r"\{texts (\$\d+)\}": r"(SELECT value FROM json_array_elements_text(\1::json))",
        r"\{pairs (\$\d+)\}": r"(SELECT (value->>0)::bigint AS a, (value->>1)::bigint AS b"
        r" FROM json_array_elements(\1::json))",
        r"\{named (\$\d+)\}": r"(SELECT (value->>0)::bigint AS a, value->>1 AS b FROM json_array_elements(\1::json))",
        r"\{for update\}": "FOR UPDATE",
        r"\{for update of (\w+)\}": r"FOR UPDATE OF \1",
    },
}


class Deadlock(Exception):
    """Two transactions waited for each other, and this one was given up; done again it goes through."""


_client: Any = None  # the open database of this process
_transaction: ContextVar[Any] = ContextVar("transaction", default=None)

observers: list[Callable[[str], None]] = []
"""Called with the text of every statement, the ORM's too; tests count with it, `cli.py explain` prints with it."""


def observe(text: str) -> None:
    for told in observers:
        told(text)


class Statement:
    """One SQL text in both dialects. Parameters are $1, $2, ...

    A list travels as JSON: to {ids $1} and {texts $1} of `value`, to {pairs $1} of numbers `a` and `b`, to
    {named $1} of numbers `a` with texts `b`.

    `is_packed`: from SQLite all rows come as one JSON text, as `storage/packing.py` has them selected.
    """

    __slots__ = ("is_packed", "postgres", "sqlite")

    def __init__(self, text: str, postgres: str = "", *, is_packed: bool = False) -> None:
        self.sqlite = _spell(text, "sqlite")
        self.postgres = _spell(postgres or text, "postgres")
        self.is_packed = is_packed

    def __repr__(self) -> str:
        return f"Statement({self.postgres!r})"


def _spell(text: str, dialect: str) -> str:
    for pattern, spelling in _SPELLINGS[dialect].items():
        text = re.sub(pattern, spelling, text)
    return " ".join(text.split())


def json_list(values: Iterable[Any]) -> str:
    return orjson.dumps(list(values)).decode()


async def fetch(statement: Statement, *values: Any) -> Sequence[Any]:
    """The rows that the statement returns, in the surrounding transaction if there is one."""
    connection = _transaction.get() or _client
    text: str = getattr(statement, connection.dialect)
    observe(text)
    rows: Sequence[Any] = await connection.fetch(text, values)
    return orjson.loads(rows[0][0]) if statement.is_packed and connection.dialect == "sqlite" else rows


async def fetch_one(statement: Statement, *values: Any) -> Any | None:
    return next(iter(await fetch(statement, *values)), None)


def dialect() -> str:
    return str(_client.dialect)


@asynccontextmanager
async def transaction() -> AsyncIterator[None]:
    """Everything inside is written together or not at all; on SQLite writers wait for one another here."""
    async with in_transaction(CONNECTION) as begun:
        token = _transaction.set(begun)
        try:
            yield
        finally:
            _transaction.reset(token)


@asynccontextmanager
async def separate_reader() -> AsyncIterator[Callable[[Statement], Awaitable[Sequence[Any]]]]:
    """Gives a `fetch` for what takes long: on SQLite, others are answered meanwhile. It sees no open transaction."""
    async with _client.separate_reader() as reader:
        yield lambda statement: reader.fetch(getattr(statement, reader.dialect), ())


def config(settings: Settings) -> dict[str, Any]:
    """Tortoise's configuration for a DATABASE_URL."""
    url = urlsplit(settings.database_url)
    if url.scheme not in _DIALECTS:
        raise SystemExit(f"DATABASE_URL starts with {url.scheme!r}; sqlite:// and postgres:// are understood")
    options = dict(parse_qsl(url.query))
    if _DIALECTS[url.scheme] == "sqlite":
        path = settings.database_url.removeprefix("sqlite://").split("?")[0]
        credentials: dict[str, Any] = {"file_path": path, **SQLITE}
    else:
        credentials = {
            "host": url.hostname or "127.0.0.1",
            "port": url.port or 5432,
            "user": unquote(url.username or "postgres"),
            "password": unquote(url.password or ""),
            "database": url.path.lstrip("/"),
            "minsize": 1,
            "maxsize": settings.database_pool,
        }
    connection = {"engine": f"storage.{_DIALECTS[url.scheme]}", "credentials": credentials | options}
    models = {"models": ["models"], "default_connection": CONNECTION, "migrations": "migrations"}
    return {
        "connections": {CONNECTION: connection},
        "apps": {"models": models},
        "use_tz": True,
        "timezone": "UTC",
    }


async def connect(settings: Settings) -> None:
    """Open the database for this process; its directory is made if it is a file."""
    sealing.use(settings)
    options = config(settings)
    _make_folder(options["connections"][CONNECTION]["credentials"].get("file_path", ":memory:"))
    await Tortoise.init(config=options, _enable_global_fallback=True)
    global _client
    _client = get_connection(CONNECTION)


def _make_folder(file: str) -> None:
    if file != ":memory:":
        Path(file).absolute().parent.mkdir(parents=True, exist_ok=True)


def is_in_memory(settings: Settings) -> bool:
    return settings.database_url.partition("?")[0] == "sqlite://:memory:"


async def migrate(settings: Settings) -> None:
    """Bring the database that `connect` opened to the newest migration."""
    executor = _executor(settings)
    await executor.migrate()


_ALIVE = Statement("SELECT 1")


async def is_current(settings: Settings) -> bool:
    """Whether the database answers and every migration is applied."""
    await fetch(_ALIVE)  # Tortoise takes a database that does not answer for one without migrations
    return not await _executor(settings).plan()


async def missing_migrations(settings: Settings) -> list[str]:
    """What the models say and the migrations don't, one line each."""
    apps = config(settings)["apps"]
    async with TortoiseContext() as context:
        await context.init(config=config(settings), init_connections=False)
        detector = MigrationAutodetector(context.apps, apps)  # type: ignore[arg-type]
        return [str(operation) for writer in await detector.changes() for operation in writer.operations]


def _executor(settings: Settings) -> MigrationExecutor:
    return MigrationExecutor(get_connection(CONNECTION), config(settings)["apps"])


async def close() -> None:
    """Close every connection. One left open keeps its thread, and the process would never end."""
    await Tortoise.close_connections()


TORTOISE_ORM = config(environment)
"""What `tortoise makemigrations` is pointed at."""
