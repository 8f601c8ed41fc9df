"""Idempotency keys: the stored answer to each mutation that was sent with a key, replayed when a client retries."""

from collections.abc import Iterable

from tortoise import fields
from tortoise.indexes import Index

from storage.database import Statement, fetch, json_list
from storage.fields import InstantField, ValueField, now
from storage.rows import Row


class IdempotencyKey(Row):
    id = fields.BigIntField(primary_key=True)
    owner = fields.CharField(max_length=64)  # who used the key: a supporter, or an anonymous visitor's fingerprint
    mutation = fields.CharField(max_length=64)
    key = fields.CharField(max_length=64)
    fingerprint = fields.CharField(max_length=64)  # keyed hash of the input without the key
    answer = ValueField(null=True)  # the ids of the payload's rows, and the payload's plain values
    created_at = InstantField(default=now)

    class Meta:
        table = "idempotency_keys"
        unique_together = (("owner", "mutation", "key"),)
        # deleting expired keys
        indexes = (Index(fields=("created_at",), name="idempotency_keys_oldest"),)


def supporter_owner(supporter_id: int) -> str:
    """Return the `owner` of keys that a signed-in person or a guest uses."""
    return f"supporter:{supporter_id}"


def visitor_owner(visitor: str) -> str:
    """Return the `owner` of keys that an anonymous visitor with this fingerprint uses."""
    return f"visitor:{visitor}"


DELETE_EXPIRED = Statement("DELETE FROM idempotency_keys WHERE created_at < $1 RETURNING id")
# returns no row if the key is in use; on PostgreSQL, waits for a transaction that is inserting the same key
CLAIM_KEY = Statement(
    "INSERT INTO idempotency_keys (owner, mutation, key, fingerprint, created_at) VALUES ($1, $2, $3, $4, $5)"
    " ON CONFLICT (owner, mutation, key) DO NOTHING RETURNING id"
)
SELECT_ANSWER = Statement(
    "SELECT fingerprint, answer FROM idempotency_keys WHERE owner = $1 AND mutation = $2 AND key = $3"
)
STORE_ANSWER = Statement("UPDATE idempotency_keys SET answer = $2 WHERE id = $1 RETURNING id")
RELEASE_KEY = Statement("DELETE FROM idempotency_keys WHERE id = $1 RETURNING id")

# an answer that contains the supporter $2, or one of the signatures $3
_CONTAINS_PERSON = (
    "json_extract(answer, '$.supporter') = $2 OR json_extract(answer, '$.signature') IN {ids $3}",
    "(answer->>'supporter')::bigint = $2 OR (answer->>'signature')::bigint IN {ids $3}",
)


def _delete_answers(condition: str) -> Statement:
    """Delete the answers of owner $1, and answers to others that contain the person and fulfil the condition."""
    delete = f"DELETE FROM idempotency_keys WHERE owner = $1 OR {condition}"
    return Statement(*(f"{delete} ({contains_person}) RETURNING id" for contains_person in _CONTAINS_PERSON))


# of a guest whose account was merged: also the answers to this visitor $4, found by the index of owners
DELETE_ANSWERS_OF_GUEST = _delete_answers("owner = $4 AND")
# of an erased person: no row tells which visitor or guest the person was, so all answers are searched; none is older
# than IDEMPOTENCY_HOURS
DELETE_ANSWERS_OF_PERSON = _delete_answers("")


async def delete_answers(supporter_id: int, signature_ids: Iterable[int], visitor: str | None = None) -> None:
    """Delete a person's first answers, and all other answers that name the person or one of the signatures.

    With a visitor's fingerprint, only this visitor's answers are searched for names, along an index. Without one, the
    whole table is searched.
    """
    names = (supporter_owner(supporter_id), supporter_id, json_list(signature_ids))
    if visitor is None:
        await fetch(DELETE_ANSWERS_OF_PERSON, *names)
    else:
        await fetch(DELETE_ANSWERS_OF_GUEST, *names, visitor_owner(visitor))
