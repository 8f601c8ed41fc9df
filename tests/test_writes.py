"""What is written of an answer in one turn of the loop leaves in one piece, and nothing is held longer or lost."""

import asyncio
from typing import Any

import pytest

from transport.write_coalescing import CoalescingTransport

pytestmark = pytest.mark.anyio


class Wire:
    """A transport that keeps what each of its writes brought."""

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


def joined(wire: Wire) -> CoalescingTransport:
    return CoalescingTransport(wire, asyncio.get_running_loop())  # type: ignore[arg-type]


async def test_a_head_and_its_body_are_one_write() -> None:
    wire = Wire()
    writes = joined(wire)

    writes.write(b"head ")
    writes.write(b"body")

    assert wire.writes == [b"head body"]


async def test_a_head_whose_body_is_not_there_yet_is_not_held_back() -> None:
    wire = Wire()

    joined(wire).write(b"head")
    await asyncio.sleep(0)

    assert wire.writes == [b"head"]


async def test_what_is_written_keeps_its_order() -> None:
    wire = Wire()
    writes = joined(wire)

    for part in (b"1", b"2", b"3", b"4", b"5"):
        writes.write(part)
    await asyncio.sleep(0)

    assert b"".join(wire.writes) == b"12345"


async def test_what_was_held_is_written_before_the_end() -> None:
    wire = Wire()
    writes = joined(wire)

    writes.write(b"last words")
    writes.close()
    await asyncio.sleep(0)

    assert wire.writes == [b"last words"]
    assert wire.is_closed


async def test_nothing_is_written_to_a_client_that_is_gone() -> None:
    wire = Wire()

    joined(wire).write(b"head")
    wire.close()
    await asyncio.sleep(0)

    assert wire.writes == []
