"""A discussion in figures: columns of the campaign's row, and the last row of an index for each superlative."""

from typing import Annotated

import models
from models import Campaign, Comment, Supporter, comments
from resolvers.context import Context
from resolvers.refusals import invalid

MOST_AUTHORS = 100


class CommentStats:
    def __init__(self, campaign: Campaign) -> None:
        self.campaign_id = campaign.id
        self.thread_count = campaign.thread_count
        self.reply_count = campaign.reply_count
        self.author_count = campaign.author_count
        self.as_of = campaign.comments_as_of


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
    return await models.read(Supporter, comments.RECENT_AUTHORS, stats.campaign_id, first)


async def most_reacted_comment(stats: CommentStats, context: Context) -> Comment | None:
    """The visible comment with most votes and reactions of any kind; ties go to the newest."""
    return await models.read_one(Comment, comments.MOST_REACTED, stats.campaign_id)


async def hottest_thread(stats: CommentStats, context: Context) -> Comment | None:
    """The thread with most visible replies at any depth; ties go to the latest activity."""
    return await models.read_one(Comment, comments.HOTTEST, stats.campaign_id)
