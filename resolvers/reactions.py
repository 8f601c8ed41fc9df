"""Reactions: adding and removing one, the counts of a comment, and the viewer's own votes and reactions."""

from collections.abc import Awaitable
from functools import lru_cache
from typing import Annotated

import models
import storage
from auth.viewers import Scope
from models import ActivityKind, Comment, ReactionKind, VoteDirection
from resolvers import changes, display_names, policies
from resolvers.activity import clear_reaction, record_comment
from resolvers.comments import lock
from resolvers.context import Context
from resolvers.declarations import RequestedAttributes, list_size, reads, requires, shared
from resolvers.ids import IdOf

Engagement = VoteDirection | ReactionKind
_KINDS = tuple(ReactionKind)
_ENGAGEMENTS: dict[str, Engagement] = {member.value: member for member in (*VoteDirection, *ReactionKind)}


class ReactionGroup:
    """The reactions of one kind on one comment."""

    __slots__ = ("comment", "count", "kind")

    def __init__(self, comment: Comment | None, kind: ReactionKind, count: int) -> None:
        self.comment = comment
        self.kind = kind
        self.count = count


@list_size(len(ReactionKind))
@shared
@reads("id", *models.reactions.COUNT_COLUMNS.values())
def reactions(comment: Comment, context: Context, requested: RequestedAttributes = None) -> list[ReactionGroup]:
    """Every kind, zero included, in the enum's order."""
    counts = models.reactions.reaction_counts(comment)
    return _shared_groups(counts) if requested is not None and "comment" not in requested else _groups(counts, comment)


def _groups(counts: tuple[int, ...], comment: Comment | None = None) -> list[ReactionGroup]:
    return [ReactionGroup(comment, kind, count) for kind, count in zip(_KINDS, counts, strict=True)]


# without `viewerHasReacted` in the query, comments with the same counts share their groups
_shared_groups = lru_cache(4096)(_groups)


@reads("comment", "kind")
def viewer_has_reacted(group: ReactionGroup, context: Context) -> Awaitable[bool] | bool:
    """True if the viewer has reacted with this kind."""
    return False if context.viewer.supporter_id is None else _has_reacted(group, context)


async def _has_reacted(group: ReactionGroup, context: Context) -> bool:
    return group.comment is not None and group.kind in await viewer_engagements(group.comment, context)


async def viewer_engagements(comment: Comment, context: Context) -> frozenset[Engagement]:
    """Return the viewer's vote and reactions on a comment; batched, one statement for all comments of a level."""
    if context.viewer.supporter_id is None:
        return frozenset()
    return await context.load(_load_engagements, comment.id, context.viewer.supporter_id) or frozenset()


async def _load_engagements(comment_ids: list[int], supporter_id: int) -> dict[int, frozenset[Engagement]]:
    by_comment: dict[int, set[Engagement]] = {}
    statement, ids = models.reactions.SELECT_ENGAGEMENTS, storage.json_list(comment_ids)
    for comment_id, engagement in await storage.fetch(statement, supporter_id, ids):
        by_comment.setdefault(comment_id, set()).add(_ENGAGEMENTS[engagement])
    return {comment_id: frozenset(engagements) for comment_id, engagements in by_comment.items()}


@requires(Scope.REACT)
async def add_reaction(context: Context, comment_id: Annotated[int, IdOf("Comment")], kind: ReactionKind) -> Comment:
    """React to a comment, once with each kind. A second time changes nothing.

    The ticker tells once of a person's reaction of a kind, also if it is removed and added again.
    """
    at = context.now()
    campaign, comment = await lock(context, comment_id)
    policies.check_react(context, campaign, comment)
    if not await storage.fetch(models.reactions.INSERT_REACTION, context.supporter_id, comment_id, kind, at):
        return comment
    await display_names.apply_ceiling(context, campaign)
    if await storage.fetch(models.reactions.INSERT_ANNOUNCED_REACTION, context.supporter_id, comment_id, kind):
        detail = {"reaction": kind.value}
        await record_comment(context, comment, ActivityKind.REACTED, at, context.supporter_id, detail=detail)
    else:
        changes.publish(context, campaign.id, comment_id)
    return await _update_counts(comment_id, kind, 1)


@requires(Scope.REACT)
async def remove_reaction(context: Context, comment_id: Annotated[int, IdOf("Comment")], kind: ReactionKind) -> Comment:
    """Remove a reaction. Where there is none, nothing changes."""
    campaign, comment = await lock(context, comment_id)
    policies.check_react(context, campaign, comment)
    if not await storage.fetch(models.reactions.DELETE_REACTION, context.supporter_id, comment_id, kind):
        return comment
    await clear_reaction(context.supporter_id, comment_id, kind)
    changes.publish(context, campaign.id, comment_id)
    return await _update_counts(comment_id, kind, -1)


async def _update_counts(comment_id: int, kind: ReactionKind, change: int) -> Comment:
    (comment,) = await storage.read(Comment, models.reactions.UPDATE_COUNTS[kind], comment_id, change)
    return comment
