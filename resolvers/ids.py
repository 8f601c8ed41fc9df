"""Global ids: the type and the number of a row, opaque on the wire, as Relay asks for."""

from base64 import urlsafe_b64decode
from binascii import Error, b2a_base64
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NewType

MOST = 2**63 - 1

GlobalId = NewType("GlobalId", str)
"""An id as clients send it, of whatever type."""


@dataclass(frozen=True)
class Of:
    """Marks a resolver's parameter as the id of a row: `comment_id: Annotated[int, Of("Comment")]`."""

    type_name: str


def global_id(type_name: str, number: int) -> str:
    """The id of a row, as clients see it."""
    return namer(type_name)(number)


@cache
def namer(type_name: str) -> Callable[[int], str]:
    """What gives the ids of the rows of one type."""
    start = type_name.encode()

    @lru_cache(1 << 14)  # what is on the pages of the day is asked for again and again
    def named(number: int) -> str:
        # of such a text, the plain alphabet uses no character that the URL-safe one replaces
        return b2a_base64(b"%b:%d" % (start, number), newline=False).rstrip(b"=").decode()

    return named


def parse(text: str) -> tuple[str, int] | None:
    """The type and number that an id names; null if it is none of ours."""
    try:
        type_name, _, number = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition(":")
    except (Error, ValueError):
        return None
    if not (number.isascii() and number.isdigit()) or len(number) > 19 or not 0 < int(number) <= MOST:
        return None
    return type_name, int(number)
