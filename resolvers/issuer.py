"""The host site's own sign-in: its tokens are verified by its keys, and name people who are known here too."""

from collections.abc import Mapping
from typing import Any

import jwt
from jwt.algorithms import get_default_algorithms

from models import Role
from resolvers import identities
from resolvers.auth import DAY, STAFF, Viewer
from resolvers.context import Context
from resolvers.key_sets import KeySet, Secret
from resolvers.tokens import expired, not_ours
from settings import Settings

CLAIMS = ("sub", "given_name", "family_name", "name", "email", "email_verified", "role")
"""What is read of a token. Where ISSUER_CLAIMS does not say otherwise, these are the names of OpenID Connect."""
SUBJECT = 255
"""Characters of a subject at most, as OpenID Connect has it."""


class Issuer:
    """Whose tokens are accepted beside our own, and how they are read."""

    def __init__(self, settings: Settings) -> None:
        """A ValueError says what is wrong with the settings."""
        if bool(settings.issuer_keys) == bool(settings.issuer_secret):
            raise ValueError("set ISSUER_KEYS or ISSUER_SECRET, and not both")
        if not settings.issuer_audience:
            raise ValueError("ISSUER_AUDIENCE is empty: tokens for anyone would be good here")
        self._name, self._audience = settings.issuer, settings.issuer_audience
        self._leeway = settings.issuer_leeway
        self._longest = settings.token_days * DAY
        self._algorithms = _algorithms(settings)
        self._keys = Secret(settings.issuer_secret) if settings.issuer_secret else KeySet(settings.issuer_keys)
        self._claims = _claims(settings)
        self._roles = {name: _staff(role) for name, role in settings.issuer_roles}

    async def viewer(self, context: Context, token: str) -> Viewer:
        """Whom a token names: known from an earlier one, or from now on. A Refusal says what is wrong with it."""
        said = await self._verified(token)
        person = self._person(said)
        issued_at = float(said["iat"])
        supporter_id = await identities.identify(context, self._name, person, issued_at)
        viewer = Viewer(person.role, supporter_id, issued_at=issued_at)
        context.tokens.remember(token, viewer, min(float(said["exp"]) + self._leeway, issued_at + self._longest))
        return context.tokens.viewer(context.settings, token) or viewer

    async def _verified(self, token: str) -> dict[str, Any]:
        try:
            key = await self._keys.key(jwt.get_unverified_header(token).get("kid"))
            return jwt.decode(
                token,
                key,
                self._algorithms,
                audience=self._audience,
                issuer=self._name,
                leeway=self._leeway,
                options={"require": ["iss", "aud", "iat", "exp"], "verify_sub": False},
            )
        except jwt.ExpiredSignatureError:
            raise expired() from None
        except (jwt.PyJWTError, ValueError, TypeError):
            raise not_ours() from None

    def _person(self, said: Mapping[str, Any]) -> identities.Person:
        told = {name: _found(said, claim) for name, claim in self._claims.items()}
        subject = told["sub"]
        if not isinstance(subject, str | int) or isinstance(subject, bool) or not 0 < len(str(subject)) <= SUBJECT:
            raise not_ours()
        return identities.Person(
            str(subject),
            given_name=_text(told["given_name"]),
            family_name=_text(told["family_name"]),
            name=_text(told["name"]),
            email=_text(told["email"]),
            is_verified=told["email_verified"] is True,
            role=self._role(told["role"]),
        )

    def _role(self, said: Any) -> Role:
        """The first of ISSUER_ROLES that the person has."""
        theirs = said if isinstance(said, list) else [said]
        return next((role for name, role in self._roles.items() if name in theirs), Role.SUPPORTER)


def _algorithms(settings: Settings) -> list[str]:
    """Those that are pinned, all of one kind: a public key is never taken for a secret."""
    chosen = settings.issuer_algorithms or (("HS256",) if settings.issuer_secret else ("RS256", "ES256"))
    known = {name for name in get_default_algorithms() if name != "none"}
    kind = {name for name in known if name.startswith("HS") == bool(settings.issuer_secret)}
    if not set(chosen) <= kind:
        raise ValueError(f"ISSUER_ALGORITHMS must be of {', '.join(sorted(kind))}")
    return list(chosen)


def _claims(settings: Settings) -> dict[str, str]:
    """Where each thing that is read stands in a token."""
    if not {name for name, _ in settings.issuer_claims} <= set(CLAIMS):
        raise ValueError(f"ISSUER_CLAIMS must be of {', '.join(CLAIMS)}")
    return {name: name for name in CLAIMS} | dict(settings.issuer_claims)


def _staff(role: str) -> Role:
    if role not in STAFF:
        raise ValueError(f"ISSUER_ROLES must name one of {', '.join(STAFF)}")
    return Role(role)


def _found(said: Mapping[str, Any], claim: str) -> Any:
    """A claim by its name; or by a path, `realm_access.roles`."""
    if claim in said:
        return said[claim]
    found: Any = said
    for step in claim.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def _text(said: Any) -> str | None:
    return said if isinstance(said, str) and said.strip() else None
