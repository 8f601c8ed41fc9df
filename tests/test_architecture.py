"""docs/architecture.md says how the house is built; this reads every module and holds it to that."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parent.parent
NOUNS = (
    "campaigns comments reactions votes supporters signatures consents donations activity moderation api_keys webhooks"
).split()
ROOMS = (
    "cli server schema jobs resolvers auth mail telemetry live models storage refusals settings transport execution"
    " demo benchmarks tests"
).split()

# what each room may import of ours, beside itself
LAYERS = "settings refusals storage models live mail auth telemetry resolvers jobs schema server cli".split()
MAY_IMPORT: dict[str, set[str]] = {
    **{layer: set(LAYERS[:place]) for place, layer in enumerate(LAYERS)},
    "demo": set(LAYERS[: LAYERS.index("schema")]),
    "transport": {"execution"},
    "execution": {"transport"},
}
MAY_IMPORT["server"] |= {"transport", "execution"}
MAY_IMPORT["cli"] |= {"transport", "execution", "demo"}
NEVER_IMPORT = {room: {"strawberry", "graphql"} for room in LAYERS[: LAYERS.index("schema")]}
ONLY_IMPORT = {
    "transport": {"graphql", "strawberry", "starlette", "uvicorn", "orjson"},
    "execution": {"graphql", "strawberry", "starlette", "orjson"},
}
EMPTY_WORDS = {"util", "helper", "common", "manager", "service", "handler"}


def modules(*rooms: str) -> Iterator[Path]:
    for room in rooms or ROOMS:
        file = HOUSE / f"{room}.py"
        yield from [file] if file.exists() else sorted(ours((HOUSE / room).rglob("*.py")))


def ours(found: Iterable[Path]) -> Iterator[Path]:
    """Without what npm installed for the tests of clients."""
    return (module for module in found if "node_modules" not in module.parts)


def room(module: Path) -> str:
    return module.relative_to(HOUSE).parts[0].removesuffix(".py")


@cache
def tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text())


def imports(module: Path) -> set[str]:
    """The top-level names that a module imports, wherever in it the import stands."""
    names: set[str] = set()
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(room(module) if node.level else (node.module or "").partition(".")[0])
    return names


def shown(module: Path) -> str:
    return module.relative_to(HOUSE).as_posix()


@pytest.mark.parametrize("importer", MAY_IMPORT)
def test_imports_run_one_way(importer: str) -> None:
    """A room imports only what lies below it."""
    allowed = MAY_IMPORT[importer] | {importer}

    upward = {shown(module): imports(module) & set(ROOMS) - allowed for module in modules(importer)}

    assert {module: names for module, names in upward.items() if names} == {}


@pytest.mark.parametrize("importer", NEVER_IMPORT)
def test_what_is_below_the_schema_knows_nothing_of_graphql(importer: str) -> None:
    """Resolvers, live and models never import strawberry or graphql."""
    found = {shown(module): imports(module) & NEVER_IMPORT[importer] for module in modules(importer)}

    assert {module: names for module, names in found.items() if names} == {}


@pytest.mark.parametrize("importer", ONLY_IMPORT)
def test_transport_and_execution_know_no_noun_of_ours(importer: str) -> None:
    """They import the standard library and the packages that they are about: either could move out."""
    allowed = sys.stdlib_module_names | ONLY_IMPORT[importer] | MAY_IMPORT[importer] | {importer}

    found = {shown(module): imports(module) - allowed for module in modules(importer)}

    assert {module: names for module, names in found.items() if names} == {}


def test_every_module_says_why_it_exists() -> None:
    """The first statement of a module is its docstring."""
    silent = [shown(module) for module in modules() if tree(module).body and not ast.get_docstring(tree(module))]

    assert silent == []


def test_no_module_is_named_by_an_empty_word() -> None:
    """A module is named by what it is about: not utils, helpers, common, manager, service, handler."""
    empty = [
        shown(module)
        for module in modules()
        if EMPTY_WORDS & {word.removesuffix("s") for word in module.stem.split("_")}
    ]

    assert empty == []


@pytest.mark.parametrize("noun", [module.stem for module in modules("schema") if module.stem in NOUNS])
def test_a_noun_has_the_same_name_in_every_room(noun: str) -> None:
    """What schema/comments.py asks, resolvers/comments.py does, and tests/api/test_comments.py promises."""
    missing = [name for name in (f"resolvers/{noun}.py", f"tests/api/test_{noun}.py") if not (HOUSE / name).exists()]

    assert missing == []


def test_only_the_operators_verbs_and_the_benchmarks_print() -> None:
    """A server logs; what it prints would be lost, or end up in someone's output."""
    printing = [
        shown(module)
        for module in modules(*(set(ROOMS) - {"cli", "benchmarks"}))
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]

    assert printing == []


def test_no_file_names_a_registry_or_the_machine_it_was_written_on() -> None:
    """A clone installs from whatever registry its machine is set up for, and works in any folder."""
    hosts = ["pypi" + ".org", "python" + "hosted.org", "npmjs" + ".org", "deb.debian" + ".org"]
    paths = ["/" + "work/", "/" + "root/", "/opt/" + "pypi", "/opt/" + "wheels"]
    pattern = re.compile("|".join(map(re.escape, hosts + paths)) + r"|/(?:home|Users)/\w+/")

    told = [name for name in tracked() if pattern.search((HOUSE / name).read_text(errors="ignore"))]

    assert told == []


def tracked() -> list[str]:
    """The files that are, or would be, committed."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    answer = subprocess.run(listing, cwd=HOUSE, capture_output=True, text=True, check=False)
    if answer.returncode:
        pytest.skip("not a git clone")
    return [name for name in answer.stdout.split("\0") if name and (HOUSE / name).is_file()]
