"""The server process: shutdown of event streams, and garbage collection."""

import gc
from socket import socket

import uvicorn


class Server(uvicorn.Server):
    """Close the event streams at shutdown: uvicorn waits for every response, and an event stream has no end."""

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        self.config.app.state.groundswell.streams.close()  # type: ignore[union-attr]
        await super().shutdown(sockets)


def settle_memory() -> None:
    """Exclude all objects that exist at start-up from garbage collection, and collect less often.

    A response is thousands of small objects without cycles, and Python's defaults would make it scan the whole schema
    every few requests.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
