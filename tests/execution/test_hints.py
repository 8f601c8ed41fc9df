"""Hints of resolvers: compiled code does less work, and a broken promise falls back to the correct answer."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import strawberry
from strawberry.permission import BasePermission

from execution import Schema

ROW_COUNT = 3


@dataclass
class Row:
    number: int


@dataclass
class RecordingContext:
    """The context of a request. `calls` records the calls of its resolvers; `gate` is a future they can wait for."""

    calls: list[Any] = field(default_factory=list)
    gate: "asyncio.Future[str] | None" = None


def hinted_field(work: Callable[..., Any], **hints: Any) -> Any:
    """Return a field whose resolver calls `work(row, context)`, with these hints. `gives` is the field's type."""

    def call(self: Any, info: strawberry.Info) -> Any:
        return work(self, info.context)

    call.__annotations__["return"] = hints.pop("gives", str)
    for name, value in hints.items():
        setattr(call, name, value)
    return strawberry.field(resolver=call)


def recording_for_row(name: str) -> Callable[..., Any]:
    """Return a `for_row` hint that records the attributes that the query reads from the result."""

    def for_row(arguments: dict[str, Any], requested: frozenset[str] | None) -> Callable[..., Any]:
        def work(row: Row | None, context: RecordingContext) -> Any:
            context.calls.append((name, requested))
            return [Row(number) for number in range(ROW_COUNT)]

        return work

    return for_row


async def resolve_level(rows: list[Row], context: RecordingContext) -> list[str]:
    context.calls.append([row.number for row in rows])
    return [f"level value {row.number}" for row in rows]


async def wait_at_gate(row: Row, context: RecordingContext) -> str:
    context.calls.append(f"started {row.number}")
    assert context.gate is not None
    return await context.gate


def shared(row: Row, context: RecordingContext) -> list[Row]:
    return SHARED_ROWS


SHARED_ROWS = [Row(7)]


def sometimes_awaitable(row: Row, context: RecordingContext) -> Any:
    return load_row(Row(12)) if row.number == 2 else [Row(10), None][row.number]


async def load_row(row: Row) -> Row:
    await asyncio.sleep(0)
    return row


def row_name(row: Row, context: RecordingContext) -> str:
    context.calls.append("named")
    return f"row {row.number}"


NAMES = {number: f"row {number}" for number in range(ROW_COUNT)}


async def cleanup(row: Row, context: RecordingContext) -> str:
    context.calls.append("started")
    assert context.gate is not None
    try:
        return await context.gate
    finally:
        await asyncio.sleep(0)
        context.calls.append("cleaned up")


async def notified(row: Row, context: RecordingContext) -> str:
    """Record whether the awaited future is cancelled first, as a database driver needs it to be."""
    context.calls.append("started")
    callbacks: list[Any] = []
    answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    answer.add_done_callback(callbacks.append)
    try:
        return await answer
    finally:
        context.calls.append("notified" if callbacks else "not notified")


@strawberry.type
class Item:
    number: int
    notified: str = hinted_field(notified, for_row=lambda arguments, requested: notified)
    of_level: str = hinted_field(
        lambda row, context: f"level value {row.number}", for_level=lambda arguments, requested: resolve_level
    )
    cleanup: str = hinted_field(cleanup, for_row=lambda arguments, requested: cleanup)
    gated: str = hinted_field(wait_at_gate, for_row=lambda arguments, requested: wait_at_gate)
    shared: list["Item"] = hinted_field(
        shared,
        for_row=lambda arguments, requested: shared,
        is_ready=True,
        is_shared=True,
        reads=frozenset(),
        gives=list["Item"],
    )
    read: str = hinted_field(lambda row, context: "read", reads=frozenset({"number", "other"}))
    read_for: "Item | None" = hinted_field(
        lambda row, context: row,
        reads=frozenset({"own"}),
        reads_for={"number": {"its_number"}, "unrequested": {"its_unrequested"}},
        gives="Item | None",
    )
    sometimes: "Item | None" = hinted_field(
        sometimes_awaitable, for_row=lambda arguments, requested: sometimes_awaitable, gives="Item | None"
    )
    named: str = hinted_field(
        row_name, is_ready=True, looked_up=lambda type_name: ("number", {"Item": NAMES}[type_name])
    )
    misnamed: str = hinted_field(row_name, is_ready=True, looked_up=lambda type_name: ("number", {}))
    undeclared: str = hinted_field(lambda row, context: "undeclared")


async def resolve_later(row: None, context: RecordingContext) -> str:
    return "awaited"


def items(self: Any, info: strawberry.Info) -> list[Item]:
    return [Row(number) for number in range(ROW_COUNT)]  # type: ignore[misc]


items.for_row = recording_for_row("items")  # type: ignore[attr-defined]


@strawberry.type
class Query:
    items: list[Item] = strawberry.field(resolver=items)
    promised: str = hinted_field(resolve_later, for_row=lambda arguments, requested: resolve_later, is_ready=True)


SCHEMA = Schema(Query)


def run(text: str, context: RecordingContext | None = None, fallbacks: int = 0) -> Any:
    result = asyncio.run(SCHEMA.execute(text, context_value=context or RecordingContext()))
    operation = SCHEMA.documents[text].operation(None)
    assert result.errors is None
    assert operation is not None
    assert operation.fallbacks == fallbacks
    return result.data


def test_for_level_is_called_once_for_all_rows_of_a_level() -> None:
    context = RecordingContext()

    data = run("{ items { ofLevel } }", context)

    assert data == {"items": [{"ofLevel": "level value 0"}, {"ofLevel": "level value 1"}, {"ofLevel": "level value 2"}]}
    assert context.calls[1:] == [[0, 1, 2]]


def test_awaitable_from_is_ready_resolver_falls_back() -> None:
    assert run("{ promised }", fallbacks=1) == {"promised": "awaited"}


def test_keys_keep_their_order_for_ready_null_and_awaited_values() -> None:
    items = run("{ items { before: number sometimes { number } after: number } }")["items"]

    assert [list(item) for item in items] == [["before", "sometimes", "after"]] * ROW_COUNT
    assert [item["sometimes"] for item in items] == [{"number": 10}, None, {"number": 12}]


def test_looked_up_value_needs_no_call() -> None:
    context = RecordingContext()

    data = run("{ items { named } }", context)

    assert data == {"items": [{"named": "row 0"}, {"named": "row 1"}, {"named": "row 2"}]}
    assert "named" not in context.calls


def test_missing_looked_up_value_falls_back_to_the_resolver() -> None:
    context = RecordingContext()

    data = run("{ items { misnamed } }", context, fallbacks=1)

    assert data == {"items": [{"misnamed": "row 0"}, {"misnamed": "row 1"}, {"misnamed": "row 2"}]}
    assert context.calls.count("named") == ROW_COUNT


def test_shared_value_is_written_once_per_request() -> None:
    data = run("{ items { shared { number } } }")

    first, *others = [item["shared"] for item in data["items"]]
    assert first == [{"number": 7}]
    assert all(other is first for other in others)


def test_shared_value_is_not_reused_by_other_requests() -> None:
    text = "{ items { shared { number } } }"

    first, second = run(text), run(text)

    assert first["items"][0]["shared"] is not second["items"][0]["shared"]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ("number", {"number"}),
        ("__typename", set()),
        ("a: number b: number", {"number"}),
        ("read", {"number", "other"}),
        ("number read", {"number", "other"}),
        ("readFor { ofLevel }", {"own"} | {"its_number", "its_unrequested"}),
        ("readFor { number }", {"own", "its_number"}),
        ("... on Item { number } ...F", {"number", "other"}),
        ("number @skip(if: true) read", {"number", "other"}),
        ("number undeclared", None),
        ("shared { number }", set()),
    ],
)
def test_resolver_gets_the_attributes_that_the_query_reads(selection: str, expected: set[str] | None) -> None:
    context = RecordingContext()
    fragment = "fragment F on Item { read }" if "...F" in selection else ""

    run(f"{{ items {{ {selection} }} }} {fragment}", context)

    assert context.calls[0] == ("items", expected)


async def start_request(field: str) -> tuple["asyncio.Future[Any]", "asyncio.Future[str]", RecordingContext]:
    """Start a request, and return when the field's resolver has started for each item and waits for the gate."""
    gate: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    context = RecordingContext(gate=gate)
    running = asyncio.ensure_future(SCHEMA.execute(f"{{ items {{ {field} }} }}", context_value=context))
    while len(context.calls) < 1 + ROW_COUNT:  # noqa: ASYNC110
        await asyncio.sleep(0)
    return running, gate, context


def test_all_resolvers_of_a_level_start_before_any_is_awaited() -> None:
    """A batch loader sees all keys at once, and the resolvers may wait for the same future."""
    started: list[list[str]] = []

    async def hold() -> Any:
        running, gate, context = await start_request("gated")
        started.append(context.calls[1:])
        gate.set_result("open")
        return await running

    result = asyncio.run(hold())

    assert started == [["started 0", "started 1", "started 2"]]
    assert result.data == {"items": [{"gated": "open"}] * ROW_COUNT}


def test_error_of_a_shared_future_is_reported() -> None:
    async def fail() -> Any:
        running, gate, _ = await start_request("gated")
        gate.set_exception(ValueError("shut"))
        return await running

    result = asyncio.run(fail())

    assert {error.message for error in result.errors} == {"shut"}


def test_cancelled_request_leaves_no_task() -> None:
    async def cancel() -> set[Any]:
        running, _, _ = await start_request("gated")
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await asyncio.sleep(0)
        return asyncio.all_tasks() - {asyncio.current_task()}

    assert asyncio.run(cancel()) == set()


def test_cancelled_coroutine_finishes_its_cleanup() -> None:
    """Also if the request is cancelled before a task takes the coroutine over."""
    _, calls = asyncio.run(cancel_when_started("cleanup"))

    assert calls == ["cleaned up"] * ROW_COUNT


def test_awaited_future_is_cancelled_before_a_task_takes_the_coroutine_over() -> None:
    """Otherwise a connection would return to its pool with a statement under way."""
    running, calls = asyncio.run(cancel_when_started("notified"))

    assert running.cancelled()
    assert calls == ["notified"] * ROW_COUNT


async def cancel_when_started(field: str) -> tuple["asyncio.Future[Any]", list[Any]]:
    """Cancel a request as soon as its resolvers have started; return the request and the calls after that."""
    running, _, context = await start_request(field)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    while asyncio.all_tasks() - {asyncio.current_task()}:  # noqa: ASYNC110
        await asyncio.sleep(0)
    return running, context.calls[1 + ROW_COUNT :]


class Denied(BasePermission):
    message = "denied"

    def has_permission(self, source: Any, info: Any, **arguments: Any) -> bool:
        return False


@strawberry.input
class MoveInput:
    far_away: int


async def resolve_move(self: Any, info: strawberry.Info, input: MoveInput) -> str | None:
    return f"{input} by {info.__class__.__name__}"


resolve_move.is_bare = True  # type: ignore[attr-defined]


@strawberry.type
class Mutation:
    move: str | None = strawberry.mutation(resolver=resolve_move)
    denied: str | None = strawberry.mutation(resolver=resolve_move, permission_classes=[Denied])


def run_mutation(field: str, compiled: bool) -> Any:
    schema = Schema(Query, Mutation, compiled=compiled)
    return asyncio.run(schema.execute(f"mutation {{ {field}(input: {{ farAway: 1 }}) }}"))


def test_bare_mutation_gets_unconverted_arguments() -> None:
    assert run_mutation("move", True).data["move"].startswith("{'farAway': 1} by ")
    assert run_mutation("move", False).data == {"move": "MoveInput(far_away=1) by Info"}


@pytest.mark.parametrize("compiled", [True, False])
def test_permissions_apply_to_bare_mutations(compiled: bool) -> None:
    result = run_mutation("denied", compiled)

    assert result.data == {"denied": None}
    assert [(error.message, error.path) for error in result.errors] == [("denied", ["denied"])]
