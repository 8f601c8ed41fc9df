"""Coercion of an operation's variables as graphql-core does it, by functions that are made once per operation."""

from typing import Any, NamedTuple

from graphql import GraphQLError, GraphQLNonNull, GraphQLSchema, OperationDefinitionNode, Undefined
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values
from graphql.utilities.coerce_input_value import coerce_default_value

from .arguments import IMMUTABLE_CLASSES
from .fallback import FallbackRequired
from .input_coercion import InputCoercer, input_coercer

UNKNOWN = object()


class Variable(NamedTuple):
    name: str
    signature: GraphQLVariableSignature
    coerce: InputCoercer
    default: Any
    """The value when none is sent: a default, Undefined, or UNKNOWN where graphql-core has to decide."""


class VariableCoercer:
    """Coerce variables, and fall back to graphql-core where input is invalid or can't be coerced here."""

    def __init__(self, schema: GraphQLSchema, definition: OperationDefinitionNode) -> None:
        self._schema = schema
        self._definitions = definition.variable_definitions or ()
        self._variables: list[Variable] | None = None
        try:
            self._variables = [_variable(get_variable_signature(schema, node)) for node in self._definitions]
        except Exception:
            return  # graphql-core coerces what can't be coerced here

    def coerce(self, values: dict[str, Any]) -> VariableValues | None:
        """Return the coerced variables; None when they are invalid, which graphql-core explains."""
        coerced = None if self._variables is None else _coerce(self._variables, values)
        if coerced is None:
            result = get_variable_values(self._schema, self._definitions, values, max_errors=1)
            return None if isinstance(result, list) else result
        return coerced


def _variable(signature: GraphQLVariableSignature | GraphQLError) -> Variable:
    if isinstance(signature, GraphQLError):
        raise FallbackRequired(signature.message)
    return Variable(signature.name, signature, input_coercer(signature.type), _default(signature))


def _default(signature: GraphQLVariableSignature) -> Any:
    if signature.default is None:
        return UNKNOWN if isinstance(signature.type, GraphQLNonNull) else Undefined
    default = coerce_default_value(signature)
    return default if isinstance(default, IMMUTABLE_CLASSES) else UNKNOWN  # each request needs a list of its own


def _coerce(variables: list[Variable], values: dict[str, Any]) -> VariableValues | None:
    sources: dict[str, VariableValueSource] = {}
    coerced: dict[str, Any] = {}
    for name, signature, coerce, default in variables:
        if name in values:
            sent = values[name]
            value = coerce(sent)
            if value is Undefined:
                return None
            sources[name] = VariableValueSource(signature, sent)
        else:
            value = default
            if value is UNKNOWN:
                return None
            sources[name] = VariableValueSource(signature)
        if value is not Undefined:
            coerced[name] = value
    return VariableValues(sources, coerced)
