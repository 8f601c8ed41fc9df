"""Packed rows: rows that SQLite returns as one JSON text equal the rows that were written."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import storage
from models import Comment, CommentSort, comments
from storage import keyset
from storage.keyset import Window
from tests.support.app import ON_POSTGRES, TestApp, running_app
from tests.support.ids import row_id

COLUMNS = frozenset({"body_html", "body_markdown", "state", "created_at", "edited_at", "is_pinned", "up_count"})
LISTED = "r.campaign_id = $2 AND r.parent_id = e.value AND r.is_listed = true"
# PostgreSQL's texts have no NUL
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0" if ON_POSTGRES else ""))
AWKWARD = ['"', "\\", "</p>\u2028\u2029", "\x1b\x7f", "\U0001f56f\ufe0f", '{"a": [1]}', "null", "3.0", ""]


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as made:
        yield made


@pytest.fixture(scope="module")
def site(runner: asyncio.Runner) -> Iterator[TestApp]:
    stack = running_app()
    try:
        yield runner.run(stack.__aenter__())
    finally:
        runner.run(stack.__aexit__(None, None, None))


async def replied(site: TestApp, texts: list[str], counts: list[int]) -> tuple[int, list[int]]:
    """Create a campaign with two threads and replies to them. Return the ids of the campaign and the threads."""
    campaign, guest = await site.campaign(), await site.guest()
    threads = [row_id(await site.comment(campaign, guest)) for _ in range(2)]
    parents = await storage.by_ids(Comment, threads)
    for place, (text, count) in enumerate(zip(texts, counts, strict=True)):
        parent = parents[threads[place % 2]]
        async with storage.transaction():
            await storage.insert(
                Comment,
                campaign_id=parent.campaign_id,
                parent_id=parent.id,
                author_id=parent.author_id,
                path=parent.path_below,
                depth=1,
                body_markdown=text,
                body_html=text,
                up_count=count,
                is_pinned=bool(count % 2),
            )
    return parents[threads[0]].campaign_id, threads


@pytest.mark.parametrize("sort", list(CommentSort))
def test_packed_rows_equal_written_rows(runner: asyncio.Runner, site: TestApp, sort: CommentSort) -> None:
    names = comments.list_columns(COLUMNS, sort)
    assert names is not None
    own = [name for name in names if "." not in name]

    async def compare(texts: list[str], counts: list[int]) -> None:
        campaign, threads = await replied(site, texts, counts)
        each = storage.json_list(threads)
        window = Window(100)
        rows = await keyset.pages(Comment, "{ids $1}", LISTED, (each, campaign), sort, window, names)
        known = await storage.by_ids(Comment, [row.id for row in rows])
        assert sorted(row.body_markdown for row in rows) == sorted(texts)
        for row in rows:
            assert shown(row, own) == shown(known[row.id], own)

    written = st.lists(st.tuples(TEXTS | st.sampled_from(AWKWARD), st.integers(0, 2**31 - 1)), max_size=6)
    search = settings(deadline=None, max_examples=20)
    search(given(written)(lambda given: runner.run(compare([a for a, _ in given], [b for _, b in given]))))()


def shown(row: Any, names: list[str]) -> list[tuple[type, Any]]:
    return [(type(value), value) for value in (getattr(row, name) for name in names)]


def test_bytes_are_read_unpacked(runner: asyncio.Runner, site: TestApp) -> None:
    """The query reads all columns of a comment, among them its path of bytes."""

    async def read() -> tuple[list[Comment], dict[int, Comment]]:
        campaign, threads = await replied(site, AWKWARD, list(range(len(AWKWARD))))
        each = storage.json_list(threads)
        rows = await keyset.pages(Comment, "{ids $1}", LISTED, (each, campaign), CommentSort.OLDEST, Window(100))
        return rows, await storage.by_ids(Comment, [row.id for row in rows])

    rows, known = runner.run(read())

    assert len(rows) == len(AWKWARD)
    assert [bytes(row.path) for row in rows] == [bytes(known[row.id].path) for row in rows]
