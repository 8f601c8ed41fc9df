"""Variable coercion: any input has the same coerced value as in graphql-core, or is invalid in both."""

from typing import Any

import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, Undefined, build_schema, parse
from graphql.execution.values import get_variable_values
from hypothesis import given, settings
from hypothesis import strategies as st

from execution.compiler.fallback import FallbackRequired
from execution.compiler.input_coercion import input_coercer
from execution.compiler.variables import VariableCoercer
from tests.execution import sample

SDL = """
    type Query { nothing: Int }
    enum Mood { HOPE ANGER }
    scalar Anything
    input Point { x: Int!, y: Int = 7, of: Mood = HOPE }
    input Line { name: String, points: [Point!]! = [{ x: 1 }], moods: [Mood], id: ID, at: Point, any: Anything }
    input Tree { name: String, twigs: [Tree!] }
    input Either @oneOf { one: Int, other: Float }
"""
SCHEMA = build_schema(SDL)
STRAWBERRY_SCHEMA = sample.schema()._schema
TYPES = ["Int", "String!", "Mood", "[Mood!]", "Point", "Point!", "Line!", "[[Line]!]", "Tree", "Either", "Anything!"]
DEFAULTS = {"Int": "3", "Mood": "ANGER", "Point": "{ x: 5 }", "[Mood!]": "[HOPE]"}
NAMES = ["name", "points", "moods", "id", "at", "x", "y", "of", "one", "other", "twigs", "any", "unknown"]
LEAVES = st.sampled_from([None, True, 0, 1, 2.0, 1.5, "", "HOPE", "ANGER", "text", 2**40, Undefined])
INPUTS = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)
    ),
    max_leaves=12,
)


def operation(definitions: str) -> OperationDefinitionNode:
    (node,) = parse(f"query ({definitions}) {{ nothing }}").definitions
    assert isinstance(node, OperationDefinitionNode)
    return node


def assert_coerced_as_by_graphql_core(schema: GraphQLSchema, definitions: str, sent: dict[str, Any]) -> None:
    node = operation(definitions)

    expected = get_variable_values(schema, node.variable_definitions or (), sent)
    actual = VariableCoercer(schema, node).coerce(sent)

    if isinstance(expected, list):
        assert actual is None
        return
    assert actual is not None
    assert repr(actual.coerced) == repr(expected.coerced)  # 1, 1.0 and True are the same to Python
    assert actual.sources.keys() == expected.sources.keys()
    for name, source in actual.sources.items():
        assert source.value is expected.sources[name].value
        assert str(source.signature.type) == str(expected.sources[name].signature.type)


@settings(max_examples=400, deadline=None)
@given(type_=st.sampled_from(TYPES), has_default=st.booleans(), sent=INPUTS, is_sent=st.integers(0, 3))
def test_variables_are_coerced_as_by_graphql_core(type_: str, has_default: bool, sent: Any, is_sent: int) -> None:
    default = f" = {DEFAULTS[type_]}" if has_default and type_ in DEFAULTS else ""

    assert_coerced_as_by_graphql_core(SCHEMA, f"$v: {type_}{default}, $w: Int", {"v": sent} if is_sent else {})


@settings(deadline=None)
@given(sent=st.dictionaries(st.sampled_from(["mood", "words", "minimum", "unknown"]), INPUTS, max_size=3))
def test_strawberry_inputs_are_coerced_as_by_graphql_core(sent: dict[str, Any]) -> None:
    assert_coerced_as_by_graphql_core(STRAWBERRY_SCHEMA, "$v: Filter!", {"v": sent})


def test_recursive_input_type_is_left_to_graphql_core() -> None:
    """graphql-core limits the depth of a value."""
    deep: dict[str, Any] = {}
    for _ in range(300):
        deep = {"twigs": [deep]}

    with pytest.raises(FallbackRequired):
        input_coercer(SCHEMA.get_type("Tree"))

    assert VariableCoercer(SCHEMA, operation("$v: Tree")).coerce({"v": deep}) is None


def test_list_default_is_copied_for_each_request() -> None:
    variables = VariableCoercer(SCHEMA, operation("$v: [Mood!] = [HOPE]"))

    one, other = variables.coerce({}), variables.coerce({})

    assert one is not None
    assert other is not None
    assert one.coerced["v"] == other.coerced["v"] == ["HOPE"]
    assert one.coerced["v"] is not other.coerced["v"]
