"""Partners: list the organisations that support a campaign, and add one. Their signature counts are in `tallies`."""

from dataclasses import dataclass
from typing import Annotated

import models
import storage
from auth.viewers import Scope
from models import URL, Campaign, CampaignPartner, Image, Partner
from refusals import ProblemCode, Refusal, collect_issues
from resolvers import campaign_input, screening
from resolvers.campaigns import lock_campaign, record_change, reload
from resolvers.context import Context
from resolvers.declarations import USUAL_LIST_SIZE, list_size, of_level, reads, requires
from resolvers.ids import IdOf


@dataclass(frozen=True)
class PartnerAdded:
    campaign: Campaign
    partner: Partner


@list_size(USUAL_LIST_SIZE)
@reads("id")
@of_level
async def partners(campaigns: list[Campaign], context: Context) -> list[list[CampaignPartner]]:
    """Organisations that support the campaign, those with most signatures first."""
    campaign_ids = storage.json_list(sorted({campaign.id for campaign in campaigns}))
    names = models.partners.COLUMNS_WITH_PARTNER
    links = await storage.read(CampaignPartner, models.partners.SELECT_WITH_PARTNERS, campaign_ids, names=names)
    of_campaign = storage.group_by(links, "campaign_id")
    return [of_campaign.get(campaign.id, []) for campaign in campaigns]


def partner(link: CampaignPartner) -> Partner:
    """The organisation."""
    return link.loaded_partner


@requires(Scope.MANAGE_CAMPAIGNS)
async def add_partner(
    context: Context,
    campaign_id: Annotated[int, IdOf("Campaign")],
    name: Annotated[str, "If an organisation of this name exists already, it is added as it is."],
    url: Annotated[URL | None, "The URL of the website."] = None,
    logo: Annotated[Image | None, "The logo."] = None,
    role: Annotated[str | None, "The partner's role in the campaign."] = None,
) -> PartnerAdded:
    """Add an organisation that supports the campaign."""
    with collect_issues() as issues:
        name = issues.take(screening.line, name, "name", 200)
        url = issues.take(screening.url, url, "url") if url else None
        logo = issues.take(campaign_input.checked_image, logo, "logo")
        role = issues.take(screening.line, role, "role", 200) if role else None
        row = await lock_campaign(context, campaign_id)
    partner = await Partner.get_or_none(name=name)
    if partner is None:
        partner = await Partner.create(name=name, url=url, logo=logo)
    if await CampaignPartner.exists(campaign_id=row.id, partner_id=partner.id):
        raise Refusal(ProblemCode.CONFLICT, "This organisation is a partner of the campaign already.", "name")
    await CampaignPartner.create(campaign_id=row.id, partner_id=partner.id, role=role)
    await record_change(context, row.id, ["partners"])
    return PartnerAdded(await reload(row), partner)
