"""The cost of comment trees: a page reads about the rows that it returns, however long or deep its thread is."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest
from tortoise.connection import get_connection

import storage
from models import Comment
from storage.database import Statement
from storage.rows import attributes
from tests.api.test_statements import about, compiled_only, steps
from tests.support.app import ON_POSTGRES, TestApp, running_app
from tests.support.ids import row_id
from tests.support.statements import recorded_statements

pytestmark = pytest.mark.anyio

LITTLE, MUCH, PAGE_SIZE, CHILDREN = 50, 5_000, 9, 12
ROWS_READ = Statement(
    "SELECT 0",
    "SELECT coalesce(sum(seq_tup_read + idx_tup_fetch), 0) FROM pg_stat_xact_user_tables WHERE relname = 'comments'",
)


async def cost(site: TestApp, text: str, **given: Any) -> int:
    """Return what a query costs: SQLite's instructions, or the rows of comments that PostgreSQL reads for its lists."""
    return await (rows_read if ON_POSTGRES else sqlite_steps)(site, text, **given)


async def sqlite_steps(site: TestApp, text: str, **given: Any) -> int:
    return await steps(site, text, None, **given)


async def rows_read(site: TestApp, text: str, **given: Any) -> int:
    """Run the statements of a query's lists again on one connection, and return the rows that PostgreSQL counts."""
    with recorded_fetches() as seen:
        await site.ask(text, **given)
    async with storage.transaction():
        ((before,),) = await storage.fetch(ROWS_READ)
        for statement, values in seen:
            if re.search("int8send|RECURSIVE", repr(statement)):
                await storage.fetch(statement, *values)
        ((after,),) = await storage.fetch(ROWS_READ)
    return int(after - before)


@contextmanager
def recorded_fetches() -> Iterator[list[tuple[Statement, tuple[Any, ...]]]]:
    """Yield a list of the statements that PostgreSQL runs until the block ends, with their parameters."""
    client: Any = get_connection("default")
    seen: list[tuple[Statement, tuple[Any, ...]]] = []
    fetch = type(client).fetch

    async def record(self: Any, text: str, values: tuple[Any, ...]) -> Any:
        seen.append((Statement(text), values))
        return await fetch(self, text, values)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(client), "fetch", record)
        yield seen


async def copy_below(parent: Comment, count: int) -> None:
    """Insert copies of a comment as its replies, half of them below the first copy."""
    for place in (parent, None):
        above = place or await Comment.filter(parent_id=parent.id).order_by("id").first()
        assert above is not None
        values = {name: getattr(parent, name) for name in attributes(Comment) if name != "id"}
        copied = {"parent_id": above.id, "path": above.path_below, "depth": above.depth + 1}
        await storage.insert_many(Comment, [values | copied] * (count // 2))


class Threads(NamedTuple):
    """Two threads with as many replies to the first comment, of which the first reply has few or many below it."""

    site: TestApp
    roots: list[str]


@pytest.fixture(scope="module")
async def threads(anyio_backend: str) -> AsyncIterator[Threads]:
    async with running_app() as site:
        author, campaign = await site.guest(), await site.campaign()
        roots = []
        for size in (LITTLE, MUCH):
            roots.append(await site.comment(campaign, author))
            replies = [await site.comment(campaign, author, parent=roots[-1]) for _ in range(CHILDREN)]
            async with storage.transaction():
                first = await Comment.get(id=row_id(replies[0]))
                await copy_below(first, size)
                below = {"reply_count": size // 2, "listed_reply_count": size // 2, "descendant_count": size}
                await Comment.filter(id=first.id).update(**below)
                await Comment.filter(id=row_id(roots[-1])).update(descendant_count=size + CHILDREN)
        yield Threads(site, roots)


def query(arguments: str, selection: str = "nodes { id }") -> str:
    return f"query ($id: ID!) {{ node(id: $id) {{ ... on Comment {{ descendants({arguments}) {{ {selection} }} }} }} }}"


@pytest.mark.parametrize(
    "arguments",
    ["", "depth: 1, ", "depth: 2, "],
)
@pytest.mark.parametrize("side", ["first", "last"])
async def test_page_cost_does_not_grow_with_the_thread(threads: Threads, arguments: str, side: str) -> None:
    """With `depth: 1`, everything below the first reply is left out; with `depth: 2`, half of it."""
    text = query(f"{arguments}{side}: {PAGE_SIZE}")

    little, much = [await cost(threads.site, text, id=root) for root in threads.roots]

    assert much <= little * 1.05 + 1
    if ON_POSTGRES:  # each row is found by its position, perhaps by that of a row below it, and twice by its id
        assert PAGE_SIZE < much <= 4 * (PAGE_SIZE + 2)


@pytest.mark.parametrize("depth", ["", "depth: 1, ", "depth: 2, "])
async def test_page_around_costs_the_same_in_a_long_thread(threads: Threads, depth: str) -> None:
    costs = []
    for root in threads.roots:
        last = (await threads.site.ask(query("depth: 1, last: 1"), id=root))["node"]["descendants"]["nodes"][0]["id"]
        costs.append(await cost(threads.site, query(f'{depth}around: "{last}", first: {PAGE_SIZE}'), id=root))

    assert costs[1] <= costs[0] * 1.05 + 1


@compiled_only
async def test_total_count_costs_nothing_unless_selected(threads: Threads) -> None:
    for depth in ("", "depth: 2, "):
        with recorded_statements() as seen:
            await threads.site.ask(query(f"{depth}first: 2"), id=threads.roots[1])
        assert not any("count(" in text or "sum(" in text for text in seen)
        with recorded_statements() as counted:
            await threads.site.ask(query(f"{depth}first: 2", "totalCount nodes { id }"), id=threads.roots[1])
        assert len(counted) == len(seen) + 1


async def test_total_count_to_a_depth_reads_no_reply_at_that_depth(threads: Threads) -> None:
    """Each comment knows the number of its listed replies."""
    for depth, expected in ((1, 0), (2, MUCH // 2)):
        text = query(f"depth: {depth}, first: 1", "totalCount")

        little, much = [await cost(threads.site, text, id=root) for root in threads.roots]

        assert much <= little * 1.05 + 1
        answer = (await threads.site.ask(text, id=threads.roots[1]))["node"]["descendants"]
        assert answer["totalCount"] == CHILDREN + expected


@compiled_only
async def test_trees_of_a_level_take_one_statement(threads: Threads) -> None:
    text = """query ($first: Int) { campaigns { nodes { comments(first: $first) { nodes {
      descendants(first: 3, depth: 2) { nodes { id } } } } } } }"""
    costs = []
    for first in (1, 2):
        with recorded_statements() as seen:
            await threads.site.ask(text, first=first)
        costs.append(len(about(seen, "comments")))

    assert costs == [2, 2]
