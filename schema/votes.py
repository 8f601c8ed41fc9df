"""Votes on a comment."""

import strawberry

import resolvers.votes
from models import VoteDirection
from schema.fields import enum, field

enum(VoteDirection, "Which way a vote goes.", UP="For the comment.", DOWN="Against it.")


@strawberry.type(description="The votes on a comment.")
class VoteTally:
    up: int = field("Votes for it.")
    down: int = field("Votes against it.")
    score: int = field("Votes for it less votes against it.")
    viewer_vote: VoteDirection | None = field(resolvers.votes.viewer_vote)
