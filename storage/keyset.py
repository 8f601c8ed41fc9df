"""Keyset pagination: a page starts after a row's sort key, so that each page costs the same.

A sort has one direction for all its columns. Then "after the key" is one comparison of row values,
`(score, created_at, id) < ($2, $3, $4)`, which both databases answer from an index on these columns.
(Winand, "Paging Through Results", use-the-index-luke.com.)
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

from storage.database import Statement, fetch_one
from storage.packing import select_statement
from storage.rows import Names, Row, columns, group_by, joined, read, table_of

M = TypeVar("M", bound=Row)
Key = tuple[Any, ...]


Bound = tuple[bool, list[str]]
"""A limit of a page: true if the rows come after it, and the SQL of its sort key."""
_COMPUTED = {"preorder": ("{preorder %s}", "{key %s}")}
"""SQL of the columns that no table has: computed from a row, and read from a parameter."""


MIN_MOST_ROWS = 128
"""More rows than most pages have: the number that PostgreSQL plans a page for."""
_NULL_COLUMN = re.compile(r"\br\.\w+(?= IS NULL)")


class Order:
    """The order of a list: its name, its direction, and its columns, the last of which is unique."""

    name: str
    descends: bool
    columns: tuple[str, ...]
    key: Callable[[Any], Key]
    """Return the sort key of a row."""

    def precedes(self, key: Key, other: Key) -> bool:
        """Return whether a row with the sort key `key` comes before a row with the key `other`."""
        return key > other if self.descends else key < other

    def expressions(self, row: str) -> list[str]:
        """Return the SQL of the sort key of a row."""
        return [_COMPUTED[name][0] % row if name in _COMPUTED else f"{row}.{name}" for name in self.columns]

    def parameters(self, position: int) -> list[str]:
        """Return the SQL of a sort key that is passed as parameters, the first of which is at `position`."""
        places = enumerate(self.columns, position)
        return [_COMPUTED[name][1] % f"${place}" if name in _COMPUTED else f"${place}" for place, name in places]

    def page_select(
        self, select_list: str, tables: str, where: str, bounds: list[Bound], backwards: bool, limit: str
    ) -> str:
        """Return the SELECT of one page of the rows `r` of `tables` within the bounds."""
        names = ", ".join(self.expressions("r"))
        for is_after, key in bounds:
            where += f" AND ({names}) {'>' if is_after != self.descends else '<'} ({', '.join(key)})"
        direction = "DESC" if self.descends != backwards else "ASC"
        # PostgreSQL walks an index in order only if the order names each column before the key that must be null
        columns = [*_NULL_COLUMN.findall(where), *self.expressions("r")]
        order = ", ".join(f"{name} {direction}" for name in columns)
        return f"SELECT {select_list} FROM {tables} WHERE {where} ORDER BY {order} LIMIT {limit}"

    def postgres_select(
        self, select_list: str, tables: str, where: str, bounds: list[Bound], backwards: bool, limit: str, most: int
    ) -> str:
        """Return the SELECT of one page for PostgreSQL, with at most `most` rows.

        A prepared statement may be planned once for all its parameters. A limit that is a parameter is then taken for
        a tenth of all rows, and a plan is chosen that reads the whole table.
        """
        rows = self.page_select(select_list, tables, where, bounds, backwards, str(most))
        return f"SELECT * FROM ({rows}) page LIMIT {limit}"


class Sort(Order, Enum):
    """An order that clients choose by its name."""

    def __init__(self, direction: str, *columns: str) -> None:
        self.descends = direction == "DESC"
        self.columns = columns
        get = attrgetter(*columns)
        self.key = get if len(columns) > 1 else lambda row: (get(row),)

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

    def contains(self, key: Key, sort: Order) -> bool:
        """Return whether a row with this sort key lies between the two cursors."""
        return (self.after is None or sort.precedes(self.after, key)) and (
            self.before is None or sort.precedes(key, self.before)
        )


@lru_cache
def _without_peek(window: Window) -> Window:
    return replace(window, limit=window.limit - 1, peeks=False)


def sort_rows(rows: list[M], sort: Order) -> list[M]:
    return sorted(rows, key=sort.key, reverse=sort.descends) if len(rows) > 1 else rows


async def page(
    model: type[M], where: str, values: Sequence[Any], sort: Order, window: Window, names: Names = None
) -> list[M]:
    """Return one page of the rows that match `where` (with the parameters `values`), sorted."""
    statement = _page(model, names, where, len(values), sort, *_window_shape(window))
    rows = await read(model, statement, *values, *window.bounds, window.limit, names=names)
    return rows[::-1] if window.backwards else rows


async def pages(
    model: type[M], each: str, where: str, values: Sequence[Any], sort: Order, window: Window, names: Names = None
) -> list[M]:
    """Return one page of the rows that match `where` for each row `e` of `each`: one statement, not sorted."""
    statement = _pages(model, names, each, where, len(values), sort, *_window_shape(window))
    return await read(model, statement, *values, *window.bounds, window.limit, names=names)


async def merged_page(
    model: type[M], each: str, where: str, values: Sequence[Any], sort: Order, window: Window, names: Names = None
) -> list[M]:
    """Return one sorted page of the rows for all of `each` together. Reads at most `limit` rows for each."""
    return cut(sort_rows(await pages(model, each, where, values, sort, window, names), sort), window)


async def merged_pages(
    model: type[M],
    each: str,
    where: str,
    values: Sequence[Any],
    sort: Order,
    window: Window,
    names: Names = None,
    *,
    column: str,
) -> dict[Any, list[M]]:
    """Merge the pages of `each` into one page for each value of the column, in one statement for all of them."""
    rows = await pages(model, each, where, values, sort, window, names)
    return {value: cut(sort_rows(group, sort), window) for value, group in group_by(rows, column).items()}


class Lists(NamedTuple):
    """Lists that one statement reads: SQL with a row `e` for each list, and the condition for the list's rows `r`."""

    each: str
    where: str
    values: str


async def pages_around(
    model: type[M], others: Lists, anchored: Lists, anchor_id: str, sort: Order, limit: int, names: Names = None
) -> list[M]:
    """Return the rows on both sides of a row `a`, the anchor, of each of the lists `anchored`, with the anchor itself.

    `anchor_id` is the SQL of the anchor's id. Of the lists `others`, return the first page. Reads at most `limit` rows
    on each side, in one statement for all lists, not sorted. An anchor is returned even if it is not in its list.
    """
    statement = _pages_around(model, names, others[:2], anchored[:2], anchor_id, sort, _most(limit))
    rows = await read(model, statement, others.values, anchored.values, limit, names=names)
    return list({row.id: row for row in rows}.values())


async def count(model: type[Row], where: str, values: Sequence[Any]) -> int:
    """Return the number of the rows that match `where`: only for short lists, since all of them are read."""
    row = await fetch_one(_count(model, where), *values)
    return int(row[0]) if row else 0


@lru_cache(64)
def _count(model: type[Row], where: str) -> Statement:
    return Statement(f"SELECT count(*) FROM {table_of(model)} r WHERE {where}")


def cut(rows: list[M], window: Window) -> list[M]:
    """Return as many of the sorted rows as the window has."""
    return rows[-window.limit :] if window.backwards else rows[: window.limit]


def _window_shape(window: Window) -> tuple[bool, bool, bool, int]:
    """Return the properties of a window that its SQL text depends on."""
    return window.backwards, window.after is not None, window.before is not None, _most(window.limit)


def _most(limit: int) -> int:
    """Return the power of two that is not less than a limit, so that there are few texts."""
    return max(MIN_MOST_ROWS, 1 << (limit - 1).bit_length())


@lru_cache(1024)
def _page(
    model: type[Row],
    names: Names,
    where: str,
    parameter_count: int,
    sort: Order,
    backwards: bool,
    after: bool,
    before: bool,
    most: int,
) -> Statement:
    tables, conditions = joined(model, "r", names)
    bounds, limit = _bounds(sort, parameter_count, after, before)
    tables, selected = f"{table_of(model)} r{tables}", columns(model, "r", names)
    select = (selected, tables, where + conditions, bounds, backwards, limit)
    return Statement(sort.page_select(*select), sort.postgres_select(*select, most))


@lru_cache(1024)
def _pages(
    model: type[Row],
    names: Names,
    each: str,
    where: str,
    parameter_count: int,
    sort: Order,
    backwards: bool,
    after: bool,
    before: bool,
    most: int,
) -> Statement:
    table = table_of(model)
    bounds, limit = _bounds(sort, parameter_count, after, before)
    select = (f"{table} r", where, bounds, backwards, limit)
    sqlite, postgres = sort.page_select("r.id", *select), sort.postgres_select("r.*", *select, most)
    tables, conditions = joined(model, "c", names)
    return select_statement(
        model,
        "c",
        names,
        f"FROM {each} e CROSS JOIN {table} c{tables} WHERE c.id IN ({sqlite}){conditions}",
        f"FROM {each} e CROSS JOIN LATERAL ({postgres}) c{tables} WHERE true{conditions}",
    )


@lru_cache(1024)
def _pages_around(
    model: type[Row],
    names: Names,
    others: tuple[str, str],
    anchored: tuple[str, str],
    anchor_id: str,
    sort: Order,
    most: int,
) -> Statement:
    table, anchor, limit = table_of(model), sort.expressions("a"), "$3"
    (each_other, of_other), (each_anchored, of_anchored) = others, anchored
    # of a first page, of a page before the anchor, and of a page behind it
    rows: list[tuple[str, str, list[Bound], bool, str]] = [
        (f"{table} r", of_other, [], False, limit),
        (f"{table} r", of_anchored, [(False, anchor)], True, limit),
        (f"{table} r", of_anchored, [(True, anchor)], False, limit),
    ]
    first, before, behind = [sort.page_select("r.id", *each) for each in rows]
    to_anchor = f"FROM {each_anchored} e CROSS JOIN {table} a CROSS JOIN {table} p WHERE a.id = {anchor_id}"
    sqlite = [
        f"SELECT p.id FROM {each_other} e CROSS JOIN {table} p WHERE p.id IN ({first})",
        f"SELECT p.id {to_anchor} AND p.id IN ({before})",
        f"SELECT p.id {to_anchor} AND p.id IN ({behind})",
        f"SELECT {anchor_id} FROM {each_anchored} e",
    ]
    first, before, behind = [sort.postgres_select("r.*", *each, most) for each in rows]
    # each anchor is looked up by itself: PostgreSQL expects many, and would join the whole table
    to_anchor = f"FROM {each_anchored} e CROSS JOIN LATERAL (SELECT * FROM {table} WHERE id = {anchor_id} LIMIT 1) a"
    postgres = [
        f"SELECT p.* FROM {each_other} e CROSS JOIN LATERAL ({first}) p",
        f"SELECT p.* {to_anchor} CROSS JOIN LATERAL ({before}) p",
        f"SELECT p.* {to_anchor} CROSS JOIN LATERAL ({behind}) p",
        f"SELECT a.* {to_anchor}",
    ]
    tables, conditions = joined(model, "c", names)
    return select_statement(
        model,
        "c",
        names,
        f"FROM {table} c{tables} WHERE c.id IN ({' UNION ALL '.join(sqlite)}){conditions}",
        f"FROM ({' UNION ALL '.join(postgres)}) c{tables} WHERE true{conditions}",
    )


def _bounds(sort: Order, parameter_count: int, after: bool, before: bool) -> tuple[list[Bound], str]:
    """Return the bounds of a window and its limit, as the parameters after the first `parameter_count`."""
    position, bounds = parameter_count + 1, []
    for is_after, is_given in ((True, after), (False, before)):
        if is_given:
            bounds.append((is_after, sort.parameters(position)))
            position += len(sort.columns)
    return bounds, f"${position}"
