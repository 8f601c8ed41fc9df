"""SQLite for a server: one writer that queues, readers that never wait for it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiosqlite
from tortoise.backends.base.client import TransactionalDBClient
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
    translate_exceptions,
)
from tortoise.connection import get_connections

MEMORY = ":memory:"


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

    @translate_exceptions
    async def fetch(self, text: str, *values: Any) -> Sequence[Any]:
        return list(await self._connection.execute_fetchall(text, values))


class Client(SqliteClient):
    """The writer is Tortoise's own connection; reads outside a transaction have one of their own."""

    reader: aiosqlite.Connection | None = None

    async def create_connection(self, with_db: bool) -> None:
        await super().create_connection(with_db)
        if self.reader is None and self.filename != MEMORY:
            self.reader = await aiosqlite.connect(self.filename, isolation_level=None)
            await self.reader.execute_fetchall(f"PRAGMA busy_timeout={self.pragmas['busy_timeout']}")
            await self.reader.execute_fetchall("PRAGMA query_only=ON")

    async def close(self) -> None:
        if self.reader is not None:
            await self.reader.close()
            self.reader = None
        await super().close()

    def _in_transaction(self) -> TransactionContext:
        return TransactionContext(Transaction(self), self._lock)

    @translate_exceptions
    async def fetch(self, text: str, *values: Any) -> Sequence[Any]:
        async with self.reading() as connection:
            return list(await connection.execute_fetchall(text, values))

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[aiosqlite.Connection]:
        if self._connection is None:
            await self.create_connection(with_db=True)
        if self.reader is not None:
            yield self.reader
        else:  # in memory there is one connection, and a transaction on it must not be looked into
            async with self.acquire_connection() as connection:
                yield connection


client_class = Client
