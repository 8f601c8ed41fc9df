"""Threads: a discussion's lists of comments, read a level at a time, whatever their width."""

from collections.abc import Iterable
from typing import Any

import storage
from models import Campaign, Comment, CommentSort, comments
from resolvers.context import Context
from resolvers.declarations import RequestedAttributes, of_level, reads
from resolvers.paging import Connection, CursorCodec, Page
from storage import keyset
from storage.keyset import Window
from storage.rows import Names

THREADS_SHOWN = 20
REPLIES_SHOWN = 10
PINNED_SHOWN = 10


@reads("id", "listed_thread_count")
@of_level
async def threads(
    campaigns: list[Campaign],
    context: Context,
    page: Page,
    sort: CommentSort = CommentSort.NEWEST,
    requested: RequestedAttributes = None,
) -> list[Connection[Comment]]:
    """The discussion's threads: comments without a parent. Tombstones with replies below keep their place."""
    key, ids = context.settings.key, [campaign.id for campaign in campaigns]
    places = [CursorCodec(key, f"threads:{number}", sort) for number in ids]
    window = _window(page, places, THREADS_SHOWN)
    own = await own_waiting(context, ids)
    if not own:
        window = window.without_peek
    # one campaign may stand at several places of a level
    found = await _thread_pages(sorted(set(ids)), sort, window, comments.listed(requested, sort))
    _put_own(found, storage.group_by((row for row in own if row.parent_id is None), "campaign_id"), sort, window)
    return [
        Connection(found.get(campaign.id, []), window, place, campaign.listed_thread_count)
        for campaign, place in zip(campaigns, places, strict=True)
    ]


def _window(page: Page, places: list[CursorCodec], default: int) -> Window:
    """What is asked of each list; a cursor is good for one list only."""
    if page.after is not None or page.before is not None:
        for place in places[1:]:
            page.window(place, default)
    return page.window(places[0], default)


async def _thread_pages(
    campaign_ids: list[int], sort: CommentSort, window: Window, names: Names
) -> dict[int, list[Comment]]:
    if len(campaign_ids) == 1:
        where = "r.campaign_id = $1 AND r.parent_id IS NULL AND r.is_listed = true"
        return {campaign_ids[0]: await keyset.page(Comment, where, campaign_ids, sort, window, names)}
    where = "r.campaign_id = e.value AND r.parent_id IS NULL AND r.is_listed = true"
    rows = await keyset.pages(Comment, "{ids $1}", where, (storage.json_list(campaign_ids),), sort, window, names)
    return _arranged(rows, "campaign_id", sort)


@reads("id", "campaign_id", "listed_reply_count")
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
    window = _window(page, places, REPLIES_SHOWN)
    own = await own_waiting(context, _campaigns(parents))
    if not own:
        window = window.without_peek
    found = await _reply_pages(parents, sort, window, comments.listed(requested, sort))
    _put_own(found, storage.group_by((row for row in own if row.parent_id), "parent_id"), sort, window)
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
    campaigns = _campaigns(parents)
    if len(campaigns) == 1:
        each, where = "{ids $1}", "r.campaign_id = $2 AND r.parent_id = e.value AND r.is_listed = true"
        values: tuple[Any, ...] = (storage.json_list(parent.id for parent in parents), campaigns.pop())
    else:
        each, where = "{pairs $1}", "r.campaign_id = e.a AND r.parent_id = e.b AND r.is_listed = true"
        values = (storage.json_list((parent.campaign_id, parent.id) for parent in parents),)
    rows = await keyset.pages(Comment, each, where, values, sort, window, names)
    return _arranged(rows, "parent_id", sort)


def _arranged(rows: list[Comment], column: str, sort: CommentSort) -> dict[int, list[Comment]]:
    """The rows of each list, which are few: to arrange all of them at once would take longer."""
    return {number: keyset.sort_rows(few, sort) for number, few in storage.group_by(rows, column).items()}


def _campaigns(rows: list[Comment]) -> set[int]:
    return {row.campaign_id for row in rows}


async def own_waiting(context: Context, campaign_ids: Iterable[int]) -> list[Comment]:
    """The viewer's own comments that wait for a moderator: nobody else sees them in a list."""
    viewer = context.viewer.supporter_id
    if viewer is None:
        return []
    loading = [context.load(_own_waiting, number, viewer) for number in campaign_ids]
    return [row for rows in loading for row in await rows or []]


async def _own_waiting(campaign_ids: list[int], author_id: int) -> dict[int, list[Comment]]:
    return storage.group_by(
        await storage.read(Comment, comments.OWN_WAITING, author_id, storage.json_list(campaign_ids)), "campaign_id"
    )


def _put_own(found: dict[int, list[Comment]], own: dict[int, list[Comment]], sort: CommentSort, window: Window) -> None:
    """Put the viewer's own between the rows of the lists that they belong to."""
    for number, rows in own.items():
        extra = [row for row in rows if window.contains(sort.key(row), sort)]
        if extra:
            merged = keyset.sort_rows(found.get(number, []) + extra, sort)
            found[number] = merged[-window.limit :] if window.backwards else merged[: window.limit]


@reads("id")
async def pinned_comments(campaign: Campaign, context: Context) -> list[Comment]:
    """What moderators pinned, newest first, at most ten; they stand in the lists as well."""
    return await storage.read(Comment, comments.PINNED, campaign.id, PINNED_SHOWN)
