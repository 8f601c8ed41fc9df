"""Updates: a campaign's dated news, read and posted."""

from datetime import datetime
from typing import Annotated

import models
import storage
from auth.viewers import Scope
from models import ActivityKind, Campaign, CampaignUpdate, SubjectType, UpdateSort
from refusals import invalid
from resolvers import rich_text, screening
from resolvers.activity import record
from resolvers.campaigns import lock
from resolvers.context import Context
from resolvers.declarations import reads, requires
from resolvers.ids import IdOf
from resolvers.paging import Connection, CursorCodec, Page
from storage import keyset

SHOWN = 10


@reads("id", "update_count")
async def updates(campaign: Campaign, context: Context, page: Page) -> Connection[CampaignUpdate]:
    """News, newest first."""
    place = CursorCodec(context.settings.key, f"updates:{campaign.id}", UpdateSort.NEWEST)
    window = page.window(place, SHOWN)
    rows = await keyset.page(CampaignUpdate, "r.campaign_id = $1", (campaign.id,), place.sort, window)
    return Connection(rows, window, place, campaign.update_count)


@requires(Scope.MANAGE_CAMPAIGNS)
async def post_update(
    context: Context,
    campaign_id: Annotated[int, IdOf("Campaign")],
    title: Annotated[str, "At most 200 characters."],
    body: Annotated[str, "Markdown."],
    is_pinned: Annotated[bool, "Whether front ends should keep it on top."] = False,
    posted_at: Annotated[datetime | None, "Its date, if not now; not in the future."] = None,
) -> CampaignUpdate:
    """Publish dated news on a campaign."""
    at = context.now()
    row = await lock(context, campaign_id)
    if posted_at is not None and posted_at > at:
        raise invalid("`postedAt` lies in the future: post it then.", "postedAt")
    rich = rich_text.article(screening.article(body, "body"))
    update = await CampaignUpdate.create(
        campaign_id=row.id,
        title=screening.line(title, "title", 200),
        body_markdown=rich.markdown,
        body_html=rich.html,
        is_pinned=is_pinned,
        posted_at=posted_at or at,
    )
    await storage.fetch(models.updates.COUNT, row.id)
    await record(context, row.id, ActivityKind.UPDATE_POSTED, (SubjectType.UPDATE, update.id), posted_at or at)
    return update
