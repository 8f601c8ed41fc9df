"""Connection watch: bound what one client holds of the server by connections alone, before any request is complete.

All connections of a process are looked at about once a second. A timer for each request would cost more than this.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from transport.connections import counted_ip

log = logging.getLogger("groundswell.connections")
log.setLevel(logging.WARNING)  # below, uvicorn's and websockets' lines name clients, URLs and messages

CHECK_INTERVAL_SECONDS = 1.0
MIN_TAKEN_BYTES = 16_384
"""A client that takes less than this in `unread_seconds`, although more waits for it, does not read."""


@dataclass(frozen=True)
class WireLimits:
    """Limits of a connection below GraphQL: bytes and seconds of what comes in, and of what is not taken."""

    connections: int = 1000
    """Open connections of one IP that is no proxy."""
    head_bytes: int = 65_536
    """The request line and all headers of a request; trailers and the extensions of a chunk as well."""
    head_seconds: float = 10.0
    request_seconds: float = 30.0
    """From the first byte of a request or WebSocket message to its last."""
    unread_bytes: int = 32_000_000
    """Bytes that wait for the connections of one IP which do not take them, and of its bodies that are not complete."""
    unread_seconds: float = 30.0


class WatchedConnection:
    """Hold what HTTP and WebSocket connections have in common. Mix this in before a protocol of uvicorn's."""

    watch: "ConnectionWatch"
    transport: Any
    client: tuple[str, int] | None
    scope: Any = None
    unread_ip: str | None = None
    """The IP for which unread bytes are being counted."""
    _stalled_since = 0.0
    _taken_bytes = 0

    @property
    def client_ip(self) -> str:
        """Return the IP of the client, which a trusted proxy may have named."""
        client = (self.scope or {}).get("client") or self.client
        return counted_ip(client[0]) if client else ""

    @property
    def unread_bytes(self) -> int:
        return int(self.transport.get_write_buffer_size())

    @property
    def held_bytes(self) -> int:
        """Return the bytes that the server holds for this connection."""
        return self.unread_bytes

    def check(self, at: float) -> None:
        """End the connection if it has exceeded a time limit."""
        raise NotImplementedError

    def check_reading(self, at: float) -> None:
        """End the connection if the client has not read what waits for it, also if it is closing already."""
        unread_bytes = self.unread_bytes
        if not unread_bytes:
            self._stalled_since = 0.0
            return
        taken_bytes = self.transport.written_bytes - unread_bytes
        if not self._stalled_since or taken_bytes - self._taken_bytes >= MIN_TAKEN_BYTES:
            self._stalled_since, self._taken_bytes = at, taken_bytes
        elif at - self._stalled_since > self.watch.limits.unread_seconds:
            self.transport.abort()

    def shutdown(self) -> None:
        """Begin to close; a failure ends this connection, and harms no other."""
        try:
            super().shutdown()  # type: ignore[misc]
        except Exception:
            log.exception("a connection could not be closed in order")
            self.transport.abort()


class ConnectionWatch:
    """All connections of a process, with their limits. `is_proxy` says whether an IP is a trusted proxy's.

    A proxy's connections are not counted: they belong to many clients, and the proxy bounds them.
    """

    def __init__(self, limits: WireLimits, is_proxy: Callable[[str], bool]) -> None:
        self.limits = limits
        self._is_proxy = is_proxy
        self._ips: dict[WatchedConnection, str | None] = {}
        """The IP that each connection counts for; None for a proxy's."""
        self._counts: Counter[str] = Counter()
        self._unread: dict[str, set[WatchedConnection]] = {}
        """Connections whose client does not keep up, by IP."""
        self._interval = min(CHECK_INTERVAL_SECONDS, limits.head_seconds, limits.unread_seconds)

    def __len__(self) -> int:
        return len(self._ips)

    def add(self, connection: WatchedConnection) -> int:
        """Watch a connection; return how many its IP has beyond the limit."""
        if not self._ips:
            asyncio.get_running_loop().call_later(self._interval, self._check)
        ip = counted_ip(connection.client[0]) if connection.client else None
        if ip is None or (connection.client and self._is_proxy(connection.client[0])):
            self._ips[connection] = None
            return 0
        self._ips[connection] = ip
        self._counts[ip] += 1
        return self._counts[ip] - self.limits.connections

    def replace(self, before: WatchedConnection, after: WatchedConnection) -> None:
        """Watch the connection as another protocol; it counts once."""
        self._ips[after] = self._ips.pop(before)
        self.stop_counting_unread(before)

    def remove(self, connection: WatchedConnection) -> None:
        ip = self._ips.pop(connection, None)
        self.stop_counting_unread(connection)
        if ip is not None:
            self._counts[ip] -= 1
            if not self._counts[ip]:
                del self._counts[ip]

    def count_unread(self, connection: WatchedConnection) -> None:
        """Count the connection's unread bytes for its IP, and end the one with most if they are too many."""
        ip = connection.unread_ip = connection.client_ip
        self._unread.setdefault(ip, set()).add(connection)
        self._check_unread(ip)

    def count_body(self, connection: WatchedConnection) -> None:
        """Count the bytes of a body for the client's IP, once the application has read who that is from the head."""
        client = (connection.scope or {}).get("client")
        if client and not self._is_proxy(client[0]):
            self.count_unread(connection)

    def stop_counting_unread(self, connection: WatchedConnection) -> None:
        ip, connection.unread_ip = connection.unread_ip, None
        connections = self._unread.get(ip) if ip is not None else None
        if ip is not None and connections is not None:
            connections.discard(connection)
            if not connections:
                del self._unread[ip]

    def _check_unread(self, ip: str) -> None:
        unread = {connection: connection.held_bytes for connection in self._unread[ip]}
        if sum(unread.values()) > self.limits.unread_bytes:
            most = max(unread, key=unread.__getitem__)
            self.stop_counting_unread(most)
            most.transport.abort()

    def _check(self) -> None:
        loop = asyncio.get_running_loop()
        if self._ips:
            loop.call_later(self._interval, self._check)
        at = loop.time()
        for connection in list(self._ips):
            try:
                connection.check(at)
            except Exception:
                log.exception("a connection could not be checked")
                connection.transport.abort()
        for ip in list(self._unread):
            self._check_unread(ip)
