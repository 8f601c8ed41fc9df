"""Pulses: the subscription that shows the counts of a campaign and its comments as they change."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import storage
from live.changed_ids import MAX_IDS_AT_ONCE
from models import Campaign, Comment, campaigns
from resolvers import instants, policies
from resolvers.changes import read_comments
from resolvers.context import Context
from resolvers.declarations import list_size
from resolvers.ids import IdOf


@dataclass(frozen=True)
class Pulse:
    as_of: datetime
    campaign: Campaign
    changed_comments: list[Comment]
    watching: int
    has_gap: bool


async def pulse(context: Context, campaign_id: Annotated[int, IdOf("Campaign")]) -> AsyncGenerator[Pulse]:
    """Follow the counts of a campaign: a pulse when something has changed, at most one in PULSE_SECONDS.

    The first pulse comes at once, without comments. Every number is absolute, so that a missed pulse does no harm:
    write each pulse over what you have. A pulse is no log; to miss no event, follow `activity` as well.
    """
    policies.check_view_campaign(context, await _read_campaign(campaign_id), "campaignId")
    async with aclosing(context.live.changes.follow(campaign_id)) as changes:
        async for changed in changes:
            as_of = instants.shown(context.now(), context)
            campaign = policies.check_view_campaign(context, await _read_campaign(campaign_id), "campaignId")
            shown = [comment for comment in await read_comments(changed) if _is_shown(context, comment)]
            yield Pulse(as_of, campaign, shown, context.live.watching(campaign_id), changed.has_gap)


async def _read_campaign(campaign_id: int) -> Campaign | None:
    return await storage.read_one(Campaign, campaigns.SELECT_BY_ID, campaign_id)


def _is_shown(context: Context, comment: Comment) -> bool:
    """Show what the viewer may view, and the tombstone of a comment that was published: pages must take it away.

    A tombstone has no text and no author. A comment that was never public is shown to nobody by a pulse.
    """
    return policies.may_view_comment(context, comment) or comment.published_at is not None


@list_size(MAX_IDS_AT_ONCE)
def comments(pulse: Pulse) -> list[Comment]:
    """The comments whose counts, text or state changed, as they are now.

    A comment that was taken away is a tombstone, without text and author. At most 100; others come with the next pulse.
    """
    return pulse.changed_comments
