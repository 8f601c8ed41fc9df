"""Event streams remember nothing: each event shows names, texts and people as they are by then, on every carrier."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from models import Role
from tests.support.app import TestApp
from tests.support.following import ALL_CARRIERS, Followed, followed
from tests.support.ids import row_id
from tests.support.serving import until

pytestmark = pytest.mark.anyio

ACTIVITY = """subscription($c: ID!) { activity(campaignId: $c, kinds: [COMMENTED COMMENT_REMOVED NAME_CHANGED SIGNED]) {
  activity { kind actorName actor { displayName }
    campaign { supporters { total } comments { nodes { body { text } author { displayName } } } }
    ... on CommentActivity { comment { state body { text } author { displayName } } } } } }"""
FULL_NAME, TEXT = "Katharina Sommer", "a dangerous truth"


class Stream:
    """A stream that has already shown the name and the text of a person's comment."""

    def __init__(self, site: TestApp, stream: Followed, campaign: str, token: str, comment: str) -> None:
        self.site, self.stream, self.campaign, self.token, self.comment = site, stream, campaign, token, comment

    async def until_kind(self, kind: str) -> Any:
        while (event := (await self.stream.data())["activity"])["kind"] != kind:
            pass
        return event


@asynccontextmanager
async def streaming(site: TestApp, carrier: str) -> AsyncIterator[Stream]:
    campaign, token = await site.campaign(), await site.guest(FULL_NAME, nameDisplay="FULL_NAME")
    async with followed(site, carrier, ACTIVITY, c=campaign) as stream:
        await until(lambda: site.groundswell.live.watching(row_id(campaign)) == 1)
        comment = await site.comment(campaign, token, TEXT)
        shown = await stream.data()
        assert FULL_NAME in str(shown)
        assert TEXT in str(shown)
        yield Stream(site, stream, campaign, token, comment)


@pytest.mark.parametrize("carrier", ALL_CARRIERS)
async def test_renamed_person_is_shown_by_the_new_name(site: TestApp, carrier: str) -> None:
    async with streaming(site, carrier) as on:
        await site.do("updateProfile", "__typename", on.token, nameDisplay="INITIALS")
        event = await on.until_kind("NAME_CHANGED")

        assert event["actor"] == {"displayName": "K. S."}
        assert "Katharina" not in str(event)
        await site.do("updateProfile", "__typename", on.token, nameDisplay="ANONYMOUS")
        event = await on.until_kind("NAME_CHANGED")
        assert (event["actorName"], event["actor"]) == ("A supporter", None)


@pytest.mark.parametrize("carrier", ALL_CARRIERS)
async def test_deleted_text_is_gone(site: TestApp, carrier: str) -> None:
    async with streaming(site, carrier) as on:
        await site.comment(on.campaign, await site.guest("Ben Okri"), "An answer.", on.comment)
        await site.do("deleteComment", "__typename", on.token, commentId=on.comment)
        event = await on.until_kind("COMMENT_REMOVED")

        assert event["comment"] == {"state": "DELETED", "body": None, "author": None}
        assert TEXT not in str(event)


@pytest.mark.parametrize("carrier", ALL_CARRIERS)
async def test_rejected_text_is_gone(site: TestApp, carrier: str) -> None:
    async with streaming(site, carrier) as on:
        moderator = await site.staff(Role.MODERATOR)
        await site.do("moderateComment", "__typename", moderator, commentId=on.comment, decision="REJECT")
        event = await on.until_kind("COMMENT_REMOVED")

        assert TEXT not in str(event)
        assert event["comment"] is None


@pytest.mark.parametrize("carrier", ALL_CARRIERS)
async def test_erased_person_is_gone(site: TestApp, carrier: str) -> None:
    async with streaming(site, carrier) as on:
        await site.do("eraseSupporter", "__typename", on.token)
        event = await on.until_kind("COMMENT_REMOVED")

        assert "Katharina" not in str(event)
        assert TEXT not in str(event)


@pytest.mark.parametrize("carrier", ALL_CARRIERS)
async def test_counter_is_the_newest(site: TestApp, carrier: str) -> None:
    async with streaming(site, carrier) as on:
        for place, email in enumerate(["ada@example.org", "ben@example.org"], 1):
            await site.sign(on.campaign, email)
            assert (await on.until_kind("SIGNED"))["campaign"]["supporters"]["total"] == place
