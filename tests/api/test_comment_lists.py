"""Lists of comments below a list of campaigns: a constant number of statements, and the answers of one campaign."""

from typing import Any

import pytest

from tests.api.test_statements import about, assert_along_an_index, compiled_only, cost, sqlite_only
from tests.support.app import TestApp

pytestmark = pytest.mark.anyio

CARD = "id author { displayName } votes { score viewerVote } reactions { count viewerHasReacted }"
FIELDS = {
    "pinnedComments": f"pinnedComments {{ {CARD} }}",
    "recentAuthors": "commentStats { recentAuthors(first: 3) { id displayName badge } }",
    "mostReactedComment": f"commentStats {{ mostReactedComment {{ {CARD} }} }}",
    "hottestThread": f"commentStats {{ hottestThread {{ {CARD} replies(first: 2) {{ nodes {{ {CARD} }} }} }} }}",
    "comments": f"comments(sort: MOST_VOTED, first: 2) {{ totalCount nodes {{ {CARD} }} }}",
    "replies": f"comments(first: 3) {{ nodes {{ id replies(first: 2) {{ nodes {{ {CARD} }} }} }} }}",
}
ALL_FIELDS = " ".join(f"{name}: {fields}" for name, fields in FIELDS.items())
ONE = f"query ($id: ID!) {{ campaign(id: $id) {{ id {ALL_FIELDS} }} }}"


def campaign_list(fields: str) -> str:
    return f"query ($first: Int) {{ campaigns(first: $first, sort: OLDEST) {{ nodes {{ id {fields} }} }} }}"


async def populate_campaigns(site: TestApp, count: int, people: int = 3) -> list[str]:
    """Create campaigns with threads, replies, votes and pins, by the same people on each; return their ids."""
    moderator = await site.staff()
    authors = [await site.guest(f"Person {letter}") for letter in "ABCDEFGH"[:people]]
    campaigns = []
    for place in range(count):
        campaigns.append(await site.campaign())
        threads = [await site.comment(campaigns[-1], author) for author in authors]
        replied, voted = threads[place % people], threads[(place + 1) % people]
        for author in authors:
            await site.comment(campaigns[-1], author, parent=replied)
            await site.do("castVote", "comment { id }", author, commentId=voted, direction="UP")
        for thread in threads[:2]:
            await site.do("pinComment", "comment { id }", moderator, commentId=thread)
    return campaigns


@compiled_only
@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("is_anonymous", [True, False])
async def test_statement_count_is_constant_below_campaigns(site: TestApp, field: str, is_anonymous: bool) -> None:
    await populate_campaigns(site, 5)
    viewer = None if is_anonymous else await site.guest("Grace Hopper")

    two, five = [await cost(site, campaign_list(FIELDS[field]), viewer, first=first) for first in (2, 5)]

    assert len(two) == len(five)


async def test_each_campaign_of_a_list_has_its_own_comments(site: TestApp) -> None:
    """A campaign answers the same in a list as alone, also one without a comment."""
    campaigns = [*await populate_campaigns(site, 3), await site.campaign()]
    alone = [(await site.ask(ONE, id=campaign))["campaign"] for campaign in campaigns]

    together = (await site.ask(campaign_list(ALL_FIELDS), first=4))["campaigns"]["nodes"]

    assert together == alone
    assert [len(campaign["pinnedComments"]) for campaign in together] == [2, 2, 2, 0]
    assert [len(campaign["recentAuthors"]["recentAuthors"]) for campaign in together] == [3, 3, 3, 0]


async def test_one_campaign_may_stand_several_times_in_a_level(site: TestApp) -> None:
    campaigns = await populate_campaigns(site, 2)
    alone = [(await site.ask(ONE, id=campaign))["campaign"] for campaign in campaigns]
    query = campaign_list(f"comments(first: 3) {{ nodes {{ campaign {{ id {ALL_FIELDS} }} }} }}")

    lists = (await site.ask(query, first=2))["campaigns"]["nodes"]

    for campaign, expected in zip(lists, alone, strict=True):
        assert [node["campaign"] for node in campaign["comments"]["nodes"]] == [expected] * 3


@sqlite_only
@pytest.mark.parametrize("field", FIELDS)
async def test_lists_of_several_campaigns_walk_an_index(site: TestApp, field: str) -> None:
    await populate_campaigns(site, 3)

    seen = await cost(site, campaign_list(FIELDS[field]), first=3)

    await assert_along_an_index(about(seen, "comments", "comment_authors"))


@pytest.mark.parametrize("first", [0, 101, -1])
async def test_recent_authors_are_one_to_a_hundred(site: TestApp, first: Any) -> None:
    await populate_campaigns(site, 2)
    query = campaign_list(f"commentStats {{ recentAuthors(first: {first}) {{ id }} }}")

    assert set(await site.codes(query, first=2)) == {"INVALID"}
