"""Coerces an operation's variables as graphql-core does, by functions that are made once for the operation."""

from typing import Any, NamedTuple

from graphql import GraphQLError, GraphQLNonNull, GraphQLSchema, OperationDefinitionNode, Undefined
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values
from graphql.utilities.coerce_input_value import coerce_default_value

from .arguments import CONSTANT
from .inputs import Read, reader
from .kinds import Uncompiled

UNKNOWN = object()


class Variable(NamedTuple):
    name: str
    signature: GraphQLVariableSignature
    read: Read
    left_out: Any
    """Its value when it is not given: a default, Undefined, or UNKNOWN where graphql-core is to tell."""


class Variables:
    """graphql-core is asked where something is faulty, or can't be read without it."""

    def __init__(self, schema: GraphQLSchema, definition: OperationDefinitionNode) -> None:
        self.schema = schema
        self.definitions = definition.variable_definitions or ()
        self._variables: list[Variable] | None = None
        try:
            self._variables = [_variable(get_variable_signature(schema, node)) for node in self.definitions]
        except Exception:
            return  # whatever can't be read here, graphql-core reads

    def coerced(self, given: dict[str, Any]) -> VariableValues | None:
        """The variables as the operation takes them; None when they are faulty, which graphql-core explains."""
        values = None if self._variables is None else _read(self._variables, given)
        if values is None:
            found = get_variable_values(self.schema, self.definitions, given, max_errors=1)
            return None if isinstance(found, list) else found
        return values


def _variable(signature: GraphQLVariableSignature | GraphQLError) -> Variable:
    if isinstance(signature, GraphQLError):
        raise Uncompiled(signature.message)
    return Variable(signature.name, signature, reader(signature.type), _left_out(signature))


def _left_out(signature: GraphQLVariableSignature) -> Any:
    if signature.default is None:
        return UNKNOWN if isinstance(signature.type, GraphQLNonNull) else Undefined
    default = coerce_default_value(signature)
    return default if isinstance(default, CONSTANT) else UNKNOWN  # a list is made anew for each request


def _read(variables: list[Variable], given: dict[str, Any]) -> VariableValues | None:
    sources: dict[str, VariableValueSource] = {}
    coerced: dict[str, Any] = {}
    for name, signature, read, left_out in variables:
        if name in given:
            sent = given[name]
            value = read(sent)
            if value is Undefined:
                return None
            sources[name] = VariableValueSource(signature, sent)
        else:
            value = left_out
            if value is UNKNOWN:
                return None
            sources[name] = VariableValueSource(signature)
        if value is not Undefined:
            coerced[name] = value
    return VariableValues(sources, coerced)
