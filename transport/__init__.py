"""GraphQL over HTTP, WebSocket and server-sent events; knows nothing of what the schema is about."""

from transport.connections import Connections
from transport.cors import Cors
from transport.errors import Coded
from transport.http import GraphQL, RequestLimits
from transport.operations import Operations, Text
from transport.pages import page
from transport.straight import Straight
from transport.stream_endpoint import StreamEndpoint
from transport.streams import StreamLimits, Streams
from transport.websocket import SocketLimits, Sockets
from transport.writes import Protocol

__all__ = [
    "Coded",
    "Connections",
    "Cors",
    "GraphQL",
    "Operations",
    "Protocol",
    "RequestLimits",
    "SocketLimits",
    "Sockets",
    "Straight",
    "StreamEndpoint",
    "StreamLimits",
    "Streams",
    "Text",
    "page",
]
