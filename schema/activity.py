"""The activity log: events of a campaign, as a list and as a subscription."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Union

import strawberry

import models
import resolvers.activity
import resolvers.campaigns
import resolvers.subscriptions
from models import ActivityKind
from schema.comments import Comment
from schema.donations import Donation
from schema.fields import enum, field, subscription
from schema.nodes import Node
from schema.signatures import Signature
from schema.supporters import Supporter

if TYPE_CHECKING:
    from schema.campaigns import Campaign
    from schema.updates import CampaignUpdate

enum(
    ActivityKind,
    "The kind of an event.",
    SIGNED="Someone signed.",
    COMMENTED="Someone started a thread.",
    REPLIED="Someone replied.",
    REACTED="Someone reacted to a comment.",
    DONATED="Someone donated.",
    UPDATE_POSTED="The organisers posted an update.",
    MILESTONE_REACHED="A goal of supporters was reached.",
    PARTNER_REPORTED="A partner reported its signatures.",
    CAMPAIGN_CHANGED="The campaign's texts or state changed.",
    COMMENT_EDITED="An author edited a comment.",
    COMMENT_REMOVED="A comment is no longer shown.",
    COMMENT_RESTORED="A comment is shown again.",
    NAME_CHANGED="A person's displayed name changed.",
)

ActivitySubject = Annotated[
    Union[  # noqa: UP007
        Signature,
        Comment,
        Donation,
        Annotated["CampaignUpdate", strawberry.lazy("schema.updates")],
        Annotated["Campaign", strawberry.lazy("schema.campaigns")],
    ],
    strawberry.union("ActivitySubject", description="The types of an activity's subject."),
]


@strawberry.type(description="An event on a campaign.")
class Activity(Node, model=models.Activity):
    campaign: Annotated["Campaign", strawberry.lazy("schema.campaigns")] = field(resolvers.activity.campaign)
    kind: ActivityKind = field("The kind of event.")
    actor_name: str = field(resolvers.activity.actor_name)
    actor: Supporter | None = field(resolvers.activity.actor)
    subject: ActivitySubject | None = field(resolvers.activity.subject)
    subject_id: strawberry.ID = field(resolvers.activity.subject_id)
    occurred_at: datetime = field(resolvers.activity.occurred_at)


@strawberry.type(description="An event of the activity log, with the cursor to resume from.")
class ActivityEvent:
    cursor: str = field("Pass this as `after` to resume behind this event.")
    activity: Activity = field("The event.")


@strawberry.type
class ActivitySubscription:
    activity: AsyncIterator[ActivityEvent] = subscription(resolvers.subscriptions.activity)
