"""Viewers: the person or program that sends a request, its role, and the scopes that it may use."""

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
    Role.INTEGRATOR: frozenset(),  # what its key grants
    Role.MODERATOR: _VISITOR | {Scope.MODERATE},
    Role.CAMPAIGNER: _VISITOR | {Scope.MODERATE, Scope.MANAGE_CAMPAIGNS, Scope.REPORT_TALLIES},
    Role.ADMIN: frozenset(Scope),
}
NONE: frozenset[Scope] = frozenset()
STAFF = (Role.MODERATOR, Role.CAMPAIGNER, Role.ADMIN)


@dataclass(eq=False, slots=True, weakref_slot=True)
class Viewer:
    """The person asking; `supporter_id` is null for an anonymous visitor.

    Everyone who came with a token shares this one, so that its end is everyone's.
    """

    role: Role = Role.ANONYMOUS
    supporter_id: int | None = None
    session_id: int | None = None
    issued_at: float = 0.0
    """When the token was made, in seconds since 1970."""
    is_ended: bool = False

    @property
    def scopes(self) -> frozenset[Scope]:
        return NONE if self.is_ended else SCOPES[self.role]

    def end(self) -> None:
        """From now on it is nobody and may do nothing, on connections that are open too."""
        self.role, self.supporter_id, self.session_id, self.is_ended = Role.ANONYMOUS, None, None, True

    def may(self, what: Scope | Role) -> bool:
        return what in self.scopes or what is self.role


ANONYMOUS = Viewer()


@dataclass(eq=False, slots=True)
class CachedApiKey:
    """What an API key allows. Everyone who came with it shares this one, so that its end is everyone's."""

    id: int
    supporter_id: int
    scopes: frozenset[Scope]
    expires_at: datetime | None
    used_at: datetime | None = None
    noted_at: datetime | None = None

    def is_good(self, at: datetime) -> bool:
        return self.expires_at is None or at < self.expires_at

    def is_to_be_noted(self, every: timedelta) -> bool:
        """Whether it was used longer after the last use that is kept."""
        return self.used_at is not None and (self.noted_at is None or self.used_at - self.noted_at >= every)


@dataclass(eq=False, slots=True, kw_only=True)
class Integrator(Viewer):
    """A program, by its API key. `supporter_id` is in whose name it writes."""

    role: Role = Role.INTEGRATOR
    api_key: CachedApiKey

    @property
    def scopes(self) -> frozenset[Scope]:
        return self.api_key.scopes
