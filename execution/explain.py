"""Shows what an operation was compiled into, and what it may cost."""

from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError
from graphql.execution.values import get_variable_values

from .compiler.kinds import Uncompiled
from .compiler.operation import Operation
from .compiler.plan import Plan
from .cost import Weight
from .schema import Schema


@dataclass(frozen=True)
class Explanation:
    """The generated source, or why there is none; the cost; and what is wrong with the document."""

    source: str | None
    reason: str | None
    cost: Weight | None
    errors: list[GraphQLError]

    def __str__(self) -> str:
        parts = [error.message for error in self.errors]
        if self.cost:
            parts.append("\n".join(f"# {what}: {count:,}" for what, count in self.cost._asdict().items()))
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
    weight, refused = document.cost(definition, variables)
    errors = [refused] if refused else document.validate()
    operation = document.operation(operation_name)
    source, reason = _compiled(schema, operation, variables or {}) if operation else (None, "it's not valid")
    return Explanation(source, reason, weight, errors)


def _compiled(schema: Schema, operation: Operation, variables: dict[str, Any]) -> tuple[str | None, str | None]:
    coerced = get_variable_values(schema._schema, operation.definition.variable_definitions or (), variables)
    values = variables if isinstance(coerced, list) else coerced.coerced
    booleans = {name: bool(values.get(name)) for name in operation.booleans}
    try:
        plans = schema.documents.plans
        plan = Plan(operation.schema, operation.definition, operation.fragments, booleans, plans.leave_dates)
    except Uncompiled as reason:
        return None, str(reason)
    return plan.text, None
