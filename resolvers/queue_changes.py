"""Changes of the moderators' queue: the subscription that tells moderators what entered, left or was flagged."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import storage
from auth.viewers import Scope
from live.changed_ids import MAX_IDS_AT_ONCE
from models import Campaign, Comment
from models.moderation import SELECT_WAITING_COUNT
from resolvers import policies
from resolvers.changes import read_comments
from resolvers.context import Context
from resolvers.declarations import list_size, requires
from resolvers.ids import IdOf


@dataclass(frozen=True)
class ModerationQueueChange:
    as_of: datetime
    waiting: int
    changed_comments: list[Comment]
    has_gap: bool


@requires(Scope.MODERATE)
async def moderation_queue(
    context: Context,
    campaign_id: Annotated[int | None, IdOf("Campaign"), "Only this campaign's; every campaign's if null."] = None,
) -> AsyncGenerator[ModerationQueueChange]:
    """Follow the moderators' queue. The first message comes at once, with the number of comments that wait now.

    The subscription ends with an error as soon as the viewer may not moderate any more.
    """
    if campaign_id is not None:
        policies.check_view_campaign(context, await context.row(Campaign, campaign_id), "campaignId")
    waiting_before: int | None = None
    async with aclosing(context.live.changes.follow_queue(campaign_id)) as changes:
        async for changed in changes:
            context.require(Scope.MODERATE)  # also after a silence, so that the stream of a revoked token ends
            as_of, waiting = context.now(), await _waiting_count(campaign_id)
            if changed.ids or changed.has_gap or waiting != waiting_before:
                waiting_before = waiting
                yield ModerationQueueChange(as_of, waiting, await read_comments(changed), changed.has_gap)


async def _waiting_count(campaign_id: int | None) -> int:
    row = await storage.fetch_one(SELECT_WAITING_COUNT, campaign_id or 0)
    return int(row[0]) if row else 0


@list_size(MAX_IDS_AT_ONCE)
def comments(change: ModerationQueueChange) -> list[Comment]:
    """The comments that entered the queue, left it or were flagged since the last message, as they are now.

    At most 100; others come with the next message. Changes by another server process change `waiting` only.
    """
    return change.changed_comments
