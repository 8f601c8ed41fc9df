"""What a resolver takes when "left out" and "null" are not the same."""

from typing import Any, Final


class _Keep:
    def __repr__(self) -> str:
        return "KEEP"


KEEP: Final[Any] = _Keep()
"""The default of an argument that was left out: what is there stays as it is."""
