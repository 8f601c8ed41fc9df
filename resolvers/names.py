"""Abbreviating names: initials by grapheme cluster, titles, scripts and invisible characters."""

import unicodedata
from itertools import takewhile
from typing import NamedTuple

import regex  # the standard library's re knows no grapheme clusters

from models import NameDisplay, Supporter
from models.supporters import ANONYMOUS_NAME as ANONYMOUS_NAME

TITLES = frozenset("mr mrs ms miss mx sir dame dr prof herr frau hr fr sr sra srta mme mlle".split())

# one grapheme cluster (UAX #29): a character with its accents and vowel signs, or an emoji with all its parts
_GRAPHEME = regex.compile(r"\X")
# control characters and overrides of the writing direction; not the joiners: Persian, Indic scripts and emoji need them
_INVISIBLE = regex.compile(r"(?![\u200c\u200d\s])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]")


class PublicNames(NamedTuple):
    """The three spellings of a person's name that are stored, from most to least of the name."""

    display_name: str
    first_name_initial: str
    initials: str

    def capped(self, ceiling: NameDisplay) -> str:
        """Return the longest spelling that shows no more of the name than the ceiling."""
        spellings = {
            NameDisplay.FULL_NAME: self.display_name,
            NameDisplay.FIRST_NAME_INITIAL: self.first_name_initial,
            NameDisplay.INITIALS: self.initials,
        }
        return spellings.get(ceiling, ANONYMOUS_NAME)


def parted_name(given_name: str, family_name: str | None, family_name_first: bool) -> tuple[str, str | None]:
    """Return the given and the family name of a person who may have typed both into one field.

    Without a family name, every word but the first is taken for it, and the first if the family name comes first: to
    hide a second given name does no harm, and to show a family name may. Titles stay with the given name; "Sommer,
    Katharina" says itself which is which. A family name that also stands in the given name is removed there.
    """
    words = given_name.split()
    if given_name == ANONYMOUS_NAME:  # of a person who gave none
        return given_name, family_name
    if family_name:
        return " ".join(_without_family_words(words, family_name.split())), family_name
    family, comma, given = (part.strip() for part in given_name.partition(","))
    if comma and family and given:
        return given, family
    titles = sum(1 for _ in takewhile(_is_title, words[:-1]))
    if family_name_first:
        given = " ".join([*words[:titles], *words[titles + 1 :]])
        return given or given_name, _joined(words[titles : titles + 1], words)
    return " ".join(words[: titles + 1]), _joined(words[titles + 1 :], words)


def _joined(family: list[str], words: list[str]) -> str | None:
    """Return a family name; None if there is none, or it is all of the name."""
    return " ".join(family) if family and family != words else None


def public_names(
    given_name: str, family_name: str | None, display: NameDisplay, family_name_first: bool = False
) -> PublicNames:
    """Return the name of a person who chose `display`, and its shorter spellings for lists with a stricter ceiling."""
    ceilings = (NameDisplay.FULL_NAME, NameDisplay.FIRST_NAME_INITIAL, NameDisplay.INITIALS)
    return PublicNames(
        *(display_name(given_name, family_name, display.capped(ceiling), family_name_first) for ceiling in ceilings)
    )


def names_of(supporter: Supporter) -> PublicNames:
    """Return the stored names of a supporter."""
    return PublicNames(supporter.display_name, supporter.first_name_initial, supporter.initials)


def display_name(
    given_name: str, family_name: str | None, display: NameDisplay, family_name_first: bool = False
) -> str:
    """Return "Katharina Sommer", "Katharina S.", "K. S." or "A supporter"; "S. Katharina" with the family name first.

    A family name of one character, as many Chinese and Korean ones are, is shown by FULL_NAME alone, because its
    initial is the whole name.
    """
    given, family = _words(given_name), _words(family_name or "")
    if display is NameDisplay.ANONYMOUS:
        return ANONYMOUS_NAME
    if display is not NameDisplay.FULL_NAME:
        given, family = _without_family_words(given, family), _family_initial(family)
    if display is NameDisplay.INITIALS:
        given = [_initial(letter) for letter in _letters(_without_titles(given))[:1]]
    shown = [" ".join(words) for words in (given, family) if words]
    return unicodedata.normalize("NFC", " ".join(shown[::-1] if family_name_first else shown)) or ANONYMOUS_NAME


def _words(text: str) -> list[str]:
    if text.isascii() and text.isprintable():
        return text.split()
    words = _INVISIBLE.sub("", unicodedata.normalize("NFC", text)).split()
    return [word for word in words if _is_visible(word)]


def _is_visible(text: str) -> bool:
    """Return whether the text has a visible character: joiners and combining marks alone are invisible."""
    return any(unicodedata.category(character)[0] in "LNPS" for character in text)


def _without_family_words(given: list[str], family: list[str]) -> list[str]:
    """Remove the family name from the given name, where someone has written it in both fields."""
    family_words = {word.casefold() for word in family}
    return [word for word in given if word.casefold() not in family_words] or given


def _family_initial(family: list[str]) -> list[str]:
    letters = _letters(family)
    return [_initial(letters[0])] if len(letters) > 1 else []


def _without_titles(given: list[str]) -> list[str]:
    return [word for word in given if not _is_title(word)] or given


def _is_title(word: str) -> bool:
    """Recognise titles such as "Dr." and "Prof"; "J." is a name."""
    return word.rstrip(".").casefold() in TITLES or (word.endswith(".") and len(word) > 2)


def _letters(words: list[str]) -> list[str]:
    """Return the graphemes that are letters, or all graphemes if none is a letter."""
    characters = [character for word in words for character in _graphemes(word)]
    return [character for character in characters if any(map(str.isalpha, character))] or characters


def _graphemes(text: str) -> list[str]:
    return list(text) if text.isascii() else _GRAPHEME.findall(text)


def _initial(letter: str) -> str:
    """Return the capital of a letter with a dot, cut to one letter where the capital has two: "ß" gives "S."."""
    return f"{_graphemes(unicodedata.normalize('NFC', letter.title()))[0]}."
