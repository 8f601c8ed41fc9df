"""Moderation: decisions of moderators, and flags of visitors."""

import strawberry

import resolvers.moderation
from models import FlagReason, ModerationDecision
from schema.comments import Comment
from schema.connections import Connection
from schema.fields import enum, field
from schema.mutations import mutation

enum(
    FlagReason,
    "What is wrong with a comment.",
    SPAM="It advertises something.",
    ABUSE="It insults or threatens.",
    HATE="It is hateful against a group.",
    PERSONAL_DATA="It says who or where someone is.",
    OFF_TOPIC="It has nothing to do with the campaign.",
    ILLEGAL="It breaks the law.",
    OTHER="Something else; see the note.",
)
enum(
    ModerationDecision,
    "What a moderator decides.",
    APPROVE="Show it.",
    HOLD="Hide it until a later decision.",
    REJECT="Refuse it.",
    MARK_SPAM="Refuse it as spam.",
    RESTORE="Show it again.",
)


@strawberry.type
class ModerationQuery:
    moderation_queue: Connection[Comment] | None = field(resolvers.moderation.moderation_queue)


@strawberry.type
class ModerationMutation:
    flag_comment = mutation(resolvers.moderation.flag_comment, comment=Comment)
    moderate_comment = mutation(resolvers.moderation.moderate_comment, comment=Comment)
    pin_comment = mutation(resolvers.moderation.pin_comment, comment=Comment)
    lock_thread = mutation(resolvers.moderation.lock_thread, comment=Comment)
