"""Updates: list the dated news of campaigns, and post news."""

from datetime import datetime
from typing import Annotated

import models
import storage
from auth.viewers import Scope
from models import ActivityKind, Campaign, CampaignUpdate, SubjectType, UpdateSort
from refusals import collect_issues
from resolvers import campaign_input, screening
from resolvers.activity import record
from resolvers.campaign_field import campaign_of
from resolvers.campaigns import lock_campaign
from resolvers.context import Context
from resolvers.declarations import list_size, of_level, reads, requires
from resolvers.ids import IdOf
from resolvers.paging import Connection, CursorCodec, Page, pages_of_campaigns

UPDATES_SHOWN = 10

campaign = campaign_of  # the field `campaign`


@list_size(UPDATES_SHOWN)
@reads("id", "update_count")
@of_level
async def updates(campaigns: list[Campaign], context: Context, page: Page) -> list[Connection[CampaignUpdate]]:
    """The campaign's news, newest first."""
    key = context.settings.key
    places = [CursorCodec(key, f"updates:{campaign.id}", UpdateSort.NEWEST) for campaign in campaigns]
    window = page.window_of_level(places, UPDATES_SHOWN)
    campaign_ids = [campaign.id for campaign in campaigns]
    pages = await pages_of_campaigns(CampaignUpdate, campaign_ids, UpdateSort.NEWEST, window)
    return [
        Connection(pages.get(campaign.id, []), window, place, campaign.update_count)
        for campaign, place in zip(campaigns, places, strict=True)
    ]


@requires(Scope.MANAGE_CAMPAIGNS)
async def post_update(
    context: Context,
    campaign_id: Annotated[int, IdOf("Campaign")],
    title: Annotated[str, "At most 200 characters."],
    body: Annotated[str, "Markdown."],
    is_pinned: Annotated[bool, "Whether front ends should show the news above later news."] = False,
    posted_at: Annotated[datetime | None, "The date of the news, if not now; not in the future."] = None,
) -> CampaignUpdate:
    """Publish dated news on a campaign."""
    at = context.now()
    with collect_issues() as issues:
        title = issues.take(screening.line, title, "title", 200)
        rich = issues.take(campaign_input.rendered_article, body, "body")
        if posted_at is not None:
            issues.take(screening.not_later, posted_at, at, "postedAt")
        campaign = await lock_campaign(context, campaign_id)
    update = await CampaignUpdate.create(
        campaign_id=campaign.id,
        title=title,
        body_markdown=rich.markdown,
        body_html=rich.html,
        is_pinned=is_pinned,
        posted_at=posted_at or at,
    )
    await storage.fetch(models.updates.INCREMENT_UPDATE_COUNT, campaign.id)
    await record(context, campaign.id, ActivityKind.UPDATE_POSTED, (SubjectType.UPDATE, update.id), posted_at or at)
    return update
