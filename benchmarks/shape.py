"""The shape of the generated discussion: one thread of twenty comments, over and over, at either size.

A thread's replies come while others write: its twenty comments lie scattered over a window of twenty
thousand. So the larger data set is the smaller one many times over, and a page of it reads as many rows, from
as many places.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

# which comment of its thread each one answers; the page shows eight of the twenty, 160 in all
PARENTS = (-1, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 4, 4, 4, 4, 5, 8, 11, 12, 13)
THREAD = len(PARENTS)
WINDOW = 1000


class Place(NamedTuple):
    """Where a comment stands in its tree."""

    id: int
    parent_id: int | None
    root_id: int
    ancestor_ids: tuple[int, ...]
    reply_count: int
    descendant_count: int
    last_descendant_id: int

    @property
    def path(self) -> bytes:
        return struct.pack(f">{len(self.ancestor_ids)}q", *self.ancestor_ids)


def places(size: int) -> Iterator[Place]:
    """The comments in the order in which they were written."""
    threads = size // THREAD
    for first in range(0, threads, WINDOW):
        yield from _window(first * THREAD + 1, min(WINDOW, threads - first))


def _window(start: int, width: int) -> Iterator[Place]:
    for slot, parent in enumerate(PARENTS):
        above, below = _above(slot), [other for other in range(THREAD) if slot in _above(other)]
        replies, last = PARENTS.count(slot), max(below, default=slot)
        for root in range(start, start + width):
            yield Place(
                root + slot * width,
                None if parent < 0 else root + parent * width,
                root,
                tuple(root + ancestor * width for ancestor in above),
                replies,
                len(below),
                root + last * width,
            )


def _above(slot: int) -> tuple[int, ...]:
    return () if slot == 0 else (*_above(PARENTS[slot]), PARENTS[slot])
