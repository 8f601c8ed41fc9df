"""Batches: several operations in one request, with results in the same order and one cost budget."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.app import TestApp, running_app

pytestmark = pytest.mark.anyio

ROLE_QUERY = {"query": "{ viewer { role } }"}
ROLE_RESULT = {"data": {"viewer": {"role": "ANONYMOUS"}}}
INTRODUCE = {"query": 'mutation { introduce(input: {givenName: "Ada"}) { __typename } }'}


@pytest.fixture
async def batching() -> AsyncIterator[TestApp]:
    """Return a site that accepts batches of up to three operations."""
    async with running_app(batch_limit=3) as site:
        yield site


def code(result: dict[str, Any]) -> str:
    return str(result["errors"][0]["extensions"]["code"])


@pytest.mark.parametrize("limit", [0, 1])
async def test_batch_is_rejected_by_default(limit: int) -> None:
    async with running_app(batch_limit=limit) as site:
        response = await site.http.post("/graphql", json=[ROLE_QUERY])

        assert response.status_code == 400
        assert code(response.json()) == "BAD_REQUEST"
        assert "one operation a request" in response.text


async def test_results_are_in_the_order_of_the_operations(batching: TestApp) -> None:
    response = await batching.http.post("/graphql", json=[ROLE_QUERY, {"query": "{ nothing }"}, INTRODUCE])

    assert response.status_code == 200
    first, second, third = response.json()
    assert first == ROLE_RESULT
    assert code(second) == "GRAPHQL_VALIDATION_FAILED"
    assert third == {"data": {"introduce": {"__typename": "IntroducePayload"}}}


@pytest.mark.parametrize(
    "malformed", [7, None, [], {}, {"query": 7}, {"query": "{ viewer { role } }", "variables": []}]
)
async def test_malformed_operation_fails_alone(batching: TestApp, malformed: Any) -> None:
    response = await batching.http.post("/graphql", json=[malformed, ROLE_QUERY])

    rejected, accepted = response.json()
    assert code(rejected) == "BAD_REQUEST"
    assert accepted == ROLE_RESULT


async def test_subscription_in_a_batch_is_rejected(batching: TestApp) -> None:
    subscription = {"query": 'subscription { activity(campaignId: "Q2FtcGFpZ246MQ") { cursor } }'}

    response = await batching.http.post("/graphql", json=[subscription, ROLE_QUERY])

    rejected, accepted = response.json()
    assert code(rejected) == "NOT_ACCEPTABLE"
    assert accepted == ROLE_RESULT


@pytest.mark.parametrize("count", [0, 4])
async def test_empty_or_too_large_batch_is_rejected(batching: TestApp, count: int) -> None:
    response = await batching.http.post("/graphql", json=[INTRODUCE] * count)

    assert response.status_code == 400
    assert code(response.json()) == "BAD_REQUEST"


async def test_mutations_run_in_order(batching: TestApp) -> None:
    campaign, guest = await batching.campaign(), await batching.guest()
    post = "mutation($id: ID!, $body: String!) { postComment(input: {campaignId: $id, body: $body}) { __typename } }"
    read = "query($id: ID!) { campaign(id: $id) { comments(sort: OLDEST) { nodes { body { text } } } } }"
    batch = [{"query": post, "variables": {"id": campaign, "body": body}} for body in ("First.", "Second.")]

    headers = {"authorization": f"Bearer {guest}"}
    response = await batching.http.post(
        "/graphql", json=[*batch, {"query": read, "variables": {"id": campaign}}], headers=headers
    )

    comments = response.json()[2]["data"]["campaign"]["comments"]["nodes"]
    assert [comment["body"]["text"] for comment in comments] == ["First.", "Second."]


async def test_batch_shares_one_cost_budget() -> None:
    """The operations that come first use up the budget; those that come last are rejected."""
    async with running_app(batch_limit=3, limits=(("points", 5),)) as site:
        response = await site.http.post("/graphql", json=[ROLE_QUERY] * 3)
        alone = await site.http.post("/graphql", json=ROLE_QUERY)

        assert [("data" in result) for result in response.json()] == [True, True, False]
        assert code(response.json()[2]) == "OPERATION_TOO_COSTLY"
        assert alone.json() == ROLE_RESULT


async def test_each_result_has_its_own_cost(batching: TestApp) -> None:
    response = await batching.http.post("/graphql", json=[ROLE_QUERY, ROLE_QUERY], headers={"x-graphql-cost": "1"})

    assert [result["extensions"]["cost"]["requested"] for result in response.json()] == [2, 2]
