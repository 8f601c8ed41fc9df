"""Only happy runs are compiled; all else is graphql-core's, to the letter, and can be told from nothing but time."""

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


def run(text: str, viewer: sample.Viewer | None = None, **given: Any) -> Any:
    return asyncio.run(COMPILED.execute(text, context_value=viewer or sample.Viewer(), **given))


def operation(text: str, name: str | None = None) -> Operation:
    found = COMPILED.documents[text].operation(name)
    assert found is not None
    return found


def test_a_happy_query_runs_compiled_once() -> None:
    text, viewer = "{ comments { id shout } }", sample.Viewer()

    result = run(text, viewer)

    assert result.errors is None
    assert (operation(text).runs, operation(text).fallbacks) == (1, 0)
    assert viewer.calls == ["comments", "shout", "shout", "shout"]


def test_a_resolver_that_raises_sends_the_query_to_graphql_core() -> None:
    text = "{ comments { id shout } viewer }"

    result = run(text, sample.Viewer({"shout": "raise"}))

    assert [error.path for error in result.errors] == [["comments", number, "shout"] for number in range(3)]
    assert result.data["viewer"] == "anyone"
    assert operation(text).fallbacks == 1


def test_a_null_that_must_not_be_takes_its_parent_with_it() -> None:
    result = run('{ comment(id: "c0") { replies { total } } viewer }', sample.Viewer({"replies": "null"}))

    assert result.data == {"comment": None, "viewer": "anyone"}
    assert result.errors[0].message == "Cannot return null for non-nullable field Comment.replies."


def test_a_failure_in_a_later_level_leaves_nothing_running() -> None:
    text = "{ comments { replies { total } loaded { replies { total } loud } } }"

    result = run(text, sample.Viewer({"loud": "raise"}))

    assert result.data is None
    assert operation(text).fallbacks == 1


def test_a_field_that_asks_for_its_path_is_given_it_by_graphql_core() -> None:
    text = "{ comments(first: 2) { where } }"

    assert run(text).data == {"comments": [{"where": "comments.0.where"}, {"where": "comments.1.where"}]}
    assert operation(text).fallbacks == 1


def test_mutations_run_on_graphql_core_and_what_they_give_is_written_compiled() -> None:
    text, viewer = 'mutation { one: bump __typename two: move(id: "c1") { id shout } }', sample.Viewer()

    assert run(text, viewer).data == {"one": 2, "__typename": "Mutation", "two": {"id": "c1", "shout": "COMMENT C1!"}}
    assert viewer.calls == ["bump", "move", "shout"]
    assert (operation(text).runs, operation(text).fallbacks) == (3, 0)


def test_what_a_mutation_gave_is_completed_by_graphql_core_if_compiled_code_fails_and_is_not_done_again() -> None:
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


def test_an_exception_is_answered_for_what_permissions_refuse() -> None:
    text = "{ comments(first: 1) { secret } }"

    assert run(text).data == {"comments": [{"secret": "hidden"}]}
    assert run(text, sample.Viewer(is_staff=False)).errors[0].message == "Staff only"


@pytest.mark.parametrize("text", ["{", "{ unknown }", "{ comment { id } }", "query A { viewer } query A { nothing }"])
def test_faulty_documents_are_told_the_same(text: str) -> None:
    expected = asyncio.run(REFERENCE.execute(text, context_value=sample.Viewer()))

    assert sample.told(run(text)) == sample.told(expected)
    assert sample.told(run(text)) == sample.told(expected)


@pytest.mark.parametrize("variables", [{}, {"n": None}, {"n": "x"}, {"n": 1.5}, {"n": 1, "other": 2}])
def test_variables_are_refused_in_the_same_words(variables: dict[str, Any]) -> None:
    text = "query ($n: Int!) { comments(first: $n) { id } }"
    expected = asyncio.run(REFERENCE.execute(text, variables, sample.Viewer()))

    assert sample.told(run(text, variable_values=variables)) == sample.told(expected)


def test_an_operation_is_chosen_by_name() -> None:
    text = "query A { viewer } query B { nothing }"

    assert run(text, operation_name="B").data == {"nothing": None}
    assert run(text, operation_name="A").data == {"viewer": "anyone"}


def test_turned_off_nothing_runs_compiled_and_all_is_answered() -> None:
    text = "{ comments { id } }"

    result = asyncio.run(REFERENCE.execute(text, context_value=sample.Viewer()))

    found = REFERENCE.documents[text].operation(None)
    assert result.data == run(text).data
    assert found is not None
    assert found.runs == 0


def test_an_executor_of_ones_own_is_left_alone() -> None:
    own = sample.schema(execution_context_class=StrawberryGraphQLCoreExecutionContext)

    assert not own.compiled


def test_only_so_many_sets_of_include_values_are_compiled() -> None:
    names = [f"v{number}" for number in range(6)]
    fields = " ".join(f"a{name}: viewer @include(if: ${name})" for name in names)
    text = f"query ({', '.join(f'${name}: Boolean!' for name in names)}) {{ __typename {fields} }}"

    for number in range(2 ** len(names)):
        chosen = {name: bool(number >> place & 1) for place, name in enumerate(names)}
        expected = {"__typename", *(f"a{name}" for name in names if chosen[name])}
        assert run(text, variable_values=chosen).data.keys() == expected

    assert operation(text).runs == MAX_VARIANTS_PER_OPERATION


def test_what_would_be_too_long_to_write_is_not_compiled() -> None:
    fields = " ".join(f"a{number}: viewer" for number in range(MAX_COMPILED_FIELDS + 1))

    result = run("{ " + fields + " }")

    assert len(result.data) == MAX_COMPILED_FIELDS + 1
    assert operation("{ " + fields + " }").runs == 0
