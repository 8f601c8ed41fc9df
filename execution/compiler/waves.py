"""Waits for a level at a time, so that a batch loader is asked once for everything a level needs."""

from asyncio import Future, Task, ensure_future, isfuture
from collections.abc import Awaitable, Coroutine
from inspect import iscoroutine
from types import CoroutineType
from typing import Any

from .levels import Level
from .request import Pending


class Apart:
    """An awaitable that has to have a task of its own from its first step."""

    __slots__ = ("awaitable",)

    def __init__(self, awaitable: Awaitable[Any]) -> None:
        self.awaitable = awaitable


class Done:
    """What became of a coroutine that had nothing to wait for."""

    __slots__ = ("error", "value")

    def __init__(self, value: Any, error: Exception | None = None) -> None:
        self.value = value
        self.error = error


Begun = Future[Any] | Done


async def settle(later: list[Pending]) -> None:
    """Await all that is pending, write it, then what that left pending, until nothing is."""
    try:
        while later:
            wave = [_of_level(pending) for pending in later]
            later.clear()
            values = await _together([pending[0] for pending in wave])
            for (_, into, key, write), value in zip(wave, values, strict=True):
                if into.__class__ is list:
                    for place, one in zip(into, value, strict=True):
                        place[key] = write(one)
                else:
                    into[key] = write(value)
    finally:
        abandon(later)


def _of_level(pending: Pending) -> Pending:
    """A field that a whole level asks for is called, once; others have been."""
    asked, _, key, write = pending
    return (*asked.begin(), key, write) if asked.__class__ is Level else pending


def begin(awaitable: Any) -> Begun:
    """Take a coroutine's first step here and now: most need no other, and a task costs more than they do."""
    if awaitable.__class__ is not CoroutineType:
        return ensure_future(awaitable.awaitable if awaitable.__class__ is Apart else awaitable)
    try:
        waiting = awaitable.send(None)
    except StopIteration as done:
        return Done(done.value)
    except Exception as error:
        return Done(None, error)
    return ensure_future(Rest(awaitable, waiting))


class Rest(Coroutine[Any, Any, Any]):
    """The steps of a coroutine after the first, which left it waiting, for a task to take.

    A future is marked as it is handed out, for the task that is to wait for it, and two may wait for the same.
    """

    __slots__ = ("_coroutine", "_is_taken_over", "_waiting")

    def __init__(self, begun: Coroutine[Any, Any, Any], waiting: "Future[Any] | None") -> None:
        self._coroutine = begun
        self._waiting = waiting
        self._is_taken_over = False
        self._mark(False)

    def _mark(self, handed_out: bool) -> None:
        if self._waiting is not None:  # a bare `yield` waits for nothing
            self._waiting._asyncio_future_blocking = handed_out

    def send(self, value: Any) -> Any:
        if self._is_taken_over:
            return self._coroutine.send(value)
        self._is_taken_over = True
        self._mark(True)
        return self._waiting

    def throw(self, *error: Any) -> Any:
        """A task that is cancelled tells what it waits for, but this one did not know yet that it waits."""
        if not self._is_taken_over and self._waiting is not None and self._waiting.cancel():
            return self.send(None)
        self._is_taken_over = True
        return self._coroutine.throw(*error)

    def close(self) -> None:
        self._coroutine.close()

    def __await__(self) -> Any:
        raise TypeError("This is for a task to run")


async def _together(awaitables: list[Any]) -> list[Any]:
    """Every result, in order. An error is raised only when all have ended, so that none is left running."""
    begun: list[Begun] = []
    values: list[Any] = []
    failure: Exception | None = None
    try:
        begun += map(begin, awaitables)
        for one in begun:
            if isinstance(one, Done):
                failure = failure or one.error
                values.append(one.value)
                continue
            try:
                values.append(await one)
            except Exception as error:
                failure = failure or error
    except BaseException:
        _cancel(begun, awaitables)
        raise
    if failure:
        raise failure
    return values


def _cancel(begun: list[Begun], awaitables: list[Any]) -> None:
    """The tasks that we made end with us; a future that was given to us may belong to others."""
    for one, given in zip(begun, awaitables, strict=False):
        if isinstance(one, Task) and one is not given and one is not getattr(given, "awaitable", None):
            one.cancel()
    for given in awaitables[len(begun) :]:
        if iscoroutine(given):
            given.close()


def abandon(later: list[Pending]) -> None:
    """Nobody will await these: say so, or Python warns of each."""
    for awaitable, *_ in later:
        given = awaitable.awaitable if awaitable.__class__ is Apart else awaitable
        if iscoroutine(given):
            given.close()
        elif isfuture(given):
            given.add_done_callback(_seen)
    later.clear()


def _seen(future: Future[Any]) -> None:
    if not future.cancelled():
        future.exception()
