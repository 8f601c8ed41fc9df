"""Partners: the organisations that stand with a campaign. What they have gathered is in `tallies`."""

from dataclasses import dataclass
from typing import Annotated

import models
import storage
from auth.viewers import Scope
from models import URL, Campaign, CampaignPartner, Image, Partner
from refusals import ProblemCode, Refusal
from resolvers import drafting, screening
from resolvers.campaigns import changed, lock, reread
from resolvers.context import Context
from resolvers.declarations import of_level, reads, requires
from resolvers.ids import IdOf


@dataclass(frozen=True)
class PartnerAdded:
    campaign: Campaign
    partner: Partner


@reads("id")
@of_level
async def partners(rows: list[Campaign], context: Context) -> list[list[CampaignPartner]]:
    """Organisations that stand with the campaign, those with most signatures first."""
    ids = storage.json_list(sorted({row.id for row in rows}))
    names = models.partners.WITH_PARTNER
    links = await storage.read(CampaignPartner, models.partners.OF_CAMPAIGNS, ids, names=names)
    found = storage.group_by(links, "campaign_id")
    return [found.get(row.id, []) for row in rows]


def partner(link: CampaignPartner) -> Partner:
    """The organisation."""
    return link.loaded_partner


@requires(Scope.MANAGE_CAMPAIGNS)
async def add_partner(
    context: Context,
    campaign_id: Annotated[int, IdOf("Campaign")],
    name: Annotated[str, "An organisation of this name that is known already is taken as it is."],
    url: Annotated[URL | None, "Its site."] = None,
    logo: Annotated[Image | None, "Its logo."] = None,
    role: Annotated[str | None, "What it does in this campaign."] = None,
) -> PartnerAdded:
    """Name an organisation that stands with the campaign."""
    row = await lock(context, campaign_id)
    name = screening.line(name, "name", 200)
    partner = await Partner.get_or_none(name=name)
    if partner is None:
        site, picture = screening.url(url, "url") if url else None, drafting.image(logo, "logo")
        partner = await Partner.create(name=name, url=site, logo=picture)
    if await CampaignPartner.exists(campaign_id=row.id, partner_id=partner.id):
        raise Refusal(ProblemCode.CONFLICT, f"{name} is a partner of this campaign already.", "name")
    role = screening.line(role, "role", 200) if role else None
    await CampaignPartner.create(campaign_id=row.id, partner_id=partner.id, role=role)
    await changed(context, row.id)
    return PartnerAdded(await reread(row), partner)
