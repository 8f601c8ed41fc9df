"""The one exception that a client is meant to see: what was refused, why, and what to do."""

from enum import StrEnum


class ProblemCode(StrEnum):
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    INVALID = "INVALID"
    INVALID_CURSOR = "INVALID_CURSOR"
    CLOSED = "CLOSED"
    LOCKED = "LOCKED"
    TOO_DEEP = "TOO_DEEP"
    EDIT_WINDOW_OVER = "EDIT_WINDOW_OVER"
    RATE_LIMITED = "RATE_LIMITED"
    REJECTED_CONTENT = "REJECTED_CONTENT"
    CONFLICT = "CONFLICT"
    IDEMPOTENCY_CONFLICT = "IDEMPOTENCY_CONFLICT"
    EXPIRED = "EXPIRED"


class Refusal(Exception):
    """Raised anywhere below the schema. In a mutation it becomes the Problem; elsewhere a top-level error.

    `extensions` is what graphql-core puts beside the message of a top-level error.
    """

    def __init__(
        self,
        code: ProblemCode,
        message: str,
        field: str | None = None,
        retry_after_seconds: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.retry_after_seconds = retry_after_seconds
        self.extensions = {"code": code.value}


class InvalidToken(Exception):
    """A bearer token that identifies nobody: expired, revoked, altered or unknown. The message says which."""


class CommittedRefusal(Refusal):
    """A refusal that is itself remembered: what the mutation has written before it stays, and the rest of it not."""


def unauthenticated() -> Refusal:
    return Refusal(
        ProblemCode.UNAUTHENTICATED,
        "Say who you are first: send the token that `introduce` gives as a bearer token.",
    )


def forbidden(message: str) -> Refusal:
    return Refusal(ProblemCode.FORBIDDEN, message)


def not_found(noun: str, field: str | None = None) -> Refusal:
    return Refusal(ProblemCode.NOT_FOUND, f"There is no such {noun}, or it is not public.", field)


def invalid(message: str, field: str | None = None) -> Refusal:
    return Refusal(ProblemCode.INVALID, message, field)
