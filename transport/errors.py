"""Errors as clients see them: a stable code each, and nothing of our insides."""

import logging
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any

import strawberry
from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType

log = logging.getLogger("groundswell.errors")

request_id: ContextVar[str] = ContextVar("request_id", default="-")
"""Names the request in the log and in what the client gets, so that one can be found by the other."""

MASKED = "Something went wrong on our side. If it stays so, tell us this request id."


class Coded(strawberry.Schema):
    """A schema whose errors all have `extensions.code`; unexpected ones are logged, and masked."""

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """One answer. A subscription has many: it is refused here, where Strawberry would fail at it."""
        allowed = set(allowed_operation_types or OperationType) - {OperationType.SUBSCRIPTION}
        return await super().execute(
            query, variable_values, context_value, root_value, operation_name, allowed, operation_extensions
        )

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        before = execution_context is not None and execution_context.result is None
        for error in errors:
            code(error, before)


def code(error: GraphQLError, before_execution: bool) -> None:
    """Give an error its code, in place."""
    original = error.original_error
    if isinstance(original, GraphQLError) or original is None:
        error.extensions = {"code": _code(error, before_execution), **(error.extensions or {})}
    elif before_execution and isinstance(original, ValueError):  # a number longer than Python reads
        error.message = "A value in this document can't be read."
        error.extensions = {"code": "GRAPHQL_VALIDATION_FAILED"}
    elif "code" not in (error.extensions or {}):
        log.error("request %s failed at %s", request_id.get(), error.path, exc_info=original)
        error.message = MASKED
        error.extensions = masked_extensions()


def _code(error: GraphQLError, before_execution: bool) -> str:
    if isinstance(error, GraphQLSyntaxError):
        return "GRAPHQL_PARSE_FAILED"
    return "GRAPHQL_VALIDATION_FAILED" if before_execution else "BAD_USER_INPUT"


def masked_extensions() -> dict[str, Any]:
    return {"code": "INTERNAL_SERVER_ERROR", "requestId": request_id.get()}


def body(message: str, error_code: str, **extensions: Any) -> dict[str, Any]:
    """A whole answer that is one error."""
    return {"errors": [{"message": message, "extensions": {"code": error_code, **extensions}}]}
