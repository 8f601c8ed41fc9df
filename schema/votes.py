"""Votes on a comment."""

import strawberry

import resolvers.votes
from models import VoteDirection
from schema.fields import enum, field

enum(VoteDirection, "Which way a vote goes.", may_grow=False, UP="For the comment.", DOWN="Against it.")


@strawberry.type(description="The votes on a comment.")
class VoteTally:
    up_count: int = field("Votes for it.", name="up")
    down_count: int = field("Votes against it.", name="down")
    score: int = field("Votes for it less votes against it.")
    viewer_vote: VoteDirection | None = field(resolvers.votes.viewer_vote)
