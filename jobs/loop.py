"""The loop behind every job: repeat work at an interval, until the server stops."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

log = logging.getLogger("groundswell.jobs")


@asynccontextmanager
async def every(
    seconds: float | Callable[[], float],
    work: Callable[[], Awaitable[None]],
    name: str,
    *,
    wake: asyncio.Event | None = None,
    finish: bool = False,
) -> AsyncIterator[None]:
    """Run `work` every so many seconds in a background task called `name`, until the block ends.

    A function for `seconds` is called before each wait.

    Setting `wake` runs the work at once. If the work raises, the error is logged, and the work runs again after the
    interval. At the end of the block, work in progress is cancelled, or awaited if `finish` is set.
    """
    wake = wake or asyncio.Event()
    stopping = asyncio.Event()

    async def run() -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds() if callable(seconds) else seconds):
                    await wake.wait()
            if stopping.is_set():
                return
            wake.clear()
            try:
                await work()
            except Exception:
                log.exception("%s failed", name)

    task = asyncio.create_task(run(), name=name)
    try:
        yield
    finally:
        stopping.set()
        wake.set()
        if not finish:
            task.cancel()
        await asyncio.wait([task])
