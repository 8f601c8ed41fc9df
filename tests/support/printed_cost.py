"""The points of an operation, computed as docs/front-end.md tells clients to: from the printed schema alone."""

import re
from typing import Any

from graphql import (
    DocumentNode,
    FieldDefinitionNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InterfaceTypeDefinitionNode,
    IntValueNode,
    ListTypeNode,
    ListValueNode,
    NonNullTypeNode,
    NullValueNode,
    ObjectTypeDefinitionNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    UnionTypeDefinitionNode,
    VariableNode,
    parse,
    value_from_ast_untyped,
)

COMPOSITE = (ObjectTypeDefinitionNode, InterfaceTypeDefinitionNode, UnionTypeDefinitionNode)
SIZED_BY = re.compile(r"^Costs as many items as `(\w+)` has\.$", re.MULTILINE)


class PrintedCosts:
    """The weights and list sizes of a printed schema."""

    def __init__(self, sdl: str) -> None:
        self.types: dict[str, Any] = {
            node.name.value: node for node in parse(sdl).definitions if isinstance(node, COMPOSITE)
        }
        self.fields: dict[str, dict[str, FieldDefinitionNode]] = {
            name: {field.name.value: field for field in getattr(node, "fields", None) or ()}
            for name, node in self.types.items()
        }

    def points(self, text: str, variables: dict[str, Any], operation_name: str | None = None) -> float:
        return _Operation(self, parse(text), variables, operation_name).points()

    def weight_of_field(self, field: FieldDefinitionNode) -> float:
        return _weight(field, self.is_composite(field))

    def weight_of_object(self, field: FieldDefinitionNode) -> float:
        """Return the weight of each object of a field's type."""
        return _weight(self.types[named(field)], True) if self.is_composite(field) else 0.0

    def is_composite(self, field: FieldDefinitionNode) -> bool:
        return named(field) in self.types


class _Operation:
    def __init__(
        self, costs: PrintedCosts, document: DocumentNode, variables: dict[str, Any], operation_name: str | None
    ) -> None:
        self.costs = costs
        self.fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self.definition = next(
            node
            for node in document.definitions
            if isinstance(node, OperationDefinitionNode)
            and (operation_name is None or (node.name and node.name.value == operation_name))
        )
        defaults = {
            node.variable.name.value: value_from_ast_untyped(node.default_value)
            for node in self.definition.variable_definitions or ()
            if node.default_value
        }
        self.variables = defaults | variables

    def points(self) -> float:
        root = self.definition.operation.value.title()
        return _weight(self.costs.types[root], True) + self.selection_set(self.definition.selection_set, root, {})

    def selection_set(self, selections: SelectionSetNode | None, on: str, sized: dict[str, int]) -> float:
        return sum(self.selection(node, on, sized) for node in (selections.selections if selections else ()))

    def selection(self, node: SelectionNode, on: str, sized: dict[str, int]) -> float:
        if isinstance(node, FieldNode):
            return 0.0 if node.name.value == "__typename" else self.field(node, on, sized)
        fragment: Any = self.fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
        condition = fragment.type_condition
        return self.selection_set(fragment.selection_set, condition.name.value if condition else on, sized)

    def field(self, node: FieldNode, on: str, sized: dict[str, int]) -> float:
        field = self.costs.fields[on][node.name.value]
        size, inside = self.sizes(node, field, sized)
        one = self.costs.weight_of_object(field) + self.selection_set(node.selection_set, named(field), inside)
        return self.costs.weight_of_field(field) + size * one

    def sizes(self, node: FieldNode, field: FieldDefinitionNode, sized: dict[str, int]) -> tuple[int, dict[str, int]]:
        """Return how many items a field counts as, and how many its `sizedFields` count as."""
        directive = directive_of(field, "listSize")
        if directive is None:
            return sized[node.name.value] if is_list(field) else 1, {}
        size = self.size(node, field, directive)
        if "sizedFields" in directive:
            return 1, dict.fromkeys(directive["sizedFields"], size)
        return size, {}

    def size(self, node: FieldNode, field: FieldDefinitionNode, directive: dict[str, Any]) -> int:
        sized_by = SIZED_BY.search(field.description.value if field.description else "")
        if sized_by:
            ids = self.argument(node, field, sized_by[1])
            return len(ids) if isinstance(ids, list) else 1
        slices = [self.argument(node, field, name) for name in directive.get("slicingArguments", ())]
        return max((max(count, 0) for count in slices if count is not None), default=int(directive["assumedSize"]))

    def argument(self, node: FieldNode, field: FieldDefinitionNode, name: str) -> Any:
        """Return an argument's value, or its default in the place of null and of nothing."""
        sent: Any = next((argument.value for argument in node.arguments or () if argument.name.value == name), None)
        if isinstance(sent, VariableNode):
            value = self.variables.get(sent.name.value)
        else:
            value = value_from_ast_untyped(sent) if isinstance(sent, IntValueNode | NullValueNode) else sent
        if isinstance(value, ListValueNode):
            value = list(value.values)
        default = next(argument for argument in field.arguments or () if argument.name.value == name).default_value
        return value_from_ast_untyped(default) if value is None and default else value


def named(field: FieldDefinitionNode) -> str:
    """Return the name of a field's type, without its lists and exclamation marks."""
    type_: Any = field.type
    while isinstance(type_, ListTypeNode | NonNullTypeNode):
        type_ = type_.type
    return str(type_.name.value)


def is_list(field: FieldDefinitionNode) -> bool:
    return isinstance(field.type.type if isinstance(field.type, NonNullTypeNode) else field.type, ListTypeNode)


def directive_of(part: Any, name: str) -> dict[str, Any] | None:
    """Return the arguments of a directive on a type or field; None if the part has no such directive."""
    found = next((node for node in part.directives or () if node.name.value == name), None)
    return found and {one.name.value: value_from_ast_untyped(one.value) for one in found.arguments or ()}


def _weight(part: Any, is_composite: bool) -> float:
    cost = directive_of(part, "cost")
    return float(cost["weight"]) if cost else float(is_composite)
