"""Query limits: how much one operation may request, and the errors for operations that request more."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields
from typing import Any

from graphql import GraphQLError

CODE = "OPERATION_TOO_COSTLY"
NO_LIMIT = 10**15


@dataclass(frozen=True)
class Limits:
    """The defaults allow a page of 20 threads with 3 replies and 2 replies to each of those, with room to spare."""

    tokens: int = 2_000  # a page's query has about 500; the time of parsing and validation grows with the tokens
    characters: int = 50_000  # of document text, including comments and white space
    operations: int = 10  # in one document
    fragments: int = 60  # in one document; validation compares each with each
    selections: int = 100  # in one selection set of the text; validation compares those with the same name
    root_fields: int = 30  # counted with fragments expanded, as are the limits below
    depth: int = 16  # levels of selections
    aliases: int = 60
    directives: int = 60
    fields: int = 500  # each place counts once, however long the lists are
    values: int = 50_000  # in the answer, if every list is as long as it may be
    points: int = 10_000  # one for each object, one for each call of a resolver; see `cost.resolver_points`
    bytes: int = 100_000_000  # of the answer, if every list and every text is as long as it may be
    answer: int = 10_000_000  # bytes of the answer as it is; more than a page full of the longest comments
    inputs: int = 5_000  # values in the variables, including those inside lists and objects
    list_size: int = 10  # the assumed length of a list for which no argument sets a length

    @classmethod
    def none(cls) -> "Limits":
        """Return limits that refuse nothing, for operations that are all trusted."""
        return cls(**{field.name: NO_LIMIT for field in fields(cls) if field.name != "list_size"})


class Budget:
    """The points that the operations of one HTTP request share."""

    def __init__(self, points: int) -> None:
        self.points_left = points


_shared_budget: ContextVar[Budget | None] = ContextVar("shared budget", default=None)


@contextmanager
def shared_budget(points: int) -> Iterator[Budget]:
    """Let all operations that start inside spend from one budget, for batched requests."""
    token = _shared_budget.set(Budget(points))
    budget = _shared_budget.get()
    assert budget is not None
    try:
        yield budget
    finally:
        _shared_budget.reset(token)


def spend(points: int) -> GraphQLError | None:
    """Subtract an operation's points from the shared budget, if there is one; return an error if too few are left."""
    budget = _shared_budget.get()
    if budget is None:
        return None
    if points > budget.points_left:
        return limit_error("batch", points, budget.points_left, "")
    budget.points_left -= points
    return None


LIMIT_DESCRIPTIONS = {
    "selections": "selections in one object",
    "depth": "levels",
    "values": "values in its answer",
    "points": "points of cost",
    "bytes": "bytes that its answer may have",
    "answer": "bytes in its answer",
    "inputs": "values in its variables",
    "batch": "points of cost in all",
}
LIMITS_OF_WHOLE_DOCUMENTS = ("tokens", "characters", "operations", "fragments", "batch")


def input_limit_error(variables: dict[str, Any], limit: int) -> GraphQLError | None:
    """Count the values in the variables before coercion, which takes long for a long list."""
    count = 0
    containers: list[Any] = [variables]
    while containers and count <= limit:
        container = containers.pop()
        items = container.values() if container.__class__ is dict else container
        count += len(items)
        containers += [item for item in items if item.__class__ is dict or item.__class__ is list]
    return limit_error("inputs", count, limit, "") if count > limit else None


def limit_error(limit_name: str, requested: int, limit: int, path: str) -> GraphQLError:
    description = LIMIT_DESCRIPTIONS.get(limit_name, limit_name.replace("_", " "))
    if limit_name in LIMITS_OF_WHOLE_DOCUMENTS:
        advice = "Send it in parts"
    else:
        advice = f"Ask for less at {path}" if path else "Ask for less"
    message = f"This operation has {requested:,} {description}; the limit is {limit:,}. {advice}."
    extensions = {"code": CODE, "of": limit_name, "requested": requested, "limit": limit, "path": path}
    return GraphQLError(message, extensions=extensions)
