"""The outbox: mails with encrypted recipient and text, which are deleted once the mail is sent or has failed."""

from enum import StrEnum
from typing import Any
from uuid import uuid4

from tortoise import fields
from tortoise.indexes import Index
from tortoise.queryset import QuerySet

from models import emails
from storage import sealing
from storage.database import Statement
from storage.fields import EnumField, InstantField, now
from storage.rows import Row, columns


class MailKind(StrEnum):
    SIGN_IN_CODE = "SIGN_IN_CODE"
    CONFIRM_SIGNATURE = "CONFIRM_SIGNATURE"
    CONFIRM_REMINDER = "CONFIRM_REMINDER"


class Mail(Row):
    """A mail in the outbox. Once the mail is sent or has failed, the row holds neither the recipient nor the text."""

    id = fields.BigIntField(primary_key=True)
    message_id = fields.CharField(max_length=32)  # the same at each try, so that a mailbox can recognize a duplicate
    kind = EnumField(MailKind, max_length=32)
    email_sealed = fields.BinaryField(null=True)
    email_hash = fields.CharField(max_length=64, null=True)
    subject = fields.CharField(max_length=200)
    text_sealed = fields.BinaryField(null=True)
    created_at = InstantField(default=now)
    until = InstantField()  # the mail expires, and is not sent any more
    next_try_at = InstantField(null=True)  # null: sent or failed
    try_count = fields.IntField(default=0)
    sent_at = InstantField(null=True)
    failure = fields.CharField(max_length=200, null=True)  # reason of the last try; holds no e-mail address

    class Meta:
        table = "mails"
        indexes = (
            # claiming due mails
            Index(fields=("next_try_at",), name="mails_due"),
            # deleting old mails
            Index(fields=("until",), name="mails_oldest"),
            # erasing a person
            Index(fields=("email_hash",), name="mails_email"),
        )

    @property
    def email(self) -> str | None:
        return sealing.unseal(self.email_sealed, "mails.address", self.message_id)

    @property
    def recipient(self) -> str:
        """The e-mail to send to. Raise a ValueError if it is not the one that the mail was looked up by."""
        email = emails.mailable(self.email, self.email_hash)
        if email is None:
            raise ValueError("the e-mail is not one that can be mailed")
        return email

    @property
    def text(self) -> str | None:
        return sealing.unseal(self.text_sealed, "mails.text", self.message_id)


def sealed(email: str, text: str, message_id: str = "") -> dict[str, Any]:
    """Return the columns with the encrypted recipient and text. A new mail gets a random message id."""
    message_id = message_id or uuid4().hex
    return {
        "message_id": message_id,
        "email_sealed": sealing.seal(email, "mails.address", message_id),
        "email_hash": emails.newest_hash(email),
        "text_sealed": sealing.seal(text, "mails.text", message_id),
    }


def resealed(mail: Mail) -> dict[str, Any]:
    """Return the columns of a waiting mail, encrypted again with the newest key."""
    columns = sealed(mail.email or "", mail.text or "", mail.message_id)
    if emails.mailable(mail.email, mail.email_hash) is None:  # it stays what is never sent
        columns["email_hash"] = mail.email_hash
    return columns


def waiting() -> QuerySet[Mail]:
    """Return the mails that are not sent yet, oldest first."""
    return Mail.filter(next_try_at__isnull=False).order_by("id")


WITHOUT_CONTENT = {"email_sealed": None, "email_hash": None, "text_sealed": None, "next_try_at": None}
"""Columns of a mail that is sent or has failed."""


def _claim(lock: str = "") -> str:
    """Postpone the next try of due mails, so that no other process sends the same mails."""
    return (
        f"WITH due AS MATERIALIZED (SELECT id FROM mails WHERE next_try_at <= $1 ORDER BY next_try_at LIMIT $3{lock})"
        " UPDATE mails SET next_try_at = $2, try_count = try_count + 1 WHERE id IN (SELECT id FROM due)"
        f" RETURNING {columns(Mail)}"
    )


CLAIM_DUE = Statement(_claim(), _claim(" FOR UPDATE SKIP LOCKED"))
# a batch of waiting mails that an older key has encrypted; $2 is the prefix of the newest key
SELECT_SEALED_BY_OLDER_KEY = Statement(
    f"SELECT {columns(Mail)} FROM mails WHERE id > $1 AND next_try_at IS NOT NULL"
    " AND substr(email_sealed, 1, 4) <> $2 ORDER BY id LIMIT $3 {for update}"
)
