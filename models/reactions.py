"""Reactions: a person has at most one of each kind on a comment. The counts are columns of the comment."""

from enum import StrEnum
from operator import attrgetter

from tortoise import fields
from tortoise.indexes import Index

from models.comments import Comment
from models.supporters import Supporter
from storage.database import Statement
from storage.fields import EnumField, InstantField, now
from storage.keyset import Sort
from storage.rows import Row, columns


class ReactionKind(StrEnum):
    SOLIDARITY = "SOLIDARITY"
    HEART = "HEART"
    APPLAUSE = "APPLAUSE"
    CANDLE = "CANDLE"
    OUTRAGE = "OUTRAGE"


COUNT_COLUMNS = {kind: f"{kind.value.lower()}_count" for kind in ReactionKind}
reaction_counts = attrgetter(*COUNT_COLUMNS.values())
"""Return a comment's count of each kind, in the enum's order."""


class ReactionSort(Sort):
    NEWEST = ("DESC", "reacted_at", "id")


class Reaction(Row):
    id = fields.BigIntField(primary_key=True)
    comment_id: int
    comment: fields.ForeignKeyRelation[Comment] = fields.ForeignKeyField("models.Comment", db_index=False)
    supporter_id: int
    supporter: fields.ForeignKeyRelation[Supporter] = fields.ForeignKeyField("models.Supporter", db_index=False)
    kind = EnumField(ReactionKind, max_length=16)
    reacted_at = InstantField(default=now)

    class Meta:
        table = "reactions"
        # a viewer's own reactions on a page of comments
        unique_together = (("supporter_id", "comment_id", "kind"),)
        # a person's own reactions, newest first
        indexes = (Index(fields=("supporter_id", "reacted_at", "id"), name="reactions_of_supporter"),)


class AnnouncedReaction(Row):
    """A reaction that the ticker has told of, taken back since or not: the ticker tells of it once.

    Nobody reads this but `add_reaction`. The row is deleted with the person.
    """

    id = fields.BigIntField(primary_key=True)
    supporter_id: int
    supporter: fields.ForeignKeyRelation[Supporter] = fields.ForeignKeyField("models.Supporter", db_index=False)
    comment_id: int
    comment: fields.ForeignKeyRelation[Comment] = fields.ForeignKeyField("models.Comment", db_index=False)
    kind = EnumField(ReactionKind, max_length=16)

    class Meta:
        table = "announced_reactions"
        unique_together = (("supporter_id", "comment_id", "kind"),)


INSERT_ANNOUNCED_REACTION = Statement(
    "INSERT INTO announced_reactions (supporter_id, comment_id, kind) VALUES ($1, $2, $3)"
    " ON CONFLICT (supporter_id, comment_id, kind) DO NOTHING RETURNING id"
)
INSERT_REACTION = Statement(
    "INSERT INTO reactions (supporter_id, comment_id, kind, reacted_at) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (supporter_id, comment_id, kind) DO NOTHING RETURNING id"
)
DELETE_REACTION = Statement(
    "DELETE FROM reactions WHERE supporter_id = $1 AND comment_id = $2 AND kind = $3 RETURNING id"
)
UPDATE_COUNTS = {
    kind: Statement(
        f"UPDATE comments SET {column} = {column} + $2, reaction_count = reaction_count + $2,"
        f" engagement_count = engagement_count + $2 WHERE id = $1 RETURNING {columns(Comment)}"
    )
    for kind, column in COUNT_COLUMNS.items()
}

# the votes and reactions of one viewer on a page of comments
SELECT_ENGAGEMENTS = Statement(
    "SELECT comment_id, direction AS engagement FROM votes WHERE supporter_id = $1 AND comment_id IN {ids $2}"
    " UNION ALL SELECT comment_id, kind FROM reactions WHERE supporter_id = $1 AND comment_id IN {ids $2}"
)
