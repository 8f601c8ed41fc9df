"""Catalogues: the translations of messages, one gettext file for each language, read once."""

from functools import cache
from pathlib import Path

from babel import Locale
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from refusals import MessageText

SOURCE_LANGUAGE = "en"
"""The language of the messages in the code, which needs no catalogue."""
LOCALE = Path(__file__).parent.parent / "locale"


def catalogue_path(language: str) -> Path:
    """Return the file of a language, whose tag is as in RFC 5646: `de`, `pt-BR`."""
    return LOCALE / language / "LC_MESSAGES" / "groundswell.po"


@cache
def languages() -> tuple[str, ...]:
    """Return the languages in which messages can be given: English, and those with a catalogue in `locale/`."""
    return (SOURCE_LANGUAGE, *catalogued_languages())


def catalogued_languages() -> list[str]:
    return sorted(path.parent.parent.name for path in LOCALE.glob("*/LC_MESSAGES/groundswell.po"))


def translate(message: MessageText, language: str) -> str:
    """Return a message in a language, with numbers as they are written there; in English if it is not translated."""
    template = translations(language).get(message.template, message.template)
    values = {name: _shown(value, language) for name, value in message.values.items()}
    return template.format(**values) if values else template


@cache
def translations(language: str) -> dict[str, str]:
    """Return the translated templates of a language by the English ones; empty for English."""
    if language == SOURCE_LANGUAGE:
        return {}
    with catalogue_path(language).open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    return {str(entry.id): str(entry.string) for entry in catalogue if entry.id and entry.string and not entry.fuzzy}


def _shown(value: object, language: str) -> str:
    return format_decimal(value, locale=Locale.parse(language, sep="-")) if isinstance(value, int) else str(value)
