"""What is left of a person who was erased: a receipt. And the statements that take everything else of them away."""

from tortoise import fields

from models.comments import Comment
from models.reactions import COLUMNS
from models.signatures import Signature
from models.supporters import Supporter
from storage.database import Statement
from storage.fields import InstantField, now
from storage.rows import Row, columns


class Erasure(Row):
    """The receipt: how many of what was touched, and nothing that names anyone."""

    id = fields.BigIntField(primary_key=True)
    supporter_id = fields.BigIntField(unique=True)  # no row has this number any more; a retry finds the receipt by it
    erased_at = InstantField(default=now)
    erased_by = fields.CharField(max_length=64, null=True)  # `Context.actor`; null: the person
    signatures = fields.IntField(default=0)
    comments = fields.IntField(default=0)
    reactions = fields.IntField(default=0)
    votes = fields.IntField(default=0)
    donations = fields.IntField(default=0)

    class Meta:
        table = "erasures"


OF_PERSON = Statement(f"SELECT {columns(Erasure)} FROM erasures WHERE supporter_id = $1")
# rows that refer to the person wait until the person is gone, and are then refused
LOCK = Statement(f"SELECT {columns(Supporter)} FROM supporters WHERE id = $1 {{for update}}")
# wherever anything of the person is seen or counted, the log included
CAMPAIGNS = Statement(
    "SELECT campaign_id FROM signatures WHERE supporter_id = $1"
    " UNION SELECT campaign_id FROM comments WHERE author_id = $1"
    " UNION SELECT campaign_id FROM donations WHERE donor_id = $1"
    " UNION SELECT campaign_id FROM activity WHERE actor_id = $1"
    " UNION SELECT c.campaign_id FROM reactions r JOIN comments c ON c.id = r.comment_id WHERE r.supporter_id = $1"
    " ORDER BY campaign_id"
)

TAKE_VOTES = Statement("DELETE FROM votes WHERE supporter_id = $1 RETURNING comment_id, direction")
TAKE_REACTIONS = Statement("DELETE FROM reactions WHERE supporter_id = $1 RETURNING comment_id, kind")
# one person has one vote and one reaction of a kind on a comment: each comment of a list loses one
UNCOUNT: dict[str, Statement] = {
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
        for kind, column in COLUMNS.items()
    },
}

COMMENT_IDS = Statement("SELECT id FROM comments WHERE author_id = $1 AND campaign_id = $2 ORDER BY id")
COMMENTS = Statement(f"SELECT {columns(Comment)} FROM comments WHERE id IN {{ids $1}} ORDER BY id {{for update}}")
FORGET_EDITS = Statement("DELETE FROM comment_edits WHERE comment_id IN {ids $1} RETURNING id")
# what moderators and others wrote of the person's comments
FORGET_REASONS = Statement("UPDATE moderation_actions SET reason = NULL WHERE comment_id IN {ids $1} RETURNING id")
FORGET_NOTES = Statement("UPDATE comment_flags SET note = NULL WHERE comment_id IN {ids $1} RETURNING id")
FORGET_OWN_NOTES = Statement("UPDATE comment_flags SET note = NULL WHERE supporter_id = $1 RETURNING id")
UNLINK_DONATIONS = Statement("UPDATE donations SET donor_id = NULL WHERE donor_id = $1 RETURNING id")
UNLINK_ACTIVITY = Statement("UPDATE activity SET actor_id = NULL WHERE actor_id = $1 RETURNING id")

# what must belong to someone belongs to nobody afterwards
LEFT = {
    "comments": "author_id",
    "comment_authors": "supporter_id",
    "comment_flags": "supporter_id",
    "moderation_actions": "moderator_id",
    "api_keys": "supporter_id",
}
LEAVES = Statement(
    " UNION ALL ".join(f"SELECT 1 FROM {table} WHERE {column} = $1" for table, column in LEFT.items()) + " LIMIT 1"
)
LEAVE = tuple(
    Statement(f"UPDATE {table} SET {column} = $2 WHERE {column} = $1 RETURNING id") for table, column in LEFT.items()
)
FORGET_AUTHOR = Statement("DELETE FROM comment_authors WHERE supporter_id = $1 AND visible_count = 0 RETURNING id")
HAS_GOOD_KEY = Statement(
    "SELECT 1 FROM api_keys WHERE supporter_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)"
)
NAME_KEYS = Statement("UPDATE api_keys SET name = $2 WHERE supporter_id = $1 RETURNING id")

# nothing of the person stays with a signature, not even when they were asked to confirm it
UNSIGN = Statement(
    "UPDATE signatures SET state = $2, supporter_id = NULL, country = NULL, comment_id = NULL, address_hash = NULL,"
    " counted_hash = NULL, decided_at = NULL, remind_at = NULL, reminder_count = 0 WHERE id = $1 RETURNING id"
)
FORGET_SIGNATURE = Statement("DELETE FROM signatures WHERE id = $1 RETURNING id")  # one that is in no count
SIGNATURES = Statement(f"SELECT {columns(Signature)} FROM signatures WHERE supporter_id = $1")
FORGET_CODES = Statement("DELETE FROM sign_in_codes WHERE address_hash IN {texts $1} RETURNING id")
FORGET_ASKED = Statement("DELETE FROM asked_addresses WHERE address_hash IN {texts $1} RETURNING id")
# what another issuer calls the person; that tokens of before are refused is known by its keyed hash alone
FORGET_SUBJECTS = Statement(
    "UPDATE identities SET subject_sealed = $2, digest = '' WHERE supporter_id = $1 RETURNING id"
)
# the profile, consents and sessions go with their person: ON DELETE CASCADE
ERASE = Statement("DELETE FROM supporters WHERE id = $1 RETURNING id")
