"""The events of all campaigns in one list, for programs that keep a copy: each event exactly once per cursor.

A cursor holds the seq of the last event that was read of each campaign. In one campaign the order of seq is the order
of the commits, so no event is committed behind a cursor (docs/decisions/events-cursor.md).
"""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Annotated

import models
import storage
from auth.viewers import Scope
from models import Activity, ActivityKind, ActivitySort, Campaign
from models.activity import list_columns
from resolvers import policies
from resolvers.context import Context
from resolvers.declarations import RequestedAttributes, list_size
from resolvers.event_cursors import EventCursors, Seen, unpack
from resolvers.ids import IdOf
from resolvers.instants import round_down
from resolvers.paging import Connection, CursorCodec, ForwardPage
from storage import keyset
from storage.keyset import Window
from storage.rows import Names

EVENTS_SHOWN = 50
TIME_COLUMNS = ("id", "campaign_id", "seq", "occurred_at")


@list_size(EVENTS_SHOWN)
async def events(
    context: Context,
    page: ForwardPage,
    campaign_id: Annotated[int | None, IdOf("Campaign"), "Only this campaign's; every campaign's if null."] = None,
    kinds: Annotated[list[ActivityKind] | None, "Only these kinds; every kind if null."] = None,
    requested: RequestedAttributes = None,
) -> Connection[Activity] | None:
    """The events of all campaigns, oldest first, for programs that keep a copy: each event exactly once per cursor.

    Within a campaign, the order is that of its log; between campaigns, the one whose next event is the oldest comes
    first. An empty page means that there is nothing new: ask again later with the same cursor. A cursor holds the last
    event that was read of each campaign, and is valid with any `campaignId` and `kinds`.
    """
    limit = page.limit(EVENTS_SHOWN)
    codec = CursorCodec(context.settings.key, "events", ActivitySort.OLDEST)
    seen = {} if page.after is None else unpack(codec.read_bytes(page.after))
    if campaign_id is None:
        campaign_ids = await _campaigns_with_news(context, seen)
    else:
        campaign_ids = [
            policies.check_view_campaign(context, await context.row(Campaign, campaign_id), "campaignId").id
        ]
    unread = UnreadEvents({each: seen.get(each, 0) for each in campaign_ids}, kinds, context.settings.ticker_seconds)
    names = None if requested is None else list_columns(requested | {"occurred_at"})
    rows = await unread.first_rows(limit, names)
    return Connection(rows, Window(limit, after=None if page.after is None else ()), EventCursors(codec, seen, rows))


async def _campaigns_with_news(context: Context, seen: Seen) -> list[int]:
    """Return the campaigns that the viewer may view and whose last seq was not read."""
    views_drafts = context.viewer.may(Scope.MANAGE_CAMPAIGNS)
    statement = (
        models.events.SELECT_CAMPAIGNS_WITH_NEWS if views_drafts else models.events.SELECT_PUBLIC_CAMPAIGNS_WITH_NEWS
    )
    return [row[0] for row in await storage.fetch(statement, storage.json_list(seen.items()))]


@dataclass(frozen=True, slots=True)
class UnreadEvents:
    """The events of some campaigns that come after the seq that was read of each."""

    seen: Seen
    kinds: Sequence[ActivityKind] | None
    ticker_seconds: int

    async def first_rows(self, limit: int, names: Names) -> list[Activity]:
        """Return the first events of the merged list."""
        if not self.seen:
            return []
        campaign_ids: Iterable[int] = self.seen
        if len(self.seen) > limit:
            # the merged list takes one event of each of these campaigns before it takes any event of another one
            logs = await self._logs(campaign_ids, 1, TIME_COLUMNS)
            campaign_ids = heapq.nsmallest(limit, logs, key=lambda campaign_id: self._turn(logs[campaign_id][0]))
        logs = await self._logs(campaign_ids, limit, names)
        return list(islice(heapq.merge(*logs.values(), key=self._turn), limit))

    async def _logs(self, campaign_ids: Iterable[int], limit: int, names: Names) -> dict[int, list[Activity]]:
        """Return the first events of each campaign that has any, in the order of seq, in one statement."""
        each, where = "{pairs $1}", "r.campaign_id = e.a AND r.seq > e.b"
        values = [storage.json_list((campaign_id, self.seen[campaign_id]) for campaign_id in campaign_ids)]
        if self.kinds is not None:
            each = f"(SELECT p.a, p.b, k.value FROM {each} p CROSS JOIN {{texts $2}} k)"
            where += " AND r.kind = e.value"
            values.append(storage.json_list(set(self.kinds)))
        oldest, window = ActivitySort.OLDEST, Window(limit)
        return await keyset.merged_pages(Activity, each, where, values, oldest, window, names, column="campaign_id")

    def _turn(self, row: Activity) -> tuple[datetime, int]:
        """Return the place of a campaign's next event among those of others: by the time that everyone sees."""
        return round_down(row.occurred_at, self.ticker_seconds), row.campaign_id
