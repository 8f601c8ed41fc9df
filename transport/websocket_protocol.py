"""WebSocket connections: uvicorn's protocol, which writes no more than the client reads, and logs no client."""

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

from transport.connection_watch import ConnectionWatch, WatchedConnection, log
from transport.write_coalescing import CountingTransport

MAX_FRAGMENTS = 4096
"""Fragments of one message: even empty ones take memory."""
CLOSE_SECONDS = 2.0
"""Time for the client to answer a close frame, before the connection is closed."""
BAD_HANDSHAKE = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class BackpressureTransport(CountingTransport):
    """A transport that reads nothing while the client does not read: pings would pile up as pongs."""

    is_writing_paused = False

    def pause_reading(self) -> None:
        if self.wrapped.is_reading():
            self.wrapped.pause_reading()

    def resume_reading(self) -> None:
        if not self.is_writing_paused and not self.wrapped.is_closing() and not self.wrapped.is_reading():
            self.wrapped.resume_reading()


class WebSocketProtocol(WatchedConnection, WebSocketsSansIOProtocol):
    def __init__(self, *args: Any, watch: ConnectionWatch, **options: Any) -> None:
        super().__init__(*args, **options)
        self.watch = watch
        self.close_timeout = CLOSE_SECONDS
        self.logger = self.conn.logger = log  # uvicorn's would log the client's IP and URL, websockets' every frame
        self.conn.debug = False
        self._opened_at = 0.0
        self._message_since = 0.0
        """When the last check first saw a part of a message that is not complete yet."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(BackpressureTransport(transport))  # type: ignore[arg-type]
        self._opened_at = self.loop.time()

    def connection_lost(self, exc: Exception | None) -> None:
        self.watch.remove(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            self.handshake_initiated = self.handshake_complete = self.close_sent = True
            self.transport.write(b"".join(self.conn.data_to_send()) or BAD_HANDSHAKE)
            self.transport.close()

    def handle_cont(self, event: Frame) -> None:
        self.frames.append(bytes(event.data))
        if event.fin:
            self.send_receive_event_to_app()
        elif len(self.frames) > MAX_FRAGMENTS:
            self.conn.fail(1009, "too many fragments")
            self.handle_parser_exception()

    def send_receive_event_to_app(self) -> None:
        self._message_since = 0.0
        super().send_receive_event_to_app()

    def handle_parser_exception(self) -> None:
        if self.conn.close_sent is not None:
            super().handle_parser_exception()
            return
        self.queue.put_nowait({"type": "websocket.disconnect", "code": 1006})  # a frame before the handshake
        self.close_sent = True
        self.transport.close()

    async def send(self, message: Any) -> None:
        while not self.writable.is_set():  # of many that wait, one at a time may write
            await self.writable.wait()
        await super().send(message)

    def pause_writing(self) -> None:
        super().pause_writing()
        transport: Any = self.transport
        transport.is_writing_paused = True
        transport.pause_reading()
        self.watch.count_unread(self)

    def resume_writing(self) -> None:
        super().resume_writing()
        transport: Any = self.transport
        transport.is_writing_paused = False
        if not self.read_paused:
            transport.resume_reading()
        self.watch.stop_counting_unread(self)

    def check(self, at: float) -> None:
        self.check_reading(at)
        if self.transport.is_closing():
            return
        limits = self.watch.limits
        if not self.handshake_complete:
            if at - self._opened_at > limits.head_seconds:
                self.transport.abort()
        elif not (self.frames or self.conn.reader.buffer) or self.read_paused:
            self._message_since = 0.0
        elif not self._message_since:
            self._message_since = at
        elif at - self._message_since > limits.request_seconds:
            self.conn.fail(1008, "a message did not arrive in time")
            self.handle_parser_exception()
