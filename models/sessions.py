"""Sessions: one for each sign-in, extended by its refresh token."""

import secrets

from tortoise import fields
from tortoise.indexes import Index

from models.supporters import Role, Supporter
from storage.database import Statement
from storage.fields import EnumField, InstantField, now
from storage.rows import Row, columns


def _family() -> str:
    return secrets.token_hex(16)


class Session(Row):
    """The refresh token is not stored: it is computed from `family`, `generation` and a key of the server."""

    id = fields.BigIntField(primary_key=True)
    supporter_id: int
    supporter: fields.ForeignKeyRelation[Supporter] = fields.ForeignKeyField("models.Supporter", db_index=False)
    role = EnumField(Role, max_length=16)
    family = fields.CharField(max_length=32, unique=True, default=_family)  # shared by all its refresh tokens
    network_hash = fields.CharField(max_length=64, null=True)  # keyed hash of mailbox and network that it began with
    generation = fields.IntField(default=0)  # number of refreshes
    created_at = InstantField(default=now)
    refreshed_at = InstantField(default=now)
    expires_at = InstantField()
    ended_at = InstantField(null=True)

    class Meta:
        table = "sessions"
        indexes = (
            # all sessions of a person, to end them together
            Index(fields=("supporter_id",), name="sessions_of_supporter"),
            # whether a mailbox was proven from a network
            Index(fields=("network_hash",), name="sessions_of_network"),
            # expired sessions, to delete them
            Index(fields=("expires_at",), name="sessions_oldest"),
        )


LOCK_BY_FAMILY = Statement(f"SELECT {columns(Session)} FROM sessions WHERE family = $1 {{for update}}")
END_ALL_OF_SUPPORTER = Statement(
    "UPDATE sessions SET ended_at = $2 WHERE supporter_id = $1 AND ended_at IS NULL RETURNING id"
)
