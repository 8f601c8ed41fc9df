"""Scheduling: await one level of the query at a time, so that a batch loader sees all keys of the level at once."""

from asyncio import Future, Task, isfuture
from inspect import iscoroutine
from typing import Any

from .eager_start import CompletedCoroutine, SeparateTask, StartedAwaitable, start
from .level_batches import LevelBatch
from .request import PendingValue


async def await_levels(pending: list[PendingValue]) -> None:
    """Await and write all pending values, then those of the next level, until none are left."""
    try:
        while pending:
            level = [_flushed(value) for value in pending]
            pending.clear()
            results = await _gather([value[0] for value in level])
            for (_, target, key, write), result in zip(level, results, strict=True):
                if target.__class__ is list:
                    for row_target, row_result in zip(target, result, strict=True):
                        row_target[key] = write(row_result)
                else:
                    target[key] = write(result)
    finally:
        discard(pending)


def _flushed(pending: PendingValue) -> PendingValue:
    """Call the resolver of a level batch; return other pending values unchanged."""
    awaitable, _, key, write = pending
    return (*awaitable.flush(), key, write) if awaitable.__class__ is LevelBatch else pending


async def _gather(awaitables: list[Any]) -> list[Any]:
    """Return all results in order. Raise the first error only when all have ended, so that none is left running."""
    started: list[StartedAwaitable] = []
    results: list[Any] = []
    first_error: Exception | None = None
    try:
        started += map(start, awaitables)
        for one in started:
            if isinstance(one, CompletedCoroutine):
                first_error = first_error or one.error
                results.append(one.value)
                continue
            try:
                results.append(await one)
            except Exception as error:
                first_error = first_error or error
    except BaseException:
        _cancel(started, awaitables)
        raise
    if first_error:
        raise first_error
    return results


def _cancel(started: list[StartedAwaitable], awaitables: list[Any]) -> None:
    """Cancel the tasks that were created here. A future that a resolver returned may be shared with others."""
    for one, awaitable in zip(started, awaitables, strict=False):
        if isinstance(one, Task) and one is not awaitable and one is not getattr(awaitable, "awaitable", None):
            one.cancel()
    for awaitable in awaitables[len(started) :]:
        if iscoroutine(awaitable):
            awaitable.close()


def discard(pending: list[PendingValue]) -> None:
    """Close or consume awaitables that nobody will await, so that Python does not warn of each."""
    for awaitable, *_ in pending:
        inner = awaitable.awaitable if awaitable.__class__ is SeparateTask else awaitable
        if iscoroutine(inner):
            inner.close()
        elif isfuture(inner):
            inner.add_done_callback(_retrieve_exception)
    pending.clear()


def _retrieve_exception(future: Future[Any]) -> None:
    if not future.cancelled():
        future.exception()
