"""API key cache: look each API key up once, then check every few seconds whether the cached keys are still valid."""

import math
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

import storage
from auth.viewers import CachedApiKey, Integrator, Scope
from models import ApiKey, api_keys
from refusals import ProblemCode, Refusal

LAST_USED_PRECISION = timedelta(minutes=1)
"""`last_used_at` is written at most this often for each key."""


def hash_api_key(secret: bytes, key: str) -> str:
    """Return the keyed hash by which a key is stored: a copy of the database is not enough to guess keys."""
    return blake2b(key.encode(), key=secret, digest_size=32).hexdigest()


class ApiKeyCache:
    """The valid API keys that this process has seen, by their hash; never more than MAX_API_KEYS."""

    def __init__(self) -> None:
        self._cached: dict[str, Integrator] = {}
        self._revocation_count = 0  # tells a look-up that a key was revoked while its row was read

    async def viewer(self, secret: bytes, key: str) -> Integrator:
        """Return the viewer of an API key; raise a Refusal if the key is unknown, expired or revoked."""
        at = storage.now()
        digest = hash_api_key(secret, key)
        cached = self._cached.get(digest) or await self._look_up(digest, at)
        if cached is None or cached.has_ended:
            raise api_key_ended()
        cached.api_key.used_at = at
        return cached

    async def _look_up(self, digest: str, at: datetime) -> Integrator | None:
        revocation_count = self._revocation_count
        row = await api_keys.valid_keys(at).get_or_none(digest=digest)
        if revocation_count != self._revocation_count:
            return await self._look_up(digest, at)
        return self._cached.setdefault(digest, _program(row)) if row else None

    def revoke(self, key_id: int) -> None:
        """Remove a key and take its scopes away, also from connections that are open."""
        self._revocation_count += 1
        for digest, cached in list(self._cached.items()):
            if cached.api_key.id == key_id:
                del self._cached[digest]
                cached.revoke()

    async def refresh(self) -> None:
        """Revoke the cached keys that are no longer valid in the database; write when the others were last used."""
        ids = [cached.api_key.id for cached in self._cached.values()]
        if not ids:
            return
        valid_ids: set[Any] = set(
            await api_keys.valid_keys(storage.now()).filter(id__in=ids).values_list("id", flat=True)
        )
        for key_id in ids:
            if key_id not in valid_ids:
                self.revoke(key_id)
        await self._write_last_used()

    async def _write_last_used(self) -> None:
        """Update `last_used_at` of all keys that are due in one statement, with the time of the latest use."""
        used = [cached.api_key for cached in self._cached.values()]
        due = [cached for cached in used if cached.is_last_use_due(LAST_USED_PRECISION)]
        if due:
            at = max(cached.used_at for cached in due if cached.used_at)
            async with storage.transaction():
                await ApiKey.filter(id__in=[cached.id for cached in due]).update(last_used_at=at)
            for cached in due:
                cached.written_at = at


def _program(row: ApiKey) -> Integrator:
    key = CachedApiKey(row.id, frozenset(Scope(name) for name in row.scopes), written_at=row.last_used_at)
    expires_at = row.expires_at.timestamp() if row.expires_at else math.inf
    return Integrator(supporter_id=row.supporter_id, expires_at=expires_at, api_key=key)


def api_key_ended() -> Refusal:
    return Refusal(ProblemCode.UNAUTHENTICATED, "The API key is not one of ours, has expired, or was revoked.")
