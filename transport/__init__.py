"""GraphQL over HTTP, WebSocket and server-sent events, for any schema."""

from transport.connections import ConnectionLimiter
from transport.cors import Cors
from transport.fast_path import FastPath
from transport.http import HttpEndpoint, RequestLimits
from transport.masked_errors import ErrorMaskingSchema
from transport.operations import DocumentLookup, OperationRunner
from transport.static_pages import static_page
from transport.stream_endpoint import StreamEndpoint
from transport.stream_registry import StreamLimits, StreamRegistry
from transport.subscription_points import SubscriptionPoints
from transport.websocket import WebSocketEndpoint, WebSocketLimits
from transport.write_coalescing import HttpProtocol

__all__ = [
    "ConnectionLimiter",
    "Cors",
    "DocumentLookup",
    "ErrorMaskingSchema",
    "FastPath",
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
    "static_page",
]
