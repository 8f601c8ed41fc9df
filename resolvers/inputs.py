"""Input values: a default that distinguishes an omitted value from null, and the values that were given."""

from typing import Any, Final


class _Unchanged:
    def __repr__(self) -> str:
        return "UNCHANGED"


UNCHANGED: Final[Any] = _Unchanged()
"""The default of an argument that was omitted: the stored value stays as it is.

Null removes the value if the argument's type allows None; otherwise null is refused.
"""


def given_values(**values: Any) -> dict[str, Any]:
    """Return the values that were given, without those that stay as they are."""
    return {name: value for name, value in values.items() if value is not UNCHANGED}
