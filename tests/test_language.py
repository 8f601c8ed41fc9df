"""Names and docstrings follow the rules under "Names" in docs/architecture.md."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.support.source_files import files_of, parsed_files

FIELD_HELPERS = {"field", "mutation", "subscription"}
NOUN_CLAUSE = re.compile(r"(What|Whether|Whose|Who|Whom|How|Where)\b")
VAGUE_CONSTANTS = {"MOST", "BATCH", "SECONDS", "KEPT", "PAUSE", "LONGEST"}
VAGUE_PARAMETERS = {"number", "address"}
"""An id is `..._id`; an e-mail address is `email`, a URL `url`, an IP address `ip`."""
MAY_BE_NUMBER_OR_ADDRESS = {
    ("benchmarks/execution.py", "make_row"): "numbers the rows of a generated list",
}


def field_names(tree: ast.Module) -> Iterator[tuple[str, str, str]]:
    """Yield type, field and resolver of each field that names its resolver, such as `votes = field(resolvers.x.votes)`.

    `field(..., name="votes")` yields the field as `votes (by name=)`, since a field is not renamed for the wire.
    """
    for type_ in tree.body:
        for node in type_.body if isinstance(type_, ast.ClassDef) else ():
            if not isinstance(node, ast.Assign | ast.AnnAssign) or not isinstance(node.value, ast.Call):
                continue
            call = node.value
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            if not isinstance(call.func, ast.Name) or call.func.id not in FIELD_HELPERS:
                continue
            if call.args and isinstance(call.args[0], ast.Attribute):
                is_renamed = any(keyword.arg == "name" for keyword in call.keywords)
                field = ast.unparse(target) + (" (by name=)" if is_renamed else "")
                yield getattr(type_, "name", ""), field, call.args[0].attr


def docstrings(tree: ast.Module) -> Iterator[str]:
    """Yield the docstrings of the module, its classes and its functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""


def constants(tree: ast.Module) -> Iterator[str]:
    """Yield the names that are assigned at module level."""
    for node in tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        for target in targets:
            yield from (name.id for name in ast.walk(target) if isinstance(name, ast.Name))


def parameters(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield function and parameter."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            given = node.args
            for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg):
                if argument is not None:
                    yield node.name, argument.arg


def test_resolver_has_the_name_of_its_field() -> None:
    different = [
        f"{path}: {type_}.{field} is resolved by {resolver}"
        for path, tree in files_of("schema").items()
        for type_, field, resolver in field_names(tree)
        if field != resolver
    ]

    assert different == []


def test_docstring_is_no_noun_clause() -> None:
    """A docstring begins with a verb: "Return the rows ...", not "What the rows ..." or "Whether ..."."""
    found = [
        f"{path}: {text.splitlines()[0]}"
        for path, tree in parsed_files().items()
        for text in docstrings(tree)
        if NOUN_CLAUSE.match(text)
    ]

    assert found == []


def test_constant_names_its_subject() -> None:
    found = [f"{path}: {name}" for path, tree in parsed_files().items() for name in constants(tree)]

    assert [name for name in found if name.rpartition(" ")[2] in VAGUE_CONSTANTS] == []


def test_parameter_is_not_called_number_or_address() -> None:
    found = [
        f"{path}: {function}({name})"
        for path, tree in parsed_files().items()
        if not path.startswith("tests/")
        for function, name in parameters(tree)
        if name in VAGUE_PARAMETERS and (path, function) not in MAY_BE_NUMBER_OR_ADDRESS
    ]

    assert found == []


def test_exceptions_are_still_needed() -> None:
    functions = {
        (path, function)
        for path, tree in parsed_files().items()
        for function, name in parameters(tree)
        if name in VAGUE_PARAMETERS
    }

    assert MAY_BE_NUMBER_OR_ADDRESS.keys() - functions == set()


# ---------------------------------------------------------------- the checks themselves


SAMPLE = ast.parse(
    '''"""Who keeps what."""
MOST, KEPT = 1, 2
BATCH: int = 3
SOME_SECONDS = 4

class Comment(Node):
    """A comment."""
    votes: VoteTally = field(resolvers.votes.tally)
    url: str = field(resolvers.comments.url)
    body: str = field("The text.")
    author = field(resolvers.comments.author, name="writer")

async def find(address, /, number=0, *, email):
    """Find it."""
    def inner(*number): pass
'''
)


def test_fields_are_found_with_their_resolvers() -> None:
    assert list(field_names(SAMPLE)) == [
        ("Comment", "votes", "tally"),
        ("Comment", "url", "url"),
        ("Comment", "author (by name=)", "author"),
    ]


def test_constants_parameters_and_docstrings_are_found() -> None:
    assert list(constants(SAMPLE)) == ["MOST", "KEPT", "BATCH", "SOME_SECONDS"]
    assert list(parameters(SAMPLE)) == [("find", "address"), ("find", "number"), ("find", "email"), ("inner", "number")]
    assert [text for text in docstrings(SAMPLE) if NOUN_CLAUSE.match(text)] == ["Who keeps what."]


@pytest.mark.parametrize("text", ["Whoever it is", "However", "Return what is there", "Whatsoever"])
def test_other_words_are_no_noun_clause(text: str) -> None:
    assert not NOUN_CLAUSE.match(text)
