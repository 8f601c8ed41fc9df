"""The moderators' queue: the comments that wait or were flagged, or those in any states."""

from typing import Annotated

import models
import storage
from auth.viewers import Scope
from models import Campaign, Comment, CommentState, QueueSort
from resolvers.context import Context
from resolvers.declarations import list_size, requires
from resolvers.ids import IdOf
from resolvers.paging import Connection, CursorCodec, Page
from storage import keyset

DEFAULT_QUEUE = 20


@list_size(DEFAULT_QUEUE)
@requires(Scope.MODERATE)
async def moderation_queue(
    context: Context,
    page: Page,
    campaign_id: Annotated[int | None, IdOf("Campaign"), "Only this campaign's; every campaign's if null."] = None,
    states: Annotated[
        list[CommentState] | None, "Only comments in these states; null: what waits, and what was flagged."
    ] = None,
    sort: QueueSort = QueueSort.OLDEST,
) -> Connection[Comment] | None:
    """Comments for a moderator to read."""
    unique_states = None if states is None else sorted(set(states))
    name = f"queue:{campaign_id or ''}:{'' if unique_states is None else ','.join(unique_states)}"
    place = CursorCodec(context.settings.key, name, sort)
    window = page.window(place, DEFAULT_QUEUE)
    campaigns = await storage.read(Campaign, models.campaigns.SELECT_ONE_OR_ALL, campaign_id or 0)
    if unique_states is None:
        ids = storage.json_list(campaign.id for campaign in campaigns if campaign.queued_comment_count)
        where = "r.campaign_id = e.value AND r.is_queued = true"
        rows = await keyset.merged_page(Comment, "{ids $1}", where, (ids,), sort, window)
        total = sum(campaign.queued_comment_count for campaign in campaigns)
    else:
        pairs = storage.json_list((campaign.id, state) for campaign in campaigns for state in unique_states)
        where = "r.campaign_id = e.a AND r.state = e.b"
        rows = await keyset.merged_page(Comment, "{named $1}", where, (pairs,), sort, window)
        total = sum(_count_of_state(campaign, state) for campaign in campaigns for state in unique_states)
    return Connection(rows, window, place, total)


def _count_of_state(campaign: Campaign, state: CommentState) -> int:
    if state is CommentState.VISIBLE:
        return campaign.visible_comment_count
    return int(getattr(campaign, f"{state.value.lower()}_comment_count"))
