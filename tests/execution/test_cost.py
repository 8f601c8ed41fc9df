"""An operation's cost is known before it runs, and one that asks for too much is told where to ask for less."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
import strawberry

import execution
from execution.cost import Cost
from tests.execution import sample


@strawberry.type
class Dear:
    search: str = strawberry.field(resolver=lambda: "found", metadata={"cost": 40})


LIMITED = sample.schema(limits=execution.Limits())


def weight(text: str, variables: dict[str, Any] | None = None) -> Cost:
    told = execution.explain(LIMITED, text, variables).cost
    assert told is not None
    return told


def run(text: str, variables: dict[str, Any] | None = None, schema: Any = LIMITED, **given: Any) -> Any:
    return asyncio.run(schema.execute(text, variables, sample.Viewer(), **given))


def refused(text: str, **limits: int) -> Any:
    schema = sample.schema(limits=replace(execution.Limits(), **limits))
    (error,) = run(text, schema=schema).errors
    assert error.extensions["code"] == "OPERATION_TOO_COSTLY"
    return error


@pytest.mark.parametrize(
    ("text", "values", "points"),
    [
        ("{ viewer }", 1, 1),
        ("{ nothing __typename }", 2, 1),
        ("{ comments(first: 4) { id } }", 4 * 2, 1 + 4),
        ("{ comments(first: 4) { id shout } }", 4 * 3, 1 + 4 + 4),
        ("{ comments { id } }", 3 * 2, 1 + 3),
        ("{ happenings { __typename } }", 10 * 2, 1 + 10),
        (
            "{ comments(first: 2) { replies(first: 5) { nodes { id } total } } }",
            2 * (1 + 1 + 10 + 1),
            1 + 2 * (1 + 2 + 5),
        ),
        ("query ($n: Int = 2) { comments(first: $n) { id } }", 4, 3),
        ("{ comments(first: -5) { id } }", 0, 1),
    ],
)
def test_lists_multiply_what_is_in_them(text: str, values: int, points: int) -> None:
    told = weight(text)

    assert (told.values, told.points) == (values, points)


def test_a_list_is_as_long_as_this_request_s_variables_say() -> None:
    text = "query ($n: Int!) { comments(first: $n) { id } }"

    assert [weight(text, {"n": n}).values for n in (1, 50, 1)] == [2, 100, 2]
    assert run(text, {"n": 2}).errors is None
    assert run(text, {"n": 30_000}).errors[0].extensions["path"].startswith("comments")


@pytest.mark.parametrize(
    ("text", "limit", "path"),
    [
        ("{ comments { loaded { loaded { id } } } }", {"depth": 3}, "comments.loaded.loaded.id"),
        ("{ viewer comments { a: id b: id } }", {"aliases": 1}, "comments"),
        ("{ viewer comments { loaded { id @skip(if: false) body @skip(if: false) } } }", {"directives": 1},
         "comments.loaded"),
        ("{ viewer nothing __typename }", {"root_fields": 2}, ""),
        ("{ viewer comments(first: 100) { replies(first: 90) { nodes { id } } } }", {"values": 10_000},
         "comments.replies.nodes"),
        ("{ viewer comments(first: 100) { x: shout } }", {"points": 100}, "comments.x"),
        ("{ viewer comments { id body votes } }", {"fields": 4}, "comments"),
        ("{ viewer nothing comments { id } }", {"selections": 2}, ""),
        ("query A { viewer } query B { viewer }", {"operations": 1}, ""),
        ("{ ...A } fragment A on Query { viewer }", {"fragments": 0}, ""),
        ("{ viewer nothing }", {"tokens": 3}, ""),
        ("{ viewer nothing }", {"characters": 5}, ""),
    ],
)  # fmt: skip
def test_a_refusal_says_which_path_to_shrink(text: str, limit: dict[str, int], path: str) -> None:
    error = refused(text, **limit)

    (what,) = limit
    assert error.extensions["of"] == what
    assert error.extensions["limit"] == limit[what]
    assert error.extensions["requested"] > limit[what]
    if path:
        assert path in error.extensions["path"]
        assert f"at {error.extensions['path']}" in error.message


def test_fragments_count_wherever_they_are_spread() -> None:
    text = "{ a: comments(first: 2) { ...C } b: comments(first: 3) { ...C } } fragment C on Comment { id x: id }"

    told = weight(text)

    assert (told.values, told.aliases, told.fields) == (2 * 3 + 3 * 3, 4, 6)


def test_a_field_s_metadata_can_name_its_cost() -> None:
    schema = execution.Schema(Dear, report_cost=True)

    result = asyncio.run(schema.execute("{ search }"))

    assert result.extensions == {"cost": {"requested": 40, "limit": 10_000}}


@pytest.mark.parametrize("text", ["{ viewer }", "{ comments { unknown } }", "mutation { bump }"])
def test_the_cost_is_told_when_asked_for(text: str) -> None:
    asked = run(text, operation_extensions={"cost": True})
    silent = run(text)

    assert asked.extensions["cost"]["limit"] == LIMITED.limits.points
    assert "cost" not in (silent.extensions or {})


def test_a_refused_operation_is_told_its_cost_too() -> None:
    result = run("{ comments(first: 10001) { id } }", operation_extensions={"cost": True})

    assert result.data is None
    assert result.extensions == {"cost": {"requested": 10_002, "limit": 10_000}}


def test_batched_operations_share_one_budget() -> None:
    text = "{ comments(first: 2) { id } }"

    async def batch(points: int) -> list[Any]:
        with execution.shared_budget(points):
            return await asyncio.gather(*(LIMITED.execute(text, context_value=sample.Viewer()) for _ in range(3)))

    assert [result.errors for result in asyncio.run(batch(9))] == [None, None, None]
    *_, last = asyncio.run(batch(8))
    assert last.errors[0].extensions == {
        "code": "OPERATION_TOO_COSTLY", "of": "batch", "requested": 3, "limit": 2, "path": ""
    }  # fmt: skip


def test_streams_and_execute_sync_refuse_as_well() -> None:
    schema = sample.schema(limits=replace(execution.Limits(), depth=1))
    text = "{ comments { id } }"

    async def streamed() -> list[Any]:
        return [result async for result in await schema.stream(text)]

    (result,) = asyncio.run(streamed())
    assert result.errors[0].extensions["of"] == "depth"
    assert schema.execute_sync(text).errors[0].extensions["of"] == "depth"  # type: ignore[index]


def test_without_limits_nothing_is_refused() -> None:
    assert run("{ comments(first: 100000) { id } }", schema=sample.schema(limits=None)).errors is None


def test_a_page_stays_well_within_the_limits() -> None:
    told = """
        fragment Told on Comment { __typename id body votes score isPinned createdAt day mood tags author { name } }
    """
    page = (
        "{ comments(first: 20) { ...Told replies(first: 3) { total nodes { ...Told replies(first: 2) "
        "{ total nodes { ...Told } } } } } }" + told
    )

    cost = weight(page)

    limits = LIMITED.limits
    assert execution.explain(LIMITED, page).errors == []
    assert cost.values * 3 < limits.values
    assert cost.points * 3 < limits.points
    assert cost.fields * 3 < limits.fields
