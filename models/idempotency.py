"""The first answer of each mutation that came with an idempotency key."""

from collections.abc import Iterable

from tortoise import fields
from tortoise.indexes import Index

from storage.database import Statement, fetch, json_list
from storage.fields import InstantField, ValueField, now
from storage.rows import Row


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


def of_person(supporter_id: int) -> str:
    """The owner of what somebody did who had said who they are."""
    return f"supporter:{supporter_id}"


def of_visitor(visitor: str) -> str:
    """The owner of what an anonymous visitor did, by their fingerprint."""
    return f"visitor:{visitor}"


FORGET = Statement("DELETE FROM idempotency_keys WHERE created_at < $1 RETURNING id")
CLAIM = Statement(
    "INSERT INTO idempotency_keys (owner, mutation, key, fingerprint, created_at) VALUES ($1, $2, $3, $4, $5)"
    " ON CONFLICT (owner, mutation, key) DO NOTHING RETURNING id"
)
FIND = Statement("SELECT fingerprint, answer FROM idempotency_keys WHERE owner = $1 AND mutation = $2 AND key = $3")
REMEMBER = Statement("UPDATE idempotency_keys SET answer = $2 WHERE id = $1 RETURNING id")
GIVE_UP = Statement("DELETE FROM idempotency_keys WHERE id = $1 RETURNING id")

# an answer that names a person, or a signature of theirs
_NAMING = (
    "json_extract(answer, '$.supporter') = $2 OR json_extract(answer, '$.signature') IN {ids $3}",
    "(answer->>'supporter')::bigint = $2 OR (answer->>'signature')::bigint IN {ids $3}",
)


def _forget(held_by: str) -> Statement:
    """A person's own answers, and those that name the person among what others hold."""
    own_and = f"DELETE FROM idempotency_keys WHERE owner = $1 OR {held_by}"
    return Statement(*(f"{own_and} ({naming}) RETURNING id" for naming in _NAMING))


# after a guest was merged: searches the answers of one visitor, along the index of owners
FORGET_GUEST = _forget("owner = $4 AND")
# after an erasure: searches all answers of the last IDEMPOTENCY_HOURS, since neither the person's fingerprint as a
# visitor is known, nor the guests who signed with the person's e-mail
FORGET_PERSON = _forget("")


async def delete_answers(supporter_id: int, signature_ids: Iterable[int], visitor: str | None = None) -> None:
    """Delete a person's first answers, and all other answers that name the person or one of the signatures.

    With a visitor's fingerprint, only this visitor's answers are searched for names, along an index. Without one, the
    whole table is searched.
    """
    naming = (of_person(supporter_id), supporter_id, json_list(signature_ids))
    if visitor is None:
        await fetch(FORGET_PERSON, *naming)
    else:
        await fetch(FORGET_GUEST, *naming, of_visitor(visitor))
