"""Keyset pagination: a page starts after a row's sort key, so that each page costs the same.

A sort has one direction for all its columns. Then "after the key" is one comparison of row values,
`(score, created_at, id) < ($2, $3, $4)`, which both databases answer from an index on these columns.
(Winand, "Paging Through Results", use-the-index-luke.com.)
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache
from operator import attrgetter
from typing import Any, TypeVar

from storage.database import Statement, fetch_one
from storage.packing import select_statement
from storage.rows import Names, Row, columns, group_by, joined, read, table_of

M = TypeVar("M", bound=Row)
Key = tuple[Any, ...]


class Sort(Enum):
    """A sort order: its direction and its columns, the last of which is unique."""

    def __init__(self, direction: str, *columns: str) -> None:
        self.descends = direction == "DESC"
        self.columns = columns
        get = attrgetter(*columns)
        self.key: Callable[[Any], Key] = get if len(columns) > 1 else lambda row: (get(row),)
        """Return the sort key of a row."""

    __hash__ = object.__hash__  # by identity, which is faster than Enum's hash of the name; each page looks sorts up


@dataclass(frozen=True)
class Window:
    """A range of a sorted list: at most `limit` rows between `after` and `before`, from the end if `backwards`."""

    limit: int
    backwards: bool = False
    after: Key | None = None
    before: Key | None = None
    peeks: bool = True
    """Whether `limit` includes one row that is not shown, which tells that there are more."""

    @property
    def without_peek(self) -> "Window":
        """Return the window without the extra row. On a first page a stored count can tell whether there are more."""
        return self if self.bounds or not self.peeks else _without_peek(self)

    @property
    def bounds(self) -> Key:
        """Return the parameters for `after` and `before`."""
        return (*(self.after or ()), *(self.before or ()))

    def contains(self, key: Key, sort: Sort) -> bool:
        """Return whether a row with this sort key lies between the two cursors."""
        return (self.after is None or (key < self.after if sort.descends else key > self.after)) and (
            self.before is None or (key > self.before if sort.descends else key < self.before)
        )


@lru_cache
def _without_peek(window: Window) -> Window:
    return replace(window, limit=window.limit - 1, peeks=False)


def sort_rows(rows: list[M], sort: Sort) -> list[M]:
    return sorted(rows, key=sort.key, reverse=sort.descends) if len(rows) > 1 else rows


async def page(
    model: type[M], where: str, values: Sequence[Any], sort: Sort, window: Window, names: Names = None
) -> list[M]:
    """Return one page of the rows that match `where` (with the parameters `values`), sorted."""
    statement = _page(model, names, where, len(values), sort, *_window_shape(window))
    rows = await read(model, statement, *values, *window.bounds, window.limit, names=names)
    return rows[::-1] if window.backwards else rows


async def pages(
    model: type[M], each: str, where: str, values: Sequence[Any], sort: Sort, window: Window, names: Names = None
) -> list[M]:
    """Return one page of the rows that match `where` for each row `e` of `each`: one statement, not sorted."""
    statement = _pages(model, names, each, where, len(values), sort, *_window_shape(window))
    return await read(model, statement, *values, *window.bounds, window.limit, names=names)


async def merged_page(
    model: type[M], each: str, where: str, values: Sequence[Any], sort: Sort, window: Window, names: Names = None
) -> list[M]:
    """Return one sorted page of the rows for all of `each` together. Reads at most `limit` rows for each."""
    return _cut(sort_rows(await pages(model, each, where, values, sort, window, names), sort), window)


async def merged_pages(
    model: type[M],
    each: str,
    where: str,
    values: Sequence[Any],
    sort: Sort,
    window: Window,
    names: Names = None,
    *,
    column: str,
) -> dict[Any, list[M]]:
    """Merge the pages of `each` into one page for each value of the column, in one statement for all of them."""
    rows = await pages(model, each, where, values, sort, window, names)
    return {value: _cut(sort_rows(group, sort), window) for value, group in group_by(rows, column).items()}


async def count(model: type[Row], where: str, values: Sequence[Any]) -> int:
    """Return the number of the rows that match `where`: only for short lists, since all of them are read."""
    row = await fetch_one(_count(model, where), *values)
    return int(row[0]) if row else 0


@lru_cache(64)
def _count(model: type[Row], where: str) -> Statement:
    return Statement(f"SELECT count(*) FROM {table_of(model)} r WHERE {where}")


def _cut(rows: list[M], window: Window) -> list[M]:
    return rows[-window.limit :] if window.backwards else rows[: window.limit]


def _window_shape(window: Window) -> tuple[bool, bool, bool]:
    """Return the properties of a window that its SQL text depends on."""
    return window.backwards, window.after is not None, window.before is not None


@lru_cache(1024)
def _page(
    model: type[Row],
    names: Names,
    where: str,
    parameter_count: int,
    sort: Sort,
    backwards: bool,
    after: bool,
    before: bool,
) -> Statement:
    tables, conditions = joined(model, "r", names)
    table = f"{table_of(model)} r{tables}"
    return Statement(
        _page_select(
            columns(model, "r", names), table, where + conditions, parameter_count, sort, backwards, after, before
        )
    )


@lru_cache(1024)
def _pages(
    model: type[Row],
    names: Names,
    each: str,
    where: str,
    parameter_count: int,
    sort: Sort,
    backwards: bool,
    after: bool,
    before: bool,
) -> Statement:
    table = table_of(model)
    select = (f"{table} r", where, parameter_count, sort, backwards, after, before)
    tables, conditions = joined(model, "c", names)
    return select_statement(
        model,
        "c",
        names,
        f"FROM {each} e CROSS JOIN {table} c{tables} WHERE c.id IN ({_page_select('r.id', *select)}){conditions}",
        f"FROM {each} e CROSS JOIN LATERAL ({_page_select('r.*', *select)}) c{tables} WHERE true{conditions}",
    )


def _page_select(
    select_list: str,
    table: str,
    where: str,
    parameter_count: int,
    sort: Sort,
    backwards: bool,
    after: bool,
    before: bool,
) -> str:
    names = [f"r.{column}" for column in sort.columns]
    position = parameter_count + 1
    bounds = []
    for is_bounded, sign in ((after, "<" if sort.descends else ">"), (before, ">" if sort.descends else "<")):
        if is_bounded:
            keys = ", ".join(f"${position + offset}" for offset in range(len(names)))
            bounds.append(f" AND ({', '.join(names)}) {sign} ({keys})")
            position += len(names)
    direction = "DESC" if sort.descends != backwards else "ASC"
    order = ", ".join(f"{name} {direction}" for name in names)
    return f"SELECT {select_list} FROM {table} WHERE {where}{''.join(bounds)} ORDER BY {order} LIMIT ${position}"
