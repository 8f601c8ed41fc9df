"""The moderators' part of a comment: why it waits, its flags and decisions, and who may see them."""

import re
from typing import Any

import pytest

import models
from models import HoldReason, ModerationActionKind, ModerationDecision, Role
from resolvers.screening import HOLD_REASONS
from tests.support.app import TestApp, running_app
from tests.support.ids import row_id
from tests.support.statements import recorded_statements

pytestmark = pytest.mark.anyio

ID = "comment { id }"
PART = """state moderation { heldBecause flagCount
  flags { nodes { reason note flaggedAt supporter { displayName } } pageInfo { hasNextPage } }
  decisions { nodes { action reason decidedAt moderator { displayName } } } }"""
NODE = f"query ($id: ID!) {{ node(id: $id) {{ ... on Comment {{ {PART} }} }} }}"
QUEUE = (
    f"query ($id: ID, $first: Int) {{ moderationQueue(campaignId: $id, first: $first) {{ nodes {{ id {PART} }} }} }}"
)
LINKS = " ".join(["www.example.org"] * 6)


async def part(site: TestApp, comment: str, token: str | None = None) -> Any:
    """Return the moderators' part of a comment."""
    token = token or await site.staff()
    return (await site.ask(NODE, token, id=comment))["node"]["moderation"]


async def held_because(site: TestApp, comment: str) -> Any:
    return (await part(site, comment))["heldBecause"]


# ---------------------------------------------------------------- why it waits


def test_every_question_of_screening_is_a_hold_reason() -> None:
    assert [HoldReason.PREMODERATED, *HOLD_REASONS] == list(HoldReason)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("Ask ada@example.org", "CONTACT_DETAILS"),
        ("+1 (555) 010-9999", "CONTACT_DETAILS"),
        (LINKS, "MANY_LINKS"),
        (f"{LINKS} ada@example.org", "CONTACT_DETAILS"),
        ("Well said.", None),
    ],
)
@pytest.mark.parametrize("by", ["postComment", "signPetition", "editComment"])
async def test_question_that_held_a_comment_is_told(site: TestApp, body: str, reason: str | None, by: str) -> None:
    campaign, author = await site.campaign(), await site.guest()
    if by == "signPetition":
        given = {"givenName": "Ada", "email": "signer@example.org", "comment": body}
        signed = await site.do("signPetition", ID, author, campaignId=campaign, **given)
        comment = signed["comment"]["id"]
    else:
        comment = await site.comment(campaign, author, "Before" if by == "editComment" else body)
    if by == "editComment":
        await site.do("editComment", ID, author, commentId=comment, body=body)

    assert await held_because(site, comment) == reason


async def test_comment_that_policy_holds_is_premoderated(site: TestApp) -> None:
    campaign, author = await site.campaign(commentPolicy="PREMODERATED"), await site.guest()

    comments = [await site.comment(campaign, author, body) for body in ("Hello", LINKS)]

    assert [await held_because(site, comment) for comment in comments] == ["PREMODERATED", "MANY_LINKS"]


@pytest.mark.parametrize("decision", ModerationDecision)
async def test_decision_ends_the_reason(site: TestApp, decision: str) -> None:
    moderator = await site.staff()
    comment = await site.comment(await site.campaign(), await site.guest(), LINKS)

    await site.do("moderateComment", ID, moderator, commentId=comment, decision=decision)

    assert await held_because(site, comment) is None


async def test_deleted_comment_has_no_reason(site: TestApp) -> None:
    author = await site.guest()
    comment = await site.comment(await site.campaign(), author, LINKS)

    await site.do("deleteComment", ID, author, commentId=comment)

    assert await held_because(site, comment) is None


async def test_edit_of_a_held_comment_keeps_the_reason(site: TestApp) -> None:
    """It was held for its first text, and the moderator reads both."""
    author = await site.guest()
    comment = await site.comment(await site.campaign(), author, LINKS)

    await site.do("editComment", ID, author, commentId=comment, body="Perfectly fine")

    assert await held_because(site, comment) == "MANY_LINKS"


# ---------------------------------------------------------------- flags and decisions


async def test_flags_are_newest_first_with_reason_note_and_person(site: TestApp) -> None:
    comment = await site.comment(await site.campaign(), await site.guest())
    for name, reason, note in (("Grace Hopper", "SPAM", None), ("Alan Turing", "ABUSE", "Look at line 2.")):
        given = {"commentId": comment, "reason": reason, "note": note}
        await site.do("flagComment", ID, await site.guest(name), **given)

    seen = await part(site, comment)

    flags = [(one["supporter"]["displayName"], one["reason"], one["note"]) for one in seen["flags"]["nodes"]]
    assert flags == [("Alan T.", "ABUSE", "Look at line 2."), ("Grace H.", "SPAM", None)]
    assert seen["flagCount"] == 2


async def test_settled_flags_stay_in_the_list_and_leave_the_count(site: TestApp) -> None:
    moderator = await site.staff()
    comment = await site.comment(await site.campaign(), await site.guest())
    await site.do("flagComment", ID, await site.guest("Grace Hopper"), commentId=comment, reason="SPAM")
    await site.do("moderateComment", ID, moderator, commentId=comment, decision="APPROVE")
    await site.do("flagComment", ID, await site.guest("Alan Turing"), commentId=comment, reason="HATE")

    seen = await part(site, comment)

    assert (seen["flagCount"], [one["reason"] for one in seen["flags"]["nodes"]]) == (1, ["HATE", "SPAM"])


async def test_every_action_of_moderators_is_a_decision(site: TestApp) -> None:
    author, moderator = await site.guest(), await site.staff(name="Mo Derator")
    comment = await site.comment(await site.campaign(), author)
    for decision in ("HOLD", "REJECT", "MARK_SPAM", "RESTORE", "APPROVE"):
        await site.do("moderateComment", ID, moderator, commentId=comment, decision=decision, reason=f"Why {decision}")
    for mutation, given in (("pinComment", "pinned"), ("lockThread", "locked")):
        for on in (True, False):
            await site.do(mutation, ID, moderator, commentId=comment, **{given: on})
    await site.do("deleteComment", ID, moderator, commentId=comment)

    decisions = (await part(site, comment))["decisions"]["nodes"]

    actions = [one["action"] for one in decisions[::-1]]
    assert actions == ["HOLD", "REJECT", "MARK_SPAM", "RESTORE", "APPROVE", "PIN", "UNPIN", "LOCK", "UNLOCK", "DELETE"]
    assert {*actions} == {*ModerationActionKind}
    assert decisions[-1]["reason"] == "Why HOLD"
    assert {one["moderator"]["displayName"] for one in decisions} == {"Mo Derator"}


async def test_flags_and_decisions_are_paged(site: TestApp) -> None:
    comment, moderator = await site.comment(await site.campaign(), await site.guest()), await site.staff()
    for number in range(5):
        name = f"Flagger {chr(65 + number)}"
        await site.do("flagComment", ID, await site.guest(name), commentId=comment, reason="SPAM", note=str(number))
        await site.do("pinComment", ID, moderator, commentId=comment, pinned=number % 2 == 0)
    page = """nodes { %s } pageInfo { hasNextPage endCursor }"""
    query = f"""query ($id: ID!, $flag: String, $decision: String) {{ node(id: $id) {{ ... on Comment {{ moderation {{
      flags(first: 2, after: $flag) {{ {page % "note"} }}
      decisions(first: 2, after: $decision) {{ {page % "action"} }} }} }} }} }}"""

    cursors: dict[str, Any] = {}
    notes, actions = [], []
    for _ in range(3):
        found = (await site.ask(query, moderator, id=comment, **cursors))["node"]["moderation"]
        notes += [one["note"] for one in found["flags"]["nodes"]]
        actions += [one["action"] for one in found["decisions"]["nodes"]]
        cursors = {"flag": found["flags"]["pageInfo"]["endCursor"]}
        cursors["decision"] = found["decisions"]["pageInfo"]["endCursor"]

    assert (notes, actions) == (["4", "3", "2", "1", "0"], ["PIN", "UNPIN", "PIN", "UNPIN", "PIN"])


async def test_page_of_the_queue_takes_a_fixed_number_of_statements(site: TestApp) -> None:
    """Flags and decisions of all comments are two statements, however many there are."""
    moderator, author = await site.staff(), await site.guest()
    flaggers = [await site.guest(f"Flagger {letter}") for letter in "ABC"]
    counts = []
    for size in (2, 20):
        campaign = await site.campaign()
        for _ in range(size):
            comment = await site.comment(campaign, author)
            await site.do("pinComment", ID, moderator, commentId=comment)
            for flagger in flaggers[: 1 if size == 2 else 3]:
                await site.do("flagComment", ID, flagger, commentId=comment, reason="OTHER")
        with recorded_statements() as seen:
            found = (await site.ask(QUEUE, moderator, id=campaign, first=20))["moderationQueue"]["nodes"]
        assert len(found) == size
        counts.append(len(seen))
        about = [text for text in seen if re.search("comment_flags|moderation_actions", text)]
        assert len(about) == 2

    assert counts[0] == counts[1]


# ---------------------------------------------------------------- who may see it


async def test_only_moderators_see_the_moderators_part(site: TestApp) -> None:
    author = await site.guest()
    comment = await site.comment(await site.campaign(), author)

    for token, code in ((None, "UNAUTHENTICATED"), (author, "FORBIDDEN")):
        body = await site.post(NODE, token, id=comment)
        assert body["data"]["node"] == {"state": "VISIBLE", "moderation": None}
        assert [error["extensions"]["code"] for error in body["errors"]] == [code]


async def test_erased_people_have_no_name_and_no_note(site: TestApp) -> None:
    flagger, moderator = await site.guest("Grace Hopper"), await site.staff(name="Mo Derator")
    comment = await site.comment(await site.campaign(), await site.guest())
    await site.do("flagComment", ID, flagger, commentId=comment, reason="ABUSE", note="I am Grace, his neighbour.")
    await site.do("moderateComment", ID, moderator, commentId=comment, decision="APPROVE", reason="Fine.")

    for token in (flagger, moderator):
        await site.do("eraseSupporter", "__typename", token)

    seen = await part(site, comment, await site.staff(Role.ADMIN))
    (flag,), (decision,) = seen["flags"]["nodes"], seen["decisions"]["nodes"]
    assert (flag["reason"], flag["note"], flag["supporter"]["displayName"]) == ("ABUSE", None, "A supporter")
    assert (decision["action"], decision["moderator"]["displayName"]) == ("APPROVE", "A supporter")


async def test_erased_author_takes_along_notes_and_reasons(site: TestApp) -> None:
    author, moderator = await site.guest("Katharina Sommer"), await site.staff()
    comment = await site.comment(await site.campaign(), author)
    await site.do("flagComment", ID, await site.guest(), commentId=comment, reason="OTHER", note="About Katharina.")
    await site.do("moderateComment", ID, moderator, commentId=comment, decision="HOLD", reason="Katharina again.")

    await site.do("eraseSupporter", "__typename", author)

    seen = await part(site, comment)
    assert (seen["flags"]["nodes"][0]["note"], seen["decisions"]["nodes"][0]["reason"]) == (None, None)


# ---------------------------------------------------------------- a database in use


async def test_unknown_reason_of_a_newer_version_is_an_error_of_its_field(anyio_backend: str) -> None:
    """While versions change, an older process may read a reason that it does not know."""
    async with running_app() as site:
        moderator = await site.staff()
        comment = await site.comment(await site.campaign(), await site.guest(), LINKS)
        await models.Comment.filter(id=row_id(comment)).update(held_because="NEW_REASON")

        body = await site.post(NODE, moderator, id=comment)

        assert body["data"]["node"] == {"state": "HELD", "moderation": None}
