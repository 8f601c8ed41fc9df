"""Cost: the estimate of an operation follows the lists that its answer has."""

from typing import Any

import pytest
from graphql import GraphQLObjectType

import execution
from execution.cost import declared_list_size
from models import ReactionKind
from server import create_schema
from settings import Settings
from tests.support.app import TestApp

pytestmark = pytest.mark.anyio

SCHEMA = create_schema(Settings())
COMMENT_PAGE = "... on Comment { replies(first: 10) { nodes { body { html } } } }"


def points(text: str, variables: dict[str, Any] | None = None) -> int:
    cost = execution.explain(SCHEMA, text, variables).cost
    assert cost is not None
    return cost.points


@pytest.mark.parametrize("size", [1, 100])
def test_nodes_costs_as_many_items_as_it_has_ids(size: int) -> None:
    query = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ {COMMENT_PAGE} }} }}"
    one = points(f'{{ node(id: "Q29tbWVudDox") {{ {COMMENT_PAGE} }} }}')

    assert points(query, {"ids": ["Q29tbWVudDox"] * size}) == 1 + size * (one - 1)


async def test_many_full_nodes_are_refused(site: TestApp) -> None:
    whole = "... on Comment { replies(first: 100) { nodes { id body { html } author { id } } } }"

    codes = await site.codes(f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ {whole} }} }}", ids=["Q29tbWVudDox"] * 100)

    assert codes == ["OPERATION_TOO_COSTLY"]


def test_reactions_cost_one_item_a_kind() -> None:
    comment = '{ node(id: "Q29tbWVudDox") { ... on Comment { %s } } }'
    without = points(comment % "state")

    assert points(comment % "state reactions { count }") == without + 1 + len(ReactionKind)


def test_every_page_declares_its_default_size() -> None:
    undeclared = [
        f"{type_.name}.{name}"
        for type_ in SCHEMA._schema.type_map.values()
        if isinstance(type_, GraphQLObjectType)
        for name, field in type_.fields.items()
        if {"first", "after"} <= field.args.keys() and not isinstance(declared_list_size(field), int)
    ]

    assert undeclared == []


async def test_page_has_the_size_that_it_declares(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest()
    for number in range(22):
        await site.comment(campaign, guest, f"Comment {number}.")
    query = "query ($id: ID!) { node(id: $id) { ... on Campaign { comments%s { nodes { state } } } } }"

    page = (await site.ask(query % "", id=campaign))["node"]["comments"]["nodes"]

    assert points(query % "", {"id": campaign}) == points(query % f"(first: {len(page)})", {"id": campaign})


@pytest.mark.parametrize(
    "operation",
    [
        'subscription { pulse(campaignId: "x") { %s } }',
        "subscription { moderationQueue { %s } }",
        """mutation { moderateComments(input: {target: {ids: []}, decision: HOLD}) {
          ... on ModerateCommentsPayload { %s } } }""",
    ],
)
def test_list_of_changed_comments_costs_a_hundred_items(operation: str) -> None:
    without = points(operation % "__typename")

    listed, with_body = points(operation % "comments { state }"), points(operation % "comments { body { html } }")

    assert listed - without >= 100
    assert with_body - listed == 2 * 100
