"""Queries written from the schema, so that no field is forgotten: a way to each type, and all of its fields."""

from collections import deque
from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_object_type,
    is_required_argument,
)

MARK = "__"
"""Between type and field in the name that a field is answered under."""


def needs_arguments(field: GraphQLField) -> bool:
    return any(is_required_argument(argument) for argument in field.args.values())


def object_types(schema: GraphQLSchema) -> dict[str, GraphQLObjectType]:
    """Ours, without the roots."""
    roots = {schema.query_type, schema.mutation_type, schema.subscription_type}
    found = {name: kind for name, kind in schema.type_map.items() if is_object_type(kind) and kind not in roots}
    return {name: kind for name, kind in found.items() if not name.startswith("__")}


def ways(schema: GraphQLSchema, ends: set[str], through: dict[str, str]) -> dict[str, list[str]]:
    """The shortest way from Query to each type, without arguments.

    `ends` are fields that no way leads through, `through` names for a type the field by which alone it is come to.
    """
    assert schema.query_type is not None
    found: dict[str, list[str]] = {"Query": []}
    waiting = deque(["Query"])
    while waiting:
        at = waiting.popleft()
        for name, field in schema.type_map[at].fields.items():  # type: ignore[attr-defined]
            place = f"{at}.{name}"
            if needs_arguments(field) or place in ends:
                continue
            for kind, step in _targets(schema, field):
                if kind not in found and through.get(kind, place) == place:
                    found[kind] = [*found[at], name, *step]
                    waiting.append(kind)
    return {kind: way for kind, way in found.items() if way}


def _targets(schema: GraphQLSchema, field: GraphQLField) -> Iterator[tuple[str, list[str]]]:
    """The types that a field may give, each with the fragment that it takes."""
    named = get_named_type(field.type)
    if is_abstract_type(named):
        for kind in schema.get_possible_types(named):
            yield kind.name, [f"... on {kind.name}"]
    elif is_object_type(named):
        yield named.name, []


def whole(schema: GraphQLSchema, name: str, expanded: frozenset[str] = frozenset()) -> str:
    """Every field of a type; of an object that it gives its id, or all if its type is among `expanded`."""
    parts = []
    for field_name, field in schema.type_map[name].fields.items():  # type: ignore[attr-defined]
        assert not needs_arguments(field), f"{name}.{field_name} can't be asked for without arguments"
        parts.append(f"{name}{MARK}{field_name}: {field_name}{_inside(schema, field, expanded)}")
    return " ".join(parts)


def _inside(schema: GraphQLSchema, field: GraphQLField, expanded: frozenset[str]) -> str:
    named = get_named_type(field.type)
    if is_leaf_type(named):
        return ""
    if named.name in expanded:
        return f" {{ {whole(schema, named.name, expanded - {named.name})} }}"
    if is_abstract_type(named):
        return " { __typename ... on Node { id } }"
    return " { __typename id }" if "id" in getattr(named, "fields", ()) else " { __typename }"


def query_for(schema: GraphQLSchema, name: str, way: list[str]) -> str:
    """A query for every field of a type at the end of a way."""
    text = whole(schema, name)
    for step in reversed(way):
        text = f"{step} {{ {text} }}"
    return f"{{ {text} }}"


def met(answer: Any) -> Iterator[tuple[str, Any]]:
    """The fields that were asked for by `whole`, as "Type.field" with their values."""
    if isinstance(answer, list):
        for item in answer:
            yield from met(item)
    elif isinstance(answer, dict):
        for name, value in answer.items():
            if MARK in name.strip("_"):
                yield name.replace(MARK, "."), value
            yield from met(value)
