"""A default for arguments of resolvers that distinguish an omitted value from null."""

from typing import Any, Final


class _Unchanged:
    def __repr__(self) -> str:
        return "UNCHANGED"


UNCHANGED: Final[Any] = _Unchanged()
"""The default of an argument that was omitted: the stored value stays as it is."""
