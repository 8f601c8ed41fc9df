"""The first answer of each mutation that came with an idempotency key."""

from tortoise import fields
from tortoise.indexes import Index

from models.database import Statement
from models.fields import InstantField, ValueField, now
from models.rows import Row


class IdempotencyKey(Row):
    id = fields.BigIntField(primary_key=True)
    owner = fields.CharField(max_length=64)  # whose key: a supporter, or an anonymous visitor's fingerprint
    mutation = fields.CharField(max_length=64)
    key = fields.CharField(max_length=64)
    fingerprint = fields.CharField(max_length=64)  # of the input, without the key
    answer = ValueField(null=True)  # the rows of the payload, by their global ids
    created_at = InstantField(default=now)

    class Meta:
        table = "idempotency_keys"
        unique_together = (("owner", "mutation", "key"),)
        # what has grown too old
        indexes = (Index(fields=("created_at",), name="idempotency_keys_oldest"),)


FORGET = Statement("DELETE FROM idempotency_keys WHERE created_at < $1 RETURNING id")
CLAIM = Statement(
    "INSERT INTO idempotency_keys (owner, mutation, key, fingerprint, created_at) VALUES ($1, $2, $3, $4, $5)"
    " ON CONFLICT (owner, mutation, key) DO NOTHING RETURNING id"
)
FIND = Statement("SELECT fingerprint, answer FROM idempotency_keys WHERE owner = $1 AND mutation = $2 AND key = $3")
REMEMBER = Statement("UPDATE idempotency_keys SET answer = $2 WHERE id = $1 RETURNING id")
GIVE_UP = Statement("DELETE FROM idempotency_keys WHERE id = $1 RETURNING id")
