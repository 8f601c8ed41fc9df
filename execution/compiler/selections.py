"""What an operation asks for: its selections with fragments flattened, as graphql-core collects them."""

from collections.abc import Collection
from typing import Any

from graphql import (
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
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

from .hints import Asked
from .kinds import Uncompiled
from .sites import Site


class Selections:
    """The fields of one operation, for these values of what `@skip` and `@include` ask."""

    def __init__(
        self,
        schema: GraphQLSchema,
        definition: OperationDefinitionNode,
        fragments: dict[str, FragmentDefinitionNode],
        booleans: dict[str, Any],
    ) -> None:
        self.schema = schema
        self.definition = definition
        self._fragments = {name: FragmentDetails(node) for name, node in fragments.items()}
        self._booleans = VariableValues({}, booleans)

    def of_root(self, root: GraphQLObjectType) -> GroupedFieldSet:
        return _without_defer(collect_fields(self.schema, self._fragments, self._booleans, root, self.definition))

    def below(self, type_: GraphQLObjectType, details: FieldDetailsList) -> GroupedFieldSet:
        """The fields that are asked of a value of this type."""
        collected = collect_subfields(self.schema, self._fragments, self._booleans, self.definition, type_, details)
        return _without_defer(collected)

    def site(self, type_: GraphQLObjectType, details: FieldDetailsList) -> Site:
        nodes = [detail.node for detail in details]
        name = nodes[0].name.value
        definition = self.schema.get_field(type_, name)
        if definition is None or name.startswith("__"):
            raise Uncompiled(f"{name} is for graphql-core")
        if any(directive.name.value == "stream" for node in nodes for directive in node.directives or ()):
            raise Uncompiled("@stream")
        strawberry_schema = self.schema._strawberry_schema  # type: ignore[attr-defined]
        return Site(type_, definition, nodes, strawberry_schema)

    def asked(self, type_: GraphQLOutputType, details: FieldDetailsList) -> Asked:
        """The attributes that are read off a value of this type; None if a resolver does not say."""
        read: frozenset[str] = frozenset()
        for one in self._object_types(type_):
            for inner in self.below(one, details).values():
                below = self._read_for(one, inner)
                if below is None:
                    return None
                read |= below
        return read

    def _read_for(self, type_: GraphQLObjectType, details: FieldDetailsList) -> Asked:
        if details[0].node.name.value == "__typename":
            return frozenset()
        site = self.site(type_, details)
        reads = frozenset({site.attribute}) if site.attribute else site.hint("reads")
        needed = site.hint("reads_for") or {}
        if reads is None or not (site.attribute or needed):
            return reads
        below = self.asked(site.field.type, details)
        if site.attribute:
            return None if below is None else below | reads
        return reads.union(*(needed[name] for name in needed if below is None or name in below))

    def _object_types(self, type_: GraphQLOutputType) -> Collection[GraphQLObjectType]:
        named = get_named_type(type_)
        if isinstance(named, GraphQLObjectType):
            return [named]
        return self.schema.get_possible_types(named) if is_abstract_type(named) else []


def _without_defer(collected: CollectedFields) -> GroupedFieldSet:
    if collected.new_defer_usages:
        raise Uncompiled("@defer")
    return collected.grouped_field_set
