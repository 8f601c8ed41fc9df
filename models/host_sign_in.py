"""Host identities: which supporter a subject of the host site's own sign-in is."""

from typing import Any

from tortoise import fields
from tortoise.fields.base import OnDelete

from models.supporters import Role, Supporter
from storage import sealing
from storage.database import Statement
from storage.fields import EnumField, InstantField, now
from storage.rows import Row, columns


class HostIdentity(Row):
    """A subject of an issuer, which may be an e-mail address: it is stored encrypted and found by its keyed hash.

    The row of an erased person stays for as long as a token issued before the erasure could be valid.
    """

    id = fields.BigIntField(primary_key=True)
    issuer = fields.CharField(max_length=255)
    subject_hash = fields.CharField(max_length=64)
    subject_sealed = fields.BinaryField()
    supporter_id: int | None
    supporter: fields.ForeignKeyNullableRelation[Supporter] = fields.ForeignKeyField(
        "models.Supporter", null=True, on_delete=OnDelete.SET_NULL
    )
    digest = fields.CharField(max_length=64, default="")  # of the person's claims in the newest token
    role = EnumField(Role, max_length=16, null=True)  # in the newest token; null: not yet known
    claimed_at = InstantField(null=True)  # `iat` of the newest token: an older token changes nothing
    created_at = InstantField(default=now)
    not_before = InstantField(null=True)  # tokens issued before are revoked

    class Meta:
        table = "identities"
        unique_together = (("issuer", "subject_hash"),)


SUBJECT_PLACE = "identities.subject"


def subject_columns(subject: str) -> dict[str, Any]:
    """Return the columns that store a subject: its keyed hash and its encrypted text."""
    keys = sealing.keys()
    return {"subject_hash": keys.hash(subject), "subject_sealed": keys.seal(subject, SUBJECT_PLACE)}


LOCK_BY_SUBJECT = Statement(
    f"SELECT {columns(HostIdentity)} FROM identities WHERE issuer = $1 AND subject_hash IN {{texts $2}}"
    " ORDER BY id LIMIT 1 {for update}"
)
# nothing to write if the newest token's claims have changed meanwhile
UPDATE_CLAIMED_AT = Statement(
    "UPDATE identities SET claimed_at = $3 WHERE id = $1 AND digest = $2 AND claimed_at < $3 RETURNING id"
)
SELECT_FOR_RESEALING = Statement(
    f"SELECT {columns(HostIdentity)} FROM identities WHERE id > $1 AND length(subject_sealed) > 0"
    " AND substr(subject_sealed, 1, 4) <> $2 ORDER BY id LIMIT $3 {for update}"
)
UPDATE_SUBJECT = Statement("UPDATE identities SET subject_hash = $2, subject_sealed = $3 WHERE id = $1 RETURNING id")
