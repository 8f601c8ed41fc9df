"""GraphQL over HTTP, WebSocket and server-sent events, for any schema."""

from transport.connection_watch import ConnectionWatch, WireLimits
from transport.connections import ConnectionLimiter
from transport.cors import Cors
from transport.fast_path import FastPath
from transport.graphiql import Graphiql
from transport.http import HttpEndpoint, RequestLimits
from transport.http_protocol import HttpProtocol
from transport.masked_errors import ErrorMaskingSchema
from transport.operations import DocumentLookup, OperationRunner
from transport.static_pages import static_page
from transport.stream_endpoint import StreamEndpoint
from transport.stream_registry import StreamLimits, StreamRegistry
from transport.subscription_points import SubscriptionPoints
from transport.websocket import WebSocketEndpoint, WebSocketLimits
from transport.websocket_protocol import WebSocketProtocol

__all__ = [
    "ConnectionLimiter",
    "ConnectionWatch",
    "Cors",
    "DocumentLookup",
    "ErrorMaskingSchema",
    "FastPath",
    "Graphiql",
    "HttpEndpoint",
    "HttpProtocol",
    "OperationRunner",
    "RequestLimits",
    "StreamEndpoint",
    "StreamLimits",
    "StreamRegistry",
    "SubscriptionPoints",
    "WebSocketEndpoint",
    "WebSocketLimits",
    "WebSocketProtocol",
    "WireLimits",
    "static_page",
]
