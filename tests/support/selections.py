"""Queries generated from the schema, so that no field is left out: a path to each type, and all fields of the type."""

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
"""Stands between type and field in the alias of a field: `Comment__body`."""


def needs_arguments(field: GraphQLField) -> bool:
    return any(is_required_argument(argument) for argument in field.args.values())


def object_types(schema: GraphQLSchema) -> dict[str, GraphQLObjectType]:
    """Return the object types by name, without the root types and those of introspection."""
    roots = {schema.query_type, schema.mutation_type, schema.subscription_type}
    found = {name: kind for name, kind in schema.type_map.items() if is_object_type(kind) and kind not in roots}
    return {name: kind for name, kind in found.items() if not name.startswith("__")}


def ways(
    schema: GraphQLSchema, ends: set[str], through: dict[str, str], arguments: dict[str, str]
) -> dict[str, list[str]]:
    """Find the shortest path from Query to each type, through fields without required arguments.

    No path leads through the fields in `ends`; `through` names for a type the only field that its path may end with.
    `arguments` has the arguments of fields that show too little without any.
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
                    found[kind] = [*found[at], f"{name}{arguments.get(place, '')}", *step]
                    waiting.append(kind)
    return {kind: way for kind, way in found.items() if way}


def _targets(schema: GraphQLSchema, field: GraphQLField) -> Iterator[tuple[str, list[str]]]:
    """Yield the object types that a field may return, each with the inline fragment that its fields need."""
    named = get_named_type(field.type)
    if is_abstract_type(named):
        for kind in schema.get_possible_types(named):
            yield kind.name, [f"... on {kind.name}"]
    elif is_object_type(named):
        yield named.name, []


def whole(schema: GraphQLSchema, name: str, expanded: frozenset[str] = frozenset()) -> str:
    """Select every field of a type; of objects inside it only the id, or every field if `expanded` has their type."""
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
    """Write a query for every field of a type at the end of a path."""
    text = whole(schema, name)
    for step in reversed(way):
        text = f"{step} {{ {text} }}"
    return f"{{ {text} }}"


def met(answer: Any) -> Iterator[tuple[str, Any]]:
    """Yield the fields that `whole` selected, as "Type.field" with their values."""
    if isinstance(answer, list):
        for item in answer:
            yield from met(item)
    elif isinstance(answer, dict):
        for name, value in answer.items():
            if MARK in name.strip("_"):
                yield name.replace(MARK, "."), value
            yield from met(value)
