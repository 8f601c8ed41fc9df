"""Error masking: a code for every GraphQL error, and no internals or client input in any message."""

import logging
import re
from collections.abc import Iterable
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType

import execution
from transport.errors import MASKED_MESSAGE, masked_extensions, request_id

log = logging.getLogger("groundswell.errors")

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
BAD_USER_INPUT = "BAD_USER_INPUT"

MAX_MESSAGE_CHARACTERS = 1_000
"""graphql-core quotes names from the document, however long they are."""
FIELD_SUGGESTION = " Did you mean "
QUOTED_INPUT = re.compile(r"(?:[,;] found|(?<=[.?]) Found|(?<= value)(?<!invalid value)): .*", re.DOTALL)
"""The client's value at the end of a message: it may be an e-mail address, and messages are kept in logs."""
UNKNOWN_ENUM_VALUE = re.compile(r"Value '(?!\w+').*", re.DOTALL)
UNKNOWN_ENUM_VALUE_END = "' does not exist in"
SINGLE_RESULT_OPERATIONS = frozenset({OperationType.QUERY, OperationType.MUTATION})


class ErrorMaskingSchema(execution.Schema):
    """A schema whose errors all have `extensions.code`; unexpected exceptions are logged and masked."""

    def __init__(self, query: type, *args: Any, **options: Any) -> None:
        super().__init__(query, *args, leave_dates=True, **options)  # every transport encodes with orjson

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
        """Execute a query or a mutation. A subscription is rejected here, because Strawberry would crash on it."""
        allowed = SINGLE_RESULT_OPERATIONS.intersection(allowed_operation_types or SINGLE_RESULT_OPERATIONS)
        return await super().execute(
            query, variable_values, context_value, root_value, operation_name, allowed, operation_extensions
        )

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        is_invalid = execution_context is not None and not self.documents[execution_context.query or ""].is_valid
        for error in errors:
            assign_code(error, is_invalid)
            error.message = _redact(error.message, self.config.disable_field_suggestions)


def assign_code(error: GraphQLError, is_document_invalid: bool) -> None:
    """Set the error's code, and mask the error if its cause is an unexpected exception.

    In a valid document, an error of graphql-core itself is about the values of variables.
    """
    original = error.original_error
    if isinstance(original, GraphQLError) or original is None:
        error.extensions = {"code": _code(error, is_document_invalid), **(error.extensions or {})}
    elif is_document_invalid and isinstance(original, ValueError):  # a number with more digits than Python parses
        error.message = "A value in this document can't be read."
        error.extensions = {"code": VALIDATION_FAILED}
    elif "code" not in (error.extensions or {}):
        log.error("request %s failed at %s", request_id.get(), error.path, exc_info=original)
        error.message = MASKED_MESSAGE
        error.extensions = masked_extensions()


def _code(error: GraphQLError, is_document_invalid: bool) -> str:
    if isinstance(error, GraphQLSyntaxError):
        return PARSE_FAILED
    return VALIDATION_FAILED if is_document_invalid else BAD_USER_INPUT


def _redact(message: str, hide_suggestions: bool) -> str:
    """Remove the client's input from a message, and suggestions if they are hidden; truncate it."""
    if hide_suggestions:
        message = _without_suggestion(message)
    message = _without_enum_value(QUOTED_INPUT.sub(".", message))
    return message if len(message) <= MAX_MESSAGE_CHARACTERS else f"{message[:MAX_MESSAGE_CHARACTERS]} ..."


def _without_suggestion(message: str) -> str:
    """Remove from the first suggestion to the last question mark.

    A pattern would search for the question mark from each of the thousand suggestions that a client may have written.
    """
    start, end = message.find(FIELD_SUGGESTION), message.rfind("?")
    return message[:start] + message[end + 1 :] if 0 <= start <= end - len(FIELD_SUGGESTION) else message


def _without_enum_value(message: str) -> str:
    """Remove a value that is no name from the message about an unknown value of an enum."""
    head, end, tail = message.rpartition(UNKNOWN_ENUM_VALUE_END)
    found = UNKNOWN_ENUM_VALUE.search(head + end) if end else None
    return f"{head[: found.start()]}This value does not exist in{tail}" if found else message


def unknown_operation() -> GraphQLError:
    """Return the error for a document without an operation of the requested name."""
    return GraphQLError("The document has no operation of this name.", extensions={"code": VALIDATION_FAILED})
