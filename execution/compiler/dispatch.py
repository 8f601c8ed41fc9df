"""Which object type a value of a union or interface is, asked once per class where the class decides."""

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

from .kinds import MOST_CLASSES, Uncompiled, refuse_unready

Predicate = TypeVar("Predicate", bound=Callable[..., Any])


def by_class(is_type_of: Predicate) -> Predicate:
    """Promise that an `is_type_of` looks only at the class of its row, so that it's asked once a class."""
    is_type_of.__dict__["by_class"] = True
    return is_type_of


def is_decided_by_class(object_type: GraphQLObjectType) -> bool:
    """Whether two rows of one class are always both of this type, or both not (but see `is_cast`)."""
    return has_default_check(object_type) or _promised(object_type.is_type_of)


def has_default_check(object_type: GraphQLObjectType) -> bool:
    definition = object_type.extensions.get("strawberry-definition")
    if not isinstance(definition, StrawberryObjectDefinition):
        return False
    return definition.is_type_of is None and definition.concrete_of is None and not definition.is_graphql_generic


def _promised(is_type_of: Any) -> bool:
    return getattr(getattr(is_type_of, "__func__", is_type_of), "by_class", False) is True


def is_cast(row: Any) -> bool:
    """Whether `strawberry.cast` has named this one row's type."""
    return getattr(row, TYPE_CAST_ATTRIBUTE, None) is not None


def type_namer(abstract: GraphQLAbstractType, schema: GraphQLSchema) -> Callable[[Any, Any], str]:
    """The name of a value's object type, as the schema tells it."""
    resolve = abstract.resolve_type or default_type_resolver

    def ask(row: Any, info: Any) -> str:
        refuse_unready(row)
        name = resolve(row, info, abstract)
        if not isinstance(name, str):
            raise Uncompiled(f"no type name for a {abstract.name}")
        return name

    if not _class_decides(abstract, schema):
        return ask
    known: dict[type, str] = {}

    def remember(row: Any, info: Any) -> str:
        name = known.get(row.__class__)
        if name is not None and not is_cast(row):
            return name
        name = ask(row, info)
        if not is_cast(row) and len(known) < MOST_CLASSES:
            known[row.__class__] = name
        return name

    return remember


def _class_decides(abstract: GraphQLAbstractType, schema: GraphQLSchema) -> bool:
    definition = abstract.extensions.get("strawberry-definition")
    if isinstance(abstract, GraphQLUnionType):
        default = type(definition) is StrawberryUnion
    else:
        default = isinstance(definition, StrawberryObjectDefinition) and definition.resolve_type is None
    return default and all(is_decided_by_class(type_) for type_ in schema.get_possible_types(abstract))
