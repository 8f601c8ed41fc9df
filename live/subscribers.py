"""Subscribers: a bounded queue for each subscription, with backpressure and catch-up from the activity log."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable

from models import Activity

READ_BATCH_SIZE = 100

CatchUp = Callable[[int, int], Awaitable[list[Activity]]]
"""`catch_up(after_seq, limit)` returns the oldest matching rows of the log after a seq."""


class Subscriber:
    """One subscription. If the queue overflows, the queue is dropped and the log is read again from the cursor.

    So a slow client loses no event, needs bounded memory, and delays nobody else.
    """

    def __init__(self, matches: Callable[[Activity], bool], max_queue_size: int, is_client: bool = True) -> None:
        self.matches = matches
        self.is_client = is_client
        """True if a client follows the log, and not the server itself."""
        self.changed = asyncio.Event()
        self._max_queue_size = max_queue_size
        self._queue: deque[Activity] = deque()
        self._must_catch_up = True

    def put(self, rows: list[Activity]) -> None:
        """Queue the matching rows, or drop the queue on overflow."""
        self._queue.extend(row for row in rows if self.matches(row))
        if len(self._queue) > self._max_queue_size:
            self._queue.clear()
            self._must_catch_up = True
        self.changed.set()

    async def rows(self, after_seq: int, catch_up: CatchUp) -> AsyncIterator[Activity]:
        """Yield all rows after a seq that are known now, from the log or from the queue."""
        while self._must_catch_up or self._queue:
            if self._must_catch_up:
                # Rows put before this line are in the log, which is read next; rows put from here on are queued.
                self._must_catch_up = False
                self._queue.clear()
                has_more = True
                while has_more:
                    batch = await catch_up(after_seq, READ_BATCH_SIZE)
                    has_more = len(batch) == READ_BATCH_SIZE
                    for row in batch:
                        after_seq = row.seq
                        yield row
            else:
                row = self._queue.popleft()
                if row.seq > after_seq:
                    after_seq = row.seq
                    yield row
