"""Reactions: a person has at most one of each kind on a comment; counts by kind; the viewer's own reactions."""

import asyncio
from typing import Any

import pytest

from tests.support.app import TestApp

pytestmark = pytest.mark.anyio

KINDS = ["SOLIDARITY", "HEART", "APPLAUSE", "CANDLE", "OUTRAGE"]
GROUPS = "comment { reactions { kind count viewerHasReacted } }"
NODE = "query ($id: ID!) { node(id: $id) { ... on Comment { reactions { kind count viewerHasReacted } } } }"
TICKER = """query ($id: ID!) { campaign(id: $id) { activity(kinds: [REACTED]) {
  nodes { kind actorName ... on ReactionActivity { comment { id } reaction } } } } }"""


async def reactions(site: TestApp, comment: str, token: str | None = None) -> dict[str, tuple[int, bool]]:
    """Return the kinds with a reaction: the count, and whether the viewer has reacted."""
    groups = (await site.ask(NODE, token, id=comment))["node"]["reactions"]
    return used(groups)


def used(groups: list[dict[str, Any]]) -> dict[str, tuple[int, bool]]:
    return {group["kind"]: (group["count"], group["viewerHasReacted"]) for group in groups if group["count"]}


async def test_every_kind_is_listed_in_order(site: TestApp) -> None:
    comment = await site.comment(await site.campaign(), await site.guest())

    groups = (await site.ask(NODE, id=comment))["node"]["reactions"]

    assert groups == [{"kind": kind, "count": 0, "viewerHasReacted": False} for kind in KINDS]


@pytest.mark.parametrize("kind", KINDS)
async def test_reaction_is_counted_by_kind(site: TestApp, kind: str) -> None:
    author, reader = await site.guest(), await site.guest("Grace Hopper")
    comment = await site.comment(await site.campaign(), author)

    answer = await site.do("addReaction", GROUPS, reader, commentId=comment, kind=kind)

    assert used(answer["comment"]["reactions"]) == {kind: (1, True)}


async def test_reaction_counts_once(site: TestApp) -> None:
    reader = await site.guest()
    comment = await site.comment(await site.campaign(), reader)
    await site.do("addReaction", GROUPS, reader, commentId=comment, kind="HEART")

    answer = await site.do("addReaction", GROUPS, reader, commentId=comment, kind="HEART")

    assert used(answer["comment"]["reactions"]) == {"HEART": (1, True)}


async def test_person_may_react_with_every_kind(site: TestApp) -> None:
    reader = await site.guest()
    comment = await site.comment(await site.campaign(), reader)

    for kind in KINDS:
        await site.do("addReaction", GROUPS, reader, commentId=comment, kind=kind)

    assert await reactions(site, comment, reader) == dict.fromkeys(KINDS, (1, True))


async def test_reaction_is_removed(site: TestApp) -> None:
    reader = await site.guest()
    comment = await site.comment(await site.campaign(), reader)
    await site.do("addReaction", GROUPS, reader, commentId=comment, kind="HEART")
    await site.do("addReaction", GROUPS, reader, commentId=comment, kind="CANDLE")

    answer = await site.do("removeReaction", GROUPS, reader, commentId=comment, kind="HEART")

    assert used(answer["comment"]["reactions"]) == {"CANDLE": (1, True)}


async def test_removing_no_reaction_changes_nothing(site: TestApp) -> None:
    reader, other = await site.guest(), await site.guest("Grace Hopper")
    comment = await site.comment(await site.campaign(), reader)
    await site.do("addReaction", GROUPS, other, commentId=comment, kind="HEART")

    answer = await site.do("removeReaction", GROUPS, reader, commentId=comment, kind="HEART")

    assert used(answer["comment"]["reactions"]) == {"HEART": (1, False)}


async def test_viewer_has_reacted_is_for_viewer_only(site: TestApp) -> None:
    reader, other = await site.guest(), await site.guest("Grace Hopper")
    comment = await site.comment(await site.campaign(), reader)

    await site.do("addReaction", GROUPS, reader, commentId=comment, kind="HEART")

    assert await reactions(site, comment) == {"HEART": (1, False)}
    assert await reactions(site, comment, other) == {"HEART": (1, False)}
    assert await reactions(site, comment, reader) == {"HEART": (1, True)}


async def test_vote_is_no_reaction(site: TestApp) -> None:
    reader = await site.guest()
    comment = await site.comment(await site.campaign(), reader)

    await site.do("castVote", "comment { id }", reader, commentId=comment, direction="UP")

    assert await reactions(site, comment, reader) == {}


async def test_concurrent_reactions_are_all_counted(site: TestApp) -> None:
    comment = await site.comment(await site.campaign(), await site.guest())
    readers = await asyncio.gather(*(site.guest(f"Reader {letter}") for letter in "ABCDEFGHIJ"))

    await asyncio.gather(
        *(
            site.do("addReaction", GROUPS, reader, commentId=comment, kind=kind)
            for reader in readers
            for kind in ("HEART", "HEART", "CANDLE")
        )
    )

    assert await reactions(site, comment) == {"HEART": (10, False), "CANDLE": (10, False)}


async def test_reaction_is_in_ticker_once(site: TestApp) -> None:
    reader, campaign = await site.guest("Katharina Sommer"), await site.campaign()
    comment = await site.comment(campaign, await site.guest())

    for _ in range(2):
        await site.do("addReaction", GROUPS, reader, commentId=comment, kind="HEART")

    nodes = (await site.ask(TICKER, id=campaign))["campaign"]["activity"]["nodes"]
    assert nodes == [{"kind": "REACTED", "actorName": "Katharina S.", "comment": {"id": comment}, "reaction": "HEART"}]


async def test_most_reacted_sort_follows_reactions(site: TestApp) -> None:
    reader, campaign = await site.guest(), await site.campaign()
    plain, one, two = [await site.comment(campaign, reader) for _ in range(3)]
    for comment, kind in ((one, "HEART"), (two, "HEART"), (two, "OUTRAGE")):
        await site.do("addReaction", GROUPS, reader, commentId=comment, kind=kind)

    query = "query ($id: ID!) { campaign(id: $id) { comments(sort: MOST_REACTED) { nodes { id } } } }"
    listed = (await site.ask(query, id=campaign))["campaign"]["comments"]["nodes"]

    assert [comment["id"] for comment in listed] == [two, one, plain]


async def test_most_reacted_comment_counts_votes_and_reactions(site: TestApp) -> None:
    reader, campaign = await site.guest(), await site.campaign()
    first, second = await site.comment(campaign, reader), await site.comment(campaign, reader)
    await site.do("addReaction", GROUPS, reader, commentId=second, kind="HEART")
    await site.do("addReaction", GROUPS, reader, commentId=first, kind="OUTRAGE")
    await site.do("castVote", "comment { id }", reader, commentId=first, direction="DOWN")

    query = "query ($id: ID!) { campaign(id: $id) { commentStats { mostReactedComment { id } } } }"
    found = (await site.ask(query, id=campaign))["campaign"]["commentStats"]

    assert found == {"mostReactedComment": {"id": first}}


async def test_most_reacted_comment_of_equals_is_newest(site: TestApp) -> None:
    reader, campaign = await site.guest(), await site.campaign()
    first, second = await site.comment(campaign, reader), await site.comment(campaign, reader)
    for comment in (second, first):
        await site.do("addReaction", GROUPS, reader, commentId=comment, kind="HEART")

    query = "query ($id: ID!) { campaign(id: $id) { commentStats { mostReactedComment { id } } } }"
    found = (await site.ask(query, id=campaign))["campaign"]["commentStats"]

    assert found == {"mostReactedComment": {"id": second}}


@pytest.mark.parametrize("mutation", ["addReaction", "removeReaction"])
async def test_anonymous_visitor_is_unauthenticated(site: TestApp, mutation: str) -> None:
    comment = await site.comment(await site.campaign(), await site.guest())

    answer = await site.do(mutation, GROUPS, commentId=comment, kind="HEART")

    assert answer["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("mutation", ["addReaction", "removeReaction"])
@pytest.mark.parametrize("unknown", ["", "0", "ü", "Q29tbWVudDo5OTk", "Q29tbWVudDotMQ", "Q2FtcGFpZ246MQ"])
async def test_unknown_comment_is_not_found(site: TestApp, mutation: str, unknown: str) -> None:
    answer = await site.do(mutation, GROUPS, await site.guest(), commentId=unknown, kind="HEART")

    assert (answer["code"], answer["paths"]) == ("NOT_FOUND", ["commentId"])


@pytest.mark.parametrize("mutation", ["addReaction", "removeReaction"])
async def test_hidden_comment_takes_no_reaction(site: TestApp, mutation: str) -> None:
    author = await site.guest()
    comment = await site.comment(await site.campaign(), author)
    await site.do("moderateComment", "comment { id }", await site.staff(), commentId=comment, decision="HOLD")

    answer = await site.do(mutation, GROUPS, author, commentId=comment, kind="HEART")

    assert answer["code"] == "NOT_FOUND"


async def test_unknown_kind_is_refused(site: TestApp) -> None:
    comment = await site.comment(await site.campaign(), await site.guest())
    query = "mutation ($input: AddReactionInput!) { addReaction(input: $input) { __typename } }"

    codes = await site.codes(query, await site.guest(), input={"commentId": comment, "kind": "THUMBS"})

    assert codes != []
    assert "INTERNAL_SERVER_ERROR" not in codes
    assert await reactions(site, comment) == {}


async def test_retried_reaction_counts_once(site: TestApp) -> None:
    reader = await site.guest()
    comment = await site.comment(await site.campaign(), reader)
    given = {"commentId": comment, "kind": "HEART", "idempotencyKey": "k"}
    await site.do("addReaction", GROUPS, reader, **given)

    again = await site.do("addReaction", GROUPS, reader, **given)

    assert again["replayed"] is True
    assert used(again["comment"]["reactions"]) == {"HEART": (1, True)}
