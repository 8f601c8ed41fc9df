"""Points of running subscriptions: how much the subscriptions of one connection, and of one IP, may cost at once."""

from collections import Counter

from graphql import GraphQLError
from starlette.types import Scope

from transport.connections import counted_client
from transport.errors import TOO_MANY_OPERATIONS


class SubscriptionPoints:
    """The points of all running subscriptions, by client IP. Each event costs the server about as many points."""

    def __init__(self, max_per_connection: int, max_per_ip: int) -> None:
        self.max_per_connection = max_per_connection
        self.max_per_ip = max_per_ip
        self.by_ip: Counter[str] = Counter()

    def of_connection(self, scope: Scope) -> "ConnectionPoints":
        return ConnectionPoints(self, counted_client(scope))


class ConnectionPoints:
    """The points of the running subscriptions of one WebSocket or event stream."""

    def __init__(self, shared: SubscriptionPoints, ip: str) -> None:
        self.taken = 0
        self._shared = shared
        self._ip = ip

    def take(self, points: int) -> GraphQLError | None:
        """Count the points of a subscription that begins; return an error, and count nothing, if they are too many."""
        shared = self._shared
        if self.taken + points > shared.max_per_connection:
            return _too_many(points, shared.max_per_connection, "connection")
        if shared.by_ip[self._ip] + points > shared.max_per_ip:
            return _too_many(points, shared.max_per_ip, "address")
        self.taken += points
        shared.by_ip[self._ip] += points
        return None

    def give_back(self, points: int) -> None:
        """Count the points of a subscription that has ended no more."""
        self.taken -= points
        self._shared.by_ip[self._ip] -= points
        if self._shared.by_ip[self._ip] <= 0:
            del self._shared.by_ip[self._ip]


def _too_many(points: int, limit: int, of: str) -> GraphQLError:
    message = (
        f"The subscriptions of one {of} may cost {limit:,} points together, and this one costs {points:,}:"
        " complete some first, or select less."
    )
    extensions = {"code": TOO_MANY_OPERATIONS, "of": of, "requested": points, "limit": limit}
    return GraphQLError(message, extensions=extensions)
