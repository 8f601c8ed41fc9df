"""Batch loading: what a whole level of a query asks for singly is read in one statement."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any

Batch = Callable[..., Awaitable[dict[Any, Any]]]


class Loaders:
    """One loader for each batch function and its shared arguments.

    A request remembers what it has read. A socket lives for hours, so its loaders batch but do not remember.
    """

    def __init__(self, remember: bool = True) -> None:
        self.remember = remember
        self._loaders: dict[Hashable, _Loader] = {}

    def load(self, batch: Batch, key: Hashable, *shared: Any) -> Awaitable[Any]:
        """`batch(keys, *shared)` returns a dict; the answer is its value for this key, or null."""
        name = (batch, *shared)
        loader = self._loaders.get(name)
        if loader is None:
            loader = self._loaders[name] = _Loader(lambda keys: batch(keys, *shared), self.remember)
        return loader.load(key)

    def clear(self) -> None:
        """What was read before a write is not what is there after it."""
        self._loaders.clear()


class _Shared(asyncio.Future[Any]):
    """Many fields wait for it: one that is given up takes it from none of the others."""

    def cancel(self, msg: Any = None) -> bool:
        return False


class _Loader:
    __slots__ = ("_batch", "_futures", "_queue", "_remember")

    def __init__(self, batch: Callable[[list[Any]], Awaitable[dict[Any, Any]]], remember: bool) -> None:
        self._batch = batch
        self._remember = remember
        self._futures: dict[Hashable, asyncio.Future[Any]] = {}
        self._queue: list[Hashable] = []

    def load(self, key: Hashable) -> asyncio.Future[Any]:
        future = self._futures.get(key)
        if future is None:
            loop = asyncio.get_running_loop()
            future = self._futures[key] = _Shared(loop=loop)
            if not self._queue:
                loop.call_soon(lambda: loop.create_task(self._dispatch()))
            self._queue.append(key)
        return future

    async def _dispatch(self) -> None:
        keys, self._queue = self._queue, []
        futures = [self._futures[key] for key in keys]
        if not self._remember:
            for key in keys:
                del self._futures[key]
        try:
            found = await self._batch(keys)
        except BaseException as error:
            for future in futures:
                if not future.done():
                    future.set_exception(error)
                    future.exception()  # a field whose sibling failed before awaits it no more: that is no mistake
            return
        for key, future in zip(keys, futures, strict=True):
            if not future.done():
                future.set_result(found.get(key))
