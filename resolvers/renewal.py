"""What other processes change is looked at every few seconds, for as long as the server lives."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

RENEWING = "what other processes revoke"
"""The task's name."""

log = logging.getLogger("groundswell.renewal")

Renew = Callable[[], Awaitable[None]]


@asynccontextmanager
async def renewed(seconds: float, *each: Renew) -> AsyncIterator[None]:
    """Once at the beginning, then again and again until the end."""
    await _renew(each)
    over = asyncio.Event()
    renewing = asyncio.create_task(_until(over, seconds, each), name=RENEWING)
    try:
        yield
    finally:
        over.set()
        await renewing


async def _until(over: asyncio.Event, seconds: float, each: tuple[Renew, ...]) -> None:
    while not over.is_set():
        try:
            async with asyncio.timeout(seconds):
                await over.wait()
        except TimeoutError:
            await _renew(each)


async def _renew(each: tuple[Renew, ...]) -> None:
    """One that fails, since the database does not answer, is tried again at its next turn."""
    for renew in each:
        try:
            await renew()
        except Exception:
            log.exception("what other processes revoke could not be looked at")
