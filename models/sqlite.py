"""SQLite for a server: one writer that queues, and a reader that never waits for it.

Our statements walk an index and take tens of microseconds; to hand each to aiosqlite's thread and back costs more than
that. So they run where they are asked for, on the event loop (docs/decisions/sqlite-on-the-loop.md). What may wait,
taking the write lock and committing (a commit may write the log back, and wait for the disk), is left to the thread.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
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
    async def begin(self) -> None:
        # IMMEDIATE takes the write lock at once and waits for it. A deferred transaction that turns into a writer
        # halfway can't wait: SQLite answers it "database is locked".
        if self._connection.in_transaction:  # left by a task that was cancelled while it began
            await self._connection.rollback()
        await self._connection.execute_fetchall("BEGIN IMMEDIATE")

    dialect = "sqlite"

    async def fetch(self, text: str, values: Sequence[Any]) -> Sequence[Any]:
        return _rows(self._connection, text, values)


class Client(SqliteClient):
    """The writer is Tortoise's own connection; reads outside a transaction have one of their own."""

    dialect = "sqlite"
    reader: aiosqlite.Connection | None = None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._opening = asyncio.Lock()

    async def create_connection(self, with_db: bool) -> None:
        async with self._opening:  # many may be the first at once; a connection opened twice is closed but once
            if self._connection is None:
                self._connection = await self._open()
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

    def _in_transaction(self) -> TransactionContext:
        return TransactionContext(Transaction(self), self._lock)

    async def fetch(self, text: str, values: Sequence[Any]) -> Sequence[Any]:
        if self.reader is not None:
            return _rows(self.reader, text, values)
        await self.create_connection(with_db=True)
        if self.reader is not None:
            return _rows(self.reader, text, values)
        # in memory there is one connection, and a transaction on it must not be looked into
        async with self.acquire_connection() as connection:
            return _rows(connection, text, values)


def _rows(connection: aiosqlite.Connection, text: str, values: Sequence[Any]) -> Sequence[Any]:
    try:
        return connection._conn.execute(text, values).fetchall()
    except sqlite3.IntegrityError as error:
        raise IntegrityError(error) from error
    except sqlite3.OperationalError as error:
        raise OperationalError(error) from error


client_class = Client
