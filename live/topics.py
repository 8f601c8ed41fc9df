"""Topics: what several live subscriptions watch, with one task that wakes them all together, not too often."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable

from live.changed_ids import Changed, ChangedIds
from live.turns import Turns

RETRY_SECONDS = 1.0

Sleep = Callable[[float], Awaitable[object]]

log = logging.getLogger("groundswell.live")


class Topic:
    """Changed ids, and the subscriptions that read them.

    The first change after a silence wakes the subscriptions at once; the changes of the next `seconds` wake them once,
    together. With `poll_seconds` they are also woken after so long a silence, and yield although nothing has changed.
    """

    def __init__(
        self,
        name: str,
        seconds: float,
        poll_seconds: float | None = None,
        sleep: Sleep = asyncio.sleep,
        turns: Turns | None = None,
    ) -> None:
        self.changed = ChangedIds()
        self.subscriptions: set[asyncio.Event] = set()
        self.name = name
        self._seconds = seconds
        self._poll_seconds = poll_seconds
        self._sleep = sleep
        self._turns = turns or Turns()
        self._has_changed = asyncio.Event()
        self._is_stopped = False
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks.append(asyncio.create_task(self._run(), name=f"changes of {self.name}"))

    async def stop(self) -> None:
        """End every subscription, and the tasks."""
        self._is_stopped = True
        self._wake_subscriptions()
        # all are cancelled before one is waited for: a second cancellation of the caller may interrupt the waiting
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)

    def add(self, ids: Iterable[int] = ()) -> None:
        """Add a change of these ids, and wake the subscriptions soon."""
        self.changed.add(ids)
        self._has_changed.set()

    async def follow(self) -> AsyncGenerator[Changed]:
        """Yield at once, without an id; then what has changed, each time that something has, until the topic stops."""
        woken = asyncio.Event()
        self.subscriptions.add(woken)
        position = self.changed.position
        try:
            await self._turns.wait()
            yield Changed([], False, position)
            while not self._is_stopped:
                await woken.wait()
                await self._turns.wait()
                woken.clear()
                changed = self.changed.after(position)
                has_changed, position = changed.position > position, changed.position
                if position < self.changed.position:  # more than is given at once: the rest at the next turn
                    self._has_changed.set()
                if not self._is_stopped and (has_changed or self._poll_seconds is not None):
                    yield changed
        finally:
            self.subscriptions.discard(woken)

    async def prepare(self) -> None:
        """Do what must be done before the subscriptions are woken; a subclass may."""

    def _wake_subscriptions(self) -> None:
        for woken in self.subscriptions:
            woken.set()

    async def _run(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                # `wait_for` of Python 3.11 may swallow a cancellation
                async with asyncio.timeout(self._poll_seconds):
                    await self._has_changed.wait()
            self._has_changed.clear()
            try:
                await self.prepare()
            except Exception:  # such as a database that is down for a moment
                log.exception("changes of %s could not be read", self.name)
                self._has_changed.set()
                await self._sleep(RETRY_SECONDS)
            else:
                self._wake_subscriptions()
                await self._sleep(self._seconds)
