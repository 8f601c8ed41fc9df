"""Cursors of the list of all campaigns' events: the seq of the last event that was read of each campaign.

The pairs are packed as the differences of the campaigns' ids, each followed by the seq, as integers of variable length
(LEB128): three or four bytes for each campaign.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from models import Activity
from resolvers.paging import CursorCodec

Seen = dict[int, int]
"""The seq of the last event that was read of each campaign, by campaign."""


@dataclass(frozen=True, slots=True)
class EventCursors:
    """Give each event of a page its cursor: what was read before the page, and the page up to the event."""

    codec: CursorCodec
    seen: Seen
    rows: list[Activity]

    def cursor(self, row: Activity) -> str:
        read = self.rows[: self.rows.index(row) + 1]
        return self.codec.sign_bytes(pack(self.seen | {event.campaign_id: event.seq for event in read}))


def pack(seen: Seen) -> bytes:
    packed, before = bytearray(), 0
    for campaign_id, seq in sorted(seen.items()):
        _append(packed, campaign_id - before)
        _append(packed, seq)
        before = campaign_id
    return bytes(packed)


def unpack(packed: bytes) -> Seen:
    seen, campaign_id = {}, 0
    values = _values(packed)
    for difference, seq in zip(values, values, strict=True):
        campaign_id += difference
        seen[campaign_id] = seq
    return seen


def _append(packed: bytearray, value: int) -> None:
    """Append seven bits in each byte, the lowest first; the highest bit of a byte tells that more bytes follow."""
    while value > 0x7F:
        packed.append(value & 0x7F | 0x80)
        value >>= 7
    packed.append(value)


def _values(packed: bytes) -> Iterator[int]:
    value = shift = 0
    for byte in packed:
        value |= (byte & 0x7F) << shift
        if byte & 0x80:
            shift += 7
        else:
            yield value
            value = shift = 0
