"""Global ids: encode the type and id of a row into one opaque id, as in the Relay specification.

The ids of what is public anyway hold the number of the row. Those of people, and of what people did, are sealed:
whoever could count them up would find people who are shown nowhere, and learn how many there are and who came first.
"""

from base64 import urlsafe_b64decode
from binascii import Error, b2a_base64
from dataclasses import dataclass
from functools import cache
from typing import NewType

from storage import sealed_ids

MAX_ROW_ID = 2**63 - 1
ANONYMOUS_ID = 0
"""The id in the global id of the anonymous visitor, `Viewer:0`."""
MAX_ID_LENGTH = 100
"""The longest global id has 48 characters."""
CAMPAIGN_BITS, PERSON_BITS = 23, 40  # of the row id in an alias; with its first bit they are 64
MAX_CACHED_IDS = 1 << 14  # of each type
SEALED_TYPES = frozenset({"Activity", "ApiKey", "Donation", "ErasureReceipt", "Signature", "Supporter", "Viewer"})
"""The types whose global ids do not tell the row: people, and what they did but did not publish."""

GlobalId = NewType("GlobalId", str)
"""A global id of any type."""
SecretId = NewType("SecretId", str)
"""An id that only the client has that it was given to; no id of a row that `node` finds."""


@dataclass(frozen=True)
class IdOf:
    """Mark a resolver's parameter as the id of a row: `comment_id: Annotated[int, IdOf("Comment")]`."""

    type_name: str


def global_id(type_name: str, row_id: int) -> str:
    """Return the global id of a row."""
    return ids_of(type_name)[row_id]


def alias_id(supporter_id: int, campaign_id: int) -> int:
    """Return a row id to seal for a person on one campaign. No row has it, and other campaigns have other ones."""
    campaign, person = campaign_id % (1 << CAMPAIGN_BITS), supporter_id % (1 << PERSON_BITS)
    return 1 << (CAMPAIGN_BITS + PERSON_BITS) | campaign << PERSON_BITS | person


class GlobalIdCache(dict[int, str]):
    """A cache of the global ids of one type by row id: pages show the same rows again and again."""

    def __init__(self, type_name: str) -> None:
        self._type_name = type_name.encode()

    def __missing__(self, row_id: int) -> str:
        if len(self) >= MAX_CACHED_IDS:
            self.clear()
        # base64 of ASCII letters, digits and ':' has no '+' or '/', so it is URL-safe
        encoded = b2a_base64(b"%b:%d" % (self._type_name, row_id), newline=False).rstrip(b"=").decode()
        self[row_id] = encoded
        return encoded


@cache
def ids_of(type_name: str) -> dict[int, str]:
    """Return the global ids of a type, by row id."""
    return sealed_ids.ids_of(type_name) if type_name in SEALED_TYPES else GlobalIdCache(type_name)


for _type_name in SEALED_TYPES:  # `parse` knows the types that are sealed, also before the first id of one is shown
    ids_of(_type_name)


def parse(text: str) -> tuple[str, int] | None:
    """Return the type and row id of a global id; None if the text is not a global id.

    No row has the id 0; only `Viewer:0` is the global id of an object, the anonymous visitor.
    """
    if len(text) > MAX_ID_LENGTH:
        return None
    type_name, row_id = sealed_ids.unseal(text) or _open_id(text) or ("", 0)
    if row_id > MAX_ROW_ID and type_name == "Supporter":  # an alias, by which nobody finds the person
        return type_name, MAX_ROW_ID
    if not (0 < row_id <= MAX_ROW_ID or (type_name == "Viewer" and row_id == ANONYMOUS_ID)):
        return None
    return type_name, row_id


def _open_id(text: str) -> tuple[str, int] | None:
    """Return what an id of a type that is not sealed holds. Such an id of a sealed type was guessed."""
    try:
        type_name, _, digits = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition(":")
    except (Error, ValueError):
        return None
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 19 or type_name in SEALED_TYPES:
        return None
    return type_name, int(digits)
