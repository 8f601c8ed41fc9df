"""Numbers by country: no signature and no departure shows in them, and none of them moves as of an event."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from jobs.publications import publish_due_countries
from models import CountryTally
from resolvers.context import Context
from tests.support.app import TestApp
from tests.support.publishing import publish, publish_countries
from tests.support.signing import Clock, audited, sign, withdraw

pytestmark = pytest.mark.anyio

COUNTRIES = "query($id: ID!) { campaign(id: $id) { countries(first: 250) { country count } } }"


@pytest.fixture
async def site() -> AsyncIterator[TestApp]:
    async with audited(counter_seconds=60) as app:
        yield app


async def countries(site: TestApp, campaign: str) -> dict[str | None, int]:
    return {
        each["country"]: each["count"] for each in (await site.ask(COUNTRIES, id=campaign))["campaign"]["countries"]
    }


async def _signers(site: TestApp, campaign: str, country: str, count: int, start: int = 0) -> list[str]:
    answers = [
        await sign(site, campaign, email=f"{country}{number}@example.org", country=country)
        for number in range(start, start + count)
    ]
    return [answer["accessToken"] for answer in answers]


async def test_country_is_not_published_with_the_signature(site: TestApp, clock: Clock) -> None:
    campaign = await site.campaign()
    await _signers(site, campaign, "TM", 10)
    await publish(site, clock)

    assert await countries(site, campaign) == {None: 10}

    await publish_countries(site, clock)
    assert await countries(site, campaign) == {"TM": 10}


async def test_no_single_signature_shows_in_a_country(site: TestApp, clock: Clock) -> None:
    campaign = await site.campaign()
    await _signers(site, campaign, "TM", 12)
    await publish_countries(site, clock)
    await _signers(site, campaign, "TM", 1, 12)
    await publish_countries(site, clock)

    assert await countries(site, campaign) == {"TM": 10, None: 3}


@pytest.mark.parametrize("act", ["withdrawSignature", "eraseSupporter"])
@pytest.mark.parametrize("signers", [10, 12])
async def test_no_single_departure_shows_in_a_country(site: TestApp, clock: Clock, act: str, signers: int) -> None:
    """Not even that of the signer with whom a step was full."""
    campaign = await site.campaign()
    tokens = await _signers(site, campaign, "TM", signers)
    await publish_countries(site, clock)
    await site.do(act, "replayed", tokens[0], **({"campaignId": campaign} if act == "withdrawSignature" else {}))
    at_once = await countries(site, campaign)
    await publish_countries(site, clock)

    assert at_once["TM"] == (await countries(site, campaign))["TM"] == 10
    assert (await CountryTally.get(country="TM")).exact_count == signers - 1


async def test_countries_are_published_once_in_a_step(site: TestApp, clock: Clock) -> None:
    campaign = await site.campaign()
    await publish_countries(site, clock)
    await _signers(site, campaign, "TM", 10)
    clock.ahead += timedelta(seconds=60)
    await publish(site, clock)
    context = Context(site.settings, site.groundswell.live).for_write()
    await publish_due_countries(context)

    assert await countries(site, campaign) == {None: 10}


async def test_half_of_the_signers_may_leave_before_a_country_falls(site: TestApp, clock: Clock) -> None:
    campaign = await site.campaign()
    tokens = await _signers(site, campaign, "TM", 20)
    await publish_countries(site, clock)
    for token in tokens[:9]:
        await withdraw(site, campaign, token)
    await publish_countries(site, clock)
    assert (await countries(site, campaign))["TM"] == 20

    await withdraw(site, campaign, tokens[9])
    await publish_countries(site, clock)

    assert await countries(site, campaign) == {"TM": 10}
