"""Costs of introspection: how long the lists of a schema's description are, which no directive declares."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLSchema,
    SchemaMetaFieldDef,
    TypeMetaFieldDef,
    is_abstract_type,
    is_enum_type,
    is_input_object_type,
    is_interface_type,
    is_object_type,
)

META_FIELDS = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}
OBJECTS_PER_POINT = 3
"""Objects of introspection, and values, that cost as much as one of ours: they are read from memory."""
OF_EACH_TYPE = -1
"""Stands for the size of the lists inside of `__Schema.types`, each of which is as long as they are on average."""


class IntrospectionSizes:
    """The lengths of the lists of introspection: the greatest, and for the lists of all types their average."""

    def __init__(self, schema: GraphQLSchema) -> None:
        types = [*schema.type_map.values()]
        with_fields = [type_ for type_ in types if is_object_type(type_) or is_interface_type(type_)]
        self._types = len(types)
        lengths: dict[str, list[int]] = {
            "fields": _lengths(type_.fields for type_ in with_fields),
            "args": _lengths(field.args for type_ in with_fields for field in type_.fields.values()),
            "inputFields": _lengths(type_.fields for type_ in types if is_input_object_type(type_)),
            "enumValues": _lengths(type_.values for type_ in types if is_enum_type(type_)),
            "possibleTypes": _lengths(schema.get_possible_types(type_) for type_ in types if is_abstract_type(type_)),
            "interfaces": _lengths(type_.interfaces for type_ in with_fields),
            "directives": [len(schema.directives)],
        }
        self._greatest = {name: max(counts, default=0) for name, counts in lengths.items()}
        self._average = {name: -(-sum(counts) // self._types) for name, counts in lengths.items()}

    def list_sizes(
        self, parent: GraphQLNamedType, name: str, field: GraphQLField, size: int | None
    ) -> tuple[int, int | None]:
        """Return the number of values of a field of introspection, and the size to pass to the lists inside."""
        if not is_list(field.type):
            return 1, None
        if parent.name == "__Schema" and name == "types":
            return self._types, OF_EACH_TYPE
        is_of_each = size == OF_EACH_TYPE
        lengths = self._average if is_of_each else self._greatest
        return lengths.get(name, 1), OF_EACH_TYPE if is_of_each and name == "fields" else None


@lru_cache(8)
def introspection_sizes(schema: GraphQLSchema) -> IntrospectionSizes:
    return IntrospectionSizes(schema)


def _lengths(lists: Iterable[Any]) -> list[int]:
    return [len(one) for one in lists]


def is_list(type_: Any) -> bool:
    """Return True for a list, whether it may be null or not."""
    return isinstance(type_.of_type if isinstance(type_, GraphQLNonNull) else type_, GraphQLList)
