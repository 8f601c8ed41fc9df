"""Partners: organisations that support campaigns, and the part of each in one campaign."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import strawberry

import models
import resolvers.partners
import resolvers.tallies
from models import URL, SafeInt
from schema.fields import field
from schema.images import Image
from schema.mutations import mutation
from schema.nodes import Node
from schema.tallies import PartnerTally

if TYPE_CHECKING:
    from schema.campaigns import Campaign


@strawberry.type(description="An organisation.")
class Partner(Node, model=models.Partner):
    name: str = field("The name.")
    url: URL | None = field("The URL of the website.")
    logo: Image | None = field("The logo.")


@strawberry.type(description="A partner's part in a campaign.")
class CampaignPartner:
    partner: Partner = field(resolvers.partners.partner)
    role: str | None = field("The partner's role in the campaign.")
    signatures: SafeInt = field("The partner's signatures by its latest accepted report; a part of the supporters.")
    signatures_as_of: date | None = field("The date of that report; null without one.")
    waiting_tallies: list[PartnerTally] = field(resolvers.tallies.waiting_tallies)


@strawberry.type
class PartnerMutation:
    add_partner = mutation(
        resolvers.partners.add_partner,
        campaign=Annotated["Campaign", strawberry.lazy("schema.campaigns")],
        partner=Partner,
    )
