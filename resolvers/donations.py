"""Donations: the appeal on a campaign's page, the amounts raised, and the ledger of donations and corrections."""

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

import models
import storage
from auth.viewers import Integrator, Scope
from models import (
    MAX_SAFE_INT,
    URL,
    ActivityKind,
    Campaign,
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
from refusals import InputReason, ProblemCode, Refusal, collect_issues, invalid, not_found
from resolvers import changes, display_names, screening
from resolvers.activity import record
from resolvers.campaign_field import campaign_of
from resolvers.campaigns import lock_campaign
from resolvers.context import Context
from resolvers.declarations import USUAL_LIST_SIZE, list_size, of_level, reads, requires
from resolvers.ids import IdOf

CLOCK_TOLERANCE = timedelta(minutes=5)

campaign = campaign_of  # the field `campaign`


@dataclass(frozen=True, eq=False)
class Appeal:
    """A campaign's donation appeal, with the id of the campaign."""

    campaign_id: int
    prompt: str
    url: URL
    suggested_amounts: list[Money]


# ---------------------------------------------------------------- reading


@reads("id", "donation")
def donation(campaign: Campaign) -> Appeal | None:
    """The request for donations; null if the campaign has none."""
    appeal = campaign.donation
    return Appeal(campaign.id, appeal.prompt, appeal.url, appeal.suggested_amounts) if appeal else None


@list_size(USUAL_LIST_SIZE)
@of_level
async def raised(appeals: list[Appeal], context: Context) -> list[list[Money]]:
    """The sum of paid donations in each currency, the largest number first."""
    campaign_ids = storage.json_list({appeal.campaign_id for appeal in appeals})
    totals = storage.group_by(await storage.read(DonationTotal, donations.SELECT_TOTALS, campaign_ids), "campaign_id")
    return [[total.money for total in totals.get(appeal.campaign_id, [])] for appeal in appeals]


@reads("donor_id")
def donor(donation: Donation, context: Context) -> Awaitable[Supporter] | None:
    """The donor, if the donor's e-mail address belongs to a supporter who has verified it.

    Null for every program: it could otherwise ask of any address whose it is.
    """
    if donation.donor_id is None or isinstance(context.viewer, Integrator):
        return None
    return context.row(Supporter, donation.donor_id)


@of_level
async def money(rows: list[Donation], context: Context) -> list[Money]:
    """The current amount: the last correction, or the reported amount."""
    corrected = await _corrections({row.id for row in rows})
    return [_current_amount(row, corrected.get(row.id, [])) for row in rows]


@list_size(USUAL_LIST_SIZE)
@of_level
async def corrections(rows: list[Donation], context: Context) -> list[list[DonationCorrection]]:
    """The corrections, oldest first; for those who record donations, and empty for the donor."""
    if not context.viewer.may(Scope.RECORD_DONATIONS):
        return [[] for _ in rows]
    corrected = await _corrections({row.id for row in rows})
    return [corrected.get(row.id, []) for row in rows]


async def _corrections(donation_ids: set[int]) -> dict[int, list[DonationCorrection]]:
    rows = await storage.read(DonationCorrection, donations.SELECT_CORRECTIONS, storage.json_list(donation_ids))
    return storage.group_by(rows, "donation_id")


def _current_amount(donation: Donation, corrected: list[DonationCorrection]) -> Money:
    return corrected[-1].money if corrected else donation.reported


# ---------------------------------------------------------------- writing


@requires(Scope.RECORD_DONATIONS)
async def record_donation(
    context: Context,
    campaign_id: Annotated[int, IdOf("Campaign")],
    provider_reference: Annotated[str, "The payment provider's own reference, at most 200 characters."],
    money: Annotated[Money, "The amount of the donation."],
    frequency: Annotated[DonationFrequency, "How often the donation is given."] = DonationFrequency.ONCE,
    state: Annotated[DonationState, "Only PAID counts as raised, and is shown in the ticker."] = DonationState.PAID,
    donor_email: Annotated[
        EmailAddress | None, "Finds the donor among supporters who have verified this e-mail address; not stored."
    ] = None,
    donated_at: Annotated[datetime | None, "When the donation was given, if not now."] = None,
) -> Donation:
    """Record a donation that a payment provider reports. The ticker names donors who chose it: `showDonations`.

    A second report of the same reference changes nothing and returns the first; with other figures it is a CONFLICT.
    """
    at = context.now()
    with collect_issues() as issues:
        reference = issues.take(screening.line, provider_reference, "providerReference", 200)
        money = issues.take(_checked_money, money, least=1)
        email = issues.take(screening.email, donor_email, "donorEmail") if donor_email else None
        if donated_at is not None:
            issues.take(screening.not_later, donated_at, at + CLOCK_TOLERANCE, "donatedAt")
        campaign = await lock_campaign(context, campaign_id)
    donor = await models.supporters.owner_of_email(email) if email else None
    figures = (money.amount_minor, money.currency, frequency, state)
    new = await storage.read_one(
        Donation,
        donations.INSERT_DONATION,
        *(campaign.id, reference, donor and donor.supporter_id, *figures, donated_at or at, context.actor, at),
    )
    if new is None:
        return await _first_report(reference, (campaign.id, *figures), donated_at)
    if state is DonationState.PAID:
        await _add_to_total(campaign.id, money, 1)
        await _record_activity(context, campaign, new, donor.supporter_id if donor and donor.show_donations else None)
    return new


async def _first_report(reference: str, figures: tuple[object, ...], donated_at: datetime | None) -> Donation:
    first = await Donation.get(provider_reference=reference)
    reported = (first.campaign_id, first.amount_minor, first.currency, first.frequency, first.state)
    if reported != figures or donated_at not in (None, first.donated_at):
        message = "This `providerReference` was recorded with other figures: correct it with `correctDonation`."
        raise Refusal(ProblemCode.CONFLICT, message, "providerReference")
    return first


async def _record_activity(context: Context, campaign: Campaign, donation: Donation, named_id: int | None) -> None:
    if named_id is not None:
        await display_names.apply_ceiling(context, campaign, named_id)
    subject = (SubjectType.DONATION, donation.id)
    at = donation.donated_at
    await record(context, campaign.id, ActivityKind.DONATED, subject, at, actor_id=named_id)


@requires(Scope.RECORD_DONATIONS)
async def correct_donation(
    context: Context,
    donation_id: Annotated[int, IdOf("Donation")],
    money: Annotated[Money, "The right amount; 0 for a donation that never came or was refunded."],
    reason: Annotated[str, "For the ledger; not shown to visitors. At most 1,000 characters."],
) -> Donation:
    """Correct a recorded donation by a further entry of the ledger; no entry is changed or removed.

    A correction to the current amount adds nothing.
    """
    with collect_issues() as issues:
        money = issues.take(_checked_money, money, least=0)
        reason = issues.take(screening.article, reason, "reason", 1000)
        donation = await Donation.get_or_none(id=donation_id)
        if donation is None:
            raise not_found("donation", "donationId")
        await lock_campaign(context, donation.campaign_id, "donationId")
    before = _current_amount(donation, (await _corrections({donation.id})).get(donation.id, []))
    if money == before:
        return donation
    await DonationCorrection.create(
        donation_id=donation.id,
        amount_minor=money.amount_minor,
        currency=money.currency,
        reason=reason,
        corrected_by=context.actor,
        corrected_at=context.now(),
    )
    if donation.state is DonationState.PAID:
        await _add_to_total(donation.campaign_id, before, -1)
        await _add_to_total(donation.campaign_id, money, 1)
        changes.publish(context, donation.campaign_id)
    return donation


def _checked_money(money: Money, least: int) -> Money:
    with collect_issues("money") as issues:
        return Money(
            issues.take(screening.amount, money.amount_minor, "amountMinor", least=least),
            issues.take(screening.currency, money.currency, "currency"),
        )


async def _add_to_total(campaign_id: int, money: Money, sign: int) -> None:
    added = (campaign_id, money.currency, sign * money.amount_minor)
    (total,) = await storage.fetch_one(donations.ADD_TO_TOTAL, *added) or (0,)
    if total > MAX_SAFE_INT:
        message = "It would bring the donations of the campaign to more than can be counted."
        raise invalid(message, "money", "amountMinor", reason=InputReason.OUT_OF_RANGE)
