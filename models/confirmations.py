"""Confirmation requests: when each e-mail address was last mailed, decisions on signatures, and due reminders."""

from tortoise import fields
from tortoise.indexes import Index

from models.signatures import Signature
from storage.database import Statement
from storage.fields import InstantField
from storage.rows import Row, columns


class ConfirmationRequest(Row):
    """When a confirmation request was last mailed to an e-mail address, whoever entered the address."""

    id = fields.BigIntField(primary_key=True)
    email_hash = fields.CharField(max_length=64, unique=True)
    asked_at = InstantField()

    class Meta:
        table = "confirmation_requests"
        # deleting old rows
        indexes = (Index(fields=("asked_at",), name="confirmation_requests_oldest"),)


# returns a row only to the one caller that may mail a request now: no request was mailed since $3
CLAIM_REQUEST = Statement(
    "INSERT INTO confirmation_requests (email_hash, asked_at) VALUES ($1, $2) ON CONFLICT (email_hash) DO UPDATE"
    " SET asked_at = $2 WHERE confirmation_requests.asked_at <= $3 RETURNING id"
)
CONFIRM_SIGNATURE = Statement(
    "UPDATE signatures SET state = 'CONFIRMED', decided_at = $2, remind_at = NULL,"
    " is_unannounced = (is_unannounced OR state <> 'CONFIRMED')"
    f" WHERE id = $1 RETURNING {columns(Signature)}"
)
REJECT_SIGNATURE = Statement(
    "UPDATE signatures SET state = 'REJECTED', decided_at = $2, remind_at = NULL, counted_hash = NULL,"
    f" is_counted = false, is_unannounced = false WHERE id = $1 RETURNING {columns(Signature)}"
)
SET_REMINDER = Statement(f"UPDATE signatures SET remind_at = $2 WHERE id = $1 RETURNING {columns(Signature)}")


def _claim(next_reminder_at: str, lock: str = "") -> str:
    """Postpone the next reminder of due signatures, so that no other process sends the same reminders."""
    return (
        "WITH due AS MATERIALIZED (SELECT id FROM signatures WHERE state = 'PENDING' AND remind_at <= $1"
        f" ORDER BY remind_at LIMIT $2{lock}) UPDATE signatures SET reminder_count = reminder_count + 1,"
        f" remind_at = CASE WHEN reminder_count + 1 < $3 THEN {next_reminder_at} END"
        f" WHERE id IN (SELECT id FROM due) RETURNING {columns(Signature)}"
    )


CLAIM_DUE_REMINDERS = Statement(_claim("$4"), _claim("CAST($4 AS TIMESTAMPTZ)", " FOR UPDATE SKIP LOCKED"))
