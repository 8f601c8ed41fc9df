"""Donations: the appeal that links out to where money is given, and the ledger of what was given there."""

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

import models
import storage
from auth.viewers import Scope
from models import (
    URL,
    ActivityKind,
    Campaign,
    CurrencyCode,
    Donation,
    DonationCorrection,
    DonationFrequency,
    DonationState,
    DonationTotal,
    EmailAddress,
    Money,
    SubjectType,
    Supporter,
    donations,
)
from refusals import ProblemCode, Refusal, invalid, not_found
from resolvers import display_names, screening
from resolvers.activity import record
from resolvers.campaigns import lock
from resolvers.context import Context
from resolvers.declarations import of_level, reads, requires
from resolvers.ids import IdOf

CLOCKS_APART = timedelta(minutes=5)
MOST_SHOWN = 2**31 - 1
"""GraphQL's Int ends here."""


@dataclass(frozen=True, eq=False)
class Appeal:
    """The appeal as the campaign holds it, and whose it is."""

    campaign_id: int
    prompt: str
    url: URL
    suggested_amounts: list[Money]


# ---------------------------------------------------------------- reading


@reads("id", "donation")
@reads("id", "donation")
def appeal(campaign: Campaign) -> Appeal | None:
    """Where to chip in."""
    kept = campaign.donation
    return Appeal(campaign.id, kept.prompt, kept.url, kept.suggested_amounts) if kept else None


@of_level
async def raised(appeals: list[Appeal], context: Context) -> list[list[Money]]:
    """What was paid so far by currency, the largest number first; 2,147,483,647 stands for itself and for more."""
    ids = storage.json_list({appeal.campaign_id for appeal in appeals})
    found = storage.group_by(await storage.read(DonationTotal, donations.TOTALS, ids), "campaign_id")
    return [
        [Money(min(t.amount_minor, MOST_SHOWN), CurrencyCode(t.currency)) for t in found.get(appeal.campaign_id, [])]
        for appeal in appeals
    ]


@reads("donor_id")
def donor(donation: Donation, context: Context) -> Awaitable[Supporter] | None:
    """Who gave it, if their address is that of someone who proved it to be theirs."""
    return context.row(Supporter, donation.donor_id) if donation.donor_id else None


@of_level
async def money(rows: list[Donation], context: Context) -> list[Money]:
    """What stands: the last correction, or what was reported."""
    corrected = await _corrections({row.id for row in rows})
    return [_standing(row, corrected.get(row.id, [])) for row in rows]


@of_level
async def corrections(rows: list[Donation], context: Context) -> list[list[DonationCorrection]]:
    """What corrected it, in order; for those who record donations, and empty for the donor."""
    if not context.viewer.may(Scope.RECORD_DONATIONS):
        return [[] for _ in rows]
    found = await _corrections({row.id for row in rows})
    return [found.get(row.id, []) for row in rows]


async def _corrections(donation_ids: set[int]) -> dict[int, list[DonationCorrection]]:
    rows = await storage.read(DonationCorrection, donations.CORRECTIONS, storage.json_list(donation_ids))
    return storage.group_by(rows, "donation_id")


def _standing(donation: Donation, corrected: list[DonationCorrection]) -> Money:
    return corrected[-1].money if corrected else donation.reported


# ---------------------------------------------------------------- writing


@requires(Scope.RECORD_DONATIONS)
async def record_donation(
    context: Context,
    campaign_id: Annotated[int, IdOf("Campaign")],
    provider_reference: Annotated[str, "The payment provider's own name for it, at most 200 characters."],
    money: Annotated[Money, "What was given."],
    frequency: Annotated[DonationFrequency, "Whether the donor gives it again and again."] = DonationFrequency.ONCE,
    state: Annotated[DonationState, "Only PAID counts as raised, and is told in the ticker."] = DonationState.PAID,
    donor_email: Annotated[EmailAddress | None, "Looks for the donor among those who proved it; not kept."] = None,
    donated_at: Annotated[datetime | None, "When it was given, if not now."] = None,
) -> Donation:
    """Record what a payment provider reports.

    A second report of the same reference changes nothing and gives the first; with other figures it is a CONFLICT.
    """
    at = context.now()
    campaign = await lock(context, campaign_id)
    money = _checked(money, least=1)
    reference = screening.line(provider_reference, "providerReference", 200)
    if donated_at is not None and donated_at > at + CLOCKS_APART:
        raise invalid("`donatedAt` lies in the future: report it then.", "donatedAt")
    address = screening.email(donor_email, "donorEmail") if donor_email else None
    donor_id = await models.supporters.owner_of_address(address) if address else None
    figures = (money.amount_minor, money.currency, frequency, state)
    new = await storage.read_one(
        Donation,
        donations.RECORD,
        *(campaign.id, reference, donor_id, *figures, donated_at or at, context.actor, at),
    )
    if new is None:
        return await _first_report(reference, (campaign.id, *figures), donated_at)
    if state is DonationState.PAID:
        await _count(campaign.id, money, 1)
        await _announce(context, campaign, new)
    return new


async def _first_report(reference: str, figures: tuple[object, ...], donated_at: datetime | None) -> Donation:
    (first,) = await storage.read(Donation, donations.BY_REFERENCE, reference)
    reported = (first.campaign_id, first.amount_minor, first.currency, first.frequency, first.state)
    if reported != figures or donated_at not in (None, first.donated_at):
        message = "This `providerReference` was recorded with other figures: correct it with `correctDonation`."
        raise Refusal(ProblemCode.CONFLICT, message, "providerReference")
    return first


async def _announce(context: Context, campaign: Campaign, donation: Donation) -> None:
    if donation.donor_id is not None:
        await display_names.appear(context, campaign, donation.donor_id)
    subject = (SubjectType.DONATION, donation.id)
    at = donation.donated_at
    await record(context, campaign.id, ActivityKind.DONATED, subject, at, actor_id=donation.donor_id)


@requires(Scope.RECORD_DONATIONS)
async def correct_donation(
    context: Context,
    donation_id: Annotated[int, IdOf("Donation")],
    money: Annotated[Money, "What it should have been; an amount of 0 for what never came, or was given back."],
    reason: Annotated[str, "For the record; not shown to visitors. At most 1,000 characters."],
) -> Donation:
    """Correct what was recorded, by a further entry of the ledger: nothing in it is changed or taken away.

    A correction to what stands already adds nothing.
    """
    donation = await storage.read_one(Donation, donations.BY_ID, donation_id)
    if donation is None:
        raise not_found("donation", "donationId")
    await lock(context, donation.campaign_id, "donationId")
    money = _checked(money, least=0)
    reason = screening.article(reason, "reason", 1000)
    before = _standing(donation, (await _corrections({donation.id})).get(donation.id, []))
    if money == before:
        return donation
    await storage.insert(
        DonationCorrection,
        donation_id=donation.id,
        amount_minor=money.amount_minor,
        currency=money.currency,
        reason=reason,
        corrected_by=context.actor,
        corrected_at=context.now(),
    )
    if donation.state is DonationState.PAID:
        await _count(donation.campaign_id, before, -1)
        await _count(donation.campaign_id, money, 1)
    return donation


def _checked(money: Money, least: int) -> Money:
    if money.amount_minor < least:
        raise invalid(f"`money` must be at least {least} of the smallest unit.", "money")
    return Money(money.amount_minor, screening.currency(money.currency, "money"))


async def _count(campaign_id: int, money: Money, times: int) -> None:
    await storage.fetch(donations.ADD_TO_TOTAL, campaign_id, money.currency, times * money.amount_minor)
