"""Keys that verify an external issuer's tokens: a shared secret, or a JSON Web Key Set (JWKS) in a file or at a URL."""

import asyncio
import json
import logging
import time
from pathlib import Path
from typing import Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from jwt import PyJWK

from auth.downloads import FAILURES, Download
from auth.token_cache import unknown_token
from refusals import ProblemCode, Refusal
from settings import check_keys

FETCH_TIMEOUT_SECONDS = 5.0
"""For the whole fetch."""
FETCH_INTERVAL_SECONDS = 60.0
"""The shortest time between two fetches, for a key id that is unknown or after a fetch that failed."""
CACHE_SECONDS = 3600.0
"""Keys are fetched again after this time, so a key that the host withdraws is valid for no longer."""
NOT_A_KEY = (
    *(jwt.PyJWTError, UnsupportedAlgorithm, ValueError, TypeError, KeyError, AttributeError),
    *(OverflowError, RecursionError),
)
"""The exceptions of PyJWT and cryptography for a JSON object that is no key."""
log = logging.getLogger("groundswell.jwks")


class SharedSecret:
    """A secret that the host signs with and that we know as well."""

    def __init__(self, secret: str) -> None:
        check_keys("ISSUER_SECRET", [secret])
        self._key = secret.encode()

    async def key(self, kid: Any) -> bytes:
        return self._key


class JwkSet:
    """The host's public keys (RFC 7517), fetched for the first token and again when the keys may have changed."""

    def __init__(self, source: str) -> None:
        """Take the path of a file, or a URL that begins with http:// or https://.

        Raise ValueError if a file is not a key set. A URL is not fetched yet: the server starts without its host.
        """
        is_url = source.startswith(("http://", "https://"))
        self._url = source if is_url else ""
        self._file = Path(source)
        self._keys: dict[str | None, PyJWK] = {}
        self._fetched_at = self._tried_at = float("-inf")
        self._fetching = asyncio.Lock()
        if not self._url:
            try:
                self._store(self._file.read_bytes())
            except (OSError, ValueError, RecursionError) as error:
                raise ValueError(f"ISSUER_KEYS={source!r} can't be read: {error}") from None

    async def key(self, kid: Any) -> PyJWK:
        """Return the key with this id, or the only key for a token that names no key id."""
        if not self._is_fresh(kid):
            async with self._fetching:
                if not self._is_fresh(kid) and time.monotonic() - self._tried_at > FETCH_INTERVAL_SECONDS:
                    await self._fetch()
        if kid is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        if kid in self._keys:
            return self._keys[kid]
        raise unknown_token() if self._keys else _unreachable()

    def _is_fresh(self, kid: Any) -> bool:
        return kid in (None, *self._keys) and time.monotonic() - self._fetched_at < CACHE_SECONDS

    async def _fetch(self) -> None:
        """Replace the keys; on failure keep the cached ones, so that nobody is signed out while the host restarts."""
        self._tried_at = time.monotonic()
        try:
            self._store(await self._download() if self._url else await asyncio.to_thread(self._file.read_bytes))
        except (*FAILURES, RecursionError) as error:
            log.warning("the keys of ISSUER_KEYS could not be read: %s", error or type(error).__name__)

    async def _download(self) -> bytes:
        download = Download(self._url, FETCH_TIMEOUT_SECONDS)
        try:
            async with asyncio.timeout(FETCH_TIMEOUT_SECONDS):
                return await asyncio.to_thread(download.read)
        finally:
            download.stop()

    def _store(self, content: bytes) -> None:
        """Replace the cached keys by those of a key set; raise ValueError or RecursionError if it has none."""
        self._keys = _public_keys(json.loads(content))
        self._fetched_at = self._tried_at = time.monotonic()


def _public_keys(key_set: Any) -> dict[str | None, PyJWK]:
    """Return the public keys only: a key set may also hold secrets, keys for encryption, and kinds unknown to us."""
    listed = key_set.get("keys") if isinstance(key_set, dict) else None
    if not isinstance(listed, list):
        raise ValueError("it is no key set (RFC 7517)")
    keys = {key.key_id: key for key in map(_public_key, listed) if key is not None}
    if not keys:
        raise ValueError("it has no key that verifies a token")
    return keys


def _public_key(item: Any) -> PyJWK | None:
    try:
        key = PyJWK(item)
    except NOT_A_KEY:
        return None
    is_named = isinstance(key.key_id, str | None)
    return key if is_named and key.key_type != "oct" and key.public_key_use != "enc" else None


def _unreachable() -> Refusal:
    message = "Your token can't be checked at the moment: try again in a minute, or go on without one."
    return Refusal(ProblemCode.UNAUTHENTICATED, message)
