"""Languages: negotiation, complete catalogues, and the extraction that finds every message of the code."""

import ast
import re
import string
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from refusals import MessageText
from tests.support.docs import DOCS, section
from translation import SOURCE_LANGUAGE, extraction, languages, negotiate, translate
from translation.catalogues import catalogue_path, catalogued_languages, translations

LONG = "This text is too long: at most {limit} characters fit."

# ---------------------------------------------------------------- negotiation


def test_english_and_german_are_spoken() -> None:
    assert languages()[0] == SOURCE_LANGUAGE == "en"
    assert "de" in languages()


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("DE", "de"),
        ("de-AT", "de"),
        ("de-Latn-CH-1996", "de"),
        (" de ; q=0.5 ", "de"),
        ("fr, de", "de"),
        ("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", "en"),
        ("en;q=0.5", "en"),
        ("en;q=0.5, de;q=0.6", "de"),
        ("en, de", "en"),
        ("de;q=1.0, en;q=0.999", "de"),
        ("de;q=0", "en"),
        ("de;q=0, de-AT", "en"),
        ("*", "en"),
        ("*, de;q=0.1", "de"),
        ("fr", "en"),
        ("deu", "en"),
        ("de;q=2", "en"),
        ("de;q=high", "en"),
        ("de_AT", "en"),
        (",,;;=,", "en"),
        ("\x00de", "en"),
        ("nonsense in a header", "en"),
        ("nonsense in a header, de", "de"),
    ],
)
def test_language_is_the_one_that_the_client_prefers(header: str, language: str) -> None:
    assert negotiate(header) == language


@pytest.mark.parametrize("header", ["x" * 10_000, "de" * 5_000, "," * 10_000, ("aa;q=0.1," * 1_200)])
def test_long_header_asks_for_nothing(header: str) -> None:
    assert negotiate(header) == "en"


def test_only_the_beginning_of_a_long_header_counts() -> None:
    assert negotiate("de," + "xx," * 3_000) == "de"
    assert negotiate("xx," * 3_000 + "de") == "en"


def test_every_language_is_named_for_front_ends() -> None:
    """The page has no other languages."""
    named = re.findall(r"\(`([\w-]+)`\)", section(DOCS / "front-end.md", "Languages"))

    assert set(named) == set(languages())


# ---------------------------------------------------------------- messages


def test_numbers_are_written_as_in_the_language() -> None:
    message = MessageText(LONG, limit=100_000)

    assert translate(message, "en") == "This text is too long: at most 100,000 characters fit."
    assert translate(message, "de") == "Dieser Text ist zu lang: Höchstens 100.000 Zeichen sind möglich."


def test_message_without_translation_is_english() -> None:
    assert translate(MessageText("Nobody has translated {what}.", what="this"), "de") == "Nobody has translated this."


# ---------------------------------------------------------------- catalogues


@pytest.mark.parametrize("language", catalogued_languages())
def test_catalogue_has_every_message_and_no_other(language: str) -> None:
    """`cli.py messages` writes the messages of the code into the catalogues."""
    assert translations(language).keys() == extraction.extract().keys()


@pytest.mark.parametrize("language", catalogued_languages())
def test_catalogue_is_as_the_command_writes_it(language: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    written = tmp_path / "catalogue.po"
    written.write_bytes(catalogue_path(language).read_bytes())
    monkeypatch.setattr(extraction, "catalogue_path", lambda language: written)

    extraction.update_catalogue(language)

    assert written.read_text() == catalogue_path(language).read_text()


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("language", catalogued_languages())
def test_placeholders_agree(language: str) -> None:
    different = [
        source for source, text in translations(language).items() if placeholders(source) != placeholders(text)
    ]

    assert different == []


@pytest.mark.parametrize("language", catalogued_languages())
def test_names_in_code_are_not_translated(language: str) -> None:
    code = re.compile(r"`[^`]*`")

    different = [
        source for source, text in translations(language).items() if code.findall(source) != code.findall(text)
    ]

    assert different == []


@pytest.mark.parametrize("language", catalogued_languages())
def test_catalogue_can_be_read_by_gettext_tools(language: str) -> None:
    with catalogue_path(language).open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)

    assert str(catalogue.locale) == language.replace("-", "_")
    assert [error for entry in catalogue if entry.id for error in entry.check(catalogue)] == []


def test_german_addresses_people_formally() -> None:
    familiar = re.compile(r"\b(du|dich|dir|dein\w*|deine\w*)\b", re.IGNORECASE)

    assert [text for text in translations("de").values() if familiar.search(text)] == []


def test_new_catalogue_has_every_message_without_translation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "fr" / "LC_MESSAGES" / "groundswell.po"
    monkeypatch.setattr(extraction, "catalogue_path", lambda language: path)

    extraction.update_catalogue("fr")

    with path.open("rb") as file:
        entries = [entry for entry in read_po(file) if entry.id]
    assert {entry.id for entry in entries} == extraction.extract().keys()
    assert not any(entry.string for entry in entries)


# ---------------------------------------------------------------- extraction


def found(source: str) -> list[str]:
    return [template for template, _ in extraction.messages(ast.parse(source), "resolvers/x.py")]


@pytest.mark.parametrize(
    ("source", "templates"),
    [
        ('raise invalid("Too {size}.", "a", size=1)', ["Too {size}."]),
        ('raise refusals.forbidden("No.")', ["No."]),
        ('raise Refusal(ProblemCode.CLOSED, "Closed.")', ["Closed."]),
        ('raise CommittedRefusal(code, "One " "sentence.", "code")', ["One sentence."]),
        ('def f():\n    message = "No."\n    raise invalid(message, "a")', ["No."]),
        ('def f():\n    message = "A." if x else "B."\n    return invalid(message)', ["A.", "B."]),
        ('def f():\n    x = find()\n    return Refusal(code, x)\ndef find():\n    return MessageText("A.")', ["A."]),
        ('not_found("comment", "commentId")', ["There is no such comment, or it is not public."]),
        ('def f(x: Annotated[int, IdOf("ApiKey")]): ...', ["There is no such API key, or it is not public."]),
        ('issues.collect(invalid("No.", "a"))', ["No."]),
        ("print(1)", []),
    ],
)
def test_message_is_found(source: str, templates: list[str]) -> None:
    assert sorted(found(source)) == templates


@pytest.mark.parametrize(
    "source",
    [
        'raise invalid(f"{n} is too many.", "a")',
        'raise Refusal(code, "a" + b)',
        "raise forbidden(settings.text)",
        "def f(text):\n    raise invalid(text)",
        'def f():\n    message = f"{n}"\n    raise invalid(message)',
    ],
)
def test_message_that_is_no_literal_is_refused(source: str) -> None:
    with pytest.raises(extraction.NotTranslatable, match=r"resolvers/x\.py:\d"):
        found(source)


def test_every_language_of_the_catalogues_can_write_numbers() -> None:
    assert all(translate(MessageText(LONG, limit=1), language) for language in languages())
