"""Subscriptions: streams of events that clients follow live."""

from collections.abc import AsyncIterator
from typing import Annotated

from models import ActivityKind, Campaign, Comment
from refusals import not_found
from resolvers import policies
from resolvers.activity_log import KINDS, ActivityEvent, ActivityLog
from resolvers.context import Context
from resolvers.ids import IdOf


async def activity(
    context: Context,
    campaign_id: Annotated[int, IdOf("Campaign")],
    thread_id: Annotated[int | None, IdOf("Comment"), "Only what happens in this thread."] = None,
    kinds: Annotated[list[ActivityKind] | None, KINDS] = None,
    after: Annotated[str | None, "First send what happened since this cursor; null: only new events."] = None,
) -> AsyncIterator[ActivityEvent]:
    """Follow the activity log: durable, in order, each event exactly once per cursor.

    With `after`, missed events come first, then new ones, with no gap and no repeat. `after` takes a cursor of this
    subscription, or of `Campaign.activity`, with the same campaign and kinds.
    """
    policies.check_view_campaign(context, await context.row(Campaign, campaign_id), "campaignId")
    if thread_id is not None:
        thread = policies.check_view_comment(context, await context.row(Comment, thread_id))
        if thread.campaign_id != campaign_id or thread.parent_id is not None:
            raise not_found("thread on this campaign", "threadId")
    log = ActivityLog(context, campaign_id, thread_id, kinds)
    after_seq = None if after is None else int(log.place.read(after)[0])
    rows = context.live.follow(campaign_id, after_seq, log.catch_up, log.matches)
    try:
        async for row in rows:
            yield ActivityEvent(row, log.place)
    finally:
        await rows.aclose()  # type: ignore[attr-defined]
