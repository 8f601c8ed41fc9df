"""The SQLite client: one connection for a queue of writers, and one for reads, which never wait for a writer.

Statements that use an index take tens of microseconds; to pass one to aiosqlite's thread and back takes longer. So
statements run on the event loop (docs/decisions/sqlite-on-the-loop.md). Only what may wait, for another process that
writes or for the disk, runs in the connection's thread.
"""

import asyncio
import sqlite3
from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiosqlite
from tortoise.backends.base.client import NestedTransactionContext, TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionWrapper
from tortoise.connection import get_connections
from tortoise.exceptions import IntegrityError, OperationalError

from storage.database import observe
from storage.forgetting import Forgetting
from storage.group_commit import GroupCommit

MEMORY = ":memory:"
MAX_PREPARED_STATEMENTS = 1_000  # of each connection
WRITE_VERBS = ("INSERT", "UPDATE", "DELETE")
CANCEL_CHECK_STEPS = 1_000_000
"""Virtual machine steps of a long read, some 20 milliseconds, between checks whether its caller is gone."""


Execution = Callable[[aiosqlite.Connection, str, Sequence[Any]], Any]
"""Run a statement on a connection and return rows, a row count or an id."""


def _with_tortoise_errors(execute: Callable[[sqlite3.Cursor, str, Sequence[Any]], Any]) -> Execution:
    """Raise Tortoise's exceptions in place of the driver's."""

    def run(connection: aiosqlite.Connection, text: str, values: Sequence[Any]) -> Any:
        try:
            return execute(connection._conn.cursor(), text, values)
        except sqlite3.IntegrityError as error:
            raise IntegrityError(error) from error
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error

    return run


@_with_tortoise_errors
def _rows(cursor: sqlite3.Cursor, text: str, values: Sequence[Any]) -> Sequence[Any]:
    return cursor.execute(text, values).fetchall()  # plain tuples: a third cheaper than sqlite3.Row


@_with_tortoise_errors
def _count_and_rows(cursor: sqlite3.Cursor, text: str, values: Sequence[Any]) -> tuple[int, Sequence[Any]]:
    cursor.row_factory = sqlite3.Row  # the ORM reads columns by name
    rows = cursor.execute(text, values).fetchall()
    return (len(rows) if cursor.rowcount < 0 else cursor.rowcount), rows


@_with_tortoise_errors
def _new_id(cursor: sqlite3.Cursor, text: str, values: Sequence[Any]) -> int | None:
    return cursor.execute(text, values).lastrowid


@_with_tortoise_errors
def _many(cursor: sqlite3.Cursor, text: str, values: Sequence[Any]) -> None:
    cursor.executemany(text, values)


class Queries(SqliteClient):
    """Run and observe the ORM's queries. `database.fetch` observes our statements."""

    dialect = "sqlite"

    @abstractmethod
    async def run(self, execute: Execution, text: str, values: Sequence[Any]) -> Any:
        """Execute a statement on the connection of this client or transaction, and return the result."""

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, Sequence[Any]]:
        observe(query)
        count_and_rows: tuple[int, Sequence[Any]] = await self.run(_count_and_rows, query, values or ())
        return count_and_rows

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
    """A transaction that shares its commit with the transactions after it (see storage/group_commit.py)."""

    def __init__(self, client: "Client") -> None:
        self._client = client

    async def __aenter__(self) -> TransactionalDBClient:
        writer = self._client
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
        writes, committed = self._client.writes, None
        try:
            if error is None:
                committed = writes.keep()
            else:
                writes.undo()
        finally:
            get_connections().reset(self._token)
            self._client._lock.release()
            writes.commit_soon()
        if committed is not None:
            await committed


class Transaction(Queries, SqliteTransactionWrapper):
    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(Transaction(self))

    async def fetch(self, text: str, values: Sequence[Any]) -> Sequence[Any]:
        rows: Sequence[Any] = _rows(self._connection, text, values)
        return rows

    async def run(self, execute: Execution, text: str, values: Sequence[Any]) -> Any:
        return execute(self._connection, text, values)

    async def execute_script(self, query: str) -> None:
        """Run statements, one by one. The driver's own method would commit the transaction first."""
        for statement in filter(None, map(str.strip, query.split(";"))):
            await self.execute_query(statement)


class Client(Queries):
    """Write on Tortoise's own connection. Reads use a second connection while a transaction is open on the first."""

    reader: aiosqlite.Connection | None = None
    writes: GroupCommit
    forgetting: Forgetting

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._opening = asyncio.Lock()

    async def create_connection(self, with_db: bool) -> None:
        async with self._opening:  # concurrent first callers must not open the connection twice
            if self._connection is None:
                self._connection = await self._open()
                self.writes = GroupCommit(self._connection, self._lock, self.pragmas["busy_timeout"])
                self.forgetting = Forgetting(self.writes)
                await self.writes.truncate_log()  # a process that was killed may have left deleted text in it
            if self.reader is None and self.filename != MEMORY:
                reader = await self._open()
                await reader.execute_fetchall("PRAGMA query_only=ON")
                self.reader = reader

    async def _open(self) -> aiosqlite.Connection:
        connection = await aiosqlite.connect(
            self.filename, isolation_level=None, check_same_thread=False, cached_statements=MAX_PREPARED_STATEMENTS
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
            await self.forgetting.close()
            await self.writes.commit()
        if self.reader is not None:
            await self.reader.close()
            self.reader = None
        await super().close()

    async def forget(self) -> None:
        """Cut the write-ahead log, in which deleted text still stands."""
        await self.forgetting.forget()

    @asynccontextmanager
    async def separate_reader(self) -> AsyncIterator[Any]:
        """Yield a client for long reads, with a connection and thread of its own: the event loop does not wait."""
        if self.filename == MEMORY:  # a database in memory has only one connection
            yield self
            return
        connection, is_over = await self._open(), False
        try:
            await connection.execute_fetchall("PRAGMA query_only=ON")
            # stop a read whose caller was cancelled; `interrupt` would miss a statement that has not begun
            await connection.set_progress_handler(lambda: is_over, CANCEL_CHECK_STEPS)
            yield ThreadReader(connection)
        finally:
            is_over = True
            await connection.close()

    def _in_transaction(self) -> TransactionContext:
        return GroupedTransaction(self)

    def idle_reader(self) -> aiosqlite.Connection | None:
        """Return a connection that can read now: the writer's, whose cache is warmest, unless a transaction is open."""
        writer = self._connection
        return self.reader if writer is None or self._lock.locked() or writer.in_transaction else writer

    async def run(self, execute: Execution, text: str, values: Sequence[Any]) -> Any:
        if text.startswith(WRITE_VERBS):  # outside of a transaction: wait for the lock, and begin one
            async with self._in_transaction() as transaction:
                return execute(transaction._connection, text, values)
        return await self.fetch(text, values, execute)

    async def fetch(self, text: str, values: Sequence[Any], execute: Execution = _rows) -> Any:
        if self._connection is None:
            await self.create_connection(with_db=True)
        # anything but a SELECT goes to the reader, which refuses to write
        connection = self.idle_reader() if text.startswith("SELECT") else self.reader
        if connection is not None:
            return execute(connection, text, values)
        # in memory there is one connection; wait until its transaction ends, to read no uncommitted rows
        async with self.acquire_connection() as connection:
            return execute(connection, text, values)


class ThreadReader:
    """Run statements in the connection's thread, not on the event loop."""

    dialect = "sqlite"

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def fetch(self, text: str, values: Sequence[Any]) -> Sequence[Any]:
        return list(await self._connection.execute_fetchall(text, values))


client_class = Client
