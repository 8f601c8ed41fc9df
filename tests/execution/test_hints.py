"""What resolvers say of themselves lets compiled code do less; a promise that is not so costs speed, not the answer."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import strawberry
from strawberry.permission import BasePermission

from execution import Schema

ROWS = 3


@dataclass
class Row:
    number: int


@dataclass
class Seen:
    """What a request's resolvers were asked, in order; the request's context."""

    calls: list[Any] = field(default_factory=list)
    gate: "asyncio.Future[str] | None" = None


def hinted(work: Callable[..., Any], **hints: Any) -> Any:
    """A resolver of `work(row, context)` for graphql-core, whose function has these attributes."""

    def call(self: Any, info: strawberry.Info) -> Any:
        return work(self, info.context)

    call.__annotations__["return"] = hints.pop("gives", str)
    for name, value in hints.items():
        setattr(call, name, value)
    return strawberry.field(resolver=call)


def asked(name: str) -> Callable[..., Any]:
    """A `for_row` that writes down what it is told the query reads."""

    def for_row(arguments: dict[str, Any], asked: frozenset[str] | None) -> Callable[..., Any]:
        def work(row: Row | None, context: Seen) -> Any:
            context.calls.append((name, asked))
            return [Row(number) for number in range(ROWS)]

        return work

    return for_row


async def level(rows: list[Row], context: Seen) -> list[str]:
    context.calls.append([row.number for row in rows])
    return [f"of {row.number}" for row in rows]


async def gated(row: Row, context: Seen) -> str:
    context.calls.append(f"began {row.number}")
    assert context.gate is not None
    return await context.gate


def same(row: Row, context: Seen) -> list[Row]:
    return SHARED


SHARED = [Row(7)]


def perhaps(row: Row, context: Seen) -> Any:
    return soon(Row(12)) if row.number == 2 else [Row(10), None][row.number]


async def soon(row: Row) -> Row:
    await asyncio.sleep(0)
    return row


def name_of(row: Row, context: Seen) -> str:
    context.calls.append("named")
    return f"row {row.number}"


NAMES = {number: f"row {number}" for number in range(ROWS)}


async def tidy(row: Row, context: Seen) -> str:
    context.calls.append("began")
    assert context.gate is not None
    try:
        return await context.gate
    finally:
        await asyncio.sleep(0)
        context.calls.append("tidied")


async def heard(row: Row, context: Seen) -> str:
    """As a driver of a database: it has to hear from what it waits for that it is given up, before it is."""
    context.calls.append("began")
    told: list[Any] = []
    answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    answer.add_done_callback(told.append)
    try:
        return await answer
    finally:
        context.calls.append("heard" if told else "unheard")


@strawberry.type
class Item:
    number: int
    heard: str = hinted(heard, for_row=lambda given, asked: heard)
    of_level: str = hinted(lambda row, context: f"of {row.number}", for_level=lambda given, asked: level)
    tidy: str = hinted(tidy, for_row=lambda given, asked: tidy)
    gated: str = hinted(gated, for_row=lambda given, asked: gated)
    same: list["Item"] = hinted(
        same, for_row=lambda given, asked: same, is_ready=True, is_shared=True, reads=frozenset(), gives=list["Item"]
    )
    read: str = hinted(lambda row, context: "read", reads=frozenset({"number", "other"}))
    read_for: "Item | None" = hinted(
        lambda row, context: row,
        reads=frozenset({"own"}),
        reads_for={"number": {"its_number"}, "unasked": {"its_unasked"}},
        gives="Item | None",
    )
    perhaps: "Item | None" = hinted(perhaps, for_row=lambda given, asked: perhaps, gives="Item | None")
    named: str = hinted(name_of, is_ready=True, looked_up=lambda type_name: ("number", {"Item": NAMES}[type_name]))
    misnamed: str = hinted(name_of, is_ready=True, looked_up=lambda type_name: ("number", {}))
    unsaid: str = hinted(lambda row, context: "unsaid")


async def late(row: None, context: Seen) -> str:
    return "late"


def items(self: Any, info: strawberry.Info) -> list[Item]:
    return [Row(number) for number in range(ROWS)]  # type: ignore[misc]


items.for_row = asked("items")  # type: ignore[attr-defined]


@strawberry.type
class Query:
    items: list[Item] = strawberry.field(resolver=items)
    promised: str = hinted(late, for_row=lambda given, asked: late, is_ready=True)


SCHEMA = Schema(Query)


def run(text: str, seen: Seen | None = None, fallbacks: int = 0) -> Any:
    result = asyncio.run(SCHEMA.execute(text, context_value=seen or Seen()))
    operation = SCHEMA.documents[text].operation(None)
    assert result.errors is None
    assert operation is not None
    assert operation.fallbacks == fallbacks
    return result.data


def test_a_resolver_of_a_level_is_called_once_for_all_its_rows() -> None:
    seen = Seen()

    data = run("{ items { ofLevel } }", seen)

    assert data == {"items": [{"ofLevel": "of 0"}, {"ofLevel": "of 1"}, {"ofLevel": "of 2"}]}
    assert seen.calls[1:] == [[0, 1, 2]]


def test_a_resolver_that_promises_to_be_ready_and_is_not_is_answered_by_graphql_core() -> None:
    assert run("{ promised }", fallbacks=1) == {"promised": "late"}


def test_what_may_be_there_at_once_or_later_or_not_at_all_is_written_in_its_place() -> None:
    given = run("{ items { before: number perhaps { number } after: number } }")["items"]

    assert [list(item) for item in given] == [["before", "perhaps", "after"]] * ROWS
    assert [item["perhaps"] for item in given] == [{"number": 10}, None, {"number": 12}]


def test_a_value_that_is_looked_up_needs_no_call() -> None:
    seen = Seen()

    data = run("{ items { named } }", seen)

    assert data == {"items": [{"named": "row 0"}, {"named": "row 1"}, {"named": "row 2"}]}
    assert "named" not in seen.calls


def test_a_value_that_is_not_where_it_is_looked_up_is_asked_of_the_resolver() -> None:
    seen = Seen()

    data = run("{ items { misnamed } }", seen, fallbacks=1)

    assert data == {"items": [{"misnamed": "row 0"}, {"misnamed": "row 1"}, {"misnamed": "row 2"}]}
    assert seen.calls.count("named") == ROWS


def test_a_shared_value_is_written_once_in_a_request() -> None:
    data = run("{ items { same { number } } }")

    first, *others = [item["same"] for item in data["items"]]
    assert first == [{"number": 7}]
    assert all(other is first for other in others)


def test_what_a_request_shares_is_not_shared_with_the_next() -> None:
    text = "{ items { same { number } } }"

    first, second = run(text), run(text)

    assert first["items"][0]["same"] is not second["items"][0]["same"]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ("number", {"number"}),
        ("__typename", set()),
        ("a: number b: number", {"number"}),
        ("read", {"number", "other"}),
        ("number read", {"number", "other"}),
        ("readFor { ofLevel }", {"own"} | {"its_number", "its_unasked"}),
        ("readFor { number }", {"own", "its_number"}),
        ("... on Item { number } ...F", {"number", "other"}),
        ("number @skip(if: true) read", {"number", "other"}),
        ("number unsaid", None),
        ("same { number }", set()),
    ],
)
def test_a_resolver_is_told_what_the_query_reads_off_its_rows(selection: str, expected: set[str] | None) -> None:
    seen = Seen()
    fragment = "fragment F on Item { read }" if "...F" in selection else ""

    run(f"{{ items {{ {selection} }} }} {fragment}", seen)

    assert seen.calls[0] == ("items", expected)


async def begun(field: str) -> tuple["asyncio.Future[Any]", "asyncio.Future[str]", Seen]:
    """A request all of whose items' fields wait for one gate."""
    gate: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    seen = Seen(gate=gate)
    running = asyncio.ensure_future(SCHEMA.execute(f"{{ items {{ {field} }} }}", context_value=seen))
    while len(seen.calls) < 1 + ROWS:  # noqa: ASYNC110
        await asyncio.sleep(0)
    return running, gate, seen


def test_all_of_a_level_begin_before_any_is_waited_for() -> None:
    """So that a batch loader hears of all of them; they may wait for one and the same future."""
    began: list[list[str]] = []

    async def held() -> Any:
        running, gate, seen = await begun("gated")
        began.append(seen.calls[1:])
        gate.set_result("open")
        return await running

    result = asyncio.run(held())

    assert began == [["began 0", "began 1", "began 2"]]
    assert result.data == {"items": [{"gated": "open"}] * ROWS}


def test_what_a_level_waits_for_may_fail_for_all() -> None:
    async def failing() -> Any:
        running, gate, _ = await begun("gated")
        gate.set_exception(ValueError("shut"))
        return await running

    result = asyncio.run(failing())

    assert {error.message for error in result.errors} == {"shut"}


def test_a_request_that_is_cancelled_while_its_level_waits_ends() -> None:
    async def cancelled() -> set[Any]:
        running, _, _ = await begun("gated")
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await asyncio.sleep(0)
        return asyncio.all_tasks() - {asyncio.current_task()}

    assert asyncio.run(cancelled()) == set()


def test_what_has_begun_is_told_of_its_end_and_waited_for() -> None:
    """Even if it is given up before any task took it over."""

    _, calls = asyncio.run(given_up("tidy"))

    assert calls == ["tidied"] * ROWS


def test_what_is_waited_for_hears_that_it_is_given_up_before_any_task_took_it_over() -> None:
    """Or a connection would be given back with a statement under way, and its error taken for an answer."""
    running, calls = asyncio.run(given_up("heard"))

    assert running.cancelled()
    assert calls == ["heard"] * ROWS


async def given_up(field: str) -> tuple["asyncio.Future[Any]", list[Any]]:
    """A request that is cancelled as soon as all its items' fields have begun, and what they did then."""
    running, _, seen = await begun(field)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    while asyncio.all_tasks() - {asyncio.current_task()}:  # noqa: ASYNC110
        await asyncio.sleep(0)
    return running, seen.calls[1 + ROWS :]


class Denied(BasePermission):
    message = "denied"

    def has_permission(self, source: Any, info: Any, **arguments: Any) -> bool:
        return False


@strawberry.input
class Move:
    far_away: int


async def work(self: Any, info: strawberry.Info, input: Move) -> str | None:
    return f"{input} by {info.__class__.__name__}"


work.is_bare = True  # type: ignore[attr-defined]


@strawberry.type
class Mutation:
    move: str | None = strawberry.mutation(resolver=work)
    denied: str | None = strawberry.mutation(resolver=work, permission_classes=[Denied])


def moved(field: str, compiled: bool) -> Any:
    schema = Schema(Query, Mutation, compiled=compiled)
    return asyncio.run(schema.execute(f"mutation {{ {field}(input: {{ farAway: 1 }}) }}"))


def test_a_bare_mutation_is_given_what_graphql_core_has() -> None:
    assert moved("move", True).data["move"].startswith("{'farAway': 1} by ")
    assert moved("move", False).data == {"move": "Move(far_away=1) by Info"}


@pytest.mark.parametrize("compiled", [True, False])
def test_what_a_field_has_beside_its_resolver_is_heard_before_it_is_bare(compiled: bool) -> None:
    result = moved("denied", compiled)

    assert result.data == {"denied": None}
    assert [(error.message, error.path) for error in result.errors] == [("denied", ["denied"])]
