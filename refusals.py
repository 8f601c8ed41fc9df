"""Refusals: the exceptions whose messages clients see, the input they are about, and collecting several of them."""

from collections.abc import Awaitable, Callable, Iterable
from enum import StrEnum
from types import TracebackType
from typing import Any, NamedTuple, ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")


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


class InputReason(StrEnum):
    EMPTY = "EMPTY"
    TOO_LONG = "TOO_LONG"
    TOO_SHORT = "TOO_SHORT"
    MALFORMED = "MALFORMED"
    UNKNOWN = "UNKNOWN"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    NOT_ALLOWED = "NOT_ALLOWED"


class MessageText:
    """A message for people: a template in English, which `translation` translates, and values for its placeholders."""

    __slots__ = ("template", "values")

    def __init__(self, template: str, **values: Any) -> None:
        self.template = template
        self.values = values

    def __str__(self) -> str:
        return self.template.format(**self.values) if self.values else self.template


Translate = Callable[[MessageText], str]


class InputIssue(NamedTuple):
    """Name one wrong value of a client's input: the path of the value, and the reason why it is wrong."""

    path: tuple[str, ...]
    reason: InputReason
    message: MessageText
    limit: int | None = None


class Refusal(Exception):
    """A request that is refused, with a message for people and a code for programs.

    A mutation answers with a Problem; elsewhere the refusal is a top-level error, to which graphql-core adds
    `extensions`. With a `path`, the refusal is about one value of the input; without, `issues` may list several.
    """

    def __init__(
        self,
        code: ProblemCode,
        message: str | MessageText,
        /,
        *path: str,
        reason: InputReason | None = None,
        limit: int | None = None,
        issues: Iterable[InputIssue] = (),
        retry_after_seconds: int | None = None,
        **values: Any,
    ) -> None:
        """Take the message as a template. `limit` and `values` are the values of its placeholders."""
        if isinstance(message, str):
            message = MessageText(message, **(values if limit is None else {"limit": limit, **values}))
        super().__init__()
        self.code = code
        self.message = message
        issue_reason = reason or _REASONS.get(code, InputReason.NOT_ALLOWED)
        self.issues = (InputIssue(path, issue_reason, message, limit),) if path else tuple(issues)
        self.retry_after_seconds = retry_after_seconds

    def __str__(self) -> str:
        return str(self.message)

    @property
    def extensions(self) -> dict[str, Any]:
        """Return the extensions of a top-level error, in English."""
        return self.translated_extensions(str)

    def translated_extensions(self, translate: Translate) -> dict[str, Any]:
        """Return the extensions of a top-level error: the code, and the issues if there are any."""
        issues = [
            {"path": list(one.path), "reason": one.reason.value, "message": translate(one.message), "limit": one.limit}
            for one in self.issues
        ]
        return {"code": self.code.value, "issues": issues} if issues else {"code": self.code.value}


_REASONS = {ProblemCode.INVALID: InputReason.MALFORMED, ProblemCode.NOT_FOUND: InputReason.UNKNOWN}
"""The reason of an issue by the code of its refusal, if no other reason is given; NOT_ALLOWED for other codes."""


class InvalidToken(Exception):
    """A bearer token that identifies nobody: expired, revoked, altered or unknown. The message says which."""

    def __init__(self, message: str, content_language: str | None = None) -> None:
        super().__init__(message)
        self.content_language = content_language


class CommittedRefusal(Refusal):
    """A refusal that commits what the mutation has written so far, instead of rolling it back."""


class Issues:
    """Collects the refusals of several checks, so that a client hears of all mistakes at once.

    Leaving the `with` block raises one Refusal with the issues of all refusals that were collected. A refusal about an
    input that is raised in the block is collected too; any other exception leaves the block unchanged.
    """

    def __init__(self, *path: str) -> None:
        """Put `path` before the path of each issue: the place of the input that is checked."""
        self._path = path
        self._refusals: list[Refusal] = []

    def __bool__(self) -> bool:
        return bool(self._refusals)

    def take(self, check: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return the result of a check. If the check refuses, collect the refusal, and return None in its place.

        The None is never used: the `with` block ends with a refusal.
        """
        try:
            return check(*args, **kwargs)
        except Refusal as refusal:
            self.collect(refusal)
            return cast(T, None)

    async def take_awaited(self, check: Awaitable[T]) -> T:
        """Return the result of a check that reads from the database, as `take` does."""
        try:
            return await check
        except Refusal as refusal:
            self.collect(refusal)
            return cast(T, None)

    def collect(self, refusal: Refusal) -> None:
        """Collect a refusal about an input; raise any other, which no correction of the input would change."""
        if not refusal.issues:
            raise refusal
        self._refusals.append(refusal)

    def __enter__(self) -> "Issues":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        raised = [error] if isinstance(error, Refusal) and error.issues else []
        if (error is None or raised) and (refusals := [*self._refusals, *raised]):
            raise _joined(refusals, self._path) from None


def collect_issues(*path: str) -> Issues:
    """Return a collector for the checks in a `with` block; `path` is the place of the input that is checked."""
    return Issues(*path)


def _joined(refusals: list[Refusal], path: tuple[str, ...]) -> Refusal:
    """Return one refusal with the first issue of each path. It is INVALID unless all refusals have the same code."""
    issues: dict[tuple[str, ...], InputIssue] = {}
    codes: dict[ProblemCode, None] = {}
    for refusal in refusals:
        for issue in refusal.issues:
            if issue.path not in issues:
                issues[issue.path] = InputIssue((*path, *issue.path), issue.reason, issue.message, issue.limit)
                codes[refusal.code] = None
    kind = CommittedRefusal if any(isinstance(refusal, CommittedRefusal) for refusal in refusals) else Refusal
    return kind(
        next(iter(codes)) if len(codes) == 1 else ProblemCode.INVALID,
        next(iter(issues.values())).message if len(issues) == 1 else MessageText("Some entries need to be corrected."),
        issues=issues.values(),
        retry_after_seconds=next((one.retry_after_seconds for one in refusals if one.retry_after_seconds), None),
    )


def unauthenticated() -> Refusal:
    return Refusal(
        ProblemCode.UNAUTHENTICATED,
        "Say who you are first: send the token that `introduce` gives as a bearer token.",
    )


def forbidden(message: str, /, **values: Any) -> Refusal:
    return Refusal(ProblemCode.FORBIDDEN, message, **values)


def not_found(noun: str, *path: str) -> Refusal:
    """Return the refusal of an id. Each noun has a whole sentence of its own in the catalogues of `translation`."""
    return Refusal(ProblemCode.NOT_FOUND, not_found_message(noun), *path)


def not_found_message(noun: str) -> str:
    return f"There is no such {noun}, or it is not public."


def noun_of(type_name: str) -> str:
    """Return the noun of a type for `not_found`: "partner tally" for PartnerTally."""
    noun = "".join(f" {character.lower()}" if character.isupper() else character for character in type_name).strip()
    return noun.replace("api ", "API ")


def invalid(
    message: str,
    /,
    *path: str,
    reason: InputReason = InputReason.MALFORMED,
    limit: int | None = None,
    **values: Any,
) -> Refusal:
    """Return the refusal of an input. The message is a template; it never repeats the client's value."""
    return Refusal(ProblemCode.INVALID, message, *path, reason=reason, limit=limit, **values)
