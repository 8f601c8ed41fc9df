"""Random draws from integers only, so that every machine and every Python version draws the same."""

from collections.abc import MutableSequence, Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


def random_below(rng: Random, limit: int) -> int:
    return (rng.getrandbits(32) * limit) >> 32


def random_choice(rng: Random, items: Sequence[T]) -> T:
    return items[(rng.getrandbits(32) * len(items)) >> 32]


def shuffle(rng: Random, items: MutableSequence[T]) -> None:
    for last in range(len(items) - 1, 0, -1):
        other = random_below(rng, last + 1)
        items[last], items[other] = items[other], items[last]


def apportion(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` in proportion to the weights; the shares add up to it, as the running sum is what is rounded."""
    weight_sum, seen, given, shares = sum(weights), 0, 0, []
    for weight in weights:
        seen += weight
        shares.append(total * seen // weight_sum - given)
        given += shares[-1]
    return shares
