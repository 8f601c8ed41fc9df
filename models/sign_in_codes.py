"""Sign-in codes: one row for each e-mail address that a code was mailed to or tried for."""

from tortoise import fields
from tortoise.indexes import Index

from storage.database import Statement
from storage.fields import InstantField
from storage.rows import Row, columns


class SignInCode(Row):
    """The newest code of an e-mail address. A try without a code creates a row as well, with a digest of no code."""

    id = fields.BigIntField(primary_key=True)
    email_hash = fields.CharField(max_length=64, unique=True)
    digest = fields.CharField(max_length=64)  # keyed hash of e-mail address and code
    expires_at = InstantField()
    try_count = fields.IntField(default=0)
    used_at = InstantField(null=True)
    mail_count = fields.IntField(default=0)  # since `counted_since`
    counted_since = InstantField()

    class Meta:
        table = "sign_in_codes"
        # expired codes, to delete them
        indexes = (Index(fields=("expires_at",), name="sign_in_codes_oldest"),)


# replaces the code, unless $6 codes were mailed since $5
REPLACE_CODE = Statement(
    "INSERT INTO sign_in_codes (email_hash, digest, expires_at, try_count, mail_count, counted_since)"
    " VALUES ($1, $2, $3, 0, 1, $4) ON CONFLICT (email_hash) DO UPDATE SET"
    " digest = excluded.digest, expires_at = excluded.expires_at, try_count = 0, used_at = NULL,"
    " mail_count = CASE WHEN sign_in_codes.counted_since <= $5 THEN 1 ELSE sign_in_codes.mail_count + 1 END,"
    " counted_since = CASE WHEN sign_in_codes.counted_since <= $5 THEN $4 ELSE sign_in_codes.counted_since END"
    " WHERE sign_in_codes.counted_since <= $5 OR sign_in_codes.mail_count < $6 RETURNING id"
)
# counts the try before the code is compared, and locks the row, so that simultaneous tries are all counted
COUNT_TRY = Statement(
    "INSERT INTO sign_in_codes (email_hash, digest, expires_at, try_count, mail_count, counted_since)"
    f" VALUES ($1, '{'0' * 64}', $2, 1, 0, $3)"
    " ON CONFLICT (email_hash) DO UPDATE SET try_count = sign_in_codes.try_count + 1"
    f" RETURNING {columns(SignInCode)}"
)
