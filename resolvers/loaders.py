"""Data loaders: batch the single loads of one level of a query into one statement, to avoid N+1 queries."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any

Batch = Callable[..., Awaitable[dict[Any, Any]]]


class Loaders:
    """One loader for each combination of batch function and shared arguments.

    The loaders of a request cache what they have read. A socket or a subscription lives for hours, so its loaders batch
    without a cache.
    """

    def __init__(self, use_cache: bool = True) -> None:
        self.use_cache = use_cache
        self._loaders: dict[Hashable, _Loader] = {}

    def load(self, batch: Batch, key: Hashable, *shared: Any) -> Awaitable[Any]:
        """Return the value for `key` in the dict that `batch(keys, *shared)` returns, or None."""
        name = (batch, *shared)
        loader = self._loaders.get(name)
        if loader is None:
            loader = self._loaders[name] = _Loader(lambda keys: batch(keys, *shared), self.use_cache)
        return loader.load(key)

    def clear(self) -> None:
        """Drop all cached rows, which a write may have changed."""
        self._loaders.clear()


class _SharedFuture(asyncio.Future[Any]):
    """A future that many fields await, and that the cancellation of one field does not cancel."""

    def cancel(self, msg: Any = None) -> bool:
        return False


class _Loader:
    __slots__ = ("_batch", "_caches", "_futures", "_queue")

    def __init__(self, batch: Callable[[list[Any]], Awaitable[dict[Any, Any]]], use_cache: bool) -> None:
        self._batch = batch
        self._caches = use_cache
        self._futures: dict[Hashable, asyncio.Future[Any]] = {}
        self._queue: list[Hashable] = []

    def load(self, key: Hashable) -> asyncio.Future[Any]:
        future = self._futures.get(key)
        if future is None:
            loop = asyncio.get_running_loop()
            future = self._futures[key] = _SharedFuture(loop=loop)
            if not self._queue:
                loop.call_soon(lambda: loop.create_task(self._dispatch()))
            self._queue.append(key)
        return future

    async def _dispatch(self) -> None:
        keys, self._queue = self._queue, []
        futures = [self._futures[key] for key in keys]
        if not self._caches:
            for key in keys:
                del self._futures[key]
        try:
            values = await self._batch(keys)
        except BaseException as error:
            for future in futures:
                if not future.done():
                    future.set_exception(error)
                    future.exception()  # mark as retrieved: nobody awaits it if a sibling field failed first
            return
        for key, future in zip(keys, futures, strict=True):
            if not future.done():
                future.set_result(values.get(key))
