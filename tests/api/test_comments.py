"""Comments: threads up to 50 replies deep, edits and deletion by authors, tombstones, drafts and idempotent retries."""

import asyncio
from typing import Any

import pytest

from models import Campaign, CampaignState, Role
from tests.support.app import TestApp, running_app

pytestmark = pytest.mark.anyio

COMMENT = "comment { id body { markdown } state depth editedAt author { displayName } }"
THREADS = """query ($id: ID!) { campaign(id: $id) {
  comments(sort: OLDEST) { totalCount nodes { id state body { text } author { displayName } replyCount
    replies { totalCount nodes { id state body { text } } } } }
  commentStats { threadCount replyCount authorCount } } }"""
NODE = """query ($id: ID!) { node(id: $id) { ... on Comment {
  id state url depth replyCount descendantCount body { text } author { displayName } viewerCan edits { body { text } }
  parent { id } root { id } ancestors { id depth } replies { totalCount nodes { id } } campaign { id } } } }"""


async def threads(site: TestApp, campaign: str, token: str | None = None) -> list[dict[str, Any]]:
    answer = await site.ask(THREADS, token, id=campaign)
    found: list[dict[str, Any]] = answer["campaign"]["comments"]["nodes"]
    return found


async def node(site: TestApp, comment: str, token: str | None = None) -> Any:
    return (await site.ask(NODE, token, id=comment))["node"]


async def chain(site: TestApp, campaign: str, token: str, length: int) -> list[str]:
    """Post a thread in which each comment answers the previous comment."""
    ids: list[str] = []
    for _ in range(length):
        ids.append(await site.comment(campaign, token, parent=ids[-1] if ids else None))
    return ids


# ---------------------------------------------------------------- posting


async def test_comment_starts_thread(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()

    answer = await site.do("postComment", COMMENT, author, campaignId=campaign, body="Free him *now*.")

    assert answer["comment"]["body"] == {"markdown": "Free him *now*."}
    assert answer["comment"]["state"] == "VISIBLE"
    assert answer["comment"]["depth"] == 0
    assert answer["comment"]["author"] == {"displayName": "Ada B."}
    assert answer["replayed"] is False


async def test_new_thread_is_public(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()

    comment = await site.comment(campaign, author)

    assert [thread["id"] for thread in await threads(site, campaign)] == [comment]


async def test_reply_is_below_its_parent_only(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    parent = await site.comment(campaign, author)

    reply = await site.comment(campaign, author, parent=parent)

    (thread,) = await threads(site, campaign)
    assert thread["id"] == parent
    assert [found["id"] for found in thread["replies"]["nodes"]] == [reply]


async def test_comment_has_depth_parent_root_and_ancestors(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    first, second, third = await chain(site, campaign, author, 3)

    found = await node(site, third)

    assert found["depth"] == 2
    assert found["parent"] == {"id": second}
    assert found["root"] == {"id": first}
    assert found["ancestors"] == [{"id": first, "depth": 0}, {"id": second, "depth": 1}]
    assert found["campaign"] == {"id": campaign}


async def test_first_comment_is_its_own_root(site: TestApp) -> None:
    comment = await site.comment(await site.campaign(), await site.guest())

    found = await node(site, comment)

    assert found["root"] == {"id": comment}
    assert found["parent"] is None
    assert found["ancestors"] == []


async def test_url_has_site_and_comment_id(site: TestApp) -> None:
    comment = await site.comment(await site.campaign(), await site.guest())

    found = await node(site, comment)

    assert found["url"].startswith(site.settings.site_url)
    assert comment in found["url"]


async def test_replies_nest_fifty_deep(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()

    ids = await chain(site, campaign, author, 51)

    deepest = await node(site, ids[-1])
    assert deepest["depth"] == 50
    assert [ancestor["id"] for ancestor in deepest["ancestors"]] == ids[:-1]
    assert (await node(site, ids[0]))["descendantCount"] == 50
    assert (await node(site, ids[0]))["replyCount"] == 1


async def test_deeper_reply_is_refused(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    ids = await chain(site, campaign, author, 51)

    answer = await site.do("postComment", COMMENT, author, campaignId=campaign, body="Deeper", parentId=ids[-1])

    assert (answer["code"], answer["paths"]) == ("TOO_DEEP", ["parentId"])
    assert "REPLY" not in (await node(site, ids[-1], author))["viewerCan"]
    assert "REPLY" in (await node(site, ids[-2], author))["viewerCan"]


async def test_parent_on_another_campaign_is_not_found(site: TestApp) -> None:
    author = await site.guest()
    elsewhere = await site.comment(await site.campaign(), author)

    answer = await site.do(
        "postComment", COMMENT, author, campaignId=await site.campaign(), body="Hello", parentId=elsewhere
    )

    assert (answer["code"], answer["paths"]) == ("NOT_FOUND", ["parentId"])


@pytest.mark.parametrize("unknown", ["", "x", "ü", "Q29tbWVudDo5OTk", "Q29tbWVudDo5OTk5OTk5OTk5OTk5OTk5OTk5OQ"])
async def test_unknown_parent_is_not_found(site: TestApp, unknown: str) -> None:
    author, campaign = await site.guest(), await site.campaign()

    answer = await site.do("postComment", COMMENT, author, campaignId=campaign, body="Hello", parentId=unknown)

    assert (answer["code"], answer["paths"]) == ("NOT_FOUND", ["parentId"])


@pytest.mark.parametrize("mutation", ["editComment", "deleteComment"])
@pytest.mark.parametrize("unknown", ["", "nonsense", "Q29tbWVudDo5OTk", "Q2FtcGFpZ246MQ", "Q29tbWVudDotMQ"])
async def test_changing_unknown_comment_is_not_found(site: TestApp, mutation: str, unknown: str) -> None:
    author = await site.guest()
    body = {"body": "New"} if mutation == "editComment" else {}

    answer = await site.do(mutation, COMMENT, author, commentId=unknown, **body)

    assert (answer["code"], answer["paths"]) == ("NOT_FOUND", ["commentId"])


async def test_unknown_campaign_is_not_found(site: TestApp) -> None:
    answer = await site.do("postComment", COMMENT, await site.guest(), campaignId="Q2FtcGFpZ246OTk5", body="Hello")

    assert (answer["code"], answer["paths"]) == ("NOT_FOUND", ["campaignId"])


@pytest.mark.parametrize(
    ("mutation", "given"),
    [("postComment", {"body": "Hello"}), ("editComment", {"body": "Hello"}), ("deleteComment", {})],
)
async def test_anonymous_visitor_is_unauthenticated(site: TestApp, mutation: str, given: dict[str, str]) -> None:
    campaign = await site.campaign()
    target = (
        {"campaignId": campaign}
        if mutation == "postComment"
        else {"commentId": await site.comment(campaign, await site.guest())}
    )

    answer = await site.do(mutation, COMMENT, **target, **given)

    assert answer["code"] == "UNAUTHENTICATED"


# ---------------------------------------------------------------- what a body may be


@pytest.mark.parametrize("empty", ["", "   \n\t ", "\u200b", "\u0301"])
async def test_empty_body_is_invalid(site: TestApp, empty: str) -> None:
    answer = await site.do("postComment", COMMENT, await site.guest(), campaignId=await site.campaign(), body=empty)

    assert (answer["code"], answer["paths"]) == ("INVALID", ["body"])


async def test_too_long_body_is_invalid(site: TestApp) -> None:
    answer = await site.do(
        "postComment", COMMENT, await site.guest(), campaignId=await site.campaign(), body="x" * 5001
    )

    assert (answer["code"], answer["paths"]) == ("INVALID", ["body"])
    assert "5,000" in answer["message"]


async def test_longest_body_is_accepted(site: TestApp) -> None:
    answer = await site.do(
        "postComment", COMMENT, await site.guest(), campaignId=await site.campaign(), body="é" * 5000
    )

    assert answer["comment"]["state"] == "VISIBLE"


@pytest.mark.parametrize("control", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\u202e", "\u2066"])
async def test_control_characters_are_refused(site: TestApp, control: str) -> None:
    answer = await site.do(
        "postComment", COMMENT, await site.guest(), campaignId=await site.campaign(), body=f"He{control}llo"
    )

    assert (answer["code"], answer["paths"]) == ("REJECTED_CONTENT", ["body"])


async def test_edit_is_screened(site: TestApp) -> None:
    author = await site.guest()
    comment = await site.comment(await site.campaign(), author)

    answer = await site.do("editComment", COMMENT, author, commentId=comment, body=" ")

    assert (answer["code"], answer["paths"]) == ("INVALID", ["body"])


DOUBTFUL = [
    " ".join(f"https://example.org/{number}" for number in range(6)),
    "Write to me: ada@example.org",
    "Call me on +49 30 1234567",
]


@pytest.mark.parametrize("doubtful", DOUBTFUL)
async def test_doubtful_text_is_held(site: TestApp, doubtful: str) -> None:
    author, campaign = await site.guest(), await site.campaign()

    answer = await site.do("postComment", COMMENT, author, campaignId=campaign, body=doubtful)

    assert answer["comment"]["state"] == "HELD"
    assert await threads(site, campaign) == []


@pytest.mark.parametrize("doubtful", DOUBTFUL)
async def test_nudge_refuses_doubtful_text_with_reason(site: TestApp, doubtful: str) -> None:
    author, campaign = await site.guest(), await site.campaign()

    answer = await site.do("postComment", COMMENT, author, campaignId=campaign, body=doubtful, nudge=True)

    assert (answer["code"], answer["paths"]) == ("REJECTED_CONTENT", ["body"])
    assert await threads(site, campaign, author) == []


async def test_five_links_are_not_held(site: TestApp) -> None:
    body = " ".join(f"https://example.org/{number}" for number in range(5))

    answer = await site.do("postComment", COMMENT, await site.guest(), campaignId=await site.campaign(), body=body)

    assert answer["comment"]["state"] == "VISIBLE"


async def test_edit_with_doubtful_text_is_held(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    comment = await site.comment(campaign, author)

    answer = await site.do("editComment", COMMENT, author, commentId=comment, body="ada@example.org")

    assert answer["comment"]["state"] == "HELD"
    assert await threads(site, campaign) == []


# ---------------------------------------------------------------- editing


async def test_author_edits_within_window(site: TestApp) -> None:
    author = await site.guest()
    comment = await site.comment(await site.campaign(), author, "First")

    answer = await site.do("editComment", COMMENT, author, commentId=comment, body="Second")

    assert answer["comment"]["body"] == {"markdown": "Second"}
    assert answer["comment"]["editedAt"] is not None


async def test_edit_after_window_is_refused(anyio_backend: str) -> None:
    async with running_app(edit_window_minutes=0) as site:
        author = await site.guest()
        comment = await site.comment(await site.campaign(), author)

        answer = await site.do("editComment", COMMENT, author, commentId=comment, body="Too late")

        assert answer["code"] == "EDIT_WINDOW_OVER"
        assert "EDIT" not in (await node(site, comment, author))["viewerCan"]


async def test_edit_by_another_person_is_forbidden(site: TestApp) -> None:
    comment = await site.comment(await site.campaign(), await site.guest())

    answer = await site.do("editComment", COMMENT, await site.guest("Grace Hopper"), commentId=comment, body="Mine now")

    assert answer["code"] == "FORBIDDEN"


async def test_edit_by_moderator_is_forbidden(site: TestApp) -> None:
    comment = await site.comment(await site.campaign(), await site.guest())

    answer = await site.do("editComment", COMMENT, await site.staff(), commentId=comment, body="Better")

    assert answer["code"] == "FORBIDDEN"


async def test_edit_without_change_leaves_no_trace(site: TestApp) -> None:
    author = await site.guest()
    comment = await site.comment(await site.campaign(), author, "Same")

    answer = await site.do("editComment", COMMENT, author, commentId=comment, body=" Same\n")

    assert answer["comment"]["editedAt"] is None


async def test_author_and_moderators_read_edits(site: TestApp) -> None:
    author = await site.guest()
    comment = await site.comment(await site.campaign(), author, "One")
    await site.do("editComment", COMMENT, author, commentId=comment, body="Two")
    await site.do("editComment", COMMENT, author, commentId=comment, body="Three")

    own = await node(site, comment, author)
    moderators = await node(site, comment, await site.staff())

    assert [edit["body"]["text"] for edit in own["edits"]] == ["One", "Two"]
    assert moderators["edits"] == own["edits"]


async def test_others_read_no_edits(site: TestApp) -> None:
    author = await site.guest()
    comment = await site.comment(await site.campaign(), author, "One")
    await site.do("editComment", COMMENT, author, commentId=comment, body="Two")

    anonymous, other = await node(site, comment), await node(site, comment, await site.guest("Grace Hopper"))

    assert anonymous["edits"] == other["edits"] == []
    assert anonymous["body"] == {"text": "Two"}


async def test_edit_keeps_votes_and_place(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    comment = await site.comment(campaign, author)
    reply = await site.comment(campaign, author, parent=comment)
    await site.do("castVote", "comment { id }", author, commentId=comment, direction="UP")

    answer = await site.do(
        "editComment", "comment { votes { up } replies { nodes { id } } }", author, commentId=comment, body="New"
    )

    assert answer["comment"] == {"votes": {"up": 1}, "replies": {"nodes": [{"id": reply}]}}


# ---------------------------------------------------------------- deleting


async def test_deleted_comment_without_replies_is_unlisted(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    comment = await site.comment(campaign, author)

    await site.do("deleteComment", COMMENT, author, commentId=comment)

    assert await threads(site, campaign) == []
    assert await node(site, comment) is None


async def test_deleted_comment_with_replies_is_tombstone(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    comment = await site.comment(campaign, author)
    reply = await site.comment(campaign, await site.guest("Grace Hopper"), parent=comment)

    answer = await site.do("deleteComment", COMMENT, author, commentId=comment)

    assert answer["comment"]["state"] == "DELETED"
    (thread,) = await threads(site, campaign)
    assert (thread["id"], thread["author"], thread["body"]) == (comment, None, None)
    assert [found["id"] for found in thread["replies"]["nodes"]] == [reply]


async def test_nobody_reads_tombstone(site: TestApp) -> None:
    author, moderator, campaign = await site.guest(), await site.staff(), await site.campaign()
    comment = await site.comment(campaign, author, "First words")
    await site.do("editComment", COMMENT, author, commentId=comment, body="Other words")
    await site.comment(campaign, author, parent=comment)

    await site.do("deleteComment", COMMENT, author, commentId=comment)

    for token in (None, author, moderator):
        found = await node(site, comment, token)
        assert (found["body"], found["author"], found["edits"]) == (None, None, [])


async def test_tombstone_goes_with_last_reply(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    first, second, third = await chain(site, campaign, author, 3)
    await site.do("deleteComment", COMMENT, author, commentId=first)
    await site.do("deleteComment", COMMENT, author, commentId=second)
    assert [thread["id"] for thread in await threads(site, campaign)] == [first]

    await site.do("deleteComment", COMMENT, author, commentId=third)

    assert await threads(site, campaign) == []


async def test_totals_count_tombstones_but_statistics_do_not(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    comment = await site.comment(campaign, author)
    await site.comment(campaign, author, parent=comment)

    await site.do("deleteComment", COMMENT, author, commentId=comment)

    found = (await site.ask(THREADS, id=campaign))["campaign"]
    assert found["comments"]["totalCount"] == 1
    assert found["commentStats"] == {"threadCount": 0, "replyCount": 1, "authorCount": 1}


async def test_moderator_deletes_any_comment(site: TestApp) -> None:
    campaign = await site.campaign()
    comment = await site.comment(campaign, await site.guest())

    answer = await site.do("deleteComment", COMMENT, await site.staff(), commentId=comment)

    assert answer["comment"]["state"] == "DELETED"
    assert await threads(site, campaign) == []


async def test_deleting_anothers_comment_is_forbidden(site: TestApp) -> None:
    campaign = await site.campaign()
    comment = await site.comment(campaign, await site.guest())

    answer = await site.do("deleteComment", COMMENT, await site.guest("Grace Hopper"), commentId=comment)

    assert answer["code"] == "FORBIDDEN"
    assert len(await threads(site, campaign)) == 1


async def test_comment_is_deleted_once(site: TestApp) -> None:
    author = await site.guest()
    comment = await site.comment(await site.campaign(), author)
    await site.do("deleteComment", COMMENT, author, commentId=comment)

    answer = await site.do("deleteComment", COMMENT, author, commentId=comment)

    assert answer["code"] == "NOT_FOUND"


async def test_deleted_comment_takes_no_reply(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    comment = await site.comment(campaign, author)
    await site.comment(campaign, author, parent=comment)
    await site.do("deleteComment", COMMENT, author, commentId=comment)

    answer = await site.do("postComment", COMMENT, author, campaignId=campaign, body="Hello?", parentId=comment)

    assert answer["code"] == "NOT_FOUND"


async def test_deleted_comment_cannot_be_edited(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    comment = await site.comment(campaign, author)
    await site.comment(campaign, author, parent=comment)
    await site.do("deleteComment", COMMENT, author, commentId=comment)

    answer = await site.do("editComment", COMMENT, author, commentId=comment, body="Back again")

    assert answer["code"] == "FORBIDDEN"


async def test_deleted_comment_leaves_statistics(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    kept = await site.comment(campaign, author)
    comment = await site.comment(campaign, await site.guest("Grace Hopper"))
    await site.do("castVote", "comment { id }", author, commentId=comment, direction="UP")

    await site.do("deleteComment", COMMENT, await site.staff(), commentId=comment)

    stats = "commentStats { threadCount authorCount mostReactedComment { id } recentAuthors { displayName } }"
    found = await site.ask(f"query ($id: ID!) {{ campaign(id: $id) {{ {stats} }} }}", id=campaign)
    assert found["campaign"]["commentStats"] == {
        "threadCount": 1,
        "authorCount": 1,
        "mostReactedComment": {"id": kept},
        "recentAuthors": [{"displayName": "Ada B."}],
    }


# ---------------------------------------------------------------- what the viewer can do

READER: list[str] = []
VISITOR = ["REPLY", "VOTE", "REACT", "FLAG"]
AUTHOR = ["REPLY", "EDIT", "DELETE", "VOTE", "REACT", "FLAG"]
MODERATOR = ["REPLY", "DELETE", "VOTE", "REACT", "FLAG", "PIN", "LOCK", "MODERATE"]


async def abilities(site: TestApp, comment: str, token: str | None) -> list[str]:
    found: list[str] = (await node(site, comment, token))["viewerCan"]
    return found


async def test_viewer_can_depends_on_viewer(site: TestApp) -> None:
    author, other, moderator = await site.guest(), await site.guest("Grace Hopper"), await site.staff()
    comment = await site.comment(await site.campaign(), author)

    found = [await abilities(site, comment, token) for token in (None, other, author, moderator)]

    assert found == [READER, VISITOR, AUTHOR, MODERATOR]


async def test_viewer_can_follows_lock(site: TestApp) -> None:
    author, moderator = await site.guest(), await site.staff()
    comment = await site.comment(await site.campaign(), author)

    await site.do("lockThread", "comment { id }", moderator, commentId=comment)

    assert await abilities(site, comment, author) == ["DELETE", "VOTE", "REACT", "FLAG"]
    assert "REPLY" not in await abilities(site, comment, moderator)


async def test_viewer_can_follows_closed_discussion(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    comment = await site.comment(campaign, author)

    await close(site, campaign)

    assert await abilities(site, comment, author) == ["DELETE", "FLAG"]


async def test_viewer_can_of_tombstone_is_empty_for_author(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    comment = await site.comment(campaign, author)
    await site.comment(campaign, author, parent=comment)

    await site.do("deleteComment", COMMENT, author, commentId=comment)

    assert await abilities(site, comment, author) == []


async def test_viewer_can_agrees_with_mutations(site: TestApp) -> None:
    """A mutation succeeds if `viewerCan` has its action, and is refused otherwise."""
    author, other, moderator = await site.guest(), await site.guest("Grace Hopper"), await site.staff()
    campaign = await site.campaign()
    attempts: dict[str, tuple[str, dict[str, Any]]] = {
        "REPLY": ("postComment", {"campaignId": campaign, "body": "Yes"}),
        "EDIT": ("editComment", {"body": "Edited"}),
        "VOTE": ("castVote", {"direction": "UP"}),
        "REACT": ("addReaction", {"kind": "HEART"}),
        "FLAG": ("flagComment", {"reason": "OTHER"}),
        "PIN": ("pinComment", {}),
        "LOCK": ("lockThread", {"locked": False}),
        "MODERATE": ("moderateComment", {"decision": "APPROVE"}),
        "DELETE": ("deleteComment", {}),
    }

    for token in (None, other, author, moderator):
        comment = await site.comment(campaign, author)
        may = await abilities(site, comment, token)
        for action, (mutation, given) in attempts.items():
            target = {"parentId" if action == "REPLY" else "commentId": comment}
            answer = await site.do(mutation, "comment { id }", token, **target, **given)

            assert (answer["__typename"] != "Problem") == (action in may), (action, answer)


# ---------------------------------------------------------------- locked, closed, archived, draft


async def close(site: TestApp, campaign: str) -> None:
    campaigner = await site.staff(Role.CAMPAIGNER)
    await site.do("updateCampaign", "campaign { id }", campaigner, campaignId=campaign, commentPolicy="CLOSED")


async def archive(site: TestApp, campaign: str) -> None:
    campaigner = await site.staff(Role.CAMPAIGNER)
    await site.do("changeCampaignState", "campaign { id }", campaigner, campaignId=campaign, state="ARCHIVED")


@pytest.mark.parametrize("place", [0, 1, 2, 3])
async def test_locked_thread_takes_no_reply(site: TestApp, place: int) -> None:
    author, campaign = await site.guest(), await site.campaign()
    ids = await chain(site, campaign, author, 4)
    await site.do("lockThread", "comment { id }", await site.staff(), commentId=ids[0])

    answer = await site.do("postComment", COMMENT, author, campaignId=campaign, body="More", parentId=ids[place])

    assert (answer["code"], answer["paths"]) == ("LOCKED", ["parentId"])


async def test_locked_thread_takes_no_edit(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    ids = await chain(site, campaign, author, 2)
    await site.do("lockThread", "comment { id }", await site.staff(), commentId=ids[0])

    answer = await site.do("editComment", COMMENT, author, commentId=ids[1], body="Other")

    assert answer["code"] == "LOCKED"


@pytest.mark.parametrize("ending", [close, archive])
@pytest.mark.parametrize(
    ("mutation", "given"),
    [
        ("postComment", {"body": "Hello"}),
        ("editComment", {"body": "Hello"}),
        ("castVote", {"direction": "UP"}),
        ("retractVote", {}),
        ("addReaction", {"kind": "HEART"}),
        ("removeReaction", {"kind": "HEART"}),
    ],
)
async def test_closed_discussion_takes_nothing(
    site: TestApp, ending: Any, mutation: str, given: dict[str, str]
) -> None:
    author, campaign = await site.guest(), await site.campaign()
    comment = await site.comment(campaign, author)
    await ending(site, campaign)

    target = {"campaignId": campaign} if mutation == "postComment" else {"commentId": comment}
    answer = await site.do(mutation, "comment { id }", author, **target, **given)

    assert answer["code"] == "CLOSED"


@pytest.mark.parametrize("ending", [close, archive])
async def test_closed_discussion_is_readable(site: TestApp, ending: Any) -> None:
    author, campaign = await site.guest(), await site.campaign()
    comment = await site.comment(campaign, author)

    await ending(site, campaign)

    assert [thread["id"] for thread in await threads(site, campaign)] == [comment]


async def test_author_deletes_in_closed_discussion(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    comment = await site.comment(campaign, author)
    await close(site, campaign)

    answer = await site.do("deleteComment", COMMENT, author, commentId=comment)

    assert answer["comment"]["state"] == "DELETED"


@pytest.mark.parametrize("state", ["LIVE", "PAUSED", "WON", "LOST", "CLOSED"])
async def test_published_campaign_stays_commentable(site: TestApp, state: str) -> None:
    campaign = await site.campaign(state)

    answer = await site.do("postComment", COMMENT, await site.guest(), campaignId=campaign, body="Hello")

    assert answer["comment"]["state"] == "VISIBLE"


async def test_draft_takes_no_comment(site: TestApp) -> None:
    campaign = await site.campaign("DRAFT")

    answer = await site.do("postComment", COMMENT, await site.guest(), campaignId=campaign, body="Hello")

    assert (answer["code"], answer["paths"]) == ("NOT_FOUND", ["campaignId"])


async def test_draft_takes_no_comment_of_its_writers(site: TestApp) -> None:
    campaign = await site.campaign("DRAFT")

    answer = await site.do("postComment", COMMENT, await site.staff(Role.CAMPAIGNER), campaignId=campaign, body="Hello")

    assert answer["code"] == "CLOSED"


@pytest.mark.parametrize(
    ("mutation", "given"),
    [
        ("postComment", {"body": "Hello"}),
        ("editComment", {"body": "Hello"}),
        ("deleteComment", {}),
        ("castVote", {"direction": "UP"}),
        ("retractVote", {}),
        ("addReaction", {"kind": "HEART"}),
        ("flagComment", {"reason": "OTHER"}),
    ],
)
async def test_comments_of_draft_cannot_be_changed(site: TestApp, mutation: str, given: dict[str, str]) -> None:
    author, campaign = await site.guest(), await site.campaign()
    comment = await site.comment(campaign, author)
    await unpublish()

    target = {"campaignId": campaign} if mutation == "postComment" else {"commentId": comment}
    answer = await site.do(mutation, "comment { id }", author, **target, **given)

    assert answer["code"] == "NOT_FOUND"


async def test_comments_of_draft_are_hidden(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    comment = await site.comment(campaign, author)

    await unpublish()

    for token in (None, author, await site.staff()):
        assert await node(site, comment, token) is None


async def unpublish() -> None:
    """Make every campaign a draft, which only an operator can do, in the database: no mutation leads back to DRAFT."""
    await Campaign.all().update(state=CampaignState.DRAFT)


# ---------------------------------------------------------------- once, and all at once


async def test_retry_with_same_key_posts_once(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    given = {"campaignId": campaign, "body": "Once", "idempotencyKey": "k-1"}
    first = await site.do("postComment", COMMENT, author, **given)

    again = await site.do("postComment", COMMENT, author, **given)

    assert (first["replayed"], again["replayed"]) == (False, True)
    assert again["comment"] == first["comment"]
    assert len(await threads(site, campaign)) == 1


async def test_key_with_another_input_is_conflict(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    await site.do("postComment", COMMENT, author, campaignId=campaign, body="One", idempotencyKey="k")

    answer = await site.do("postComment", COMMENT, author, campaignId=campaign, body="Two", idempotencyKey="k")

    assert (answer["code"], answer["paths"]) == ("IDEMPOTENCY_CONFLICT", ["idempotencyKey"])
    assert len(await threads(site, campaign)) == 1


async def test_key_belongs_to_viewer(site: TestApp) -> None:
    campaign = await site.campaign()
    given = {"campaignId": campaign, "body": "Same", "idempotencyKey": "k"}
    await site.do("postComment", COMMENT, await site.guest(), **given)

    answer = await site.do("postComment", COMMENT, await site.guest("Grace Hopper"), **given)

    assert answer["replayed"] is False
    assert len(await threads(site, campaign)) == 2


async def test_key_belongs_to_mutation(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    comment = await site.comment(campaign, author)
    await site.do("castVote", "comment { id }", author, commentId=comment, idempotencyKey="k", direction="UP")

    answer = await site.do("deleteComment", COMMENT, author, commentId=comment, idempotencyKey="k")

    assert answer["replayed"] is False


async def test_refused_attempt_leaves_key_free(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    await site.do("postComment", COMMENT, author, campaignId=campaign, body=" ", idempotencyKey="k")

    answer = await site.do("postComment", COMMENT, author, campaignId=campaign, body="Now", idempotencyKey="k")

    assert answer["replayed"] is False


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 65, "é", "a\n"])
async def test_key_is_one_to_64_visible_characters(site: TestApp, key: str) -> None:
    answer = await site.do(
        "postComment",
        COMMENT,
        await site.guest(),
        campaignId=await site.campaign(),
        body="Hello",
        idempotencyKey=key,
    )

    assert (answer.get("code"), answer.get("paths")) == ("INVALID", ["idempotencyKey"])


async def test_simultaneous_retries_post_once(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    given = {"campaignId": campaign, "body": "At once", "idempotencyKey": "k"}

    answers = await asyncio.gather(*(site.do("postComment", COMMENT, author, **given) for _ in range(8)))

    assert len({answer["comment"]["id"] for answer in answers}) == 1
    assert sorted(answer["replayed"] for answer in answers) == [False] + [True] * 7
    assert len(await threads(site, campaign)) == 1


async def test_hundred_concurrent_writes_are_counted(site: TestApp) -> None:
    campaign = await site.campaign()
    root = await site.comment(campaign, await site.guest())
    people = await asyncio.gather(*(site.guest(f"Guest {letter}") for letter in "ABCDEFGHIJKLMNOPQRST"))

    await asyncio.gather(
        *(site.comment(campaign, token, parent=root) for token in people for _ in range(2)),
        *(site.comment(campaign, token) for token in people),
        *(
            site.do("castVote", "comment { id }", token, commentId=root, direction=direction)
            for token in people
            for direction in ("UP", "UP")
        ),
    )

    fields = "votes { up down score } replyCount descendantCount"
    found = await site.ask(f"query ($id: ID!) {{ node(id: $id) {{ ... on Comment {{ {fields} }} }} }}", id=root)
    assert found["node"] == {
        "votes": {"up": 20, "down": 0, "score": 20},
        "replyCount": 40,
        "descendantCount": 40,
    }
    listed = (await site.ask(THREADS, id=campaign))["campaign"]
    assert listed["comments"]["totalCount"] == 21
    assert listed["commentStats"] == {"threadCount": 21, "replyCount": 40, "authorCount": 21}
