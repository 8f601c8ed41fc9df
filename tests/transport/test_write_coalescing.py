"""Write coalescing: writes within one turn of the event loop are sent together, in order, without loss or delay."""

import asyncio
from typing import Any

import pytest

from transport.write_coalescing import CoalescingTransport

pytestmark = pytest.mark.anyio


class RecordingTransport:
    """An asyncio transport that records its writes."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes) -> None:
        self.writes.append(data)

    def writelines(self, parts: Any) -> None:
        self.writes.append(b"".join(parts))

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed


def coalescing(recording: RecordingTransport) -> CoalescingTransport:
    return CoalescingTransport(recording, asyncio.get_running_loop())  # type: ignore[arg-type]


async def test_head_and_body_are_one_write() -> None:
    recording = RecordingTransport()
    transport = coalescing(recording)

    transport.write(b"head ")
    transport.write(b"body")

    assert recording.writes == [b"head body"]


async def test_head_is_sent_at_the_next_turn_of_the_loop() -> None:
    recording = RecordingTransport()

    coalescing(recording).write(b"head")
    await asyncio.sleep(0)

    assert recording.writes == [b"head"]


async def test_writes_keep_their_order() -> None:
    recording = RecordingTransport()
    transport = coalescing(recording)

    for part in (b"1", b"2", b"3", b"4", b"5"):
        transport.write(part)
    await asyncio.sleep(0)

    assert b"".join(recording.writes) == b"12345"


async def test_close_flushes_pending_data() -> None:
    recording = RecordingTransport()
    transport = coalescing(recording)

    transport.write(b"last words")
    transport.close()
    await asyncio.sleep(0)

    assert recording.writes == [b"last words"]
    assert recording.is_closed


async def test_nothing_is_written_to_a_closed_transport() -> None:
    recording = RecordingTransport()

    coalescing(recording).write(b"head")
    recording.close()
    await asyncio.sleep(0)

    assert recording.writes == []
