"""Comment trees: the replies below a comment, depth first, each before its own replies.

The position of a reply in its tree is its path with its own id at the end. So the replies below a comment are one range
of positions, in order, and one partial index on the positions (`comments_preorder`) serves every page of every tree.
"""

from functools import lru_cache

from models.comments import MAX_DEPTH
from storage.database import Statement
from storage.keyset import Bound, Order, Sort

IN_TREE = "r.is_listed = true AND r.parent_id IS NOT NULL"
"""The rows of the index. Statements that use it have a row `e` for each tree: `e.b` is the position of its top."""
_TOP, _ROW = "{key e.b}", "{preorder r}"


def _within_tree(bounds: list[Bound]) -> tuple[str, str]:
    """Return the SQL of the positions after and before which the rows of a page are: those of the tree without bounds.

    An index search takes only one bound of each kind.
    """
    given = {is_after: key for is_after, (key,) in bounds}
    return given.get(True, f"{{below {_TOP}}}"), given.get(False, f"{{behind {_TOP}}}")


class TreeSort(Sort):
    PREORDER = ("ASC", "preorder")

    def page_select(
        self, select_list: str, tables: str, where: str, bounds: list[Bound], backwards: bool, limit: str
    ) -> str:
        """Return the SELECT of a page. It reads `limit` rows from one bound on, and keeps those up to the other.

        Told both bounds, PostgreSQL expects few rows between them, and would read and sort a whole thread.
        """
        after, before = _within_tree(bounds)
        start = (False, [before]) if backwards else (True, [after])
        end = f"{{preorder page}} > {after}" if backwards else f"{{preorder page}} < {before}"
        read = select_list if select_list == "r.*" else f"{select_list}, r.path"
        rows = super().page_select(read, tables, where, [start], backwards, limit)
        return f"SELECT {select_list.replace('r.', 'page.')} FROM ({rows}) page WHERE {end}"


class PreorderToDepth(Order):
    """Pre-order without the replies more than `depth` levels below the top.

    A page walks from row to row, and each step is a search in the index: from a row at the lowest level to the first
    position behind everything below it. So a page reads as many rows as it has, however many replies are left out.
    """

    name = TreeSort.PREORDER.name
    descends = TreeSort.PREORDER.descends
    columns = TreeSort.PREORDER.columns
    key = staticmethod(TreeSort.PREORDER.key)

    def __init__(self, depth: int) -> None:
        self._lowest = f"length({_TOP}) + {{id width}} * {depth}"
        """SQL of the length of the positions at the lowest level."""

    def page_select(
        self, select_list: str, tables: str, where: str, bounds: list[Bound], backwards: bool, limit: str
    ) -> str:
        after, before = _within_tree(bounds)
        start = self._behind(after) if any(is_after for is_after, _ in bounds) else after
        step = self._previous(where, start) if backwards else self._next(where, before)
        return (
            f"WITH RECURSIVE walk(id, place, step) AS (SELECT CAST(0 AS bigint), {before if backwards else start}, 0"
            f" UNION ALL SELECT s.id, {{preorder s}}, w.step + 1 FROM walk w CROSS JOIN comments s"
            f" WHERE w.step < {limit} AND s.id = ({step}))"
            f" SELECT {select_list} FROM walk w CROSS JOIN {tables} WHERE r.id = w.id"
        )

    def postgres_select(
        self, select_list: str, tables: str, where: str, bounds: list[Bound], backwards: bool, limit: str, most: int
    ) -> str:
        """Return the same SELECT: it has no limit for PostgreSQL to plan by."""
        return self.page_select(select_list, tables, where, bounds, backwards, limit)

    def _behind(self, place: str) -> str:
        """Return the SQL of the position from which to go on after a row: behind its subtree at the lowest level."""
        return f"CASE WHEN length({place}) >= {self._lowest} THEN {{behind {place}}} ELSE {{below {place}}} END"

    def _next(self, where: str, before: str) -> str:
        start = f"CASE WHEN w.step = 0 THEN w.place ELSE {self._behind('w.place')} END"
        where = f"{where} AND {_ROW} >= {start} AND {_ROW} < {before}"
        return f"SELECT r.id FROM comments r WHERE {where} ORDER BY {_ROW} LIMIT 1"

    def _previous(self, where: str, after: str) -> str:
        """Return the SELECT of the row before, or, if that is below the lowest level, of its ancestor at this level."""
        nearest = (
            f"SELECT {_ROW} FROM comments r WHERE {where} AND {_ROW} < w.place AND {_ROW} >= {after}"
            f" ORDER BY {_ROW} DESC LIMIT 1"
        )
        where = f"{where} AND {_ROW} >= substr(({nearest}), 1, {self._lowest})"
        return f"SELECT r.id FROM comments r WHERE {where} ORDER BY {_ROW} LIMIT 1"


preorder_to_depth = lru_cache(MAX_DEPTH)(PreorderToDepth)

COUNT_LISTED = Statement(
    f"SELECT e.a, (SELECT count(*) FROM comments r WHERE {IN_TREE} AND {_ROW} > {{below {_TOP}}}"
    f" AND {_ROW} < {{behind {_TOP}}}) FROM {{named $1}} e"
)
# each comment knows the number of its listed replies, so the replies at the lowest level are not read
COUNT_LISTED_TO_DEPTH = Statement(
    "WITH RECURSIVE tree(top_id, id, campaign_id, level, reply_count) AS ("
    "SELECT c.id, c.id, c.campaign_id, 1, c.listed_reply_count FROM {ids $1} i CROSS JOIN comments c"
    " WHERE c.id = i.value UNION ALL SELECT t.top_id, c.id, c.campaign_id, t.level + 1, c.listed_reply_count"
    " FROM tree t CROSS JOIN comments c WHERE t.level < $2 AND t.reply_count > 0"
    " AND c.campaign_id = t.campaign_id AND c.parent_id = t.id AND c.is_listed = true)"
    " SELECT top_id, sum(reply_count) FROM tree GROUP BY top_id"
)
