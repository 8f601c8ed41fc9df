"""The selections of an operation, with fragments expanded and merged as graphql-core collects them."""

from collections.abc import Collection
from typing import Any

from graphql import (
    GraphQLObjectType,
    GraphQLOutputType,
    get_named_type,
    is_abstract_type,
)
from graphql.execution.collect_fields import (
    CollectedFields,
    FieldDetailsList,
    FragmentDetails,
    GroupedFieldSet,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues

from .fallback import FallbackRequired
from .field_plans import FieldPlan
from .hints import RequestedAttributes
from .parsed_operation import ParsedOperation


class Selections:
    """The selected fields of one operation, for given values of its `@skip` and `@include` variables."""

    def __init__(self, operation: ParsedOperation, conditions: dict[str, Any]) -> None:
        self.schema, self.definition, fragments = operation
        self._fragments = {name: FragmentDetails(node) for name, node in fragments.items()}
        self._conditions = VariableValues({}, conditions)

    def root_fields(self, root: GraphQLObjectType) -> GroupedFieldSet:
        return _check_no_defer(collect_fields(self.schema, self._fragments, self._conditions, root, self.definition))

    def subfields(self, type_: GraphQLObjectType, details: FieldDetailsList) -> GroupedFieldSet:
        """Return the fields that are selected on a value of this type."""
        collected = collect_subfields(self.schema, self._fragments, self._conditions, self.definition, type_, details)
        return _check_no_defer(collected)

    def field_plan(self, type_: GraphQLObjectType, details: FieldDetailsList) -> FieldPlan:
        nodes = [detail.node for detail in details]
        name = nodes[0].name.value
        field = self.schema.get_field(type_, name)
        if field is None or name.startswith("__"):
            raise FallbackRequired(f"{name} is for graphql-core")
        if any(directive.name.value == "stream" for node in nodes for directive in node.directives or ()):
            raise FallbackRequired("@stream")
        strawberry_schema = self.schema._strawberry_schema  # type: ignore[attr-defined]
        return FieldPlan(type_, field, nodes, strawberry_schema)

    def requested_attributes(self, type_: GraphQLOutputType, details: FieldDetailsList) -> RequestedAttributes:
        """Return the attributes that are read from a value of this type; None if a resolver does not declare them."""
        attributes: frozenset[str] = frozenset()
        for object_type in self._object_types(type_):
            for subfield in self.subfields(object_type, details).values():
                read = self._attributes_read_by(object_type, subfield)
                if read is None:
                    return None
                attributes |= read
        return attributes

    def _attributes_read_by(self, type_: GraphQLObjectType, details: FieldDetailsList) -> RequestedAttributes:
        if details[0].node.name.value == "__typename":
            return frozenset()
        plan = self.field_plan(type_, details)
        reads = frozenset({plan.attribute}) if plan.attribute else plan.hint("reads")
        reads_for = plan.hint("reads_for") or {}
        if reads is None or not (plan.attribute or reads_for):
            return reads
        requested = self.requested_attributes(plan.field.type, details)
        if plan.attribute:
            return None if requested is None else requested | reads
        return reads.union(*(reads_for[name] for name in reads_for if requested is None or name in requested))

    def _object_types(self, type_: GraphQLOutputType) -> Collection[GraphQLObjectType]:
        named = get_named_type(type_)
        if isinstance(named, GraphQLObjectType):
            return [named]
        return self.schema.get_possible_types(named) if is_abstract_type(named) else []


def _check_no_defer(collected: CollectedFields) -> GroupedFieldSet:
    if collected.new_defer_usages:
        raise FallbackRequired("@defer")
    return collected.grouped_field_set
