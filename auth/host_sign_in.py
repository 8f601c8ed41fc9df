"""Host sign-in: verify the tokens that the host site's own sign-in issues (OpenID Connect), and return their claims."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from jwt.algorithms import get_default_algorithms

from auth.jwks import JwkSet, SharedSecret
from auth.token_cache import token_expired, unknown_token
from auth.tokens import DAY_SECONDS, NOT_A_TOKEN
from auth.viewers import STAFF
from models import Role
from settings import Settings

CLAIMS = ("sub", "given_name", "family_name", "name", "email", "email_verified", "role")
"""The claims that are read, by their names in OpenID Connect; ISSUER_CLAIMS maps them to other names."""
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
    """True if the issuer has verified the e-mail address."""
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
        self._leeway_seconds = settings.issuer_leeway
        self._max_age_seconds = settings.token_days * DAY_SECONDS
        self._algorithms = _algorithms(settings)
        self._keys = SharedSecret(settings.issuer_secret) if settings.issuer_secret else JwkSet(settings.issuer_keys)
        self._claim_paths = _claim_paths(settings)
        self._roles = {name: _staff_role(role) for name, role in settings.issuer_roles}

    async def verify(self, token: str) -> HostClaims:
        """Return the claims of a token; raise a Refusal that says what is wrong with the token."""
        payload, issued_at, expires_at = await self._decode(token)
        expires_at = min(expires_at + self._leeway_seconds, issued_at + self._max_age_seconds)
        claims = {name: _claim(payload, path) for name, path in self._claim_paths.items()}
        subject = claims["sub"]
        if not _is_subject(subject):
            raise unknown_token()
        if expires_at <= time.time():
            raise token_expired()
        return HostClaims(
            str(subject),
            given_name=_text(claims["given_name"]),
            family_name=_text(claims["family_name"]),
            name=_text(claims["name"]),
            email=_text(claims["email"]),
            is_verified=claims["email_verified"] is True,
            role=self._role(claims["role"]),
            issued_at=issued_at,
            expires_at=expires_at,
        )

    async def _decode(self, token: str) -> tuple[dict[str, Any], float, float]:
        """Verify the token; return its claims, and when it was issued and expires."""
        try:
            key = await self._keys.key(jwt.get_unverified_header(token).get("kid"))
            payload: dict[str, Any] = jwt.decode(
                token,
                key,
                self._algorithms,
                audience=self._audience,
                issuer=self.name,
                leeway=self._leeway_seconds,
                options={"require": ["iss", "aud", "iat", "exp"], "verify_sub": False},
            )
            return payload, _seconds(payload["iat"]), _seconds(payload["exp"])
        except jwt.ExpiredSignatureError:
            raise token_expired() from None
        except NOT_A_TOKEN:
            raise unknown_token() from None

    def _role(self, claim: Any) -> Role:
        """Return the role for the first name in ISSUER_ROLES that the claim contains."""
        names = claim if isinstance(claim, list) else [claim]
        return next((role for name, role in self._roles.items() if name in names), Role.SUPPORTER)


def _is_subject(subject: Any) -> bool:
    is_text = isinstance(subject, str | int) and not isinstance(subject, bool)
    return is_text and 0 < len(str(subject)) <= MAX_SUBJECT_LENGTH and _is_unicode(str(subject))


def _is_unicode(text: str) -> bool:
    """Return whether the text has no half of a surrogate pair: JSON can escape one, and nothing can encode it."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _seconds(claim: Any) -> float:
    """Return a time in seconds since 1970 (RFC 7519, NumericDate); raise ValueError or OverflowError for no time."""
    if not isinstance(claim, int | float) or isinstance(claim, bool) or not 0 <= float(claim) < math.inf:
        raise ValueError
    return float(claim)


def _algorithms(settings: Settings) -> list[str]:
    """Return the pinned algorithms: all symmetric or all asymmetric, so that a public key can't be used as a secret."""
    algorithms = settings.issuer_algorithms or (("HS256",) if settings.issuer_secret else ("RS256", "ES256"))
    supported = {name for name in get_default_algorithms() if name != "none"}
    allowed = {name for name in supported if name.startswith("HS") == bool(settings.issuer_secret)}
    if not set(algorithms) <= allowed:
        raise ValueError(f"ISSUER_ALGORITHMS must be of {', '.join(sorted(allowed))}")
    return list(algorithms)


def _claim_paths(settings: Settings) -> dict[str, str]:
    """Map each claim that is read to its name or path in the issuer's tokens."""
    if not {name for name, _ in settings.issuer_claims} <= set(CLAIMS):
        raise ValueError(f"ISSUER_CLAIMS must be of {', '.join(CLAIMS)}")
    return {name: name for name in CLAIMS} | dict(settings.issuer_claims)


def _staff_role(role: str) -> Role:
    if role not in STAFF:
        raise ValueError(f"ISSUER_ROLES must name one of {', '.join(STAFF)}")
    return Role(role)


def _claim(payload: Mapping[str, Any], path: str) -> Any:
    """Return a claim by its name, or by a path such as `realm_access.roles`."""
    if path in payload:
        return payload[path]
    value: Any = payload
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _text(claim: Any) -> str | None:
    return claim if isinstance(claim, str) and claim.strip() and _is_unicode(claim) else None
