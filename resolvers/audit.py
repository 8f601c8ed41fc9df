"""The recount: every kept number against the rows that it speaks of."""

from models import database, fetch
from models.database import Statement

# What the campaign's row says, and what its rows add up to; a line that differs is drift.
_CAMPAIGNS = {
    "direct_signature_count": "SELECT count(*) FROM signatures x WHERE x.campaign_id = c.id AND x.state = 'CONFIRMED'",
    "pending_signature_count": "SELECT count(*) FROM signatures x WHERE x.campaign_id = c.id AND x.state = 'PENDING'",
    "withdrawn_signature_count": "SELECT count(*) FROM signatures x"
    " WHERE x.campaign_id = c.id AND x.state = 'WITHDRAWN'",
    "partner_signature_count": "SELECT coalesce(sum(x.signatures), 0) FROM campaign_partners x"
    " WHERE x.campaign_id = c.id",
    "supporter_count": "SELECT c.direct_signature_count + c.partner_signature_count + c.offline_signature_count",
    "thread_count": "SELECT count(*) FROM comments x"
    " WHERE x.campaign_id = c.id AND x.parent_id IS NULL AND x.state = 'VISIBLE'",
    "reply_count": "SELECT count(*) FROM comments x"
    " WHERE x.campaign_id = c.id AND x.parent_id IS NOT NULL AND x.state = 'VISIBLE'",
    "author_count": "SELECT count(DISTINCT x.author_id) FROM comments x"
    " WHERE x.campaign_id = c.id AND x.state = 'VISIBLE'",
    "listed_thread_count": "SELECT count(*) FROM comments x"
    " WHERE x.campaign_id = c.id AND x.parent_id IS NULL AND x.is_listed = true",
    "queued_comment_count": "SELECT count(*) FROM comments x WHERE x.campaign_id = c.id AND x.is_queued = true",
    "update_count": "SELECT count(*) FROM campaign_updates x WHERE x.campaign_id = c.id",
    "activity_seq": "SELECT count(*) FROM activity x WHERE x.campaign_id = c.id",
    **{
        f"{state.lower()}_comment_count": "SELECT count(*) FROM comments x"
        f" WHERE x.campaign_id = c.id AND x.state = '{state}'"
        for state in ("PENDING", "HELD", "REJECTED", "SPAM", "DELETED")
    },
}

_REACTIONS = {
    f"{kind.lower()}_count": f"SELECT count(*) FROM reactions x WHERE x.comment_id = c.id AND x.kind = '{kind}'"
    for kind in ("SOLIDARITY", "HEART", "APPLAUSE", "CANDLE", "OUTRAGE")
}
_COMMENTS = {
    "up_count": "SELECT count(*) FROM votes x WHERE x.comment_id = c.id AND x.direction = 'UP'",
    "down_count": "SELECT count(*) FROM votes x WHERE x.comment_id = c.id AND x.direction = 'DOWN'",
    "score": "SELECT c.up_count - c.down_count",
    **_REACTIONS,
    "reaction_count": "SELECT count(*) FROM reactions x WHERE x.comment_id = c.id",
    "engagement_count": "SELECT c.up_count + c.down_count + c.reaction_count",
    "flag_count": "SELECT CASE WHEN c.flag_count > (SELECT count(*) FROM comment_flags x WHERE x.comment_id = c.id)"
    " THEN -1 ELSE c.flag_count END",
}

_DESCENDANTS = Statement(
    "WITH RECURSIVE below(top, id, state) AS ("
    " SELECT parent_id, id, state FROM comments WHERE parent_id IS NOT NULL"
    " UNION ALL SELECT p.parent_id, b.id, b.state FROM below b JOIN comments p ON p.id = b.top"
    " WHERE p.parent_id IS NOT NULL)"
    " SELECT c.id, c.descendant_count, count(b.id) FROM comments c"
    " LEFT JOIN below b ON b.top = c.id AND b.state = 'VISIBLE'"
    " GROUP BY c.id, c.descendant_count HAVING c.descendant_count <> count(b.id)"
)
_CHILDREN = {
    "reply_count": Statement(
        "SELECT c.id, c.reply_count, count(x.id) FROM comments c"
        " LEFT JOIN comments x ON x.parent_id = c.id AND x.state = 'VISIBLE'"
        " GROUP BY c.id, c.reply_count HAVING c.reply_count <> count(x.id)"
    ),
    "listed_reply_count": Statement(
        "SELECT c.id, c.listed_reply_count, count(x.id) FROM comments c"
        " LEFT JOIN comments x ON x.parent_id = c.id AND x.is_listed = true"
        " GROUP BY c.id, c.listed_reply_count HAVING c.listed_reply_count <> count(x.id)"
    ),
}
_LISTED = Statement(
    "SELECT id, is_listed, descendant_count FROM comments"
    " WHERE is_listed <> (state = 'VISIBLE' OR descendant_count > 0)"
)
_AUTHORS = Statement(
    "SELECT a.supporter_id, a.visible_count, count(x.id) FROM comment_authors a"
    " LEFT JOIN comments x ON x.author_id = a.supporter_id AND x.campaign_id = a.campaign_id"
    " AND x.state = 'VISIBLE'"
    " GROUP BY a.campaign_id, a.supporter_id, a.visible_count, a.last_commented_at"
    " HAVING a.visible_count <> count(x.id)"
    " OR coalesce(a.last_commented_at <> max(x.created_at),"
    " (a.last_commented_at IS NULL) <> (max(x.created_at) IS NULL))"
)
_COUNTRIES = Statement(
    "SELECT t.id, t.count, (SELECT count(*) FROM signatures x WHERE x.campaign_id = t.campaign_id"
    " AND x.country = t.country AND x.state = 'CONFIRMED') FROM country_tallies t WHERE t.count <>"
    " (SELECT count(*) FROM signatures x WHERE x.campaign_id = t.campaign_id"
    " AND x.country = t.country AND x.state = 'CONFIRMED')"
)


async def drift() -> list[str]:
    """Every kept number that is not what a recount gives, one line each; none is as it should be."""
    found = []
    for table, recounts in (("campaigns", _CAMPAIGNS), ("comments", _COMMENTS)):
        for column, recount in recounts.items():
            found += await _differing(
                f"{table}.{column}",
                Statement(f"SELECT c.id, c.{column}, ({recount}) FROM {table} c WHERE c.{column} <> ({recount})"),
            )
    for column, statement in _CHILDREN.items():
        found += await _differing(f"comments.{column}", statement)
    found += await _differing("comments.descendant_count", _DESCENDANTS)
    found += await _differing("comments.is_listed", _LISTED)
    found += await _differing("comment_authors.visible_count", _AUTHORS)
    found += await _differing("country_tallies.count", _COUNTRIES)
    return found


async def _differing(what: str, statement: database.Statement) -> list[str]:
    return [f"{what} of {row[0]} is {row[1]}, recounted {row[2]}" for row in await fetch(statement)]
