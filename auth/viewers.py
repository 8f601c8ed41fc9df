"""Viewers: the person or program that sends a request, with a role and scopes."""

from dataclasses import dataclass
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
    is_revoked: bool = False

    @property
    def scopes(self) -> frozenset[Scope]:
        return NO_SCOPES if self.is_revoked else SCOPES[self.role]

    def revoke(self) -> None:
        """Make the viewer anonymous and take all scopes away, also on connections that are open."""
        self.role, self.supporter_id, self.session_id, self.is_revoked = Role.ANONYMOUS, None, None, True

    def may(self, needed: Scope | Role) -> bool:
        return needed in self.scopes or needed is self.role


ANONYMOUS = Viewer()


@dataclass(eq=False, slots=True)
class CachedApiKey:
    """A cached API key: all requests with the key share one instance, so that revoking the instance revokes all."""

    id: int
    supporter_id: int
    scopes: frozenset[Scope]
    expires_at: datetime | None
    used_at: datetime | None = None
    written_at: datetime | None = None
    """The `last_used_at` that is in the database."""

    def is_valid(self, at: datetime) -> bool:
        return self.expires_at is None or at < self.expires_at

    def is_last_use_due(self, interval: timedelta) -> bool:
        """Return True if the last use has to be written: it is later than the written one by the interval."""
        return self.used_at is not None and (self.written_at is None or self.used_at - self.written_at >= interval)


@dataclass(eq=False, slots=True, kw_only=True)
class Integrator(Viewer):
    """A program with an API key; it writes as the supporter `supporter_id`."""

    role: Role = Role.INTEGRATOR
    api_key: CachedApiKey

    @property
    def scopes(self) -> frozenset[Scope]:
        return self.api_key.scopes
