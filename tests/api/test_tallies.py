"""Partner tallies: a ledger of reports, of which the latest counts, a doubtful one not before someone has looked."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import storage
from jobs.audits import drift
from models import Role
from resolvers.ids import global_id
from storage.database import Statement
from tests.support.app import TestApp, running_app
from tests.support.ids import row_id

pytestmark = pytest.mark.anyio

JUMP = 1000
REPORTED = """isAccepted campaign { supporters { total partner direct }
  partners { partner { name } signatures signaturesAsOf } }"""
DECIDED = "tally { id state signatures } campaign { supporters { partner } }"
PAGE = """query ($id: ID!) { campaign(id: $id) {
  supporters { total partner asOf } goal { current target reached { count } }
  partners { partner { id name } signatures signaturesAsOf
    waitingTallies { id signatures asOf evidenceUrl state partner { name } } }
  activity(kinds: [PARTNER_REPORTED, MILESTONE_REACHED]) { nodes { kind } } } }"""


@pytest.fixture
async def site() -> AsyncIterator[TestApp]:
    """A Groundswell in which a rise by more than 1,000 is doubtful."""
    async with running_app(tally_jump=JUMP) as made:
        yield made


@pytest.fixture
async def campaign(site: TestApp) -> str:
    return await site.campaign()


@pytest.fixture
async def partner(site: TestApp, campaigner: str, campaign: str) -> str:
    return await join(site, campaigner, campaign, "Labor Forum")


async def join(site: TestApp, token: str, campaign: str, name: str) -> str:
    answer = await site.do("addPartner", "partner { id }", token, campaignId=campaign, name=name)
    return str(answer["partner"]["id"])


class Reports:
    """Reports of one partner on one campaign."""

    def __init__(self, site: TestApp, token: str, campaign: str, partner: str) -> None:
        self.site, self.token = site, token
        self.about = {"campaignId": campaign, "partnerId": partner}

    async def report(self, signatures: int, as_of: str = "2026-03-01", **given: Any) -> dict[str, Any]:
        report = self.about | {"signatures": signatures, "asOf": as_of} | given
        return await self.site.do("reportPartnerTally", REPORTED, self.token, **report)

    async def decide(self, tally: str, approved: bool = True) -> dict[str, Any]:
        return await self.site.do("approvePartnerTally", DECIDED, self.token, tallyId=tally, approved=approved)

    async def page(self, token: str | None = None) -> dict[str, Any]:
        found: dict[str, Any] = (await self.site.ask(PAGE, token, id=self.about["campaignId"]))["campaign"]
        return found

    async def counted(self) -> int:
        return int((await self.page())["supporters"]["partner"])

    async def waiting(self) -> list[str]:
        (link,) = (await self.page(self.token))["partners"]
        return [tally["id"] for tally in link["waitingTallies"]]

    async def told(self) -> list[str]:
        return [event["kind"] for event in (await self.page())["activity"]["nodes"]]


@pytest.fixture
def reports(site: TestApp, campaigner: str, campaign: str, partner: str) -> Reports:
    return Reports(site, campaigner, campaign, partner)


async def rows() -> list[tuple[Any, ...]]:
    """The ledger: what was reported and what became of it, in order."""
    return [
        tuple(row)
        for row in await storage.fetch(Statement("SELECT signatures, state FROM partner_tallies ORDER BY id"))
    ]


# ---------------------------------------------------------------- what counts


async def test_a_report_counts_and_says_of_which_day_it_is(reports: Reports) -> None:
    answer = await reports.report(250)

    assert answer["isAccepted"]
    assert answer["campaign"] == {
        "supporters": {"total": 250, "partner": 250, "direct": 0},
        "partners": [{"partner": {"name": "Labor Forum"}, "signatures": 250, "signaturesAsOf": "2026-03-01"}],
    }
    assert await drift() == []


async def test_a_report_that_counts_is_told(reports: Reports) -> None:
    await reports.report(50)

    assert await reports.told() == ["PARTNER_REPORTED"]


async def test_the_latest_report_by_date_counts_and_not_the_last_that_came(reports: Reports) -> None:
    await reports.report(300, "2026-03-02")

    answer = await reports.report(200, "2026-03-01")

    assert answer["isAccepted"]
    assert answer["campaign"]["partners"][0]["signaturesAsOf"] == "2026-03-02"
    assert await reports.counted() == 300
    assert (await reports.told()).count("PARTNER_REPORTED") == 1


async def test_of_one_day_the_last_report_counts(reports: Reports) -> None:
    await reports.report(20)

    await reports.report(30)

    assert await reports.counted() == 30


async def test_partners_are_summed_and_each_moves_by_its_own_difference(
    site: TestApp, campaigner: str, campaign: str, reports: Reports
) -> None:
    others = Reports(site, campaigner, campaign, await join(site, campaigner, campaign, "Others"))
    await reports.report(250)
    await others.report(40)

    await reports.report(260, "2026-03-02")

    assert (await reports.page())["supporters"]["total"] == 300
    assert await drift() == []


async def test_a_partners_report_on_one_campaign_is_none_on_another(
    site: TestApp, campaigner: str, reports: Reports
) -> None:
    other = await site.campaign()
    elsewhere = Reports(site, campaigner, other, await join(site, campaigner, other, "Labor Forum"))
    await reports.report(250)

    await elsewhere.report(10)

    assert (await reports.counted(), await elsewhere.counted()) == (250, 10)


async def test_who_reported_and_where_it_can_be_looked_up_is_kept(
    site: TestApp, campaigner: str, reports: Reports
) -> None:
    await reports.report(250, evidenceUrl="https://example.org/proof")

    kept = await storage.fetch_one(Statement("SELECT evidence_url, reported_by FROM partner_tallies"))

    viewer = row_id((await site.ask("{ viewer { supporter { id } } }", campaigner))["viewer"]["supporter"]["id"])
    assert tuple(kept or ()) == ("https://example.org/proof", f"supporter:{viewer}")


async def test_a_programs_report_is_kept_with_the_key_that_made_it(site: TestApp, campaign: str, partner: str) -> None:
    admin = await site.staff(Role.ADMIN, "Ad Min")
    made = await site.do("createApiKey", "key apiKey { id }", admin, name="Forum", scopes=["REPORT_TALLIES"])

    answer = await Reports(site, made["key"], campaign, partner).report(250)

    kept = await storage.fetch_one(Statement("SELECT reported_by FROM partner_tallies"))
    assert answer["isAccepted"]
    assert tuple(kept or ()) == (f"key:{row_id(made['apiKey']['id'])}",)


# ---------------------------------------------------------------- what waits


@pytest.mark.parametrize(
    ("before", "then", "accepted"),
    [
        (500, 500 + JUMP, True),
        (500, 500 + JUMP + 1, False),
        (0, JUMP, True),
        (0, JUMP + 1, False),
        (500, 499, False),
        (500, 0, False),
    ],
)
async def test_a_drop_or_a_jump_above_the_setting_waits(
    reports: Reports, before: int, then: int, accepted: bool
) -> None:
    if before:
        await reports.report(before)

    answer = await reports.report(then, "2026-03-02")

    assert answer["isAccepted"] is accepted
    assert await reports.counted() == (then if accepted else before)
    assert len(await reports.waiting()) == (not accepted)
    assert await drift() == []


async def test_what_waits_is_not_told(reports: Reports) -> None:
    await reports.report(JUMP + 1)

    assert await reports.told() == []


async def test_what_waits_is_shown_to_campaigners_alone(site: TestApp, reports: Reports) -> None:
    await reports.report(5000, evidenceUrl="https://example.org/proof")

    (link,) = (await reports.page(reports.token))["partners"]
    (public,) = (await reports.page())["partners"]

    (tally,) = link["waitingTallies"]
    node = "query ($id: ID!) { node(id: $id) { ... on PartnerTally { signatures } } }"
    assert tally == {
        "id": tally["id"],
        "signatures": 5000,
        "asOf": "2026-03-01",
        "evidenceUrl": "https://example.org/proof",
        "state": "WAITING",
        "partner": {"name": "Labor Forum"},
    }
    assert public["waitingTallies"] == []
    assert await site.ask(node, id=tally["id"]) == {"node": None}
    assert await site.ask(node, reports.token, id=tally["id"]) == {"node": {"signatures": 5000}}


async def test_an_approved_report_counts_and_is_told(reports: Reports) -> None:
    await reports.report(5000)
    (tally,) = await reports.waiting()

    answer = await reports.decide(tally)

    assert answer["tally"] == {"id": tally, "state": "ACCEPTED", "signatures": 5000}
    assert answer["campaign"]["supporters"]["partner"] == 5000
    assert (await reports.told())[-1] == "PARTNER_REPORTED"
    assert await reports.waiting() == []
    assert await drift() == []


async def test_a_drop_that_is_approved_counts_back(reports: Reports) -> None:
    await reports.report(800)
    await reports.report(700, "2026-03-02")

    await reports.decide((await reports.waiting())[0])

    assert (await reports.page())["supporters"]["total"] == 700
    assert await drift() == []


async def test_a_refused_report_never_counts_and_stays_in_the_ledger(reports: Reports) -> None:
    await reports.report(5000)

    answer = await reports.decide((await reports.waiting())[0], approved=False)

    assert answer["tally"]["state"] == "REFUSED"
    assert (await reports.counted(), await reports.told(), await reports.waiting()) == (0, [], [])
    assert await rows() == [(5000, "REFUSED")]
    assert await drift() == []


async def test_an_approved_report_that_was_overtaken_counts_for_nothing(reports: Reports) -> None:
    await reports.report(5000, "2026-03-02")
    await reports.report(300, "2026-03-03")

    answer = await reports.decide((await reports.waiting())[0])

    assert answer["tally"]["state"] == "ACCEPTED"
    assert await reports.counted() == 300
    assert await drift() == []


async def test_an_approved_report_of_the_same_day_is_overtaken_by_the_one_that_came_after_it(reports: Reports) -> None:
    await reports.report(5000)
    await reports.report(300)

    await reports.decide((await reports.waiting())[0])

    assert await reports.counted() == 300
    assert await drift() == []


async def test_a_report_is_decided_on_once(reports: Reports) -> None:
    await reports.report(5000)
    (tally,) = await reports.waiting()

    answers = await asyncio.gather(*(reports.decide(tally, approved) for approved in (True, False, True, False)))

    assert sorted(answer.get("code", "ok") for answer in answers) == ["CONFLICT"] * 3 + ["ok"]
    assert len([kind for kind in await reports.told() if kind == "PARTNER_REPORTED"]) == await reports.counted() / 5000
    assert await drift() == []


async def test_a_report_that_did_not_wait_can_not_be_decided_on(site: TestApp, reports: Reports) -> None:
    await reports.report(100)
    number = (await storage.fetch(Statement("SELECT id FROM partner_tallies")))[0][0]

    answer = await reports.decide(global_id("PartnerTally", number), approved=False)

    assert answer.get("code") == "CONFLICT"
    assert await reports.counted() == 100


# ---------------------------------------------------------------- the same report again


@pytest.mark.parametrize("signatures", [250, 5000])
async def test_the_same_report_again_changes_nothing_and_answers_the_same(reports: Reports, signatures: int) -> None:
    first = await reports.report(signatures)
    told = await reports.told()

    again = await reports.report(signatures)

    assert again == first
    assert len(await rows()) == 1
    assert await reports.told() == told


async def test_simultaneous_identical_reports_are_one(reports: Reports) -> None:
    await asyncio.gather(*(reports.report(250) for _ in range(8)))

    assert await rows() == [(250, "ACCEPTED")]
    assert (await reports.counted(), (await reports.told()).count("PARTNER_REPORTED")) == (250, 1)


async def test_a_report_of_what_stood_before_another_of_that_day_is_a_new_one(reports: Reports) -> None:
    for signatures in (20, 30, 20):
        await reports.report(signatures)

    assert await rows() == [(20, "ACCEPTED"), (30, "ACCEPTED"), (20, "WAITING")]


async def test_what_was_refused_can_be_reported_again(reports: Reports) -> None:
    await reports.report(5000)
    await reports.decide((await reports.waiting())[0], approved=False)

    await reports.report(5000)

    assert await rows() == [(5000, "REFUSED"), (5000, "WAITING")]


# ---------------------------------------------------------------- milestones


async def test_a_rung_that_a_report_reaches_is_a_milestone_once(reports: Reports) -> None:
    """Falling below it and rising again reaches nothing anew."""
    await reports.report(600)
    await reports.report(90, "2026-03-02")
    await reports.decide((await reports.waiting())[0])

    await reports.report(700, "2026-03-03")

    page = await reports.page()
    assert [milestone["count"] for milestone in page["goal"]["reached"]] == [100, 500]
    assert (await reports.told()).count("MILESTONE_REACHED") == 2
    assert (page["goal"]["current"], page["goal"]["target"]) == (700, 1000)


async def test_a_total_on_the_rung_has_reached_it(reports: Reports) -> None:
    await reports.report(99)
    assert (await reports.page())["goal"]["reached"] == []

    await reports.report(100)

    assert (await reports.page())["goal"]["reached"] == [{"count": 100}]


async def test_partners_that_report_at_once_reach_a_rung_once(
    site: TestApp, campaigner: str, campaign: str, reports: Reports
) -> None:
    names = [f"Partner {letter}" for letter in "ABCDEF"]
    all_reports = [Reports(site, campaigner, campaign, await join(site, campaigner, campaign, name)) for name in names]

    await asyncio.gather(*(one.report(90) for one in all_reports))

    assert [milestone["count"] for milestone in (await reports.page())["goal"]["reached"]] == [100, 500]
    assert (await reports.told()).count("MILESTONE_REACHED") == 2
    assert (await reports.page())["supporters"]["total"] == 540


# ---------------------------------------------------------------- what is refused


def day(ahead: int) -> str:
    return (datetime.now(UTC) + timedelta(days=ahead)).date().isoformat()


WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "less than nothing": ({"signatures": -1}, "INVALID", "signatures"),
    "the day after tomorrow": ({"asOf": day(3)}, "INVALID", "asOf"),
    "no address": ({"evidenceUrl": "proof"}, "INVALID", "evidenceUrl"),
    "no partner": ({"partnerId": "UGFydG5lcjo5OTk"}, "NOT_FOUND", "partnerId"),
    "no campaign": ({"campaignId": "Q2FtcGFpZ246OTk5"}, "NOT_FOUND", "campaignId"),
}


@pytest.mark.parametrize(("given", "code", "field"), WRONG.values(), ids=WRONG)
async def test_a_wrong_report_is_refused(reports: Reports, given: dict[str, Any], code: str, field: str) -> None:
    report = {"signatures": 250, "asOf": "2026-03-01"} | given

    answer = await reports.site.do("reportPartnerTally", REPORTED, reports.token, **reports.about | report)

    assert (answer.get("code"), answer.get("field")) == (code, field)
    assert await rows() == []


async def test_it_may_be_tomorrow_already_where_the_partner_is(reports: Reports) -> None:
    assert (await reports.report(250, day(1)))["isAccepted"]


async def test_an_organisation_that_does_not_stand_with_the_campaign_can_not_be_reported(
    site: TestApp, campaigner: str, campaign: str, reports: Reports
) -> None:
    stranger = await join(site, campaigner, await site.campaign(), "Strangers")

    answer = await Reports(site, campaigner, campaign, stranger).report(250)

    assert (answer.get("code"), answer.get("field")) == ("NOT_FOUND", "partnerId")


async def test_an_archived_campaign_takes_no_reports(
    site: TestApp, campaigner: str, campaign: str, reports: Reports
) -> None:
    await site.do("changeCampaignState", "__typename", campaigner, campaignId=campaign, state="ARCHIVED")

    assert (await reports.report(250)).get("code") == "CLOSED"


async def test_more_supporters_than_can_be_counted_are_refused(
    site: TestApp, campaigner: str, campaign: str, reports: Reports
) -> None:
    others = Reports(site, campaigner, campaign, await join(site, campaigner, campaign, "Others"))
    await reports.report(2**31 - 1)
    await others.report(2)
    page = await reports.page(campaigner)
    (tally,) = [tally["id"] for link in page["partners"] for tally in link["waitingTallies"]]

    answer = await reports.decide(tally)

    assert answer.get("code") == "INVALID"
    assert await reports.counted() == 2


async def test_what_was_never_reported_can_not_be_decided_on(reports: Reports) -> None:
    answer = await reports.decide("UGFydG5lclRhbGx5Ojk5OQ")

    assert (answer.get("code"), answer.get("field")) == ("NOT_FOUND", "tallyId")


async def test_a_recount_reports_a_partners_number_that_is_wrong(reports: Reports) -> None:
    await reports.report(250)
    assert await drift() == []

    async with storage.transaction():
        await storage.fetch(Statement("UPDATE campaign_partners SET signatures = signatures + 1 RETURNING id"))

    assert [line for line in await drift() if line.startswith("campaign_partners.signatures of")] != []
