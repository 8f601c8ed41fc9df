"""Texts that have been met: parsed, validated and weighed once, and forgotten when others push them out."""

from collections import OrderedDict
from typing import Any

from graphql import (
    ASTValidationRule,
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    SelectionSetNode,
    TokenKind,
    Visitor,
    parse,
    specified_rules,
    visit,
)
from graphql.language import Lexer, Source
from strawberry.schema.schema import validate_document

from .compiler.operation import Operation
from .compiler.plans import Plans
from .cost import Scales, Weight, too_costly
from .limits import Limits, refusal

Cost = tuple[Weight, GraphQLError | None]
Rules = tuple[type[ASTValidationRule], ...]
MOST_SIZES = 64


class Document:
    """All that can be known of a text before its variables are."""

    def __init__(
        self, schema: GraphQLSchema, text: str, limits: Limits, plans: Plans, rules: Rules = tuple(specified_rules)
    ) -> None:
        self.text = text
        self.plans = plans
        self.rules = rules
        self.schema = schema
        self.limits = limits
        self.ast: DocumentNode | None = None
        self._definitions: dict[str | None, OperationDefinitionNode] = {}
        self.needs_name = False
        self.errors: list[GraphQLError] = []
        self.refused = self._refused_text() or self._parse()
        # By the identity of the operation's node: hashing a node goes through all that is in it.
        self._operations: dict[int, Operation] = {}
        self._costs: dict[tuple[int | None, ...], Cost] = {}
        self._sized_by: dict[int, list[str]] = {}
        self._validated = False

    def _refused_text(self) -> GraphQLError | None:
        limits = self.limits
        if len(self.text) > limits.characters:
            return refusal("characters", len(self.text), limits.characters, "")
        tokens = count_tokens(self.text, limits.tokens)
        return refusal("tokens", tokens, limits.tokens, "") if tokens > limits.tokens else None

    def _parse(self) -> GraphQLError | None:
        try:
            self.ast = parse(self.text)
        except GraphQLError:
            # Strawberry parses it again, and gives the error in its own way.
            return None
        except RecursionError:
            return refusal("depth", self.limits.tokens, self.limits.depth, "")
        return self._refused_shape(self.ast)

    def _refused_shape(self, ast: DocumentNode) -> GraphQLError | None:
        """What would make validating it slow, whatever it asks for."""
        operations = [node for node in ast.definitions if isinstance(node, OperationDefinitionNode)]
        if len(operations) > self.limits.operations:
            return refusal("operations", len(operations), self.limits.operations, "")
        self._definitions = {node.name.value if node.name else None: node for node in operations}
        if len(operations) == 1:
            self._definitions[None] = operations[0]
        self.needs_name = len(operations) > 1
        fragments = len(ast.definitions) - len(operations)
        if fragments > self.limits.fragments:
            return refusal("fragments", fragments, self.limits.fragments, "")
        widest = _Widest()
        visit(ast, widest)
        if widest.most > self.limits.selections:
            return refusal("selections", widest.most, self.limits.selections, widest.where)
        return None

    def validate(self) -> list[GraphQLError]:
        """The errors by the rules that every document is held to."""
        if not self._validated and self.ast:
            self.errors = validate_document(self.schema, self.ast, self.rules)
            self._validated = True
        return self.errors.copy()

    @property
    def is_valid(self) -> bool:
        """Whether it was validated, and found without errors."""
        return self._validated and not self.errors

    def operation(self, name: str | None) -> Operation | None:
        """The operation of this name, or without one the only one; None if there is none, or the text is faulty."""
        definition = self.definition(name)
        known = self._operations.get(id(definition))
        if known or self.ast is None or definition is None or self.refused or self.validate():
            return known
        self._operations[id(definition)] = Operation(self.schema, self.ast, definition, self.plans)
        return self._operations[id(definition)]

    def definition(self, name: str | None) -> OperationDefinitionNode | None:
        return self._definitions.get(name)

    def forget_plans(self) -> None:
        for operation in self._operations.values():
            self.plans.forget(operation)

    def cost(self, definition: OperationDefinitionNode, variables: dict[str, Any] | None) -> Cost:
        """What an operation asks for with these variables, and the refusal if that's too much."""
        variables = variables or {}
        names = self._sized_by.get(id(definition))
        known = None if names is None else self._costs.get(_cost_key(definition, names, variables))
        return known or self._weigh(definition, variables)

    def _weigh(self, definition: OperationDefinitionNode, variables: dict[str, Any]) -> Cost:
        assert self.ast is not None
        scales = Scales(self.schema, self.ast, variables, self.limits.list_size)
        try:
            weight = scales.operation(definition)
            cost = weight, too_costly(scales, definition, weight, self.limits)
        except RecursionError:
            weight = Weight(depth=self.limits.depth + 1)
            cost = weight, refusal("depth", self.limits.depth + 1, self.limits.depth, "")
        names = self._sized_by.setdefault(id(definition), sorted(scales.sized_by))
        if len(self._costs) >= MOST_SIZES:
            self._costs.clear()
        self._costs[_cost_key(definition, names, variables)] = cost
        return cost


class Documents:
    """A bounded memory of texts, the least recently used of which is forgotten first."""

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: Limits,
        most: int,
        most_characters: int,
        introspection: bool = True,
        leave_dates: bool = False,
    ) -> None:
        self.schema = schema
        self.limits = limits
        self.rules = (*specified_rules, *(() if introspection else (NoSchemaIntrospectionCustomRule,)))
        self.most = most
        self.most_characters = most_characters
        self.characters = 0
        self.plans = Plans(most, leave_dates)
        self._known: OrderedDict[str, Document] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, text: str) -> bool:
        return text in self._known

    def __getitem__(self, text: str) -> Document:
        document = self._known.get(text)
        if document is not None:
            self._known.move_to_end(text)
            return document
        document = Document(self.schema, text, self.limits, self.plans, self.rules)
        # A text too long to be read isn't worth remembering.
        if len(text) <= self.limits.characters:
            self._known[text] = document
            self.characters += len(text)
            self._forget()
        return document

    def _forget(self) -> None:
        while len(self._known) > self.most or self.characters > self.most_characters:
            text, document = self._known.popitem(last=False)
            document.forget_plans()
            self.characters -= len(text)


class _Widest(Visitor):
    """Finds the selection set with the most selections written out in it."""

    def __init__(self) -> None:
        super().__init__()
        self.most = 0
        self.where = ""

    def enter_selection_set(self, node: SelectionSetNode, _key: Any, parent: Any, *_: Any) -> None:
        if len(node.selections) > self.most:
            self.most = len(node.selections)
            self.where = parent.name.value if isinstance(parent, FieldNode) else ""


def _cost_key(
    definition: OperationDefinitionNode, names: list[str], variables: dict[str, Any]
) -> tuple[int | None, ...]:
    """What a cost depends on: the operation, and those variables that say how long a list is."""
    numbers = (variables.get(name) for name in names)
    return (id(definition), *(number if number.__class__ is int else None for number in numbers))


def count_tokens(text: str, enough: int) -> int:
    """How many tokens a text has, counted no further than one more than enough."""
    lexer = Lexer(Source(text))
    count = 0
    try:
        while count <= enough and lexer.advance().kind is not TokenKind.EOF:
            count += 1
    except GraphQLError:
        # Where it stops being GraphQL, parsing will say so.
        return count
    return count
