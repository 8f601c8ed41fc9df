"""Serialization of scalars and enums: an inline check for the usual class, the schema's serializer for the rest."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from math import isfinite
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
    Undefined,
)
from orjson import dumps
from strawberry.schema.schema_converter import CustomGraphQLEnumType
from strawberry.schema.types.base_scalars import isoformat

from .awaitables import check_is_value
from .fallback import FallbackRequired
from .source import SourceBuilder

# CPython compares integers of one 30-bit digit fastest. Larger 32-bit integers go through the schema's serializer.
MAX_ONE_DIGIT_INT = (1 << 30) - 1


def _integers_to(largest: int) -> str:
    limit = min(largest, MAX_ONE_DIGIT_INT)
    return f"{{value}}.__class__ is int and -{limit} <= {{name}} <= {limit}"


INLINE_CHECKS: dict[Any, str] = {
    GraphQLString: "{value}.__class__ is str",
    GraphQLID: "{value}.__class__ is str",
    GraphQLBoolean: "{value} is True or {name} is False",
    GraphQLInt: _integers_to(MAX_ONE_DIGIT_INT),
    GraphQLFloat: "{value}.__class__ is float and isfinite({name})",
}


@dataclass(frozen=True)
class ValueExpression:
    """The code that reads a value.

    assigning: an expression that also assigns the value to `name`.
    inline: an expression for code that reads the value only once.
    name: the name of the value after `assigning` was evaluated.
    """

    assigning: str
    inline: str
    name: str

    @classmethod
    def local(cls, name: str) -> "ValueExpression":
        return cls(name, name, name)

    @classmethod
    def computed(cls, expression: str) -> "ValueExpression":
        return cls(f"(v := {expression})", expression, "v")


def schema_serializer(leaf: GraphQLLeafType) -> Callable[[Any], Any]:
    """Return the type's own serialization, for values that the inline check does not recognise."""
    coerce = leaf.coerce_output_value

    def serialize(value: Any) -> Any:
        check_is_value(value)
        output = coerce(value)
        if output is None or output is Undefined:
            raise FallbackRequired(f"{leaf.name} wrote nothing")
        return output

    return serialize


def leaf_expression(source: SourceBuilder, leaf: GraphQLLeafType, value: ValueExpression, nullable: bool) -> str:
    """Return the expression that serializes a scalar or enum."""
    serialize = source.constant(f"{leaf.name}_", schema_serializer(leaf), key=leaf)
    check = INLINE_CHECKS.get(leaf) or _hinted_check(leaf)
    if check:
        source.namespace["isfinite"] = isfinite
        test = check.format(value=value.assigning, name=value.name)
        or_none = f" or {value.name} is None" if nullable else ""
        return f"{value.name} if {test}{or_none} else {serialize}({value.name})"
    output, test = _usual_class(source, leaf, value)
    if not test:
        if nullable:
            return f"None if {value.assigning} is None else {serialize}({value.name})"
        return f"{serialize}({value.inline})"
    none_or = f"None if {value.name} is None else " if nullable else ""
    return f"{output} if {test} else {none_or}{serialize}({value.name})"


def _hinted_check(leaf: GraphQLLeafType) -> str:
    """Return the check for integers that the serializer returns as they are; empty without such a hint."""
    largest = getattr(leaf.coerce_output_value, "unchanged_to", None)
    return "" if largest is None else _integers_to(largest)


def _usual_class(source: SourceBuilder, leaf: GraphQLLeafType, value: ValueExpression) -> tuple[str, str]:
    """Return the output expression for instances of the class that nearly all values have, and the class test."""
    if isinstance(leaf, CustomGraphQLEnumType):
        enum_class = source.constant(leaf.name, leaf.wrapped_cls)
        names = source.constant(f"{leaf.name}_names", _member_names(leaf), key=(leaf, "names"))
        return f"{names}[{value.name}._name_]", f"{value.assigning}.__class__ is {enum_class}"
    if not isinstance(leaf, GraphQLEnumType) and leaf.coerce_output_value is isoformat:
        # orjson takes a third of the time of isoformat, and the output is the same for UTC.
        source.namespace.update(date=date, datetime=datetime, UTC=UTC, dumps=dumps)
        is_utc = f"{value.assigning}.__class__ is datetime and {value.name}.tzinfo is UTC"
        output = value.name if source.leave_dates else f"dumps({value.name})[1:-1].decode()"
        return output, f"{is_utc} or {value.name}.__class__ is date"
    return "", ""


def _member_names(enum: CustomGraphQLEnumType) -> dict[str, str]:
    members: Iterable[Enum] = enum.wrapped_cls
    return {member.name: enum.coerce_output_value(member) for member in members}
