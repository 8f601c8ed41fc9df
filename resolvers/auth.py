"""Who is asking: a signed token in, a viewer with scopes out."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

import jwt

from models import Role
from resolvers.refusals import ProblemCode, Refusal
from settings import Settings

ALGORITHM = "HS256"
KEY_PREFIX = "gsk_"
"""What an API key begins with; no other token does."""


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
STAFF = (Role.MODERATOR, Role.CAMPAIGNER, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class Viewer:
    """The person asking; `supporter_id` is null for an anonymous visitor."""

    role: Role = Role.ANONYMOUS
    supporter_id: int | None = None

    @property
    def scopes(self) -> frozenset[Scope]:
        return SCOPES[self.role]

    def may(self, what: Scope | Role) -> bool:
        return what in self.scopes or what is self.role


ANONYMOUS = Viewer()


@dataclass(eq=False, slots=True)
class Grant:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Integrator(Viewer):
    """A program, by its API key. `supporter_id` is in whose name it writes."""

    role: Role = Role.INTEGRATOR
    grant: Grant

    @property
    def scopes(self) -> frozenset[Scope]:
        return self.grant.scopes


def issue_token(settings: Settings, supporter_id: int, role: Role) -> str:
    """A signed JWT (RFC 7519) that says who its bearer is, good for TOKEN_DAYS."""
    at = datetime.now(UTC)
    claims = {
        "sub": str(supporter_id),
        "role": role.value,
        "iat": at,
        "exp": at + timedelta(days=settings.token_days),
    }
    return jwt.encode(claims, settings.key, ALGORITHM)


def bearer(authorization: str) -> str:
    """The token of an Authorization header (RFC 6750); an empty one has none."""
    if not authorization:
        return ""
    kind, _, token = authorization.strip().partition(" ")
    if kind.lower() != "bearer" or not token:
        raise Refusal(ProblemCode.UNAUTHENTICATED, 'The authorization must be "Bearer" and a token.')
    return token.strip()


def read_token(settings: Settings, token: str) -> Viewer:
    """The viewer that a token names; without any it is an anonymous visitor, a bad one is refused."""
    if not token:
        return ANONYMOUS
    try:
        viewer, expires = _verified(settings.key, token)
    except jwt.ExpiredSignatureError:
        expires = 0
    except (jwt.InvalidTokenError, ValueError):
        raise Refusal(ProblemCode.UNAUTHENTICATED, "The token is not one of ours, or it was altered.") from None
    if expires <= time.time():
        raise Refusal(ProblemCode.UNAUTHENTICATED, "The token has expired: ask for a new one.")
    return viewer


@lru_cache(10_000)
def _verified(key: bytes, token: str) -> tuple[Viewer, float]:
    """The viewer that a token names, and until when: a signature that was good once is good until then."""
    claims = jwt.decode(token, key, [ALGORITHM], options={"require": ["sub", "role", "exp"]})
    return Viewer(Role(claims["role"]), int(claims["sub"])), float(claims["exp"])
