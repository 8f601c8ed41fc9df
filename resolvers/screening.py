"""What people send, looked at one question at a time before it is kept."""

import re
import unicodedata
from collections.abc import Callable

from models import URL, CurrencyCode
from refusals import ProblemCode, Refusal, invalid
from settings import Settings

_LINK = re.compile(r"https?://|www\.", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s/?#@]+(?:[/?#]\S*)?", re.IGNORECASE)
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_PHONE = re.compile(r"\+\d[\d ()./-]{7,}\d")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")
# C0 and C1 controls but tab and newline; bidirectional overrides, which make a text read as another
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")

Question = Callable[[str, Settings, str], None]


def comment(body: str, settings: Settings, field: str = "body") -> str:
    """The body as it will be kept, or a Refusal that says what to change."""
    body = tidy(body)
    for question in COMMENT_QUESTIONS:
        question(body, settings, field)
    return body


def tidy(text: str) -> str:
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def says_something(body: str, settings: Settings, field: str) -> None:
    if not any(unicodedata.category(character)[0] in "LNPS" for character in body):
        raise invalid("The comment is empty: write something.", field)


def is_not_too_long(body: str, settings: Settings, field: str) -> None:
    if len(body) > settings.comment_length:
        message = f"The comment has {len(body)} characters; at most {settings.comment_length} fit."
        raise invalid(message, field)


def has_no_control_characters(body: str, settings: Settings, field: str) -> None:
    refuse_controls(body, field)


COMMENT_QUESTIONS: tuple[Question, ...] = (
    # an empty one first, since every other answer would puzzle its author
    says_something,
    # then size, so that what follows has an end
    is_not_too_long,
    # invisible characters can hide what a moderator should see
    has_no_control_characters,
)


def doubt(body: str, settings: Settings) -> str | None:
    """Why a person should read the text before others do; null if nothing speaks against it."""
    return next((message for question in DOUBTS if (message := question(body, settings))), None)


def has_many_links(body: str, settings: Settings) -> str | None:
    many = len(_LINK.findall(body)) > settings.comment_links
    return f"The comment has many links; up to {settings.comment_links} need no check." if many else None


def names_an_address(body: str, settings: Settings) -> str | None:
    found = _ADDRESS.search(body) or _PHONE.search(body)
    return "The comment holds an e-mail address or a telephone number: leave it out." if found else None


DOUBTS: tuple[Callable[[str, Settings], str | None], ...] = (
    # a way to reach someone can put them in danger, whoever posted it
    names_an_address,
    # links are what spam is for
    has_many_links,
)


def line(text: str, field: str, most: int) -> str:
    """A name or a title: one line, not empty, at most `most` characters."""
    return _filled(" ".join(tidy(text).split()), field, most)


def name(text: str, field: str) -> str:
    """Part of a person's name. Any script and any one word will do; a link or an address will not."""
    text = line(text, field, 100)
    if _LINK.search(text) or "@" in text or not any(character.isalpha() for character in text):
        raise Refusal(ProblemCode.REJECTED_CONTENT, f"`{field}` does not look like a name.", field)
    return text


def family_name(text: str | None) -> str | None:
    """There may be none."""
    return name(text, "familyName") if text and text.strip() else None


def article(text: str, field: str, most: int = 100_000) -> str:
    """A campaigner's longer text."""
    return _filled(tidy(text), field, most)


def _filled(text: str, field: str, most: int) -> str:
    if not text:
        raise invalid(f"`{field}` is empty: fill it in.", field)
    if len(text) > most:
        raise invalid(f"`{field}` has {len(text)} characters; at most {most} fit.", field)
    refuse_controls(text, field)
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
    refuse_controls(text, field)
    return text


def country(text: str) -> str:
    if not re.fullmatch("[A-Za-z]{2}", text):
        raise invalid("`country` must be two letters (ISO 3166-1 alpha-2), such as DE.", "country")
    return text.upper()


def currency(text: str, field: str) -> CurrencyCode:
    if not re.fullmatch("[A-Za-z]{3}", text):
        raise invalid(f"A currency in `{field}` must be three letters (ISO 4217), such as EUR.", field)
    return CurrencyCode(text.upper())


def findable(text: str) -> str:
    """The text to look for; a null byte, which PostgreSQL can't take, is in nothing that is kept."""
    return text.replace("\x00", "\ufffd")


def refuse_controls(text: str, field: str) -> None:
    if _CONTROL.search(text):
        raise Refusal(
            ProblemCode.REJECTED_CONTENT,
            f"`{field}` holds control characters: take them out and try again.",
            field,
        )
