"""API keys, for programs of others: what each may do, and a hash by which it is known again."""

from datetime import datetime

from tortoise import fields
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from models.supporters import Supporter
from storage.fields import InstantField, ValueField, now
from storage.rows import Row


class ApiKey(Row):
    """A key is good until it expires or is revoked. It is not kept: nobody can read it here."""

    id = fields.BigIntField(primary_key=True)
    supporter_id: int
    # in whose name its program writes
    supporter: fields.ForeignKeyRelation[Supporter] = fields.ForeignKeyField("models.Supporter", db_index=False)
    name = fields.CharField(max_length=100)
    digest = fields.CharField(max_length=64, unique=True)  # keyed, of the whole key
    prefix = fields.CharField(max_length=16)  # of the key, for those who have several
    scopes = ValueField()  # a list of their names
    created_at = InstantField(default=now)
    expires_at = InstantField(null=True)
    last_used_at = InstantField(null=True)
    revoked_at = InstantField(null=True)

    key: str | None = None
    """The key itself; only on the row that was just made."""

    class Meta:
        table = "api_keys"


def good(at: datetime) -> QuerySet[ApiKey]:
    """Return the query for the keys that are neither revoked nor expired at that time."""
    return ApiKey.filter(Q(expires_at=None) | Q(expires_at__gt=at), revoked_at=None)
