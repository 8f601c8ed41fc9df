"""Moderation: permissions, visibility of waiting comments, the queue, flags, pins, locks, and counts."""

from typing import Any

import pytest

from models import Role
from tests.support.app import TestApp

pytestmark = pytest.mark.anyio

ID = "comment { id }"
STATE = "comment { id state }"
NODE = """query ($id: ID!) { node(id: $id) { ... on Comment {
  id state isPinned isLocked replyCount descendantCount body { text } author { displayName } } } }"""
LIST = """query ($id: ID!) { campaign(id: $id) { comments(sort: OLDEST) { totalCount nodes {
  id state body { text } replies { totalCount nodes { id state } } } } } }"""
STATS = """query ($id: ID!) { campaign(id: $id) { commentStats { threadCount replyCount authorCount
  mostReactedComment { id } hottestThread { id } recentAuthors { displayName } } } }"""
QUEUE = """query ($campaignId: ID, $states: [CommentState!], $first: Int, $after: String, $last: Int) {
  moderationQueue(campaignId: $campaignId, states: $states, first: $first, after: $after, last: $last) {
    totalCount pageInfo { hasNextPage endCursor } nodes { id state body { text } } } }"""
LOG = """query ($id: ID!) { campaign(id: $id) {
  activity(kinds: [COMMENTED, REPLIED, COMMENT_REMOVED, COMMENT_RESTORED]) {
  nodes { kind actorName ... on CommentActivity { comment { id } } } } } }"""


async def node(site: TestApp, comment: str, token: str | None = None) -> Any:
    return (await site.ask(NODE, token, id=comment))["node"]


async def listed(site: TestApp, campaign: str, token: str | None = None) -> Any:
    return (await site.ask(LIST, token, id=campaign))["campaign"]["comments"]


async def stats(site: TestApp, campaign: str) -> Any:
    return (await site.ask(STATS, id=campaign))["campaign"]["commentStats"]


async def queue(site: TestApp, token: str, **given: Any) -> list[str]:
    """Return the ids in the moderators' queue."""
    found = (await site.ask(QUEUE, token, **given))["moderationQueue"]
    ids = [comment["id"] for comment in found["nodes"]]
    assert found["totalCount"] >= len(ids)
    return ids


async def decide(site: TestApp, comment: str, decision: str, token: str | None = None) -> dict[str, Any]:
    token = token or await site.staff()
    return await site.do("moderateComment", STATE, token, commentId=comment, decision=decision)


async def kinds(site: TestApp, campaign: str) -> list[str]:
    return [node["kind"] for node in (await site.ask(LOG, id=campaign))["campaign"]["activity"]["nodes"]]


# ---------------------------------------------------------------- before it appears


async def test_premoderated_comment_is_pending(site: TestApp) -> None:
    campaign = await site.campaign(commentPolicy="PREMODERATED")

    answer = await site.do("postComment", STATE, await site.guest(), campaignId=campaign, body="Hello")

    assert answer["comment"]["state"] == "PENDING"


async def test_moderators_comment_is_visible_at_once(site: TestApp) -> None:
    campaign = await site.campaign(commentPolicy="PREMODERATED")

    answer = await site.do("postComment", STATE, await site.staff(), campaignId=campaign, body="Hello")

    assert answer["comment"]["state"] == "VISIBLE"


async def test_pending_comment_is_for_author_and_moderators(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign(commentPolicy="PREMODERATED")
    comment = await site.comment(campaign, author)

    tokens = (None, await site.guest("Grace Hopper"), author, await site.staff())
    found = [await node(site, comment, token) for token in tokens]

    assert found[:2] == [None, None]
    assert [seen["body"]["text"] for seen in found[2:]] == ["Well said.", "Well said."]


async def test_pending_comment_is_listed_for_author_only(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign(commentPolicy="PREMODERATED")
    comment = await site.comment(campaign, author)

    lists = [
        (await listed(site, campaign, token))["nodes"] for token in (None, await site.guest("Grace Hopper"), author)
    ]

    assert [[thread["id"] for thread in found] for found in lists] == [[], [], [comment]]


async def test_pending_reply_is_listed_for_author_only(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign(commentPolicy="PREMODERATED")
    thread = await site.comment(campaign, await site.staff())
    reply = await site.comment(campaign, author, parent=thread)

    lists = [
        (await listed(site, campaign, token))["nodes"][0]["replies"]["nodes"]
        for token in (None, await site.guest("Grace Hopper"), author)
    ]

    assert lists == [[], [], [{"id": reply, "state": "PENDING"}]]


@pytest.mark.parametrize("sort", ["NEWEST", "OLDEST", "MOST_VOTED", "MOST_REACTED", "MOST_REPLIED"])
@pytest.mark.parametrize("direction", ["first", "last"])
async def test_pending_comments_are_in_order_on_every_page(site: TestApp, sort: str, direction: str) -> None:
    author, moderator = await site.guest(), await site.staff()
    campaign = await site.campaign(commentPolicy="PREMODERATED")
    for number in range(7):
        await site.comment(campaign, author if number in (0, 3, 6) else moderator, f"Number {number}")

    cursor = "after" if direction == "first" else "before"
    query = f"""query ($id: ID!, $cursor: String) {{ campaign(id: $id) {{
      comments(sort: {sort}, {direction}: 2, {cursor}: $cursor) {{
        nodes {{ body {{ text }} }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }} }}"""
    found: list[str] = []
    at, more = None, True
    while more:
        page = (await site.ask(query, author, id=campaign, cursor=at))["campaign"]["comments"]
        texts = [comment["body"]["text"] for comment in page["nodes"]]
        found = found + texts if direction == "first" else texts + found
        at = page["pageInfo"]["endCursor" if direction == "first" else "startCursor"]
        more = page["pageInfo"]["hasNextPage" if direction == "first" else "hasPreviousPage"]

    numbers = [f"Number {number}" for number in range(7)]
    assert found == (numbers if sort == "OLDEST" else numbers[::-1])


async def test_pending_comment_is_not_counted(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign(commentPolicy="PREMODERATED")

    await site.comment(campaign, author)

    assert (await listed(site, campaign))["totalCount"] == 0
    assert await stats(site, campaign) == {
        "threadCount": 0,
        "replyCount": 0,
        "authorCount": 0,
        "mostReactedComment": None,
        "hottestThread": None,
        "recentAuthors": [],
    }


async def test_pending_comment_is_not_in_ticker(site: TestApp) -> None:
    campaign = await site.campaign(commentPolicy="PREMODERATED")

    await site.comment(campaign, await site.guest())

    assert await kinds(site, campaign) == []


async def test_pending_comment_takes_no_reply(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign(commentPolicy="PREMODERATED")
    comment = await site.comment(campaign, author)

    answer = await site.do("postComment", ID, author, campaignId=campaign, body="And", parentId=comment)

    assert answer["code"] == "NOT_FOUND"


async def test_edited_pending_comment_stays_pending(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign(commentPolicy="PREMODERATED")
    comment = await site.comment(campaign, author)

    answer = await site.do("editComment", STATE, author, commentId=comment, body="Better")

    assert answer["comment"]["state"] == "PENDING"


async def test_edited_approved_comment_is_pending_again(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign(commentPolicy="PREMODERATED")
    comment = await site.comment(campaign, author)
    await decide(site, comment, "APPROVE")

    answer = await site.do("editComment", STATE, author, commentId=comment, body="Now something else")

    assert answer["comment"]["state"] == "PENDING"
    assert (await listed(site, campaign))["nodes"] == []


async def test_edit_does_not_release_held_comment(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    comment = await site.comment(campaign, author)
    await decide(site, comment, "HOLD")

    answer = await site.do("editComment", STATE, author, commentId=comment, body="Perfectly fine")

    assert answer["comment"]["state"] == "HELD"


@pytest.mark.parametrize("decision", ["REJECT", "MARK_SPAM"])
async def test_rejected_comment_cannot_be_edited(site: TestApp, decision: str) -> None:
    author, campaign = await site.guest(), await site.campaign()
    comment = await site.comment(campaign, author)
    await decide(site, comment, decision)

    answer = await site.do("editComment", STATE, author, commentId=comment, body="Again")

    assert answer["code"] == "FORBIDDEN"


async def test_author_may_delete_pending_comment(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign(commentPolicy="PREMODERATED")
    comment = await site.comment(campaign, author)

    await site.do("deleteComment", STATE, author, commentId=comment)

    assert (await listed(site, campaign, author))["nodes"] == []
    assert await queue(site, await site.staff()) == []


# ---------------------------------------------------------------- approve


async def test_approved_comment_appears_and_is_counted(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign(commentPolicy="PREMODERATED")
    comment = await site.comment(campaign, author)

    answer = await decide(site, comment, "APPROVE")

    assert answer["comment"] == {"id": comment, "state": "VISIBLE"}
    found = await listed(site, campaign)
    assert [thread["id"] for thread in found["nodes"]] == [comment]
    assert found["totalCount"] == 1
    assert await stats(site, campaign) == {
        "threadCount": 1,
        "replyCount": 0,
        "authorCount": 1,
        "mostReactedComment": {"id": comment},
        "hottestThread": {"id": comment},
        "recentAuthors": [{"displayName": "Ada B."}],
    }


async def test_approved_comment_is_in_ticker_with_author(site: TestApp) -> None:
    author = await site.guest("Katharina Sommer")
    campaign = await site.campaign(commentPolicy="PREMODERATED")
    comment = await site.comment(campaign, author)

    await decide(site, comment, "APPROVE")

    newest = (await site.ask(LOG, id=campaign))["campaign"]["activity"]["nodes"][0]
    assert newest == {"kind": "COMMENTED", "actorName": "Katharina S.", "comment": {"id": comment}}


async def test_approved_reply_updates_ancestors(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign(commentPolicy="PREMODERATED")
    root = await site.comment(campaign, await site.staff())
    middle = await site.comment(campaign, await site.staff(), parent=root)
    reply = await site.comment(campaign, author, parent=middle)
    assert (await node(site, root))["descendantCount"] == 1

    await decide(site, reply, "APPROVE")

    assert (await node(site, middle))["replyCount"] == 1
    found = await node(site, root)
    assert (found["replyCount"], found["descendantCount"]) == (1, 2)
    assert (await kinds(site, campaign))[0] == "REPLIED"


async def test_approved_reply_lists_hidden_parent(site: TestApp) -> None:
    author, moderator = await site.guest(), await site.staff()
    campaign = await site.campaign(commentPolicy="PREMODERATED")
    root = await site.comment(campaign, moderator)
    reply = await site.comment(campaign, author, parent=root)
    await decide(site, root, "REJECT")
    assert (await listed(site, campaign))["nodes"] == []

    await decide(site, reply, "APPROVE")

    found = await listed(site, campaign)
    assert found == {
        "totalCount": 1,
        "nodes": [
            {
                "id": root,
                "state": "REJECTED",
                "body": None,
                "replies": {"totalCount": 1, "nodes": [{"id": reply, "state": "VISIBLE"}]},
            }
        ],
    }


# ---------------------------------------------------------------- take away and bring back

HIDING = ["REJECT", "MARK_SPAM", "HOLD"]
STATES = {
    "APPROVE": "VISIBLE",
    "RESTORE": "VISIBLE",
    "HOLD": "HELD",
    "REJECT": "REJECTED",
    "MARK_SPAM": "SPAM",
}


@pytest.mark.parametrize("first", STATES)
@pytest.mark.parametrize("second", STATES)
async def test_any_decision_may_follow_any_other(site: TestApp, first: str, second: str) -> None:
    campaign = await site.campaign()
    comment = await site.comment(campaign, await site.guest())
    await decide(site, comment, first)

    answer = await decide(site, comment, second)

    assert answer["comment"]["state"] == STATES[second]
    visible = STATES[second] == "VISIBLE"
    assert (await listed(site, campaign))["totalCount"] == visible
    assert (await stats(site, campaign))["threadCount"] == visible


@pytest.mark.parametrize("decision", HIDING)
async def test_hidden_reply_updates_every_count(site: TestApp, decision: str) -> None:
    campaign = await site.campaign()
    root = await site.comment(campaign, await site.guest())
    reply = await site.comment(campaign, await site.guest("Grace Hopper"), parent=root)

    await decide(site, reply, decision)

    found = await node(site, root)
    assert (found["replyCount"], found["descendantCount"]) == (0, 0)
    after = await stats(site, campaign)
    assert (after["threadCount"], after["replyCount"], after["authorCount"]) == (1, 0, 1)
    assert after["recentAuthors"] == [{"displayName": "Ada B."}]
    assert (await listed(site, campaign))["nodes"][0]["replies"] == {"totalCount": 0, "nodes": []}


@pytest.mark.parametrize("decision", HIDING)
async def test_restored_reply_restores_every_count(site: TestApp, decision: str) -> None:
    campaign = await site.campaign()
    root = await site.comment(campaign, await site.guest())
    reply = await site.comment(campaign, await site.guest("Grace Hopper"), parent=root)
    before = (await node(site, root), await stats(site, campaign), await listed(site, campaign))
    await decide(site, reply, decision)

    await decide(site, reply, "RESTORE")

    assert (await node(site, root), await stats(site, campaign), await listed(site, campaign)) == before


@pytest.mark.parametrize("decision", HIDING)
async def test_hidden_thread_with_replies_is_tombstone(site: TestApp, decision: str) -> None:
    campaign = await site.campaign()
    root = await site.comment(campaign, await site.guest())
    await site.comment(campaign, await site.guest("Grace Hopper"), parent=root)

    await decide(site, root, decision)

    (thread,) = (await listed(site, campaign))["nodes"]
    assert (thread["id"], thread["body"], thread["replies"]["totalCount"]) == (root, None, 1)
    after = await stats(site, campaign)
    assert (after["threadCount"], after["replyCount"], after["authorCount"]) == (0, 1, 1)


async def test_hidden_comment_shows_neither_text_nor_author(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    root = await site.comment(campaign, author)
    await site.comment(campaign, author, parent=root)

    await decide(site, root, "REJECT")

    public, own = await node(site, root), await node(site, root, author)
    assert (public["body"], public["author"]) == (None, None)
    assert own["body"] == {"text": "Well said."}


@pytest.mark.parametrize("decision", HIDING)
async def test_hidden_comment_is_not_most_reacted(site: TestApp, decision: str) -> None:
    reader, campaign = await site.guest(), await site.campaign()
    first, second = await site.comment(campaign, reader), await site.comment(campaign, reader)
    await site.do("addReaction", ID, reader, commentId=first, kind="HEART")
    assert (await stats(site, campaign))["mostReactedComment"] == {"id": first}

    await decide(site, first, decision)

    assert (await stats(site, campaign))["mostReactedComment"] == {"id": second}


async def test_hottest_thread_has_most_visible_replies(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    busy, quiet = await site.comment(campaign, author), await site.comment(campaign, author)
    replies = [await site.comment(campaign, author, parent=busy) for _ in range(2)]
    await site.comment(campaign, author, parent=quiet)
    assert (await stats(site, campaign))["hottestThread"] == {"id": busy}

    for reply in replies:
        await decide(site, reply, "REJECT")

    assert (await stats(site, campaign))["hottestThread"] == {"id": quiet}


async def test_hottest_of_equals_is_latest_active(site: TestApp) -> None:
    """A reply that is hidden is no activity in its thread."""
    author, campaign = await site.guest(), await site.campaign()
    first, second = await site.comment(campaign, author), await site.comment(campaign, author)
    gone = [await site.comment(campaign, author, parent=first) for _ in range(2)][1]
    await site.comment(campaign, author, parent=second)

    await decide(site, gone, "REJECT")

    assert (await stats(site, campaign))["hottestThread"] == {"id": second}


async def test_approval_makes_thread_latest_active(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign(commentPolicy="PREMODERATED")
    waiting = await site.comment(campaign, author)
    await site.comment(campaign, await site.staff())

    await decide(site, waiting, "APPROVE")

    assert (await stats(site, campaign))["hottestThread"] == {"id": waiting}


async def test_ticker_tells_of_removal_and_restoration(site: TestApp) -> None:
    campaign = await site.campaign()
    comment = await site.comment(campaign, await site.guest())

    await decide(site, comment, "HOLD")
    await decide(site, comment, "REJECT")
    await decide(site, comment, "RESTORE")

    assert await kinds(site, campaign) == ["COMMENT_RESTORED", "COMMENT_REMOVED", "COMMENTED"]


async def test_ticker_does_not_show_hidden_comment(site: TestApp) -> None:
    campaign = await site.campaign()
    comment = await site.comment(campaign, await site.guest())

    await decide(site, comment, "REJECT")

    nodes = (await site.ask(LOG, id=campaign))["campaign"]["activity"]["nodes"]
    assert [node["comment"] for node in nodes] == [None, None]


@pytest.mark.parametrize("decision", STATES)
async def test_deleted_comment_cannot_be_restored(site: TestApp, decision: str) -> None:
    author, campaign = await site.guest(), await site.campaign()
    comment = await site.comment(campaign, author)
    await site.do("deleteComment", ID, author, commentId=comment)

    answer = await decide(site, comment, decision)

    assert answer["code"] == "CONFLICT"


async def test_reason_of_1000_characters_is_accepted(site: TestApp) -> None:
    comment = await site.comment(await site.campaign(), await site.guest())

    answer = await site.do(
        "moderateComment", STATE, await site.staff(), commentId=comment, decision="REJECT", reason="x" * 1000
    )

    assert answer["comment"]["state"] == "REJECTED"


@pytest.mark.parametrize(
    ("mutation", "given", "field"),
    [("moderateComment", {"decision": "REJECT"}, "reason"), ("flagComment", {"reason": "OTHER"}, "note")],
)
async def test_longer_note_is_invalid(site: TestApp, mutation: str, given: dict[str, str], field: str) -> None:
    comment = await site.comment(await site.campaign(), await site.guest())

    answer = await site.do(mutation, STATE, await site.staff(), commentId=comment, **(given | {field: "x" * 1001}))

    assert (answer["code"], answer["paths"]) == ("INVALID", [field])


@pytest.mark.parametrize(
    ("mutation", "given", "field"),
    [("moderateComment", {"decision": "REJECT"}, "reason"), ("flagComment", {"reason": "OTHER"}, "note")],
)
async def test_control_characters_in_note_are_refused(
    site: TestApp, mutation: str, given: dict[str, str], field: str
) -> None:
    comment = await site.comment(await site.campaign(), await site.guest())

    answer = await site.do(mutation, STATE, await site.staff(), commentId=comment, **(given | {field: "a\x00b"}))

    assert (answer["code"], answer["paths"]) == ("REJECTED_CONTENT", [field])


# ---------------------------------------------------------------- the queue


async def test_queue_is_unauthenticated_for_anonymous_visitor(site: TestApp) -> None:
    codes = await site.codes(QUEUE)

    assert codes == ["UNAUTHENTICATED"]


async def test_queue_is_forbidden_for_guest(site: TestApp) -> None:
    codes = await site.codes(QUEUE, await site.guest())

    assert codes == ["FORBIDDEN"]


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.CAMPAIGNER, Role.ADMIN])
async def test_queue_is_oldest_first(site: TestApp, role: Role) -> None:
    author, campaign = await site.guest(), await site.campaign(commentPolicy="PREMODERATED")
    comments = [await site.comment(campaign, author) for _ in range(3)]

    assert await queue(site, await site.staff(role)) == comments


async def test_queue_of_one_campaign_has_no_others(site: TestApp) -> None:
    author, moderator = await site.guest(), await site.staff()
    here, there = [await site.campaign(commentPolicy="PREMODERATED") for _ in range(2)]
    mine, theirs = await site.comment(here, author), await site.comment(there, author)

    assert await queue(site, moderator, campaignId=here) == [mine]
    assert await queue(site, moderator) == [mine, theirs]


async def test_queue_has_pending_and_held_comments(site: TestApp) -> None:
    author, moderator = await site.guest(), await site.staff()
    campaign = await site.campaign()
    comments = [await site.comment(campaign, author) for _ in range(5)]
    for comment, decision in zip(comments, STATES, strict=True):
        await decide(site, comment, decision)

    held = comments[list(STATES).index("HOLD")]
    assert await queue(site, moderator) == [held]


@pytest.mark.parametrize("state", ["VISIBLE", "PENDING", "HELD", "REJECTED", "SPAM", "DELETED"])
async def test_queue_filters_by_state(site: TestApp, state: str) -> None:
    author, moderator = await site.guest(), await site.staff()
    campaign = await site.campaign()
    by_state = {"VISIBLE": await site.comment(campaign, author)}
    for decision in ("HOLD", "REJECT", "MARK_SPAM"):
        by_state[STATES[decision]] = await site.comment(campaign, author)
        await decide(site, by_state[STATES[decision]], decision)
    by_state["DELETED"] = await site.comment(campaign, author)
    await site.do("deleteComment", ID, author, commentId=by_state["DELETED"])
    premoderated = await site.campaign(commentPolicy="PREMODERATED")
    by_state["PENDING"] = await site.comment(premoderated, author)

    found = (await site.ask(QUEUE, moderator, states=[state]))["moderationQueue"]

    assert [comment["id"] for comment in found["nodes"]] == [by_state[state]]
    assert found["totalCount"] == 1


async def test_queue_of_several_states_is_one_list(site: TestApp) -> None:
    author, moderator = await site.guest(), await site.staff()
    campaign = await site.campaign()
    comments = [await site.comment(campaign, author) for _ in range(4)]
    for comment, decision in zip(comments, ["HOLD", "REJECT", "HOLD", "MARK_SPAM"], strict=True):
        await decide(site, comment, decision)

    assert await queue(site, moderator, states=["REJECTED", "HELD", "HELD"]) == comments[:3]


async def test_queue_of_no_state_is_empty(site: TestApp) -> None:
    await site.comment(await site.campaign(), await site.guest())

    assert await queue(site, await site.staff(), states=[]) == []


async def test_queue_is_paged_over_all_campaigns(site: TestApp) -> None:
    author, moderator = await site.guest(), await site.staff()
    campaigns = [await site.campaign(commentPolicy="PREMODERATED") for _ in range(3)]
    comments = [await site.comment(campaigns[number % 3], author) for number in range(7)]

    found: list[str] = []
    after, more = None, True
    while more:
        page = (await site.ask(QUEUE, moderator, first=2, after=after))["moderationQueue"]
        found += [comment["id"] for comment in page["nodes"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]

    assert found == comments


async def test_queue_ends_with_newest(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign(commentPolicy="PREMODERATED")
    comments = [await site.comment(campaign, author) for _ in range(3)]

    assert await queue(site, await site.staff(), last=2) == comments[1:]


async def test_queue_of_unknown_campaign_is_empty(site: TestApp) -> None:
    assert await queue(site, await site.staff(), campaignId="Q2FtcGFpZ246OTk5") == []


async def test_queue_of_malformed_campaign_is_not_found(site: TestApp) -> None:
    assert await site.codes(QUEUE, await site.staff(), campaignId="nonsense") == ["NOT_FOUND"]


@pytest.mark.parametrize("decision", STATES)
async def test_decision_other_than_hold_leaves_queue(site: TestApp, decision: str) -> None:
    author, moderator = await site.guest(), await site.staff()
    campaign = await site.campaign(commentPolicy="PREMODERATED")
    comment = await site.comment(campaign, author)

    await decide(site, comment, decision)

    assert await queue(site, moderator) == ([comment] if decision == "HOLD" else [])


# ---------------------------------------------------------------- flags


async def test_flagged_comment_is_in_queue(site: TestApp) -> None:
    campaign, moderator = await site.campaign(), await site.staff()
    comment = await site.comment(campaign, await site.guest())

    answer = await site.do("flagComment", STATE, await site.guest("Grace Hopper"), commentId=comment, reason="ABUSE")

    assert answer["comment"]["state"] == "VISIBLE"
    assert await queue(site, moderator) == [comment]
    assert (await listed(site, campaign))["totalCount"] == 1


async def test_many_flags_are_one_queue_entry(site: TestApp) -> None:
    moderator = await site.staff()
    comment = await site.comment(await site.campaign(), await site.guest())

    for name in ("Grace Hopper", "Alan Turing"):
        flagger = await site.guest(name)
        for _ in range(2):
            await site.do("flagComment", ID, flagger, commentId=comment, reason="SPAM")

    found = (await site.ask(QUEUE, moderator))["moderationQueue"]
    assert (found["totalCount"], len(found["nodes"])) == (1, 1)


@pytest.mark.parametrize("decision", ["APPROVE", "RESTORE", "REJECT", "MARK_SPAM"])
async def test_decision_settles_flags(site: TestApp, decision: str) -> None:
    moderator = await site.staff()
    comment = await site.comment(await site.campaign(), await site.guest())
    await site.do("flagComment", ID, await site.guest("Grace Hopper"), commentId=comment, reason="HATE")

    await decide(site, comment, decision)

    found = (await site.ask(QUEUE, moderator))["moderationQueue"]
    assert (found["totalCount"], found["nodes"]) == (0, [])


async def test_new_flag_queues_approved_comment_again(site: TestApp) -> None:
    moderator = await site.staff()
    comment = await site.comment(await site.campaign(), await site.guest())
    await site.do("flagComment", ID, await site.guest("Grace Hopper"), commentId=comment, reason="HATE")
    await decide(site, comment, "APPROVE")

    await site.do("flagComment", ID, await site.guest("Alan Turing"), commentId=comment, reason="HATE")

    assert await queue(site, moderator) == [comment]


async def test_deleted_comment_leaves_queue(site: TestApp) -> None:
    author, moderator = await site.guest(), await site.staff()
    comment = await site.comment(await site.campaign(), author)
    await site.do("flagComment", ID, moderator, commentId=comment, reason="OTHER")

    await site.do("deleteComment", ID, author, commentId=comment)

    found = (await site.ask(QUEUE, moderator))["moderationQueue"]
    assert (found["totalCount"], found["nodes"]) == (0, [])


async def test_hidden_comment_cannot_be_flagged(site: TestApp) -> None:
    comment = await site.comment(await site.campaign(), await site.guest())
    await decide(site, comment, "HOLD")

    answer = await site.do("flagComment", ID, await site.guest(), commentId=comment, reason="SPAM")

    assert answer["code"] == "NOT_FOUND"


# ---------------------------------------------------------------- pins and locks


async def pinned(site: TestApp, campaign: str) -> list[str]:
    query = "query ($id: ID!) { campaign(id: $id) { pinnedComments { id isPinned } } }"
    found = (await site.ask(query, id=campaign))["campaign"]["pinnedComments"]
    assert all(comment["isPinned"] for comment in found)
    return [comment["id"] for comment in found]


async def test_pinned_comments_are_newest_first(site: TestApp) -> None:
    author, moderator, campaign = await site.guest(), await site.staff(), await site.campaign()
    first = await site.comment(campaign, author)
    await site.comment(campaign, author)
    third = await site.comment(campaign, author, parent=first)

    for comment in (third, first):
        await site.do("pinComment", ID, moderator, commentId=comment)

    assert await pinned(site, campaign) == [third, first]


async def test_pin_keeps_order_of_lists(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    comments = [await site.comment(campaign, author) for _ in range(2)]

    await site.do("pinComment", ID, await site.staff(), commentId=comments[1])

    assert [comment["id"] for comment in (await listed(site, campaign))["nodes"]] == comments


async def test_pin_is_removed(site: TestApp) -> None:
    moderator, campaign = await site.staff(), await site.campaign()
    comment = await site.comment(campaign, await site.guest())
    await site.do("pinComment", ID, moderator, commentId=comment)

    answer = await site.do("pinComment", "comment { isPinned }", moderator, commentId=comment, pinned=False)

    assert answer["comment"] == {"isPinned": False}
    assert await pinned(site, campaign) == []


async def test_at_most_ten_pinned_comments_are_shown(site: TestApp) -> None:
    author, moderator, campaign = await site.guest(), await site.staff(), await site.campaign()
    comments = [await site.comment(campaign, author) for _ in range(11)]

    for comment in comments:
        await site.do("pinComment", ID, moderator, commentId=comment)

    assert await pinned(site, campaign) == comments[:0:-1]


@pytest.mark.parametrize("decision", HIDING)
async def test_hidden_pinned_comment_is_not_shown(site: TestApp, decision: str) -> None:
    moderator, campaign = await site.staff(), await site.campaign()
    comment = await site.comment(campaign, await site.guest())
    await site.do("pinComment", ID, moderator, commentId=comment)

    await decide(site, comment, decision)

    assert await pinned(site, campaign) == []


async def test_hidden_comment_cannot_be_pinned(site: TestApp) -> None:
    comment = await site.comment(await site.campaign(), await site.guest())
    await decide(site, comment, "HOLD")

    answer = await site.do("pinComment", ID, await site.staff(), commentId=comment)

    assert answer["code"] == "CONFLICT"


async def test_lock_covers_subtree_only(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    root, beside = await site.comment(campaign, author), await site.comment(campaign, author)
    child = await site.comment(campaign, author, parent=root)
    other = await site.comment(campaign, author, parent=root)
    below = await site.comment(campaign, author, parent=child)

    await site.do("lockThread", ID, await site.staff(), commentId=child)

    locked = {comment: (await node(site, comment))["isLocked"] for comment in (root, beside, child, other, below)}
    assert [comment for comment, is_locked in locked.items() if is_locked] == [child, below]


async def test_unlocked_thread_takes_replies(site: TestApp) -> None:
    author, moderator, campaign = await site.guest(), await site.staff(), await site.campaign()
    root = await site.comment(campaign, author)
    reply = await site.comment(campaign, author, parent=root)
    await site.do("lockThread", ID, moderator, commentId=root)

    await site.do("lockThread", ID, moderator, commentId=root, locked=False)

    assert await site.comment(campaign, author, parent=reply)


async def test_pending_reply_in_locked_thread_may_be_approved(site: TestApp) -> None:
    author, moderator = await site.guest(), await site.staff()
    campaign = await site.campaign(commentPolicy="PREMODERATED")
    root = await site.comment(campaign, moderator)
    reply = await site.comment(campaign, author, parent=root)
    await site.do("lockThread", ID, moderator, commentId=root)

    await decide(site, reply, "APPROVE")

    found = await node(site, reply)
    assert (found["state"], found["isLocked"]) == ("VISIBLE", True)


# ---------------------------------------------------------------- who may

DECISIONS: list[tuple[str, dict[str, Any]]] = [
    ("moderateComment", {"decision": "REJECT"}),
    ("pinComment", {}),
    ("pinComment", {"pinned": False}),
    ("lockThread", {}),
    ("lockThread", {"locked": False}),
]


@pytest.mark.parametrize(("mutation", "given"), DECISIONS)
async def test_anonymous_visitor_cannot_moderate(site: TestApp, mutation: str, given: dict[str, Any]) -> None:
    comment = await site.comment(await site.campaign(), await site.guest())
    before = await node(site, comment)

    answer = await site.do(mutation, ID, commentId=comment, **given)

    assert answer["code"] == "UNAUTHENTICATED"
    assert await node(site, comment) == before


@pytest.mark.parametrize(("mutation", "given"), DECISIONS)
async def test_guest_cannot_moderate_own_comment(site: TestApp, mutation: str, given: dict[str, Any]) -> None:
    author = await site.guest()
    comment = await site.comment(await site.campaign(), author)
    before = await node(site, comment)

    answer = await site.do(mutation, ID, author, commentId=comment, **given)

    assert answer["code"] == "FORBIDDEN"
    assert await node(site, comment) == before


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.CAMPAIGNER, Role.ADMIN])
@pytest.mark.parametrize(("mutation", "given"), DECISIONS)
async def test_staff_may_moderate(site: TestApp, role: Role, mutation: str, given: dict[str, Any]) -> None:
    comment = await site.comment(await site.campaign(), await site.guest())

    answer = await site.do(mutation, ID, await site.staff(role), commentId=comment, **given)

    assert answer["comment"] == {"id": comment}


async def test_anonymous_visitor_cannot_flag(site: TestApp) -> None:
    comment = await site.comment(await site.campaign(), await site.guest())

    answer = await site.do("flagComment", ID, commentId=comment, reason="SPAM")

    assert answer["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("unknown", ["", "nonsense", "Q29tbWVudDo5OTk", "Q2FtcGFpZ246MQ"])
@pytest.mark.parametrize(("mutation", "given"), [*DECISIONS[::2], ("flagComment", {"reason": "SPAM"})])
async def test_unknown_comment_is_not_found(site: TestApp, unknown: str, mutation: str, given: dict[str, Any]) -> None:
    answer = await site.do(mutation, ID, await site.staff(), commentId=unknown, **given)

    assert (answer["code"], answer["paths"]) == ("NOT_FOUND", ["commentId"])


async def test_retried_decision_is_recorded_once(site: TestApp) -> None:
    moderator = await site.staff()
    comment = await site.comment(await site.campaign(), await site.guest())
    given = {"commentId": comment, "decision": "REJECT", "idempotencyKey": "k"}
    await site.do("moderateComment", STATE, moderator, **given)
    await decide(site, comment, "RESTORE", moderator)

    again = await site.do("moderateComment", STATE, moderator, **given)

    assert again["replayed"] is True
    assert (await node(site, comment))["state"] == "VISIBLE"
