"""The schema class: a strawberry.Schema with compiled execution, query limits and a document cache."""

from collections.abc import Iterable
from typing import Any

import strawberry
from graphql import GraphQLError
from graphql import OperationType as CoreOperationType
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import StreamResult
from strawberry.types.execution import ExecutionContext, ExecutionResult, PreExecutionError
from strawberry.types.graphql import OperationType
from strawberry.utils.await_maybe import await_maybe

from .answers import limit_answer
from .compiler.selected_fields import bare_resolver
from .document_budgets import UNLIMITED, DocumentBudgets
from .documents import Document, DocumentCache
from .executor import Executor, on_graphql_core, run_compiled
from .extension import DocumentCacheExtension
from .limits import Limits, input_limit_error, spend
from .printed_costs import DIRECTIVES, print_costs

JSONObject = dict[str, Any]

DEFAULT_LIMITS = Limits()


class Schema(strawberry.Schema):
    """A schema that takes the arguments of strawberry.Schema, and:

    compiled: False runs everything on graphql-core; limits and caches stay the same.
    limits: the most that an operation may request; None sets no limits.
    documents, characters: how many texts (and compiled functions) are cached, and how long the cached texts may be
        together; a character takes some 200 bytes.
    introspection: False refuses documents that query the schema, except for `__typename`.
    report_cost: True adds `extensions.cost` to every answer; False to answers of requests that have `extensions.cost`.
    budgets: how much time the new documents of a network may take.
    leave_dates: True leaves dates and UTC datetimes in the data, for an encoder that writes them in ISO 8601 format, as
        orjson does. Data from graphql-core has strings in their place.
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
        budgets: DocumentBudgets = UNLIMITED,
        **options: Any,
    ) -> None:
        if compiled:
            # A custom executor turns compiled execution off, because compiled code would bypass the executor.
            options["execution_context_class"] = options.get("execution_context_class") or Executor
        options["types"] = [*options.get("types", ()), *DIRECTIVES]
        super().__init__(query, *args, **options)
        print_costs(self._schema)
        self.compiled = compiled and self.execution_context_class is Executor
        if self.compiled and not self.exception_handlers:
            self._unwrap_bare_mutations()
        self.limits = limits or Limits.none()
        self.report_cost = report_cost
        self.documents = DocumentCache(
            self._schema, self.limits, documents, characters, introspection, leave_dates, budgets
        )

    def _unwrap_bare_mutations(self) -> None:
        """Let graphql-core call the resolvers with the hint `is_bare` directly, without Strawberry's wrapper."""
        mutation = self._schema.mutation_type
        for field in mutation.fields.values() if mutation else ():
            field.resolve = bare_resolver(field) or field.resolve

    def get_extensions(self, sync: bool = False) -> list[SchemaExtension]:
        return [*super().get_extensions(sync), DocumentCacheExtension(self.documents, self.cost_report)]

    async def execute(
        self,
        query: str | None,
        variable_values: JSONObject | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: JSONObject | None = None,
    ) -> ExecutionResult:
        refusal = self._refuse(query, variable_values, operation_name, operation_extensions)
        if refusal:
            return refusal
        arguments = (query, variable_values, context_value, root_value, operation_name)
        result: ExecutionResult | None = None
        if not self._has_fast_path(allowed_operation_types):
            result = await super().execute(*arguments, allowed_operation_types, operation_extensions)
        else:
            may_mutate = allowed_operation_types is None or OperationType.MUTATION in allowed_operation_types
            result = await self._execute_fast(*arguments, operation_extensions, may_mutate)
        if result is None:
            with on_graphql_core():
                result = await super().execute(*arguments, allowed_operation_types, operation_extensions)
        is_large = self._may_be_large(query, variable_values, operation_name)
        return limit_answer(result, self.limits.answer) if is_large else result

    def execute_sync(
        self,
        query: str | None,
        variable_values: JSONObject | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: JSONObject | None = None,
    ) -> ExecutionResult:
        return self._refuse(query, variable_values, operation_name, operation_extensions) or super().execute_sync(
            query,
            variable_values,
            context_value,
            root_value,
            operation_name,
            allowed_operation_types,
            operation_extensions,
        )

    def _may_be_large(self, query: str | None, variables: JSONObject | None, name: str | None) -> bool:
        """Return True if the answer may exceed its limit by what its lists and texts have at most."""
        document = self.documents[query] if query else None
        definition = document.definition(name) if document else None
        if document is None or definition is None:
            return False
        return document.cost(definition, variables)[0].bytes > self.limits.answer

    async def stream(
        self,
        query: str | None,
        variable_values: JSONObject | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        operation_extensions: JSONObject | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
    ) -> StreamResult:
        refusal = self._refuse(query, variable_values, operation_name, operation_extensions)
        if refusal:
            return _stream_of(refusal)
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
        variable_values: JSONObject | None = None,
        context_value: Any | None = None,
        operation_name: str | None = None,
    ) -> ExecutionResult:
        """Execute one event of a subscription, for a server that reads events once for many subscribers."""
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
            self.process_errors(result.errors, ExecutionContext(query, self, (), context_value))
        return ExecutionResult(data=result.data, errors=result.errors)

    def cost_report(
        self, query: str | None, variables: JSONObject | None, name: str | None, extensions: JSONObject | None
    ) -> JSONObject:
        """Return the answer's `extensions.cost`, if the schema or the request asks for a cost report."""
        is_requested = isinstance(extensions, dict) and extensions.get("cost")
        if not query or not (self.report_cost or is_requested):
            return {}
        document = self.documents[query]
        definition = document.definition(name)
        if definition is None:
            return {}
        cost, _ = document.cost(definition, variables)
        return {"cost": {"requested": cost.points, "limit": self.limits.points}}

    def _has_fast_path(self, allowed: Iterable[OperationType] | None) -> bool:
        """Return True if no extension or directive needs Strawberry's own steps of an execution."""
        return (
            self.compiled
            and not self.extensions
            and not self.directives
            and (allowed is None or OperationType.QUERY in allowed)
        )

    async def _execute_fast(
        self,
        query: str | None,
        variables: JSONObject | None,
        context: Any,
        root: Any,
        name: str | None,
        extensions: JSONObject | None,
        may_mutate: bool,
    ) -> ExecutionResult | None:
        """Execute without Strawberry's steps; return None where those are needed, as for invalid variables."""
        document = self.documents[query] if query else None
        operation = document.operation(name) if document else None
        coerced = operation.variables.coerce(variables or {}) if operation else None
        if operation is None or coerced is None:
            return None
        result: Any = None
        if operation.definition.operation is CoreOperationType.QUERY:
            result = await run_compiled(operation, coerced, root, context, extensions)
        elif operation.definition.operation is CoreOperationType.MUTATION and may_mutate:
            executor = Executor.for_operation(operation, coerced, root, context, extensions)
            result = await await_maybe(executor.execute_operation())
            if result.errors:
                self.process_errors(result.errors, ExecutionContext(query, self, (), context))
        if result is None:
            return None
        return ExecutionResult(result.data, result.errors, self.cost_report(query, variables, name, extensions))

    def _refuse(
        self, query: str | None, variables: JSONObject | None, name: str | None, extensions: JSONObject | None
    ) -> PreExecutionError | None:
        """Return the answer to an operation that exceeds a limit; None for other operations."""
        if not query:
            return None
        error = self._limit_error(self.documents[query], variables, name)
        if error is None:
            return None
        return PreExecutionError(None, [error], self.cost_report(query, variables, name, extensions))

    def _limit_error(self, document: Document, variables: JSONObject | None, name: str | None) -> GraphQLError | None:
        if document.needs_name and name is None:
            # Strawberry would run the first; the specification requires an error (GraphQL October 2021, 6.1).
            message = "The document has several operations: name the one to run."
            return GraphQLError(message, extensions={"code": "GRAPHQL_VALIDATION_FAILED"})
        definition = None if document.refused else document.definition(name)
        if definition is None:
            return document.refused
        if variables:
            error = input_limit_error(variables, self.limits.inputs)
            if error:
                return error
        cost, error = document.cost(definition, variables)
        return error or spend(cost.points)


async def _stream_of(result: PreExecutionError) -> StreamResult:
    yield result
