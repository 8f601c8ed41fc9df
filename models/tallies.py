"""What partners report to have gathered: a ledger, of which the latest accepted report by date counts."""

from enum import StrEnum

from tortoise import fields
from tortoise.indexes import Index

from models.partners import CampaignPartner
from storage.database import Statement
from storage.fields import InstantField, now
from storage.rows import Row, columns


class PartnerTallyState(StrEnum):
    ACCEPTED = "ACCEPTED"
    WAITING = "WAITING"
    REFUSED = "REFUSED"


class PartnerTally(Row):
    """One report. Only its state changes, once, when a campaigner decides on one that waits."""

    id = fields.BigIntField(primary_key=True)
    link_id: int
    link: fields.ForeignKeyRelation[CampaignPartner] = fields.ForeignKeyField("models.CampaignPartner", db_index=False)
    signatures = fields.IntField()
    as_of = fields.DateField()
    evidence_url = fields.CharField(max_length=500, null=True)
    state = fields.CharEnumField(PartnerTallyState, max_length=16, default=PartnerTallyState.ACCEPTED)
    reported_by = fields.CharField(max_length=64)  # `Context.actor`
    reported_at = InstantField(default=now)
    decided_by = fields.CharField(max_length=64, null=True)
    decided_at = InstantField(null=True)

    class Meta:
        table = "partner_tallies"
        # which one counts, and which wait
        indexes = (Index(fields=("link_id", "state", "as_of", "id"), name="partner_tallies_latest"),)


LINK = Statement(f"SELECT {columns(CampaignPartner)} FROM campaign_partners WHERE campaign_id = $1 AND partner_id = $2")
LINK_BY_ID = Statement(f"SELECT {columns(CampaignPartner)} FROM campaign_partners WHERE id = $1")
BY_ID = Statement(f"SELECT {columns(PartnerTally)} FROM partner_tallies WHERE id = $1")
OF_DAY = Statement(
    f"SELECT {columns(PartnerTally)} FROM partner_tallies WHERE link_id = $1 AND as_of = $2 ORDER BY id DESC LIMIT 1"
)
LATEST = Statement(
    "SELECT id FROM partner_tallies WHERE link_id = $1 AND state = 'ACCEPTED' ORDER BY as_of DESC, id DESC LIMIT 1"
)
WAITING = Statement(
    f"SELECT {columns(PartnerTally, 't')} FROM partner_tallies t"
    " WHERE t.link_id IN {ids $1} AND t.state = 'WAITING' ORDER BY t.link_id, t.id"
)
DECIDE = Statement(
    "UPDATE partner_tallies SET state = $2, decided_by = $3, decided_at = $4 WHERE id = $1 AND state = 'WAITING'"
    f" RETURNING {columns(PartnerTally)}"
)
COUNT_LINK = Statement("UPDATE campaign_partners SET signatures = $2, signatures_as_of = $3 WHERE id = $1 RETURNING id")
COUNT = Statement(
    "UPDATE campaigns SET partner_signature_count = partner_signature_count + $2,"
    " supporter_count = supporter_count + $2, signatures_as_of = $3 WHERE id = $1 RETURNING id"
)
