"""API keys: the programs that may use the API, the scopes of each key, and the hash that a key is found by."""

from datetime import datetime

from tortoise import fields
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from models.supporters import Supporter
from storage.fields import InstantField, ValueField, now
from storage.keyset import Sort
from storage.rows import Row


class ApiKeySort(Sort):
    NEWEST = ("DESC", "id")


class ApiKey(Row):
    """A key is valid until it expires or is revoked. Only a hash of the key is stored."""

    id = fields.BigIntField(primary_key=True)
    supporter_id: int
    # the author of what the program writes
    supporter: fields.ForeignKeyRelation[Supporter] = fields.ForeignKeyField("models.Supporter", db_index=False)
    name = fields.CharField(max_length=100)
    digest = fields.CharField(max_length=64, unique=True)  # keyed hash of the whole key
    prefix = fields.CharField(max_length=16)  # the key's first characters, to tell keys apart
    scopes = ValueField()  # a list of scope names
    created_at = InstantField(default=now)
    expires_at = InstantField(null=True)
    last_used_at = InstantField(null=True)
    revoked_at = InstantField(null=True)

    key: str | None = None
    """The plain key; set only on the row that `issue_key` returns."""

    class Meta:
        table = "api_keys"


def valid_keys(at: datetime) -> QuerySet[ApiKey]:
    """Return the query for the keys that are neither revoked nor expired at that time."""
    return ApiKey.filter(Q(expires_at=None) | Q(expires_at__gt=at), revoked_at=None)
