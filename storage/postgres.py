"""The PostgreSQL client: Tortoise's, on asyncpg's pool, with `fetch` for our statements."""

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg  # type: ignore[import-untyped]
from asyncpg import DeadlockDetectedError
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import NestedTransactionContext, TransactionContext
from tortoise.backends.base_postgres.client import translate_exceptions
from tortoise.log import db_client_logger

from storage.database import Deadlock, observe

db_client_logger.setLevel(logging.INFO)  # at DEBUG Tortoise logs the values of its queries, which may be private


class Queries(AsyncpgDBClient):
    """Run and observe the ORM's queries. `database.fetch` observes our statements."""

    dialect = "postgres"

    @translate_exceptions
    async def fetch(self, text: str, values: Sequence[Any]) -> Sequence[Any]:
        async with self.acquire_connection() as connection:
            return list(await connection.fetch(text, *values))

    async def execute_query(self, query: str, values: list[Any] | None = None) -> Any:
        observe(query)
        return await super().execute_query(query, values)

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> Any:
        observe(query)
        return await super().execute_query_dict(query, values)

    async def execute_insert(self, query: str, values: list[Any]) -> Any:
        observe(query)
        return await super().execute_insert(query, values)

    async def execute_many(self, query: str, values: list[Any]) -> None:
        observe(query)
        await super().execute_many(query, values)

    async def _translate_exceptions(self, func: Callable[..., Any], *args: Any, **options: Any) -> Any:
        try:
            return await super()._translate_exceptions(func, *args, **options)
        except DeadlockDetectedError as error:
            raise Deadlock from error


class Transaction(Queries, TransactionWrapper):
    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(Transaction(self))


class Client(Queries):
    async def create_pool(self, **arguments: Any) -> asyncpg.Pool:
        """Open the pool. Tortoise passes no URL to asyncpg, which reads libpq's options from a URL only."""
        return await asyncpg.create_pool(arguments.pop("dsn"), **arguments)

    def _in_transaction(self) -> TransactionContext:
        context = super()._in_transaction()
        context.client = Transaction(self)
        return context

    async def forget(self) -> None:
        """Do nothing: old versions of rows are PostgreSQL's own to vacuum, and its log the operator's to archive."""

    @asynccontextmanager
    async def separate_reader(self) -> AsyncIterator[Any]:
        """Yield a client for long reads: any connection of the pool will do."""
        yield self


client_class = Client
