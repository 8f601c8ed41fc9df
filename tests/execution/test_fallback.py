"""Fallback: queries that fail, and operations that can't be compiled, are answered by graphql-core."""

import asyncio
from typing import Any

import pytest
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from execution.compiler.cache import MAX_VARIANTS_PER_OPERATION
from execution.compiler.operation import Operation
from execution.compiler.writer import MAX_COMPILED_FIELDS
from tests.execution import sample

COMPILED = sample.schema()
REFERENCE = sample.schema(compiled=False)


def run(text: str, viewer: sample.Viewer | None = None, **options: Any) -> Any:
    return asyncio.run(COMPILED.execute(text, context_value=viewer or sample.Viewer(), **options))


def operation(text: str, name: str | None = None) -> Operation:
    found = COMPILED.documents[text].operation(name)
    assert found is not None
    return found


def test_query_without_errors_runs_compiled_once() -> None:
    text, viewer = "{ comments { id shout } }", sample.Viewer()

    result = run(text, viewer)

    assert result.errors is None
    assert (operation(text).runs, operation(text).fallbacks) == (1, 0)
    assert viewer.calls == ["comments", "shout", "shout", "shout"]


def test_resolver_that_raises_falls_back() -> None:
    text = "{ comments { id shout } viewer }"

    result = run(text, sample.Viewer({"shout": "raise"}))

    assert [error.path for error in result.errors] == [["comments", number, "shout"] for number in range(3)]
    assert result.data["viewer"] == "anyone"
    assert operation(text).fallbacks == 1


def test_null_in_non_null_field_propagates_to_parent() -> None:
    result = run('{ comment(id: "c0") { replies { total } } viewer }', sample.Viewer({"replies": "null"}))

    assert result.data == {"comment": None, "viewer": "anyone"}
    assert result.errors[0].message == "Cannot return null for non-nullable field Comment.replies."


def test_error_in_later_level_falls_back() -> None:
    text = "{ comments { replies { total } loaded { replies { total } loud } } }"

    result = run(text, sample.Viewer({"loud": "raise"}))

    assert result.data is None
    assert operation(text).fallbacks == 1


def test_resolver_that_reads_its_path_falls_back() -> None:
    text = "{ comments(first: 2) { where } }"

    assert run(text).data == {"comments": [{"where": "comments.0.where"}, {"where": "comments.1.where"}]}
    assert operation(text).fallbacks == 1


def test_mutation_results_are_written_by_compiled_code() -> None:
    text, viewer = 'mutation { one: bump __typename two: move(id: "c1") { id shout } }', sample.Viewer()

    assert run(text, viewer).data == {"one": 2, "__typename": "Mutation", "two": {"id": "c1", "shout": "COMMENT C1!"}}
    assert viewer.calls == ["bump", "move", "shout"]
    assert (operation(text).runs, operation(text).fallbacks) == (3, 0)


def test_mutation_runs_once_when_its_result_falls_back() -> None:
    text, viewer = 'mutation { move(id: "c1") { id loud } after: bump }', sample.Viewer({"loud": "raise"})

    result = run(text, viewer)

    assert result.data is None or result.data["after"] == 2
    assert [error.path for error in result.errors] == [["move", "loud"]]
    assert [call for call in viewer.calls if call != "loud"] == ["move", "bump"]
    assert operation(text).fallbacks == 1


@pytest.mark.parametrize("text", ["{ __schema { queryType { name } } }", '{ __type(name: "Comment") { name } }'])
def test_introspection_runs_on_graphql_core(text: str) -> None:
    assert run(text).errors is None
    assert operation(text).runs == 0


def test_denied_permission_is_an_error() -> None:
    text = "{ comments(first: 1) { secret } }"

    assert run(text).data == {"comments": [{"secret": "hidden"}]}
    assert run(text, sample.Viewer(is_staff=False)).errors[0].message == "Staff only"


@pytest.mark.parametrize("text", ["{", "{ unknown }", "{ comment { id } }", "query A { viewer } query A { nothing }"])
def test_invalid_documents_have_the_errors_of_graphql_core(text: str) -> None:
    expected = asyncio.run(REFERENCE.execute(text, context_value=sample.Viewer()))

    assert sample.as_sent(run(text)) == sample.as_sent(expected)
    assert sample.as_sent(run(text)) == sample.as_sent(expected)


@pytest.mark.parametrize("variables", [{}, {"n": None}, {"n": "x"}, {"n": 1.5}, {"n": 1, "other": 2}])
def test_invalid_variables_have_the_errors_of_graphql_core(variables: dict[str, Any]) -> None:
    text = "query ($n: Int!) { comments(first: $n) { id } }"
    expected = asyncio.run(REFERENCE.execute(text, variables, sample.Viewer()))

    assert sample.as_sent(run(text, variable_values=variables)) == sample.as_sent(expected)


def test_operation_is_selected_by_name() -> None:
    text = "query A { viewer } query B { nothing }"

    assert run(text, operation_name="B").data == {"nothing": None}
    assert run(text, operation_name="A").data == {"viewer": "anyone"}


def test_compiled_false_runs_everything_on_graphql_core() -> None:
    text = "{ comments { id } }"

    result = asyncio.run(REFERENCE.execute(text, context_value=sample.Viewer()))

    found = REFERENCE.documents[text].operation(None)
    assert result.data == run(text).data
    assert found is not None
    assert found.runs == 0


def test_custom_executor_turns_compiled_execution_off() -> None:
    schema = sample.schema(execution_context_class=StrawberryGraphQLCoreExecutionContext)

    assert not schema.compiled


def test_compiled_variants_of_one_operation_are_bounded() -> None:
    names = [f"v{number}" for number in range(6)]
    fields = " ".join(f"a{name}: viewer @include(if: ${name})" for name in names)
    text = f"query ({', '.join(f'${name}: Boolean!' for name in names)}) {{ __typename {fields} }}"

    for number in range(2 ** len(names)):
        conditions = {name: bool(number >> place & 1) for place, name in enumerate(names)}
        expected = {"__typename", *(f"a{name}" for name in names if conditions[name])}
        assert run(text, variable_values=conditions).data.keys() == expected

    assert operation(text).runs == MAX_VARIANTS_PER_OPERATION


def test_operation_with_too_many_fields_is_not_compiled() -> None:
    fields = " ".join(f"a{number}: viewer" for number in range(MAX_COMPILED_FIELDS + 1))

    result = run("{ " + fields + " }")

    assert len(result.data) == MAX_COMPILED_FIELDS + 1
    assert operation("{ " + fields + " }").runs == 0
