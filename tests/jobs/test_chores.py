"""Chores: due work is done, a failure is retried, and a stopping server leaves no partial work."""

import asyncio
import logging
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

import storage
from jobs import audits, chores
from jobs.chores import Chore
from mail.composing import Message
from models import Campaign, IdempotencyKey, Mail, MailKind, Revocation, SignInMailbox, SignInRequest
from resolvers import mails
from resolvers.context import Context
from tests.support.app import TestApp, running_app
from tests.support.serving import until

pytestmark = pytest.mark.anyio


def context(site: TestApp, later: timedelta = timedelta()) -> Context:
    """Return a context whose clock is ahead by `later`."""
    return Context(site.settings, site.groundswell.live, now=lambda: storage.now() + later)


async def audited_at() -> datetime | None:
    (campaign,) = await Campaign.all()
    return campaign.audited_at


# ---------------------------------------------------------------- the chores


async def test_audit_runs_once_in_audit_hours(site: TestApp, caplog: pytest.LogCaptureFixture) -> None:
    """Corrections are logged."""
    await site.campaign()
    await Campaign.all().update(thread_count=7)

    await chores.run_all(context(site))
    first = await audited_at()
    await chores.run_all(context(site, timedelta(hours=23, minutes=59)))
    second = await audited_at()
    await chores.run_all(context(site, timedelta(hours=24, minutes=1)))

    assert "campaigns.thread_count of 1 was 7, is 0" in caplog.text
    assert await audits.drift() == []
    assert first is not None
    assert second == first
    assert await audited_at() != first


async def test_audit_never_runs_if_audit_hours_is_zero() -> None:
    async with running_app(audit_hours=0.0) as site:
        await site.campaign()

        await chores.run_all(context(site))

        assert await audited_at() is None


async def test_site_without_campaigns_is_not_audited(site: TestApp) -> None:
    assert not await audits.is_due(context(site))


@pytest.mark.parametrize(("later", "remaining"), [(timedelta(hours=23), 1), (timedelta(hours=25), 0)])
async def test_idempotency_keys_expire(site: TestApp, later: timedelta, remaining: int) -> None:
    await site.do("introduce", "__typename", givenName="Ada", idempotencyKey="once")

    await chores.run_all(context(site, later))

    assert await IdempotencyKey.all().count() == remaining


@pytest.mark.parametrize(("later", "remaining"), [(timedelta(days=29), 1), (timedelta(days=32), 0)])
async def test_old_mails_are_deleted(site: TestApp, later: timedelta, remaining: int) -> None:
    async with storage.transaction():
        await mails.post(context(site), MailKind.SIGN_IN_CODE, "ada@example.org", Message("A code", "123456"))

    await chores.run_all(context(site, later))

    assert await Mail.all().count() == remaining


async def test_unconfirmed_signer_is_reminded(site: TestApp) -> None:
    campaign = await site.campaign(confirmSignatures=True)
    given = {"campaignId": campaign, "givenName": "Ada", "email": "ada@example.org"}
    await site.do("signPetition", "__typename", **given)
    before = [mail.kind for mail in await site.mails("ada@example.org")]

    await chores.run_all(context(site, timedelta(days=2, minutes=1)))

    after = [mail.kind for mail in await site.mails("ada@example.org")]
    assert after == [*before, MailKind.CONFIRM_REMINDER]


@pytest.mark.parametrize("days", [1, 1000])
async def test_expired_codes_and_revocations_are_deleted(site: TestApp, days: int) -> None:
    guest = await site.guest()
    await site.do("requestSignIn", "__typename", email="ada@example.org")
    await site.do("signOut", "__typename", guest, everywhere=True)
    assert await SignInRequest.exists()
    assert await SignInMailbox.exists()
    assert await Revocation.exists()

    await chores.run_all(context(site, timedelta(days=days)))

    assert not await SignInRequest.exists()
    assert not await SignInMailbox.exists()
    assert await Revocation.exists() == (days == 1)


# ---------------------------------------------------------------- running


async def test_failing_chore_is_logged_and_others_run(site: TestApp, caplog: pytest.LogCaptureFixture) -> None:
    """The failing chore runs again the next time."""
    calls = []

    async def fail(context: Context) -> None:
        calls.append("failed")
        raise RuntimeError("the disk is full")

    async def work(context: Context) -> None:
        calls.append("worked")

    both = (Chore("first", fail), Chore("second", work))
    for _ in range(2):
        await chores.run_all(context(site), both)

    assert calls == ["failed", "worked"] * 2
    records = [record for record in caplog.records if record.name == "groundswell.chores"]
    assert [(record.levelno, record.getMessage()) for record in records] == [
        (logging.ERROR, "the chore 'first' failed")
    ] * 2


async def test_after_commit_actions_of_chores_run(site: TestApp) -> None:
    calls = []

    async def work(context: Context) -> None:
        context.after_commit.append(lambda: calls.append("acted"))

    await chores.run_all(context(site), (Chore("one", work), Chore("two", work)))

    assert calls == ["acted", "acted"]


async def test_server_runs_chores_until_it_stops() -> None:
    async with running_app(chore_minutes=0.0001) as site:
        await site.campaign()
        await Campaign.all().update(thread_count=7)
        async with asyncio.timeout(20):
            while await audits.drift():  # noqa: ASYNC110
                await asyncio.sleep(0.01)

        running = [task for task in asyncio.all_tasks() if task.get_name() == chores.TASK_NAME]
        assert len(running) == 1
    assert running[0].done()


async def test_stopping_cancels_a_chore_and_rolls_it_back(site: TestApp) -> None:
    started = asyncio.Event()

    async def work(context: Context) -> None:
        async with storage.transaction():
            await Campaign.all().update(thread_count=7)
            started.set()
            await asyncio.Event().wait()

    await site.campaign()
    settings = replace(site.settings, chore_minutes=0.0)

    async with chores.running(replace(context(site), settings=settings), (Chore("endless", work),)):
        await until(started.is_set)

    assert await audits.drift() == []
