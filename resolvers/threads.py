"""Threads: a discussion's lists of comments, read a level at a time, whatever their width."""

from collections.abc import Awaitable
from typing import NamedTuple

import models
from models import Campaign, Comment, CommentSort, comments, keyset
from models.keyset import Window
from resolvers.context import Context
from resolvers.paging import Connection, Page, Place

THREADS_SHOWN = 20
REPLIES_SHOWN = 10
PINNED_SHOWN = 10


async def threads(
    campaign: Campaign, context: Context, page: Page, sort: CommentSort = CommentSort.NEWEST
) -> Connection[Comment]:
    """The discussion's threads: comments without a parent. Tombstones with replies below keep their place."""
    place = Place(context.settings.key, f"threads:{campaign.id}", sort)
    window = page.window(place, THREADS_SHOWN)
    own = await own_waiting(context, campaign.id)
    if not own:
        window = window.without_peek
    rows = await context.load(_thread_pages, campaign.id, sort, window) or []
    return Connection(_with_own(rows, own, None, sort, window), window, place, campaign.listed_thread_count)


async def _thread_pages(campaign_ids: list[int], sort: CommentSort, window: Window) -> dict[int, list[Comment]]:
    if len(campaign_ids) == 1:
        where = "r.campaign_id = $1 AND r.parent_id IS NULL AND r.is_listed = true"
        return {campaign_ids[0]: await keyset.page(Comment, where, campaign_ids, sort, window)}
    where = "r.campaign_id = e.value AND r.parent_id IS NULL AND r.is_listed = true"
    rows = await keyset.pages(Comment, "{ids $1}", where, (models.json_list(campaign_ids),), sort, window)
    return models.grouped(keyset.arrange(rows, sort), "campaign_id")


def replies(
    comment: Comment, context: Context, page: Page, sort: CommentSort = CommentSort.OLDEST
) -> Awaitable[Connection[Comment]] | Connection[Comment]:
    """The direct replies."""
    place = Place(context.settings.key, f"replies:{comment.id}", sort)
    window = page.window(place, REPLIES_SHOWN)
    if context.viewer.supporter_id is None:
        return _public_replies(comment, context, sort, window, place)
    return _replies(comment, context, sort, window, place)


def _public_replies(
    comment: Comment, context: Context, sort: CommentSort, window: Window, place: Place
) -> Awaitable[Connection[Comment]] | Connection[Comment]:
    """What everyone sees, for a whole level at once."""
    total = comment.listed_reply_count
    if not total:
        return Connection([], window, place)
    parent = _Parent(comment.campaign_id, comment.id, total)
    return context.load(_reply_connections, parent, sort, window.without_peek, context.settings.key)


class _Parent(NamedTuple):
    campaign_id: int
    id: int
    listed_reply_count: int


async def _reply_connections(
    parents: list[_Parent], sort: CommentSort, window: Window, secret: bytes
) -> dict[_Parent, Connection[Comment]]:
    found = await _reply_pages([(parent.campaign_id, parent.id) for parent in parents], sort, window)
    return {
        parent: Connection(
            found.get((parent.campaign_id, parent.id), []),
            window,
            Place(secret, f"replies:{parent.id}", sort),
            parent.listed_reply_count,
        )
        for parent in parents
    }


async def _replies(
    comment: Comment, context: Context, sort: CommentSort, window: Window, place: Place
) -> Connection[Comment]:
    own = await own_waiting(context, comment.campaign_id)
    rows: list[Comment] = []
    if not own:
        window = window.without_peek
    if comment.listed_reply_count:
        rows = await context.load(_reply_pages, (comment.campaign_id, comment.id), sort, window) or []
    return Connection(_with_own(rows, own, comment.id, sort, window), window, place, comment.listed_reply_count)


async def _reply_pages(
    parents: list[tuple[int, int]], sort: CommentSort, window: Window
) -> dict[tuple[int, int], list[Comment]]:
    where = "r.campaign_id = e.a AND r.parent_id = e.b AND r.is_listed = true"
    rows = await keyset.pages(Comment, "{pairs $1}", where, (models.json_list(parents),), sort, window)
    found: dict[tuple[int, int], list[Comment]] = {}
    for row in keyset.arrange(rows, sort):
        found.setdefault((row.campaign_id, row.parent_id or 0), []).append(row)
    return found


async def own_waiting(context: Context, campaign_id: int) -> list[Comment]:
    """The viewer's own comments that wait for a moderator: nobody else sees them in a list."""
    if context.viewer.supporter_id is None:
        return []
    return await context.load(_own_waiting, campaign_id, context.viewer.supporter_id) or []


async def _own_waiting(campaign_ids: list[int], author_id: int) -> dict[int, list[Comment]]:
    return models.grouped(
        await models.read(Comment, comments.OWN_WAITING, author_id, models.json_list(campaign_ids)), "campaign_id"
    )


def _with_own(
    rows: list[Comment], own: list[Comment], parent_id: int | None, sort: CommentSort, window: Window
) -> list[Comment]:
    extra = [row for row in own if row.parent_id == parent_id and window.holds(keyset.key_of(sort)(row), sort)]
    if not extra:
        return rows
    merged = keyset.arrange(rows + extra, sort)
    return merged[-window.limit :] if window.backwards else merged[: window.limit]


async def pinned_comments(campaign: Campaign, context: Context) -> list[Comment]:
    """What moderators pinned, newest first, at most ten; they stand in the lists as well."""
    return await models.read(Comment, comments.PINNED, campaign.id, PINNED_SHOWN)
