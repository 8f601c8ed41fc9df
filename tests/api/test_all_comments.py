"""All comments of a campaign in one list, by which a program keeps a copy, and `updatedAt`, which says what changed."""

import asyncio
import os
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import storage
from models import Comment
from tests.api.test_statements import compiled_only
from tests.support.app import TestApp, running_app
from tests.support.ids import row_id
from tests.support.statements import recorded_statements

pytestmark = pytest.mark.anyio

EXAMPLES = 300 if os.environ.get("LONG") == "1" else 10
CARD = "id state updatedAt isPinned isLocked parent { id } body { text } author { id displayName }"
ALL = f"""query ($id: ID!, $sort: CommentSyncSort!, $since: DateTime, $first: Int, $after: String) {{
  campaign(id: $id) {{ allComments(sort: $sort, changedSince: $since, first: $first, after: $after) {{
    totalCount nodes {{ {CARD} }} pageInfo {{ hasNextPage hasPreviousPage endCursor }} }} }} }}"""
DOUBTFUL = "Write to ada@example.org."


async def read(
    site: TestApp, campaign: str, token: str | None = None, sort: str = "OLDEST_CHANGE", **given: Any
) -> Any:
    return (await site.ask(ALL, token, id=campaign, sort=sort, **given))["campaign"]["allComments"]


def ids(page: Any) -> list[str]:
    return [comment["id"] for comment in page["nodes"]]


async def updated_at(site: TestApp, comment: str) -> datetime:
    """Return when the comment changed, also of one that no list shows."""
    row = await Comment.get(id=row_id(comment))
    return row.updated_at


async def test_threads_and_replies_are_in_one_list(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    thread = await site.comment(campaign, author)
    reply = await site.comment(campaign, author, parent=thread)
    second = await site.comment(campaign, author)

    page, newest = await read(site, campaign), await read(site, campaign, sort="NEWEST_CHANGE")

    assert ids(page) == [thread, reply, second]
    assert ids(newest) == [second, reply, thread]
    assert page["totalCount"] == 3
    assert page["pageInfo"]["hasPreviousPage"] is page["pageInfo"]["hasNextPage"] is False


async def test_changed_comment_moves_to_the_end(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    first, second = [await site.comment(campaign, author) for _ in range(2)]

    await site.do("editComment", "comment { id }", author, commentId=first, body="Better said.")

    assert ids(await read(site, campaign)) == [second, first]


@pytest.mark.parametrize("sort", ["OLDEST_CHANGE", "NEWEST_CHANGE"])
async def test_changed_since_includes_its_moment(site: TestApp, sort: str) -> None:
    author, campaign = await site.guest(), await site.campaign()
    comments = [await site.comment(campaign, author) for _ in range(5)]
    at = (await updated_at(site, comments[2])).isoformat()
    whole = comments[2:] if sort == "OLDEST_CHANGE" else comments[:1:-1]

    page = await read(site, campaign, sort=sort, since=at)
    first = await read(site, campaign, sort=sort, since=at, first=2)
    last = await read(site, campaign, sort=sort, since=at, first=2, after=first["pageInfo"]["endCursor"])

    assert ids(page) == whole
    assert (page["totalCount"], first["totalCount"]) == (3, 3)
    assert (first["pageInfo"]["hasPreviousPage"], last["pageInfo"]["hasPreviousPage"]) == (False, True)
    assert (first["pageInfo"]["hasNextPage"], last["pageInfo"]["hasNextPage"]) == (True, False)
    assert ids(first) + ids(last) == whole


async def test_nothing_changed_since_now(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    await site.comment(campaign, author)

    page = await read(site, campaign, since=(storage.now() + timedelta(seconds=1)).isoformat())

    assert (page["nodes"], page["totalCount"]) == ([], 0)


async def test_cursor_of_another_moment_or_order_is_refused(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    await site.comment(campaign, author)
    cursor = (await read(site, campaign))["pageInfo"]["endCursor"]
    given = {"id": campaign, "after": cursor}

    assert await site.codes(ALL, **given, sort="OLDEST_CHANGE") == []
    assert await site.codes(ALL, **given, sort="NEWEST_CHANGE") == ["INVALID_CURSOR"]
    assert await site.codes(ALL, **given, sort="OLDEST_CHANGE", since="2020-01-01T00:00:00Z") == ["INVALID_CURSOR"]


# ---------------------------------------------------------------- hidden comments


@pytest.mark.parametrize("decision", ["HOLD", "REJECT", "MARK_SPAM", None])
async def test_removed_comment_is_listed_without_text_and_author(site: TestApp, decision: str | None) -> None:
    """A program that has a copy learns that the comment must go, though no other list shows it any more."""
    author, moderator, campaign = await site.guest(), await site.staff(), await site.campaign()
    comment, other = [await site.comment(campaign, author) for _ in range(2)]
    before = (await updated_at(site, comment)).isoformat()

    if decision:
        await site.do("moderateComment", "comment { id }", moderator, commentId=comment, decision=decision)
    else:
        await site.do("deleteComment", "comment { id }", author, commentId=comment)

    page = await read(site, campaign, since=before)
    assert ids(page) == [other, comment]
    removed = page["nodes"][1]
    assert (removed["body"], removed["author"]) == (None, None)
    assert removed["state"] == {"HOLD": "HELD", "REJECT": "REJECTED", "MARK_SPAM": "SPAM", None: "DELETED"}[decision]
    assert await site.ask("query ($id: ID!) { node(id: $id) { id } }", id=comment) == {"node": None}


@pytest.mark.parametrize("decision", [None, "HOLD", "REJECT", "MARK_SPAM"])
async def test_comment_that_never_was_public_is_never_listed(site: TestApp, decision: str | None) -> None:
    """Neither to others, nor to its author and moderators, whose copies would show it."""
    author, moderator = await site.guest(), await site.staff()
    campaigns = [await site.campaign(), await site.campaign(commentPolicy="PREMODERATED")]
    for campaign, body in zip(campaigns, (DOUBTFUL, "Well said."), strict=True):
        comment = await site.comment(campaign, author, body)
        if decision:
            await site.do("moderateComment", "comment { id }", moderator, commentId=comment, decision=decision)
        for token in (None, author, moderator):
            for since in (None, "2020-01-01T00:00:00Z"):
                page = await read(site, campaign, token, since=since)

                assert (page["nodes"], page["totalCount"]) == ([], 0)

    await site.do("deleteComment", "comment { id }", author, commentId=comment)
    assert (await read(site, campaign))["nodes"] == []


async def test_approved_comment_is_listed_as_changed_at_its_approval(site: TestApp) -> None:
    author, moderator = await site.guest(), await site.staff()
    campaign = await site.campaign(commentPolicy="PREMODERATED")
    comment = await site.comment(campaign, author)
    posted = await updated_at(site, comment)

    await site.do("moderateComment", "comment { id }", moderator, commentId=comment, decision="APPROVE")

    (node,) = (await read(site, campaign))["nodes"]
    assert node["id"] == comment
    assert datetime.fromisoformat(node["updatedAt"]) > posted


# ---------------------------------------------------------------- what changes updatedAt


async def change(site: TestApp, comment: str, token: str, mutation: str, **given: Any) -> bool:
    """Run a mutation, and return whether it changed `updatedAt`."""
    before = await updated_at(site, comment)
    answer = await site.do(mutation, "__typename", token, **given)
    assert answer["__typename"] != "Problem", answer
    return await updated_at(site, comment) > before


async def test_what_everyone_sees_changes_updated_at(site: TestApp) -> None:
    author, moderator = await site.guest(), await site.staff()
    comment = await site.comment(await site.campaign(), author)
    about = {"commentId": comment}

    assert await change(site, comment, author, "editComment", **about, body="Better said.")
    assert await change(site, comment, moderator, "pinComment", **about)
    assert await change(site, comment, moderator, "pinComment", **about, pinned=False)
    assert await change(site, comment, moderator, "lockThread", **about)
    assert await change(site, comment, moderator, "lockThread", **about, locked=False)
    assert await change(site, comment, moderator, "moderateComment", **about, decision="HOLD")
    assert await change(site, comment, moderator, "moderateComment", **about, decision="RESTORE")
    assert await change(site, comment, author, "deleteComment", **about)


async def test_what_is_counted_or_secret_leaves_updated_at(site: TestApp) -> None:
    """A flag is between the visitor and the moderators, and so is a decision that leaves the comment as it is."""
    author, other, moderator = await site.guest(), await site.guest("Grace Hopper"), await site.staff()
    campaign = await site.campaign()
    comment = await site.comment(campaign, author)
    about = {"commentId": comment}

    unseen: list[tuple[str, str, dict[str, Any]]] = [
        (other, "castVote", {"direction": "UP"}),
        (other, "addReaction", {"kind": "HEART"}),
        (other, "flagComment", {"reason": "SPAM"}),
        (moderator, "moderateComment", {"decision": "APPROVE"}),
        (moderator, "lockThread", {"locked": False}),
        (moderator, "pinComment", {"pinned": False}),
        (author, "editComment", {"body": "Well said."}),
    ]
    for token, mutation, more in unseen:
        assert not await change(site, comment, token, mutation, **about, **more), mutation
    assert not await change(site, comment, other, "postComment", campaignId=campaign, parentId=comment, body="Yes.")
    assert not await change(site, comment, author, "updateProfile", givenName="Augusta")


async def test_edit_of_a_hidden_comment_leaves_updated_at(site: TestApp) -> None:
    """The public sees a tombstone, and would learn that its author is online."""
    author, moderator, campaign = await site.guest(), await site.staff(), await site.campaign()
    comment = await site.comment(campaign, author)
    await site.comment(campaign, author, parent=comment)
    await site.do("moderateComment", "comment { id }", moderator, commentId=comment, decision="HOLD")

    assert not await change(site, comment, author, "editComment", commentId=comment, body="Better said.")


async def test_lock_changes_each_comment_below_once(site: TestApp) -> None:
    author, moderator, campaign = await site.guest(), await site.staff(), await site.campaign()
    root = await site.comment(campaign, author)
    reply = await site.comment(campaign, author, parent=root)
    await site.do("lockThread", "comment { id }", moderator, commentId=reply)
    locked = await updated_at(site, reply)

    await site.do("lockThread", "comment { id }", moderator, commentId=root)

    assert await updated_at(site, root) > locked
    assert await updated_at(site, reply) == locked


async def test_tombstone_changes_when_it_comes_or_goes(site: TestApp) -> None:
    """It is shown only while a visible reply is below it."""
    author, moderator, campaign = await site.guest(), await site.staff(), await site.campaign()
    root = await site.comment(campaign, author)
    reply = await site.comment(campaign, author, parent=root)
    await site.do("deleteComment", "comment { id }", author, commentId=root)

    for decision in ("HOLD", "RESTORE"):
        given = {"commentId": reply, "decision": decision}

        assert await change(site, root, moderator, "moderateComment", **given)


async def test_erasure_changes_kept_comments_and_no_tombstone(site: TestApp) -> None:
    """A copy must lose the author; a tombstone that changed at the same moment would tell whose it was."""
    author, moderator, campaign = await site.guest(), await site.staff(), await site.campaign()
    kept, deleted = [await site.comment(campaign, author) for _ in range(2)]
    await site.comment(campaign, moderator, parent=deleted)
    await site.do("deleteComment", "comment { id }", author, commentId=deleted)
    before = [await updated_at(site, comment) for comment in (kept, deleted)]

    await site.do("eraseSupporter", "receipt { id }", author, keepComments=True)

    after = [await updated_at(site, comment) for comment in (kept, deleted)]
    assert (after[0] > before[0], after[1] == before[1]) == (True, True)
    nodes = {node["id"]: node for node in (await read(site, campaign))["nodes"]}
    assert nodes[kept]["author"]["displayName"] == "A supporter"


# ---------------------------------------------------------------- a copy

ACTIONS = ["post", "reply", "wait", "edit", "delete", "hold", "restore", "pin", "lock", "unlock", "flag", "vote"]
STEP = st.tuples(st.sampled_from(ACTIONS), st.integers(0, 99))


class Copy:
    """A program's copy of a discussion: the comments that it shows, and the moment from which to read on."""

    def __init__(self) -> None:
        self.comments: dict[str, Any] = {}
        self.since: str | None = None

    async def sync(self, site: TestApp, campaign: str, size: int, between: list[list[Any]], act: Any) -> None:
        """Read all pages while others write, and remember the latest change, as docs/programs.md says."""
        latest, cursor = self.since, None
        for steps in [*between, *([[]] * 200)]:
            page = await read(site, campaign, since=self.since, first=size, after=cursor)
            for node in page["nodes"]:
                latest = max(latest or "", node["updatedAt"])
                if node["body"]:
                    self.comments[node["id"]] = node
                else:
                    self.comments.pop(node["id"], None)
            if not page["pageInfo"]["hasNextPage"]:
                break
            cursor = page["pageInfo"]["endCursor"]
            for step in steps:
                await act(*step)
        self.since = latest


async def check_copy(site: TestApp, size: int, nights: list[list[list[Any]]]) -> None:
    campaign, author, moderator = await site.campaign(), await site.guest(), await site.staff()
    comments = [await site.comment(campaign, author) for _ in range(3)]

    async def act(action: str, which: int) -> None:
        comment = comments[which % len(comments)]
        about, decisions = {"commentId": comment}, {"hold": "HOLD", "restore": "RESTORE"}
        if action in ("post", "reply", "wait"):
            body = DOUBTFUL if action == "wait" else f"Number {len(comments)}"
            parent = {} if action == "post" else {"parentId": comment}
            answer = await site.do("postComment", "comment { id }", author, campaignId=campaign, body=body, **parent)
            if "comment" in answer:
                comments.append(answer["comment"]["id"])
        elif action == "edit":
            await site.do("editComment", "comment { id }", author, **about, body=f"Edit {which}")
        elif action == "delete":
            await site.do("deleteComment", "comment { id }", author, **about)
        elif action in decisions:
            await site.do("moderateComment", "comment { id }", moderator, **about, decision=decisions[action])
        elif action == "pin":
            await site.do("pinComment", "comment { id }", moderator, **about)
        elif action in ("lock", "unlock"):
            await site.do("lockThread", "comment { id }", moderator, **about, locked=action == "lock")
        elif action == "flag":
            await site.do("flagComment", "comment { id }", moderator, **about, reason="OTHER")
        else:
            await site.do("castVote", "comment { id }", moderator, **about, direction="UP")

    copy = Copy()
    for between in nights:
        await copy.sync(site, campaign, size, between, act)
    await copy.sync(site, campaign, size, [], act)

    shown = {
        node["id"]: node for node in (await read(site, campaign, first=100))["nodes"] if node["state"] == "VISIBLE"
    }
    assert copy.comments == shown


def test_copy_equals_the_discussion_however_others_write() -> None:
    with asyncio.Runner() as runner:
        stack = running_app()
        site = runner.run(stack.__aenter__())

        @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
        @given(
            size=st.integers(1, 4),
            nights=st.lists(st.lists(st.lists(STEP, max_size=4), max_size=5), min_size=1, max_size=3),
        )
        def copies_are_whole(size: int, nights: list[list[list[Any]]]) -> None:
            runner.run(check_copy(site, size, nights))

        try:
            copies_are_whole()
        finally:
            runner.run(stack.__aexit__(None, None, None))


# ---------------------------------------------------------------- cost


@compiled_only
async def test_comments_are_counted_only_if_selected(site: TestApp) -> None:
    await site.comment(await site.campaign(), await site.guest())
    query = "{ campaigns { nodes { allComments { %s nodes { id } } } } }"

    with recorded_statements() as seen:
        await site.ask(query % "")
    with recorded_statements() as counted:
        await site.ask(query % "totalCount")

    assert not any("count(" in text for text in seen if "comments" in text)
    assert len(counted) == len(seen) + 1


async def test_lists_of_several_campaigns_are_those_of_each_alone(site: TestApp) -> None:
    author = await site.guest()
    campaigns = [await site.campaign() for _ in range(3)]
    for campaign in campaigns[1:]:
        for _ in range(4):
            await site.comment(campaign, author)
    query = """{ campaigns(sort: OLDEST) { nodes { id allComments(first: 3) {
      totalCount nodes { id } pageInfo { hasNextPage } } } } }"""

    nodes = (await site.ask(query))["campaigns"]["nodes"]

    for node in nodes:
        page = await read(site, node["id"], first=3)
        assert ids(node["allComments"]) == ids(page)
        assert node["allComments"]["totalCount"] == page["totalCount"]
        assert node["allComments"]["pageInfo"]["hasNextPage"] == page["pageInfo"]["hasNextPage"]
