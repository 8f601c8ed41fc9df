"""Cost limits: an operation that exceeds a limit is refused before it runs, with the path of the greatest cost."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
import strawberry

import execution
from execution.cost import Cost
from tests.execution import sample


@strawberry.type
class ExpensiveQuery:
    search: str = strawberry.field(resolver=lambda: "found", metadata={"cost": 40})


@strawberry.type
class Item:
    name: str


@strawberry.type
class ItemPage:
    nodes: list[Item]


def kinds() -> list[Item]:
    return []


def items(ids: list[strawberry.ID] | None = None) -> list[Item]:
    return []


def pages(first: int | None = None) -> ItemPage:
    return ItemPage(nodes=[])


def start(first: int = 3) -> str:
    return ""


def few(first: int | None = 5) -> list[Item]:
    return []


@strawberry.type
class SizedQuery:
    kinds: list[Item] = strawberry.field(resolver=kinds, metadata={"list_size": 5})
    items: list[Item] = strawberry.field(resolver=items, metadata={"list_size": "ids", "max_list_size": 50})
    pages: ItemPage = strawberry.field(resolver=pages, metadata={"list_size": 20})
    few: list[Item] = strawberry.field(resolver=few)
    start: str = strawberry.field(resolver=start)


SIZED = execution.Schema(SizedQuery)
EXPENSIVE = execution.Schema(ExpensiveQuery)
LIMITED = sample.schema(limits=execution.Limits())


def estimate(text: str, variables: dict[str, Any] | None = None) -> Cost:
    cost = execution.explain(LIMITED, text, variables).cost
    assert cost is not None
    return cost


def run(text: str, variables: dict[str, Any] | None = None, schema: Any = LIMITED, **options: Any) -> Any:
    return asyncio.run(schema.execute(text, variables, sample.Viewer(), **options))


def limit_error(text: str, **limits: int) -> Any:
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
def test_list_length_multiplies_cost(text: str, values: int, points: int) -> None:
    cost = estimate(text)

    assert (cost.values, cost.points) == (values, points)


def test_list_length_is_read_from_variables() -> None:
    text = "query ($n: Int!) { comments(first: $n) { id } }"

    assert [estimate(text, {"n": n}).values for n in (1, 50, 1)] == [2, 100, 2]
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
def test_limit_error_names_the_most_expensive_path(text: str, limit: dict[str, int], path: str) -> None:
    error = limit_error(text, **limit)

    (limit_name,) = limit
    assert error.extensions["of"] == limit_name
    assert error.extensions["limit"] == limit[limit_name]
    assert error.extensions["requested"] > limit[limit_name]
    if path:
        assert path in error.extensions["path"]
        assert f"at {error.extensions['path']}" in error.message


def test_fragment_costs_at_each_spread() -> None:
    text = "{ a: comments(first: 2) { ...C } b: comments(first: 3) { ...C } } fragment C on Comment { id x: id }"

    cost = estimate(text)

    assert (cost.values, cost.aliases, cost.fields) == (2 * 3 + 3 * 3, 4, 6)


@pytest.mark.parametrize(
    ("text", "variables", "points"),
    [
        ("{ kinds { name } }", {}, 1 + 5),
        ('{ items(ids: ["a", "b", "c"]) { name } }', {}, 1 + 3),
        ("{ items(ids: []) { name } }", {}, 1),
        ('{ items(ids: "a") { name } }', {}, 1 + 1),
        ("query ($a: ID!) { items(ids: [$a, $a]) { name } }", {"a": "a"}, 1 + 2),
        ("query ($ids: [ID!]) { items(ids: $ids) { name } }", {"ids": ["a"] * 100}, 1 + 100),
        ('query ($ids: [ID!] = ["a", "b"]) { items(ids: $ids) { name } }', {}, 1 + 2),
        ("{ pages { nodes { name } } }", {}, 1 + 1 + 20),
        ("{ pages(first: 3) { nodes { name } } }", {}, 1 + 1 + 3),
        ("{ pages(first: null) { nodes { name } } }", {}, 1 + 1 + 20),
        ("query ($n: Int) { pages(first: $n) { nodes { name } } }", {"n": None}, 1 + 1 + 20),
        ("query ($n: Int = null) { pages(first: $n) { nodes { name } } }", {}, 1 + 1 + 20),
        ("query ($n: Int = 7) { pages(first: $n) { nodes { name } } }", {"n": None}, 1 + 1 + 20),
        ("{ few(first: null) { name } }", {}, 1 + 5),
    ],
)
def test_field_metadata_sets_the_length_of_a_list(text: str, variables: dict[str, Any], points: int) -> None:
    cost = execution.explain(SIZED, text, variables).cost

    assert cost is not None
    assert cost.points == points


@pytest.mark.parametrize(
    ("schema", "line"),
    [
        (SIZED, "type SizedQuery @cost(weight: \"0.0\") {"),
        (SIZED, "  kinds: [Item!]! @listSize(assumedSize: 5)"),
        (SIZED, "  items(ids: [ID!] = null): [Item!]! @listSize(assumedSize: 50)"),
        (SIZED, "  pages(first: Int = null): ItemPage! @listSize(assumedSize: 20, slicingArguments: [\"first\"],"
         " sizedFields: [\"nodes\"], requireOneSlicingArgument: false)"),
        (SIZED, "  few(first: Int = 5): [Item!]! @listSize(assumedSize: 5, slicingArguments: [\"first\"],"
         " requireOneSlicingArgument: false)"),
        (SIZED, "  nodes: [Item!]! @cost(weight: \"0.0\")"),
        (SIZED, "  name: String!"),
        (SIZED, "  start(first: Int! = 3): String! @cost(weight: \"1.0\")"),
        (EXPENSIVE, "  search: String! @cost(weight: \"40.0\")"),
    ],
)  # fmt: skip
def test_schema_prints_what_the_cost_is_estimated_from(schema: execution.Schema, line: str) -> None:
    assert line in schema.as_str().splitlines()


def test_second_schema_of_the_same_types_prints_the_same() -> None:
    assert execution.Schema(SizedQuery).as_str() == SIZED.as_str()


def test_introspection_lists_the_directives_of_costs() -> None:
    result = SIZED.execute_sync("{ __schema { directives { name } } }")

    assert result.data is not None
    assert {"cost", "listSize"} <= {directive["name"] for directive in result.data["__schema"]["directives"]}


def test_cost_follows_the_length_of_a_list_variable() -> None:
    schema = execution.Schema(SizedQuery, report_cost=True)
    text = "query ($ids: [ID!]) { items(ids: $ids) { name } }"

    results: list[Any] = [asyncio.run(schema.execute(text, {"ids": ["a"] * length})) for length in (2, 50, 2)]

    assert [result.extensions["cost"]["requested"] for result in results] == [3, 51, 3]


def test_field_metadata_sets_cost() -> None:
    schema = execution.Schema(ExpensiveQuery, report_cost=True)

    result = asyncio.run(schema.execute("{ search }"))

    assert result.extensions == {"cost": {"requested": 40, "limit": 10_000}}


@pytest.mark.parametrize("text", ["{ viewer }", "{ comments { unknown } }", "mutation { bump }"])
def test_cost_is_reported_on_request(text: str) -> None:
    with_report = run(text, operation_extensions={"cost": True})
    without_report = run(text)

    assert with_report.extensions["cost"]["limit"] == LIMITED.limits.points
    assert "cost" not in (without_report.extensions or {})


def test_refused_operation_has_a_cost_report() -> None:
    result = run("{ comments(first: 10001) { id } }", operation_extensions={"cost": True})

    assert result.data is None
    assert result.extensions == {"cost": {"requested": 10_002, "limit": 10_000}}


def test_batched_operations_share_a_budget() -> None:
    text = "{ comments(first: 2) { id } }"

    async def batch(points: int) -> list[Any]:
        with execution.shared_budget(points):
            return await asyncio.gather(*(LIMITED.execute(text, context_value=sample.Viewer()) for _ in range(3)))

    assert [result.errors for result in asyncio.run(batch(9))] == [None, None, None]
    *_, last = asyncio.run(batch(8))
    assert last.errors[0].extensions == {
        "code": "OPERATION_TOO_COSTLY", "of": "batch", "requested": 3, "limit": 2, "path": ""
    }  # fmt: skip


def test_stream_and_execute_sync_check_limits() -> None:
    schema = sample.schema(limits=replace(execution.Limits(), depth=1))
    text = "{ comments { id } }"

    async def stream_results() -> list[Any]:
        return [result async for result in await schema.stream(text)]

    (result,) = asyncio.run(stream_results())
    assert result.errors[0].extensions["of"] == "depth"
    assert schema.execute_sync(text).errors[0].extensions["of"] == "depth"  # type: ignore[index]


def test_limits_none_refuses_nothing() -> None:
    assert run("{ comments(first: 100000) { id } }", schema=sample.schema(limits=None)).errors is None


def test_page_query_stays_far_below_the_limits() -> None:
    fragment = """
        fragment Shown on Comment { __typename id body votes score isPinned createdAt day mood tags author { name } }
    """
    page = (
        "{ comments(first: 20) { ...Shown replies(first: 3) { total nodes { ...Shown replies(first: 2) "
        "{ total nodes { ...Shown } } } } } }" + fragment
    )

    cost = estimate(page)

    limits = LIMITED.limits
    assert execution.explain(LIMITED, page).errors == []
    assert cost.values * 3 < limits.values
    assert cost.points * 3 < limits.points
    assert cost.fields * 3 < limits.fields
