"""Pulses: absolute counts, fresh rows on every carrier, tombstones, and a pulse for each write that the public sees."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx2
import pytest

from models import Role
from tests.support.app import TestApp, in_running_app, running_app
from tests.support.following import CARRIERS, Followed, followed
from tests.support.ids import row_id
from tests.support.serving import events, serving, socket_of, until
from tests.support.signing import audited
from tests.support.statements import recorded_statements

pytestmark = pytest.mark.anyio

CARD = """id state body { text } author { displayName } replyCount descendantCount isPinned isLocked
  votes { up down score viewerVote } reactions { kind count }"""
PULSE = f"""subscription ($id: ID!) {{ pulse(campaignId: $id) {{ asOf watching hasGap comments {{ {CARD} }}
  campaign {{ id title supporters {{ total direct }} commentStats {{ threadCount replyCount }} }} }} }}"""
IDS = "subscription ($id: ID!) { pulse(campaignId: $id) { comments { id state } campaign { title } } }"
ID = "comment { id }"


@pytest.fixture
async def site() -> AsyncIterator[TestApp]:
    """A site whose pulses wait for nothing; after each test, an audit checks the stored counters."""
    async with audited(pulse_seconds=0, live_poll_seconds=3600) as app:
        yield app


@pytest.fixture
async def campaign(site: TestApp) -> str:
    return await site.campaign()


def ids(pulse: Any) -> list[str]:
    return [comment["id"] for comment in pulse["comments"]]


async def heard(stream: Followed, *expected: str) -> dict[str, Any]:
    """Read pulses until all these comments were in one, and return each comment as it was at last."""
    found: dict[str, Any] = {}
    while not {*expected} <= {*found}:
        found |= {comment["id"]: comment for comment in (await stream.data())["comments"]}
    return found


# ---------------------------------------------------------------- what a pulse has


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_first_pulse_comes_at_once_without_comments(site: TestApp, campaign: str, carrier: str) -> None:
    await site.comment(campaign, await site.guest())
    await site.sign(campaign)

    async with followed(site, carrier, PULSE, id=campaign) as stream:
        pulse = await stream.data()

    assert (pulse["comments"], pulse["hasGap"], pulse["watching"]) == ([], False, 1)
    assert pulse["campaign"]["id"] == campaign
    assert pulse["campaign"]["supporters"] == {"total": 1, "direct": 1}
    assert pulse["campaign"]["commentStats"] == {"threadCount": 1, "replyCount": 0}


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_vote_reaches_readers_with_absolute_counts(site: TestApp, campaign: str, carrier: str) -> None:
    author, voter = await site.guest(), await site.guest("Grace Hopper")
    comment = await site.comment(campaign, author)
    await site.do("castVote", ID, author, commentId=comment, direction="UP")

    async with followed(site, carrier, PULSE, id=campaign) as stream:
        await stream.data()
        await site.do("castVote", ID, voter, commentId=comment, direction="UP")
        (seen,) = (await stream.data())["comments"]

    assert (seen["id"], seen["votes"]) == (comment, {"up": 2, "down": 0, "score": 2, "viewerVote": None})


async def test_pulse_shows_the_viewers_own_vote(site: TestApp, campaign: str) -> None:
    voter = await site.guest()
    comment = await site.comment(campaign, voter)

    async with followed(site, "WebSocket", PULSE, voter, id=campaign) as stream:
        await stream.data()
        await site.do("castVote", ID, voter, commentId=comment, direction="DOWN")
        (seen,) = (await stream.data())["comments"]

    assert seen["votes"]["viewerVote"] == "DOWN"


async def test_reply_changes_the_counts_of_all_ancestors(site: TestApp, campaign: str) -> None:
    author = await site.guest()
    root = await site.comment(campaign, author)
    middle = await site.comment(campaign, author, parent=root)
    parent = await site.comment(campaign, author, parent=middle)

    async with followed(site, "WebSocket", PULSE, id=campaign) as stream:
        await stream.data()
        reply = await site.comment(campaign, author, parent=parent)
        pulse = await stream.data()

    counts = {comment["id"]: (comment["replyCount"], comment["descendantCount"]) for comment in pulse["comments"]}
    assert counts == {root: (1, 3), middle: (1, 2), parent: (1, 1), reply: (0, 0)}
    assert pulse["campaign"]["commentStats"] == {"threadCount": 1, "replyCount": 3}


async def test_pulse_counts_live_subscriptions_of_the_campaign(site: TestApp, campaign: str) -> None:
    follow = "subscription ($id: ID!) { activity(campaignId: $id) { cursor } }"
    async with serving(site) as netloc, socket_of(netloc) as client, socket_of(netloc) as other:
        await client.run(follow, id=campaign)
        await until(lambda: site.groundswell.live.watching(row_id(campaign)) == 1)
        first = await client.run(PULSE, id=campaign)
        assert (await first.data())["pulse"]["watching"] == 2
        second = await other.run(PULSE, id=campaign)
        assert (await second.data())["pulse"]["watching"] == 3

        await second.stop()
        await until(lambda: site.groundswell.live.watching(row_id(campaign)) == 2)
        await site.sign(campaign)

        assert (await first.data())["pulse"]["watching"] == 2


# ---------------------------------------------------------------- every write that the public sees

Write = Callable[[TestApp, str, dict[str, str]], Awaitable[Any]]


def on_comment(mutation: str, by: str = "author", /, **given: Any) -> Write:
    return lambda site, campaign, at: site.do(mutation, "__typename", at[by], **{"commentId": at["comment"], **given})


def on_campaign(mutation: str, /, **given: Any) -> Write:
    return lambda site, campaign, at: site.do(mutation, "__typename", at["admin"], campaignId=campaign, **given)


async def sign(site: TestApp, campaign: str, at: dict[str, str]) -> Any:
    return await site.sign(campaign, "new@example.org")


async def withdraw(site: TestApp, campaign: str, at: dict[str, str]) -> Any:
    return await site.do("withdrawSignature", "__typename", at["signer"], campaignId=campaign)


async def report(site: TestApp, campaign: str, at: dict[str, str]) -> Any:
    given = {"campaignId": campaign, "partnerId": at["partner"], "signatures": 10, "asOf": "2026-03-01"}
    return await site.do("reportPartnerTally", "__typename", at["admin"], **given)


async def correct(site: TestApp, campaign: str, at: dict[str, str]) -> Any:
    given = {"money": {"amountMinor": 1, "currency": "USD"}, "reason": "Misread."}
    return await site.do("correctDonation", "__typename", at["admin"], donationId=at["donation"], **given)


async def rename(site: TestApp, campaign: str, at: dict[str, str]) -> Any:
    return await site.do("updateProfile", "__typename", at["author"], givenName="Augusta")


async def erase(site: TestApp, campaign: str, at: dict[str, str]) -> Any:
    return await site.do("eraseSupporter", "__typename", at["author"])


GIFT = {"providerReference": "pay-2", "money": {"amountMinor": 5000, "currency": "USD"}}
WRITES: dict[str, tuple[Write, list[str]]] = {
    "castVote": (on_comment("castVote", "signer", direction="UP"), ["comment"]),
    "retractVote": (on_comment("retractVote", "author"), ["comment"]),
    "addReaction": (on_comment("addReaction", "signer", kind="HEART"), ["comment"]),
    "removeReaction": (on_comment("removeReaction", "author", kind="HEART"), ["comment"]),
    "editComment": (on_comment("editComment", body="Better said."), ["comment"]),
    "deleteComment": (on_comment("deleteComment"), ["comment", "parent", "root"]),
    "moderateComment": (on_comment("moderateComment", "admin", decision="HOLD"), ["comment", "parent", "root"]),
    "moderateComments": (
        lambda site, campaign, at: site.do(
            "moderateComments", "__typename", at["admin"], target={"ids": [at["comment"]]}, decision="REJECT"
        ),
        ["comment", "parent", "root"],
    ),
    "pinComment": (on_comment("pinComment", "admin"), ["comment"]),
    "lockThread": (
        lambda site, campaign, at: site.do("lockThread", "__typename", at["admin"], commentId=at["root"]),
        ["root", "parent", "comment"],
    ),
    "signPetition": (sign, []),
    "withdrawSignature": (withdraw, []),
    "reportPartnerTally": (report, []),
    "recordDonation": (on_campaign("recordDonation", **GIFT), []),
    "correctDonation": (correct, []),
    "postUpdate": (on_campaign("postUpdate", title="News", body="Good."), []),
    "updateCampaign": (on_campaign("updateCampaign", title="Another title"), []),
    "changeCampaignState": (on_campaign("changeCampaignState", state="PAUSED"), []),
    "updateProfile": (rename, []),
    "eraseSupporter": (erase, ["comment", "parent", "root"]),
}


@pytest.mark.parametrize("name", WRITES)
async def test_write_makes_a_pulse_with_the_changed_comments(site: TestApp, campaign: str, name: str) -> None:
    """The pulse has no other comments, and the campaign as it is after the write."""
    admin, author, moderator = await site.staff(Role.ADMIN), await site.guest(), await site.guest("Grace Hopper")
    at = {"admin": admin, "author": author}
    at["signer"] = (await site.sign(campaign))["accessToken"]
    at["root"] = await site.comment(campaign, moderator)
    at["parent"] = await site.comment(campaign, moderator, parent=at["root"])
    at["comment"] = await site.comment(campaign, author, parent=at["parent"])
    await site.do("castVote", ID, author, commentId=at["comment"], direction="DOWN")
    await site.do("addReaction", ID, author, commentId=at["comment"], kind="HEART")
    at["partner"] = (await site.do("addPartner", "partner { id }", admin, campaignId=campaign, name="F"))["partner"][
        "id"
    ]
    gift = {"providerReference": "pay-1", "money": {"amountMinor": 5000, "currency": "USD"}}
    at["donation"] = (await site.do("recordDonation", "donation { id }", admin, campaignId=campaign, **gift))[
        "donation"
    ]["id"]
    write, changed = WRITES[name]

    async with followed(site, "WebSocket", IDS, id=campaign) as stream:
        await stream.data()
        answer = await write(site, campaign, at)
        assert answer.get("__typename") != "Problem", answer
        pulse = await stream.data()

    assert sorted(ids(pulse)) == sorted(at[one] for one in changed)
    read = "query ($id: ID!) { campaign(id: $id) { title } }"
    assert pulse["campaign"] == (await site.ask(read, id=campaign))["campaign"]


HIDDEN_WRITES: dict[str, Write] = {
    "a comment that waits": lambda site, campaign, at: site.comment(campaign, at["author"], "ada@example.org"),
    "an edit of a hidden comment": on_comment("editComment", body="Perfectly fine."),
    "a decision between two hidden states": on_comment("moderateComment", "admin", decision="REJECT"),
    "a deleted hidden comment": on_comment("deleteComment"),
    "a flag": lambda site, campaign, at: site.do(
        "flagComment", ID, at["admin"], commentId=at["visible"], reason="SPAM"
    ),
    "a vote that was not cast before": lambda site, campaign, at: site.do(
        "retractVote", ID, at["author"], commentId=at["visible"]
    ),
    "a refused write": lambda site, campaign, at: site.do(
        "postComment", ID, at["author"], campaignId=campaign, body=""
    ),
    "a write to another campaign": lambda site, campaign, at: site.comment(at["elsewhere"], at["author"]),
}


@pytest.mark.parametrize("name", HIDDEN_WRITES)
async def test_write_that_the_public_does_not_see_makes_no_pulse(site: TestApp, campaign: str, name: str) -> None:
    """The next pulse is that of a vote afterwards, and has nothing else."""
    at = {"admin": await site.staff(Role.ADMIN), "author": await site.guest(), "elsewhere": await site.campaign()}
    at["visible"], at["comment"] = [await site.comment(campaign, at["author"]) for _ in range(2)]
    await site.do("moderateComment", ID, at["admin"], commentId=at["comment"], decision="HOLD")

    async with followed(site, "WebSocket", IDS, id=campaign) as stream:
        await stream.data()
        await HIDDEN_WRITES[name](site, campaign, at)
        topic = site.groundswell.live.changes._campaigns[row_id(campaign)]
        assert topic.changed.position == 0
        await site.do("castVote", ID, at["author"], commentId=at["visible"], direction="UP")

        assert ids(await stream.data()) == [at["visible"]]


async def test_tombstone_with_replies_pulses_its_new_state(site: TestApp, campaign: str) -> None:
    """Its state is public, since its place is shown."""
    author, moderator = await site.guest(), await site.staff()
    root = await site.comment(campaign, author)
    await site.comment(campaign, author, parent=root)
    await site.do("moderateComment", ID, moderator, commentId=root, decision="HOLD")

    async with followed(site, "WebSocket", IDS, id=campaign) as stream:
        await stream.data()
        await site.do("moderateComment", ID, moderator, commentId=root, decision="REJECT")

        assert (await stream.data())["comments"] == [{"id": root, "state": "REJECTED"}]


async def test_erasure_does_not_tell_the_votes_of_the_erased(site: TestApp, campaign: str) -> None:
    """A pulse of all comments that lost a vote at once would name the votes of one person."""
    author, voter = await site.guest(), await site.guest("Grace Hopper")
    comments = [await site.comment(campaign, author) for _ in range(3)]
    own = await site.comment(campaign, voter)
    for comment in comments:
        await site.do("castVote", ID, voter, commentId=comment, direction="UP")
        await site.do("addReaction", ID, voter, commentId=comment, kind="CANDLE")

    async with followed(site, "WebSocket", IDS, id=campaign) as stream:
        await stream.data()
        await site.do("eraseSupporter", "__typename", voter)

        assert (await stream.data())["comments"] == [{"id": own, "state": "DELETED"}]


# ---------------------------------------------------------------- what others may see of it


@pytest.mark.parametrize("decision", ["HOLD", "REJECT", "MARK_SPAM", None])
@pytest.mark.parametrize("carrier", CARRIERS)
async def test_comment_that_is_taken_away_is_a_tombstone(
    site: TestApp, campaign: str, carrier: str, decision: str | None
) -> None:
    author, moderator = await site.guest(), await site.staff()
    comment = await site.comment(campaign, author)

    async with followed(site, carrier, PULSE, id=campaign) as stream:
        await stream.data()
        await site.do("castVote", ID, moderator, commentId=comment, direction="UP")
        (shown,) = (await stream.data())["comments"]
        if decision:
            await site.do("moderateComment", ID, moderator, commentId=comment, decision=decision)
        else:
            await site.do("deleteComment", ID, author, commentId=comment)
        pulse = await stream.data()

    assert shown["body"] == {"text": "Well said."}
    (gone,) = pulse["comments"]
    states = {"HOLD": "HELD", "REJECT": "REJECTED", "MARK_SPAM": "SPAM", None: "DELETED"}
    assert (gone["id"], gone["state"], gone["body"], gone["author"]) == (comment, states[decision], None, None)
    assert pulse["campaign"]["commentStats"]["threadCount"] == 0


async def test_author_and_moderator_see_the_text_of_a_held_comment(site: TestApp, campaign: str) -> None:
    author, moderator = await site.guest(), await site.staff()
    comment = await site.comment(campaign, author)
    async with serving(site) as netloc:
        for token in (author, moderator):
            async with socket_of(netloc, token) as client:
                stream = await client.run(PULSE, id=campaign)
                await stream.data()
                await site.do("moderateComment", ID, moderator, commentId=comment, decision="HOLD")
                (seen,) = (await stream.data())["pulse"]["comments"]
                await site.do("moderateComment", ID, moderator, commentId=comment, decision="RESTORE")

                assert (seen["state"], seen["body"]) == ("HELD", {"text": "Well said."})


async def test_approved_comment_appears_in_a_pulse(site: TestApp) -> None:
    campaign = await site.campaign(commentPolicy="PREMODERATED")
    comment = await site.comment(campaign, await site.guest())

    async with followed(site, "WebSocket", PULSE, id=campaign) as stream:
        await stream.data()
        await site.do("moderateComment", ID, await site.staff(), commentId=comment, decision="APPROVE")
        (seen,) = (await stream.data())["comments"]

    assert (seen["id"], seen["author"]) == (comment, {"displayName": "Ada B."})


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_each_pulse_reads_rows_afresh(site: TestApp, campaign: str, carrier: str) -> None:
    """Names, texts and numbers are those of the moment of the pulse."""
    author, voter = await site.guest("Ada Byron"), await site.guest("Grace Hopper")
    comment = await site.comment(campaign, author, "First")
    votes: list[Any] = [("castVote", {"direction": "UP"}), ("castVote", {"direction": "DOWN"}), ("retractVote", {})]

    async with followed(site, carrier, PULSE, id=campaign) as stream:
        await stream.data()
        seen = []
        for (vote, direction), name, text in zip(
            votes, ("Augusta", "Adelaide", "Anne"), ("Two", "Three", "Four"), strict=True
        ):
            await site.do(vote, ID, voter, commentId=comment, **direction)
            found = (await heard(stream, comment))[comment]
            seen.append((found["author"]["displayName"], found["body"]["text"], found["votes"]["score"]))
            await site.do("updateProfile", "__typename", author, givenName=name)
            await stream.data()
            await site.do("editComment", ID, author, commentId=comment, body=text)
            await heard(stream, comment)

    assert seen == [("Ada B.", "First", 1), ("Augusta B.", "Two", -1), ("Adelaide B.", "Three", 0)]


# ---------------------------------------------------------------- who may follow


async def test_draft_is_followed_by_its_writers_only(site: TestApp, campaigner: str) -> None:
    draft = await site.campaign("DRAFT")
    async with followed(site, "WebSocket", IDS, await site.guest(), id=draft) as stream:
        assert await stream.code() == "NOT_FOUND"
    async with followed(site, "WebSocket", IDS, campaigner, id=draft) as stream:
        assert ids(await stream.data()) == []


@pytest.mark.parametrize("unknown", ["nonsense", "Q2FtcGFpZ246OTk5"])
async def test_unknown_campaign_is_not_found(site: TestApp, unknown: str) -> None:
    async with followed(site, "WebSocket", IDS, id=unknown) as stream:
        assert await stream.code() == "NOT_FOUND"
    assert site.groundswell.live.changes._campaigns == {}


async def test_pulses_of_a_draft_end_for_a_revoked_token(site: TestApp) -> None:
    draft, writer = await site.campaign("DRAFT"), await site.staff(Role.CAMPAIGNER, "Wri Ter")
    admin = await site.staff(Role.ADMIN)
    async with followed(site, "WebSocket", IDS, writer, id=draft) as stream:
        await stream.data()
        await site.do("signOut", "viewer { role }", writer, everywhere=True)
        await site.do("updateCampaign", "__typename", admin, campaignId=draft, title="Secret")

        assert await stream.code() == "UNAUTHENTICATED"


# ---------------------------------------------------------------- many changes, many readers


async def test_changes_within_the_interval_come_as_one_pulse() -> None:
    """The interval is longer than the test: only the first change is told at once."""
    async with running_app(pulse_seconds=3600) as site:
        campaign, author = await site.campaign(), await site.guest()
        comments = [await site.comment(campaign, author) for _ in range(3)]
        async with followed(site, "WebSocket", IDS, id=campaign) as stream:
            await stream.data()
            topic = site.groundswell.live.changes._campaigns[row_id(campaign)]
            await site.do("castVote", ID, author, commentId=comments[0], direction="UP")
            assert ids(await stream.data()) == [comments[0]]
            told = topic.changed.position
            for comment in comments[1:]:
                await site.do("castVote", ID, author, commentId=comment, direction="UP")

            assert topic.changed.after(told).ids == [row_id(comment) for comment in comments[1:]]
            assert not any(woken.is_set() for woken in topic.subscriptions)


async def test_more_than_a_hundred_changed_comments_come_in_several_pulses(site: TestApp, campaign: str) -> None:
    author, moderator = await site.guest(), await site.staff()
    root = await site.comment(campaign, author)
    below = {await site.comment(campaign, author, parent=root) for _ in range(120)}

    async with followed(site, "WebSocket", IDS, id=campaign) as stream:
        await stream.data()
        await site.do("lockThread", ID, moderator, commentId=root)
        first, second = await stream.data(), await stream.data()

    assert (len(first["comments"]), len(second["comments"])) == (100, 21)
    assert {*ids(first), *ids(second)} == below | {root}


async def test_pulse_costs_a_fixed_number_of_statements(site: TestApp, campaign: str) -> None:
    author, moderator = await site.guest(), await site.staff()
    roots = [await site.comment(campaign, author) for _ in range(2)]
    for _ in range(12):
        await site.comment(campaign, author, parent=roots[1])
    counts = []
    async with followed(site, "WebSocket", PULSE, id=campaign) as stream:
        await stream.data()
        for root in roots:
            with recorded_statements() as seen:
                await site.do("lockThread", ID, moderator, commentId=root)
                pulse = await stream.data()
            # the reader of the campaign's log may begin during the first round
            reads = [text for text in seen if text.startswith("SELECT") and "FROM activity" not in text]
            counts.append((len(pulse["comments"]), len(reads)))

    assert [count for count, _ in counts] == [1, 13]
    assert counts[0][1] == counts[1][1]


@pytest.mark.parametrize("mutation", ["castVote", "addReaction", "postComment"])
async def test_write_that_is_watched_takes_no_more_statements(site: TestApp, campaign: str, mutation: str) -> None:
    author = await site.guest()
    comment = await site.comment(campaign, author)
    given = {
        "castVote": {"commentId": comment, "direction": "UP"},
        "addReaction": {"commentId": comment, "kind": "HEART"},
        "postComment": {"campaignId": campaign, "body": "Again"},
    }[mutation]
    changes, writes = site.groundswell.live.changes, []

    for is_watched in (False, True):
        messages = changes.follow(row_id(campaign))
        if is_watched:
            await anext(messages)
        voter = await site.guest("Grace Hopper")
        with recorded_statements() as seen:
            await site.do(mutation, "__typename", voter, **given)
            writes.append([text.split()[0] for text in seen if not text.startswith("SELECT")])
        await messages.aclose()

    assert writes[0] == writes[1]


async def test_unsubscribing_leaves_nothing(site: TestApp, campaign: str) -> None:
    live, body = site.groundswell.live, {"query": IDS, "variables": {"id": campaign}}
    async with (
        serving(site) as netloc,
        socket_of(netloc) as client,
        httpx2.AsyncClient(base_url=f"http://{netloc}") as http,
    ):
        async with events(http, "POST", "/graphql/stream", json=body) as stream:
            await stream.data()
            operation = await client.run(IDS, id=campaign)
            await operation.data()
            assert live.watching(row_id(campaign)) == 2
        await until(lambda: live.watching(row_id(campaign)) == 1)
        await operation.stop()
        await until(lambda: live.changes._campaigns == {} and live._followers == {})

    # the tasks are cancelled, and end a moment later
    await until(lambda: not [task for task in asyncio.all_tasks() if "campaign" in task.get_name()])


def test_pulses_reach_readers_while_many_write() -> None:
    """Whatever comes last, the numbers of the last pulse are those of the page."""

    async def act(site: TestApp) -> None:
        campaign, author = await site.campaign(), await site.guest()
        comments = [await site.comment(campaign, author) for _ in range(4)]
        voters = [await site.guest(f"Voter {letter}") for letter in "ABCDEF"]
        async with followed(site, "WebSocket", PULSE, id=campaign) as stream:
            await stream.data()

            async def vote(voter: str, comment: str) -> None:
                await site.do("castVote", ID, voter, commentId=comment, direction="UP")

            await asyncio.gather(*(vote(voter, comment) for voter in voters for comment in comments))
            scores: dict[str, int] = {}
            while sum(scores.values()) < len(voters) * len(comments):
                for comment in (await stream.data())["comments"]:
                    assert comment["votes"]["score"] >= scores.get(comment["id"], 0)
                    scores[comment["id"]] = comment["votes"]["score"]

            assert scores == dict.fromkeys(comments, len(voters))

    in_running_app(act, pulse_seconds=0.01)
