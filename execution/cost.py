"""Cost estimation: compute the cost of an operation from its text, visiting each fragment once."""

from collections.abc import Iterable
from operator import itemgetter
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_introspection_type,
)
from strawberry.types.field import StrawberryField

from .introspection_cost import META_FIELDS, OBJECTS_PER_POINT, introspection_sizes, is_list
from .limits import Limits, limit_error

SLICING_ARGUMENTS = ("first", "last", "limit")
MAX_PATH_FIELDS = 20
SHORT_VALUE_BYTES, TEXT_BYTES = 30, 300
"""Bytes of a value in the answer: a number, a time or an id; a text that declares no `max_bytes`."""
SHORT_SCALARS = frozenset(
    {"Boolean", "Int", "Float", "ID", "SafeInt", "Date", "DateTime", "CountryCode", "CurrencyCode"}
)
PUNCTUATION_BYTES = 4  # around a key: quotation marks, a colon and a comma
MAX_COUNT = 10**12
"""Counts stop here: in a hostile document they grow to numbers that take too long to print."""


class Cost(NamedTuple):
    """The cost of an operation or selection, in the measures that `Limits` bounds."""

    depth: int = 0
    root_fields: int = 0
    aliases: int = 0
    directives: int = 0
    fields: int = 0
    values: int = 0
    points: int = 0
    bytes: int = 0


ZERO_COST = Cost()


def total_cost(costs: Iterable[Cost]) -> Cost:
    """Add up the costs of sibling selections; of their depths, take the greatest."""
    depth, *sums = ZERO_COST
    for cost in costs:
        depth = max(depth, cost.depth)
        sums = [min(total + count, MAX_COUNT) for total, count in zip(sums, cost[1:], strict=True)]
    return Cost(depth, *sums)


def resolver_points(field: GraphQLField | None) -> int:
    """Return a field's points per call: the `cost` in its metadata, or 1 if the field has a resolver, or 0."""
    definition = _strawberry_field(field)
    return 0 if definition is None else int(definition.metadata.get("cost", 0 if definition.is_basic_field else 1))


def declared_list_size(field: GraphQLField) -> int | str | None:
    """Return the `list_size` in a field's metadata: a number of items, or the argument that lists one value an item."""
    definition = _strawberry_field(field)
    return None if definition is None else definition.metadata.get("list_size")


def max_list_size(field: GraphQLField) -> int | None:
    """Return the declared length of a list, or the `max_list_size` in the metadata of a list that an argument sizes."""
    size = declared_list_size(field)
    if not isinstance(size, str):
        return size
    most: int | None = field.extensions["strawberry-definition"].metadata.get("max_list_size")
    return most


def _value_bytes(field: GraphQLField | None) -> int:
    """Return how many bytes a scalar or enum may take: the `max_bytes` in the field's metadata, or by its type."""
    definition = _strawberry_field(field)
    declared = definition and definition.metadata.get("max_bytes")
    if declared or field is None:
        return int(declared or TEXT_BYTES)
    named = get_named_type(field.type)
    if isinstance(named, GraphQLEnumType) or named.name in SHORT_SCALARS:
        return SHORT_VALUE_BYTES
    return TEXT_BYTES


def _strawberry_field(field: GraphQLField | None) -> StrawberryField | None:
    definition = field and field.extensions.get("strawberry-definition")
    return definition if isinstance(definition, StrawberryField) else None


class CostEstimator:
    """Estimate the cost of the operations of one document, for one set of variables."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, variables: dict[str, Any], list_size: int
    ) -> None:
        self._schema = schema
        self._variables = variables
        self._list_size = list_size
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._variable_defaults: dict[str, Any] = {}
        self._costs: dict[Any, Cost] = {}
        self.size_variables: set[str] = set()
        """The variables that set the length of a list."""

    def estimate(self, definition: OperationDefinitionNode) -> Cost:
        self._variable_defaults = {
            node.variable.name.value: node.default_value for node in definition.variable_definitions or ()
        }
        root = self._schema.get_root_type(definition.operation)
        return self._selection_set_cost(definition.selection_set, root, None)

    def _selection_set_cost(
        self, selection_set: SelectionSetNode, parent: GraphQLNamedType | None, size: int | None
    ) -> Cost:
        """Return the cached cost of a selection set.

        `size` is the length that a slicing argument of the parent field sets for the lists in these selections.
        """
        key = (id(selection_set), parent, size)
        cost = self._costs.get(key)
        if cost is None:
            # A fragment that spreads itself costs nothing here; validation reports the cycle.
            self._costs[key] = ZERO_COST
            cost = total_cost(self._selection_cost(node, parent, size) for node in selection_set.selections)
            self._costs[key] = cost
        return cost

    def _selection_cost(self, node: SelectionNode, parent: GraphQLNamedType | None, size: int | None) -> Cost:
        if isinstance(node, FieldNode):
            cost = self._field_cost(node, parent, size)
        else:
            nested, type_ = self._nested_selection_set(node, parent)
            cost = self._selection_set_cost(nested, type_, size) if nested else ZERO_COST
        directives = len(node.directives or ())
        return cost._replace(directives=cost.directives + directives) if directives else cost

    def _nested_selection_set(
        self, node: SelectionNode, parent: GraphQLNamedType | None
    ) -> tuple[SelectionSetNode | None, GraphQLNamedType | None]:
        """Return the selection set of a field or fragment, and the type that it selects from."""
        if isinstance(node, FieldNode):
            field = _field_definition(parent, node)
            return node.selection_set, get_named_type(field.type) if field else None
        fragment = self._fragments.get(node.name.value) if isinstance(node, FragmentSpreadNode) else node
        if not isinstance(fragment, (FragmentDefinitionNode, InlineFragmentNode)):
            return None, None
        condition = fragment.type_condition
        return fragment.selection_set, self._schema.get_type(condition.name.value) if condition else parent

    def _field_cost(self, node: FieldNode, parent: GraphQLNamedType | None, size: int | None) -> Cost:
        field = _field_definition(parent, node)
        count, nested_size = self._list_sizes(node, parent, field, size)
        selection_set, type_ = self._nested_selection_set(node, parent)
        nested = self._selection_set_cost(selection_set, type_, nested_size) if selection_set else ZERO_COST
        value_bytes = nested.bytes if selection_set else _value_bytes(field)
        cost = Cost(
            depth=nested.depth + 1,
            root_fields=1,
            aliases=nested.aliases + (1 if node.alias else 0),
            directives=nested.directives,
            fields=nested.fields + 1,
            values=min(count * (1 + nested.values), MAX_COUNT),
            points=min(resolver_points(field) + count * ((1 if selection_set else 0) + nested.points), MAX_COUNT),
            bytes=min(_key_bytes(node) + count * (PUNCTUATION_BYTES + value_bytes), MAX_COUNT),
        )
        return _introspection_cost(cost) if node.name.value in META_FIELDS else cost

    def _list_sizes(
        self, node: FieldNode, parent: GraphQLNamedType | None, field: GraphQLField | None, size: int | None
    ) -> tuple[int, int | None]:
        """Return the number of values that a field has, and the length of the lists directly inside the field."""
        if field is None:
            return 1, None
        if parent is not None and is_introspection_type(parent):
            return introspection_sizes(self._schema).list_sizes(parent, node.name.value, field, size)
        own_size = self._own_list_size(node, field)
        if not is_list(field.type):
            return 1, own_size
        return next((count for count in (own_size, size) if count is not None), self._list_size), None

    def _own_list_size(self, node: FieldNode, field: GraphQLField) -> int | None:
        """Return the length that a field's arguments or its declaration set; None if neither sets one."""
        slices = [count for name in SLICING_ARGUMENTS if name in field.args for count in self._slice(node, field, name)]
        declared = declared_list_size(field)
        if isinstance(declared, str):
            return self._argument_length(node, declared)
        return max(slices, default=declared)

    def _argument_length(self, node: FieldNode, name: str) -> int:
        """Return the number of values in a list argument; a single value stands for a list of one."""
        value = self._argument_value(node, name)
        if isinstance(value, ListValueNode):
            return len(value.values)
        return min(len(value), MAX_COUNT) if isinstance(value, list) else 1

    def _slice(self, node: FieldNode, field: GraphQLField, name: str) -> list[int]:
        """Return a list with the value of a slicing argument or its default; an empty list if there is none."""
        value = self._argument_value(node, name)
        if value is None:
            value = field.args[name].default_value
        if isinstance(value, IntValueNode):
            value = int(value.value[:20])  # 20 digits exceed MAX_COUNT, and Python parses no more than 4,300 digits
        return [min(max(value, 0), MAX_COUNT)] if value.__class__ is int else []

    def _argument_value(self, node: FieldNode, name: str) -> Any:
        """Return an argument as it stands in the document, or its variable's value; None for null and for nothing."""
        sent = next((argument.value for argument in node.arguments or () if argument.name.value == name), None)
        if isinstance(sent, VariableNode):
            self.size_variables.add(sent.name.value)
            sent = self._variables.get(sent.name.value, self._variable_defaults.get(sent.name.value))
        return None if isinstance(sent, NullValueNode) else sent

    def most_expensive_path(self, definition: OperationDefinitionNode, measure: str) -> str:
        """Return the path to the fields that contribute most to one measure of the cost."""
        path: list[str] = []
        selection_set: SelectionSetNode | None = definition.selection_set
        parent: GraphQLNamedType | None = self._schema.get_root_type(definition.operation)
        size: int | None = None
        while selection_set and len(path) < MAX_PATH_FIELDS:
            shares = [
                (getattr(self._selection_cost(node, parent, size), measure), node) for node in selection_set.selections
            ]
            share, largest = max(shares, key=itemgetter(0))
            if share * 2 < sum(share for share, _ in shares) and measure != "depth":
                break
            selection_set, nested_type = self._nested_selection_set(largest, parent)
            if isinstance(largest, FieldNode):
                path.append((largest.alias or largest.name).value)
                size = self._list_sizes(largest, parent, _field_definition(parent, largest), size)[1]
            parent = nested_type
        return ".".join(path)


def cost_limit_error(
    estimator: CostEstimator, definition: OperationDefinitionNode, cost: Cost, limits: Limits
) -> GraphQLError | None:
    """Return an error for the first measure in which the operation's cost exceeds its limit."""
    for measure, requested in cost._asdict().items():
        if requested > getattr(limits, measure):
            path = estimator.most_expensive_path(definition, measure)
            return limit_error(measure, requested, getattr(limits, measure), path)
    return None


def _introspection_cost(cost: Cost) -> Cost:
    values, points, size = (-(-count // OBJECTS_PER_POINT) for count in (cost.values, cost.points, cost.bytes))
    return cost._replace(values=values, points=points, bytes=size)


def _key_bytes(node: FieldNode) -> int:
    return len((node.alias or node.name).value) + PUNCTUATION_BYTES


def _field_definition(parent: GraphQLNamedType | None, node: FieldNode) -> GraphQLField | None:
    if isinstance(parent, (GraphQLObjectType, GraphQLInterfaceType)):
        field: GraphQLField | None = parent.fields.get(node.name.value)
        return field or META_FIELDS.get(node.name.value)
    return None
