"""What an operation may cost, told from its text: a fragment is weighed once, however often it's spread."""

from collections.abc import Iterable
from operator import itemgetter
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
)
from strawberry.types.field import StrawberryField

from .limits import Limits, refusal

SLICES = ("first", "last", "limit")
LONGEST_PATH = 20
ENOUGH = 10**12
"""Nothing is counted further than this: a hostile document multiplies faster than it can be printed."""


class Weight(NamedTuple):
    depth: int = 0
    root_fields: int = 0
    aliases: int = 0
    directives: int = 0
    fields: int = 0
    values: int = 0
    points: int = 0


NOTHING = Weight()


def total(weights: Iterable[Weight]) -> Weight:
    """Side by side: the deepest counts for depth, the sum for all else."""
    depth, *sums = NOTHING
    for weight in weights:
        depth = max(depth, weight.depth)
        sums = [min(have + more, ENOUGH) for have, more in zip(sums, weight[1:], strict=True)]
    return Weight(depth, *sums)


def price(field: GraphQLField | None) -> int:
    """A field's points each time it's resolved: the cost in its metadata, or else 1 if it has a resolver."""
    definition = field and field.extensions.get("strawberry-definition")
    if not isinstance(definition, StrawberryField):
        return 0
    metadata: dict[str, Any] = dict(definition.metadata or {})
    return int(metadata.get("cost", 0 if definition.is_basic_field else 1))


class Scales:
    """Weighs the operations of one document for one set of variables."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, variables: dict[str, Any], list_size: int
    ) -> None:
        self.schema = schema
        self.variables = variables
        self.list_size = list_size
        self.sized_by: set[str] = set()
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._defaults: dict[str, Any] = {}
        self._known: dict[Any, Weight] = {}

    def operation(self, definition: OperationDefinitionNode) -> Weight:
        self._defaults = {
            node.variable.name.value: node.default_value for node in definition.variable_definitions or ()
        }
        root = self.schema.get_root_type(definition.operation)
        return self.selections(definition.selection_set, root, None)

    def selections(self, chosen: SelectionSetNode, parent: GraphQLNamedType | None, size: int | None) -> Weight:
        """`size` is what a slice asked of the object whose selections these are: its lists hold that many."""
        key = (id(chosen), parent, size)
        known = self._known.get(key)
        if known is None:
            # A fragment inside itself weighs nothing here; validation says what's wrong with it.
            self._known[key] = NOTHING
            known = self._known[key] = total(self.part(node, parent, size) for node in chosen.selections)
        return known

    def part(self, node: SelectionNode, parent: GraphQLNamedType | None, size: int | None) -> Weight:
        if isinstance(node, FieldNode):
            weight = self._field(node, parent, size)
        else:
            inside, condition = self.inside(node, parent)
            weight = self.selections(inside, condition, size) if inside else NOTHING
        more = len(node.directives or ())
        return weight._replace(directives=weight.directives + more) if more else weight

    def inside(
        self, node: SelectionNode, parent: GraphQLNamedType | None
    ) -> tuple[SelectionSetNode | None, GraphQLNamedType | None]:
        """What is selected within a field or fragment, and of which type."""
        if isinstance(node, FieldNode):
            field = field_of(parent, node)
            return node.selection_set, get_named_type(field.type) if field else None
        fragment = self._fragments.get(node.name.value) if isinstance(node, FragmentSpreadNode) else node
        if not isinstance(fragment, (FragmentDefinitionNode, InlineFragmentNode)):
            return None, None
        condition = fragment.type_condition
        return fragment.selection_set, self.schema.get_type(condition.name.value) if condition else parent

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None, size: int | None) -> Weight:
        field = field_of(parent, node)
        count, passed = self.sizes(node, field, size)
        chosen, type_ = self.inside(node, parent)
        inside = self.selections(chosen, type_, passed) if chosen else NOTHING
        return Weight(
            depth=inside.depth + 1,
            root_fields=1,
            aliases=inside.aliases + (1 if node.alias else 0),
            directives=inside.directives,
            fields=inside.fields + 1,
            values=min(count * (1 + inside.values), ENOUGH),
            points=min(price(field) + count * ((1 if chosen else 0) + inside.points), ENOUGH),
        )

    def sizes(self, node: FieldNode, field: GraphQLField | None, size: int | None) -> tuple[int, int | None]:
        """How many values a field gives, and how many the lists right inside it are to hold."""
        if field is None:
            return 1, None
        asked = [count for name in SLICES if name in field.args for count in self._asked(node, field, name)]
        wanted = max(asked, default=None)
        if not _is_list(field.type):
            return 1, wanted
        return next((count for count in (wanted, size) if count is not None), self.list_size), None

    def _asked(self, node: FieldNode, field: GraphQLField, name: str) -> list[int]:
        """The number that a slicing argument comes to, if it is one."""
        given = next((argument.value for argument in node.arguments or () if argument.name.value == name), None)
        value: Any = given
        if isinstance(given, VariableNode):
            self.sized_by.add(given.name.value)
            value = self.variables.get(given.name.value, self._defaults.get(given.name.value))
        if value is None:
            value = field.args[name].default_value
        if isinstance(value, IntValueNode):
            value = int(value.value[:20])  # what is longer is enough, and Python reads no more than 4,300 digits
        return [min(max(value, 0), ENOUGH)] if value.__class__ is int else []

    def heaviest_path(self, definition: OperationDefinitionNode, what: str) -> str:
        """The way down to where most of a measure comes from."""
        path: list[str] = []
        chosen: SelectionSetNode | None = definition.selection_set
        parent: GraphQLNamedType | None = self.schema.get_root_type(definition.operation)
        size: int | None = None
        while chosen and len(path) < LONGEST_PATH:
            shares = [(getattr(self.part(node, parent, size), what), node) for node in chosen.selections]
            share, heaviest = max(shares, key=itemgetter(0))
            if share * 2 < sum(share for share, _ in shares) and what != "depth":
                break
            chosen, inner = self.inside(heaviest, parent)
            if isinstance(heaviest, FieldNode):
                path.append((heaviest.alias or heaviest.name).value)
                size = self.sizes(heaviest, field_of(parent, heaviest), size)[1]
            parent = inner
        return ".".join(path)


def field_of(parent: GraphQLNamedType | None, node: FieldNode) -> GraphQLField | None:
    if isinstance(parent, (GraphQLObjectType, GraphQLInterfaceType)):
        field: GraphQLField | None = parent.fields.get(node.name.value)
        return field
    return None


def _is_list(type_: Any) -> bool:
    return isinstance(type_.of_type if isinstance(type_, GraphQLNonNull) else type_, GraphQLList)


def too_costly(
    scales: Scales, definition: OperationDefinitionNode, weight: Weight, limits: Limits
) -> GraphQLError | None:
    """The refusal for the first measure in which an operation asks for too much."""
    for what, requested in weight._asdict().items():
        if requested > getattr(limits, what):
            return refusal(what, requested, getattr(limits, what), scales.heaviest_path(definition, what))
    return None
