"""Revocation polling: learn every few seconds which tokens and API keys other processes have revoked."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from jobs.loop import every

TASK_NAME = "revocation polling"

log = logging.getLogger("groundswell.revocations")

Renew = Callable[[], Awaitable[None]]


@asynccontextmanager
async def polling(seconds: float, *caches: Renew) -> AsyncIterator[None]:
    """Renew the caches before the block begins, then every so many seconds until the block ends."""

    async def renew_all() -> None:
        for renew in caches:
            try:
                await renew()
            except Exception:  # the database does not answer: try again at the next turn
                log.exception("revoked tokens and keys could not be read")

    await renew_all()
    async with every(seconds, renew_all, TASK_NAME, finish=True):
        yield
