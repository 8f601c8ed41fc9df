"""Forgetting: cut SQLite's write-ahead log after a deletion. Deleted text stands in the log until the log is reused.

`secure_delete` overwrites what is deleted in the database's file, but no page of the log.
"""

import asyncio
import contextlib

from storage.group_commit import GroupCommit

FIRST_RETRY_SECONDS, LAST_RETRY_SECONDS = 0.05, 5.0


class Forgetting:
    """Cut the log of one connection, again and again while a reader needs it."""

    def __init__(self, writes: GroupCommit) -> None:
        self._writes = writes
        self._first_try: asyncio.Task[bool] | None = None  # has not begun yet: deletions share it
        self._retrying: asyncio.Task[None] | None = None

    async def forget(self) -> None:
        """Cut the log, so that nothing that was deleted is left in it; go on later if a reader needs the log now."""
        if self._first_try is None:
            self._first_try = asyncio.create_task(self._try())
        if not await asyncio.shield(self._first_try) and (self._retrying is None or self._retrying.done()):
            self._retrying = asyncio.create_task(self._retry(), name="cutting the write-ahead log")

    async def _try(self) -> bool:
        self._first_try = None
        return await self._writes.truncate_log()

    async def _retry(self) -> None:
        seconds = FIRST_RETRY_SECONDS
        await asyncio.sleep(seconds)
        while not await self._writes.truncate_log():
            seconds = min(2 * seconds, LAST_RETRY_SECONDS)
            await asyncio.sleep(seconds)

    async def close(self) -> None:
        """Stop trying. The log is deleted when the last process closes the database."""
        if self._retrying is not None:
            self._retrying.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._retrying
