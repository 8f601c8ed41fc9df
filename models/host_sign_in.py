"""External identities: who a person is to another issuer of tokens, such as the host site's own sign-in."""

from typing import Any

from tortoise import fields
from tortoise.fields.base import OnDelete

from models.supporters import Supporter
from storage import sealing
from storage.database import Statement
from storage.fields import InstantField, now
from storage.rows import Row, columns


class Identity(Row):
    """A subject of an issuer, which may be an e-mail address there: it is stored sealed, and found by its keyed hash.

    A person who is erased leaves the row for as long as a token of before could bring them back.
    """

    id = fields.BigIntField(primary_key=True)
    issuer = fields.CharField(max_length=255)
    subject_hash = fields.CharField(max_length=64)
    subject_sealed = fields.BinaryField()
    supporter_id: int | None
    supporter: fields.ForeignKeyNullableRelation[Supporter] = fields.ForeignKeyField(
        "models.Supporter", null=True, on_delete=OnDelete.SET_NULL
    )
    digest = fields.CharField(max_length=64, default="")  # of what the issuer last said of the person
    created_at = InstantField(default=now)
    not_before = InstantField(null=True)  # tokens of before are good for nothing

    class Meta:
        table = "identities"
        unique_together = (("issuer", "subject_hash"),)


PLACE = "identities.subject"


def subject(text: str) -> dict[str, Any]:
    """The columns that keep a subject, and find it."""
    return {"subject_hash": sealing.keys().hash(text), "subject_sealed": sealing.keys().seal(text, PLACE)}


_OF_SUBJECT = (
    f"SELECT {columns(Identity)} FROM identities WHERE issuer = $1 AND subject_hash IN {{texts $2}} ORDER BY id LIMIT 1"
)
OF_SUBJECT = Statement(_OF_SUBJECT)
OF_SUBJECT_FOR_UPDATE = Statement(f"{_OF_SUBJECT} {{for update}}")
CLAIM = Statement(
    "INSERT INTO identities (issuer, subject_hash, subject_sealed, digest, created_at) VALUES ($1, $2, $3, '', $4)"
    " ON CONFLICT (issuer, subject_hash) DO NOTHING RETURNING id"
)
# a person who was erased and comes again is a new one
REMEMBER = Statement(
    "UPDATE identities SET supporter_id = $2, digest = $3, subject_hash = $4, subject_sealed = $5 WHERE id = $1"
    " RETURNING id"
)
# one that was verified does not give way to one that is not
WRITE_ADDRESS = Statement(
    "UPDATE profiles SET email_sealed = $2, email_hash = $3, email_verified = $4"
    " WHERE supporter_id = $1 AND ($4 OR NOT email_verified) RETURNING id"
)
END_ALL = Statement("UPDATE identities SET not_before = $2 WHERE supporter_id = $1 RETURNING id")
UNSEALED = Statement(
    f"SELECT {columns(Identity)} FROM identities WHERE id > $1 AND length(subject_sealed) > 0"
    " AND substr(subject_sealed, 1, 4) <> $2 ORDER BY id LIMIT $3 {for update}"
)
RESEAL = Statement("UPDATE identities SET subject_hash = $2, subject_sealed = $3 WHERE id = $1 RETURNING id")
