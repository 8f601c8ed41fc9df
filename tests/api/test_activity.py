"""The ticker as a list and as a subscription over a real WebSocket: everything once, in order, for everyone."""

import asyncio
import socket
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live import Live
from models import Activity, Role
from tests.support.app import TestApp, in_running_app, running_app
from tests.support.ids import row_id
from tests.support.serving import PATIENCE, Client, Operation, serving, socket_of, until

pytestmark = pytest.mark.anyio

LIST = """query($id: ID!, $kinds: [ActivityKind!], $first: Int, $after: String, $last: Int, $before: String) {
  campaign(id: $id) { activity(kinds: $kinds, first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { id kind actorName } } nodes { id kind }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""
FOLLOW = """subscription($id: ID!, $after: String, $kinds: [ActivityKind!], $threadId: ID) {
  activity(campaignId: $id, after: $after, kinds: $kinds, threadId: $threadId) {
    cursor activity { id kind actorName occurredAt
      subject { __typename ... on Comment { id body { text } } } } } }"""


async def page(site: TestApp, campaign: str, **given: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await site.ask(LIST, id=campaign, **given))["campaign"]["activity"]
    return answer


async def log(site: TestApp, campaign: str, **given: Any) -> list[dict[str, Any]]:
    """The whole log, oldest first: each edge once, by pages."""
    edges: list[dict[str, Any]] = []
    after = None
    while True:
        found = await page(site, campaign, first=100, after=after, **given)
        edges += found["edges"]
        if not found["pageInfo"]["hasNextPage"]:
            return edges[::-1]
        after = found["pageInfo"]["endCursor"]


async def followed(site: TestApp, client: Client, campaign: str, **given: Any) -> Operation:
    """A subscription that the server has begun."""
    before = site.groundswell.live.watching(row_id(campaign))
    operation = await client.run(FOLLOW, id=campaign, **given)
    await until(lambda: site.groundswell.live.watching(row_id(campaign)) > before)
    return operation


def kind_of(event: dict[str, Any]) -> str:
    return str(event["activity"]["kind"])


def text_of(event: dict[str, Any]) -> str:
    return str(event["activity"]["subject"]["body"]["text"])


# ---------------------------------------------------------------- as a list


async def test_the_ticker_lists_what_happened_newest_first(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest("Katharina Sommer")
    comment = await site.comment(campaign, guest)
    await site.comment(campaign, guest, parent=comment)
    await site.do("addReaction", "comment { id }", guest, commentId=comment, kind="HEART")

    nodes = [edge["node"] for edge in (await page(site, campaign))["edges"]]

    assert [node["kind"] for node in nodes] == ["REACTED", "REPLIED", "COMMENTED", "CAMPAIGN_CHANGED"]
    assert {node["actorName"] for node in nodes[:3]} == {"Katharina S."}


async def test_a_vote_is_not_told_to_the_ticker(site: TestApp) -> None:
    """How a person voted is theirs; only the tally is public."""
    campaign, guest = await site.campaign(), await site.guest()
    comment = await site.comment(campaign, guest)
    before = await log(site, campaign)

    await site.do("castVote", "comment { id }", guest, commentId=comment, direction="UP")

    assert await log(site, campaign) == before


async def test_the_ticker_can_be_asked_for_some_kinds_only(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest()
    comment = await site.comment(campaign, guest)
    await site.comment(campaign, guest, parent=comment)
    await site.comment(campaign, guest)

    answer = await page(site, campaign, kinds=["COMMENTED", "REPLIED"])

    assert [node["kind"] for node in answer["nodes"]] == ["COMMENTED", "REPLIED", "COMMENTED"]


async def test_no_kinds_is_no_activity(site: TestApp) -> None:
    campaign = await site.campaign()

    answer = await page(site, campaign, kinds=[])

    assert answer["nodes"] == []


@pytest.mark.parametrize("kinds", [None, ["COMMENTED"], ["COMMENTED", "CAMPAIGN_CHANGED", "DONATED"]])
async def test_pages_of_the_ticker_fit_together_in_both_directions(site: TestApp, kinds: Any) -> None:
    campaign, guest = await site.campaign(), await site.guest()
    for _ in range(7):
        await site.comment(campaign, guest)
    whole = [edge["node"]["id"] for edge in (await page(site, campaign, first=100, kinds=kinds))["edges"]]

    forwards: list[str] = []
    backwards: list[str] = []
    cursor = None
    while True:
        found = await page(site, campaign, first=3, after=cursor, kinds=kinds)
        forwards += [node["id"] for node in found["nodes"]]
        cursor = found["pageInfo"]["endCursor"]
        if not found["pageInfo"]["hasNextPage"]:
            break
    cursor = None
    while True:
        found = await page(site, campaign, last=3, before=cursor, kinds=kinds)
        backwards = [node["id"] for node in found["nodes"]] + backwards
        cursor = found["pageInfo"]["startCursor"]
        if not found["pageInfo"]["hasPreviousPage"]:
            break

    assert forwards == whole
    assert backwards == whole


async def test_a_cursor_of_other_kinds_is_refused(site: TestApp) -> None:
    campaign = await site.campaign()
    cursor = (await page(site, campaign))["pageInfo"]["endCursor"]

    codes = await site.codes(LIST, id=campaign, kinds=["COMMENTED"], after=cursor)

    assert codes == ["INVALID_CURSOR"]


async def test_a_cursor_of_another_campaign_is_refused(site: TestApp) -> None:
    cursor = (await page(site, await site.campaign()))["pageInfo"]["endCursor"]

    codes = await site.codes(LIST, id=await site.campaign(), after=cursor)

    assert codes == ["INVALID_CURSOR"]


async def test_the_subject_of_a_hidden_comment_is_null_in_the_past_too(site: TestApp) -> None:
    campaign, guest, moderator = await site.campaign(), await site.guest(), await site.staff()
    comment = await site.comment(campaign, guest)
    await site.do("moderateComment", "comment { id }", moderator, commentId=comment, decision="HOLD")

    query = "query($id: ID!) { campaign(id: $id) { activity { nodes { kind subject { __typename } } } } }"
    nodes = (await site.ask(query, id=campaign))["campaign"]["activity"]["nodes"]

    assert nodes[:2] == [{"kind": "COMMENT_REMOVED", "subject": None}, {"kind": "COMMENTED", "subject": None}]


# ---------------------------------------------------------------- live


async def test_a_subscriber_is_told_what_happens_in_order(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest("Katharina Sommer")
    async with serving(site) as address, socket_of(address) as client:
        follow = await followed(site, client, campaign)

        comment = await site.comment(campaign, guest)
        await site.comment(campaign, guest, parent=comment)
        await site.do("addReaction", "comment { id }", guest, commentId=comment, kind="HEART")
        events = [await follow.event() for _ in range(3)]

        assert [kind_of(event) for event in events] == ["COMMENTED", "REPLIED", "REACTED"]
        assert {event["activity"]["actorName"] for event in events} == {"Katharina S."}


async def test_without_a_cursor_only_what_happens_from_now_on_is_told(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest()
    await site.comment(campaign, guest, "before")
    async with serving(site) as address, socket_of(address) as client:
        follow = await followed(site, client, campaign)

        await site.comment(campaign, guest, "afterwards")

        assert text_of(await follow.event()) == "afterwards"


async def test_a_cursor_gives_what_was_missed_and_then_what_happens(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest()
    await site.comment(campaign, guest, "seen")
    async with serving(site) as address, socket_of(address) as client:
        cursor = (await page(site, campaign))["pageInfo"]["startCursor"]
        for number in range(3):
            await site.comment(campaign, guest, f"missed {number}")
        follow = await followed(site, client, campaign, after=cursor)
        await site.comment(campaign, guest, "live")

        texts = [text_of(await follow.event()) for _ in range(4)]

        assert texts == ["missed 0", "missed 1", "missed 2", "live"]


async def test_more_can_be_missed_than_is_read_at_once(site: TestApp) -> None:
    """The log is read a hundred rows at a time."""
    campaign, guest = await site.campaign(), await site.guest()
    cursor = (await page(site, campaign))["pageInfo"]["endCursor"]
    comment = await site.comment(campaign, guest)
    for _ in range(105):
        for mutation in ("addReaction", "removeReaction"):
            await site.do(mutation, "comment { id }", guest, commentId=comment, kind="HEART")
    wanted = [edge["node"]["id"] for edge in await log(site, campaign)][1:]
    async with serving(site) as address, socket_of(address) as client:
        follow = await followed(site, client, campaign, after=cursor)

        told = [(await follow.event())["activity"]["id"] for _ in wanted]

        assert told == wanted


async def test_an_events_own_cursor_resumes_behind_it(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest()
    async with serving(site) as address:
        async with socket_of(address) as client:
            follow = await followed(site, client, campaign)
            await site.comment(campaign, guest, "first")
            cursor = (await follow.event())["cursor"]
        await site.comment(campaign, guest, "second")
        async with socket_of(address) as client:
            follow = await followed(site, client, campaign, after=cursor)

            assert text_of(await follow.event()) == "second"


async def test_only_the_kinds_asked_for_are_told(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest()
    async with serving(site) as address, socket_of(address) as client:
        follow = await followed(site, client, campaign, kinds=["REPLIED", "COMMENT_EDITED"])
        comment = await site.comment(campaign, guest)
        await site.comment(campaign, guest, parent=comment)
        await site.do("addReaction", "comment { id }", guest, commentId=comment, kind="HEART")
        await site.do("editComment", "comment { id }", guest, commentId=comment, body="Better said.")

        events = [await follow.event() for _ in range(2)]

        assert [kind_of(event) for event in events] == ["REPLIED", "COMMENT_EDITED"]


async def test_a_list_of_kinds_resumes_with_the_same_kinds(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest()
    comment = await site.comment(campaign, guest)
    cursor = (await page(site, campaign, kinds=["REPLIED", "COMMENTED"]))["pageInfo"]["startCursor"]
    await site.comment(campaign, guest, "missed", parent=comment)
    async with serving(site) as address, socket_of(address) as client:
        follow = await followed(site, client, campaign, kinds=["COMMENTED", "REPLIED"], after=cursor)

        assert text_of(await follow.event()) == "missed"


async def test_only_what_happens_in_the_thread_is_told(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest()
    thread, other = await site.comment(campaign, guest), await site.comment(campaign, guest)
    reply = await site.comment(campaign, guest, parent=thread)
    async with serving(site) as address, socket_of(address) as client:
        follow = await followed(site, client, campaign, threadId=thread)
        await site.comment(campaign, guest, "elsewhere", parent=other)
        await site.comment(campaign, guest, "deep", parent=reply)

        assert text_of(await follow.event()) == "deep"


async def test_a_thread_can_be_followed_from_its_cursor_with_kinds(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest()
    thread = await site.comment(campaign, guest)
    async with serving(site) as address, socket_of(address) as client:
        first = await followed(site, client, campaign, threadId=thread, kinds=["REPLIED"])
        await site.comment(campaign, guest, "one", parent=thread)
        cursor = (await first.event())["cursor"]
        await site.do("addReaction", "comment { id }", guest, commentId=thread, kind="HEART")
        await site.comment(campaign, guest, "two", parent=thread)

        again = await followed(site, client, campaign, threadId=thread, kinds=["REPLIED"], after=cursor)

        assert text_of(await again.event()) == "two"


async def test_a_comment_that_is_taken_down_is_told_without_its_text(site: TestApp) -> None:
    campaign, guest, moderator = await site.campaign(), await site.guest(), await site.staff()
    comment = await site.comment(campaign, guest)
    async with serving(site) as address, socket_of(address) as client:
        follow = await followed(site, client, campaign)
        await site.do("moderateComment", "comment { id }", moderator, commentId=comment, decision="HOLD")

        event = await follow.event()

        assert kind_of(event) == "COMMENT_REMOVED"
        assert event["activity"]["subject"] is None
        assert event["activity"]["actorName"] == "A supporter"


async def test_a_comment_that_is_put_back_is_told_with_its_text(site: TestApp) -> None:
    campaign, guest, moderator = await site.campaign(), await site.guest(), await site.staff()
    comment = await site.comment(campaign, guest, "Back again.")
    async with serving(site) as address, socket_of(address) as client:
        follow = await followed(site, client, campaign, kinds=["COMMENT_RESTORED"])
        for decision in ("REJECT", "RESTORE"):
            await site.do("moderateComment", "comment { id }", moderator, commentId=comment, decision=decision)

        event = await follow.event()

        assert kind_of(event) == "COMMENT_RESTORED"
        assert text_of(event) == "Back again."


async def test_a_comment_that_waits_is_told_only_once_it_is_approved(site: TestApp) -> None:
    campaign = await site.campaign(commentPolicy="PREMODERATED")
    guest, moderator = await site.guest(), await site.staff()
    async with serving(site) as address, socket_of(address) as client:
        follow = await followed(site, client, campaign)
        first = await site.comment(campaign, guest, "first")
        second = await site.comment(campaign, guest, "second")
        for comment in (second, first):
            await site.do("moderateComment", "comment { id }", moderator, commentId=comment, decision="APPROVE")

        events = [await follow.event() for _ in range(2)]

        assert [text_of(event) for event in events] == ["second", "first"]
        assert {kind_of(event) for event in events} == {"COMMENTED"}


async def test_the_organisers_news_is_told(site: TestApp) -> None:
    campaign, campaigner = await site.campaign(), await site.staff(Role.CAMPAIGNER)
    async with serving(site) as address, socket_of(address) as client:
        follow = await followed(site, client, campaign)
        await site.do("postUpdate", "update { id }", campaigner, campaignId=campaign, title="News", body="Good.")

        event = await follow.event()

        assert kind_of(event) == "UPDATE_POSTED"
        assert event["activity"]["subject"] == {"__typename": "CampaignUpdate"}


# ---------------------------------------------------------------- what is refused


async def test_a_wrong_cursor_is_refused(site: TestApp) -> None:
    campaign = await site.campaign()
    async with serving(site) as address, socket_of(address) as client:
        follow = await client.run(FOLLOW, id=campaign, after="bm90IG91cnM")

        assert await follow.code() == "INVALID_CURSOR"


async def test_a_cursor_of_another_filter_does_not_open_a_subscription(site: TestApp) -> None:
    campaign = await site.campaign()
    cursor = (await page(site, campaign, kinds=["CAMPAIGN_CHANGED"]))["pageInfo"]["endCursor"]
    async with serving(site) as address, socket_of(address) as client:
        follow = await client.run(FOLLOW, id=campaign, after=cursor)

        assert await follow.code() == "INVALID_CURSOR"


@pytest.mark.parametrize("unknown", ["Q2FtcGFpZ246OTk5", "nonsense", ""])
async def test_an_unknown_campaign_can_not_be_followed(site: TestApp, unknown: str) -> None:
    async with serving(site) as address, socket_of(address) as client:
        follow = await client.run(FOLLOW, id=unknown)

        assert await follow.code() == "NOT_FOUND"


async def test_a_draft_can_not_be_followed_by_the_public(site: TestApp) -> None:
    campaign = await site.campaign("DRAFT")
    async with serving(site) as address, socket_of(address) as client:
        follow = await client.run(FOLLOW, id=campaign)

        assert await follow.code() == "NOT_FOUND"


async def test_a_draft_can_be_followed_by_those_who_write_it(site: TestApp) -> None:
    campaign, campaigner = await site.campaign("DRAFT"), await site.staff(Role.CAMPAIGNER)
    async with serving(site) as address, socket_of(address, campaigner) as client:
        follow = await followed(site, client, campaign)
        await site.do("updateCampaign", "campaign { id }", campaigner, campaignId=campaign, title="Better")

        assert kind_of(await follow.event()) == "CAMPAIGN_CHANGED"


async def test_a_thread_of_another_campaign_can_not_be_followed_here(site: TestApp) -> None:
    thread = await site.comment(await site.campaign(), await site.guest())
    async with serving(site) as address, socket_of(address) as client:
        follow = await client.run(FOLLOW, id=await site.campaign(), threadId=thread)

        assert await follow.code() == "NOT_FOUND"


async def test_a_hidden_thread_can_not_be_followed_by_others(site: TestApp) -> None:
    campaign = await site.campaign(commentPolicy="PREMODERATED")
    thread = await site.comment(campaign, await site.guest())
    async with serving(site) as address, socket_of(address, await site.guest("Grace")) as client:
        follow = await client.run(FOLLOW, id=campaign, threadId=thread)

        assert await follow.code() == "NOT_FOUND"


# ---------------------------------------------------------------- under strain


async def test_a_lost_wake_up_costs_a_moment_and_no_event(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Live, "wake", lambda self, campaign_id, seq: None)
    async with running_app(live_poll_seconds=0.02) as site:
        campaign, guest = await site.campaign(), await site.guest()
        async with serving(site) as address, socket_of(address) as client:
            follow = await followed(site, client, campaign)
            await site.comment(campaign, guest, "Seen without a wake-up.")

            assert text_of(await follow.event()) == "Seen without a wake-up."


async def test_who_leaves_while_the_log_is_woken_is_gone(site: TestApp) -> None:
    campaign_id = row_id(await site.campaign())
    live = site.groundswell.live

    async def caught(after: int, limit: int) -> list[Activity]:
        behind.set()
        return []

    for steps in range(8):
        behind = asyncio.Event()
        reading = asyncio.ensure_future(anext(live.follow(campaign_id, None, caught, lambda _: True)))
        await behind.wait()
        live.wake(campaign_id, 1_000_000)
        for _ in range(steps):
            await asyncio.sleep(0)
        reading.cancel()
        left, _ = await asyncio.wait([reading], timeout=PATIENCE)
        assert left, f"still there after {steps} steps"
        assert live.watching(campaign_id) == 0


async def test_a_slow_subscriber_loses_nothing_and_holds_up_no_one() -> None:
    """It reads nothing while much happens; its queue of two overflows, and it goes back to the log."""
    body = "A long comment, so that the network has to wait. " * 90
    async with running_app(live_queue=2) as site:
        campaign, guest = await site.campaign(), await site.guest()
        narrow = socket.socket()
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        async with serving(site, send_buffer=4096) as address:
            host, _, port = address.partition(":")
            narrow.setblocking(False)
            await asyncio.get_running_loop().sock_connect(narrow, (host, int(port)))
            async with socket_of(address, sock=narrow, max_queue=1) as slow, socket_of(address) as quick:
                await slow.say({"type": "subscribe", "id": "1", "payload": _subscribe(campaign)})
                await until(lambda: site.groundswell.live.watching(1) == 1)
                follow = await followed(site, quick, campaign)

                for burst in range(4):
                    posts = (site.comment(campaign, guest, f"{burst}: {number} {body}") for number in range(10))
                    await asyncio.gather(*posts)
                told_at_once = [(await follow.event())["activity"]["id"] for _ in range(40)]
                told_late = [(await slow.hear())["payload"]["data"]["activity"]["activity"]["id"] for _ in range(40)]

                assert told_at_once == [edge["node"]["id"] for edge in (await log(site, campaign))[-40:]]
                assert told_late == told_at_once


def _subscribe(campaign: str) -> dict[str, Any]:
    return {"query": FOLLOW, "variables": {"id": campaign}}


Plan = list[tuple[int, bool]]
"""For each connection of a subscriber: after how many events it ends, and whether abruptly."""


@settings(max_examples=8)
@given(
    st.lists(st.lists(st.tuples(st.integers(1, 6), st.booleans()), max_size=8), min_size=2, max_size=5),
    st.integers(1, 100),
)
def test_every_subscriber_is_told_everything_once_and_in_order(plans: list[Plan], queue: int) -> None:
    """Whoever comes, goes and resumes while others write: no gap and no repeat at any hand-over."""

    async def act(site: TestApp) -> None:
        campaign, guest = await site.campaign(), await site.guest()
        start = (await page(site, campaign))["pageInfo"]["startCursor"]
        total = 30
        async with serving(site) as address:
            writers = [_write(site, campaign, guest, total // 3) for _ in range(3)]
            readers = [_resume(address, campaign, start, plan, total) for plan in plans]

            told = (await asyncio.gather(*readers, *writers))[: len(plans)]

            wanted = [edge["node"]["id"] for edge in await log(site, campaign)][1:]
            assert len(wanted) == total
            assert told == [wanted] * len(plans)

    in_running_app(act, live_queue=queue)


async def _write(site: TestApp, campaign: str, guest: str, times: int) -> None:
    for _ in range(times):
        await site.comment(campaign, guest)


async def _resume(address: str, campaign: str, cursor: str, plan: Plan, total: int) -> list[str]:
    told: list[str] = []
    for most, abruptly in [*plan, (total, False)]:
        async with socket_of(address) as client:
            follow = await client.run(FOLLOW, id=campaign, after=cursor)
            for _ in range(min(most, total - len(told))):
                event = await follow.event()
                told.append(event["activity"]["id"])
                cursor = event["cursor"]
            if abruptly:
                client.connection.transport.abort()
    return told
