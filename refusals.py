"""Refusals: the exceptions whose messages clients see."""

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
    """A request that is refused, with a message for people and a code for programs.

    A mutation answers with a Problem; elsewhere the refusal is a top-level error, to which graphql-core adds
    `extensions`.
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
    """A refusal that commits what the mutation has written so far, instead of rolling it back."""


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
