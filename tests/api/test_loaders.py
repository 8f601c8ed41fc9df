"""Loaders: a failed batch raises in every load that is awaited, and nowhere else."""

import asyncio
import gc
from typing import Any

import pytest

from resolvers.loaders import Loaders

pytestmark = pytest.mark.anyio


class Failure(Exception):
    pass


async def fails(keys: list[Any]) -> dict[Any, Any]:
    raise Failure


async def test_failed_batch_fails_every_load() -> None:
    loaders = Loaders()

    outcomes = await asyncio.gather(*(loaders.load(fails, key) for key in (1, 2, 1)), return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [Failure] * 3


async def test_unawaited_failure_is_not_reported() -> None:
    """A sibling field failed first, so the parent is null already."""
    reported: list[dict[str, Any]] = []
    loop, loaders = asyncio.get_running_loop(), Loaders()
    loop.set_exception_handler(lambda _, told: reported.append(told))

    given_up = loaders.load(fails, 1)
    for _ in range(5):
        await asyncio.sleep(0)
    assert given_up.done()  # type: ignore[attr-defined]
    del given_up
    loaders.clear()
    gc.collect()

    assert reported == []
