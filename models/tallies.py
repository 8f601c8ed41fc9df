"""Tallies: a ledger of the signature counts that partners report. The latest accepted report by date counts."""

from datetime import date
from enum import StrEnum

from tortoise import fields
from tortoise.indexes import Index
from tortoise.queryset import QuerySetSingle

from models.partners import CampaignPartner
from storage.database import Statement
from storage.fields import EnumField, InstantField, now
from storage.rows import Row, columns


class PartnerTallyState(StrEnum):
    ACCEPTED = "ACCEPTED"
    WAITING = "WAITING"
    REFUSED = "REFUSED"


class TallyDecision(StrEnum):
    ACCEPT = "ACCEPT"
    REFUSE = "REFUSE"

    @property
    def state(self) -> PartnerTallyState:
        """Return the state of a report after the decision."""
        return PartnerTallyState.ACCEPTED if self is TallyDecision.ACCEPT else PartnerTallyState.REFUSED


class PartnerTally(Row):
    """A partner's report of its signatures. Only the state changes, once, when a campaigner decides on the report."""

    id = fields.BigIntField(primary_key=True)
    link_id: int
    link: fields.ForeignKeyRelation[CampaignPartner] = fields.ForeignKeyField("models.CampaignPartner", db_index=False)
    signatures = fields.BigIntField()
    as_of = fields.DateField()
    evidence_url = fields.CharField(max_length=500, null=True)
    state = EnumField(PartnerTallyState, max_length=16, default=PartnerTallyState.ACCEPTED)
    reported_by = fields.CharField(max_length=64)  # `Context.actor`
    reported_at = InstantField(default=now)
    decided_by = fields.CharField(max_length=64, null=True)
    decided_at = InstantField(null=True)

    class Meta:
        table = "partner_tallies"
        # for the report that counts, and for the waiting reports
        indexes = (Index(fields=("link_id", "state", "as_of", "id"), name="partner_tallies_latest"),)


SELECT_WAITING = Statement(
    f"SELECT {columns(PartnerTally, 't')} FROM partner_tallies t"
    " WHERE t.link_id IN {ids $1} AND t.state = 'WAITING' ORDER BY t.link_id, t.id"
)


def latest_accepted(link_id: int) -> QuerySetSingle[PartnerTally | None]:
    """Find the report that counts: the latest by date, and of one day the last to arrive."""
    accepted = PartnerTally.filter(link_id=link_id, state=PartnerTallyState.ACCEPTED)
    return accepted.order_by("-as_of", "-id").first()


def last_of_day(link_id: int, as_of: date) -> QuerySetSingle[PartnerTally | None]:
    return PartnerTally.filter(link_id=link_id, as_of=as_of).order_by("-id").first()
