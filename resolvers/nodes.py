"""Nodes: resolve any row by its global id, if the viewer may see the row."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import models
from auth.viewers import Viewer
from models import Campaign
from refusals import invalid
from resolvers import policies, screening, visibility
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
    """Return whether the viewer may see the row, and the campaign that it belongs to: the public sees no draft."""
    is_visible = _CHECKS[row.__class__](context, row)
    if not (is_visible if isinstance(is_visible, bool) else await is_visible):
        return False
    if isinstance(row, models.PartnerTally):
        row = await context.row(models.CampaignPartner, row.link_id)
    campaign_id = getattr(row, "campaign_id", None)
    return campaign_id is None or policies.may_view_campaign(context, await context.row(Campaign, campaign_id))


def _is_own_signature(context: Context, signature: models.Signature) -> bool:
    return signature.supporter_id is not None and signature.supporter_id == context.viewer.supporter_id


_CHECKS: dict[type[Row], Callable[[Context, Any], bool | Awaitable[bool]]] = {
    models.Activity: lambda context, row: True,
    models.ApiKey: lambda context, row: context.viewer.may(models.Role.ADMIN),
    models.Campaign: policies.may_view_campaign,
    models.CampaignUpdate: lambda context, row: True,
    models.Comment: policies.may_view_comment,
    models.Donation: policies.may_view_donation,
    models.Partner: visibility.may_view_partner,
    models.PartnerTally: lambda context, row: policies.may_view_tally(context),
    models.Signature: _is_own_signature,
    models.Supporter: visibility.may_view_supporter,
}
"""The check of each table, that a viewer may see a row of it, apart from the row's campaign."""
