"""Donations: the appeal on a campaign's page, and the donations that a payment provider reports."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

import models
import resolvers.donations
from models import URL, CurrencyCode, DonationFrequency, DonationState, SafeInt
from resolvers.campaign_input import MAX_LIST_ITEMS
from schema.arguments import input_for
from schema.fields import enum, field
from schema.mutations import mutation
from schema.nodes import Node
from schema.supporters import Supporter

if TYPE_CHECKING:
    from schema.campaigns import Campaign

enum(
    DonationFrequency,
    "How often a donation is given.",
    ONCE="Once.",
    MONTHLY="Every month; each payment is reported separately.",
    YEARLY="Every year; each payment is reported separately.",
)
enum(
    DonationState,
    "The state of a donation.",
    PLEDGED="Promised, not yet paid.",
    PAID="Paid. Only paid donations count as raised.",
    REFUNDED="Paid back to the donor.",
    FAILED="The payment failed.",
)


@strawberry.type(description="An amount of money.")
class Money:
    amount_minor: SafeInt = field("In the currency's smallest unit: 500 is five dollars.")
    currency: CurrencyCode = field("The currency.")


@strawberry.type(description="A request for donations. Donors pay on the page of a payment provider.")
class DonationAppeal:
    prompt: str = field("The text of the request.")
    url: URL = field("The URL of the payment page.")
    suggested_amounts: list[Money] = field("Amounts to suggest to donors.", list_size=MAX_LIST_ITEMS)
    raised: list[Money] = field(resolvers.donations.raised)


@strawberry.type(description="An entry of the ledger that replaces the amount of a donation.")
class DonationCorrection:
    money: Money = field("The right amount.")
    reason: str = field("The reason for the correction.")
    corrected_at: datetime = field("When the correction was made.")


@strawberry.type(description="A donation. Visible only to the donor and to those who record donations.")
class Donation(Node, model=models.Donation):
    campaign: Annotated["Campaign", strawberry.lazy("schema.campaigns")] = field(resolvers.donations.campaign)
    donor: Supporter | None = field(resolvers.donations.donor)
    money: Money = field(resolvers.donations.money)
    frequency: DonationFrequency = field("How often the donation is given.")
    state: DonationState = field("The state of the donation.")
    donated_at: datetime = field("When the donation was given.")
    corrections: list[DonationCorrection] = field(resolvers.donations.corrections)


@input_for(models.Money)
@strawberry.input(description="An amount of money.")
class MoneyInput:
    amount_minor: SafeInt = field("In the currency's smallest unit: 500 is five dollars.")
    currency: CurrencyCode = field("The currency.")


@input_for(models.DonationAppeal)
@strawberry.input(description="A request for donations.")
class DonationAppealInput:
    prompt: str = field("The text of the request.")
    url: URL = field("The URL of the payment page.")
    suggested_amounts: list[MoneyInput] | None = strawberry.field(
        description="Amounts to suggest to donors.", default_factory=list
    )


@strawberry.type
class DonationMutation:
    record_donation = mutation(resolvers.donations.record_donation, donation=Donation)
    correct_donation = mutation(resolvers.donations.correct_donation, donation=Donation)
