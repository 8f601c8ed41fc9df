"""Visibility by role: drafts, pending and rejected comments, and earlier versions of comments."""

from typing import Any

import pytest

from tests.support.access_matrix import ROLES, AccessMatrix, outcomes

pytestmark = pytest.mark.anyio

WRITERS = ["INTEGRATOR", "CAMPAIGNER", "ADMIN"]


async def test_supporter_node_shows_public_fields_only(matrix: AccessMatrix) -> None:
    find = "query($id: ID!) { node(id: $id) { ... on Comment { author { id } } } }"
    person = (await matrix.site.ask(find, id=matrix.comment))["node"]["author"]["id"]
    query = "query($id: ID!) { node(id: $id) { __typename ... on Supporter { displayName badge } } }"

    seen = await matrix.seen(query, "node", id=person)

    public = {"__typename": "Supporter", "displayName": "Katharina S.", "badge": "NONE"}
    assert seen == dict.fromkeys(ROLES, public)


async def test_edits_are_shown_to_author_and_moderators(matrix: AccessMatrix) -> None:
    author = matrix.tokens["author"]
    await matrix.site.do("editComment", "comment { id }", author, commentId=matrix.comment, body="Better said.")
    query = "query($id: ID!) { node(id: $id) { ... on Comment { edits { body { text } } } } }"

    seen = await matrix.seen(query, "node.edits", id=matrix.comment)

    before = [{"body": {"text": "Well said."}}]
    assert seen == outcomes([], before, [], before, before, before)


PENDING_COMMENT = "query($id: ID!) { node(id: $id) { ... on Comment { state body { text } author { displayName } } } }"


@pytest.fixture
async def pending(matrix: AccessMatrix) -> str:
    """A pending comment."""
    campaign = await matrix.site.campaign(commentPolicy="PREMODERATED")
    matrix.campaign = campaign
    return await matrix.site.comment(campaign, matrix.tokens["author"] or "", "Still unread.")


async def test_pending_comment_is_shown_to_author_and_moderators(matrix: AccessMatrix, pending: str) -> None:
    seen = await matrix.seen(PENDING_COMMENT, "node", id=pending)

    text = {"state": "PENDING", "body": {"text": "Still unread."}, "author": {"displayName": "Katharina S."}}
    assert seen == outcomes(None, text, None, text, text, text)


async def test_pending_comment_is_listed_to_author_only(matrix: AccessMatrix, pending: str) -> None:
    query = "query($id: ID!) { campaign(id: $id) { comments { nodes { id } } } }"

    seen = await matrix.seen(query, "campaign.comments.nodes", id=matrix.campaign)

    assert seen == outcomes([], [{"id": pending}], [], [], [], [])


async def test_pending_comment_is_in_no_statistics(matrix: AccessMatrix, pending: str) -> None:
    query = """query($id: ID!) { campaign(id: $id) { commentStats {
      threadCount authorCount recentAuthors { id } mostReactedComment { id } hottestThread { id } } } }"""

    seen = await matrix.seen(query, "campaign.commentStats", id=matrix.campaign)

    none = {"threadCount": 0, "authorCount": 0, "recentAuthors": [], "mostReactedComment": None}
    assert seen == dict.fromkeys(ROLES, none | {"hottestThread": None})


async def test_pending_comment_is_not_in_ticker(matrix: AccessMatrix, pending: str) -> None:
    query = "query($id: ID!) { campaign(id: $id) { activity(kinds: [COMMENTED]) { nodes { id } } } }"

    seen = await matrix.seen(query, "campaign.activity.nodes", id=matrix.campaign)

    assert seen == {role: [] for role in ROLES}


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("castVote", {"direction": "UP"}),
        ("retractVote", {}),
        ("addReaction", {"kind": "HEART"}),
        ("flagComment", {"reason": "SPAM"}),
        ("editComment", {"body": "Better."}),
        ("deleteComment", {}),
    ],
)
async def test_mutations_do_not_reveal_pending_comment(
    matrix: AccessMatrix, pending: str, name: str, given: dict[str, Any]
) -> None:
    """A pending comment gets the same answer as a comment that does not exist."""
    guest = matrix.tokens["guest"]
    absent = await matrix.site.do(name, "__typename", guest, commentId="Q29tbWVudDo5OTk5OTk", **given)

    hidden = await matrix.site.do(name, "__typename", guest, commentId=pending, **given)

    assert hidden == absent
    assert hidden["code"] == "NOT_FOUND"


async def test_reply_to_pending_comment_is_refused(matrix: AccessMatrix, pending: str) -> None:
    answer = await matrix.site.do(
        "postComment",
        "__typename",
        matrix.tokens["guest"],
        campaignId=matrix.campaign,
        body="Reply",
        parentId=pending,
    )

    assert answer["code"] == "NOT_FOUND"


async def test_rejected_parent_is_shown_as_tombstone(matrix: AccessMatrix) -> None:
    """The tombstone has no author and no text."""
    reply = await matrix.site.comment(matrix.campaign, matrix.tokens["guest"] or "", parent=matrix.comment)
    moderate = {"commentId": matrix.comment, "decision": "REJECT"}
    await matrix.site.do("moderateComment", "__typename", matrix.tokens["MODERATOR"], **moderate)
    query = """query($id: ID!) { node(id: $id) { ... on Comment {
      parent { author { displayName } body { markdown html text } edits { editedAt } } } } }"""

    seen = await matrix.seen(query, "node.parent", id=reply)

    tombstone: dict[str, Any] = {"author": None, "body": None, "edits": []}
    assert {role: seen[role] for role in ("anonymous", "guest")} == {"anonymous": tombstone, "guest": tombstone}
    assert seen["author"]["body"]["text"] == seen["MODERATOR"]["body"]["text"] == "Well said."


@pytest.mark.parametrize("field", ["updates { nodes { title } }", "activity { nodes { kind } }", "title"])
async def test_draft_is_hidden_from_public(matrix: AccessMatrix, field: str) -> None:
    campaigner = matrix.tokens["CAMPAIGNER"]
    news = {"campaignId": matrix.draft, "title": "News", "body": "Good."}
    update = await matrix.site.do("postUpdate", "update { id }", campaigner, **news)
    query = f"query($id: ID!) {{ campaign(id: $id) {{ {field} }} }}"

    seen = await matrix.seen(query, "campaign", id=matrix.draft)
    update_seen = await matrix.seen("query($id: ID!) { node(id: $id) { id } }", "node", id=update["update"]["id"])

    assert [role for role, shown in seen.items() if shown] == WRITERS
    assert [role for role, shown in update_seen.items() if shown] == WRITERS


async def test_activity_of_draft_is_shown_to_campaigners(matrix: AccessMatrix) -> None:
    campaigner = matrix.tokens["CAMPAIGNER"]
    await matrix.site.do("updateCampaign", "__typename", campaigner, campaignId=matrix.draft, title="Better")
    listed = "query($id: ID!) { campaign(id: $id) { activity(kinds: [CAMPAIGN_CHANGED]) { nodes { id } } } }"
    answer = await matrix.site.ask(listed, campaigner, id=matrix.draft)
    activity = answer["campaign"]["activity"]["nodes"][0]["id"]

    seen = await matrix.seen("query($id: ID!) { node(id: $id) { id } }", "node", id=activity)

    assert [role for role, shown in seen.items() if shown] == WRITERS


async def test_drafts_are_listed_to_campaigners(matrix: AccessMatrix) -> None:
    seen = await matrix.seen("{ campaigns(states: [DRAFT]) { totalCount } }", "campaigns.totalCount")

    assert seen == outcomes(0, 0, 0, 0, 1, 1)


async def test_mutations_do_not_reveal_draft(matrix: AccessMatrix) -> None:
    answer = await matrix.site.do(
        "postComment", "__typename", matrix.tokens["guest"], campaignId=matrix.draft, body="Hello"
    )

    assert answer["code"] == "NOT_FOUND"


async def test_viewer_can_lists_permitted_actions(matrix: AccessMatrix) -> None:
    query = "query($id: ID!) { node(id: $id) { ... on Comment { viewerCan } } }"

    seen = await matrix.seen(query, "node.viewerCan", id=matrix.comment)

    visitor = ["REPLY", "VOTE", "REACT", "FLAG"]
    moderator = ["REPLY", "DELETE", "VOTE", "REACT", "FLAG", "PIN", "LOCK", "MODERATE"]
    author = ["REPLY", "EDIT", "DELETE", "VOTE", "REACT", "FLAG"]
    assert seen == outcomes([], author, visitor, moderator, moderator, moderator)
