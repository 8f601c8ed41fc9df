"""The live queue: what enters, leaves and is flagged, on every carrier, only as long as one may moderate."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

import storage
from models import ApiKey, Campaign, Role
from tests.support.app import TestApp, running_app
from tests.support.following import CARRIERS, followed
from tests.support.ids import row_id
from tests.support.serving import until
from tests.support.signing import audited
from tests.support.statements import recorded_statements

pytestmark = pytest.mark.anyio

ID = "comment { id }"
QUEUE = """subscription ($id: ID) { moderationQueue(campaignId: $id) { asOf waiting hasGap comments {
  id state body { text } author { displayName } moderation { heldBecause flagCount flags { nodes { note } } } } } }"""
LINKS = " ".join(["www.example.org"] * 6)


@pytest.fixture
async def site() -> AsyncIterator[TestApp]:
    """A site whose messages wait for nothing; after each test, an audit checks the stored counters."""
    async with audited(pulse_seconds=0, live_poll_seconds=3600) as app:
        yield app


def shown(message: Any) -> tuple[int, list[tuple[str, str]]]:
    """Return how many comments wait, and the listed comments with their state."""
    return message["waiting"], [(comment["id"], comment["state"]) for comment in message["comments"]]


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize(("place", "waiting"), [(0, 2), (1, 1), (None, 3)])
async def test_first_message_comes_at_once_with_the_number(
    site: TestApp, carrier: str, place: int | None, waiting: int
) -> None:
    here, there = [await site.campaign(commentPolicy="PREMODERATED") for _ in range(2)]
    author, moderator = await site.guest(), await site.staff()
    for campaign in (here, here, there):
        await site.comment(campaign, author)

    campaign_id = None if place is None else (here, there)[place]
    async with followed(site, carrier, QUEUE, moderator, id=campaign_id) as stream:
        assert shown(await stream.data()) == (waiting, [])


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_message_for_what_enters_is_flagged_and_leaves(site: TestApp, carrier: str) -> None:
    campaign, author, moderator = await site.campaign(), await site.guest(), await site.staff()
    visible = await site.comment(campaign, author)

    async with followed(site, carrier, QUEUE, moderator, id=campaign) as stream:
        await stream.data()
        held = await site.comment(campaign, author, LINKS)
        entered = await stream.data()
        await site.do("flagComment", ID, await site.guest("Grace Hopper"), commentId=visible, reason="SPAM", note="1")
        flagged = await stream.data()
        await site.do("flagComment", ID, await site.guest("Alan Turing"), commentId=visible, reason="SPAM", note="2")
        again = await stream.data()
        await site.do("moderateComment", ID, moderator, commentId=visible, decision="REJECT")
        decided = await stream.data()
        await site.do("deleteComment", ID, author, commentId=held)
        deleted = await stream.data()

    assert shown(entered) == (1, [(held, "HELD")])
    assert entered["comments"][0]["moderation"]["heldBecause"] == "MANY_LINKS"
    assert shown(flagged) == (2, [(visible, "VISIBLE")])
    assert shown(again) == (2, [(visible, "VISIBLE")])
    moderation = again["comments"][0]["moderation"]
    assert (moderation["flagCount"], [flag["note"] for flag in moderation["flags"]["nodes"]]) == (2, ["2", "1"])
    assert shown(decided) == (1, [(visible, "REJECTED")])
    assert shown(deleted) == (0, [(held, "DELETED")])
    assert deleted["comments"][0]["body"] is None


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_each_message_reads_rows_afresh(site: TestApp, carrier: str) -> None:
    campaign, author, moderator = await site.campaign(), await site.guest("Ada Byron"), await site.staff()
    comment = await site.comment(campaign, author)
    seen = []

    async with followed(site, carrier, QUEUE, moderator) as stream:
        await stream.data()
        for name in ("Augusta", "Adelaide", "Anne"):
            flagger = await site.guest("Grace Hopper")
            await site.do("flagComment", ID, flagger, commentId=comment, reason="SPAM")
            seen.append((await stream.data())["comments"][0]["author"]["displayName"])
            await site.do("updateProfile", "__typename", author, givenName=name)

    assert seen == ["Ada B.", "Augusta B.", "Adelaide B."]


async def test_queue_of_one_campaign_hears_nothing_of_others(site: TestApp) -> None:
    here, there = [await site.campaign() for _ in range(2)]
    author, moderator = await site.guest(), await site.staff()

    async with followed(site, "WebSocket", QUEUE, moderator, id=here) as stream:
        await stream.data()
        await site.comment(there, author, LINKS)
        mine = await site.comment(here, author, LINKS)

        assert shown(await stream.data()) == (1, [(mine, "HELD")])


async def test_write_that_leaves_the_queue_as_it_is_makes_no_message(site: TestApp) -> None:
    campaign, author, moderator = await site.campaign(), await site.guest(), await site.staff()
    visible = await site.comment(campaign, author)

    async with followed(site, "WebSocket", QUEUE, moderator, id=campaign) as stream:
        await stream.data()
        await site.comment(campaign, author)
        await site.do("castVote", ID, moderator, commentId=visible, direction="UP")
        await site.do("editComment", ID, author, commentId=visible, body="Better said.")
        await site.do("moderateComment", ID, moderator, commentId=visible, decision="REJECT")
        held = await site.comment(campaign, author, LINKS)

        assert shown(await stream.data()) == (1, [(held, "HELD")])


async def test_bulk_decision_is_one_message(site: TestApp) -> None:
    campaign, author, moderator = (
        await site.campaign(commentPolicy="PREMODERATED"),
        await site.guest(),
        await site.staff(),
    )
    comments = [await site.comment(campaign, author) for _ in range(3)]

    async with followed(site, "WebSocket", QUEUE, moderator, id=campaign) as stream:
        await stream.data()
        target = {"query": {"campaignId": campaign}}
        await site.do("moderateComments", "matchedCount", moderator, target=target, decision="APPROVE")

        assert shown(await stream.data()) == (0, [(comment, "VISIBLE") for comment in comments])


async def test_waiting_of_another_process_is_found_by_polling(anyio_backend: str) -> None:
    """Another process publishes nothing here; the test writes to the table as it would."""
    async with running_app(live_poll_seconds=0.01) as site:
        campaign, moderator = await site.campaign(), await site.staff()
        async with followed(site, "WebSocket", QUEUE, moderator, id=campaign) as stream:
            await stream.data()
            async with storage.transaction():
                await Campaign.filter(id=row_id(campaign)).update(queued_comment_count=7)

            assert shown(await stream.data()) == (7, [])


async def test_message_takes_a_fixed_number_of_statements(site: TestApp) -> None:
    author, moderator, counts = await site.guest(), await site.staff(), []
    for size in (1, 12):
        campaign = await site.campaign(commentPolicy="PREMODERATED")
        for _ in range(size):
            await site.comment(campaign, author)
        target = {"query": {"campaignId": campaign}}
        async with followed(site, "WebSocket", QUEUE, moderator, id=campaign) as stream:
            await stream.data()
            await site.do("moderateComments", "matchedCount", moderator, target=target, decision="HOLD")
            with recorded_statements() as seen:
                message = await stream.data()
        assert len(message["comments"]) == size
        counts.append(len(seen))

    assert counts[0] == counts[1]


# ---------------------------------------------------------------- as long as one may


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize(("is_known", "code"), [(False, "UNAUTHENTICATED"), (True, "FORBIDDEN")])
async def test_only_moderators_follow_the_queue(site: TestApp, carrier: str, is_known: bool, code: str) -> None:
    token = await site.guest() if is_known else None
    async with followed(site, carrier, QUEUE, token) as stream:
        assert await stream.code() == code
    assert site.groundswell.live.changes._queues == {}


async def test_unknown_campaign_is_not_found(site: TestApp) -> None:
    async with followed(site, "WebSocket", QUEUE, await site.staff(), id="Q2FtcGFpZ246OTk5") as stream:
        assert await stream.code() == "NOT_FOUND"


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_stream_of_a_revoked_token_ends_before_the_next_message(site: TestApp, carrier: str) -> None:
    campaign, author, moderator = await site.campaign(), await site.guest(), await site.staff()

    async with followed(site, carrier, QUEUE, moderator) as stream:
        await stream.data()
        await site.do("signOut", "viewer { role }", moderator, everywhere=True)
        await site.comment(campaign, author, LINKS)

        assert await stream.code() == "UNAUTHENTICATED"
        await until(lambda: site.groundswell.live.changes._queues == {})


@pytest.mark.parametrize("credential", ["token", "API key"])
async def test_silent_stream_of_a_revoked_credential_ends(credential: str) -> None:
    """The stream ends although nothing happens in the queue."""
    async with running_app(live_poll_seconds=0.01) as site:
        admin = await site.staff(Role.ADMIN)
        token = await site.staff()
        if credential == "API key":
            made = await site.do("createApiKey", "key apiKey { id }", admin, name="Tool", scopes=["MODERATE"])
            token = made["key"]
        async with followed(site, "WebSocket", QUEUE, token) as stream:
            await stream.data()
            if credential == "API key":
                assert await ApiKey.all().count() == 1
                await site.do("revokeApiKey", "apiKey { id }", admin, apiKeyId=made["apiKey"]["id"])
            else:
                await site.do("signOut", "viewer { role }", token, everywhere=True)

            assert await stream.code() == "UNAUTHENTICATED"
            await until(lambda: site.groundswell.live.changes._queues == {})
