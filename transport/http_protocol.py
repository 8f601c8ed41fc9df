"""HTTP/1.1 connections: uvicorn's protocol, with bounded heads and bodies, and with malformed requests refused."""

import asyncio
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, NamedTuple

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from transport.connection_watch import ConnectionWatch, WatchedConnection, log
from transport.websocket_protocol import WebSocketProtocol
from transport.write_coalescing import CoalescingTransport

IDLE, HEAD, BODY = "idle", "head", "body"
"""Which part of a request is being received."""
HOST = re.compile(rb"[\w.~!$&'()*+,;=%:\[\]-]*", re.ASCII)
LINE_BYTES = 4
"""The bytes that separate a header from its value, and from the next header."""
COUNTED_BODY_BYTES = 65_536
"""A larger body is counted with the unread bytes of its client, until it has arrived."""
MAX_PIPELINED = 64
"""Requests that a client may send before it has the response to the first one."""
BODY_GRACE_SECONDS = 5.0
"""An endpoint answers a slow body itself when `request_seconds` are over; this is for those that do not."""
LINGER_SECONDS = 2.0
"""Time for a client to read why it is refused: to close at once, with bytes unread, would destroy the response."""


class Rejection(NamedTuple):
    status: HTTPStatus
    message: str


MALFORMED = Rejection(HTTPStatus.BAD_REQUEST, "This is not a valid HTTP/1.1 request.")
BAD_HOST = Rejection(HTTPStatus.BAD_REQUEST, "A request has exactly one valid Host header.")
BAD_UPGRADE = Rejection(HTTPStatus.BAD_REQUEST, "A WebSocket is opened by GET, over HTTP/1.1, and without a body.")
UNKNOWN_UPGRADE = Rejection(HTTPStatus.BAD_REQUEST, "This protocol is not spoken here: send no Upgrade header.")
TOO_MANY_PIPELINED = Rejection(HTTPStatus.BAD_REQUEST, "Too many requests before the first response.")
TOO_SLOW = Rejection(HTTPStatus.REQUEST_TIMEOUT, "The request did not arrive in time.")
TOO_LARGE = Rejection(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The request line and headers are too large.")
TOO_MANY_CONNECTIONS = Rejection(HTTPStatus.TOO_MANY_REQUESTS, "Too many connections from one address.")


class RequestRefused(Exception):
    """Stops httptools at the head of a request that is refused."""


class HttpProtocol(WatchedConnection, HttpToolsProtocol):
    def __init__(self, *args: Any, watch: ConnectionWatch, **options: Any) -> None:
        super().__init__(*args, **options)
        self.logger = log
        self.watch = watch
        self._phase = IDLE
        self._since = 0.0
        """When the request began that is being received; 0 between requests."""
        self._unparsed_bytes = 0
        """Bytes received since the last that belonged to a body."""
        self._body_bytes = 0
        """Bytes of a body that has not arrived whole."""
        self._refusal: Rejection | None = None
        self._is_last = False
        """True if whatever the client sends from now on is ignored."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.transport: Any = CoalescingTransport(transport, self.loop)
        self._since = self.loop.time()
        excess = self.watch.add(self)
        if excess > self.watch.limits.connections:
            self.transport.abort()
        elif excess > 0:
            self.refuse(TOO_MANY_CONNECTIONS)

    def connection_lost(self, exc: Exception | None) -> None:
        self.watch.remove(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_last:
            return
        self._unset_keepalive_if_required()
        self._unparsed_bytes += len(data)
        if not self._since and not self._is_answering():
            self._since = self.loop.time()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._upgrade()
        except httptools.HttpParserError:
            self.refuse(self._refusal or MALFORMED)
        else:
            if self._unparsed_bytes > self.watch.limits.head_bytes:
                self.refuse(TOO_LARGE)

    # ---------------------------------------------------------------- what httptools calls

    def on_message_begin(self) -> None:
        if len(self.pipeline) >= MAX_PIPELINED:
            self._stop(TOO_MANY_PIPELINED)
        self._phase = HEAD
        self._since = self.loop.time()
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._phase is not HEAD:  # a trailer must not pass as a header (RFC 9110, 6.5.1)
            return
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        self._phase = BODY
        self._check_head()
        if not self.parser.should_upgrade():
            super().on_headers_complete()
        elif self._should_upgrade():
            self._check_websocket()
            super().on_headers_complete()
        else:  # httptools skips the body, which must not be read as the next request
            if self._has_body():
                self._stop(UNKNOWN_UPGRADE)
            self._is_last = True
            super().on_headers_complete()
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        self._unparsed_bytes = 0
        if not self.cycle.response_complete:
            self._body_bytes += len(body)
            self._count_body()
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._phase = IDLE
        self._since = 0.0
        self._unparsed_bytes = 0
        self._body_bytes = 0
        if self.unread_ip is not None and not self.flow.write_paused:
            self.watch.stop_counting_unread(self)
        super().on_message_complete()

    @property
    def held_bytes(self) -> int:
        return self.unread_bytes + self._body_bytes

    # ---------------------------------------------------------------- checks

    def _check_head(self) -> None:
        hosts = [value for name, value in self.headers if name == b"host"]
        is_host_needed = hosts or self.parser.get_http_version() != "1.0"
        if is_host_needed and (len(hosts) != 1 or not HOST.fullmatch(hosts[0])):
            self._stop(BAD_HOST)
        max_bytes = self.watch.limits.head_bytes
        if self._unparsed_bytes > max_bytes:  # part of it may be the body
            size = len(self.url) + sum(len(name) + len(value) + LINE_BYTES for name, value in self.headers)
            if size > max_bytes:
                self._stop(TOO_LARGE)

    def _check_websocket(self) -> None:
        is_get = self.parser.get_method() == b"GET" and self.parser.get_http_version() == "1.1"
        if not is_get or self._has_body() or self._is_answering():
            self._stop(BAD_UPGRADE)

    def _has_body(self) -> bool:
        return any(
            name == b"transfer-encoding" or (name == b"content-length" and value.strip(b"0 "))
            for name, value in self.headers
        )

    def _count_body(self) -> None:
        if self._body_bytes > COUNTED_BODY_BYTES and self.unread_ip is None:
            self.watch.count_body(self)

    def check(self, at: float) -> None:
        self.check_reading(at)
        self._count_body()
        if not self._since or self.transport.is_closing():
            return
        seconds = at - self._since
        if self._phase is BODY:
            if seconds > self.watch.limits.request_seconds + BODY_GRACE_SECONDS:
                self.refuse(TOO_SLOW)
        elif seconds > self.watch.limits.head_seconds and not self._is_answering():
            if self._phase is HEAD:
                self.refuse(TOO_SLOW)
            else:  # not one byte of a request
                self.transport.close()

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    # ---------------------------------------------------------------- refusals

    def _stop(self, refusal: Rejection) -> None:
        self._refusal = refusal
        raise RequestRefused

    def refuse(self, refusal: Rejection) -> None:
        """Answer with a status and a text, and close. While another response is due, close without a text."""
        self._is_last = True
        self._since = 0.0
        if self._is_answering():
            self.transport.close()
            return
        text = refusal.message.encode()
        self.transport.write(
            b"%bcontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%b"
            % (STATUS_LINE[refusal.status], len(text), text)
        )
        self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.abort)

    def send_400_response(self, msg: str) -> None:
        self.refuse(MALFORMED)

    # ---------------------------------------------------------------- upgrades and writing

    def _upgrade(self) -> None:
        if self._should_upgrade():
            self.handle_websocket_upgrade()

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over to a WebSocket protocol, which gets the head of the request again."""
        self._since = 0.0
        self.connections.discard(self)
        head = [self.scope["method"].encode(), b" ", self.url, b" HTTP/1.1\r\n"]
        for name, value in self.headers:
            head += [name, b": ", value, b"\r\n"]
        create: Callable[..., WebSocketProtocol] = self.ws_protocol_class  # type: ignore[assignment]
        protocol = create(config=self.config, server_state=self.server_state, app_state=self.app_state)
        self.watch.replace(self, protocol)
        transport = self.transport.wrapped
        protocol.connection_made(transport)
        protocol.data_received(b"".join([*head, b"\r\n"]))
        transport.set_protocol(protocol)

    def pause_writing(self) -> None:
        super().pause_writing()
        self.watch.count_unread(self)

    def resume_writing(self) -> None:
        super().resume_writing()
        self.watch.stop_counting_unread(self)
