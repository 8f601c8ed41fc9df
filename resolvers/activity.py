"""The activity log: recording an event with each change, and the fields of an event. Its lists are in activity_log."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Any

import models
import storage
from models import (
    Activity,
    ActivityKind,
    CampaignUpdate,
    Comment,
    Donation,
    Milestone,
    Partner,
    ReactionKind,
    SafeInt,
    Signature,
    SubjectType,
    Supporter,
)
from models.activity import COLUMNS_WITH_NAMES, NAME_COLUMNS, SELECT_WITH_NAMES
from resolvers import changes, instants, policies
from resolvers.campaign_field import campaign_of
from resolvers.context import Context
from resolvers.declarations import list_size, looked_up, reads
from resolvers.ids import global_id, ids_of
from resolvers.names import ANONYMOUS_NAME, names_of
from resolvers.visibility import named

MAX_CHANGED_FIELDS = 20  # the longest list of a campaign's changed fields, by which the cost is estimated

# ---------------------------------------------------------------- writing


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
    detail: dict[str, Any] | None = None,
) -> None:
    """Insert one row into the activity log, and wake the campaign's followers after the commit.

    `seq` comes from the campaign's row, which stays locked until the commit, so that the order of `seq` is the order
    of commits. A caller that has incremented `activity_seq` together with other counters gives `seq`.

    `detail` has what else the kind tells. It never holds the id of a person: an erasure finds a person's rows by
    `actor_id`.
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
        detail=detail,
    )
    context.wake_ups[campaign_id] = seq
    changes.publish(context, campaign_id, seq=seq)


async def record_comment(
    context: Context,
    comment: Comment,
    kind: ActivityKind,
    at: datetime,
    actor_id: int | None,
    seq: int | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Insert a row about a comment into the activity log, with the comment's thread."""
    subject = (SubjectType.COMMENT, comment.id)
    thread_id = comment.root_id
    await record(
        context, comment.campaign_id, kind, subject, at, actor_id=actor_id, thread_id=thread_id, seq=seq, detail=detail
    )
    changes.publish_comment(context, comment, kind)


async def hide_author(comment: Comment) -> None:
    """Remove the author from the lines of a comment that is no longer shown."""
    await storage.fetch(models.activity.HIDE_AUTHOR, comment.campaign_id, comment.root_id, comment.id)


async def show_author(comment: Comment) -> None:
    """Name the author again in the lines of a comment that is shown again."""
    author = (comment.campaign_id, comment.root_id, comment.id, comment.author_id)
    await storage.fetch(models.activity.SHOW_AUTHOR, *author)


async def clear_reaction(supporter_id: int, comment_id: int, kind: ReactionKind) -> None:
    """Remove a reaction that its giver has taken back from the log: whose it was, and its kind."""
    await storage.fetch(models.activity.CLEAR_REACTION, supporter_id, comment_id, f'%"{kind}"%')


# ---------------------------------------------------------------- fields of all events

campaign = campaign_of  # the field `campaign`


@looked_up("id", lambda _: ids_of("Activity"))  # rows of all types are in one table
@reads("id")
def id(activity: Activity) -> str:
    """A globally unique id, which never changes."""
    return global_id("Activity", activity.id)


@reads("actor_id", "actor.display_name", badge="actor.badge")
def actor(activity: Activity, context: Context) -> Awaitable[Supporter | None] | Supporter | None:
    """The person who did it, or whose name changed; null for events without a person, as of the organisers.

    Null as well for a person who is shown as "A supporter", so that nobody can tell which events are of one person, and
    once the person has taken it back: withdrawn the signature, deleted the comment, removed the reaction.
    """
    if activity.actor_id is None:
        return None
    return named(activity.loaded_actor) if activity.loaded_actor else _load_named(activity.id, context)


async def _load_named(activity_id: int, context: Context) -> Supporter | None:
    return named(await context.load(_actors, activity_id))


async def _actors(activity_ids: list[int]) -> dict[int, Supporter]:
    """Return the actors by activity, as they are now: an event may have waited for a slow subscriber."""
    rows = await storage.fetch(models.activity.SELECT_ACTORS, storage.json_list(activity_ids))
    hydrate = storage.rows.hydrator(Supporter, storage.database.dialect())
    return {row[-1]: hydrate(row) for row in rows}


@reads("actor_id", *NAME_COLUMNS)
def actor_name(activity: Activity, context: Context) -> Awaitable[str] | str:
    """The name to show in the ticker: never more of it than the campaign's `tickerNameCeiling`.

    It follows the person's current choice and erasure, for past events too.
    """
    if activity.actor_id is None or activity.loaded_campaign is not None:
        return _ticker_name(activity)
    return _load_ticker_name(activity, context)


async def _load_ticker_name(activity: Activity, context: Context) -> str:
    """Return the name for an activity that was read without the names of its actor."""
    return _ticker_name(await context.load(_with_names, activity.id) or activity)


async def _with_names(activity_ids: list[int]) -> dict[int, Activity]:
    """Return these activities by id, each with the names of its actor."""
    ids = storage.json_list(activity_ids)
    rows = await storage.read(Activity, SELECT_WITH_NAMES, ids, names=COLUMNS_WITH_NAMES)
    return {row.id: row for row in rows}


def _ticker_name(activity: Activity) -> str:
    actor, campaign = activity.loaded_actor, activity.loaded_campaign
    return names_of(actor).capped(campaign.ticker_name_ceiling) if actor and campaign else ANONYMOUS_NAME


@reads("occurred_at")
def occurred_at(activity: Activity, context: Context) -> datetime:
    """When it happened, rounded down, so that the exact second identifies nobody."""
    return instants.shown(activity.occurred_at, context)


# ---------------------------------------------------------------- fields of some kinds


@looked_up("subject_id", lambda _: ids_of("Comment"))
@reads("subject_id")
def subject_id(activity: Activity) -> str:
    """The id of the comment, also if `comment` is null, so that a page knows which comment to remove."""
    return global_id("Comment", activity.subject_id)


@reads("subject_id")
async def comment(activity: Activity, context: Context) -> Comment | None:
    """The comment as it is in its list now: the comment, or its tombstone; null if it is not in the list."""
    return await _listed_comment(activity.subject_id, context)


@reads("thread_id")
async def thread(activity: Activity, context: Context) -> Comment | None:
    """The first comment of the thread, or its tombstone; null if it is not in the list of threads."""
    return await _listed_comment(activity.thread_id, context)


async def _listed_comment(comment_id: int | None, context: Context) -> Comment | None:
    """Return a comment that is visible or the tombstone above a visible one; the same for every viewer."""
    row: Comment | None = await context.row(Comment, comment_id)
    return row if row is not None and row.is_listed else None


@reads("detail")
def reaction(activity: Activity) -> ReactionKind | None:
    """The reaction; null once it is taken back, and for events that were written before the log kept it."""
    kind = _detail(activity).get("reaction")
    return None if kind is None else ReactionKind(kind)


@reads("subject_id", "actor_id")
async def signature(activity: Activity, context: Context) -> Signature | None:
    """The signature; null once it is withdrawn, or the signer is erased."""
    row: Signature | None = await context.row(Signature, activity.subject_id) if activity.actor_id else None
    return row if row is not None and row.is_active else None


@reads("subject_id")
def update(activity: Activity, context: Context) -> Awaitable[CampaignUpdate]:
    """The news; null once it is deleted."""
    return context.row(CampaignUpdate, activity.subject_id)


@reads("subject_id")
async def donation(activity: Activity, context: Context) -> Donation | None:
    """The donation, for its donor and for those who record donations; null for all others."""
    row: Donation | None = await context.row(Donation, activity.subject_id)
    return row if row is not None and policies.may_view_donation(context, row) else None


@reads("campaign_id", "occurred_at", "detail")
def milestone(activity: Activity) -> Milestone:
    """The goal that was reached. A `count` of 0 means that it is not known, which only very old events have."""
    count = _detail(activity).get("milestone", 0)
    return Milestone(campaign_id=activity.campaign_id, count=count, reached_at=activity.occurred_at)


@reads("detail")
def partner(activity: Activity, context: Context) -> Awaitable[Partner] | None:
    """The partner that reported; null if it is not known, which only very old events have."""
    partner_id = _detail(activity).get("partner_id")
    return context.row(Partner, partner_id) if partner_id else None


@reads("detail")
def signatures(activity: Activity) -> SafeInt:
    """The reported number: all signatures that the partner had gathered by then, not only the new ones.

    0 as well if `partner` is null.
    """
    return SafeInt(_detail(activity).get("signatures", 0))


@list_size(MAX_CHANGED_FIELDS)
@reads("detail")
def changed(activity: Activity) -> list[str]:
    """The names of the fields of `Campaign` with a new value, such as `title` and `state`.

    Empty if they are not known, as for very old events: then any field may have changed.
    """
    return list(_detail(activity).get("changed", ()))


@list_size(1)
@reads("actor_id", "actor.display_name")
async def supporter_ids(activity: Activity, context: Context) -> list[str] | None:
    """The ids of the people with a new `displayName`; null if they are too many, or not told.

    They are not told of a person who is now shown as "A supporter". If null, ask again for all names that the page
    shows.
    """
    person = actor(activity, context)
    person = await person if isinstance(person, Awaitable) else person
    return [global_id("Supporter", person.id)] if person else None


def _detail(activity: Activity) -> dict[str, Any]:
    return activity.detail or {}
