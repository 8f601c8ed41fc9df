"""The database connection, transactions, migrations, and SQL statements that run on both SQLite and PostgreSQL."""

import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, closing
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import orjson
from tortoise import Tortoise
from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from settings import Settings
from settings import settings as environment
from storage import connection_errors, database_url, sealed_ids, sealing
from storage.schema_changes import Executor, MigrationFailed

CONNECTION = "default"
"""Name of the database in Tortoise's configuration."""
_DIALECT_SYNTAX = {  # pattern -> replacement, for syntax that differs; all other SQL is common to both databases
    "sqlite": {
        r"\{preorder (\w+)\}": r"(hex(\1.path) || printf('%016X', \1.id))",
        r"\{key ([^{}]+)\}": r"\1",
        r"\{below ([^{}]+)\}": r"(\1 || '00')",
        r"\{behind ([^{}]+)\}": r"(\1 || 'FF')",
        r"\{id width\}": "16",
        r"\{ids (\$\d+)\}": r"(SELECT value FROM json_each(\1))",
        r"\{texts (\$\d+)\}": r"(SELECT value FROM json_each(\1))",
        r"\{pairs (\$\d+)\}": r"(SELECT json_extract(value, '$[0]') AS a, json_extract(value, '$[1]') AS b"
        r" FROM json_each(\1))",
        r"\{named (\$\d+)\}": r"(SELECT json_extract(value, '$[0]') AS a, json_extract(value, '$[1]') AS b,"
        r" json_extract(value, '$[2]') AS c, json_extract(value, '$[3]') AS d FROM json_each(\1))",
        r"\{for update( of \w+)?\}": "",
        r"\$(\d+)": r"?\1",
    },
    "postgres": {
        r"\{preorder (\w+)\}": r"(\1.path || int8send(\1.id))",
        r"\{key ([^{}]+)\}": r"decode(\1, 'hex')",
        r"\{below ([^{}]+)\}": r"(\1 || '\\x00'::bytea)",
        r"\{behind ([^{}]+)\}": r"(\1 || '\\xff'::bytea)",
        r"\{id width\}": "8",
        r"\{ids (\$\d+)\}": r"(SELECT value::bigint AS value FROM json_array_elements_text(\1::json))",
        # an index serves `= ANY (array)`; for a subquery the planner may join the whole table
        r"\bIN \{texts (\$\d+)\}": r"= ANY (ARRAY(SELECT value FROM json_array_elements_text(\1::json)))",
        r"\{texts (\$\d+)\}": r"(SELECT value FROM json_array_elements_text(\1::json))",
        r"\{pairs (\$\d+)\}": r"(SELECT (value->>0)::bigint AS a, (value->>1)::bigint AS b"
        r" FROM json_array_elements(\1::json))",
        r"\{named (\$\d+)\}": r"(SELECT (value->>0)::bigint AS a, value->>1 AS b, value->>2 AS c, value->>3 AS d"
        r" FROM json_array_elements(\1::json))",
        r"\{for update\}": "FOR UPDATE",
        r"\{for update of (\w+)\}": r"FOR UPDATE OF \1",
    },
}


class Deadlock(Exception):
    """The database rolled this transaction back because it and another waited for each other. A retry succeeds."""


_client: Any = None  # the open database of this process
_transaction: ContextVar[Any] = ContextVar("transaction", default=None)

NO_DATABASE = "DATABASE_URL names no database of Groundswell: correct it, or create one with `cli.py migrate`"

observers: list[Callable[[str], None]] = []
"""Functions to call with the text of every statement, the ORM's included: for statement counts and `explain`."""


def observe(text: str) -> None:
    for observer in observers:
        observer(text)


class Statement:
    """One SQL text in both dialects. Parameters are $1, $2, ...

    A list parameter is passed as JSON (`json_list`) and read as a table: {ids $1} and {texts $1} have one column
    `value`; {pairs $1} has integers `a` and `b`; {named $1} has integers `a` and texts `b`, and
    `c` and `d`, which are null where a row has no more texts.

    {preorder r} is the position of row `r` in its tree, depth first: the ids in `path` and the row's own id. It is
    bytes on PostgreSQL and upper-case hex text, which sorts in the same way, on SQLite. {key $1} makes such a position
    of hex text, {below k} begins the range of the rows below position `k`, {behind k} ends it, and {id width} is the
    length of an id.

    `is_packed`: on SQLite all rows arrive as one JSON text, see storage/packing.py.
    """

    __slots__ = ("is_packed", "postgres", "sqlite")

    def __init__(self, text: str, postgres: str = "", *, is_packed: bool = False) -> None:
        self.sqlite = _translate(text, "sqlite")
        self.postgres = _translate(postgres or text, "postgres")
        self.is_packed = is_packed

    def __repr__(self) -> str:
        return f"Statement({self.postgres!r})"


def _translate(text: str, dialect: str) -> str:
    for pattern, replacement in _DIALECT_SYNTAX[dialect].items():
        text = re.sub(pattern, replacement, text)
    return " ".join(text.split())


def json_list(values: Iterable[Any]) -> str:
    return orjson.dumps(list(values)).decode()


async def fetch(statement: Statement, *values: Any) -> Sequence[Any]:
    """Run a statement, inside the surrounding transaction if there is one, and return its rows."""
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
    """Commit everything written inside together, or roll all of it back. On SQLite, one writer at a time."""
    async with in_transaction(CONNECTION) as client:
        token = _transaction.set(client)
        try:
            yield
        finally:
            _transaction.reset(token)


async def forget() -> None:
    """Remove what committed transactions have deleted from SQLite's log too, as soon as no reader needs the log."""
    await _client.forget()


@asynccontextmanager
async def separate_reader() -> AsyncIterator[Callable[[Statement], Awaitable[Sequence[Any]]]]:
    """Yield a `fetch` for long reads, which on SQLite do not block the event loop.

    Rows of an uncommitted transaction are not visible to this reader.
    """
    async with _client.separate_reader() as reader:
        yield lambda statement: reader.fetch(getattr(statement, reader.dialect), ())


def config(settings: Settings) -> dict[str, Any]:
    """Return Tortoise's configuration for a DATABASE_URL."""
    models = {"models": ["models"], "default_connection": CONNECTION, "migrations": "migrations"}
    return {
        "connections": {CONNECTION: database_url.connection(settings)},
        "apps": {"models": models},
        "use_tz": True,
        "timezone": "UTC",
    }


async def connect(settings: Settings) -> None:
    """Open the database for this process, and create a SQLite file that only the process's user can read."""
    sealing.use(settings)
    sealed_ids.use(settings)
    options = config(settings)
    if database_url.is_sqlite(settings) and not is_in_memory(settings):
        database_url.create_private_file(database_url.sqlite_file(settings))
    await Tortoise.init(config=options, _enable_global_fallback=True)
    global _client
    _client = get_connection(CONNECTION)


def is_in_memory(settings: Settings) -> bool:
    return database_url.is_sqlite(settings) and database_url.sqlite_file(settings) == database_url.MEMORY


def is_missing(settings: Settings) -> bool:
    """Return whether DATABASE_URL names a SQLite file that does not exist or is not ours.

    To connect would create the file, or change how it is written.
    """
    if not database_url.is_sqlite(settings) or is_in_memory(settings):
        return False
    uri = f"{Path(database_url.sqlite_file(settings)).absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            return connection.execute(_FIND_TABLES.sqlite).fetchone() is None
    except sqlite3.DatabaseError:
        return True


_FIND_TABLES = Statement(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'supporters'",
    "SELECT 1 WHERE to_regclass('supporters') IS NOT NULL",
)


async def has_tables() -> bool:
    """Return whether the open database is one of ours."""
    return await fetch_one(_FIND_TABLES) is not None


async def migrate(settings: Settings) -> None:
    """Apply all pending migrations to the database that `connect` opened, or none of them: raise MigrationFailed.

    Both databases can roll back changes of tables, so that a failure leaves the database as it was.
    """
    executor = migration_executor(settings)
    if not await executor.plan():
        return
    await executor.create_table()  # PostgreSQL aborts a transaction that looks for a table in vain
    current = ""

    def report(event: str, app: str, name: str) -> None:
        nonlocal current
        current = name

    try:
        async with in_transaction(CONNECTION) as client:
            await Executor(client, config(settings)["apps"]).migrate(progress=report)
    except Exception as error:
        if connection_errors.describe(error):
            raise
        raise MigrationFailed(current, error) from error


async def prepare(settings: Settings, *, creates: bool = False, may_migrate: bool | None = None) -> None:
    """Make sure that the open database answers, is ours, and has all migrations. Exit with a message if not.

    By default pending migrations are applied on SQLite only. On PostgreSQL several processes serve one database, and
    their role may not change its tables, so that migrating is a step of its own.
    """
    try:
        if unknown := await _unknown_migrations(settings):
            raise SystemExit(
                f"The database is of a newer version of Groundswell (it has {unknown[-1]}): install that version"
            )
        if not (creates or is_in_memory(settings) or await has_tables()):
            raise SystemExit(NO_DATABASE)
        if database_url.is_sqlite(settings) if may_migrate is None else may_migrate:
            await migrate(settings)
        elif not await is_current(settings):
            raise SystemExit("The database must be migrated first: run cli.py migrate")
    except MigrationFailed as error:
        raise SystemExit(str(error)) from error.__cause__
    except Exception as error:
        if (reason := connection_errors.describe(error)) is None:
            raise
        raise SystemExit(f"DATABASE_URL: {reason}") from None


async def _unknown_migrations(settings: Settings) -> list[str]:
    """Return the names of migrations that the database has and this version does not know."""
    executor = migration_executor(settings)
    await executor.loader.build_graph()
    applied = await executor.recorder.applied_migrations()
    return [key.name for key in applied if key not in executor.loader.graph.nodes]


_PING = Statement("SELECT 1")


async def is_current(settings: Settings) -> bool:
    """Return whether the database answers and every migration is applied."""
    await fetch(_PING)  # Tortoise mistakes an unreachable database for one without migrations
    return not await migration_executor(settings).plan()


def migration_executor(settings: Settings) -> Executor:
    return Executor(get_connection(CONNECTION), config(settings)["apps"])


async def close() -> None:
    """Close every connection. The thread of one left open would keep the process alive."""
    await Tortoise.close_connections()


TORTOISE_ORM = config(environment)
"""Configuration for `tortoise makemigrations`."""
