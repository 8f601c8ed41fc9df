"""Bulk decisions: by ids and by a query, equal to single decisions, bounded, refused as a whole, and tried first."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import models
import storage
from jobs.audits import drift
from models import Activity, CommentState, ModerationAction, ModerationDecision, Role
from resolvers import bulk_moderation, comment_queries
from resolvers.ids import global_id
from storage.database import Statement
from tests.support.app import TestApp, running_app
from tests.support.ids import row_id
from tests.support.signing import Clock, audited
from tests.support.statements import recorded_statements

pytestmark = pytest.mark.anyio

ID = "comment { id }"
PAYLOAD = "comments { id state } matchedCount hasMore"
LINKS = " ".join(["www.example.org"] * 6)
UNKNOWN = global_id("Comment", 999_999)


@pytest.fixture
async def site() -> Any:
    """A site whose stored counters are audited after each test."""
    async with audited() as app:
        yield app


async def moderate(site: TestApp, token: str, target: dict[str, Any], decision: str, **given: Any) -> Any:
    return await site.do("moderateComments", PAYLOAD, token, target=target, decision=decision, **given)


def ids(answer: Any) -> list[str]:
    return [comment["id"] for comment in answer["comments"]]


async def states(site: TestApp, comments: list[str]) -> list[str]:
    rows = await models.Comment.filter(id__in=[row_id(comment) for comment in comments]).order_by("id")
    return [row.state.value for row in rows]


# ---------------------------------------------------------------- by ids


async def test_named_comments_are_decided_on_in_the_given_order(site: TestApp) -> None:
    campaign, author = await site.campaign(), await site.guest()
    comments = [await site.comment(campaign, author) for _ in range(3)]
    named = [comments[2], comments[0], comments[2]]

    answer = await moderate(site, await site.staff(), {"ids": named}, "REJECT", reason="An advertisement.")

    assert answer["comments"] == [{"id": comments[2], "state": "REJECTED"}, {"id": comments[0], "state": "REJECTED"}]
    assert (answer["matchedCount"], answer["hasMore"]) == (2, False)
    assert await states(site, comments) == ["REJECTED", "VISIBLE", "REJECTED"]
    logged = await ModerationAction.all().order_by("id")
    assert [(row.comment_id, row.action, row.reason) for row in logged] == [
        (row_id(comment), "REJECT", "An advertisement.") for comment in (comments[0], comments[2])
    ]


async def test_no_ids_decide_on_nothing(site: TestApp) -> None:
    answer = await moderate(site, await site.staff(), {"ids": []}, "REJECT")

    assert (answer["comments"], answer["matchedCount"], answer["hasMore"]) == ([], 0, False)


async def test_more_than_a_hundred_ids_are_refused(site: TestApp) -> None:
    comment = await site.comment(await site.campaign(), await site.guest())

    answer = await moderate(site, await site.staff(), {"ids": [comment] * 101}, "REJECT")

    assert (answer["code"], answer["paths"]) == ("INVALID", ["target.ids"])
    assert await states(site, [comment]) == ["VISIBLE"]


@pytest.mark.parametrize("dry_run", [False, True])
async def test_unknown_ids_refuse_the_whole_call_and_are_named(site: TestApp, dry_run: bool) -> None:
    author = await site.guest()
    comment = await site.comment(await site.campaign(), author)
    named = [comment, UNKNOWN, "nonsense", await site.campaign()]

    answer = await moderate(site, await site.staff(), {"ids": named}, "REJECT", dryRun=dry_run)

    assert (answer["code"], answer["paths"]) == ("NOT_FOUND", [f"target.ids.{place}" for place in (1, 2, 3)])
    assert await states(site, [comment]) == ["VISIBLE"]
    assert await ModerationAction.all().count() == 0


async def test_deleted_comment_refuses_the_whole_call(site: TestApp) -> None:
    author, campaign = await site.guest(), await site.campaign()
    comments = [await site.comment(campaign, author) for _ in range(2)]
    await site.do("deleteComment", ID, author, commentId=comments[1])

    answer = await moderate(site, await site.staff(), {"ids": comments}, "APPROVE")

    assert (answer["code"], answer["paths"]) == ("CONFLICT", ["target.ids.1"])
    assert await states(site, comments) == ["VISIBLE", "DELETED"]


async def test_reason_has_at_most_1000_characters(site: TestApp) -> None:
    answer = await moderate(site, await site.staff(), {"ids": []}, "REJECT", reason="x" * 1001)

    assert (answer["code"], answer["paths"]) == ("INVALID", ["reason"])


@pytest.mark.parametrize("target", [{}, {"ids": None}, {"ids": [], "query": {}}, {"ids": [], "query": None}])
async def test_target_has_exactly_one_field(site: TestApp, target: dict[str, Any]) -> None:
    query = "mutation ($input: ModerateCommentsInput!) { moderateComments(input: $input) { __typename } }"

    body = await site.post(query, await site.staff(), input={"target": target, "decision": "REJECT"})

    assert body.get("data") is None
    assert len(body["errors"]) == 1


@pytest.mark.parametrize("target", ["{}", "{ids: null}", '{ids: ["x"], query: {}}'])
async def test_target_in_the_document_has_exactly_one_field(site: TestApp, target: str) -> None:
    query = f"mutation {{ moderateComments(input: {{target: {target}, decision: REJECT}}) {{ __typename }} }}"

    assert await site.codes(query, await site.staff()) == ["GRAPHQL_VALIDATION_FAILED"]


# ---------------------------------------------------------------- by a query


class Discussion:
    """Comments of two authors on two campaigns, in every state, one of them flagged."""

    def __init__(self) -> None:
        self.comments: dict[str, str] = {}

    @classmethod
    async def of(cls, site: TestApp, clock: Clock) -> "Discussion":
        discussion, moderator = cls(), await site.staff()
        discussion.authors = [await site.guest("Ada Byron"), await site.guest("Grace Hopper")]
        discussion.campaigns = [await site.campaign(), await site.campaign(commentPolicy="PREMODERATED")]
        bodies = {"links": LINKS, "contact": "ada@example.org"}
        for place, (campaign, author, name) in enumerate(
            [
                (0, 0, "visible"), (0, 0, "links"), (0, 1, "contact"), (1, 0, "pending"), (0, 1, "rejected"),
                (0, 0, "flagged"), (0, 1, "deleted"), (1, 1, "pending too"), (0, 0, "spam"), (0, 1, "held"),
            ]
        ):  # fmt: skip
            clock.ahead = timedelta(minutes=place)
            token = discussion.authors[author]
            comment = await site.comment(discussion.campaigns[campaign], token, bodies.get(name, "Well said."))
            discussion.comments[name] = comment
            decision = {"rejected": "REJECT", "spam": "MARK_SPAM", "held": "HOLD"}.get(name)
            if decision:
                await site.do("moderateComment", ID, moderator, commentId=comment, decision=decision)
            if name == "flagged":
                await site.do("flagComment", ID, moderator, commentId=comment, reason="SPAM")
            if name == "deleted":
                await site.do("deleteComment", ID, token, commentId=comment)
        return discussion

    authors: list[str]
    campaigns: list[str]

    def names(self, found: list[str]) -> list[str]:
        by_id = {comment: name for name, comment in self.comments.items()}
        return [by_id[comment] for comment in found]


ALL_STATES = [state.value for state in CommentState]
QUERIES: list[tuple[dict[str, Any], str, list[str]]] = [
    ({}, "REJECT", ["links", "contact", "pending", "flagged", "pending too", "held"]),
    ({}, "HOLD", ["pending", "flagged", "pending too"]),  # what is held already stays as it is
    ({}, "APPROVE", ["links", "contact", "pending", "flagged", "pending too", "held"]),
    ({"campaignId": 0}, "REJECT", ["links", "contact", "flagged", "held"]),
    ({"campaignId": 1}, "REJECT", ["pending", "pending too"]),
    ({"states": ["PENDING"]}, "APPROVE", ["pending", "pending too"]),
    ({"states": ["HELD", "PENDING"], "campaignId": 0}, "APPROVE", ["links", "contact", "held"]),
    ({"states": ["VISIBLE"]}, "REJECT", ["visible", "flagged"]),
    ({"states": ["VISIBLE"]}, "APPROVE", ["flagged"]),  # its flags are settled
    ({"states": ["REJECTED", "SPAM"]}, "REJECT", ["spam"]),
    ({"states": ["DELETED"]}, "RESTORE", []),
    ({"states": []}, "REJECT", []),
    ({"states": ALL_STATES, "authorId": 1}, "MARK_SPAM", ["contact", "rejected", "pending too", "held"]),
    ({"authorId": 0}, "REJECT", ["links", "pending", "flagged"]),
    ({"authorId": 0, "campaignId": 1}, "REJECT", ["pending"]),
    ({"authorId": 0, "states": ["SPAM"]}, "MARK_SPAM", []),
    ({"heldBecause": ["MANY_LINKS"]}, "REJECT", ["links"]),
    ({"heldBecause": ["MANY_LINKS", "PREMODERATED"]}, "REJECT", ["links", "pending", "pending too"]),
    ({"heldBecause": ["CONTACT_DETAILS"], "states": ["HELD", "VISIBLE"]}, "REJECT", ["contact"]),
    ({"heldBecause": ["CONTACT_DETAILS"], "states": ["VISIBLE"]}, "REJECT", []),
    ({"heldBecause": ["PREMODERATED"], "authorId": 1}, "REJECT", ["pending too"]),
    ({"postedAfter": 2}, "REJECT", ["pending", "flagged", "pending too", "held"]),
    ({"postedBefore": 3}, "REJECT", ["links", "contact"]),
    ({"postedAfter": 1, "postedBefore": 5, "states": ["HELD", "REJECTED"]}, "MARK_SPAM", ["contact", "rejected"]),
]


@pytest.mark.parametrize(("query", "decision", "expected"), QUERIES)
async def test_query_finds_what_the_decision_would_change(
    site: TestApp, clock: Clock, query: dict[str, Any], decision: str, expected: list[str]
) -> None:
    """Oldest first. The dry run finds the same and changes nothing; the same call again finds nothing."""
    discussion, moderator = await Discussion.of(site, clock), await site.staff()
    target = {"query": await given_query(site, discussion, query)}
    before = await site_rows()

    tried = await moderate(site, moderator, target, decision, dryRun=True)
    assert await site_rows() == before
    done = await moderate(site, moderator, target, decision)
    again = await moderate(site, moderator, target, decision)

    assert discussion.names(ids(tried)) == discussion.names(ids(done)) == expected
    assert (tried["matchedCount"], done["matchedCount"], done["hasMore"]) == (len(expected), len(expected), False)
    new_state = ModerationDecision(decision).state.value
    assert {comment["state"] for comment in done["comments"]} <= {new_state}
    assert (again["comments"], again["matchedCount"]) == ([], 0)
    assert await ModerationAction.filter(action=decision, reason=None).count() >= len(expected)


async def given_query(site: TestApp, discussion: Discussion, query: dict[str, Any]) -> dict[str, Any]:
    """Replace places by ids and times."""
    given = dict(query)
    if "campaignId" in query:
        given["campaignId"] = discussion.campaigns[query["campaignId"]]
    if "authorId" in query:
        viewer = await site.ask("{ viewer { supporter { id } } }", discussion.authors[query["authorId"]])
        given["authorId"] = viewer["viewer"]["supporter"]["id"]
    for name in {"postedAfter", "postedBefore"} & query.keys():
        place = row_id(list(discussion.comments.values())[query[name]])
        given[name] = (await models.Comment.get(id=place)).created_at.isoformat()
    return given


async def site_rows() -> list[Any]:
    """Return all rows that a decision could change."""
    return [
        [vars(row) for row in await model.all().order_by("id")]
        for model in (models.Comment, models.Campaign, Activity, ModerationAction, models.CommentAuthor)
    ]


@pytest.mark.parametrize("field", ["campaignId", "authorId"])
@pytest.mark.parametrize("unknown", ["nonsense", UNKNOWN])
async def test_id_of_another_type_in_a_query_is_not_found(site: TestApp, field: str, unknown: str) -> None:
    answer = await moderate(site, await site.staff(), {"query": {field: unknown}}, "REJECT")

    assert (answer["code"], answer["paths"]) == ("NOT_FOUND", [f"target.query.{field}"])


async def test_time_without_offset_is_utc(site: TestApp) -> None:
    comment = await site.comment(await site.campaign(), await site.guest(), LINKS)
    at = datetime.now(UTC).replace(tzinfo=None)
    found = []
    for change in (timedelta(hours=-1), timedelta(hours=1)):
        query = {"postedAfter": (at + change).isoformat()}
        found.append(ids(await moderate(site, await site.staff(), {"query": query}, "REJECT", dryRun=True)))

    assert found == [[comment], []]


async def test_call_decides_on_the_oldest_hundred_and_the_next_on_the_rest(site: TestApp) -> None:
    campaign, author = await site.campaign(commentPolicy="PREMODERATED"), await site.guest()
    comments = [await site.comment(campaign, author) for _ in range(104)]
    moderator, target = await site.staff(), {"query": {"campaignId": campaign}}

    first = await moderate(site, moderator, target, "APPROVE")
    second = await moderate(site, moderator, target, "APPROVE")

    assert (ids(first), first["matchedCount"], first["hasMore"]) == (comments[:100], 104, True)
    assert (ids(second), second["matchedCount"], second["hasMore"]) == (comments[100:], 4, False)


async def test_matched_count_is_bounded(site: TestApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comment_queries, "MAX_MATCHED_COUNT", 3)
    monkeypatch.setattr(bulk_moderation, "MAX_DECISIONS", 2)
    author, moderator = await site.guest(), await site.staff()
    for _ in range(2):
        campaign = await site.campaign(commentPolicy="PREMODERATED")
        for _ in range(3):
            await site.comment(campaign, author)

    answers = [await moderate(site, moderator, {"query": {}}, "APPROVE") for _ in range(3)]

    assert [(len(ids(answer)), answer["matchedCount"], answer["hasMore"]) for answer in answers] == [
        (2, 3, True), (2, 3, True), (2, 2, False),
    ]  # fmt: skip


# ---------------------------------------------------------------- as one by one

PLAN = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 1), st.booleans()), min_size=1, max_size=9)
"""The comments of a discussion: the place of the parent (0: none), the author, and whether the comment is flagged."""
STEPS = st.lists(
    st.tuples(st.sampled_from(list(ModerationDecision)), st.lists(st.integers(0, 8), max_size=9)),
    min_size=1,
    max_size=4,
)


@pytest.mark.parametrize("campaign_count", [1, 2])
def test_bulk_decision_equals_single_decisions(campaign_count: int) -> None:
    """Two equal sites get the same decisions, at once or one by one: every row and every counter is equal."""
    with asyncio.Runner() as runner:
        stack = running_app()
        site = runner.run(stack.__aenter__())

        @settings(max_examples=15)
        @given(PLAN, STEPS)
        def rows_are_equal(plan: list[Any], steps: list[Any]) -> None:
            runner.run(decide_both_ways(site, plan, steps, campaign_count))

        try:
            rows_are_equal()
        finally:
            runner.run(stack.__aexit__(None, None, None))


async def decide_both_ways(site: TestApp, plan: list[Any], steps: list[Any], campaign_count: int) -> None:
    moderator = await site.staff()

    async def at_once(comments: list[str], decision: str) -> None:
        answer = await moderate(site, moderator, {"ids": comments}, decision)
        assert "code" not in answer, answer

    async def one_by_one(comments: list[str], decision: str) -> None:
        for comment in sorted(comments, key=row_id):
            await site.do("moderateComment", ID, moderator, commentId=comment, decision=decision)

    outcomes = [await outcome(site, plan, steps, campaign_count, work) for work in (at_once, one_by_one)]
    assert outcomes[0] == outcomes[1]
    assert await drift() == []


async def outcome(
    site: TestApp,
    plan: list[Any],
    steps: list[Any],
    campaign_count: int,
    work: Callable[[list[str], str], Awaitable[None]],
) -> Any:
    """Build a discussion, take the steps, and return its rows, with places in place of ids."""
    authors, flagger = [await site.guest("Ada Byron"), await site.guest("Grace Hopper")], await site.guest("Fla Gger")
    campaigns = [await site.campaign() for _ in range(campaign_count)]
    comments: list[str] = []
    where: list[int] = []
    for place, (parent, author, is_flagged) in enumerate(plan):
        above = parent - 1 if 0 < parent <= place else None
        where.append(place % campaign_count if above is None else where[above])
        above_id = None if above is None else comments[above]
        comments.append(await site.comment(campaigns[where[-1]], authors[author], parent=above_id))
        if is_flagged:
            await site.do("flagComment", ID, flagger, commentId=comments[-1], reason="SPAM")
    for decision, places in steps:
        named = list(dict.fromkeys(comments[place % len(comments)] for place in places))
        await work(named, decision)
    return await _rows(campaigns, comments)


COMMENT_COLUMNS = """state, is_listed, is_queued, flag_count, held_because, reply_count, listed_reply_count,
  descendant_count"""
CAMPAIGN_COLUMNS = """thread_count, reply_count, author_count, listed_thread_count, pending_comment_count,
  held_comment_count, rejected_comment_count, spam_comment_count, deleted_comment_count, queued_comment_count,
  activity_seq"""


async def _rows(campaigns: list[str], comments: list[str]) -> Any:
    at = {row_id(comment): place for place, comment in enumerate(comments)}
    ids_of_comments, ids_of_campaigns = storage.json_list(at), storage.json_list(map(row_id, campaigns))
    found = []
    for columns, table, key, given_ids in (
        (COMMENT_COLUMNS, "comments", "id", ids_of_comments),
        (CAMPAIGN_COLUMNS, "campaigns", "id", ids_of_campaigns),
        ("visible_count", "comment_authors", "campaign_id", ids_of_campaigns),
    ):
        text = f"SELECT {columns} FROM {table} WHERE {key} IN {{ids $1}} ORDER BY id"
        found.append([tuple(row) for row in await storage.fetch(Statement(text), given_ids)])
    log = await Activity.filter(subject_type="Comment", subject_id__in=list(at)).order_by("campaign_id", "seq")
    actions = await ModerationAction.filter(comment_id__in=list(at)).order_by("id")
    kinds = [(row.seq, row.kind, at[row.subject_id], row.actor_id is None) for row in log]
    return found, kinds, [(at[row.comment_id], row.action) for row in actions]


# ---------------------------------------------------------------- retries, locks, and what it costs


async def test_retried_call_returns_the_first_comments(site: TestApp) -> None:
    campaign, author, moderator = await site.campaign(), await site.guest(), await site.staff()
    comments = [await site.comment(campaign, author) for _ in range(3)]
    given: dict[str, Any] = {"target": {"ids": comments[::-1]}, "decision": "REJECT", "idempotencyKey": "k"}
    first = await site.do("moderateComments", PAYLOAD, moderator, **given)
    await site.do("moderateComment", ID, moderator, commentId=comments[0], decision="RESTORE")

    again = await site.do("moderateComments", PAYLOAD, moderator, **given)
    other = await site.do("moderateComments", PAYLOAD, moderator, **given | {"target": {"ids": comments[:1]}})

    assert (again["replayed"], ids(again), again["matchedCount"]) == (True, ids(first), 3)
    assert await states(site, comments) == ["VISIBLE", "REJECTED", "REJECTED"]
    assert other["code"] == "IDEMPOTENCY_CONFLICT"


async def test_retried_empty_call_is_replayed(site: TestApp) -> None:
    given: dict[str, Any] = {"target": {"query": {}}, "decision": "REJECT", "idempotencyKey": "k"}
    moderator = await site.staff()

    answers = [await site.do("moderateComments", PAYLOAD, moderator, **given) for _ in range(2)]

    assert [(answer["replayed"], answer["comments"]) for answer in answers] == [(False, []), (True, [])]


async def test_concurrent_bulk_decisions_decide_once(site: TestApp) -> None:
    """Two moderators empty the same queues at the same moment, while authors write: nobody waits for ever."""
    author, moderators = await site.guest(), [await site.staff() for _ in range(2)]
    campaigns = [await site.campaign(commentPolicy="PREMODERATED") for _ in range(3)]
    comments = [await site.comment(campaigns[number % 3], author) for number in range(12)]

    calls = [moderate(site, moderator, {"query": {}}, "APPROVE") for moderator in moderators]
    writes = [site.comment(campaign, author) for campaign in campaigns]
    answers = (await asyncio.gather(*calls, *writes))[:2]

    decided = [comment for answer in answers for comment in ids(answer)]
    assert len(decided) == len({*decided})
    assert {*decided} >= {*comments}


async def test_live_readers_hear_of_a_bulk_decision(site: TestApp) -> None:
    campaign, author = await site.campaign(commentPolicy="PREMODERATED"), await site.guest()
    comments = [await site.comment(campaign, author) for _ in range(3)]

    await moderate(site, await site.staff(), {"query": {"campaignId": campaign}}, "APPROVE")

    kinds = await Activity.filter(campaign_id=row_id(campaign), kind="COMMENTED").order_by("seq")
    assert [row.subject_id for row in kinds] == [row_id(comment) for comment in comments]


async def test_dry_run_locks_and_writes_nothing(site: TestApp) -> None:
    campaign, author = await site.campaign(commentPolicy="PREMODERATED"), await site.guest()
    comments = [await site.comment(campaign, author) for _ in range(2)]
    moderator = await site.staff()

    targets: list[dict[str, Any]] = [{"ids": comments}, {"query": {}}]
    for target in targets:
        with recorded_statements() as seen:
            answer = await moderate(site, moderator, target, "APPROVE", dryRun=True)
        assert ids(answer) == comments
        assert [text for text in seen if "FOR UPDATE" in text or not text.startswith("SELECT")] == []


async def test_query_of_an_unseen_draft_finds_nothing(site: TestApp) -> None:
    """A moderator may not see a draft, and so decides on nothing there."""
    author, campaign = await site.guest(), await site.campaign()
    comment = await site.comment(campaign, author, LINKS)
    await models.Campaign.filter(id=row_id(campaign)).update(state="DRAFT")

    by_query = await moderate(site, await site.staff(), {"query": {}}, "APPROVE")
    by_id = await moderate(site, await site.staff(), {"ids": [comment]}, "APPROVE")
    by_campaigner = await moderate(site, await site.staff(Role.CAMPAIGNER), {"query": {}}, "APPROVE")

    assert (by_query["comments"], by_id["code"], ids(by_campaigner)) == ([], "NOT_FOUND", [comment])
