"""The name that others see, made from a person's own, their choice and the campaigns' ceilings."""

import unicodedata

import regex  # the standard library's re knows no grapheme clusters

from models import NameDisplay

ANONYMOUS_NAME = "A supporter"
TITLES = frozenset("mr mrs ms miss mx sir dame dr prof herr frau hr fr sr sra srta mme mlle".split())

# what a reader takes for one character: an accent, a vowel sign or an emoji's parts belong to it (UAX #29)
_CHARACTER = regex.compile(r"\X")
# controls and what overrides the direction of writing; not the joiners, which Persian, Indic scripts and emoji need
_INVISIBLE = regex.compile(r"(?![\u200c\u200d\s])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]")


def display_name(
    given_name: str, family_name: str | None, display: NameDisplay, family_name_first: bool = False
) -> str:
    """ "Katharina Sommer", "Katharina S.", "K. S." or "A supporter"; with the family name first, "S. Katharina".

    A family name of one character, as many Chinese and Korean ones are, is shown by FULL_NAME alone, because its
    initial is all of it.
    """
    given, family = _words(given_name), _words(family_name or "")
    if display is NameDisplay.ANONYMOUS:
        return ANONYMOUS_NAME
    if display is not NameDisplay.FULL_NAME:
        given, family = _without(given, family), _abbreviated(family)
    if display is NameDisplay.INITIALS:
        given = [_initial(letter) for letter in _letters(_untitled(given))[:1]]
    shown = [" ".join(words) for words in (given, family) if words]
    return unicodedata.normalize("NFC", " ".join(shown[::-1] if family_name_first else shown)) or ANONYMOUS_NAME


def _words(text: str) -> list[str]:
    if text.isascii() and text.isprintable():
        return text.split()
    words = _INVISIBLE.sub("", unicodedata.normalize("NFC", text)).split()
    return [word for word in words if _shows(word)]


def _shows(text: str) -> bool:
    """Whether there is anything to see: joiners and marks alone are nothing."""
    return any(unicodedata.category(character)[0] in "LNPS" for character in text)


def _without(given: list[str], family: list[str]) -> list[str]:
    """The given name, should someone have written the family name there too."""
    hidden = {word.casefold() for word in family}
    return [word for word in given if word.casefold() not in hidden] or given


def _abbreviated(family: list[str]) -> list[str]:
    letters = _letters(family)
    return [_initial(letters[0])] if len(letters) > 1 else []


def _untitled(given: list[str]) -> list[str]:
    return [word for word in given if not _is_title(word)] or given


def _is_title(word: str) -> bool:
    """ "Dr.", "Prof" and the like; "J." is a name."""
    return word.rstrip(".").casefold() in TITLES or (word.endswith(".") and len(word) > 2)


def _letters(words: list[str]) -> list[str]:
    """The characters that are letters; all of them, if none is."""
    characters = [character for word in words for character in _characters(word)]
    return [character for character in characters if any(map(str.isalpha, character))] or characters


def _characters(text: str) -> list[str]:
    return list(text) if text.isascii() else _CHARACTER.findall(text)


def _initial(letter: str) -> str:
    """Its capital, cut to one letter where that would be two: "ß" gives "S."."""
    return f"{_characters(unicodedata.normalize('NFC', letter.title()))[0]}."
