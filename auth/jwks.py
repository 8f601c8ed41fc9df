"""The keys by which another issuer's tokens are verified: a shared secret, or public keys in a file or behind a URL."""

import asyncio
import json
import logging
import time
from pathlib import Path
from typing import Any

import jwt
from jwt import PyJWK, PyJWKClient, PyJWKSet

from auth.token_cache import unknown_token
from refusals import ProblemCode, Refusal
from settings import MIN_KEY_LENGTH

SECONDS = 5.0
"""How long the host may take to tell its keys."""
AGAIN = 60.0
"""Seconds after which it is asked once more, for a key that is not known or after it did not answer."""
KEPT = 3600.0
"""Seconds for which its keys are known; one that it takes back is good for no longer."""
log = logging.getLogger("groundswell.key_sets")


class Secret:
    """What the host signs with, and we know too."""

    def __init__(self, secret: str) -> None:
        if len(secret) < MIN_KEY_LENGTH:
            raise ValueError(f"ISSUER_SECRET must have at least {MIN_KEY_LENGTH} characters")
        self._key = secret.encode()

    async def key(self, kid: Any) -> bytes:
        return self._key


class KeySet:
    """The host's public keys (RFC 7517), read when the first is needed and again when they may have changed."""

    def __init__(self, place: str) -> None:
        """`place` is a file, or a URL that begins with http:// or https://. A ValueError says that a file is none."""
        is_url = place.startswith(("http://", "https://"))
        self._client = PyJWKClient(place, cache_jwk_set=False, timeout=SECONDS) if is_url else None
        self._file = Path(place)
        self._keys: dict[str | None, PyJWK] = {}
        self._read_at = self._tried_at = float("-inf")
        self._reading = asyncio.Lock()
        if self._client is None:
            try:
                self._keep(self._told_by_file())
            except (jwt.PyJWTError, OSError, ValueError) as error:
                raise ValueError(f"ISSUER_KEYS={place!r} can't be read: {error}") from None

    async def key(self, kid: Any) -> PyJWK:
        """The key of this id. A token that names none has the only one that there is."""
        if not self._is_fresh(kid):
            async with self._reading:
                if not self._is_fresh(kid) and time.monotonic() - self._tried_at > AGAIN:
                    await self._read()
        if kid is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        if kid in self._keys:
            return self._keys[kid]
        raise unknown_token() if self._keys else _unreachable()

    def _is_fresh(self, kid: Any) -> bool:
        return kid in (None, *self._keys) and time.monotonic() - self._read_at < KEPT

    async def _read(self) -> None:
        """Where that fails, the keys of before are good on: a host that restarts signs nobody out."""
        self._tried_at = time.monotonic()
        try:
            async with asyncio.timeout(SECONDS):
                told = await asyncio.to_thread(self._client.fetch_data if self._client else self._told_by_file)
            self._keep(told)
        except (jwt.PyJWTError, OSError, ValueError, TimeoutError) as error:
            log.warning("the keys of ISSUER_KEYS could not be read: %s", error)

    def _told_by_file(self) -> Any:
        return json.loads(self._file.read_bytes())

    def _keep(self, told: Any) -> None:
        """Public keys alone: a key set may hold secrets, and keys that are for encryption."""
        if not isinstance(told, dict) or not all(isinstance(key, dict) for key in told.get("keys", ())):
            raise ValueError("it is no key set (RFC 7517)")
        keys = PyJWKSet.from_dict(told).keys
        self._keys = {key.key_id: key for key in keys if key.key_type != "oct" and key.public_key_use != "enc"}
        self._read_at = self._tried_at = time.monotonic()


def _unreachable() -> Refusal:
    message = "Your token can't be checked at the moment: try again in a minute, or go on without one."
    return Refusal(ProblemCode.UNAUTHENTICATED, message)
