"""GraphQL operations, the same for every transport: parsing from a client's parameters, and execution."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError, OperationType
from strawberry.schema.exceptions import CannotGetOperationTypeError
from strawberry.types.execution import ExecutionResult, PreExecutionError

from execution.answers import limit_answer
from transport.credentials import Credential, CredentialOf, end_of, until_end
from transport.masked_errors import ErrorMaskingSchema, unknown_operation
from transport.subscription_points import ConnectionPoints

DocumentLookup = Callable[[str | None, Mapping[str, Any] | None], str | None]
"""Returns the text of a document from `query` and `extensions`, where the client may have sent only its hash.

Raises a GraphQLError, which is the response to the client.
"""

PARAMETER_TYPES = {"query": str, "variables": dict, "operationName": str, "extensions": dict}


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation as a client requests it, before its document is looked up, parsed or validated."""

    query: str | None
    variables: dict[str, Any] | None = None
    name: str | None = None
    extensions: dict[str, Any] | None = None

    @classmethod
    def parse(cls, parameters: Mapping[str, Any]) -> "Operation":
        """Check the types of the four parameters. A ValueError names the one that has a wrong type."""
        for name, expected in PARAMETER_TYPES.items():
            if not isinstance(parameters.get(name), expected | None):
                shown = "a string" if expected is str else "an object"
                raise ValueError(f"`{name}` must be {shown} or null, if it is given.")
        return cls(
            parameters.get("query"),
            parameters.get("variables"),
            parameters.get("operationName"),
            parameters.get("extensions"),
        )

    @property
    def has_document(self) -> bool:
        """Return True if the client sent a query or the hash of a persisted query."""
        return bool(self.query) or "persistedQuery" in (self.extensions or {})


class OperationRunner:
    """Runs operations for the transports that stream results. `find_document` looks up persisted documents.

    A query or a mutation has a deadline of `seconds`, a subscription has none. After the end of the credential of its
    context an operation is refused; a subscription that runs ends with an error.
    """

    def __init__(
        self,
        schema: ErrorMaskingSchema,
        find_document: DocumentLookup,
        seconds: float,
        credential_of: CredentialOf = lambda context: None,
    ) -> None:
        self._schema = schema
        self._find_document = find_document
        self._seconds = seconds
        self._credential_of = credential_of

    def operation_type(self, operation: Operation) -> OperationType | None:
        """Return query, mutation or subscription; None for an operation that cannot run."""
        try:
            document = self._find_document(operation.query, operation.extensions)
        except GraphQLError:
            return None
        definition = self._schema.documents[document].definition(operation.name) if document else None
        return definition.operation if definition else None

    async def validate(self, operation: Operation) -> ExecutionResult | PreExecutionError | None:
        """Return the error result of an operation that cannot run with any variables; None if it can run."""
        if self.operation_type(operation) is not None:
            text = self._find_document(operation.query, operation.extensions)
            document = self._schema.documents[text or ""]
            if not document.refused and not document.validate():
                return None
        async with aclosing(self.results(operation, None)) as results:
            return await anext(results)

    async def results(
        self, operation: Operation, context: Any, points: ConnectionPoints | None = None
    ) -> AsyncGenerator[ExecutionResult | PreExecutionError]:
        """Yield the result of a query or mutation, or each result of a subscription.

        If the operation cannot run, the only result is its error. A subscription takes its cost from the `points` of
        its connection as long as it runs.
        """
        credential = self._credential_of(context)
        if credential is not None and credential.has_ended:
            yield end_of(credential)
            return
        try:
            document = self._find_document(operation.query, operation.extensions)
        except GraphQLError as error:
            yield PreExecutionError(None, [error])
            return
        if self.operation_type(operation) is not OperationType.SUBSCRIPTION:
            yield await self._execute(document, operation, context)
            return
        cost = self._points(document, operation)
        refusal = points.take(cost) if points else None
        if refusal:
            yield PreExecutionError(None, [refusal])
            return
        try:
            async with aclosing(self._events(document, operation, context, credential)) as events:
                async for result in events:
                    yield result
        finally:
            if points:
                points.give_back(cost)

    def _points(self, document: str | None, operation: Operation) -> int:
        """Return the points of an operation; 0 for one that is refused because of its cost."""
        known = self._schema.documents[document or ""]
        definition = known.definition(operation.name)
        cost, error = known.cost(definition, operation.variables) if definition else (None, None)
        return 0 if cost is None or error else cost.points

    async def _events(
        self, document: str | None, operation: Operation, context: Any, credential: Credential | None
    ) -> AsyncGenerator[ExecutionResult | PreExecutionError]:
        """Yield each result of a subscription, until the client's credential ends."""
        source: Any = await self._schema.stream(
            document, operation.variables, context, None, operation.name, operation.extensions
        )
        async with aclosing(source), aclosing(until_end(source, credential)) as results:
            async for result in results:
                yield limit_answer(result, self._schema.limits.answer)

    async def _execute(
        self, document: str | None, operation: Operation, context: Any
    ) -> ExecutionResult | PreExecutionError:
        """Execute a query or a mutation within the deadline."""
        if not document:
            return _error_result("There is no `query`.", "BAD_REQUEST")
        arguments = (document, operation.variables, context, None, operation.name, None, operation.extensions)
        try:
            async with asyncio.timeout(self._seconds):
                return limit_answer(await self._schema.execute(*arguments), self._schema.limits.answer)
        except CannotGetOperationTypeError:
            return PreExecutionError(None, [unknown_operation()])
        except TimeoutError:
            message = f"This took longer than {self._seconds:g} seconds and was given up: ask for less."
            return _error_result(message, "DEADLINE_EXCEEDED")


def _error_result(message: str, code: str) -> PreExecutionError:
    return PreExecutionError(None, [GraphQLError(message, extensions={"code": code})])
