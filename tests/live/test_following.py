"""Following the activity log: catch-up from a cursor, wake-ups, polling, backpressure and closing."""

import asyncio
import socket
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live import Live
from models import Activity
from tests.support.activity import (
    ACTIVITY_SUBSCRIPTION,
    activity_ids,
    activity_page,
    comment_text,
    subscribe_to_activity,
)
from tests.support.app import TestApp, in_running_app, running_app
from tests.support.ids import row_id
from tests.support.serving import PATIENCE, serving, socket_of, until

pytestmark = pytest.mark.anyio


# ---------------------------------------------------------------- catch-up


async def test_subscription_without_cursor_sends_new_events_only(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest()
    await site.comment(campaign, guest, "before")
    async with serving(site) as netloc, socket_of(netloc) as client:
        subscription = await subscribe_to_activity(site, client, campaign)

        await site.comment(campaign, guest, "afterwards")

        assert comment_text(await subscription.event()) == "afterwards"


async def test_subscription_with_cursor_sends_missed_events_then_new_ones(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest()
    await site.comment(campaign, guest, "seen")
    async with serving(site) as netloc, socket_of(netloc) as client:
        cursor = (await activity_page(site, campaign))["pageInfo"]["startCursor"]
        for index in range(3):
            await site.comment(campaign, guest, f"missed {index}")
        subscription = await subscribe_to_activity(site, client, campaign, after=cursor)
        await site.comment(campaign, guest, "live")

        texts = [comment_text(await subscription.event()) for _ in range(4)]

        assert texts == ["missed 0", "missed 1", "missed 2", "live"]


async def test_catch_up_sends_more_events_than_one_batch(site: TestApp) -> None:
    """A batch is 100 rows."""
    campaign, guest = await site.campaign(), await site.guest()
    comment = await site.comment(campaign, guest)
    cursor = (await activity_page(site, campaign))["pageInfo"]["endCursor"]
    for _ in range(105):
        for mutation in ("addReaction", "removeReaction"):
            await site.do(mutation, "comment { id }", guest, commentId=comment, kind="HEART")
    missed = (await activity_ids(site, campaign))[1:]
    async with serving(site) as netloc, socket_of(netloc) as client:
        subscription = await subscribe_to_activity(site, client, campaign, after=cursor)

        received = [(await subscription.event())["activity"]["id"] for _ in missed]

        assert received == missed


async def test_subscription_resumes_from_the_cursor_of_an_event(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest()
    async with serving(site) as netloc:
        async with socket_of(netloc) as client:
            subscription = await subscribe_to_activity(site, client, campaign)
            await site.comment(campaign, guest, "first")
            cursor = (await subscription.event())["cursor"]
        await site.comment(campaign, guest, "second")
        async with socket_of(netloc) as client:
            subscription = await subscribe_to_activity(site, client, campaign, after=cursor)

            assert comment_text(await subscription.event()) == "second"


# ---------------------------------------------------------------- wake-ups and polling


async def test_polling_finds_an_event_whose_wake_up_was_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Live, "wake", lambda self, campaign_id, seq: None)
    async with running_app(live_poll_seconds=0.02) as site:
        campaign, guest = await site.campaign(), await site.guest()
        async with serving(site) as netloc, socket_of(netloc) as client:
            subscription = await subscribe_to_activity(site, client, campaign)
            await site.comment(campaign, guest, "Seen without a wake-up.")

            assert comment_text(await subscription.event()) == "Seen without a wake-up."


async def test_subscriber_that_leaves_during_a_wake_up_is_removed(site: TestApp) -> None:
    campaign_id, live = row_id(await site.campaign()), site.groundswell.live

    async def catch_up(after_seq: int, limit: int) -> list[Activity]:
        caught_up.set()
        return []

    for steps in range(8):
        caught_up = asyncio.Event()
        reading = asyncio.ensure_future(anext(live.follow(campaign_id, None, catch_up, lambda _: True)))
        await caught_up.wait()
        live.wake(campaign_id, 1_000_000)
        for _ in range(steps):
            await asyncio.sleep(0)
        reading.cancel()
        done, _ = await asyncio.wait([reading], timeout=PATIENCE)
        assert done, f"not removed after {steps} steps"
        assert live.watching(campaign_id) == 0


async def test_close_ends_every_subscription(site: TestApp) -> None:
    campaign_ids, live = [row_id(await site.campaign()) for _ in range(2)], Live()

    async def catch_up(after_seq: int, limit: int) -> list[Activity]:
        return []

    async def read_all(campaign_id: int) -> list[Activity]:
        return [row async for row in live.follow(campaign_id, None, catch_up, lambda _: True)]

    reading = [asyncio.ensure_future(read_all(campaign_id)) for campaign_id in campaign_ids for _ in range(2)]
    await until(lambda: [live.watching(campaign_id) for campaign_id in campaign_ids] == [2, 2])
    await live.close()

    assert await asyncio.wait_for(asyncio.gather(*reading), PATIENCE) == [[]] * 4


# ---------------------------------------------------------------- backpressure


async def test_slow_subscriber_loses_no_event_and_delays_no_other() -> None:
    """The slow client reads nothing during the bursts: its queue of two overflows, and the log is read again."""
    body = "A long comment, so that the network has to wait. " * 90
    async with running_app(live_queue=2) as site:
        campaign, guest = await site.campaign(), await site.guest()
        narrow = socket.socket()
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        async with serving(site, send_buffer=4096) as netloc:
            host, _, port = netloc.partition(":")
            narrow.setblocking(False)
            await asyncio.get_running_loop().sock_connect(narrow, (host, int(port)))
            async with socket_of(netloc, sock=narrow, max_queue=1) as slow, socket_of(netloc) as quick:
                await slow.say({"type": "subscribe", "id": "1", "payload": _subscribe_payload(campaign)})
                await until(lambda: site.groundswell.live.watching(1) == 1)
                subscription = await subscribe_to_activity(site, quick, campaign)

                for burst in range(4):
                    posts = (site.comment(campaign, guest, f"{burst}: {index} {body}") for index in range(10))
                    await asyncio.gather(*posts)
                quick_ids = [(await subscription.event())["activity"]["id"] for _ in range(40)]
                slow_ids = [(await slow.hear())["payload"]["data"]["activity"]["activity"]["id"] for _ in range(40)]

                assert quick_ids == (await activity_ids(site, campaign))[-40:]
                assert slow_ids == quick_ids


def _subscribe_payload(campaign: str) -> dict[str, Any]:
    return {"query": ACTIVITY_SUBSCRIPTION, "variables": {"id": campaign}}


Plan = list[tuple[int, bool]]
"""For each connection of a subscriber: after how many events the connection ends, and whether abruptly."""


@settings(max_examples=8)
@given(
    st.lists(st.lists(st.tuples(st.integers(1, 6), st.booleans()), max_size=8), min_size=2, max_size=5),
    st.integers(1, 100),
)
def test_every_subscriber_receives_every_event_once_and_in_order(plans: list[Plan], queue: int) -> None:
    """Subscribers connect, disconnect and resume during writes: no gap and no duplicate at any reconnection."""

    async def act(site: TestApp) -> None:
        campaign, guest = await site.campaign(), await site.guest()
        await site.comment(campaign, guest)
        start = (await activity_page(site, campaign))["pageInfo"]["startCursor"]
        total = 30
        async with serving(site) as netloc:
            writers = [_post_comments(site, campaign, guest, total // 3) for _ in range(3)]
            readers = [_read_with_reconnections(netloc, campaign, start, plan, total) for plan in plans]

            received = (await asyncio.gather(*readers, *writers))[: len(plans)]

            written = (await activity_ids(site, campaign))[1:]
            assert len(written) == total
            assert received == [written] * len(plans)

    in_running_app(act, live_queue=queue)


async def _post_comments(site: TestApp, campaign: str, guest: str, times: int) -> None:
    for _ in range(times):
        await site.comment(campaign, guest)


async def _read_with_reconnections(netloc: str, campaign: str, cursor: str, plan: Plan, total: int) -> list[str]:
    received: list[str] = []
    for event_count, ends_abruptly in [*plan, (total, False)]:
        async with socket_of(netloc) as client:
            subscription = await client.run(ACTIVITY_SUBSCRIPTION, id=campaign, after=cursor)
            for _ in range(min(event_count, total - len(received))):
                event = await subscription.event()
                received.append(event["activity"]["id"])
                cursor = event["cursor"]
            if ends_abruptly:
                client.connection.transport.abort()
    return received
