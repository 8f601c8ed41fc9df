"""Who said what, when, and how it was received: a campaign's whole discussion, oldest first."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random

from demo.chance import below, pick
from demo.comments_text import drafts
from demo.conversations import REPLIES, STARTS
from demo.people import STAFF
from demo.reception import reception
from demo.shapes import Campaign, DemoAuthor, DemoComment, DemoSignature, Draft, Era
from demo.signatures import signatures
from demo.small_talk import LIBRARY_TALK, NIGHT_SHIFT_TALK
from demo.voices import BY_LANGUAGE

THREADS, AUTHORS = 1_022, 973
_THREADS_OF_ERA: dict[Era, int] = {"during": 806, "release": 150, "since": 66}
_RELEASE = datetime(2019, 9, 6, 11, 0, tzinfo=UTC)
_LAST = datetime(2026, 2, 20, 20, 0, tzinfo=UTC)
_MAIN, _NIGHT_SHIFT, _LIBRARY = (
    "free-gaspar-matalaev",
    "pay-the-night-shift-at-port-veyra",
    "keep-hollin-valley-library-open",
)


@dataclass(frozen=True, slots=True)
class _Said:
    draft: Draft
    at: datetime
    supporter: int | None


def discussion(campaign: Campaign, signed: Sequence[DemoSignature] | None = None) -> list[DemoComment]:
    """Every comment, oldest first, a reply after its parent; authors are numbered as they first appear."""
    signed = signatures(campaign) if signed is None else signed
    said = _said(campaign, signed)
    numbers = {supporter: number for number, supporter in enumerate(_speakers(said))}
    received = reception(Random(_seed(campaign) + 1), [(one.draft, one.at, one.supporter) for one in said], signed)
    return [
        DemoComment(
            one.draft.key,
            one.draft.parent_key,
            numbers[one.supporter],
            one.at,
            one.draft.body,
            votes,
            reactions,
        )
        for one, (votes, reactions) in zip(said, received, strict=True)
    ]


def authors(campaign: Campaign, signed: Sequence[DemoSignature] | None = None) -> list[DemoAuthor]:
    """The people behind the author numbers, in that order."""
    signed = signatures(campaign) if signed is None else signed
    return [
        DemoAuthor(None, STAFF, True) if supporter is None else DemoAuthor(supporter, signed[supporter].person, False)
        for supporter in _speakers(_said(campaign, signed))
    ]


def _seed(campaign: Campaign) -> int:
    return int.from_bytes(campaign.slug.encode()[-7:], "big")


def _speakers(said: Sequence[_Said]) -> list[int | None]:
    return list(dict.fromkeys(one.supporter for one in said))


def _said(campaign: Campaign, signed: Sequence[DemoSignature]) -> list[_Said]:
    rng = Random(_seed(campaign))
    room = _Room(rng, signed, 100 if campaign.closed_at else 0)
    for draft in _script(campaign, rng):
        room.hear(draft)
    return sorted(room.said.values(), key=lambda one: (one.at, one.draft.key))


def _script(campaign: Campaign, rng: Random) -> Sequence[Draft]:
    scripts = {_NIGHT_SHIFT: NIGHT_SHIFT_TALK, _LIBRARY: LIBRARY_TALK}
    return _main_script(rng) if campaign.slug == _MAIN else scripts.get(campaign.slug, ())


def _main_script(rng: Random) -> list[Draft]:
    """Beginnings, then replies; just so many by people who wrote before that the authors come to 973."""
    starts = list(STARTS)
    for era, count in _THREADS_OF_ERA.items():
        starts += drafts(rng, era, count - sum(start.era == era for start in STARTS))
    newcomers = sum(reply.by == "new" for reply in REPLIES) + 1  # and the team
    returning = len(starts) + newcomers - AUTHORS
    later = [number for number, start in enumerate(starts) if start.era != "during" and not start.key]
    for number in later[:: len(later) // returning][:returning]:
        starts[number] = replace(starts[number], by="returning")
    named = [replace(start, key=start.key or f"thread-{number}") for number, start in enumerate(starts)]
    return [*named, *REPLIES]


@dataclass(slots=True)
class _Room:
    """Gives each draft its moment and its speaker: a signer from where its language is spoken."""

    rng: Random
    signed: Sequence[DemoSignature]
    edge: int  # the first just sign; the last would call for what has come
    said: dict[str, _Said] = field(default_factory=dict)
    taken: set[int] = field(default_factory=set)
    signers: dict[str, list[int]] = field(default_factory=dict)
    returned: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        for number, signature in enumerate(self.signed):
            self.signers.setdefault(signature.person.country, []).append(number)

    def hear(self, draft: Draft) -> None:
        if draft.parent_key:
            at = self.said[draft.parent_key].at + timedelta(hours=draft.hours, seconds=-below(self.rng, 3000))
            supporter = self._replier(draft, at)
        elif draft.era == "during":
            supporter = self._newcomer(draft)
            at = self.signed[supporter].signed_at + timedelta(seconds=40 + below(self.rng, 900))
        else:
            at = _moment_after(self.rng, draft)
            supporter = self._returning(draft) if draft.by == "returning" else self._newcomer(draft)
        self.said[draft.key] = _Said(draft, at, supporter)

    def _replier(self, draft: Draft, at: datetime) -> int | None:
        if draft.by in self.said:
            return self.said[draft.by].supporter
        return None if draft.by == "staff" else self._newcomer(draft, at)

    def _newcomer(self, draft: Draft, at: datetime | None = None) -> int:
        until = bisect_left(self.signed, at or _LAST, key=lambda signature: signature.signed_at)
        country = draft.country or self._country(draft.language)
        while True:
            number = pick(self.rng, self.signers[country])
            if self.edge <= number < min(until, len(self.signed) - self.edge) and number not in self.taken:
                self.taken.add(number)
                return number

    def _country(self, language: str) -> str:
        """Larger ones more often, though not as much as their numbers would have it."""
        homes = [country for country in BY_LANGUAGE[language].countries if country in self.signers]
        weights = [1 + len(self.signers[country]).bit_length() ** 3 for country in homes]
        return pick(self.rng, [home for home, weight in zip(homes, weights, strict=True) for _ in range(weight)])

    def _returning(self, draft: Draft) -> int:
        same = [
            one.supporter
            for one in self.said.values()
            if one.draft.era == "during" and one.draft.language == draft.language and one.supporter is not None
            if one.supporter not in self.returned
            if draft.country in (None, self.signed[one.supporter].person.country)
        ]
        supporter = pick(self.rng, same)
        self.returned.add(supporter)
        return supporter


def _moment_after(rng: Random, draft: Draft) -> datetime:
    if draft.era == "since":
        first = datetime(2020, 9, 1, tzinfo=UTC)
        return first + timedelta(seconds=below(rng, int((_LAST - first).total_seconds())))
    if not draft.key.startswith("thread-"):  # written by hand, and so are its answers "today"
        return _RELEASE + timedelta(seconds=600 + below(rng, 7_200))
    if below(rng, 100) < 78:
        return _RELEASE + timedelta(seconds=300 + below(rng, 45_000))
    return _RELEASE + timedelta(hours=13, seconds=below(rng, 86_400 * (1 + below(rng, 9))))
