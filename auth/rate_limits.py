"""Rate limits: how many mutations a viewer, an API key or a network may send in a window of time."""

import logging
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from math import ceil
from typing import Any, TypeVar

from limits import RateLimitItem, parse
from limits.aio.storage import Storage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import ConfigurationError, StorageError
from limits.storage import storage_from_string

from auth.viewers import Integrator, Viewer
from connection_urls import ConnectionUrl
from refusals import ProblemCode, Refusal

VIEWER, API_KEY, NETWORK = "viewer", "key", "address"
"""As RATE_LIMITS names them: whose mutations are counted together."""
CLIENT_KINDS = (VIEWER, API_KEY, NETWORK)
MAIL_NETWORK, MAIL_DOMAIN, MAIL_ALL = "network", "domain", "all"
"""As MAIL_LIMITS names them: which mails are counted together."""
STORAGE_TIMEOUT_SECONDS = 1.0
"""The longest that a mutation waits for a storage outside of the process."""
RETRY_SECONDS = 5.0
"""For so long a storage that has failed is not asked again."""
T = TypeVar("T")

log = logging.getLogger("groundswell.rate_limits")


@dataclass(frozen=True)
class RateLimit:
    """The rate for all mutations together that a client reaches first; no `limit` if there is no such rate."""

    limit: int | None
    remaining: int | None
    reset_at: datetime
    cost: int = 1


class RateLimits:
    """Fixed-window rate limits. A window begins with the first mutation that is counted in it.

    A rate is written `postComment=20/minute`: the name of a mutation, or `viewer`, `key` or `address` for all mutations
    together. A mutation's own rate counts by viewer, and by network for a visitor without a token. An API key has the
    `key` rate only: its program writes for many people from one network.

    The mails that people cause are counted apart, whoever the viewer is: by network, by the recipient's domain, and all
    together.
    """

    def __init__(
        self,
        rates: Iterable[str] = (),
        storage: str = "memory://",
        mutations: Iterable[str] = (),
        mail_rates: Iterable[str] = (),
    ) -> None:
        """Parse the rates; `mutations` are the names of resolvers. Raise ValueError for what can't be parsed."""
        self._mail_rates = dict(_parse(rate) for rate in mail_rates)
        if unknown := self._mail_rates.keys() - {MAIL_NETWORK, MAIL_DOMAIN, MAIL_ALL}:
            raise ValueError(f"no network, domain or all: {', '.join(sorted(unknown))}")
        self._rates = dict(_parse(rate) for rate in rates)
        if unknown := self._rates.keys() - {*CLIENT_KINDS, *mutations}:
            raise ValueError(f"no mutation, nor viewer, key or address: {', '.join(sorted(unknown))}")
        self._storage: Any = _storage(storage)
        self._strategy = FixedWindowRateLimiter(self._storage)
        self._substitute = FixedWindowRateLimiter(MemoryStorage())
        """Counts in this process while the storage fails: without any limit, codes could be guessed."""
        self._retry_at = 0.0
        """When a storage that has failed is asked again."""
        self._failure: str | None = None

    async def hit(self, mutation: str, viewer: Viewer, network: Callable[[], str]) -> None:
        """Count a mutation before it runs; raise a Refusal with `retry_after_seconds` if it exceeds a rate."""
        for rate, *counter in self._counters(mutation, viewer, network) if self._rates else ():
            reset_at = await self._ask(partial(_hit, rate=rate, counter=counter))
            if reset_at is not None:
                raise _rate_limited(reset_at)

    async def _ask(self, question: Callable[[FixedWindowRateLimiter], Awaitable[T]]) -> T:
        """Ask the storage; while it fails, ask the counters of this process."""
        if time.monotonic() < self._retry_at:
            return await question(self._substitute)
        try:
            answer = await question(self._strategy)
        except (StorageError, OSError, ValueError) as error:  # ValueError: what answers there is no Redis
            self._retry_at = time.monotonic() + RETRY_SECONDS
            self._report(_failure(error))
            return await question(self._substitute)
        self._report(None)
        return answer

    def _report(self, failure: str | None) -> None:
        """Log that the storage fails, or works again; once, until this changes."""
        if failure != self._failure:
            self._failure = failure
            text = failure or "answers again"
            log.log(logging.ERROR if failure else logging.WARNING, "RATE_LIMIT_STORAGE %s", text)

    async def hit_mail(
        self, email: str, network: Callable[[], str] | None, *, is_known: bool = False
    ) -> Refusal | None:
        """Count a mail to a parsed e-mail before it is written; return a Refusal if it exceeds a rate.

        A network that is known to have signed in with the e-mail is counted by network alone, so that a flood of mails
        from elsewhere locks nobody out.
        """
        counters = {MAIL_NETWORK: network and network()}
        if not is_known:
            counters |= {MAIL_DOMAIN: email.rpartition("@")[2], MAIL_ALL: MAIL_ALL}
        for kind, counted in counters.items():
            rate = self._mail_rates.get(kind)
            if rate is None or not counted:
                continue
            reset_at = await self._ask(partial(_hit, rate=rate, counter=["mail", kind, counted]))
            if reset_at is not None:
                return _rate_limited(reset_at)
        return None

    def _counters(self, mutation: str, viewer: Viewer, network: Callable[[], str]) -> Iterator[tuple[Any, ...]]:
        """Yield each rate that applies, followed by the key of its counter."""
        kind, client = _client(viewer, network)
        own = self._rates.get(mutation)
        if own is not None and kind != API_KEY:
            yield own, mutation, kind, client
        yield from self._shared_counters(kind, client, network)

    def _shared_counters(self, kind: str, client: str, network: Callable[[], str]) -> Iterator[tuple[Any, ...]]:
        """Yield each rate for all mutations together that applies, followed by the key of its counter."""
        if (shared := self._rates.get(kind)) is not None:
            yield shared, kind, client
        if kind == VIEWER and (by_network := self._rates.get(NETWORK)) is not None:
            yield by_network, NETWORK, network()

    async def status(self, viewer: Viewer, network: Callable[[], str], at: datetime) -> RateLimit:
        """Return what remains of the rates for all mutations together, by the rate with least left; counts nothing."""
        counters = self._shared_counters(*_client(viewer, network), network)
        rates = [await self._status_of(rate, counter, at) for rate, *counter in counters]
        return min(rates, key=lambda rate: rate.remaining or 0, default=RateLimit(None, None, at))

    async def _status_of(self, rate: RateLimitItem, counter: list[str], at: datetime) -> RateLimit:
        reset_at, remaining = await self._ask(lambda strategy: strategy.get_window_stats(rate, *counter))
        return RateLimit(rate.amount, remaining, datetime.fromtimestamp(reset_at, UTC))

    async def close(self) -> None:
        bridge = getattr(self._storage, "bridge", None)
        if bridge is not None:
            await bridge.get_connection().aclose()


async def _hit(strategy: FixedWindowRateLimiter, rate: RateLimitItem, counter: list[str]) -> float | None:
    """Count once; return when the window ends if this is too much."""
    if await strategy.hit(rate, *counter):
        return None
    return (await strategy.get_window_stats(rate, *counter)).reset_time


def _failure(error: Exception) -> str:
    """Say what is wrong with the storage, without what it answered."""
    from redis import exceptions

    cause = error.storage_error if isinstance(error, StorageError) else error
    kind = type(cause).__name__
    away = (exceptions.ConnectionError, exceptions.TimeoutError, OSError)
    refused = (exceptions.AuthenticationError, exceptions.AuthorizationError)
    if isinstance(cause, away) and not isinstance(cause, refused):
        return f"does not answer ({kind}): each process counts for itself until it does"
    return f"refuses, or is no Redis ({kind}): each process counts for itself, correct the setting"


def _client(viewer: Viewer, network: Callable[[], str]) -> tuple[str, str]:
    """Return the kind of client that a mutation is counted for, and the client's id or network hash."""
    if isinstance(viewer, Integrator):
        return API_KEY, str(viewer.api_key.id)
    return (NETWORK, network()) if viewer.supporter_id is None else (VIEWER, str(viewer.supporter_id))


def _rate_limited(reset_at: float) -> Refusal:
    seconds = max(1, ceil(reset_at - time.time()))
    message = "Too much at once: wait {seconds} s and try again."
    return Refusal(ProblemCode.RATE_LIMITED, message, retry_after_seconds=seconds, seconds=seconds)


def _parse(text: str) -> tuple[str, RateLimitItem]:
    name, _, rate = text.partition("=")
    return re.sub("([A-Z])", lambda letter: f"_{letter[0].lower()}", name), parse(rate)


def _storage(url: str) -> Storage:
    if url == "memory://":
        return MemoryStorage()
    if not url.startswith("redis"):
        raise ValueError("memory:// and redis:// are understood")
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    no_retry: Any = Retry(NoBackoff(), 0)
    timeouts = {"socket_timeout": STORAGE_TIMEOUT_SECONDS, "socket_connect_timeout": STORAGE_TIMEOUT_SECONDS}
    options = {"implementation": "redispy", "wrap_exceptions": True, "retry": no_retry, **timeouts}
    try:
        storage = storage_from_string(f"async+{ConnectionUrl.parse(url).encoded()}", **options)
    except ConfigurationError:  # its message may repeat the password
        raise ValueError("memory:// and redis://USER:PASSWORD@HOST:PORT/NUMBER are understood") from None
    return storage  # type: ignore[return-value]


class MemoryStorage(Storage):
    """Counters of one process. The library's own in-memory storage scans all counters at every hit."""

    STORAGE_SCHEME = None
    SWEEP_SECONDS = 60.0
    """How often expired counters are deleted."""

    def __init__(self) -> None:
        super().__init__()
        self._counters: dict[str, list[float]] = {}  # the count, and when the counter expires
        self._swept_at = time.time()

    @property
    def base_exceptions(self) -> type[Exception]:
        return MemoryError

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        at = time.time()
        if at - self._swept_at > self.SWEEP_SECONDS:
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
        count, expires_at = self._counters.get(key, (0, 0.0))
        return int(count) if expires_at > time.time() else 0

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
