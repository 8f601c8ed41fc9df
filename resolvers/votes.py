"""Votes: casting one, changing it, taking it back, and the tally that a comment carries."""

from collections.abc import Awaitable
from typing import Annotated

import storage
from auth.viewers import Scope
from models import Comment, VoteDirection, votes
from refusals import not_found
from resolvers import policies
from resolvers.comments import reread
from resolvers.context import Context
from resolvers.declarations import reads, requires
from resolvers.ids import IdOf
from resolvers.reactions import viewer_marks

_CAST = "_cast"
"""Where a comment keeps the vote that the viewer has just cast, so that it need not be looked for."""


@reads("id", "up_count", "down_count", "score")
def tally(comment: Comment) -> Comment:
    """The votes on it."""
    return comment


def viewer_vote(comment: Comment, context: Context) -> Awaitable[VoteDirection | None] | VoteDirection | None:
    """The viewer's own vote; null for none."""
    if context.viewer.supporter_id is None:
        return None
    return comment.__dict__.get(_CAST) or _own_vote(comment, context)


async def _own_vote(comment: Comment, context: Context) -> VoteDirection | None:
    marks = await viewer_marks(comment, context)
    return next((mark for mark in marks if isinstance(mark, VoteDirection)), None)


@requires(Scope.REACT)
async def cast_vote(
    context: Context,
    comment_id: Annotated[int, IdOf("Comment")],
    direction: Annotated[VoteDirection | None, "Up or down; null takes the vote back."] = None,
) -> Comment:
    """Vote on a comment: one vote a person, and the last one counts."""
    comment = await _lock(context, comment_id)
    found = await storage.fetch_one(votes.BY_VOTER, context.supporter_id, comment_id)
    before = VoteDirection(found[0]) if found else None
    if before is direction:
        return await reread(comment)
    if direction is None:
        await storage.fetch(votes.TAKE_BACK, context.supporter_id, comment_id)
    else:
        await storage.fetch(votes.CAST, context.supporter_id, comment_id, direction, context.now())
    up = (direction is VoteDirection.UP) - (before is VoteDirection.UP)
    down = (direction is VoteDirection.DOWN) - (before is VoteDirection.DOWN)
    (counted,) = await storage.read(Comment, votes.COUNT, comment_id, up, down)
    counted.__dict__[_CAST] = direction
    return counted


async def _lock(context: Context, comment_id: int) -> Comment:
    """A comment whose tally is to change, for a viewer who may vote on it."""
    comment = await storage.read_one(Comment, votes.TO_VOTE, comment_id, names=votes.VOTED)
    if comment is None:
        raise not_found("comment", "commentId")
    policies.may_vote(context, policies.may_see_campaign(context, comment.loaded_campaign, "commentId"), comment)
    return comment
