"""Mails that wait to be sent. Whom they go to and what they say is sealed, and erased once it has served."""

from enum import StrEnum
from typing import Any
from uuid import uuid4

from tortoise import fields
from tortoise.indexes import Index

from models import emails
from storage import sealing
from storage.database import Statement
from storage.fields import InstantField, now
from storage.rows import Row, columns


class MailKind(StrEnum):
    SIGN_IN_CODE = "SIGN_IN_CODE"
    CONFIRM_SIGNATURE = "CONFIRM_SIGNATURE"
    CONFIRM_REMINDER = "CONFIRM_REMINDER"


class Mail(Row):
    """It waits until it is sent or given up. Then nobody can tell any more to whom it went."""

    id = fields.BigIntField(primary_key=True)
    message_id = fields.CharField(max_length=32)  # the same at each try, so that a mailbox can know a second copy
    kind = fields.CharEnumField(MailKind, max_length=32)
    address_sealed = fields.BinaryField(null=True)
    address_hash = fields.CharField(max_length=64, null=True)
    subject = fields.CharField(max_length=200)
    text_sealed = fields.BinaryField(null=True)
    created_at = InstantField(default=now)
    until = InstantField()  # after this it is of no use to anyone
    next_try_at = InstantField(null=True)  # null: there will be none
    try_count = fields.IntField(default=0)
    sent_at = InstantField(null=True)
    failure = fields.CharField(max_length=200, null=True)  # why the last try failed; names no address

    class Meta:
        table = "mails"
        indexes = (
            # what is due
            Index(fields=("next_try_at",), name="mails_due"),
            # what has grown too old
            Index(fields=("until",), name="mails_oldest"),
            # what waits for a person who is erased
            Index(fields=("address_hash",), name="mails_address"),
        )

    @property
    def address(self) -> str | None:
        return sealing.unseal(self.address_sealed, "mails.address", self.message_id)

    @property
    def text(self) -> str | None:
        return sealing.unseal(self.text_sealed, "mails.text", self.message_id)


def sealed(address: str, text: str, name: str = "") -> dict[str, Any]:
    """The columns that keep what a mail says and to whom, under a name of its own."""
    name = name or uuid4().hex
    return {
        "message_id": name,
        "address_sealed": sealing.seal(address, "mails.address", name),
        "address_hash": emails.newest_hash(address),
        "text_sealed": sealing.seal(text, "mails.text", name),
    }


def resealed(mail: Mail) -> tuple[Any, ...]:
    """What `RESEAL` writes: the same, by the first key."""
    kept = sealed(mail.address or "", mail.text or "", mail.message_id)
    return mail.id, kept["address_sealed"], kept["address_hash"], kept["text_sealed"]


_EMPTY = "address_sealed = NULL, address_hash = NULL, text_sealed = NULL, next_try_at = NULL"


def _claim(lock: str = "") -> str:
    """Put the next try of what is due off, so that no other sender takes it meanwhile."""
    return (
        f"WITH due AS MATERIALIZED (SELECT id FROM mails WHERE next_try_at <= $1 ORDER BY next_try_at LIMIT $3{lock})"
        " UPDATE mails SET next_try_at = $2, try_count = try_count + 1 WHERE id IN (SELECT id FROM due)"
        f" RETURNING {columns(Mail)}"
    )


CLAIM = Statement(_claim(), _claim(" FOR UPDATE SKIP LOCKED"))
DUE = Statement("SELECT id FROM mails WHERE next_try_at <= $1 LIMIT 1")
# what was claimed and not tried
PUT_BACK = Statement(
    "UPDATE mails SET next_try_at = $2, try_count = try_count - 1"
    " WHERE id IN {ids $1} AND next_try_at IS NOT NULL RETURNING id"
)
SENT = Statement(f"UPDATE mails SET sent_at = $2, failure = NULL, {_EMPTY} WHERE id = $1 RETURNING id")
GIVE_UP = Statement(f"UPDATE mails SET failure = $2, {_EMPTY} WHERE id = $1 AND sent_at IS NULL RETURNING id")
# not what another sender has taken over since
TRY_AGAIN = Statement(
    "UPDATE mails SET failure = $2, next_try_at = $3 WHERE id = $1 AND try_count = $4 AND next_try_at IS NOT NULL"
    " RETURNING id"
)
# a batch of what waits and is not sealed by the first key; $2 is how that begins
UNSEALED = Statement(
    f"SELECT {columns(Mail)} FROM mails WHERE id > $1 AND next_try_at IS NOT NULL"
    " AND substr(address_sealed, 1, 4) <> $2 ORDER BY id LIMIT $3 {for update}"
)
RESEAL = Statement(
    "UPDATE mails SET address_sealed = $2, address_hash = $3, text_sealed = $4 WHERE id = $1 RETURNING id"
)
DROP = Statement("DELETE FROM mails WHERE address_hash IN {texts $1} RETURNING id")
WAITING = Statement(f"SELECT {columns(Mail)} FROM mails WHERE next_try_at IS NOT NULL ORDER BY id")
ALL = Statement(f"SELECT {columns(Mail)} FROM mails ORDER BY id")
