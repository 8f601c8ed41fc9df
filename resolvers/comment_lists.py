"""Lists of comments: threads, replies and pinned comments, each read for a whole level of a query (no N+1)."""

from collections.abc import Iterable
from typing import Any

import models
import storage
from models import Campaign, Comment, CommentSort, PinnedSort
from resolvers.context import Context
from resolvers.declarations import RequestedAttributes, list_size, of_level, reads
from resolvers.paging import Connection, CursorCodec, Page, pages_of_campaigns, sort_groups
from storage import keyset
from storage.keyset import Window
from storage.rows import Names

DEFAULT_THREADS = 20
DEFAULT_REPLIES = 10
MAX_PINNED = 10


@reads("id", "listed_thread_count")
@list_size(DEFAULT_THREADS)
@of_level
async def comments(
    campaigns: list[Campaign],
    context: Context,
    page: Page,
    sort: CommentSort = CommentSort.NEWEST,
    requested: RequestedAttributes = None,
) -> list[Connection[Comment]]:
    """The discussion's threads: comments without a parent. Tombstones with replies below keep their place."""
    key, campaign_ids = context.settings.key, [campaign.id for campaign in campaigns]
    places = [CursorCodec(key, f"threads:{campaign_id}", sort) for campaign_id in campaign_ids]
    window = page.window_of_level(places, DEFAULT_THREADS)
    own = await _own_waiting_comments(context, campaign_ids)
    if not own:
        window = window.without_peek
    where = "r.parent_id IS NULL AND r.is_listed = true"
    names = models.comments.list_columns(requested, sort)
    threads = await pages_of_campaigns(Comment, campaign_ids, sort, window, names, where=where)
    _insert_own(threads, storage.group_by((row for row in own if row.parent_id is None), "campaign_id"), sort, window)
    return [
        Connection(threads.get(campaign.id, []), window, place, campaign.listed_thread_count)
        for campaign, place in zip(campaigns, places, strict=True)
    ]


@reads("id", "campaign_id", "listed_reply_count")
@list_size(DEFAULT_REPLIES)
@of_level
async def replies(
    parents: list[Comment],
    context: Context,
    page: Page,
    sort: CommentSort = CommentSort.OLDEST,
    requested: RequestedAttributes = None,
) -> list[Connection[Comment]]:
    """The direct replies."""
    key = context.settings.key
    places = [CursorCodec(key, f"replies:{parent.id}", sort) for parent in parents]
    window = page.window_of_level(places, DEFAULT_REPLIES)
    own = await _own_waiting_comments(context, _campaign_ids(parents))
    if not own:
        window = window.without_peek
    found = await _reply_pages(parents, sort, window, models.comments.list_columns(requested, sort))
    _insert_own(found, storage.group_by((row for row in own if row.parent_id), "parent_id"), sort, window)
    return [
        Connection(found.get(parent.id, []), window, place, parent.listed_reply_count)
        for parent, place in zip(parents, places, strict=True)
    ]


async def _reply_pages(
    parents: list[Comment], sort: CommentSort, window: Window, names: Names
) -> dict[int, list[Comment]]:
    # one comment may stand at several places of a level
    parents = list({parent.id: parent for parent in parents if parent.listed_reply_count}.values())
    if not parents:
        return {}
    campaign_ids = _campaign_ids(parents)
    if len(campaign_ids) == 1:
        each, where = "{ids $1}", "r.campaign_id = $2 AND r.parent_id = e.value AND r.is_listed = true"
        values: tuple[Any, ...] = (storage.json_list(parent.id for parent in parents), campaign_ids.pop())
    else:
        each, where = "{pairs $1}", "r.campaign_id = e.a AND r.parent_id = e.b AND r.is_listed = true"
        values = (storage.json_list((parent.campaign_id, parent.id) for parent in parents),)
    rows = await keyset.pages(Comment, each, where, values, sort, window, names)
    return sort_groups(rows, "parent_id", sort)


def _campaign_ids(rows: list[Comment]) -> set[int]:
    return {row.campaign_id for row in rows}


async def _own_waiting_comments(context: Context, campaign_ids: Iterable[int]) -> list[Comment]:
    """Return the viewer's own comments that wait for a moderator; no list shows them to anyone else."""
    viewer_id = context.viewer.supporter_id
    if viewer_id is None:
        return []
    loading = [context.load(_load_own_waiting, campaign_id, viewer_id) for campaign_id in campaign_ids]
    return [row for rows in loading for row in await rows or []]


async def _load_own_waiting(campaign_ids: list[int], author_id: int) -> dict[int, list[Comment]]:
    statement, ids = models.comments.SELECT_OWN_WAITING, storage.json_list(campaign_ids)
    return storage.group_by(await storage.read(Comment, statement, author_id, ids), "campaign_id")


def _insert_own(
    pages: dict[int, list[Comment]], own: dict[int, list[Comment]], sort: CommentSort, window: Window
) -> None:
    """Insert the viewer's own comments into the pages that they belong to, in the order of the sort."""
    for list_id, rows in own.items():
        extra = [row for row in rows if window.contains(sort.key(row), sort)]
        if extra:
            merged = keyset.sort_rows(pages.get(list_id, []) + extra, sort)
            pages[list_id] = merged[-window.limit :] if window.backwards else merged[: window.limit]


@list_size(MAX_PINNED)
@reads("id")
@of_level
async def pinned_comments(
    campaigns: list[Campaign], context: Context, requested: RequestedAttributes = None
) -> list[list[Comment]]:
    """The pinned comments, newest first, at most ten. Pinned comments are in the other lists as well."""
    where, sort = "r.is_pinned = true AND r.state = 'VISIBLE'", PinnedSort.NEWEST
    campaign_ids, names = [campaign.id for campaign in campaigns], models.comments.list_columns(requested, sort)
    pinned = await pages_of_campaigns(Comment, campaign_ids, sort, Window(MAX_PINNED), names, where=where)
    return [pinned.get(campaign_id, []) for campaign_id in campaign_ids]
