"""Argument coercion: once for all requests where no argument is a variable, otherwise once per request."""

from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from functools import cached_property
from typing import Any
from uuid import UUID

from graphql import Node, VariableNode, get_argument_values
from graphql.execution.values import VariableValues
from strawberry.scalars import ID
from strawberry.types.arguments import StrawberryArgument, convert_arguments
from strawberry.types.base import StrawberryMaybe, StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition

from .info import strawberry_info
from .request import Request
from .selected_fields import SelectedField

IMMUTABLE_CLASSES = (str, int, float, bool, type(None), Enum)
UNCONVERTED_TYPES = {str, int, float, bool, ID, date, datetime, time, Decimal, UUID}
NO_VARIABLES = VariableValues({}, {})


class ArgumentCoercer:
    """Coerce one field's arguments as graphql-core does.

    If compiled code calls the resolver's own function, convert the arguments as Strawberry does as well.
    """

    def __init__(self, field: SelectedField) -> None:
        self._field = field
        self._fixed_values: dict[str, Any] | None = None

    @cached_property
    def constant(self) -> dict[str, Any] | None:
        """Return the arguments if they are the same for every request and immutable, otherwise None."""
        if any(mentions_variable(argument.value) for argument in self._field.nodes[0].arguments or ()):
            return None
        values = self._coerce(NO_VARIABLES, None)
        return values if all(isinstance(value, IMMUTABLE_CLASSES) for value in values.values()) else None

    def for_request(self, request: Request) -> dict[str, Any]:
        variables = request.variables.coerced
        if self._fixed_values is not None and self._passed_through:
            passed = {name: variables.get(variable) for name, variable in self._passed_through.items()}
            # A None needs full coercion: it may stand for a default, or not be allowed.
            if None not in passed.values():
                return {**self._fixed_values, **passed}
        values = self._coerce(request.variables, request)
        if self._passed_through and self._fixed_values is None:
            fixed = {name: value for name, value in values.items() if name not in self._passed_through}
            is_immutable = all(isinstance(value, IMMUTABLE_CLASSES) for value in fixed.values())
            self._fixed_values = fixed if is_immutable else None
        return values

    @cached_property
    def _passed_through(self) -> dict[str, str] | None:
        """Map Python argument names to the variables that are passed unconverted; None if any needs conversion."""
        definition = self._field.definition
        if definition is None or not self._field.is_direct:
            return None
        arguments = {self._graphql_name(argument): argument for argument in definition.arguments}
        passed = {}
        for node in self._field.nodes[0].arguments or ():
            argument = arguments[node.name.value]
            if isinstance(node.value, VariableNode) and _is_unconverted(argument.type):
                passed[argument.python_name] = node.value.name.value
            elif mentions_variable(node.value):
                return None
        return passed

    def _graphql_name(self, argument: StrawberryArgument) -> str:
        return self._field.strawberry_schema.config.name_converter.from_argument(argument)  # type: ignore[no-any-return]

    def _coerce(self, variables: VariableValues, request: Request | None) -> dict[str, Any]:
        field = self._field
        values = get_argument_values(field.field, field.nodes[0], variables)
        if not field.is_direct or field.definition is None or not values:
            return values
        return convert_arguments(
            values,
            field.definition.arguments,
            scalar_registry=field.strawberry_schema.schema_converter.scalar_registry,
            config=field.strawberry_schema.config,
            info=None if request is None else strawberry_info(field, request),
        )


def mentions_variable(node: Node) -> bool:
    """Return True if a value in the document is a variable, or a list or object that contains one."""
    if isinstance(node, VariableNode):
        return True
    parts = getattr(node, "values", None) or [field.value for field in getattr(node, "fields", None) or ()]
    return any(mentions_variable(part) for part in parts)


def _is_unconverted(type_: Any) -> bool:
    """Return True if Strawberry passes values of this type to the resolver as graphql-core coerced them."""
    while isinstance(type_, StrawberryOptional) and not isinstance(type_, StrawberryMaybe):
        type_ = type_.of_type
    return isinstance(type_, StrawberryEnumDefinition) or type_ in UNCONVERTED_TYPES or has_enum_definition(type_)
