"""Compatibility with strawberry.Schema: extensions, directives, streams, sync execution and process_errors."""

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

STEPS: list[str] = []


class RecordingExtension(SchemaExtension):
    async def on_operation(self) -> AsyncIterator[None]:
        STEPS.append("operation")
        yield
        STEPS.append(f"ended {self.execution_context.result.data}")  # type: ignore[union-attr]

    def on_parse(self) -> Iterator[None]:
        yield
        STEPS.append(f"parsed {self.execution_context.graphql_document is not None}")

    def on_validate(self) -> Iterator[None]:
        yield
        STEPS.append(f"validated {self.execution_context.pre_execution_errors}")

    def on_execute(self) -> Iterator[None]:
        STEPS.append("execute")
        yield

    def get_results(self) -> dict[str, Any]:
        return {"recorded": True}


class ResolvingExtension(SchemaExtension):
    def resolve(self, _next: Any, root: Any, info: Any, *args: Any, **kwargs: Any) -> Any:
        value = _next(root, info, *args, **kwargs)
        return f"<{value}>" if info.field_name == "viewer" else value


def runs(schema: Any, text: str) -> int:
    operation = schema.documents[text].operation(None)
    return operation.runs if operation else 0


def test_extension_hooks_are_called_for_compiled_run() -> None:
    schema = sample.schema(extensions=[RecordingExtension])
    STEPS.clear()

    result = asyncio.run(schema.execute("{ viewer }", context_value=sample.Viewer()))

    assert result.extensions == {"recorded": True}
    assert STEPS == [
        "operation", "parsed True", "validated []", "execute", "ended {'viewer': 'anyone'}"
    ]  # fmt: skip
    assert runs(schema, "{ viewer }") == 1


def test_extension_that_resolves_fields_turns_compiled_execution_off() -> None:
    schema = sample.schema(extensions=[ResolvingExtension])

    result = asyncio.run(schema.execute("{ viewer }", context_value=sample.Viewer()))

    assert result.data == {"viewer": "<anyone>"}
    assert runs(schema, "{ viewer }") == 0


def test_parse_options_of_extension_are_applied() -> None:
    schema = sample.schema(extensions=[lambda: MaxTokensLimiter(max_token_count=3)])

    result: Any = asyncio.run(schema.execute("{ viewer nothing }", context_value=sample.Viewer()))

    assert "more than 3 tokens" in result.errors[0].message


def test_execute_sync_runs_compiled() -> None:
    schema = sample.schema()

    result = schema.execute_sync("{ comments { id shout } }", context_value=SyncViewer())

    assert result.errors is None
    assert runs(schema, "{ comments { id shout } }") == 1


class SyncViewer(sample.Viewer):
    """A context without loaders, which need a running event loop."""

    def __post_init__(self) -> None:
        pass


def test_disallowed_operation_types_raise_as_in_strawberry() -> None:
    schema = sample.schema()
    queries = {OperationType.QUERY}

    with pytest.raises(InvalidOperationTypeError):
        asyncio.run(schema.execute("mutation { bump }", allowed_operation_types=queries))
    with pytest.raises(InvalidOperationTypeError):
        asyncio.run(schema.execute("{ viewer }", allowed_operation_types={OperationType.MUTATION}))


async def stream_results(schema: Any, text: str, viewer: Any = None, **options: Any) -> list[Any]:
    stream = await schema.stream(text, context_value=viewer or sample.Viewer(), **options)
    return [result async for result in stream]


def test_subscription_events_run_compiled() -> None:
    schema = sample.schema()
    text = "subscription { posted(count: 3) { id loaded { id } } }"

    results = asyncio.run(stream_results(schema, text))

    assert [result.data["posted"]["id"] for result in results] == ["c0", "c1", "c2"]
    assert runs(schema, text) == 3


def test_event_with_error_does_not_end_the_stream() -> None:
    schema = sample.schema()
    text = "subscription { posted { id shout } }"
    viewer = sample.Viewer({"shout": "raise"})

    results = asyncio.run(stream_results(schema, text, viewer))

    assert [result.errors[0].path for result in results] == [["posted", "shout"]] * 2
    assert results[1].data == {"posted": {"id": "c1", "shout": None}}


def test_query_can_be_streamed() -> None:
    schema = sample.schema()

    (result,) = asyncio.run(stream_results(schema, "{ viewer }"))

    assert result.data == {"viewer": "anyone"}
    assert runs(schema, "{ viewer }") == 1


def test_execute_event_answers_one_event() -> None:
    schema = sample.schema()
    text = "subscription ($n: Int) { posted(count: $n) { id shout(times: $n) } }"

    result = asyncio.run(schema.execute_event(text, sample.COMMENTS[1], {"n": 1}, sample.Viewer()))
    invalid = asyncio.run(schema.execute_event(text, sample.COMMENTS[1], {"n": "x"}, sample.Viewer()))

    assert result.data == {"posted": {"id": "c1", "shout": "COMMENT C1!"}}
    assert invalid.data is None
    with pytest.raises(ValueError, match="could have begun"):
        asyncio.run(schema.execute_event("subscription { unknown }", None))


def test_custom_directives_run_compiled() -> None:
    schema = sample.schema(directives=[sample.reverse])
    text = "{ comments(first: 1) { body @reversed shout @reversed(twice: true) } }"

    result = asyncio.run(schema.execute(text, context_value=sample.Viewer()))

    assert result.data == {"comments": [{"body": "0c tnemmoc", "shout": "COMMENT C0!"}]}
    assert runs(schema, text) == 1


class RecordingSchema(execution.Schema):
    """A schema that records the messages of the errors passed to process_errors."""

    messages: list[str]

    def process_errors(self, errors: Any, execution_context: Any = None) -> None:
        self.messages = [error.message for error in errors]


def test_errors_are_passed_to_process_errors() -> None:
    schema = sample.schema(RecordingSchema)

    asyncio.run(schema.execute("{ comments { shout } }", context_value=sample.Viewer({"shout": "raise"})))

    assert isinstance(schema, RecordingSchema)
    assert schema.messages == ["shout broke"] * 3


DATETIMES = [
    datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    datetime(2026, 3, 1, 9, 30, 0, 5, tzinfo=UTC),
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(2026, 3, 1, 9, 30),
    datetime(2026, 3, 1, 9, 30, tzinfo=timezone(timedelta(hours=-3, minutes=-30))),
    datetime(2026, 3, 1, 9, 30, tzinfo=ZoneInfo("Europe/Berlin")),
]


@pytest.mark.parametrize("value", DATETIMES)
def test_dates_left_to_the_encoder_are_encoded_like_those_of_graphql_core(
    value: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """UTC datetimes stay datetimes; others are serialized, because orjson might write them differently."""
    monkeypatch.setattr(sample.COMMENTS[0], "created_at", value)
    text = "{ comments(first: 1) { createdAt day } }"
    leave_dates, reference = sample.schema(leave_dates=True), sample.schema(compiled=False)

    actual = asyncio.run(leave_dates.execute(text, context_value=sample.Viewer())).data
    expected = asyncio.run(reference.execute(text, context_value=sample.Viewer())).data

    assert runs(leave_dates, text) == 1
    assert orjson.dumps(actual) == orjson.dumps(expected)
    assert actual is not None
    assert (actual["comments"][0]["createdAt"] is value) == (value.tzinfo is UTC)
