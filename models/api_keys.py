"""API keys, for programs of others: what each may do, and a hash by which it is known again."""

from tortoise import fields

from models.supporters import Supporter
from storage.database import Statement
from storage.fields import InstantField, ValueField, now
from storage.rows import Row, columns


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


def _good(at: str) -> str:
    return f"revoked_at IS NULL AND (expires_at IS NULL OR expires_at > {at})"


NEWEST_FIRST = Statement(f"SELECT {columns(ApiKey)} FROM api_keys ORDER BY id DESC")
COUNT_GOOD = Statement(f"SELECT count(*) FROM api_keys WHERE {_good('$1')}")
BY_DIGEST = Statement(f"SELECT {columns(ApiKey)} FROM api_keys WHERE digest = $1 AND {_good('$2')}")
STILL_GOOD = Statement(f"SELECT id FROM api_keys WHERE id IN {{ids $1}} AND {_good('$2')}")
NOTE_USES = Statement("UPDATE api_keys SET last_used_at = $2 WHERE id IN {ids $1} RETURNING id")
# the first time is the one that is remembered
REVOKE = Statement(
    f"UPDATE api_keys SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1 RETURNING {columns(ApiKey)}"
)
