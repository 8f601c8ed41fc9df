"""Decorators that declare a resolver's properties: the scope it requires, the attributes it reads, how it is called."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from auth.viewers import Scope
from models import Role

F = TypeVar("F", bound=Callable[..., Any])

RequestedAttributes = frozenset[str] | None
"""The attributes that the query reads of the rows that a resolver returns, or None for all. Lists select no others."""

USUAL_LIST_SIZE = 10
"""The length to declare of a list that nothing limits, and that is short on nearly every page."""


def selects_total(requested: RequestedAttributes) -> bool:
    """Return whether the query selects the `totalCount` of a connection, so that its items must be counted."""
    return requested is None or "total_count" in requested


def requires(permission: Scope | Role, *, unless_oneself: bool = False) -> Callable[[F], F]:
    """Require a scope or role: `field()` and `mutation()` refuse other viewers before they call the resolver.

    `unless_oneself`: only changes to another person require the permission, which the resolver itself must check.
    """

    def mark(resolver: F) -> F:
        resolver.requires = permission  # type: ignore[attr-defined]
        resolver.requires_first = None if unless_oneself else permission  # type: ignore[attr-defined]
        return resolver

    return mark


def required_by(resolver: Callable[..., Any]) -> Scope | Role | None:
    """Return the scope or role that the schema shows for the resolver."""
    return getattr(resolver, "requires", None)


def required_first(resolver: Callable[..., Any]) -> Scope | Role | None:
    """Return the scope or role to check before the resolver is called."""
    return getattr(resolver, "requires_first", None)


def reads(*attributes: str, **for_its_result: str) -> Callable[[F], F]:
    """Declare which attributes of its row a resolver reads, so that a list need not select the others.

    `html="body_html"`: `body_html` is read only if the query reads `html` of the resolver's result.
    """

    def mark(resolver: F) -> F:
        resolver.reads = frozenset(attributes)  # type: ignore[attr-defined]
        resolver.reads_for = {name: {attribute} for name, attribute in for_its_result.items()}  # type: ignore[attr-defined]
        return resolver

    return mark


def shared(resolver: F) -> F:
    """Declare that a resolver returns shared, unchanging values: execution encodes each once for a request."""
    resolver.is_shared = True  # type: ignore[attr-defined]
    return resolver


def looked_up(attribute: str, values: Callable[[str], Mapping[Any, Any]]) -> Callable[[F], F]:
    """Declare that a resolver's value is `values(type_name)[row.attribute]`, which `execution` looks up directly."""

    def mark(resolver: F) -> F:
        resolver.looked_up = lambda type_name: (attribute, values(type_name))  # type: ignore[attr-defined]
        return resolver

    return mark


def list_size(size: int | str, *, at_most: int | None = None) -> Callable[[F], F]:
    """Declare the length of a resolver's list, by which an operation's cost is estimated before it runs.

    A number is the length of the list, or the default size of its pages. A text names the argument that has one value
    for each item; the schema can then only print how many there are `at_most`.
    """
    max_size = size if isinstance(size, int) else at_most
    if max_size is None:
        raise TypeError(f"@list_size({size!r}) does not say how many items there are at_most.")

    def mark(resolver: F) -> F:
        resolver.list_size = size  # type: ignore[attr-defined]
        resolver.max_list_size = max_size  # type: ignore[attr-defined]
        return resolver

    return mark


def of_level(resolver: F) -> F:
    """Declare that a resolver takes the list of all rows of a level of the query, and returns an equally long list."""
    resolver.of_level = True  # type: ignore[attr-defined]
    return resolver


def is_of_level(resolver: Callable[..., Any]) -> bool:
    return getattr(resolver, "of_level", False)
