"""Votes: a person has at most one on a comment. The counts are columns of the comment."""

from enum import StrEnum

from tortoise import fields
from tortoise.indexes import Index

from models.comments import Comment
from models.supporters import Supporter
from storage.database import Statement
from storage.fields import EnumField, InstantField, now
from storage.keyset import Sort
from storage.rows import Row, columns


class VoteDirection(StrEnum):
    UP = "UP"
    DOWN = "DOWN"


class VoteSort(Sort):
    NEWEST = ("DESC", "cast_at", "id")


class Vote(Row):
    id = fields.BigIntField(primary_key=True)
    comment_id: int
    comment: fields.ForeignKeyRelation[Comment] = fields.ForeignKeyField("models.Comment", db_index=False)
    supporter_id: int
    supporter: fields.ForeignKeyRelation[Supporter] = fields.ForeignKeyField("models.Supporter", db_index=False)
    direction = EnumField(VoteDirection, max_length=8)
    cast_at = InstantField(default=now)

    class Meta:
        table = "votes"
        # a viewer's own votes on a page of comments
        unique_together = (("supporter_id", "comment_id"),)
        # a person's own votes, newest first
        indexes = (Index(fields=("supporter_id", "cast_at", "id"), name="votes_of_supporter"),)


SELECT_DIRECTION = Statement("SELECT direction FROM votes WHERE supporter_id = $1 AND comment_id = $2")
UPSERT_VOTE = Statement(
    "INSERT INTO votes (supporter_id, comment_id, direction, cast_at) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (supporter_id, comment_id) DO UPDATE SET direction = $3, cast_at = $4 RETURNING id"
)
DELETE_VOTE = Statement("DELETE FROM votes WHERE supporter_id = $1 AND comment_id = $2 RETURNING id")
VOTE_COLUMNS = ("id", "campaign_id", "author_id", "state", "campaign.state", "campaign.comment_policy")
# the campaign's row is not locked, so that votes on different comments do not wait for each other
LOCK_COMMENT = Statement(
    f"SELECT {columns(Comment, 'c', VOTE_COLUMNS)} FROM comments c"
    " JOIN campaigns campaign ON campaign.id = c.campaign_id WHERE c.id = $1 {for update of c}"
)
UPDATE_COUNTS = Statement(
    "UPDATE comments SET up_count = up_count + $2, down_count = down_count + $3, score = score + $2 - $3,"
    f" engagement_count = engagement_count + $2 + $3 WHERE id = $1 RETURNING {columns(Comment)}"
)
