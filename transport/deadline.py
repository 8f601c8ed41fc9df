"""Request deadlines: cancel a request that takes too long, or whose client has disconnected."""

import asyncio
from types import TracebackType

from transport.requests import ClientDisconnected, HttpRequest, wait_for_disconnect

CHECK_INTERVAL_SECONDS = 0.25
"""Time between two checks of the running requests. Most requests begin and end between two checks, and never get a
timer or a task of their own: a timer would cost more than the work of many a request, and a task far more."""


class DeadlineExceeded(Exception):
    """The request took longer than its time limit."""


class DeadlineMonitor:
    """Watch the running requests, each of which may take `seconds`, give or take one check interval."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._check_interval = min(CHECK_INTERVAL_SECONDS, seconds)
        self._new: set[Deadline] = set()
        self._seen: set[Deadline] = set()
        """The deadlines that were already running at the last check."""
        self._is_check_scheduled = False

    def add(self, deadline: "Deadline") -> None:
        self._new.add(deadline)
        if not self._is_check_scheduled:
            self._schedule_check()

    def remove(self, deadline: "Deadline") -> None:
        self._new.discard(deadline)
        self._seen.discard(deadline)

    def _schedule_check(self) -> None:
        self._is_check_scheduled = True
        asyncio.get_running_loop().call_later(self._check_interval, self._check)

    def _check(self) -> None:
        for deadline in self._seen:
            deadline.watch(self.seconds - self._check_interval)
        self._seen, self._new = self._new, set()
        self._is_check_scheduled = False
        if self._seen:
            self._schedule_check()


class Deadline:
    """A context manager that cancels its body when the time is over or the client has disconnected.

    It then raises DeadlineExceeded or ClientDisconnected. Shielded work goes on: a write that began is completed.
    """

    __slots__ = ("_monitor", "_reason", "_request", "_task", "_watcher")

    def __init__(self, monitor: DeadlineMonitor, request: HttpRequest) -> None:
        self._monitor = monitor
        self._request = request
        self._reason: type[DeadlineExceeded | ClientDisconnected] | None = None
        self._watcher: asyncio.Task[None] | None = None

    def __enter__(self) -> "Deadline":
        self._task = asyncio.current_task()
        self._monitor.add(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._monitor.remove(self)
        if self._watcher:
            self._watcher.cancel()
        if self._reason and self._task:
            self._task.uncancel()
            if kind is asyncio.CancelledError:
                raise self._reason from None

    def watch(self, seconds: float) -> None:
        """Start a task that cancels the body after `seconds`, or when the client disconnects."""
        self._watcher = asyncio.create_task(self._watch(seconds), name="deadline")

    async def _watch(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wait_for_disconnect()
            self._reason = ClientDisconnected
        except TimeoutError:
            self._reason = DeadlineExceeded
        assert self._task
        self._task.cancel()

    async def _wait_for_disconnect(self) -> None:
        # As long as the body is being read, its reader receives the messages, and so learns of the disconnect.
        while not self._request.is_body_read:  # noqa: ASYNC110
            await asyncio.sleep(CHECK_INTERVAL_SECONDS)
        await wait_for_disconnect(self._request.receive)
