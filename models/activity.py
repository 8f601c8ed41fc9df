"""The activity log: one row for each event of a campaign, in the order of commits. Subscriptions read this log."""

from enum import StrEnum
from functools import lru_cache

from tortoise import fields
from tortoise.indexes import Index

from models.campaigns import Campaign
from models.supporters import Supporter
from storage.database import Statement
from storage.fields import EnumField, InstantField, ValueField, now
from storage.indexes import ConditionalIndex
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


HOUSEKEEPING_KINDS = frozenset(
    {
        ActivityKind.CAMPAIGN_CHANGED,
        ActivityKind.COMMENT_EDITED,
        ActivityKind.COMMENT_REMOVED,
        ActivityKind.COMMENT_RESTORED,
        ActivityKind.NAME_CHANGED,
    }
)
"""Kinds that tell a page what to read again. A ticker shows all other kinds."""
TICKER_KINDS = frozenset(ActivityKind) - HOUSEKEEPING_KINDS
IN_TICKER = "kind NOT IN ({})".format(", ".join(f"'{kind}'" for kind in sorted(HOUSEKEEPING_KINDS)))
"""The condition of the index `activity_of_ticker`, which a statement repeats word for word to be served by the index.

A change of this text, or of the set above, needs a migration that creates the index again.
"""


class SubjectType(StrEnum):
    """The table of the row that an activity is about, by the name of its GraphQL type."""

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
    kind = EnumField(ActivityKind, max_length=24)
    actor_id: int | None
    actor: fields.ForeignKeyNullableRelation[Supporter] = fields.ForeignKeyField(
        "models.Supporter", null=True, db_index=False
    )
    subject_type = EnumField(SubjectType, max_length=16)
    subject_id = fields.BigIntField()
    thread_id = fields.BigIntField(null=True)  # the root comment, for events of a thread
    occurred_at = InstantField(default=now)
    detail = ValueField(null=True)  # what else the kind tells, see `resolvers.activity.record`; never an id of a person

    class Meta:
        table = "activity"
        # pages of a campaign's whole log; the other indexes: pages of some kinds, of one thread, and of the ticker
        unique_together = (("campaign_id", "seq"),)
        indexes = (
            Index(fields=("campaign_id", "kind", "seq"), name="activity_of_kind"),
            Index(fields=("campaign_id", "thread_id", "seq"), name="activity_of_thread"),
            ConditionalIndex(fields=("campaign_id", "seq"), name="activity_of_ticker", where=IN_TICKER),
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
SELECT_ACTORS = Statement(
    f"SELECT {columns(Supporter, 'actor')}, r.id FROM activity r JOIN supporters actor ON actor.id = r.actor_id"
    " WHERE r.id IN {ids $1}"
)
SELECT_AFTER_SEQ = Statement(
    f"SELECT {columns(Activity)} FROM activity WHERE campaign_id = $1 AND seq > $2 ORDER BY seq LIMIT $3"
)
# a comment that was taken back, by its author or by a moderator, and one that is shown again; their lines in the ticker
_LINES_OF_COMMENT = (
    "campaign_id = $1 AND thread_id = $2 AND subject_id = $3 AND kind IN ('COMMENTED', 'REPLIED', 'COMMENT_EDITED')"
)
HIDE_AUTHOR = Statement(
    f"UPDATE activity SET actor_id = NULL WHERE {_LINES_OF_COMMENT} AND actor_id IS NOT NULL RETURNING id"
)
# unless it was posted with a signature that is withdrawn
SHOW_AUTHOR = Statement(
    f"UPDATE activity SET actor_id = $4 WHERE {_LINES_OF_COMMENT} AND NOT EXISTS (SELECT 1 FROM signatures s"
    " WHERE s.campaign_id = $1 AND s.supporter_id = $4 AND s.comment_id = $3 AND s.state = 'WITHDRAWN') RETURNING id"
)
# a reaction that was taken back: the log goes on saying that there was one, but neither whose nor which
CLEAR_REACTION = Statement(
    "UPDATE activity SET actor_id = NULL, detail = NULL WHERE actor_id = $1 AND kind = 'REACTED' AND subject_id = $2"
    " AND CAST(detail AS TEXT) LIKE $3 RETURNING id"
)
SELECT_LAST_SEQ = Statement("SELECT activity_seq FROM campaigns WHERE id = $1")
