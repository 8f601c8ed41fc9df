"""SQLite for a server: one writer that queues, and a reader that never waits for it.

Our statements walk an index and take tens of microseconds; to hand each to aiosqlite's thread and back costs more than
that. So they run where they are asked for, on the event loop (docs/decisions/sqlite-on-the-loop.md). What may wait,
for another process that writes or for the disk, is left to the thread.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiosqlite
from tortoise.backends.base.client import NestedTransactionContext, TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionWrapper
from tortoise.connection import get_connections
from tortoise.exceptions import IntegrityError, OperationalError

from storage.database import observe
from storage.group_commit import GroupCommit

MEMORY = ":memory:"
STATEMENTS = 1_000  # kept prepared by each connection
WRITES = ("INSERT", "UPDATE", "DELETE")
STEPS = 1_000_000  # of a long read, some 20 milliseconds, after which it looks whether anyone waits for it still


Work = Callable[[aiosqlite.Connection, str, Sequence[Any]], Any]
"""Runs a statement on a connection and gives what its caller takes: rows, a count or an id."""


def _translated(work: Callable[[sqlite3.Cursor, str, Sequence[Any]], Any]) -> Work:
    """Raise Tortoise's exceptions in place of the driver's."""

    def run(connection: aiosqlite.Connection, text: str, values: Sequence[Any]) -> Any:
        try:
            return work(connection._conn.cursor(), text, values)
        except sqlite3.IntegrityError as error:
            raise IntegrityError(error) from error
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error

    return run


@_translated
def _rows(cursor: sqlite3.Cursor, text: str, values: Sequence[Any]) -> Sequence[Any]:
    return cursor.execute(text, values).fetchall()  # plain tuples: a third less to make and to read


@_translated
def _count_and_rows(cursor: sqlite3.Cursor, text: str, values: Sequence[Any]) -> tuple[int, Sequence[Any]]:
    cursor.row_factory = sqlite3.Row  # the ORM reads columns by name
    rows = cursor.execute(text, values).fetchall()
    return (len(rows) if cursor.rowcount < 0 else cursor.rowcount), rows


@_translated
def _new_id(cursor: sqlite3.Cursor, text: str, values: Sequence[Any]) -> int | None:
    return cursor.execute(text, values).lastrowid


@_translated
def _many(cursor: sqlite3.Cursor, text: str, values: Sequence[Any]) -> None:
    cursor.executemany(text, values)


class Queries(SqliteClient):
    """Run the ORM's queries as our statements are run. Every one of them is observed here, ours by `fetch`."""

    dialect = "sqlite"

    async def run(self, work: Work, text: str, values: Sequence[Any]) -> Any:
        raise NotImplementedError

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, Sequence[Any]]:
        observe(query)
        found: tuple[int, Sequence[Any]] = await self.run(_count_and_rows, query, values or ())
        return found

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        _, rows = await self.execute_query(query, values)
        return [dict(row) for row in rows]

    async def execute_insert(self, query: str, values: list[Any]) -> Any:
        observe(query)
        return await self.run(_new_id, query, values)

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        observe(query)
        await self.run(_many, query, values)


class GroupedTransaction(TransactionContext):
    """A transaction during whose commit the next one may write already, and then share it."""

    def __init__(self, client: "Client") -> None:
        self._writer = client

    async def __aenter__(self) -> TransactionalDBClient:
        writer = self._writer
        await writer._lock.acquire()
        try:
            if writer._connection is None:
                await writer.create_connection(with_db=True)
            await writer.writes.begin()
        except BaseException:
            writer._lock.release()
            raise
        self.client = Transaction(writer)
        self._token = get_connections().set(writer.connection_name, self.client)
        return self.client

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> None:
        writes, committed = self._writer.writes, None
        try:
            if error is None:
                committed = writes.keep()
            else:
                writes.undo()
        finally:
            get_connections().reset(self._token)
            self._writer._lock.release()
            writes.commit_soon()
        if committed is not None:
            await committed


class Transaction(Queries, SqliteTransactionWrapper):
    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(Transaction(self))

    async def fetch(self, text: str, values: Sequence[Any]) -> Sequence[Any]:
        rows: Sequence[Any] = _rows(self._connection, text, values)
        return rows

    async def run(self, work: Work, text: str, values: Sequence[Any]) -> Any:
        return work(self._connection, text, values)


class Client(Queries):
    """The writer is Tortoise's own connection; reads have one of their own while a transaction is open on it."""

    reader: aiosqlite.Connection | None = None
    writes: GroupCommit

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._opening = asyncio.Lock()

    async def create_connection(self, with_db: bool) -> None:
        async with self._opening:  # many may be the first at once; a connection opened twice is closed but once
            if self._connection is None:
                self._connection = await self._open()
                self.writes = GroupCommit(self._connection, self._lock, self.pragmas["busy_timeout"])
            if self.reader is None and self.filename != MEMORY:
                reader = await self._open()
                await reader.execute_fetchall("PRAGMA query_only=ON")
                self.reader = reader

    async def _open(self) -> aiosqlite.Connection:
        connection = await aiosqlite.connect(
            self.filename, isolation_level=None, check_same_thread=False, cached_statements=STATEMENTS
        )
        try:
            for name, value in self.pragmas.items():
                await connection.execute_fetchall(f"PRAGMA {name}={value}")
        except BaseException:
            await connection.close()  # its thread would keep the process alive
            raise
        return connection

    async def close(self) -> None:
        if self._connection is not None:
            await self.writes.commit()
        if self.reader is not None:
            await self.reader.close()
            self.reader = None
        await super().close()

    @asynccontextmanager
    async def separate_reader(self) -> AsyncIterator[Any]:
        """A reader for what takes long: it has a connection and a thread of its own, and nobody waits for it."""
        if self.filename == MEMORY:  # there is but one connection to it
            yield self
            return
        connection, is_over = await self._open(), False
        try:
            await connection.execute_fetchall("PRAGMA query_only=ON")
            # what is still read for someone who has gone ends; an interrupt would miss what has not begun yet
            await connection.set_progress_handler(lambda: is_over, STEPS)
            yield ThreadReader(connection)
        finally:
            is_over = True
            await connection.close()

    def _in_transaction(self) -> TransactionContext:
        return GroupedTransaction(self)

    def reading(self) -> aiosqlite.Connection | None:
        """Who can read now: the writer while nobody writes, for it still holds the pages that it wrote."""
        writer = self._connection
        return self.reader if writer is None or self._lock.locked() or writer.in_transaction else writer

    async def run(self, work: Work, text: str, values: Sequence[Any]) -> Any:
        if text.startswith(WRITES):  # one that is in no transaction waits for its turn and has one of its own
            async with self._in_transaction() as transaction:
                return work(transaction._connection, text, values)
        return await self.fetch(text, values, work)

    async def fetch(self, text: str, values: Sequence[Any], work: Work = _rows) -> Any:
        if self._connection is None:
            await self.create_connection(with_db=True)
        # all but a SELECT is the reader's, which refuses to write
        connection = self.reading() if text.startswith("SELECT") else self.reader
        if connection is not None:
            return work(connection, text, values)
        # in memory there is one connection, and a transaction on it must not be looked into
        async with self.acquire_connection() as connection:
            return work(connection, text, values)


class ThreadReader:
    """Statements are read in the connection's thread, and the loop goes on meanwhile."""

    dialect = "sqlite"

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def fetch(self, text: str, values: Sequence[Any]) -> Sequence[Any]:
        return list(await self._connection.execute_fetchall(text, values))


client_class = Client
