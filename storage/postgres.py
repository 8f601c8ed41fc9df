"""PostgreSQL through asyncpg's pool, with the one verb that our statements need."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from asyncpg import DeadlockDetectedError  # type: ignore[import-untyped]
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionContextPooled
from tortoise.backends.base_postgres.client import translate_exceptions

from storage.database import Deadlock


class Transaction(TransactionWrapper):
    dialect = "postgres"

    @translate_exceptions
    async def fetch(self, text: str, values: Sequence[Any]) -> Sequence[Any]:
        try:
            async with self.acquire_connection() as connection:
                return list(await connection.fetch(text, *values))
        except DeadlockDetectedError as error:
            raise Deadlock from error


class Client(AsyncpgDBClient):
    dialect = "postgres"

    def _in_transaction(self) -> TransactionContextPooled:
        return TransactionContextPooled(Transaction(self), self._pool_init_lock)

    @translate_exceptions
    async def fetch(self, text: str, values: Sequence[Any]) -> Sequence[Any]:
        async with self.acquire_connection() as connection:
            return list(await connection.fetch(text, *values))

    @asynccontextmanager
    async def aside(self) -> AsyncIterator[Any]:
        """A reader for what takes long: any connection of the pool."""
        yield self


client_class = Client
