"""Chores: what is due is done, whatever fails is tried again, and a server that stops leaves nothing half done."""

import asyncio
import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

import models
import storage
from jobs import audits, chores
from jobs.chores import Chore
from mail.composing import Message
from models import Campaign, IdempotencyKey, MailKind
from resolvers import mails
from resolvers.context import Context
from storage.database import Statement
from tests.support.app import TestApp, running_app
from tests.support.serving import until

pytestmark = pytest.mark.anyio


def context(site: TestApp, later: timedelta = timedelta()) -> Context:
    """With a clock that is ahead."""
    return Context(site.settings, site.groundswell.live, now=lambda: storage.now() + later)


async def write(text: str, *values: Any) -> None:
    async with storage.transaction():
        await storage.fetch(Statement(text), *values)


async def audited_at() -> datetime | None:
    (row,) = await storage.read(Campaign, Statement(f"SELECT {storage.rows.columns(Campaign)} FROM campaigns"))
    return row.audited_at


# ---------------------------------------------------------------- what is done


async def test_counts_are_repaired_once_in_audit_hours(site: TestApp, caplog: pytest.LogCaptureFixture) -> None:
    """What was wrong is told to the operator."""
    await site.campaign()
    await write("UPDATE campaigns SET thread_count = 7 RETURNING id")

    await chores.turn(context(site))
    first = await audited_at()
    await chores.turn(context(site, timedelta(hours=23, minutes=59)))
    second = await audited_at()
    await chores.turn(context(site, timedelta(hours=24, minutes=1)))

    assert "campaigns.thread_count of 1 was 7, is 0" in caplog.text
    assert await audits.drift() == []
    assert first is not None
    assert second == first
    assert await audited_at() != first


async def test_counts_are_never_repaired_where_the_operator_does_it() -> None:
    async with running_app(audit_hours=0.0) as site:
        await site.campaign()

        await chores.turn(context(site))

        assert await audited_at() is None


async def test_a_site_without_campaigns_is_not_audited(site: TestApp) -> None:
    assert not await audits.is_due(context(site))


@pytest.mark.parametrize(("later", "left"), [(timedelta(hours=23), 1), (timedelta(hours=25), 0)])
async def test_first_answers_are_forgotten(site: TestApp, later: timedelta, left: int) -> None:
    await site.do("introduce", "__typename", givenName="Ada", idempotencyKey="once")

    await chores.turn(context(site, later))

    assert len(await _rows(IdempotencyKey)) == left


@pytest.mark.parametrize(("later", "left"), [(timedelta(days=29), 1), (timedelta(days=32), 0)])
async def test_that_a_mail_was_sent_is_forgotten(site: TestApp, later: timedelta, left: int) -> None:
    async with storage.transaction():
        await mails.post(context(site), MailKind.SIGN_IN_CODE, "ada@example.org", Message("A code", "123456"))

    await chores.turn(context(site, later))

    assert len(await _rows(models.Mail)) == left


async def test_who_has_not_confirmed_is_reminded(site: TestApp) -> None:
    campaign = await site.campaign(confirmSignatures=True)
    given = {"campaignId": campaign, "givenName": "Ada", "email": "ada@example.org"}
    await site.do("signPetition", "__typename", **given)
    before = [mail.kind for mail in await site.mails("ada@example.org")]

    await chores.turn(context(site, timedelta(days=2, minutes=1)))

    after = [mail.kind for mail in await site.mails("ada@example.org")]
    assert after == [*before, MailKind.CONFIRM_REMINDER]


@pytest.mark.parametrize("days", [1, 1000])
async def test_what_is_expired_of_sessions_and_codes_is_forgotten(site: TestApp, days: int) -> None:
    guest = await site.guest()
    await site.do("requestSignIn", "__typename", email="ada@example.org")
    await site.do("signOut", "__typename", guest, everywhere=True)
    assert [await _rows(model) for model in (models.SignInCode, models.Revocation)].count([]) == 0

    await chores.turn(context(site, timedelta(days=days)))

    assert await _rows(models.SignInCode) == []
    assert (await _rows(models.Revocation) == []) == (days == 1000)


async def _rows(model: type[storage.Row]) -> list[Any]:
    return await storage.read(model, Statement(f'SELECT {storage.rows.columns(model)} FROM "{model._meta.db_table}"'))


# ---------------------------------------------------------------- how it is done


async def test_one_that_fails_is_told_and_keeps_no_other_from_being_done(
    site: TestApp, caplog: pytest.LogCaptureFixture
) -> None:
    """And it is tried again at its next turn."""
    done = []

    async def fail(context: Context) -> None:
        done.append("failed")
        raise RuntimeError("the disk is full")

    async def work(context: Context) -> None:
        done.append("worked")

    each = (Chore("first", fail), Chore("second", work))
    for _ in range(2):
        await chores.turn(context(site), each)

    assert done == ["failed", "worked"] * 2
    told = [record for record in caplog.records if record.name == "groundswell.chores"]
    assert [(record.levelno, record.getMessage()) for record in told] == [
        (logging.ERROR, "the chore 'first' failed")
    ] * 2


async def test_what_a_chore_leaves_for_after_the_commit_is_done(site: TestApp) -> None:
    done = []

    async def work(context: Context) -> None:
        context.after_commit.append(lambda: done.append("told"))

    await chores.turn(context(site), (Chore("one", work), Chore("two", work)))

    assert done == ["told", "told"]


async def test_a_server_does_them_as_long_as_it_lives() -> None:
    async with running_app(chore_minutes=0.0001) as site:
        await site.campaign()
        await write("UPDATE campaigns SET thread_count = 7 RETURNING id")
        async with asyncio.timeout(20):
            while await audits.drift():  # noqa: ASYNC110
                await asyncio.sleep(0.01)

        running = [task for task in asyncio.all_tasks() if task.get_name() == chores.TASK_NAME]
        assert len(running) == 1
    assert running[0].done()


async def test_a_server_that_stops_takes_back_what_a_chore_had_not_finished(
    site: TestApp,
) -> None:
    """It does not wait for it either: the next server begins anew."""
    begun = asyncio.Event()

    async def work(context: Context) -> None:
        async with storage.transaction():
            await storage.fetch(Statement("UPDATE campaigns SET thread_count = 7 RETURNING id"))
            begun.set()
            await asyncio.Event().wait()

    await site.campaign()
    settings = replace(site.settings, chore_minutes=0.0)

    async with chores.running(replace(context(site), settings=settings), (Chore("endless", work),)):
        await until(begun.is_set)

    assert await audits.drift() == []
