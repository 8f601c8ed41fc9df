"""Audits: the SQL that recounts each stored count from its rows, and the record of corrected counts."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from tortoise import fields
from tortoise.indexes import Index

from models.comments import CommentState
from models.reactions import COUNT_COLUMNS
from storage.database import Statement, fetch_one
from storage.fields import InstantField, now, parse_instant
from storage.rows import Row


class AuditCorrection(Row):
    """A correction of a stored count, with the old and the new value. Never updated or deleted."""

    id = fields.BigIntField(primary_key=True)
    table_name = fields.CharField(max_length=64)
    row_id = fields.BigIntField()
    column_name = fields.CharField(max_length=64)
    kept = fields.CharField(max_length=40)  # the stored value
    counted = fields.CharField(max_length=40)  # the value that replaced the stored value
    corrected_at = InstantField(default=now)  # when the audit began: the same time for all corrections of one audit

    class Meta:
        table = "audit_corrections"
        # metrics: corrections of the last audit
        indexes = (Index(fields=("corrected_at", "table_name", "column_name"), name="audit_corrections_latest"),)


@dataclass(frozen=True)
class Recount:
    """A stored count of a table, with the SQL that counts it again."""

    table: str
    column: str
    recount_sql: str
    """Selects `id` and `n`, the recounted value. `[of key]` marks where a condition on some ids is inserted."""
    default_sql: str = "0"
    """The value of a row that `recount_sql` does not return."""

    @cached_property
    def select_drifted(self) -> Statement:
        """Select every row whose stored value is wrong: its id, campaign, stored value and recounted value."""
        return Statement(self._compare(re.sub(_CONDITION_MARK, "", self.recount_sql)))

    @cached_property
    def select_drifted_of_ids(self) -> Statement:
        """Select the same as `select_drifted`, of the ids $1 only."""
        recount_sql = re.sub(_CONDITION_MARK, r" AND \1 IN {ids $1}", self.recount_sql)
        return Statement(self._compare(recount_sql) + " AND t.id IN {ids $1} ORDER BY t.id")

    @cached_property
    def lock_rows(self) -> Statement:
        return Statement(f"SELECT id FROM {self.table} WHERE id IN {{ids $1}} ORDER BY id {{for update}}")

    @cached_property
    def update_value(self) -> Statement:
        return Statement(f"UPDATE {self.table} SET {self.column} = $2 WHERE id = $1 RETURNING id")

    def _compare(self, recount_sql: str) -> str:
        stored, recounted = f"t.{self.column}", f"coalesce(r.n, {self.default_sql})"
        campaign_id = "t.id" if self.table == "campaigns" else "t.campaign_id"
        return (
            f"SELECT t.id, {campaign_id}, {stored}, {recounted}"
            f" FROM {self.table} t LEFT JOIN ({recount_sql}) r ON r.id = t.id"
            f" WHERE coalesce({stored} <> {recounted}, ({stored} IS NULL) <> ({recounted} IS NULL))"
        )


_CONDITION_MARK = r"\[of ([\w.]+)\]"


@dataclass(frozen=True)
class MissingTotals:
    """Totals that should exist and have no row, such as a country's number of signatures."""

    table: str
    description: str
    """Printed before the campaign's id."""
    totals_sql: str
    """Selects `campaign_id`, `group_key` and `n`, the total."""
    group_column: str
    total_column: str
    other_columns: tuple[str, ...] = ()
    """Further columns of a missing row, which are 0."""

    @cached_property
    def select_missing(self) -> Statement:
        """Select the campaign and the total of every missing row."""
        return Statement(
            f"SELECT m.campaign_id, m.n FROM ({self.totals_sql}) m WHERE m.n <> 0 AND NOT EXISTS (SELECT 1"
            f" FROM {self.table} t WHERE t.campaign_id = m.campaign_id AND t.{self.group_column} = m.group_key)"
        )

    @cached_property
    def insert_zeros(self) -> Statement:
        """Insert the missing rows of campaign $1 with a total of 0, which a `Recount` then corrects."""
        zeros = (self.total_column, *self.other_columns)
        return Statement(
            f"INSERT INTO {self.table} (campaign_id, {self.group_column}, {', '.join(zeros)})"
            f" SELECT m.campaign_id, m.group_key{', 0' * len(zeros)} FROM ({self.totals_sql}) m"
            " WHERE m.campaign_id = $1 AND m.n <> 0 ON CONFLICT DO NOTHING RETURNING id"
        )


def _count(rows: str, key: str, count: str = "count(*)") -> str:
    return f"SELECT {key} AS id, {count} AS n FROM {rows}[of {key}] GROUP BY {key}"


def _sum(column: str) -> str:
    """Return the SQL of a sum of 64-bit integers, which PostgreSQL would otherwise return as a decimal number."""
    return f"CAST(sum({column}) AS BIGINT)"


def _comments(where: str, count: str = "count(*)") -> str:
    return _count(f"comments WHERE {where}", "campaign_id", count)


def _signatures(where: str) -> str:
    return _count(f"signatures WHERE {where}", "campaign_id")


def _published(recount_sql: str, unpublished: str) -> str:
    """Recount the part of a counter that is published: the exact number without the changes that still wait."""
    return (
        f"SELECT c.id, coalesce(exact.n, 0) - c.{unpublished} AS n"
        f" FROM campaigns c LEFT JOIN ({recount_sql}) exact ON exact.id = c.id WHERE true[of c.id]"
    )


def _replies(where: str) -> str:
    return (
        "SELECT p.id, count(*) AS n FROM comments p JOIN comments c ON c.campaign_id = p.campaign_id"
        f" AND c.parent_id = p.id AND c.{where} WHERE true[of p.id] GROUP BY p.id"
    )


_COMMENT_COUNTS = {
    "up_count": _count("votes WHERE direction = 'UP'", "comment_id"),
    "down_count": _count("votes WHERE direction = 'DOWN'", "comment_id"),
    "score": "SELECT id, up_count - down_count AS n FROM comments WHERE true[of id]",
    **{column: _count(f"reactions WHERE kind = '{kind}'", "comment_id") for kind, column in COUNT_COLUMNS.items()},
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
_AUTHOR_COMMENTS = (
    "comment_authors a LEFT JOIN comments c ON c.author_id = a.supporter_id AND c.campaign_id = a.campaign_id"
    " AND c.state = 'VISIBLE' WHERE true"
)
_COUNTRY_SIGNATURES = (
    "country_tallies t LEFT JOIN signatures s ON s.campaign_id = t.campaign_id AND s.country = t.country"
    " AND s.state = 'CONFIRMED' AND s.is_counted = true WHERE true"
)
_PARTNER_SIGNATURES = (
    "SELECT t.link_id AS id, t.signatures AS n FROM partner_tallies t WHERE t.state = 'ACCEPTED'[of t.link_id]"
    " AND NOT EXISTS (SELECT 1 FROM partner_tallies later WHERE later.link_id = t.link_id"
    " AND later.state = 'ACCEPTED' AND (later.as_of, later.id) > (t.as_of, t.id))"
)
_PAID_DONATIONS = (
    "SELECT d.campaign_id, coalesce(c.currency, d.currency) AS currency,"
    " coalesce(c.amount_minor, d.amount_minor) AS amount_minor"
    " FROM donations d LEFT JOIN donation_corrections c ON c.donation_id = d.id AND NOT EXISTS"
    " (SELECT 1 FROM donation_corrections later WHERE later.donation_id = d.id AND later.id > c.id)"
    " WHERE d.state = 'PAID'"
)
_DONATION_TOTALS = (
    f"donation_totals t JOIN ({_PAID_DONATIONS}) paid"
    " ON paid.campaign_id = t.campaign_id AND paid.currency = t.currency"
    " WHERE true"
)
# The chart of signatures is made of differences, from the counts of the first day to the counter of now. So its sum is
# the counter if the first day of each campaign began with 0; the counts of later days can not be counted again.
_FIRST_DAYS = (
    "SELECT d.id, 0 AS n FROM signature_days d WHERE NOT EXISTS (SELECT 1 FROM signature_days earlier"
    " WHERE earlier.campaign_id = d.campaign_id AND earlier.day < d.day)[of d.id]"
)
DAY_COUNTS = ("direct_signature_count", "partner_signature_count")
_CAMPAIGN_COUNTS = {
    "direct_signature_count": _published(
        _signatures("is_counted = true AND state = 'CONFIRMED'"), "unpublished_direct_count"
    ),
    "pending_signature_count": _published(_signatures("state = 'PENDING'"), "unpublished_pending_count"),
    "withdrawn_signature_count": _published(_signatures("state = 'WITHDRAWN'"), "unpublished_withdrawn_count"),
    "partner_signature_count": _published(
        _count("campaign_partners WHERE true", "campaign_id", _sum("signatures")), "unpublished_partner_count"
    ),
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
    "activity_seq": _count("activity WHERE true", "campaign_id", "max(seq)"),  # the next seq must be unused
}

RECOUNTS = (
    *(
        Recount("comments", name, recount_sql, "false" if name == "is_listed" else "0")
        for name, recount_sql in _COMMENT_COUNTS.items()
    ),
    Recount("comment_authors", "visible_count", _count(_AUTHOR_COMMENTS, "a.id", "count(c.id)")),
    Recount("comment_authors", "last_commented_at", _count(_AUTHOR_COMMENTS, "a.id", "max(c.created_at)"), "NULL"),
    Recount("country_tallies", "exact_count", _count(_COUNTRY_SIGNATURES, "t.id", "count(s.id)")),
    Recount("campaign_partners", "signatures", _PARTNER_SIGNATURES),
    Recount("donation_totals", "amount_minor", _count(_DONATION_TOTALS, "t.id", _sum("paid.amount_minor"))),
    *(Recount("campaigns", name, recount_sql) for name, recount_sql in _CAMPAIGN_COUNTS.items()),
    *(Recount("signature_days", name, _FIRST_DAYS, f"t.{name}") for name in DAY_COUNTS),
)
"""The order matters: a count that is computed from other stored counts comes after these counts."""

MISSING_TOTALS = (
    MissingTotals(
        "donation_totals",
        "a missing sum of donations to campaign",
        f"SELECT campaign_id, currency AS group_key, {_sum('amount_minor')} AS n FROM ({_PAID_DONATIONS}) paid"
        " GROUP BY campaign_id, currency",
        "currency",
        "amount_minor",
    ),
    MissingTotals(
        "country_tallies",
        "a missing count of a country's signatures of campaign",
        "SELECT campaign_id, country AS group_key, count(*) AS n FROM signatures WHERE state = 'CONFIRMED'"
        " AND is_counted = true AND country IS NOT NULL GROUP BY campaign_id, country",
        "country",
        "exact_count",
        ("count",),
    ),
    MissingTotals(
        "signature_days",
        "a missing first day of the signatures of campaign",
        f"SELECT c.id AS campaign_id, CURRENT_DATE AS group_key, {' + '.join(f'c.{name}' for name in DAY_COUNTS)} AS n"
        " FROM campaigns c WHERE NOT EXISTS (SELECT 1 FROM signature_days d WHERE d.campaign_id = c.id)",
        "day",
        "direct_signature_count",
    ),
    MissingTotals(
        "comment_authors",
        "a missing count of an author's comments of campaign",
        "SELECT campaign_id, author_id AS group_key, count(*) AS n FROM comments WHERE state = 'VISIBLE'"
        " GROUP BY campaign_id, author_id",
        "supporter_id",
        "visible_count",
    ),
)

# everyone but the first who has verified an e-mail: its owner is one person
_IS_SECOND_OWNER = (
    "email_verified = true AND EXISTS (SELECT 1 FROM profiles o WHERE o.email_hash = profiles.email_hash"
    " AND o.email_verified = true AND o.id < profiles.id)"
)
SELECT_SECOND_OWNERS = Statement(f"SELECT supporter_id FROM profiles WHERE {_IS_SECOND_OWNER} ORDER BY id")
UPDATE_SECOND_OWNERS = Statement(
    f"UPDATE profiles SET email_verified = false WHERE {_IS_SECOND_OWNER} RETURNING id, supporter_id"
)

COUNTER_PARTS = (
    *("direct_signature_count", "pending_signature_count"),
    *("withdrawn_signature_count", "partner_signature_count"),
)
"""The recounted columns behind `SupporterCount`. An audit adds up their errors as the campaign's drift."""
SELECT_LAST_AUDIT = Statement("SELECT max(audited_at) FROM campaigns")
COUNT_CORRECTIONS_AT = Statement(
    "SELECT table_name, column_name, count(*) FROM audit_corrections WHERE corrected_at = $1"
    " GROUP BY table_name, column_name ORDER BY table_name, column_name"
)
COUNT_CORRECTIONS = Statement(
    "SELECT table_name, column_name, count(*) FROM audit_corrections GROUP BY table_name, column_name"
)


async def last_audit() -> datetime | None:
    """Return when the last audit with repairs began, None before the first."""
    (last,) = await fetch_one(SELECT_LAST_AUDIT) or (None,)
    return parse_instant(last) if last else None
