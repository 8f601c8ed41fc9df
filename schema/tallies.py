"""Tallies: the signature counts that partners report, and the decision on a doubtful one."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

import models
import resolvers.tallies
from models import URL, PartnerTallyState
from schema.fields import enum, field
from schema.mutations import mutation
from schema.nodes import Node

if TYPE_CHECKING:
    from schema.campaigns import Campaign
    from schema.partners import Partner

enum(
    PartnerTallyState,
    "Whether a partner's report counts.",
    ACCEPTED="It counts, unless there is one of a later day.",
    WAITING="A campaigner is to decide on it: it is lower than what counts, or much higher.",
    REFUSED="A campaigner found it wrong.",
)


@strawberry.type(description="A partner's report of what it has gathered. For those who report and decide.")
class PartnerTally(Node, model=models.PartnerTally):
    partner: Annotated["Partner", strawberry.lazy("schema.partners")] = field(resolvers.tallies.partner)
    signatures: int = field("All that it has gathered for the campaign.")
    as_of: date = field("The day that the number is from.")
    evidence_url: URL | None = field("Where it can be looked up.")
    state: PartnerTallyState = field("Whether it counts.")
    reported_at: datetime = field("When it was reported.")


@strawberry.type
class TallyMutation:
    report_partner_tally = mutation(
        resolvers.tallies.report_partner_tally,
        campaign=Annotated["Campaign", strawberry.lazy("schema.campaigns")],
        is_accepted=Annotated[
            bool, "Whether the report is accepted; false while it waits for a decision, or was refused."
        ],
    )
    approve_partner_tally = mutation(
        resolvers.tallies.approve_partner_tally,
        campaign=Annotated["Campaign", strawberry.lazy("schema.campaigns")],
        tally=PartnerTally,
    )
