"""Votes and reactions on comments: many on a few comments, few on most (Zipf's law)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

from demo.random_draws import random_below, random_choice, shuffle
from demo.types import DemoReaction, DemoSignature, DemoVote, Phase, ReactionKind, ScheduledComment

_LATEST_AT = datetime(2026, 2, 26, 12, 0, tzinfo=UTC)
_REACTION_KINDS: dict[Phase, tuple[ReactionKind, ...]] = {
    "campaign": (*("SOLIDARITY",) * 9, *("HEART",) * 4, *("CANDLE",) * 3, *("OUTRAGE",) * 3, "APPLAUSE"),
    "release": (*("APPLAUSE",) * 8, *("HEART",) * 7, *("SOLIDARITY",) * 4, "CANDLE"),
    "later": (*("HEART",) * 5, *("APPLAUSE",) * 3, *("SOLIDARITY",) * 3, *("CANDLE",) * 2),
}
_RANKS_OF_POPULAR_COMMENTS = (0, 1, 2, 4, 5, 7, 9, 12, 14, 18, 21, 25, 30, 36)

VotesAndReactions = tuple[tuple[DemoVote, ...], tuple[DemoReaction, ...]]


def votes_and_reactions(
    rng: Random, comments: Sequence[ScheduledComment], signed: Sequence[DemoSignature]
) -> list[VotesAndReactions]:
    """Return each comment's votes and reactions, one of each a supporter at most and none by the comment's author."""
    vote_ranks = _vote_ranks(rng, comments)
    reaction_ranks = _reaction_ranks(rng, vote_ranks)
    total = len(comments)
    return [
        (
            _votes(rng, comment, _count_at_rank(total, vote_ranks[index]), signed),
            _reactions(rng, comment, _count_at_rank(total, reaction_ranks[index]), signed),
        )
        for index, comment in enumerate(comments)
    ]


def _count_at_rank(comments: int, rank: int) -> int:
    """Return the count by Zipf's law, flattened at the highest ranks."""
    return comments * 3 // 5 // (rank + 2 + comments // 170)


def _vote_ranks(rng: Random, comments: Sequence[ScheduledComment]) -> list[int]:
    """Return each comment's rank by votes: random, but fixed for the popular ones."""
    popular = [index for index, comment in enumerate(comments) if comment.draft.is_popular]
    order = [index for index, comment in enumerate(comments) if not comment.draft.is_popular]
    shuffle(rng, order)
    for rank, index in zip(_RANKS_OF_POPULAR_COMMENTS, popular, strict=False):
        order.insert(rank, index)
    order += popular[len(_RANKS_OF_POPULAR_COMMENTS) :]
    return _ranks(order)


def _reaction_ranks(rng: Random, vote_ranks: Sequence[int]) -> list[int]:
    """Return each comment's rank by reactions: similar to the rank by votes."""
    scores = [(rank + random_below(rng, 60) * random_below(rng, 12), index) for index, rank in enumerate(vote_ranks)]
    return _ranks([index for _, index in sorted(scores)])


def _ranks(order: Sequence[int]) -> list[int]:
    """Invert a permutation: return the position of each index in `order`."""
    return sorted(range(len(order)), key=order.__getitem__)


def _votes(rng: Random, comment: ScheduledComment, up: int, signed: Sequence[DemoSignature]) -> tuple[DemoVote, ...]:
    down = up // 3 if comment.draft.is_disputed else up // 15 + (random_below(rng, 20) == 0)
    voters = _draw_supporters(rng, comment, up + down, signed)
    votes = [
        DemoVote(supporter, "UP" if position < up else "DOWN", voted_at)
        for position, (supporter, voted_at) in enumerate(voters)
    ]
    return tuple(sorted(votes, key=lambda vote: (vote.voted_at, vote.supporter_index)))


def _reactions(
    rng: Random, comment: ScheduledComment, count: int, signed: Sequence[DemoSignature]
) -> tuple[DemoReaction, ...]:
    kinds = _REACTION_KINDS[comment.draft.phase]
    reactions = [
        DemoReaction(supporter, random_choice(rng, kinds), reacted_at)
        for supporter, reacted_at in _draw_supporters(rng, comment, count, signed)
    ]
    return tuple(sorted(reactions, key=lambda reaction: (reaction.reacted_at, reaction.supporter_index)))


def _draw_supporters(
    rng: Random, comment: ScheduledComment, count: int, signed: Sequence[DemoSignature]
) -> list[tuple[int, datetime]]:
    """Draw different supporters, with times mostly within hours of the comment and after their own signatures.

    The ticker shows what happened to the latest comments, and names with initials.
    """
    drawn: dict[int, datetime] = {}
    while len(drawn) < count:
        delay = timedelta(seconds=20 + random_below(rng, 60 << random_below(rng, 15)))
        at = min(comment.posted_at + delay, _LATEST_AT)
        supporter = random_below(rng, len(signed))
        is_shown = comment.draft.phase != "later" or signed[supporter].person.shows_initial
        if is_shown and supporter != comment.supporter_index and signed[supporter].signed_at < at:
            drawn.setdefault(supporter, at)
    return list(drawn.items())
