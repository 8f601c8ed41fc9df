"""Nodes: resolve any row by its global id, if the viewer may see the row."""

import asyncio
from typing import Annotated, Any

import models
from auth.viewers import Viewer
from models import Campaign, CampaignUpdate, Comment
from refusals import Refusal, invalid
from resolvers import policies, screening
from resolvers.context import Context
from resolvers.declarations import list_size, looked_up, reads
from resolvers.ids import ANONYMOUS_ID, GlobalId, ids_of, parse
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
MAX_NODES = 100


@looked_up("id", ids_of)
@reads("id")
def id(row: Any) -> str:
    """A globally unique id, which never changes."""
    return IDS[row.__class__][row.id]


async def node(context: Context, id: Annotated[GlobalId, "A global id, from an `id` field."]) -> Row | Viewer | None:
    """The object with this id; null if the object does not exist or is not public."""
    return await _read(context, id, "id")


async def _read(context: Context, id: str, *path: str) -> Row | Viewer | None:
    parsed = parse(id)
    if parsed is None or parsed[0] not in (*MODELS, "Viewer"):
        raise invalid("This is not an id of ours: take one from an `id` field as it is.", *path)
    if parsed[0] == "Viewer":  # nobody learns from such an id whether another person exists
        return context.viewer if parsed[1] == (context.viewer.supporter_id or ANONYMOUS_ID) else None
    row = await context.row(MODELS[parsed[0]], parsed[1])
    return row if row is not None and await _is_visible(context, row) else None


@list_size("ids", at_most=MAX_NODES)
async def nodes(context: Context, ids: Annotated[list[GlobalId], "Global ids, at most 100."]) -> list[Any]:
    """The objects with these ids, in the same order; null for each that does not exist or is not public."""
    screening.list_length(ids, "ids", MAX_NODES)
    # an invalid id is an error of its own item only
    reading = (_read(context, id, "ids", str(place)) for place, id in enumerate(ids))
    return list(await asyncio.gather(*reading, return_exceptions=True))


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
