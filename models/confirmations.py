"""What is kept of asking people to confirm: whom to ask now, and whose mailbox is left alone for a while."""

from tortoise import fields
from tortoise.indexes import Index

from models.signatures import Signature
from models.supporters import Profile
from storage.database import Statement
from storage.fields import InstantField
from storage.rows import Row, columns


class AskedAddress(Row):
    """When an address was last sent a request, whoever had typed it."""

    id = fields.BigIntField(primary_key=True)
    address_hash = fields.CharField(max_length=64, unique=True)
    asked_at = InstantField()

    class Meta:
        table = "asked_addresses"
        # what is long enough ago to be forgotten
        indexes = (Index(fields=("asked_at",), name="asked_addresses_oldest"),)


# nobody but the one whom this gives a row may write to the address now
ASK = Statement(
    "INSERT INTO asked_addresses (address_hash, asked_at) VALUES ($1, $2) ON CONFLICT (address_hash) DO UPDATE"
    " SET asked_at = $2 WHERE asked_addresses.asked_at <= $3 RETURNING id"
)
ASKED_AT = Statement("SELECT asked_at FROM asked_addresses WHERE address_hash = $1")
FORGET = Statement("DELETE FROM asked_addresses WHERE asked_at < $1 RETURNING id")

CAMPAIGN_OF = Statement("SELECT campaign_id FROM signatures WHERE id = $1")
CONFIRM = Statement(
    "UPDATE signatures SET state = 'CONFIRMED', decided_at = $2, remind_at = NULL WHERE id = $1"
    f" RETURNING {columns(Signature)}"
)
REFUSE = Statement(
    "UPDATE signatures SET state = 'REJECTED', decided_at = $2, remind_at = NULL, counted_hash = NULL,"
    f" is_counted = false WHERE id = $1 RETURNING {columns(Signature)}"
)
REMIND_AT = Statement(f"UPDATE signatures SET remind_at = $2 WHERE id = $1 RETURNING {columns(Signature)}")


def _claim(next_time: str, lock: str = "") -> str:
    """Put off the next reminder of those that are due, so that no other process sends the same."""
    return (
        "WITH due AS MATERIALIZED (SELECT id FROM signatures WHERE state = 'PENDING' AND remind_at <= $1"
        f" ORDER BY remind_at LIMIT $2{lock}) UPDATE signatures SET reminder_count = reminder_count + 1,"
        f" remind_at = CASE WHEN reminder_count + 1 < $3 THEN {next_time} END"
        f" WHERE id IN (SELECT id FROM due) RETURNING {columns(Signature)}"
    )


CLAIM = Statement(_claim("$4"), _claim("CAST($4 AS TIMESTAMPTZ)", " FOR UPDATE SKIP LOCKED"))
# for an address that was written to just now
PUT_OFF = Statement(
    "UPDATE signatures SET reminder_count = reminder_count - 1, remind_at = $2 WHERE id = $1 RETURNING id"
)

PROFILES = Statement(f"SELECT {columns(Profile)} FROM profiles WHERE supporter_id IN {{ids $1}}")
