"""Connection limit: how many long-lived connections one IP may hold, so that one client cannot take them all."""

from collections import Counter

from starlette.types import Scope


class ConnectionLimiter:
    """Count WebSockets and event streams together, per client IP."""

    def __init__(self, max_per_ip: int) -> None:
        self.max_per_ip = max_per_ip
        self._open: Counter[str] = Counter()

    def __len__(self) -> int:
        return self._open.total()

    def acquire(self, scope: Scope) -> bool:
        """Count one more connection of the client's IP; return False if the IP has reached the limit."""
        ip = client_ip(scope)
        if self._open[ip] >= self.max_per_ip:
            return False
        self._open[ip] += 1
        return True

    def release(self, scope: Scope) -> None:
        """Count one connection less; call this once for each successful `acquire`."""
        ip = client_ip(scope)
        self._open[ip] -= 1
        if not self._open[ip]:
            del self._open[ip]


def client_ip(scope: Scope) -> str:
    return scope["client"][0] if scope.get("client") else ""
