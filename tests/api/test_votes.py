"""Votes: a person has one vote on a comment, the last one counts, and the counts are right."""

import asyncio
from typing import Any

import pytest

from models import Role
from tests.support.app import TestApp

pytestmark = pytest.mark.anyio

TALLY = "comment { votes { up down score viewerVote } }"
NODE = "query ($id: ID!) { node(id: $id) { ... on Comment { votes { up down score viewerVote } } } }"


async def votes(site: TestApp, comment: str, token: str | None = None) -> Any:
    return (await site.ask(NODE, token, id=comment))["node"]["votes"]


async def vote(site: TestApp, token: str, comment: str, direction: str | None) -> dict[str, Any]:
    """Cast a vote, or retract it for None."""
    if direction is None:
        return await site.do("retractVote", TALLY, token, commentId=comment)
    return await site.do("castVote", TALLY, token, commentId=comment, direction=direction)


async def test_vote_is_counted_and_shown_to_voter(site: TestApp) -> None:
    author, voter = await site.guest(), await site.guest("Grace Hopper")
    comment = await site.comment(await site.campaign(), author)

    answer = await site.do("castVote", TALLY, voter, commentId=comment, direction="UP")

    assert answer["comment"]["votes"] == {"up": 1, "down": 0, "score": 1, "viewerVote": "UP"}


async def test_changed_vote_counts_once(site: TestApp) -> None:
    voter = await site.guest()
    comment = await site.comment(await site.campaign(), voter)
    await site.do("castVote", TALLY, voter, commentId=comment, direction="UP")

    answer = await site.do("castVote", TALLY, voter, commentId=comment, direction="DOWN")

    assert answer["comment"]["votes"] == {"up": 0, "down": 1, "score": -1, "viewerVote": "DOWN"}


STATES = {
    None: {"up": 0, "down": 0, "score": 0, "viewerVote": None},
    "UP": {"up": 1, "down": 0, "score": 1, "viewerVote": "UP"},
    "DOWN": {"up": 0, "down": 1, "score": -1, "viewerVote": "DOWN"},
}


@pytest.mark.parametrize("before", STATES)
@pytest.mark.parametrize("after", STATES)
async def test_last_vote_counts(site: TestApp, before: str | None, after: str | None) -> None:
    voter = await site.guest()
    comment = await site.comment(await site.campaign(), voter)
    await vote(site, voter, comment, before)

    answer = await vote(site, voter, comment, after)

    assert answer["comment"]["votes"] == STATES[after]
    assert await votes(site, comment, voter) == STATES[after]


@pytest.mark.parametrize("given", [{}, {"direction": None}], ids=["omitted", "null"])
async def test_missing_direction_is_an_error_and_keeps_the_vote(site: TestApp, given: dict[str, Any]) -> None:
    voter = await site.guest()
    comment = await site.comment(await site.campaign(), voter)
    await vote(site, voter, comment, "UP")

    codes = await site.codes(
        "mutation($input: CastVoteInput!) { castVote(input: $input) { __typename } }",
        voter,
        input={"commentId": comment, **given},
    )

    assert codes == ["BAD_USER_INPUT"]
    assert await votes(site, comment, voter) == STATES["UP"]


async def test_vote_is_retracted_by_its_voter_only(site: TestApp) -> None:
    voter, other = await site.guest(), await site.guest("Grace Hopper")
    comment = await site.comment(await site.campaign(), voter)
    await vote(site, voter, comment, "UP")

    await vote(site, other, comment, None)

    assert await votes(site, comment, voter) == STATES["UP"]


async def test_retried_retraction_keeps_a_later_vote(site: TestApp) -> None:
    voter = await site.guest()
    comment = await site.comment(await site.campaign(), voter)
    given = {"commentId": comment, "idempotencyKey": "k"}
    await vote(site, voter, comment, "DOWN")
    await site.do("retractVote", TALLY, voter, **given)
    await vote(site, voter, comment, "UP")

    again = await site.do("retractVote", TALLY, voter, **given)

    assert again["replayed"] is True
    assert await votes(site, comment, voter) == STATES["UP"]


async def test_votes_add_up(site: TestApp) -> None:
    comment = await site.comment(await site.campaign(), await site.guest())

    for place, direction in enumerate(["UP", "UP", "UP", "DOWN"]):
        voter = await site.guest(f"Voter {'ABCD'[place]}")
        await site.do("castVote", TALLY, voter, commentId=comment, direction=direction)

    assert await votes(site, comment) == {"up": 3, "down": 1, "score": 2, "viewerVote": None}


async def test_vote_is_shown_to_voter_only(site: TestApp) -> None:
    voter, other = await site.guest(), await site.guest("Grace Hopper")
    comment = await site.comment(await site.campaign(), voter)

    await site.do("castVote", TALLY, voter, commentId=comment, direction="UP")

    shown = [(await votes(site, comment, token))["viewerVote"] for token in (None, other, await site.staff(), voter)]
    assert shown == [None, None, None, "UP"]


async def test_vote_counts_for_one_comment(site: TestApp) -> None:
    voter, campaign = await site.guest(), await site.campaign()
    first, second = await site.comment(campaign, voter), await site.comment(campaign, voter)

    await site.do("castVote", TALLY, voter, commentId=first, direction="UP")

    assert await votes(site, second, voter) == STATES[None]


async def test_concurrent_votes_are_all_counted(site: TestApp) -> None:
    comment = await site.comment(await site.campaign(), await site.guest())
    voters = await asyncio.gather(*(site.guest(f"Voter {letter}") for letter in "ABCDEFGHIJ"))

    await asyncio.gather(
        *(
            site.do("castVote", TALLY, voter, commentId=comment, direction=direction)
            for voter in voters
            for direction in ("UP", "DOWN", "UP")
        )
    )

    tally = await votes(site, comment)
    assert tally["up"] + tally["down"] == 10
    assert tally["score"] == tally["up"] - tally["down"]


async def test_retried_vote_counts_once(site: TestApp) -> None:
    """A retry with the same key gives the first answer again, also after the voter has voted otherwise."""
    voter = await site.guest()
    comment = await site.comment(await site.campaign(), voter)
    given = {"commentId": comment, "direction": "UP", "idempotencyKey": "k"}
    await site.do("castVote", TALLY, voter, **given)
    await site.do("castVote", TALLY, voter, commentId=comment, direction="DOWN")

    again = await site.do("castVote", TALLY, voter, **given)

    assert again["replayed"] is True
    assert await votes(site, comment, voter) == STATES["DOWN"]


MUTATIONS = pytest.mark.parametrize(("name", "given"), [("castVote", {"direction": "UP"}), ("retractVote", {})])


@MUTATIONS
async def test_anonymous_visitor_is_unauthenticated(site: TestApp, name: str, given: dict[str, Any]) -> None:
    comment = await site.comment(await site.campaign(), await site.guest())

    answer = await site.do(name, TALLY, commentId=comment, **given)

    assert answer["code"] == "UNAUTHENTICATED"
    assert "introduce" in answer["message"]


@pytest.mark.parametrize(
    "unknown",
    ["", "0", "ü", "a" * 500, "Q29tbWVudDo5OTk", "Q29tbWVudDotMQ", "Q2FtcGFpZ246MQ", "Q29tbWVudDoxZTM"],
)
@MUTATIONS
async def test_unknown_comment_is_not_found(site: TestApp, name: str, given: dict[str, Any], unknown: str) -> None:
    answer = await site.do(name, TALLY, await site.guest(), commentId=unknown, **given)

    assert (answer["code"], answer["paths"]) == ("NOT_FOUND", ["commentId"])


@MUTATIONS
async def test_hidden_comment_takes_no_vote(site: TestApp, name: str, given: dict[str, Any]) -> None:
    comment = await site.comment(await site.campaign(), await site.guest())
    await site.do("moderateComment", "comment { id }", await site.staff(), commentId=comment, decision="HOLD")

    answer = await site.do(name, TALLY, await site.guest(), commentId=comment, **given)

    assert answer["code"] == "NOT_FOUND"


async def test_restored_comment_keeps_votes(site: TestApp) -> None:
    voter, moderator = await site.guest(), await site.staff()
    comment = await site.comment(await site.campaign(), voter)
    await site.do("castVote", TALLY, voter, commentId=comment, direction="UP")
    await site.do("moderateComment", "comment { id }", moderator, commentId=comment, decision="REJECT")

    await site.do("moderateComment", "comment { id }", moderator, commentId=comment, decision="RESTORE")

    assert await votes(site, comment, voter) == STATES["UP"]


async def test_locked_thread_takes_votes(site: TestApp) -> None:
    voter = await site.guest()
    comment = await site.comment(await site.campaign(), voter)
    await site.do("lockThread", "comment { id }", await site.staff(), commentId=comment)

    answer = await site.do("castVote", TALLY, voter, commentId=comment, direction="UP")

    assert answer["comment"]["votes"] == STATES["UP"]


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.CAMPAIGNER, Role.ADMIN])
async def test_staff_may_vote(site: TestApp, role: Role) -> None:
    comment = await site.comment(await site.campaign(), await site.guest())

    answer = await site.do("castVote", TALLY, await site.staff(role), commentId=comment, direction="DOWN")

    assert answer["comment"]["votes"] == STATES["DOWN"]


async def test_most_voted_sort_follows_score(site: TestApp) -> None:
    voter, other, campaign = await site.guest(), await site.guest("Grace Hopper"), await site.campaign()
    plain, loved, hated = [await site.comment(campaign, voter) for _ in range(3)]
    await site.do("castVote", TALLY, voter, commentId=loved, direction="UP")
    await site.do("castVote", TALLY, other, commentId=loved, direction="UP")
    await site.do("castVote", TALLY, voter, commentId=hated, direction="DOWN")

    query = "query ($id: ID!) { campaign(id: $id) { comments(sort: MOST_VOTED) { nodes { id } } } }"
    listed = (await site.ask(query, id=campaign))["campaign"]["comments"]["nodes"]

    assert [comment["id"] for comment in listed] == [loved, plain, hated]
