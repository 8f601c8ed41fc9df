"""Error codes, request ids and rejected requests: what every transport tells a client about an error."""

from contextvars import ContextVar
from typing import Any

request_id: ContextVar[str] = ContextVar("request_id", default="-")
"""The id of the current request, in the log and in the response, so that a report leads to its log entry."""

INTERNAL_ERROR = "INTERNAL_SERVER_ERROR"
MASKED_MESSAGE = "Something went wrong on our side. If it stays so, tell us this request id."
TOO_MANY_OPERATIONS = "TOO_MANY_OPERATIONS"


class RequestRejected(Exception):
    """A request is answered with this HTTP status and error, and no operation of it runs."""

    def __init__(self, status: int, code: str, message: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers


def error_body(message: str, code: str, **extensions: Any) -> dict[str, Any]:
    """Return a whole response body that is one error."""
    return {"errors": [{"message": message, "extensions": {"code": code, **extensions}}]}


def masked_extensions() -> dict[str, Any]:
    """Return the extensions of an error whose cause must not be shown to the client."""
    return {"code": INTERNAL_ERROR, "requestId": request_id.get()}


def too_many_operations(limit: int) -> str:
    """Return the message of the error TOO_MANY_OPERATIONS."""
    return f"More than {limit} operations on one connection: complete some first."
