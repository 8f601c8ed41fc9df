"""PostgreSQL reads about as many rows for a page as it returns, however long the list is, and however it plans."""

import re
from itertools import product
from typing import Any

import pytest

import storage
from storage.database import Statement
from tests.api.test_comment_tree_cost import recorded_fetches
from tests.api.test_statements import Sizes, analyze, parent_id, sizes
from tests.support.app import ON_POSTGRES
from tests.support.sorted_lists import SORTED_LISTS, VIEWER_LISTS, SortedList

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(not ON_POSTGRES, reason="asks PostgreSQL how many rows it read")]

__all__ = ["sizes"]
PAGE_SIZE, MOST_ROWS = 9, 200
ROWS_READ = Statement("SELECT 0", "SELECT sum(seq_tup_read + idx_tup_fetch) FROM pg_stat_xact_user_tables")
CURSORS = "edges { cursor }"
PLANS = ("force_custom_plan", "force_generic_plan")


async def ask(sizes: Sizes, each: SortedList, query: str) -> dict[str, Any]:
    """Send a query of a list of the large campaign, or of a viewer who wrote all comments."""
    token = sizes.author if each.parent == "viewer" else sizes.moderator
    return await sizes.site.ask(query, token, id=parent_id(sizes, each, 1))


async def rows_read(sizes: Sizes, each: SortedList, query: str, plan: str) -> int:
    """Return how many rows of all tables PostgreSQL reads for a query's statements, run again on one connection."""
    with recorded_fetches() as seen:
        await ask(sizes, each, query)
    async with storage.transaction():
        await storage.fetch(Statement("SELECT 1", f"SELECT set_config('plan_cache_mode', '{plan}', true)"))
        ((before,),) = await storage.fetch(ROWS_READ)
        for statement, values in seen:
            await storage.fetch(statement, *values)
        ((after,),) = await storage.fetch(ROWS_READ)
    return int(after - before)


async def pages(sizes: Sizes, each: SortedList) -> list[str]:
    """Return queries of the first page, the last one, and the two beside the middle of the list's first rows."""
    if not each.is_paged:
        return [each.query()]
    cursors = re.findall(r"'cursor': '([^']+)'", str(await ask(sizes, each, each.query("first: 50", CURSORS))))
    ends = ["first: {0}", "last: {0}"]
    middle = ['first: {0}, after: "{1}"', 'last: {0}, before: "{1}"'] if cursors else []
    return [each.query(side.format(PAGE_SIZE, *cursors[len(cursors) // 2 :]), CURSORS) for side in ends + middle]


async def wasteful(sizes: Sizes) -> dict[str, int]:
    """Return the queries that read many rows, with how many they read."""
    found = {}
    for each in [*SORTED_LISTS, *VIEWER_LISTS]:
        for query, plan in product(await pages(sizes, each), PLANS):
            if (count := await rows_read(sizes, each, query, plan)) > MOST_ROWS:
                found[f"{plan} {query}"] = count
    return found


async def test_no_list_reads_more_than_its_page(sizes: Sizes) -> None:
    """Fresh tables are planned by other figures than those that were analysed."""
    assert await wasteful(sizes) == {}
    await analyze()
    assert await wasteful(sizes) == {}
