"""Lists of comments: threads, replies, pinned comments and all comments, each read for a whole level of a query."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

import models
import storage
from models import Campaign, Comment, CommentSort, CommentSyncSort, PinnedSort
from models.comments import EVER_PUBLISHED
from resolvers.comment_pages import Level, Pages, lineage, located, own_waiting_comments
from resolvers.context import Context
from resolvers.declarations import RequestedAttributes, list_size, of_level, reads, selects_total
from resolvers.ids import IdOf
from resolvers.paging import Connection, CursorCodec, Page, pages_of_campaigns, sort_groups
from storage import keyset
from storage.keyset import Lists, Window
from storage.rows import Names

DEFAULT_THREADS = 20
DEFAULT_REPLIES = 10
DEFAULT_ALL_COMMENTS = 50
MAX_PINNED = 10
OLDEST_CHANGE = datetime(1970, 1, 1, tzinfo=UTC)

_THREADS = "r.parent_id IS NULL AND r.is_listed = true"
_REPLIES = "r.is_listed = true"


@reads("id", "listed_thread_count")
@list_size(DEFAULT_THREADS)
@of_level
async def comments(
    campaigns: list[Campaign],
    context: Context,
    page: Page,
    sort: CommentSort = CommentSort.NEWEST,
    around: Annotated[
        int | None,
        IdOf("Comment"),
        "Open the list around this comment or, if it is a reply, around its thread; only with `first`.",
    ] = None,
    requested: RequestedAttributes = None,
) -> list[Connection[Comment]]:
    """The discussion's threads: comments without a parent. Tombstones with replies below keep their place.

    With `around`, half of the page comes before the thread.
    """
    campaign_ids = [campaign.id for campaign in campaigns]
    own = await own_waiting_comments(context, campaign_ids)
    level = Level(
        campaign_ids,
        [CursorCodec(context.settings.key, f"threads:{campaign_id}", sort) for campaign_id in campaign_ids],
        [campaign.listed_thread_count for campaign in campaigns],
        storage.group_by((row for row in own if row.parent_id is None), "campaign_id"),
        partial(storage.group_by, column="campaign_id"),
        DEFAULT_THREADS,
    )
    window, names = level.window(page), models.comments.list_columns(requested, sort)
    comment = await located(context, page, around, campaign_ids)
    if comment is not None and comment.campaign_id in campaign_ids:
        other_ids = storage.json_list(set(campaign_ids) - {comment.campaign_id})
        others = Lists("{ids $1}", f"r.campaign_id = e.value AND {_THREADS}", other_ids)
        root = Lists("{ids $2}", f"r.campaign_id = a.campaign_id AND {_THREADS}", storage.json_list([comment.root_id]))
        anchors = {comment.campaign_id: comment.root_id}
        return await level.connections_around(anchors, others, root, "e.value", window, names)
    if not own:
        window = window.without_peek
    return level.connections(
        await pages_of_campaigns(Comment, campaign_ids, sort, window, names, where=_THREADS), window
    )


@reads("id", "campaign_id", "listed_reply_count")
@list_size(DEFAULT_REPLIES)
@of_level
async def replies(
    parents: list[Comment],
    context: Context,
    page: Page,
    sort: CommentSort = CommentSort.OLDEST,
    around: Annotated[
        int | None,
        IdOf("Comment"),
        "Open the list around this comment or the reply above it; the first page if not below; only with `first`.",
    ] = None,
    requested: RequestedAttributes = None,
) -> list[Connection[Comment]]:
    """The direct replies."""
    parent_ids, campaign_ids = [parent.id for parent in parents], {parent.campaign_id for parent in parents}
    own = await own_waiting_comments(context, campaign_ids)
    level = Level(
        parent_ids,
        [CursorCodec(context.settings.key, f"replies:{parent_id}", sort) for parent_id in parent_ids],
        [parent.listed_reply_count for parent in parents],
        storage.group_by((row for row in own if row.parent_id), "parent_id"),
        partial(storage.group_by, column="parent_id"),
        DEFAULT_REPLIES,
    )
    window, names = level.window(page), models.comments.list_columns(requested, sort)
    line = lineage(await located(context, page, around, campaign_ids))
    anchors = {parent_id: line[parent_id] for parent_id in parent_ids if parent_id in line}
    # one comment may stand at several places of a level
    filled = {parent.id: parent for parent in parents if parent.listed_reply_count and parent.id not in anchors}
    if anchors:
        pairs = storage.json_list((parent.campaign_id, parent.id) for parent in filled.values())
        others = Lists("{pairs $1}", f"r.campaign_id = e.a AND r.parent_id = e.b AND {_REPLIES}", pairs)
        siblings = f"r.campaign_id = a.campaign_id AND r.parent_id = a.parent_id AND {_REPLIES}"
        anchored = Lists("{ids $2}", siblings, storage.json_list(anchors.values()))
        return await level.connections_around(anchors, others, anchored, "e.value", window, names)
    if not own:
        window = window.without_peek
    return level.connections(await _reply_pages(list(filled.values()), sort, window, names), window)


async def _reply_pages(parents: list[Comment], sort: CommentSort, window: Window, names: Names) -> Pages:
    if not parents:
        return {}
    campaign_ids = {parent.campaign_id for parent in parents}
    if len(campaign_ids) == 1:
        each, where = "{ids $1}", f"r.campaign_id = $2 AND r.parent_id = e.value AND {_REPLIES}"
        values: tuple[Any, ...] = (storage.json_list(parent.id for parent in parents), campaign_ids.pop())
    else:
        each, where = "{pairs $1}", f"r.campaign_id = e.a AND r.parent_id = e.b AND {_REPLIES}"
        values = (storage.json_list((parent.campaign_id, parent.id) for parent in parents),)
    rows = await keyset.pages(Comment, each, where, values, sort, window, names)
    return sort_groups(rows, "parent_id", sort)


@list_size(MAX_PINNED)
@reads("id")
@of_level
async def pinned_comments(
    campaigns: list[Campaign], context: Context, requested: RequestedAttributes = None
) -> list[list[Comment]]:
    """The pinned comments, newest first, at most ten. Pinned comments are in the other lists as well."""
    # an expression, so that no index of the state is used: those that are pinned are few
    where, sort = "r.is_pinned = true AND r.state || '' = 'VISIBLE'", PinnedSort.NEWEST
    campaign_ids, names = [campaign.id for campaign in campaigns], models.comments.list_columns(requested, sort)
    pinned = await pages_of_campaigns(Comment, campaign_ids, sort, Window(MAX_PINNED), names, where=where)
    return [pinned.get(campaign_id, []) for campaign_id in campaign_ids]


@reads("id")
@list_size(DEFAULT_ALL_COMMENTS)
@of_level
async def all_comments(
    campaigns: list[Campaign],
    context: Context,
    page: Page,
    sort: CommentSyncSort = CommentSyncSort.OLDEST_CHANGE,
    changed_since: Annotated[datetime | None, "Only comments whose `updatedAt` is this moment or later."] = None,
    requested: RequestedAttributes = None,
) -> list[Connection[Comment]]:
    """Every comment that is or once was public, threads and replies in one list, for a copy of the discussion.

    One that is hidden now has no `body` and no `author`: a copy should remove it. A comment that changes while a client
    pages comes again at the end, and none is missed.
    """
    campaign_ids = [campaign.id for campaign in campaigns]
    since = OLDEST_CHANGE if changed_since is None else changed_since
    name = "" if changed_since is None else since.isoformat()
    key = context.settings.key
    places = [CursorCodec(key, f"all-comments:{campaign_id}:{name}", sort) for campaign_id in campaign_ids]
    window, names = page.window_of_level(places, DEFAULT_ALL_COMMENTS), models.comments.list_columns(requested, sort)
    rows = await pages_of_campaigns(
        Comment, campaign_ids, sort, _changed_since(window, sort, since), names, where=EVER_PUBLISHED
    )
    totals: dict[int, int] = {}
    if selects_total(requested):
        ids = storage.json_list(campaign_ids)
        totals = dict(await storage.fetch(models.comments.COUNT_CHANGED, ids, since))
    return [
        Connection(rows.get(campaign_id, []), window, place, totals.get(campaign_id, 0))
        for campaign_id, place in zip(campaign_ids, places, strict=True)
    ]


def _changed_since(window: Window, sort: CommentSyncSort, since: datetime) -> Window:
    """Return the window without the comments that changed before; a cursor lies within the list already."""
    key = (since, 0)  # no comment has the id 0
    if sort.descends:
        return window if window.before else replace(window, before=key)
    return window if window.after else replace(window, after=key)
