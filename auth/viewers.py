"""Viewers: the person or program that sends a request, with a role and scopes."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from models import Role


class Scope(StrEnum):
    READ = "READ"
    SIGN = "SIGN"
    COMMENT = "COMMENT"
    REACT = "REACT"
    MODERATE = "MODERATE"
    MANAGE_CAMPAIGNS = "MANAGE_CAMPAIGNS"
    RECORD_DONATIONS = "RECORD_DONATIONS"
    REPORT_TALLIES = "REPORT_TALLIES"
    EXPORT = "EXPORT"
    ERASE = "ERASE"
    WEBHOOKS = "WEBHOOKS"


_VISITOR = frozenset({Scope.READ, Scope.SIGN, Scope.COMMENT, Scope.REACT})
SCOPES: dict[Role, frozenset[Scope]] = {
    Role.ANONYMOUS: frozenset({Scope.READ, Scope.SIGN}),
    Role.GUEST: _VISITOR,
    Role.SUPPORTER: _VISITOR,
    Role.INTEGRATOR: frozenset(),  # an API key has scopes of its own
    Role.MODERATOR: _VISITOR | {Scope.MODERATE},
    Role.CAMPAIGNER: _VISITOR | {Scope.MODERATE, Scope.MANAGE_CAMPAIGNS, Scope.REPORT_TALLIES},
    Role.ADMIN: frozenset(Scope),
}
NO_SCOPES: frozenset[Scope] = frozenset()
STAFF = (Role.MODERATOR, Role.CAMPAIGNER, Role.ADMIN)


@dataclass(eq=False, slots=True, weakref_slot=True)
class Viewer:
    """The person who sends a request; `supporter_id` is None for an anonymous visitor.

    All requests with the same token share one instance, so that revoking the instance revokes all of them.
    """

    role: Role = Role.ANONYMOUS
    supporter_id: int | None = None
    session_id: int | None = None
    issued_at: float = 0.0
    """Seconds since 1970."""
    expires_at: float = math.inf
    """Seconds since 1970."""
    is_revoked: bool = False
    _on_revocation: set[Callable[[], None]] = field(default_factory=set)

    @property
    def has_ended(self) -> bool:
        """Return True if the token or API key was revoked or has expired. Open connections outlive it."""
        return self.is_revoked or self.expires_at <= time.time()

    @property
    def scopes(self) -> frozenset[Scope]:
        return NO_SCOPES if self.is_revoked else SCOPES[self.role]

    def revoke(self) -> None:
        """Make the viewer anonymous and take all scopes away, also on connections that are open."""
        self.role, self.supporter_id, self.session_id, self.is_revoked = Role.ANONYMOUS, None, None, True
        for end in list(self._on_revocation):
            end()

    @contextmanager
    def ending(self, end: Callable[[], None]) -> Iterator[None]:
        """Call a function if the viewer is revoked while the block runs."""
        self._on_revocation.add(end)
        try:
            yield
        finally:
            self._on_revocation.discard(end)

    def may(self, needed: Scope | Role) -> bool:
        return needed in self.scopes or needed is self.role


ANONYMOUS = Viewer()


@dataclass(eq=False, slots=True)
class CachedApiKey:
    """A cached API key, without its viewer."""

    id: int
    scopes: frozenset[Scope]
    used_at: datetime | None = None
    written_at: datetime | None = None
    """The `last_used_at` that is in the database."""

    def is_last_use_due(self, interval: timedelta) -> bool:
        """Return True if the last use has to be written: it is later than the written one by the interval."""
        return self.used_at is not None and (self.written_at is None or self.used_at - self.written_at >= interval)


@dataclass(eq=False, slots=True, kw_only=True)
class Integrator(Viewer):
    """A program with an API key; it writes as the supporter `supporter_id`.

    All requests with the same key share one instance, so that revoking the instance revokes all of them.
    """

    role: Role = Role.INTEGRATOR
    api_key: CachedApiKey

    @property
    def scopes(self) -> frozenset[Scope]:
        return NO_SCOPES if self.is_revoked else self.api_key.scopes
