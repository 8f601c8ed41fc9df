"""Campaigns: texts, state, policies, and the counters, which are updated on write."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from tortoise import fields
from tortoise.indexes import Index

from models.rich_text import RichText, RichTextMixin
from models.scalars import URL, CurrencyCode
from models.supporters import NameDisplay
from storage.database import Statement
from storage.fields import EnumField, InstantField, ValueField, now
from storage.indexes import ConditionalIndex
from storage.keyset import Sort
from storage.rows import Names, Row, attributes, columns


class CampaignState(StrEnum):
    DRAFT = "DRAFT"
    LIVE = "LIVE"
    PAUSED = "PAUSED"
    WON = "WON"
    LOST = "LOST"
    CLOSED = "CLOSED"
    ARCHIVED = "ARCHIVED"


ENDED_STATES = (CampaignState.WON, CampaignState.LOST, CampaignState.CLOSED)


class CommentPolicy(StrEnum):
    OPEN = "OPEN"
    PREMODERATED = "PREMODERATED"
    CLOSED = "CLOSED"


class ErasurePolicy(StrEnum):
    """Keep or withdraw the signature of a person who is erased. No personal data stays with it either way."""

    KEEP_COUNT = "KEEP_COUNT"
    WITHDRAW = "WITHDRAW"


class ResourceKind(StrEnum):
    ARTICLE = "ARTICLE"
    REPORT = "REPORT"
    VIDEO = "VIDEO"
    PODCAST = "PODCAST"
    CAMPAIGN = "CAMPAIGN"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Image:
    url: URL
    alt: str
    credit: str | None = None


@dataclass(frozen=True, slots=True)
class Footnote:
    text: str
    url: URL | None = None
    number: int = 0  # position in the list, from 1


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    occurred_on: date
    title: str


@dataclass(frozen=True, slots=True)
class Resource:
    title: str
    url: URL
    kind: ResourceKind


@dataclass(frozen=True, slots=True)
class Outcome:
    occurred_on: date
    headline: str
    summary: RichText
    field_report_url: URL | None = None


@dataclass(frozen=True, slots=True)
class ConsentQuestion:
    """A consent that the form asks for. The text of a version never changes, so that an answer keeps its meaning."""

    text: RichText
    text_version: str
    required: bool = False
    organisation_id: int | None = None  # a partner's; null: the site itself


@dataclass(frozen=True, slots=True)
class Money:
    amount_minor: int
    currency: CurrencyCode


@dataclass(frozen=True, slots=True)
class DonationAppeal:
    prompt: str
    url: URL
    suggested_amounts: list[Money]


class CampaignSort(Sort):
    NEWEST = ("DESC", "created_at", "id")
    OLDEST = ("ASC", "created_at", "id")
    MOST_SUPPORTED = ("DESC", "supporter_count", "created_at", "id")
    MOST_ACTIVE = ("DESC", "activity_seq", "created_at", "id")


class Campaign(RichTextMixin, Row):
    id = fields.BigIntField(primary_key=True)
    slug = fields.CharField(max_length=80, unique=True)
    title = fields.CharField(max_length=200)
    call_to_action = fields.CharField(max_length=300)
    target = fields.CharField(max_length=200)
    body_markdown = fields.TextField()
    body_html = fields.TextField()
    search_text = fields.TextField()
    hero_image = ValueField(Image, null=True)
    footnotes = ValueField(list[Footnote], default=list)
    timeline = ValueField(list[TimelineEntry], default=list)
    resources = ValueField(list[Resource], default=list)
    consent_questions = ValueField(list[ConsentQuestion], default=list, db_default=[])
    donation = ValueField(DonationAppeal, null=True)
    outcome = ValueField(Outcome, null=True)
    state = EnumField(CampaignState, max_length=16, default=CampaignState.DRAFT)
    comment_policy = EnumField(CommentPolicy, max_length=16, default=CommentPolicy.OPEN)
    confirm_signatures = fields.BooleanField(default=False)
    name_display_ceiling = EnumField(NameDisplay, max_length=20, default=NameDisplay.FULL_NAME)
    # the most that `Activity.actorName` shows of a name, whatever the discussion shows
    ticker_name_ceiling = EnumField(
        NameDisplay,
        max_length=20,
        default=NameDisplay.FIRST_NAME_INITIAL,
        db_default=NameDisplay.FIRST_NAME_INITIAL.value,
    )
    erasure_policy = EnumField(ErasurePolicy, max_length=16, default=ErasurePolicy.KEEP_COUNT)
    created_at = InstantField(default=now)
    launched_at = InstantField(null=True)
    closed_at = InstantField(null=True)

    # the supporters counter as the public sees it: supporter_count = direct + partner + offline
    supporter_count = fields.BigIntField(default=0)
    direct_signature_count = fields.BigIntField(default=0)
    pending_signature_count = fields.BigIntField(default=0)
    partner_signature_count = fields.BigIntField(default=0)
    offline_signature_count = fields.BigIntField(default=0)
    withdrawn_signature_count = fields.BigIntField(default=0)
    signatures_as_of = InstantField(default=now)
    # changes of the counter since it was last published, every COUNTER_SECONDS; the exact number is the sum of both
    unpublished_direct_count = fields.BigIntField(default=0, db_default=0)
    unpublished_partner_count = fields.BigIntField(default=0, db_default=0)
    unpublished_pending_count = fields.BigIntField(default=0, db_default=0)
    unpublished_withdrawn_count = fields.BigIntField(default=0, db_default=0)
    unpublished_since = InstantField(null=True)  # the first of these changes; null: everything is published
    countries_published_at = InstantField(null=True)  # null: not yet
    audited_at = InstantField(null=True)
    drift = fields.BigIntField(default=0)

    # the discussion: visible comments, then listed threads (visible ones and tombstones with replies below),
    # then comments that wait for a moderator or were removed by one
    thread_count = fields.IntField(default=0)
    reply_count = fields.IntField(default=0)
    author_count = fields.IntField(default=0)
    listed_thread_count = fields.IntField(default=0)
    pending_comment_count = fields.IntField(default=0)
    held_comment_count = fields.IntField(default=0)
    rejected_comment_count = fields.IntField(default=0)
    spam_comment_count = fields.IntField(default=0)
    deleted_comment_count = fields.IntField(default=0)
    queued_comment_count = fields.IntField(default=0)
    comments_as_of = InstantField(default=now)

    update_count = fields.IntField(default=0)
    activity_seq = fields.BigIntField(default=0)

    class Meta:
        table = "campaigns"
        indexes = (
            Index(fields=("created_at", "id"), name="campaigns_newest"),
            Index(fields=("state", "created_at", "id"), name="campaigns_newest_of_state"),
            Index(fields=("supporter_count", "created_at", "id"), name="campaigns_most_supported"),
            Index(fields=("activity_seq", "created_at", "id"), name="campaigns_most_active"),
            Index(fields=("state", "supporter_count", "created_at", "id"), name="campaigns_most_supported_of_state"),
            Index(fields=("state", "activity_seq", "created_at", "id"), name="campaigns_most_active_of_state"),
            # counters to publish
            ConditionalIndex(
                fields=("unpublished_since",), name="campaigns_to_publish", where="unpublished_since IS NOT NULL"
            ),
        )

    @property
    def body(self) -> RichTextMixin:
        return self

    @property
    def is_signable(self) -> bool:
        return self.state is CampaignState.LIVE

    @property
    def is_commentable(self) -> bool:
        return self.comment_policy is not CommentPolicy.CLOSED and self.state not in (
            CampaignState.DRAFT,
            CampaignState.ARCHIVED,
        )

    @property
    def exact_supporter_count(self) -> int:
        """Return the number of supporters with the changes that are not published yet."""
        return int(self.supporter_count + self.unpublished_direct_count + self.unpublished_partner_count)

    @property
    def visible_comment_count(self) -> int:
        return self.thread_count + self.reply_count


class CommentCountChanges(NamedTuple):
    """Changes of a campaign's comment counters, in the order of the parameters of `UPDATE_COMMENT_COUNTS`."""

    thread_count: int = 0
    reply_count: int = 0
    author_count: int = 0
    listed_thread_count: int = 0
    pending_comment_count: int = 0
    held_comment_count: int = 0
    rejected_comment_count: int = 0
    spam_comment_count: int = 0
    deleted_comment_count: int = 0
    queued_comment_count: int = 0
    activity_seq: int = 0


_COMMENT_COUNTS = ", ".join(f"{name} = {name} + ${place}" for place, name in enumerate(CommentCountChanges._fields, 3))
COLUMNS_FOR_COMMENT = ("id", "state", "comment_policy", "name_display_ceiling")

SELECT_BY_ID = Statement(f"SELECT {columns(Campaign)} FROM campaigns WHERE id = $1")
SELECT_ONE_OR_ALL = Statement(f"SELECT {columns(Campaign)} FROM campaigns WHERE id = $1 OR $1 = 0")
LOCK_CAMPAIGN = Statement(f"SELECT {columns(Campaign)} FROM campaigns WHERE id = $1 {{for update}}")
LOCK_FOR_COMMENT = Statement(
    f"SELECT {columns(Campaign, names=COLUMNS_FOR_COMMENT)} FROM campaigns WHERE id = $1 {{for update}}"
)
UPDATE_COMMENT_COUNTS = Statement(
    f"UPDATE campaigns SET comments_as_of = $2, {_COMMENT_COUNTS} WHERE id = $1 RETURNING activity_seq"
)
# takes the activity log's next numbers; the lock on the campaign's row makes seq order commit order
UPDATE_ACTIVITY_SEQ = Statement(
    "UPDATE campaigns SET activity_seq = activity_seq + $2 WHERE id = $1 RETURNING activity_seq"
)
INCREMENT_QUEUED_COMMENT_COUNT = Statement(
    "UPDATE campaigns SET queued_comment_count = queued_comment_count + 1 WHERE id = $1 RETURNING id"
)

# the columns behind an attribute that is not a column itself
_COLUMNS_OF_ATTRIBUTE = {
    **dict.fromkeys(("html", "text"), ("body_html",)),
    "markdown": ("body_markdown",),
    "is_signable": ("state",),
    "is_commentable": ("state", "comment_policy"),
}


@lru_cache(1024)
def requested_columns(requested: frozenset[str] | None, sort: CampaignSort | None = None) -> Names:
    """Return the columns to read: those that the query requests, the sort's, and those that visibility depends on."""
    if requested is None:
        return None
    wanted = {"id", "state", *(sort.columns if sort else ())}
    wanted.update(column for name in requested for column in _COLUMNS_OF_ATTRIBUTE.get(name, (name,)))
    return tuple(name for name in attributes(Campaign) if name in wanted)


@lru_cache(1024)
def select_by_slug(names: Names = None) -> Statement:
    return Statement(f"SELECT {columns(Campaign, names=names)} FROM campaigns WHERE slug = $1")
