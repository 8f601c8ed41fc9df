"""The recount: every kept number against the rows that it speaks of, each group of rows counted once."""

from models import ReactionKind, fetch
from models.comments import CommentState
from models.database import Statement
from models.reactions import COLUMNS


def _recount(rows: str, key: str, count: str = "count(*)") -> str:
    return f"SELECT {key} AS id, {count} AS n FROM {rows} GROUP BY {key}"


def _comments(where: str, count: str = "count(*)") -> str:
    return _recount(f"comments WHERE {where}", "campaign_id", count)


def _hidden(state: CommentState) -> tuple[str, str]:
    return f"{state.lower()}_comment_count", _comments(f"state = '{state}'")


_CAMPAIGNS = {
    "direct_signature_count": _recount("signatures WHERE state = 'CONFIRMED'", "campaign_id"),
    "pending_signature_count": _recount("signatures WHERE state = 'PENDING'", "campaign_id"),
    "withdrawn_signature_count": _recount("signatures WHERE state = 'WITHDRAWN'", "campaign_id"),
    "partner_signature_count": _recount("campaign_partners", "campaign_id", "sum(signatures)"),
    "supporter_count": "SELECT id, direct_signature_count + partner_signature_count + offline_signature_count AS n"
    " FROM campaigns",
    "thread_count": _comments("parent_id IS NULL AND state = 'VISIBLE'"),
    "reply_count": _comments("parent_id IS NOT NULL AND state = 'VISIBLE'"),
    "author_count": _comments("state = 'VISIBLE'", "count(DISTINCT author_id)"),
    "listed_thread_count": _comments("parent_id IS NULL AND is_listed = true"),
    "queued_comment_count": _comments("is_queued = true"),
    "update_count": _recount("campaign_updates", "campaign_id"),
    "activity_seq": _recount("activity", "campaign_id"),
    **dict(_hidden(state) for state in CommentState if state is not CommentState.VISIBLE),
}

_COMMENTS = {
    "up_count": _recount("votes WHERE direction = 'UP'", "comment_id"),
    "down_count": _recount("votes WHERE direction = 'DOWN'", "comment_id"),
    "score": "SELECT id, up_count - down_count AS n FROM comments",
    **{COLUMNS[kind]: _recount(f"reactions WHERE kind = '{kind}'", "comment_id") for kind in ReactionKind},
    "reaction_count": _recount("reactions", "comment_id"),
    "engagement_count": "SELECT id, up_count + down_count + reaction_count AS n FROM comments",
    "reply_count": _recount("comments WHERE state = 'VISIBLE' AND parent_id IS NOT NULL", "parent_id"),
    "listed_reply_count": _recount("comments WHERE is_listed = true AND parent_id IS NOT NULL", "parent_id"),
    "descendant_count": _recount(
        "(WITH RECURSIVE below(top, id) AS ("
        " SELECT parent_id, id FROM comments WHERE parent_id IS NOT NULL AND state = 'VISIBLE'"
        " UNION ALL SELECT p.parent_id, b.id FROM below b JOIN comments p ON p.id = b.top"
        " WHERE p.parent_id IS NOT NULL) SELECT top FROM below) AS subtrees",
        "top",
    ),
}

_COUNTRIES = {
    "count": "SELECT t.id, count(s.id) AS n FROM country_tallies t LEFT JOIN signatures s"
    " ON s.campaign_id = t.campaign_id AND s.country = t.country AND s.state = 'CONFIRMED' GROUP BY t.id"
}
_PARTNERS = {
    "signatures": "SELECT t.link_id AS id, t.signatures AS n FROM partner_tallies t WHERE t.state = 'ACCEPTED'"
    " AND NOT EXISTS (SELECT 1 FROM partner_tallies later WHERE later.link_id = t.link_id"
    " AND later.state = 'ACCEPTED' AND (later.as_of, later.id) > (t.as_of, t.id))"
}
_PAID = (
    "(SELECT d.campaign_id, coalesce(c.currency, d.currency) AS currency,"
    " coalesce(c.amount_minor, d.amount_minor) AS amount_minor"
    " FROM donations d LEFT JOIN donation_corrections c ON c.donation_id = d.id AND NOT EXISTS"
    " (SELECT 1 FROM donation_corrections later WHERE later.donation_id = d.id AND later.id > c.id)"
    " WHERE d.state = 'PAID')"
)
_TOTALS = {
    "amount_minor": f"SELECT t.id, sum(paid.amount_minor) AS n FROM donation_totals t JOIN {_PAID} paid"
    " ON paid.campaign_id = t.campaign_id AND paid.currency = t.currency GROUP BY t.id"
}
_AUTHORS = {
    "visible_count": "SELECT a.id, count(c.id) AS n FROM comment_authors a LEFT JOIN comments c"
    " ON c.author_id = a.supporter_id AND c.campaign_id = a.campaign_id AND c.state = 'VISIBLE' GROUP BY a.id"
}
_TABLES = {
    "campaigns": _CAMPAIGNS,
    "comments": _COMMENTS,
    "country_tallies": _COUNTRIES,
    "campaign_partners": _PARTNERS,
    "donation_totals": _TOTALS,
    "comment_authors": _AUTHORS,
}

_UNLISTED = Statement(
    "SELECT id, is_listed, descendant_count FROM comments"
    " WHERE is_listed <> (state = 'VISIBLE' OR descendant_count > 0)"
)
_UNTOTALLED = Statement(
    f"SELECT paid.campaign_id, 0, sum(paid.amount_minor) FROM {_PAID} paid WHERE NOT EXISTS (SELECT 1"
    " FROM donation_totals t WHERE t.campaign_id = paid.campaign_id AND t.currency = paid.currency)"
    " GROUP BY paid.campaign_id, paid.currency"
)
_LATEST = Statement(
    "SELECT a.id, a.last_commented_at, max(c.created_at) FROM comment_authors a LEFT JOIN comments c"
    " ON c.author_id = a.supporter_id AND c.campaign_id = a.campaign_id AND c.state = 'VISIBLE'"
    " GROUP BY a.id, a.last_commented_at HAVING coalesce(a.last_commented_at <> max(c.created_at),"
    " (a.last_commented_at IS NULL) <> (max(c.created_at) IS NULL))"
)


async def drift() -> list[str]:
    """Every kept number that is not what a recount gives, one line each; none is as it should be."""
    found = []
    for table, recounts in _TABLES.items():
        for column, recount in recounts.items():
            found += await _differing(
                f"{table}.{column}",
                Statement(
                    f"SELECT t.id, t.{column}, coalesce(r.n, 0) FROM {table} t LEFT JOIN ({recount}) r ON r.id = t.id"
                    f" WHERE t.{column} <> coalesce(r.n, 0)"
                ),
            )
    found += await _differing("comments.is_listed", _UNLISTED)
    found += await _differing("comment_authors.last_commented_at", _LATEST)
    found += await _differing("a missing sum of donations to campaign", _UNTOTALLED)
    return found


async def _differing(what: str, statement: Statement) -> list[str]:
    return [f"{what} of {row[0]} is {row[1]}, recounted {row[2]}" for row in await fetch(statement)]
