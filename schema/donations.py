"""Donations: the appeal on a campaign's page, and what a payment provider reports."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

import models
import resolvers.donations
from models import URL, CurrencyCode, DonationFrequency, DonationState
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
    MONTHLY="Every month; each payment is reported by itself.",
    YEARLY="Every year; each payment is reported by itself.",
)
enum(
    DonationState,
    "What became of a donation.",
    PLEDGED="Promised, and not here yet.",
    PAID="Here. Only these count as raised.",
    REFUNDED="Given back.",
    FAILED="Never came.",
)


@strawberry.type(description="An amount of money.")
class Money:
    amount_minor: int = field("In the currency's smallest unit: 500 is five dollars.")
    currency: CurrencyCode = field("The currency.")


@strawberry.type(description="A request for donations. The payment itself is made elsewhere.")
class DonationAppeal:
    prompt: str = field("What to say.")
    url: URL = field("The payment page.")
    suggested_amounts: list[Money] = field("Amounts to offer.")
    raised: list[Money] = field(resolvers.donations.raised)


@strawberry.type(description="An entry of the ledger: what stands from then on.")
class DonationCorrection:
    money: Money = field("What it should have been.")
    reason: str = field("Why.")
    corrected_at: datetime = field("When it was corrected.")


@strawberry.type(description="Money that someone gave. Only the donor and those who record donations can ask for it.")
class Donation(Node, model=models.Donation):
    campaign: Annotated["Campaign", strawberry.lazy("schema.campaigns")] = field(resolvers.donations.campaign)
    donor: Supporter | None = field(resolvers.donations.donor)
    money: Money = field(resolvers.donations.money)
    frequency: DonationFrequency = field("How often it is given.")
    state: DonationState = field("What became of it.")
    donated_at: datetime = field("When it was given.")
    corrections: list[DonationCorrection] = field(resolvers.donations.corrections)


@input_for(models.Money)
@strawberry.input(description="An amount of money.")
class MoneyInput:
    amount_minor: int = field("In the currency's smallest unit: 500 is five dollars.")
    currency: CurrencyCode = field("The currency.")


@input_for(models.DonationAppeal)
@strawberry.input(description="A request for donations.")
class DonationAppealInput:
    prompt: str = field("What to say.")
    url: URL = field("The payment page.")
    suggested_amounts: list[MoneyInput] = strawberry.field(description="Amounts to offer.", default_factory=list)


@strawberry.type
class DonationMutation:
    record_donation = mutation(resolvers.donations.record_donation, donation=Donation)
    correct_donation = mutation(resolvers.donations.correct_donation, donation=Donation)
