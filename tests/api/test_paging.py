"""Paging: every sort in both directions, each row once during concurrent writes, and refused cursors of other lists."""

import asyncio
import os
from collections.abc import Callable
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import storage
from models import CommentSort, Role
from resolvers.ids import parse
from storage.keyset import Key
from tests.support.app import OTHER_SECRET, TestApp, running_app
from tests.support.sorted_lists import PAGED_LISTS, SortedList

pytestmark = pytest.mark.anyio

SORTS = [sort.name for sort in CommentSort]
DIRECTIONS = ["first", "last"]
LEVELS = ["threads", "replies"]
PAGE = """nodes { id } edges { cursor node { id } } totalCount
pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"""
ARGUMENTS = "$id: ID!, $sort: CommentSort!, $first: Int, $after: String, $last: Int, $before: String"
GIVEN = "sort: $sort, first: $first, after: $after, last: $last, before: $before"
QUERIES = {
    "threads": f"query ({ARGUMENTS}) {{ campaign(id: $id) {{ comments({GIVEN}) {{ {PAGE} }} }} }}",
    "replies": f"query ({ARGUMENTS}) {{ node(id: $id) {{ ... on Comment {{ replies({GIVEN}) {{ {PAGE} }} }} }} }}",
}


async def read(site: TestApp, level: str, of: str, sort: str = "NEWEST", **given: Any) -> Any:
    data = await site.ask(QUERIES[level], id=of, sort=sort, **given)
    return data["campaign"]["comments"] if level == "threads" else data["node"]["replies"]


def ids(page: Any) -> list[str]:
    return [comment["id"] for comment in page["nodes"]]


class Discussion(NamedTuple):
    """A list of comments at one level, with the ids of its parent, campaign and people."""

    of: str
    campaign: str
    comments: list[str]
    voters: list[str]

    @property
    def parent(self) -> str | None:
        return None if self.of == self.campaign else self.of


# the score, reactions and replies of each comment: every sort has ties, and no two sorts agree
SCORES = [0, 2, -1, 2, 0, 1, -1]
REACTIONS = [1, 0, 2, 1, 0, 2, 0]
REPLIES = [0, 1, 0, 2, 1, 0, 2]


async def discussion(site: TestApp, level: str) -> Discussion:
    """Post seven comments, as threads or as replies to one comment."""
    campaign = await site.campaign()
    voters = [await site.guest(f"Voter {letter}") for letter in "AB"]
    parent = None if level == "threads" else await site.comment(campaign, voters[0])
    comments = [await site.comment(campaign, voters[0], parent=parent) for _ in SCORES]
    for comment, score, reactions, replies in zip(comments, SCORES, REACTIONS, REPLIES, strict=True):
        for voter in voters[: abs(score)]:
            await vote(site, comment, voter, "UP" if score > 0 else "DOWN")
        for voter in voters[:reactions]:
            await react(site, comment, voter)
        for voter in voters[:replies]:
            await site.comment(campaign, voter, parent=comment)
    return Discussion(parent or campaign, campaign, comments, voters)


async def vote(site: TestApp, comment: str, voter: str, direction: str | None) -> None:
    """Cast a vote, or retract it for None."""
    mutation, given = ("castVote", {"direction": direction}) if direction else ("retractVote", {})
    await site.do(mutation, "comment { id }", voter, commentId=comment, **given)


async def react(site: TestApp, comment: str, voter: str) -> None:
    await site.do("addReaction", "comment { id }", voter, commentId=comment, kind="HEART")


def expected(comments: list[str], sort: str) -> list[str]:
    """Return the comments in the documented order of a sort: ties go to the newest."""
    figures: dict[str, Callable[[int], int]] = {
        "NEWEST": lambda place: 0,
        "OLDEST": lambda place: 0,
        "MOST_VOTED": lambda place: SCORES[place],
        "MOST_REACTED": lambda place: REACTIONS[place],
        "MOST_REPLIED": lambda place: REPLIES[place],
    }
    places = sorted(range(len(comments)), key=lambda place: (figures[sort](place), place), reverse=True)
    return [comments[place] for place in (places[::-1] if sort == "OLDEST" else places)]


# ---------------------------------------------------------------- orders and pages


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("sort", SORTS)
async def test_list_is_in_order(site: TestApp, level: str, sort: str) -> None:
    talk = await discussion(site, level)

    page = await read(site, level, talk.of, sort)

    assert ids(page) == expected(talk.comments, sort)
    assert page["totalCount"] == 7


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("direction", DIRECTIONS)
async def test_pages_of_any_size_make_whole_list(site: TestApp, level: str, sort: str, direction: str) -> None:
    talk = await discussion(site, level)

    for size in (1, 2, 3, 7, 8):
        pages = [ids(page) for page in await walk(site, level, talk.of, sort, direction, size)]

        whole = list(chain(*(pages if direction == "first" else pages[::-1])))
        assert whole == expected(talk.comments, sort)
        assert all(len(page) == size for page in pages[:-1])


async def walk(site: TestApp, level: str, of: str, sort: str, direction: str, size: int) -> list[Any]:
    """Return all pages from one end to the other."""
    cursor, edge, more = (
        ("after", "endCursor", "hasNextPage") if direction == "first" else ("before", "startCursor", "hasPreviousPage")
    )
    pages = [await read(site, level, of, sort, **{direction: size})]
    while pages[-1]["pageInfo"][more]:
        pages.append(await read(site, level, of, sort, **{direction: size, cursor: pages[-1]["pageInfo"][edge]}))
    return pages


@pytest.mark.parametrize("direction", DIRECTIONS)
async def test_page_info_tells_of_more_on_either_side(site: TestApp, direction: str) -> None:
    talk = await discussion(site, "threads")

    pages = await walk(site, "threads", talk.of, "NEWEST", direction, 3)

    sides = [(page["pageInfo"]["hasPreviousPage"], page["pageInfo"]["hasNextPage"]) for page in pages]
    forwards = [(False, True), (True, True), (True, False)]
    assert sides == (forwards if direction == "first" else forwards[::-1])


async def test_whole_list_has_no_other_page(site: TestApp) -> None:
    talk = await discussion(site, "threads")

    sizes: list[dict[str, Any]] = [{"first": 7}, {"last": 7}, {"first": 100}]
    for size in sizes:
        info = (await read(site, "threads", talk.of, **size))["pageInfo"]

        assert (info["hasPreviousPage"], info["hasNextPage"]) == (False, False)


async def test_empty_list_has_no_cursors(site: TestApp) -> None:
    page = await read(site, "threads", await site.campaign(), first=5)

    assert page == {
        "nodes": [],
        "edges": [],
        "totalCount": 0,
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None},
    }


async def test_edges_are_nodes_with_cursors(site: TestApp) -> None:
    talk = await discussion(site, "threads")

    page = await read(site, "threads", talk.of, first=3)

    assert [edge["node"]["id"] for edge in page["edges"]] == ids(page)
    assert page["edges"][0]["cursor"] == page["pageInfo"]["startCursor"]
    assert page["edges"][-1]["cursor"] == page["pageInfo"]["endCursor"]


@pytest.mark.parametrize("sort", SORTS)
async def test_page_between_two_cursors(site: TestApp, sort: str) -> None:
    talk = await discussion(site, "threads")
    cursors = [edge["cursor"] for edge in (await read(site, "threads", talk.of, sort))["edges"]]

    page = await read(site, "threads", talk.of, sort, first=10, after=cursors[1], before=cursors[5])

    assert ids(page) == expected(talk.comments, sort)[2:5]


async def test_cursor_outlives_its_row(site: TestApp) -> None:
    talk = await discussion(site, "replies")
    edges = (await read(site, "replies", talk.of, first=3))["edges"]
    for reply in talk.comments[::-1][:3]:
        await site.do("deleteComment", "comment { id }", talk.voters[0], commentId=reply)

    page = await read(site, "replies", talk.of, first=2, after=edges[-1]["cursor"])

    assert ids(page) == talk.comments[::-1][3:5]


async def test_default_is_twenty_threads(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    for _ in range(21):
        await site.comment(campaign, author)

    page = await read(site, "threads", campaign)

    assert (len(page["nodes"]), page["pageInfo"]["hasNextPage"], page["totalCount"]) == (20, True, 21)


async def test_default_is_ten_oldest_replies(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    parent = await site.comment(campaign, author)
    replies = [await site.comment(campaign, author, parent=parent) for _ in range(11)]

    query = "query ($id: ID!) { node(id: $id) { ... on Comment { replies { nodes { id } } } } }"
    page = (await site.ask(query, id=parent))["node"]["replies"]

    assert ids(page) == replies[:10]


async def test_replies_are_paged_for_each_parent(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    parents = [await site.comment(campaign, author) for _ in range(3)]
    replies = [[await site.comment(campaign, author, parent=parent) for _ in range(4)] for parent in parents]

    query = """query ($id: ID!) { campaign(id: $id) { comments(sort: OLDEST) { nodes {
      newest: replies(sort: NEWEST, first: 2) { nodes { id } } last: replies(last: 1) { nodes { id } } } } } }"""
    nodes = (await site.ask(query, id=campaign))["campaign"]["comments"]["nodes"]

    assert [ids(node["newest"]) for node in nodes] == [below[:1:-1] for below in replies]
    assert [ids(node["last"]) for node in nodes] == [below[-1:] for below in replies]


# ---------------------------------------------------------------- around a comment

OPENED = {
    level: query.replace("sort: $sort", "sort: $sort, around: $around").replace("$id", "$around: ID, $id", 1)
    for level, query in QUERIES.items()
}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("sort", SORTS)
async def test_list_opens_around_any_comment(site: TestApp, level: str, sort: str) -> None:
    """Half of the page comes before the comment; at an end of the list the other side fills the page."""
    talk = await discussion(site, level)
    whole = expected(talk.comments, sort)

    for size in (1, 2, 3, 4, 7, 8):
        for place, comment in enumerate(whole):
            data = await site.ask(OPENED[level], id=talk.of, sort=sort, around=comment, first=size)
            page = connection(data)

            start = max(0, min(place - size // 2, len(whole) - size))
            assert ids(page) == whole[start : start + size]
            assert page["totalCount"] == len(whole)
            info = page["pageInfo"]
            assert (info["hasPreviousPage"], info["hasNextPage"]) == (start > 0, start + size < len(whole))
            behind = await read(site, level, talk.of, sort, first=100, after=info["endCursor"])
            before = await read(site, level, talk.of, sort, last=100, before=info["startCursor"])
            assert [*ids(before), *ids(page), *ids(behind)] == whole


# ---------------------------------------------------------------- every sort of every list


def connection(data: Any) -> Any:
    """Return the only connection of an answer."""
    while "nodes" not in data:
        (data,) = data.values()
    return data


async def populated_parents(site: TestApp) -> dict[str, str]:
    """Fill every list with rows, some of them equal in their sort keys but the id; return the ids of the parents."""
    talk = await discussion(site, "replies")
    author, campaigner = talk.voters[0], await site.staff(Role.CAMPAIGNER)
    for _ in range(5):
        await site.do("createApiKey", "key", await site.staff(Role.ADMIN), name="Friends", scopes=["READ"])
    for day in (1, 2, 1, 3, 2):
        await site.campaign()
        await site.comment(talk.campaign, author)
        await site.comment(talk.campaign, author, body="Write to ada@example.org.")
        update = {
            "campaignId": talk.campaign,
            "title": "News",
            "body": "Well.",
            "postedAt": f"2024-01-0{day}T00:00:00Z",
        }
        await site.do("postUpdate", "update { id }", campaigner, **update)
    return {"thread": talk.of} | dict.fromkeys(("campaign", "queue", "site", "administration"), talk.campaign)


async def sort_keys(sorted_list: SortedList, node_ids: list[str]) -> list[Key]:
    row_ids = [named[1] for node_id in node_ids if (named := parse(node_id))]
    rows = await storage.by_ids(sorted_list.model, row_ids)
    return [sorted_list.sort.key(rows[row_id]) for row_id in row_ids]


@pytest.mark.parametrize("sorted_list", [each for each in PAGED_LISTS if "id" in each.selection.split()], ids=str)
async def test_pages_of_every_sort_make_whole_list(site: TestApp, sorted_list: SortedList) -> None:
    """In both directions, in the order of the sort, whatever the page size; also for a sort that is new."""
    parent, staff = (await populated_parents(site))[sorted_list.parent], await site.staff(Role.ADMIN)
    info = "nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"

    async def page_of(paging: str) -> Any:
        return connection(await site.ask(sorted_list.query(paging, info), staff, id=parent))

    whole = ids(await page_of("first: 100"))
    assert len(whole) >= 5
    keys = await sort_keys(sorted_list, whole)
    assert keys == sorted(keys, reverse=sorted_list.sort.descends)
    for size in (1, 2, 3):
        page = await page_of(f"first: {size}")
        forwards = ids(page)
        while page["pageInfo"]["hasNextPage"]:
            page = await page_of(f'first: {size}, after: "{page["pageInfo"]["endCursor"]}"')
            forwards += ids(page)
        page = await page_of(f"last: {size}")
        backwards = ids(page)
        while page["pageInfo"]["hasPreviousPage"]:
            page = await page_of(f'last: {size}, before: "{page["pageInfo"]["startCursor"]}"')
            backwards = ids(page) + backwards
        assert forwards == backwards == whole


# ---------------------------------------------------------------- sizes that are refused


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    "given",
    [
        {"first": 0},
        {"first": 101},
        {"first": -1},
        {"last": 0},
        {"last": 101},
        {"last": -1},
        {"first": 5, "last": 5},
        {"first": -(2**31)},
    ],
)
async def test_page_size_out_of_range_is_invalid(site: TestApp, level: str, given: dict[str, Any]) -> None:
    talk = await discussion(site, level)

    codes = await site.codes(QUERIES[level], id=talk.of, sort="NEWEST", **given)

    assert codes == ["INVALID"]


@pytest.mark.parametrize("direction", DIRECTIONS)
async def test_huge_page_size_is_too_costly(site: TestApp, direction: str) -> None:
    """The operation is refused as too costly before it runs."""
    absurd: Any = 2**31 - 1

    codes = await site.codes(QUERIES["threads"], id=await site.campaign(), sort="NEWEST", **{direction: absurd})

    assert codes == ["OPERATION_TOO_COSTLY"]


@pytest.mark.parametrize("given", [{"first": 1}, {"first": 100}, {"last": 1}, {"last": 100}])
async def test_page_size_is_1_to_100(site: TestApp, given: dict[str, Any]) -> None:
    talk = await discussion(site, "threads")

    page = await read(site, "threads", talk.of, **given)

    assert len(page["nodes"]) == min(7, *given.values())


# ---------------------------------------------------------------- cursors from elsewhere


async def codes_with(site: TestApp, level: str, of: str, sort: str, cursor: str) -> list[list[str]]:
    """Return the problem codes for a cursor as `after` and as `before`."""
    ask = partial(site.codes, QUERIES[level], id=of, sort=sort)
    return [await ask(first=2, after=cursor), await ask(last=2, before=cursor)]


REFUSED = [["INVALID_CURSOR"], ["INVALID_CURSOR"]]


@pytest.mark.parametrize("level", LEVELS)
async def test_cursor_of_another_sort_is_refused(site: TestApp, level: str) -> None:
    talk = await discussion(site, level)
    cursors = {sort: (await read(site, level, talk.of, sort))["pageInfo"]["startCursor"] for sort in SORTS}

    for sort in SORTS:
        for other in SORTS:
            found = await codes_with(site, level, talk.of, sort, cursors[other])

            assert found == ([[], []] if sort == other else REFUSED)


async def test_cursor_of_another_parent_is_refused(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    here, there = [await site.comment(campaign, author) for _ in range(2)]
    for parent in (here, there):
        await site.comment(campaign, author, parent=parent)
    cursor = (await read(site, "replies", there, "NEWEST"))["pageInfo"]["startCursor"]

    assert await codes_with(site, "replies", here, "NEWEST", cursor) == REFUSED


async def test_cursor_of_threads_is_refused_by_replies(site: TestApp) -> None:
    talk = await discussion(site, "replies")
    cursor = (await read(site, "threads", talk.campaign, "NEWEST"))["pageInfo"]["startCursor"]

    assert await codes_with(site, "replies", talk.of, "NEWEST", cursor) == REFUSED


async def test_cursor_of_another_campaign_is_refused(site: TestApp) -> None:
    here, there = await discussion(site, "threads"), await discussion(site, "threads")
    cursor = (await read(site, "threads", there.of, "NEWEST"))["pageInfo"]["startCursor"]

    assert await codes_with(site, "threads", here.of, "NEWEST", cursor) == REFUSED


async def test_cursor_of_another_server_is_refused(site: TestApp) -> None:
    talk = await discussion(site, "threads")
    async with running_app(secret_key=OTHER_SECRET) as other:
        elsewhere = await discussion(other, "threads")
        cursor = (await read(other, "threads", elsewhere.of, "NEWEST"))["pageInfo"]["startCursor"]

        assert await codes_with(other, "threads", elsewhere.of, "NEWEST", cursor) == [[], []]
    assert talk.of == elsewhere.of


async def test_tampered_cursor_is_refused(site: TestApp) -> None:
    talk = await discussion(site, "threads")
    cursor = (await read(site, "threads", talk.of, "MOST_VOTED"))["pageInfo"]["endCursor"]

    for place in range(0, len(cursor) - 1, 5):
        other = "A" if cursor[place] != "A" else "B"
        tampered = cursor[:place] + other + cursor[place + 1 :]

        assert await codes_with(site, "threads", talk.of, "MOST_VOTED", tampered) == REFUSED


@pytest.mark.parametrize("nonsense", ["", "x", "=", "ü", "AAAA", "W10", "\x00", "null", "a" * 5000])
async def test_malformed_cursor_is_refused(site: TestApp, nonsense: str) -> None:
    talk = await discussion(site, "threads")

    assert await codes_with(site, "threads", talk.of, "NEWEST", nonsense) == REFUSED


QUEUE = """query ($first: Int, $after: String, $states: [CommentState!], $campaign: ID) {
  moderationQueue(first: $first, after: $after, states: $states, campaignId: $campaign) {
    nodes { id } pageInfo { endCursor } } }"""


async def test_cursor_of_another_queue_filter_is_refused(site: TestApp) -> None:
    author, moderator = await site.guest(), await site.staff()
    campaign = await site.campaign(commentPolicy="PREMODERATED")
    await site.comment(campaign, author)
    cursor = (await site.ask(QUEUE, moderator))["moderationQueue"]["pageInfo"]["endCursor"]

    assert await site.codes(QUEUE, moderator, after=cursor) == []
    assert await site.codes(QUEUE, moderator, after=cursor, states=["PENDING"]) == ["INVALID_CURSOR"]
    assert await site.codes(QUEUE, moderator, after=cursor, campaign=campaign) == ["INVALID_CURSOR"]


ACTIVITY = """query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String, $kinds: [ActivityKind!]) {
  campaign(id: $id) { activity(first: $first, after: $after, last: $last, before: $before, kinds: $kinds) {
    nodes { id kind } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""


@pytest.mark.parametrize("kinds", [None, ["COMMENTED"], ["REPLIED", "COMMENTED"]])
@pytest.mark.parametrize("direction", DIRECTIONS)
async def test_pages_of_ticker_make_whole_ticker(site: TestApp, kinds: list[str] | None, direction: str) -> None:
    talk = await discussion(site, "replies")
    cursor, edge, more = (
        ("after", "endCursor", "hasNextPage") if direction == "first" else ("before", "startCursor", "hasPreviousPage")
    )
    whole = (await site.ask(ACTIVITY, id=talk.campaign, first=100, kinds=kinds))["campaign"]["activity"]

    found: list[str] = []
    given: dict[str, Any] = {direction: 3}
    while given:
        page = (await site.ask(ACTIVITY, id=talk.campaign, kinds=kinds, **given))["campaign"]["activity"]
        found = found + ids(page) if direction == "first" else ids(page) + found
        given = {direction: 3, cursor: page["pageInfo"][edge]} if page["pageInfo"][more] else {}

    assert found == ids(whole)
    assert {node["kind"] for node in whole["nodes"]} >= set(kinds or ["REACTED", "REPLIED", "COMMENTED"])


async def test_cursor_of_other_activity_kinds_is_refused(site: TestApp) -> None:
    talk = await discussion(site, "threads")
    page = (await site.ask(ACTIVITY, id=talk.of, kinds=["COMMENTED"]))["campaign"]["activity"]
    cursor = page["pageInfo"]["endCursor"]

    codes = [
        await site.codes(ACTIVITY, id=talk.of, kinds=kinds, after=cursor)
        for kinds in (["COMMENTED"], ["REACTED"], None)
    ]

    assert codes == [[], ["INVALID_CURSOR"], ["INVALID_CURSOR"]]


# ---------------------------------------------------------------- while others write

EXAMPLES = 400 if os.environ.get("LONG") == "1" else 12
MOVES = {
    "NEWEST": set[str](),
    "OLDEST": set[str](),
    "MOST_VOTED": {"vote"},
    "MOST_REACTED": {"react"},
    "MOST_REPLIED": {"reply"},
}
"""The actions that change a comment's place in each sort."""

STEP = st.tuples(
    st.sampled_from(["post", "vote", "react", "reply"]),
    st.integers(0, 99),
    st.sampled_from(["UP", "DOWN", None]),
)
BETWEEN = st.lists(st.lists(STEP, max_size=3), min_size=1, max_size=8)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("sort", SORTS)
def test_pages_are_complete_while_others_write(sort: str, level: str) -> None:
    with asyncio.Runner() as runner:
        stack = running_app()
        site = runner.run(stack.__aenter__())

        @settings(max_examples=EXAMPLES)
        @given(size=st.integers(1, 5), direction=st.sampled_from(DIRECTIONS), between=BETWEEN)
        def pages_are_whole(size: int, direction: str, between: list[Any]) -> None:
            runner.run(read_while_others_write(site, level, sort, size, direction, between))

        try:
            pages_are_whole()
        finally:
            runner.run(stack.__aexit__(None, None, None))


async def read_while_others_write(
    site: TestApp, level: str, sort: str, size: int, direction: str, between: list[list[Any]]
) -> None:
    talk = await discussion(site, level)
    moved: set[str] = set()
    cursor, edge, more = (
        ("after", "endCursor", "hasNextPage") if direction == "first" else ("before", "startCursor", "hasPreviousPage")
    )
    found: list[str] = []
    given: dict[str, Any] = {direction: size}
    for steps in [*between, *([[]] * 100)]:
        page = await read(site, level, talk.of, sort, **given)
        assert len(page["nodes"]) <= size
        found = found + ids(page) if direction == "first" else ids(page) + found
        if not page["pageInfo"][more]:
            break
        given[cursor] = page["pageInfo"][edge]
        for step in steps:
            moved |= await disturb(site, talk, sort, *step)

    still = [comment for comment in expected(talk.comments, sort) if comment not in moved]
    assert [comment for comment in found if comment in still] == still


async def disturb(site: TestApp, talk: Discussion, sort: str, what: str, which: int, direction: str | None) -> set[str]:
    """Write as another person, and return the comments whose place in the order the write may have changed."""
    comment, voter = talk.comments[which % len(talk.comments)], talk.voters[which % 2]
    if what == "post":
        await site.comment(talk.campaign, voter, parent=talk.parent)
    elif what == "vote":
        await vote(site, comment, voter, direction)
    elif what == "react":
        await react(site, comment, voter)
    else:
        await site.comment(talk.campaign, voter, parent=comment)
    return {comment} if what in MOVES[sort] else set()
