"""Donations: a ledger of a provider's reports and of corrections, and totals that agree with the ledger."""

import asyncio
from typing import Any

import pytest

import storage
from jobs.audits import drift
from models import Donation, DonationCorrection, Profile, Role
from resolvers.ids import global_id, parse
from storage.database import Statement
from tests.support.app import TestApp

pytestmark = pytest.mark.anyio

APPEAL = {"prompt": "Chip in", "url": "https://example.org/give"}
FIFTY_USD = {"amountMinor": 5000, "currency": "USD"}
FIFTY_AUD = {"amountMinor": 5000, "currency": "AUD"}
WHOLE = """donation { id donor { displayName } money { amountMinor currency } frequency state donatedAt
  campaign { id } corrections { money { amountMinor currency } reason correctedAt } }"""
PAGE = """query ($id: ID!) { campaign(id: $id) {
  donation { prompt url raised { amountMinor currency } }
  activity(kinds: [DONATED]) { nodes { actorName ... on DonationActivity { donation { id } } } } } }"""
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
    events: list[dict[str, Any]] = (await page(site, campaign))["activity"]["nodes"]
    return events


# ---------------------------------------------------------------- recording


async def test_new_appeal_has_raised_nothing(site: TestApp, campaign: str) -> None:
    assert (await page(site, campaign))["donation"] == {**APPEAL, "raised": []}


async def test_recorded_donation_is_raised_and_logged(site: TestApp, admin: str, campaign: str) -> None:
    answer = await give(site, admin, campaign, donatedAt="2026-03-01T10:00:00Z")

    donation = answer["donation"]
    (event,) = await ticker(site, campaign)
    assert (donation["money"], donation["frequency"], donation["state"]) == (FIFTY_USD, "ONCE", "PAID")
    assert (donation["donatedAt"], donation["donor"]) == ("2026-03-01T10:00:00+00:00", None)
    assert donation["campaign"] == {"id": campaign}
    assert await raised(site, campaign) == [(5000, "USD")]
    assert event == {"actorName": "A supporter", "donation": None}
    (shown,) = (await site.ask(PAGE, admin, id=campaign))["campaign"]["activity"]["nodes"]
    assert shown["donation"] == {"id": donation["id"]}


async def test_raised_amounts_are_summed_by_currency_largest_first(site: TestApp, admin: str, campaign: str) -> None:
    given = [(300, "EUR"), (5000, "usd"), (400, "EUR"), (700, "AUD")]
    for number, (amount, currency) in enumerate(given):
        await give(site, admin, campaign, f"pay-{number}", money={"amountMinor": amount, "currency": currency})

    assert await raised(site, campaign) == [(5000, "USD"), (700, "AUD"), (700, "EUR")]


async def test_donation_counts_for_one_campaign_only(site: TestApp, admin: str, campaign: str) -> None:
    other = await site.campaign(donation=APPEAL)

    await give(site, admin, campaign)

    assert await raised(site, other) == []


async def test_changed_appeal_keeps_the_raised_amount(site: TestApp, admin: str, campaign: str) -> None:
    await give(site, admin, campaign)

    await site.do("updateCampaign", "__typename", admin, campaignId=campaign, donation=APPEAL | {"prompt": "Give"})

    assert await raised(site, campaign) == [(5000, "USD")]


@pytest.mark.parametrize("state", ["PLEDGED", "REFUNDED", "FAILED"])
async def test_unpaid_donation_is_neither_raised_nor_logged(
    site: TestApp, admin: str, campaign: str, state: str
) -> None:
    answer = await give(site, admin, campaign, state=state)

    assert answer["donation"]["state"] == state
    assert (await raised(site, campaign), await ticker(site, campaign)) == ([], [])


@pytest.mark.parametrize("amount", [2**31 - 1, 2**31, 50_000_000_000])
async def test_amounts_beyond_32_bits_are_exact(site: TestApp, admin: str, campaign: str, amount: int) -> None:
    """A currency with a small unit has large numbers: 50,000,000,000 is 500 million rupiah."""
    money = {"amountMinor": amount, "currency": "IDR"}
    answers = [await give(site, admin, campaign, reference, money=money) for reference in ("pay-1", "pay-2")]

    corrected = await correct(site, admin, answers[0]["donation"]["id"], money | {"amountMinor": amount + 7})

    assert answers[0]["donation"]["money"] == money
    assert corrected["donation"]["money"]["amountMinor"] == amount + 7
    assert await raised(site, campaign) == [(2 * amount + 7, "IDR")]
    assert await drift() == []


@pytest.mark.parametrize("amount", [2**53, -(2**53), 2**63, 2**64, 10**30])
async def test_amount_that_is_not_exact_in_json_is_refused(
    site: TestApp, admin: str, campaign: str, amount: int
) -> None:
    money = {"amountMinor": amount, "currency": "IDR"}

    answer = await give(site, admin, campaign, money=money)

    assert (answer.get("code"), answer.get("paths")) == ("INVALID", ["money.amountMinor"])
    assert await raised(site, campaign) == []


async def test_sum_that_can_not_be_shown_is_refused(site: TestApp, admin: str, campaign: str) -> None:
    most = {"amountMinor": 2**53 - 1, "currency": "IDR"}
    first = (await give(site, admin, campaign, money=most))["donation"]
    other = {"amountMinor": 1, "currency": "IDR"}

    refused = await give(site, admin, campaign, "pay-2", money=other)
    pledged = (await give(site, admin, campaign, "pay-2", money=other, state="PLEDGED"))["donation"]
    corrected = await correct(site, admin, first["id"], most | {"amountMinor": 2**53 - 2})

    assert (refused.get("code"), refused.get("paths")) == ("INVALID", ["money.amountMinor"])
    assert (pledged["state"], corrected["donation"]["money"]["amountMinor"]) == ("PLEDGED", 2**53 - 2)
    assert await raised(site, campaign) == [(2**53 - 2, "IDR")]
    assert await drift() == []


# ---------------------------------------------------------------- repeated reports


async def test_repeated_report_returns_the_first(site: TestApp, admin: str, campaign: str) -> None:
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
async def test_reference_with_other_figures_is_a_conflict(
    site: TestApp, admin: str, campaign: str, other: dict[str, Any]
) -> None:
    await give(site, admin, campaign, donatedAt="2026-03-01T10:00:00Z")

    answer = await give(site, admin, campaign, **other)

    assert (answer.get("code"), answer.get("paths")) == ("CONFLICT", ["providerReference"])
    assert await raised(site, campaign) == [(5000, "USD")]


async def test_reference_is_unique_across_campaigns(site: TestApp, admin: str, campaign: str) -> None:
    await give(site, admin, campaign)

    answer = await give(site, admin, await site.campaign())

    assert answer.get("code") == "CONFLICT"


async def test_corrected_report_can_be_repeated(site: TestApp, admin: str, campaign: str) -> None:
    donation = (await give(site, admin, campaign))["donation"]["id"]
    await correct(site, admin, donation, FIFTY_AUD)

    again = await give(site, admin, campaign)

    assert again["donation"]["money"] == FIFTY_AUD
    assert await raised(site, campaign) == [(5000, "AUD")]


async def test_concurrent_identical_reports_are_one_donation(site: TestApp, admin: str, campaign: str) -> None:
    answers = await asyncio.gather(*(give(site, admin, campaign) for _ in range(8)))

    assert len({answer["donation"]["id"] for answer in answers}) == 1
    assert await Donation.all().count() == 1
    assert await raised(site, campaign) == [(5000, "USD")]
    assert len(await ticker(site, campaign)) == 1


async def test_concurrent_reports_for_two_campaigns_are_one_donation(site: TestApp, admin: str, campaign: str) -> None:
    other = await site.campaign(donation=APPEAL)

    answers = await asyncio.gather(*(give(site, admin, one) for one in [campaign, other] * 4))

    assert {answer.get("code") for answer in answers} == {None, "CONFLICT"}
    assert await Donation.all().count() == 1
    assert sorted(await raised(site, campaign) + await raised(site, other)) == [(5000, "USD")]


# ---------------------------------------------------------------- correcting


async def test_correction_changes_the_currency(site: TestApp, admin: str, campaign: str) -> None:
    donation = (await give(site, admin, campaign))["donation"]["id"]

    answer = await correct(site, admin, donation, FIFTY_AUD, "AUD 50, not USD 50")

    assert answer["donation"]["money"] == FIFTY_AUD
    assert [(c["money"], c["reason"]) for c in answer["donation"]["corrections"]] == [(FIFTY_AUD, "AUD 50, not USD 50")]
    assert await raised(site, campaign) == [(5000, "AUD")]


async def test_last_correction_counts_and_all_are_kept(site: TestApp, admin: str, campaign: str) -> None:
    donation = (await give(site, admin, campaign))["donation"]["id"]
    await correct(site, admin, donation, FIFTY_AUD, "First")

    answer = await correct(site, admin, donation, {"amountMinor": 4000, "currency": "USD"}, "Second")

    assert answer["donation"]["money"] == {"amountMinor": 4000, "currency": "USD"}
    assert [correction["reason"] for correction in answer["donation"]["corrections"]] == ["First", "Second"]
    assert await raised(site, campaign) == [(4000, "USD")]


async def test_correction_to_zero_removes_the_raised_amount(site: TestApp, admin: str, campaign: str) -> None:
    donation = (await give(site, admin, campaign))["donation"]["id"]

    await correct(site, admin, donation, {"amountMinor": 0, "currency": "USD"}, "Given back")

    assert await raised(site, campaign) == []


async def test_ledger_keeps_the_report_and_the_corrector(site: TestApp, admin: str, campaign: str) -> None:
    donation = (await give(site, admin, campaign))["donation"]["id"]
    await correct(site, admin, donation, FIFTY_AUD)

    report, correction = await Donation.get(), await DonationCorrection.get()
    viewer = parse((await site.ask("{ viewer { supporter { id } } }", admin))["viewer"]["supporter"]["id"])
    assert viewer is not None
    who = f"supporter:{viewer[1]}"
    assert (report.amount_minor, report.currency, report.recorded_by) == (5000, "USD", who)
    assert parse(donation) == ("Donation", correction.donation_id)
    assert (correction.corrected_by, correction.reason) == (who, "Misread.")


async def test_correction_to_the_current_amount_adds_nothing(site: TestApp, admin: str, campaign: str) -> None:
    donation = (await give(site, admin, campaign))["donation"]["id"]

    answers = await asyncio.gather(*(correct(site, admin, donation, FIFTY_AUD) for _ in range(4)))

    assert {len(answer["donation"]["corrections"]) for answer in answers} == {1}
    assert await DonationCorrection.all().count() == 1
    assert await raised(site, campaign) == [(5000, "AUD")]


async def test_correction_of_unpaid_donation_raises_nothing(site: TestApp, admin: str, campaign: str) -> None:
    donation = (await give(site, admin, campaign, state="PLEDGED"))["donation"]["id"]

    await correct(site, admin, donation, FIFTY_AUD)

    assert await raised(site, campaign) == []


# ---------------------------------------------------------------- the donor


async def person(site: TestApp, email: str, verified: bool, **given: Any) -> str:
    """Return the token of a person with this e-mail address."""
    token = await site.guest("Katharina Sommer", email=email, **given)
    if verified:
        viewer = parse((await site.ask("{ viewer { supporter { id } } }", token))["viewer"]["supporter"]["id"])
        assert viewer is not None
        await Profile.filter(supporter_id=viewer[1]).update(email_verified=True)
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
async def test_donor_with_verified_email_is_named_as_chosen(
    site: TestApp, admin: str, campaign: str, verified: bool, choice: str, shown: str
) -> None:
    await person(site, "katharina@example.org", verified, nameDisplay=choice)
    await site.do("updateCampaign", "__typename", admin, campaignId=campaign, tickerNameCeiling="FULL_NAME")
    await Profile.all().update(show_donations=True)

    await give(site, admin, campaign, donorEmail="Katharina@example.org")

    assert [event["actorName"] for event in await ticker(site, campaign)] == [shown]


async def test_ceiling_caps_the_donors_name(site: TestApp, admin: str) -> None:
    strict = await site.campaign(donation=APPEAL, nameDisplayCeiling="INITIALS")
    await person(site, "katharina@example.org", True, nameDisplay="FULL_NAME")
    await Profile.all().update(show_donations=True)

    await give(site, admin, strict, donorEmail="katharina@example.org")

    assert [event["actorName"] for event in await ticker(site, strict)] == ["K. S."]


async def test_donors_changed_name_is_logged_on_the_campaign(site: TestApp, admin: str, campaign: str) -> None:
    donor = await person(site, "katharina@example.org", True)
    await site.do("updateProfile", "viewer { role }", donor, showDonations=True)
    await give(site, admin, campaign, donorEmail="katharina@example.org")

    await site.do("updateProfile", "viewer { role }", donor, nameDisplay="ANONYMOUS")

    changed = """query ($id: ID!) { campaign(id: $id) {
      activity(kinds: [NAME_CHANGED, DONATED], first: 1) { nodes { kind actorName } } } }"""
    events = (await site.ask(changed, id=campaign))["campaign"]["activity"]["nodes"]
    assert events == [{"kind": "NAME_CHANGED", "actorName": "A supporter"}]
    assert [event["actorName"] for event in await ticker(site, campaign)] == ["A supporter"]


async def test_donation_is_visible_to_donor_and_recorders_only(site: TestApp, admin: str, campaign: str) -> None:
    donor, other = await person(site, "katharina@example.org", True), await site.guest("Grace Hopper")
    donation = (await give(site, admin, campaign, donorEmail="katharina@example.org"))["donation"]["id"]
    await correct(site, admin, donation, FIFTY_AUD, "She wrote to us")

    seen = [(await site.ask(NODE, token, id=donation))["node"] for token in (admin, donor, other, None)]

    full = {"__typename": "Donation", "money": FIFTY_AUD, "donor": {"displayName": "Katharina S."}}
    assert seen == [full | {"corrections": [{"reason": "She wrote to us"}]}, full | {"corrections": []}, None, None]


async def test_public_activity_hides_the_donation(site: TestApp, admin: str, campaign: str) -> None:
    donor = await person(site, "katharina@example.org", True)
    given = await give(site, admin, campaign, donorEmail="katharina@example.org")

    seen = [
        (await site.ask(PAGE, token, id=campaign))["campaign"]["activity"]["nodes"][0]["donation"]
        for token in (admin, donor, await site.staff(), None)
    ]

    donation = {"id": given["donation"]["id"]}
    assert seen == [donation, donation, None, None]


# ---------------------------------------------------------------- refusals

INVALID = {
    "zero": ({"money": {"amountMinor": 0, "currency": "USD"}}, "INVALID", "money.amountMinor"),
    "negative": ({"money": {"amountMinor": -1, "currency": "USD"}}, "INVALID", "money.amountMinor"),
    "no currency": ({"money": {"amountMinor": 1, "currency": "dollars"}}, "INVALID", "money.currency"),
    "no reference": ({"providerReference": " "}, "INVALID", "providerReference"),
    "a long reference": ({"providerReference": "x" * 201}, "INVALID", "providerReference"),
    "a null byte": ({"providerReference": "pay\x00"}, "REJECTED_CONTENT", "providerReference"),
    "invalid e-mail": ({"donorEmail": "nobody"}, "INVALID", "donorEmail"),
    "tomorrow": ({"donatedAt": "2999-01-01T00:00:00Z"}, "INVALID", "donatedAt"),
    "unknown campaign": ({"campaignId": "Q2FtcGFpZ246OTk5"}, "NOT_FOUND", "campaignId"),
}


@pytest.mark.parametrize(("given", "code", "field"), INVALID.values(), ids=INVALID)
async def test_invalid_donation_is_refused(
    site: TestApp, admin: str, campaign: str, given: dict[str, Any], code: str, field: str
) -> None:
    answer = await give(site, admin, campaign, **given)

    assert (answer.get("code"), answer.get("paths")) == (code, [field])
    assert await Donation.all().count() == 0


INVALID_CORRECTIONS = {
    "negative": ({"money": {"amountMinor": -1, "currency": "USD"}}, "money.amountMinor"),
    "no currency": ({"money": {"amountMinor": 1, "currency": "U1D"}}, "money.currency"),
    "no reason": ({"reason": "  "}, "reason"),
    "a long reason": ({"reason": "x" * 1001}, "reason"),
}


@pytest.mark.parametrize(("given", "field"), INVALID_CORRECTIONS.values(), ids=INVALID_CORRECTIONS)
async def test_invalid_correction_is_refused(
    site: TestApp, admin: str, campaign: str, given: dict[str, Any], field: str
) -> None:
    donation = (await give(site, admin, campaign))["donation"]["id"]

    correction = {"donationId": donation, "money": FIFTY_AUD, "reason": "Misread."} | given
    answer = await site.do("correctDonation", WHOLE, admin, **correction)

    assert (answer.get("code"), answer.get("paths")) == ("INVALID", [field])
    assert await raised(site, campaign) == [(5000, "USD")]


async def test_unknown_donation_cannot_be_corrected(site: TestApp, admin: str) -> None:
    answer = await correct(site, admin, global_id("Donation", 999), FIFTY_AUD)

    assert (answer.get("code"), answer.get("paths")) == ("NOT_FOUND", ["donationId"])


# ---------------------------------------------------------------- the audit


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ("UPDATE donation_totals SET amount_minor = amount_minor + 1 RETURNING id", "donation_totals.amount_minor of"),
        ("DELETE FROM donation_totals RETURNING id", "a missing sum of donations to campaign"),
    ],
)
async def test_audit_reports_a_wrong_total(site: TestApp, admin: str, campaign: str, damage: str, message: str) -> None:
    donation = (await give(site, admin, campaign))["donation"]["id"]
    await correct(site, admin, donation, FIFTY_AUD)
    assert await drift() == []

    async with storage.transaction():
        await storage.fetch(Statement(damage))

    assert [line for line in await drift() if line.startswith(message)] != []
