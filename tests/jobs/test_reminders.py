"""Asking people to confirm: they are reminded, and nobody's mailbox is flooded."""

import asyncio
from datetime import timedelta

import pytest

import models
import storage
from jobs import reminders
from live import Live
from models import MailKind
from resolvers.confirmations import REQUEST_INTERVAL
from resolvers.context import Context
from storage.database import Statement
from tests.support.app import TestApp
from tests.support.signing import ADA, GRACE, Clock, audited, counts, decide, mailed, renew, sign, withdraw

pytestmark = [pytest.mark.anyio, pytest.mark.audited]

DAY = timedelta(days=1)


@pytest.fixture
async def campaign(site: TestApp) -> str:
    """Whose signatures are confirmed by mail."""
    return await site.campaign(confirmSignatures=True)


async def remind(site: TestApp) -> None:
    await reminders.remind(Context(site.settings, Live()))


# ---------------------------------------------------------------- nobody's mailbox is flooded


async def test_an_address_gets_one_mail_an_hour_whoever_types_it(site: TestApp, campaign: str, clock: Clock) -> None:
    others = [await site.campaign(confirmSignatures=True) for _ in range(3)]
    token = (await sign(site, campaign))["accessToken"]
    link = await site.link()

    for _ in range(2):
        for one in (campaign, *others):
            await sign(site, one)
        await sign(site, campaign, token)
        await withdraw(site, campaign, token)
        await sign(site, campaign, token, email=ADA.upper())
    refused = await renew(site, link)
    assert await mailed(site) == [MailKind.CONFIRM_SIGNATURE]
    assert refused["code"] == "CONFLICT"

    clock.ahead = REQUEST_INTERVAL + timedelta(minutes=1)
    for one in (campaign, *others):
        await sign(site, one)
    assert len(await mailed(site)) == 2


async def test_asking_again_too_soon_says_when(site: TestApp, campaign: str) -> None:
    await sign(site, campaign)

    refused = await renew(site, await site.link())

    assert refused["code"] == "RATE_LIMITED"
    assert 3500 < refused["retryAfterSeconds"] <= 3600


async def test_a_mail_that_had_to_wait_comes_after_the_hour(site: TestApp, campaign: str, clock: Clock) -> None:
    other = await site.campaign(confirmSignatures=True)
    await sign(site, campaign)
    await sign(site, other)
    clock.ahead = REQUEST_INTERVAL + timedelta(minutes=1)

    await remind(site)

    assert len(await mailed(site)) == 2
    await decide(site, await site.link())
    assert await counts(site, other) == (1, 1, 0, 0)


# ---------------------------------------------------------------- reminders


async def test_who_does_not_answer_is_reminded_three_times(site: TestApp, campaign: str, clock: Clock) -> None:
    await sign(site, campaign)
    seen = []

    for day in range(1, 13):
        clock.ahead = day * DAY + timedelta(minutes=day)
        await remind(site)
        seen.append(len(await mailed(site)) - 1)

    assert seen == [0, 1, 1, 2, 2, 3, 3, 3, 3, 3, 3, 3]
    assert set((await mailed(site))[1:]) == {MailKind.CONFIRM_REMINDER}


async def test_a_reminders_link_is_good(site: TestApp, campaign: str, clock: Clock) -> None:
    await sign(site, campaign)
    clock.ahead = 3 * DAY
    await remind(site)

    confirmed = await decide(site, await site.link())

    assert confirmed["signature"]["state"] == "CONFIRMED"


@pytest.mark.parametrize("how", ["confirmed", "refused", "taken back", "closed", "another address"])
async def test_nobody_is_reminded_who_need_not_answer(site: TestApp, campaign: str, clock: Clock, how: str) -> None:
    token = (await sign(site, campaign))["accessToken"]
    if how == "taken back":
        await withdraw(site, campaign, token)
    elif how == "closed":
        admin = await site.staff(models.Role.ADMIN)
        await site.do("changeCampaignState", "__typename", admin, campaignId=campaign, state="CLOSED")
    elif how == "another address":
        await sign(site, await site.campaign(), token, email=GRACE)
    else:
        await decide(site, await site.link(), "CONFIRM" if how == "confirmed" else "NOT_ME")
    clock.ahead = 3 * DAY

    await remind(site)

    assert (len(await mailed(site)), len(await mailed(site, GRACE))) == (1, 0)


async def test_many_processes_remind_once(site: TestApp, campaign: str, clock: Clock) -> None:
    for number in range(5):
        await site.sign(campaign, f"signer-{number}@example.org")
    clock.ahead = 3 * DAY

    await asyncio.gather(*(remind(site) for _ in range(8)))

    assert {len(await mailed(site, f"signer-{number}@example.org")) for number in range(5)} == {2}


async def test_how_often_is_a_setting(clock: Clock) -> None:
    async with audited(reminders=1, remind_days=0.5) as site:
        await sign(site, await site.campaign(confirmSignatures=True))
        seen = []

        for halves in range(1, 4):
            clock.ahead = halves * DAY / 2 + timedelta(minutes=halves)
            await remind(site)
            seen.append(len(await mailed(site)))

        assert seen == [2, 2, 2]


async def test_emails_are_forgotten_after_an_hour(site: TestApp, campaign: str, clock: Clock) -> None:
    await sign(site, campaign)
    clock.ahead = REQUEST_INTERVAL + timedelta(minutes=1)

    await remind(site)

    assert await storage.fetch(Statement("SELECT id FROM asked_addresses")) == []
