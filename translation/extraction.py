"""Extraction: find the messages in the source for translators, and write them into the catalogues.

A message is a string literal: an f-string, or a value from elsewhere, could not be translated.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from refusals import not_found_message, noun_of
from translation.catalogues import catalogue_path

ROOT = Path(__file__).parent.parent
NOT_SERVED = {".venv", "benchmarks", "demo", "migrations", "tests", "translation"}
"""Folders whose messages reach no client."""
MESSAGE_ARGUMENT = {"invalid": 0, "forbidden": 0, "MessageText": 0, "Refusal": 1, "CommittedRefusal": 1}
NOUN_ARGUMENT = {"not_found": 0, "IdOf": 0}
PLACES = {**MESSAGE_ARGUMENT, **NOUN_ARGUMENT}
"""The functions that take a message, or the noun of one, and its place among their arguments."""

HEADER = r"""# The messages to clients. `cli.py messages` writes this file again from the code; translate each msgstr.
msgid ""
msgstr ""
"Language: {language}\n"
"Content-Type: text/plain; charset=utf-8\n"

"""


class Place(NamedTuple):
    path: str
    line: int


class NotTranslatable(Exception):
    """A message is not a literal."""


def extract() -> dict[str, list[Place]]:
    """Return the template of every message that the code can give, with the places where the template stands."""
    found: dict[str, list[Place]] = {}
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if not NOT_SERVED & set(path.relative_to(ROOT).parts):
            for template, line in messages(ast.parse(path.read_text()), name):
                found.setdefault(template, []).append(Place(name, line))
    return found


def messages(tree: ast.AST, path: str) -> Iterator[tuple[str, int]]:
    """Yield the messages of a file, with their lines. Raise NotTranslatable for a message that is no literal."""
    for scope in ast.walk(tree):
        if not isinstance(scope, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        assigned = _assigned(scope)
        for call in _calls(scope):
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            place = PLACES.get(name)
            if place is not None and len(call.args) > place:
                for text in _texts(call.args[place], assigned, f"{path}:{call.lineno}"):
                    yield _template(name, text), call.lineno


def _template(function: str, text: str) -> str:
    if function == "IdOf":
        return not_found_message(noun_of(text))
    return not_found_message(text) if function == "not_found" else text


def _calls(scope: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls of a scope without those of the scopes inside it."""
    for node in ast.iter_child_nodes(scope):
        if isinstance(node, ast.Call):
            yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from _calls(node)


def _assigned(scope: ast.AST) -> dict[str, list[ast.expr]]:
    """Return the values that are assigned to each variable of a scope."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found.setdefault(node.targets[0].id, []).append(node.value)
    return found


def _texts(value: ast.expr, assigned: dict[str, list[ast.expr]], place: str) -> Iterator[str]:
    """Yield the literals that a message can be. A variable may also hold the MessageText that a call has returned."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.IfExp):
        yield from _texts(value.body, assigned, place)
        yield from _texts(value.orelse, assigned, place)
    elif isinstance(value, ast.Name) and value.id in assigned:
        for one in assigned[value.id]:
            if not isinstance(one, ast.Call):
                yield from _texts(one, assigned, place)
    elif not (isinstance(value, ast.Call) or place.startswith("refusals.py:")):  # which passes its parameters on
        raise NotTranslatable(f"{place}: this message is no literal: {ast.unparse(value)}")


def update_catalogue(language: str) -> Catalog:
    """Write a language's catalogue again with the messages of the code, keeping the translations; begin a new one."""
    path = catalogue_path(language)
    catalogue = Catalog()
    if path.exists():
        with path.open("rb") as file:
            catalogue = read_po(file, abort_invalid=True)
    catalogue.update(_template_catalogue(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(HEADER.format(language=language).encode())
        write_po(file, catalogue, width=120, omit_header=True, sort_output=True, include_lineno=False)
    return catalogue


def _template_catalogue() -> Catalog:
    template = Catalog()
    for text, places in extract().items():
        template.add(text, locations=[(place.path, place.line) for place in places])
    return template
