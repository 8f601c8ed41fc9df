"""Following a campaign's activity log: what was missed, then what happens, with no gap and no repeat.

The log is the truth and a wake-up only a hint: a follower reads what the log holds behind the last row it has seen,
when it is woken and every few seconds in any case, so that a lost wake-up costs a moment and no event.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable

from models import Activity, activity
from storage import fetch_one, read

BATCH = 100
log = logging.getLogger("groundswell.live")

Catch = Callable[[int, int], Awaitable[list[Activity]]]
"""`catch(after, limit)`: the oldest wanted rows of the log behind a seq."""


class Live:
    """The followers of one process: one task and one read a wake-up for each campaign that anyone watches."""

    def __init__(self, queue_size: int = 100, poll_seconds: float = 5.0) -> None:
        self._queue_size = queue_size
        self._poll_seconds = poll_seconds
        self._followers: dict[int, _Follower] = {}
        self._closed = False

    def wake(self, campaign_id: int, seq: int) -> None:
        """Say that the campaign's log has come to `seq`."""
        follower = self._followers.get(campaign_id)
        if follower is not None and seq > follower.head:
            follower.woken.set()

    def watching(self, campaign_id: int) -> int:
        """How many follow the campaign here."""
        follower = self._followers.get(campaign_id)
        return len(follower.subscribers) if follower else 0

    async def follow(
        self, campaign_id: int, after: int | None, catch: Catch, wants: Callable[[Activity], bool]
    ) -> AsyncIterator[Activity]:
        """The wanted rows behind `after`, or from now on where it is null, until the process stops."""
        subscriber = _Subscriber(wants, self._queue_size)
        follower = await self._join(campaign_id, subscriber)
        cursor = follower.head if after is None else after
        try:
            while not self._closed:
                async for row in subscriber.rows(cursor, catch):
                    cursor = row.seq
                    yield row
                await subscriber.changed.wait()
                subscriber.changed.clear()
        finally:
            await self._leave(campaign_id, subscriber)

    async def close(self) -> None:
        """End every subscription; their sockets can then be closed in good order."""
        self._closed = True
        followers, self._followers = list(self._followers.values()), {}
        for follower in followers:
            await follower.stop()

    async def _join(self, campaign_id: int, subscriber: "_Subscriber") -> "_Follower":
        if campaign_id not in self._followers:
            last = await fetch_one(activity.SELECT_LAST_SEQ, campaign_id)
            head = int(last[0]) if last else 0
            # another subscriber may have been here meanwhile
            self._followers.setdefault(campaign_id, _Follower(campaign_id, head, self._poll_seconds))
        follower = self._followers[campaign_id]
        follower.subscribers.add(subscriber)
        follower.start()
        return follower

    async def _leave(self, campaign_id: int, subscriber: "_Subscriber") -> None:
        follower = self._followers.get(campaign_id)
        if follower is not None:
            follower.subscribers.discard(subscriber)
            if not follower.subscribers:
                del self._followers[campaign_id]
                await follower.stop()


class _Subscriber:
    """One reader. Its queue is bounded: one that overflows is dropped, and the log is read again from the cursor."""

    def __init__(self, wants: Callable[[Activity], bool], size: int) -> None:
        self.wants = wants
        self.changed = asyncio.Event()
        self._size = size
        self._queue: deque[Activity] = deque()
        self._behind = True

    def offer(self, rows: list[Activity]) -> None:
        self._queue.extend(row for row in rows if self.wants(row))
        if len(self._queue) > self._size:
            self._queue.clear()
            self._behind = True
        self.changed.set()

    async def rows(self, cursor: int, catch: Catch) -> AsyncIterator[Activity]:
        while self._behind or self._queue:
            if self._behind:
                # What is offered from here on is queued; what was offered before is in the log that is read next.
                self._behind = False
                self._queue.clear()
                more = True
                while more:
                    found = await catch(cursor, BATCH)
                    more = len(found) == BATCH
                    for row in found:
                        cursor = row.seq
                        yield row
            else:
                row = self._queue.popleft()
                if row.seq > cursor:
                    cursor = row.seq
                    yield row


class _Follower:
    """Reads a campaign's log once for all its subscribers."""

    def __init__(self, campaign_id: int, head: int, poll_seconds: float) -> None:
        self.campaign_id = campaign_id
        self.head = head
        self.woken = asyncio.Event()
        self.subscribers: set[_Subscriber] = set()
        self._poll_seconds = poll_seconds
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name=f"follow campaign {self.campaign_id}")

    async def stop(self) -> None:
        for subscriber in self.subscribers:
            subscriber.changed.set()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._poll_seconds):  # `wait_for` of Python 3.11 may miss that it is stopped
                    await self.woken.wait()
            self.woken.clear()
            try:
                await self._read()
            except Exception:  # the database is away for a moment: the next look finds what this one missed
                log.exception("campaign %s could not be followed", self.campaign_id)

    async def _read(self) -> None:
        rows = await read(Activity, activity.SELECT_AFTER_SEQ, self.campaign_id, self.head, BATCH)
        if rows:
            self.head = rows[-1].seq
            for subscriber in self.subscribers:
                subscriber.offer(rows)
        if len(rows) == BATCH:
            self.woken.set()
