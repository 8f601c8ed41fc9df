"""Differential tests of the real schema: generated operations have the same answer compiled and on graphql-core."""

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
from resolvers.activity_log import ActivityEvent
from resolvers.context import Context
from resolvers.loaders import Loaders
from resolvers.paging import CursorCodec
from server import Schema, create_schema
from storage.keyset import Window
from tests.execution.document_strategies import GeneratedOperation, Preferences, operations
from tests.support.app import running_app
from tests.support.faults import NO_FAULTS, Faults, faulty_fields, injected_faults
from tests.support.populated_site import AT, PopulatedSite, populated_site

# graphql-core does not await the siblings of a resolver that fails.
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    # the same warning, raised inside the code of a named tuple, which has no builtins to warn with
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


# ---------------------------------------------------------------- generated requests


@dataclass
class GeneratedRequest:
    operation: GeneratedOperation
    viewer: str
    cache_rows: bool
    faults: Faults


def preferences(there: PopulatedSite) -> Preferences:
    """Prefer ids and cursors of existing rows, and small pages; sometimes draw values that no client should send."""
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
        "depth": st.sampled_from([1, 2, 3, 50] * 5 + [0]),
        "Date": st.sampled_from(["2026-03-01", "2026-02-01"]),
        "DateTime": st.sampled_from(["2026-03-01T00:00:00Z", "2020-01-01T00:00:00Z"]),
    }
    for path, connection in CONNECTIONS.items():
        for name in ("after", "before"):
            values[f"{path}.{name}"] = st.sampled_from([*there.cursors[connection] * 9, "nowhere"])
    odds = {"Query.campaign.slug": 1, "Query.campaign.id": 40, "after": 12, "before": 30, "last": 15, "kinds": 4}
    odds |= {"around": 20, "depth": 4, "since": 10, "until": 10}
    likely = {
        "Query": ["campaign"] * 4 + ["campaigns"],
        "Campaign": ["comments"] * 6 + ["activity", "updates", "commentStats"] * 2,
        "Comment": ["replies"] * 4 + ["author", "parent", "body"],
        "CommentConnection": ["nodes"] * 4 + ["edges"],
        "ActivityConnection": ["nodes", "edges"] * 2,
        "CampaignConnection": ["nodes", "edges"] * 2,
        "CommentEdge": ["node"],
    }
    return Preferences(values, odds, likely)


CONNECTIONS = {
    "Query.campaigns": "campaigns",
    "Query.moderationQueue": "moderationQueue",
    "Campaign.comments": "comments",
    "Campaign.updates": "updates",
    "Campaign.activity": "activity",
    "Comment.replies": "replies",
    "Subscription.activity": "activity",
}
FAULT_COUNTS = st.sampled_from([0, 0, 1, 2, 3, 4])
FAULTS = st.tuples(st.sampled_from(["raise", "refuse", "later", "null", "error", "odd"]), st.sampled_from([1, 1, 2, 3]))


@st.composite
def requests(draw: Any, both: "BothSchemas", names: list[str]) -> GeneratedRequest:
    operation = draw(both.operations)
    words = set(operation.text.replace("(", " ").split())
    selected = [name for name in names if name.partition(".")[2] in words]
    broken = {draw(st.sampled_from(selected)): draw(FAULTS) for _ in range(draw(FAULT_COUNTS))} if selected else {}
    return GeneratedRequest(operation, draw(both.viewers), draw(st.booleans()), Faults(broken))


# ---------------------------------------------------------------- answers


HIGH_LIMITS = replace(Limits(), tokens=20_000, aliases=1_000, directives=1_000, root_fields=100, fields=2_000)


class FixedRateLimits(RateLimits):
    """Rate limits whose state never changes."""

    async def status(self, *_: Any) -> RateLimit:
        return RateLimit(60, 59, AT)


RATE_LIMITS = FixedRateLimits()


class BothSchemas:
    """The same site behind compiled execution and behind graphql-core."""

    def __init__(self, there: PopulatedSite) -> None:
        self.there = there
        site_settings = there.site.settings
        self.compiled = create_schema(replace(site_settings, compiled=True))
        self.reference = create_schema(replace(site_settings, compiled=False))
        # Parsing, validation and cost estimation are the same code: once is enough.
        self.reference.documents = self.compiled.documents
        self.compiled.documents.limits = HIGH_LIMITS
        self.now = storage.now()
        self.operations = operations(self.compiled._schema, depth=5, preferences=preferences(there))
        self.viewers = st.sampled_from([*there.viewers, *["a moderator"] * 3])

    def context(self, request: GeneratedRequest) -> Context:
        site = self.there.site
        loaders = Loaders(request.cache_rows)
        context = Context(
            site.settings, site.groundswell.live, loaders=loaders, rate_limits=RATE_LIMITS, now=lambda: self.now
        )
        token = self.there.viewers[request.viewer]
        context.identify(f"Bearer {token}" if token else None)
        return context

    async def answer(self, schema: Schema, request: GeneratedRequest, context: Context | None = None) -> Any:
        with injected_faults(request.faults):
            context = context or self.context(request)
            return await await_all_tasks(
                schema.execute(request.operation.text, dict(request.operation.variables), context)
            )


async def await_all_tasks(execution: Awaitable[Any]) -> Any:
    """Await the tasks that graphql-core abandons as well."""
    before = asyncio.all_tasks()
    result = await execution
    others = asyncio.all_tasks() - before
    await asyncio.gather(
        *(task for task in others if task.get_name() not in (revocations.TASK_NAME, chores.TASK_NAME)),
        return_exceptions=True,
    )
    return result


def as_sent(result: Any) -> tuple[bytes, list[bytes]]:
    """Return the data with its keys in order, and the errors sorted, because their order depends on timing."""
    return orjson.dumps(result.data), sorted(orjson.dumps(error.formatted) for error in result.errors or ())


def comparable(result: Any) -> tuple[bytes, Any]:
    """Return what must be equal: on SQLite the whole answer, on other databases the data and the nulled places.

    Of several errors that null the same place, graphql-core reports the first. On a database server, which error is
    first depends on timing, so that only the place of an error is compared.
    """
    if storage.database.dialect() == "sqlite":
        return as_sent(result)
    return orjson.dumps(result.data), {nulled_path(result.data, error.path) for error in result.errors or ()}


def nulled_path(data: Any, path: list[str | int] | None) -> tuple[str | int, ...]:
    """Return the part of an error's path that leads to the null in the data."""
    for steps, step in enumerate(path or ()):
        if data is None:
            return tuple(path or ())[:steps]
        data = data[step]
    return tuple(path or ())


@pytest.fixture(autouse=True)
def _collect_garbage() -> Iterator[None]:
    """Destroy unawaited coroutines while their warnings are still ignored."""
    yield
    gc.collect()


@pytest.fixture(scope="module", autouse=True)
def _disable_error_logs() -> Iterator[None]:
    """Disable the error logs, because these tests cause thousands of errors."""
    logs = [logging.getLogger(name) for name in ("groundswell.errors", "asyncio")]
    for log in logs:
        log.disabled = True
    yield
    for log in logs:
        log.disabled = False


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def both(runner: asyncio.Runner) -> Iterator[BothSchemas]:
    stack = running_app()
    site = runner.run(stack.__aenter__())
    try:
        yield BothSchemas(runner.run(populated_site(site)))
    finally:
        runner.run(stack.__aexit__(None, None, None))


def compiled_runs(schema: Schema, generated: GeneratedOperation) -> int:
    """Return how often the operation ran compiled without a fallback."""
    operation = schema.documents[generated.text].operation(None)
    return operation.runs - operation.fallbacks if operation else 0


def test_queries_have_the_answer_of_graphql_core(runner: asyncio.Runner, both: BothSchemas) -> None:
    """Queries without an error also ran compiled: all but a few.

    Compiled code converts the arguments of each field at its start. So a wrong one below an empty list, which
    graphql-core never comes to, is a fallback.
    """
    outcomes: Counter[str] = Counter()

    async def compare(request: GeneratedRequest) -> None:
        context = both.context(request)
        expected = await both.answer(both.reference, request, context)
        before = compiled_runs(both.compiled, request.operation)
        actual = await both.answer(both.compiled, request)
        if comparable(actual) != comparable(expected):
            # Of several errors that null the same place, graphql-core reports the first. Which one is first depends
            # on what is loaded: before it falls back, compiled execution has loaded more. So repeat with that cached.
            expected = await both.answer(both.reference, request, context)
        assert comparable(actual) == comparable(expected)
        if not expected.errors and not request.faults.resolvers:
            outcomes.update(["compiled"] * (compiled_runs(both.compiled, request.operation) - before) + ["faultless"])
        outcomes.update([outcome(expected), "all"])

    with faulty_fields(both.compiled) as names:
        settings(SEARCH)(given(request=requests(both, names))(lambda request: runner.run(compare(request))))()

    # Hypothesis repeats and varies what it drew, so that requests of a kind come in groups.
    assert outcomes["success"] > outcomes["all"] * 0.1
    assert outcomes["faultless"] * 0.9 <= outcomes["compiled"] <= outcomes["faultless"]
    assert outcomes["unexpected error"] > 0
    assert outcomes["refused"] < outcomes["all"] * 0.5


def test_compiled_execution_leaves_no_coroutine_unawaited(
    runner: asyncio.Runner, both: BothSchemas, monkeypatch: pytest.MonkeyPatch
) -> None:
    """graphql-core does not run the fallbacks here, so that its own unawaited coroutines are not counted."""
    fallbacks = Counter[str]()  # a list of the executors would keep their coroutines alive

    async def run(request: GeneratedRequest) -> None:
        await both.answer(both.compiled, request)

    def count_fallback(self: Executor, serially: bool | None = None) -> ExecutionResult:
        fallbacks["all"] += 1
        return ExecutionResult(None, None)

    monkeypatch.setattr(StrawberryGraphQLCoreExecutionContext, "execute_operation", count_fallback)
    search = settings(SEARCH, max_examples=EXAMPLES // 3)
    with faulty_fields(both.compiled) as names, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search(given(request=requests(both, names))(lambda request: runner.run(run(request))))()
        gc.collect()

    assert fallbacks["all"]
    expected = "coroutine '_fail_later' was never awaited"  # of an injected fault, see tests/support/faults.py
    assert {str(warning.message) for warning in caught} <= {expected}


def outcome(result: Any) -> str:
    codes = {error.extensions["code"] for error in result.errors or ()}
    if codes & {"OPERATION_TOO_COSTLY", "GRAPHQL_VALIDATION_FAILED"}:
        return "refused"
    return "unexpected error" if "INTERNAL_SERVER_ERROR" in codes else "error" if codes else "success"


def test_events_have_the_answer_of_graphql_core(runner: asyncio.Runner, both: BothSchemas) -> None:
    events = runner.run(logged_events(both))
    subscriptions = operations(both.compiled._schema, "subscription", depth=5, preferences=preferences(both.there))

    async def compare(operation: GeneratedOperation, event_index: int, viewer: str) -> None:
        request = GeneratedRequest(operation, viewer, False, NO_FAULTS)
        event = events[event_index % len(events)]
        arguments = operation.text, event, dict(operation.variables)
        document = both.compiled.documents[operation.text]
        if document.validate() or document.refused:
            return
        expected = await await_all_tasks(both.reference.execute_event(*arguments, both.context(request)))
        actual = await await_all_tasks(both.compiled.execute_event(*arguments, both.context(request)))
        assert comparable(actual) == comparable(expected)
        assert expected.errors or compiled_runs(both.compiled, operation)

    search = settings(SEARCH, max_examples=EXAMPLES // 10)
    viewers = st.sampled_from(list(both.there.viewers))
    with_arguments = given(operation=subscriptions, event_index=st.integers(0, 99), viewer=viewers)
    search(with_arguments(lambda **arguments: runner.run(compare(**arguments))))()


async def logged_events(both: BothSchemas) -> list[ActivityEvent]:
    place = CursorCodec(both.there.site.settings.key, "activity:1::", models.ActivitySort.NEWEST)
    return [
        ActivityEvent(row, place)
        for row in await storage.keyset.page(models.Activity, "true", (), models.ActivitySort.NEWEST, Window(100))
    ]


def test_concurrent_viewers_of_one_query_get_their_own_answers(runner: asyncio.Runner, both: BothSchemas) -> None:
    """Requests share the compiled function, but neither viewer, loaders nor variables."""
    text = """query ($first: Int!) { viewer { profile { givenName } } campaign(slug: "free-them") {
        comments(sort: OLDEST, first: $first) { nodes { id votes { viewerVote } viewerCan replies { totalCount } } }
    } }"""
    crowd = [
        GeneratedRequest(GeneratedOperation(text, {"first": 1 + number % 3}), viewer, True, NO_FAULTS)
        for number, viewer in enumerate([*both.there.viewers] * 5)
    ]

    async def run_all() -> list[Any]:
        executions = (
            both.compiled.execute(text, request.operation.variables, both.context(request)) for request in crowd
        )
        return await asyncio.gather(*executions)

    answers = runner.run(run_all())

    assert compiled_runs(both.compiled, crowd[0].operation) == len(crowd)
    for request, answer in zip(crowd, answers, strict=True):
        assert as_sent(answer) == as_sent(runner.run(both.answer(both.reference, request)))
    assert len({orjson.dumps(answer.data) for answer in answers}) > 6


@pytest.mark.parametrize(
    "fields",
    [
        "root { replies { nodes { id } } }",
        "campaign { comments { nodes { id } } }",
        "campaign { comments { nodes { replies { nodes { id } } } } }",
        "campaign { partners { signatures partner { name } } }",
        "campaign { activity { nodes { actorName actor { id } ... on CommentActivity { comment { __typename } } } } }",
        "root { depth isLocked votes { up viewerVote } reactions { viewerHasReacted } edits { editedAt } }",
    ],
)
def test_row_selected_several_times_in_a_level_has_equal_answers(
    runner: asyncio.Runner, both: BothSchemas, fields: str
) -> None:
    text = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Comment {{ {fields} }} }} }}"
    request = GeneratedRequest(
        GeneratedOperation(text, {"ids": both.there.comments[:3] * 2}), "Ada Byron", True, NO_FAULTS
    )

    actual = runner.run(both.answer(both.compiled, request))

    assert as_sent(actual) == as_sent(runner.run(both.answer(both.reference, request)))
    assert actual.errors is None
    assert compiled_runs(both.compiled, request.operation) == 1


def test_failing_field_does_not_cancel_the_batch_of_others(
    runner: asyncio.Runner, both: BothSchemas, monkeypatch: pytest.MonkeyPatch
) -> None:
    """graphql-core cancels the siblings of a failed field, and other fields may wait for the same batch."""
    text = """query ($id: ID!) {
        failed: campaign(id: $id) { slow: comments { totalCount } bad: countries(first: 0) { count } }
        other: campaign(id: $id) { comments(first: 1) { totalCount } }
    }"""
    load = Loaders.load

    def load_slowly(self: Loaders, batch: Any, key: Any, *shared: Any) -> Any:
        return load(self, delayed(batch), key, *shared)

    monkeypatch.setattr(Loaders, "load", load_slowly)
    request = GeneratedRequest(GeneratedOperation(text, {"id": both.there.campaigns[0]}), "Ada Byron", True, NO_FAULTS)

    for schema in (both.reference, both.compiled):
        result = runner.run(both.answer(schema, request))
        assert result.data == {"failed": None, "other": {"comments": {"totalCount": 5}}}


@functools.cache
def delayed(batch: Any) -> Any:
    """Return a batch function that first lets all other tasks run."""

    async def load(*arguments: Any) -> Any:
        for _ in range(50):
            await asyncio.sleep(0)
        return await batch(*arguments)

    return load
