"""One operation of a document: lazy compilation, compiled runs, and the count of fallbacks."""

from typing import Any

from graphql import (
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    visit,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.values import VariableValues
from graphql.language import DirectiveNode, DocumentNode

from .cache import MAX_VARIANTS_PER_OPERATION, CompiledOperationCache, VariantKey
from .compiled_operation import CompiledOperation
from .parsed_operation import ParsedOperation
from .request import Request
from .scheduling import await_levels, discard
from .variables import VariableCoercer


class Operation:
    """Compile and run one operation, in a variant for each set of @skip and @include values."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        definition: OperationDefinitionNode,
        cache: CompiledOperationCache,
    ) -> None:
        fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
        self.parsed = ParsedOperation(schema, definition, fragments)
        self.definition = definition
        self.fragment_details = {name: FragmentDetails(node) for name, node in fragments.items()}
        self.variables = VariableCoercer(schema, definition)
        self.is_mutation = definition.operation is OperationType.MUTATION
        self.runs = 0
        self.fallbacks = 0
        self.condition_variables = _condition_variables(document)
        self._cache = cache

    def compiled_for(self, variables: dict[str, Any]) -> CompiledOperation | None:
        """Return the compiled operation for these variables, or None if graphql-core has to run the operation."""
        key = tuple(variables.get(name) for name in self.condition_variables)
        compiled: Any = self._cache.get(self, key)
        return self._compile(key, variables) if compiled is ... else compiled

    def _compile(self, key: VariantKey, variables: dict[str, Any]) -> CompiledOperation | None:
        is_full = self._cache.count(self) >= MAX_VARIANTS_PER_OPERATION
        if is_full or not all(value is True or value is False for value in key):
            return None
        if not self._cache.budgets.may_compile():
            return None  # for now: a later request may compile it
        conditions = {name: variables[name] for name in self.condition_variables}
        try:
            with self._cache.budgets.spending():
                compiled = CompiledOperation(self.parsed, conditions, self._cache.leave_dates)
        except Exception:
            # The documented fallback: graphql-core runs whatever the compiler can't handle.
            compiled = None
        self._cache.put(self, key, compiled)
        return compiled

    def start(
        self,
        compiled: CompiledOperation,
        root: Any,
        context: Any,
        variables: VariableValues,
        extensions: dict[str, Any] | None,
    ) -> tuple[dict[str, Any], Request] | None:
        """Run without waiting: return the data, and the request with the values that are still to be awaited.

        Return None if graphql-core has to run the operation.
        """
        self.runs += 1
        request = Request(self.parsed, root, context, variables, extensions)
        try:
            return compiled.run(root, request), request
        except Exception:
            # The documented fallback: the caller runs the same document on graphql-core, which reports the error.
            self.fallbacks += 1
            discard(request.pending)
            return None

    async def finish(self, request: Request) -> bool:
        """Await and write the pending values; return False if the data has to be dropped for graphql-core."""
        try:
            await await_levels(request.pending)
        except Exception:
            self.fallbacks += 1
            return False
        return True


class _ConditionVisitor(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, None] = {}

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        if node.name.value in ("skip", "include"):
            for argument in node.arguments or ():
                if isinstance(argument.value, VariableNode):
                    self.names[argument.value.name.value] = None


def _condition_variables(document: DocumentNode) -> list[str]:
    """Return the names of the variables that @skip and @include depend on."""
    visitor = _ConditionVisitor()
    visit(document, visitor)
    return list(visitor.names)
