"""API keys that are in use: each is looked up once, and looked at again every few seconds until it is good no more."""

from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

import storage
from auth.viewers import CachedApiKey, Integrator, Scope
from models import ApiKey, api_keys
from refusals import ProblemCode, Refusal

NOTED_EVERY = timedelta(minutes=1)
"""How exactly the last use of a key is known."""


def digest(secret: bytes, key: str) -> str:
    """What a key is known by: a keyed hash, so that who reads the database can't guess at keys."""
    return blake2b(key.encode(), key=secret, digest_size=32).hexdigest()


class ApiKeyCache:
    """The keys that this process has met and that were good when it last looked: no more than there are good ones."""

    def __init__(self) -> None:
        self._known: dict[str, CachedApiKey] = {}
        self._ended = 0  # how often; a look-up that something ended meanwhile may have read what was

    async def viewer(self, secret: bytes, key: str) -> Integrator:
        """Who comes with this key. A Refusal says that it is good for nothing."""
        at = storage.now()
        hashed = digest(secret, key)
        cached = self._known.get(hashed) or await self._look_up(hashed, at)
        if cached is None or not cached.is_good(at):
            message = "The API key is not one of ours, has expired, or was revoked."
            raise Refusal(ProblemCode.UNAUTHENTICATED, message)
        cached.used_at = at
        return Integrator(supporter_id=cached.supporter_id, api_key=cached)

    async def _look_up(self, hashed: str, at: datetime) -> CachedApiKey | None:
        ended = self._ended
        row = await api_keys.good(at).get_or_none(digest=hashed)
        if ended != self._ended:
            return await self._look_up(hashed, at)
        return self._known.setdefault(hashed, _granted(row)) if row else None

    def end(self, key_id: int) -> None:
        """It is good for nothing from now on, here: on connections that are open, too."""
        self._ended += 1
        for hashed, cached in list(self._known.items()):
            if cached.id == key_id:
                del self._known[hashed]
                cached.scopes = frozenset()

    async def renew(self) -> None:
        """End what is good no more, and note when the others were last used."""
        ids = [cached.id for cached in self._known.values()]
        if not ids:
            return
        good: set[Any] = set(await api_keys.good(storage.now()).filter(id__in=ids).values_list("id", flat=True))
        for key_id in ids:
            if key_id not in good:
                self.end(key_id)
        await self._note_uses()

    async def _note_uses(self) -> None:
        """The keys that were used together are noted together, with the time of the last one."""
        due = [cached for cached in self._known.values() if cached.is_to_be_noted(NOTED_EVERY)]
        if due:
            at = max(cached.used_at for cached in due if cached.used_at)
            async with storage.transaction():
                await ApiKey.filter(id__in=[cached.id for cached in due]).update(last_used_at=at)
            for cached in due:
                cached.noted_at = at


def _granted(row: ApiKey) -> CachedApiKey:
    scopes = frozenset(Scope(name) for name in row.scopes)
    return CachedApiKey(row.id, row.supporter_id, scopes, row.expires_at, noted_at=row.last_used_at)
