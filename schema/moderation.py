"""Moderation: the queue, what only moderators see of a comment, their decisions, and flags of visitors."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

import strawberry

import resolvers.bulk_moderation
import resolvers.moderation
import resolvers.moderation_queue
import resolvers.queue_changes
from models import CommentState, FlagReason, HoldReason, ModerationActionKind, ModerationDecision, QueueSort
from resolvers.bulk_moderation import MAX_DECISIONS, CommentTarget
from resolvers.comment_queries import CommentQuery
from schema.arguments import input_for
from schema.comments import Comment
from schema.connections import Connection, Stream
from schema.fields import enum, field, subscription
from schema.mutations import mutation
from schema.supporters import Supporter

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


enum(
    ModerationActionKind,
    "What a moderator did with a comment.",
    APPROVE="Showed it.",
    HOLD="Hid it until a later decision.",
    REJECT="Refused it.",
    MARK_SPAM="Refused it as spam.",
    RESTORE="Showed it again.",
    PIN="Pinned it.",
    UNPIN="Removed the pin.",
    LOCK="Closed its thread.",
    UNLOCK="Opened its thread again.",
    DELETE="Deleted it.",
)
enum(
    HoldReason,
    "Why a comment waits for a moderator.",
    PREMODERATED="Every comment of the campaign is read before it appears.",
    CONTACT_DETAILS="It holds an e-mail address or a telephone number.",
    MANY_LINKS="It has many links.",
)
enum(
    QueueSort,
    "The order of the moderators' queue.",
    OLDEST="The oldest first.",
    NEWEST="The newest first.",
    MOST_FLAGGED="Those with most flags since the last decision first. Ties go to the newest.",
)


@strawberry.type(description="A visitor's report of a comment to the moderators.")
class CommentFlag:
    reason: FlagReason = field("What is wrong with the comment.")
    note: str | None = field("What the visitor wrote to the moderators.")
    flagged_at: datetime = field("When the comment was flagged.")
    supporter: Supporter | None = field(resolvers.moderation.supporter)


@strawberry.type(description="A moderator's decision on a comment.")
class ModerationAction:
    action: ModerationActionKind = field(resolvers.moderation.action)
    reason: str | None = field("Why, for the record; visitors do not see it.")
    decided_at: datetime = field("When the moderator decided.")
    moderator: Supporter | None = field(resolvers.moderation.moderator)


@strawberry.type(description="The part of a comment that only moderators see.")
class CommentModeration:
    held_because: HoldReason | None = field(
        "Why the comment waits; null if it does not wait, or waits because a moderator decided so."
    )
    flag_count: int = field("The number of flags since the last decision.")
    flags: Stream[CommentFlag] | None = field(resolvers.moderation.flags)
    decisions: Stream[ModerationAction] | None = field(resolvers.moderation.decisions)


@strawberry.type(description="A change of the moderators' queue.")
class ModerationQueueChange:
    as_of: datetime = field("When the queue was read.")
    waiting: int = field("The number of comments in the queue now.")
    comments: list[Comment] = field(resolvers.queue_changes.comments)
    has_gap: bool = field("Whether changes are missing before this message: ask for the queue again.")


@input_for(CommentQuery)
@strawberry.input(
    description="A query for comments to decide on. All filters hold together. Deleted comments, and comments that the"
    " decision would leave as they are, are not found."
)
class CommentQueryInput:
    campaign_id: strawberry.ID | None = strawberry.field(
        description="Only this campaign's; every campaign's if null.", default=strawberry.UNSET
    )
    states: list[CommentState] | None = strawberry.field(
        description="Only comments in these states; null: what waits, and what was flagged.", default=strawberry.UNSET
    )
    author_id: strawberry.ID | None = strawberry.field(
        description="Only this person's comments.", default=strawberry.UNSET
    )
    held_because: list[HoldReason] | None = strawberry.field(
        description="Only comments that wait for one of these reasons.", default=strawberry.UNSET
    )
    posted_after: datetime | None = strawberry.field(
        description="Only comments posted after this time.", default=strawberry.UNSET
    )
    posted_before: datetime | None = strawberry.field(
        description="Only comments posted before this time.", default=strawberry.UNSET
    )


@input_for(CommentTarget)
@strawberry.input(description="The comments to decide on: give exactly one of the fields.", one_of=True)
class CommentTargetInput:
    ids: list[strawberry.ID] | None = strawberry.field(
        description="The ids of comments, at most 100. If one of them can not be moderated, the call is refused.",
        default=strawberry.UNSET,
    )
    query: CommentQueryInput | None = strawberry.field(
        description="A query that finds the comments.", default=strawberry.UNSET
    )


@strawberry.type
class ModerationQuery:
    moderation_queue: Connection[Comment] | None = field(resolvers.moderation_queue.moderation_queue)


@strawberry.type
class ModerationMutation:
    flag_comment = mutation(resolvers.moderation.flag_comment, comment=Comment)
    moderate_comment = mutation(resolvers.moderation.moderate_comment, comment=Comment)
    moderate_comments = mutation(
        resolvers.bulk_moderation.moderate_comments,
        comments=Annotated[
            list[Comment], "The comments that were decided on, or with `dryRun` would be.", MAX_DECISIONS
        ],
        matched_count=Annotated[int, "The number of comments that were named or found; 1,000 if there are more."],
        has_more=Annotated[bool, "Whether the query finds more comments than `comments` has: call again."],
    )
    pin_comment = mutation(resolvers.moderation.pin_comment, comment=Comment)
    lock_thread = mutation(resolvers.moderation.lock_thread, comment=Comment)


@strawberry.type
class ModerationSubscription:
    moderation_queue: AsyncIterator[ModerationQueueChange] = subscription(resolvers.queue_changes.moderation_queue)
