"""Chance from whole numbers only, so that every machine and every Python draws the same."""

from collections.abc import MutableSequence, Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


def below(rng: Random, limit: int) -> int:
    return (rng.getrandbits(32) * limit) >> 32


def pick(rng: Random, items: Sequence[T]) -> T:
    return items[(rng.getrandbits(32) * len(items)) >> 32]


def shuffle(rng: Random, items: MutableSequence[T]) -> None:
    for last in range(len(items) - 1, 0, -1):
        other = below(rng, last + 1)
        items[last], items[other] = items[other], items[last]


def apportion(total: int, parts: Sequence[int]) -> list[int]:
    """`total` split in proportion to `parts`, exactly, by rounding the running sum."""
    whole, seen, given, shares = sum(parts), 0, 0, []
    for part in parts:
        seen += part
        shares.append(total * seen // whole - given)
        given += shares[-1]
    return shares
