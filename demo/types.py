"""Types of the demo's content, with the field names of the resolvers' parameters."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, NamedTuple

NameDisplay = Literal["FULL_NAME", "FIRST_NAME_INITIAL", "INITIALS", "ANONYMOUS"]
CampaignState = Literal["DRAFT", "LIVE", "PAUSED", "WON", "LOST", "CLOSED", "ARCHIVED"]
CommentPolicy = Literal["OPEN", "PREMODERATED", "CLOSED"]
ResourceKind = Literal["ARTICLE", "REPORT", "VIDEO", "PODCAST", "CAMPAIGN", "OTHER"]
ReactionKind = Literal["SOLIDARITY", "HEART", "APPLAUSE", "CANDLE", "OUTRAGE"]
VoteDirection = Literal["UP", "DOWN"]
Phase = Literal["campaign", "release", "later"]
"""When a comment is posted: while people can sign, in the days after the release, or in the years since."""


class DemoPerson(NamedTuple):
    given_name: str
    family_name: str | None
    country: str
    name_display: NameDisplay

    @property
    def shows_initial(self) -> bool:
        """Return whether others see the given name and the initial of the family name, as in "Katharina S."."""
        has_initial = self.family_name is not None and self.family_name[0].isupper()
        return has_initial and self.name_display == "FIRST_NAME_INITIAL"


@dataclass(frozen=True, slots=True)
class Image:
    url: str
    alt: str
    credit: str | None = None


@dataclass(frozen=True, slots=True)
class Footnote:
    text: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    occurred_on: date
    title: str


@dataclass(frozen=True, slots=True)
class Resource:
    title: str
    url: str
    kind: ResourceKind


@dataclass(frozen=True, slots=True)
class ConsentQuestion:
    text: str
    text_version: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Money:
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class DonationAppeal:
    prompt: str
    url: str
    suggested_amounts: tuple[Money, ...] = ()


@dataclass(frozen=True, slots=True)
class DemoUpdate:
    title: str
    body: str
    posted_at: datetime
    is_pinned: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    occurred_on: date
    headline: str
    summary: str
    field_report_url: str | None = None


@dataclass(frozen=True, slots=True)
class DemoPartner:
    name: str
    url: str | None
    logo: Image | None
    role: str | None
    signatures: int
    signatures_as_of: date


@dataclass(frozen=True, slots=True)
class SigningPeriod:
    """A peak of signatures: the weight of its first day shrinks to `next_day_per_mille` thousandths each day."""

    starts_on: date
    first_day_weight: int
    next_day_per_mille: int


@dataclass(frozen=True, slots=True)
class DemoCampaign:
    slug: str
    title: str
    call_to_action: str
    target: str
    body: str
    state: CampaignState
    comment_policy: CommentPolicy
    launched_at: datetime | None
    signatures_end_at: datetime | None
    closed_at: datetime | None = None
    hero_image: Image | None = None
    footnotes: tuple[Footnote, ...] = ()
    timeline: tuple[TimelineEntry, ...] = ()
    resources: tuple[Resource, ...] = ()
    consent_questions: tuple[ConsentQuestion, ...] = ()
    donation: DonationAppeal | None = None
    name_display_ceiling: NameDisplay = "FULL_NAME"
    updates: tuple[DemoUpdate, ...] = ()
    outcome: Outcome | None = None
    partners: tuple[DemoPartner, ...] = ()
    direct_signatures: int = 0
    country_weights: dict[str, int] = field(default_factory=dict)
    signing_periods: tuple[SigningPeriod, ...] = ()
    latest_signer: DemoPerson | None = None


class DemoSignature(NamedTuple):
    """A direct signature. Its index in the campaign's list is the supporter's index."""

    signed_at: datetime
    person: DemoPerson


class DemoVote(NamedTuple):
    supporter_index: int
    direction: VoteDirection
    voted_at: datetime


class DemoReaction(NamedTuple):
    supporter_index: int
    kind: ReactionKind
    reacted_at: datetime


class DemoAuthor(NamedTuple):
    """An author of comments; `supporter_index` is None for the campaign's team."""

    supporter_index: int | None
    person: DemoPerson
    is_staff: bool


@dataclass(frozen=True, slots=True)
class CommentDraft:
    """A comment that has no time yet, and no supporter as its author.

    `author` is "new" (a supporter without comments), "returning" (a supporter with a comment), "staff", or the key of
    another draft by the same author.
    """

    key: str
    body: str
    language: str = "en"
    phase: Phase = "campaign"
    country: str | None = None
    parent_key: str | None = None
    author: str = "new"
    hours_after_parent: int = 0
    is_popular: bool = False
    is_disputed: bool = False


@dataclass(frozen=True, slots=True)
class ScheduledComment:
    """A draft with its time and its author; `supporter_index` is None for the campaign's team."""

    draft: CommentDraft
    posted_at: datetime
    supporter_index: int | None


@dataclass(frozen=True, slots=True)
class DemoComment:
    key: str
    parent_key: str | None
    author_index: int
    created_at: datetime
    body: str
    votes: tuple[DemoVote, ...]
    reactions: tuple[DemoReaction, ...]
