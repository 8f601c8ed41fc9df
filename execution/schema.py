"""A strawberry.Schema that runs compiled: the one thing a server has to put in the place of its own."""

from collections.abc import Iterable
from typing import Any

import strawberry
from graphql import GraphQLError
from graphql import OperationType as CoreOperationType
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import StreamResult
from strawberry.types.execution import ExecutionResult, PreExecutionError
from strawberry.types.graphql import OperationType
from strawberry.utils.await_maybe import await_maybe

from .compiler.operation import Operation
from .compiler.sites import bare
from .documents import Document, Documents
from .executor import Executor, on_graphql_core
from .limits import Limits, excess_of_inputs, spend
from .prepared import Prepared

Given = dict[str, Any] | None

DEFAULT_LIMITS = Limits()


class Schema(strawberry.Schema):
    """The arguments of strawberry.Schema, and:

    compiled: False runs everything on graphql-core, and changes nothing else.
    limits: what an operation may ask for; None asks nothing of it.
    documents, characters: how many texts (and compiled functions) are remembered, and how long the texts may
        be together; a character takes some 200 bytes.
    introspection: False refuses documents that ask for the schema, all but `__typename`.
    report_cost: whether every answer carries `extensions.cost`; else one does whose request has `extensions.cost`.
    leave_dates: dates and moments of UTC stay in the data as they are, where what encodes it writes them as ISO 8601
        says, as orjson does. What graphql-core had to run has texts all the same.
    """

    def __init__(
        self,
        query: type,
        *args: Any,
        compiled: bool = True,
        limits: Limits | None = DEFAULT_LIMITS,
        documents: int = 500,
        characters: int = 250_000,
        introspection: bool = True,
        report_cost: bool = False,
        leave_dates: bool = False,
        **options: Any,
    ) -> None:
        if compiled:
            # An executor of your own is yours: what it does, compiled code would not.
            options["execution_context_class"] = options.get("execution_context_class") or Executor
        super().__init__(query, *args, **options)
        self.compiled = compiled and self.execution_context_class is Executor
        if self.compiled and not self.exception_handlers:
            self._bare_mutations()
        self.limits = limits or Limits.none()
        self.report_cost = report_cost
        self.documents = Documents(self._schema, self.limits, documents, characters, introspection, leave_dates)

    def _bare_mutations(self) -> None:
        """Have graphql-core call those that need nothing of Strawberry's on the way."""
        mutation = self._schema.mutation_type
        for field in mutation.fields.values() if mutation else ():
            field.resolve = bare(field) or field.resolve

    def get_extensions(self, sync: bool = False) -> list[SchemaExtension]:
        return [*super().get_extensions(sync), Prepared()]

    async def execute(
        self,
        query: str | None,
        variable_values: Given = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: Given = None,
    ) -> ExecutionResult:
        refused = self._refused(query, variable_values, operation_name, operation_extensions)
        if refused:
            return refused
        run = (query, variable_values, context_value, root_value, operation_name)
        if not self._goes_straight(allowed_operation_types):
            return await super().execute(*run, allowed_operation_types, operation_extensions)
        may_mutate = allowed_operation_types is None or OperationType.MUTATION in allowed_operation_types
        answer = await self._straight(*run, operation_extensions, may_mutate)
        if answer:
            return answer
        with on_graphql_core():
            return await super().execute(*run, allowed_operation_types, operation_extensions)

    def execute_sync(
        self,
        query: str | None,
        variable_values: Given = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: Given = None,
    ) -> ExecutionResult:
        return self._refused(query, variable_values, operation_name, operation_extensions) or super().execute_sync(
            query,
            variable_values,
            context_value,
            root_value,
            operation_name,
            allowed_operation_types,
            operation_extensions,
        )

    async def stream(
        self,
        query: str | None,
        variable_values: Given = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        operation_extensions: Given = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
    ) -> StreamResult:
        refused = self._refused(query, variable_values, operation_name, operation_extensions)
        if refused:
            return _only(refused)
        return await super().stream(
            query,
            variable_values,
            context_value,
            root_value,
            operation_name,
            operation_extensions,
            allowed_operation_types,
        )

    async def execute_event(
        self,
        query: str,
        event: Any,
        variable_values: Given = None,
        context_value: Any | None = None,
        operation_name: str | None = None,
    ) -> ExecutionResult:
        """Answer one event of a subscription, for a server that reads events itself, once for many clients."""
        document = self.documents[query]
        errors = [document.refused] if document.refused else document.validate()
        if errors or document.ast is None:
            raise ValueError(f"Not a subscription that could have begun: {errors}")
        executor = self.execution_context_class.build(
            self._schema, document.ast, event, context_value, variable_values, operation_name,
            operation_extensions=None,
        )  # fmt: skip
        if isinstance(executor, list):
            return ExecutionResult(data=None, errors=executor)
        result: Any = await await_maybe(executor.execute_operation(False))
        if result.errors:
            self.process_errors(result.errors)
        return ExecutionResult(data=result.data, errors=result.errors)

    def cost_report(self, query: str | None, variables: Given, name: str | None, extensions: Given) -> dict[str, Any]:
        """What `extensions` of an answer says of its cost, if it is to say anything."""
        asked = isinstance(extensions, dict) and extensions.get("cost")
        if not query or not (self.report_cost or asked):
            return {}
        document = self.documents[query]
        definition = document.definition(name)
        if definition is None:
            return {}
        weight, _ = document.cost(definition, variables)
        return {"cost": {"requested": weight.points, "limit": self.limits.points}}

    def _goes_straight(self, allowed: Iterable[OperationType] | None) -> bool:
        """Whether there is nobody to be told of each step: then Strawberry's own steps are left out."""
        return (
            self.compiled
            and not self.extensions
            and not self.directives
            and (allowed is None or OperationType.QUERY in allowed)
        )

    async def _straight(
        self,
        query: str | None,
        variables: Given,
        context: Any,
        root: Any,
        name: str | None,
        extensions: Given,
        may_mutate: bool,
    ) -> ExecutionResult | None:
        """The answer, or None where Strawberry is to find it."""
        document = self.documents[query] if query else None
        operation = document.operation(name) if document else None
        if document is None or operation is None:
            return None
        result: Any = None
        if operation.definition.operation is CoreOperationType.QUERY:
            result = await self._compiled(operation, variables, context, root, extensions)
        elif operation.definition.operation is CoreOperationType.MUTATION and may_mutate:
            result = await self._mutated(operation, variables, context, root, extensions)
        if result is None:
            return None
        return ExecutionResult(result.data, result.errors, self.cost_report(query, variables, name, extensions))

    async def _compiled(
        self, operation: Operation, variables: Given, context: Any, root: Any, extensions: Given
    ) -> ExecutionResult | None:
        coerced = operation.variables.coerced(variables or {})
        plan = operation.plan(coerced.coerced) if coerced else None
        if plan is None or coerced is None:
            return None
        started = operation.start(plan, root, context, coerced, extensions)
        if started is None:
            return None
        data, request = started
        if request.later and not await operation.finish(request):
            return None
        return ExecutionResult(data, None)

    async def _mutated(self, operation: Operation, variables: Given, context: Any, root: Any, extensions: Given) -> Any:
        """graphql-core's result, or None if the variables are not what they should be: Strawberry says so."""
        coerced = operation.variables.coerced(variables or {})
        if coerced is None:
            return None
        result: Any = await await_maybe(Executor.of(operation, coerced, root, context, extensions).execute_operation())
        if result.errors:
            self.process_errors(result.errors)
        return result

    def _refused(
        self, query: str | None, variables: Given, name: str | None, extensions: Given
    ) -> PreExecutionError | None:
        """The answer to an operation that asks for too much."""
        if not query:
            return None
        error = self._excess(self.documents[query], variables, name)
        if error is None:
            return None
        return PreExecutionError(None, [error], self.cost_report(query, variables, name, extensions))

    def _excess(self, document: Document, variables: Given, name: str | None) -> GraphQLError | None:
        if document.needs_name and name is None:
            # Strawberry would run the first; the specification wants an error (GraphQL October 2021, 6.1).
            message = "The document has several operations: name the one to run."
            return GraphQLError(message, extensions={"code": "GRAPHQL_VALIDATION_FAILED"})
        definition = None if document.refused else document.definition(name)
        if definition is None:
            return document.refused
        if variables:
            error = excess_of_inputs(variables, self.limits.inputs)
            if error:
                return error
        weight, error = document.cost(definition, variables)
        return error or spend(weight.points)


async def _only(result: PreExecutionError) -> StreamResult:
    yield result
