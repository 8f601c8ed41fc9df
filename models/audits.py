"""Recounts: what each kept number is by the rows that it speaks of, and the record of those that were not."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from tortoise import fields
from tortoise.indexes import Index

from models.comments import CommentState
from models.reactions import COLUMNS
from storage.database import Statement, fetch_one
from storage.fields import InstantField, now, parse_instant
from storage.rows import Row


class AuditCorrection(Row):
    """One number of one row, as it was kept and as it was counted, never changed afterwards."""

    id = fields.BigIntField(primary_key=True)
    table_name = fields.CharField(max_length=64)
    row_id = fields.BigIntField()
    column_name = fields.CharField(max_length=64)
    kept = fields.CharField(max_length=40)
    counted = fields.CharField(max_length=40)
    corrected_at = InstantField(default=now)  # when the audit began: one moment for all that it corrects

    class Meta:
        table = "audit_corrections"
        # what the last audit corrected
        indexes = (Index(fields=("corrected_at", "table_name", "column_name"), name="audit_corrections_latest"),)


@dataclass(frozen=True)
class Recount:
    """How a column is counted: rows of `id` and `n`. [of key] is where it is narrowed to some ids."""

    table: str
    column: str
    text: str
    otherwise: str = "0"
    """What the column holds where nothing is counted."""

    @cached_property
    def differing(self) -> Statement:
        """Every row whose number is another: its id, its campaign, what is kept and what is counted."""
        return Statement(self._compared(re.sub(_NARROWED, "", self.text)))

    @cached_property
    def differing_of(self) -> Statement:
        """The same of the ids $1."""
        narrowed = re.sub(_NARROWED, r" AND \1 IN {ids $1}", self.text)
        return Statement(self._compared(narrowed) + " AND t.id IN {ids $1} ORDER BY t.id")

    @cached_property
    def lock(self) -> Statement:
        return Statement(f"SELECT id FROM {self.table} WHERE id IN {{ids $1}} ORDER BY id {{for update}}")

    @cached_property
    def correct(self) -> Statement:
        return Statement(f"UPDATE {self.table} SET {self.column} = $2 WHERE id = $1 RETURNING id")

    def _compared(self, recount: str) -> str:
        kept, counted = f"t.{self.column}", f"coalesce(r.n, {self.otherwise})"
        campaign = "t.id" if self.table == "campaigns" else "t.campaign_id"
        return (
            f"SELECT t.id, {campaign}, {kept}, {counted} FROM {self.table} t LEFT JOIN ({recount}) r ON r.id = t.id"
            f" WHERE coalesce({kept} <> {counted}, ({kept} IS NULL) <> ({counted} IS NULL))"
        )


_NARROWED = r"\[of ([\w.]+)\]"


@dataclass(frozen=True)
class Missing:
    """Sums that have no row at all: which campaign's, `what` they are of, and how much."""

    table: str
    what: str
    found: str
    """Selects the campaign, a column `what`, and `n`."""
    column: str
    number: str

    @cached_property
    def statement(self) -> Statement:
        return Statement(
            f"SELECT m.campaign_id, m.n FROM ({self.found}) m WHERE m.n <> 0 AND NOT EXISTS (SELECT 1"
            f" FROM {self.table} t WHERE t.campaign_id = m.campaign_id AND t.{self.column} = m.what)"
        )

    @cached_property
    def add(self) -> Statement:
        """A row of nothing for each, of the campaign $1; the recount then finds what it should be."""
        return Statement(
            f"INSERT INTO {self.table} (campaign_id, {self.column}, {self.number}) SELECT m.campaign_id, m.what, 0"
            f" FROM ({self.found}) m WHERE m.campaign_id = $1 AND m.n <> 0 ON CONFLICT DO NOTHING RETURNING id"
        )


def _count(rows: str, key: str, count: str = "count(*)") -> str:
    return f"SELECT {key} AS id, {count} AS n FROM {rows}[of {key}] GROUP BY {key}"


def _comments(where: str, count: str = "count(*)") -> str:
    return _count(f"comments WHERE {where}", "campaign_id", count)


def _signatures(state: str) -> str:
    return _count(f"signatures WHERE is_counted = true AND state = '{state}'", "campaign_id")


def _replies(where: str) -> str:
    return (
        "SELECT p.id, count(*) AS n FROM comments p JOIN comments c ON c.campaign_id = p.campaign_id"
        f" AND c.parent_id = p.id AND c.{where} WHERE true[of p.id] GROUP BY p.id"
    )


_COMMENTS = {
    "up_count": _count("votes WHERE direction = 'UP'", "comment_id"),
    "down_count": _count("votes WHERE direction = 'DOWN'", "comment_id"),
    "score": "SELECT id, up_count - down_count AS n FROM comments WHERE true[of id]",
    **{column: _count(f"reactions WHERE kind = '{kind}'", "comment_id") for kind, column in COLUMNS.items()},
    "reaction_count": _count("reactions WHERE true", "comment_id"),
    "engagement_count": "SELECT id, up_count + down_count + reaction_count AS n FROM comments WHERE true[of id]",
    "descendant_count": "WITH RECURSIVE below(top, campaign_id, id, n) AS ("
    "SELECT id, campaign_id, id, 0 FROM comments WHERE true[of id]"
    " UNION ALL SELECT b.top, b.campaign_id, c.id, CASE WHEN c.state = 'VISIBLE' THEN 1 ELSE 0 END FROM below b"
    " JOIN comments c ON c.campaign_id = b.campaign_id AND c.parent_id = b.id)"
    " SELECT top AS id, sum(n) AS n FROM below GROUP BY top",
    "is_listed": "SELECT id, state = 'VISIBLE' OR descendant_count > 0 AS n FROM comments WHERE true[of id]",
    "reply_count": _replies("state = 'VISIBLE'"),
    "listed_reply_count": _replies("is_listed = true"),
}
_AUTHORS = (
    "comment_authors a LEFT JOIN comments c ON c.author_id = a.supporter_id AND c.campaign_id = a.campaign_id"
    " AND c.state = 'VISIBLE' WHERE true"
)
_COUNTRIES = (
    "country_tallies t LEFT JOIN signatures s ON s.campaign_id = t.campaign_id AND s.country = t.country"
    " AND s.state = 'CONFIRMED' AND s.is_counted = true WHERE true"
)
_PARTNERS = (
    "SELECT t.link_id AS id, t.signatures AS n FROM partner_tallies t WHERE t.state = 'ACCEPTED'[of t.link_id]"
    " AND NOT EXISTS (SELECT 1 FROM partner_tallies later WHERE later.link_id = t.link_id"
    " AND later.state = 'ACCEPTED' AND (later.as_of, later.id) > (t.as_of, t.id))"
)
_PAID = (
    "SELECT d.campaign_id, coalesce(c.currency, d.currency) AS currency,"
    " coalesce(c.amount_minor, d.amount_minor) AS amount_minor"
    " FROM donations d LEFT JOIN donation_corrections c ON c.donation_id = d.id AND NOT EXISTS"
    " (SELECT 1 FROM donation_corrections later WHERE later.donation_id = d.id AND later.id > c.id)"
    " WHERE d.state = 'PAID'"
)
_TOTALS = (
    f"donation_totals t JOIN ({_PAID}) paid ON paid.campaign_id = t.campaign_id AND paid.currency = t.currency"
    " WHERE true"
)
_CAMPAIGNS = {
    "direct_signature_count": _signatures("CONFIRMED"),
    "pending_signature_count": _signatures("PENDING"),
    "withdrawn_signature_count": _signatures("WITHDRAWN"),
    "partner_signature_count": _count("campaign_partners WHERE true", "campaign_id", "sum(signatures)"),
    "supporter_count": "SELECT id, direct_signature_count + partner_signature_count + offline_signature_count AS n"
    " FROM campaigns WHERE true[of id]",
    "thread_count": _comments("parent_id IS NULL AND state = 'VISIBLE'"),
    "reply_count": _comments("parent_id IS NOT NULL AND state = 'VISIBLE'"),
    "author_count": _comments("state = 'VISIBLE'", "count(DISTINCT author_id)"),
    "listed_thread_count": _comments("parent_id IS NULL AND is_listed = true"),
    "queued_comment_count": _comments("is_queued = true"),
    **{
        f"{state.lower()}_comment_count": _comments(f"state = '{state}'")
        for state in CommentState
        if state is not CommentState.VISIBLE
    },
    "update_count": _count("campaign_updates WHERE true", "campaign_id"),
    "activity_seq": _count("activity WHERE true", "campaign_id", "max(seq)"),  # what comes next must be new
}

RECOUNTS = (
    *(Recount("comments", name, text, "false" if name == "is_listed" else "0") for name, text in _COMMENTS.items()),
    Recount("comment_authors", "visible_count", _count(_AUTHORS, "a.id", "count(c.id)")),
    Recount("comment_authors", "last_commented_at", _count(_AUTHORS, "a.id", "max(c.created_at)"), "NULL"),
    Recount("country_tallies", "count", _count(_COUNTRIES, "t.id", "count(s.id)")),
    Recount("campaign_partners", "signatures", _PARTNERS),
    Recount("donation_totals", "amount_minor", _count(_TOTALS, "t.id", "sum(paid.amount_minor)")),
    *(Recount("campaigns", name, text) for name, text in _CAMPAIGNS.items()),
)
"""In this order: what is counted of kept numbers comes after these."""

MISSING = (
    Missing(
        "donation_totals",
        "a missing sum of donations to campaign",
        f"SELECT campaign_id, currency AS what, sum(amount_minor) AS n FROM ({_PAID}) paid"
        " GROUP BY campaign_id, currency",
        "currency",
        "amount_minor",
    ),
    Missing(
        "country_tallies",
        "a missing count of a country's signatures of campaign",
        "SELECT campaign_id, country AS what, count(*) AS n FROM signatures WHERE state = 'CONFIRMED'"
        " AND is_counted = true AND country IS NOT NULL GROUP BY campaign_id, country",
        "country",
        "count",
    ),
    Missing(
        "comment_authors",
        "a missing count of an author's comments of campaign",
        "SELECT campaign_id, author_id AS what, count(*) AS n FROM comments WHERE state = 'VISIBLE'"
        " GROUP BY campaign_id, author_id",
        "supporter_id",
        "visible_count",
    ),
)

IN_THE_COUNTER = (
    *("direct_signature_count", "pending_signature_count"),
    *("withdrawn_signature_count", "partner_signature_count"),
)
"""The parts of `SupporterCount` that are counted."""
CAMPAIGN_IDS = Statement("SELECT id FROM campaigns ORDER BY id")
NOTE_AUDIT = Statement("UPDATE campaigns SET audited_at = $2, drift = $3 WHERE id = $1 RETURNING id")
LAST_AUDIT = Statement("SELECT max(audited_at) FROM campaigns")
CORRECTED_AT = Statement(
    "SELECT table_name, column_name, count(*) FROM audit_corrections WHERE corrected_at = $1"
    " GROUP BY table_name, column_name ORDER BY table_name, column_name"
)
CORRECTED = Statement(
    "SELECT table_name, column_name, count(*) FROM audit_corrections GROUP BY table_name, column_name"
)


async def last_audit() -> datetime | None:
    """Return when the last audit began that repaired what it found; None before the first."""
    (last,) = await fetch_one(LAST_AUDIT) or (None,)
    return parse_instant(last) if last else None
