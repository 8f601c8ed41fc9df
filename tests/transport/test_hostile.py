"""Documents and variables that are made to take long: over HTTP each is refused, with a code, after few steps."""

import json
import sys
from typing import Any

import httpx2
import pytest
from graphql import get_introspection_query

from tests.support.app import TestApp

pytestmark = pytest.mark.anyio

FEW = 2_000_000  # calls and returns; a page of 20 threads takes some hundred thousand
COSTLY, INVALID, VARIABLES = "OPERATION_TOO_COSTLY", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"

NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
CREATE = "mutation($input: CreateCampaignInput!) { createCampaign(input: $input) { __typename } }"


def spreading(count: int, *, twice: str) -> str:
    """Fragments that each spread the next one, some way."""
    fragments = [f"fragment F{n} on Comment {{ {twice.replace('NEXT', f'...F{n + 1}')} }}" for n in range(count)]
    return " ".join(['{ node(id: "a") { ...F0 } }', *fragments, f"fragment F{count} on Comment {{ id }}"])


def nested(text: str, depth: int, inside: str) -> str:
    """`text` within itself, again and again, at its dots."""
    before, after = text.split("...")
    return before * depth + inside + after * depth


def deep(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"a": value}
    return value


HOSTILE: dict[str, tuple[str, Any, str]] = {
    "25 fragments that are each spread twice": (spreading(25, twice="NEXT NEXT"), None, COSTLY),
    "22 fragments, each twice below the other": (
        spreading(22, twice="a: parent { NEXT } b: parent { NEXT }"),
        None,
        COSTLY,
    ),
    "fragments in a cycle": (spreading(2, twice="parent { ...F0 } NEXT"), None, INVALID),
    "a fragment that spreads itself": ("{ ...F } fragment F on Query { ...F }", None, INVALID),
    "10,000 aliases": ("{ " + " ".join(f"a{n}: viewer {{ role }}" for n in range(10_000)) + " }", None, COSTLY),
    "390 aliases": ("{ " + " ".join(f"a{n}: viewer {{ role }}" for n in range(390)) + " }", None, COSTLY),
    "10,000 directives": ("{ viewer " + "@skip(if: false) " * 10_000 + "{ role } }", None, COSTLY),
    "300 directives": ("{ viewer " + "@skip(if: false) " * 300 + "{ role } }", None, COSTLY),
    "deep introspection": (
        "{ __schema { types { name " + nested("fields { type { ... } }", 30, "name") + " } } }",
        None,
        COSTLY,
    ),
    "wide introspection": (
        "{ __schema { types { " + nested("fields { type { ... } }", 5, "name") + " } } }",
        None,
        INVALID,
    ),
    "deep replies": (
        '{ node(id: "a") { ... on Comment { ' + nested("parent { ... }", 100, "id") + " } } }",
        None,
        COSTLY,
    ),
    "pages of pages": (
        "{ campaigns(first: 100) { nodes { "
        + nested("comments(first: 100) { nodes { campaign { ... } } }", 3, "id")
        + " } } }",
        None,
        COSTLY,
    ),
    "100,000 ids": (NODES, {"ids": ["a"] * 100_000}, COSTLY),
    "4,000 ids": (NODES, {"ids": ["a"] * 4_000}, "INVALID"),
    "a list in a list, 900 times": (NODES, {"ids": json.loads("[" * 900 + "]" * 900)}, VARIABLES),
    "an object in an object, 900 times": (CREATE, {"input": deep(900)}, VARIABLES),
    "an object in an object, in the document": (
        f"mutation {{ createCampaign(input: {nested('{ a: ... }', 150, '1')}) {{ __typename }} }}",
        None,
        INVALID,
    ),
    "50,000 entries that are not what they should be": (CREATE, {"input": {"footnotes": [1] * 50_000}}, COSTLY),
    "50,000 names that are not known": (CREATE, {"input": {f"n{n}": 1 for n in range(50_000)}}, COSTLY),
    "50,000 variables that are not asked for": (NODES, {f"n{n}": 1 for n in range(50_000)}, COSTLY),
    "100 operations": (" ".join(f"query Q{n} {{ viewer {{ role }} }}" for n in range(100)), None, COSTLY),
}


async def posted(site: TestApp, query: str, variables: Any) -> tuple[httpx2.Response, int]:
    """The answer, and the calls that it took: the same number on every machine, however busy it is."""
    made = 0

    def count(*_: object) -> None:
        nonlocal made
        made += 1

    body = json.dumps({"query": query, "variables": variables}).encode()
    sys.setprofile(count)
    try:
        answer = await site.http.post("/graphql", content=body, headers={"content-type": "application/json"})
    finally:
        sys.setprofile(None)
    return answer, made


@pytest.mark.parametrize("name", HOSTILE)
async def test_what_is_made_to_take_long_is_refused_after_few_steps(site: TestApp, name: str) -> None:
    query, variables, code = HOSTILE[name]

    answer, steps = await posted(site, query, variables)

    assert {error["extensions"]["code"] for error in answer.json()["errors"]} == {code}
    assert len(answer.content) < 20_000
    assert steps < FEW


async def test_the_introspection_of_every_tool_is_answered(site: TestApp) -> None:
    """What is refused is only more than anyone needs."""
    answer = await site.ask(get_introspection_query())

    assert answer["__schema"]["queryType"]["name"] == "Query"
