"""Execution results as the JSON objects that every transport sends."""

import logging
from typing import Any

from strawberry.types.execution import ExecutionResult, PreExecutionError

from transport.errors import MASKED_MESSAGE, error_body, masked_extensions, request_id

log = logging.getLogger("groundswell.transport")


def serialize_result(result: ExecutionResult | PreExecutionError) -> dict[str, Any]:
    """Return the JSON object of a result, without `data` if nothing was executed (GraphQL October 2021, 7.1)."""
    serialized: dict[str, Any] = {}
    if not isinstance(result, PreExecutionError) and not is_not_executed(result):
        serialized["data"] = result.data
    if result.errors:
        serialized["errors"] = [error.formatted for error in result.errors]
    if result.extensions:
        serialized["extensions"] = result.extensions
    return serialized


def is_not_executed(result: ExecutionResult | PreExecutionError) -> bool:
    """Return True if the operation failed before execution: an error during execution has a path."""
    errors = result.errors or []
    return result.data is None and bool(errors) and not any(error.path for error in errors)


def mask_exception() -> dict[str, Any]:
    """Log the exception that is being handled, and return a body that shows a client only its request id."""
    log.exception("request %s failed", request_id.get())
    extensions = masked_extensions()
    return error_body(MASKED_MESSAGE, extensions.pop("code"), **extensions)
