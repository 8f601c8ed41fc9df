"""Sign-in codes: one row for each request for a code, and one for the mails to each e-mail address."""

from tortoise import fields
from tortoise.indexes import Index

from storage.database import Statement
from storage.fields import InstantField
from storage.rows import Row, columns


class SignInRequest(Row):
    """A request for a code, with the tries of its code. A request over the limit of mails has a digest of no code."""

    id = fields.BigIntField(primary_key=True)
    request_hash = fields.CharField(max_length=64, unique=True)  # keyed hash of the id that the client has
    email_hash = fields.CharField(max_length=64)
    digest = fields.CharField(max_length=64)  # keyed hash of e-mail address and code
    expires_at = InstantField()
    try_count = fields.IntField(default=0)
    used_at = InstantField(null=True)

    class Meta:
        table = "sign_in_requests"
        indexes = (
            # expired requests, to delete them
            Index(fields=("expires_at",), name="sign_in_requests_oldest"),
            # the requests for an e-mail address, to delete them when its owner is erased
            Index(fields=("email_hash",), name="sign_in_requests_of_email"),
        )


class SignInMailbox(Row):
    """The number of codes that were mailed to an e-mail address since a time."""

    id = fields.BigIntField(primary_key=True)
    email_hash = fields.CharField(max_length=64, unique=True)
    mail_count = fields.IntField()
    counted_since = InstantField()

    class Meta:
        table = "sign_in_mailboxes"
        # counts that are over, to delete them
        indexes = (Index(fields=("counted_since",), name="sign_in_mailboxes_oldest"),)


# counts a mail, unless $4 were mailed since $3; locks the row, so that simultaneous requests are all counted
COUNT_MAIL = Statement(
    "INSERT INTO sign_in_mailboxes (email_hash, mail_count, counted_since) VALUES ($1, 1, $2)"
    " ON CONFLICT (email_hash) DO UPDATE SET"
    " mail_count = CASE WHEN sign_in_mailboxes.counted_since <= $3 THEN 1 ELSE sign_in_mailboxes.mail_count + 1 END,"
    " counted_since = CASE WHEN sign_in_mailboxes.counted_since <= $3 THEN $2"
    " ELSE sign_in_mailboxes.counted_since END"
    " WHERE sign_in_mailboxes.counted_since <= $3 OR sign_in_mailboxes.mail_count < $4 RETURNING id"
)
# locks an e-mail address until the commit, so that of several people who prove it at once only one becomes its owner
LOCK_MAILBOX = Statement(
    "INSERT INTO sign_in_mailboxes (email_hash, mail_count, counted_since) VALUES ($1, 0, $2)"
    " ON CONFLICT (email_hash) DO UPDATE SET mail_count = sign_in_mailboxes.mail_count RETURNING id"
)
# counts the try before the code is compared, and locks the row, so that simultaneous tries are all counted
COUNT_TRY = Statement(
    f"UPDATE sign_in_requests SET try_count = try_count + 1 WHERE request_hash = $1 RETURNING {columns(SignInRequest)}"
)
