"""Write coalescing: the head and the body of a response are sent in one write.

uvicorn writes the head and the body separately. Each write is a system call that wakes the client, which costs as
much as a small response itself.
"""

import asyncio
from typing import Any


class CountingTransport:
    """An asyncio transport that counts the bytes written to it, so that one can see what the client has taken."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self.wrapped = transport
        self.written_bytes = 0

    def write(self, data: bytes) -> None:
        self.written_bytes += len(data)
        self.wrapped.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.wrapped, name)


class CoalescingTransport(CountingTransport):
    """An asyncio transport that holds a write until the next write, or until the next turn of the event loop."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(transport)
        self._loop = loop
        self._pending = b""

    def write(self, data: bytes) -> None:
        self.written_bytes += len(data)
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

    def write_eof(self) -> None:
        self._flush()
        if not self.wrapped.is_closing():
            self.wrapped.write_eof()

    def close(self) -> None:
        self._flush()
        self.wrapped.close()
