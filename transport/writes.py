"""uvicorn's HTTP protocol, with the head and the body of an answer in one write.

uvicorn writes them apart. Each write is a system call that wakes the client, which for a small answer costs as much
as the answer itself.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class OneWrite:
    """A transport that holds what is written until there is more, or until the loop has come round."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self.plain = transport
        self._loop = loop
        self._held = b""

    def write(self, data: bytes) -> None:
        if self._held:
            held, self._held = self._held, b""
            self.plain.writelines((held, data))
        else:
            self._held = data
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        held, self._held = self._held, b""
        if held and not self.plain.is_closing():
            self.plain.write(held)

    def close(self) -> None:
        self._flush()
        self.plain.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.plain, name)


class Protocol(HttpToolsProtocol):
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.transport: Any = OneWrite(transport, self.loop)

    def handle_websocket_upgrade(self) -> None:
        self.transport = self.transport.plain
        super().handle_websocket_upgrade()
