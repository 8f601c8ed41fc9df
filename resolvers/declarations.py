"""What a resolver says of itself, once beside it: the scope that it needs, and what it reads."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from auth.viewers import Scope
from models import Role

F = TypeVar("F", bound=Callable[..., Any])

RequestedAttributes = frozenset[str] | None
"""The attributes that the query reads off the rows that a resolver gives; None: any. A list reads no other columns."""


def requires(what: Scope | Role, *, unless_oneself: bool = False) -> Callable[[F], F]:
    """Mark a resolver; `field()` and `mutation()` refuse viewers without the scope or role before it is called.

    `unless_oneself`: it is needed only to do it to another, which the resolver sees to.
    """

    def mark(resolver: F) -> F:
        resolver.requires = what  # type: ignore[attr-defined]
        resolver.requires_first = None if unless_oneself else what  # type: ignore[attr-defined]
        return resolver

    return mark


def required_by(resolver: Callable[..., Any]) -> Scope | Role | None:
    """What the schema says that it needs."""
    return getattr(resolver, "requires", None)


def required_first(resolver: Callable[..., Any]) -> Scope | Role | None:
    """What a viewer needs for the resolver to be called at all."""
    return getattr(resolver, "requires_first", None)


def reads(*attributes: str, **for_its_result: str) -> Callable[[F], F]:
    """Mark a resolver with the attributes that it reads off its row, so that a list need not bring the others.

    `html="body_html"`: that one only if `html` is read off what the resolver gives.
    """

    def mark(resolver: F) -> F:
        resolver.reads = frozenset(attributes)  # type: ignore[attr-defined]
        resolver.reads_for = {name: {attribute} for name, attribute in for_its_result.items()}  # type: ignore[attr-defined]
        return resolver

    return mark


def shared(resolver: F) -> F:
    """Mark a resolver that gives the same unchanging value again and again: it is written once for each request."""
    resolver.is_shared = True  # type: ignore[attr-defined]
    return resolver


def looked_up(attribute: str, values: Callable[[str], Mapping[Any, Any]]) -> Callable[[F], F]:
    """Mark a resolver whose value stands under an attribute of the row in a mapping, one for each type's name."""

    def mark(resolver: F) -> F:
        resolver.looked_up = lambda type_name: (attribute, values(type_name))  # type: ignore[attr-defined]
        return resolver

    return mark


def of_level(resolver: F) -> F:
    """Mark a resolver that takes a list of rows, all that a level of the query asks of it, and gives one as long."""
    resolver.of_level = True  # type: ignore[attr-defined]
    return resolver


def is_of_level(resolver: Callable[..., Any]) -> bool:
    return getattr(resolver, "of_level", False)
