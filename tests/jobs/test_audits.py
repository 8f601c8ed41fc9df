"""The audit: every kept number that is wrong is found, said, and repaired without holding up those who write."""

import asyncio
from typing import Any

import pytest

import models
import storage
from jobs import audits
from models import AuditCorrection, Campaign, Role
from models.audits import RECOUNTS, Recount
from resolvers.context import Context
from storage.database import Statement
from tests.support.app import TestApp
from tests.test_cli import run

pytestmark = pytest.mark.anyio

COUNTER = """query ($id: ID!) { campaign(id: $id) {
  supporters { total direct pending partner withdrawn lastAuditAt drift } goal { reached { count } } } }"""
COLUMNS = [pytest.param(recount, id=f"{recount.table}.{recount.column}") for recount in RECOUNTS]


@pytest.fixture
async def campaign(site: TestApp) -> str:
    """A campaign with something in every count."""
    made = await site.campaign()
    admin, ada = await site.staff(Role.ADMIN), await site.guest()
    about = {"campaignId": made}
    await site.do("signPetition", "__typename", givenName="Mo", email="mo@example.org", country="DE", **about)
    thread = await site.comment(made, ada)
    await site.comment(made, await site.guest("Grace Hopper"), parent=thread)
    await site.do("castVote", "__typename", ada, commentId=thread, direction="UP")
    await site.do("addReaction", "__typename", ada, commentId=thread, kind="HEART")
    partner = (await site.do("addPartner", "partner { id }", admin, name="Labor Forum", **about))["partner"]["id"]
    await site.do(
        "reportPartnerTally", "__typename", admin, partnerId=partner, signatures=98, asOf="2026-03-01", **about
    )
    gift = {"providerReference": "pay-1", "money": {"amountMinor": 5000, "currency": "USD"}}
    await site.do("recordDonation", "__typename", admin, **about, **gift)
    assert await audits.drift() == []
    return made


def context(site: TestApp) -> Context:
    return Context(site.settings, site.groundswell.live)


async def write(text: str, *values: Any) -> list[tuple[Any, ...]]:
    async with storage.transaction():
        return [tuple(row) for row in await storage.fetch(Statement(text), *values)]


async def damage(recount: Recount) -> None:
    """Make the number of each row another."""
    wrong = {"is_listed": "NOT is_listed", "last_commented_at": "NULL"}
    value = wrong.get(recount.column, f"{recount.column} + 1")
    assert await write(f"UPDATE {recount.table} SET {recount.column} = {value} RETURNING id")


async def counter(site: TestApp, campaign: str) -> dict[str, Any]:
    found: dict[str, Any] = (await site.ask(COUNTER, id=campaign))["campaign"]
    return found


# ---------------------------------------------------------------- finding and repairing


@pytest.mark.parametrize("recount", COLUMNS)
async def test_a_number_that_is_wrong_is_reported_and_repaired(site: TestApp, campaign: str, recount: Recount) -> None:
    """Each kept number there is."""
    await damage(recount)
    name = f"{recount.table}.{recount.column}"
    assert [line for line in await audits.drift() if line.startswith(f"{name} of ")] != []

    said = await audits.repair(context(site))

    assert [line for line in said if line.startswith(f"{name} of ")] != []
    assert await audits.drift() == []


@pytest.mark.parametrize("table", ["country_tallies", "donation_totals", "comment_authors"])
async def test_a_sum_that_has_no_row_is_reported_and_made(site: TestApp, campaign: str, table: str) -> None:
    await write(f"DELETE FROM {table} RETURNING id")
    assert [line for line in await audits.drift() if line.startswith("a missing ")] != []

    await audits.repair(context(site))

    assert await audits.drift() == []


async def test_many_wrong_numbers_are_repaired_at_once(site: TestApp, campaign: str) -> None:
    """Those that are counted of others after these."""
    for recount in RECOUNTS:
        await damage(recount)

    await audits.repair(context(site))

    assert await audits.drift() == []


async def test_more_rows_than_one_transaction_takes_are_repaired(
    site: TestApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audits, "BATCH", 2)
    guest, campaigns = await site.guest(), [await site.campaign(), await site.campaign()]
    for number in range(10):
        await site.comment(campaigns[number % 2], guest)
    await write("UPDATE comments SET up_count = 3 RETURNING id")

    said = await audits.repair(context(site))

    assert len([line for line in said if line.startswith("comments.up_count of ")]) == 10
    assert await audits.drift() == []


async def test_a_repair_is_recorded_as_it_was_kept_and_as_it_was_counted(site: TestApp, campaign: str) -> None:
    await write("UPDATE campaigns SET thread_count = 7 RETURNING id")

    await audits.repair(context(site))

    names = storage.rows.columns(AuditCorrection)
    (row,) = await storage.read(AuditCorrection, Statement(f"SELECT {names} FROM audit_corrections"))
    assert (row.table_name, row.row_id, row.column_name) == ("campaigns", 1, "thread_count")
    assert (row.kept, row.counted) == ("7", "1")
    assert row.corrected_at == await models.audits.last_audit()


# ---------------------------------------------------------------- what the page says of it


async def test_the_counter_says_when_it_was_recounted_and_what_was_wrong(site: TestApp, campaign: str) -> None:
    """By how many signatures its parts were, one way or the other."""
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


async def test_a_report_alone_changes_nothing(site: TestApp, campaign: str) -> None:
    await write("UPDATE campaigns SET supporter_count = 7 RETURNING id")

    await audits.drift()

    found = (await counter(site, campaign))["supporters"]
    assert (found["total"], found["lastAuditAt"]) == (7, None)


async def test_a_milestone_that_was_missed_is_reached_by_the_repair(site: TestApp, campaign: str) -> None:
    """Once, and told."""
    guest = await site.guest("Grace Hopper")
    await site.do("signPetition", "__typename", guest, campaignId=campaign, givenName="Grace", email="g@example.org")
    await write("UPDATE campaigns SET supporter_count = 90 RETURNING id")
    await write("DELETE FROM milestones RETURNING id")

    for _ in range(2):
        await audits.repair(context(site))

    assert (await counter(site, campaign))["goal"]["reached"] == [{"count": 100}]
    query = "query ($id: ID!) { campaign(id: $id) { activity(kinds: [MILESTONE_REACHED]) { nodes { kind } } } }"
    told = (await site.ask(query, id=campaign))["campaign"]["activity"]["nodes"]
    assert len(told) == 2  # one by whoever signed, and one by the repair of what was deleted here


# ---------------------------------------------------------------- beside those who write


async def test_what_changes_between_the_two_counts_is_left_as_it_is(
    site: TestApp, campaign: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A number that differed, and is right by the time when its campaign is locked, is not touched."""
    await write("UPDATE campaigns SET thread_count = 7 RETURNING id")
    repair = audits._repair

    async def late(*given: Any) -> Any:
        await write("UPDATE campaigns SET thread_count = 1 RETURNING id")
        return await repair(*given)

    monkeypatch.setattr(audits, "_repair", late)

    assert await audits.repair(context(site)) == []


async def test_a_recount_beside_writers_finds_nothing(site: TestApp, campaign: str) -> None:
    """Each number and its rows are read as of one moment."""
    guests = [await site.guest() for _ in range(4)]

    async def talk(token: str) -> None:
        for _ in range(5):
            comment = await site.comment(campaign, token)
            await site.do("castVote", "__typename", token, commentId=comment, direction="UP")

    _, *said = await asyncio.gather(
        asyncio.gather(*map(talk, guests)), *(audits.repair(context(site)) for _ in range(3)), audits.drift()
    )

    assert said == [[], [], [], []]
    assert await audits.drift() == []


async def test_several_processes_may_repair_at_once(site: TestApp, campaign: str) -> None:
    """Each number is corrected by one of them."""
    await write("UPDATE comments SET up_count = 5 RETURNING id")

    said = await asyncio.gather(*(audits.repair(context(site)) for _ in range(3)))

    corrected = [line for lines in said for line in lines if line.startswith("comments.up_count of ")]
    assert len(corrected) == len(set(corrected)) == 2
    assert await audits.drift() == []


async def test_a_long_recount_can_be_given_up(site: TestApp, campaign: str) -> None:
    """Its statement ends, and its connection with it."""
    endless = Statement(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n WHERE i < 0"
    )
    begun = asyncio.Event()

    async def read() -> None:
        async with storage.database.separate_reader() as fetch:
            begun.set()
            await fetch(endless)

    reading = asyncio.create_task(read())
    await begun.wait()
    reading.cancel()

    with pytest.raises(asyncio.CancelledError):
        await reading
    assert (await counter(site, campaign))["supporters"]["total"] == 99


def test_every_count_of_a_table_is_recounted() -> None:
    """A column that counts, and is in no recount, would never be found wrong."""
    unknown = {
        *("campaigns.offline_signature_count", "comments.flag_count"),  # kept here alone; since a moderator looked
        *("signatures.reminder_count", "mails.try_count", "sign_in_codes.try_count", "sign_in_codes.mail_count"),
    }
    kept = {
        f"{model._meta.db_table}.{name}"
        for model in vars(models).values()
        if isinstance(model, type) and issubclass(model, storage.Row) and model is not storage.Row
        for name in storage.rows.attributes(model)
        if name.endswith("_count")
    }

    assert kept - {f"{one.table}.{one.column}" for one in RECOUNTS} == unknown


# ---------------------------------------------------------------- the operator's verb


async def test_the_verb_reports_and_repairs_only_when_told_to(site: TestApp, campaign: str) -> None:
    await write("UPDATE campaigns SET thread_count = 7 RETURNING id")
    url = site.settings.database_url

    reported = await run(url, "audit")
    repaired = await run(url, "audit", "--repair")
    again = await run(url, "audit")

    assert (reported.returncode, reported.stdout) == (1, "campaigns.thread_count of 1 is 7, recounted 1\n")
    assert (repaired.returncode, repaired.stdout) == (0, "campaigns.thread_count of 1 was 7, is 1\n")
    assert (again.returncode, again.stdout) == (0, "")


async def test_a_campaign_that_was_never_audited_says_so(site: TestApp) -> None:
    await site.campaign()

    (row,) = await storage.read(Campaign, Statement(f"SELECT {storage.rows.columns(Campaign)} FROM campaigns"))

    assert row.audited_at is None
    assert row.drift == 0
    assert await storage.fetch(models.audits.CORRECTED) == []
