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
from resolvers.ids import Of
from resolvers.needs import needs, of_level, reads


@dataclass(frozen=True)
class PartnerAdded:
    campaign: Campaign
    partner: Partner


@reads("id")
@of_level
async def partners(rows: list[Campaign], context: Context) -> list[list[CampaignPartner]]:
    """Organisations that stand with the campaign, those with most signatures first."""
    found = await _partners(sorted({row.id for row in rows}))
    return [found.get(row.id, []) for row in rows]


async def _partners(campaign_ids: list[int]) -> dict[int, list[CampaignPartner]]:
    return storage.grouped(
        await storage.read(
            CampaignPartner,
            models.partners.OF_CAMPAIGNS,
            storage.json_list(campaign_ids),
            names=models.partners.WITH_PARTNER,
        ),
        "campaign_id",
    )


def partner(link: CampaignPartner) -> Partner:
    """The organisation."""
    return link.known_partner


@needs(Scope.MANAGE_CAMPAIGNS)
async def add_partner(
    context: Context,
    campaign_id: Annotated[int, Of("Campaign")],
    name: Annotated[str, "An organisation of this name that is known already is taken as it is."],
    url: Annotated[URL | None, "Its site."] = None,
    logo: Annotated[Image | None, "Its logo."] = None,
    role: Annotated[str | None, "What it does in this campaign."] = None,
) -> PartnerAdded:
    """Name an organisation that stands with the campaign."""
    row = await lock(context, campaign_id)
    name = screening.line(name, "name", 200)
    partner = await storage.read_one(Partner, models.partners.BY_NAME, name)
    if partner is None:
        site, picture = screening.url(url, "url") if url else None, drafting.image(logo, "logo")
        partner = await storage.add(Partner, name=name, url=site, logo=picture)
    if any(link.partner_id == partner.id for link in (await _partners([row.id])).get(row.id, [])):
        raise Refusal(ProblemCode.CONFLICT, f"{name} is a partner of this campaign already.", "name")
    role = screening.line(role, "role", 200) if role else None
    await storage.insert(CampaignPartner, campaign_id=row.id, partner_id=partner.id, role=role)
    await changed(context, row.id)
    return PartnerAdded(await reread(row), partner)
