"""The arguments of a field: once where nothing varies, else once a request, and seldom from the beginning."""

from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID

from graphql import (
    GraphQLEnumType,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLType,
    Node,
    VariableNode,
    get_argument_values,
)
from graphql.execution.values import VariableValues
from strawberry.scalars import ID
from strawberry.types.arguments import StrawberryArgument, convert_arguments
from strawberry.types.base import StrawberryMaybe, StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition

from .request import Request

if TYPE_CHECKING:
    from .sites import Site

CONSTANT = (str, int, float, bool, type(None), Enum)
IMMUTABLE_SCALARS = {"Int", "Float", "String", "Boolean", "ID", "Date", "DateTime", "Time", "Decimal", "UUID"}
UNCONVERTED = {str, int, float, bool, ID, date, datetime, time, Decimal, UUID}
NO_VARIABLES = VariableValues({}, {})


class Arguments:
    """Coerced as graphql-core would, and converted as Strawberry would if it isn't going to be asked."""

    def __init__(self, site: "Site") -> None:
        self.site = site
        self._fixed: dict[str, Any] | None = None

    @cached_property
    def constant(self) -> dict[str, Any] | None:
        """The arguments, when they are the same for every request and nobody could change them."""
        if any(mentions_variable(argument.value) for argument in self.site.nodes[0].arguments or ()):
            return None
        values = self._from_the_beginning(NO_VARIABLES, None)
        return values if all(isinstance(value, CONSTANT) for value in values.values()) else None

    def of(self, request: Request) -> dict[str, Any]:
        values = request.variables.coerced
        if self._fixed is not None and self._passed:
            given = {name: values.get(variable) for name, variable in self._passed.items()}
            # None is left to the long way: it may stand for a default, or not be allowed.
            if None not in given.values():
                return {**self._fixed, **given}
        converted = self._from_the_beginning(request.variables, request)
        if self._passed and self._fixed is None:
            fixed = {name: value for name, value in converted.items() if name not in self._passed}
            self._fixed = fixed if all(isinstance(value, CONSTANT) for value in fixed.values()) else None
        return converted

    @cached_property
    def _passed(self) -> dict[str, str] | None:
        """Python's name for each argument that is a variable, as it comes; None if one is less simple."""
        definition = self.site.definition
        if definition is None or not self.site.is_direct:
            return None
        named = {self._graphql_name(argument): argument for argument in definition.arguments}
        passed = {}
        for node in self.site.nodes[0].arguments or ():
            argument = named[node.name.value]
            if isinstance(node.value, VariableNode) and _is_unconverted(argument.type):
                passed[argument.python_name] = node.value.name.value
            elif mentions_variable(node.value):
                return None
        return passed

    def _graphql_name(self, argument: StrawberryArgument) -> str:
        return self.site.strawberry_schema.config.name_converter.from_argument(argument)  # type: ignore[no-any-return]

    def _from_the_beginning(self, variables: VariableValues, request: Request | None) -> dict[str, Any]:
        site = self.site
        values = get_argument_values(site.field, site.nodes[0], variables)
        if not site.is_direct or site.definition is None or not values:
            return values
        return convert_arguments(
            values,
            site.definition.arguments,
            scalar_registry=site.strawberry_schema.schema_converter.scalar_registry,
            config=site.strawberry_schema.config,
            info=None if request is None else site.info(request),
        )


def mentions_variable(node: Node) -> bool:
    if isinstance(node, VariableNode):
        return True
    parts = getattr(node, "values", None) or [field.value for field in getattr(node, "fields", None) or ()]
    return any(mentions_variable(part) for part in parts)


def is_immutable_input(type_: GraphQLType) -> bool:
    """Whether the argument's value can be shared by all calls, because it can't be changed in place."""
    inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    if isinstance(inner, GraphQLEnumType):
        return True
    return isinstance(inner, GraphQLScalarType) and inner.name in IMMUTABLE_SCALARS


def _is_unconverted(type_: Any) -> bool:
    """Whether Strawberry passes a value of this type on as graphql-core gives it."""
    while isinstance(type_, StrawberryOptional) and not isinstance(type_, StrawberryMaybe):
        type_ = type_.of_type
    return isinstance(type_, StrawberryEnumDefinition) or type_ in UNCONVERTED or has_enum_definition(type_)
