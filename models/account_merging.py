"""The statements that give what one person did to another, $1 to $2, where both turn out to be the same."""

from models.comments import CommentAuthor
from models.signatures import Signature
from storage.database import Statement
from storage.rows import columns


def _given(table: str, column: str = "supporter_id") -> Statement:
    return Statement(f"UPDATE {table} SET {column} = $2 WHERE {column} = $1 RETURNING id")


def _both(table: str, *same: str) -> str:
    """Rows of the first person that the second has as well."""
    alike = "".join(f" AND o.{column} = {table}.{column}" for column in same)
    return f"FROM {table} WHERE supporter_id = $1 AND EXISTS (SELECT 1 FROM {table} o WHERE o.supporter_id = $2{alike})"


LOCK_CAMPAIGNS = Statement("SELECT id FROM campaigns WHERE id IN {ids $1} ORDER BY id {for update}")

# what both did counts once
TAKE_VOTES = Statement(f"DELETE {_both('votes', 'comment_id')} RETURNING comment_id, direction")
TAKE_REACTIONS = Statement(f"DELETE {_both('reactions', 'comment_id', 'kind')} RETURNING comment_id, kind")
TAKE_FLAGS = Statement(f"DELETE {_both('comment_flags', 'comment_id')} RETURNING comment_id")
# one that a moderator has seen since is not in the count any more
UNCOUNT_FLAGS = Statement(
    "UPDATE comments SET flag_count = flag_count - 1 WHERE id IN {ids $1} AND flag_count > 1 RETURNING id"
)

_LATER = (
    "CASE WHEN comment_authors.last_commented_at > g.last_commented_at OR g.last_commented_at IS NULL"
    " THEN comment_authors.last_commented_at ELSE g.last_commented_at END"
)
SHARED_AUTHORS = Statement(
    f"SELECT {columns(CommentAuthor, 'g')} FROM comment_authors g JOIN comment_authors o"
    " ON o.campaign_id = g.campaign_id AND o.supporter_id = $2"
    " WHERE g.supporter_id = $1 AND g.visible_count > 0 AND o.visible_count > 0"
)
ADD_AUTHORS = Statement(
    f"UPDATE comment_authors SET visible_count = comment_authors.visible_count + g.visible_count,"
    f" last_commented_at = {_LATER} FROM comment_authors g WHERE g.supporter_id = $1"
    " AND comment_authors.supporter_id = $2 AND comment_authors.campaign_id = g.campaign_id"
    " RETURNING comment_authors.campaign_id"
)
TAKE_AUTHORS = Statement(f"DELETE {_both('comment_authors', 'campaign_id')} RETURNING id")
UNCOUNT_AUTHOR = Statement("UPDATE campaigns SET author_count = author_count - 1 WHERE id IN {ids $1} RETURNING id")

GIVE = tuple(
    _given(*place)
    for place in (
        ("comments", "author_id"),
        ("comment_authors",),
        ("votes",),
        ("reactions",),
        ("comment_flags",),
        ("moderation_actions", "moderator_id"),
        ("donations", "donor_id"),
        ("consents",),
        ("identities",),
        ("activity", "actor_id"),
    )
)

# what counts at this address, of these people
COUNTED = Statement(
    f"SELECT {columns(Signature)} FROM signatures WHERE supporter_id IN {{ids $1}} AND counted_hash IN {{texts $2}}"
    " ORDER BY campaign_id"
)
SIGNED = Statement(f"SELECT {columns(Signature)} FROM signatures WHERE supporter_id = $1 ORDER BY campaign_id")
GIVE_SIGNATURE = Statement(
    "UPDATE signatures SET supporter_id = $2, comment_id = coalesce(comment_id, $3) WHERE id = $1 RETURNING id"
)
DROP_SIGNATURE = Statement("DELETE FROM signatures WHERE id = $1 RETURNING id")
UNCOUNT_SIGNATURE = Statement(
    "UPDATE signatures SET is_counted = false, counted_hash = NULL WHERE id = $1 RETURNING id"
)
# what a person gave with another address is given with the one that they proved, unless it has its place by another's
GIVE_ADDRESS = Statement(
    "UPDATE signatures SET address_hash = CAST($2 AS VARCHAR(64)), counted_hash ="
    " CASE WHEN counted_hash IS NULL THEN NULL ELSE CAST($2 AS VARCHAR(64)) END"
    " WHERE supporter_id = $1 AND NOT EXISTS (SELECT 1 FROM signatures k WHERE k.campaign_id = signatures.campaign_id"
    " AND k.counted_hash IN {texts $3} AND k.id <> signatures.id) RETURNING id"
)
# the ticker's line of a signature: whose it is, and which
GIVE_LINE = Statement(
    "UPDATE activity SET actor_id = $2, subject_id = $4 WHERE actor_id = $1 AND subject_type = 'Signature'"
    " AND subject_id = $3 RETURNING id"
)

PROVE = Statement(
    "UPDATE profiles SET email_sealed = $2, email_hash = $3, email_verified = true WHERE supporter_id = $1 RETURNING id"
)
BADGE = Statement(
    "UPDATE supporters SET badge = 'SUPPORTER' WHERE id = $1 AND badge IN ('NONE', 'FIRST_TIME') RETURNING id"
)
