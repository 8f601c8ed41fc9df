"""Screening of user input: normalise and validate texts, an ordered list of one-question functions for comments."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import TypeVar

from babel import Locale
from babel.numbers import list_currencies

from models import MAX_SAFE_INT, URL, CurrencyCode, HoldReason, SafeInt, emails
from refusals import InputReason, MessageText, ProblemCode, Refusal, invalid
from resolvers import name_screening
from settings import Settings

_LINK = re.compile(r"https?://|www\.", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s/?#@]+(?:[/?#]\S*)?", re.IGNORECASE)
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
# one character before the @ and one after the dot: with more, every letter of a long word would be a start to try
_EMAIL_INSIDE = re.compile(r"[\w.+-]@[\w-]+\.[\w.-]")
_PHONE_INSIDE = re.compile(r"\+\d[\d ()./-]{7,}\d")
# C0 and C1 controls except tab and newline; bidirectional overrides, which change the order in which a text is shown
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
_BLANK_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"  # fillers of Hangul and of Braille

# ISO 3166-1 by the data of CLDR, which also names groups of countries, parts of countries and placeholders
_NO_COUNTRIES = set("AC CP CQ DG EA EU EZ IC QO TA UN XA XB ZZ".split())
_COUNTRIES = {code for code in map(str, Locale("en").territories) if re.fullmatch("[A-Z]{2}", code)} - _NO_COUNTRIES
_CURRENCIES = list_currencies() - {"XTS", "XXX"}  # also those that are no longer in use: old donations are in them

MAX_CODE_POINTS_PER_CHARACTER = 4
"""Maximum code points of a character before it is normalised: a Greek letter with three marks has four."""
MAX_MARKS = 16
"""Combining marks in a row. The scripts of the world have few; only decoration and attacks have more."""
_TOO_MANY_MARKS = b"\1" * (MAX_MARKS + 1)
MAX_SEARCH_LENGTH = 200
MAX_SEARCH_WORDS = 10

T = TypeVar("T")
Time = TypeVar("Time", date, datetime)
TooLong = Callable[[str, int], Refusal]
"""Returns the refusal of a text that is longer than a number of characters."""
CommentCheck = Callable[[str, Settings, str], None]


def _text_too_long(field: str, limit: int) -> Refusal:
    message = "This text is too long: at most {limit} characters fit."
    return invalid(message, field, reason=InputReason.TOO_LONG, limit=limit)


def _comment_too_long(field: str, limit: int) -> Refusal:
    message = "The comment is too long: at most {limit} characters fit."
    return invalid(message, field, reason=InputReason.TOO_LONG, limit=limit)


def comment(body: str, settings: Settings, field: str = "body") -> str:
    """Return the body as it is stored, or raise a Refusal that says what to change."""
    body = tidy(body, field, settings.comment_length, _comment_too_long)
    for check in COMMENT_CHECKS:
        check(body, settings, field)
    return body


def tidy(text: str, field: str, max_length: int, too_long: TooLong = _text_too_long) -> str:
    """Normalise a text: Unicode NFC, newlines as LF, no white space around.

    Normalising sorts the combining marks of each letter, in time that grows with the square of their number. So a text
    is refused first that cannot fit in `max_length`, and one with more marks on a letter than any script has. Whether
    the normalised text fits is for the caller to check.
    """
    if len(text) > MAX_CODE_POINTS_PER_CHARACTER * max_length:
        raise too_long(field, max_length)
    _check_few_marks(text, field)
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _check_few_marks(text: str, field: str) -> None:
    if not text.isascii() and _TOO_MANY_MARKS in bytes(map(bool, map(unicodedata.combining, text))):
        message = "A letter has more than {most} accents or other marks: take some away."
        raise Refusal(ProblemCode.REJECTED_CONTENT, message, field, most=MAX_MARKS)


def check_not_empty(body: str, settings: Settings, field: str) -> None:
    if not _is_visible(body):
        raise invalid("The comment is empty: write something.", field, reason=InputReason.EMPTY)


def _is_visible(text: str) -> bool:
    """Return whether the text has a visible character: spaces, joiners and combining marks alone show nothing."""
    return any(unicodedata.category(letter)[0] in "LNPS" and letter not in _BLANK_LETTERS for letter in text)


def check_length(body: str, settings: Settings, field: str) -> None:
    _check_length(body, field, settings.comment_length, _comment_too_long)


def check_control_characters(body: str, settings: Settings, field: str) -> None:
    check_no_control_characters(body, field)


COMMENT_CHECKS: tuple[CommentCheck, ...] = (
    # emptiness first: any other message about an empty text would confuse its author
    check_not_empty,
    # then the length, which bounds the cost of the checks that follow
    check_length,
    # invisible characters can hide text from a moderator
    check_control_characters,
)


def hold_reason(body: str, settings: Settings) -> HoldReason | None:
    """Return why a moderator must read the comment before the public does; None if it may appear at once."""
    return next((reason for reason, is_held in HOLD_REASONS.items() if is_held(body, settings)), None)


def hold_message(reason: HoldReason, settings: Settings) -> MessageText:
    """Return what the author of a held comment may do about the reason."""
    if reason is HoldReason.MANY_LINKS:
        return MessageText("The comment has many links; up to {most} need no check.", most=settings.comment_links)
    return MessageText("The comment holds an e-mail address or a telephone number: leave it out.")


def many_links(body: str, settings: Settings) -> bool:
    return len(_LINK.findall(body)) > settings.comment_links


def contact_details(body: str, settings: Settings) -> bool:
    return bool(_EMAIL_INSIDE.search(body) or _PHONE_INSIDE.search(body))


HOLD_REASONS: Mapping[HoldReason, Callable[[str, Settings], bool]] = {
    # contact details can put a person in danger, even if the person has posted them
    HoldReason.CONTACT_DETAILS: contact_details,
    # spam consists of links
    HoldReason.MANY_LINKS: many_links,
}


def line(text: str, field: str, max_length: int) -> str:
    """Return a text as one line, not empty, of at most `max_length` characters."""
    return _checked(" ".join(tidy(text, field, max_length).split()), field, max_length)


def name(text: str, field: str) -> str:
    """Return part of a name: any script, at least one letter, and nothing else than a name (`name_screening`)."""
    text = line(text, field, 100)
    name_screening.check_name(text, field)
    return text


def family_name(text: str | None) -> str | None:
    return name(text, "familyName") if text and text.strip() else None


def article(text: str, field: str, max_length: int = 100_000) -> str:
    """Return a longer text of a campaigner, not empty, of at most `max_length` characters."""
    return _checked(tidy(text, field, max_length), field, max_length)


def _checked(text: str, field: str, max_length: int) -> str:
    check_given(text, field)
    _check_length(text, field, max_length)
    check_no_control_characters(text, field)
    check_given(text if _is_visible(text) else "", field)
    return text


def check_given(text: str, field: str) -> None:
    """Refuse an empty text."""
    if not text:
        raise invalid("This is empty: fill it in.", field, reason=InputReason.EMPTY)


def _check_length(text: str, field: str, max_length: int, too_long: TooLong = _text_too_long) -> None:
    if len(text) > max_length:
        raise too_long(field, max_length)


def list_length(items: list[T], field: str, max_length: int) -> list[T]:
    """Return a list of at most `max_length` entries."""
    if len(items) > max_length:
        message = "These are too many entries: at most {limit} fit."
        raise invalid(message, field, reason=InputReason.TOO_LONG, limit=max_length)
    return items


def search_words(text: str, field: str) -> list[str]:
    """Return the words to search for, in the case and spelling that is stored for the search."""
    _check_length(text, field, MAX_SEARCH_LENGTH)
    return replace_null_bytes(tidy(text, field, MAX_SEARCH_LENGTH)).casefold().split()[:MAX_SEARCH_WORDS]


def slug(text: str) -> str:
    check_given(text, "slug")
    _check_length(text, "slug", 80)
    if not _SLUG.fullmatch(text):
        raise invalid("Write lower-case letters, digits and single hyphens.", "slug")
    return text


def url(text: str, field: str) -> URL:
    _check_length(text, field, 500)
    check_given(text.strip(), field)
    if not _URL.fullmatch(text):
        raise invalid("This is not a web address, such as https://example.org/page.", field)
    return URL(text)


def email(text: str, field: str = "email") -> str:
    """Return the e-mail as it is looked up, stored and mailed: the one reading of it (`models.emails`)."""
    _check_length(text, field, emails.MAX_EMAIL_LENGTH)
    check_given(emails.strip(text), field)
    try:
        return emails.parse(text)
    except ValueError:
        if len(text.split()) == 1:  # otherwise these are several words
            check_no_control_characters(emails.strip(text), field)
        raise invalid("This does not look like an e-mail address.", field) from None


def country(text: str) -> str:
    if not re.fullmatch("[A-Za-z]{2}", text):
        raise invalid("A country is two letters (ISO 3166-1 alpha-2), such as DE.", "country")
    if text.upper() not in _COUNTRIES:
        raise invalid("There is no country with these letters.", "country", reason=InputReason.UNKNOWN)
    return text.upper()


def currency(text: str, *path: str) -> CurrencyCode:
    if not re.fullmatch("[A-Za-z]{3}", text):
        raise invalid("A currency is three letters (ISO 4217), such as EUR.", *path)
    if text.upper() not in _CURRENCIES:
        raise invalid("There is no currency with these letters.", *path, reason=InputReason.UNKNOWN)
    return CurrencyCode(text.upper())


def safe_int(value: int, *path: str, least: int) -> SafeInt:
    """Return an integer that is at least `least`, and not larger than every client can read."""
    if value < least:
        message = "This number is too small: at least {limit}."
        raise invalid(message, *path, reason=InputReason.OUT_OF_RANGE, limit=least)
    if value > MAX_SAFE_INT:  # too large for `limit` as well
        message = "This number is too large: at most {most}."
        raise invalid(message, *path, reason=InputReason.OUT_OF_RANGE, most=MAX_SAFE_INT)
    return SafeInt(value)


def amount(minor_units: int, *path: str, least: int) -> SafeInt:
    """Return an amount of money of at least `least` of its smallest unit."""
    if minor_units < least:
        message = "The amount is too small: at least {limit} of the smallest unit."
        raise invalid(message, *path, reason=InputReason.OUT_OF_RANGE, limit=least)
    return safe_int(minor_units, *path, least=least)


def not_later(time: Time, latest: Time, field: str) -> Time:
    """Return a date or time that is not later than `latest`, which is now or a little later."""
    if time > latest:
        raise invalid("This lies in the future.", field, reason=InputReason.OUT_OF_RANGE)
    return time


def replace_null_bytes(text: str) -> str:
    """Replace null bytes in a text to search for: PostgreSQL refuses them, and no stored text holds one."""
    return text.replace("\x00", "\ufffd")


def check_no_control_characters(text: str, field: str) -> None:
    if _CONTROL.search(text):
        message = "The text holds control characters: take them out and try again."
        raise Refusal(ProblemCode.REJECTED_CONTENT, message, field)
