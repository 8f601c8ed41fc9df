"""Counters of comments: update every count that depends on a comment, a vote or a reaction, in the same transaction.

Counters are arithmetic in SQL. The caller holds the lock of the campaign's row, so changes to the comments of one
campaign are serialised, and the values read here stay current until the commit.
"""

from collections import Counter
from datetime import datetime

from models import Comment, CommentState, HoldReason, campaigns, comments, erasures
from models.campaigns import CommentCountChanges
from storage import fetch, fetch_one, json_list, read
from storage.database import Statement

_STATE_COLUMNS = (
    "state",
    "is_listed",
    "is_queued",
    "published_at",
    "flag_count",
    "active_at",
    "updated_at",
    "held_because",
)


async def update_counts(
    comment: Comment, before: CommentState | None, was_queued: bool, at: datetime, event_count: int = 0
) -> int:
    """Update all counts after a comment's state changed from `before` (None: a new comment) to that of the row.

    The same statement reserves `event_count` sequence numbers of the activity log. Return the last one.
    """
    visible_change = comment.is_visible - (before is CommentState.VISIBLE)
    changes = Counter({_hidden_count_column(comment.state): 1})
    if before is not None:
        changes[_hidden_count_column(before)] -= 1
    changes["queued_comment_count"] = comment.is_queued - was_queued
    changes["reply_count" if comment.parent_id else "thread_count"] = visible_change
    if visible_change:
        changes["author_count"] = await _update_author_count(comment, visible_change, is_new=before is None)
        changes["listed_thread_count"] = await _update_ancestor_counts(comment, before, visible_change, at)
    changes["activity_seq"] = event_count
    values = (changes[name] for name in CommentCountChanges._fields)
    ((seq,),) = await fetch(campaigns.UPDATE_COMMENT_COUNTS, comment.campaign_id, at, *values)
    return int(seq)


def _hidden_count_column(state: CommentState) -> str:
    return "" if state is CommentState.VISIBLE else f"{state.value.lower()}_comment_count"


async def _update_author_count(comment: Comment, visible_change: int, is_new: bool) -> int:
    """Update the author's count of visible comments, and return the change of the campaign's count of authors."""
    author = comment.campaign_id, comment.author_id
    row = await fetch_one(comments.UPSERT_AUTHOR_COUNT, *author, visible_change, comment.created_at)
    if not is_new:
        await fetch(comments.UPDATE_AUTHOR_LATEST, *author)
    visible_count = row[0] if row else 0
    return int(visible_count == 1) if visible_change > 0 else -int(visible_count == 0)


async def _update_ancestor_counts(
    comment: Comment, before: CommentState | None, visible_change: int, at: datetime
) -> int:
    """Update the counts of the ancestors, and return the change of the campaign's count of listed threads.

    A tombstone is listed while a visible comment is below it. So a comment that appears or goes may list or unlist its
    parent, then its grandparent, and so on up to the root.
    """
    listed_change = comment.is_listed - (before is not None and _is_listed(before, comment.descendant_count))
    if comment.parent_id is None:
        return listed_change
    *above, _ = comment.ancestor_ids
    updated = await fetch(comments.UPDATE_ANCESTOR_COUNTS, json_list(above), visible_change, at) if above else ()
    counts = {ancestor_id: (CommentState(state), count) for ancestor_id, state, count in updated}
    (parent,) = await read(Comment, comments.UPDATE_PARENT_COUNTS, comment.parent_id, visible_change, at, listed_change)
    counts[parent.id] = parent.state, parent.descendant_count
    comment.loaded_parent = parent
    for ancestor_id in reversed(comment.ancestor_ids):
        if ancestor_id != parent.id and listed_change:
            await fetch(comments.UPDATE_LISTED_REPLY_COUNT, ancestor_id, listed_change)
        state, descendant_count = counts[ancestor_id]
        listed_change = _is_listed(state, descendant_count) - _is_listed(state, descendant_count - visible_change)
        if not listed_change:
            break
        await fetch(comments.UPDATE_IS_LISTED, ancestor_id, listed_change > 0, at)
    return listed_change


def _is_listed(state: CommentState, descendant_count: int) -> bool:
    return state is CommentState.VISIBLE or descendant_count > 0


async def update_state(
    comment: Comment,
    state: CommentState,
    at: datetime,
    *,
    is_queued: bool,
    flag_count: int,
    held_because: HoldReason | None,
) -> None:
    """Change the state of a comment, and every count that depends on the state."""
    before, was_queued = comment.state, comment.is_queued
    comment.state, comment.is_queued, comment.flag_count = state, is_queued, flag_count
    comment.held_because = held_because
    comment.is_listed = _is_listed(state, comment.descendant_count)
    if comment.is_visible and comment.published_at is None:
        comment.published_at = at
    if before is not state:
        comment.updated_at = at
    if comment.is_visible and before is not state:
        comment.active_at = at
    await Comment.filter(id=comment.id).update(**{name: getattr(comment, name) for name in _STATE_COLUMNS})
    if before is not state or was_queued != is_queued:
        await update_counts(comment, before, was_queued, at)


async def delete_engagements(delete: Statement, *person_ids: int) -> int:
    """Delete votes or reactions, subtract them from the counts of their comments, and return their number.

    Nothing is published about these comments: a pulse that lists them all at once would tell which votes were one
    person's.
    """
    engagements = await fetch(delete, *person_ids)
    by_kind: dict[str, list[int]] = {}
    for comment_id, kind in engagements:
        by_kind.setdefault(kind, []).append(comment_id)
    for kind, comment_ids in sorted(by_kind.items()):
        await fetch(erasures.DECREMENT_COUNTS[kind], json_list(sorted(comment_ids)))
    return len(engagements)
