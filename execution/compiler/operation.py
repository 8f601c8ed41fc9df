"""One operation of one document: compiled when it is first run, run compiled for as long as that works."""

from collections import OrderedDict
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

from .plan import Plan
from .plans import MOST_OF_ONE, Key, Plans
from .request import Request
from .variables import Variables
from .waves import abandon, settle


class Operation:
    """Hands out the compiled function that fits a request's variables."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        definition: OperationDefinitionNode,
        plans: Plans,
    ) -> None:
        self.schema = schema
        self.definition = definition
        self.fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self.fragment_details = {name: FragmentDetails(node) for name, node in self.fragments.items()}
        self.variables = Variables(schema, definition)
        self.is_mutation = definition.operation is OperationType.MUTATION
        self.runs = 0
        self.fallbacks = 0
        self.booleans = _deciding_variables(document)
        self.kept: list[Key] = []
        self._plans = plans

    def plan(self, variables: dict[str, Any]) -> Plan | None:
        """The compiled operation for these variables, or None when it has to run on graphql-core.

        Of a mutation it is what its fields give that is compiled.
        """
        key = tuple(variables.get(name) for name in self.booleans)
        plan: Any = self._plans.find(self, key)
        return self._compile(key, variables) if plan is ... else plan

    def _compile(self, key: Key, variables: dict[str, Any]) -> Plan | None:
        if len(self.kept) >= MOST_OF_ONE or not all(value is True or value is False for value in key):
            return None
        booleans = {name: variables[name] for name in self.booleans}
        try:
            plan = Plan(self.schema, self.definition, self.fragments, booleans, self._plans.leave_dates)
        except Exception:
            # Whatever the compiler can't make sense of, graphql-core answers: that's what it is there for.
            plan = None
        self._plans.keep(self, key, plan)
        return plan

    def start(
        self,
        plan: Plan,
        root: Any,
        context: Any,
        variables: VariableValues,
        extensions: dict[str, Any] | None,
    ) -> tuple[dict[str, Any], Request] | None:
        """Run as far as possible without waiting: the data, and the request with what is still to be awaited."""
        self.runs += 1
        request = Request(plan, root, context, variables, extensions)
        try:
            return plan.run(root, request), request
        except Exception:
            # The documented fallback: the caller runs the same document on graphql-core, which says what's wrong.
            self.fallbacks += 1
            abandon(request.later)
            return None

    async def finish(self, request: Request) -> bool:
        """Wait for the rest; False when the data has to be thrown away."""
        try:
            await settle(request.later)
        except Exception:
            self.fallbacks += 1
            return False
        return True


class _DecidingVariables(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: OrderedDict[str, None] = OrderedDict()

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        if node.name.value in ("skip", "include"):
            for argument in node.arguments or ():
                if isinstance(argument.value, VariableNode):
                    self.names[argument.value.name.value] = None


def _deciding_variables(document: DocumentNode) -> list[str]:
    """The variables on whose values it depends which fields there are."""
    visitor = _DecidingVariables()
    visit(document, visitor)
    return list(visitor.names)
