"""Sessions: one for each sign-in, kept alive by its refresh token."""

import secrets

from tortoise import fields
from tortoise.indexes import Index

from models.supporters import Role, Supporter
from storage.database import Statement
from storage.fields import InstantField, now
from storage.rows import Row, columns


def _family() -> str:
    return secrets.token_hex(16)


class Session(Row):
    """Nothing of its refresh token is kept: it is made anew from `family` and `generation`, by the server's key."""

    id = fields.BigIntField(primary_key=True)
    supporter_id: int
    supporter: fields.ForeignKeyRelation[Supporter] = fields.ForeignKeyField("models.Supporter", db_index=False)
    role = fields.CharEnumField(Role, max_length=16)
    family = fields.CharField(max_length=32, unique=True, default=_family)  # what all its refresh tokens share
    generation = fields.IntField(default=0)  # how often it was refreshed
    created_at = InstantField(default=now)
    refreshed_at = InstantField(default=now)
    expires_at = InstantField()
    ended_at = InstantField(null=True)

    class Meta:
        table = "sessions"
        indexes = (
            # all of a person's, to be ended together
            Index(fields=("supporter_id",), name="sessions_of_supporter"),
            # what nobody needs to know any more
            Index(fields=("expires_at",), name="sessions_oldest"),
        )


BY_FAMILY = Statement(f"SELECT {columns(Session)} FROM sessions WHERE family = $1 {{for update}}")
REFRESH = Statement(
    "UPDATE sessions SET generation = generation + 1, refreshed_at = $2, expires_at = $3 WHERE id = $1"
    f" RETURNING {columns(Session)}"
)
END_ALL = Statement("UPDATE sessions SET ended_at = $2 WHERE supporter_id = $1 AND ended_at IS NULL RETURNING id")
