"""Trees of comments: every comment below another one as one list, depth first, paged and opened like any other list."""

import asyncio
import os
from collections.abc import Iterator
from itertools import chain
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.app import TestApp, running_app

pytestmark = pytest.mark.anyio

EXAMPLES = 300 if os.environ.get("LONG") == "1" else 10
MAX_LEVELS = 5
DEPTHS = [None, 1, 2, 3]
INFO = "nodes { id } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
DESCENDANTS = f"""query ($id: ID!, $depth: Int, $around: ID, $first: Int, $after: String, $last: Int, $before: String) {{
  node(id: $id) {{ ... on Comment {{
    descendants(depth: $depth, around: $around, first: $first, after: $after, last: $last, before: $before) {{ {INFO} }}
  }} }} }}"""


def nested(levels: int) -> str:
    below = f"replies(first: 100) {{ nodes {{ {nested(levels - 1)} }} }}" if levels else ""
    return f"id {below}"


REPLIES = f"query ($id: ID!) {{ node(id: $id) {{ ... on Comment {{ {nested(MAX_LEVELS)} }} }} }}"


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
    page = await read(site, tree.root, **given, **{direction: size})
    found = [ids(page)]
    while page["pageInfo"][more]:
        page = await read(site, tree.root, **given, **{direction: size, cursor: page["pageInfo"][edge]})
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
        stack = running_app(limits=(("points", 10**12), ("values", 10**12)))  # nested replies count as full pages
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
