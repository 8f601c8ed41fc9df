"""Global ids: the type and the number of a row, opaque on the wire, as Relay asks for."""

from base64 import urlsafe_b64decode
from binascii import Error, b2a_base64
from dataclasses import dataclass
from functools import cache
from typing import NewType

MOST = 2**63 - 1
KEPT = 1 << 14

GlobalId = NewType("GlobalId", str)
"""An id as clients send it, of whatever type."""


@dataclass(frozen=True)
class IdOf:
    """Marks a resolver's parameter as the id of a row: `comment_id: Annotated[int, IdOf("Comment")]`."""

    type_name: str


def global_id(type_name: str, number: int) -> str:
    """The id of a row, as clients see it."""
    return ids_of(type_name)[number]


class Ids(dict[int, str]):
    """The ids of one type's rows, by number: what is on the pages of the day is asked for again and again."""

    def __init__(self, type_name: str) -> None:
        self._start = type_name.encode()

    def __missing__(self, number: int) -> str:
        if len(self) >= KEPT:
            self.clear()
        # of such a text, the plain alphabet uses no character that the URL-safe one replaces
        made = b2a_base64(b"%b:%d" % (self._start, number), newline=False).rstrip(b"=").decode()
        self[number] = made
        return made


ids_of = cache(Ids)


def parse(text: str) -> tuple[str, int] | None:
    """The type and number that an id names; null if it is none of ours."""
    try:
        type_name, _, number = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition(":")
    except (Error, ValueError):
        return None
    if not (number.isascii() and number.isdigit()) or len(number) > 19 or not 0 < int(number) <= MOST:
        return None
    return type_name, int(number)
