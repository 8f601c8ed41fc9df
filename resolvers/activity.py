"""The activity log: recording an event with each change, listing a campaign's events, and the fields of an event."""

from collections.abc import Awaitable, Iterable
from datetime import UTC, datetime
from itertools import product
from typing import Annotated, Any

import models
import storage
from models import Activity, ActivityKind, ActivitySort, Campaign, Comment, SubjectType, Supporter
from models.activity import COLUMNS_WITH_NAMES, NAME_COLUMNS, SELECT_WITH_NAMES, list_columns
from resolvers import policies
from resolvers.campaign_field import campaign_of
from resolvers.context import Context
from resolvers.declarations import RequestedAttributes, list_size, of_level, reads
from resolvers.ids import global_id
from resolvers.names import ANONYMOUS_NAME, names_of
from resolvers.paging import Connection, CursorCodec, Page
from storage import keyset
from storage.keyset import Window
from storage.rows import Names

ACTIVITY_SHOWN = 10

SUBJECT_MODELS: dict[SubjectType, type[storage.Row]] = {
    SubjectType.SIGNATURE: models.Signature,
    SubjectType.COMMENT: models.Comment,
    SubjectType.UPDATE: models.CampaignUpdate,
    SubjectType.CAMPAIGN: models.Campaign,
    SubjectType.DONATION: models.Donation,
}

campaign = campaign_of  # the field `campaign`


class ActivityEvent:
    """An event of the subscription, with the cursor to resume from."""

    def __init__(self, activity: Activity, place: CursorCodec) -> None:
        self.activity = activity
        self.cursor = place.cursor(activity)


async def record(
    context: Context,
    campaign_id: int,
    kind: ActivityKind,
    subject: tuple[SubjectType, int],
    at: datetime,
    *,
    actor_id: int | None = None,
    thread_id: int | None = None,
    seq: int | None = None,
) -> None:
    """Insert one row into the activity log, and wake the campaign's followers after the commit.

    `seq` comes from the campaign's row, which stays locked until the commit, so that the order of `seq` is the order
    of commits. A caller that has incremented `activity_seq` together with other counters gives `seq`.
    """
    if seq is None:
        row = await storage.fetch_one(models.campaigns.UPDATE_ACTIVITY_SEQ, campaign_id, 1)
        seq = int(row[0]) if row else 0
    await storage.insert(
        Activity,
        campaign_id=campaign_id,
        seq=seq,
        kind=kind,
        actor_id=actor_id,
        subject_type=subject[0],
        subject_id=subject[1],
        thread_id=thread_id,
        occurred_at=at,
    )
    context.wake_ups[campaign_id] = seq


async def record_comment(
    context: Context, comment: Comment, kind: ActivityKind, at: datetime, actor_id: int | None, seq: int | None = None
) -> None:
    """Insert a row about a comment into the activity log, with the comment's thread."""
    subject = (SubjectType.COMMENT, comment.id)
    await record(context, comment.campaign_id, kind, subject, at, actor_id=actor_id, thread_id=comment.root_id, seq=seq)


@list_size(ACTIVITY_SHOWN)
@reads("id")
@of_level
async def activity(
    campaigns: list[Campaign],
    context: Context,
    page: Page,
    kinds: Annotated[list[ActivityKind] | None, "Only these kinds; every kind if null."] = None,
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
    if log.kinds is None:
        each, where, values = "{ids $1}", "r.campaign_id = e.value", storage.json_list(logs)
    else:
        each, where = "{named $1}", "r.campaign_id = e.a AND r.kind = e.b"
        values = storage.json_list(product(logs, log.kinds))
    return await keyset.merged_pages(
        Activity, each, where, (values,), ActivitySort.NEWEST, window, names, column="campaign_id"
    )


@reads("actor_id", "actor.display_name", badge="actor.badge")
def actor(activity: Activity, context: Context) -> Awaitable[Supporter] | Supporter | None:
    """The person who did it; null for events without a person, such as those of the organisers."""
    return activity.loaded_actor or (context.row(Supporter, activity.actor_id) if activity.actor_id else None)


@reads("actor_id", *NAME_COLUMNS)
@of_level
async def actor_name(activities: list[Activity], context: Context) -> list[str]:
    """The name to show in the ticker: never more of it than the campaign's `tickerNameCeiling`.

    It follows the person's current choice and erasure, for past events too.
    """
    named = await _with_names({row.id for row in activities if row.actor_id and not row.loaded_campaign})
    return [_ticker_name(named.get(activity.id, activity)) for activity in activities]


async def _with_names(activity_ids: set[int]) -> dict[int, Activity]:
    """Return these activities by id, each with the names of its actor, for lists that were read without them."""
    if not activity_ids:
        return {}
    ids = storage.json_list(activity_ids)
    rows = await storage.read(Activity, SELECT_WITH_NAMES, ids, names=COLUMNS_WITH_NAMES)
    return {row.id: row for row in rows}


def _ticker_name(activity: Activity) -> str:
    actor, campaign = activity.loaded_actor, activity.loaded_campaign
    return names_of(actor).capped(campaign.ticker_name_ceiling) if actor and campaign else ANONYMOUS_NAME


@reads("subject_type", "subject_id", "actor_id")
async def subject(activity: Activity, context: Context) -> Any:
    """The subject of the event; null once the subject is erased or hidden.

    Only the donor and those who record donations see a donation.
    """
    row = await context.row(SUBJECT_MODELS[activity.subject_type], activity.subject_id)
    if isinstance(row, models.Donation) and not policies.may_view_donation(context, row):
        return None
    if isinstance(row, models.Signature) and activity.actor_id is None:  # withdrawn, or the signer is erased
        return None
    return None if isinstance(row, Comment) and not row.is_visible else row


@reads("occurred_at")
def occurred_at(activity: Activity, context: Context) -> datetime:
    """When it happened, rounded down, so that the exact second identifies nobody."""
    return round_down(activity.occurred_at, context.settings.ticker_seconds)


def round_down(moment: datetime, seconds: int) -> datetime:
    """Round a time down to a multiple of `seconds`; with 0, return it unchanged."""
    return datetime.fromtimestamp(int(moment.timestamp()) // seconds * seconds, UTC) if seconds else moment


@reads("subject_type", "subject_id")
def subject_id(activity: Activity) -> str:
    """The id of the subject, also if the subject is hidden now, so that a page knows which comment to remove."""
    return global_id(activity.subject_type, activity.subject_id)


class ActivityLog:
    """One campaign's log with a filter: the same for pages, for catching up, and for live events."""

    def __init__(
        self,
        context: Context,
        campaign_id: int,
        thread_id: int | None = None,
        kinds: Iterable[ActivityKind] | None = None,
    ) -> None:
        self.campaign_id = campaign_id
        self.thread_id = thread_id
        self.kinds = None if kinds is None else sorted(set(kinds))
        # one name for both orders, since the cursor of a page opens the subscription
        name = f"activity:{campaign_id}:{thread_id or ''}:{'' if self.kinds is None else ','.join(self.kinds)}"
        self.place = CursorCodec(context.settings.key, name, ActivitySort.NEWEST)

    def matches(self, row: Activity) -> bool:
        return (self.thread_id is None or row.thread_id == self.thread_id) and (
            self.kinds is None or row.kind in self.kinds
        )

    async def catch_up(self, after_seq: int, limit: int) -> list[Activity]:
        """Return the oldest matching rows after a seq."""
        return await self.read(ActivitySort.OLDEST, Window(limit, after=(after_seq,)))

    async def read(self, sort: ActivitySort, window: Window, names: Names = None) -> list[Activity]:
        values: tuple[Any, ...]
        if self.thread_id is None and self.kinds is not None:
            values = (storage.json_list(self.kinds), self.campaign_id)
            where = "r.campaign_id = $2 AND r.kind = e.value"
            return await keyset.merged_page(Activity, "{texts $1}", where, values, sort, window, names)
        where, values = "r.campaign_id = $1", (self.campaign_id,)
        if self.thread_id is not None:
            where, values = f"{where} AND r.thread_id = $2", (*values, self.thread_id)
            if self.kinds is not None:  # a thread's log is short, so other kinds may be read and filtered out
                where, values = f"{where} AND r.kind IN {{texts $3}}", (*values, storage.json_list(self.kinds))
        return await keyset.page(Activity, where, values, sort, window, names)
