"""Changes: ids are merged and bounded, subscriptions are woken together and not too often, and nothing is left over."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.changed_ids import MAX_IDS_AT_ONCE, MAX_REMEMBERED_IDS, ChangedIds
from live.topics import Topic
from models import Activity
from refusals import ProblemCode, Refusal
from resolvers import changes
from storage.database import Deadlock
from tests.support.app import TestApp, running_app
from tests.support.ids import row_id
from tests.support.serving import PATIENCE, until

pytestmark = pytest.mark.anyio

VOTE = """mutation ($id: ID!) { castVote(input: { commentId: $id, direction: UP }) { ... on Problem { code } } }"""

# ---------------------------------------------------------------- ids and positions


@given(st.lists(st.lists(st.integers(1, 300), max_size=130), max_size=8), st.integers(0, 8))
def test_reader_sees_every_changed_id_once_in_the_order_of_its_last_change(
    batches: list[list[int]], read_after: int
) -> None:
    changed = ChangedIds()
    for batch in batches[:read_after]:
        changed.add(batch)
    position = changed.position
    for batch in batches[read_after:]:
        changed.add(batch)

    found: list[int] = []
    while position < changed.position:
        step = changed.after(position)
        assert len(step.ids) <= MAX_IDS_AT_ONCE
        assert not step.has_gap
        found, position = found + step.ids, step.position

    later = [changed_id for batch in batches[read_after:] for changed_id in batch]
    assert found == [one for place, one in enumerate(later) if one not in later[place + 1 :]]


def test_a_change_without_id_moves_the_position() -> None:
    changed = ChangedIds()

    changed.add()

    assert changed.after(0) == ([], False, changed.position)
    assert changed.position > 0


def test_forgotten_ids_leave_a_gap_for_slow_readers_only() -> None:
    changed = ChangedIds()
    changed.add(range(1, 11))
    quick = changed.position

    changed.add(range(11, MAX_REMEMBERED_IDS + 11))

    slow = changed.after(0)
    assert (slow.has_gap, slow.ids[0]) == (True, 11)
    assert (changed.after(quick).has_gap, changed.after(quick).ids[0]) == (False, 11)
    assert changed.after(slow.position).has_gap is False


# ---------------------------------------------------------------- waking


class Clock:
    """A clock whose sleepers wake when the test says so."""

    def __init__(self) -> None:
        self.sleeping: list[tuple[float, asyncio.Future[None]]] = []

    async def sleep(self, seconds: float) -> None:
        future = asyncio.get_running_loop().create_future()
        self.sleeping.append((seconds, future))
        await future

    def pass_by(self) -> None:
        for _, future in self.sleeping:
            future.set_result(None)
        self.sleeping.clear()


@asynccontextmanager
async def started(clock: Clock, seconds: float = 0.25) -> AsyncIterator[Topic]:
    topic = Topic("a test", seconds, sleep=clock.sleep)
    topic.start()
    try:
        yield topic
    finally:
        await topic.stop()


async def soon(work: Any) -> Any:
    async with asyncio.timeout(PATIENCE):
        return await work


async def test_first_message_comes_without_a_change(anyio_backend: str) -> None:
    async with started(Clock()) as topic:
        assert (await soon(anext(topic.follow()))).ids == []


async def test_changes_are_merged_until_the_interval_is_over(anyio_backend: str) -> None:
    clock = Clock()
    async with started(clock) as topic:
        messages = topic.follow()
        await soon(anext(messages))
        topic.add([1])
        assert (await soon(anext(messages))).ids == [1]
        await until(lambda: clock.sleeping)

        following = asyncio.ensure_future(anext(messages))
        for changed_id in (2, 3, 2):
            topic.add([changed_id])
            await asyncio.sleep(0)
        assert not following.done()
        assert [seconds for seconds, _ in clock.sleeping] == [0.25]
        clock.pass_by()

        assert (await soon(following)).ids == [3, 2]
        await messages.aclose()


async def test_slow_subscription_gets_one_merged_message(anyio_backend: str) -> None:
    clock = Clock()
    async with started(clock) as topic:
        slow, quick = topic.follow(), topic.follow()
        await soon(anext(slow))
        await soon(anext(quick))
        for changed_id in (1, 2, 1):
            topic.add([changed_id])
            assert (await soon(anext(quick))).ids == [changed_id]
            await until(lambda: clock.sleeping)
            clock.pass_by()

        assert (await soon(anext(slow))).ids == [2, 1]
        await slow.aclose()
        await quick.aclose()


async def test_more_ids_than_one_message_holds_come_with_the_next(anyio_backend: str) -> None:
    clock = Clock()
    async with started(clock) as topic:
        messages = topic.follow()
        await soon(anext(messages))
        topic.add(range(MAX_IDS_AT_ONCE + 5))

        first = await soon(anext(messages))
        following = asyncio.ensure_future(anext(messages))
        await until(lambda: clock.sleeping)
        clock.pass_by()

        assert (len(first.ids), (await soon(following)).ids) == (100, [100, 101, 102, 103, 104])
        await messages.aclose()


async def test_failing_preparation_is_repeated(anyio_backend: str, caplog: pytest.LogCaptureFixture) -> None:
    class Fragile(Topic):
        failures = 2

        async def prepare(self) -> None:
            if self.failures:
                self.failures -= 1
                raise OSError("the database is away")

    clock = Clock()
    topic = Fragile("a test", 0.25, sleep=clock.sleep)
    topic.start()
    messages = topic.follow()
    await soon(anext(messages))
    with caplog.at_level(logging.CRITICAL, "groundswell.live"):
        topic.add([7])
        following = asyncio.ensure_future(anext(messages))
        for _ in range(2):
            await until(lambda: clock.sleeping)
            assert not following.done()
            clock.pass_by()

        assert (await soon(following)).ids == [7]
    await messages.aclose()
    await topic.stop()


# ---------------------------------------------------------------- subscriptions of a site


async def test_nothing_is_left_when_the_last_subscription_ends(site: TestApp) -> None:
    campaign_id, live_changes = row_id(await site.campaign()), site.groundswell.live.changes
    before = asyncio.all_tasks()
    messages = [live_changes.follow(campaign_id), live_changes.follow(campaign_id), live_changes.follow_queue(None)]
    for each in messages:
        await soon(anext(each))
    assert live_changes.watching(campaign_id) == 2
    assert len(asyncio.all_tasks()) > len(before)

    for each in messages:
        await each.aclose()

    await until(lambda: asyncio.all_tasks() == before)
    assert (live_changes.watching(campaign_id), live_changes._campaigns, live_changes._queues) == (0, {}, {})
    assert site.groundswell.live._followers == {}


async def test_subscription_that_is_cancelled_twice_leaves_nothing(
    site: TestApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An event stream cancels its operation when it closes, and again when it waits for the operation's end."""
    campaign_id, live_changes = row_id(await site.campaign()), site.groundswell.live.changes
    is_closing, may_close = asyncio.Event(), asyncio.Event()

    async def slow_to_close(campaign_id: int, after_seq: int) -> AsyncIterator[Activity]:
        try:
            await asyncio.Event().wait()
            yield Activity()
        finally:
            is_closing.set()
            await may_close.wait()

    monkeypatch.setattr(live_changes, "_read_log", slow_to_close)
    before = asyncio.all_tasks()

    async def read_all() -> None:
        async with aclosing(live_changes.follow(campaign_id)) as messages:
            async for _ in messages:
                pass

    reading = asyncio.create_task(read_all())
    await until(lambda: live_changes.watching(campaign_id))
    await asyncio.sleep(0)
    reading.cancel()
    await soon(is_closing.wait())
    reading.cancel()
    may_close.set()

    await until(lambda: not {task for task in asyncio.all_tasks() if task not in before})
    assert live_changes._campaigns == {}


async def test_publishing_what_nobody_watches_keeps_nothing(site: TestApp) -> None:
    live_changes = site.groundswell.live.changes

    live_changes.publish(1, (1, 2, 3), 4)
    live_changes.publish_queued(1, 2)

    assert (live_changes._campaigns, live_changes._queues) == ({}, {})


async def test_close_ends_every_subscription_of_changes(site: TestApp) -> None:
    campaign_id, live = row_id(await site.campaign()), site.groundswell.live

    async def read_all(messages: Any) -> int:
        return len([one async for one in messages])

    reading = [
        asyncio.ensure_future(read_all(messages))
        for messages in (live.changes.follow(campaign_id), live.changes.follow_queue(None))
    ]
    await until(lambda: live.changes.watching(campaign_id) == 1 and live.changes._queues)

    await live.close()

    assert await soon(asyncio.gather(*reading)) == [1, 1]


@pytest.mark.parametrize("error", [Refusal(ProblemCode.CLOSED, "Too late."), OSError("the disk is full")])
async def test_rolled_back_write_publishes_nothing(
    site: TestApp, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    """The next message is that of the write that succeeds afterwards."""
    campaign, guest = await site.campaign(), await site.guest()
    failing, other = [await site.comment(campaign, guest) for _ in range(2)]
    messages = site.groundswell.live.changes.follow(row_id(campaign))
    await soon(anext(messages))

    await _vote_and_fail(site, monkeypatch, guest, failing, [error])
    await site.do("castVote", "comment { id }", guest, commentId=other, direction="UP")

    assert (await soon(anext(messages))).ids == [row_id(other)]
    await messages.aclose()


async def test_write_that_is_retried_after_a_deadlock_publishes_once(
    site: TestApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign, guest = await site.campaign(), await site.guest()
    comment = await site.comment(campaign, guest)
    published: list[int] = []
    monkeypatch.setattr(site.groundswell.live.changes, "publish", lambda campaign_id, ids, seq: published.extend(ids))

    await _vote_and_fail(site, monkeypatch, guest, comment, [Deadlock(), Deadlock()])

    assert published == [row_id(comment)]


async def _vote_and_fail(
    site: TestApp, monkeypatch: pytest.MonkeyPatch, voter: str, comment: str, errors: list[Exception]
) -> None:
    """Vote, and raise these errors, one for each attempt, after the vote is written and before it is committed."""
    publish, remaining = changes.publish, list(errors)

    def publish_and_fail(*arguments: Any) -> None:
        publish(*arguments)
        if remaining:
            raise remaining.pop(0)

    with monkeypatch.context() as patched:
        patched.setattr(changes, "publish", publish_and_fail)
        await site.post(VOTE, voter, id=comment)


# ---------------------------------------------------------------- other processes


@asynccontextmanager
async def two_processes() -> AsyncIterator[tuple[TestApp, Any]]:
    """Run a site, and yield it with the changes that another process with the same database would follow."""
    async with running_app(live_poll_seconds=0.01, pulse_seconds=0) as site:
        other = site.groundswell.live.__class__(poll_seconds=0.01, pulse_seconds=0)
        try:
            yield site, other.changes
        finally:
            await other.close()


async def test_row_of_the_log_makes_a_message_in_other_processes(anyio_backend: str) -> None:
    """A reply changes the counts of all its ancestors, a reaction those of one comment."""
    async with two_processes() as (site, other):
        campaign, guest = await site.campaign(), await site.guest()
        root = await site.comment(campaign, guest)
        parent = await site.comment(campaign, guest, parent=root)
        messages = other.follow(row_id(campaign))
        await soon(anext(messages))

        reply = await site.comment(campaign, guest, parent=parent)
        replied = await soon(anext(messages))
        await site.do("addReaction", "comment { id }", guest, commentId=parent, kind="HEART")
        reacted = await soon(anext(messages))

        assert sorted(replied.ids) == sorted(map(row_id, (root, parent, reply)))
        assert reacted.ids == [row_id(parent)]
        await messages.aclose()


async def test_row_of_a_campaign_makes_a_message_without_ids(anyio_backend: str) -> None:
    async with two_processes() as (site, other):
        campaign = await site.campaign()
        messages = other.follow(row_id(campaign))
        await soon(anext(messages))

        await site.sign(campaign)

        assert (await soon(anext(messages))).ids == []
        await messages.aclose()


async def test_own_row_of_the_log_makes_no_second_message(anyio_backend: str) -> None:
    """The rows that this process wrote are read and skipped: only the vote follows."""
    async with running_app(live_poll_seconds=0.01, pulse_seconds=0) as site:
        campaign, guest = await site.campaign(), await site.guest()
        live = site.groundswell.live
        messages = live.changes.follow(row_id(campaign))
        await soon(anext(messages))

        comment = await site.comment(campaign, guest)
        posted = await soon(anext(messages))
        topic = live.changes._campaigns[row_id(campaign)]
        newest = (await Activity.filter(campaign_id=row_id(campaign)).order_by("-seq").first()).seq  # type: ignore[union-attr]
        await until(lambda: topic._seq == newest)
        other = await site.comment(campaign, guest)
        following = await soon(anext(messages))

        assert (posted.ids, following.ids) == ([row_id(comment)], [row_id(other)])
        assert topic._published_seqs <= {newest + 1}
        await messages.aclose()


async def test_log_that_can_not_be_read_for_a_moment_is_read_on(
    anyio_backend: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("live.campaign_topics.RETRY_SECONDS", 0)
    async with two_processes() as (site, other):
        campaign, guest = await site.campaign(), await site.guest()
        read_log, failures = other._read_log, iter([1])

        async def fragile(campaign_id: int, after_seq: int) -> AsyncIterator[Activity]:
            async for row in read_log(campaign_id, after_seq):
                if next(failures, 0):
                    raise OSError("the database is away")
                yield row

        other._read_log = fragile
        messages = other.follow(row_id(campaign))
        await soon(anext(messages))
        with caplog.at_level(logging.CRITICAL, "groundswell.live"):
            comment = await site.comment(campaign, guest)

            assert (await soon(anext(messages))).ids == [row_id(comment)]
        await messages.aclose()
