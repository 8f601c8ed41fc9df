"""Revocations: tokens that are good for nothing before they expire. A token is not a row; its revocation is one."""

from tortoise import fields
from tortoise.indexes import Index

from storage.fields import InstantField
from storage.rows import Row


class Revocation(Row):
    """Of one session's tokens, or of all that a person had at the time. It outlives the person: there is no key."""

    id = fields.BigIntField(primary_key=True)
    supporter_id = fields.BigIntField(null=True)
    session_id = fields.BigIntField(null=True)
    revoked_at = InstantField()
    expires_at = InstantField()  # when the last token that it is about has expired by itself

    class Meta:
        table = "revocations"
        indexes = (
            # what other processes have revoked lately
            Index(fields=("revoked_at",), name="revocations_newest"),
            # what nobody needs to know any more
            Index(fields=("expires_at",), name="revocations_oldest"),
        )
