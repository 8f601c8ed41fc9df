"""Screening of names: what is no name of a person, such as links, markup, telephone numbers, and the names of staff."""

import re
import unicodedata

from refusals import ProblemCode, Refusal
from resolvers.names import TITLES

MAX_ACCENTS = 4
"""Accents on one letter; Vietnamese, Hebrew and Arabic names have up to three."""
MAX_MARKS = 8
"""Marks of any kind in a row; Tibetan and Burmese syllables have up to six."""
MAX_DIGITS = 4

# letters and symbols that are drawn as nothing: fillers of Hangul and Khmer, the empty pattern of Braille
_BLANK = re.compile("[\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]")
# characters of markup, formulas and separators; a slash and an ampersand are in names: "Kumar a/l Raj", "Ada & Ben"
_MARKUP = re.compile(r"[<>{}\[\]|\\^~`*_#=$%;]|^[+@-]")
_LINK = re.compile(r"://|www\.", re.IGNORECASE)
_DOMAIN = re.compile(r"([\w-]{2,})\.(?:[a-z]{2,24}|[A-Z]{2,24})(?![\w.])")


def check_name(text: str, field: str) -> None:
    """Refuse what is no name of a person; the message says what to change."""
    if has_blank_letters(text):
        message = "This name has characters that can't be seen: write it with letters."
    elif is_link(text) or has_no_letters(text):
        message = "This does not look like a name: write letters, without links or e-mail addresses."
    elif has_markup(text):
        message = "This does not look like a name: leave out signs such as < > = and *."
    elif has_many_digits(text):
        message = "This does not look like a name: leave out the number."
    elif has_stacked_marks(text):
        message = "This name has too many accents on one letter: leave some out."
    else:
        return
    raise Refusal(ProblemCode.REJECTED_CONTENT, message, field)


def has_no_letters(text: str) -> bool:
    return not any(character.isalpha() for character in text)


def has_blank_letters(text: str) -> bool:
    return bool(_BLANK.search(text))


def has_stacked_marks(text: str) -> bool:
    """Return whether marks are piled up on a letter, so that they cover the lines above and below."""
    if text.isascii():
        return False
    marks = accents = 0
    for character in unicodedata.normalize("NFD", text):
        marks = marks + 1 if unicodedata.category(character)[0] == "M" else 0
        accents = accents + 1 if unicodedata.combining(character) else 0
        if marks > MAX_MARKS or accents > MAX_ACCENTS:
            return True
    return False


def is_link(text: str) -> bool:
    """Return whether the text has a web or e-mail address; "St.Clair" and "dr.ada" are names."""
    left = (match[1].casefold() for match in _DOMAIN.finditer(text))
    return "@" in text or bool(_LINK.search(text)) or any(word not in TITLES | {"st"} for word in left)


def has_markup(text: str) -> bool:
    return bool(_MARKUP.search(text))


def has_many_digits(text: str) -> bool:
    return sum(map(str.isdigit, text)) > MAX_DIGITS


# ---------------------------------------------------------------- names of staff

# words that no person's name has, and that make a name look official
_OFFICIAL_WORDS = (
    "admin administrator administrators administration moderator moderators moderation webmaster official helpdesk"
    " support team organiser organisers organizer organizers"
).split()
_OFFICIAL_NAMES = ("staff", "the staff", "campaign staff", "site staff", "staff member")  # Staff is a family name too
# letters of other scripts, digits and strokes that look like Latin letters; l and I look like each other
_LOOK_ALIKES = str.maketrans(
    "\u0430\u0441\u0501\u0435\u043d\u0456\u0458\u043a\u043c\u043e\u0440\u0455\u0442\u0443\u0445\u0432"  # Cyrillic
    "\u03b1\u03b5\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7"  # Greek
    "\u0131l|013457",
    "acdehijkmopstyxb" + "aeikvoptux" + "iiioieast",
)
_WORD_ENDS = re.compile(r"[\W_]+")


def check_not_official(given_name: str, family_name: str | None, site_name: str) -> None:
    """Refuse a name by which others would take a person for staff: "Campaign Team", or the name of the site.

    The names of partners are not refused: a person may be called as an organisation is, and the badge tells them apart.
    """
    words, site = _skeleton(f"{given_name} {family_name or ''}"), _skeleton(site_name)
    is_of_site = bool(site) and words[: len(site)] == site
    if is_of_site or not _OFFICIAL_SKELETONS.isdisjoint(words) or "".join(words) in _WHOLE_SKELETONS:
        message = "This name could be taken for that of the campaign's staff: write your own."
        raise Refusal(ProblemCode.REJECTED_CONTENT, message, "givenName")


def _skeleton(text: str) -> list[str]:
    """Return the words of a text so that those that look alike are equal (UTS #39, for a few scripts)."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    return [word for word in _WORD_ENDS.split(plain.casefold().translate(_LOOK_ALIKES)) if word]


_OFFICIAL_SKELETONS = frozenset(word for official in _OFFICIAL_WORDS for word in _skeleton(official))
_WHOLE_SKELETONS = _OFFICIAL_SKELETONS | {"".join(_skeleton(name)) for name in _OFFICIAL_NAMES}
