"""Eager start of coroutines: run the first step without a task, as Python 3.12's eager tasks do."""

from asyncio import Future, ensure_future
from collections.abc import Awaitable, Coroutine
from types import CoroutineType
from typing import Any


class SeparateTask:
    """An awaitable that has to run in a task of its own from its first step."""

    __slots__ = ("awaitable",)

    def __init__(self, awaitable: Awaitable[Any]) -> None:
        self.awaitable = awaitable


class CompletedCoroutine:
    """The value or error of a coroutine that ended in its first step."""

    __slots__ = ("error", "value")

    def __init__(self, value: Any, error: Exception | None = None) -> None:
        self.value = value
        self.error = error


StartedAwaitable = Future[Any] | CompletedCoroutine


def start(awaitable: Any) -> StartedAwaitable:
    """Run a coroutine's first step at once, because most coroutines end in that step, and a task would cost more."""
    if awaitable.__class__ is not CoroutineType:
        return ensure_future(awaitable.awaitable if awaitable.__class__ is SeparateTask else awaitable)
    try:
        awaited = awaitable.send(None)
    except StopIteration as stop:
        return CompletedCoroutine(stop.value)
    except Exception as error:
        return CompletedCoroutine(None, error)
    return ensure_future(StartedCoroutine(awaitable, awaited))


class StartedCoroutine(Coroutine[Any, Any, Any]):
    """The remaining steps of a coroutine that awaits a future after its first step, to be run by a task.

    asyncio marks a future as blocking when the future is yielded to a task. The mark is removed until the task takes
    the coroutine over, because two coroutines may wait for the same future.
    """

    __slots__ = ("_awaited", "_coroutine", "_is_taken_over")

    def __init__(self, coroutine: Coroutine[Any, Any, Any], awaited: "Future[Any] | None") -> None:
        self._coroutine = coroutine
        self._awaited = awaited
        self._is_taken_over = False
        self._mark_as_blocking(False)

    def _mark_as_blocking(self, is_blocking: bool) -> None:
        if self._awaited is not None:  # a bare `yield` waits for nothing
            self._awaited._asyncio_future_blocking = is_blocking

    def send(self, value: Any) -> Any:
        if self._is_taken_over:
            return self._coroutine.send(value)
        self._is_taken_over = True
        self._mark_as_blocking(True)
        return self._awaited

    def throw(self, *error: Any) -> Any:
        """Cancel the awaited future, as a task does, if the task is cancelled before it takes the coroutine over."""
        if not self._is_taken_over and self._awaited is not None and self._awaited.cancel():
            return self.send(None)
        self._is_taken_over = True
        return self._coroutine.throw(*error)

    def close(self) -> None:
        self._coroutine.close()

    def __await__(self) -> Any:
        raise TypeError("Only a task can run a StartedCoroutine")
