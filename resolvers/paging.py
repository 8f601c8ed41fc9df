"""Pagination: the arguments `first`, `after`, `last` and `before`, signed cursors, and connections."""

from base64 import urlsafe_b64decode
from binascii import Error, b2a_base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from hmac import compare_digest
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

import storage
from refusals import InputReason, ProblemCode, Refusal, invalid
from storage import keyset
from storage.keyset import Key, Order, Window
from storage.rows import Names, Row

T = TypeVar("T", bound=Row)
MAX_PAGE_SIZE = 100
_MAC_BYTES = 12
_TO_URL_SAFE = bytes.maketrans(b"+/", b"-_")


class Page(NamedTuple):
    """The paging arguments of a list, as a client gave them. `field()` adds the arguments to the schema."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    def window(self, cursors: "CursorCodec", default: int) -> Window:
        """Check the arguments, and return the window of rows to read: one more than shown, to see if there are more."""
        if self.first is not None and self.last is not None:
            raise invalid("Give `first` or `last`, not both.", "first", reason=InputReason.NOT_ALLOWED)
        for name, size in (("first", self.first), ("last", self.last)):
            if size is not None:
                check_list_size(size, MAX_PAGE_SIZE, name)
        limit, backwards = (self.last or self.first or default) + 1, self.last is not None
        if self.after is None and self.before is None:
            return _unbounded(limit, backwards)
        after = None if self.after is None else cursors.read(self.after)
        return Window(limit, backwards, after, None if self.before is None else cursors.read(self.before))

    def window_of_level(self, cursors: "Sequence[CursorCodec]", default: int) -> Window:
        """Return the one window of many lists. A cursor is good for one list only, so two lists refuse a cursor."""
        if self.after is not None or self.before is not None:
            for other in cursors[1:]:
                self.window(other, default)
        return self.window(cursors[0], default)

    def check_around(self) -> None:
        """Refuse arguments that contradict `around`, which sets the place of the page itself."""
        for name in ("after", "last", "before"):
            if getattr(self, name) is not None:
                message = "Give `around` or `{other}`, not both; the size of the page is `first`."
                raise invalid(message, name, reason=InputReason.NOT_ALLOWED, other=name)


class ForwardPage(NamedTuple):
    """The paging arguments of a list that is read in one direction only, as a client gave them."""

    first: int | None = None
    after: str | None = None

    def limit(self, default: int) -> int:
        """Check the size, and return the number of rows to read: one more than shown, to see if there are more."""
        if self.first is not None:
            check_list_size(self.first, MAX_PAGE_SIZE, "first")
        return (self.first or default) + 1


def check_list_size(size: int, most: int, *path: str) -> None:
    """Refuse a number of list items that is not from 1 to `most`."""
    if not 1 <= size <= most:
        limit = 1 if size < 1 else most
        message = "Ask for 1 to {most} at once."
        raise invalid(message, *path, reason=InputReason.OUT_OF_RANGE, limit=limit, most=most)


@lru_cache
def _unbounded(limit: int, backwards: bool) -> Window:
    return Window(limit, backwards)


@dataclass(slots=True)
class CursorCodec:
    """Encode and decode the cursors of one list, which is identified by its sort and its name (parent and filters)."""

    secret: bytes
    name: str
    sort: Order

    def cursor(self, row: Row) -> str:
        """Return the row's cursor: its sort key, signed for this list only."""
        return self.sign(self.sort.key(row))

    def sign(self, key: Key) -> str:
        return self.sign_bytes(orjson.dumps(key))

    def sign_bytes(self, body: bytes) -> str:
        return b2a_base64(self._mac(body) + body).translate(_TO_URL_SAFE, b"=\n").decode()

    def read(self, cursor: str) -> Key:
        """Return the sort key of a cursor. Refuse a cursor that was altered or is from another list."""
        values = orjson.loads(self.read_bytes(cursor))
        return tuple(
            datetime.fromisoformat(value) if name.endswith("_at") else value
            for name, value in zip(self.sort.columns, values, strict=True)
        )

    def read_bytes(self, cursor: str) -> bytes:
        """Return what a cursor holds. Refuse a cursor that was altered or is from another list."""
        try:
            raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        except (Error, ValueError):
            raw = b""
        if not compare_digest(raw[:_MAC_BYTES], self._mac(raw[_MAC_BYTES:])):
            raise _wrong_cursor()
        return raw[_MAC_BYTES:]

    def _mac(self, body: bytes) -> bytes:
        mac = _sort_hash(self.secret, self.sort).copy()
        mac.update(f"{self.name}\0".encode() + body)
        return mac.digest()


@lru_cache
def _sort_hash(secret: bytes, sort: Order) -> blake2b:
    """Return a hash that has consumed the key and the sort, to copy for each cursor."""
    return blake2b(f"{sort.name}:".encode(), key=secret, digest_size=_MAC_BYTES)


class SealedCursorCodec(CursorCodec):
    """Cursors of a list of rows about people: encrypted, because a sort key holds the number of the row."""

    def sign_bytes(self, body: bytes) -> str:
        return super().sign_bytes(_sealing(self.secret).encrypt(body, None))

    def read_bytes(self, cursor: str) -> bytes:
        try:
            return _sealing(self.secret).decrypt(super().read_bytes(cursor), None)
        except InvalidTag:  # a cursor from before these cursors were encrypted
            raise _wrong_cursor() from None


@lru_cache
def _sealing(secret: bytes) -> AESSIV:
    """Return the cipher of cursors (RFC 5297). It is deterministic: the cursor of a row stays the same."""
    return AESSIV(HKDF(SHA256(), 32, salt=None, info=b"groundswell cursors").derive(secret))


def _wrong_cursor() -> Refusal:
    return Refusal(
        ProblemCode.INVALID_CURSOR,
        "This cursor is not from this list: use one with the sort, filters and parent it came from.",
    )


class Cursors(Protocol):
    """Give each row of a page its cursor."""

    def cursor(self, row: Any) -> str: ...


class Edge(Generic[T]):
    __slots__ = ("_cursors", "node")

    def __init__(self, node: T, cursors: Cursors) -> None:
        self.node = node
        self._cursors = cursors

    @property
    def cursor(self) -> str:
        return self._cursors.cursor(self.node)


class Connection(Generic[T]):
    """A page of rows as a Relay connection. Cursors are computed only if the query selects them."""

    __slots__ = ("_cursors", "has_next_page", "has_previous_page", "nodes", "total_count")

    def __init__(self, rows: list[T], window: Window, cursors: Cursors, total: int = 0) -> None:
        more = len(rows) >= window.limit if window.peeks else total > len(rows)
        self.nodes = (rows[1:] if window.backwards else rows[:-1]) if more and window.peeks else rows
        self.total_count = total
        self._cursors = cursors
        # The row of the given cursor lies outside of the page, so there is a page on that side.
        self.has_next_page = window.before is not None if window.backwards else more
        self.has_previous_page = more if window.backwards else window.after is not None

    @classmethod
    def around(cls, rows: list[T], key: Key, size: int, cursors: CursorCodec, total: int) -> "Connection[T]":
        """Return the page around a sort key: half of its rows before the key. At an end, the other side fills the page.

        Of the sorted rows on each side of the key, `rows` must have one more than the page, if there are as many.
        """
        sort = cursors.sort
        split = sum(sort.precedes(sort.key(row), key) for row in rows)
        before, behind = rows[:split][-size - 1 :], rows[split:][: size + 1]
        count = min(len(before), size - min(len(behind), size - size // 2))
        nodes = [*before[len(before) - count :], *behind[: size - count]]
        connection = cls(nodes, Window(len(nodes) + 1), cursors, total)
        connection.has_previous_page = len(before) > count
        connection.has_next_page = len(behind) > size - count
        return connection

    @property
    def edges(self) -> list[Edge[T]]:
        return [Edge(node, self._cursors) for node in self.nodes]

    @property
    def page_info(self) -> "Connection[T]":
        return self

    @property
    def start_cursor(self) -> str | None:
        return self._cursors.cursor(self.nodes[0]) if self.nodes else None

    @property
    def end_cursor(self) -> str | None:
        return self._cursors.cursor(self.nodes[-1]) if self.nodes else None


async def pages_of_campaigns(
    model: type[T],
    campaign_ids: Iterable[int],
    sort: Order,
    window: Window,
    names: Names = None,
    *,
    where: str = "true",
) -> dict[int, list[T]]:
    """Return one page of the rows of each campaign, in one statement; `where` is a condition besides the campaign."""
    return await pages_of_parents(model, "campaign_id", campaign_ids, sort, window, names, where=where)


async def pages_of_parents(
    model: type[T],
    column: str,
    parent_ids: Iterable[int],
    sort: Order,
    window: Window,
    names: Names = None,
    *,
    where: str = "true",
) -> dict[int, list[T]]:
    """Return one page of the rows of each parent, whose id is in the column, in one statement."""
    ids = sorted(set(parent_ids))  # one parent may stand at several places of a level
    if len(ids) == 1:  # a page of one parent has the cheaper plan
        return {ids[0]: await keyset.page(model, f"r.{column} = $1 AND {where}", ids, sort, window, names)}
    where = f"r.{column} = e.value AND {where}"
    rows = await keyset.pages(model, "{ids $1}", where, (storage.json_list(ids),), sort, window, names)
    return sort_groups(rows, column, sort)


def sort_groups(rows: list[T], column: str, sort: Order) -> dict[int, list[T]]:
    """Group the rows by a column and sort each group: many small sorts take less time than one of all rows."""
    return {group_id: keyset.sort_rows(group, sort) for group_id, group in storage.group_by(rows, column).items()}
