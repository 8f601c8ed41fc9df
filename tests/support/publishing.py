"""Publication in tests: what a running server does at the end of each step, done when the test says so."""

from datetime import timedelta

from jobs.publications import Publisher, publish_due_countries
from resolvers.context import Context
from tests.support.app import TestApp
from tests.support.signing import Clock


async def publish(site: TestApp, clock: Clock) -> None:
    """Go on to the next step of COUNTER_SECONDS, and publish what has changed."""
    clock.ahead += timedelta(seconds=site.settings.counter_seconds)
    await Publisher(Context(site.settings, site.groundswell.live)).publish()


async def publish_countries(site: TestApp, clock: Clock) -> None:
    """Go on to the next step of COUNTRY_HOURS, and publish the numbers by country."""
    clock.ahead += timedelta(hours=site.settings.country_hours)
    await publish(site, clock)
    await publish_due_countries(Context(site.settings, site.groundswell.live).for_write())
