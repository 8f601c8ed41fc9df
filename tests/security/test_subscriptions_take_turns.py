"""Subscriptions take turns: an event that wakes many of them lets all else in between, and their cost has a budget."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest

import execution
import resolvers.pulses
from live.turns import Turns
from server import create_schema
from settings import Settings
from tests.support.app import TestApp, running_app
from tests.support.screens import SCREENS, operations
from tests.support.serving import Client, Operation, serving, socket_of, until

pytestmark = pytest.mark.anyio

PULSE = "subscription($id: ID!) { pulse(campaignId: $id) { %s: watching asOf } }"
DEAR = "subscription($id: ID!) { pulse(campaignId: $id) { comments { body { html } reactions { count } } } }"


async def ticking(order: list[str]) -> None:
    while True:
        order.append("another request")
        await asyncio.sleep(0)


def longest_run(order: list[str], name: str) -> int:
    """Return how often a name stands in the list without another between."""
    longest = run = 0
    for one in order:
        run = run + 1 if one == name else 0
        longest = max(longest, run)
    return longest


async def test_turns_are_taken_one_in_a_round_and_in_order() -> None:
    turns, order = Turns(), []

    async def work(number: int) -> None:
        await turns.wait()
        order.append(f"work {number}")
        order.append("work")

    other = asyncio.create_task(ticking(order))
    await asyncio.gather(*(work(number) for number in range(50)))
    other.cancel()

    assert [one for one in order if one.startswith("work ")] == [f"work {number}" for number in range(50)]
    assert longest_run([one for one in order if not one.startswith("work ")], "work") == 1


async def test_subscription_that_ends_in_the_queue_holds_up_nobody() -> None:
    turns = Turns()
    tasks = [asyncio.create_task(turns.wait()) for _ in range(10)]
    await asyncio.sleep(0)
    for task in tasks[1:9]:
        task.cancel()

    await asyncio.wait(tasks)

    assert [task.cancelled() for task in tasks] == [False, *[True] * 8, False]


async def test_event_for_many_subscriptions_lets_others_in_between(
    site: TestApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign, guest, order = await site.campaign(), await site.guest(), []
    comment = await site.comment(campaign, guest)
    read = resolvers.pulses._read_campaign

    async def recorded(campaign_id: int) -> Any:
        order.append("event")
        return await read(campaign_id)

    async with serving(site) as netloc, AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(socket_of(netloc)) for _ in range(3)]
        running = [await clients[number % 3].run(PULSE % f"a{number}", id=campaign) for number in range(60)]
        for operation in running:
            await operation.data()
        monkeypatch.setattr(resolvers.pulses, "_read_campaign", recorded)
        other = asyncio.create_task(ticking(order))

        await site.do("castVote", "__typename", await site.guest("Grace Hopper"), commentId=comment, direction="UP")
        await until(lambda: order.count("event") >= 60)
        other.cancel()
        ordered = order.copy()

    assert longest_run(ordered, "event") == 1


SCHEMA = create_schema(Settings())
POINTS = execution.explain(SCHEMA, DEAR).cost.points  # type: ignore[union-attr]


async def is_running(client: Client, campaign: str) -> Operation | None:
    """Start a subscription; return it if its first message comes, and None if it is refused for its points."""
    operation = await client.run(DEAR, id=campaign)
    message = await operation.message()
    if message["type"] == "next":
        return operation
    assert message["payload"][0]["extensions"]["code"] == "TOO_MANY_OPERATIONS"
    assert message["payload"][0]["extensions"]["requested"] == POINTS
    return None


async def test_subscriptions_of_a_socket_share_their_points() -> None:
    async with (
        running_app(socket_points=2 * POINTS) as site,
        serving(site) as netloc,
        socket_of(netloc) as one,
        socket_of(netloc) as another,
    ):
        campaign = await site.campaign()
        first, second = await is_running(one, campaign), await is_running(one, campaign)

        assert first
        assert second
        assert await is_running(one, campaign) is None
        assert await is_running(another, campaign)


async def test_subscriptions_of_an_address_share_their_points() -> None:
    async with running_app(points_per_address=2 * POINTS) as site, serving(site) as netloc, AsyncExitStack() as stack:
        campaign = await site.campaign()
        clients = [await stack.enter_async_context(socket_of(netloc)) for _ in range(3)]

        running = [await is_running(client, campaign) for client in clients]

    assert [bool(one) for one in running] == [True, True, False]
    await until(lambda: not site.groundswell.subscription_points.by_ip)


async def test_completed_subscription_gives_its_points_back() -> None:
    async with running_app(socket_points=POINTS) as site, serving(site) as netloc, socket_of(netloc) as client:
        campaign = await site.campaign()
        for _ in range(3):
            operation = await is_running(client, campaign)
            assert operation
            await operation.stop()
            await until(lambda: not site.groundswell.subscription_points.by_ip)


async def test_subscription_that_is_refused_takes_no_points() -> None:
    async with running_app(socket_points=POINTS) as site, serving(site) as netloc, socket_of(netloc) as client:
        campaign = await site.campaign()
        refused = await client.run(DEAR, id="nonsense")

        assert await refused.code() == "NOT_FOUND"
        assert await is_running(client, campaign)


async def test_event_stream_shares_the_points_of_its_address() -> None:
    async with running_app(points_per_address=POINTS - 1) as site:
        request = {"query": DEAR, "variables": {"id": await site.campaign()}}

        answer = await site.http.post("/graphql/stream", json=request)

    assert "TOO_MANY_OPERATIONS" in answer.text


def test_documented_page_fits_into_the_points_of_a_socket() -> None:
    live = operations(SCREENS / "live.graphql") | operations(SCREENS / "ticker.graphql")
    costs = {name: execution.explain(SCHEMA, text, None, name).cost for name, text in live.items()}
    subscriptions = [cost.points for name, cost in costs.items() if cost and "subscription " in live[name]]

    assert len(subscriptions) == 3
    assert sum(subscriptions) * 10 <= Settings().socket_points
    assert sum(subscriptions) * 250 <= Settings().points_per_address
