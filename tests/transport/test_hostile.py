"""Hostile documents and variables (denial of service): each is rejected over HTTP with a code, after few steps."""

import json
import sys
from typing import Any

import httpx2
import pytest
from graphql import get_introspection_query

from tests.support.app import TestApp

pytestmark = pytest.mark.anyio

MAX_PROFILE_EVENTS = 2_000_000  # calls and returns; a page of 20 threads takes some hundred thousand
TOO_COSTLY, INVALID, BAD_VARIABLES = "OPERATION_TOO_COSTLY", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"

NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
CREATE = "mutation($input: CreateCampaignInput!) { createCampaign(input: $input) { __typename } }"


def chained_fragments(count: int, *, selection: str) -> str:
    """Return a document of fragments that each spread the next one where the selection says NEXT."""
    fragments = [f"fragment F{n} on Comment {{ {selection.replace('NEXT', f'...F{n + 1}')} }}" for n in range(count)]
    return " ".join(['{ node(id: "a") { ...F0 } }', *fragments, f"fragment F{count} on Comment {{ id }}"])


def nested(text: str, depth: int, inside: str) -> str:
    """Nest the text `depth` times within itself, at its three dots."""
    before, after = text.split("...")
    return before * depth + inside + after * depth


def nested_object(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"a": value}
    return value


HOSTILE: dict[str, tuple[str, Any, str]] = {
    "25 fragments that are each spread twice": (chained_fragments(25, selection="NEXT NEXT"), None, TOO_COSTLY),
    "22 fragments, each twice below the other": (
        chained_fragments(22, selection="a: parent { NEXT } b: parent { NEXT }"),
        None,
        TOO_COSTLY,
    ),
    "fragments in a cycle": (chained_fragments(2, selection="parent { ...F0 } NEXT"), None, INVALID),
    "a fragment that spreads itself": ("{ ...F } fragment F on Query { ...F }", None, INVALID),
    "10,000 aliases": ("{ " + " ".join(f"a{n}: viewer {{ role }}" for n in range(10_000)) + " }", None, TOO_COSTLY),
    "390 aliases": ("{ " + " ".join(f"a{n}: viewer {{ role }}" for n in range(390)) + " }", None, TOO_COSTLY),
    "10,000 directives": ("{ viewer " + "@skip(if: false) " * 10_000 + "{ role } }", None, TOO_COSTLY),
    "300 directives": ("{ viewer " + "@skip(if: false) " * 300 + "{ role } }", None, TOO_COSTLY),
    "deep introspection": (
        "{ __schema { types { name " + nested("fields { type { ... } }", 30, "name") + " } } }",
        None,
        TOO_COSTLY,
    ),
    "wide introspection": (
        "{ __schema { types { " + nested("fields { type { ... } }", 5, "name") + " } } }",
        None,
        TOO_COSTLY,
    ),
    "deep replies": (
        '{ node(id: "a") { ... on Comment { ' + nested("parent { ... }", 100, "id") + " } } }",
        None,
        TOO_COSTLY,
    ),
    "pages of pages": (
        "{ campaigns(first: 100) { nodes { "
        + nested("comments(first: 100) { nodes { campaign { ... } } }", 3, "id")
        + " } } }",
        None,
        TOO_COSTLY,
    ),
    "100,000 ids": (NODES, {"ids": ["a"] * 100_000}, TOO_COSTLY),
    "4,000 ids": (NODES, {"ids": ["a"] * 4_000}, "INVALID"),
    "a list in a list, 900 times": (NODES, {"ids": json.loads("[" * 900 + "]" * 900)}, BAD_VARIABLES),
    "an object in an object, 900 times": (CREATE, {"input": nested_object(900)}, BAD_VARIABLES),
    "an object in an object, in the document": (
        f"mutation {{ createCampaign(input: {nested('{ a: ... }', 150, '1')}) {{ __typename }} }}",
        None,
        INVALID,
    ),
    "50,000 list items of a wrong type": (CREATE, {"input": {"footnotes": [1] * 50_000}}, TOO_COSTLY),
    "50,000 unknown input fields": (CREATE, {"input": {f"n{n}": 1 for n in range(50_000)}}, TOO_COSTLY),
    "50,000 undeclared variables": (NODES, {f"n{n}": 1 for n in range(50_000)}, TOO_COSTLY),
    "100 operations": (" ".join(f"query Q{n} {{ viewer {{ role }} }}" for n in range(100)), None, TOO_COSTLY),
}


async def post_and_count_steps(site: TestApp, query: str, variables: Any) -> tuple[httpx2.Response, int]:
    """Return the response and the number of calls and returns, which does not depend on the machine or its load."""
    steps = 0

    def count(*_: object) -> None:
        nonlocal steps
        steps += 1

    body = json.dumps({"query": query, "variables": variables}).encode()
    sys.setprofile(count)
    try:
        response = await site.http.post("/graphql", content=body, headers={"content-type": "application/json"})
    finally:
        sys.setprofile(None)
    return response, steps


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_operation_is_rejected_after_few_steps(site: TestApp, name: str) -> None:
    query, variables, code = HOSTILE[name]

    response, steps = await post_and_count_steps(site, query, variables)

    assert {error["extensions"]["code"] for error in response.json()["errors"]} == {code}
    assert len(response.content) < 20_000
    assert steps < MAX_PROFILE_EVENTS


async def test_standard_introspection_query_is_answered(site: TestApp) -> None:
    """The limits leave room for the introspection query that all tools send."""
    response = await site.ask(get_introspection_query())

    assert response["__schema"]["queryType"]["name"] == "Query"
