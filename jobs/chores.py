"""Chores: the jobs that a server repeats every CHORE_MINUTES."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from jobs import audits, publications, reminders, retention
from jobs.loop import every
from resolvers.context import Context

TASK_NAME = "the chores"

log = logging.getLogger("groundswell.chores")


@dataclass(frozen=True)
class Chore:
    """A repeated job. Several processes may run the job at once, and each may be stopped in the middle."""

    name: str
    work: Callable[[Context], Awaitable[Any]]


CHORES = (
    Chore("audit", audits.repair_if_due),
    Chore("remind", reminders.remind),
    Chore("publish countries", publications.publish_due_countries),
    Chore("delete expired rows", retention.delete_expired),
)


async def run_all(context: Context, chores: tuple[Chore, ...] = CHORES) -> None:
    """Run each chore once. Log a chore that fails, and go on with the next."""
    for chore in chores:
        context = context.for_write()
        try:
            await chore.work(context)
        except Exception:
            log.exception("the chore %r failed", chore.name)
        else:
            for act in context.after_commit:
                act()


@asynccontextmanager
async def running(context: Context, chores: tuple[Chore, ...] = CHORES) -> AsyncIterator[None]:
    """Run the chores every CHORE_MINUTES until the block ends. Cancel a chore in progress then."""
    async with every(context.settings.chore_minutes * 60, partial(run_all, context, chores), TASK_NAME):
        yield
