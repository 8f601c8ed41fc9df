"""Whatever is asked, compiled execution answers as graphql-core does."""

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
from tests.execution.documents import Written, operations

# graphql-core leaves coroutines behind when one of their siblings fails.
pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")


@pytest.fixture(autouse=True)
def _left_behind() -> Iterator[None]:
    """They go while their warnings are still ignored."""
    yield
    gc.collect()


@pytest.fixture(autouse=True, scope="module")
def _quiet() -> Iterator[None]:
    """Strawberry logs every error, and these tests make thousands."""
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
ASYNC_MISCHIEF = ["greeting", "shout", "replies", "loaded", "related", "secret", "loud", "matches"]
ROOT_MISCHIEF = ["comments", "comment", "happenings", "nodes", "voted", "viewer"]
MISCHIEF = st.dictionaries(
    st.sampled_from(ASYNC_MISCHIEF + ROOT_MISCHIEF),
    st.sampled_from(["raise", "null", "error", "odd", "empty"]),
)


def answer(schema: Any, written: Written, viewer: sample.Viewer) -> Any:
    return asyncio.run(settled(schema.execute(written.text, dict(written.variables), viewer)))


async def settled(answering: Coroutine[Any, Any, Any]) -> Any:
    """graphql-core leaves what it no longer needs to tasks of its own, which the loop's end would cut short."""
    result = await answering
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*others, return_exceptions=True)
    return result


def is_compiled(schema: Any, written: Written) -> bool:
    """Whether the last run of it was not taken over by graphql-core."""
    operation = schema.documents[written.text].operation(None)
    return bool(operation and operation.runs and not operation.fallbacks)


@SEARCH
@given(written=operations(COMPILED._schema))
def test_documents_are_answered_as_by_graphql_core(written: Written) -> None:
    expected = answer(REFERENCE, written, sample.Viewer())

    assert sample.told(answer(COMPILED, written, sample.Viewer())) == sample.told(expected)

    asks_path = "where" in written.text
    if not expected.errors and not asks_path:
        assert is_compiled(COMPILED, written)
    event("errors" if expected.errors else "no errors")


@SEARCH
@given(written=operations(COMPILED._schema), mischief=MISCHIEF, is_staff=st.booleans())
def test_failing_resolvers_are_answered_as_by_graphql_core(
    written: Written, mischief: dict[str, str], is_staff: bool
) -> None:
    expected = answer(REFERENCE, written, sample.Viewer(mischief, is_staff))

    assert sample.told(answer(COMPILED, written, sample.Viewer(mischief, is_staff))) == sample.told(expected)


ODD: list[Any] = [
    None,
    "text",
    7,
    2**31,
    1.5,
    float("nan"),
    True,
    [],
    {},
    ValueError("a value"),
    object,
    sample.Mood.ANGER,
]
ATTRIBUTES = ["body", "votes", "score", "is_pinned", "created_at", "mood", "slug", "tags", "grid", "author"]


@SEARCH
@given(
    written=operations(COMPILED._schema),
    attribute=st.sampled_from(ATTRIBUTES),
    value=st.sampled_from(ODD),
    where=st.sampled_from(sorted(sample.BY_ID)),
)
def test_odd_rows_are_answered_as_by_graphql_core(written: Written, attribute: str, value: Any, where: str) -> None:
    row = sample.BY_ID[where]
    kept = getattr(row, attribute)
    setattr(row, attribute, value)
    try:
        expected = sample.told(answer(REFERENCE, written, sample.Viewer()))
        assert sample.told(answer(COMPILED, written, sample.Viewer())) == expected
    finally:
        setattr(row, attribute, kept)


WITH_DIRECTIVES = [sample.schema(compiled=compiled, directives=[sample.reverse]) for compiled in (True, False)]


@SEARCH
@given(written=operations(WITH_DIRECTIVES[0]._schema, directives=("reversed",)))
def test_own_directives_are_answered_as_by_graphql_core(written: Written) -> None:
    compiled, reference = WITH_DIRECTIVES

    expected = sample.told(answer(reference, written, sample.Viewer()))

    assert sample.told(answer(compiled, written, sample.Viewer())) == expected


MUTATIONS = ["bump", "move", "begin"]


@SEARCH
@given(
    written=operations(COMPILED._schema, kind="mutation"),
    mischief=st.dictionaries(st.sampled_from([*MUTATIONS, *ASYNC_MISCHIEF]), st.sampled_from(["raise", "null", "odd"])),
)
def test_what_mutations_give_is_answered_as_by_graphql_core(written: Written, mischief: dict[str, str]) -> None:
    """And each is done once, whatever becomes of the answer."""
    one, other = sample.Viewer(mischief), sample.Viewer(mischief)
    expected = answer(REFERENCE, written, one)

    assert sample.told(answer(COMPILED, written, other)) == sample.told(expected)
    assert [call for call in other.calls if call in MUTATIONS] == [call for call in one.calls if call in MUTATIONS]


async def events(schema: Any, written: Written, viewer: sample.Viewer) -> list[Any]:
    stream = await schema.subscribe(written.text, dict(written.variables), viewer)
    return [sample.told(result) async for result in stream]


@settings(SEARCH, max_examples=EXAMPLES // 3)
@given(
    written=operations(COMPILED._schema, kind="subscription"),
    mischief=st.dictionaries(st.sampled_from(["told", *ASYNC_MISCHIEF]), st.sampled_from(["raise", "null"])),
)
def test_events_are_answered_as_by_graphql_core(written: Written, mischief: dict[str, str]) -> None:
    expected = asyncio.run(settled(events(REFERENCE, written, sample.Viewer(mischief))))

    assert asyncio.run(settled(events(COMPILED, written, sample.Viewer(mischief)))) == expected

    operation = COMPILED.documents[written.text].operation(None)
    assert operation is None or operation.definition.operation is OperationType.SUBSCRIPTION
