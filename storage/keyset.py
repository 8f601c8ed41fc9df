"""Paging by keyset: a page starts behind a row's sort key, so no page costs more than another.

Every sort has one direction for all its columns, so that "behind the key" is one comparison of row values,
`(score, created_at, id) < ($2, $3, $4)`, which both databases answer from an index on these columns.
(Winand, "Paging Through Results", use-the-index-luke.com.)
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache
from operator import attrgetter
from typing import Any, TypeVar

from storage.database import Statement
from storage.packing import listing
from storage.rows import Names, Row, columns, joined, read, table_of

M = TypeVar("M", bound=Row)
Key = tuple[Any, ...]


class Sort(Enum):
    """An order of rows, as its direction and its columns, the last of which makes it total."""

    def __init__(self, direction: str, *columns: str) -> None:
        self.descends = direction == "DESC"
        self.columns = columns
        read = attrgetter(*columns)
        self.key: Callable[[Any], Key] = read if len(columns) > 1 else lambda row: (read(row),)
        """Gives a row's place in the order."""

    __hash__ = object.__hash__  # a member is itself alone, and is looked up by for every page


@dataclass(frozen=True)
class Window:
    """Which rows of an order: at most `limit`, behind `after` and ahead of `before`, from the end if `backwards`."""

    limit: int
    backwards: bool = False
    after: Key | None = None
    before: Key | None = None
    peeks: bool = True
    """Whether the last of the `limit` rows is not shown, but only tells that there are more."""

    @property
    def without_peek(self) -> "Window":
        """The same rows and none more, for a list's first page, where the kept count tells whether there are more."""
        return self if self.bounds or not self.peeks else _without_peek(self)

    @property
    def bounds(self) -> Key:
        return (*(self.after or ()), *(self.before or ()))

    def holds(self, key: Key, sort: Sort) -> bool:
        """Whether a row with this sort key lies between the two cursors."""
        return (self.after is None or (key < self.after if sort.descends else key > self.after)) and (
            self.before is None or (key > self.before if sort.descends else key < self.before)
        )


@lru_cache
def _without_peek(window: Window) -> Window:
    return replace(window, limit=window.limit - 1, peeks=False)


def sort_rows(rows: list[M], sort: Sort) -> list[M]:
    """The rows in the order of the sort."""
    return sorted(rows, key=sort.key, reverse=sort.descends) if len(rows) > 1 else rows


async def page(
    model: type[M], where: str, values: Sequence[Any], sort: Sort, window: Window, names: Names = None
) -> list[M]:
    """The rows of `where`, whose parameters are `values`, that the window shows, in the order of the sort."""
    statement = _page(model, names, where, len(values), sort, *_shape(window))
    rows = await read(model, statement, *values, *window.bounds, window.limit, names=names)
    return rows[::-1] if window.backwards else rows


async def pages(
    model: type[M], each: str, where: str, values: Sequence[Any], sort: Sort, window: Window, names: Names = None
) -> list[M]:
    """For each row `e` of the list `each`, the page of `where` that the window shows; unordered, in one statement."""
    statement = _pages(model, names, each, where, len(values), sort, *_shape(window))
    return await read(model, statement, *values, *window.bounds, window.limit, names=names)


async def merged_page(
    model: type[M], each: str, where: str, values: Sequence[Any], sort: Sort, window: Window, names: Names = None
) -> list[M]:
    """One page of the rows of all of `each` together: at most `limit` are read for each, and the best are kept."""
    rows = sort_rows(await pages(model, each, where, values, sort, window, names), sort)
    return rows[-window.limit :] if window.backwards else rows[: window.limit]


def _shape(window: Window) -> tuple[bool, bool, bool]:
    return window.backwards, window.after is not None, window.before is not None


@lru_cache(1024)
def _page(
    model: type[Row], names: Names, where: str, arity: int, sort: Sort, backwards: bool, after: bool, before: bool
) -> Statement:
    tables, conditions = joined(model, "r", names)
    table = f"{table_of(model)} r{tables}"
    return Statement(
        _walk(columns(model, "r", names), table, where + conditions, arity, sort, backwards, after, before)
    )


@lru_cache(1024)
def _pages(
    model: type[Row],
    names: Names,
    each: str,
    where: str,
    arity: int,
    sort: Sort,
    backwards: bool,
    after: bool,
    before: bool,
) -> Statement:
    table = table_of(model)
    walk = (f"{table} r", where, arity, sort, backwards, after, before)
    tables, conditions = joined(model, "c", names)
    return listing(
        model,
        "c",
        names,
        f"FROM {each} e CROSS JOIN {table} c{tables} WHERE c.id IN ({_walk('r.id', *walk)}){conditions}",
        f"FROM {each} e CROSS JOIN LATERAL ({_walk('r.*', *walk)}) c{tables} WHERE true{conditions}",
    )


def _walk(
    shown: str,
    table: str,
    where: str,
    arity: int,
    sort: Sort,
    backwards: bool,
    after: bool,
    before: bool,
) -> str:
    names = [f"r.{column}" for column in sort.columns]
    place = arity + 1
    bounds = []
    for given, sign in ((after, "<" if sort.descends else ">"), (before, ">" if sort.descends else "<")):
        if given:
            keys = ", ".join(f"${place + offset}" for offset in range(len(names)))
            bounds.append(f" AND ({', '.join(names)}) {sign} ({keys})")
            place += len(names)
    direction = "DESC" if sort.descends != backwards else "ASC"
    order = ", ".join(f"{name} {direction}" for name in names)
    return f"SELECT {shown} FROM {table} WHERE {where}{''.join(bounds)} ORDER BY {order} LIMIT ${place}"
