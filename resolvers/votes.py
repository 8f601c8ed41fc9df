"""Votes: casting one, changing it, taking it back, and the tally that a comment carries."""

from collections.abc import Awaitable
from typing import Annotated

import models
from models import Campaign, Comment, VoteDirection, votes
from resolvers import policies
from resolvers.auth import Scope
from resolvers.context import Context
from resolvers.ids import Of
from resolvers.needs import needs, reads
from resolvers.reactions import viewer_marks
from resolvers.refusals import not_found


@reads("id", "up_count", "down_count", "score")
def tally(comment: Comment) -> Comment:
    """The votes on it."""
    return comment


def viewer_vote(comment: Comment, context: Context) -> Awaitable[VoteDirection | None] | None:
    """The viewer's own vote; null for none."""
    return None if context.viewer.supporter_id is None else _own_vote(comment, context)


async def _own_vote(comment: Comment, context: Context) -> VoteDirection | None:
    marks = await viewer_marks(comment, context)
    return next((mark for mark in marks if isinstance(mark, VoteDirection)), None)


@needs(Scope.REACT)
async def cast_vote(
    context: Context,
    comment_id: Annotated[int, Of("Comment")],
    direction: Annotated[VoteDirection | None, "Up or down; null takes the vote back."] = None,
) -> Comment:
    """Vote on a comment: one vote a person, and the last one counts."""
    comment = await lock_comment(context, comment_id, policies.may_vote)
    found = await models.fetch_one(votes.BY_VOTER, context.supporter_id, comment_id)
    before = VoteDirection(found[0]) if found else None
    if before is direction:
        return comment
    if direction is None:
        await models.fetch(votes.TAKE_BACK, context.supporter_id, comment_id)
    else:
        await models.fetch(votes.CAST, context.supporter_id, comment_id, direction, context.now())
    up = (direction is VoteDirection.UP) - (before is VoteDirection.UP)
    down = (direction is VoteDirection.DOWN) - (before is VoteDirection.DOWN)
    (counted,) = await models.read(Comment, votes.COUNT, comment_id, up, down)
    return counted


async def lock_comment(context: Context, comment_id: int, question: policies.Question) -> Comment:
    """A comment whose tallies are to change; its campaign's row is only read, so that voters don't queue for it."""
    comment = await models.read_one(Comment, models.comments.FOR_UPDATE, comment_id)
    if comment is None:
        raise not_found("comment", "commentId")
    campaign = await models.read_one(Campaign, models.campaigns.BY_ID, comment.campaign_id)
    question(context, policies.may_see_campaign(context, campaign, "commentId"), comment)
    return comment
