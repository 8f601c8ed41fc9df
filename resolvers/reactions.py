"""Reactions: adding and removing one, the groups that a comment carries, and what the viewer did to it."""

from collections.abc import Awaitable
from functools import lru_cache
from typing import Annotated

import storage
from auth.viewers import Scope
from models import ActivityKind, Comment, ReactionKind, VoteDirection, reactions
from resolvers import display_names, policies
from resolvers.activity import record_comment
from resolvers.comments import lock
from resolvers.context import Context
from resolvers.declarations import RequestedAttributes, reads, requires, shared
from resolvers.ids import IdOf

Mark = VoteDirection | ReactionKind
_KINDS = tuple(ReactionKind)
_MARKS: dict[str, Mark] = {mark.value: mark for mark in (*VoteDirection, *ReactionKind)}


class ReactionGroup:
    """The reactions of one kind on one comment."""

    __slots__ = ("comment", "count", "kind")

    def __init__(self, comment: Comment | None, kind: ReactionKind, count: int) -> None:
        self.comment = comment
        self.kind = kind
        self.count = count


@shared
@reads("id", *reactions.COLUMNS.values())
def groups(comment: Comment, context: Context, requested: RequestedAttributes = None) -> list[ReactionGroup]:
    """Every kind, zero included, in the enum's order."""
    counts = reactions.counts(comment)
    return _counted(counts) if requested is not None and "comment" not in requested else _groups(counts, comment)


def _groups(counts: tuple[int, ...], comment: Comment | None = None) -> list[ReactionGroup]:
    return [ReactionGroup(comment, kind, count) for kind, count in zip(_KINDS, counts, strict=True)]


# where nobody asks what the viewer did, comments with the same counts share their groups
_counted = lru_cache(4096)(_groups)


@reads("comment", "kind")
def viewer_has_reacted(group: ReactionGroup, context: Context) -> Awaitable[bool] | bool:
    """Whether the viewer is among those who reacted so."""
    return False if context.viewer.supporter_id is None else _has_reacted(group, context)


async def _has_reacted(group: ReactionGroup, context: Context) -> bool:
    return group.comment is not None and group.kind in await viewer_marks(group.comment, context)


async def viewer_marks(comment: Comment, context: Context) -> frozenset[Mark]:
    """The viewer's vote and reactions on a comment; those of a whole level are read in one statement."""
    if context.viewer.supporter_id is None:
        return frozenset()
    return await context.load(_marks, comment.id, context.viewer.supporter_id) or frozenset()


async def _marks(comment_ids: list[int], supporter_id: int) -> dict[int, frozenset[Mark]]:
    found: dict[int, set[Mark]] = {}
    for comment_id, mark in await storage.fetch(reactions.MARKS, supporter_id, storage.json_list(comment_ids)):
        found.setdefault(comment_id, set()).add(_MARKS[mark])
    return {comment_id: frozenset(marks) for comment_id, marks in found.items()}


@requires(Scope.REACT)
async def add_reaction(context: Context, comment_id: Annotated[int, IdOf("Comment")], kind: ReactionKind) -> Comment:
    """React to a comment: once a kind. A second time changes nothing."""
    at = context.now()
    campaign, comment = await lock(context, comment_id)
    policies.may_react(context, campaign, comment)
    if not await storage.fetch(reactions.ADD, context.supporter_id, comment_id, kind, at):
        return comment
    await display_names.appear(context, campaign)
    await record_comment(context, comment, ActivityKind.REACTED, at, context.supporter_id)
    return await _count(comment_id, kind, 1)


@requires(Scope.REACT)
async def remove_reaction(context: Context, comment_id: Annotated[int, IdOf("Comment")], kind: ReactionKind) -> Comment:
    """Take a reaction back. Where there is none, nothing changes."""
    campaign, comment = await lock(context, comment_id)
    policies.may_react(context, campaign, comment)
    if not await storage.fetch(reactions.REMOVE, context.supporter_id, comment_id, kind):
        return comment
    return await _count(comment_id, kind, -1)


async def _count(comment_id: int, kind: ReactionKind, change: int) -> Comment:
    (counted,) = await storage.read(Comment, reactions.COUNT[kind], comment_id, change)
    return counted
