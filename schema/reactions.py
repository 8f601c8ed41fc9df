"""Reactions to a comment."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

import resolvers.reactions
import resolvers.viewer_lists
from models import ReactionKind
from schema.fields import enum, field

if TYPE_CHECKING:
    from schema.comments import Comment

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


@strawberry.type(description="A reaction to a comment. Only the person who reacted can read it by itself.")
class Reaction:
    comment: Annotated["Comment", strawberry.lazy("schema.comments")] | None = field(resolvers.viewer_lists.comment)
    kind: ReactionKind = field("Which kind.")
    reacted_at: datetime = field("When the person reacted.")
