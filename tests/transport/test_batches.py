"""Several operations in one request: where that is set, each is answered at its place, and all share one budget."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.app import TestApp, running_app

pytestmark = pytest.mark.anyio

ROLE = {"query": "{ viewer { role } }"}
ANSWER = {"data": {"viewer": {"role": "ANONYMOUS"}}}
INTRODUCE = {"query": 'mutation { introduce(input: {givenName: "Ada"}) { __typename } }'}


@pytest.fixture
async def taking() -> AsyncIterator[TestApp]:
    """Takes three operations at once."""
    async with running_app(batch_limit=3) as made:
        yield made


def code(answer: dict[str, Any]) -> str:
    return str(answer["errors"][0]["extensions"]["code"])


@pytest.mark.parametrize("most", [0, 1])
async def test_a_batch_is_refused_where_none_is_taken(most: int) -> None:
    async with running_app(batch_limit=most) as site:
        answer = await site.http.post("/graphql", json=[ROLE])

        assert answer.status_code == 400
        assert code(answer.json()) == "BAD_REQUEST"
        assert "one operation a request" in answer.text


async def test_each_is_answered_at_its_place(taking: TestApp) -> None:
    answer = await taking.http.post("/graphql", json=[ROLE, {"query": "{ nothing }"}, INTRODUCE])

    assert answer.status_code == 200
    first, second, third = answer.json()
    assert first == ANSWER
    assert code(second) == "GRAPHQL_VALIDATION_FAILED"
    assert third == {"data": {"introduce": {"__typename": "IntroducePayload"}}}


@pytest.mark.parametrize("wrong", [7, None, [], {}, {"query": 7}, {"query": "{ viewer { role } }", "variables": []}])
async def test_what_is_no_operation_does_not_spoil_the_others(taking: TestApp, wrong: Any) -> None:
    answer = await taking.http.post("/graphql", json=[wrong, ROLE])

    refused, right = answer.json()
    assert code(refused) == "BAD_REQUEST"
    assert right == ANSWER


async def test_a_subscription_has_no_place_in_a_batch(taking: TestApp) -> None:
    subscription = {"query": 'subscription { activity(campaignId: "Q2FtcGFpZ246MQ") { cursor } }'}

    answer = await taking.http.post("/graphql", json=[subscription, ROLE])

    refused, right = answer.json()
    assert code(refused) == "NOT_ACCEPTABLE"
    assert right == ANSWER


@pytest.mark.parametrize("count", [0, 4])
async def test_a_batch_of_none_or_too_many_is_refused(taking: TestApp, count: int) -> None:
    answer = await taking.http.post("/graphql", json=[INTRODUCE] * count)

    assert answer.status_code == 400
    assert code(answer.json()) == "BAD_REQUEST"


async def test_mutations_run_in_their_order(taking: TestApp) -> None:
    campaign, guest = await taking.campaign(), await taking.guest()
    post = "mutation($id: ID!, $body: String!) { postComment(input: {campaignId: $id, body: $body}) { __typename } }"
    read = "query($id: ID!) { campaign(id: $id) { comments(sort: OLDEST) { nodes { body { text } } } } }"
    batch = [{"query": post, "variables": {"id": campaign, "body": body}} for body in ("First.", "Second.")]

    headers = {"authorization": f"Bearer {guest}"}
    answer = await taking.http.post(
        "/graphql", json=[*batch, {"query": read, "variables": {"id": campaign}}], headers=headers
    )

    comments = answer.json()[2]["data"]["campaign"]["comments"]["nodes"]
    assert [comment["body"]["text"] for comment in comments] == ["First.", "Second."]


async def test_all_share_one_budget() -> None:
    """What is refused is not what came first."""
    async with running_app(batch_limit=3, limits=(("points", 5),)) as site:
        answer = await site.http.post("/graphql", json=[ROLE] * 3)
        alone = await site.http.post("/graphql", json=ROLE)

        assert [("data" in one) for one in answer.json()] == [True, True, False]
        assert code(answer.json()[2]) == "OPERATION_TOO_COSTLY"
        assert alone.json() == ANSWER


async def test_each_says_its_cost(taking: TestApp) -> None:
    answer = await taking.http.post("/graphql", json=[ROLE, ROLE], headers={"x-graphql-cost": "1"})

    assert [one["extensions"]["cost"]["requested"] for one in answer.json()] == [2, 2]
