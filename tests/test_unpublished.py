"""What is not for everyone to see: drafts, comments that wait or were taken down, and what was said before."""

from typing import Any

import pytest

from tests.roles import ROLES, Stage, outcomes

pytestmark = pytest.mark.anyio

WRITERS = ["INTEGRATOR", "CAMPAIGNER", "ADMIN"]


async def test_a_persons_node_shows_no_one_more_than_the_public_face(stage: Stage) -> None:
    find = "query($id: ID!) { node(id: $id) { ... on Comment { author { id } } } }"
    person = (await stage.site.ask(find, id=stage.comment))["node"]["author"]["id"]
    query = "query($id: ID!) { node(id: $id) { __typename ... on Supporter { displayName badge } } }"

    seen = await stage.seen(query, "node", id=person)

    public = {"__typename": "Supporter", "displayName": "Katharina S.", "badge": "NONE"}
    assert seen == dict.fromkeys(ROLES, public)


async def test_what_a_comment_said_before_is_for_its_author_and_moderators(stage: Stage) -> None:
    author = stage.tokens["author"]
    await stage.site.do("editComment", "comment { id }", author, commentId=stage.comment, body="Better said.")
    query = "query($id: ID!) { node(id: $id) { ... on Comment { edits { body { text } } } } }"

    seen = await stage.seen(query, "node.edits", id=stage.comment)

    before = [{"body": {"text": "Well said."}}]
    assert seen == outcomes([], before, [], before, before, before)


PENDING = "query($id: ID!) { node(id: $id) { ... on Comment { state body { text } author { displayName } } } }"


@pytest.fixture
async def waiting(stage: Stage) -> str:
    """A comment that waits for a moderator."""
    campaign = await stage.site.campaign(commentPolicy="PREMODERATED")
    stage.campaign = campaign
    return await stage.site.comment(campaign, stage.tokens["author"] or "", "Still unread.")


async def test_a_comment_that_waits_is_for_its_author_and_moderators(stage: Stage, waiting: str) -> None:
    seen = await stage.seen(PENDING, "node", id=waiting)

    text = {"state": "PENDING", "body": {"text": "Still unread."}, "author": {"displayName": "Katharina S."}}
    assert seen == outcomes(None, text, None, text, text, text)


async def test_a_comment_that_waits_is_listed_to_its_author_alone(stage: Stage, waiting: str) -> None:
    query = "query($id: ID!) { campaign(id: $id) { comments { nodes { id } } } }"

    seen = await stage.seen(query, "campaign.comments.nodes", id=stage.campaign)

    assert seen == outcomes([], [{"id": waiting}], [], [], [], [])


async def test_a_comment_that_waits_is_in_no_figure(stage: Stage, waiting: str) -> None:
    query = """query($id: ID!) { campaign(id: $id) { commentStats {
      threadCount authorCount recentAuthors { id } mostReactedComment { id } hottestThread { id } } } }"""

    seen = await stage.seen(query, "campaign.commentStats", id=stage.campaign)

    none = {"threadCount": 0, "authorCount": 0, "recentAuthors": [], "mostReactedComment": None}
    assert seen == dict.fromkeys(ROLES, none | {"hottestThread": None})


async def test_a_comment_that_waits_is_not_in_the_ticker(stage: Stage, waiting: str) -> None:
    query = "query($id: ID!) { campaign(id: $id) { activity(kinds: [COMMENTED]) { nodes { id } } } }"

    seen = await stage.seen(query, "campaign.activity.nodes", id=stage.campaign)

    assert seen == {role: [] for role in ROLES}


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("castVote", {"direction": "UP"}),
        ("addReaction", {"kind": "HEART"}),
        ("flagComment", {"reason": "SPAM"}),
        ("editComment", {"body": "Better."}),
        ("deleteComment", {}),
    ],
)
async def test_what_waits_can_not_be_guessed_at_by_writing(
    stage: Stage, waiting: str, name: str, given: dict[str, Any]
) -> None:
    """The answer is the same as for a comment that does not exist."""
    guest = stage.tokens["guest"]
    absent = await stage.site.do(name, "__typename", guest, commentId="Q29tbWVudDo5OTk5OTk", **given)

    hidden = await stage.site.do(name, "__typename", guest, commentId=waiting, **given)

    assert hidden == absent
    assert hidden["code"] == "NOT_FOUND"


async def test_a_reply_to_what_waits_can_not_be_posted(stage: Stage, waiting: str) -> None:
    answer = await stage.site.do(
        "postComment",
        "__typename",
        stage.tokens["guest"],
        campaignId=stage.campaign,
        body="Reply",
        parentId=waiting,
    )

    assert answer["code"] == "NOT_FOUND"


async def test_a_hidden_comment_is_not_shown_as_the_parent_of_its_replies(stage: Stage) -> None:
    """It keeps its place as a tombstone without author or text."""
    reply = await stage.site.comment(stage.campaign, stage.tokens["guest"] or "", parent=stage.comment)
    moderate = {"commentId": stage.comment, "decision": "REJECT"}
    await stage.site.do("moderateComment", "__typename", stage.tokens["MODERATOR"], **moderate)
    query = """query($id: ID!) { node(id: $id) { ... on Comment {
      parent { author { displayName } body { markdown html text } edits { editedAt } } } } }"""

    seen = await stage.seen(query, "node.parent", id=reply)

    tombstone: dict[str, Any] = {"author": None, "body": None, "edits": []}
    assert {role: seen[role] for role in ("anonymous", "guest")} == {"anonymous": tombstone, "guest": tombstone}
    assert seen["author"]["body"]["text"] == seen["MODERATOR"]["body"]["text"] == "Well said."


@pytest.mark.parametrize("field", ["updates { nodes { title } }", "activity { nodes { kind } }", "title"])
async def test_nothing_of_a_draft_is_shown_to_the_public(stage: Stage, field: str) -> None:
    campaigner = stage.tokens["CAMPAIGNER"]
    news = {"campaignId": stage.draft, "title": "News", "body": "Good."}
    update = await stage.site.do("postUpdate", "update { id }", campaigner, **news)
    query = f"query($id: ID!) {{ campaign(id: $id) {{ {field} }} }}"

    seen = await stage.seen(query, "campaign", id=stage.draft)
    update_seen = await stage.seen("query($id: ID!) { node(id: $id) { id } }", "node", id=update["update"]["id"])

    assert [role for role, found in seen.items() if found] == WRITERS
    assert [role for role, found in update_seen.items() if found] == WRITERS


async def test_an_activity_of_a_draft_is_for_those_who_write_it(stage: Stage) -> None:
    campaigner = stage.tokens["CAMPAIGNER"]
    await stage.site.do("updateCampaign", "__typename", campaigner, campaignId=stage.draft, title="Better")
    listed = "query($id: ID!) { campaign(id: $id) { activity { nodes { id } } } }"
    found = await stage.site.ask(listed, campaigner, id=stage.draft)
    activity = found["campaign"]["activity"]["nodes"][0]["id"]

    seen = await stage.seen("query($id: ID!) { node(id: $id) { id } }", "node", id=activity)

    assert [role for role, shown in seen.items() if shown] == WRITERS


async def test_drafts_are_listed_to_those_who_write_them(stage: Stage) -> None:
    seen = await stage.seen("{ campaigns(state: DRAFT) { totalCount } }", "campaigns.totalCount")

    assert seen == outcomes(0, 0, 0, 0, 1, 1)


async def test_a_draft_can_not_be_guessed_at_by_writing(stage: Stage) -> None:
    answer = await stage.site.do(
        "postComment", "__typename", stage.tokens["guest"], campaignId=stage.draft, body="Hello"
    )

    assert answer["code"] == "NOT_FOUND"


async def test_what_a_viewer_can_do_is_said_beforehand(stage: Stage) -> None:
    query = "query($id: ID!) { node(id: $id) { ... on Comment { viewerCan } } }"

    seen = await stage.seen(query, "node.viewerCan", id=stage.comment)

    visitor = ["REPLY", "VOTE", "REACT", "FLAG"]
    moderator = ["REPLY", "DELETE", "VOTE", "REACT", "FLAG", "PIN", "LOCK", "MODERATE"]
    author = ["REPLY", "EDIT", "DELETE", "VOTE", "REACT", "FLAG"]
    assert seen == outcomes([], author, visitor, moderator, moderator, moderator)
