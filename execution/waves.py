"""Waits for a level at a time, so that a batch loader is asked once for everything a level needs."""

from asyncio import Future, Task, ensure_future, isfuture, sleep
from collections.abc import Awaitable, Callable, Coroutine
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
        waiting = _taken(awaitable.send(None))
    except StopIteration as done:
        return Done(done.value)
    except Exception as error:
        return Done(None, error)
    return ensure_future(_rest(awaitable, waiting))


def _taken(waiting: Any) -> Any:
    """Say to the future, as a task does, that somebody has heard of it; else no other can wait for it."""
    if waiting is not None:
        waiting._asyncio_future_blocking = False
    return waiting


async def _rest(begun: Coroutine[Any, Any, Any], waiting: Future[Any] | None) -> Any:
    """The steps of a coroutine after the first, which left it waiting."""
    while True:
        step: Callable[[Any], Any] = begun.send
        given: BaseException | None = None
        try:
            await (waiting or sleep(0))
        except Exception:
            pass  # the coroutine asks the future itself
        except BaseException as error:
            step, given = begun.throw, error
        try:
            waiting = _taken(step(given))
        except StopIteration as done:
            return done.value


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
