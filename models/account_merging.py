"""Statements that merge two accounts of one person: rows of supporter $1 move to supporter $2."""

from models.comments import CommentAuthor
from models.signatures import Signature
from storage.database import Statement
from storage.rows import columns


def _reassign(table: str, column: str = "supporter_id") -> Statement:
    return Statement(f"UPDATE {table} SET {column} = $2 WHERE {column} = $1 RETURNING id")


def _duplicates(table: str, *key: str) -> str:
    """Return the FROM clause for rows of the first person whose key the second person has a row for as well."""
    same_key = "".join(f" AND o.{column} = {table}.{column}" for column in key)
    other = f"SELECT 1 FROM {table} o WHERE o.supporter_id = $2{same_key}"
    return f"FROM {table} WHERE supporter_id = $1 AND EXISTS ({other})"


LOCK_CAMPAIGNS = Statement("SELECT id FROM campaigns WHERE id IN {ids $1} ORDER BY id {for update}")

# where both people have voted, reacted or flagged, one of the two rows goes
DELETE_DUPLICATE_VOTES = Statement(f"DELETE {_duplicates('votes', 'comment_id')} RETURNING comment_id, direction")
DELETE_DUPLICATE_REACTIONS = Statement(
    f"DELETE {_duplicates('reactions', 'comment_id', 'kind')} RETURNING comment_id, kind"
)
DELETE_DUPLICATE_ANNOUNCEMENTS = Statement(
    f"DELETE {_duplicates('announced_reactions', 'comment_id', 'kind')} RETURNING id"
)
DELETE_DUPLICATE_FLAGS = Statement(f"DELETE {_duplicates('comment_flags', 'comment_id')} RETURNING comment_id")
# a moderator's decision sets the count back to 0: flags before the decision are not in the count
DECREMENT_FLAG_COUNTS = Statement(
    "UPDATE comments SET flag_count = flag_count - 1 WHERE id IN {ids $1} AND flag_count > 1 RETURNING id"
)

_LAST_COMMENTED_AT = (
    "CASE WHEN comment_authors.last_commented_at > g.last_commented_at OR g.last_commented_at IS NULL"
    " THEN comment_authors.last_commented_at ELSE g.last_commented_at END"
)
SELECT_DUPLICATE_AUTHORS = Statement(
    f"SELECT {columns(CommentAuthor, 'g')} FROM comment_authors g JOIN comment_authors o"
    " ON o.campaign_id = g.campaign_id AND o.supporter_id = $2"
    " WHERE g.supporter_id = $1 AND g.visible_count > 0 AND o.visible_count > 0"
)
ADD_AUTHOR_COUNTS = Statement(
    f"UPDATE comment_authors SET visible_count = comment_authors.visible_count + g.visible_count,"
    f" last_commented_at = {_LAST_COMMENTED_AT} FROM comment_authors g WHERE g.supporter_id = $1"
    " AND comment_authors.supporter_id = $2 AND comment_authors.campaign_id = g.campaign_id"
    " RETURNING comment_authors.campaign_id"
)
DELETE_DUPLICATE_AUTHORS = Statement(f"DELETE {_duplicates('comment_authors', 'campaign_id')} RETURNING id")
DECREMENT_AUTHOR_COUNTS = Statement(
    "UPDATE campaigns SET author_count = author_count - 1 WHERE id IN {ids $1} RETURNING id"
)

REASSIGN_ROWS = tuple(
    _reassign(*reference)
    for reference in (
        ("comments", "author_id"),
        ("comment_authors",),
        ("votes",),
        ("reactions",),
        ("announced_reactions",),
        ("comment_flags",),
        ("moderation_actions", "moderator_id"),
        ("donations", "donor_id"),
        ("consents",),
        ("identities",),
        ("activity", "actor_id"),
    )
)

# signatures of these people that are counted for this e-mail
SELECT_COUNTED_SIGNATURES = Statement(
    f"SELECT {columns(Signature)} FROM signatures WHERE supporter_id IN {{ids $1}} AND counted_hash IN {{texts $2}}"
    " ORDER BY campaign_id"
)
REASSIGN_SIGNATURE = Statement(
    "UPDATE signatures SET supporter_id = $2, comment_id = coalesce(comment_id, $3) WHERE id = $1 RETURNING id"
)
# a signature that somebody else gave with the e-mail
MOVE_SIGNATURE = Statement("UPDATE signatures SET supporter_id = $2, comment_id = $3 WHERE id = $1 RETURNING id")
# signatures that a person gave with another e-mail count by the proven e-mail, unless another signature does already
UPDATE_EMAIL_HASHES = Statement(
    "UPDATE signatures SET email_hash = CAST($2 AS VARCHAR(64)), counted_hash ="
    " CASE WHEN counted_hash IS NULL THEN NULL ELSE CAST($2 AS VARCHAR(64)) END"
    " WHERE supporter_id = $1 AND NOT EXISTS (SELECT 1 FROM signatures k WHERE k.campaign_id = signatures.campaign_id"
    " AND k.counted_hash IN {texts $3} AND k.id <> signatures.id) RETURNING id"
)
