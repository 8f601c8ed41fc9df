"""Pulses: a campaign's counts, and the comments whose counts changed, as a subscription."""

from collections.abc import AsyncIterator
from datetime import datetime

import strawberry

import resolvers.pulses
from schema.campaigns import Campaign
from schema.comments import Comment
from schema.fields import field, subscription


@strawberry.type(description="The counts of a campaign, and of the comments that changed since the last pulse.")
class Pulse:
    as_of: datetime = field("When the counts were read, rounded down like the times of the activity log.")
    campaign: Campaign = field("The campaign, with its counts as they are now.")
    comments: list[Comment] = field(resolvers.pulses.comments)
    watching: int = field(
        "The live subscriptions to this campaign on this server process, this one included. A page that follows"
        " `activity` and `pulse` counts twice; the readers of other processes are not counted. A change of this number"
        " alone makes no pulse."
    )
    has_gap: bool = field("Whether changes are missing before this pulse: ask again for the comments on the page.")


@strawberry.type
class PulseSubscription:
    pulse: AsyncIterator[Pulse] = subscription(resolvers.pulses.pulse)
