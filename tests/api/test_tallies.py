"""Partner tallies: a ledger of reports. The latest report counts; a doubtful report waits for a campaigner."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobs.audits import drift, repair
from models import Campaign, CampaignPartner, PartnerTally, Role
from resolvers.context import Context
from resolvers.ids import global_id, parse
from tests.support.app import TestApp, running_app

pytestmark = pytest.mark.anyio

JUMP = 1000
REPORTED = """tally { id state signatures } campaign { supporters { total partner direct }
  partners { partner { name } signatures signaturesAsOf } }"""
DECIDED = "tally { id state signatures } campaign { supporters { partner } }"
PAGE = """query ($id: ID!) { campaign(id: $id) {
  supporters { total partner asOf } goal { current target reached { count } }
  partners { partner { id name } signatures signaturesAsOf
    waitingTallies { id signatures asOf evidenceUrl state partner { name } } }
  activity(kinds: [PARTNER_REPORTED, MILESTONE_REACHED]) { nodes { kind } } } }"""


@pytest.fixture
async def site() -> AsyncIterator[TestApp]:
    """A site in which a rise by more than 1,000 is doubtful."""
    async with running_app(tally_jump=JUMP) as app:
        yield app


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
    """Send reports of one partner on one campaign, and read what came of them."""

    def __init__(self, site: TestApp, token: str, campaign: str, partner: str) -> None:
        self.site, self.token = site, token
        self.about = {"campaignId": campaign, "partnerId": partner}

    async def report(self, signatures: int, as_of: str = "2026-03-01", **given: Any) -> dict[str, Any]:
        report = self.about | {"signatures": signatures, "asOf": as_of} | given
        return await self.site.do("reportPartnerTally", REPORTED, self.token, **report)

    async def decide(self, tally: str, decision: str = "ACCEPT") -> dict[str, Any]:
        return await self.site.do("decidePartnerTally", DECIDED, self.token, tallyId=tally, decision=decision)

    async def page(self, token: str | None = None) -> dict[str, Any]:
        campaign: dict[str, Any] = (await self.site.ask(PAGE, token, id=self.about["campaignId"]))["campaign"]
        return campaign

    async def counted(self) -> int:
        return int((await self.page())["supporters"]["partner"])

    async def waiting(self) -> list[str]:
        (link,) = (await self.page(self.token))["partners"]
        return [tally["id"] for tally in link["waitingTallies"]]

    async def logged(self) -> list[str]:
        return [event["kind"] for event in (await self.page())["activity"]["nodes"]]


@pytest.fixture
def reports(site: TestApp, campaigner: str, campaign: str, partner: str) -> Reports:
    return Reports(site, campaigner, campaign, partner)


async def ledger() -> list[tuple[int, str]]:
    """Return the number and the state of each report, oldest first."""
    return [(tally.signatures, tally.state) for tally in await PartnerTally.all().order_by("id")]


# ---------------------------------------------------------------- counting


async def test_report_counts_with_its_date(reports: Reports) -> None:
    answer = await reports.report(250)

    assert answer["tally"]["state"] == "ACCEPTED"
    assert answer["campaign"] == {
        "supporters": {"total": 250, "partner": 250, "direct": 0},
        "partners": [{"partner": {"name": "Labor Forum"}, "signatures": 250, "signaturesAsOf": "2026-03-01"}],
    }
    assert await drift() == []


async def test_counted_report_is_logged_as_activity(reports: Reports) -> None:
    await reports.report(50)

    assert await reports.logged() == ["PARTNER_REPORTED"]


async def test_latest_report_by_date_counts(reports: Reports) -> None:
    await reports.report(300, "2026-03-02")

    answer = await reports.report(200, "2026-03-01")

    assert answer["tally"]["state"] == "ACCEPTED"
    assert answer["campaign"]["partners"][0]["signaturesAsOf"] == "2026-03-02"
    assert await reports.counted() == 300
    assert (await reports.logged()).count("PARTNER_REPORTED") == 1


async def test_last_report_of_a_day_counts(reports: Reports) -> None:
    await reports.report(20)

    await reports.report(30)

    assert await reports.counted() == 30


async def test_total_is_the_sum_of_all_partners(
    site: TestApp, campaigner: str, campaign: str, reports: Reports
) -> None:
    others = Reports(site, campaigner, campaign, await join(site, campaigner, campaign, "Others"))
    await reports.report(250)
    await others.report(40)

    await reports.report(260, "2026-03-02")

    assert (await reports.page())["supporters"]["total"] == 300
    assert await drift() == []


async def test_report_counts_for_one_campaign_only(site: TestApp, campaigner: str, reports: Reports) -> None:
    other = await site.campaign()
    elsewhere = Reports(site, campaigner, other, await join(site, campaigner, other, "Labor Forum"))
    await reports.report(250)

    await elsewhere.report(10)

    assert (await reports.counted(), await elsewhere.counted()) == (250, 10)


async def test_ledger_keeps_reporter_and_evidence(site: TestApp, campaigner: str, reports: Reports) -> None:
    await reports.report(250, evidenceUrl="https://example.org/proof")

    tally = await PartnerTally.get()
    viewer = parse((await site.ask("{ viewer { supporter { id } } }", campaigner))["viewer"]["supporter"]["id"])
    assert viewer is not None
    assert (tally.evidence_url, tally.reported_by) == ("https://example.org/proof", f"supporter:{viewer[1]}")


async def test_ledger_keeps_the_api_key_of_a_program(site: TestApp, campaign: str, partner: str) -> None:
    admin = await site.staff(Role.ADMIN, "Ad Min")
    created = await site.do("createApiKey", "key apiKey { id }", admin, name="Forum", scopes=["REPORT_TALLIES"])

    answer = await Reports(site, created["key"], campaign, partner).report(250)

    tally = await PartnerTally.get()
    assert answer["tally"]["state"] == "ACCEPTED"
    assert tally.reported_by == f"key:{(parse(created['apiKey']['id']) or ('', 0))[1]}"


# ---------------------------------------------------------------- waiting


@pytest.mark.parametrize(
    ("before", "then", "state"),
    [
        (500, 500 + JUMP, "ACCEPTED"),
        (500, 500 + JUMP + 1, "WAITING"),
        (0, JUMP, "ACCEPTED"),
        (0, JUMP + 1, "WAITING"),
        (500, 499, "WAITING"),
        (500, 0, "WAITING"),
    ],
)
async def test_drop_or_large_rise_waits(reports: Reports, before: int, then: int, state: str) -> None:
    if before:
        await reports.report(before)

    answer = await reports.report(then, "2026-03-02")

    assert answer["tally"]["state"] == state
    assert await reports.counted() == (then if state == "ACCEPTED" else before)
    assert await reports.waiting() == ([answer["tally"]["id"]] if state == "WAITING" else [])
    assert await drift() == []


async def test_waiting_report_is_not_logged_as_activity(reports: Reports) -> None:
    await reports.report(JUMP + 1)

    assert await reports.logged() == []


async def test_waiting_report_is_visible_to_campaigners_only(site: TestApp, reports: Reports) -> None:
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


async def test_accepted_report_counts_and_is_logged(reports: Reports) -> None:
    await reports.report(5000)
    (tally,) = await reports.waiting()

    answer = await reports.decide(tally)

    assert answer["tally"] == {"id": tally, "state": "ACCEPTED", "signatures": 5000}
    assert answer["campaign"]["supporters"]["partner"] == 5000
    assert (await reports.logged())[-1] == "PARTNER_REPORTED"
    assert await reports.waiting() == []
    assert await drift() == []


async def test_accepted_drop_lowers_the_total(reports: Reports) -> None:
    await reports.report(800)
    await reports.report(700, "2026-03-02")

    await reports.decide((await reports.waiting())[0])

    assert (await reports.page())["supporters"]["total"] == 700
    assert await drift() == []


async def test_refused_report_stays_in_the_ledger_uncounted(reports: Reports) -> None:
    await reports.report(5000)

    answer = await reports.decide((await reports.waiting())[0], decision="REFUSE")

    assert answer["tally"]["state"] == "REFUSED"
    assert (await reports.counted(), await reports.logged(), await reports.waiting()) == (0, [], [])
    assert await ledger() == [(5000, "REFUSED")]
    assert await drift() == []


async def test_accepted_report_does_not_count_after_a_later_day(reports: Reports) -> None:
    await reports.report(5000, "2026-03-02")
    await reports.report(300, "2026-03-03")

    answer = await reports.decide((await reports.waiting())[0])

    assert answer["tally"]["state"] == "ACCEPTED"
    assert await reports.counted() == 300
    assert await drift() == []


async def test_accepted_report_does_not_count_after_a_later_report_of_the_day(reports: Reports) -> None:
    await reports.report(5000)
    await reports.report(300)

    await reports.decide((await reports.waiting())[0])

    assert await reports.counted() == 300
    assert await drift() == []


async def test_report_is_decided_on_once(reports: Reports) -> None:
    await reports.report(5000)
    (tally,) = await reports.waiting()

    answers = await asyncio.gather(*(reports.decide(tally, decision) for decision in ("ACCEPT", "REFUSE") * 2))

    assert sorted(answer.get("code", "ok") for answer in answers) == ["CONFLICT"] * 3 + ["ok"]
    assert (
        len([kind for kind in await reports.logged() if kind == "PARTNER_REPORTED"]) == await reports.counted() / 5000
    )
    assert await drift() == []


async def test_counted_report_cannot_be_decided_on(site: TestApp, reports: Reports) -> None:
    await reports.report(100)
    tally = await PartnerTally.get()

    answer = await reports.decide(global_id("PartnerTally", tally.id), decision="REFUSE")

    assert answer.get("code") == "CONFLICT"
    assert await reports.counted() == 100


# ---------------------------------------------------------------- large numbers


async def test_numbers_beyond_32_bits_count(site: TestApp, campaigner: str, campaign: str, reports: Reports) -> None:
    others = Reports(site, campaigner, campaign, await join(site, campaigner, campaign, "Others"))
    for partner in (reports, others):
        answer = await partner.report(3_000_000_000)
        assert (answer["tally"]["state"], answer["tally"]["signatures"]) == ("WAITING", 3_000_000_000)
        await partner.decide(answer["tally"]["id"])

    page = await reports.page()

    assert (page["supporters"]["total"], page["supporters"]["partner"]) == (6_000_000_000, 6_000_000_000)
    assert (page["goal"]["current"], page["goal"]["target"]) == (6_000_000_000, 7_000_000_000)
    assert [link["signatures"] for link in page["partners"]] == [3_000_000_000] * 2
    assert page["goal"]["reached"][-1] == {"count": 6_000_000_000}
    assert await drift() == []


async def test_large_rise_reaches_few_milestones(reports: Reports) -> None:
    """Each milestone is a row and an event, written while the campaign is locked."""
    tally = (await reports.report(2**52))["tally"]["id"]

    await reports.decide(tally)

    reached = [milestone["count"] for milestone in (await reports.page())["goal"]["reached"]]
    assert reached[:2] == [100, 500]
    assert reached[-1] == 4 * 10**15
    assert len(reached) < 200


async def test_drift_of_large_numbers_is_repaired(reports: Reports) -> None:
    await reports.decide((await reports.report(3_000_000_000))["tally"]["id"])
    await CampaignPartner.all().update(signatures=0)
    await Campaign.all().update(partner_signature_count=1, supporter_count=2)

    await repair(Context(reports.site.settings, reports.site.groundswell.live))

    query = "query ($id: ID!) { campaign(id: $id) { supporters { total partner drift } } }"
    supporters = (await reports.site.ask(query, id=reports.about["campaignId"]))["campaign"]["supporters"]
    assert supporters == {"total": 3_000_000_000, "partner": 3_000_000_000, "drift": 2_999_999_999}
    assert await drift() == []


# ---------------------------------------------------------------- repeated reports


@pytest.mark.parametrize("signatures", [250, 5000])
async def test_repeated_report_is_idempotent(reports: Reports, signatures: int) -> None:
    first = await reports.report(signatures)
    logged = await reports.logged()

    again = await reports.report(signatures)

    assert again == first
    assert len(await ledger()) == 1
    assert await reports.logged() == logged


async def test_repeated_report_returns_the_tally_as_it_was_decided(reports: Reports) -> None:
    first = await reports.report(5000)
    await reports.decide(first["tally"]["id"])

    again = await reports.report(5000)

    assert again["tally"] == {"id": first["tally"]["id"], "state": "ACCEPTED", "signatures": 5000}


@pytest.mark.parametrize("signatures", [200, 10 * JUMP])
async def test_report_of_an_earlier_day_is_accepted_and_does_not_count(reports: Reports, signatures: int) -> None:
    await reports.report(300, "2026-03-02")

    answer = await reports.report(signatures, "2026-03-01")

    assert (answer["tally"]["state"], answer["tally"]["signatures"]) == ("ACCEPTED", signatures)
    assert await reports.counted() == 300


async def test_concurrent_identical_reports_are_one(reports: Reports) -> None:
    await asyncio.gather(*(reports.report(250) for _ in range(8)))

    assert await ledger() == [(250, "ACCEPTED")]
    assert (await reports.counted(), (await reports.logged()).count("PARTNER_REPORTED")) == (250, 1)


async def test_report_of_an_earlier_number_is_a_new_report(reports: Reports) -> None:
    for signatures in (20, 30, 20):
        await reports.report(signatures)

    assert await ledger() == [(20, "ACCEPTED"), (30, "ACCEPTED"), (20, "WAITING")]


async def test_refused_report_can_be_sent_again(reports: Reports) -> None:
    await reports.report(5000)
    await reports.decide((await reports.waiting())[0], decision="REFUSE")

    await reports.report(5000)

    assert await ledger() == [(5000, "REFUSED"), (5000, "WAITING")]


# ---------------------------------------------------------------- milestones


async def test_report_reaches_a_milestone_once(reports: Reports) -> None:
    """A total that falls below the number and rises again logs no second milestone."""
    await reports.report(600)
    await reports.report(90, "2026-03-02")
    await reports.decide((await reports.waiting())[0])

    await reports.report(700, "2026-03-03")

    page = await reports.page()
    assert [milestone["count"] for milestone in page["goal"]["reached"]] == [100, 500]
    assert (await reports.logged()).count("MILESTONE_REACHED") == 2
    assert (page["goal"]["current"], page["goal"]["target"]) == (700, 1000)


async def test_milestone_is_reached_at_its_number(reports: Reports) -> None:
    await reports.report(99)
    assert (await reports.page())["goal"]["reached"] == []

    await reports.report(100)

    assert (await reports.page())["goal"]["reached"] == [{"count": 100}]


async def test_concurrent_reports_reach_a_milestone_once(
    site: TestApp, campaigner: str, campaign: str, reports: Reports
) -> None:
    names = [f"Partner {letter}" for letter in "ABCDEF"]
    all_reports = [Reports(site, campaigner, campaign, await join(site, campaigner, campaign, name)) for name in names]

    await asyncio.gather(*(one.report(90) for one in all_reports))

    assert [milestone["count"] for milestone in (await reports.page())["goal"]["reached"]] == [100, 500]
    assert (await reports.logged()).count("MILESTONE_REACHED") == 2
    assert (await reports.page())["supporters"]["total"] == 540


# ---------------------------------------------------------------- refusals


def day(ahead: int) -> str:
    return (datetime.now(UTC) + timedelta(days=ahead)).date().isoformat()


INVALID: dict[str, tuple[dict[str, Any], str, str]] = {
    "negative": ({"signatures": -1}, "INVALID", "signatures"),
    "not exact in JSON": ({"signatures": 2**53}, "INVALID", "signatures"),
    "beyond 64 bits": ({"signatures": 10**30}, "INVALID", "signatures"),
    "in three days": ({"asOf": day(3)}, "INVALID", "asOf"),
    "evidence without a scheme": ({"evidenceUrl": "proof"}, "INVALID", "evidenceUrl"),
    "unknown partner": ({"partnerId": "UGFydG5lcjo5OTk"}, "NOT_FOUND", "partnerId"),
    "unknown campaign": ({"campaignId": "Q2FtcGFpZ246OTk5"}, "NOT_FOUND", "campaignId"),
}


@pytest.mark.parametrize(("given", "code", "field"), INVALID.values(), ids=INVALID)
async def test_invalid_report_is_refused(reports: Reports, given: dict[str, Any], code: str, field: str) -> None:
    report = {"signatures": 250, "asOf": "2026-03-01"} | given

    answer = await reports.site.do("reportPartnerTally", REPORTED, reports.token, **reports.about | report)

    assert (answer.get("code"), answer.get("paths")) == (code, [field])
    assert await ledger() == []


async def test_report_may_be_dated_tomorrow(reports: Reports) -> None:
    assert (await reports.report(250, day(1)))["tally"]["state"] == "ACCEPTED"


async def test_report_of_another_campaigns_partner_is_refused(
    site: TestApp, campaigner: str, campaign: str, reports: Reports
) -> None:
    stranger = await join(site, campaigner, await site.campaign(), "Strangers")

    answer = await Reports(site, campaigner, campaign, stranger).report(250)

    assert (answer.get("code"), answer.get("paths")) == ("NOT_FOUND", ["partnerId"])


async def test_archived_campaign_refuses_reports(
    site: TestApp, campaigner: str, campaign: str, reports: Reports
) -> None:
    await site.do("changeCampaignState", "__typename", campaigner, campaignId=campaign, state="ARCHIVED")

    assert (await reports.report(250)).get("code") == "CLOSED"


async def test_total_above_the_limit_is_refused(
    site: TestApp, campaigner: str, campaign: str, reports: Reports
) -> None:
    others = Reports(site, campaigner, campaign, await join(site, campaigner, campaign, "Others"))
    await reports.report(2**53 - 1)
    await others.report(2)
    page = await reports.page(campaigner)
    (tally,) = [tally["id"] for link in page["partners"] for tally in link["waitingTallies"]]

    answer = await reports.decide(tally)

    assert answer.get("code") == "INVALID"
    assert await reports.counted() == 2


@pytest.mark.parametrize("given", [{}, {"decision": None}, {"decision": True}], ids=["omitted", "null", "boolean"])
async def test_tally_is_not_decided_on_without_a_decision(reports: Reports, given: dict[str, Any]) -> None:
    tally = (await reports.report(5000))["tally"]["id"]
    text = "mutation($input: DecidePartnerTallyInput!) { decidePartnerTally(input: $input) { __typename } }"

    codes = await reports.site.codes(text, reports.token, input={"tallyId": tally, **given})

    assert codes == ["BAD_USER_INPUT"]
    assert await reports.waiting() == [tally]


async def test_unknown_report_cannot_be_decided_on(reports: Reports) -> None:
    answer = await reports.decide("UGFydG5lclRhbGx5Ojk5OQ")

    assert (answer.get("code"), answer.get("paths")) == ("NOT_FOUND", ["tallyId"])


async def test_audit_reports_a_wrong_partner_count(reports: Reports) -> None:
    await reports.report(250)
    assert await drift() == []

    await CampaignPartner.all().update(signatures=251)

    assert [line for line in await drift() if line.startswith("campaign_partners.signatures of")] != []
