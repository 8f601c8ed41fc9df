"""Coercion of client input as graphql-core does it, by functions that are made once for each input type."""

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

from .fallback import FallbackRequired

InputCoercer = Callable[[Any], Any]
"""Return Undefined for input that is invalid or not supported here: graphql-core then coerces and reports errors."""

REQUIRED = object()


def input_coercer(type_: Any, parent_types: frozenset[str] = frozenset()) -> InputCoercer:
    """Return the coercer of an input type.

    Raise FallbackRequired for a type that contains itself: only graphql-core limits how deep such input may be.
    """
    is_required = isinstance(type_, GraphQLNonNull)
    coerce = _nullable_coercer(type_.of_type if is_required else type_, parent_types)
    null = Undefined if is_required else None
    return lambda value: null if value is None else coerce(value)


def _nullable_coercer(type_: Any, parent_types: frozenset[str]) -> InputCoercer:
    if isinstance(type_, GraphQLList):
        return _list_coercer(input_coercer(type_.of_type, parent_types))
    if isinstance(type_, GraphQLInputObjectType):
        return _object_coercer(type_, parent_types)
    return _enum_coercer(type_) if isinstance(type_, GraphQLEnumType) else _scalar_coercer(type_)


def _list_coercer(coerce_item: InputCoercer) -> InputCoercer:
    def coerce(value: Any) -> Any:
        if value.__class__ is not list:
            return Undefined
        items = [coerce_item(item) for item in value]
        return Undefined if any(item is Undefined for item in items) else items

    return coerce


def _object_coercer(type_: GraphQLInputObjectType, parent_types: frozenset[str]) -> InputCoercer:
    if type_.name in parent_types or type_.is_one_of:
        raise FallbackRequired(f"{type_.name} contains itself, or is a @oneOf input")
    parent_types |= {type_.name}
    fields = [
        (name, field.out_name or name, input_coercer(field.type, parent_types), _default(field))
        for name, field in type_.fields.items()
    ]

    def coerce(value: Any) -> Any:
        if value.__class__ is not dict:
            return Undefined
        coerced: dict[str, Any] = {}
        unknown_count = len(value)
        for name, out_name, coerce_field, item in fields:
            if name in value:
                unknown_count -= 1
                item = coerce_field(value[name])
                if item is Undefined:
                    return Undefined
            elif item is REQUIRED:
                return Undefined
            if item is not Undefined:
                coerced[out_name] = item
        return Undefined if unknown_count else type_.out_type(coerced)

    return coerce


def _default(field: GraphQLInputField) -> Any:
    """Return the value of a field that is not sent: its default, Undefined or REQUIRED."""
    return REQUIRED if is_required_input_field(field) else coerce_default_value(field)


def _scalar_coercer(type_: GraphQLScalarType) -> InputCoercer:
    coerce_scalar = type_.coerce_input_value

    def coerce(value: Any) -> Any:
        try:
            return Undefined if value is Undefined else coerce_scalar(value)
        except Exception:
            return Undefined

    return coerce


def _enum_coercer(type_: GraphQLEnumType) -> InputCoercer:
    values = {name: coerce_input_value(name, type_) for name in type_.values}
    return lambda value: values.get(value, Undefined) if value.__class__ is str else Undefined
