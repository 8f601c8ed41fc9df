"""Pages and cursors: what `first`, `after`, `last` and `before` mean, the same in every list."""

from base64 import urlsafe_b64decode
from binascii import Error, b2a_base64
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from hmac import compare_digest
from typing import Generic, NamedTuple, TypeVar

import orjson

from refusals import ProblemCode, Refusal, invalid
from storage.keyset import Key, Sort, Window
from storage.rows import Row

T = TypeVar("T", bound=Row)
MOST = 100
_MAC = 12
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


class Page(NamedTuple):
    """A list's paging arguments as they came; `field()` spells them out in the schema."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    def window(self, place: "CursorCodec", default: int) -> Window:
        """Which rows are asked for, one more than shown, so that it is known whether there are others."""
        if self.first is not None and self.last is not None:
            raise invalid("Give `first` or `last`, not both.", "first")
        for name, size in (("first", self.first), ("last", self.last)):
            if size is not None and not 1 <= size <= MOST:
                raise invalid(f"`{name}` must be from 1 to {MOST}.", name)
        limit, backwards = (self.last or self.first or default) + 1, self.last is not None
        if self.after is None and self.before is None:
            return _unbounded(limit, backwards)
        after = None if self.after is None else place.read(self.after)
        return Window(limit, backwards, after, None if self.before is None else place.read(self.before))


@lru_cache
def _unbounded(limit: int, backwards: bool) -> Window:
    return Window(limit, backwards)


@dataclass(slots=True)
class CursorCodec:
    """The list that a cursor is a place in: its name holds the parent and the filters, and its sort."""

    secret: bytes
    name: str
    sort: Sort

    def cursor(self, row: Row) -> str:
        """The row's sort key, signed for this list alone."""
        return self.sign(self.sort.key(row))

    def sign(self, key: Key) -> str:
        body = orjson.dumps(key)
        return b2a_base64(self._mac(body) + body).translate(_URL_SAFE, b"=\n").decode()

    def read(self, cursor: str) -> Key:
        try:
            raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        except (Error, ValueError):
            raw = b""
        if not compare_digest(raw[:_MAC], self._mac(raw[_MAC:])):
            raise Refusal(
                ProblemCode.INVALID_CURSOR,
                "This cursor is not from this list: use one with the sort, filters and parent it came from.",
            )
        values = orjson.loads(raw[_MAC:])
        return tuple(
            datetime.fromisoformat(value) if name.endswith("_at") else value
            for name, value in zip(self.sort.columns, values, strict=True)
        )

    def _mac(self, body: bytes) -> bytes:
        mac = _begun(self.secret, self.sort).copy()
        mac.update(f"{self.name}\0".encode() + body)
        return mac.digest()


@lru_cache
def _begun(secret: bytes, sort: Sort) -> blake2b:
    """The hash that has taken in its key and the sort already, to copy for each cursor."""
    return blake2b(f"{sort.name}:".encode(), key=secret, digest_size=_MAC)


class Edge(Generic[T]):
    __slots__ = ("_place", "node")

    def __init__(self, node: T, place: CursorCodec) -> None:
        self.node = node
        self._place = place

    @property
    def cursor(self) -> str:
        return self._place.cursor(self.node)


class Connection(Generic[T]):
    """A page of rows as Relay's connection; cursors are made only if they are asked for."""

    __slots__ = ("_place", "has_next_page", "has_previous_page", "nodes", "total_count")

    def __init__(self, rows: list[T], window: Window, place: CursorCodec, total: int = 0) -> None:
        more = len(rows) >= window.limit if window.peeks else total > len(rows)
        self.nodes = (rows[1:] if window.backwards else rows[:-1]) if more and window.peeks else rows
        self.total_count = total
        self._place = place
        # With a cursor given, its own row stands on that side: there is a page to go back to.
        self.has_next_page = window.before is not None if window.backwards else more
        self.has_previous_page = more if window.backwards else window.after is not None

    @property
    def edges(self) -> list[Edge[T]]:
        return [Edge(node, self._place) for node in self.nodes]

    @property
    def page_info(self) -> "Connection[T]":
        return self

    @property
    def start_cursor(self) -> str | None:
        return self._place.cursor(self.nodes[0]) if self.nodes else None

    @property
    def end_cursor(self) -> str | None:
        return self._place.cursor(self.nodes[-1]) if self.nodes else None
