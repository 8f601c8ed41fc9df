"""Host sign-in: verify the tokens of the host site's own sign-in by its keys, and return the claims that they make."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from jwt.algorithms import get_default_algorithms

from auth.jwks import KeySet, Secret
from auth.token_cache import token_expired, unknown_token
from auth.tokens import DAY
from auth.viewers import STAFF
from models import Role
from settings import Settings

CLAIMS = ("sub", "given_name", "family_name", "name", "email", "email_verified", "role")
"""The claims that are read. Where ISSUER_CLAIMS does not say otherwise, these are the names of OpenID Connect."""
MAX_SUBJECT_LENGTH = 255
"""Characters, as in OpenID Connect Core 1.0, section 2."""


@dataclass(frozen=True)
class HostClaims:
    """The verified claims of one token."""

    subject: str
    given_name: str | None
    family_name: str | None
    name: str | None
    email: str | None
    is_verified: bool
    """Whether the issuer vouches for the e-mail address."""
    role: Role
    issued_at: float
    """Seconds since 1970."""
    expires_at: float
    """Seconds since 1970; no later than TOKEN_DAYS after `issued_at`."""


class ExternalIssuer:
    """An issuer whose tokens are accepted beside our own."""

    def __init__(self, settings: Settings) -> None:
        """Read the issuer's settings; raise ValueError with a message for the operator where they do not fit."""
        if bool(settings.issuer_keys) == bool(settings.issuer_secret):
            raise ValueError("set ISSUER_KEYS or ISSUER_SECRET, and not both")
        if not settings.issuer_audience:
            raise ValueError("ISSUER_AUDIENCE is empty: tokens for anyone would be good here")
        self.name, self._audience = settings.issuer, settings.issuer_audience
        self._leeway = settings.issuer_leeway
        self._longest = settings.token_days * DAY
        self._algorithms = _algorithms(settings)
        self._keys = Secret(settings.issuer_secret) if settings.issuer_secret else KeySet(settings.issuer_keys)
        self._claims = _claims(settings)
        self._roles = {name: _staff(role) for name, role in settings.issuer_roles}

    async def verify(self, token: str) -> HostClaims:
        """Return the claims of a token; raise a Refusal that says what is wrong with the token."""
        said = await self._decoded(token)
        told = {name: _found(said, claim) for name, claim in self._claims.items()}
        subject, issued_at = told["sub"], float(said["iat"])
        if not _is_subject(subject):
            raise unknown_token()
        return HostClaims(
            str(subject),
            given_name=_text(told["given_name"]),
            family_name=_text(told["family_name"]),
            name=_text(told["name"]),
            email=_text(told["email"]),
            is_verified=told["email_verified"] is True,
            role=self._role(told["role"]),
            issued_at=issued_at,
            expires_at=min(float(said["exp"]) + self._leeway, issued_at + self._longest),
        )

    async def _decoded(self, token: str) -> dict[str, Any]:
        try:
            key = await self._keys.key(jwt.get_unverified_header(token).get("kid"))
            return jwt.decode(
                token,
                key,
                self._algorithms,
                audience=self._audience,
                issuer=self.name,
                leeway=self._leeway,
                options={"require": ["iss", "aud", "iat", "exp"], "verify_sub": False},
            )
        except jwt.ExpiredSignatureError:
            raise token_expired() from None
        except (jwt.PyJWTError, ValueError, TypeError):
            raise unknown_token() from None

    def _role(self, said: Any) -> Role:
        """Return the first of ISSUER_ROLES that the claim names."""
        theirs = said if isinstance(said, list) else [said]
        return next((role for name, role in self._roles.items() if name in theirs), Role.SUPPORTER)


def _is_subject(subject: Any) -> bool:
    is_text = isinstance(subject, str | int) and not isinstance(subject, bool)
    return is_text and 0 < len(str(subject)) <= MAX_SUBJECT_LENGTH


def _algorithms(settings: Settings) -> list[str]:
    """Return the pinned algorithms, all of one kind: a public key must never be taken for a shared secret."""
    chosen = settings.issuer_algorithms or (("HS256",) if settings.issuer_secret else ("RS256", "ES256"))
    known = {name for name in get_default_algorithms() if name != "none"}
    kind = {name for name in known if name.startswith("HS") == bool(settings.issuer_secret)}
    if not set(chosen) <= kind:
        raise ValueError(f"ISSUER_ALGORITHMS must be of {', '.join(sorted(kind))}")
    return list(chosen)


def _claims(settings: Settings) -> dict[str, str]:
    """Map each claim that is read to the name or path under which the issuer's tokens have it."""
    if not {name for name, _ in settings.issuer_claims} <= set(CLAIMS):
        raise ValueError(f"ISSUER_CLAIMS must be of {', '.join(CLAIMS)}")
    return {name: name for name in CLAIMS} | dict(settings.issuer_claims)


def _staff(role: str) -> Role:
    if role not in STAFF:
        raise ValueError(f"ISSUER_ROLES must name one of {', '.join(STAFF)}")
    return Role(role)


def _found(said: Mapping[str, Any], claim: str) -> Any:
    """Return a claim by its name, or by a path such as `realm_access.roles`."""
    if claim in said:
        return said[claim]
    found: Any = said
    for step in claim.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def _text(said: Any) -> str | None:
    return said if isinstance(said, str) and said.strip() else None
