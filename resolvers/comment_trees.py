"""Trees of comments: everything below a comment as one list, depth first."""

from collections.abc import Iterable
from functools import partial
from typing import Annotated

import models
import storage
from models import Comment, TreeSort, comment_trees
from models.comment_trees import IN_TREE, preorder_to_depth
from models.comments import MAX_DEPTH
from refusals import InputReason, invalid
from resolvers.comment_pages import Level, Pages, located, own_waiting_comments
from resolvers.context import Context
from resolvers.declarations import RequestedAttributes, list_size, of_level, reads, selects_total
from resolvers.ids import IdOf
from resolvers.paging import Connection, CursorCodec, Page
from storage import keyset
from storage.keyset import Lists

DEFAULT_DESCENDANTS = 50


@reads("id", "campaign_id", "path", "depth", "descendant_count", "listed_reply_count")
@list_size(DEFAULT_DESCENDANTS)
@of_level
async def descendants(
    parents: list[Comment],
    context: Context,
    page: Page,
    depth: Annotated[int | None, "Only replies at most so many levels below, 1 to 50; all if null."] = None,
    around: Annotated[
        int | None,
        IdOf("Comment"),
        "Open the list around this comment, or the reply above it at the lowest level; only with `first`.",
    ] = None,
    requested: RequestedAttributes = None,
) -> list[Connection[Comment]]:
    """The replies at any depth in one list: each before its own replies, and the replies to one comment oldest first.

    `depth` of each says how far to indent it.
    """
    if depth is not None and not 1 <= depth <= MAX_DEPTH:
        message = "Ask for 1 to {most} levels."
        limit = 1 if depth < 1 else MAX_DEPTH
        raise invalid(message, "depth", reason=InputReason.OUT_OF_RANGE, limit=limit, most=MAX_DEPTH)
    sort = TreeSort.PREORDER if depth is None else preorder_to_depth(depth)
    name = "" if depth is None else str(depth)
    level = Level(
        [parent.id for parent in parents],
        [CursorCodec(context.settings.key, f"descendants:{parent.id}:{name}", sort) for parent in parents],
        await _totals(parents, depth) if selects_total(requested) else [0] * len(parents),
        await _own_waiting(parents, context, depth),
        partial(_group, parents, depth),
        DEFAULT_DESCENDANTS,
    )
    window, names = level.window(page), models.comments.list_columns(requested, sort)
    comment = await located(context, page, around, _campaign_ids(parents))
    anchors = _anchors(parents, comment, depth) if comment else {}
    filled = [parent for parent in parents if parent.descendant_count and parent.id not in anchors]
    trees = storage.json_list({(0, parent.preorder) for parent in filled})
    if anchors:
        pairs = storage.json_list({(anchors[one.id], one.preorder) for one in parents if one.id in anchors})
        others, anchored = Lists("{named $1}", IN_TREE, trees), Lists("{named $2}", IN_TREE, pairs)
        return await level.connections_around(anchors, others, anchored, "e.a", window, names)
    rows = await keyset.pages(Comment, "{named $1}", IN_TREE, (trees,), sort, window, names) if filled else []
    by_id = {row.id: row for row in rows}  # one row may be in several of the trees
    groups = level.group(by_id.values())
    pages = {parent_id: keyset.cut(keyset.sort_rows(below, sort), window) for parent_id, below in groups.items()}
    return level.connections(pages, window)


def _campaign_ids(parents: list[Comment]) -> set[int]:
    return {parent.campaign_id for parent in parents}


def _group(parents: list[Comment], depth: int | None, rows: Iterable[Comment]) -> Pages:
    """Group comments by those of the parents below which they are, at most `depth` levels; there may be several."""
    pages: Pages = {parent.id: [] for parent in parents}
    for row in rows:
        for ancestor_id in row.ancestor_ids[-depth:] if depth else row.ancestor_ids:
            if ancestor_id in pages:
                pages[ancestor_id].append(row)
    return pages


def _anchors(parents: list[Comment], comment: Comment, depth: int | None) -> dict[int, int]:
    """Return, by parent, the comment or that ancestor of it which is in the parent's list."""
    line = (*comment.ancestor_ids, comment.id)
    places = {ancestor_id: place for place, ancestor_id in enumerate(line[:-1])}
    lowest = len(line) - 1
    return {
        parent.id: line[min(lowest, places[parent.id] + (depth or lowest))] for parent in parents if parent.id in places
    }


async def _own_waiting(parents: list[Comment], context: Context, depth: int | None) -> Pages:
    """Return the viewer's own comments that wait for a moderator, unless a comment above is hidden from the viewer."""
    own = {row.id: row for row in await own_waiting_comments(context, _campaign_ids(parents)) if row.parent_id}
    pages = _group(parents, depth, own.values())
    above = {
        ancestor_id for parent_id, rows in pages.items() for row in rows for ancestor_id in _between(parent_id, row)
    }
    loading = [context.row(Comment, ancestor_id) for ancestor_id in above - own.keys()]
    shown = own.keys() | {row.id for row in [await one for one in loading] if row.is_listed}
    return {
        parent_id: [row for row in rows if shown.issuperset(_between(parent_id, row))]
        for parent_id, rows in pages.items()
    }


def _between(parent_id: int, comment: Comment) -> tuple[int, ...]:
    """Return the ids of the comments above a comment and below the parent."""
    return comment.ancestor_ids[comment.ancestor_ids.index(parent_id) + 1 :]


async def _totals(parents: list[Comment], depth: int | None) -> list[int]:
    """Count the public replies below each parent."""
    if depth == 1:
        return [parent.listed_reply_count for parent in parents]
    filled = [parent for parent in parents if parent.descendant_count]
    if not filled:
        return [0] * len(parents)
    if depth is None:
        pairs = storage.json_list({(parent.id, parent.preorder) for parent in filled})
        counts = dict(await storage.fetch(comment_trees.COUNT_LISTED, pairs))
    else:
        ids = storage.json_list({parent.id for parent in filled})
        counts = dict(await storage.fetch(comment_trees.COUNT_LISTED_TO_DEPTH, ids, depth))
    return [counts.get(parent.id, 0) for parent in parents]
