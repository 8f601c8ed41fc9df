"""How often someone may write: every mutation counts for its viewer, its API key and its network address."""

import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from typing import Any

from limits import RateLimitItem, parse
from limits.aio.storage import Storage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import ConfigurationError, StorageError
from limits.storage import storage_from_string

from auth.viewers import Integrator, Viewer
from refusals import ProblemCode, Refusal

VIEWER, KEY, ADDRESS = "viewer", "key", "address"
WHO = (VIEWER, KEY, ADDRESS)
SECONDS = 1.0
"""How long a storage elsewhere may keep a write waiting."""

UNLIMITED = 2**31 - 1
"""GraphQL's largest Int."""

log = logging.getLogger("groundswell.rate_limits")


@dataclass(frozen=True)
class RateLimit:
    limit: int
    remaining: int
    reset_at: datetime
    cost: int = 1


class RateLimits:
    """What someone may do within a window of time, which begins with the first that they do.

    A rate is written `postComment=20/minute`: a mutation's name, or whom all mutations together are counted for:
    `viewer`, `key` or `address`. A mutation's own rate is for a viewer or a key, and for an address where there is
    neither. Who has a key is not counted by address: it is a server, and speaks for many.
    """

    def __init__(self, rates: Iterable[str] = (), storage: str = "memory://", mutations: Iterable[str] = ()) -> None:
        """Mutations are known by their resolvers' names. A ValueError says what can't be read."""
        self._rates = dict(_read(rate) for rate in rates)
        if unknown := self._rates.keys() - {*WHO, *mutations}:
            raise ValueError(f"no mutation, nor viewer, key or address: {', '.join(sorted(unknown))}")
        self._storage: Any = _storage(storage)
        self._strategy = FixedWindowRateLimiter(self._storage)

    async def take(self, mutation: str, viewer: Viewer, network: Callable[[], str]) -> None:
        """Count a mutation before it begins; a Refusal says that it is one too many, and when to come again."""
        if not self._rates:
            return
        try:
            for rate, *counted in self._counted(mutation, viewer, network):
                if not await self._strategy.hit(rate, *counted):
                    raise _too_many((await self._strategy.get_window_stats(rate, *counted)).reset_time)
        except StorageError as error:  # better that some write too often than that nobody can
            log.warning("nothing is counted, since the storage of rate limits does not answer: %s", error)

    def _counted(self, mutation: str, viewer: Viewer, network: Callable[[], str]) -> Iterator[tuple[Any, ...]]:
        kind, who = _asking(viewer, network)
        own, general = self._rates.get(mutation), self._rates.get(kind)
        if own is not None and kind != KEY:  # a program speaks for many people
            yield own, mutation, kind, who
        if general is not None:
            yield general, kind, who
        if kind == VIEWER and (by_address := self._rates.get(ADDRESS)) is not None:
            yield by_address, ADDRESS, network()

    async def standing(self, viewer: Viewer, network: Callable[[], str], at: datetime) -> RateLimit:
        """What the viewer may still do, of all mutations together."""
        kind, who = _asking(viewer, network)
        rate = self._rates.get(kind)
        if rate is None:
            return RateLimit(UNLIMITED, UNLIMITED, at)
        try:
            until, remaining = await self._strategy.get_window_stats(rate, kind, who)
        except StorageError:  # nothing is counted
            return RateLimit(rate.amount, rate.amount, at)
        return RateLimit(rate.amount, remaining, datetime.fromtimestamp(until, UTC))

    async def close(self) -> None:
        bridge = getattr(self._storage, "bridge", None)
        if bridge is not None:
            await bridge.get_connection().aclose()


def _asking(viewer: Viewer, network: Callable[[], str]) -> tuple[str, str]:
    if isinstance(viewer, Integrator):
        return KEY, str(viewer.api_key.id)
    return (ADDRESS, network()) if viewer.supporter_id is None else (VIEWER, str(viewer.supporter_id))


def _too_many(until: float) -> Refusal:
    seconds = max(1, ceil(until - time.time()))
    message = f"Too much at once: wait {seconds} s and try again."
    return Refusal(ProblemCode.RATE_LIMITED, message, retry_after_seconds=seconds)


def _read(text: str) -> tuple[str, RateLimitItem]:
    name, _, rate = text.partition("=")
    return re.sub("([A-Z])", lambda found: f"_{found[0].lower()}", name), parse(rate)


def _storage(url: str) -> Storage:
    if url == "memory://":
        return Memory()
    if not url.startswith("redis"):
        raise ValueError("memory:// and redis:// are understood")
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    once: Any = Retry(NoBackoff(), 0)
    patience = {"socket_timeout": SECONDS, "socket_connect_timeout": SECONDS, "retry": once}
    try:
        made = storage_from_string(f"async+{url}", implementation="redispy", wrap_exceptions=True, **patience)
    except ConfigurationError as error:
        raise ValueError(str(error)) from None
    return made  # type: ignore[return-value]


class Memory(Storage):
    """Counters of one process. The library's own storage in memory looks at all of them at every hit."""

    STORAGE_SCHEME = None
    SWEEP = 60.0
    """Seconds between two searches for counters whose time is over."""

    def __init__(self) -> None:
        super().__init__()
        self._counters: dict[str, list[float]] = {}  # how many, and until when they count
        self._swept_at = time.time()

    @property
    def base_exceptions(self) -> type[Exception]:
        return MemoryError

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        at = time.time()
        if at - self._swept_at > self.SWEEP:
            self._sweep(at)
        counter = self._counters.get(key)
        if counter is None or counter[1] <= at:
            counter = self._counters[key] = [0, at + expiry]
        counter[0] += amount
        return int(counter[0])

    def _sweep(self, at: float) -> None:
        self._counters = {key: counter for key, counter in self._counters.items() if counter[1] > at}
        self._swept_at = at

    async def get(self, key: str) -> int:
        count, until = self._counters.get(key, (0, 0.0))
        return int(count) if until > time.time() else 0

    async def get_expiry(self, key: str) -> float:
        return self._counters[key][1] if key in self._counters else time.time()

    async def check(self) -> bool:
        return True

    async def reset(self) -> int:
        count = len(self._counters)
        self._counters.clear()
        return count

    async def clear(self, key: str) -> None:
        self._counters.pop(key, None)
