"""Trees of comments: every comment below another one as one list, depth first, paged and opened like any other list."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from itertools import chain
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.comments import MAX_DEPTH
from tests.support.app import TestApp, running_app
from tests.support.statements import recorded_statements

pytestmark = pytest.mark.anyio

EXAMPLES = 300 if os.environ.get("LONG") == "1" else 10
MAX_LEVELS = 5
DEPTHS = [None, 1, 2, 3]
INFO = "nodes { id } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
ARGUMENTS = "$id: ID!, $depth: Int, $around: ID, $first: Int, $after: String, $last: Int, $before: String"
GIVEN = "depth: $depth, around: $around, first: $first, after: $after, last: $last, before: $before"
DESCENDANTS = f"query ({ARGUMENTS}) {{ node(id: $id) {{ ... on Comment {{ descendants({GIVEN}) {{ {INFO} }} }} }} }}"


def nested(levels: int) -> str:
    below = f"replies(first: 100) {{ nodes {{ {nested(levels - 1)} }} }}" if levels else ""
    return f"id {below}"


REPLIES = f"query ($id: ID!) {{ node(id: $id) {{ ... on Comment {{ {nested(MAX_LEVELS)} }} }} }}"


UNLIMITED = (("points", 10**12), ("values", 10**12), ("bytes", 10**15))
"""The expected trees are nested lists of replies, each of which counts as a full page."""


@pytest.fixture
async def site() -> AsyncIterator[TestApp]:
    async with running_app(limits=UNLIMITED) as app:
        yield app


async def read(site: TestApp, comment: str, token: str | None = None, **given: Any) -> Any:
    return (await site.ask(DESCENDANTS, token, id=comment, **given))["node"]["descendants"]


def ids(page: Any) -> list[str]:
    return [comment["id"] for comment in page["nodes"]]


def preorder(comment: Any, depth: int) -> Iterator[str]:
    """Yield the ids of nested replies, depth first."""
    for reply in comment["replies"]["nodes"] if depth else ():
        yield reply["id"]
        yield from preorder(reply, depth - 1)


async def expected(site: TestApp, comment: str, token: str | None = None, depth: int | None = None) -> list[str]:
    """Return what nested lists of replies show to a viewer, depth first."""
    answer = await site.ask(REPLIES, token, id=comment)
    return list(preorder(answer["node"], depth or MAX_LEVELS))


# ---------------------------------------------------------------- any tree, any page


class Reply(NamedTuple):
    """A reply to write below an earlier comment, and what happens to it in the end."""

    below: int
    is_own: bool
    fate: str


REPLY = st.builds(Reply, st.integers(0, 99), st.booleans(), st.sampled_from(["stay", "stay", "wait", "delete", "hold"]))
DOUBTFUL = "Write to ada@example.org."


class Tree(NamedTuple):
    root: str
    comments: list[str]


async def grow(site: TestApp, replies: list[Reply], own: str, other: str, moderator: str) -> Tree:
    campaign = await site.campaign()
    comments, depths = [await site.comment(campaign, other)], [0]
    fates: list[tuple[str, str]] = []
    for reply in replies:
        open_places = [place for place, depth in enumerate(depths) if depth < MAX_LEVELS]
        place = open_places[reply.below % len(open_places)]
        author = own if reply.is_own else other
        body = DOUBTFUL if reply.fate == "wait" else "Well said."
        comment = await site.comment(campaign, author, body, comments[place])
        if reply.fate != "wait":  # nobody can answer a comment that waits
            comments.append(comment)
            depths.append(depths[place] + 1)
        fates.append((reply.fate, comment))
    for fate, comment in fates:
        if fate == "delete":
            await site.do("deleteComment", "comment { id }", moderator, commentId=comment)
        elif fate == "hold":
            await site.do("moderateComment", "comment { id }", moderator, commentId=comment, decision="HOLD")
    return Tree(comments[0], comments)


async def pages(site: TestApp, tree: Tree, direction: str, size: int, **given: Any) -> list[list[str]]:
    cursor, edge, more = (
        ("after", "endCursor", "hasNextPage") if direction == "first" else ("before", "startCursor", "hasPreviousPage")
    )
    page: Any = await read(site, tree.root, **(given | {direction: size}))
    found = [ids(page)]
    while page["pageInfo"][more]:
        page = await read(site, tree.root, **(given | {direction: size, cursor: page["pageInfo"][edge]}))
        found.append(ids(page))
    return found


async def check_pages(site: TestApp, tree: Tree, token: str | None, depth: int | None, size: int) -> None:
    whole = await expected(site, tree.root, token, depth)
    public = await expected(site, tree.root, None, depth)

    forwards = await pages(site, tree, "first", size, token=token, depth=depth)
    backwards = await pages(site, tree, "last", size, token=token, depth=depth)

    assert list(chain(*forwards)) == whole
    assert list(chain(*backwards[::-1])) == whole
    assert all(len(page) == size for page in [*forwards[:-1], *backwards[:-1]])
    assert (await read(site, tree.root, token, depth=depth))["totalCount"] == len(public)


async def check_around(site: TestApp, tree: Tree, token: str | None, depth: int | None, size: int) -> None:
    whole = await expected(site, tree.root, token, depth)
    for place, comment in enumerate(whole):
        page = await read(site, tree.root, token, depth=depth, around=comment, first=size)

        start = max(0, min(place - size // 2, len(whole) - size))
        assert ids(page) == whole[start : start + size]
        info = page["pageInfo"]
        assert (info["hasPreviousPage"], info["hasNextPage"]) == (start > 0, start + size < len(whole))
        more = await read(site, tree.root, token, depth=depth, first=100, after=info["endCursor"])
        less = await read(site, tree.root, token, depth=depth, last=100, before=info["startCursor"])
        assert [*ids(less), *ids(page), *ids(more)] == whole


def test_pages_of_any_tree_are_what_nested_replies_show() -> None:
    """In both directions and around each comment, for the public and for an author whose comments wait."""
    with asyncio.Runner() as runner:
        stack = running_app(limits=UNLIMITED)
        site = runner.run(stack.__aenter__())
        own, other = runner.run(site.guest("Ada Byron")), runner.run(site.guest("Grace Hopper"))
        moderator = runner.run(site.staff())

        async def check(replies: list[Reply], depth: int | None, size: int) -> None:
            tree = await grow(site, replies, own, other, moderator)
            for token in (None, own):
                await check_pages(site, tree, token, depth, size)
                await check_around(site, tree, token, depth, size)

        @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
        @given(replies=st.lists(REPLY, max_size=14), depth=st.sampled_from(DEPTHS), size=st.integers(1, 5))
        def pages_are_whole(replies: list[Reply], depth: int | None, size: int) -> None:
            runner.run(check(replies, depth, size))

        try:
            pages_are_whole()
        finally:
            runner.run(stack.__aexit__(None, None, None))


# ---------------------------------------------------------------- what a tree has


async def line(site: TestApp, campaign: str, token: str, length: int) -> list[str]:
    """Post a thread in which each comment answers the previous comment."""
    comments: list[str] = []
    for _ in range(length):
        comments.append(await site.comment(campaign, token, parent=comments[-1] if comments else None))
    return comments


async def test_deepest_thread_is_read_by_one_statement(site: TestApp) -> None:
    comments = await line(site, await site.campaign(), await site.guest(), MAX_DEPTH + 1)
    query = "query ($id: ID!) { node(id: $id) { ... on Comment { descendants { nodes { id depth } } } } }"

    with recorded_statements() as seen:
        nodes = (await site.ask(query, id=comments[0]))["node"]["descendants"]["nodes"]

    assert [(node["id"], node["depth"]) for node in nodes] == [*zip(comments, range(MAX_DEPTH + 1), strict=True)][1:]
    assert len([text for text in seen if "LIMIT" in text]) == 1


async def test_default_is_fifty(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    root = await site.comment(campaign, author)
    replies = [await site.comment(campaign, author, parent=root) for _ in range(51)]

    page = await read(site, root)

    assert ids(page) == replies[:50]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (51, True)


async def test_comment_without_replies_has_an_empty_tree(site: TestApp) -> None:
    comment = await site.comment(await site.campaign(), await site.guest())

    for depth in DEPTHS:
        page = await read(site, comment, depth=depth)

        assert (ids(page), page["totalCount"]) == ([], 0)
        assert page["pageInfo"]["endCursor"] is None


async def test_tree_of_a_reply_is_only_what_is_below_it(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    root = await site.comment(campaign, author)
    first, second = [await site.comment(campaign, author, parent=root) for _ in range(2)]
    below = [await site.comment(campaign, author, parent=parent) for parent in (second, first, second)]

    assert ids(await read(site, first)) == [below[1]]
    assert ids(await read(site, second)) == [below[0], below[2]]
    assert ids(await read(site, root)) == [first, below[1], second, below[0], below[2]]


async def test_tombstone_keeps_its_place(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    root, parent, reply = await line(site, campaign, author, 3)
    await site.do("deleteComment", "comment { id }", author, commentId=parent)
    query = "query ($id: ID!) { node(id: $id) { ... on Comment { descendants { nodes { id state body { text } } } } } }"

    nodes = (await site.ask(query, id=root))["node"]["descendants"]["nodes"]

    assert nodes == [
        {"id": parent, "state": "DELETED", "body": None},
        {"id": reply, "state": "VISIBLE", "body": {"text": "Well said."}},
    ]


async def test_trees_in_trees_are_those_of_each_comment_alone(site: TestApp) -> None:
    """Comments of one level may stand above each other."""
    author, campaign = await site.guest(), await site.campaign()
    comments = [await site.comment(campaign, author)]
    for place in range(12):
        comments.append(await site.comment(campaign, author, parent=comments[place // 2]))
    for arguments in ("first: 2", "last: 2", "first: 2, depth: 1", "last: 3, depth: 2", "first: 100"):
        alone = f"query ($id: ID!) {{ node(id: $id) {{ ... on Comment {{ descendants({arguments}) {{ {INFO} }} }} }} }}"
        together = f"""query ($id: ID!) {{ node(id: $id) {{ ... on Comment {{
          descendants {{ nodes {{ id descendants({arguments}) {{ {INFO} }} }} }} }} }} }}"""

        nodes = (await site.ask(together, id=comments[0]))["node"]["descendants"]["nodes"]

        assert len(nodes) == 12
        for node in nodes:
            assert node["descendants"] == (await site.ask(alone, id=node["id"]))["node"]["descendants"]


async def test_trees_in_trees_open_around_one_comment(site: TestApp) -> None:
    comments = await line(site, await site.campaign(), await site.guest(), 7)
    query = """query ($id: ID!, $around: ID) { node(id: $id) { ... on Comment {
      descendants { nodes { id descendants(around: $around, first: 3) { nodes { id } } } } } } }"""

    nodes = (await site.ask(query, id=comments[0], around=comments[5]))["node"]["descendants"]["nodes"]

    found = [ids(node["descendants"]) for node in nodes]
    assert found == [comments[4:7], comments[4:7], comments[4:7], comments[5:7], comments[6:7], []]


@pytest.mark.parametrize("depth", [0, -1, MAX_DEPTH + 1])
async def test_depth_out_of_range_is_invalid(site: TestApp, depth: int) -> None:
    comment = await site.comment(await site.campaign(), await site.guest())

    assert await site.codes(DESCENDANTS, id=comment, depth=depth) == ["INVALID"]


async def test_cursor_of_another_depth_parent_or_list_is_refused(site: TestApp) -> None:
    root, parent, _ = await line(site, await site.campaign(), await site.guest(), 3)
    cursor = (await read(site, root, depth=2))["pageInfo"]["startCursor"]
    replies = DESCENDANTS.replace("descendants(depth: $depth, around: $around, ", "replies(").replace(
        "$depth: Int, $around: ID, ", ""
    )

    assert await site.codes(DESCENDANTS, id=root, depth=2, after=cursor) == []
    assert await site.codes(DESCENDANTS, id=root, depth=3, after=cursor) == ["INVALID_CURSOR"]
    assert await site.codes(DESCENDANTS, id=root, after=cursor) == ["INVALID_CURSOR"]
    assert await site.codes(DESCENDANTS, id=parent, depth=2, after=cursor) == ["INVALID_CURSOR"]
    assert await site.codes(replies, id=root, after=cursor) == ["INVALID_CURSOR"]


@pytest.mark.parametrize("depth", DEPTHS)
async def test_page_between_two_cursors(site: TestApp, depth: int | None) -> None:
    author, campaign = await site.guest(), await site.campaign()
    root = await site.comment(campaign, author)
    for _ in range(3):
        parent = root
        for _ in range(4):
            parent = await site.comment(campaign, author, parent=parent)
    whole = await expected(site, root, None, depth)
    cursors = {}
    for place in range(len(whole)):
        page = await read(site, root, depth=depth, first=place + 1)
        cursors[place] = page["pageInfo"]["endCursor"]

    for start in cursors:
        for end in cursors:
            between: Any = {"depth": depth, "after": cursors[start], "before": cursors[end]}
            for direction in ("first", "last"):
                page = await read(site, root, **(between | {direction: 100}))

                assert ids(page) == whole[start + 1 : end]


async def test_cursor_stays_good_while_others_reply(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    root = await site.comment(campaign, author)
    replies = [await site.comment(campaign, author, parent=root) for _ in range(4)]
    cursor = (await read(site, root, first=2))["pageInfo"]["endCursor"]
    await site.comment(campaign, author, parent=replies[0])  # before the cursor
    late = await site.comment(campaign, author, parent=replies[1])  # directly behind it

    page = await read(site, root, after=cursor)

    assert ids(page) == [late, *replies[2:]]
