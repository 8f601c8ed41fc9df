"""The activity log: the list of a campaign, the types of its events, and the subscription with its filters."""

from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType
from tortoise.transactions import in_transaction

import storage
from models import Activity, ActivityKind, Role
from models.activity import HOUSEKEEPING_KINDS, TICKER_KINDS
from resolvers.ids import parse
from server import create_schema
from settings import Settings
from storage.database import dialect
from tests.support.activity import (
    ACTIVITY_QUERY,
    ACTIVITY_SUBSCRIPTION,
    TYPES,
    activity_page,
    comment_text,
    event_kind,
    logged,
    subscribe_to_activity,
)
from tests.support.app import TestApp
from tests.support.serving import serving, socket_of

pytestmark = pytest.mark.anyio
derive_details = import_module("migrations.0004_activity_details_of_old_rows").derive_details

# ---------------------------------------------------------------- list


async def test_activity_lists_events_newest_first(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest("Katharina Sommer")
    comment = await site.comment(campaign, guest)
    await site.comment(campaign, guest, parent=comment)
    await site.do("addReaction", "comment { id }", guest, commentId=comment, kind="HEART")

    nodes = [edge["node"] for edge in (await activity_page(site, campaign))["edges"]]

    assert [node["kind"] for node in nodes] == ["REACTED", "REPLIED", "COMMENTED"]
    assert {node["actorName"] for node in nodes} == {"Katharina S."}


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
    await site.comment(campaign, await site.guest())
    cursor = (await activity_page(site, campaign))["pageInfo"]["endCursor"]

    codes = await site.codes(ACTIVITY_QUERY, id=campaign, kinds=["COMMENTED"], after=cursor)

    assert codes == ["INVALID_CURSOR"]


async def test_cursor_of_another_campaign_is_refused(site: TestApp) -> None:
    campaign = await site.campaign()
    await site.comment(campaign, await site.guest())
    cursor = (await activity_page(site, campaign))["pageInfo"]["endCursor"]

    codes = await site.codes(ACTIVITY_QUERY, id=await site.campaign(), after=cursor)

    assert codes == ["INVALID_CURSOR"]


async def test_log_without_kinds_leaves_out_housekeeping(site: TestApp) -> None:
    campaign, guest, moderator = await site.campaign(), await site.guest(), await site.staff()
    comment = await site.comment(campaign, guest)
    await site.do("editComment", "comment { id }", guest, commentId=comment, body="Better said.")
    for decision in ("HOLD", "RESTORE"):
        await site.do("moderateComment", "comment { id }", moderator, commentId=comment, decision=decision)
    await site.do("updateProfile", "__typename", guest, nameDisplay="INITIALS")

    shown = [node["kind"] for node in (await activity_page(site, campaign))["nodes"]]
    kept = [node["kind"] for node in (await activity_page(site, campaign, kinds=[*HOUSEKEEPING_KINDS]))["nodes"]]

    assert shown == ["COMMENTED"]
    assert kept == ["NAME_CHANGED", "COMMENT_RESTORED", "COMMENT_REMOVED", "COMMENT_EDITED", "CAMPAIGN_CHANGED"]


def test_argument_lists_the_kinds_that_a_ticker_shows() -> None:
    schema = create_schema(Settings())._schema
    campaign, subscription = schema.type_map["Campaign"], schema.subscription_type
    assert isinstance(campaign, GraphQLObjectType)
    assert isinstance(subscription, GraphQLObjectType)

    for of in (campaign, subscription):
        shown, _, kept = str(of.fields["activity"].args["kinds"].description).partition("asks for ")
        assert {kind for kind in ActivityKind if kind in shown.split("shows, ")[1]} == TICKER_KINDS
        assert {kind for kind in ActivityKind if kind in kept} == HOUSEKEEPING_KINDS


# ---------------------------------------------------------------- types


async def only(site: TestApp, campaign: str, kind: str, token: str | None = None) -> dict[str, Any]:
    """Return the one activity of a kind, with all fields of its type."""
    (event,) = [event for event in await logged(site, campaign, token) if event["kind"] == kind]
    return event


def test_each_kind_has_one_type() -> None:
    assert sorted(kind for kinds in TYPES.values() for kind in kinds) == sorted(ActivityKind)
    schema = create_schema(Settings())._schema
    abstract = schema.type_map["Activity"]
    assert isinstance(abstract, GraphQLInterfaceType)
    assert {possible.name for possible in schema.get_possible_types(abstract)} == set(TYPES)


async def test_id_of_each_type_is_that_of_an_activity(site: TestApp) -> None:
    """Ids name no type, so that an id stays good whatever type its kind has."""
    campaign, guest = await site.campaign(), await site.guest()
    await site.do("addReaction", "comment { id }", guest, commentId=await site.comment(campaign, guest), kind="HEART")

    events = await logged(site, campaign)
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Activity { kind } } }"
    nodes = (await site.ask(query, ids=[event["id"] for event in events]))["nodes"]

    assert [event["__typename"] for event in events] == ["ReactionActivity", "CommentActivity", "CampaignActivity"]
    assert [parse(event["id"]) for event in events] == [("Activity", place) for place in (3, 2, 1)]
    assert nodes == [{name: event[name] for name in ("__typename", "id", "kind")} for event in events]


async def test_visible_comment_is_in_its_events_with_its_thread(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest("Katharina Sommer")
    thread = await site.comment(campaign, guest, "First.")
    reply = await site.comment(campaign, guest, "Second.", parent=thread)

    event = await only(site, campaign, "REPLIED")

    assert event["subjectId"] == reply
    shown = [(event[name]["id"], event[name]["body"]["text"]) for name in ("comment", "thread")]
    assert shown == [(reply, "Second."), (thread, "First.")]


@pytest.mark.parametrize("decision", ["HOLD", "REJECT", None])
async def test_removed_comment_is_a_tombstone_while_it_is_listed(site: TestApp, decision: str | None) -> None:
    """A tombstone has no text and no author, and is listed as long as a visible reply is below it."""
    campaign, guest, moderator = await site.campaign(), await site.guest(), await site.staff()
    thread = await site.comment(campaign, guest)
    reply = await site.comment(campaign, guest, parent=thread)
    if decision is None:
        await site.do("deleteComment", "comment { id }", guest, commentId=thread)
    else:
        await site.do("moderateComment", "comment { id }", moderator, commentId=thread, decision=decision)

    removed, started, replied = [
        await only(site, campaign, kind) for kind in ("COMMENT_REMOVED", "COMMENTED", "REPLIED")
    ]
    await site.do("deleteComment", "comment { id }", guest, commentId=reply)
    unlisted = [event for event in await logged(site, campaign) if event["kind"].startswith("COMMENT")]

    for tombstone in (removed["comment"], started["comment"], replied["thread"]):
        assert (tombstone["id"], tombstone["author"], tombstone["body"]) == (thread, None, None)
    assert [event["subjectId"] for event in unlisted] == [reply, thread, thread]
    assert {str((event["comment"], event["thread"])) for event in unlisted} == {"(None, None)"}


@pytest.mark.parametrize("viewer", ["author", "moderator", "anybody"])
async def test_hidden_comment_is_in_no_event_for_any_viewer(site: TestApp, viewer: str) -> None:
    """The log is the same for everyone: authors and moderators read hidden comments elsewhere."""
    campaign, guest, moderator = await site.campaign(), await site.guest(), await site.staff()
    comment = await site.comment(campaign, guest)
    await site.do("moderateComment", "comment { id }", moderator, commentId=comment, decision="HOLD")

    token = {"author": guest, "moderator": moderator, "anybody": None}[viewer]
    events = [await only(site, campaign, kind, token) for kind in ("COMMENTED", "COMMENT_REMOVED")]

    assert [(event["subjectId"], event["comment"], event["thread"]) for event in events] == [(comment, None, None)] * 2


async def test_reaction_is_told_until_it_is_taken_back(site: TestApp) -> None:
    campaign, guest, other = await site.campaign(), await site.guest("Katharina Sommer"), await site.guest("Grace")
    comment = await site.comment(campaign, guest)
    for token, kind in ((guest, "HEART"), (guest, "CANDLE"), (other, "HEART")):
        await site.do("addReaction", "comment { id }", token, commentId=comment, kind=kind)

    before = [event for event in await logged(site, campaign) if event["kind"] == "REACTED"]
    await site.do("removeReaction", "comment { id }", guest, commentId=comment, kind="HEART")
    after = [event for event in await logged(site, campaign) if event["kind"] == "REACTED"]

    assert [event["reaction"] for event in before] == ["HEART", "CANDLE", "HEART"]
    taken_back = {"reaction": None, "actor": None, "actorName": "A supporter"}
    assert after == [*before[:2], before[2] | taken_back]


async def test_milestone_has_its_number(site: TestApp) -> None:
    """A report may reach several goals at once."""
    campaign, admin = await site.campaign(), await site.staff(Role.ADMIN)
    await report(site, campaign, admin, 600)

    events = [event for event in await logged(site, campaign) if event["kind"] == "MILESTONE_REACHED"]
    goal = await site.ask("query($id: ID!) { campaign(id: $id) { goal { reached { count reachedAt } } } }", id=campaign)

    assert [event["milestone"] for event in events] == goal["campaign"]["goal"]["reached"][::-1]
    assert [event["milestone"]["count"] for event in events] == [500, 100]


async def report(site: TestApp, campaign: str, admin: str, *numbers: int) -> str:
    """Add a partner, report its numbers, and return the partner's id."""
    added = await site.do("addPartner", "partner { id }", admin, campaignId=campaign, name="Labor Forum")
    partner = str(added["partner"]["id"])
    for day, number in enumerate(numbers, 1):
        given = {"partnerId": partner, "signatures": number, "asOf": f"2026-03-{day:02}"}
        answer = await site.do("reportPartnerTally", "tally { state }", admin, campaignId=campaign, **given)
        assert answer["tally"]["state"] == "ACCEPTED", answer
    return partner


async def test_report_has_its_partner_and_its_whole_number(site: TestApp) -> None:
    campaign, admin = await site.campaign(), await site.staff(Role.ADMIN)
    partner = {"id": await report(site, campaign, admin, 20, 30), "name": "Labor Forum"}

    events = [event for event in await logged(site, campaign) if event["kind"] == "PARTNER_REPORTED"]

    assert [(event["partner"], event["signatures"]) for event in events] == [(partner, 30), (partner, 20)]


async def test_old_rows_without_detail_are_answered(site: TestApp) -> None:
    """Such rows are older than the column, where the migration could not tell what they were about."""
    campaign, admin, guest = await site.campaign(), await site.staff(Role.ADMIN), await site.guest()
    await report(site, campaign, admin, 100)
    await site.do("addReaction", "comment { id }", guest, commentId=await site.comment(campaign, guest), kind="HEART")
    async with storage.transaction():
        await Activity.all().update(detail=None)

    events = await logged(site, campaign)

    told = {event["kind"]: event for event in events}
    assert told["MILESTONE_REACHED"]["milestone"]["count"] == 0
    assert (told["PARTNER_REPORTED"]["partner"], told["PARTNER_REPORTED"]["signatures"]) == (None, 0)
    assert told["CAMPAIGN_CHANGED"]["changed"] == []
    assert told["REACTED"]["reaction"] is None


async def test_migration_derives_details_of_old_rows(site: TestApp) -> None:
    """Only the kinds of reactions and the changed fields are not told any more."""
    campaign, admin = await site.campaign(), await site.staff(Role.ADMIN)
    await report(site, campaign, admin, 600, 1_200)
    rows = Activity.filter(kind__in=["MILESTONE_REACHED", "PARTNER_REPORTED"]).order_by("id")
    expected = await rows.values_list("kind", "detail")
    async with storage.transaction():
        await Activity.all().update(detail=None)

    async with in_transaction("default") as client:
        await derive_details(None, SimpleNamespace(client=client, DIALECT=dialect()))

    assert await rows.values_list("kind", "detail") == expected
    assert len(expected) == 5
    assert await Activity.filter(detail__isnull=False).count() == 5


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


async def test_subscription_without_kinds_leaves_out_housekeeping(site: TestApp) -> None:
    """Missed events and new ones alike, and the cursor of a page without kinds opens it."""
    campaign, guest = await site.campaign(), await site.guest()
    comment = await site.comment(campaign, guest)
    cursor = (await activity_page(site, campaign))["pageInfo"]["startCursor"]
    await site.do("editComment", "comment { id }", guest, commentId=comment, body="Better said.")
    await site.comment(campaign, guest, "missed", parent=comment)
    async with serving(site) as netloc, socket_of(netloc) as client:
        for thread in (None, comment):
            subscription = await subscribe_to_activity(
                site, client, campaign, threadId=thread, after=cursor if thread is None else None
            )
            await site.do("editComment", "comment { id }", guest, commentId=comment, body=f"Better than {thread}.")
            await site.comment(campaign, guest, "new", parent=comment)

            texts = [comment_text(await subscription.event()) for _ in range(1 if thread else 2)]

            assert texts == (["new"] if thread else ["missed", "new"])


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
        subscription = await subscribe_to_activity(site, client, campaign, kinds=["COMMENT_REMOVED"])
        await site.do("moderateComment", "comment { id }", moderator, commentId=comment, decision="HOLD")

        event = await subscription.event()

        assert event_kind(event) == "COMMENT_REMOVED"
        assert (event["activity"]["subjectId"], event["activity"]["comment"]) == (comment, None)
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
        assert event["activity"]["__typename"] == "UpdateActivity"


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
        subscription = await subscribe_to_activity(site, client, campaign, kinds=["CAMPAIGN_CHANGED"])
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
