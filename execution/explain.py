"""Explain an operation: the generated source, or the reason why there is none, and the cost."""

from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError
from graphql.execution.values import get_variable_values

from .compiler.compiled_operation import CompiledOperation
from .compiler.fallback import FallbackRequired
from .compiler.operation import Operation
from .cost import Cost
from .schema import Schema


@dataclass(frozen=True)
class Explanation:
    """`errors` are those of validation and limits; `reason` says why an operation is not compiled."""

    source: str | None
    reason: str | None
    cost: Cost | None
    errors: list[GraphQLError]

    def __str__(self) -> str:
        parts = [error.message for error in self.errors]
        if self.cost:
            parts.append("\n".join(f"# {measure}: {count:,}" for measure, count in self.cost._asdict().items()))
        if self.reason:
            parts.append(f"# Runs on graphql-core: {self.reason}")
        return "\n\n".join([*parts, self.source] if self.source else parts)


def explain(
    schema: Schema, text: str, variables: dict[str, Any] | None = None, operation_name: str | None = None
) -> Explanation:
    document = schema.documents[text]
    definition = document.definition(operation_name)
    if definition is None:
        errors = [document.refused] if document.refused else []
        return Explanation(None, "there is no such operation", None, errors)
    cost, error = document.cost(definition, variables)
    errors = [error] if error else document.validate()
    operation = document.operation(operation_name)
    source, reason = _compile(schema, operation, variables or {}) if operation else (None, "it's not valid")
    return Explanation(source, reason, cost, errors)


def _compile(schema: Schema, operation: Operation, variables: dict[str, Any]) -> tuple[str | None, str | None]:
    coerced = get_variable_values(schema._schema, operation.definition.variable_definitions or (), variables)
    values = variables if isinstance(coerced, list) else coerced.coerced
    conditions = {name: bool(values.get(name)) for name in operation.condition_variables}
    try:
        compiled = CompiledOperation(operation.parsed, conditions, schema.documents.compiled.leave_dates)
    except FallbackRequired as reason:
        return None, str(reason)
    return compiled.source_text, None
