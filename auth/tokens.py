"""Signed bearer tokens (JWT, RFC 7519): issuing them, and reading an Authorization header."""

import time
from functools import lru_cache

import jwt
from jwt.utils import base64url_encode

from models import Role
from refusals import ProblemCode, Refusal
from settings import Settings

ALGORITHM = "HS256"
KEY_PREFIX = "gsk_"
"""What an API key begins with; no other token does."""
DAY = 86_400
"""Seconds."""


def issue_token(settings: Settings, supporter_id: int, role: Role) -> str:
    """A signed JWT (RFC 7519) that says who its bearer is, good for TOKEN_DAYS."""
    return sign_token(settings, supporter_id, role, settings.token_days * DAY)


def sign_token(settings: Settings, supporter_id: int, role: Role, seconds: float, **claims: int) -> str:
    """A JWT that is good for so many seconds. It says when it was made to the microsecond, as RFC 7519 lets it: a
    revocation tells those of before from those of after by that.
    """
    kid, key = next(iter(settings.signing_keys.items()))
    at = time.time()
    said = {"sub": str(supporter_id), "role": role.value, **claims, "iat": at, "exp": int(at + seconds)}
    return jwt.encode(said, _signer(key), ALGORITHM, {"kid": kid})


@lru_cache
def _signer(key: bytes) -> jwt.PyJWK:
    """The key, checked once whether it can sign, and not for each token."""
    return jwt.PyJWK({"kty": "oct", "k": base64url_encode(key).decode(), "alg": ALGORITHM})


def bearer_token(authorization: str) -> str:
    """The token of an Authorization header (RFC 6750); an empty one has none."""
    if not authorization:
        return ""
    kind, _, token = authorization.strip().partition(" ")
    if kind.lower() != "bearer" or not token:
        raise Refusal(ProblemCode.UNAUTHENTICATED, 'The authorization must be "Bearer" and a token.')
    return token.strip()
