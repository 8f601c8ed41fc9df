"""Name previews: a name as a campaign would show it, for the form, so that the rule for names stays on the server."""

from dataclasses import dataclass
from typing import Annotated

from models import Campaign, NameDisplay
from resolvers import policies, screening
from resolvers.context import Context
from resolvers.declarations import list_size
from resolvers.ids import IdOf
from resolvers.names import parted_name, public_names


@dataclass(frozen=True, slots=True)
class PersonName:
    given_name: str
    family_name: str | None = None
    family_name_first: bool | None = False


@dataclass(frozen=True, slots=True)
class NamePreview:
    name_display: NameDisplay
    display_name: str
    ticker_name: str


@list_size(len(NameDisplay))
async def name_previews(
    context: Context,
    campaign_id: Annotated[int, IdOf("Campaign")],
    name: Annotated[PersonName, "The name that is being typed. It is neither stored nor logged."],
) -> list[NamePreview]:
    """The name as others would see it on the campaign, for each choice of `nameDisplay`; for a form.

    It depends on the name and the ceilings of the campaign alone. A person who has appeared on a stricter campaign is
    shown less.
    """
    campaign = policies.check_view_campaign(context, await context.row(Campaign, campaign_id), "campaignId")
    given = screening.name(name.given_name, "givenName")
    family = screening.family_name(name.family_name)
    family_first, previews = bool(name.family_name_first), []
    given, family = parted_name(given, family, family_first)
    for display in NameDisplay:
        names = public_names(given, family, display.capped(campaign.name_display_ceiling), family_first)
        previews.append(NamePreview(display, names.display_name, names.capped(campaign.ticker_name_ceiling)))
    return previews
