"""Every mutation is done once for an idempotency key: by two requests at once, and by a third one afterwards."""

import asyncio
from typing import Any

import pytest

import storage
from jobs import audits
from storage.database import Statement
from tests.api.test_access import TABLE
from tests.support.access_matrix import AccessMatrix, core, whole_payload
from tests.support.app import TestApp

pytestmark = pytest.mark.anyio

SHOWN_ONCE = {"accessToken", "refreshToken", "key"}
"""What a retry is given anew, or not at all; each has tests where it is made."""
APART = {"Mutation.signOut"}
"""It ends the token that a retry would come with; see tests/api/test_sessions.py."""
AN_HOUR_LATER = Statement("DELETE FROM asked_addresses RETURNING id")
MAY = ("ok", "RATE_LIMITED")
TRIED = [
    (field, role)
    for field, (_, wanted) in TABLE.items()
    for role in ("anonymous", "author" if wanted["author"] in MAY else "ADMIN")
    if field.startswith("Mutation.") and field not in APART and wanted[role] in MAY
]
"""Each by a visitor, if it is for them, and by a person: a key is known by whose it is."""


class Retrying(AccessMatrix):
    """Whose mutations are sent twice at once and then again, with one key."""

    async def mutate(self, role: str, mutation: str, /, **given: Any) -> str:
        async with storage.transaction():
            await storage.fetch(AN_HOUR_LATER)
        payload, keyed = whole_payload(mutation), given | {"idempotencyKey": "once"}
        tries = [self.site.do(mutation, payload, self.tokens[role], **keyed) for _ in range(3)]
        answers = [*await asyncio.gather(*tries[:2]), await tries[2]]
        assert sorted(answer["replayed"] for answer in answers) == [False, True, True], answers
        assert answers[2]["replayed"]
        assert same(answers[0]) == same(answers[1]) == same(answers[2])
        return "ok"


def same(answer: dict[str, Any]) -> dict[str, Any]:
    names = {name: name.rpartition("__")[2] for name in answer}
    return {name: value for name, value in answer.items() if names[name] not in {"replayed", *SHOWN_ONCE}}


@pytest.mark.parametrize(("field", "role"), TRIED)
async def test_a_mutation_is_done_once_for_a_key(site: TestApp, field: str, role: str) -> None:
    matrix = await Retrying.of(site)
    attempt, _ = TABLE[field]

    assert await attempt(matrix, role) == "ok"

    assert await audits.drift() == []


def test_every_mutation_is_tried() -> None:
    mutations = core().mutation_type
    assert mutations is not None

    assert {field for field, _ in TRIED} == {f"Mutation.{name}" for name in mutations.fields} - APART
