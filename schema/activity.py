"""The activity log: events of a campaign, a type for each kind of event, as a list and as a subscription."""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

import models
import resolvers.activity
import resolvers.subscriptions
from models import ActivityKind, ReactionKind, SafeInt
from schema.comments import Comment
from schema.donations import Donation
from schema.fields import enum, field, subscription
from schema.nodes import Node, bind
from schema.partners import Partner
from schema.signatures import Milestone, Signature
from schema.supporters import Supporter

if TYPE_CHECKING:
    from schema.campaigns import Campaign
    from schema.updates import CampaignUpdate

enum(
    ActivityKind,
    "The kind of an event. More kinds may come: ignore those that you do not know.",
    SIGNED="Someone signed.",
    COMMENTED="Someone started a thread.",
    REPLIED="Someone replied.",
    REACTED="Someone reacted to a comment.",
    DONATED="Someone donated.",
    UPDATE_POSTED="The organisers posted an update.",
    MILESTONE_REACHED="A goal of supporters was reached.",
    PARTNER_REPORTED="A partner reported its signatures.",
    CAMPAIGN_CHANGED="The campaign's texts, partners or state changed.",
    COMMENT_EDITED="An author edited a comment.",
    COMMENT_REMOVED="A comment is no longer shown.",
    COMMENT_RESTORED="A comment is shown again.",
    NAME_CHANGED="A person's displayed name changed.",
)

_TYPES: dict[ActivityKind, str] = {}
"""The name of the GraphQL type of each kind."""


@strawberry.interface(
    description="An event on a campaign. The kind decides the type, and more types may come: select the common fields,"
    " which are enough for a ticker, and add fragments for the types that you show in more detail."
)
class Activity(Node):
    id: strawberry.ID = field(resolvers.activity.id)
    campaign: Annotated["Campaign", strawberry.lazy("schema.campaigns")] = field(resolvers.activity.campaign)
    kind: ActivityKind = field("The kind of event.")
    actor_name: str = field(resolvers.activity.actor_name)
    actor: Supporter | None = field(resolvers.activity.actor)
    occurred_at: datetime = field(resolvers.activity.occurred_at)

    def __init_subclass__(cls, kinds: Iterable[ActivityKind] = (), **options: Any) -> None:
        """Bind a type to its kinds of events: all are rows of one table."""
        super().__init_subclass__(model=models.Activity, **options)
        _TYPES.update(dict.fromkeys(kinds, cls.__name__))


bind(models.Activity, lambda row: _TYPES[row.kind])

COMMENT_KINDS = (
    *(ActivityKind.COMMENTED, ActivityKind.REPLIED),
    *(ActivityKind.COMMENT_EDITED, ActivityKind.COMMENT_REMOVED, ActivityKind.COMMENT_RESTORED),
)


@strawberry.type(description="A comment was posted, edited, removed or shown again.")
class CommentActivity(Activity, kinds=COMMENT_KINDS):
    subject_id: strawberry.ID = field(resolvers.activity.subject_id)
    comment: Comment | None = field(resolvers.activity.comment)
    thread: Comment | None = field(resolvers.activity.thread)


@strawberry.type(description="Someone reacted to a comment: REACTED. Votes are private, and cause no event.")
class ReactionActivity(Activity, kinds=[ActivityKind.REACTED]):
    subject_id: strawberry.ID = field(resolvers.activity.subject_id)
    comment: Comment | None = field(resolvers.activity.comment)
    thread: Comment | None = field(resolvers.activity.thread)
    reaction: ReactionKind | None = field(resolvers.activity.reaction)


@strawberry.type(description="Someone signed: SIGNED.")
class SignatureActivity(Activity, kinds=[ActivityKind.SIGNED]):
    signature: Signature | None = field(resolvers.activity.signature)


@strawberry.type(description="The organisers posted an update: UPDATE_POSTED.")
class UpdateActivity(Activity, kinds=[ActivityKind.UPDATE_POSTED]):
    update: Annotated["CampaignUpdate", strawberry.lazy("schema.updates")] | None = field(resolvers.activity.update)


@strawberry.type(description="Someone donated: DONATED.")
class DonationActivity(Activity, kinds=[ActivityKind.DONATED]):
    donation: Donation | None = field(resolvers.activity.donation)


@strawberry.type(description="A goal of supporters was reached: MILESTONE_REACHED.")
class MilestoneActivity(Activity, kinds=[ActivityKind.MILESTONE_REACHED]):
    milestone: Milestone = field(resolvers.activity.milestone)


@strawberry.type(description="A partner's report of its signatures counts now: PARTNER_REPORTED.")
class PartnerActivity(Activity, kinds=[ActivityKind.PARTNER_REPORTED]):
    partner: Partner | None = field(resolvers.activity.partner)
    signatures: SafeInt = field(resolvers.activity.signatures)


@strawberry.type(description="The campaign's texts, partners or state changed: CAMPAIGN_CHANGED.")
class CampaignActivity(Activity, kinds=[ActivityKind.CAMPAIGN_CHANGED]):
    changed: list[str] = field(resolvers.activity.changed)


@strawberry.type(description="The displayed names of people changed: NAME_CHANGED.")
class PersonActivity(Activity, kinds=[ActivityKind.NAME_CHANGED]):
    supporter_ids: list[strawberry.ID] | None = field(resolvers.activity.supporter_ids)


ACTIVITY_TYPES = (
    *(CommentActivity, ReactionActivity, SignatureActivity, UpdateActivity, DonationActivity),
    *(MilestoneActivity, PartnerActivity, CampaignActivity, PersonActivity),
)
"""For the schema, which can not find them by following fields: fields name only the interface."""


@strawberry.type(description="An event of the activity log, with the cursor to resume from.")
class ActivityEvent:
    cursor: str = field("Pass this as `after` to resume behind this event.")
    activity: Activity = field("The event.")


@strawberry.type
class ActivitySubscription:
    activity: AsyncIterator[ActivityEvent] = subscription(resolvers.subscriptions.activity)
