"""Chores: what a server does again and again by itself, for as long as it lives."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import models
from models import IdempotencyKey, Identity, Mail, Revocation, Session
from resolvers import audit, confirmations, sign_in_codes
from resolvers.context import Context

CHORES = "the chores"
"""The task that does them; it lives as long as the server."""
SAID = 100
"""Corrections that are logged."""

log = logging.getLogger("groundswell.chores")


@dataclass(frozen=True)
class Chore:
    """Several processes may do it at once, and each may be stopped in the middle."""

    name: str
    work: Callable[[Context], Awaitable[Any]]


async def recount(context: Context) -> None:
    """Every kept number, once in AUDIT_HOURS, by whichever process comes to it first."""
    if context.settings.audit_hours and await audit.is_due(context):
        corrected = await audit.repair(context)
        for line in corrected[:SAID]:
            log.warning("recounted: %s", line)
        if len(corrected) > SAID:
            log.warning("recounted: %d more; the table audit_corrections has them", len(corrected) - SAID)


async def forget(context: Context) -> None:
    """What has expired, and is of no use to anyone any more."""
    at, settings = context.now(), context.settings
    for expired in (
        IdempotencyKey.filter(created_at__lt=at - timedelta(hours=settings.idempotency_hours)),
        Mail.filter(until__lt=at - timedelta(days=settings.mail_days)),
        Session.filter(expires_at__lt=at),
        Revocation.filter(expires_at__lt=at),
        # who was erased so long ago that no token of before is good any more
        Identity.filter(supporter_id=None, not_before__lt=at - timedelta(days=settings.token_days)),
    ):
        async with models.transaction():
            await expired.delete()
    await sign_in_codes.forget(context)


ALL = (Chore("recount", recount), Chore("remind", confirmations.remind), Chore("forget", forget))


async def turn(context: Context, chores: tuple[Chore, ...] = ALL) -> None:
    """Each chore once. One that fails keeps none of the others from being done, and is tried again at its next turn."""
    for chore in chores:
        context = context.for_write()
        try:
            await chore.work(context)
        except Exception:
            log.exception("the chore %r failed", chore.name)
        else:
            for act in context.committed:
                act()


@asynccontextmanager
async def running(context: Context, chores: tuple[Chore, ...] = ALL) -> AsyncIterator[None]:
    """Meanwhile the chores are done every CHORE_MINUTES. What is being done at the end is left for the next time."""
    doing = asyncio.create_task(_again_and_again(context, chores), name=CHORES)
    try:
        yield
    finally:
        doing.cancel()
        await asyncio.wait([doing])


async def _again_and_again(context: Context, chores: tuple[Chore, ...]) -> None:
    while True:
        await asyncio.sleep(context.settings.chore_minutes * 60)
        await turn(context, chores)
