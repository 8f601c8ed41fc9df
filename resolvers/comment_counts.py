"""How a comment's coming and going, and a mark's going, move every count that speaks of it, in the same transaction.

Counters are arithmetic in SQL. Whoever calls has locked the campaign's row, so that the comments of one campaign
come and go one after another and what is read here stays true until the commit.
"""

from collections import Counter
from datetime import datetime
from typing import Any

from models import Comment, CommentState, campaigns, comments, erasures
from models.campaigns import CommentTallies
from storage import fetch, fetch_one, json_list, read
from storage.database import Statement


async def count(comment: Comment, before: CommentState | None, was_queued: bool, at: datetime, events: int = 0) -> int:
    """Count a comment whose state was `before` (null: it is new) and is now what the row says.

    Takes numbers for so many events of the log along, and returns the last one.
    """
    seen = comment.is_visible - (before is CommentState.VISIBLE)
    tallies = Counter({_hidden_tally(comment.state): 1})
    if before is not None:
        tallies[_hidden_tally(before)] -= 1
    tallies["queued_comment_count"] = comment.is_queued - was_queued
    tallies["reply_count" if comment.parent_id else "thread_count"] = seen
    if seen:
        tallies["author_count"] = await _count_author(comment, seen, is_new=before is None)
        tallies["listed_thread_count"] = await _count_in_thread(comment, before, seen, at)
    tallies["activity_seq"] = events
    added = (tallies[name] for name in CommentTallies._fields)
    ((seq,),) = await fetch(campaigns.MOVE_COMMENTS, comment.campaign_id, at, *added)
    return int(seq)


def _hidden_tally(state: CommentState) -> str:
    return "" if state is CommentState.VISIBLE else f"{state.value.lower()}_comment_count"


async def _count_author(comment: Comment, seen: int, is_new: bool) -> int:
    """Move the author's count of visible comments; returns what that adds to the campaign's authors."""
    latest: Any = comment.created_at
    if not is_new:
        (latest,) = await fetch_one(comments.AUTHOR_LATEST, comment.author_id, comment.campaign_id) or (None,)
    row = await fetch_one(comments.AUTHOR_COUNT, comment.campaign_id, comment.author_id, seen, latest)
    visible = row[0] if row else 0
    return int(visible == 1) if seen > 0 else -int(visible == 0)


async def _count_in_thread(comment: Comment, before: CommentState | None, seen: int, at: datetime) -> int:
    """Move the counts of the ancestors; returns what is added to the campaign's listed threads.

    A comment that is not visible keeps its place while a visible one is below it. So the place of a comment, and
    then perhaps that of its parent, of its grandparent and on to the root, comes or goes with it.
    """
    listed = comment.is_listed - (before is not None and _is_listed(before, comment.descendant_count))
    if comment.parent_id is None:
        return listed
    *above, _ = comment.ancestor_ids
    moved = await fetch(comments.MOVE_ANCESTORS, json_list(above), seen, at) if above else ()
    counts = {number: (CommentState(state), count) for number, state, count in moved}
    (parent,) = await read(Comment, comments.MOVE_PARENT, comment.parent_id, seen, at, listed)
    counts[parent.id] = parent.state, parent.descendant_count
    comment.loaded_parent = parent
    for number in reversed(comment.ancestor_ids):
        if number != parent.id and listed:
            await fetch(comments.MOVE_LISTED_REPLIES, number, listed)
        state, count = counts[number]
        listed = _is_listed(state, count) - _is_listed(state, count - seen)
        if not listed:
            break
        await fetch(comments.LIST, number, listed > 0)
    return listed


def _is_listed(state: CommentState, descendant_count: int) -> bool:
    return state is CommentState.VISIBLE or descendant_count > 0


async def change_state(comment: Comment, to: CommentState, at: datetime, *, queued: bool, flags: int) -> None:
    """Put a comment in another state, with every count that depends on it."""
    before, was_queued = comment.state, comment.is_queued
    comment.state, comment.is_queued, comment.flag_count = to, queued, flags
    comment.is_listed = _is_listed(to, comment.descendant_count)
    if to is CommentState.VISIBLE and comment.published_at is None:
        comment.published_at = at
    if to is CommentState.VISIBLE and before is not to:
        comment.active_at = at
    await fetch(
        comments.CHANGE_STATE,
        comment.id,
        comment.state,
        comment.is_listed,
        comment.is_queued,
        comment.published_at,
        comment.flag_count,
        comment.active_at,
    )
    if before is not to or was_queued != queued:
        await count(comment, before, was_queued, at)


async def take_marks(take: Statement, *people: int) -> int:
    """Delete votes or reactions, and count each comment's tallies back; returns how many they were."""
    marks = await fetch(take, *people)
    by_kind: dict[str, list[int]] = {}
    for comment_id, kind in marks:
        by_kind.setdefault(kind, []).append(comment_id)
    for kind, comment_ids in sorted(by_kind.items()):
        await fetch(erasures.UNCOUNT[kind], json_list(sorted(comment_ids)))
    return len(marks)
