"""Type resolution: the object type of a value of an interface or union, cached by class where the class decides."""

from collections.abc import Callable
from typing import Any, TypeVar

from graphql import (
    GraphQLAbstractType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    default_type_resolver,
)
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.cast import TYPE_CAST_ATTRIBUTE
from strawberry.types.union import StrawberryUnion

from .awaitables import MAX_CACHED_CLASSES, check_is_value
from .fallback import FallbackRequired

Predicate = TypeVar("Predicate", bound=Callable[..., Any])


def by_class(is_type_of: Predicate) -> Predicate:
    """Promise that an `is_type_of` looks only at the class of its row, so that its answer is cached by class."""
    is_type_of.__dict__["by_class"] = True
    return is_type_of


def is_decided_by_class(object_type: GraphQLObjectType) -> bool:
    """Return True if rows of one class are always all of this type, or none of them (but see `is_cast`)."""
    return has_default_is_type_of(object_type) or _is_marked_by_class(object_type.is_type_of)


def has_default_is_type_of(object_type: GraphQLObjectType) -> bool:
    definition = object_type.extensions.get("strawberry-definition")
    if not isinstance(definition, StrawberryObjectDefinition):
        return False
    return definition.is_type_of is None and definition.concrete_of is None and not definition.is_graphql_generic


def _is_marked_by_class(is_type_of: Any) -> bool:
    return getattr(getattr(is_type_of, "__func__", is_type_of), "by_class", False) is True


def is_cast(row: Any) -> bool:
    """Return True if `strawberry.cast` has set this one row's type."""
    return getattr(row, TYPE_CAST_ATTRIBUTE, None) is not None


def type_resolver(abstract: GraphQLAbstractType, schema: GraphQLSchema) -> Callable[[Any, Any], str]:
    """Return a function of (row, info) that returns the name of the row's object type."""
    resolve_type = abstract.resolve_type or default_type_resolver

    def resolve(row: Any, info: Any) -> str:
        check_is_value(row)
        name = resolve_type(row, info, abstract)
        if not isinstance(name, str):
            raise FallbackRequired(f"no type name for a {abstract.name}")
        return name

    if not _class_decides(abstract, schema):
        return resolve
    names: dict[type, str] = {}

    def resolve_cached(row: Any, info: Any) -> str:
        name = names.get(row.__class__)
        if name is not None and not is_cast(row):
            return name
        name = resolve(row, info)
        if not is_cast(row) and len(names) < MAX_CACHED_CLASSES:
            names[row.__class__] = name
        return name

    return resolve_cached


def _class_decides(abstract: GraphQLAbstractType, schema: GraphQLSchema) -> bool:
    definition = abstract.extensions.get("strawberry-definition")
    if isinstance(abstract, GraphQLUnionType):
        is_default = type(definition) is StrawberryUnion
    else:
        is_default = isinstance(definition, StrawberryObjectDefinition) and definition.resolve_type is None
    return is_default and all(is_decided_by_class(type_) for type_ in schema.get_possible_types(abstract))
