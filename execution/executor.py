"""graphql-core's executor, which runs an operation compiled where it can, and hands over to itself where not."""

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

from .compiler.operation import Operation
from .compiler.plan import Plan
from .compiler.request import Request
from .documents import Documents

_reference: ContextVar[bool] = ContextVar("run on graphql-core", default=False)


@contextmanager
def on_graphql_core() -> Iterator[None]:
    """Nothing begun inside runs compiled."""
    token = _reference.set(True)
    try:
        yield
    finally:
        _reference.reset(token)


def is_on_graphql_core() -> bool:
    return _reference.get()


class Executor(StrawberryGraphQLCoreExecutionContext):
    """Every query, and every event of a subscription, comes through `execute_operation`.

    A mutation's fields are graphql-core's to run, one after another. What one of them gave is read as any answer is:
    compiled, or if that fails by graphql-core, from the same value.
    """

    outcomes: tuple[Operation, Plan] | None = None
    """What writes what a mutation's fields give."""

    @classmethod
    def of(
        cls, operation: Operation, variables: VariableValues, root: Any, context: Any, extensions: dict[str, Any] | None
    ) -> "Executor":
        """What `build` makes of the document and the variables, where both are known to be good."""
        return cls(
            operation.schema, operation.fragments, operation.fragment_details, root, context, operation.definition,
            variables, default_field_resolver, default_type_resolver, default_field_resolver,
            is_awaitable=optimized_is_awaitable,
            operation_extensions=extensions,
        )  # fmt: skip

    def execute_operation(self, serially: bool | None = None) -> AwaitableOrValue[Any]:
        found = self._compiled()
        if found and found[0].is_mutation:
            self.outcomes, found = found, None
        if found is None:
            return super().execute_operation(serially)
        operation, plan = found
        started = operation.start(
            plan, self.root_value, self.context_value, self.variable_values, self.operation_extensions
        )
        if started is None:
            return super().execute_operation(serially)
        data, request = started
        if request.later:
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
        given = (return_type, field_details_list, info, path, result, position_context)
        if self.outcomes is None or path.prev is not None or isinstance(result, Exception):
            return super().complete_value(*given)
        operation, plan = self.outcomes
        started = operation.start(
            plan, (path.key, result), self.context_value, self.variable_values, self.operation_extensions
        )
        if started is None:
            return self._complete_value_again(given)
        data, request = started
        return self._finish_value(operation, data, request, given) if request.later else data

    async def _finish_value(self, operation: Operation, data: Any, request: Request, given: tuple[Any, ...]) -> Any:
        if await operation.finish(request):
            return data
        value = self._complete_value_again(given)
        return await value if isinstance(value, Awaitable) else value

    def _complete_value_again(self, given: tuple[Any, ...]) -> AwaitableOrValue[Any]:
        self.outcomes, outcomes = None, self.outcomes
        try:
            return super().complete_value(*given)
        finally:
            self.outcomes = outcomes

    def _compiled(self) -> tuple[Operation, Plan] | None:
        documents = getattr(getattr(self.schema, "_strawberry_schema", None), "documents", None)
        location = self.operation.loc
        if is_on_graphql_core() or not isinstance(documents, Documents) or location is None:
            return None
        if not self._only_known_middleware():
            return None
        name = self.operation.name
        operation = documents[location.source.body].operation(name.value if name else None)
        plan = operation.plan(self.variable_values.coerced) if operation else None
        return (operation, plan) if operation and plan else None

    def _only_known_middleware(self) -> bool:
        """Extensions that resolve fields have to see every field, but for the one that the compiler knows."""
        manager = self.middleware_manager
        return manager is None or all(type(one) is DirectivesExtension for one in manager.middlewares)
