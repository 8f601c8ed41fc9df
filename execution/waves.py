"""Waits for a level at a time, so that a batch loader is asked once for everything a level needs."""

from asyncio import Future, Task, ensure_future, isfuture
from collections.abc import Awaitable
from inspect import iscoroutine
from typing import Any

from .levels import Level
from .request import Pending


async def settle(later: list[Pending]) -> None:
    """Await all that is pending, write it, then what that left pending, until nothing is."""
    try:
        while later:
            wave = [_begun(pending) for pending in later]
            later.clear()
            awaited = [pending[0] for pending in wave]
            values = await together(awaited) if len(wave) > 1 else [await awaited[0]]
            for (_, into, key, write), value in zip(wave, values, strict=True):
                if into.__class__ is list:
                    for place, one in zip(into, value, strict=True):
                        place[key] = write(one)
                else:
                    into[key] = write(value)
    finally:
        abandon(later)


def _begun(pending: Pending) -> Pending:
    """A field that a whole level asks for is called, once; others have been."""
    asked, _, key, write = pending
    return (*asked.begin(), key, write) if asked.__class__ is Level else pending


async def together(awaitables: list[Awaitable[Any]]) -> list[Any]:
    """Every result, in order. An error is raised only when all have ended, so that none is left running."""
    started = [pending if isfuture(pending) else ensure_future(pending) for pending in awaitables]
    failure: Exception | None = None
    values = []
    try:
        for future in started:
            try:
                values.append(await future)
            except Exception as error:
                failure = failure or error
    except BaseException:
        _cancel(started, awaitables)
        raise
    if failure:
        raise failure
    return values


def _cancel(started: list[Future[Any]], awaitables: list[Awaitable[Any]]) -> None:
    """The tasks that we made end with us; a future that was given to us may belong to others."""
    for future, given in zip(started, awaitables, strict=True):
        if future is not given and isinstance(future, Task):
            future.cancel()


def abandon(later: list[Pending]) -> None:
    """Nobody will await these: say so, or Python warns of each."""
    for awaitable, *_ in later:
        if iscoroutine(awaitable):
            awaitable.close()
        elif isfuture(awaitable):
            awaitable.add_done_callback(_seen)
    later.clear()


def _seen(future: Future[Any]) -> None:
    if not future.cancelled():
        future.exception()
