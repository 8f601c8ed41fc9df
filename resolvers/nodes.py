"""Any row by its global id, if the viewer may see it."""

import asyncio
from typing import Annotated, Any

import models
from models import Campaign, CampaignUpdate, Comment
from refusals import Refusal, invalid
from resolvers import policies
from resolvers.context import Context
from resolvers.declarations import looked_up, reads
from resolvers.ids import GlobalId, ids_of, parse
from storage import Row

MODELS: dict[str, type[Row]] = {
    "Activity": models.Activity,
    "ApiKey": models.ApiKey,
    "Campaign": models.Campaign,
    "CampaignUpdate": models.CampaignUpdate,
    "Comment": models.Comment,
    "Donation": models.Donation,
    "Partner": models.Partner,
    "PartnerTally": models.PartnerTally,
    "Signature": models.Signature,
    "Supporter": models.Supporter,
}
IDS = {model: ids_of(name) for name, model in MODELS.items()}
MOST = 100


@looked_up("id", ids_of)
@reads("id")
def node_id(row: Any) -> str:
    """A name for it that is unique among everything, and stays."""
    return IDS[row.__class__][row.id]


async def node(context: Context, id: Annotated[GlobalId, "A global id, as `id` gives it."]) -> Row | None:
    """Anything by its id; null if there is no such thing or it is not public."""
    named = parse(id)
    if named is None or named[0] not in MODELS:
        raise invalid("This is not an id of ours: take one from an `id` field as it is.", "id")
    row = await context.row(MODELS[named[0]], named[1])
    return row if row is not None and await _is_visible(context, row) else None


async def nodes(context: Context, ids: Annotated[list[GlobalId], "Global ids, at most 100."]) -> list[Any]:
    """Several by their ids, in their order; null in the place of what is not there."""
    if len(ids) > MOST:
        raise invalid(f"`ids` holds {len(ids)}; at most {MOST} can be asked for at once.", "ids")
    # what is no id of ours is an error at its own place, and not of the others
    return list(await asyncio.gather(*(node(context, id) for id in ids), return_exceptions=True))


async def _is_visible(context: Context, row: Any) -> bool:
    if isinstance(row, models.ApiKey):
        return context.viewer.may(models.Role.ADMIN)
    if isinstance(row, Campaign):
        return policies.may_view_campaign(context, row)
    if isinstance(row, Comment) and not _may_see(context, row):
        return False
    if isinstance(row, models.Signature) and (
        row.supporter_id is None or row.supporter_id != context.viewer.supporter_id
    ):
        return False
    if isinstance(row, models.PartnerTally):
        return policies.may_view_tally(context)
    if isinstance(row, models.Donation) and not policies.may_view_donation(context, row):
        return False
    if isinstance(row, Comment | CampaignUpdate | models.Activity | models.Donation | models.Signature):
        return policies.may_view_campaign(context, await context.row(Campaign, row.campaign_id))
    return True


def _may_see(context: Context, comment: Comment) -> bool:
    try:
        policies.check_view_comment(context, comment)
    except Refusal:
        return False
    return True
