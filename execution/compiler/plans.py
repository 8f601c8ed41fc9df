"""The compiled functions that are kept, of all operations together."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

from .plan import Plan

if TYPE_CHECKING:
    from .operation import Operation

MOST_OF_ONE = 16
"""How many combinations of @skip and @include values of one operation; graphql-core runs the others."""

Key = tuple[Hashable, ...]


class Plans:
    """A bounded memory, the least recently used of which is forgotten first.

    `leave_dates`: whether they leave dates and moments of UTC as they are, for what encodes the answer.
    """

    def __init__(self, most: int, leave_dates: bool) -> None:
        self.most = most
        self.leave_dates = leave_dates
        self._known: OrderedDict[tuple[Operation, Key], Plan | None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def find(self, operation: "Operation", key: Key) -> Any:
        """The plan, None if there can be none, or ... if that isn't known."""
        try:
            plan = self._known[operation, key]
        except (KeyError, TypeError):
            return ...
        self._known.move_to_end((operation, key))
        return plan

    def keep(self, operation: "Operation", key: Key, plan: Plan | None) -> None:
        self._known[operation, key] = plan
        operation.kept.append(key)
        if len(self._known) > self.most:
            (oldest, its_key), _ = self._known.popitem(last=False)
            oldest.kept.remove(its_key)

    def forget(self, operation: "Operation") -> None:
        for key in operation.kept:
            del self._known[operation, key]
        operation.kept.clear()
