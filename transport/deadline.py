"""A request's time: it ends when that is over, or when nobody waits for the answer any more."""

import asyncio
from types import TracebackType

from transport.requests import Incoming

GLANCE = 0.25
"""Seconds between two looks at the requests that run. Most begin and end between them: a timer each would cost more
than many a request's work, and a task each far more."""


class Late(Exception):
    """The request took longer than it may."""


class Gone(Exception):
    """The client has closed the connection."""


class Deadlines:
    """The requests that run, each of which may take so many seconds, give or take a glance."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._glance = min(GLANCE, seconds)
        self._newer: set[Deadline] = set()
        self._older: set[Deadline] = set()
        """Those that were there at the last look."""
        self._is_looking = False

    def begin(self, deadline: "Deadline") -> None:
        self._newer.add(deadline)
        if not self._is_looking:
            self._look_later()

    def end(self, deadline: "Deadline") -> None:
        self._newer.discard(deadline)
        self._older.discard(deadline)

    def _look_later(self) -> None:
        self._is_looking = True
        asyncio.get_running_loop().call_later(self._glance, self._look)

    def _look(self) -> None:
        for deadline in self._older:
            deadline.watch(self.seconds - self._glance)
        self._older, self._newer = self._newer, set()
        self._is_looking = False
        if self._older:
            self._look_later()


class Deadline:
    """`with`: what is inside is cancelled when its time is over, or its client gone; a Late or Gone says so.

    What was shielded goes on: a write that was begun is finished.
    """

    __slots__ = ("_all", "_incoming", "_reason", "_task", "_watcher")

    def __init__(self, deadlines: Deadlines, incoming: Incoming) -> None:
        self._all = deadlines
        self._incoming = incoming
        self._reason: type[Late | Gone] | None = None
        self._watcher: asyncio.Task[None] | None = None

    def __enter__(self) -> "Deadline":
        self._task = asyncio.current_task()
        self._all.begin(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._all.end(self)
        if self._watcher:
            self._watcher.cancel()
        if self._reason and self._task:
            self._task.uncancel()
            if kind is asyncio.CancelledError:
                raise self._reason from None

    def watch(self, seconds: float) -> None:
        """End it after these, or when the client goes."""
        self._watcher = asyncio.create_task(self._watch(seconds), name="deadline")

    async def _watch(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._until_gone()
            self._reason = Gone
        except TimeoutError:
            self._reason = Late
        assert self._task
        self._task.cancel()

    async def _until_gone(self) -> None:
        while not self._incoming.is_read:  # noqa: ASYNC110  # whoever reads the body is told first
            await asyncio.sleep(GLANCE)
        while (await self._incoming.receive())["type"] != "http.disconnect":
            continue
