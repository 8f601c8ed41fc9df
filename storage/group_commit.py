"""Group commit: concurrent SQLite writes share one commit, and each of them can still be rolled back alone.

A commit copies every changed page to the write-ahead log, which costs as much as the write itself; and concurrent
writes change the same pages. (DeWitt et al., "Implementation Techniques for Main Memory Database Systems", 1984.)
"""

import asyncio
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import aiosqlite
from tortoise.exceptions import OperationalError

CHECKPOINT_AFTER_ROWS = 1_000
"""Changed rows, of some five pages each, after which the write-ahead log is copied back into the database file."""

TRUNCATION_TIMEOUT_MS = 100
"""The longest that writers wait for readers while the log is cut."""

log = logging.getLogger("groundswell.sqlite")


class GroupCommit:
    """The writes of one connection. A caller of `begin`, and then `keep` or `undo`, must hold the lock."""

    def __init__(self, connection: aiosqlite.Connection, lock: asyncio.Lock, busy_timeout_ms: int) -> None:
        self._connection = connection
        self._lock = lock
        self._busy_timeout_ms = busy_timeout_ms
        self._pending: list[asyncio.Future[None]] = []  # one for each finished write of the open transaction
        self._is_scheduled = False  # whether a commit of the pending writes is scheduled
        self._commit_task: asyncio.Task[None] | None = None  # a commit that must wait for a writer or the disk
        self._log_is_new = True  # the first commit to a new log waits until its header is on the disk
        self._checkpointed_changes = 0  # value of `total_changes` at the last checkpoint

    async def begin(self) -> None:
        """Begin a transaction, or a savepoint if a transaction with pending writes is open."""
        if self._pending and self._connection.in_transaction:
            self._run("SAVEPOINT write")
            return
        if self._pending:
            self._resolve(_rolled_back())
        if self._connection.in_transaction:  # a task was cancelled while it began
            await self._connection.rollback()
        # IMMEDIATE takes the write lock now, and can wait for the lock. A deferred transaction that begins to write
        # later can not wait: SQLite fails with "database is locked".
        if not self._begin_without_waiting():
            await self._connection.execute_fetchall("BEGIN IMMEDIATE")

    def _begin_without_waiting(self) -> bool:
        """Begin unless another process writes. Return whether the transaction is open."""
        self._run("PRAGMA busy_timeout=0")
        try:
            self._run("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
        finally:
            self._run(f"PRAGMA busy_timeout={self._busy_timeout_ms}")
        return self._connection.in_transaction

    def keep(self) -> asyncio.Future[None]:
        """Finish the write, and return a future that is done when the write is committed."""
        if self._pending and self._connection.in_transaction:
            self._run("RELEASE write")
        committed = asyncio.get_running_loop().create_future()
        self._pending.append(committed)
        return committed

    def undo(self) -> None:
        """Roll back this write and no other."""
        if not self._connection.in_transaction:
            self._resolve(_rolled_back())
        elif self._pending:
            self._run("ROLLBACK TO write")
            self._run("RELEASE write")
        else:
            self._run("ROLLBACK")

    def commit_soon(self) -> None:
        """Schedule a commit of the pending writes after the writers that are ready to run."""
        if self._pending and not self._is_scheduled:
            self._is_scheduled = True
            asyncio.get_running_loop().call_soon(self._commit_now_or_later)

    def _commit_now_or_later(self) -> None:
        """Commit on the event loop, or in a task if a writer holds the lock or the disk must be waited for."""
        if self._lock.locked() or self._must_wait_for_disk:
            self._commit_task = asyncio.create_task(self.commit())
        else:
            with self._committing():
                self._connection._conn.commit()

    async def commit(self) -> None:
        """Commit when no writer holds the lock. The connection's thread waits for the disk, not the event loop."""
        async with self._lock:
            if not self._pending:
                return
            is_full = self._log_is_full
            await self._commit_pending()
            if is_full:
                await self._checkpoint("PRAGMA wal_checkpoint")

    async def _commit_pending(self) -> None:
        with self._committing():
            await self._connection.commit()
        self._log_is_new = False

    async def truncate_log(self) -> bool:
        """Copy the log into the database's file and cut the log to nothing, so that no deleted text is left in it.

        Return False if a reader still needs the log: of another process, or a long read.
        """
        async with self._lock:
            if self._pending:
                await self._commit_pending()
            self._run(f"PRAGMA busy_timeout={TRUNCATION_TIMEOUT_MS}")
            try:
                return await self._checkpoint("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                self._run(f"PRAGMA busy_timeout={self._busy_timeout_ms}")

    @contextmanager
    def _committing(self) -> Iterator[None]:
        """Resolve the futures of the pending writes with the outcome of the commit."""
        error = None if self._connection.in_transaction else _rolled_back()
        try:
            yield
        except sqlite3.Error as failure:
            error = OperationalError(failure)
            if self._connection.in_transaction:
                self._run("ROLLBACK")
        self._resolve(error)

    def _resolve(self, error: OperationalError | None) -> None:
        pending, self._pending, self._is_scheduled = self._pending, [], False
        for committed in pending:
            if committed.done():  # the waiting task was cancelled
                continue
            if error is None:
                committed.set_result(None)
            else:
                committed.set_exception(error)

    @property
    def _must_wait_for_disk(self) -> bool:
        return self._log_is_new or self._log_is_full

    @property
    def _log_is_full(self) -> bool:
        return self._connection.total_changes - self._checkpointed_changes >= CHECKPOINT_AFTER_ROWS

    async def _checkpoint(self, pragma: str) -> bool:
        """Write the log back; return whether nothing stood in the way."""
        try:
            ((is_busy, *_),) = await self._connection.execute_fetchall(pragma)
        except sqlite3.Error:  # nothing is lost: all rows are in the log, and the next commit retries
            log.exception("the log can't be written back to the database's file")
            return False
        self._checkpointed_changes, self._log_is_new = self._connection.total_changes, True
        return not is_busy

    def _run(self, text: str) -> None:
        self._connection._conn.execute(text)


def _rolled_back() -> OperationalError:
    """Return the error for writes that SQLite rolled back by itself, as it does when the disk is full."""
    return OperationalError("The database took back what was not committed yet.")
