"""Inlining: leaf fields as expressions, and small objects as dict literals in place of a call of their function."""

from typing import Any

from graphql import GraphQLNonNull, GraphQLObjectType, is_leaf_type
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet

from .calls import call_expression
from .leaves import ValueExpression, leaf_expression
from .selections import Selections
from .source import SourceBuilder
from .type_guards import TypeGuard

MAX_INLINED_FIELDS = 8


def leaf_field_expression(
    source: SourceBuilder, selections: Selections, type_: GraphQLObjectType, details: FieldDetailsList, row: str
) -> str | None:
    """Return the expression of a scalar or enum that needs no awaiting; None for any other field."""
    if details[0].node.name.value == "__typename":
        return repr(type_.name)
    plan = selections.field_plan(type_, details)
    leaf: Any = plan.field.type
    nullable = not isinstance(leaf, GraphQLNonNull)
    leaf = leaf if nullable else leaf.of_type
    if plan.is_event or not is_leaf_type(leaf):
        return None
    if plan.attribute:
        return leaf_expression(source, leaf, ValueExpression.computed(f"{row}.{plan.attribute}"), nullable)
    if not plan.hint("is_ready") or plan.constant_arguments is None:
        return None
    return leaf_expression(source, leaf, ValueExpression.computed(call_expression(source, plan, row)), nullable)


class SmallObjects:
    """The functions of small objects, all of whose fields are leaves, by name."""

    def __init__(self, source: SourceBuilder, selections: Selections) -> None:
        self._source = source
        self._selections = selections
        self._objects: dict[str, tuple[GraphQLObjectType, GroupedFieldSet, TypeGuard]] = {}

    def __contains__(self, function: str | None) -> bool:
        return function in self._objects

    def add_if_small(self, function: str, type_: GraphQLObjectType, fields: GroupedFieldSet, guard: TypeGuard) -> None:
        if len(fields) > MAX_INLINED_FIELDS or guard.checks_every_row or guard.may_be_cast:
            return
        if all(self._leaf(type_, details, "row") for details in fields.values()):
            self._objects[function] = type_, fields, guard

    def class_and_literal(self, function: str, row: str) -> tuple[str, str]:
        """Return the name of the class that the object's rows usually have, and the dict literal for such a row."""
        type_, fields, guard = self._objects[function]
        entries = ", ".join(f"{key!r}: {self._leaf(type_, details, row)}" for key, details in fields.items())
        return guard.class_name, f"{{{entries}}}"

    def expression(self, function: str, value: ValueExpression, nullable: bool) -> str:
        """Return the literal for rows of the usual class, with a call of the function for rows of other classes."""
        row = self._source.unique_name("o")
        class_name, literal = self.class_and_literal(function, row)
        assigning = row if nullable else f"({row} := {value.inline})"
        written = f"{literal} if {assigning}.__class__ is {class_name} else {function}({row})"
        return f"None if ({row} := {value.inline}) is None else {written}" if nullable else written

    def _leaf(self, type_: GraphQLObjectType, details: FieldDetailsList, row: str) -> str | None:
        return leaf_field_expression(self._source, self._selections, type_, details, row)
