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
    # keyed hash of mailbox and network: requests for another mailbox from the same network have another hash
    network_hash = fields.CharField(max_length=64, default="", db_default="")
    digest = fields.CharField(max_length=64)  # keyed hash of e-mail address and code
    expires_at = InstantField()
    try_count = fields.IntField(default=0)
    used_at = InstantField(null=True)

    class Meta:
        table = "sign_in_requests"
        indexes = (
            # expired requests, to delete them
            Index(fields=("expires_at",), name="sign_in_requests_oldest"),
            # the codes that were mailed to a mailbox for one network, to count them
            Index(fields=("network_hash",), name="sign_in_requests_of_network"),
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


# reads a mailbox's count, which begins again if it is from before $3; locks the row, so that simultaneous requests are
# all counted
READ_COUNT = Statement(
    "INSERT INTO sign_in_mailboxes (email_hash, mail_count, counted_since) VALUES ($1, 0, $2)"
    " ON CONFLICT (email_hash) DO UPDATE SET"
    " mail_count = CASE WHEN sign_in_mailboxes.counted_since <= $3 THEN 0 ELSE sign_in_mailboxes.mail_count END,"
    " counted_since = CASE WHEN sign_in_mailboxes.counted_since <= $3 THEN $2"
    " ELSE sign_in_mailboxes.counted_since END"
    f" RETURNING {columns(SignInMailbox)}"
)
COUNT_MAIL = Statement("UPDATE sign_in_mailboxes SET mail_count = mail_count + $2 WHERE id = $1 RETURNING id")
# the codes that were mailed to a mailbox for this network and expire after $2, and whether the network has signed in
# with a code that was mailed there
READ_NETWORK = Statement(
    "SELECT (SELECT count(*) FROM sign_in_requests WHERE network_hash = $1 AND expires_at >= $2 AND digest <> $3),"
    " EXISTS (SELECT 1 FROM sessions WHERE network_hash = $1)"
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
