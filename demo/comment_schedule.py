"""Comment schedule: give each draft a time and an author."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from demo.random_draws import random_below, random_choice
from demo.texts import TEXTS
from demo.types import CommentDraft, DemoSignature, ScheduledComment

GENERATED_KEY_PREFIX = "thread-"  # of drafts that nobody wrote a key for
_RELEASED_AT = datetime(2019, 9, 6, 11, 0, tzinfo=UTC)
_LATER_FROM = datetime(2020, 9, 1, tzinfo=UTC)
_LATEST_COMMENT_AT = datetime(2026, 2, 20, 20, 0, tzinfo=UTC)


@dataclass(slots=True)
class CommentScheduler:
    """Assigns to each draft a time and a supporter from a country where the draft's language is spoken."""

    rng: Random
    signatures: Sequence[DemoSignature]
    # The first and the last signers write nothing: the first have only just signed, the last ask for what has happened.
    silent_at_each_end: int
    scheduled: dict[str, ScheduledComment] = field(default_factory=dict)
    authors: set[int] = field(default_factory=set)
    returned_authors: set[int] = field(default_factory=set)
    supporters_by_country: dict[str, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for index, signature in enumerate(self.signatures):
            self.supporters_by_country.setdefault(signature.person.country, []).append(index)

    def schedule(self, draft: CommentDraft) -> None:
        """Add a draft to the schedule; its parent must be scheduled."""
        if draft.parent_key:
            delay = timedelta(hours=draft.hours_after_parent, seconds=-random_below(self.rng, 3000))
            posted_at = self.scheduled[draft.parent_key].posted_at + delay
            supporter_index = self._author_of_reply(draft, posted_at)
        elif draft.phase == "campaign":
            supporter_index = self._new_author(draft)
            delay = timedelta(seconds=40 + random_below(self.rng, 900))
            posted_at = self.signatures[supporter_index].signed_at + delay
        else:
            posted_at = _time_after_release(self.rng, draft)
            returning = draft.author == "returning"
            supporter_index = self._returning_author(draft) if returning else self._new_author(draft)
        self.scheduled[draft.key] = ScheduledComment(draft, posted_at, supporter_index)

    def _author_of_reply(self, draft: CommentDraft, posted_at: datetime) -> int | None:
        if draft.author in self.scheduled:
            return self.scheduled[draft.author].supporter_index
        return None if draft.author == "staff" else self._new_author(draft, posted_at)

    def _new_author(self, draft: CommentDraft, posted_at: datetime = _LATEST_COMMENT_AT) -> int:
        """Draw a supporter who has written nothing yet and had signed before the comment is posted."""
        signed_before = bisect_left(self.signatures, posted_at, key=lambda signature: signature.signed_at)
        first, end = self.silent_at_each_end, min(signed_before, len(self.signatures) - self.silent_at_each_end)
        supporters = self.supporters_by_country[draft.country or self._country(draft.language)]
        if draft.phase == "later":
            shown = [index for index in supporters if first <= index < end and self._shows_initial(index)]
            supporters = [index for index in shown if index not in self.authors] or supporters
        while True:
            index = random_choice(self.rng, supporters)
            if first <= index < end and index not in self.authors:
                self.authors.add(index)
                return index

    def _shows_initial(self, supporter_index: int) -> bool:
        """Return whether the supporter is shown as "Katharina S.", as those are in the ticker who write last."""
        return self.signatures[supporter_index].person.shows_initial

    def _country(self, language: str) -> str:
        """Draw a country, larger ones more often, though less often than their number of supporters would have it."""
        countries = [country for country in TEXTS[language].countries if country in self.supporters_by_country]
        weights = [1 + len(self.supporters_by_country[country]).bit_length() ** 3 for country in countries]
        weighted = [country for country, weight in zip(countries, weights, strict=True) for _ in range(weight)]
        return random_choice(self.rng, weighted)

    def _returning_author(self, draft: CommentDraft) -> int:
        """Draw the author of an earlier comment in the draft's language, each of them once."""
        candidates = [
            comment.supporter_index
            for comment in self.scheduled.values()
            if comment.draft.phase == "campaign" and comment.draft.language == draft.language
            if comment.supporter_index is not None and comment.supporter_index not in self.returned_authors
            if draft.country in (None, self.signatures[comment.supporter_index].person.country)
        ]
        if draft.phase == "later":
            candidates = [index for index in candidates if self._shows_initial(index)] or candidates
        supporter_index = random_choice(self.rng, candidates)
        self.returned_authors.add(supporter_index)
        return supporter_index


def _time_after_release(rng: Random, draft: CommentDraft) -> datetime:
    if draft.phase == "later":
        span = int((_LATEST_COMMENT_AT - _LATER_FROM).total_seconds())
        return _LATER_FROM + timedelta(seconds=random_below(rng, span))
    if not draft.key.startswith(GENERATED_KEY_PREFIX):  # the written replies to it speak of "today"
        return _RELEASED_AT + timedelta(seconds=600 + random_below(rng, 7_200))
    if random_below(rng, 100) < 78:
        return _RELEASED_AT + timedelta(seconds=300 + random_below(rng, 45_000))
    days = 1 + random_below(rng, 9)
    return _RELEASED_AT + timedelta(hours=13, seconds=random_below(rng, 86_400 * days))
