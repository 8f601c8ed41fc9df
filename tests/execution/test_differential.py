"""Differential tests: generated operations have the same answer compiled and on graphql-core."""

import asyncio
import gc
import logging
import os
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest
from graphql import OperationType
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from tests.execution import sample
from tests.execution.document_strategies import GeneratedOperation, operations

# graphql-core does not await the siblings of a resolver that fails.
pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")


@pytest.fixture(autouse=True)
def _collect_garbage() -> Iterator[None]:
    """Destroy unawaited coroutines while their warnings are still ignored."""
    yield
    gc.collect()


@pytest.fixture(autouse=True, scope="module")
def _disable_error_log() -> Iterator[None]:
    """Disable Strawberry's log, because these tests cause thousands of errors."""
    log = logging.getLogger("strawberry.execution")
    log.disabled = True
    yield
    log.disabled = False


COMPILED = sample.schema()
REFERENCE = sample.schema(compiled=False)
EXAMPLES = 1_000 if os.environ.get("LONG") == "1" else 100
SEARCH = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)
NESTED_FIELDS = ["greeting", "shout", "replies", "loaded", "related", "secret", "loud", "matches"]
ROOT_FIELDS = ["comments", "comment", "happenings", "nodes", "voted", "viewer"]
FAULTS = st.dictionaries(
    st.sampled_from(NESTED_FIELDS + ROOT_FIELDS),
    st.sampled_from(["raise", "null", "error", "odd", "empty"]),
)


def answer(schema: Any, generated: GeneratedOperation, viewer: sample.Viewer) -> Any:
    return asyncio.run(await_all_tasks(schema.execute(generated.text, dict(generated.variables), viewer)))


async def await_all_tasks(execution: Coroutine[Any, Any, Any]) -> Any:
    """Await the tasks that graphql-core abandons, before the event loop closes."""
    result = await execution
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*others, return_exceptions=True)
    return result


def is_compiled(schema: Any, generated: GeneratedOperation) -> bool:
    """Return True if the operation ran, and never fell back to graphql-core."""
    operation = schema.documents[generated.text].operation(None)
    return bool(operation and operation.runs and not operation.fallbacks)


@SEARCH
@given(generated=operations(COMPILED._schema))
def test_queries_have_the_answer_of_graphql_core(generated: GeneratedOperation) -> None:
    expected = answer(REFERENCE, generated, sample.Viewer())

    assert sample.as_sent(answer(COMPILED, generated, sample.Viewer())) == sample.as_sent(expected)

    reads_path = "where" in generated.text
    if not expected.errors and not reads_path:
        assert is_compiled(COMPILED, generated)
    event("errors" if expected.errors else "no errors")


@SEARCH
@given(generated=operations(COMPILED._schema), faults=FAULTS, is_staff=st.booleans())
def test_failing_resolvers_have_the_answer_of_graphql_core(
    generated: GeneratedOperation, faults: dict[str, str], is_staff: bool
) -> None:
    expected = answer(REFERENCE, generated, sample.Viewer(faults, is_staff))

    assert sample.as_sent(answer(COMPILED, generated, sample.Viewer(faults, is_staff))) == sample.as_sent(expected)


ODD_VALUES: list[Any] = [
    None,
    "text",
    7,
    2**31,
    2**53,
    1.5,
    float("nan"),
    True,
    [],
    {},
    ValueError("a value"),
    object,
    sample.Mood.ANGER,
]
ATTRIBUTES = ["body", "votes", "score", "is_pinned", "created_at", "mood", "slug", "total", "tags", "grid", "author"]


@SEARCH
@given(
    generated=operations(COMPILED._schema),
    attribute=st.sampled_from(ATTRIBUTES),
    value=st.sampled_from(ODD_VALUES),
    row_id=st.sampled_from(sorted(sample.BY_ID)),
)
def test_odd_attribute_values_have_the_answer_of_graphql_core(
    generated: GeneratedOperation, attribute: str, value: Any, row_id: str
) -> None:
    row = sample.BY_ID[row_id]
    original = getattr(row, attribute)
    setattr(row, attribute, value)
    try:
        expected = sample.as_sent(answer(REFERENCE, generated, sample.Viewer()))
        assert sample.as_sent(answer(COMPILED, generated, sample.Viewer())) == expected
    finally:
        setattr(row, attribute, original)


WITH_DIRECTIVES = [sample.schema(compiled=compiled, directives=[sample.reverse]) for compiled in (True, False)]


@SEARCH
@given(generated=operations(WITH_DIRECTIVES[0]._schema, directives=("reversed",)))
def test_custom_directives_have_the_answer_of_graphql_core(generated: GeneratedOperation) -> None:
    compiled, reference = WITH_DIRECTIVES

    expected = sample.as_sent(answer(reference, generated, sample.Viewer()))

    assert sample.as_sent(answer(compiled, generated, sample.Viewer())) == expected


MUTATION_FIELDS = ["bump", "move", "begin"]


@SEARCH
@given(
    generated=operations(COMPILED._schema, kind="mutation"),
    faults=st.dictionaries(
        st.sampled_from([*MUTATION_FIELDS, *NESTED_FIELDS]), st.sampled_from(["raise", "null", "odd"])
    ),
)
def test_mutations_have_the_answer_of_graphql_core(generated: GeneratedOperation, faults: dict[str, str]) -> None:
    """Each mutation also runs exactly once."""
    one, other = sample.Viewer(faults), sample.Viewer(faults)
    expected = answer(REFERENCE, generated, one)

    assert sample.as_sent(answer(COMPILED, generated, other)) == sample.as_sent(expected)
    assert [call for call in other.calls if call in MUTATION_FIELDS] == [
        call for call in one.calls if call in MUTATION_FIELDS
    ]


async def stream_events(schema: Any, generated: GeneratedOperation, viewer: sample.Viewer) -> list[Any]:
    stream = await schema.subscribe(generated.text, dict(generated.variables), viewer)
    return [sample.as_sent(result) async for result in stream]


@settings(SEARCH, max_examples=EXAMPLES // 3)
@given(
    generated=operations(COMPILED._schema, kind="subscription"),
    faults=st.dictionaries(st.sampled_from(["posted", *NESTED_FIELDS]), st.sampled_from(["raise", "null"])),
)
def test_events_have_the_answer_of_graphql_core(generated: GeneratedOperation, faults: dict[str, str]) -> None:
    expected = asyncio.run(await_all_tasks(stream_events(REFERENCE, generated, sample.Viewer(faults))))

    assert asyncio.run(await_all_tasks(stream_events(COMPILED, generated, sample.Viewer(faults)))) == expected

    operation = COMPILED.documents[generated.text].operation(None)
    assert operation is None or operation.definition.operation is OperationType.SUBSCRIPTION
