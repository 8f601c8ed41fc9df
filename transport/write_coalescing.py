"""Write coalescing: uvicorn's HTTP protocol, with the head and the body of a response sent in one write.

uvicorn writes the head and the body separately. Each write is a system call that wakes the client, which costs as
much as a small response itself.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class CoalescingTransport:
    """An asyncio transport that holds a write until the next write, or until the next turn of the event loop."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self.wrapped = transport
        self._loop = loop
        self._pending = b""

    def write(self, data: bytes) -> None:
        if self._pending:
            pending, self._pending = self._pending, b""
            self.wrapped.writelines((pending, data))
        else:
            self._pending = data
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        pending, self._pending = self._pending, b""
        if pending and not self.wrapped.is_closing():
            self.wrapped.write(pending)

    def close(self) -> None:
        self._flush()
        self.wrapped.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.wrapped, name)


class HttpProtocol(HttpToolsProtocol):
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.transport: Any = CoalescingTransport(transport, self.loop)

    def handle_websocket_upgrade(self) -> None:
        self.transport = self.transport.wrapped
        super().handle_websocket_upgrade()
