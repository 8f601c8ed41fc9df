"""Turns: let the subscriptions that one event has woken work one after another, and all else in between."""

import asyncio
from collections import deque


class Turns:
    """Give one turn in each round of the event loop, in the order in which the subscriptions asked for one.

    An event may wake hundreds of subscriptions at once. On SQLite each of them reads and sends without waiting for
    anything, so that without turns they would hold the loop all together.
    """

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._is_taken = False

    async def wait(self) -> None:
        """Wait for one's turn; return at once if nobody had a turn in this round of the loop."""
        loop = asyncio.get_running_loop()
        if not self._is_taken:
            self._is_taken = True
            loop.call_soon(self._next)
            return
        turn: asyncio.Future[None] = loop.create_future()
        self._waiting.append(turn)
        await turn

    def _next(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():  # its subscription has not ended meanwhile
                turn.set_result(None)
                asyncio.get_running_loop().call_soon(self._next)
                return
        self._is_taken = False
