"""How many long-lived connections an address may hold: one client must not take all that a process has."""

from collections import Counter

from starlette.types import Scope


class Connections:
    """Counts WebSockets and event streams together, by the address that they come from."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._held: Counter[str] = Counter()

    def __len__(self) -> int:
        return self._held.total()

    def take(self, scope: Scope) -> bool:
        """Whether the address may have one more; it then has, until it is given back."""
        address = _address(scope)
        if self._held[address] >= self.most:
            return False
        self._held[address] += 1
        return True

    def give_back(self, scope: Scope) -> None:
        address = _address(scope)
        self._held[address] -= 1
        if not self._held[address]:
            del self._held[address]


def _address(scope: Scope) -> str:
    return scope["client"][0] if scope.get("client") else ""
