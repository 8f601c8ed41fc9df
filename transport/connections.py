"""Connection limit: how many long-lived connections one IP may hold, so that one client cannot take them all."""

from collections import Counter
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address

from starlette.types import Scope

IPV6_HOST_BITS = 64


class ConnectionLimiter:
    """Count WebSockets and event streams together, per client IP."""

    def __init__(self, max_per_ip: int) -> None:
        self.max_per_ip = max_per_ip
        self._open: Counter[str] = Counter()

    def __len__(self) -> int:
        return self._open.total()

    def acquire(self, scope: Scope) -> bool:
        """Count one more connection of the client's IP; return False if the IP has reached the limit."""
        ip = counted_client(scope)
        if self._open[ip] >= self.max_per_ip:
            return False
        self._open[ip] += 1
        return True

    def release(self, scope: Scope) -> None:
        """Count one connection less; call this once for each successful `acquire`."""
        ip = counted_client(scope)
        self._open[ip] -= 1
        if not self._open[ip]:
            del self._open[ip]


def client_ip(scope: Scope) -> str:
    return scope["client"][0] if scope.get("client") else ""


def counted_client(scope: Scope) -> str:
    """Return the IP that the client's connections and subscriptions are counted for."""
    return counted_ip(client_ip(scope))


@lru_cache(4096)
def counted_ip(ip: str) -> str:
    """Return the IP that a client's connections count for: of IPv6 the /64, since a single host has all of it."""
    if ":" not in ip:
        return ip
    try:
        parsed = ip_address(ip)
    except ValueError:  # a proxy may name a client in any way
        return ip
    if not isinstance(parsed, IPv6Address):
        return ip
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Network((int(parsed) >> IPV6_HOST_BITS << IPV6_HOST_BITS, IPV6_HOST_BITS)))
