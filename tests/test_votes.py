"""Votes: one a person, the last one counts, and the tally is honest."""

import pytest

from tests.world import World

pytestmark = pytest.mark.anyio

TALLY = "comment { votes { up down score viewerVote } }"


async def test_a_vote_is_counted_and_shown_to_its_voter(site: World) -> None:
    author, voter = await site.guest(), await site.guest("Grace Hopper")
    comment = await site.comment(await site.campaign(), author)

    answer = await site.do("castVote", TALLY, voter, commentId=comment, direction="UP")

    assert answer["comment"]["votes"] == {"up": 1, "down": 0, "score": 1, "viewerVote": "UP"}


async def test_a_vote_that_changes_its_direction_counts_once(site: World) -> None:
    voter = await site.guest()
    comment = await site.comment(await site.campaign(), voter)
    await site.do("castVote", TALLY, voter, commentId=comment, direction="UP")

    answer = await site.do("castVote", TALLY, voter, commentId=comment, direction="DOWN")

    assert answer["comment"]["votes"] == {"up": 0, "down": 1, "score": -1, "viewerVote": "DOWN"}


async def test_null_takes_a_vote_back(site: World) -> None:
    voter = await site.guest()
    comment = await site.comment(await site.campaign(), voter)
    await site.do("castVote", TALLY, voter, commentId=comment, direction="UP")

    answer = await site.do("castVote", TALLY, voter, commentId=comment, direction=None)

    assert answer["comment"]["votes"] == {"up": 0, "down": 0, "score": 0, "viewerVote": None}


async def test_an_anonymous_visitor_is_told_to_introduce_themselves(site: World) -> None:
    comment = await site.comment(await site.campaign(), await site.guest())

    answer = await site.do("castVote", TALLY, commentId=comment, direction="UP")

    assert answer["code"] == "UNAUTHENTICATED"
    assert "introduce" in answer["message"]
