"""Changed ids: which comments changed after a given change, for any number of readers, in bounded memory."""

from collections.abc import Iterable
from itertools import takewhile
from typing import NamedTuple

MAX_REMEMBERED_IDS = 10_000
MAX_IDS_AT_ONCE = 100


class Changed(NamedTuple):
    """The ids that changed since a reader last asked, the oldest change first."""

    ids: list[int]
    has_gap: bool
    """True if ids are missing: the reader was too slow, and the ids are forgotten."""
    position: int
    """The position from which the reader goes on."""


class ChangedIds:
    """The changed ids, each once, in the order of their last change.

    Each change has a number, its position. A reader keeps nothing but a position, so a slow reader needs no memory:
    the changes that the reader missed merge.
    """

    def __init__(self) -> None:
        self.position = 0
        """The position of the last change."""
        self._positions: dict[int, int] = {}
        self._forgotten = 0  # the position of the newest change that was forgotten

    def add(self, ids: Iterable[int] = ()) -> None:
        """Add a change of each of these ids, and a change without an id, such as that of a campaign's counter."""
        self.position += 1
        for changed_id in ids:
            self.position += 1
            self._positions.pop(changed_id, None)  # a dict is in the order of insertion
            self._positions[changed_id] = self.position
        while len(self._positions) > MAX_REMEMBERED_IDS:
            self._forgotten = self._positions.pop(next(iter(self._positions)))

    def after(self, position: int) -> Changed:
        """Return the ids that changed after a position, MAX_IDS_AT_ONCE at most: others follow at the new position."""
        newer = list(takewhile(lambda item: item[1] > position, reversed(self._positions.items())))[::-1]
        shown = newer[:MAX_IDS_AT_ONCE]
        reached = self.position if len(shown) == len(newer) else shown[-1][1]
        return Changed([changed_id for changed_id, _ in shown], self._forgotten > position, reached)
