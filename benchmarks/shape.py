"""The tree of the generated discussion: the same thread of twenty comments, repeated.

The twenty comments of a thread are spread over a window of twenty thousand, as if a thousand threads were written at
the same time. The larger data set repeats the smaller one, so that a page reads the same number of rows and pages of
the database in both.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

# the parent of each comment, by place in the thread; the page shows eight of the twenty comments, 160 in all
PARENTS = (-1, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 4, 4, 4, 4, 5, 8, 11, 12, 13)
THREAD_SIZE = len(PARENTS)
WINDOW_THREADS = 1000


class CursorCodec(NamedTuple):
    """The place of a comment in its tree."""

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


def places(size: int) -> Iterator[CursorCodec]:
    """Yield the places in the order in which the comments were written."""
    threads = size // THREAD_SIZE
    for first in range(0, threads, WINDOW_THREADS):
        yield from _window(first * THREAD_SIZE + 1, min(WINDOW_THREADS, threads - first))


def _window(start: int, width: int) -> Iterator[CursorCodec]:
    for slot, parent in enumerate(PARENTS):
        above, below = _ancestors(slot), [other for other in range(THREAD_SIZE) if slot in _ancestors(other)]
        replies, last = PARENTS.count(slot), max(below, default=slot)
        for root in range(start, start + width):
            yield CursorCodec(
                root + slot * width,
                None if parent < 0 else root + parent * width,
                root,
                tuple(root + ancestor * width for ancestor in above),
                replies,
                len(below),
                root + last * width,
            )


def _ancestors(slot: int) -> tuple[int, ...]:
    return () if slot == 0 else (*_ancestors(PARENTS[slot]), PARENTS[slot])
