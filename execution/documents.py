"""The document cache: parse, validate and estimate the cost of each text once, in a bounded LRU cache."""

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

from .compiler.cache import CompiledOperationCache
from .compiler.operation import Operation
from .cost import Cost, CostEstimator, cost_limit_error
from .document_budgets import UNLIMITED, DocumentBudgets
from .limits import Limits, limit_error

CheckedCost = tuple[Cost, GraphQLError | None]
ValidationRules = tuple[type[ASTValidationRule], ...]
MAX_CACHED_COSTS = 64


class Document:
    """A document text with its AST, validation errors, operations and costs."""

    def __init__(
        self,
        schema: GraphQLSchema,
        text: str,
        limits: Limits,
        compiled: CompiledOperationCache,
        rules: ValidationRules = tuple(specified_rules),
        refused: GraphQLError | None = None,
    ) -> None:
        self.text = text
        self.ast: DocumentNode | None = None
        self.needs_name = False
        self._schema = schema
        self._limits = limits
        self._compiled = compiled
        self._rules = rules
        self._definitions: dict[str | None, OperationDefinitionNode] = {}
        self._errors: list[GraphQLError] = []
        self._is_validated = False
        self.refused = refused or self._text_limit_error() or self._parse()
        """The error for a text that is refused without validation; None for other texts."""
        # Keyed by the id of the operation's node, because hashing a node walks all of its descendants.
        self._operations: dict[int, Operation] = {}
        self._costs: dict[tuple[int | None, ...], CheckedCost] = {}
        self._size_variables: dict[int, list[str]] = {}

    def _text_limit_error(self) -> GraphQLError | None:
        limits = self._limits
        if len(self.text) > limits.characters:
            return limit_error("characters", len(self.text), limits.characters, "")
        tokens = count_tokens(self.text, limits.tokens)
        return limit_error("tokens", tokens, limits.tokens, "") if tokens > limits.tokens else None

    def _parse(self) -> GraphQLError | None:
        try:
            self.ast = parse(self.text)
        except GraphQLError:
            # Strawberry parses the text again, and reports the error in its own way.
            return None
        except RecursionError:
            return limit_error("depth", self._limits.tokens, self._limits.depth, "")
        return self._validation_limit_error(self.ast)

    def _validation_limit_error(self, ast: DocumentNode) -> GraphQLError | None:
        """Refuse documents whose validation would be slow."""
        operations = [node for node in ast.definitions if isinstance(node, OperationDefinitionNode)]
        if len(operations) > self._limits.operations:
            return limit_error("operations", len(operations), self._limits.operations, "")
        self._definitions = {node.name.value if node.name else None: node for node in operations}
        if len(operations) == 1:
            self._definitions[None] = operations[0]
        self.needs_name = len(operations) > 1
        fragments = len(ast.definitions) - len(operations)
        if fragments > self._limits.fragments:
            return limit_error("fragments", fragments, self._limits.fragments, "")
        largest = _LargestSelectionSet()
        visit(ast, largest)
        if largest.count > self._limits.selections:
            return limit_error("selections", largest.count, self._limits.selections, largest.field)
        return None

    def validate(self) -> list[GraphQLError]:
        """Return the validation errors; validate only once."""
        if not self._is_validated and self.ast:
            with self._compiled.budgets.spending():
                self._errors = validate_document(self._schema, self.ast, self._rules)
            self._is_validated = True
        return self._errors.copy()

    @property
    def is_valid(self) -> bool:
        """Return True if the document was validated and has no errors."""
        return self._is_validated and not self._errors

    def operation(self, name: str | None) -> Operation | None:
        """Return the operation of this name, or the only one if no name is given; None if the document is invalid."""
        definition = self.definition(name)
        operation = self._operations.get(id(definition))
        if operation or self.ast is None or definition is None or self.refused or self.validate():
            return operation
        self._operations[id(definition)] = Operation(self._schema, self.ast, definition, self._compiled)
        return self._operations[id(definition)]

    def definition(self, name: str | None) -> OperationDefinitionNode | None:
        return self._definitions.get(name)

    def evict_compiled(self) -> None:
        for operation in self._operations.values():
            self._compiled.evict(operation)

    def cost(self, definition: OperationDefinitionNode, variables: dict[str, Any] | None) -> CheckedCost:
        """Return the cost of an operation with these variables, and an error if the cost exceeds a limit."""
        variables = variables or {}
        names = self._size_variables.get(id(definition))
        cached = None if names is None else self._costs.get(_cost_key(definition, names, variables))
        if cached:
            return cached
        with self._compiled.budgets.spending():
            return self._estimate_cost(definition, variables)

    def _estimate_cost(self, definition: OperationDefinitionNode, variables: dict[str, Any]) -> CheckedCost:
        assert self.ast is not None
        estimator = CostEstimator(self._schema, self.ast, variables, self._limits.list_size)
        try:
            cost = estimator.estimate(definition)
            error = cost_limit_error(estimator, definition, cost, self._limits)
        except RecursionError:
            cost = Cost(depth=self._limits.depth + 1)
            error = limit_error("depth", self._limits.depth + 1, self._limits.depth, "")
        names = self._size_variables.setdefault(id(definition), sorted(estimator.size_variables))
        if len(self._costs) >= MAX_CACHED_COSTS:
            self._costs.clear()
        self._costs[_cost_key(definition, names, variables)] = cost, error
        return cost, error


class DocumentCache:
    """A bounded LRU cache of documents by text."""

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: Limits,
        max_documents: int,
        max_characters: int,
        introspection: bool = True,
        leave_dates: bool = False,
        budgets: DocumentBudgets = UNLIMITED,
    ) -> None:
        self.limits = limits
        self.characters = 0
        self.compiled = CompiledOperationCache(max_documents, leave_dates, budgets)
        self._budgets = budgets
        self._schema = schema
        self._rules = (*specified_rules, *(() if introspection else (NoSchemaIntrospectionCustomRule,)))
        self._max_documents = max_documents
        self._max_characters = max_characters
        self._documents: OrderedDict[str, Document] = OrderedDict()

    def __len__(self) -> int:
        return len(self._documents)

    def __contains__(self, text: str) -> bool:
        return text in self._documents

    def __getitem__(self, text: str) -> Document:
        document = self._documents.get(text)
        if document is not None:
            self._documents.move_to_end(text)
            return document
        parts = (self._schema, text, self.limits, self.compiled, self._rules)
        refusal = self._budgets.refusal()
        if refusal:
            return Document(*parts, refused=refusal)  # not cached: the same text may be read later
        with self._budgets.spending():
            document = Document(*parts)
        # A text that is too long to be parsed isn't worth caching.
        if len(text) <= self.limits.characters:
            self._documents[text] = document
            self.characters += len(text)
            self._evict()
        return document

    def _evict(self) -> None:
        while len(self._documents) > self._max_documents or self.characters > self._max_characters:
            text, document = self._documents.popitem(last=False)
            document.evict_compiled()
            self.characters -= len(text)


class _LargestSelectionSet(Visitor):
    """Find the selection set with the most selections in the text, without expanding fragments."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.field = ""

    def enter_selection_set(self, node: SelectionSetNode, _key: Any, parent: Any, *_: Any) -> None:
        if len(node.selections) > self.count:
            self.count = len(node.selections)
            self.field = parent.name.value if isinstance(parent, FieldNode) else ""


def _cost_key(
    definition: OperationDefinitionNode, names: list[str], variables: dict[str, Any]
) -> tuple[int | None, ...]:
    """Return a cache key from the operation and the variables that set the length of a list."""
    return (id(definition), *(_size(variables.get(name)) for name in names))


def _size(value: Any) -> int | None:
    return len(value) if isinstance(value, list) else value if value.__class__ is int else None


def count_tokens(text: str, max_tokens: int) -> int:
    """Count the tokens of a text, and stop at `max_tokens` + 1."""
    lexer = Lexer(Source(text))
    count = 0
    try:
        while count <= max_tokens and lexer.advance().kind is not TokenKind.EOF:
            count += 1
    except GraphQLError:
        # The parser reports the syntax error.
        return count
    return count
