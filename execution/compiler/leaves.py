"""How scalars and enums are written: an inline check for the usual class, the schema's own rule for the rest."""

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

from .kinds import Uncompiled, refuse_unready
from .source import Source

# CPython compares integers of one 30-bit digit fastest; those between it and 32 bits go the slow way.
ONE_DIGIT = (1 << 30) - 1

CHECKS: dict[Any, str] = {
    GraphQLString: "{read}.__class__ is str",
    GraphQLID: "{read}.__class__ is str",
    GraphQLBoolean: "{read} is True or {name} is False",
    GraphQLInt: f"{{read}}.__class__ is int and -{ONE_DIGIT} <= {{name}} <= {ONE_DIGIT}",
    GraphQLFloat: "{read}.__class__ is float and isfinite({name})",
}


@dataclass(frozen=True)
class Read:
    """A value about to be written: how to get it, once, and what it's called afterwards."""

    bind: str
    once: str
    name: str

    @classmethod
    def local(cls, name: str) -> "Read":
        return cls(name, name, name)

    @classmethod
    def inline(cls, expression: str) -> "Read":
        return cls(f"(v := {expression})", expression, "v")


def by_the_schema(leaf: GraphQLLeafType) -> Callable[[Any], Any]:
    """The type's own serialisation, for whatever the inline check did not recognise."""
    coerce = leaf.coerce_output_value

    def write(value: Any) -> Any:
        refuse_unready(value)
        written = coerce(value)
        if written is None or written is Undefined:
            raise Uncompiled(f"{leaf.name} wrote nothing")
        return written

    return write


def leaf_expression(source: Source, leaf: GraphQLLeafType, read: Read, nullable: bool) -> str:
    slow = source.constant(f"{leaf.name}_", by_the_schema(leaf), key=leaf)
    check = CHECKS.get(leaf)
    if check:
        source.constants["isfinite"] = isfinite
        test = check.format(read=read.bind, name=read.name)
        none = f" or {read.name} is None" if nullable else ""
        return f"{read.name} if {test}{none} else {slow}({read.name})"
    written, test = _known_class(source, leaf, read)
    if not test:
        return f"None if {read.bind} is None else {slow}({read.name})" if nullable else f"{slow}({read.once})"
    none = f"None if {read.name} is None else " if nullable else ""
    return f"{written} if {test} else {none}{slow}({read.name})"


def _known_class(source: Source, leaf: GraphQLLeafType, read: Read) -> tuple[str, str]:
    """What to write for instances of the one class that a value nearly always has, and its test."""
    if isinstance(leaf, CustomGraphQLEnumType):
        members = source.constant(leaf.name, leaf.wrapped_cls)
        names = source.constant(f"{leaf.name}_names", _names(leaf), key=(leaf, "names"))
        return f"{names}[{read.name}._name_]", f"{read.bind}.__class__ is {members}"
    if not isinstance(leaf, GraphQLEnumType) and leaf.coerce_output_value is isoformat:
        # orjson takes a third of the time of isoformat, and for UTC writes the very same.
        source.constants.update(date=date, datetime=datetime, UTC=UTC, dumps=dumps)
        test = f"{read.bind}.__class__ is datetime and {read.name}.tzinfo is UTC or {read.name}.__class__ is date"
        return read.name if source.leave_dates else f"dumps({read.name})[1:-1].decode()", test
    return "", ""


def _names(enum: CustomGraphQLEnumType) -> dict[str, str]:
    members: Iterable[Enum] = enum.wrapped_cls
    return {member.name: enum.coerce_output_value(member) for member in members}
