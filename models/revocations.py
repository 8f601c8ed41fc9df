"""Revocations: tokens that are invalid before they expire. Tokens are not stored; their revocations are."""

from tortoise import fields
from tortoise.indexes import Index

from storage.fields import InstantField
from storage.rows import Row


class Revocation(Row):
    """Revokes the tokens of one session, or all tokens that a person had at `revoked_at`.

    There are no foreign keys: a revocation must outlive an erased person.
    """

    id = fields.BigIntField(primary_key=True)
    supporter_id = fields.BigIntField(null=True)
    session_id = fields.BigIntField(null=True)
    revoked_at = InstantField()
    expires_at = InstantField()  # when the last of the revoked tokens has expired

    class Meta:
        table = "revocations"
        indexes = (
            # the newest, which other processes poll
            Index(fields=("revoked_at",), name="revocations_newest"),
            # expired revocations, to delete them
            Index(fields=("expires_at",), name="revocations_oldest"),
        )
