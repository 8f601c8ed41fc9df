"""Donations: a ledger that a provider's reports and people's corrections add to, and sums that stand by it."""

import asyncio
from typing import Any

import pytest

import storage
from jobs.audits import drift
from models import Role
from storage.database import Statement
from tests.support.app import TestApp
from tests.support.ids import row_id

pytestmark = pytest.mark.anyio

APPEAL = {"prompt": "Chip in", "url": "https://example.org/give"}
FIFTY_USD = {"amountMinor": 5000, "currency": "USD"}
FIFTY_AUD = {"amountMinor": 5000, "currency": "AUD"}
WHOLE = """donation { id donor { displayName } money { amountMinor currency } frequency state donatedAt
  campaign { id } corrections { money { amountMinor currency } reason correctedAt } }"""
PAGE = """query ($id: ID!) { campaign(id: $id) {
  donation { prompt url raised { amountMinor currency } }
  activity(kinds: [DONATED]) { nodes { actorName subject { __typename } subjectId } } } }"""
NODE = """query ($id: ID!) { node(id: $id) { __typename ... on Donation {
  money { amountMinor currency } donor { displayName } corrections { reason } } } }"""


@pytest.fixture
async def admin(site: TestApp) -> str:
    return await site.staff(Role.ADMIN, "Ad Min")


@pytest.fixture
async def campaign(site: TestApp) -> str:
    return await site.campaign(donation=APPEAL)


async def give(site: TestApp, token: str, campaign: str, reference: str = "pay-1", **given: Any) -> dict[str, Any]:
    report = {"campaignId": campaign, "providerReference": reference, "money": FIFTY_USD} | given
    return await site.do("recordDonation", WHOLE, token, **report)


async def correct(
    site: TestApp, token: str, donation: str, money: dict[str, Any], reason: str = "Misread."
) -> dict[str, Any]:
    return await site.do("correctDonation", WHOLE, token, donationId=donation, money=money, reason=reason)


async def page(site: TestApp, campaign: str) -> Any:
    return (await site.ask(PAGE, id=campaign))["campaign"]


async def raised(site: TestApp, campaign: str) -> list[tuple[int, str]]:
    return [(m["amountMinor"], m["currency"]) for m in (await page(site, campaign))["donation"]["raised"]]


async def ticker(site: TestApp, campaign: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await page(site, campaign))["activity"]["nodes"]
    return found


async def rows(table: str) -> int:
    found = await storage.fetch_one(Statement(f"SELECT count(*) FROM {table}"))
    return int(found[0]) if found else 0


# ---------------------------------------------------------------- recording


async def test_the_appeal_links_out_and_nothing_is_raised_at_first(site: TestApp, campaign: str) -> None:
    assert (await page(site, campaign))["donation"] == {**APPEAL, "raised": []}


async def test_a_recorded_donation_is_raised_and_told(site: TestApp, admin: str, campaign: str) -> None:
    answer = await give(site, admin, campaign, donatedAt="2026-03-01T10:00:00Z")

    donation = answer["donation"]
    told = await ticker(site, campaign)
    assert (donation["money"], donation["frequency"], donation["state"]) == (FIFTY_USD, "ONCE", "PAID")
    assert (donation["donatedAt"], donation["donor"]) == ("2026-03-01T10:00:00+00:00", None)
    assert donation["campaign"] == {"id": campaign}
    assert await raised(site, campaign) == [(5000, "USD")]
    assert [(event["actorName"], event["subjectId"]) for event in told] == [("A supporter", donation["id"])]


async def test_what_is_raised_is_summed_by_currency_the_most_first(site: TestApp, admin: str, campaign: str) -> None:
    given = [(300, "EUR"), (5000, "usd"), (400, "EUR"), (700, "AUD")]
    for number, (amount, currency) in enumerate(given):
        await give(site, admin, campaign, f"pay-{number}", money={"amountMinor": amount, "currency": currency})

    assert await raised(site, campaign) == [(5000, "USD"), (700, "AUD"), (700, "EUR")]


async def test_what_one_campaign_raises_is_not_anothers(site: TestApp, admin: str, campaign: str) -> None:
    other = await site.campaign(donation=APPEAL)

    await give(site, admin, campaign)

    assert await raised(site, other) == []


async def test_a_new_appeal_keeps_what_was_raised(site: TestApp, admin: str, campaign: str) -> None:
    await give(site, admin, campaign)

    await site.do("updateCampaign", "__typename", admin, campaignId=campaign, donation=APPEAL | {"prompt": "Give"})

    assert await raised(site, campaign) == [(5000, "USD")]


@pytest.mark.parametrize("state", ["PLEDGED", "REFUNDED", "FAILED"])
async def test_what_was_not_paid_is_neither_raised_nor_told(
    site: TestApp, admin: str, campaign: str, state: str
) -> None:
    answer = await give(site, admin, campaign, state=state)

    assert answer["donation"]["state"] == state
    assert (await raised(site, campaign), await ticker(site, campaign)) == ([], [])


async def test_more_than_a_number_of_graphql_can_say_is_shown_as_the_largest(
    site: TestApp, admin: str, campaign: str
) -> None:
    most = {"amountMinor": 2**31 - 1, "currency": "IDR"}
    for reference in ("pay-1", "pay-2"):
        await give(site, admin, campaign, reference, money=most)

    assert await raised(site, campaign) == [(2**31 - 1, "IDR")]
    assert await drift() == []


# ---------------------------------------------------------------- the same report again


async def test_a_second_report_of_a_reference_changes_nothing_and_gives_the_first(
    site: TestApp, admin: str, campaign: str
) -> None:
    at = {"donatedAt": "2026-03-01T10:00:00Z"}
    first = await give(site, admin, campaign, **at)

    again = [await give(site, admin, campaign, **at), await give(site, admin, campaign)]

    assert [answer["donation"] for answer in again] == [first["donation"]] * 2
    assert await raised(site, campaign) == [(5000, "USD")]
    assert len(await ticker(site, campaign)) == 1


OTHER_FIGURES = {
    "amount": {"money": {"amountMinor": 5001, "currency": "USD"}},
    "currency": {"money": FIFTY_AUD},
    "frequency": {"frequency": "MONTHLY"},
    "state": {"state": "REFUNDED"},
    "moment": {"donatedAt": "2026-03-02T10:00:00Z"},
}


@pytest.mark.parametrize("other", OTHER_FIGURES.values(), ids=OTHER_FIGURES)
async def test_a_reference_with_other_figures_is_a_conflict(
    site: TestApp, admin: str, campaign: str, other: dict[str, Any]
) -> None:
    await give(site, admin, campaign, donatedAt="2026-03-01T10:00:00Z")

    answer = await give(site, admin, campaign, **other)

    assert (answer.get("code"), answer.get("field")) == ("CONFLICT", "providerReference")
    assert await raised(site, campaign) == [(5000, "USD")]


async def test_a_reference_is_one_campaigns(site: TestApp, admin: str, campaign: str) -> None:
    await give(site, admin, campaign)

    answer = await give(site, admin, await site.campaign())

    assert answer.get("code") == "CONFLICT"


async def test_the_report_that_was_corrected_is_still_the_same_report(site: TestApp, admin: str, campaign: str) -> None:
    donation = (await give(site, admin, campaign))["donation"]["id"]
    await correct(site, admin, donation, FIFTY_AUD)

    again = await give(site, admin, campaign)

    assert again["donation"]["money"] == FIFTY_AUD
    assert await raised(site, campaign) == [(5000, "AUD")]


async def test_simultaneous_identical_reports_are_one_donation(site: TestApp, admin: str, campaign: str) -> None:
    answers = await asyncio.gather(*(give(site, admin, campaign) for _ in range(8)))

    assert len({answer["donation"]["id"] for answer in answers}) == 1
    assert await rows("donations") == 1
    assert await raised(site, campaign) == [(5000, "USD")]
    assert len(await ticker(site, campaign)) == 1


async def test_simultaneous_reports_of_one_reference_for_two_campaigns_are_one_donation(
    site: TestApp, admin: str, campaign: str
) -> None:
    other = await site.campaign(donation=APPEAL)

    answers = await asyncio.gather(*(give(site, admin, one) for one in [campaign, other] * 4))

    assert {answer.get("code") for answer in answers} == {None, "CONFLICT"}
    assert await rows("donations") == 1
    assert sorted(await raised(site, campaign) + await raised(site, other)) == [(5000, "USD")]


# ---------------------------------------------------------------- correcting


async def test_aud_50_not_usd_50(site: TestApp, admin: str, campaign: str) -> None:
    donation = (await give(site, admin, campaign))["donation"]["id"]

    answer = await correct(site, admin, donation, FIFTY_AUD, "AUD 50, not USD 50")

    assert answer["donation"]["money"] == FIFTY_AUD
    assert [(c["money"], c["reason"]) for c in answer["donation"]["corrections"]] == [(FIFTY_AUD, "AUD 50, not USD 50")]
    assert await raised(site, campaign) == [(5000, "AUD")]


async def test_the_last_correction_stands_and_none_is_lost(site: TestApp, admin: str, campaign: str) -> None:
    donation = (await give(site, admin, campaign))["donation"]["id"]
    await correct(site, admin, donation, FIFTY_AUD, "First")

    answer = await correct(site, admin, donation, {"amountMinor": 4000, "currency": "USD"}, "Second")

    assert answer["donation"]["money"] == {"amountMinor": 4000, "currency": "USD"}
    assert [correction["reason"] for correction in answer["donation"]["corrections"]] == ["First", "Second"]
    assert await raised(site, campaign) == [(4000, "USD")]


async def test_a_correction_to_nothing_takes_it_out_of_what_was_raised(
    site: TestApp, admin: str, campaign: str
) -> None:
    donation = (await give(site, admin, campaign))["donation"]["id"]

    await correct(site, admin, donation, {"amountMinor": 0, "currency": "USD"}, "Given back")

    assert await raised(site, campaign) == []


async def test_what_was_reported_is_never_changed_and_who_corrected_it_is_kept(
    site: TestApp, admin: str, campaign: str
) -> None:
    donation = (await give(site, admin, campaign))["donation"]["id"]
    await correct(site, admin, donation, FIFTY_AUD)

    kept = await storage.fetch_one(Statement("SELECT amount_minor, currency, recorded_by FROM donations"))
    entry = await storage.fetch_one(Statement("SELECT donation_id, corrected_by, reason FROM donation_corrections"))

    viewer = row_id((await site.ask("{ viewer { supporter { id } } }", admin))["viewer"]["supporter"]["id"])
    assert tuple(kept or ()) == (5000, "USD", f"supporter:{viewer}")
    assert tuple(entry or ()) == (row_id(donation), f"supporter:{viewer}", "Misread.")


async def test_a_correction_to_what_stands_adds_nothing(site: TestApp, admin: str, campaign: str) -> None:
    donation = (await give(site, admin, campaign))["donation"]["id"]

    answers = await asyncio.gather(*(correct(site, admin, donation, FIFTY_AUD) for _ in range(4)))

    assert {len(answer["donation"]["corrections"]) for answer in answers} == {1}
    assert await rows("donation_corrections") == 1
    assert await raised(site, campaign) == [(5000, "AUD")]


async def test_a_correction_of_what_was_not_paid_raises_nothing(site: TestApp, admin: str, campaign: str) -> None:
    donation = (await give(site, admin, campaign, state="PLEDGED"))["donation"]["id"]

    await correct(site, admin, donation, FIFTY_AUD)

    assert await raised(site, campaign) == []


# ---------------------------------------------------------------- who gave


async def person(site: TestApp, email: str, verified: bool, **given: Any) -> str:
    """The token of someone with this address."""
    token = await site.guest("Katharina Sommer", email=email, **given)
    if verified:
        viewer = row_id((await site.ask("{ viewer { supporter { id } } }", token))["viewer"]["supporter"]["id"])
        async with storage.transaction():
            verify = Statement("UPDATE profiles SET email_verified = true WHERE supporter_id = $1 RETURNING id")
            await storage.fetch(verify, viewer)
    return token


@pytest.mark.parametrize(
    ("verified", "choice", "shown"),
    [
        (True, "FULL_NAME", "Katharina Sommer"),
        (True, "FIRST_NAME_INITIAL", "Katharina S."),
        (True, "ANONYMOUS", "A supporter"),
        (False, "FULL_NAME", "A supporter"),
    ],
)
async def test_a_donor_is_named_as_they_chose_if_the_address_was_proven(
    site: TestApp, admin: str, campaign: str, verified: bool, choice: str, shown: str
) -> None:
    await person(site, "katharina@example.org", verified, nameDisplay=choice)

    await give(site, admin, campaign, donorEmail="Katharina@example.org")

    assert [event["actorName"] for event in await ticker(site, campaign)] == [shown]


async def test_a_donor_shows_no_more_than_the_campaign_allows(site: TestApp, admin: str) -> None:
    strict = await site.campaign(donation=APPEAL, nameDisplayCeiling="INITIALS")
    await person(site, "katharina@example.org", True, nameDisplay="FULL_NAME")

    await give(site, admin, strict, donorEmail="katharina@example.org")

    assert [event["actorName"] for event in await ticker(site, strict)] == ["K. S."]


async def test_a_donor_who_shows_less_is_told_where_they_gave(site: TestApp, admin: str, campaign: str) -> None:
    donor = await person(site, "katharina@example.org", True)
    await give(site, admin, campaign, donorEmail="katharina@example.org")

    await site.do("updateProfile", "viewer { role }", donor, nameDisplay="ANONYMOUS")

    changed = "query ($id: ID!) { campaign(id: $id) { activity(first: 1) { nodes { kind actorName } } } }"
    told = (await site.ask(changed, id=campaign))["campaign"]["activity"]["nodes"]
    assert told == [{"kind": "NAME_CHANGED", "actorName": "A supporter"}]
    assert [event["actorName"] for event in await ticker(site, campaign)] == ["A supporter"]


async def test_what_someone_gave_is_for_them_and_those_who_record_it(site: TestApp, admin: str, campaign: str) -> None:
    donor, other = await person(site, "katharina@example.org", True), await site.guest("Grace Hopper")
    donation = (await give(site, admin, campaign, donorEmail="katharina@example.org"))["donation"]["id"]
    await correct(site, admin, donation, FIFTY_AUD, "She wrote to us")

    seen = [(await site.ask(NODE, token, id=donation))["node"] for token in (admin, donor, other, None)]

    known = {"__typename": "Donation", "money": FIFTY_AUD, "donor": {"displayName": "Katharina S."}}
    assert seen == [known | {"corrections": [{"reason": "She wrote to us"}]}, known | {"corrections": []}, None, None]


async def test_the_ticker_tells_the_public_that_someone_gave_and_not_what(
    site: TestApp, admin: str, campaign: str
) -> None:
    donor = await person(site, "katharina@example.org", True)
    await give(site, admin, campaign, donorEmail="katharina@example.org")

    seen = [
        (await site.ask(PAGE, token, id=campaign))["campaign"]["activity"]["nodes"][0]["subject"]
        for token in (admin, donor, await site.staff(), None)
    ]

    assert seen == [{"__typename": "Donation"}, {"__typename": "Donation"}, None, None]


# ---------------------------------------------------------------- what is refused

WRONG = {
    "nothing": ({"money": {"amountMinor": 0, "currency": "USD"}}, "INVALID", "money"),
    "less than nothing": ({"money": {"amountMinor": -1, "currency": "USD"}}, "INVALID", "money"),
    "no currency": ({"money": {"amountMinor": 1, "currency": "dollars"}}, "INVALID", "money"),
    "no reference": ({"providerReference": " "}, "INVALID", "providerReference"),
    "a long reference": ({"providerReference": "x" * 201}, "INVALID", "providerReference"),
    "a null byte": ({"providerReference": "pay\x00"}, "REJECTED_CONTENT", "providerReference"),
    "no address": ({"donorEmail": "nobody"}, "INVALID", "donorEmail"),
    "tomorrow": ({"donatedAt": "2999-01-01T00:00:00Z"}, "INVALID", "donatedAt"),
    "no campaign": ({"campaignId": "Q2FtcGFpZ246OTk5"}, "NOT_FOUND", "campaignId"),
}


@pytest.mark.parametrize(("given", "code", "field"), WRONG.values(), ids=WRONG)
async def test_a_wrong_report_is_refused(
    site: TestApp, admin: str, campaign: str, given: dict[str, Any], code: str, field: str
) -> None:
    answer = await give(site, admin, campaign, **given)

    assert (answer.get("code"), answer.get("field")) == (code, field)
    assert await rows("donations") == 0


WRONG_CORRECTIONS = {
    "less than nothing": ({"money": {"amountMinor": -1, "currency": "USD"}}, "money"),
    "no currency": ({"money": {"amountMinor": 1, "currency": "U1D"}}, "money"),
    "no reason": ({"reason": "  "}, "reason"),
    "a long reason": ({"reason": "x" * 1001}, "reason"),
}


@pytest.mark.parametrize(("given", "field"), WRONG_CORRECTIONS.values(), ids=WRONG_CORRECTIONS)
async def test_a_wrong_correction_is_refused(
    site: TestApp, admin: str, campaign: str, given: dict[str, Any], field: str
) -> None:
    donation = (await give(site, admin, campaign))["donation"]["id"]

    correction = {"donationId": donation, "money": FIFTY_AUD, "reason": "Misread."} | given
    answer = await site.do("correctDonation", WHOLE, admin, **correction)

    assert (answer.get("code"), answer.get("field")) == ("INVALID", field)
    assert await raised(site, campaign) == [(5000, "USD")]


async def test_what_was_never_given_can_not_be_corrected(site: TestApp, admin: str) -> None:
    answer = await correct(site, admin, "RG9uYXRpb246OTk5", FIFTY_AUD)

    assert (answer.get("code"), answer.get("field")) == ("NOT_FOUND", "donationId")


# ---------------------------------------------------------------- the recount


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("UPDATE donation_totals SET amount_minor = amount_minor + 1 RETURNING id", "donation_totals.amount_minor of"),
        ("DELETE FROM donation_totals RETURNING id", "a missing sum of donations to campaign"),
    ],
)
async def test_a_recount_reports_a_sum_that_is_wrong(
    site: TestApp, admin: str, campaign: str, damage: str, told: str
) -> None:
    donation = (await give(site, admin, campaign))["donation"]["id"]
    await correct(site, admin, donation, FIFTY_AUD)
    assert await drift() == []

    async with storage.transaction():
        await storage.fetch(Statement(damage))

    assert [line for line in await drift() if line.startswith(told)] != []
