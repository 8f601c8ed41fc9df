"""The events of all campaigns: each exactly once per cursor, in a fixed order, and cheap for clients that poll."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import storage
from live import Live
from models import Activity, ActivityKind, Campaign, Role, SubjectType
from resolvers import event_cursors
from resolvers.activity import record
from resolvers.context import Context
from resolvers.event_cursors import pack, unpack
from tests.api.test_statements import about, assert_along_an_index, copy, cost, plan, sqlite_only, steps
from tests.support.app import ON_POSTGRES, TestApp, running_app
from tests.support.docs import DOCS, section
from tests.support.ids import row_id

pytestmark = pytest.mark.anyio

EVENTS = """query($campaign: ID, $kinds: [ActivityKind!], $first: Int, $after: String) {
  events(campaignId: $campaign, kinds: $kinds, first: $first, after: $after) {
    nodes { id kind campaign { id } } edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
NODES = "query($after: String) { events(first: 100, after: $after) { nodes { id } pageInfo { endCursor } } }"
AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
EXAMPLES = 300 if os.environ.get("LONG") == "1" else 15


async def page_of(site: TestApp, token: str | None = None, **given: Any) -> Any:
    return (await site.ask(EVENTS, token, **given))["events"]


async def read_on(site: TestApp, after: str | None, token: str | None = None, **given: Any) -> tuple[list[Any], Any]:
    """Read page by page as a program does; return the events, and the cursor to store."""
    found: list[Any] = []
    while True:
        page = await page_of(site, token, after=after, **given)
        found += page["nodes"]
        after = page["pageInfo"]["endCursor"] or after
        if not page["pageInfo"]["hasNextPage"]:
            return found, after


def ids(nodes: Iterable[Any]) -> list[str]:
    return [node["id"] for node in nodes]


async def log_of(*campaigns: str) -> list[int]:
    """Return the ids of the rows in the logs of some campaigns, or of all, each log in order."""
    wanted = {row_id(campaign) for campaign in campaigns}
    rows: list[Activity] = await Activity.all().order_by("campaign_id", "seq")
    return [row.id for row in rows if not wanted or row.campaign_id in wanted]


async def by_campaign(nodes: Iterable[Any]) -> list[int]:
    """Return the row ids of events, those of one campaign together, and otherwise in the order that was read."""
    return [row_id(node["id"]) for node in sorted(nodes, key=lambda node: row_id(node["campaign"]["id"]))]


async def write(
    site: TestApp, campaign: str, kind: ActivityKind = ActivityKind.UPDATE_POSTED, at: datetime = AT
) -> None:
    """Commit one event."""
    async with storage.transaction():
        subject = (SubjectType.CAMPAIGN, row_id(campaign))
        await record(Context(site.settings, Live()), row_id(campaign), kind, subject, at)


# ---------------------------------------------------------------- one list of all logs


async def test_events_are_the_logs_of_all_campaigns(site: TestApp) -> None:
    guest, campaigns = await site.guest(), [await site.campaign() for _ in range(3)]
    for campaign in campaigns:
        comment = await site.comment(campaign, guest)
        await site.do("addReaction", "comment { id }", guest, commentId=comment, kind="HEART")
        await site.do("editComment", "comment { id }", guest, commentId=comment, body="Better said.")

    found, _ = await read_on(site, None, first=2)

    assert await by_campaign(found) == await log_of()
    assert {"COMMENTED", "REACTED", "COMMENT_EDITED", "CAMPAIGN_CHANGED"} == {node["kind"] for node in found}


async def test_empty_page_means_up_to_date(site: TestApp) -> None:
    campaign = await site.campaign()
    _, cursor = await read_on(site, None)

    page = await page_of(site, after=cursor)
    await write(site, campaign)
    news, _ = await read_on(site, cursor)

    info = {"hasNextPage": False, "hasPreviousPage": True, "startCursor": None, "endCursor": None}
    assert page == {"nodes": [], "edges": [], "pageInfo": info}
    assert await by_campaign(news) == (await log_of(campaign))[-1:]


async def test_page_info_and_edges_belong_to_the_nodes(site: TestApp) -> None:
    for _ in range(3):
        await site.campaign()

    first = await page_of(site, first=2)
    rest = await page_of(site, first=100, after=first["pageInfo"]["endCursor"])

    for page in (first, rest):
        assert [edge["node"]["id"] for edge in page["edges"]] == ids(page["nodes"])
        assert page["edges"][0]["cursor"] == page["pageInfo"]["startCursor"]
        assert page["edges"][-1]["cursor"] == page["pageInfo"]["endCursor"]
    assert [(page["pageInfo"]["hasPreviousPage"], page["pageInfo"]["hasNextPage"]) for page in (first, rest)] == [
        (False, True),
        (True, False),
    ]


async def test_every_edge_has_a_cursor_to_go_on_behind_it(site: TestApp) -> None:
    for _ in range(3):
        await write(site, await site.campaign())
    whole = await page_of(site, first=100)

    for place, edge in enumerate(whole["edges"], 1):
        assert ids((await page_of(site, first=100, after=edge["cursor"]))["nodes"]) == ids(whole["nodes"][place:])


async def test_default_is_fifty_events(site: TestApp) -> None:
    campaign = await site.campaign()
    for _ in range(51):
        await write(site, campaign)

    assert len((await page_of(site))["nodes"]) == 50


async def test_oldest_next_event_comes_first(site: TestApp) -> None:
    """Also if a log is not in the order of time: a donation may be recorded late."""
    campaigns = [await site.campaign() for _ in range(3)]
    _, cursor = await read_on(site, None)
    minutes = [(0, 1), (1, 0), (2, 3), (0, 0), (1, 5), (2, 2), (0, 4)]
    for place, minute in minutes:
        await write(site, campaigns[place], at=AT + timedelta(minutes=minute))

    found, _ = await read_on(site, cursor, first=100)

    assert [campaigns.index(node["campaign"]["id"]) for node in found] == [1, 0, 0, 2, 2, 0, 1]


async def test_order_does_not_tell_more_than_the_times_that_are_shown() -> None:
    """The exact second of an event could identify a person."""
    async with running_app(ticker_seconds=60) as site:
        campaigns = [await site.campaign() for _ in range(2)]
        _, cursor = await read_on(site, None)
        for place, second in ((1, 0), (0, 30)):
            await write(site, campaigns[place], at=AT + timedelta(seconds=second))

        found, _ = await read_on(site, cursor)

        assert [node["campaign"]["id"] for node in found] == campaigns


# ---------------------------------------------------------------- filters


async def test_events_of_one_campaign(site: TestApp) -> None:
    campaign, other = await site.campaign(), await site.campaign()
    for _ in range(3):
        await write(site, campaign)
        await write(site, other)

    found, cursor = await read_on(site, None, campaign=campaign, first=2)

    assert await by_campaign(found) == await log_of(campaign)
    rest, _ = await read_on(site, cursor)
    assert await by_campaign(rest) == await log_of(other)


async def test_events_of_some_kinds(site: TestApp) -> None:
    campaigns = [await site.campaign() for _ in range(2)]
    for kind in (ActivityKind.COMMENTED, ActivityKind.SIGNED, ActivityKind.REPLIED, ActivityKind.SIGNED):
        for campaign in campaigns:
            await write(site, campaign, kind)

    found, cursor = await read_on(site, None, kinds=["REPLIED", "SIGNED"], first=4)
    none = await page_of(site, kinds=[])

    kinds = [node["kind"] for node in sorted(found, key=lambda node: row_id(node["campaign"]["id"]))]
    assert kinds == ["SIGNED", "REPLIED", "SIGNED"] * 2
    assert none["nodes"] == []
    assert (await read_on(site, cursor))[0] == []


async def test_cursor_goes_on_behind_the_last_event_read_with_other_kinds(site: TestApp) -> None:
    campaign = await site.campaign()
    for kind in (ActivityKind.SIGNED, ActivityKind.COMMENTED, ActivityKind.SIGNED, ActivityKind.COMMENTED):
        await write(site, campaign, kind)
    cursor = (await page_of(site, kinds=["COMMENTED"], first=1))["pageInfo"]["endCursor"]

    found, _ = await read_on(site, cursor)
    signed, _ = await read_on(site, cursor, kinds=["SIGNED"], campaign=campaign)

    assert [node["kind"] for node in found] == ["SIGNED", "COMMENTED"]
    assert [node["kind"] for node in signed] == ["SIGNED"]


# ---------------------------------------------------------------- who sees what


async def test_new_campaign_is_read_from_its_beginning(site: TestApp) -> None:
    old = await site.campaign()
    _, cursor = await read_on(site, None)
    new = await site.campaign()
    await write(site, old)

    found, cursor = await read_on(site, cursor, first=1)

    assert await by_campaign(found) == [(await log_of(old))[-1], *await log_of(new)]
    assert (await read_on(site, cursor))[0] == []


async def test_draft_brings_its_earlier_events_once_it_is_public(site: TestApp) -> None:
    campaigner, draft, other = await site.staff(Role.CAMPAIGNER), await site.campaign("DRAFT"), await site.campaign()
    await write(site, draft)
    before, cursor = await read_on(site, None)
    of_campaigner, _ = await read_on(site, None, campaigner)

    await site.do("changeCampaignState", "campaign { id }", campaigner, campaignId=draft, state="LIVE")
    after, _ = await read_on(site, cursor, first=1)

    assert await by_campaign(before) == await log_of(other)
    assert await by_campaign(after) == await log_of(draft)
    assert set(ids(of_campaigner)) > set(ids(before))


@pytest.mark.parametrize("role", [None, Role.MODERATOR])
async def test_draft_is_not_found_by_its_id(site: TestApp, role: Role | None) -> None:
    token, draft = await site.staff(role) if role else None, await site.campaign("DRAFT")
    await write(site, draft)

    codes = [await site.codes(EVENTS, token, campaign=one) for one in (draft, "Q2FtcGFpZ246OTk5", "nonsense")]

    assert codes == [["NOT_FOUND"]] * 3
    assert len((await page_of(site, await site.staff(Role.CAMPAIGNER), campaign=draft))["nodes"]) == 1


# ---------------------------------------------------------------- cursors


async def test_cursor_of_another_list_is_refused(site: TestApp) -> None:
    campaign = await site.campaign()
    await site.comment(campaign, await site.guest())
    ticker = (
        "query($id: ID!, $after: String) { campaign(id: $id) { activity(after: $after) { pageInfo { endCursor } } } }"
    )
    of_ticker = (await site.ask(ticker, id=campaign))["campaign"]["activity"]["pageInfo"]["endCursor"]
    of_events = (await page_of(site))["pageInfo"]["endCursor"]

    assert await site.codes(EVENTS, after=of_ticker) == ["INVALID_CURSOR"]
    assert await site.codes(ticker, id=campaign, after=of_events) == ["INVALID_CURSOR"]


async def test_altered_or_malformed_cursor_is_refused(site: TestApp) -> None:
    await site.campaign()
    cursor = (await page_of(site))["pageInfo"]["endCursor"]
    altered = [cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :] for place in range(12)]

    for wrong in (*altered, cursor[:-2], "", "x", "=", "ü", "AAAA", "W10", "\x00", "null", "a" * 5000):
        assert await site.codes(EVENTS, after=wrong) == ["INVALID_CURSOR"], wrong


@pytest.mark.parametrize("first", [0, -1, 101])
async def test_size_out_of_range_is_invalid(site: TestApp, first: int) -> None:
    assert await site.codes(EVENTS, first=first) == ["INVALID"]


@given(st.dictionaries(st.integers(1, 2**63 - 1), st.integers(0, 2**63 - 1)))
def test_cursor_holds_every_seq(seen: dict[int, int]) -> None:
    assert unpack(pack(seen)) == seen


def test_cursor_of_a_thousand_campaigns_is_short() -> None:
    """Three bytes for each campaign that has some hundred events or thousands."""
    assert len(pack({campaign_id: 2_000 + campaign_id for campaign_id in range(1, 1_001)})) == 3_000


async def test_cursor_is_written_only_if_it_is_selected(site: TestApp, monkeypatch: pytest.MonkeyPatch) -> None:
    await site.campaign()
    written: list[Any] = []

    def record(seen: dict[int, int]) -> bytes:
        written.append(seen)
        return pack(seen)

    monkeypatch.setattr(event_cursors, "pack", record)

    await site.ask("{ events { nodes { id } pageInfo { hasNextPage } } }")
    assert written == []
    await site.ask("{ events { nodes { id } pageInfo { endCursor } } }")

    assert len(written) == 1


# ---------------------------------------------------------------- while others write

KINDS = [ActivityKind.SIGNED, ActivityKind.COMMENTED, ActivityKind.CAMPAIGN_CHANGED]
EVENT = st.tuples(st.integers(0, 3), st.sampled_from(KINDS), st.integers(0, 600))
EVENT_BATCH = st.lists(EVENT, max_size=6)


def test_pages_are_complete_while_others_write() -> None:
    with asyncio.Runner() as runner:
        stack = running_app()
        site = runner.run(stack.__aenter__())

        @settings(max_examples=EXAMPLES)
        @given(
            size=st.integers(1, 5),
            kinds=st.none() | st.lists(st.sampled_from(KINDS), min_size=1),
            log=st.lists(EVENT, max_size=20),
            between=st.lists(EVENT_BATCH, max_size=6),
        )
        def pages_are_whole(size: int, kinds: list[ActivityKind] | None, log: list[Any], between: list[Any]) -> None:
            runner.run(read_while_others_write(site, size, kinds, log, between))

        try:
            pages_are_whole()
        finally:
            runner.run(stack.__aexit__(None, None, None))


async def read_while_others_write(
    site: TestApp, size: int, kinds: list[ActivityKind] | None, log: list[Any], between: list[Any]
) -> None:
    campaigns = [await site.campaign() for _ in range(3)]
    _, cursor = await read_on(site, None)
    before = {row.id for row in await Activity.all()}
    campaigns.append(await site.campaign())  # new for the cursor
    await write_all(site, campaigns, log)
    expected = await merged(site, before, kinds)
    found: list[int] = []
    for batch in [*between, *([[]] * 100)]:
        page = await page_of(site, first=size, after=cursor, kinds=kinds)
        found += [row_id(node["id"]) for node in page["nodes"]]
        cursor = page["pageInfo"]["endCursor"] or cursor
        assert len(page["nodes"]) == size or not page["pageInfo"]["hasNextPage"]
        await write_all(site, campaigns, batch)
        if not batch and not page["pageInfo"]["hasNextPage"]:
            break
    news = await read_on(site, cursor, kinds=kinds)

    found += [row_id(node["id"]) for node in news[0]]
    rows = {row.id: row for row in await Activity.all() if row.id not in before and (not kinds or row.kind in kinds)}
    assert sorted(found) == sorted(rows)
    for campaign in campaigns:
        seqs = [rows[event].seq for event in found if rows[event].campaign_id == row_id(campaign)]
        assert seqs == sorted(seqs)
    assert any(between) or found == expected


async def write_all(site: TestApp, campaigns: list[str], log: list[Any]) -> None:
    for place, kind, second in log:
        await write(site, campaigns[place], kind, AT + timedelta(seconds=second))


async def merged(site: TestApp, before: set[int], kinds: list[ActivityKind] | None) -> list[int]:
    """Return the events in the documented order, by the plainest means."""
    logs: dict[int, list[Activity]] = {}
    for row in await Activity.all().order_by("seq"):
        if row.id not in before and (not kinds or row.kind in kinds):
            logs.setdefault(row.campaign_id, []).append(row)
    found = []
    while logs:
        moment = site.settings.ticker_seconds
        first = min(logs, key=lambda one: (logs[one][0].occurred_at.timestamp() // moment, one))
        found.append(logs[first].pop(0).id)
        logs = {one: rows for one, rows in logs.items() if rows}
    return found


@pytest.mark.parametrize("kinds", [None, ["COMMENTED", "REACTED"]])
async def test_concurrent_writers_lose_and_repeat_nothing(site: TestApp, kinds: list[str] | None) -> None:
    """Eight people write on four campaigns at once, and one of the campaigns is new."""
    people = [await site.guest(f"Person {letter}") for letter in "ABCDEFGH"]
    campaigns = [await site.campaign() for _ in range(3)]
    has_ended = asyncio.Event()
    found, cursor = await read_on(site, None, kinds=kinds)

    async def take_part(person: int) -> None:
        for turn in range(6):
            comment = await site.comment(campaigns[(person + turn) % len(campaigns)], people[person])
            await site.do("addReaction", "comment { id }", people[person], commentId=comment, kind="HEART")
            if person == 0 and turn == 2:
                campaigns.append(await site.campaign())

    async def read_along() -> Any:
        nodes, after = list(found), cursor
        while not has_ended.is_set():
            page = await page_of(site, first=3, after=after, kinds=kinds)
            nodes += page["nodes"]
            after = page["pageInfo"]["endCursor"] or after
            await asyncio.sleep(0)  # a read on SQLite does not pause, and the writers would never run
        news, _ = await read_on(site, after, kinds=kinds, first=100)
        return nodes + news

    async def write_at_once() -> None:
        try:
            await asyncio.gather(*map(take_part, range(len(people))))
        finally:
            has_ended.set()

    readers, _ = await asyncio.gather(asyncio.gather(read_along(), read_along()), write_at_once())

    rows: list[Activity] = await Activity.all().order_by("campaign_id", "seq")
    log = [row.id for row in rows if not kinds or row.kind in kinds]
    assert len(log) >= 2 * 6 * len(people)
    for nodes in readers:
        assert await by_campaign(nodes) == log


@pytest.mark.skipif(not ON_POSTGRES, reason="SQLite has one writer at a time")
async def test_event_that_is_committed_late_is_not_missed(site: TestApp) -> None:
    """Its row has a lower id than rows that a client has read already."""
    slow, quick = await site.campaign(), await site.campaign()
    _, cursor = await read_on(site, None)
    is_written, may_commit = asyncio.Event(), asyncio.Event()

    async def write_slowly() -> None:
        async with storage.transaction():
            subject = (SubjectType.CAMPAIGN, row_id(slow))
            await record(Context(site.settings, Live()), row_id(slow), ActivityKind.SIGNED, subject, AT)
            is_written.set()
            await may_commit.wait()

    writer = asyncio.create_task(write_slowly())
    await is_written.wait()
    await write(site, quick)
    first, cursor = await read_on(site, cursor)
    may_commit.set()
    await writer
    second, _ = await read_on(site, cursor)

    assert [node["campaign"]["id"] for node in (*first, *second)] == [quick, slow]
    assert row_id(second[0]["id"]) < row_id(first[0]["id"])


# ---------------------------------------------------------------- as the documentation says


async def test_documented_program_keeps_a_copy(site: TestApp) -> None:
    """The function on the page for programs, with the query on that page."""
    text = section(DOCS / "programs.md", "Keeping a copy")
    (query,) = re.findall(r"^```graphql\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    (code,) = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    program: dict[str, Any] = {"SYNC": query.replace("first: 100", "first: 2")}
    exec(code, program)
    loop, copied, stored = asyncio.get_running_loop(), list[int](), list[str]()

    def ask(text: str, variables: dict[str, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(site.ask(text, **variables), loop).result()

    def apply(events: list[Any], cursor: str) -> None:
        copied.extend(row_id(event["id"]) for event in events)
        stored.append(cursor)

    async def sync(cursor: str | None) -> None:
        assert await asyncio.to_thread(program["sync"], ask, cursor, apply) == stored[-1]
        assert sorted(copied) == sorted(await log_of())

    campaigns = [await site.campaign() for _ in range(3)]
    await sync(None)
    await sync(stored[-1])
    await write(site, campaigns[1])
    await sync(stored[-1])


# ---------------------------------------------------------------- how much of the tables


CAMPAIGNS, LONG_LOG = 1_000, 20_000


@dataclass
class Large:
    """A site with a thousand campaigns, of which two have news: one with a short log, one with a very long log."""

    site: TestApp
    short: str
    long: str
    cursor: str
    """From before the news."""


@pytest.fixture(scope="module")
async def large(anyio_backend: str) -> AsyncIterator[Large]:
    async with running_app() as site:
        short, long = [await site.campaign(body="A long text. " * 2_000) for _ in range(2)]
        await fill(row_id(short), row_id(long))
        _, cursor = await read_on(site, None, first=100)
        for campaign in (short, long):
            for _ in range(5):
                await write(site, campaign)
        yield Large(site, short, long, cursor)


async def fill(short: int, long: int) -> None:
    """Copy a campaign with its first event, and lengthen the log of another campaign."""
    async with storage.transaction():
        await copy(Campaign, f"id = {short}", CAMPAIGNS, slug="'copy-' || n", activity_seq="1")
        before = (await Campaign.get(slug="copy-1")).id - 1
        await copy(Activity, f"campaign_id = {short} AND c.seq = 1", CAMPAIGNS, campaign_id=f"{before} + n")
        last = (await Campaign.get(id=long)).activity_seq
        await copy(Activity, f"campaign_id = {long} AND c.seq = 1", LONG_LOG, seq=f"{last} + n")
        await Campaign.filter(id=long).update(activity_seq=last + LONG_LOG)


@sqlite_only
async def test_statement_count_does_not_depend_on_the_number_of_campaigns(large: Large) -> None:
    """Which campaigns have news, and the news; from the beginning also which campaigns come first."""
    site = large.site

    news, nothing, everything = [
        await cost(site, NODES, after=after) for after in (large.cursor, (await read_on(site, large.cursor))[1], None)
    ]

    assert (len(news), len(nothing), len(everything)) == (2, 1, 3)


@sqlite_only
async def test_only_campaigns_with_news_are_read(large: Large) -> None:
    """The others cost an entry of an index each, and the length of a log costs nothing."""
    query = NODES.replace("events(", "events(campaignId: $campaign, ").replace("($after", "($campaign: ID, $after")
    short, long = [
        await steps(large.site, query, None, after=large.cursor, campaign=campaign)
        for campaign in (large.short, large.long)
    ]
    both = await steps(large.site, NODES, None, after=large.cursor)

    assert long == pytest.approx(short, rel=0.02)
    assert both < 2 * short + 60 * CAMPAIGNS


@sqlite_only
@pytest.mark.parametrize("kinds", ["", "kinds: [SIGNED, COMMENTED], "])
@pytest.mark.parametrize("is_first", [False, True])
async def test_events_are_read_along_indexes(large: Large, kinds: str, is_first: bool) -> None:
    query = NODES.replace("first: 100, ", f"first: 100, {kinds}")

    seen = await cost(large.site, query, after=None if is_first else large.cursor)

    of_campaigns, of_log = about(seen, "campaigns"), about(seen, "activity")
    assert len(of_campaigns) == 1
    assert "SEARCH campaigns USING COVERING INDEX campaigns_most_active" in str(await plan(of_campaigns[0]))
    assert len(of_log) == (2 if is_first else 1)
    await assert_along_an_index(of_log)
