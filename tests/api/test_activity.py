"""The activity log: the list of a campaign, and the subscription with its filters, subjects and refusals."""

from typing import Any

import pytest

from models import Role
from tests.support.activity import (
    ACTIVITY_QUERY,
    ACTIVITY_SUBSCRIPTION,
    activity_page,
    comment_text,
    event_kind,
    subscribe_to_activity,
)
from tests.support.app import TestApp
from tests.support.serving import serving, socket_of

pytestmark = pytest.mark.anyio

# ---------------------------------------------------------------- list


async def test_activity_lists_events_newest_first(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest("Katharina Sommer")
    comment = await site.comment(campaign, guest)
    await site.comment(campaign, guest, parent=comment)
    await site.do("addReaction", "comment { id }", guest, commentId=comment, kind="HEART")

    nodes = [edge["node"] for edge in (await activity_page(site, campaign))["edges"]]

    assert [node["kind"] for node in nodes] == ["REACTED", "REPLIED", "COMMENTED", "CAMPAIGN_CHANGED"]
    assert {node["actorName"] for node in nodes[:3]} == {"Katharina S."}


async def test_a_vote_is_not_recorded(site: TestApp) -> None:
    """Votes are private; only their sums are public."""
    campaign, guest = await site.campaign(), await site.guest()
    comment = await site.comment(campaign, guest)
    before = await activity_page(site, campaign)

    await site.do("castVote", "comment { id }", guest, commentId=comment, direction="UP")

    assert await activity_page(site, campaign) == before


async def test_activity_is_filtered_by_kinds(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest()
    comment = await site.comment(campaign, guest)
    await site.comment(campaign, guest, parent=comment)
    await site.comment(campaign, guest)

    page = await activity_page(site, campaign, kinds=["COMMENTED", "REPLIED"])

    assert [node["kind"] for node in page["nodes"]] == ["COMMENTED", "REPLIED", "COMMENTED"]


async def test_an_empty_list_of_kinds_lists_nothing(site: TestApp) -> None:
    campaign = await site.campaign()

    page = await activity_page(site, campaign, kinds=[])

    assert page["nodes"] == []


@pytest.mark.parametrize("kinds", [None, ["COMMENTED"], ["COMMENTED", "CAMPAIGN_CHANGED", "DONATED"]])
async def test_pages_join_without_gap_or_overlap_in_both_directions(site: TestApp, kinds: Any) -> None:
    campaign, guest = await site.campaign(), await site.guest()
    for _ in range(7):
        await site.comment(campaign, guest)
    all_ids = [edge["node"]["id"] for edge in (await activity_page(site, campaign, first=100, kinds=kinds))["edges"]]

    forwards: list[str] = []
    backwards: list[str] = []
    cursor = None
    while True:
        page = await activity_page(site, campaign, first=3, after=cursor, kinds=kinds)
        forwards += [node["id"] for node in page["nodes"]]
        cursor = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    cursor = None
    while True:
        page = await activity_page(site, campaign, last=3, before=cursor, kinds=kinds)
        backwards = [node["id"] for node in page["nodes"]] + backwards
        cursor = page["pageInfo"]["startCursor"]
        if not page["pageInfo"]["hasPreviousPage"]:
            break

    assert forwards == all_ids
    assert backwards == all_ids


async def test_cursor_of_other_kinds_is_refused(site: TestApp) -> None:
    campaign = await site.campaign()
    cursor = (await activity_page(site, campaign))["pageInfo"]["endCursor"]

    codes = await site.codes(ACTIVITY_QUERY, id=campaign, kinds=["COMMENTED"], after=cursor)

    assert codes == ["INVALID_CURSOR"]


async def test_cursor_of_another_campaign_is_refused(site: TestApp) -> None:
    cursor = (await activity_page(site, await site.campaign()))["pageInfo"]["endCursor"]

    codes = await site.codes(ACTIVITY_QUERY, id=await site.campaign(), after=cursor)

    assert codes == ["INVALID_CURSOR"]


async def test_subject_is_null_for_a_hidden_comment(site: TestApp) -> None:
    campaign, guest, moderator = await site.campaign(), await site.guest(), await site.staff()
    comment = await site.comment(campaign, guest)
    await site.do("moderateComment", "comment { id }", moderator, commentId=comment, decision="HOLD")

    query = "query($id: ID!) { campaign(id: $id) { activity { nodes { kind subject { __typename } } } } }"
    nodes = (await site.ask(query, id=campaign))["campaign"]["activity"]["nodes"]

    assert nodes[:2] == [{"kind": "COMMENT_REMOVED", "subject": None}, {"kind": "COMMENTED", "subject": None}]


# ---------------------------------------------------------------- subscription


async def test_subscription_sends_events_in_order(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest("Katharina Sommer")
    async with serving(site) as netloc, socket_of(netloc) as client:
        subscription = await subscribe_to_activity(site, client, campaign)

        comment = await site.comment(campaign, guest)
        await site.comment(campaign, guest, parent=comment)
        await site.do("addReaction", "comment { id }", guest, commentId=comment, kind="HEART")
        events = [await subscription.event() for _ in range(3)]

        assert [event_kind(event) for event in events] == ["COMMENTED", "REPLIED", "REACTED"]
        assert {event["activity"]["actorName"] for event in events} == {"Katharina S."}


async def test_subscription_is_filtered_by_kinds(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest()
    async with serving(site) as netloc, socket_of(netloc) as client:
        subscription = await subscribe_to_activity(site, client, campaign, kinds=["REPLIED", "COMMENT_EDITED"])
        comment = await site.comment(campaign, guest)
        await site.comment(campaign, guest, parent=comment)
        await site.do("addReaction", "comment { id }", guest, commentId=comment, kind="HEART")
        await site.do("editComment", "comment { id }", guest, commentId=comment, body="Better said.")

        events = [await subscription.event() for _ in range(2)]

        assert [event_kind(event) for event in events] == ["REPLIED", "COMMENT_EDITED"]


async def test_cursor_of_a_filtered_list_opens_a_subscription_with_the_same_kinds(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest()
    comment = await site.comment(campaign, guest)
    cursor = (await activity_page(site, campaign, kinds=["REPLIED", "COMMENTED"]))["pageInfo"]["startCursor"]
    await site.comment(campaign, guest, "missed", parent=comment)
    async with serving(site) as netloc, socket_of(netloc) as client:
        subscription = await subscribe_to_activity(site, client, campaign, kinds=["COMMENTED", "REPLIED"], after=cursor)

        assert comment_text(await subscription.event()) == "missed"


async def test_subscription_is_filtered_by_thread(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest()
    thread, other = await site.comment(campaign, guest), await site.comment(campaign, guest)
    reply = await site.comment(campaign, guest, parent=thread)
    async with serving(site) as netloc, socket_of(netloc) as client:
        subscription = await subscribe_to_activity(site, client, campaign, threadId=thread)
        await site.comment(campaign, guest, "elsewhere", parent=other)
        await site.comment(campaign, guest, "deep", parent=reply)

        assert comment_text(await subscription.event()) == "deep"


async def test_subscription_to_a_thread_resumes_from_its_cursor(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest()
    thread = await site.comment(campaign, guest)
    async with serving(site) as netloc, socket_of(netloc) as client:
        first = await subscribe_to_activity(site, client, campaign, threadId=thread, kinds=["REPLIED"])
        await site.comment(campaign, guest, "one", parent=thread)
        cursor = (await first.event())["cursor"]
        await site.do("addReaction", "comment { id }", guest, commentId=thread, kind="HEART")
        await site.comment(campaign, guest, "two", parent=thread)

        again = await subscribe_to_activity(site, client, campaign, threadId=thread, kinds=["REPLIED"], after=cursor)

        assert comment_text(await again.event()) == "two"


async def test_removed_comment_is_sent_without_its_text(site: TestApp) -> None:
    campaign, guest, moderator = await site.campaign(), await site.guest(), await site.staff()
    comment = await site.comment(campaign, guest)
    async with serving(site) as netloc, socket_of(netloc) as client:
        subscription = await subscribe_to_activity(site, client, campaign)
        await site.do("moderateComment", "comment { id }", moderator, commentId=comment, decision="HOLD")

        event = await subscription.event()

        assert event_kind(event) == "COMMENT_REMOVED"
        assert event["activity"]["subject"] is None
        assert event["activity"]["actorName"] == "A supporter"


async def test_restored_comment_is_sent_with_its_text(site: TestApp) -> None:
    campaign, guest, moderator = await site.campaign(), await site.guest(), await site.staff()
    comment = await site.comment(campaign, guest, "Back again.")
    async with serving(site) as netloc, socket_of(netloc) as client:
        subscription = await subscribe_to_activity(site, client, campaign, kinds=["COMMENT_RESTORED"])
        for decision in ("REJECT", "RESTORE"):
            await site.do("moderateComment", "comment { id }", moderator, commentId=comment, decision=decision)

        event = await subscription.event()

        assert event_kind(event) == "COMMENT_RESTORED"
        assert comment_text(event) == "Back again."


async def test_pending_comment_is_sent_when_approved(site: TestApp) -> None:
    campaign = await site.campaign(commentPolicy="PREMODERATED")
    guest, moderator = await site.guest(), await site.staff()
    async with serving(site) as netloc, socket_of(netloc) as client:
        subscription = await subscribe_to_activity(site, client, campaign)
        first = await site.comment(campaign, guest, "first")
        second = await site.comment(campaign, guest, "second")
        for comment in (second, first):
            await site.do("moderateComment", "comment { id }", moderator, commentId=comment, decision="APPROVE")

        events = [await subscription.event() for _ in range(2)]

        assert [comment_text(event) for event in events] == ["second", "first"]
        assert {event_kind(event) for event in events} == {"COMMENTED"}


async def test_update_of_the_organisers_is_sent(site: TestApp) -> None:
    campaign, campaigner = await site.campaign(), await site.staff(Role.CAMPAIGNER)
    async with serving(site) as netloc, socket_of(netloc) as client:
        subscription = await subscribe_to_activity(site, client, campaign)
        await site.do("postUpdate", "update { id }", campaigner, campaignId=campaign, title="News", body="Good.")

        event = await subscription.event()

        assert event_kind(event) == "UPDATE_POSTED"
        assert event["activity"]["subject"] == {"__typename": "CampaignUpdate"}


# ---------------------------------------------------------------- refusals


async def test_invalid_cursor_is_refused(site: TestApp) -> None:
    campaign = await site.campaign()
    async with serving(site) as netloc, socket_of(netloc) as client:
        subscription = await client.run(ACTIVITY_SUBSCRIPTION, id=campaign, after="bm90IG91cnM")

        assert await subscription.code() == "INVALID_CURSOR"


async def test_subscription_refuses_a_cursor_of_another_filter(site: TestApp) -> None:
    campaign = await site.campaign()
    cursor = (await activity_page(site, campaign, kinds=["CAMPAIGN_CHANGED"]))["pageInfo"]["endCursor"]
    async with serving(site) as netloc, socket_of(netloc) as client:
        subscription = await client.run(ACTIVITY_SUBSCRIPTION, id=campaign, after=cursor)

        assert await subscription.code() == "INVALID_CURSOR"


@pytest.mark.parametrize("unknown", ["Q2FtcGFpZ246OTk5", "nonsense", ""])
async def test_subscription_to_an_unknown_campaign_is_refused(site: TestApp, unknown: str) -> None:
    async with serving(site) as netloc, socket_of(netloc) as client:
        subscription = await client.run(ACTIVITY_SUBSCRIPTION, id=unknown)

        assert await subscription.code() == "NOT_FOUND"


async def test_subscription_to_a_draft_is_refused(site: TestApp) -> None:
    campaign = await site.campaign("DRAFT")
    async with serving(site) as netloc, socket_of(netloc) as client:
        subscription = await client.run(ACTIVITY_SUBSCRIPTION, id=campaign)

        assert await subscription.code() == "NOT_FOUND"


async def test_campaigner_can_subscribe_to_a_draft(site: TestApp) -> None:
    campaign, campaigner = await site.campaign("DRAFT"), await site.staff(Role.CAMPAIGNER)
    async with serving(site) as netloc, socket_of(netloc, campaigner) as client:
        subscription = await subscribe_to_activity(site, client, campaign)
        await site.do("updateCampaign", "campaign { id }", campaigner, campaignId=campaign, title="Better")

        assert event_kind(await subscription.event()) == "CAMPAIGN_CHANGED"


async def test_subscription_to_a_thread_of_another_campaign_is_refused(site: TestApp) -> None:
    thread = await site.comment(await site.campaign(), await site.guest())
    async with serving(site) as netloc, socket_of(netloc) as client:
        subscription = await client.run(ACTIVITY_SUBSCRIPTION, id=await site.campaign(), threadId=thread)

        assert await subscription.code() == "NOT_FOUND"


async def test_subscription_to_a_hidden_thread_is_refused(site: TestApp) -> None:
    campaign = await site.campaign(commentPolicy="PREMODERATED")
    thread = await site.comment(campaign, await site.guest())
    async with serving(site) as netloc, socket_of(netloc, await site.guest("Grace")) as client:
        subscription = await client.run(ACTIVITY_SUBSCRIPTION, id=campaign, threadId=thread)

        assert await subscription.code() == "NOT_FOUND"
