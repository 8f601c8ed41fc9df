"""Operations as every carrier has them: read from what a client sent, and answered one result after the other."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError, OperationType
from strawberry.schema.exceptions import CannotGetOperationTypeError
from strawberry.types.execution import ExecutionResult, PreExecutionError

from transport import errors
from transport.errors import Coded

log = logging.getLogger("groundswell.transport")

Text = Callable[[str | None, Mapping[str, Any] | None], str | None]
"""The document that a query and its extensions mean: sent by its hash, perhaps. Raises the GraphQLError to answer."""

TOO_MANY = "TOO_MANY_OPERATIONS"
SHAPES = {"query": str, "variables": dict, "operationName": str, "extensions": dict}


@dataclass(frozen=True, slots=True)
class Operation:
    """What a client asks for; the same four things on every carrier."""

    query: str | None
    variables: dict[str, Any] | None = None
    name: str | None = None
    extensions: dict[str, Any] | None = None

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> "Operation":
        """A ValueError says which of the four is not what it must be."""
        for name, kind in SHAPES.items():
            if not isinstance(given.get(name), kind | None):
                what = "a string" if kind is str else "an object"
                raise ValueError(f"`{name}` must be {what} or null, if it is given.")
        return cls(given.get("query"), given.get("variables"), given.get("operationName"), given.get("extensions"))

    @property
    def is_by_hash(self) -> bool:
        return "persistedQuery" in (self.extensions or {})


class Operations:
    """Runs operations for the carriers that stream. `text` finds the document that a client means.

    A query or a mutation has `seconds` for its answer, a subscription all the time there is.
    """

    def __init__(self, schema: Coded, text: Text, seconds: float) -> None:
        self._schema = schema
        self._text = text
        self._seconds = seconds

    def kind(self, asked: Operation) -> OperationType | None:
        """Query, mutation or subscription; null for what can't run."""
        try:
            text = self._text(asked.query, asked.extensions)
        except GraphQLError:
            return None
        definition = self._schema.documents[text].definition(asked.name) if text else None
        return definition.operation if definition else None

    async def refused(self, asked: Operation) -> ExecutionResult | PreExecutionError | None:
        """The one result of what can't run, whoever asks for it and with whatever variables."""
        if self.kind(asked) is not None:
            document = self._schema.documents[self._text(asked.query, asked.extensions) or ""]
            if not document.refused and not document.validate():
                return None
        async with aclosing(self.results(asked, None)) as results:
            return await anext(results)

    async def results(self, asked: Operation, context: Any) -> AsyncGenerator[ExecutionResult | PreExecutionError]:
        """A query's or mutation's result, or a subscription's as they come; a refusal comes first and alone."""
        try:
            text = self._text(asked.query, asked.extensions)
        except GraphQLError as refusal:
            yield PreExecutionError(None, [refusal])
            return
        if self.kind(asked) is not OperationType.SUBSCRIPTION:
            yield await self._one(text, asked, context)
            return
        source: Any = await self._schema.stream(text, asked.variables, context, None, asked.name, asked.extensions)
        async with aclosing(source):
            async for result in source:
                yield result

    async def _one(self, text: str | None, asked: Operation, context: Any) -> ExecutionResult | PreExecutionError:
        if not text:
            return _refusal("There is no `query`.", "BAD_REQUEST")
        given = (text, asked.variables, context, None, asked.name, None, asked.extensions)
        try:
            async with asyncio.timeout(self._seconds):
                return await self._schema.execute(*given)
        except CannotGetOperationTypeError:
            return PreExecutionError(None, [errors.no_operation()])
        except TimeoutError:
            message = f"This took longer than {self._seconds:g} seconds and was given up: ask for less."
            return _refusal(message, "DEADLINE_EXCEEDED")


def too_many(most: int) -> str:
    """What is said to an operation beyond those that a connection may carry at once."""
    return f"More than {most} operations on one connection: complete some first."


def _refusal(message: str, code: str) -> PreExecutionError:
    return PreExecutionError(None, [GraphQLError(message, extensions={"code": code})])


def formatted(result: ExecutionResult | PreExecutionError) -> dict[str, Any]:
    """A result as it is sent."""
    told: dict[str, Any] = {} if isinstance(result, PreExecutionError) else {"data": result.data}
    if result.errors:
        told["errors"] = [error.formatted for error in result.errors]
    if result.extensions:
        told["extensions"] = result.extensions
    return told


def failed() -> dict[str, Any]:
    """What to send when an operation fails by a mistake of ours; to be called where the exception is handled."""
    log.exception("request %s failed", errors.request_id.get())
    masked = errors.masked_extensions()
    return errors.body(errors.MASKED, masked.pop("code"), **masked)
