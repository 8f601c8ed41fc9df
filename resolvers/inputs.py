"""A default for arguments of resolvers that distinguish an omitted value from null."""

from typing import Any, Final


class _Keep:
    def __repr__(self) -> str:
        return "KEEP"


KEEP: Final[Any] = _Keep()
"""The default of an argument that was omitted: the stored value stays as it is."""
