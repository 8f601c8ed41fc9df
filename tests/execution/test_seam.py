"""It drops in wherever a strawberry.Schema does: extensions, streams, sync execution and errors keep their way."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from strawberry.extensions import MaxTokensLimiter, SchemaExtension
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types.graphql import OperationType

import execution
from tests.execution import sample

SEEN: list[str] = []


class Watches(SchemaExtension):
    async def on_operation(self) -> AsyncIterator[None]:
        SEEN.append("operation")
        yield
        SEEN.append(f"ended {self.execution_context.result.data}")  # type: ignore[union-attr]

    def on_parse(self) -> Iterator[None]:
        yield
        SEEN.append(f"parsed {self.execution_context.graphql_document is not None}")

    def on_validate(self) -> Iterator[None]:
        yield
        SEEN.append(f"validated {self.execution_context.pre_execution_errors}")

    def on_execute(self) -> Iterator[None]:
        SEEN.append("execute")
        yield

    def get_results(self) -> dict[str, Any]:
        return {"watched": True}


class Resolves(SchemaExtension):
    def resolve(self, _next: Any, root: Any, info: Any, *args: Any, **kwargs: Any) -> Any:
        value = _next(root, info, *args, **kwargs)
        return f"<{value}>" if info.field_name == "viewer" else value


def runs(schema: Any, text: str) -> int:
    operation = schema.documents[text].operation(None)
    return operation.runs if operation else 0


def test_extensions_see_every_step_of_a_compiled_run() -> None:
    schema = sample.schema(extensions=[Watches])
    SEEN.clear()

    result = asyncio.run(schema.execute("{ viewer }", context_value=sample.Viewer()))

    assert result.extensions == {"watched": True}
    assert SEEN == [
        "operation", "parsed True", "validated []", "execute", "ended {'viewer': 'anyone'}"
    ]  # fmt: skip
    assert runs(schema, "{ viewer }") == 1


def test_an_extension_that_resolves_fields_keeps_the_query_on_graphql_core() -> None:
    schema = sample.schema(extensions=[Resolves])

    result = asyncio.run(schema.execute("{ viewer }", context_value=sample.Viewer()))

    assert result.data == {"viewer": "<anyone>"}
    assert runs(schema, "{ viewer }") == 0


def test_an_extension_that_sets_the_parser_s_options_is_heard() -> None:
    schema = sample.schema(extensions=[lambda: MaxTokensLimiter(max_token_count=3)])

    result: Any = asyncio.run(schema.execute("{ viewer nothing }", context_value=sample.Viewer()))

    assert "more than 3 tokens" in result.errors[0].message


def test_what_is_synchronous_runs_compiled_in_execute_sync() -> None:
    schema = sample.schema()

    result = schema.execute_sync("{ comments { id shout } }", context_value=Sync())

    assert result.errors is None
    assert runs(schema, "{ comments { id shout } }") == 1


class Sync(sample.Viewer):
    """A context without loaders, which want a running loop."""

    def __post_init__(self) -> None:
        pass


def test_operations_that_are_not_allowed_are_refused_as_by_strawberry() -> None:
    schema = sample.schema()
    queries = {OperationType.QUERY}

    with pytest.raises(InvalidOperationTypeError):
        asyncio.run(schema.execute("mutation { bump }", allowed_operation_types=queries))
    with pytest.raises(InvalidOperationTypeError):
        asyncio.run(schema.execute("{ viewer }", allowed_operation_types={OperationType.MUTATION}))


async def streamed(schema: Any, text: str, viewer: Any = None, **given: Any) -> list[Any]:
    stream = await schema.stream(text, context_value=viewer or sample.Viewer(), **given)
    return [result async for result in stream]


def test_events_run_compiled() -> None:
    schema = sample.schema()
    text = "subscription { told(count: 3) { id loaded { id } } }"

    results = asyncio.run(streamed(schema, text))

    assert [result.data["told"]["id"] for result in results] == ["c0", "c1", "c2"]
    assert runs(schema, text) == 3


def test_an_event_that_fails_is_answered_by_graphql_core_and_the_next_compiled() -> None:
    schema = sample.schema()
    text = "subscription { told { id shout } }"
    viewer = sample.Viewer({"shout": "raise"})

    results = asyncio.run(streamed(schema, text, viewer))

    assert [result.errors[0].path for result in results] == [["told", "shout"]] * 2
    assert results[1].data == {"told": {"id": "c1", "shout": None}}


def test_queries_can_be_streamed() -> None:
    schema = sample.schema()

    (result,) = asyncio.run(streamed(schema, "{ viewer }"))

    assert result.data == {"viewer": "anyone"}
    assert runs(schema, "{ viewer }") == 1


def test_one_event_can_be_executed_for_many() -> None:
    schema = sample.schema()
    text = "subscription ($n: Int) { told(count: $n) { id shout(times: $n) } }"

    result = asyncio.run(schema.execute_event(text, sample.COMMENTS[1], {"n": 1}, sample.Viewer()))
    faulty = asyncio.run(schema.execute_event(text, sample.COMMENTS[1], {"n": "x"}, sample.Viewer()))

    assert result.data == {"told": {"id": "c1", "shout": "COMMENT C1!"}}
    assert faulty.data is None
    with pytest.raises(ValueError, match="could have begun"):
        asyncio.run(schema.execute_event("subscription { unknown }", None))


def test_own_directives_run_compiled() -> None:
    schema = sample.schema(directives=[sample.reverse])
    text = "{ comments(first: 1) { body @reversed shout @reversed(twice: true) } }"

    result = asyncio.run(schema.execute(text, context_value=sample.Viewer()))

    assert result.data == {"comments": [{"body": "0c tnemmoc", "shout": "COMMENT C0!"}]}
    assert runs(schema, text) == 1


class Told(execution.Schema):
    """Keeps the errors that it's told of."""

    told: list[str]

    def process_errors(self, errors: Any, execution_context: Any = None) -> None:
        self.told = [error.message for error in errors]


def test_errors_are_told_to_process_errors() -> None:
    schema = sample.schema(Told)

    asyncio.run(schema.execute("{ comments { shout } }", context_value=sample.Viewer({"shout": "raise"})))

    assert isinstance(schema, Told)
    assert schema.told == ["shout broke"] * 3


MOMENTS = [
    datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    datetime(2026, 3, 1, 9, 30, 0, 5, tzinfo=UTC),
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(2026, 3, 1, 9, 30),
    datetime(2026, 3, 1, 9, 30, tzinfo=timezone(timedelta(hours=-3, minutes=-30))),
    datetime(2026, 3, 1, 9, 30, tzinfo=ZoneInfo("Europe/Berlin")),
]


@pytest.mark.parametrize("moment", MOMENTS)
def test_dates_that_are_left_to_what_encodes_the_answer_come_out_the_same(
    moment: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Moments of UTC are left as they are; what orjson might write another way is a text already."""
    monkeypatch.setattr(sample.COMMENTS[0], "created_at", moment)
    text = "{ comments(first: 1) { createdAt day } }"
    leaving, reference = sample.schema(leave_dates=True), sample.schema(compiled=False)

    left = asyncio.run(leaving.execute(text, context_value=sample.Viewer())).data
    expected = asyncio.run(reference.execute(text, context_value=sample.Viewer())).data

    assert runs(leaving, text) == 1
    assert orjson.dumps(left) == orjson.dumps(expected)
    assert left is not None
    assert (left["comments"][0]["createdAt"] is moment) == (moment.tzinfo is UTC)
