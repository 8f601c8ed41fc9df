"""Audits: drift of every stored count is found, reported and repaired, without blocking writers."""

import asyncio
from typing import Any

import pytest

import models
import storage
from jobs import audits
from models import AuditCorrection, Campaign, Comment, Milestone, Role
from models.audits import RECOUNTS, Recount
from resolvers.context import Context
from storage.database import Statement
from tests.support.app import TestApp
from tests.support.operator_commands import run

pytestmark = pytest.mark.anyio

COUNTER = """query ($id: ID!) { campaign(id: $id) {
  supporters { total direct pending partner withdrawn lastAuditAt drift } goal { reached { count } } } }"""
COLUMNS = [pytest.param(recount, id=f"{recount.table}.{recount.column}") for recount in RECOUNTS]


@pytest.fixture
async def campaign(site: TestApp) -> str:
    """Create a campaign with at least one row behind every stored count."""
    campaign_id = await site.campaign()
    admin, ada = await site.staff(Role.ADMIN), await site.guest()
    target = {"campaignId": campaign_id}
    await site.do("signPetition", "__typename", givenName="Mo", email="mo@example.org", country="DE", **target)
    thread = await site.comment(campaign_id, ada)
    await site.comment(campaign_id, await site.guest("Grace Hopper"), parent=thread)
    await site.do("castVote", "__typename", ada, commentId=thread, direction="UP")
    await site.do("addReaction", "__typename", ada, commentId=thread, kind="HEART")
    partner = (await site.do("addPartner", "partner { id }", admin, name="Labor Forum", **target))["partner"]["id"]
    await site.do(
        "reportPartnerTally", "__typename", admin, partnerId=partner, signatures=98, asOf="2026-03-01", **target
    )
    gift = {"providerReference": "pay-1", "money": {"amountMinor": 5000, "currency": "USD"}}
    await site.do("recordDonation", "__typename", admin, **target, **gift)
    assert await audits.drift() == []
    return campaign_id


def context(site: TestApp) -> Context:
    return Context(site.settings, site.groundswell.live)


async def write(text: str, *values: Any) -> list[tuple[Any, ...]]:
    async with storage.transaction():
        return [tuple(row) for row in await storage.fetch(Statement(text), *values)]


async def damage(recount: Recount) -> None:
    """Change the stored value in every row."""
    wrong_values = {"is_listed": "NOT is_listed", "last_commented_at": "NULL"}
    value = wrong_values.get(recount.column, f"{recount.column} + 1")
    assert await write(f"UPDATE {recount.table} SET {recount.column} = {value} RETURNING id")


async def counter(site: TestApp, campaign: str) -> dict[str, Any]:
    result: dict[str, Any] = (await site.ask(COUNTER, id=campaign))["campaign"]
    return result


# ---------------------------------------------------------------- report and repair


@pytest.mark.parametrize("recount", COLUMNS)
async def test_wrong_count_is_reported_and_repaired(site: TestApp, campaign: str, recount: Recount) -> None:
    await damage(recount)
    name = f"{recount.table}.{recount.column}"
    assert [line for line in await audits.drift() if line.startswith(f"{name} of ")] != []

    lines = await audits.repair(context(site))

    assert [line for line in lines if line.startswith(f"{name} of ")] != []
    assert await audits.drift() == []


@pytest.mark.parametrize("table", ["country_tallies", "donation_totals", "comment_authors", "signature_days"])
async def test_missing_total_is_reported_and_repaired(site: TestApp, campaign: str, table: str) -> None:
    await write(f"DELETE FROM {table} RETURNING id")
    assert [line for line in await audits.drift() if line.startswith("a missing ")] != []

    await audits.repair(context(site))

    assert await audits.drift() == []


async def test_all_counts_are_repaired_in_one_audit(site: TestApp, campaign: str) -> None:
    """Counts that are computed from other counts are repaired after these."""
    for recount in RECOUNTS:
        await damage(recount)

    await audits.repair(context(site))

    assert await audits.drift() == []


async def test_repair_runs_in_batches(site: TestApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audits, "REPAIR_BATCH_SIZE", 2)
    guest, campaigns = await site.guest(), [await site.campaign(), await site.campaign()]
    for number in range(10):
        await site.comment(campaigns[number % 2], guest)
    await Comment.all().update(up_count=3)

    lines = await audits.repair(context(site))

    assert len([line for line in lines if line.startswith("comments.up_count of ")]) == 10
    assert await audits.drift() == []


async def test_repair_records_old_and_new_value(site: TestApp, campaign: str) -> None:
    await Campaign.all().update(thread_count=7)

    await audits.repair(context(site))

    (row,) = await AuditCorrection.all()
    assert (row.table_name, row.row_id, row.column_name) == ("campaigns", 1, "thread_count")
    assert (row.kept, row.counted) == ("7", "1")
    assert row.corrected_at == await models.audits.last_audit()


# ---------------------------------------------------------------- what a page shows


async def test_counter_shows_last_audit_and_drift(site: TestApp, campaign: str) -> None:
    """Drift is the sum of the differences of all parts, whether too high or too low."""
    assert (await counter(site, campaign))["supporters"]["lastAuditAt"] is None
    await write(
        "UPDATE campaigns SET direct_signature_count = direct_signature_count + 5,"
        " withdrawn_signature_count = withdrawn_signature_count + 2, supporter_count = supporter_count + 5 RETURNING id"
    )

    await audits.repair(context(site))
    first = (await counter(site, campaign))["supporters"]
    await audits.repair(context(site))
    second = (await counter(site, campaign))["supporters"]

    numbers = {"total": 99, "direct": 1, "pending": 0, "partner": 98, "withdrawn": 0}
    assert first == numbers | {"drift": 7, "lastAuditAt": first["lastAuditAt"]}
    assert second == numbers | {"drift": 0, "lastAuditAt": second["lastAuditAt"]}
    assert first["lastAuditAt"] < second["lastAuditAt"]


async def test_report_changes_nothing(site: TestApp, campaign: str) -> None:
    await Campaign.all().update(supporter_count=7)

    await audits.drift()

    supporters = (await counter(site, campaign))["supporters"]
    assert (supporters["total"], supporters["lastAuditAt"]) == (7, None)


async def test_repair_reaches_missed_milestone_once(site: TestApp, campaign: str) -> None:
    guest = await site.guest("Grace Hopper")
    await site.do("signPetition", "__typename", guest, campaignId=campaign, givenName="Grace", email="g@example.org")
    await Campaign.all().update(supporter_count=90)
    await Milestone.all().delete()

    for _ in range(2):
        await audits.repair(context(site))

    assert (await counter(site, campaign))["goal"]["reached"] == [{"count": 100}]
    query = "query ($id: ID!) { campaign(id: $id) { activity(kinds: [MILESTONE_REACHED]) { nodes { kind } } } }"
    events = (await site.ask(query, id=campaign))["campaign"]["activity"]["nodes"]
    assert len(events) == 2  # one of the signature, and one of the repair of the milestone deleted above


# ---------------------------------------------------------------- concurrent writers


async def test_count_corrected_before_its_lock_is_not_repaired(
    site: TestApp, campaign: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await Campaign.all().update(thread_count=7)
    repair_batch = audits._repair_batch

    async def correct_then_repair(*arguments: Any) -> Any:
        await Campaign.all().update(thread_count=1)
        return await repair_batch(*arguments)

    monkeypatch.setattr(audits, "_repair_batch", correct_then_repair)

    assert await audits.repair(context(site)) == []


async def test_audit_during_writes_finds_no_drift(site: TestApp, campaign: str) -> None:
    """A stored count and its rows are read in one snapshot."""
    guests = [await site.guest() for _ in range(4)]

    async def talk(token: str) -> None:
        for _ in range(5):
            comment = await site.comment(campaign, token)
            await site.do("castVote", "__typename", token, commentId=comment, direction="UP")

    _, *reports = await asyncio.gather(
        asyncio.gather(*map(talk, guests)), *(audits.repair(context(site)) for _ in range(3)), audits.drift()
    )

    assert reports == [[], [], [], []]
    assert await audits.drift() == []


async def test_concurrent_audits_correct_each_count_once(site: TestApp, campaign: str) -> None:
    await Comment.all().update(up_count=5)

    reports = await asyncio.gather(*(audits.repair(context(site)) for _ in range(3)))

    corrected = [line for lines in reports for line in lines if line.startswith("comments.up_count of ")]
    assert len(corrected) == len(set(corrected)) == 2
    assert await audits.drift() == []


async def test_long_recount_can_be_cancelled(site: TestApp, campaign: str) -> None:
    """Cancelling interrupts the statement and closes the connection."""
    endless = Statement(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n WHERE i < 0"
    )
    started = asyncio.Event()

    async def read() -> None:
        async with storage.database.separate_reader() as fetch:
            started.set()
            await fetch(endless)

    reading = asyncio.create_task(read())
    await started.wait()
    reading.cancel()

    with pytest.raises(asyncio.CancelledError):
        await reading
    assert (await counter(site, campaign))["supporters"]["total"] == 99


def test_every_count_column_is_recounted() -> None:
    not_recounted = {
        # changes that are not published yet, which the recount of the published number takes into account
        *(f"campaigns.unpublished_{part}_count" for part in ("direct", "partner", "pending", "withdrawn")),
        # entered by staff; reset when a moderator decides
        *("campaigns.offline_signature_count", "comments.flag_count"),
        *("signatures.reminder_count", "mails.try_count", "sign_in_requests.try_count", "sign_in_mailboxes.mail_count"),
    }
    count_columns = {
        f"{storage.rows.table_of(model)}.{name}"
        for model in vars(models).values()
        if isinstance(model, type) and issubclass(model, storage.Row) and model is not storage.Row
        for name in storage.rows.attributes(model)
        if name.endswith("_count")
    }

    assert count_columns - {f"{one.table}.{one.column}" for one in RECOUNTS} == not_recounted


# ---------------------------------------------------------------- cli.py audit


async def test_audit_command_repairs_only_with_its_option(site: TestApp, campaign: str) -> None:
    await Campaign.all().update(thread_count=7)
    url = site.settings.database_url

    reported = await run(url, "audit")
    repaired = await run(url, "audit", "--repair")
    again = await run(url, "audit")

    assert (reported.returncode, reported.stdout) == (1, "campaigns.thread_count of 1 is 7, recounted 1\n")
    assert (repaired.returncode, repaired.stdout) == (0, "campaigns.thread_count of 1 was 7, is 1\n")
    assert (again.returncode, again.stdout) == (0, "")


async def test_new_campaign_has_no_audit(site: TestApp) -> None:
    await site.campaign()

    (campaign,) = await Campaign.all()

    assert campaign.audited_at is None
    assert campaign.drift == 0
    assert await AuditCorrection.all() == []
