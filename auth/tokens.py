"""Bearer tokens (JWT, RFC 7519): sign them, and parse an Authorization header."""

import time
from functools import lru_cache

import jwt
from jwt.utils import base64url_encode

from models import Role
from refusals import ProblemCode, Refusal
from settings import Settings

ALGORITHM = "HS256"
API_KEY_PREFIX = "gsk_"
"""Begins every API key, and no other token."""
DAY_SECONDS = 86_400
NOT_A_TOKEN = (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError)
"""The exceptions of PyJWT and of conversions for a text that is no token; the last two for numbers and nesting."""


def issue_token(settings: Settings, supporter_id: int, role: Role) -> str:
    """Sign a token without a session, valid for TOKEN_DAYS."""
    return sign_token(settings, supporter_id, role, settings.token_days * DAY_SECONDS)


def sign_token(settings: Settings, supporter_id: int, role: Role, seconds: float, **claims: int) -> str:
    """Sign a JWT that expires after so many seconds.

    `iat` has microseconds, which RFC 7519 allows: a revocation compares it to its own time.
    """
    kid, key = next(iter(settings.signing_keys.items()))
    at = time.time()
    payload = {"sub": str(supporter_id), "role": role.value, **claims, "iat": at, "exp": int(at + seconds)}
    return jwt.encode(payload, _signing_key(key), ALGORITHM, {"kid": kid})


@lru_cache
def _signing_key(key: bytes) -> jwt.PyJWK:
    """Cache the key in the form that PyJWT has checked, so that the check is not repeated for each token."""
    return jwt.PyJWK({"kty": "oct", "k": base64url_encode(key).decode(), "alg": ALGORITHM})


def bearer_token(authorization: str) -> str:
    """Return the token of an Authorization header (RFC 6750); an empty header gives an empty token."""
    if not authorization:
        return ""
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Refusal(ProblemCode.UNAUTHENTICATED, 'The authorization must be "Bearer" and a token.')
    return token.strip()
