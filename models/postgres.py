"""PostgreSQL through asyncpg's pool, with the one verb that our statements need."""

from collections.abc import Sequence
from typing import Any

from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionContextPooled
from tortoise.backends.base_postgres.client import translate_exceptions


class Transaction(TransactionWrapper):
    dialect = "postgres"

    @translate_exceptions
    async def fetch(self, text: str, values: Sequence[Any]) -> Sequence[Any]:
        async with self.acquire_connection() as connection:
            return list(await connection.fetch(text, *values))


class Client(AsyncpgDBClient):
    dialect = "postgres"

    def _in_transaction(self) -> TransactionContextPooled:
        return TransactionContextPooled(Transaction(self), self._pool_init_lock)

    @translate_exceptions
    async def fetch(self, text: str, values: Sequence[Any]) -> Sequence[Any]:
        async with self.acquire_connection() as connection:
            return list(await connection.fetch(text, *values))


client_class = Client
