"""graphql-core's executor, extended to run compiled operations and to fall back to graphql-core."""

from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from graphql import ExecutionResult, default_field_resolver, default_type_resolver
from graphql.execution.values import VariableValues
from graphql.pyutils import AwaitableOrValue
from strawberry.execution.is_awaitable import optimized_is_awaitable
from strawberry.extensions.directives import DirectivesExtension
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from .compiler.compiled_operation import CompiledOperation
from .compiler.operation import Operation
from .compiler.request import Request
from .documents import DocumentCache

_uses_graphql_core: ContextVar[bool] = ContextVar("run on graphql-core", default=False)


@contextmanager
def on_graphql_core() -> Iterator[None]:
    """Run all operations that start inside on graphql-core."""
    token = _uses_graphql_core.set(True)
    try:
        yield
    finally:
        _uses_graphql_core.reset(token)


async def run_compiled(
    operation: Operation,
    variables: VariableValues,
    root: Any,
    context: Any,
    extensions: dict[str, Any] | None,
) -> ExecutionResult | None:
    """Run a query without an executor; return None if graphql-core has to run the query."""
    compiled = operation.compiled_for(variables.coerced)
    started = operation.start(compiled, root, context, variables, extensions) if compiled else None
    if started is None:
        return None
    data, request = started
    if request.pending and not await operation.finish(request):
        return None
    return ExecutionResult(data, None)


class Executor(StrawberryGraphQLCoreExecutionContext):
    """The execution context of every query, mutation, and event of a subscription that graphql-core executes.

    graphql-core runs the fields of a mutation, one after another. The result of each field is written by compiled code,
    or if that fails by graphql-core, from the same result.
    """

    compiled_mutation: tuple[Operation, CompiledOperation] | None = None
    """The compiled code for the results of a mutation's fields."""

    @classmethod
    def for_operation(
        cls, operation: Operation, variables: VariableValues, root: Any, context: Any, extensions: dict[str, Any] | None
    ) -> "Executor":
        """Create an executor as `build` does, but without checking the document and coercing the variables again."""
        schema, definition, fragments = operation.parsed
        return cls(
            schema, fragments, operation.fragment_details, root, context, definition,
            variables, default_field_resolver, default_type_resolver, default_field_resolver,
            is_awaitable=optimized_is_awaitable,
            operation_extensions=extensions,
        )  # fmt: skip

    def execute_operation(self, serially: bool | None = None) -> AwaitableOrValue[Any]:
        found = self._find_compiled()
        if found and found[0].is_mutation:
            self.compiled_mutation, found = found, None
        if found is None:
            return super().execute_operation(serially)
        operation, compiled = found
        started = operation.start(
            compiled, self.root_value, self.context_value, self.variable_values, self.operation_extensions
        )
        if started is None:
            return super().execute_operation(serially)
        data, request = started
        if request.pending:
            return self._finish(operation, data, request, serially)
        return ExecutionResult(data, None)

    async def _finish(self, operation: Operation, data: dict[str, Any], request: Request, serially: bool | None) -> Any:
        if await operation.finish(request):
            return ExecutionResult(data, None)
        result = super().execute_operation(serially)
        return await result if isinstance(result, Awaitable) else result

    def complete_value(
        self, return_type: Any, field_details_list: Any, info: Any, path: Any, result: Any, position_context: Any
    ) -> AwaitableOrValue[Any]:
        arguments = (return_type, field_details_list, info, path, result, position_context)
        if self.compiled_mutation is None or path.prev is not None or isinstance(result, Exception):
            return super().complete_value(*arguments)
        operation, compiled = self.compiled_mutation
        started = operation.start(
            compiled, (path.key, result), self.context_value, self.variable_values, self.operation_extensions
        )
        if started is None:
            return self._complete_on_graphql_core(arguments)
        data, request = started
        return self._finish_value(operation, data, request, arguments) if request.pending else data

    async def _finish_value(self, operation: Operation, data: Any, request: Request, arguments: tuple[Any, ...]) -> Any:
        if await operation.finish(request):
            return data
        value = self._complete_on_graphql_core(arguments)
        return await value if isinstance(value, Awaitable) else value

    def _complete_on_graphql_core(self, arguments: tuple[Any, ...]) -> AwaitableOrValue[Any]:
        self.compiled_mutation, compiled_mutation = None, self.compiled_mutation
        try:
            return super().complete_value(*arguments)
        finally:
            self.compiled_mutation = compiled_mutation

    def _find_compiled(self) -> tuple[Operation, CompiledOperation] | None:
        documents = getattr(getattr(self.schema, "_strawberry_schema", None), "documents", None)
        location = self.operation.loc
        if _uses_graphql_core.get() or not isinstance(documents, DocumentCache) or location is None:
            return None
        if not self._has_only_known_middleware():
            return None
        name = self.operation.name
        operation = documents[location.source.body].operation(name.value if name else None)
        compiled = operation.compiled_for(self.variable_values.coerced) if operation else None
        return (operation, compiled) if operation and compiled else None

    def _has_only_known_middleware(self) -> bool:
        """Return False if an extension resolves fields, unless it is the one that the compiler supports."""
        manager = self.middleware_manager
        return manager is None or all(type(one) is DirectivesExtension for one in manager.middlewares)
