"""What one operation may ask for, and how a refusal is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields
from typing import Any

from graphql import GraphQLError

CODE = "OPERATION_TOO_COSTLY"


@dataclass(frozen=True)
class Limits:
    """Generous enough for a page of 20 threads with 3 replies and 2 replies to those, far from a flood."""

    tokens: int = 2_000  # a page's whole query has some 500; parsing and validating take time by the token
    characters: int = 50_000  # of document text, comments and white space included
    operations: int = 10  # in one document
    fragments: int = 60  # in one document; validation compares each with each
    selections: int = 100  # of one object in the text; validation compares those of one name
    root_fields: int = 30  # with fragments expanded, like all that follow
    depth: int = 16  # levels of selections
    aliases: int = 60
    directives: int = 60
    fields: int = 500  # each place counted once, however long the lists
    values: int = 50_000  # in the answer, if every list is as long as it may be
    points: int = 10_000  # one for each object, one for each call of a resolver; see `cost.price`
    inputs: int = 5_000  # values in the variables, with all that lists and objects hold
    list_size: int = 10  # what a list is taken to hold when nothing says how much of it is wanted

    @classmethod
    def none(cls) -> "Limits":
        """For operations that are all one's own."""
        return cls(**{field.name: 10**15 for field in fields(cls) if field.name != "list_size"})


class Budget:
    """The points that several operations of one HTTP request share."""

    def __init__(self, points: int) -> None:
        self.left = points


_shared: ContextVar[Budget | None] = ContextVar("shared budget", default=None)


@contextmanager
def shared_budget(points: int) -> Iterator[Budget]:
    """All operations begun inside spend from one budget: for batched requests."""
    token = _shared.set(Budget(points))
    budget = _shared.get()
    assert budget is not None
    try:
        yield budget
    finally:
        _shared.reset(token)


def spend(points: int) -> GraphQLError | None:
    """Take an operation's points from the shared budget, if there is one and it has them."""
    budget = _shared.get()
    if budget is None:
        return None
    if points > budget.left:
        return refusal("batch", points, budget.left, "")
    budget.left -= points
    return None


WORDS = {
    "selections": "selections in one object",
    "depth": "levels",
    "values": "values in its answer",
    "points": "points of cost",
    "inputs": "values in its variables",
    "batch": "points of cost in all",
}
SPLIT = ("tokens", "characters", "operations", "fragments", "batch")


def excess_of_inputs(variables: dict[str, Any], limit: int) -> GraphQLError | None:
    """Counted before they are coerced, which for a long list takes longer than most operations do."""
    count = 0
    left: list[Any] = [variables]
    while left and count <= limit:
        value = left.pop()
        items = value.values() if value.__class__ is dict else value
        count += len(items)
        left += [item for item in items if item.__class__ is dict or item.__class__ is list]
    return refusal("inputs", count, limit, "") if count > limit else None


def refusal(what: str, requested: int, limit: int, path: str) -> GraphQLError:
    words = WORDS.get(what, what.replace("_", " "))
    ask = "Send it in parts" if what in SPLIT else f"Ask for less at {path}" if path else "Ask for less"
    message = f"This operation has {requested:,} {words}; the limit is {limit:,}. {ask}."
    told = {"code": CODE, "of": what, "requested": requested, "limit": limit, "path": path}
    return GraphQLError(message, extensions=told)
