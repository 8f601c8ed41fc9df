"""The name that others see, made from a person's own, their choice and the campaign's ceiling."""

import unicodedata

from models import NameDisplay

ANONYMOUS_NAME = "A supporter"


def display_name(given_name: str, family_name: str | None, display: NameDisplay) -> str:
    """ "Katharina Sommer", "Katharina S.", "K. S." or "A supporter"."""
    if display is NameDisplay.ANONYMOUS:
        return ANONYMOUS_NAME
    if display is NameDisplay.FULL_NAME:
        return " ".join(filter(None, (given_name, family_name)))
    initials = f"{_initial(family_name)}." if family_name else ""
    first = given_name if display is NameDisplay.FIRST_NAME_INITIAL else f"{_initial(given_name)}."
    return " ".join(filter(None, (first, initials)))


def _initial(name: str) -> str:
    """The first letter with the marks that belong to it: a letter may be several code points (UAX #29)."""
    name = name.strip()
    end = 1
    while end < len(name) and (
        unicodedata.combining(name[end])
        or unicodedata.category(name[end]) in ("Mn", "Mc", "Me")
        or name[end] == "\u200d"
    ):
        end += 1
    return name[:end].upper()
