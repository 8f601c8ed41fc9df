"""Reads what a client sent for a type as graphql-core does, by a function that is made once for each place."""

from collections.abc import Callable
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    Undefined,
    coerce_input_value,
    is_required_input_field,
)
from graphql.utilities.coerce_input_value import coerce_default_value

from .kinds import Uncompiled

Read = Callable[[Any], Any]
"""Gives Undefined for what is faulty, or too strange to be read here: graphql-core says which."""

REQUIRED = object()
NOWHERE: frozenset[str] = frozenset()


def reader(type_: Any, inside: frozenset[str] = NOWHERE) -> Read:
    """Uncompiled where only graphql-core can tell how deep a value may be: in a type that holds itself."""
    is_required = isinstance(type_, GraphQLNonNull)
    read = _reader(type_.of_type if is_required else type_, inside)
    missing = Undefined if is_required else None
    return lambda value: missing if value is None else read(value)


def _reader(type_: Any, inside: frozenset[str]) -> Read:
    if isinstance(type_, GraphQLList):
        return _list_reader(reader(type_.of_type, inside))
    if isinstance(type_, GraphQLInputObjectType):
        return _object_reader(type_, inside)
    return _name_reader(type_) if isinstance(type_, GraphQLEnumType) else _scalar_reader(type_)


def _list_reader(read_item: Read) -> Read:
    def read(value: Any) -> Any:
        if value.__class__ is not list:
            return Undefined
        items = [read_item(item) for item in value]
        return Undefined if any(item is Undefined for item in items) else items

    return read


def _object_reader(type_: GraphQLInputObjectType, inside: frozenset[str]) -> Read:
    if type_.name in inside or type_.is_one_of:
        raise Uncompiled(f"{type_.name} holds itself, or one of several")
    inside |= {type_.name}
    fields = [
        (name, field.out_name or name, reader(field.type, inside), _left_out(field))
        for name, field in type_.fields.items()
    ]

    def read(value: Any) -> Any:
        if value.__class__ is not dict:
            return Undefined
        made: dict[str, Any] = {}
        unread = len(value)
        for name, out_name, read_field, item in fields:
            if name in value:
                unread -= 1
                item = read_field(value[name])
                if item is Undefined:
                    return Undefined
            elif item is REQUIRED:
                return Undefined
            if item is not Undefined:
                made[out_name] = item
        return Undefined if unread else type_.out_type(made)

    return read


def _left_out(field: GraphQLInputField) -> Any:
    """What a field is that was not sent: its default, or Undefined."""
    return REQUIRED if is_required_input_field(field) else coerce_default_value(field)


def _scalar_reader(type_: GraphQLScalarType) -> Read:
    coerce = type_.coerce_input_value

    def read(value: Any) -> Any:
        try:
            return Undefined if value is Undefined else coerce(value)
        except Exception:
            return Undefined

    return read


def _name_reader(type_: GraphQLEnumType) -> Read:
    known = {name: coerce_input_value(name, type_) for name in type_.values}
    return lambda value: known.get(value, Undefined) if value.__class__ is str else Undefined
