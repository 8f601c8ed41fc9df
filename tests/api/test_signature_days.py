"""The chart of signatures: buckets of days, weeks and months, their bounds, and what withdrawals do to them.

tests/api/test_signature_counts.py compares the chart with the counter after random sequences of actions.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from models import Role
from tests.support.app import TestApp
from tests.support.signing import Clock, sign, withdraw
from tests.support.statements import recorded_statements

pytestmark = pytest.mark.anyio

CHART = """query($id: ID!, $by: Interval! = DAY, $since: Date, $until: Date) { campaign(id: $id) {
  signaturesOverTime(by: $by, since: $since, until: $until) { start direct partner } } }"""
FRIDAY = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock(monkeypatch)
    set_clock(clock, FRIDAY)
    return clock


def set_clock(clock: Clock, at: datetime) -> None:
    clock.ahead = timedelta()
    clock.ahead = at - clock.now()


async def chart(site: TestApp, campaign: str, **given: Any) -> list[tuple[str, int, int]]:
    found = (await site.ask(CHART, id=campaign, **given))["campaign"]["signaturesOverTime"]
    return [(bucket["start"], bucket["direct"], bucket["partner"]) for bucket in found]


async def changes(site: TestApp, campaign: str, **given: Any) -> dict[str, int]:
    """Return the changes of direct signatures that are not 0, by bucket."""
    return {start: direct for start, direct, _ in await chart(site, campaign, **given) if direct}


async def report(site: TestApp, campaign: str, partner: str, signatures: int, as_of: str) -> Any:
    about = {"campaignId": campaign, "partnerId": partner, "signatures": signatures, "asOf": as_of}
    return await site.do("reportPartnerTally", "tally { id state }", await site.staff(Role.ADMIN), **about)


async def partner_of(site: TestApp, campaign: str) -> str:
    admin = await site.staff(Role.ADMIN)
    added = await site.do("addPartner", "partner { id }", admin, campaignId=campaign, name="Labor Forum")
    return str(added["partner"]["id"])


# ---------------------------------------------------------------- what is counted on which day


async def test_bucket_counts_the_signatures_of_its_day(site: TestApp, clock: Clock) -> None:
    campaign = await site.campaign()
    for days, signers in ((0, 2), (0, 1), (3, 1)):
        set_clock(clock, FRIDAY + timedelta(days=days))
        for number in range(signers):
            await sign(site, campaign, email=f"{days}-{signers}-{number}@example.org")

    assert await chart(site, campaign) == [
        ("2026-01-02", 3, 0),
        ("2026-01-03", 0, 0),
        ("2026-01-04", 0, 0),
        ("2026-01-05", 1, 0),
    ]


async def test_day_changes_at_midnight_utc(site: TestApp, clock: Clock) -> None:
    campaign = await site.campaign()
    for number, second in enumerate((-1, 1)):
        set_clock(clock, datetime(2026, 1, 3, tzinfo=UTC) + timedelta(seconds=second))
        await sign(site, campaign, email=f"{number}@example.org")

    assert await changes(site, campaign) == {"2026-01-02": 1, "2026-01-03": 1}


async def test_pending_signature_counts_on_the_day_of_its_confirmation(site: TestApp, clock: Clock) -> None:
    campaign = await site.campaign(confirmSignatures=True)
    await sign(site, campaign)
    set_clock(clock, FRIDAY + timedelta(days=1))

    await site.do("confirmSignature", "__typename", token=await site.link())

    assert await changes(site, campaign) == {"2026-01-03": 1}


async def test_withdrawal_is_subtracted_on_its_own_day(site: TestApp, clock: Clock) -> None:
    """A bucket of the past never changes, so nobody sees on which day the withdrawn signature was given."""
    campaign = await site.campaign()
    token = (await sign(site, campaign))["accessToken"]
    set_clock(clock, FRIDAY + timedelta(days=2))
    before = await chart(site, campaign, until="2026-01-03")

    await withdraw(site, campaign, token)

    assert await chart(site, campaign, until="2026-01-03") == before == [("2026-01-02", 1, 0), ("2026-01-03", 0, 0)]
    assert await changes(site, campaign) == {"2026-01-02": 1, "2026-01-04": -1}


@pytest.mark.parametrize(
    ("policy", "after"), [("WITHDRAW", {"2026-01-02": 1, "2026-01-04": -1}), ("KEEP_COUNT", {"2026-01-02": 1})]
)
async def test_erasure_changes_no_bucket_of_the_past(
    site: TestApp, clock: Clock, policy: str, after: dict[str, int]
) -> None:
    campaign = await site.campaign(erasurePolicy=policy)
    token = (await sign(site, campaign))["accessToken"]
    set_clock(clock, FRIDAY + timedelta(days=2))

    await site.do("eraseSupporter", "receipt { signatures }", token)

    assert await changes(site, campaign) == after


async def test_partner_report_counts_on_the_day_of_its_acceptance(site: TestApp, clock: Clock) -> None:
    campaign = await site.campaign()
    partner = await partner_of(site, campaign)
    await report(site, campaign, partner, 70, "2026-01-01")
    set_clock(clock, FRIDAY + timedelta(days=1))
    waits = await report(site, campaign, partner, 40, "2026-01-03")
    set_clock(clock, FRIDAY + timedelta(days=3))

    decided = {"tallyId": waits["tally"]["id"], "decision": "ACCEPT"}
    await site.do("decidePartnerTally", "tally { state }", await site.staff(Role.CAMPAIGNER), **decided)

    assert [(start, partner) for start, _, partner in await chart(site, campaign) if partner] == [
        ("2026-01-02", 70),
        ("2026-01-05", -30),
    ]


async def test_late_report_changes_no_bucket(site: TestApp, clock: Clock) -> None:
    campaign = await site.campaign()
    partner = await partner_of(site, campaign)
    await report(site, campaign, partner, 70, "2026-01-02")

    assert (await report(site, campaign, partner, 900, "2026-01-01"))["tally"]["state"] == "ACCEPTED"

    assert await chart(site, campaign) == [("2026-01-02", 0, 70)]


# ---------------------------------------------------------------- intervals and bounds


@pytest.fixture
async def campaign(site: TestApp, clock: Clock) -> str:
    """Create a campaign with a signature on each of these days."""
    campaign = await site.campaign()
    for day in ("2026-01-02", "2026-01-04", "2026-01-05", "2026-02-01"):
        set_clock(clock, datetime.fromisoformat(f"{day}T12:00:00+00:00"))
        await sign(site, campaign, email=f"{day}@example.org")
    return campaign


async def test_weeks_begin_on_monday(site: TestApp, campaign: str) -> None:
    found = await chart(site, campaign, by="WEEK")

    assert [(start, direct) for start, direct, _ in found] == [
        ("2025-12-29", 2),
        ("2026-01-05", 1),
        ("2026-01-12", 0),
        ("2026-01-19", 0),
        ("2026-01-26", 1),
    ]


async def test_months_are_those_of_the_calendar(site: TestApp, campaign: str) -> None:
    assert await chart(site, campaign, by="MONTH") == [("2026-01-01", 3, 0), ("2026-02-01", 1, 0)]


async def test_first_and_last_bucket_are_whole(site: TestApp, campaign: str) -> None:
    assert await chart(site, campaign, by="WEEK", since="2026-01-03", until="2026-01-05") == [
        ("2025-12-29", 2, 0),
        ("2026-01-05", 1, 0),
    ]


async def test_chart_may_begin_before_the_launch(site: TestApp, campaign: str) -> None:
    found = await chart(site, campaign, since="2025-12-31", until="2026-01-02")

    assert found == [("2025-12-31", 0, 0), ("2026-01-01", 0, 0), ("2026-01-02", 1, 0)]


async def test_no_bucket_lies_in_the_future(site: TestApp, campaign: str) -> None:
    assert await chart(site, campaign, since="2026-01-31", until="9999-12-31") == [
        ("2026-01-31", 0, 0),
        ("2026-02-01", 1, 0),
    ]
    assert await chart(site, campaign, since="2026-02-02") == []


@pytest.mark.parametrize(("by", "first"), [("DAY", "2027-11-04"), ("WEEK", "2026-05-18"), ("MONTH", "2026-01-01")])
async def test_ninety_buckets_are_shown_but_none_before_the_launch(
    site: TestApp, campaign: str, clock: Clock, by: str, first: str
) -> None:
    set_clock(clock, datetime(2028, 2, 1, 12, tzinfo=UTC))

    found = await chart(site, campaign, by=by)

    assert (found[0][0], len(found)) == (first, 26 if by == "MONTH" else 90)


async def test_at_most_366_buckets_can_be_had(site: TestApp, campaign: str) -> None:
    last = date(2026, 2, 1)
    first, before = last - timedelta(days=365), last - timedelta(days=366)

    assert len(await chart(site, campaign, since=str(first))) == 366
    assert await site.codes(CHART, id=campaign, since=str(before)) == ["INVALID"]
    assert await site.codes(CHART, id=campaign, since="0001-01-01", by="MONTH") == ["INVALID"]
    assert len(await chart(site, campaign, since=str(before), by="WEEK")) == 53


async def test_since_must_not_lie_after_until(site: TestApp, campaign: str) -> None:
    assert await site.codes(CHART, id=campaign, since="2026-01-03", until="2026-01-02") == ["INVALID"]


async def test_sum_of_all_buckets_is_the_counter(site: TestApp, campaign: str) -> None:
    assert sum(direct for _, direct, _ in await chart(site, campaign)) == 4


async def test_draft_has_a_chart_without_signatures(site: TestApp, clock: Clock) -> None:
    campaign, campaigner = await site.campaign("DRAFT"), await site.staff(Role.CAMPAIGNER)

    found = await site.ask(CHART, campaigner, id=campaign)

    assert found["campaign"]["signaturesOverTime"] == [{"start": "2026-01-02", "direct": 0, "partner": 0}]
    assert (await site.ask(CHART, id=campaign))["campaign"] is None


# ---------------------------------------------------------------- cost


async def test_charts_of_a_list_take_one_statement(site: TestApp, campaign: str) -> None:
    listed = "{ campaigns { nodes { id signaturesOverTime(by: WEEK) { start direct } } } }"
    other = await site.campaign()
    await sign(site, other)

    with recorded_statements() as seen:
        nodes = (await site.ask(listed))["campaigns"]["nodes"]

    shown = {node["id"]: sum(bucket["direct"] for bucket in node["signaturesOverTime"]) for node in nodes}
    assert shown == {campaign: 4, other: 1}
    assert len([text for text in seen if "signature_days" in text]) == 1


async def test_only_the_first_signature_of_a_day_takes_a_further_statement(site: TestApp, clock: Clock) -> None:
    campaign = await site.campaign()
    costs = []
    for number, days in enumerate((0, 0, 1, 1)):
        set_clock(clock, FRIDAY + timedelta(days=days))
        with recorded_statements() as seen:
            await sign(site, campaign, email=f"{number}@example.org")
        costs.append(len([text for text in seen if "INSERT INTO signature_days" in text]))

    assert costs == [1, 0, 1, 0]
