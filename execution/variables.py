"""Coerces an operation's variables, and remembers how the plainest of them came out."""

from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLSchema,
    OperationDefinitionNode,
    get_named_type,
    is_specified_scalar_type,
    type_from_ast,
)
from graphql.execution.values import VariableValues, get_variable_values

MOST_REMEMBERED = 64
PLAIN = (str, int, float, bool, type(None))
LONGEST = 200


class Variables:
    """graphql-core's coercion; what it made of a few plain values is the same the next time."""

    def __init__(self, schema: GraphQLSchema, definition: OperationDefinitionNode) -> None:
        self.schema = schema
        self.definitions = definition.variable_definitions or ()
        self.names = [node.variable.name.value for node in self.definitions]
        types = (type_from_ast(schema, node.type) for node in self.definitions)
        # A custom scalar may make something new, or something that can be changed, of the same text.
        self._is_plain = all(_is_plain(get_named_type(type_)) for type_ in types)
        self._known: dict[tuple[Any, ...], VariableValues] = {}

    def coerced(self, given: dict[str, Any]) -> VariableValues | None:
        """The variables as the operation takes them; None when they are faulty, which graphql-core explains."""
        if not self.definitions:
            return VariableValues({}, {})
        key = self._key(given) if self._is_plain else None
        known = self._known.get(key) if key else None
        if known:
            return VariableValues(known.sources, known.coerced.copy())
        values = get_variable_values(self.schema, self.definitions, given, max_errors=1)
        if isinstance(values, list):
            return None
        if key:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            self._known[key] = VariableValues(values.sources, values.coerced.copy())
        return values

    def _key(self, given: dict[str, Any]) -> tuple[Any, ...] | None:
        """The values with their classes, since Python takes 1, 1.0 and True for the same."""
        key: list[Any] = []
        for name in self.names:
            value = given.get(name, ...)
            too_long = value.__class__ is str and len(value) > LONGEST
            if too_long or (value is not ... and value.__class__ not in PLAIN):
                return None
            key += (value.__class__, value)
        return tuple(key)


def _is_plain(type_: Any) -> bool:
    return isinstance(type_, GraphQLEnumType) or is_specified_scalar_type(type_)
