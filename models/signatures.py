"""Signatures: one a person a campaign, with the tallies that are kept of them."""

from enum import StrEnum

from tortoise import fields
from tortoise.indexes import Index

from models.campaigns import Campaign
from models.database import Statement
from models.fields import InstantField, now
from models.rows import Row, columns
from models.supporters import Supporter


class SignatureState(StrEnum):
    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    WITHDRAWN = "WITHDRAWN"
    REJECTED = "REJECTED"


class Signature(Row):
    id = fields.BigIntField(primary_key=True)
    campaign_id: int
    campaign: fields.ForeignKeyRelation[Campaign] = fields.ForeignKeyField("models.Campaign", db_index=False)
    supporter_id: int
    supporter: fields.ForeignKeyRelation[Supporter] = fields.ForeignKeyField("models.Supporter", db_index=False)
    state = fields.CharEnumField(SignatureState, max_length=16, default=SignatureState.CONFIRMED)
    country = fields.CharField(max_length=2, null=True)
    signed_at = InstantField(default=now)

    class Meta:
        table = "signatures"
        unique_together = (("supporter_id", "campaign_id"),)
        # the recount of a campaign's counter
        indexes = (Index(fields=("campaign_id", "state", "country"), name="signatures_of_campaign"),)


class CountryTally(Row):
    """Confirmed signatures of a campaign from one country."""

    id = fields.BigIntField(primary_key=True)
    campaign_id: int
    campaign: fields.ForeignKeyRelation[Campaign] = fields.ForeignKeyField("models.Campaign", db_index=False)
    country = fields.CharField(max_length=2)
    count = fields.IntField(default=0)

    class Meta:
        table = "country_tallies"
        unique_together = (("campaign_id", "country"),)
        # a campaign's countries, most signers first
        indexes = (Index(fields=("campaign_id", "count"), name="country_tallies_largest"),)


class Milestone(Row):
    """A rung of the ladder of goals that a campaign has reached."""

    id = fields.BigIntField(primary_key=True)
    campaign_id: int
    campaign: fields.ForeignKeyRelation[Campaign] = fields.ForeignKeyField("models.Campaign", db_index=False)
    count = fields.IntField()
    reached_at = InstantField(default=now)

    class Meta:
        table = "milestones"
        unique_together = (("campaign_id", "count"),)


OF_VIEWER = Statement(
    f"SELECT {columns(Signature, 's')} FROM signatures s WHERE s.supporter_id = $1 AND s.campaign_id IN {{ids $2}}"
)
COUNTRIES = Statement(
    f"SELECT {columns(CountryTally)} FROM country_tallies WHERE campaign_id = $1 AND count >= $2"
    " ORDER BY count DESC, country"
)
MILESTONES = Statement(
    f"SELECT {columns(Milestone, 'm')} FROM milestones m JOIN {{ids $1}} ids ON m.campaign_id = ids.value"
    " ORDER BY m.campaign_id, m.count"
)
REACH = Statement(
    "INSERT INTO milestones (campaign_id, count, reached_at) VALUES ($1, $2, $3)"
    " ON CONFLICT (campaign_id, count) DO NOTHING RETURNING id"
)
