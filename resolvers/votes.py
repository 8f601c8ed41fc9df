"""Votes: cast, change and retract a vote, and the counts of a comment."""

from collections.abc import Awaitable
from typing import Annotated

import models
import storage
from auth.viewers import Scope
from models import Comment, VoteDirection
from refusals import not_found
from resolvers import changes, policies
from resolvers.comments import reread
from resolvers.context import Context
from resolvers.declarations import reads, requires
from resolvers.ids import IdOf
from resolvers.reactions import viewer_engagements

_CAST_VOTE = "_cast_vote"
"""The attribute of a comment that holds the vote that the viewer has just cast, so that no query looks it up."""


@reads("id", "up_count", "down_count", "score")
def votes(comment: Comment) -> Comment:
    """The votes on the comment."""
    return comment


def viewer_vote(comment: Comment, context: Context) -> Awaitable[VoteDirection | None] | VoteDirection | None:
    """The viewer's own vote; null for none."""
    if context.viewer.supporter_id is None:
        return None
    return comment.__dict__.get(_CAST_VOTE) or _own_vote(comment, context)


async def _own_vote(comment: Comment, context: Context) -> VoteDirection | None:
    engagements = await viewer_engagements(comment, context)
    return next((item for item in engagements if isinstance(item, VoteDirection)), None)


@requires(Scope.REACT)
async def cast_vote(
    context: Context,
    comment_id: Annotated[int, IdOf("Comment")],
    direction: Annotated[VoteDirection, "Up or down."],
) -> Comment:
    """Vote on a comment: one vote a person, and the last one counts. `retractVote` takes the vote back."""
    return await _replace_vote(context, comment_id, direction)


@requires(Scope.REACT)
async def retract_vote(context: Context, comment_id: Annotated[int, IdOf("Comment")]) -> Comment:
    """Take the viewer's vote on a comment back. Without a vote, nothing changes."""
    return await _replace_vote(context, comment_id, None)


async def _replace_vote(context: Context, comment_id: int, direction: VoteDirection | None) -> Comment:
    """Store the viewer's vote in place of an earlier one, or delete the vote if `direction` is None."""
    comment = await _lock(context, comment_id)
    row = await storage.fetch_one(models.votes.SELECT_DIRECTION, context.supporter_id, comment_id)
    before = VoteDirection(row[0]) if row else None
    if before is direction:
        return await reread(comment)
    if direction is None:
        await storage.fetch(models.votes.DELETE_VOTE, context.supporter_id, comment_id)
    else:
        await storage.fetch(models.votes.UPSERT_VOTE, context.supporter_id, comment_id, direction, context.now())
    up = (direction is VoteDirection.UP) - (before is VoteDirection.UP)
    down = (direction is VoteDirection.DOWN) - (before is VoteDirection.DOWN)
    (comment,) = await storage.read(Comment, models.votes.UPDATE_COUNTS, comment_id, up, down)
    changes.publish(context, comment.campaign_id, comment.id)
    comment.__dict__[_CAST_VOTE] = direction
    return comment


async def _lock(context: Context, comment_id: int) -> Comment:
    """Lock a comment that the viewer may vote on, and return it."""
    names = models.votes.VOTE_COLUMNS
    comment = await storage.read_one(Comment, models.votes.LOCK_COMMENT, comment_id, names=names)
    if comment is None:
        raise not_found("comment", "commentId")
    campaign = policies.check_view_campaign(context, comment.loaded_campaign, "commentId")
    policies.check_vote(context, campaign, comment)
    return comment
