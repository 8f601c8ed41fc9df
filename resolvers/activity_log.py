"""Lists of activities: pages of campaigns' logs, and one log with its filter, which pages and subscriptions share."""

from collections.abc import Iterable
from itertools import product
from typing import Annotated, Any

import storage
from models import Activity, ActivityKind, ActivitySort, Campaign
from models.activity import HOUSEKEEPING_KINDS, IN_TICKER, TICKER_KINDS, list_columns
from resolvers.context import Context
from resolvers.declarations import RequestedAttributes, list_size, of_level, reads
from resolvers.paging import Connection, CursorCodec, Page
from storage import keyset
from storage.keyset import Window
from storage.rows import Names

ACTIVITY_SHOWN = 10
_IN_TICKER, _HOUSEKEEPING = (
    ", ".join(kind for kind in ActivityKind if kind in kinds) for kinds in (TICKER_KINDS, HOUSEKEEPING_KINDS)
)
KINDS = (
    f"Only these kinds. Null: the kinds that a ticker shows, {_IN_TICKER}."
    f" A page that keeps itself up to date also asks for {_HOUSEKEEPING}."
)
"""The description of the argument `kinds`."""


class ActivityEvent:
    """An event of the subscription, with the cursor to resume from."""

    def __init__(self, activity: Activity, place: CursorCodec) -> None:
        self.activity = activity
        self.cursor = place.cursor(activity)


@list_size(ACTIVITY_SHOWN)
@reads("id")
@of_level
async def activity(
    campaigns: list[Campaign],
    context: Context,
    page: Page,
    kinds: Annotated[list[ActivityKind] | None, KINDS] = None,
    requested: RequestedAttributes = None,
) -> list[Connection[Activity]]:
    """The campaign log, newest first. A cursor from here can be given to the `activity` subscription."""
    logs = [ActivityLog(context, campaign.id, kinds=kinds) for campaign in campaigns]
    windows = [page.window(log.place, ACTIVITY_SHOWN) for log in logs]  # a cursor is refused by all lists but its own
    # several objects of a level may be the same campaign
    by_campaign = {log.campaign_id: log for log in logs}
    rows = await _newest_pages(by_campaign, windows[0], list_columns(requested))
    return [
        Connection(rows.get(log.campaign_id, []), window, log.place) for log, window in zip(logs, windows, strict=True)
    ]


async def _newest_pages(logs: dict[int, "ActivityLog"], window: Window, names: Names) -> dict[int, list[Activity]]:
    """Return a page of each log, by campaign, in one statement. All logs have the same kinds and window."""
    campaign_id, log = next(iter(logs.items()))
    if len(logs) == 1:
        return {campaign_id: await log.read(ActivitySort.NEWEST, window, names)}
    condition = log.indexed_condition
    if condition is not None:
        each, where, values = "{ids $1}", f"r.campaign_id = e.value{condition}", storage.json_list(logs)
    else:
        each, where = "{named $1}", "r.campaign_id = e.a AND r.kind = e.b"
        values = storage.json_list(product(logs, log.kinds))
    return await keyset.merged_pages(
        Activity, each, where, (values,), ActivitySort.NEWEST, window, names, column="campaign_id"
    )


class ActivityLog:
    """Read one campaign's log with a filter: the same for pages, for catching up, and for live events."""

    def __init__(
        self,
        context: Context,
        campaign_id: int,
        thread_id: int | None = None,
        kinds: Iterable[ActivityKind] | None = None,
    ) -> None:
        self.campaign_id = campaign_id
        self.thread_id = thread_id
        self.kinds = sorted(TICKER_KINDS if kinds is None else set(kinds))
        # One name for both orders, since the cursor of a page opens the subscription. The name of a log of the default
        # kinds does not list them, so that its cursors stay valid when there are more kinds.
        name = f"activity:{campaign_id}:{thread_id or ''}:{'' if kinds is None else ','.join(self.kinds)}"
        self.place = CursorCodec(context.settings.key, name, ActivitySort.NEWEST)

    @property
    def indexed_condition(self) -> str | None:
        """Return the condition for the kinds if the rows are one range of an index; None if each kind is a range."""
        return _INDEXED_CONDITIONS.get(frozenset(self.kinds))

    def matches(self, row: Activity) -> bool:
        return (self.thread_id is None or row.thread_id == self.thread_id) and row.kind in self.kinds

    async def catch_up(self, after_seq: int, limit: int) -> list[Activity]:
        """Return the oldest matching rows after a seq."""
        return await self.read(ActivitySort.OLDEST, Window(limit, after=(after_seq,)))

    async def read(self, sort: ActivitySort, window: Window, names: Names = None) -> list[Activity]:
        values: tuple[Any, ...]
        if self.thread_id is not None:  # a thread's log is short, so other kinds may be read and filtered out
            where = "r.campaign_id = $1 AND r.thread_id = $2 AND r.kind IN {texts $3}"
            values = (self.campaign_id, self.thread_id, storage.json_list(self.kinds))
        elif self.indexed_condition is not None:
            where, values = f"r.campaign_id = $1{self.indexed_condition}", (self.campaign_id,)
        else:
            where, values = "r.campaign_id = $2 AND r.kind = e.value", (storage.json_list(self.kinds), self.campaign_id)
            return await keyset.merged_page(Activity, "{texts $1}", where, values, sort, window, names)
        return await keyset.page(Activity, where, values, sort, window, names)


_INDEXED_CONDITIONS = {TICKER_KINDS: f" AND r.{IN_TICKER}", frozenset(ActivityKind): ""}
"""For the sets of kinds whose rows are one range of an index: the condition that goes with the campaign."""
