"""Errors as clients see them: a stable code each, and nothing of our insides."""

import logging
import re
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType

import execution

log = logging.getLogger("groundswell.errors")

request_id: ContextVar[str] = ContextVar("request_id", default="-")
"""Names the request in the log and in what the client gets, so that one can be found by the other."""

MASKED = "Something went wrong on our side. If it stays so, tell us this request id."
INTERNAL = "INTERNAL_SERVER_ERROR"
LONGEST = 1_000
"""Characters of a message: graphql-core quotes names, however long they are."""
SUGGESTION = re.compile(r" Did you mean .*\?", re.DOTALL)
VALUE = re.compile(r"(?:[,;] found|(?<=[.?]) Found|(?<= value)(?<!invalid value)): .*", re.DOTALL)
"""What was given, at the end of a message: it may be someone's address, and messages are kept in logs."""
NO_MEMBER = re.compile(r"Value '(?!\w+').*' does not exist in", re.DOTALL)
ANSWERED_ONCE = frozenset({OperationType.QUERY, OperationType.MUTATION})


class Refused(Exception):
    """A request that is answered with this status and nothing else."""

    def __init__(self, status: int, code: str, message: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers


class Coded(execution.Schema):
    """A schema whose errors all have `extensions.code`; unexpected ones are logged, and masked."""

    def __init__(self, query: type, *args: Any, **options: Any) -> None:
        super().__init__(query, *args, leave_dates=True, **options)  # orjson writes every answer

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
        allowed = ANSWERED_ONCE.intersection(allowed_operation_types or ANSWERED_ONCE)
        return await super().execute(
            query, variable_values, context_value, root_value, operation_name, allowed, operation_extensions
        )

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        is_faulty = execution_context is not None and not self.documents[execution_context.query or ""].is_valid
        for error in errors:
            code(error, is_faulty)
            if self.config.disable_field_suggestions:
                error.message = SUGGESTION.sub("", error.message)
            error.message = NO_MEMBER.sub("This value does not exist in", VALUE.sub(".", error.message))
            if len(error.message) > LONGEST:
                error.message = f"{error.message[:LONGEST]} ..."


def code(error: GraphQLError, is_faulty: bool) -> None:
    """Give an error its code, in place. A document that is not faulty was given values that are."""
    original = error.original_error
    if isinstance(original, GraphQLError) or original is None:
        error.extensions = {"code": _code(error, is_faulty), **(error.extensions or {})}
    elif is_faulty and isinstance(original, ValueError):  # a number longer than Python reads
        error.message = "A value in this document can't be read."
        error.extensions = {"code": "GRAPHQL_VALIDATION_FAILED"}
    elif "code" not in (error.extensions or {}):
        log.error("request %s failed at %s", request_id.get(), error.path, exc_info=original)
        error.message = MASKED
        error.extensions = masked_extensions()


def _code(error: GraphQLError, is_faulty: bool) -> str:
    if isinstance(error, GraphQLSyntaxError):
        return "GRAPHQL_PARSE_FAILED"
    return "GRAPHQL_VALIDATION_FAILED" if is_faulty else "BAD_USER_INPUT"


def masked_extensions() -> dict[str, Any]:
    return {"code": INTERNAL, "requestId": request_id.get()}


def no_operation() -> GraphQLError:
    """For a document that has none of the name that was given."""
    code = "GRAPHQL_VALIDATION_FAILED"
    return GraphQLError("The document has no operation of this name.", extensions={"code": code})


def body(message: str, error_code: str, **extensions: Any) -> dict[str, Any]:
    """A whole answer that is one error."""
    return {"errors": [{"message": message, "extensions": {"code": error_code, **extensions}}]}
