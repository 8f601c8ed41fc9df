"""The fields of a comment for its viewer: if it is the viewer's own, until when to edit it, and if it is flagged."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from models import Role
from tests.api.test_statements import compiled_only
from tests.support.app import TestApp, running_app
from tests.support.signing import Clock
from tests.support.statements import recorded_statements

pytestmark = pytest.mark.anyio

FIELDS = "viewerIsAuthor viewerHasFlagged editableUntil createdAt"
NODE = f"query ($id: ID!) {{ node(id: $id) {{ ... on Comment {{ {FIELDS} viewerCan }} }} }}"
THREADS = "query ($id: ID!, $first: Int) { campaign(id: $id) { comments(first: $first) { nodes { %s } } } }"


async def node(site: TestApp, comment: str, token: str | None = None) -> Any:
    return (await site.ask(NODE, token, id=comment))["node"]


async def test_author_is_told_that_the_comment_is_the_authors_own(site: TestApp) -> None:
    author, moderator = await site.guest(), await site.staff()
    comment = await site.comment(await site.campaign(), author)

    told = [(await node(site, comment, token))["viewerIsAuthor"] for token in (author, moderator, None)]

    assert told == [True, False, False]


async def test_own_tombstone_is_still_the_viewers_own(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    comment = await site.comment(campaign, author)
    await site.comment(campaign, author, parent=comment)

    await site.do("deleteComment", "comment { id }", author, commentId=comment)

    assert (await node(site, comment, author))["viewerIsAuthor"] is True
    assert (await node(site, comment))["viewerIsAuthor"] is False


# ---------------------------------------------------------------- editableUntil


async def test_author_may_edit_until_the_window_ends(site: TestApp, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, author = Clock(monkeypatch), await site.guest()
    comment = await site.comment(await site.campaign(), author)

    found = await node(site, comment, author)
    until, created = datetime.fromisoformat(found["editableUntil"]), datetime.fromisoformat(found["createdAt"])
    clock.ahead = timedelta(minutes=16)
    later = await node(site, comment, author)

    assert until - created == timedelta(minutes=15)
    assert (later["editableUntil"], "EDIT" in later["viewerCan"]) == (None, False)


async def test_only_the_author_is_told_until_when(site: TestApp) -> None:
    comment = await site.comment(await site.campaign(), await site.guest())

    for token in (None, await site.guest("Grace Hopper"), await site.staff()):
        assert (await node(site, comment, token))["editableUntil"] is None


async def test_comment_that_must_not_be_edited_has_no_end(site: TestApp) -> None:
    author, moderator = await site.guest(), await site.staff()
    locked, rejected, closed = [await site.comment(await site.campaign(), author) for _ in range(3)]
    await site.do("lockThread", "comment { id }", moderator, commentId=locked)
    await site.do("moderateComment", "comment { id }", moderator, commentId=rejected, decision="REJECT")
    campaign = await site.ask("query ($id: ID!) { node(id: $id) { ... on Comment { campaign { id } } } }", id=closed)
    campaigner = await site.staff(Role.CAMPAIGNER)
    given = {"campaignId": campaign["node"]["campaign"]["id"], "commentPolicy": "CLOSED"}
    await site.do("updateCampaign", "campaign { id }", campaigner, **given)

    for comment in (locked, rejected, closed):
        assert (await node(site, comment, author))["editableUntil"] is None


async def test_window_is_a_setting(anyio_backend: str) -> None:
    async with running_app(edit_window_minutes=60) as site:
        author = await site.guest()

        found = await node(site, await site.comment(await site.campaign(), author), author)

        until, created = datetime.fromisoformat(found["editableUntil"]), datetime.fromisoformat(found["createdAt"])
        assert until - created == timedelta(minutes=60)


# ---------------------------------------------------------------- viewerHasFlagged


async def test_viewer_has_flagged_what_the_viewer_reported(site: TestApp) -> None:
    author, flagger = await site.guest(), await site.guest("Grace Hopper")
    campaign = await site.campaign()
    comment, other = [await site.comment(campaign, author) for _ in range(2)]

    answer = await site.do("flagComment", f"comment {{ {FIELDS} }}", flagger, commentId=comment, reason="SPAM")

    assert answer["comment"]["viewerHasFlagged"] is True
    told = [(await node(site, comment, token))["viewerHasFlagged"] for token in (flagger, author, None)]
    assert told == [True, False, False]
    assert (await node(site, other, flagger))["viewerHasFlagged"] is False


async def test_flag_stays_on_record_after_a_decision(site: TestApp) -> None:
    flagger, moderator = await site.guest(), await site.staff()
    comment = await site.comment(await site.campaign(), await site.guest("Grace Hopper"))
    await site.do("flagComment", "comment { id }", flagger, commentId=comment, reason="SPAM")

    await site.do("moderateComment", "comment { id }", moderator, commentId=comment, decision="APPROVE")

    assert (await node(site, comment, flagger))["viewerHasFlagged"] is True


# ---------------------------------------------------------------- cost


@compiled_only
@pytest.mark.parametrize(
    ("field", "anonymous", "viewer"),
    [("viewerHasFlagged", 0, 1), ("viewerIsAuthor", 0, 0), ("updatedAt", 0, 0), ("editableUntil", 0, 0)],
)
async def test_field_of_a_level_takes_one_statement_at_most(
    site: TestApp, field: str, anonymous: int, viewer: int
) -> None:
    author, campaign = await site.guest(), await site.campaign()
    for _ in range(5):
        await site.comment(campaign, author)

    for token, expected in ((None, anonymous), (author, viewer)):
        for first in (1, 5):
            with recorded_statements() as without:
                await site.ask(THREADS % "id", token, id=campaign, first=first)
            with recorded_statements() as seen:
                await site.ask(THREADS % f"id {field}", token, id=campaign, first=first)

            assert len(seen) - len(without) == expected
