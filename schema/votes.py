"""Votes on a comment."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

import resolvers.viewer_lists
import resolvers.votes
from models import VoteDirection
from schema.fields import enum, field

if TYPE_CHECKING:
    from schema.comments import Comment

enum(VoteDirection, "Which way a vote goes.", may_grow=False, UP="For the comment.", DOWN="Against it.")


@strawberry.type(description="The votes on a comment.")
class VoteTally:
    up_count: int = field("Votes for it.", name="up")
    down_count: int = field("Votes against it.", name="down")
    score: int = field("Votes for it less votes against it.")
    viewer_vote: VoteDirection | None = field(resolvers.votes.viewer_vote)


@strawberry.type(description="A vote on a comment. Only the person who cast it can read it.")
class Vote:
    comment: Annotated["Comment", strawberry.lazy("schema.comments")] | None = field(resolvers.viewer_lists.comment)
    direction: VoteDirection = field("Which way the vote goes.")
    cast_at: datetime = field("When the vote was cast, or last changed its direction.")
