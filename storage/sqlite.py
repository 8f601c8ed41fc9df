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

from storage.group_commit import GroupCommit

MEMORY = ":memory:"
STATEMENTS = 1_000  # kept prepared by each connection
STEPS = 1_000_000  # of a long read, some 20 milliseconds, after which it looks whether anyone waits for it still


class TransactionContext(SqliteTransactionContext):
    """Tortoise's own, but the next one may write before this one's commit, which they then share."""

    connection: "Transaction"

    async def __aenter__(self) -> TransactionalDBClient:
        await self._trxlock.acquire()
        try:
            await self.ensure_connection()
            await self.connection.writes.begin()
        except BaseException:
            self._trxlock.release()
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        return self.connection

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> None:
        writes, committed = self.connection.writes, None
        try:
            if error is None:
                committed = writes.keep()
            else:
                writes.undo()
        finally:
            get_connections().reset(self.token)
            self._trxlock.release()
            writes.commit_soon()
        if committed is not None:
            await committed


class Transaction(SqliteTransactionWrapper):
    dialect = "sqlite"
    _parent: "Client"

    @property
    def writes(self) -> GroupCommit:
        return self._parent.writes

    async def fetch(self, text: str, values: Sequence[Any]) -> Sequence[Any]:
        return _rows(self._connection, text, values)


class Client(SqliteClient):
    """The writer is Tortoise's own connection; reads have one of their own while a transaction is open on it."""

    dialect = "sqlite"
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
        if self._connection is not None:
            await self.writes.commit()
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
