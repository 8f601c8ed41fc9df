"""The ticker: what happened on a campaign, written with every change and read as a list or followed live."""

from collections.abc import AsyncIterator, Awaitable
from datetime import UTC, datetime
from typing import Annotated, Any

import models
import storage
from models import Activity, ActivityKind, ActivitySort, Campaign, Comment, SubjectType, Supporter
from models.activity import listed
from refusals import not_found
from resolvers import policies
from resolvers.context import Context
from resolvers.declarations import RequestedAttributes, of_level, reads
from resolvers.ids import IdOf, global_id
from resolvers.names import ANONYMOUS_NAME
from resolvers.paging import Connection, CursorCodec, Page
from storage import keyset
from storage.keyset import Window
from storage.rows import Names

ROWS: dict[SubjectType, type[storage.Row]] = {
    SubjectType.SIGNATURE: models.Signature,
    SubjectType.COMMENT: models.Comment,
    SubjectType.UPDATE: models.CampaignUpdate,
    SubjectType.CAMPAIGN: models.Campaign,
    SubjectType.DONATION: models.Donation,
}


class ActivityEvent:
    """One event of the live log, with the cursor to resume from."""

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
    """Write one row of the log. Its seq comes from the campaign's row, so that seq order is commit order.

    `seq` is given by a caller who has taken it with the campaign's counts, in one statement.
    """
    if seq is None:
        row = await storage.fetch_one(models.campaigns.TAKE_SEQS, campaign_id, 1)
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
    """A row of the log about a comment, found again by its thread."""
    subject = (SubjectType.COMMENT, comment.id)
    await record(context, comment.campaign_id, kind, subject, at, actor_id=actor_id, thread_id=comment.root_id, seq=seq)


@reads("id")
async def activity(
    campaign: Campaign,
    context: Context,
    page: Page,
    kinds: Annotated[list[ActivityKind] | None, "Only these kinds; every kind if null."] = None,
    requested: RequestedAttributes = None,
) -> Connection[Activity]:
    """What happened, newest first. A cursor from here can be given to the `activity` subscription."""
    log = _Log(context, campaign.id, None, kinds, ActivitySort.NEWEST, listed(requested))
    window = page.window(log.place, 10)
    return Connection(await log.read(window), window, log.place)


async def follow_activity(
    context: Context,
    campaign_id: Annotated[int, IdOf("Campaign")],
    thread_id: Annotated[int | None, IdOf("Comment"), "Only what happens in this thread."] = None,
    kinds: Annotated[list[ActivityKind] | None, "Only these kinds; every kind if null."] = None,
    after: Annotated[str | None, "What happened since this cursor comes first; null: from now on."] = None,
) -> AsyncIterator[ActivityEvent]:
    """The log: durable, in order, each event exactly once per cursor.

    `after` gives first what was missed, then what happens, with no gap and no repeat. It takes a cursor of this
    subscription, or of `Campaign.activity`, with the same campaign and kinds.
    """
    policies.may_see_campaign(context, await context.row(Campaign, campaign_id), "campaignId")
    if thread_id is not None:
        thread = policies.may_see_comment(context, await context.row(Comment, thread_id))
        if thread.campaign_id != campaign_id or thread.parent_id is not None:
            raise not_found("thread on this campaign", "threadId")
    log = _Log(context, campaign_id, thread_id, kinds, ActivitySort.OLDEST)
    since = None if after is None else int(log.place.read(after)[0])
    rows = context.live.follow(campaign_id, since, log.catch, log.wants)
    try:
        async for row in rows:
            yield ActivityEvent(row, log.place)
    finally:
        await rows.aclose()  # type: ignore[attr-defined]


@reads("actor_id", "actor.display_name", badge="actor.badge")
def actor(activity: Activity, context: Context) -> Awaitable[Supporter] | Supporter | None:
    """Who did it; null for what the organisers or nobody in particular did."""
    return activity.loaded_actor or (context.row(Supporter, activity.actor_id) if activity.actor_id else None)


@reads("actor_id", "actor.display_name")
@of_level
async def actor_name(activities: list[Activity], context: Context) -> list[str]:
    """The name to show, made now: a later choice or erasure holds for the past too."""
    unknown = {activity.actor_id for activity in activities if activity.actor_id and not activity.loaded_actor}
    people = await storage.by_ids(Supporter, unknown)
    actors = [activity.loaded_actor or people.get(activity.actor_id or 0) for activity in activities]
    return [actor.display_name if actor else ANONYMOUS_NAME for actor in actors]


@reads("subject_type", "subject_id", "actor_id")
async def subject(activity: Activity, context: Context) -> Any:
    """What it was about; null once it is erased or hidden, and a donation but for its donor and who records them."""
    row = await context.row(ROWS[activity.subject_type], activity.subject_id)
    if isinstance(row, models.Donation) and not policies.sees_donation(context, row):
        return None
    if isinstance(row, models.Signature) and activity.actor_id is None:  # taken back, or its signer is erased
        return None
    return None if isinstance(row, Comment) and not row.is_visible else row


@reads("occurred_at")
def occurred_at(activity: Activity, context: Context) -> datetime:
    """When it happened; rounded down, so that nobody is found by the second at which they were online."""
    return coarse(activity.occurred_at, context.settings.ticker_seconds)


def coarse(moment: datetime, seconds: int) -> datetime:
    """The moment, rounded down to a multiple of so many seconds; 0: as it is."""
    return datetime.fromtimestamp(int(moment.timestamp()) // seconds * seconds, UTC) if seconds else moment


@reads("subject_type", "subject_id")
def subject_id(activity: Activity) -> str:
    """The id of what it was about, also when that is hidden now: so a page knows which comment to take away."""
    return global_id(activity.subject_type, activity.subject_id)


class _Log:
    """One campaign's log through a filter: the same for its pages, its catch-up and its live rows."""

    def __init__(
        self,
        context: Context,
        campaign_id: int,
        thread_id: int | None,
        kinds: Any,
        sort: ActivitySort,
        names: Names = None,
    ) -> None:
        self.campaign_id = campaign_id
        self.thread_id = thread_id
        self.kinds = None if kinds is None else sorted(set(kinds))
        self.sort = sort
        self.names = names
        # one place for both orders: a page's cursor opens the subscription
        name = f"activity:{campaign_id}:{thread_id or ''}:{'' if self.kinds is None else ','.join(self.kinds)}"
        self.place = CursorCodec(context.settings.key, name, ActivitySort.NEWEST)

    def wants(self, row: Activity) -> bool:
        return (self.thread_id is None or row.thread_id == self.thread_id) and (
            self.kinds is None or row.kind in self.kinds
        )

    async def catch(self, after: int, limit: int) -> list[Activity]:
        return await self.read(Window(limit, after=(after,)))

    async def read(self, window: Window) -> list[Activity]:
        if self.thread_id is not None:
            where = "r.campaign_id = $1 AND r.thread_id = $2"
            if self.kinds is None:
                return await keyset.page(Activity, where, (self.campaign_id, self.thread_id), self.sort, window)
            # a thread's log is short: its kinds are picked from it as it is walked
            of_kinds = (self.campaign_id, self.thread_id, storage.json_list(self.kinds))
            return await keyset.page(Activity, f"{where} AND r.kind IN {{texts $3}}", of_kinds, self.sort, window)
        if self.kinds is None:
            return await keyset.page(Activity, "r.campaign_id = $1", (self.campaign_id,), self.sort, window, self.names)
        values = (storage.json_list(self.kinds), self.campaign_id)
        where = "r.campaign_id = $2 AND r.kind = e.value"
        return await keyset.merged_page(Activity, "{texts $1}", where, values, self.sort, window, self.names)
