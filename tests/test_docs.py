"""The pages are promises: what they name is there, what is there they name, and their queries are valid."""

import json
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema, parse, validate

from auth.viewers import Scope
from cli import cli
from execution import Limits
from models import ActivityKind
from refusals import ProblemCode
from settings import knobs

HOUSE = Path(__file__).resolve().parent.parent
README, CHANGELOG = HOUSE / "README.md", HOUSE / "CHANGELOG.md"
DOCS = HOUSE / "docs"
PAGES = [README, CHANGELOG, *sorted(DOCS.rglob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^()\s]*)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
CODE = re.compile(r'"([A-Z]+(?:_[A-Z]+)+)"')


def shown(page: Path) -> str:
    return page.relative_to(HOUSE).as_posix()


def blocks(page: Path, language: str) -> list[str]:
    """The page's code blocks in a language."""
    return [text for found, text in FENCE.findall(page.read_text()) if found == language]


def in_every_page(language: str) -> list[Any]:
    return [
        pytest.param(text, id=f"{shown(page)}-{number}")
        for page in PAGES
        for number, text in enumerate(blocks(page, language), 1)
    ]


def section(page: Path, heading: str) -> str:
    """What stands under a heading, without what stands under the ones below it."""
    _, found, rest = page.read_text().partition(f"# {heading}\n")
    assert found, f"{shown(page)} has no heading {heading!r}"
    return re.split(r"^#+ ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def table(text: str) -> dict[str, str]:
    """What the first column names as code, with the second column."""
    rows = [line.strip().strip("|").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    return {row[0].strip().strip("`"): row[1].strip() for row in rows}


@cache
def sdl() -> GraphQLSchema:
    return build_schema((HOUSE / "schema" / "schema.graphql").read_text())


# ---------------------------------------------------------------- examples


@pytest.mark.parametrize("query", in_every_page("graphql"))
def test_an_example_is_valid(query: str) -> None:
    assert validate(sdl(), parse(query)) == []


@pytest.mark.parametrize("text", in_every_page("json"))
def test_an_answer_is_json(text: str) -> None:
    assert isinstance(json.loads(text), dict)


# ---------------------------------------------------------------- what operators are told


def test_every_setting_is_explained_with_its_default() -> None:
    """And nothing that is no setting."""
    explained = table(section(DOCS / "operating.md", "Settings"))

    assert explained == {name: _default(value) for name, value, _ in knobs()}


def _default(value: Any) -> str:
    if value in ("", ()):
        return "empty"
    text = " ".join(value) if isinstance(value, tuple) else str(value)
    return f"`{text.lower() if isinstance(value, bool) else text}`"


def test_every_verb_is_explained() -> None:
    """And nothing that is no verb."""
    rows = table(section(DOCS / "operating.md", "Commands"))

    verbs = {command.name or getattr(command.callback, "__name__", "") for command in cli.registered_commands}
    verbs |= {group.name or "" for group in cli.registered_groups}
    assert {row.split()[1] for row in rows if row.startswith("cli.py ")} == verbs


def test_every_limit_is_told() -> None:
    """What one operation may ask for, with the numbers that it is held to."""
    limits = vars(Limits())

    told = dict(re.findall(r"^\| `(\w+)` \| ([\d,]+) \|", section(DOCS / "operating.md", "Limits"), re.MULTILINE))

    assert {name: int(number.replace(",", "")) for name, number in told.items()} == {
        name: limit for name, limit in limits.items() if name != "list_size"
    }
    assert f"counts as {limits['list_size']}." in section(DOCS / "operating.md", "Limits")


def test_make_knows_what_the_pages_tell_to_make() -> None:
    targets = set(re.findall(r"^([a-z]+):", (HOUSE / "Makefile").read_text(), re.MULTILINE))

    told = {word for page in PAGES for word in re.findall(r"(?:`|^)make ([a-z]+)", page.read_text(), re.MULTILINE)}

    assert told - targets == set()


# ---------------------------------------------------------------- what developers of clients are told


@pytest.mark.parametrize(("heading", "names"), [("Scopes", Scope), ("Problems", ProblemCode), ("Live", ActivityKind)])
def test_every_value_is_explained(heading: str, names: type[Scope] | type[ProblemCode] | type[ActivityKind]) -> None:
    """And nothing that is none."""
    assert set(table(section(DOCS / "integrating.md", heading))) == {name.value for name in names}


def test_every_code_of_a_top_level_error_is_explained() -> None:
    """Those that transport and execution give; the refusals' own are explained as problems."""
    modules = [*(HOUSE / "transport").glob("*.py"), *(HOUSE / "execution").glob("*.py")]
    serving = "".join(path.read_text() for path in [HOUSE / "server.py", *(HOUSE / "transport").glob("*.py")])
    if "ersisted" not in serving:  # known to execution, and not served
        modules.remove(HOUSE / "execution" / "persisted.py")
    codes = {code for module in modules for code in CODE.findall(module.read_text())}

    explained = table(section(DOCS / "integrating.md", "Top-level errors"))

    assert set(explained) == codes - set(ProblemCode)


# ---------------------------------------------------------------- the front page


def test_the_front_page_is_short() -> None:
    assert len(README.read_text().splitlines()) < 150


def test_the_front_page_names_every_folder() -> None:
    """And no folder that is not there."""
    (tree,) = blocks(README, "")
    named = re.findall(r"^([\w.]+)/ ", tree, re.MULTILINE)

    assert set(tracked_folders()) - set(named) == set()
    assert [name for name in named if not (HOUSE / name).is_dir()] == []


def tracked_folders() -> set[str]:
    listing = ["git", "ls-files", "-z"]
    answer = subprocess.run(listing, cwd=HOUSE, capture_output=True, text=True, check=False)
    if answer.returncode:
        pytest.skip("not a git clone")
    return {name.partition("/")[0] for name in answer.stdout.split("\0") if "/" in name}


# ---------------------------------------------------------------- links


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_a_link_leads_somewhere(page: Path) -> None:
    """Those to other sites are not followed."""
    links = [link for link in LINK.findall(page.read_text()) if "://" not in link]

    assert [link for link in links if not _resolves(page, link)] == []


def _resolves(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = page.parent / path if path else page
    return target.exists() and (not anchor or anchor in _anchors(target))


def _anchors(page: Path) -> set[str]:
    """The headings as forges spell them in an address."""
    headings = HEADING.findall(FENCE.sub("", page.read_text()))
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}


def test_every_decision_is_on_the_front_page() -> None:
    linked = {(HOUSE / link).resolve() for link in LINK.findall(README.read_text()) if "://" not in link}

    assert set((DOCS / "decisions").glob("*.md")) - linked == set()


def test_a_page_that_the_code_refers_to_is_there() -> None:
    rooms = "schema resolvers models live execution transport demo benchmarks tests".split()
    modules = [*HOUSE.glob("*.py"), *(module for room in rooms for module in (HOUSE / room).rglob("*.py"))]

    missing = {
        f"{shown(module)}: {page}"
        for module in modules
        for page in re.findall(r"docs/[\w/-]+\.md", module.read_text())
        if not (HOUSE / page).exists()
    }

    assert missing == set()
