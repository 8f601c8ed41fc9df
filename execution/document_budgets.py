"""Budgets of new documents: how much CPU time the documents of one network may take until they are cached."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import ceil

from graphql import GraphQLError

requesting_ip: ContextVar[str | None] = ContextVar("IP of the request", default=None)
"""Set by a transport for the tasks of a request. Without an IP, documents are not counted: they are our own."""

MAX_NETWORKS = 10_000
REFILL_SECONDS = 60.0
"""The time in which an empty budget becomes full again."""


class DocumentBudgets:
    """The CPU time to parse, validate, estimate and compile documents, by network.

    A document is worked on once, however often it is sent, so that the documents of front ends cost next to nothing.
    A network that sends ever new ones may take `seconds` in a minute. When half of them are left, its queries run
    uncompiled; when none are left, its new documents are refused.
    """

    def __init__(
        self,
        seconds: float,
        network_of: Callable[[str], Hashable],
        clock: Callable[[], float] = time.monotonic,
        cpu_time: Callable[[], float] = time.thread_time,
    ) -> None:
        self._seconds = seconds
        self._network_of = network_of
        self._clock = clock
        self._cpu_time = cpu_time
        self._left: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()
        """The seconds that were left to a network, and when."""

    def refusal(self) -> GraphQLError | None:
        """Return the error for a new document, if nothing is left to the network of the request."""
        network = self._network()
        if network is None or (left := self._seconds_left(network)) > 0:
            return None
        seconds = max(1, ceil(-left * REFILL_SECONDS / self._seconds))
        message = (
            f"Too many new documents from this network: wait {seconds} s. "
            "Send the same documents again, with variables for what changes."
        )
        return GraphQLError(message, extensions={"code": "RATE_LIMITED", "retryAfterSeconds": seconds})

    def may_compile(self) -> bool:
        network = self._network()
        return network is None or self._seconds_left(network) > self._seconds / 2

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Count the CPU time of what is done inside for the network of the request."""
        network = self._network()
        if network is None:
            yield
            return
        start = self._cpu_time()
        try:
            yield
        finally:
            left = self._seconds_left(network) - (self._cpu_time() - start)
            self._left[network] = left, self._clock()
            self._left.move_to_end(network)
            if len(self._left) > MAX_NETWORKS:
                self._left.popitem(last=False)

    def _network(self) -> Hashable | None:
        ip = requesting_ip.get() if self._seconds > 0 else None
        return None if ip is None else self._network_of(ip)

    def _seconds_left(self, network: Hashable) -> float:
        left, at = self._left.get(network, (self._seconds, 0.0))
        return min(left + (self._clock() - at) * self._seconds / REFILL_SECONDS, self._seconds)


UNLIMITED = DocumentBudgets(0, str)
