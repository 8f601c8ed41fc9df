"""The activity log: one row for each event of a campaign, in the order of commits. Subscriptions read this log."""

from enum import StrEnum
from functools import lru_cache

from tortoise import fields
from tortoise.indexes import Index

from models.campaigns import Campaign
from models.supporters import Supporter
from storage.database import Statement
from storage.fields import InstantField, now
from storage.keyset import Sort
from storage.rows import Names, Row, attributes, columns


class ActivityKind(StrEnum):
    SIGNED = "SIGNED"
    COMMENTED = "COMMENTED"
    REPLIED = "REPLIED"
    REACTED = "REACTED"
    DONATED = "DONATED"
    UPDATE_POSTED = "UPDATE_POSTED"
    MILESTONE_REACHED = "MILESTONE_REACHED"
    PARTNER_REPORTED = "PARTNER_REPORTED"
    CAMPAIGN_CHANGED = "CAMPAIGN_CHANGED"
    COMMENT_EDITED = "COMMENT_EDITED"
    COMMENT_REMOVED = "COMMENT_REMOVED"
    COMMENT_RESTORED = "COMMENT_RESTORED"
    NAME_CHANGED = "NAME_CHANGED"


class SubjectType(StrEnum):
    """The GraphQL type of an activity's subject."""

    SIGNATURE = "Signature"
    COMMENT = "Comment"
    UPDATE = "CampaignUpdate"
    CAMPAIGN = "Campaign"
    DONATION = "Donation"


class ActivitySort(Sort):
    NEWEST = ("DESC", "seq")
    OLDEST = ("ASC", "seq")


class Activity(Row):
    id = fields.BigIntField(primary_key=True)
    campaign_id: int
    campaign: fields.ForeignKeyRelation[Campaign] = fields.ForeignKeyField("models.Campaign", db_index=False)
    seq = fields.BigIntField()  # taken from the campaign's row in the writing transaction
    kind = fields.CharEnumField(ActivityKind, max_length=24)
    actor_id: int | None
    actor: fields.ForeignKeyNullableRelation[Supporter] = fields.ForeignKeyField(
        "models.Supporter", null=True, db_index=False
    )
    subject_type = fields.CharEnumField(SubjectType, max_length=16)
    subject_id = fields.BigIntField()
    thread_id = fields.BigIntField(null=True)  # the root comment, for events of a thread
    occurred_at = InstantField(default=now)

    class Meta:
        table = "activity"
        # pages of a campaign's log; the other indexes: pages of some kinds, and of one thread
        unique_together = (("campaign_id", "seq"),)
        indexes = (
            Index(fields=("campaign_id", "kind", "seq"), name="activity_of_kind"),
            Index(fields=("campaign_id", "thread_id", "seq"), name="activity_of_thread"),
            # a person's activities, for their erasure
            Index(fields=("actor_id",), name="activity_of_actor"),
        )

    loaded_actor: Supporter | None = None  # set if the statement that read the row joined the actor
    loaded_campaign: Campaign | None = None  # likewise the campaign


# the names of the actor, and the most that the campaign's ticker shows of a name
NAME_COLUMNS = (
    *("actor.display_name", "actor.first_name_initial", "actor.initials"),
    "campaign.ticker_name_ceiling",
)


@lru_cache(1024)
def list_columns(requested: frozenset[str] | None) -> Names:
    """Return the columns that a list of activities reads: the requested ones, and what filters and cursors need."""
    if requested is None:
        return None
    wanted = requested | {"id", "campaign_id", "seq", "kind", "actor_id"}
    joined_names = dict.fromkeys(("actor.display_name", "actor.badge", *NAME_COLUMNS))
    return tuple(name for name in (*attributes(Activity), *joined_names) if name in wanted)


COLUMNS_WITH_NAMES = ("id", "campaign_id", "actor_id", *NAME_COLUMNS)
SELECT_WITH_NAMES = Statement(
    f"SELECT {columns(Activity, 'r', COLUMNS_WITH_NAMES)} FROM activity r CROSS JOIN campaigns campaign"
    " LEFT JOIN supporters actor ON actor.id = r.actor_id WHERE r.id IN {ids $1} AND campaign.id = r.campaign_id"
)
SELECT_AFTER_SEQ = Statement(
    f"SELECT {columns(Activity)} FROM activity WHERE campaign_id = $1 AND seq > $2 ORDER BY seq LIMIT $3"
)
SELECT_LAST_SEQ = Statement("SELECT activity_seq FROM campaigns WHERE id = $1")
