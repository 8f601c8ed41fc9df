"""Statistics of a discussion: counts are columns of the campaign, and each superlative is the last row of an index."""

from typing import Annotated

from models import AuthorSort, Campaign, Comment, CommentAuthor, StatisticsSort, Supporter, comments
from resolvers import instants
from resolvers.context import Context
from resolvers.declarations import RequestedAttributes, of_level, reads
from resolvers.paging import check_list_size, pages_of_campaigns
from resolvers.visibility import as_author
from storage.keyset import Window

MAX_RECENT_AUTHORS = 100


class CommentStats:
    def __init__(self, campaign: Campaign, context: Context) -> None:
        self.campaign_id = campaign.id
        self.thread_count = campaign.thread_count
        self.reply_count = campaign.reply_count
        self.author_count = campaign.author_count
        self.as_of = instants.shown(campaign.comments_as_of, context)


@reads("id", "thread_count", "reply_count", "author_count", "comments_as_of")
def comment_stats(campaign: Campaign, context: Context) -> CommentStats:
    """Statistics of the discussion."""
    return CommentStats(campaign, context)


@of_level
async def recent_authors(
    rows: list[CommentStats],
    context: Context,
    first: Annotated[int, "How many at most, from 1 to 100."] = 5,
) -> list[list[Supporter]]:
    """The most recent authors, each once."""
    check_list_size(first, MAX_RECENT_AUTHORS, "first")
    where, campaign_ids = "r.last_commented_at IS NOT NULL", [stats.campaign_id for stats in rows]
    names = comments.AUTHOR_COLUMNS
    authors = await pages_of_campaigns(
        CommentAuthor, campaign_ids, AuthorSort.RECENT, Window(first), names, where=where
    )
    return [
        [as_author(context, author.loaded_supporter, campaign_id) for author in authors.get(campaign_id, [])]
        for campaign_id in campaign_ids
    ]


@of_level
async def most_reacted_comment(
    rows: list[CommentStats], context: Context, requested: RequestedAttributes = None
) -> list[Comment | None]:
    """The visible comment with most votes and reactions of any kind; ties go to the newest."""
    return await _first_comments(rows, "r.state = 'VISIBLE'", StatisticsSort.MOST_ENGAGED, requested)


@of_level
async def hottest_thread(
    rows: list[CommentStats], context: Context, requested: RequestedAttributes = None
) -> list[Comment | None]:
    """The thread with most visible replies at any depth; ties go to the latest activity."""
    return await _first_comments(rows, "r.depth = 0 AND r.state = 'VISIBLE'", StatisticsSort.HOTTEST, requested)


async def _first_comments(
    rows: list[CommentStats], where: str, sort: StatisticsSort, requested: RequestedAttributes
) -> list[Comment | None]:
    """Return the first comment of each campaign in the order of the sort, or null."""
    campaign_ids, names = [stats.campaign_id for stats in rows], comments.list_columns(requested, sort)
    found = await pages_of_campaigns(Comment, campaign_ids, sort, Window(1), names, where=where)
    return [next(iter(found.get(campaign_id, [])), None) for campaign_id in campaign_ids]
