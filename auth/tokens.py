"""Bearer tokens (JWT, RFC 7519): sign them, and parse an Authorization header."""

import time
from functools import lru_cache
from typing import Any

import jwt
from jwt.utils import base64url_encode

from models import Role
from refusals import ProblemCode, Refusal
from settings import Settings
from storage.sealed_ids import permutation, tag_of

ALGORITHM = "HS256"
API_KEY_PREFIX = "gsk_"
"""Begins every API key, and no other token."""
DAY_SECONDS = 86_400
NOT_A_TOKEN = (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError)
"""The exceptions of PyJWT and of conversions for a text that is no token; the last two for numbers and nesting."""


def issue_token(settings: Settings, supporter_id: int, role: Role) -> str:
    """Sign a token without a session, valid for TOKEN_DAYS."""
    return sign_token(settings, supporter_id, role, settings.token_days * DAY_SECONDS)


def sign_token(settings: Settings, supporter_id: int, role: Role, seconds: float, session_id: int | None = None) -> str:
    """Sign a JWT that expires after so many seconds. Its holder can read it, so the ids in it are sealed.

    `iat` has microseconds, which RFC 7519 allows: a revocation compares it to its own time.
    """
    kid, key = next(iter(settings.signing_keys.items()))
    at = time.time()
    ids = {"sub": seal_id(key, "sub", supporter_id)} | ({"sid": seal_id(key, "sid", session_id)} if session_id else {})
    payload = {**ids, "role": role.value, "iat": at, "exp": int(at + seconds)}
    return jwt.encode(payload, _signing_key(key), ALGORITHM, {"kid": kid})


def seal_id(key: bytes, claim: str, row_id: int) -> str:
    """Seal an id with the key of its token: two tokens do not tell how many people came between them."""
    return permutation(key, b"token ids").seal(tag_of(claim), row_id)


def open_id(key: bytes, claim: str, value: Any) -> int:
    """Return the id in a claim; raise ValueError if it was not sealed with this key. Release 0.1 wrote plain ids."""
    if str(value).isdecimal():
        return int(value)
    tag, row_id = permutation(key, b"token ids").unseal(str(value)) or (b"", 0)
    if tag != tag_of(claim):
        raise ValueError(claim)
    return row_id


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
