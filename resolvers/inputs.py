"""What a resolver takes when "left out" and "null" are not the same."""

from typing import Any, Final


class _Unchanged:
    def __repr__(self) -> str:
        return "UNCHANGED"


UNCHANGED: Final[Any] = _Unchanged()
"""The default of an argument that was left out: what is there stays as it is."""
