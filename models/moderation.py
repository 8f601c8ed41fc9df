"""Moderation: the decisions of moderators and the flags of visitors, kept as an audit trail."""

from enum import StrEnum

from tortoise import fields
from tortoise.indexes import Index

from models.comments import Comment, CommentState
from models.supporters import Supporter
from storage.database import Statement
from storage.fields import EnumField, InstantField, now
from storage.keyset import Sort
from storage.rows import Names, Row, attributes


class ModerationDecision(StrEnum):
    APPROVE = "APPROVE"
    HOLD = "HOLD"
    REJECT = "REJECT"
    MARK_SPAM = "MARK_SPAM"
    RESTORE = "RESTORE"

    @property
    def state(self) -> CommentState:
        """Return the state of a comment after the decision."""
        return _STATES[self]


_STATES = {
    ModerationDecision.APPROVE: CommentState.VISIBLE,
    ModerationDecision.HOLD: CommentState.HELD,
    ModerationDecision.REJECT: CommentState.REJECTED,
    ModerationDecision.MARK_SPAM: CommentState.SPAM,
    ModerationDecision.RESTORE: CommentState.VISIBLE,
}


class ModerationActionKind(StrEnum):
    APPROVE = "APPROVE"
    HOLD = "HOLD"
    REJECT = "REJECT"
    MARK_SPAM = "MARK_SPAM"
    RESTORE = "RESTORE"
    PIN = "PIN"
    UNPIN = "UNPIN"
    LOCK = "LOCK"
    UNLOCK = "UNLOCK"
    DELETE = "DELETE"


class HoldReason(StrEnum):
    """A reason why a comment waits: the campaign's policy, or the screening question that held the comment."""

    PREMODERATED = "PREMODERATED"
    CONTACT_DETAILS = "CONTACT_DETAILS"
    MANY_LINKS = "MANY_LINKS"


class FlagReason(StrEnum):
    SPAM = "SPAM"
    ABUSE = "ABUSE"
    HATE = "HATE"
    PERSONAL_DATA = "PERSONAL_DATA"
    OFF_TOPIC = "OFF_TOPIC"
    ILLEGAL = "ILLEGAL"
    OTHER = "OTHER"


class ModerationActionSort(Sort):
    NEWEST = ("DESC", "id")


class FlagSort(Sort):
    NEWEST = ("DESC", "id")


class ModerationAction(Row):
    """A moderator's decision on a comment. Never changed afterwards."""

    id = fields.BigIntField(primary_key=True)
    comment_id: int
    comment: fields.ForeignKeyRelation[Comment] = fields.ForeignKeyField("models.Comment", db_index=False)
    moderator_id: int
    moderator: fields.ForeignKeyRelation[Supporter] = fields.ForeignKeyField("models.Supporter", db_index=False)
    action = fields.CharField(max_length=16)  # a ModerationDecision, or PIN, UNPIN, LOCK, UNLOCK, DELETE
    reason = fields.TextField(null=True)
    decided_at = InstantField(default=now)

    class Meta:
        table = "moderation_actions"
        # a comment's history in order
        indexes = (Index(fields=("comment_id", "id"), name="moderation_actions_in_order"),)

    loaded_moderator: Supporter | None = None  # set if the statement that read the row joined the moderator


class CommentFlag(Row):
    """A visitor's report of a comment to the moderators."""

    id = fields.BigIntField(primary_key=True)
    comment_id: int
    comment: fields.ForeignKeyRelation[Comment] = fields.ForeignKeyField("models.Comment", db_index=False)
    supporter_id: int
    supporter: fields.ForeignKeyRelation[Supporter] = fields.ForeignKeyField("models.Supporter", db_index=False)
    reason = EnumField(FlagReason, max_length=16)
    note = fields.TextField(null=True)
    flagged_at = InstantField(default=now)

    class Meta:
        table = "comment_flags"
        unique_together = (("comment_id", "supporter_id"),)
        # a comment's flags in order
        indexes = (Index(fields=("comment_id", "id"), name="comment_flags_in_order"),)

    loaded_supporter: Supporter | None = None  # set if the statement that read the row joined the supporter


def _with_person(model: type[Row], key: str) -> Names:
    """Return the columns of a row, and those of the supporter that its foreign key `key` names."""
    return (*attributes(model), *(f"{key}.{name}" for name in attributes(Supporter) if name != "id"))


ACTION_COLUMNS = _with_person(ModerationAction, "moderator")
FLAG_COLUMNS = _with_person(CommentFlag, "supporter")

INSERT_FLAG = Statement(
    "INSERT INTO comment_flags (comment_id, supporter_id, reason, note, flagged_at) VALUES ($1, $2, $3, $4, $5)"
    " ON CONFLICT (comment_id, supporter_id) DO NOTHING RETURNING id"
)
SELECT_FLAGGED_IDS = Statement(
    "SELECT comment_id FROM comment_flags WHERE supporter_id = $1 AND comment_id IN {ids $2}"
)
# how many comments wait: on campaign $1, or on every campaign if $1 is 0
SELECT_WAITING_COUNT = Statement("SELECT coalesce(sum(queued_comment_count), 0) FROM campaigns WHERE id = $1 OR $1 = 0")
SELECT_CAMPAIGN_IDS = Statement("SELECT DISTINCT campaign_id FROM comments WHERE id IN {ids $1}")
