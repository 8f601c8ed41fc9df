"""Credentials that end while a connection is open: operations are refused from then on, and subscriptions end."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

from graphql import GraphQLError
from strawberry.types.execution import ExecutionResult, PreExecutionError


class Credential(Protocol):
    """The token or key of the client of an open connection. It may expire or be revoked."""

    @property
    def has_ended(self) -> bool: ...

    @property
    def seconds_left(self) -> float | None:
        """The time until the credential expires; None if it never does."""

    def ending(self, end: Callable[[], None]) -> AbstractContextManager[None]:
        """Call a function if the credential is revoked while the block runs."""

    def message_at_end(self) -> str:
        """Return what to tell the client."""


CredentialOf = Callable[[Any], Credential | None]
"""Return the credential of a context; None for a client that needs none."""


async def until_end(source: AsyncGenerator[Any], credential: Credential | None) -> AsyncGenerator[Any]:
    """Yield the results of a subscription; if the credential ends, yield that as an error, and no more results."""
    try:
        while True:
            result = await _next_result(source, credential)
            if credential is not None and credential.has_ended:
                break
            yield result
    except StopAsyncIteration:
        return
    except _Ended:
        pass
    if credential is not None:
        yield ExecutionResult(None, end_of(credential).errors)


async def _next_result(source: AsyncGenerator[Any], credential: Credential | None) -> Any:
    """Return the next result. Give up when the credential ends, also if there is never another result."""
    if credential is None:
        return await anext(source)
    timeout = asyncio.timeout(credential.seconds_left)

    def end() -> None:
        if not timeout.expired():
            timeout.reschedule(0)  # a time that is over

    try:
        async with timeout:
            with credential.ending(end):
                return await anext(source)
    except TimeoutError:
        if timeout.expired():
            raise _Ended from None
        raise


class _Ended(Exception):
    """The credential ended before the next result."""


def end_of(credential: Credential) -> PreExecutionError:
    """Return the result that tells a client that its credential has ended."""
    error = GraphQLError(credential.message_at_end(), extensions={"code": "UNAUTHENTICATED"})
    return PreExecutionError(None, [error])
