"""The moderators' queue in each order: pages, ties, and filters."""

from typing import Any

import pytest

from models import QueueSort
from tests.support.app import TestApp

pytestmark = pytest.mark.anyio

ID = "comment { id }"
QUEUE = """query ($campaignId: ID, $states: [CommentState!], $sort: QueueSort!,
  $first: Int, $after: String, $last: Int, $before: String) {
  moderationQueue(campaignId: $campaignId, states: $states, sort: $sort,
  first: $first, after: $after, last: $last, before: $before) { totalCount nodes { id }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
FLAG_COUNTS = [0, 2, 1, 0, 2, 3, 1]


async def queue_of(site: TestApp, campaigns: list[str]) -> list[str]:
    """Post held comments with FLAG_COUNTS flags, in turn on these campaigns."""
    author, moderator = await site.guest(), await site.staff()
    flaggers = [await site.guest(f"Flagger {letter}") for letter in "ABC"]
    comments = []
    for number, count in enumerate(FLAG_COUNTS):
        comment = await site.comment(campaigns[number % len(campaigns)], author)
        comments.append(comment)
        for flagger in flaggers[:count]:
            await site.do("flagComment", ID, flagger, commentId=comment, reason="SPAM")
        if not count:
            await site.do("moderateComment", ID, moderator, commentId=comment, decision="HOLD")
    return comments


def expected(comments: list[str], sort: str) -> list[str]:
    counts = dict(zip(comments, FLAG_COUNTS, strict=True))
    newest = comments[::-1]
    return {
        "OLDEST": comments,
        "NEWEST": newest,
        "MOST_FLAGGED": sorted(newest, key=lambda comment: counts[comment], reverse=True),
    }[sort]


async def walk(site: TestApp, token: str, size: int, backwards: bool, **given: Any) -> list[str]:
    """Read page by page from one end."""
    found: list[str] = []
    paging: dict[str, Any] = {"last" if backwards else "first": size}
    while True:
        page = (await site.ask(QUEUE, token, **given, **paging))["moderationQueue"]
        ids, info = [comment["id"] for comment in page["nodes"]], page["pageInfo"]
        assert len(ids) <= size
        found = ids + found if backwards else found + ids
        if not info["hasPreviousPage" if backwards else "hasNextPage"]:
            return found
        paging |= {"before": info["startCursor"]} if backwards else {"after": info["endCursor"]}


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("sort", [sort.name for sort in QueueSort])
async def test_pages_of_any_size_make_the_whole_queue(site: TestApp, sort: str, backwards: bool) -> None:
    campaigns = [await site.campaign() for _ in range(2)]
    comments, moderator = await queue_of(site, campaigns), await site.staff()

    for size in (1, 3, 7):
        assert await walk(site, moderator, size, backwards, sort=sort) == expected(comments, sort)


@pytest.mark.parametrize("sort", [sort.name for sort in QueueSort])
async def test_filters_keep_the_order(site: TestApp, sort: str) -> None:
    campaigns = [await site.campaign() for _ in range(2)]
    comments, moderator = await queue_of(site, campaigns), await site.staff()
    here = [comment for comment in expected(comments, sort) if comment in comments[::2]]
    visible = [comment for comment in here if FLAG_COUNTS[comments.index(comment)]]

    assert await walk(site, moderator, 2, False, sort=sort, campaignId=campaigns[0]) == here
    given = {"sort": sort, "campaignId": campaigns[0], "states": ["VISIBLE"]}
    assert await walk(site, moderator, 2, False, **given) == visible
    assert await walk(site, moderator, 2, True, **given) == visible


async def test_cursor_of_another_order_is_refused(site: TestApp) -> None:
    await queue_of(site, [await site.campaign()])
    moderator = await site.staff()
    cursor = (await site.ask(QUEUE, moderator, sort="NEWEST"))["moderationQueue"]["pageInfo"]["endCursor"]

    assert await site.codes(QUEUE, moderator, sort="NEWEST", after=cursor) == []
    assert await site.codes(QUEUE, moderator, sort="OLDEST", after=cursor) == ["INVALID_CURSOR"]
