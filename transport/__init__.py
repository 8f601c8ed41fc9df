"""GraphQL over HTTP and WebSocket; knows nothing of what the schema is about."""

from transport.errors import Coded
from transport.http import GraphQL

__all__ = ["Coded", "GraphQL"]
