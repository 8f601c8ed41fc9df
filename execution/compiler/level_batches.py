"""Batches for `for_level` resolvers: all rows of one level of the query that ask for the same field."""

from collections.abc import Awaitable, Callable
from typing import Any


class LevelBatch(list[tuple[Any, dict[str, Any]]]):
    """Pairs of a row and the dict that the row's value is stored in."""

    __slots__ = ("_context", "_resolve")

    def __init__(self, resolve: Callable[[list[Any], Any], Awaitable[list[Any]]], context: Any) -> None:
        self._resolve = resolve
        self._context = context

    def flush(self) -> tuple[Awaitable[list[Any]], list[dict[str, Any]]]:
        """Call the resolver once for all collected rows, and empty the batch."""
        rows, targets = [row for row, _ in self], [target for _, target in self]
        self.clear()
        return self._resolve(rows, self._context), targets
