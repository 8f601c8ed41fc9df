"""The demo's shapes, named as the contract's inputs so that loading is a matter of passing on."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple

NameDisplay = Literal["FULL_NAME", "FIRST_NAME_INITIAL", "INITIALS", "ANONYMOUS"]
CampaignState = Literal["DRAFT", "LIVE", "PAUSED", "WON", "LOST", "CLOSED", "ARCHIVED"]
CommentPolicy = Literal["OPEN", "PREMODERATED", "CLOSED"]
ResourceKind = Literal["ARTICLE", "REPORT", "VIDEO", "PODCAST", "CAMPAIGN", "OTHER"]
ReactionKind = Literal["SOLIDARITY", "HEART", "APPLAUSE", "CANDLE", "OUTRAGE"]
VoteDirection = Literal["UP", "DOWN"]
Era = Literal["during", "release", "since"]


class Person(NamedTuple):
    given_name: str
    family_name: str | None
    country: str
    name_display: NameDisplay


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
class Money:
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class DonationAppeal:
    prompt: str
    url: str
    suggested_amounts: tuple[Money, ...] = ()


@dataclass(frozen=True, slots=True)
class CampaignUpdate:
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
class Partner:
    name: str
    url: str | None
    logo: Image | None
    role: str | None
    signatures: int
    signatures_as_of: date


@dataclass(frozen=True, slots=True)
class Wave:
    """Arrivals: from a day on, so many parts a day, of which so many in a thousand remain the next."""

    starts_on: date
    parts: int
    keeps_per_mille: int


@dataclass(frozen=True, slots=True)
class Campaign:
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
    donation: DonationAppeal | None = None
    confirm_signatures: bool = False
    name_display_ceiling: NameDisplay = "FULL_NAME"
    updates: tuple[CampaignUpdate, ...] = ()
    outcome: Outcome | None = None
    partners: tuple[Partner, ...] = ()
    direct_signatures: int = 0
    countries: tuple[tuple[str, int], ...] = ()
    waves: tuple[Wave, ...] = ()
    latest_signer: Person | None = None


class DemoSignature(NamedTuple):
    """One direct signature; its place in the list is its supporter's number."""

    signed_at: datetime
    person: Person


class DemoVote(NamedTuple):
    supporter: int
    direction: VoteDirection
    voted_at: datetime


class DemoReaction(NamedTuple):
    supporter: int
    kind: ReactionKind
    reacted_at: datetime


class DemoAuthor(NamedTuple):
    """Someone who wrote; `supporter` is their signature's number, None for the campaign's own team."""

    supporter: int | None
    person: Person
    is_staff: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """A comment without time or author yet; `by` is "new", "returning", "staff" or another draft's key."""

    key: str
    body: str
    language: str = "en"
    era: Era = "during"
    country: str | None = None
    parent_key: str | None = None
    by: str = "new"
    hours: int = 0


@dataclass(frozen=True, slots=True)
class DemoComment:
    key: str
    parent_key: str | None
    author: int
    created_at: datetime
    body: str
    votes: tuple[DemoVote, ...]
    reactions: tuple[DemoReaction, ...]

    @property
    def up_votes(self) -> int:
        return sum(vote.direction == "UP" for vote in self.votes)

    @property
    def down_votes(self) -> int:
        return len(self.votes) - self.up_votes

    def reaction_count(self, kind: ReactionKind) -> int:
        return sum(reaction.kind == kind for reaction in self.reactions)
