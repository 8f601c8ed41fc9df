"""Permalinks: every list of a page opens around one comment, so that one query shows it among its neighbours."""

from typing import Any

import pytest

from resolvers.ids import global_id
from tests.api.test_statements import about, compiled_only
from tests.support.app import TestApp
from tests.support.statements import recorded_statements

pytestmark = pytest.mark.anyio


def page(levels: int, around: str = "around: $around, ", size: int = 3) -> str:
    below = f" replies({around}first: {size}) {{ nodes {{ {page(levels - 1, around, size)} }} }}" if levels else ""
    return f"id{below}"


def permalink(levels: int = 3, around: str = "around: $around, ", size: int = 3) -> str:
    return f"""query ($id: ID!, $around: ID) {{ campaign(id: $id) {{
      comments({around}first: {size}, sort: OLDEST) {{ nodes {{ {page(levels, around, size)} }} }} }} }}"""


COMMENTS = """query ($id: ID!, $around: ID, $first: Int, $after: String, $last: Int, $before: String) {
  campaign(id: $id) {
    comments(sort: OLDEST, around: $around, first: $first, after: $after, last: $last, before: $before) {
      nodes { id } pageInfo { hasNextPage hasPreviousPage } } } }"""
REPLIES = """query ($id: ID!, $around: ID) { node(id: $id) { ... on Comment {
  replies(around: $around, first: 3) { nodes { id } } } } }"""


def ids(connection: Any) -> list[str]:
    return [node["id"] for node in connection["nodes"]]


async def threads(site: TestApp, campaign: str, author: str, count: int) -> list[str]:
    return [await site.comment(campaign, author) for _ in range(count)]


async def replies(site: TestApp, campaign: str, author: str, parent: str, count: int) -> list[str]:
    return [await site.comment(campaign, author, parent=parent) for _ in range(count)]


async def test_one_query_opens_every_level_around_a_deep_comment(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    first = await threads(site, campaign, author, 9)
    second = await replies(site, campaign, author, first[5], 9)
    third = await replies(site, campaign, author, second[7], 9)
    other = await replies(site, campaign, author, first[4], 9)

    answer = await site.ask(permalink(2), id=campaign, around=third[4])

    comments = answer["campaign"]["comments"]
    assert ids(comments) == first[4:7]
    assert [ids(thread["replies"]) for thread in comments["nodes"]] == [other[:3], second[6:9], []]
    below = comments["nodes"][1]["replies"]["nodes"]
    assert [ids(reply["replies"]) for reply in below] == [[], third[3:6], []]


async def test_lists_of_ancestors_open_as_well(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    (root,) = await threads(site, campaign, author, 1)
    second = await replies(site, campaign, author, root, 9)
    third = await replies(site, campaign, author, second[7], 9)
    query = """query ($id: ID!) { node(id: $id) { ... on Comment {
      ancestors { replies(around: $id, first: 3) { nodes { id } } } } } }"""

    ancestors = (await site.ask(query, id=third[4]))["node"]["ancestors"]

    assert [ids(ancestor["replies"]) for ancestor in ancestors] == [second[6:9], third[3:6]]


async def test_list_that_does_not_hold_the_comment_shows_its_first_page(site: TestApp) -> None:
    author, campaign, other = await site.guest(), await site.campaign(), await site.campaign()
    here, there = [await threads(site, of, author, 9) for of in (campaign, other)]
    below = await replies(site, campaign, author, here[0], 9)

    assert ids((await site.ask(COMMENTS, id=campaign, around=there[5], first=3))["campaign"]["comments"]) == here[:3]
    assert ids((await site.ask(REPLIES, id=here[0], around=here[5]))["node"]["replies"]) == below[:3]
    assert ids((await site.ask(REPLIES, id=here[0], around=here[0]))["node"]["replies"]) == below[:3]
    assert ids((await site.ask(REPLIES, id=here[0], around=below[5]))["node"]["replies"]) == below[4:7]


async def test_only_the_list_of_its_campaign_opens_around_a_comment(site: TestApp) -> None:
    author = await site.guest()
    campaigns = [await site.campaign() for _ in range(3)]
    comments = {campaign: await threads(site, campaign, author, 9) for campaign in campaigns}
    query = """query ($around: ID) { campaigns(sort: OLDEST) { nodes {
      id comments(around: $around, first: 3, sort: OLDEST) { nodes { id } } } } }"""

    nodes = (await site.ask(query, around=comments[campaigns[1]][5]))["campaigns"]["nodes"]

    assert [ids(node["comments"]) for node in nodes] == [
        comments[campaigns[0]][:3],
        comments[campaigns[1]][4:7],
        comments[campaigns[2]][:3],
    ]


# ---------------------------------------------------------------- which comments


async def test_list_opens_around_a_tombstone(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    comments = await threads(site, campaign, author, 9)
    await replies(site, campaign, author, comments[5], 1)
    await site.do("deleteComment", "comment { id }", author, commentId=comments[5])

    found = await site.ask(COMMENTS, id=campaign, around=comments[5], first=3)

    assert ids(found["campaign"]["comments"]) == comments[4:7]


@pytest.mark.parametrize("decision", ["HOLD", "REJECT", "MARK_SPAM", None])
async def test_removed_comment_is_not_found(site: TestApp, decision: str | None) -> None:
    author, moderator, campaign = await site.guest(), await site.staff(), await site.campaign()
    comments = await threads(site, campaign, author, 3)
    if decision:
        await site.do("moderateComment", "comment { id }", moderator, commentId=comments[1], decision=decision)
    else:
        await site.do("deleteComment", "comment { id }", author, commentId=comments[1])

    assert await site.codes(COMMENTS, id=campaign, around=comments[1]) == ["NOT_FOUND"]
    assert await site.codes(REPLIES, id=comments[0], around=comments[1]) == ["NOT_FOUND"]


@pytest.mark.parametrize("around", [global_id("Comment", 10**9), global_id("Campaign", 1), "nonsense", ""])
async def test_unknown_comment_is_not_found(site: TestApp, around: str) -> None:
    campaign = await site.campaign()
    comment = await site.comment(campaign, await site.guest())

    assert await site.codes(COMMENTS, id=campaign, around=around) == ["NOT_FOUND"]
    assert await site.codes(REPLIES, id=comment, around=around) == ["NOT_FOUND"]


async def test_waiting_comment_opens_the_list_for_its_author_only(site: TestApp) -> None:
    author, other, campaign = await site.guest(), await site.guest("Grace Hopper"), await site.campaign()
    comments = await threads(site, campaign, other, 4)
    waiting = await site.comment(campaign, author, "Write to ada@example.org.")
    comments += [waiting, *await threads(site, campaign, other, 4)]

    found = await site.ask(COMMENTS, author, id=campaign, around=waiting, first=3)

    assert ids(found["campaign"]["comments"]) == comments[3:6]
    for token in (None, other):
        assert await site.codes(COMMENTS, token, id=campaign, around=waiting, first=3) == ["NOT_FOUND"]


async def test_moderator_sees_the_place_of_a_hidden_comment(site: TestApp) -> None:
    """No list shows the comment to a moderator, so the page has its neighbours only."""
    author, moderator, campaign = await site.guest(), await site.staff(), await site.campaign()
    comments = await threads(site, campaign, author, 9)
    await site.do("moderateComment", "comment { id }", moderator, commentId=comments[4], decision="REJECT")

    found = (await site.ask(COMMENTS, moderator, id=campaign, around=comments[4], first=4))["campaign"]["comments"]

    assert ids(found) == [*comments[2:4], *comments[5:7]]
    assert found["pageInfo"] == {"hasPreviousPage": True, "hasNextPage": True}


@pytest.mark.parametrize("given", [{"after": "x"}, {"before": "x"}, {"last": 3}, {"first": 3, "after": "x"}])
async def test_around_goes_with_first_only(site: TestApp, given: dict[str, Any]) -> None:
    author, campaign = await site.guest(), await site.campaign()
    comment = await site.comment(campaign, author)
    cursor_query = "query ($id: ID!) { campaign(id: $id) { comments(sort: OLDEST) { pageInfo { startCursor } } } }"
    cursor = (await site.ask(cursor_query, id=campaign))["campaign"]["comments"]["pageInfo"]["startCursor"]
    given = {name: cursor if value == "x" else value for name, value in given.items()}

    assert await site.codes(COMMENTS, id=campaign, around=comment, **given) == ["INVALID"]


# ---------------------------------------------------------------- cost


@compiled_only
async def test_permalink_takes_one_statement_more(site: TestApp) -> None:
    """Opening around a comment takes one statement more, which reads the comment; each level is still one statement."""
    author, campaign = await site.guest(), await site.campaign()
    first = await threads(site, campaign, author, 5)
    second = await replies(site, campaign, author, first[2], 5)
    await replies(site, campaign, author, first[1], 5)
    third = await replies(site, campaign, author, second[2], 5)
    await replies(site, campaign, author, third[2], 5)
    costs = []
    for around in ("around: $around, ", ""):
        with recorded_statements() as seen:
            await site.ask(permalink(3, around), id=campaign, around=third[2]) if around else await site.ask(
                permalink(3, "").replace(", $around: ID", ""), id=campaign
            )
        costs.append(len(about(seen, "comments")))

    assert costs == [5, 4]
