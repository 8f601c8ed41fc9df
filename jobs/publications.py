"""Publications: at the end of each step of COUNTER_SECONDS, publish the counters and signatures that have changed.

Every process does this at the same moments, and the first one publishes. All of them then wake their subscriptions of
counts: a counter that has changed need not have written a line of the log.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import storage
from jobs.loop import every
from models import publications
from resolvers.context import Context
from resolvers.instants import round_down
from resolvers.publications import publish_countries, publish_if_due

TASK_NAME = "the publication of counters"
SECONDS_OF_HOUR = 3600


class Publisher:
    """Publishes what is due, and wakes the subscriptions of this process to each counter that has changed."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._published_at: dict[int, datetime] = {}
        """When the counter of each watched campaign was published, as far as the subscriptions know."""

    async def publish(self) -> None:
        step_start = round_down(self._context.now(), self._context.settings.counter_seconds)
        for (campaign_id,) in await storage.fetch(publications.SELECT_DUE, step_start):
            context = self._context.for_write()
            async with storage.transaction():
                await publish_if_due(context, campaign_id, step_start)
            for act in context.after_commit:
                act()
            for woken_id, seq in context.wake_ups.items():
                context.live.wake(woken_id, seq)
        await self._wake_watchers()

    async def _wake_watchers(self) -> None:
        changes, before = self._context.live.changes, self._published_at
        watched_ids = changes.watched_ids()
        if not watched_ids and not before:
            return
        rows = await storage.fetch(publications.SELECT_PUBLISHED_AT, storage.json_list(watched_ids))
        self._published_at = dict(rows)
        for campaign_id, published_at in self._published_at.items():
            if before.get(campaign_id) != published_at:
                changes.publish(campaign_id)

    def seconds_to_wait(self) -> float:
        """Return the seconds until the next step begins."""
        now, seconds = self._context.now(), self._context.settings.counter_seconds
        return (round_down(now, seconds) + timedelta(seconds=seconds) - now).total_seconds()


@asynccontextmanager
async def running(context: Context) -> AsyncIterator[None]:
    """Publish counters at the end of each step until the block ends. With COUNTER_SECONDS=0 writes do it themselves."""
    if not context.settings.counter_seconds:
        yield
        return
    publisher = Publisher(context)
    async with every(publisher.seconds_to_wait, publisher.publish, TASK_NAME):
        yield


async def publish_due_countries(context: Context) -> None:
    """Publish the numbers by country of each campaign, once in each step of COUNTRY_HOURS."""
    step_start = round_down(context.now(), context.settings.country_hours * SECONDS_OF_HOUR)
    for (campaign_id,) in await storage.fetch(publications.SELECT_COUNTRIES_DUE, step_start):
        async with storage.transaction():
            await publish_countries(context, campaign_id, step_start)
