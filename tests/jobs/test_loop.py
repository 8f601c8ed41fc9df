"""The loop behind every job: repeated work, waking, stopping, and work that fails."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest

from jobs.loop import every
from tests.support.serving import PATIENCE, until

pytestmark = pytest.mark.anyio

NEVER = 1_000_000.0
"""Seconds: longer than any test, so that work runs only if it is woken."""
NAME = "a job"


class Work:
    """Counts its calls. Blocks until `release` is set, if `is_blocking`."""

    def __init__(self, *, is_blocking: bool = False) -> None:
        self.call_count = 0
        self.is_finished = False
        self.is_cancelled = False
        self.release = asyncio.Event()
        self._is_blocking = is_blocking

    async def __call__(self) -> None:
        self.call_count += 1
        if self._is_blocking:
            try:
                await self.release.wait()
            except asyncio.CancelledError:
                self.is_cancelled = True
                raise
        self.is_finished = True


def is_running() -> bool:
    return any(task.get_name() == NAME for task in asyncio.all_tasks())


async def test_work_is_repeated() -> None:
    work = Work()

    async with every(0, work, NAME):
        await until(lambda: work.call_count >= 3)


async def test_work_runs_again_after_an_error(caplog: pytest.LogCaptureFixture) -> None:
    calls: list[None] = []

    async def fail() -> None:
        calls.append(None)
        raise RuntimeError("the disk is full")

    async with every(0, fail, NAME):
        await until(lambda: len(calls) >= 3)

    records = [record for record in caplog.records if record.name == "groundswell.jobs"]
    assert len(records) >= 2
    assert {(record.levelno, record.getMessage()) for record in records} == {(logging.ERROR, "a job failed")}
    assert "the disk is full" in caplog.text


async def test_work_waits_for_its_interval() -> None:
    work = Work()

    async with every(NEVER, work, NAME):
        await until(is_running)

    assert work.call_count == 0


async def test_wake_runs_work_at_once() -> None:
    work, wake = Work(), asyncio.Event()

    async with every(NEVER, work, NAME, wake=wake):
        wake.set()
        await until(lambda: work.call_count == 1)
        wake.set()
        await until(lambda: work.call_count == 2)

    assert work.call_count == 2


async def test_wake_before_the_start_runs_work() -> None:
    work, wake = Work(), asyncio.Event()
    wake.set()

    async with every(NEVER, work, NAME, wake=wake):
        await until(lambda: work.call_count == 1)


async def test_wake_during_work_runs_work_again() -> None:
    work, wake = Work(is_blocking=True), asyncio.Event()

    async with every(NEVER, work, NAME, wake=wake):
        wake.set()
        await until(lambda: work.call_count == 1)
        wake.set()
        work.release.set()
        await until(lambda: work.call_count == 2)


async def test_stop_cancels_work_in_progress() -> None:
    work = Work(is_blocking=True)

    async with every(0, work, NAME):
        await until(lambda: work.call_count == 1)

    assert work.is_cancelled
    assert not work.is_finished


async def test_stop_awaits_work_in_progress_with_finish() -> None:
    work = Work(is_blocking=True)

    async with every(0, work, NAME, finish=True):
        await until(lambda: work.call_count == 1)
        asyncio.get_running_loop().call_soon(work.release.set)

    assert work.is_finished
    assert not work.is_cancelled
    assert work.call_count == 1


@pytest.mark.parametrize("finish", [False, True])
async def test_stop_does_not_wait_for_the_interval(finish: bool) -> None:
    work = Work()

    async with asyncio.timeout(PATIENCE), every(NEVER, work, NAME, finish=finish):
        await until(is_running)

    assert work.call_count == 0
    assert not is_running()


async def _return() -> None:
    pass


async def _fail() -> None:
    raise RuntimeError("the disk is full")


async def _block() -> None:
    await asyncio.Event().wait()


async def _raise_in_block(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    wake = asyncio.Event()
    wake.set()
    async with every(seconds, work, NAME, wake=wake):
        await until(lambda: not wake.is_set())
        assert is_running()
        raise LookupError("an error of the block")


@pytest.mark.parametrize("work", [_return, _fail, _block])
@pytest.mark.parametrize("seconds", [0, NEVER])
async def test_no_task_is_left(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    """The task ends also if the block raises, and the block's error is not lost."""
    with pytest.raises(LookupError):
        await _raise_in_block(seconds, work)

    assert not is_running()
