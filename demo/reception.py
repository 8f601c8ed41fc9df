"""How comments were received: a few loved, most read in silence, as under every page."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

from demo.chance import below, pick, shuffle
from demo.shapes import DemoReaction, DemoSignature, DemoVote, Draft, Era, ReactionKind

_LAST = datetime(2026, 2, 26, 12, 0, tzinfo=UTC)
_MOODS: dict[Era, tuple[ReactionKind, ...]] = {
    "during": (*("SOLIDARITY",) * 9, *("HEART",) * 4, *("CANDLE",) * 3, *("OUTRAGE",) * 3, "APPLAUSE"),
    "release": (*("APPLAUSE",) * 8, *("HEART",) * 7, *("SOLIDARITY",) * 4, "CANDLE"),
    "since": (*("HEART",) * 5, *("APPLAUSE",) * 3, *("SOLIDARITY",) * 3, *("CANDLE",) * 2),
}
# Where hand-written beginnings come among all comments, and which ones divide opinion.
_NOTED = (0, 1, 2, 4, 5, 7, 9, 12, 14, 18, 21, 25, 30, 36)
_DISPUTED = frozenset({"does-it-help", "boycott", "boycott-3", "night-23"})

Spoken = tuple[Draft, datetime, int | None]
Reception = tuple[tuple[DemoVote, ...], tuple[DemoReaction, ...]]


def reception(rng: Random, spoken: Sequence[Spoken], signed: Sequence[DemoSignature]) -> list[Reception]:
    """Votes and reactions of each comment, every one by a different supporter, none by its author."""
    ups = _ranks(rng, spoken)
    felt = sorted(range(len(spoken)), key=lambda number: (ups[number] + below(rng, 60) * below(rng, 12), number))
    reacted = {number: rank for rank, number in enumerate(felt)}
    return [
        (
            _votes(rng, one, _share(len(spoken), ups[number]), signed),
            _reactions(rng, one, _share(len(spoken), reacted[number]), signed),
        )
        for number, one in enumerate(spoken)
    ]


def _share(comments: int, rank: int) -> int:
    """Zipf's, flattened at its head."""
    return comments * 3 // 5 // (rank + 2 + comments // 170)


def _ranks(rng: Random, spoken: Sequence[Spoken]) -> list[int]:
    noted = [number for number, (draft, _, _) in enumerate(spoken) if _is_noted(draft)]
    order = [number for number in range(len(spoken)) if number not in set(noted)]
    shuffle(rng, order)
    for place, number in zip(_NOTED, noted, strict=False):
        order.insert(place, number)
    order += noted[len(_NOTED) :]
    return [rank for _, rank in sorted((number, rank) for rank, number in enumerate(order))]


def _is_noted(draft: Draft) -> bool:
    return draft.parent_key is None and not draft.key.startswith(("thread-", "night-", "library-"))


def _votes(rng: Random, spoken: Spoken, up: int, signed: Sequence[DemoSignature]) -> tuple[DemoVote, ...]:
    key = spoken[0].key
    down = up // 3 if key in _DISPUTED else up // 15 + (below(rng, 20) == 0)
    voters = _audience(rng, spoken, up + down, signed)
    cast = [DemoVote(voter, "UP" if number < up else "DOWN", at) for number, (voter, at) in enumerate(voters)]
    return tuple(sorted(cast, key=lambda vote: (vote.voted_at, vote.supporter)))


def _reactions(rng: Random, spoken: Spoken, count: int, signed: Sequence[DemoSignature]) -> tuple[DemoReaction, ...]:
    moods = _MOODS[spoken[0].era]
    given = [DemoReaction(voter, pick(rng, moods), at) for voter, at in _audience(rng, spoken, count, signed)]
    return tuple(sorted(given, key=lambda reaction: (reaction.reacted_at, reaction.supporter)))


def _audience(rng: Random, spoken: Spoken, count: int, signed: Sequence[DemoSignature]) -> list[tuple[int, datetime]]:
    """Different people who had signed by then, most of them within hours."""
    _, said_at, author = spoken
    found: dict[int, datetime] = {}
    while len(found) < count:
        at = min(said_at + timedelta(seconds=20 + below(rng, 60 << below(rng, 15))), _LAST)
        voter = below(rng, len(signed))
        if voter != author and signed[voter].signed_at < at:
            found.setdefault(voter, at)
    return list(found.items())
