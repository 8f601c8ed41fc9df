"""Comment counts: after any sequence of actions, every stored count equals a recount and the count of a plain model."""

import asyncio
import os
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from tortoise.expressions import F

from jobs.audits import drift
from models import Campaign, Comment
from tests.support.app import TestApp, running_app

KINDS = ["SOLIDARITY", "HEART", "APPLAUSE", "CANDLE", "OUTRAGE"]
DECISIONS = {
    "APPROVE": "VISIBLE",
    "RESTORE": "VISIBLE",
    "HOLD": "HELD",
    "REJECT": "REJECTED",
    "MARK_SPAM": "SPAM",
}
STATES = ["VISIBLE", "PENDING", "HELD", "REJECTED", "SPAM", "DELETED"]
WAITING = ("PENDING", "HELD")
NAMES = ["Ada", "Grace", "Mo"]
MODERATOR = 2
READ = """query ($id: ID!, $ids: [ID!]!) {
  campaign(id: $id) {
    comments(first: 1) { totalCount }
    commentStats { threadCount replyCount authorCount recentAuthors { displayName }
      mostReactedComment { id } hottestThread { id } } }
  queue: moderationQueue(campaignId: $id, first: 1) { totalCount }
  VISIBLE: moderationQueue(campaignId: $id, first: 1, states: [VISIBLE]) { totalCount }
  PENDING: moderationQueue(campaignId: $id, first: 1, states: [PENDING]) { totalCount }
  HELD: moderationQueue(campaignId: $id, first: 1, states: [HELD]) { totalCount }
  REJECTED: moderationQueue(campaignId: $id, first: 1, states: [REJECTED]) { totalCount }
  SPAM: moderationQueue(campaignId: $id, first: 1, states: [SPAM]) { totalCount }
  DELETED: moderationQueue(campaignId: $id, first: 1, states: [DELETED]) { totalCount }
  nodes(ids: $ids) { ... on Comment { id state replyCount descendantCount replies(first: 1) { totalCount }
    votes { up down score } reactions { count } } } }"""


@dataclass(eq=False)
class ModelComment:
    """A comment in the model."""

    id: str
    author: int
    parent: "ModelComment | None"
    state: str
    order: int
    is_queued: bool
    active: int = 0
    replies: list["ModelComment"] = field(default_factory=list)
    votes: dict[int, str] = field(default_factory=dict)
    reactions: set[tuple[int, str]] = field(default_factory=set)
    flags: set[int] = field(default_factory=set)

    @property
    def is_visible(self) -> bool:
        return self.state == "VISIBLE"

    @property
    def below(self) -> list["ModelComment"]:
        return [found for reply in self.replies for found in (reply, *reply.below)]

    @property
    def descendants(self) -> int:
        return sum(found.is_visible for found in self.below)

    @property
    def is_listed(self) -> bool:
        return self.is_visible or self.descendants > 0

    @property
    def line(self) -> list["ModelComment"]:
        """Return the comment and its ancestors."""
        return [self, *(self.parent.line if self.parent else [])]

    def figures(self) -> dict[str, Any]:
        directions = Counter(self.votes.values())
        kinds = Counter(kind for _, kind in self.reactions)
        return {
            "id": self.id,
            "state": self.state,
            "replyCount": sum(reply.is_visible for reply in self.replies),
            "descendantCount": self.descendants,
            "replies": {"totalCount": sum(reply.is_listed for reply in self.replies)},
            "votes": {
                "up": directions["UP"],
                "down": directions["DOWN"],
                "score": directions["UP"] - directions["DOWN"],
            },
            "reactions": [{"count": kinds[kind]} for kind in KINDS],
        }


class Discussion(RuleBasedStateMachine):
    """Two guests and a moderator, and every action that they can take in one discussion."""

    comments = Bundle("comments")
    people = st.integers(0, len(NAMES) - 1)
    doubts = st.sampled_from([False, False, False, True])

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = running_app()
        self.site: TestApp = self.runner.run(self.stack.__aenter__())
        self.said: list[ModelComment] = []
        self.clock = 0

    def teardown(self) -> None:
        self.runner.run(self.stack.__aexit__(None, None, None))
        self.runner.close()

    @initialize(policy=st.sampled_from(["OPEN", "PREMODERATED"]))
    def begin(self, policy: str) -> None:
        self.premoderated = policy == "PREMODERATED"
        self.campaign = self.runner.run(self.site.campaign(commentPolicy=policy))
        self.tokens = [
            *(self.runner.run(self.site.guest(name)) for name in NAMES[:MODERATOR]),
            self.runner.run(self.site.staff(name=NAMES[MODERATOR])),
        ]

    # actions

    @rule(target=comments, author=people, doubtful=doubts)
    def start(self, author: int, doubtful: bool) -> Any:
        return self.post(author, None, doubtful)

    @rule(target=comments, author=people, parent=comments, doubtful=doubts)
    def reply(self, author: int, parent: ModelComment, doubtful: bool) -> Any:
        return self.post(author, parent, doubtful)

    @rule(person=people, comment=comments, doubtful=doubts)
    def edit(self, person: int, comment: ModelComment, doubtful: bool) -> None:
        may = person == comment.author and (comment.is_visible or comment.state in WAITING)
        body = self.words(doubtful)
        self.do("editComment", person, may, commentId=comment.id, body=body)
        screened = self.screened(person, doubtful)
        if may and screened != "VISIBLE":
            self.move(comment, screened, is_queued=True)

    @rule(person=people, comment=comments)
    def delete(self, person: int, comment: ModelComment) -> None:
        may = person in (comment.author, MODERATOR) and comment.state != "DELETED"
        self.do("deleteComment", person, may, commentId=comment.id)
        if may:
            self.move(comment, "DELETED", is_queued=False)

    @rule(person=people, comment=comments, direction=st.sampled_from(["UP", "DOWN", None]))
    def vote(self, person: int, comment: ModelComment, direction: str | None) -> None:
        name, given = ("castVote", {"direction": direction}) if direction else ("retractVote", {})
        self.do(name, person, comment.is_visible, commentId=comment.id, **given)
        if comment.is_visible and direction:
            comment.votes[person] = direction
        elif comment.is_visible:
            comment.votes.pop(person, None)

    @rule(person=people, comment=comments, kind=st.sampled_from(KINDS))
    def react(self, person: int, comment: ModelComment, kind: str) -> None:
        self.do("addReaction", person, comment.is_visible, commentId=comment.id, kind=kind)
        if comment.is_visible:
            comment.reactions.add((person, kind))

    @rule(person=people, comment=comments, kind=st.sampled_from(KINDS))
    def take_back(self, person: int, comment: ModelComment, kind: str) -> None:
        self.do("removeReaction", person, comment.is_visible, commentId=comment.id, kind=kind)
        if comment.is_visible:
            comment.reactions.discard((person, kind))

    @rule(person=people, comment=comments)
    def flag(self, person: int, comment: ModelComment) -> None:
        self.do("flagComment", person, comment.is_visible, commentId=comment.id, reason="OTHER")
        if comment.is_visible and person not in comment.flags:
            comment.flags.add(person)
            comment.is_queued = True

    @rule(comment=comments, decision=st.sampled_from(list(DECISIONS)))
    def decide(self, comment: ModelComment, decision: str) -> None:
        may = comment.state != "DELETED"
        self.do("moderateComment", MODERATOR, may, commentId=comment.id, decision=decision)
        if may:
            state = DECISIONS[decision]
            self.move(comment, state, is_queued=state in WAITING)

    # invariants

    @invariant()
    def a_recount_finds_nothing(self) -> None:
        assert self.runner.run(drift()) == []

    @invariant()
    def the_counts_are_the_models(self) -> None:
        found = self.runner.run(
            self.site.ask(READ, self.tokens[MODERATOR], id=self.campaign, ids=[said.id for said in self.said[-100:]])
        )

        visible = [said for said in self.said if said.is_visible]
        threads = [said for said in self.said if said.parent is None]
        assert found.pop("nodes") == [said.figures() for said in self.said[-100:]]
        campaign = found.pop("campaign")
        assert campaign["comments"] == {"totalCount": sum(said.is_listed for said in threads)}
        assert campaign["commentStats"] == {
            "threadCount": sum(said.parent is None for said in visible),
            "replyCount": sum(said.parent is not None for said in visible),
            "authorCount": len({said.author for said in visible}),
            "recentAuthors": self.recent_authors(visible),
            "mostReactedComment": first(visible, lambda said: (len(said.votes) + len(said.reactions), said.order)),
            "hottestThread": first(
                [said for said in visible if said.parent is None], lambda said: (said.descendants, said.active)
            ),
        }
        queued = {"queue": sum(said.is_queued for said in self.said)}
        by_state = {state: sum(said.state == state for said in self.said) for state in STATES}
        assert {name: queue["totalCount"] for name, queue in found.items()} == queued | by_state

    # the model

    def post(self, author: int, parent: ModelComment | None, doubtful: bool) -> Any:
        may = parent is None or (parent.is_visible and len(parent.line) <= 50)
        answer = self.do(
            "postComment",
            author,
            may,
            campaignId=self.campaign,
            body=self.words(doubtful),
            parentId=parent.id if parent else None,
        )
        if not may:
            return multiple()
        state = self.screened(author, doubtful)
        said = ModelComment(answer["comment"]["id"], author, parent, state, self.clock, state in WAITING, self.clock)
        self.said.append(said)
        if parent:
            parent.replies.append(said)
        if said.is_visible:
            self.mark_active(said)
        return said

    def do(self, mutation: str, person: int, may: bool, **given: Any) -> dict[str, Any]:
        self.clock += 1
        answer = self.runner.run(self.site.do(mutation, "comment { id }", self.tokens[person], **given))
        assert (answer["__typename"] != "Problem") == may, answer
        return answer

    def words(self, doubtful: bool) -> str:
        return f"Number {self.clock}" + (" ada@example.org" if doubtful else "")

    def screened(self, author: int, doubtful: bool) -> str:
        if doubtful:
            return "HELD"
        return "PENDING" if self.premoderated and author != MODERATOR else "VISIBLE"

    def move(self, comment: ModelComment, state: str, is_queued: bool) -> None:
        appears = state == "VISIBLE" and not comment.is_visible
        comment.state, comment.is_queued = state, is_queued
        if appears:
            self.mark_active(comment)

    def mark_active(self, comment: ModelComment) -> None:
        for said in comment.line:
            said.active = self.clock

    def recent_authors(self, visible: list[ModelComment]) -> list[dict[str, str]]:
        latest = {said.author: said.order for said in visible}
        return [{"displayName": NAMES[author]} for author in sorted(latest, key=latest.__getitem__, reverse=True)]


def first(said: list[ModelComment], figures: Any) -> dict[str, str] | None:
    found = max(said, key=figures, default=None)
    return {"id": found.id} if found else None


def test_counts_are_right_after_any_actions() -> None:
    long = os.environ.get("LONG") == "1"
    run_state_machine_as_test(
        Discussion, settings=settings(max_examples=300 if long else 15, stateful_step_count=60 if long else 30)
    )


@pytest.mark.anyio
@pytest.mark.parametrize(
    "column",
    [
        *("thread_count", "reply_count", "author_count", "listed_thread_count", "queued_comment_count"),
        *("pending_comment_count", "held_comment_count", "deleted_comment_count", "activity_seq"),
    ],
)
async def test_audit_reports_wrong_campaign_count(site: TestApp, column: str) -> None:
    await site.comment(await site.campaign(), await site.guest())
    assert await drift() == []

    await Campaign.all().update(**{column: F(column) + 1})

    assert [line for line in await drift() if line.startswith(f"campaigns.{column} ")] != []


@pytest.mark.anyio
@pytest.mark.parametrize(
    "column",
    [
        *("up_count", "down_count", "score", "reaction_count", "engagement_count", "heart_count"),
        *("reply_count", "descendant_count", "listed_reply_count"),
    ],
)
async def test_audit_reports_wrong_comment_count(site: TestApp, column: str) -> None:
    await site.comment(await site.campaign(), await site.guest())
    assert await drift() == []

    await Comment.all().update(**{column: F(column) + 1})

    assert [line for line in await drift() if line.startswith(f"comments.{column} ")] != []
