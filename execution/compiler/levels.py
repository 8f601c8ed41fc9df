"""What a level of the query asks of one field, gathered for one call."""

from collections.abc import Awaitable, Callable
from typing import Any


class Level(list[tuple[Any, dict[str, Any]]]):
    """Rows, and where the value of each goes."""

    __slots__ = ("_call", "_context")

    def __init__(self, call: Callable[[list[Any], Any], Awaitable[list[Any]]], context: Any) -> None:
        self._call = call
        self._context = context

    def begin(self) -> tuple[Awaitable[list[Any]], list[dict[str, Any]]]:
        """Ask for all that was gathered, and gather anew."""
        rows, places = [row for row, _ in self], [place for _, place in self]
        self.clear()
        return self._call(rows, self._context), places
