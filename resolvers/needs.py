"""The scope that a resolver needs, said once beside it: refused here, printed in the schema."""

from collections.abc import Callable
from typing import Any, TypeVar

from resolvers.auth import Scope

F = TypeVar("F", bound=Callable[..., Any])


def needs(scope: Scope) -> Callable[[F], F]:
    """Mark a resolver; `field()` and `mutation()` refuse viewers without the scope before it is called."""

    def mark(resolver: F) -> F:
        resolver.scope = scope  # type: ignore[attr-defined]
        return resolver

    return mark


def scope_of(resolver: Callable[..., Any]) -> Scope | None:
    return getattr(resolver, "scope", None)
