"""Receipts of erasures, and the statements that delete or anonymise the rows of a person."""

from tortoise import fields

from models.comments import Comment
from models.reactions import COUNT_COLUMNS
from models.supporters import Supporter
from storage.database import Statement
from storage.fields import InstantField, now
from storage.rows import Row, columns


class Erasure(Row):
    """A receipt: the number of rows of each kind that were touched, without any name."""

    id = fields.BigIntField(primary_key=True)
    supporter_id = fields.BigIntField(unique=True)  # refers to no row any more; a retry finds the receipt by it
    erased_at = InstantField(default=now)
    erased_by = fields.CharField(max_length=64, null=True)  # `Context.actor`; null: the person
    signatures = fields.IntField(default=0)
    comments = fields.IntField(default=0)
    reactions = fields.IntField(default=0)
    votes = fields.IntField(default=0)
    donations = fields.IntField(default=0)

    class Meta:
        table = "erasures"


# waits for writes of rows that refer to the person, and makes later ones wait and then fail
LOCK_SUPPORTER = Statement(f"SELECT {columns(Supporter)} FROM supporters WHERE id = $1 {{for update}}")
# campaigns where anything of the person is shown or counted, the activity log included
SELECT_CAMPAIGNS = Statement(
    "SELECT campaign_id FROM signatures WHERE supporter_id = $1"
    " UNION SELECT campaign_id FROM comments WHERE author_id = $1"
    " UNION SELECT campaign_id FROM donations WHERE donor_id = $1"
    " UNION SELECT campaign_id FROM activity WHERE actor_id = $1"
    " UNION SELECT c.campaign_id FROM reactions r JOIN comments c ON c.id = r.comment_id WHERE r.supporter_id = $1"
    " ORDER BY campaign_id"
)

DELETE_VOTES = Statement("DELETE FROM votes WHERE supporter_id = $1 RETURNING comment_id, direction")
DELETE_REACTIONS = Statement("DELETE FROM reactions WHERE supporter_id = $1 RETURNING comment_id, kind")
# a person has one vote and one reaction of a kind on a comment: each comment of the list loses one
DECREMENT_COUNTS: dict[str, Statement] = {
    "UP": Statement(
        "UPDATE comments SET up_count = up_count - 1, score = score - 1, engagement_count = engagement_count - 1"
        " WHERE id IN {ids $1} RETURNING id"
    ),
    "DOWN": Statement(
        "UPDATE comments SET down_count = down_count - 1, score = score + 1, engagement_count = engagement_count - 1"
        " WHERE id IN {ids $1} RETURNING id"
    ),
    **{
        kind: Statement(
            f"UPDATE comments SET {column} = {column} - 1, reaction_count = reaction_count - 1,"
            " engagement_count = engagement_count - 1 WHERE id IN {ids $1} RETURNING id"
        )
        for kind, column in COUNT_COLUMNS.items()
    },
}

LOCK_COMMENTS = Statement(f"SELECT {columns(Comment)} FROM comments WHERE id IN {{ids $1}} ORDER BY id {{for update}}")

# rows that must refer to some person; after an erasure they refer to a new supporter without a name
ANONYMISED = {
    "comments": "author_id",
    "comment_authors": "supporter_id",
    "comment_flags": "supporter_id",
    "moderation_actions": "moderator_id",
    "api_keys": "supporter_id",
}
SELECT_ANY_ANONYMISED = Statement(
    " UNION ALL ".join(f"SELECT 1 FROM {table} WHERE {column} = $1" for table, column in ANONYMISED.items())
    + " LIMIT 1"
)
REASSIGN_ANONYMISED = tuple(
    Statement(f"UPDATE {table} SET {column} = $2 WHERE {column} = $1 RETURNING id")
    for table, column in ANONYMISED.items()
    if table != "comments"
)
# a visible comment changes, since it has another author; a changed tombstone would tell whose comment it was
REASSIGN_COMMENTS = Statement(
    "UPDATE comments SET author_id = $2, updated_at = CASE WHEN state = 'VISIBLE' THEN $3 ELSE updated_at END"
    " WHERE author_id = $1 RETURNING id"
)
