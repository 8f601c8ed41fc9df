"""Idempotency keys: each mutation runs once for a key, with two concurrent requests and a later retry."""

import asyncio
from typing import Any

import pytest

from jobs import audits
from models import ConfirmationRequest
from tests.api.test_access import TABLE
from tests.support.access_matrix import AccessMatrix, core, whole_payload
from tests.support.app import TestApp

pytestmark = pytest.mark.anyio

SHOWN_ONCE = {"accessToken", "refreshToken", "key"}
"""Payload fields that a retry gets with another value or as null. Each has tests of its own."""
EXCLUDED = {"Mutation.signOut"}
"""signOut revokes the token that a retry would need; see tests/api/test_sessions.py."""
ALLOWED = ("ok", "RATE_LIMITED")
CASES = [
    (field, role)
    for field, (_, wanted) in TABLE.items()
    for role in ("anonymous", "author" if wanted["author"] in ALLOWED else "ADMIN")
    if field.startswith("Mutation.") and field not in EXCLUDED and wanted[role] in ALLOWED
]
"""Each mutation, by an anonymous visitor if allowed and by a person, since keys belong to their user."""


class RetryingMatrix(AccessMatrix):
    """Sends each mutation twice concurrently and once more afterwards, with one idempotency key."""

    async def mutate(self, role: str, mutation: str, /, **given: Any) -> str:
        await ConfirmationRequest.all().delete()  # else an email gets no second one for an hour
        payload, arguments = whole_payload(mutation), given | {"idempotencyKey": "6f1c2a3e-92b1-4c55"}
        requests = [self.site.do(mutation, payload, self.tokens[role], **arguments) for _ in range(3)]
        answers = [*await asyncio.gather(*requests[:2]), await requests[2]]
        assert sorted(answer["replayed"] for answer in answers) == [False, True, True], answers
        assert answers[2]["replayed"]
        assert comparable(answers[0]) == comparable(answers[1]) == comparable(answers[2])
        return "ok"


def comparable(answer: dict[str, Any]) -> dict[str, Any]:
    names = {name: name.rpartition("__")[2] for name in answer}
    return {name: value for name, value in answer.items() if names[name] not in {"replayed", *SHOWN_ONCE}}


@pytest.mark.parametrize(("field", "role"), CASES)
async def test_mutation_runs_once_for_a_key(site: TestApp, field: str, role: str) -> None:
    matrix = await RetryingMatrix.of(site)
    attempt, _ = TABLE[field]

    assert await attempt(matrix, role) == "ok"

    assert await audits.drift() == []


def test_every_mutation_is_covered() -> None:
    mutations = core().mutation_type
    assert mutations is not None

    assert {field for field, _ in CASES} == {f"Mutation.{name}" for name in mutations.fields} - EXCLUDED
