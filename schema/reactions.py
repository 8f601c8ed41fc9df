"""Reactions to a comment."""

import strawberry

import resolvers.reactions
from models import ReactionKind
from schema.fields import enum, field

enum(
    ReactionKind,
    "How one can react to a comment.",
    SOLIDARITY="I stand with you.",
    HEART="I feel with you.",
    APPLAUSE="Well said, well done.",
    CANDLE="I am thinking of them.",
    OUTRAGE="This must not stand.",
)


@strawberry.type(description="The reactions of one kind on a comment.")
class ReactionGroup:
    kind: ReactionKind = field("Which kind.")
    count: int = field("How many people reacted so.")
    viewer_has_reacted: bool = field(resolvers.reactions.viewer_has_reacted)
