"""Partners: organisations that support campaigns, and the part of each in one campaign."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import strawberry

import models
import resolvers.partners
import resolvers.tallies
from models import URL
from schema.fields import field
from schema.images import Image
from schema.mutations import mutation
from schema.nodes import Node
from schema.tallies import PartnerTally

if TYPE_CHECKING:
    from schema.campaigns import Campaign


@strawberry.type(description="An organisation.")
class Partner(Node, model=models.Partner):
    name: str = field("Its name.")
    url: URL | None = field("Its site.")
    logo: Image | None = field("Its logo.")


@strawberry.type(description="A partner's part in a campaign.")
class CampaignPartner:
    partner: Partner = field(resolvers.partners.partner)
    role: str | None = field("What it does.")
    signatures: int = field("The signatures it reports to have gathered; part of the supporters' total.")
    signatures_as_of: date | None = field("The day that the number is from.")
    waiting_tallies: list[PartnerTally] = field(resolvers.tallies.waiting_tallies)


@strawberry.type
class PartnerMutation:
    add_partner = mutation(
        resolvers.partners.add_partner,
        campaign=Annotated["Campaign", strawberry.lazy("schema.campaigns")],
        partner=Partner,
    )
