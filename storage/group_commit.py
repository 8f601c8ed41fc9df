"""Group commit: SQLite's writes that come together are committed together, and each can be taken back alone.

A commit copies every page that was changed to the log, which costs as much as the write itself; and writes of one
moment change the same pages. (DeWitt et al., "Implementation Techniques for Main Memory Database Systems", 1984.)
"""

import asyncio
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import aiosqlite
from tortoise.exceptions import OperationalError

CHECKPOINT = 1_000  # rows that are written, each to some five pages; then the log goes back to the file

log = logging.getLogger("groundswell.sqlite")


class GroupCommit:
    """The writes of one connection. Whoever calls `begin`, and then `keep` or `undo`, has the lock meanwhile."""

    def __init__(self, connection: aiosqlite.Connection, lock: asyncio.Lock, patience: int) -> None:
        """`patience`: the connection's busy timeout, in milliseconds."""
        self._connection = connection
        self._lock = lock
        self._patience = patience
        self._kept: list[asyncio.Future[None]] = []  # writes that are done, in the open transaction
        self._is_due = False  # whether a commit of theirs is on its way
        self._waiting: asyncio.Task[None] | None = None  # a commit that could not be at once
        self._log_is_new = True  # the first commit to it waits until the disk has the log's head
        self._written_back = 0  # how many of the rows that were changed are in the file, and not only in the log

    async def begin(self) -> None:
        """Open a transaction, or a savepoint in the one where others have written."""
        if self._kept and self._connection.in_transaction:
            self._run("SAVEPOINT one")
            return
        if self._kept:
            self._answer(_lost())
        if self._connection.in_transaction:  # left by a task that was cancelled while it began
            await self._connection.rollback()
        # IMMEDIATE takes the write lock at once and waits for it. A deferred transaction that turns into a writer
        # halfway can't wait: SQLite answers it "database is locked".
        if not self._begins_at_once():
            await self._connection.execute_fetchall("BEGIN IMMEDIATE")

    def _begins_at_once(self) -> bool:
        """Begin, unless another process writes; whether it was so."""
        self._run("PRAGMA busy_timeout=0")
        try:
            self._run("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
        finally:
            self._run(f"PRAGMA busy_timeout={self._patience}")
        return self._connection.in_transaction

    def keep(self) -> asyncio.Future[None]:
        """The write is done. Gives what to wait for: it is done when it is committed."""
        if self._kept and self._connection.in_transaction:
            self._run("RELEASE one")
        committed = asyncio.get_running_loop().create_future()
        self._kept.append(committed)
        return committed

    def undo(self) -> None:
        """Take the write back, and no other."""
        if not self._connection.in_transaction:
            self._answer(_lost())
        elif self._kept:
            self._run("ROLLBACK TO one")
            self._run("RELEASE one")
        else:
            self._run("ROLLBACK")

    def commit_soon(self) -> None:
        """Commit what was kept, when those who are ready to write have written too."""
        if self._kept and not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._commit_at_once)

    def _commit_at_once(self) -> None:
        """Unless somebody writes, or the disk is to be waited for."""
        if self._lock.locked() or self._waits_for_the_disk:
            self._waiting = asyncio.create_task(self.commit())
        else:
            with self._committing():
                self._connection._conn.commit()

    async def commit(self) -> None:
        """Commit when nobody writes. It is the connection's thread that waits for the disk."""
        async with self._lock:
            if not self._kept:
                return
            is_full = self._log_is_full
            with self._committing():
                await self._connection.commit()
            self._log_is_new = False
            if is_full:
                await self._write_back()

    @contextmanager
    def _committing(self) -> Iterator[None]:
        """Tells those whose writes were kept what has become of them."""
        error = None if self._connection.in_transaction else _lost()
        try:
            yield
        except sqlite3.Error as failure:
            error = OperationalError(failure)
            if self._connection.in_transaction:
                self._run("ROLLBACK")
        self._answer(error)

    def _answer(self, error: OperationalError | None) -> None:
        kept, self._kept, self._is_due = self._kept, [], False
        for committed in kept:
            if committed.done():  # who waited is gone
                continue
            if error is None:
                committed.set_result(None)
            else:
                committed.set_exception(error)

    @property
    def _waits_for_the_disk(self) -> bool:
        return self._log_is_new or self._log_is_full

    @property
    def _log_is_full(self) -> bool:
        return self._connection.total_changes - self._written_back >= CHECKPOINT

    async def _write_back(self) -> None:
        try:
            await self._connection.execute_fetchall("PRAGMA wal_checkpoint")
        except sqlite3.Error:  # everything is in the log, and the next commit tries again
            log.exception("the log can't be written back to the database's file")
            return
        self._written_back, self._log_is_new = self._connection.total_changes, True

    def _run(self, text: str) -> None:
        self._connection._conn.execute(text)


def _lost() -> OperationalError:
    """A full disk, for one, makes SQLite take back all by itself."""
    return OperationalError("The database took back what was not committed yet.")
