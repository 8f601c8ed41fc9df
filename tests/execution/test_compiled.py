"""Whatever is asked of our schema and data, compiled execution answers as graphql-core does, errors included."""

import asyncio
import functools
import gc
import logging
import os
import warnings
from collections import Counter
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import orjson
import pytest
from graphql import ExecutionResult
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

import models
import storage
from auth.rate_limits import RateLimit, RateLimits
from execution import Limits
from execution.executor import Executor
from jobs import chores, revocations
from resolvers.activity import ActivityEvent
from resolvers.context import Context
from resolvers.loaders import Loaders
from resolvers.paging import Place
from server import Schema, create_schema
from storage.keyset import Window
from tests.execution.documents import Habits, Written, operations
from tests.support.app import running_app
from tests.support.faults import NONE, Trouble, faulty_fields, trouble
from tests.support.populated_site import AT, PopulatedSite, populated_site

# graphql-core leaves coroutines behind when one of their siblings fails.
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    # the same, met while a named tuple is made, whose code has no builtins to warn with
    pytest.mark.filterwarnings(
        r"ignore:Exception ignored in. <coroutine object :pytest.PytestUnraisableExceptionWarning"
    ),
]
EXAMPLES = 10_000 if os.environ.get("LONG") == "1" else 300
SEARCH = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)


# ---------------------------------------------------------------- what is asked


@dataclass
class Asked:
    written: Written
    viewer: str
    remember: bool
    trouble: Trouble


def habits(there: PopulatedSite) -> Habits:
    """Mostly what is there, in pages of a few; sometimes what no client should send."""
    ids = st.sampled_from([*there.campaigns[:1] * 20, *there.ids, "Q29tbWVudDo5OTk", "none", ""])
    size = st.sampled_from([1, 2, 3, 4] * 15 + [0, 101])
    values: dict[str, st.SearchStrategy[Any]] = {
        "ID": ids,
        "Query.campaign.id": st.sampled_from([*there.campaigns, there.comments[0], "none"]),
        "Query.moderationQueue.campaignId": st.sampled_from(there.campaigns),
        "slug": st.sampled_from(["free-them"] * 5 + ["won", "read-first", "not-yet", "nowhere"]),
        "search": st.sampled_from(["free", "campaign won", "", "nothing of it"]),
        "first": size,
        "last": size,
    }
    for of, gave in PLACES.items():
        for name in ("after", "before"):
            values[f"{of}.{name}"] = st.sampled_from([*there.cursors[gave] * 9, "nowhere"])
    odds = {"Query.campaign.slug": 1, "Query.campaign.id": 40, "after": 12, "before": 30, "last": 15, "kinds": 4}
    likely = {
        "Query": ["campaign"] * 4 + ["campaigns"],
        "Campaign": ["comments"] * 6 + ["activity", "updates", "commentStats"] * 2,
        "Comment": ["replies"] * 4 + ["author", "parent", "body"],
        "CommentConnection": ["nodes"] * 4 + ["edges"],
        "ActivityConnection": ["nodes", "edges"] * 2,
        "CampaignConnection": ["nodes", "edges"] * 2,
        "CommentEdge": ["node"],
    }
    return Habits(values, odds, likely)


PLACES = {
    "Query.campaigns": "campaigns",
    "Query.moderationQueue": "moderationQueue",
    "Campaign.comments": "comments",
    "Campaign.updates": "updates",
    "Campaign.activity": "activity",
    "Comment.replies": "replies",
    "Subscription.activity": "activity",
}
WRONG = st.sampled_from([0, 0, 1, 2, 3, 4])
HOW = st.tuples(st.sampled_from(["raise", "refuse", "later", "null", "error", "odd"]), st.sampled_from([1, 1, 2, 3]))


@st.composite
def asked(draw: Any, both: "Both", names: list[str]) -> Asked:
    written = draw(both.documents)
    words = set(written.text.replace("(", " ").split())
    met = [name for name in names if name.partition(".")[2] in words]
    broken = {draw(st.sampled_from(met)): draw(HOW) for _ in range(draw(WRONG))} if met else {}
    return Asked(written, draw(both.viewers), draw(st.booleans()), Trouble(broken))


# ---------------------------------------------------------------- how it is answered


ROOMY = replace(Limits(), tokens=20_000, aliases=1_000, directives=1_000, root_fields=100, fields=2_000)


class Standing(RateLimits):
    """Tells the same whenever it is asked."""

    async def standing(self, *_: Any) -> RateLimit:
        return RateLimit(60, 59, AT)


STANDING = Standing()


class Both:
    """The same site, asked of compiled execution and of graphql-core."""

    def __init__(self, there: PopulatedSite) -> None:
        self.there = there
        knobs = there.site.settings
        self.compiled = create_schema(replace(knobs, compiled=True))
        self.reference = create_schema(replace(knobs, compiled=False))
        # parsed, validated and weighed by the same code: once is enough
        self.reference.documents = self.compiled.documents
        self.compiled.documents.limits = ROOMY
        self.now = storage.now()
        self.documents = operations(self.compiled._schema, depth=5, habits=habits(there))
        self.viewers = st.sampled_from([*there.viewers, *["a moderator"] * 3])

    def context(self, asked: Asked) -> Context:
        site = self.there.site
        loaders = Loaders(asked.remember)
        context = Context(site.settings, site.groundswell.live, loaders=loaders, limits=STANDING, now=lambda: self.now)
        token = self.there.viewers[asked.viewer]
        context.identify(f"Bearer {token}" if token else None)
        return context

    async def answer(self, schema: Schema, asked: Asked, context: Context | None = None) -> Any:
        with trouble(asked.trouble):
            context = context or self.context(asked)
            return await settled(schema.execute(asked.written.text, dict(asked.written.variables), context))


async def settled(answering: Awaitable[Any]) -> Any:
    """graphql-core leaves what it no longer needs to tasks of its own."""
    before = asyncio.all_tasks()
    result = await answering
    left = asyncio.all_tasks() - before
    await asyncio.gather(
        *(task for task in left if task.get_name() not in (revocations.TASK_NAME, chores.TASK_NAME)),
        return_exceptions=True,
    )
    return result


def told(result: Any) -> tuple[bytes, list[bytes]]:
    """As it goes out: data with its keys in order, and the errors, whose order is a matter of time."""
    return orjson.dumps(result.data), sorted(orjson.dumps(error.formatted) for error in result.errors or ())


def compared(result: Any) -> tuple[bytes, Any]:
    """All that is told, where statements are answered at once.

    Of several errors that null the same place, the first to come is told. Where statements travel to a server and
    back, that is a matter of time for graphql-core itself: there an error counts as the place that it nulls.
    """
    if storage.database.dialect() == "sqlite":
        return told(result)
    return orjson.dumps(result.data), {nulled(result.data, error.path) for error in result.errors or ()}


def nulled(data: Any, path: list[str | int] | None) -> tuple[str | int, ...]:
    """Where the data ends on the way to an error."""
    for steps, step in enumerate(path or ()):
        if data is None:
            return tuple(path or ())[:steps]
        data = data[step]
    return tuple(path or ())


@pytest.fixture(autouse=True)
def _left_behind() -> Iterator[None]:
    """What graphql-core forgot goes while its warnings are still ignored."""
    yield
    gc.collect()


@pytest.fixture(scope="module", autouse=True)
def _quiet() -> Iterator[None]:
    """Every error that is made here would be logged."""
    logs = [logging.getLogger(name) for name in ("groundswell.errors", "asyncio")]
    for log in logs:
        log.disabled = True
    yield
    for log in logs:
        log.disabled = False


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as made:
        yield made


@pytest.fixture(scope="module")
def both(runner: asyncio.Runner) -> Iterator[Both]:
    stack = running_app()
    site = runner.run(stack.__aenter__())
    try:
        yield Both(runner.run(populated_site(site)))
    finally:
        runner.run(stack.__aexit__(None, None, None))


def runs(schema: Schema, written: Written) -> int:
    """How often it ran compiled to the end."""
    operation = schema.documents[written.text].operation(None)
    return operation.runs - operation.fallbacks if operation else 0


def test_documents_are_answered_as_by_graphql_core(runner: asyncio.Runner, both: Both) -> None:
    """And what it answers without an error ran compiled."""
    met: Counter[str] = Counter()

    async def compare(asked: Asked) -> None:
        context = both.context(asked)
        expected = await both.answer(both.reference, asked, context)
        before = runs(both.compiled, asked.written)
        actual = await both.answer(both.compiled, asked)
        if compared(actual) != compared(expected):
            # Of several errors that null the same place, graphql-core tells the first to come. What was loaded
            # already comes at once, and before it falls back, compiled execution has loaded what it could.
            expected = await both.answer(both.reference, asked, context)
        assert compared(actual) == compared(expected)
        if not expected.errors and not asked.trouble.resolvers:
            assert runs(both.compiled, asked.written) == before + 1
        met.update([kind_of(expected), "all"])

    with faulty_fields(both.compiled) as names:
        settings(SEARCH)(given(asked=asked(both, names))(lambda asked: runner.run(compare(asked))))()

    assert met["fine"] > met["all"] * 0.3
    assert met["broken"] > 0
    assert met["refused"] < met["all"] * 0.1


def test_compiled_execution_leaves_nothing_unawaited_itself(
    runner: asyncio.Runner, both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here graphql-core does not run what compiled execution gives up: what it would leave is not looked at."""
    met: Counter[str] = Counter()  # and not the executors, which would hold what they left

    async def run(asked: Asked) -> None:
        await both.answer(both.compiled, asked)

    def stop(self: Executor, serially: bool | None = None) -> ExecutionResult:
        met["given up"] += 1
        return ExecutionResult(None, None)

    monkeypatch.setattr(StrawberryGraphQLCoreExecutionContext, "execute_operation", stop)
    search = settings(SEARCH, max_examples=EXAMPLES // 3)
    with faulty_fields(both.compiled) as names, warnings.catch_warnings(record=True) as left:
        warnings.simplefilter("always")
        search(given(asked=asked(both, names))(lambda asked: runner.run(run(asked))))()
        gc.collect()

    assert met["given up"]
    promised_ready = (
        "coroutine '_later' was never awaited"  # a resolver that was broken so, see tests/support/faults.py
    )
    assert {str(warning.message) for warning in left} <= {promised_ready}


def kind_of(result: Any) -> str:
    codes = {error.extensions["code"] for error in result.errors or ()}
    if codes & {"OPERATION_TOO_COSTLY", "GRAPHQL_VALIDATION_FAILED"}:
        return "refused"
    return "broken" if "INTERNAL_SERVER_ERROR" in codes else "faulty" if codes else "fine"


def test_events_are_answered_as_by_graphql_core(runner: asyncio.Runner, both: Both) -> None:
    events = runner.run(logged(both))
    documents = operations(both.compiled._schema, "subscription", depth=5, habits=habits(both.there))

    async def compare(written: Written, which: int, viewer: str) -> None:
        asked = Asked(written, viewer, False, NONE)
        event = events[which % len(events)]
        given = written.text, event, dict(written.variables)
        if both.compiled.documents[written.text].validate() or both.compiled.documents[written.text].refused:
            return
        expected = await settled(both.reference.execute_event(*given, both.context(asked)))
        actual = await settled(both.compiled.execute_event(*given, both.context(asked)))
        assert compared(actual) == compared(expected)
        assert expected.errors or runs(both.compiled, written)

    search = settings(SEARCH, max_examples=EXAMPLES // 10)
    viewers = st.sampled_from(list(both.there.viewers))
    wrapped = given(written=documents, which=st.integers(0, 99), viewer=viewers)
    search(wrapped(lambda written, which, viewer: runner.run(compare(written, which, viewer))))()


async def logged(both: Both) -> list[ActivityEvent]:
    place = Place(both.there.site.settings.key, "activity:1::", models.ActivitySort.NEWEST)
    return [
        ActivityEvent(row, place)
        for row in await storage.keyset.page(models.Activity, "true", (), models.ActivitySort.NEWEST, Window(100))
    ]


def test_the_same_query_of_several_at_once_tells_each_their_own(runner: asyncio.Runner, both: Both) -> None:
    """One compiled function serves them all; who asks, what was loaded and the variables are each request's."""
    text = """query ($first: Int!) { viewer { profile { givenName } } campaign(slug: "free-them") {
        comments(sort: OLDEST, first: $first) { nodes { id votes { viewerVote } viewerCan replies { totalCount } } }
    } }"""
    crowd = [
        Asked(Written(text, {"first": 1 + number % 3}), viewer, True, NONE)
        for number, viewer in enumerate([*both.there.viewers] * 5)
    ]

    async def at_once() -> list[Any]:
        asking = (both.compiled.execute(text, asked.written.variables, both.context(asked)) for asked in crowd)
        return await asyncio.gather(*asking)

    answers = runner.run(at_once())

    assert runs(both.compiled, crowd[0].written) == len(crowd)
    for asked, answer in zip(crowd, answers, strict=True):
        assert told(answer) == told(runner.run(both.answer(both.reference, asked)))
    assert len({orjson.dumps(answer.data) for answer in answers}) > 6


@pytest.mark.parametrize(
    "fields",
    [
        "root { replies { nodes { id } } }",
        "campaign { comments { nodes { id } } }",
        "campaign { comments { nodes { replies { nodes { id } } } } }",
        "campaign { partners { signatures partner { name } } }",
        "campaign { activity { nodes { actorName actor { id } subject { __typename } } } }",
        "root { depth isLocked votes { up viewerVote } reactions { viewerHasReacted } edits { editedAt } }",
    ],
)
def test_a_row_at_several_places_of_a_level_is_the_same_at_each(
    runner: asyncio.Runner, both: Both, fields: str
) -> None:
    text = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Comment {{ {fields} }} }} }}"
    asked = Asked(Written(text, {"ids": both.there.comments[:3] * 2}), "Ada Byron", True, NONE)

    actual = runner.run(both.answer(both.compiled, asked))

    assert told(actual) == told(runner.run(both.answer(both.reference, asked)))
    assert actual.errors is None
    assert runs(both.compiled, asked.written) == 1


def test_a_field_that_fails_takes_no_batch_from_the_others(
    runner: asyncio.Runner, both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    """graphql-core cancels what stands beside a failed field, and others may wait for the same batch."""
    text = """query ($id: ID!) {
        failed: campaign(id: $id) { waits: comments { totalCount } breaks: comments(after: "nowhere") { totalCount } }
        fine: campaign(id: $id) { comments(first: 1) { totalCount } }
    }"""
    load = Loaders.load

    def slowly(self: Loaders, batch: Any, key: Any, *shared: Any) -> Any:
        return load(self, late(batch), key, *shared)

    monkeypatch.setattr(Loaders, "load", slowly)
    asked = Asked(Written(text, {"id": both.there.campaigns[0]}), "Ada Byron", True, NONE)

    for schema in (both.reference, both.compiled):
        result = runner.run(both.answer(schema, asked))
        assert result.data == {"failed": None, "fine": {"comments": {"totalCount": 5}}}


@functools.cache
def late(batch: Any) -> Any:
    """The same batch, after all else has had its turn."""

    async def load(*given: Any) -> Any:
        for _ in range(50):
            await asyncio.sleep(0)
        return await batch(*given)

    return load
