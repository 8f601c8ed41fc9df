"""Donations: a ledger of reports and corrections, and the total per campaign and currency, updated on write."""

from enum import StrEnum

from tortoise import fields
from tortoise.indexes import Index

from models.campaigns import Campaign, Money
from models.scalars import CurrencyCode
from models.supporters import Supporter
from storage.database import Statement
from storage.fields import EnumField, InstantField, now
from storage.keyset import Sort
from storage.rows import Row, columns


class DonationFrequency(StrEnum):
    ONCE = "ONCE"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"


class DonationState(StrEnum):
    PLEDGED = "PLEDGED"
    PAID = "PAID"
    REFUNDED = "REFUNDED"
    FAILED = "FAILED"


class DonationSort(Sort):
    NEWEST = ("DESC", "donated_at", "id")


class Donation(Row):
    """A donation as a payment provider reported it. The row never changes: a correction is a row of its own."""

    id = fields.BigIntField(primary_key=True)
    campaign_id: int
    campaign: fields.ForeignKeyRelation[Campaign] = fields.ForeignKeyField("models.Campaign", db_index=False)
    provider_reference = fields.CharField(max_length=200, unique=True)
    donor_id: int | None
    donor: fields.ForeignKeyNullableRelation[Supporter] = fields.ForeignKeyField(
        "models.Supporter", null=True, db_index=False
    )
    amount_minor = fields.BigIntField()
    currency = fields.CharField(max_length=3)
    frequency = EnumField(DonationFrequency, max_length=16, default=DonationFrequency.ONCE)
    state = EnumField(DonationState, max_length=16, default=DonationState.PAID)
    donated_at = InstantField(default=now)
    recorded_by = fields.CharField(max_length=64)  # `Context.actor`
    recorded_at = InstantField(default=now)

    class Meta:
        table = "donations"
        # a person's own donations, newest first, and all of them when the person is erased
        indexes = (Index(fields=("donor_id", "donated_at", "id"), name="donations_of_donor_newest"),)

    @property
    def reported(self) -> Money:
        return Money(self.amount_minor, CurrencyCode(self.currency))


class DonationCorrection(Row):
    """An amount that replaces the reported amount, or the amount of an earlier correction."""

    id = fields.BigIntField(primary_key=True)
    donation_id: int
    donation: fields.ForeignKeyRelation[Donation] = fields.ForeignKeyField("models.Donation", db_index=False)
    amount_minor = fields.BigIntField()
    currency = fields.CharField(max_length=3)
    reason = fields.TextField()
    corrected_by = fields.CharField(max_length=64)  # `Context.actor`
    corrected_at = InstantField(default=now)

    class Meta:
        table = "donation_corrections"
        # a donation's corrections in order
        indexes = (Index(fields=("donation_id", "id"), name="donation_corrections_in_order"),)

    @property
    def money(self) -> Money:
        return Money(self.amount_minor, CurrencyCode(self.currency))


class DonationTotal(Row):
    """The sum of a campaign's paid donations in one currency, corrections included."""

    id = fields.BigIntField(primary_key=True)
    campaign_id: int
    campaign: fields.ForeignKeyRelation[Campaign] = fields.ForeignKeyField("models.Campaign", db_index=False)
    currency = fields.CharField(max_length=3)
    amount_minor = fields.BigIntField(default=0)

    class Meta:
        table = "donation_totals"
        unique_together = (("campaign_id", "currency"),)

    @property
    def money(self) -> Money:
        return Money(self.amount_minor, CurrencyCode(self.currency))


INSERT_DONATION = Statement(
    "INSERT INTO donations (campaign_id, provider_reference, donor_id, amount_minor, currency, frequency, state,"
    " donated_at, recorded_by, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    f" ON CONFLICT (provider_reference) DO NOTHING RETURNING {columns(Donation)}"
)
SELECT_CORRECTIONS = Statement(
    f"SELECT {columns(DonationCorrection, 'c')} FROM donation_corrections c"
    " WHERE c.donation_id IN {ids $1} ORDER BY c.donation_id, c.id"
)
ADD_TO_TOTAL = Statement(
    "INSERT INTO donation_totals (campaign_id, currency, amount_minor) VALUES ($1, $2, $3) ON CONFLICT"
    " (campaign_id, currency) DO UPDATE SET amount_minor = donation_totals.amount_minor + $3 RETURNING amount_minor"
)
SELECT_TOTALS = Statement(
    f"SELECT {columns(DonationTotal, 't')} FROM donation_totals t"
    " WHERE t.campaign_id IN {ids $1} AND t.amount_minor <> 0 ORDER BY t.campaign_id, t.amount_minor DESC, t.currency"
)
