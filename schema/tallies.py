"""Tallies: the signature counts that partners report, and the decision on a doubtful one."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

import models
import resolvers.tallies
from models import URL, PartnerTallyState, SafeInt, TallyDecision
from schema.fields import enum, field
from schema.mutations import mutation
from schema.nodes import Node

if TYPE_CHECKING:
    from schema.campaigns import Campaign
    from schema.partners import Partner

enum(
    PartnerTallyState,
    "Whether a partner's report counts.",
    ACCEPTED="The report counts, unless there is a report of a later day.",
    WAITING="A campaigner has to decide: the number is lower than the one that counts, or much higher.",
    REFUSED="A campaigner has refused the report.",
)
enum(
    TallyDecision,
    "What a campaigner decides on a partner's report that waits.",
    ACCEPT="The report is right, and counts unless there is a report of a later day.",
    REFUSE="The report is wrong. It stays in the ledger, and never counts.",
)


@strawberry.type(description="A partner's report of its signatures. For those who report and decide.")
class PartnerTally(Node, model=models.PartnerTally):
    partner: Annotated["Partner", strawberry.lazy("schema.partners")] = field(resolvers.tallies.partner)
    signatures: SafeInt = field("All signatures that the partner has collected for the campaign.")
    as_of: date = field("The date of the number.")
    evidence_url: URL | None = field("The URL of the evidence for the number.")
    state: PartnerTallyState = field("Whether the report counts.")
    reported_at: datetime = field("When the report arrived.")


@strawberry.type
class TallyMutation:
    report_partner_tally = mutation(
        resolvers.tallies.report_partner_tally,
        campaign=Annotated["Campaign", strawberry.lazy("schema.campaigns")],
        tally=Annotated[
            PartnerTally, "The report; `state` says whether it counts or waits for a campaigner's decision."
        ],
    )
    decide_partner_tally = mutation(
        resolvers.tallies.decide_partner_tally,
        campaign=Annotated["Campaign", strawberry.lazy("schema.campaigns")],
        tally=PartnerTally,
    )
