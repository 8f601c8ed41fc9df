"""One field that an operation selects: its definition, resolver and hints, the same for every request."""

import keyword
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLType,
)
from graphql.execution.executor import default_field_resolver
from strawberry.extensions.directives import SPECIFIED_DIRECTIVES, DirectivesExtension
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

IMMUTABLE_SCALARS = {"Int", "Float", "String", "Boolean", "ID", "Date", "DateTime", "Time", "Decimal", "UUID"}


@dataclass(eq=False)
class SelectedField:
    """A field of the object type `parent`. `nodes` are all places in the document that are merged into the field."""

    parent: GraphQLObjectType
    field: GraphQLField
    nodes: list[FieldNode]
    strawberry_schema: Any

    @property
    def name(self) -> str:
        return self.nodes[0].name.value

    @cached_property
    def definition(self) -> StrawberryField | None:
        definition = self.field.extensions.get("strawberry-definition")
        return definition if isinstance(definition, StrawberryField) else None

    @cached_property
    def has_custom_directives(self) -> bool:
        """Return True if directives of the schema's own can change this field's value."""
        names = {directive.name.value for directive in self.nodes[0].directives or ()}
        return not names <= SPECIFIED_DIRECTIVES

    @cached_property
    def attribute(self) -> str | None:
        """Return the attribute of the row that the field reads, if nothing else happens when the field is resolved."""
        definition = self.definition
        if definition is None or self.has_custom_directives or not self._has_default_resolve:
            return None
        reads_attribute = definition.is_basic_field and definition.default_resolver is getattr
        name = definition.python_name
        return name if reads_attribute and name.isidentifier() and not keyword.iskeyword(name) else None

    @property
    def is_event(self) -> bool:
        """Return True for a subscription's root field, whose value is the event itself."""
        return bool(self.field.subscribe and self.definition and self.definition.is_subscription)

    @cached_property
    def is_direct(self) -> bool:
        """Return True if Strawberry would do nothing but call the resolver's own function."""
        definition = self.definition
        return bool(
            definition
            and type(definition.base_resolver) is StrawberryResolver
            and not definition.extensions
            and not definition.is_subscription
            and not self.has_custom_directives
            and self._has_default_resolve
            and (
                hasattr(definition.base_resolver.wrapped_func, "for_row")
                or hasattr(definition.base_resolver.wrapped_func, "for_level")
                or all(is_immutable_input(argument.type) for argument in self.field.args.values())
            )
        )

    @property
    def _has_default_resolve(self) -> bool:
        return has_default_resolve(self.field, self.definition)

    def hint(self, name: str) -> Any:
        """Return an attribute that the resolver's function declares, or None; see `hints.py`."""
        return getattr(self.resolver, name, None) if self.is_direct else None

    @property
    def resolver(self) -> Any:
        if self.is_direct:
            assert self.definition is not None and self.definition.base_resolver is not None
            return self.definition.base_resolver.wrapped_func
        resolve = self.field.resolve or default_field_resolver
        return partial(DirectivesExtension().resolve, resolve) if self.has_custom_directives else resolve


def has_default_resolve(field: GraphQLField, definition: StrawberryField | None) -> bool:
    """Return True if the field's `resolve` is the wrapper that Strawberry makes for an ordinary field."""
    return (
        getattr(field.resolve, "__qualname__", "").startswith("GraphQLCoreConverter.from_resolver.")
        and getattr(type(definition), "get_result", None) is StrawberryField.get_result
    )


def is_immutable_input(type_: GraphQLType) -> bool:
    """Return True if an argument of this type can be shared by all calls, because its value can't be mutated."""
    inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    if isinstance(inner, GraphQLEnumType):
        return True
    return isinstance(inner, GraphQLScalarType) and inner.name in IMMUTABLE_SCALARS


def bare_resolver(field: GraphQLField) -> Any:
    """Return the function of a resolver with the hint `is_bare`, if Strawberry would only convert its arguments."""
    definition = field.extensions.get("strawberry-definition")
    if (
        not isinstance(definition, StrawberryField)
        or definition.extensions
        or not has_default_resolve(field, definition)
    ):
        return None
    resolver = definition.base_resolver
    function = resolver.wrapped_func if type(resolver) is StrawberryResolver else None
    return function if getattr(function, "is_bare", False) is True else None
