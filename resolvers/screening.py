"""Screening of user input: normalise and validate texts, an ordered list of one-question functions for comments."""

import re
import unicodedata
from collections.abc import Callable, Mapping

from models import MAX_SAFE_INT, URL, CurrencyCode, HoldReason, SafeInt
from refusals import ProblemCode, Refusal, invalid
from settings import Settings

_LINK = re.compile(r"https?://|www\.", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s/?#@]+(?:[/?#]\S*)?", re.IGNORECASE)
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_EMAIL_INSIDE = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_PHONE_INSIDE = re.compile(r"\+\d[\d ()./-]{7,}\d")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")
# C0 and C1 controls except tab and newline; bidirectional overrides, which change the order in which a text is shown
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")

CommentCheck = Callable[[str, Settings, str], None]


def comment(body: str, settings: Settings, field: str = "body") -> str:
    """Return the body as it is stored, or raise a Refusal that says what to change."""
    body = tidy(body)
    for check in COMMENT_CHECKS:
        check(body, settings, field)
    return body


def tidy(text: str) -> str:
    """Normalise a text: Unicode NFC, newlines as LF, no white space around."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def check_not_empty(body: str, settings: Settings, field: str) -> None:
    if not any(unicodedata.category(character)[0] in "LNPS" for character in body):
        raise invalid("The comment is empty: write something.", field)


def check_length(body: str, settings: Settings, field: str) -> None:
    if len(body) > settings.comment_length:
        message = f"The comment has {len(body)} characters; at most {settings.comment_length} fit."
        raise invalid(message, field)


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


def hold_reason(body: str, settings: Settings) -> tuple[HoldReason, str] | None:
    """Return why a moderator must read the comment before the public does, as a code and as a message to its author.

    None if the comment may appear at once.
    """
    found = ((reason, find_message(body, settings)) for reason, find_message in HOLD_REASONS.items())
    return next(((reason, message) for reason, message in found if message), None)


def many_links(body: str, settings: Settings) -> str | None:
    is_over = len(_LINK.findall(body)) > settings.comment_links
    return f"The comment has many links; up to {settings.comment_links} need no check." if is_over else None


def contact_details(body: str, settings: Settings) -> str | None:
    is_found = _EMAIL_INSIDE.search(body) or _PHONE_INSIDE.search(body)
    return "The comment holds an e-mail address or a telephone number: leave it out." if is_found else None


HOLD_REASONS: Mapping[HoldReason, Callable[[str, Settings], str | None]] = {
    # contact details can put a person in danger, even if the person has posted them
    HoldReason.CONTACT_DETAILS: contact_details,
    # spam consists of links
    HoldReason.MANY_LINKS: many_links,
}


def line(text: str, field: str, max_length: int) -> str:
    """Return a text as one line, not empty, of at most `max_length` characters."""
    return _checked(" ".join(tidy(text).split()), field, max_length)


def name(text: str, field: str) -> str:
    """Return part of a person's name: any script, at least one letter, no link and no e-mail address."""
    text = line(text, field, 100)
    if _LINK.search(text) or "@" in text or not any(character.isalpha() for character in text):
        raise Refusal(ProblemCode.REJECTED_CONTENT, f"`{field}` does not look like a name.", field)
    return text


def family_name(text: str | None) -> str | None:
    return name(text, "familyName") if text and text.strip() else None


def article(text: str, field: str, max_length: int = 100_000) -> str:
    """Return a longer text of a campaigner, not empty, of at most `max_length` characters."""
    return _checked(tidy(text), field, max_length)


def _checked(text: str, field: str, max_length: int) -> str:
    if not text:
        raise invalid(f"`{field}` is empty: fill it in.", field)
    if len(text) > max_length:
        raise invalid(f"`{field}` has {len(text)} characters; at most {max_length} fit.", field)
    check_no_control_characters(text, field)
    return text


def slug(text: str) -> str:
    if not _SLUG.fullmatch(text) or len(text) > 80:
        raise invalid("`slug` must be lower-case letters, digits and single hyphens, at most 80.", "slug")
    return text


def url(text: str, field: str) -> URL:
    if not _URL.fullmatch(text) or len(text) > 500:
        raise invalid(f"`{field}` must be an http or https address of at most 500 characters.", field)
    return URL(text)


def email(text: str, field: str = "email") -> str:
    text = text.strip()
    if not _EMAIL.fullmatch(text) or "." not in text.rpartition("@")[2]:
        raise invalid(f"`{field}` does not look like an e-mail address.", field)
    check_no_control_characters(text, field)
    return text


def country(text: str) -> str:
    if not re.fullmatch("[A-Za-z]{2}", text):
        raise invalid("`country` must be two letters (ISO 3166-1 alpha-2), such as DE.", "country")
    return text.upper()


def currency(text: str, field: str) -> CurrencyCode:
    if not re.fullmatch("[A-Za-z]{3}", text):
        raise invalid(f"A currency in `{field}` must be three letters (ISO 4217), such as EUR.", field)
    return CurrencyCode(text.upper())


def safe_int(value: int, field: str) -> SafeInt:
    if abs(value) > MAX_SAFE_INT:
        raise invalid(f"A number in `{field}` must be from -{MAX_SAFE_INT} to {MAX_SAFE_INT}.", field)
    return SafeInt(value)


def replace_null_bytes(text: str) -> str:
    """Replace null bytes in a text to search for: PostgreSQL refuses them, and no stored text holds one."""
    return text.replace("\x00", "\ufffd")


def check_no_control_characters(text: str, field: str) -> None:
    if _CONTROL.search(text):
        raise Refusal(
            ProblemCode.REJECTED_CONTENT,
            f"`{field}` holds control characters: take them out and try again.",
            field,
        )
