"""Statement counts: a page takes a small, fixed number of statements, and each reads only the rows it returns."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tortoise.connection import get_connection

import storage
from jobs.audits import drift
from live import Live
from models import (
    Activity,
    ActivityKind,
    ActivitySort,
    ApiKey,
    Campaign,
    CampaignUpdate,
    Comment,
    CommentFlag,
    CommentSort,
    ModerationAction,
    Role,
    Supporter,
)
from resolvers.activity_log import ActivityLog
from resolvers.context import Context
from resolvers.ids import global_id
from settings import settings
from storage import keyset
from storage.database import Statement
from storage.keyset import Window
from storage.rows import attributes, table_of
from tests.support.activity import ALL_KINDS
from tests.support.app import ON_POSTGRES, TestApp, running_app
from tests.support.ids import row_id
from tests.support.sorted_lists import PAGED_LISTS, SORTED_LISTS, SUBSCRIPTION_SORT, VIEWER_LISTS, SortedList
from tests.support.statements import recorded_statements

pytestmark = pytest.mark.anyio
compiled_only = pytest.mark.skipif(
    not settings.compiled, reason="graphql-core goes on with each field as it comes, so a level may ask more than once"
)

PAGE = (Path(__file__).parents[2] / "benchmarks" / "page.graphql").read_text()
SORTS = [sort.name for sort in CommentSort]
sqlite_only = pytest.mark.skipif(ON_POSTGRES, reason="SQLite tells how it reads; PostgreSQL shares the indexes")


async def cost(site: TestApp, query: str, token: str | None = None, **given: Any) -> list[str]:
    with recorded_statements() as seen:
        await site.ask(query, token, **given)
    return seen


def about(seen: list[str], *tables: str) -> list[str]:
    """Return the statements that read one of the tables."""
    return [text for text in seen if any(re.search(rf'(FROM|JOIN) "?{table}\b', text) for table in tables)]


def besides(seen: list[str], table: str) -> list[str]:
    """Return the other statements: people are cached, so their number of statements depends on who they are."""
    return [text for text in seen if text not in about(seen, table)]


async def grown(site: TestApp, width: int, people: int = 9) -> tuple[str, str]:
    """Create a campaign of `width` threads with two levels of replies, each by other people. Return its id and slug."""
    campaign = await site.campaign()
    tokens = [await site.guest(f"Person {chr(65 + number)}") for number in range(people)]
    for place in range(width):
        parent: str | None = None
        for depth in range(3):
            author, other = [tokens[(place + 3 * depth + offset) % people] for offset in range(2)]
            first = await site.comment(campaign, author, parent=parent)
            for _ in range(width - 1 if parent else 0):
                await site.comment(campaign, other, parent=parent)
            await site.do("castVote", "comment { id }", other, commentId=first, direction="UP")
            await site.do("addReaction", "comment { id }", author, commentId=first, kind="HEART")
            parent = first
    slug = (await site.ask("query ($id: ID!) { campaign(id: $id) { slug } }", id=campaign))["campaign"]["slug"]
    return campaign, slug


# ---------------------------------------------------------------- how many


@compiled_only
async def test_page_statement_count_does_not_depend_on_widths(site: TestApp) -> None:
    small, large = (await grown(site, 1))[1], (await grown(site, 5))[1]

    one, many = await cost(site, PAGE, slug=small), await cost(site, PAGE, slug=large)

    assert besides(one, "supporters") == besides(many, "supporters")
    assert len(one) <= len(many) <= 12


async def test_page_of_empty_campaign_costs_no_more(site: TestApp) -> None:
    full, (empty, slug) = (await grown(site, 2))[1], (await site.campaign(), "")
    slug = (await site.ask("query ($id: ID!) { campaign(id: $id) { slug } }", id=empty))["campaign"]["slug"]

    none, some = await cost(site, PAGE, slug=slug), await cost(site, PAGE, slug=full)

    assert len(none) <= len(some)


def level(fields: str, depth: int, first: int = 4) -> str:
    below = f" replies(first: {first}) {{ nodes {{ {level(fields, depth - 1, first)} }} }}" if depth else ""
    return f"{fields}{below}"


def threads(fields: str, depth: int = 2, first: int = 4) -> str:
    """Return a query for threads with this many levels of replies."""
    comments = f"comments(first: {first}) {{ nodes {{ {level(fields, depth, first)} }} }}"
    return f"query ($id: ID!) {{ campaign(id: $id) {{ {comments} }} }}"


CARD = "author { displayName } body { html } votes { score viewerVote } reactions { count viewerHasReacted } viewerCan"
LEVELS = range(3)


async def test_viewers_page_takes_at_most_three_statements_per_level(site: TestApp) -> None:
    """Comments, authors, votes and reactions of the viewer. The viewer and held comments are read once."""
    campaign, _ = await grown(site, 5)
    viewer = await site.guest("Grace Hopper")

    counts = [len(await cost(site, threads(CARD, depth), viewer, id=campaign)) for depth in LEVELS]

    steps = [after - before for before, after in pairwise(counts)]
    assert max(steps) <= 3
    assert counts[-1] <= 3 * 3 + 2


async def test_viewers_page_cost_does_not_depend_on_widths(site: TestApp) -> None:
    narrow, wide = (await grown(site, 1))[0], (await grown(site, 5))[0]
    viewer = await site.guest("Grace Hopper")

    one = await cost(site, threads(CARD), viewer, id=narrow)
    many = await cost(site, threads(CARD), viewer, id=wide)

    assert len(one) == len(many)


async def test_viewers_page_cost_does_not_depend_on_votes_and_reactions(site: TestApp) -> None:
    campaign, _ = await grown(site, 3)
    idle, busy = await site.guest("Ida Idle"), await site.guest("Bea Busy")
    query = "query ($id: ID!) { campaign(id: $id) { comments { nodes { id replies { nodes { id } } } } } }"
    for thread in (await site.ask(query, id=campaign))["campaign"]["comments"]["nodes"]:
        for comment in (thread, *thread["replies"]["nodes"]):
            await site.do("castVote", "comment { id }", busy, commentId=comment["id"], direction="UP")
            for kind in ("HEART", "CANDLE"):
                await site.do("addReaction", "comment { id }", busy, commentId=comment["id"], kind=kind)

    nothing, much = [await cost(site, threads(CARD), token, id=campaign) for token in (idle, busy)]

    assert len(nothing) == len(much)


async def test_viewer_fields_cost_anonymous_visitors_nothing(site: TestApp) -> None:
    campaign, _ = await grown(site, 2)

    seen = await cost(site, threads("votes { viewerVote } reactions { viewerHasReacted }"), id=campaign)

    assert about(seen, "votes", "reactions") == []
    assert len(seen) == 1 + 3


@pytest.mark.parametrize(
    ("fields", "tables"),
    [
        ("id body { html } votes { up down score } reactions { kind count }", ["votes", "reactions"]),
        ("id replyCount descendantCount depth url state isPinned", ["votes", "reactions", "supporters"]),
        ("id createdAt", ["comment_edits", "moderation_actions", "comment_flags", "comment_authors"]),
    ],
)
async def test_unselected_fields_are_not_read(site: TestApp, fields: str, tables: list[str]) -> None:
    campaign, _ = await grown(site, 2)

    seen = await cost(site, threads(fields), await site.guest("Grace Hopper"), id=campaign)

    assert about(seen, *tables) == []


async def test_authors_of_a_level_take_one_statement(site: TestApp) -> None:
    campaign, _ = await grown(site, 5)

    seen = await cost(site, threads("author { displayName }"), id=campaign)

    assert len(about(seen, "supporters")) <= 3


@compiled_only
async def test_viewer_vote_and_viewer_has_reacted_share_a_statement(site: TestApp) -> None:
    campaign, _ = await grown(site, 3)
    viewer = await site.guest("Grace Hopper")

    votes = await cost(site, threads("votes { viewerVote }"), viewer, id=campaign)
    both = await cost(site, threads("votes { viewerVote } reactions { viewerHasReacted }"), viewer, id=campaign)

    assert len(both) == len(votes)


@pytest.mark.parametrize(
    ("fields", "most"),
    [
        ("parent { id }", 1),
        ("root { id }", 1),
        ("ancestors { id }", 1),
        ("campaign { id }", 1),
        ("edits { editedAt }", 1),
    ],
)
async def test_field_of_a_level_takes_one_statement(site: TestApp, fields: str, most: int) -> None:
    campaign, _ = await grown(site, 4)
    without = await cost(site, threads("id", depth=1), id=campaign)

    seen = await cost(site, threads(f"id {fields}", depth=1), id=campaign)

    assert len(seen) - len(without) <= 2 * most


async def test_each_sort_of_replies_takes_one_statement(site: TestApp) -> None:
    campaign, _ = await grown(site, 4)
    two = "new: replies(sort: NEWEST) { nodes { id } } top: replies(sort: MOST_VOTED) { nodes { id } }"

    seen = await cost(site, threads(two, depth=0), id=campaign)

    assert len(seen) == 1 + 1 + 2


@pytest.mark.parametrize("field", ["comments", "commentStats", "activity"])
async def test_counts_are_not_computed_on_read(site: TestApp, field: str) -> None:
    campaign, _ = await grown(site, 2)
    parts = {
        "comments": "comments { totalCount nodes { replyCount descendantCount replies { totalCount } } }",
        "commentStats": "commentStats { threadCount replyCount authorCount recentAuthors { id } }",
        "activity": "activity { nodes { id } }",
    }

    seen = await cost(site, f"query ($id: ID!) {{ campaign(id: $id) {{ {parts[field]} }} }}", id=campaign)

    assert [text for text in seen if re.search(r"\b(count|sum|max|min)\s*\(", text, re.IGNORECASE)] == []


# ---------------------------------------------------------------- how much of the tables


def lists(cases: list[SortedList]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("sorted_list", cases, ids=str)


@compiled_only  # graphql-core asks for the total count as well
@sqlite_only
@pytest.mark.parametrize("direction", ["first", "last"])
@lists([each for each in PAGED_LISTS if each.parent == "site"])
async def test_a_page_of_campaigns_costs_the_same_among_many(
    site: TestApp, sorted_list: SortedList, direction: str
) -> None:
    campaign, query = await site.campaign(), sorted_list.query(f"{direction}: 10")
    counts = []
    for offset, size in ((0, LITTLE), (LITTLE, 50 * LITTLE)):
        async with storage.transaction():
            where = f"id = {row_id(campaign)}"
            await copy(Campaign, where, size, slug=f"'copy-' || (n + {offset})", created_at=TIME)
        counts.append(await steps(site, query, None))

    assert counts[1] == pytest.approx(counts[0], rel=0.02)


async def full_log(site: TestApp) -> tuple[int, int]:
    """Fill the logs of two campaigns: a few old events for a ticker, under very many of housekeeping, in one thread."""
    guest = await site.guest()
    for _ in range(2):
        campaign = await site.campaign()
        thread = await site.comment(campaign, guest)
        shared = {"campaign_id": row_id(campaign), "subject_type": "Comment", "subject_id": row_id(thread)}
        shared |= {"thread_id": row_id(thread), "occurred_at": storage.now()}
        kinds = ["REPLIED"] * 200 + ["COMMENT_EDITED"] * 20_000
        rows = [shared | {"seq": 10 + place, "kind": kind} for place, kind in enumerate(kinds)]
        async with storage.transaction():
            await storage.insert_many(Activity, rows)
    return row_id(campaign), row_id(thread)


async def analyze() -> None:
    """Collect the statistics by which a database plans, and let SQLite's connection for reads read them."""
    async with storage.transaction():
        await storage.fetch(Statement("ANALYZE"))
    if not ON_POSTGRES:
        reader = get_connection("default").idle_reader()  # type: ignore[attr-defined]
        await reader.execute_fetchall("ANALYZE sqlite_schema")


async def explained(text: str, *values: Any) -> str:
    """Return the plan of either database for a statement that was recorded."""
    if not ON_POSTGRES:
        return "\n".join(await plan(text))
    return "\n".join(row[0] for row in await storage.fetch(Statement(f"EXPLAIN {text}"), *values))


@pytest.mark.parametrize("is_analyzed", [False, True])
async def test_log_reads_its_own_index_before_and_after_analyze(site: TestApp, is_analyzed: bool) -> None:
    """Without statistics, PostgreSQL expects few rows of any filter, and may sort what it reads from the index."""
    campaign_id, thread_id = await full_log(site)
    if is_analyzed:
        await analyze()
    context = Context(site.settings, Live())
    ticker, whole = ActivityLog(context, campaign_id), ActivityLog(context, campaign_id, kinds=ActivityKind)
    thread = ActivityLog(context, campaign_id, thread_id)
    kinds = storage.json_list(thread.kinds)
    newest, oldest = ActivitySort.NEWEST, ActivitySort.OLDEST

    for log, sort, window, values, index in [
        (ticker, newest, Window(11), (campaign_id, 11), "activity_of_ticker"),
        (ticker, newest, Window(11, backwards=True), (campaign_id, 11), "activity_of_ticker"),
        (ticker, newest, Window(11, after=(150,)), (campaign_id, 150, 11), "activity_of_ticker"),
        (ticker, oldest, Window(100, after=(150,)), (campaign_id, 150, 100), "activity_of_ticker"),
        (whole, oldest, Window(100, after=(150,)), (campaign_id, 150, 100), "uid_activity|autoindex"),
        (thread, oldest, Window(100, after=(150,)), (campaign_id, thread_id, kinds, 150, 100), "activity_of_thread"),
    ]:
        with recorded_statements() as seen:
            assert await log.read(sort, window)
        steps = await explained(seen[0], *values)
        assert re.search(index, steps), (index, steps)
        assert not re.search("Seq Scan|SCAN r", steps), steps
        assert not re.search("Sort|TEMP B-TREE", steps) or (ON_POSTGRES and not is_analyzed), steps


@dataclass
class Sizes:
    """A site with a small and a very large campaign."""

    site: TestApp
    moderator: str
    """An administrator, who may read every list."""
    viewer: str
    author: str
    """The author of all comments."""
    campaigns: list[str]
    threads: list[str]


LITTLE, MUCH = 50, 50_000


@pytest.fixture(scope="module")
async def sizes(anyio_backend: str) -> AsyncIterator[Sizes]:
    async with running_app() as site:
        author, moderator = await site.guest(), await site.staff(Role.ADMIN)
        campaigner = await site.staff(Role.CAMPAIGNER)
        for name in ("One", "Two"):
            await site.do("createApiKey", "key", moderator, name=name, scopes=["READ"])
        campaigns = [await site.campaign() for _ in range(2)]
        roots = []
        for campaign, size in zip(campaigns, (LITTLE, MUCH), strict=True):
            await site.do("postUpdate", "update { id }", campaigner, campaignId=campaign, title="News", body="Well.")
            roots.append(await site.comment(campaign, author))
            await fill(row_id(campaign), row_id(roots[-1]), size)
        assert await drift() == []
        yield Sizes(site, moderator, await site.guest("Grace Hopper"), author, campaigns, roots)


async def fill(campaign: int, root: int, size: int) -> None:
    """Copy a thread's first comment: to replies, and to as many threads, a fifth of them held; and extend the log."""
    queued = size // 5
    async with storage.transaction():
        await copy(
            Comment, f"id = {root}", size, parent_id=str(root), path=PATH.format(root), depth="1", created_at=TIME
        )
        await copy(Comment, f"id = {root}", size - queued, created_at=TIME)
        held = {"state": "'HELD'", "is_listed": "false", "is_queued": "true", "flag_count": "n % 7"}
        await copy(Comment, f"id = {root}", queued, created_at=TIME, **held)
        await fill_moderation(root, size)
        await copy(CampaignUpdate, f"campaign_id = {campaign}", size, posted_at=TIME)
        # the newest third of the log is housekeeping, which a ticker must not walk through
        kind = f"CASE WHEN n > {size * 2 // 3} THEN 'NAME_CHANGED' ELSE {KIND} END"
        await copy(Activity, f"campaign_id = {campaign} AND kind = 'COMMENTED'", size, seq="c.seq + n", kind=kind)
        for text in (
            f"UPDATE comments SET reply_count = {size}, listed_reply_count = {size}, descendant_count = {size}"
            f" WHERE id = {root}",
            f"UPDATE campaigns SET reply_count = reply_count + {size}, thread_count = thread_count + {size - queued},"
            f" listed_thread_count = listed_thread_count + {size - queued},"
            f" held_comment_count = held_comment_count + {queued}, activity_seq = activity_seq + {size},"
            f" queued_comment_count = queued_comment_count + {queued} WHERE id = {campaign}",
            f"UPDATE campaigns SET update_count = update_count + {size} WHERE id = {campaign}",
            f"UPDATE comment_authors SET visible_count = visible_count + {2 * size - queued}"
            f" WHERE campaign_id = {campaign}",
        ):
            await storage.fetch(Statement(f"{text} RETURNING id"))


async def fill_moderation(root: int, size: int) -> None:
    """Give a comment many flags, each by another person, and many decisions."""
    (person,) = await storage.fetch(Statement("SELECT author_id FROM comments WHERE id = $1"), root)
    await storage.insert(CommentFlag, comment_id=root, supporter_id=person[0], reason="SPAM")
    await storage.insert(ModerationAction, comment_id=root, moderator_id=person[0], action="APPROVE")
    await copy(Supporter, f"id = {person[0]}", size)
    flagger = "(SELECT max(id) FROM supporters) + 1 - n"
    await copy(CommentFlag, f"comment_id = {root}", size, supporter_id=flagger)
    await copy(ModerationAction, f"comment_id = {root}", size)


# a moment each, all before the copied one
TIME = (
    "timestamptz '2020-01-01' + n * interval '1 second'"
    if ON_POSTGRES
    else "datetime('2020-01-01', '+' || n || ' seconds') || '+00:00'"
)
PATH = "'\\x{:016x}'::bytea" if ON_POSTGRES else "x'{:016x}'"
KIND = "CASE n % 3 WHEN 0 THEN 'COMMENTED' WHEN 1 THEN 'REPLIED' ELSE 'REACTED' END"


async def copy(model: type[storage.Row], where: str, size: int, **others: str) -> None:
    """Insert this many copies of a row, with other values in some columns."""
    names = [name for name in attributes(model) if name != "id"]
    values = ", ".join(others.get(name, f"c.{name}") for name in names)
    table = model._meta.db_table
    await storage.fetch(
        Statement(
            f"WITH RECURSIVE ns(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM ns WHERE n < {size})"
            f" INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM ns, {table} c WHERE c.{where}"
        )
    )


class Steps:
    """Count the virtual machine instructions of SQLite's reads."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> int:
        self.count += 1
        return 0


async def steps(site: TestApp, query: str, token: str | None, **given: Any) -> int:
    """Return the number of virtual machine instructions that SQLite runs for a query."""
    client: Any = get_connection("default")
    await client.writes.commit()  # while a commit is pending, another connection reads than afterwards
    reader = client.idle_reader()
    await site.ask(query, token, **given)  # compiled and prepared before it is counted
    counted = Steps()
    await reader.set_progress_handler(counted, 1)
    try:
        await site.ask(query, token, **given)
    finally:
        await reader.set_progress_handler(None, 1)
    return counted.count


REPLIES = "query ($id: ID!) {{ node(id: $id) {{ ... on Comment {{ replies({0}) {{ totalCount nodes {{ id }} }} }} }} }}"
THREADS = "query ($id: ID!) {{ campaign(id: $id) {{ comments({0}) {{ totalCount nodes {{ id }} }} }} }}"
TICKER = "query ($id: ID!) {{ campaign(id: $id) {{ activity({0}) {{ nodes {{ id }} }} }} }}"
TICKER_PAGES = ["first: 10", "last: 10", "first: 10, kinds: [REPLIED, REACTED]", f"first: 10, kinds: [{ALL_KINDS}]"]
QUEUE = "query ($id: ID!) {{ moderationQueue(campaignId: $id{0}) {{ totalCount nodes {{ id }} }} }}"
STATS = """query ($id: ID!) { campaign(id: $id) { commentStats { threadCount authorCount recentAuthors { id }
  mostReactedComment { id } hottestThread { id } } pinnedComments { id } } }"""


async def assert_same_steps(sizes: Sizes, query: str, ids: list[str], token: str | None = None) -> None:
    little, much = [await steps(sizes.site, query, token, id=of) for of in ids]

    assert little > 0
    assert much == pytest.approx(little, rel=0.02)


MIDDLE = """query ($id: ID!, $sort: CommentSort!, $first: Int, $after: String) { node(id: $id) { ... on Comment {
  replies(sort: $sort, first: $first, after: $after) { nodes { id } pageInfo { endCursor } } } } }"""


@sqlite_only
@pytest.mark.parametrize("sort", SORTS)
async def test_page_cost_does_not_depend_on_position(sizes: Sizes, sort: str) -> None:
    site, thread = sizes.site, sizes.threads[1]
    cursors: list[str | None] = [None]
    for _ in range(20):
        answer = await site.ask(MIDDLE, id=thread, sort=sort, first=100, after=cursors[-1])
        cursors.append(answer["node"]["replies"]["pageInfo"]["endCursor"])

    early, late = [
        await steps(site, MIDDLE, None, id=thread, sort=sort, first=10, after=cursor)
        for cursor in (cursors[1], cursors[-1])
    ]

    assert late == pytest.approx(early, rel=0.02)


@sqlite_only
@pytest.mark.parametrize(
    "paging",
    [
        ", first: 5",
        ", last: 5",
        ", states: [HELD], first: 5",
        ", states: [VISIBLE, HELD], first: 5",
        ", states: [VISIBLE, HELD], sort: MOST_FLAGGED, first: 5",
        ", sort: MOST_FLAGGED, last: 5",
    ],
)
async def test_queue_cost_does_not_depend_on_its_size(sizes: Sizes, paging: str) -> None:
    await assert_same_steps(sizes, QUEUE.format(paging), sizes.campaigns, sizes.moderator)


@sqlite_only
@pytest.mark.parametrize("paging", TICKER_PAGES)
async def test_ticker_cost_does_not_depend_on_log_size(sizes: Sizes, paging: str) -> None:
    await assert_same_steps(sizes, TICKER.format(paging), sizes.campaigns)


@sqlite_only
async def test_statistics_cost_does_not_depend_on_size(sizes: Sizes) -> None:
    await assert_same_steps(sizes, STATS, sizes.campaigns)


@sqlite_only
async def test_viewers_votes_and_reactions_cost_does_not_depend_on_size(sizes: Sizes) -> None:
    query = REPLIES.format("first: 10").replace("nodes { id }", f"nodes {{ id {CARD} }}")

    await assert_same_steps(sizes, query, sizes.threads, sizes.viewer)


# ---------------------------------------------------------------- along an index


async def plan(text: str) -> list[str]:
    """Return SQLite's query plan for a statement."""
    arity = max((int(place) for place in re.findall(r"\?(\d+)", text)), default=text.count("?"))
    reader = get_connection("default").idle_reader()  # type: ignore[attr-defined]
    return [row[3] for row in await reader.execute_fetchall(f"EXPLAIN QUERY PLAN {text}", [1] * arity)]


WHOLE_TABLES: dict[type[storage.Row], str] = {Campaign: r"r USING (COVERING )?INDEX campaigns_", ApiKey: "r$"}
"""The walks through a table that has no parent: along an index, or along its ids."""


async def assert_along_an_index(seen: list[str], whole_table: str = "no table") -> None:
    """Every step searches an index; `whole_table` is the step that walks a whole table in the order of the list."""
    assert seen != []
    for text in seen:
        for step in await plan(text):
            allowed = rf"json_each|e\b|ids\b|page\b|CONSTANT|\(|{whole_table}"
            assert not re.match(rf"SCAN (?!{allowed})", step), (step, text)
            assert "USE TEMP B-TREE" not in step, (step, text)
            assert "AUTOMATIC" not in step, (step, text)


@sqlite_only
@pytest.mark.parametrize(
    "paging",
    [
        ", first: 5",
        ", last: 5",
        ", states: [HELD], first: 5",
        ", states: [VISIBLE, HELD], first: 5",
        ", states: [VISIBLE, HELD], sort: MOST_FLAGGED, first: 5",
        ", sort: MOST_FLAGGED, last: 5",
    ],
)
async def test_queue_uses_an_index(sizes: Sizes, paging: str) -> None:
    seen = await cost(sizes.site, QUEUE.format(paging), sizes.moderator, id=sizes.campaigns[0])

    await assert_along_an_index(about(seen, "comments"))


@sqlite_only
@pytest.mark.parametrize("paging", TICKER_PAGES)
async def test_ticker_uses_an_index(sizes: Sizes, paging: str) -> None:
    seen = await cost(sizes.site, TICKER.format(paging), id=sizes.campaigns[0])

    await assert_along_an_index(about(seen, "activity"))


@sqlite_only
async def test_statistics_use_the_ends_of_indexes(sizes: Sizes) -> None:
    seen = await cost(sizes.site, STATS, id=sizes.campaigns[0])

    await assert_along_an_index(about(seen, "comments", "comment_authors"))


@sqlite_only
async def test_viewers_votes_and_reactions_use_an_index(sizes: Sizes) -> None:
    query = THREADS.format("first: 10").replace("nodes { id }", f"nodes {{ id {CARD} }}")

    seen = await cost(sizes.site, query, sizes.viewer, id=sizes.campaigns[0])

    await assert_along_an_index(about(seen, "votes", "reactions", "supporters", "comments"))
    assert global_id("Campaign", row_id(sizes.campaigns[0])) == sizes.campaigns[0]


# ---------------------------------------------------------------- every sort of every list


def test_every_sort_is_in_a_list() -> None:
    """A value of a sort enum that no list has would pass the checks below without being checked."""
    enums = [enum for enum in keyset.Sort.__subclasses__() if enum.__module__.startswith("models.")]

    assert {sort for enum in enums for sort in enum} == {each.sort for each in SORTED_LISTS + VIEWER_LISTS} | {
        SUBSCRIPTION_SORT
    }


def parent_id(sizes: Sizes, sorted_list: SortedList, place: int) -> str:
    return (sizes.threads if sorted_list.parent in ("thread", "moderation") else sizes.campaigns)[place]


@sqlite_only
@pytest.mark.parametrize("side", ["first: 5", "last: 5", 'first: 5, after: "{0}"', 'last: 5, before: "{0}"'])
@lists(PAGED_LISTS)
async def test_every_page_walks_an_index(sizes: Sizes, sorted_list: SortedList, side: str) -> None:
    of, selection = parent_id(sizes, sorted_list, 0), "edges { cursor }"
    data = await sizes.site.ask(sorted_list.query("first: 9", selection), sizes.moderator, id=of)
    cursors = re.findall(r"'cursor': '([^']+)'", str(data))

    query = sorted_list.query(side.format(cursors[len(cursors) // 2]))
    seen = await cost(sizes.site, query, sizes.moderator, id=of)

    table = table_of(sorted_list.model)
    pages = [text for text in about(seen, table) if "LIMIT" in text]
    whole_table = WHOLE_TABLES.get(sorted_list.model, "no table")
    await assert_along_an_index(pages, whole_table)
    along = rf"USING (COVERING )?INDEX ({table}_|sqlite_autoindex_{table})|USING INTEGER PRIMARY KEY|SCAN {whole_table}"
    assert [step for text in pages for step in await plan(text) if re.search(along, step)] != []


@sqlite_only
@lists([each for each in SORTED_LISTS if each not in PAGED_LISTS])
async def test_every_list_without_pages_walks_an_index(sizes: Sizes, sorted_list: SortedList) -> None:
    seen = await cost(sizes.site, sorted_list.query(), id=parent_id(sizes, sorted_list, 0))

    await assert_along_an_index(about(seen, table_of(sorted_list.model)))


@sqlite_only
async def test_a_subscription_catches_up_along_an_index(sizes: Sizes) -> None:
    window = keyset.Window(5, after=(1,))
    campaign_id = row_id(sizes.campaigns[0])
    with recorded_statements() as seen:
        assert await keyset.page(Activity, "r.campaign_id = $1", (campaign_id,), SUBSCRIPTION_SORT, window)

    await assert_along_an_index(seen)


@sqlite_only
@pytest.mark.parametrize("direction", ["first", "last"])
@lists([each for each in PAGED_LISTS if each.parent != "site"])
async def test_every_page_costs_the_same_in_a_long_list(sizes: Sizes, sorted_list: SortedList, direction: str) -> None:
    ids = [parent_id(sizes, sorted_list, place) for place in range(2)]

    await assert_same_steps(sizes, sorted_list.query(f"{direction}: 9"), ids, sizes.moderator)


@sqlite_only
@lists(PAGED_LISTS)
async def test_every_page_size_costs_the_same_number_of_statements(sizes: Sizes, sorted_list: SortedList) -> None:
    of = parent_id(sizes, sorted_list, 0)

    two, ten = [
        await cost(sizes.site, sorted_list.query(page), sizes.moderator, id=of) for page in ("first: 2", "last: 9")
    ]

    assert len(two) == len(ten)
