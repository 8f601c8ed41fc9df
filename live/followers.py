"""Followers: one task for each followed campaign that reads new rows of the activity log for all subscribers."""

import asyncio
import contextlib
import logging

from live.subscribers import READ_BATCH_SIZE, Subscriber
from models import Activity, activity
from storage import read

log = logging.getLogger("groundswell.live")


class Follower:
    """Reads a campaign's log once for all its subscribers, after each wake-up and every `poll_seconds`."""

    def __init__(self, campaign_id: int, head: int, poll_seconds: float) -> None:
        self.campaign_id = campaign_id
        self.head = head
        """The seq of the last row that was read."""
        self.woken = asyncio.Event()
        self.subscribers: set[Subscriber] = set()
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
                # `wait_for` of Python 3.11 may swallow a cancellation
                async with asyncio.timeout(self._poll_seconds):
                    await self.woken.wait()
            self.woken.clear()
            try:
                await self._read()
            except Exception:  # such as a database that is down for a moment: the next poll reads the missed rows
                log.exception("campaign %s could not be followed", self.campaign_id)

    async def _read(self) -> None:
        rows = await read(Activity, activity.SELECT_AFTER_SEQ, self.campaign_id, self.head, READ_BATCH_SIZE)
        if rows:
            self.head = rows[-1].seq
            for subscriber in self.subscribers:
                subscriber.put(rows)
        if len(rows) == READ_BATCH_SIZE:
            self.woken.set()
