"""SQLite for a server: one writer that queues, and a reader that never waits for it.

Our statements walk an index and take tens of microseconds; to hand each to aiosqlite's thread and back costs more than
that. So they run where they are asked for, on the event loop (docs/decisions/sqlite-on-the-loop.md). What may wait,
for another process that writes or for the disk, is left to the thread.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiosqlite
from tortoise.backends.base.client import TransactionalDBClient
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
)
from tortoise.connection import get_connections
from tortoise.exceptions import IntegrityError, OperationalError

MEMORY = ":memory:"
STATEMENTS = 1_000  # kept prepared by each connection
STEPS = 1_000_000  # of a long read, some 20 milliseconds, after which it looks whether anyone waits for it still
CHECKPOINT = 1_000  # rows that are written, each to some five pages; then the log goes back to the file


class TransactionContext(SqliteTransactionContext):
    """Tortoise's own, but a transaction that could not begin gives the writer back."""

    async def __aenter__(self) -> TransactionalDBClient:
        await self._trxlock.acquire()
        try:
            await self.ensure_connection()
            await self.connection.begin()
        except BaseException:
            self._trxlock.release()
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        return self.connection  # type: ignore[no-any-return]


class Transaction(SqliteTransactionWrapper):
    dialect = "sqlite"
    _parent: "Client"

    async def begin(self) -> None:
        # IMMEDIATE takes the write lock at once and waits for it. A deferred transaction that turns into a writer
        # halfway can't wait: SQLite answers it "database is locked".
        if self._connection.in_transaction:  # left by a task that was cancelled while it began
            await self._connection.rollback()
        if not self._begins_at_once():
            await self._connection.execute_fetchall("BEGIN IMMEDIATE")

    def _begins_at_once(self) -> bool:
        """Begin, unless another process writes; whether it was so."""
        run = self._connection._conn.execute
        run("PRAGMA busy_timeout=0")
        try:
            run("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
        finally:
            run(f"PRAGMA busy_timeout={self._parent.pragmas['busy_timeout']}")
        return self._connection.in_transaction

    async def commit(self) -> None:
        client = self._parent
        is_full = self._connection.total_changes - client.written_back >= CHECKPOINT
        if is_full or client.log_is_new:
            await super().commit()
        else:  # it goes to the operating system, and does not wait for the disk
            self._connection._conn.commit()
            self._finalized = True
        client.log_is_new = is_full
        if is_full:
            await self._connection.execute_fetchall("PRAGMA wal_checkpoint")
            client.written_back = self._connection.total_changes

    async def rollback(self) -> None:
        self._connection._conn.rollback()
        self._finalized = True

    async def fetch(self, text: str, values: Sequence[Any]) -> Sequence[Any]:
        return _rows(self._connection, text, values)


class Client(SqliteClient):
    """The writer is Tortoise's own connection; reads have one of their own while a transaction is open on it."""

    dialect = "sqlite"
    reader: aiosqlite.Connection | None = None
    written_back = 0  # how many of the rows that the writer changed are in the file, and not only in the log
    log_is_new = True  # the first commit to it waits until the disk has the log's head

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._opening = asyncio.Lock()

    async def create_connection(self, with_db: bool) -> None:
        async with self._opening:  # many may be the first at once; a connection opened twice is closed but once
            if self._connection is None:
                self._connection = await self._open()
                self.written_back, self.log_is_new = 0, True
                self._connection._conn.row_factory = sqlite3.Row  # the ORM reads columns by name
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
        if self.reader is not None:
            await self.reader.close()
            self.reader = None
        await super().close()

    @asynccontextmanager
    async def aside(self) -> AsyncIterator[Any]:
        """A reader for what takes long: it has a connection and a thread of its own, and nobody waits for it."""
        if self.filename == MEMORY:  # there is but one connection to it
            yield self
            return
        connection, is_over = await self._open(), False
        try:
            await connection.execute_fetchall("PRAGMA query_only=ON")
            # what is still read for someone who has gone ends; an interrupt would miss what has not begun yet
            await connection.set_progress_handler(lambda: is_over, STEPS)
            yield Aside(connection)
        finally:
            is_over = True
            await connection.close()

    def _in_transaction(self) -> TransactionContext:
        return TransactionContext(Transaction(self), self._lock)

    def reading(self) -> aiosqlite.Connection | None:
        """Who can read now: the writer while nobody writes, for it still holds the pages that it wrote."""
        writer = self._connection
        return self.reader if writer is None or self._lock.locked() or writer.in_transaction else writer

    async def fetch(self, text: str, values: Sequence[Any]) -> Sequence[Any]:
        if self._connection is None:
            await self.create_connection(with_db=True)
        # all but a SELECT is the reader's, which refuses to write
        connection = self.reading() if text.startswith("SELECT") else self.reader
        if connection is not None:
            return _rows(connection, text, values)
        # in memory there is one connection, and a transaction on it must not be looked into
        async with self.acquire_connection() as connection:
            return _rows(connection, text, values)


class Aside:
    """Statements are read in the connection's thread, and the loop goes on meanwhile."""

    dialect = "sqlite"

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def fetch(self, text: str, values: Sequence[Any]) -> Sequence[Any]:
        return list(await self._connection.execute_fetchall(text, values))


def _rows(connection: aiosqlite.Connection, text: str, values: Sequence[Any]) -> Sequence[Any]:
    cursor = connection._conn.cursor()
    cursor.row_factory = None  # plain tuples: a third less to make and to read
    try:
        return cursor.execute(text, values).fetchall()
    except sqlite3.IntegrityError as error:
        raise IntegrityError(error) from error
    except sqlite3.OperationalError as error:
        raise OperationalError(error) from error


client_class = Client
