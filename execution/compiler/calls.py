"""Call expressions for resolvers: the resolver's own function where possible, otherwise the field's `resolve`."""

import keyword
from typing import Any

from .field_plans import FieldPlan
from .source import SourceBuilder


def call_expression(source: SourceBuilder, plan: FieldPlan, row: str = "row") -> str:
    looked_up = plan.hint("looked_up")
    if looked_up:
        attribute, values = looked_up(plan.parent.name)
        return f"{source.constant(f'{plan.parent.name}_{plan.name}_values', values)}[{row}.{attribute}]"
    name = f"{plan.parent.name}_{plan.name}_resolve"
    if plan.hint("for_row"):
        return f"{bound_resolver(source, plan, name)}({row}, context)"
    function = source.constant(name, plan.resolver, key=(plan, "resolve"))
    parameters = _parameters(source, plan, row) if plan.is_direct else [row, source.call_at_start(plan, "raw_info")]
    return f"{function}({', '.join([*parameters, *_arguments(source, plan)])})"


def bound_resolver(source: SourceBuilder, plan: FieldPlan, name: str) -> str:
    resolver = plan.constant_resolver
    if resolver:
        return source.constant(name, resolver, key=(plan, "resolve"))
    return source.call_at_start(plan, "bound_resolver")


def _parameters(source: SourceBuilder, plan: FieldPlan, row: str) -> list[str]:
    """Return the parameters for row and info in the function's signature, passed as Strawberry passes them."""
    assert plan.definition is not None
    assert plan.definition.base_resolver is not None
    resolver = plan.definition.base_resolver
    row_parameters = [resolver.parent_parameter, resolver.root_parameter]
    passed = [row] if resolver.self_parameter else []
    passed += [f"{name}={row}" for name in sorted({parameter.name for parameter in row_parameters if parameter})]
    if resolver.info_parameter:
        passed.append(f"{resolver.info_parameter.name}={source.call_at_start(plan, 'info')}")
    return passed


def _arguments(source: SourceBuilder, plan: FieldPlan) -> list[str]:
    if not plan.field.args:
        return []
    constant = plan.constant_arguments
    if constant is None:
        return [f"**{source.call_at_start(plan, 'arguments')}"]
    if all(name.isidentifier() and not keyword.iskeyword(name) for name in constant):
        return [f"{name}={_literal(source, name, value)}" for name, value in constant.items()]
    return [f"**{source.constant(f'{plan.name}_arguments', constant)}"]


def _literal(source: SourceBuilder, name: str, value: Any) -> str:
    if value is None or value.__class__ in (str, int, bool):
        return repr(value)
    return source.constant(name, value)
