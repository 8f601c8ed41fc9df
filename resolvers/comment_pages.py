"""Pages of comments: the lists of one level as connections, opened around a comment, with the viewer's own comments."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

import models
import storage
from models import Campaign, Comment
from refusals import not_found
from resolvers import policies
from resolvers.context import Context
from resolvers.paging import Connection, CursorCodec, Page
from storage import keyset
from storage.keyset import Lists, Order, Window
from storage.rows import Names

Pages = dict[int, list[Comment]]
"""Comments by the id of their list: the id of its campaign or parent."""


@dataclass(frozen=True)
class Level:
    """The lists of comments at one level of a query."""

    list_ids: list[int]
    places: list[CursorCodec]
    totals: list[int]
    own: Pages
    """The viewer's own comments in these lists that wait for a moderator."""
    group: Callable[[Iterable[Comment]], Pages]
    """Group comments by list."""
    default_size: int

    def window(self, page: Page) -> Window:
        return page.window_of_level(self.places, self.default_size)

    @property
    def sort(self) -> Order:
        return self.places[0].sort

    def connections(self, pages: Pages, window: Window) -> list[Connection[Comment]]:
        """Return the connections of pages, with the viewer's own comments in the pages that they belong to."""
        for list_id, rows in self.own.items():
            extra = [row for row in rows if window.contains(self.sort.key(row), self.sort)]
            if extra:
                merged = keyset.sort_rows(pages.get(list_id, []) + extra, self.sort)
                pages[list_id] = keyset.cut(merged, window)
        lists = zip(self.list_ids, self.places, self.totals, strict=True)
        return [Connection(pages.get(list_id, []), window, place, total) for list_id, place, total in lists]

    async def connections_around(
        self, anchors: dict[int, int], others: Lists, anchored: Lists, anchor_id: str, window: Window, names: Names
    ) -> list[Connection[Comment]]:
        """Return each list that has an anchor opened around it, and the first page of each other list.

        `anchors` are comment ids by list; for the other arguments see `keyset.pages_around`.
        """
        names = names and tuple(dict.fromkeys((*names, "is_listed")))
        rows = await keyset.pages_around(Comment, others, anchored, anchor_id, self.sort, window.limit, names)
        keys = {row.id: self.sort.key(row) for row in rows}
        pages = self.group(row for row in rows if row.is_listed)

        def connection(list_id: int, place: CursorCodec, total: int) -> Connection[Comment]:
            page = keyset.sort_rows(pages.get(list_id, []) + self.own.get(list_id, []), self.sort)
            key = keys.get(anchors.get(list_id, 0))
            if key is None:
                return Connection(keyset.cut(page, window), window, place, total)
            return Connection.around(page, key, window.limit - 1, place, total)

        return [connection(*each) for each in zip(self.list_ids, self.places, self.totals, strict=True)]


async def located(context: Context, page: Page, comment_id: int | None, campaign_ids: Iterable[int]) -> Comment | None:
    """Return the comment around which the lists of these campaigns open, if a comment is given.

    Refuse a comment that does not exist or that the viewer may not view.
    """
    if comment_id is None:
        return None
    page.check_around()
    comment: Comment | None = await context.row(Comment, comment_id)
    if comment is None or not policies.may_view_comment(context, comment):
        raise not_found("comment", "around")
    if comment.campaign_id not in campaign_ids:
        campaign = await context.row(Campaign, comment.campaign_id)
        policies.check_view_campaign(context, campaign, "around")
    return comment


def lineage(comment: Comment | None) -> dict[int, int]:
    """Return, by the id of each ancestor, the id of its reply from which the comment descends, or which it is."""
    return dict(pairwise((*comment.ancestor_ids, comment.id))) if comment else {}


async def own_waiting_comments(context: Context, campaign_ids: Iterable[int]) -> list[Comment]:
    """Return the viewer's own comments that wait for a moderator; no list shows them to anyone else."""
    viewer_id = context.viewer.supporter_id
    if viewer_id is None:
        return []
    loading = [context.load(_load_own_waiting, campaign_id, viewer_id) for campaign_id in campaign_ids]
    return [row for rows in loading for row in await rows or []]


async def _load_own_waiting(campaign_ids: list[int], author_id: int) -> Pages:
    statement, ids = models.comments.SELECT_OWN_WAITING, storage.json_list(campaign_ids)
    return storage.group_by(await storage.read(Comment, statement, author_id, ids), "campaign_id")
