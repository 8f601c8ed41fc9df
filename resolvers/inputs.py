"""Input values: a default that distinguishes an omitted value from null, and times in UTC."""

from datetime import UTC, datetime
from typing import Any, Final

from refusals import invalid


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


def in_utc(time: datetime, field: str) -> datetime:
    """Convert a time to UTC, in which all times are stored. A time without an offset is taken as UTC."""
    try:
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except OverflowError:
        raise invalid(f"`{field}` lies outside of the calendar.", field) from None
