"""Reminders of unconfirmed signatures, and the limit of one request an hour for each e-mail address."""

import asyncio
from datetime import timedelta

import pytest

import models
from jobs import reminders
from live import Live
from models import ConfirmationRequest, MailKind
from resolvers.confirmations import REQUEST_INTERVAL
from resolvers.context import Context
from tests.support.app import TestApp
from tests.support.signing import ADA, GRACE, Clock, audited, counts, decide, mailed, renew, sign, withdraw

pytestmark = [pytest.mark.anyio, pytest.mark.audited]

DAY = timedelta(days=1)


@pytest.fixture
async def campaign(site: TestApp) -> str:
    """Create a campaign whose signatures are confirmed by mail."""
    return await site.campaign(confirmSignatures=True)


async def remind(site: TestApp) -> None:
    await reminders.remind(Context(site.settings, Live()))


# ---------------------------------------------------------------- one request an hour


async def test_email_gets_one_request_an_hour(site: TestApp, campaign: str, clock: Clock) -> None:
    others = [await site.campaign(confirmSignatures=True) for _ in range(3)]
    token = (await sign(site, campaign))["accessToken"]
    link = await site.link()

    for _ in range(2):
        for campaign_id in (campaign, *others):
            await sign(site, campaign_id)
        await sign(site, campaign, token)
        await withdraw(site, campaign, token)
        await sign(site, campaign, token, email=ADA.upper())
    refused = await renew(site, link)
    assert await mailed(site) == [MailKind.CONFIRM_SIGNATURE]
    assert refused["code"] == "CONFLICT"

    clock.ahead = REQUEST_INTERVAL + timedelta(minutes=1)
    for campaign_id in (campaign, *others):
        await sign(site, campaign_id)
    assert len(await mailed(site)) == 2


async def test_early_renewal_is_rate_limited(site: TestApp, campaign: str) -> None:
    await sign(site, campaign)

    refused = await renew(site, await site.link())

    assert refused["code"] == "RATE_LIMITED"
    assert 3500 < refused["retryAfterSeconds"] <= 3600


async def test_delayed_request_is_mailed_after_an_hour(site: TestApp, campaign: str, clock: Clock) -> None:
    other = await site.campaign(confirmSignatures=True)
    await sign(site, campaign)
    await sign(site, other)
    clock.ahead = REQUEST_INTERVAL + timedelta(minutes=1)

    await remind(site)

    assert len(await mailed(site)) == 2
    await decide(site, await site.link())
    assert await counts(site, other) == (1, 1, 0, 0)


# ---------------------------------------------------------------- reminders


async def test_signer_is_reminded_three_times(site: TestApp, campaign: str, clock: Clock) -> None:
    await sign(site, campaign)
    mail_counts = []

    for day in range(1, 13):
        clock.ahead = day * DAY + timedelta(minutes=day)
        await remind(site)
        mail_counts.append(len(await mailed(site)) - 1)

    assert mail_counts == [0, 1, 1, 2, 2, 3, 3, 3, 3, 3, 3, 3]
    assert set((await mailed(site))[1:]) == {MailKind.CONFIRM_REMINDER}


async def test_link_of_a_reminder_is_valid(site: TestApp, campaign: str, clock: Clock) -> None:
    await sign(site, campaign)
    clock.ahead = 3 * DAY
    await remind(site)

    confirmed = await decide(site, await site.link())

    assert confirmed["signature"]["state"] == "CONFIRMED"


@pytest.mark.parametrize("reason", ["confirmed", "refused", "withdrawn", "closed", "another address"])
async def test_no_reminder_if_confirmation_is_not_needed(
    site: TestApp, campaign: str, clock: Clock, reason: str
) -> None:
    token = (await sign(site, campaign))["accessToken"]
    if reason == "withdrawn":
        await withdraw(site, campaign, token)
    elif reason == "closed":
        admin = await site.staff(models.Role.ADMIN)
        await site.do("changeCampaignState", "__typename", admin, campaignId=campaign, state="CLOSED")
    elif reason == "another address":
        await sign(site, await site.campaign(), token, email=GRACE)
    else:
        await decide(site, await site.link(), "CONFIRM" if reason == "confirmed" else "NOT_ME")
    clock.ahead = 3 * DAY

    await remind(site)

    assert (len(await mailed(site)), len(await mailed(site, GRACE))) == (1, 0)


async def test_concurrent_processes_remind_once(site: TestApp, campaign: str, clock: Clock) -> None:
    for number in range(5):
        await site.sign(campaign, f"signer-{number}@example.org")
    clock.ahead = 3 * DAY

    await asyncio.gather(*(remind(site) for _ in range(8)))

    assert {len(await mailed(site, f"signer-{number}@example.org")) for number in range(5)} == {2}


async def test_reminder_count_and_interval_are_settings(clock: Clock) -> None:
    async with audited(reminders=1, remind_days=0.5) as site:
        await sign(site, await site.campaign(confirmSignatures=True))
        mail_counts = []

        for halves in range(1, 4):
            clock.ahead = halves * DAY / 2 + timedelta(minutes=halves)
            await remind(site)
            mail_counts.append(len(await mailed(site)))

        assert mail_counts == [2, 2, 2]


async def test_request_times_are_deleted_after_an_hour(site: TestApp, campaign: str, clock: Clock) -> None:
    await sign(site, campaign)
    clock.ahead = REQUEST_INTERVAL + timedelta(minutes=1)

    await remind(site)

    assert await ConfirmationRequest.all() == []
