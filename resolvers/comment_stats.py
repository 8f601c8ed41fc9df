"""A discussion in figures: columns of the campaign's row, and the last row of an index for each superlative."""

from typing import Annotated

import storage
from models import Campaign, Comment, Supporter, comments
from models.comments import StatisticsSort
from refusals import invalid
from resolvers.context import Context
from resolvers.declarations import RequestedAttributes, reads
from storage import keyset
from storage.keyset import Window

MOST_AUTHORS = 100
FIRST = Window(1)


class CommentStats:
    def __init__(self, campaign: Campaign) -> None:
        self.campaign_id = campaign.id
        self.thread_count = campaign.thread_count
        self.reply_count = campaign.reply_count
        self.author_count = campaign.author_count
        self.as_of = campaign.comments_as_of


@reads("id", "thread_count", "reply_count", "author_count", "comments_as_of")
def comment_stats(campaign: Campaign) -> CommentStats:
    """The discussion in figures."""
    return CommentStats(campaign)


async def recent_authors(
    stats: CommentStats,
    context: Context,
    first: Annotated[int | None, "How many at most, from 1 to 100."] = 5,
) -> list[Supporter]:
    """Who commented last, each once."""
    first = 5 if first is None else first
    if not 1 <= first <= MOST_AUTHORS:
        raise invalid(f"`first` must be from 1 to {MOST_AUTHORS}.", "first")
    return await storage.read(Supporter, comments.RECENT_AUTHORS, stats.campaign_id, first)


async def most_reacted_comment(
    stats: CommentStats, context: Context, requested: RequestedAttributes = None
) -> Comment | None:
    """The visible comment with most votes and reactions of any kind; ties go to the newest."""
    return await _first(stats, "r.state = 'VISIBLE'", StatisticsSort.MOST_ENGAGED, requested)


async def hottest_thread(
    stats: CommentStats, context: Context, requested: RequestedAttributes = None
) -> Comment | None:
    """The thread with most visible replies at any depth; ties go to the latest activity."""
    return await _first(stats, "r.depth = 0 AND r.state = 'VISIBLE'", StatisticsSort.HOTTEST, requested)


async def _first(
    stats: CommentStats, where: str, sort: StatisticsSort, requested: RequestedAttributes
) -> Comment | None:
    names = comments.listed(requested, sort)
    found = await keyset.page(Comment, f"r.campaign_id = $1 AND {where}", (stats.campaign_id,), sort, FIRST, names)
    return next(iter(found), None)
