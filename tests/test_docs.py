"""The documentation matches the code: queries are valid; settings, enum values, codes, numbers and links exist."""

import json
import re
import subprocess
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLEnumType, GraphQLSchema, build_schema, parse, validate

from cli import cli
from execution import Limits
from models.comments import MAX_DEPTH
from refusals import ProblemCode
from resolvers.milestones import MILESTONE_COUNTS
from settings import describe_settings
from tests.support.app import TestApp
from tests.support.docs import DOCS, HOUSE, chapter, section, shown, table
from tests.support.signing import Clock

README, CHANGELOG = HOUSE / "README.md", HOUSE / "CHANGELOG.md"
USER_PAGES = sorted(DOCS.glob("*.md"))
PAGES = [README, CHANGELOG, *sorted(DOCS.rglob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^()\s]*)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
CODE = re.compile(r'"([A-Z]+(?:_[A-Z]+)+)"')
CLOSE_CODE = re.compile(r"\b44\d\d\b")
QUERY_IN_SCRIPT = re.compile(r"`((?:query|mutation|subscription)\b[^`]*)`")
ENUM_TABLE = re.compile(r"^\| `(\w+)` \|.*\n\| ---.*\n((?:\|.*\n)+)", re.MULTILINE)
GLOSSARY = "ceiling claim drift ledger milestone seal tally tombstone wake-up".split()


def blocks(page: Path, language: str) -> list[str]:
    """Return the page's code blocks in a language."""
    return [text for found, text in FENCE.findall(page.read_text()) if found == language]


def in_every_page(language: str) -> list[Any]:
    return [
        pytest.param(text, id=f"{shown(page)}-{number}")
        for page in PAGES
        for number, text in enumerate(blocks(page, language), 1)
    ]


@cache
def sdl() -> GraphQLSchema:
    return build_schema((HOUSE / "schema" / "schema.graphql").read_text())


# ---------------------------------------------------------------- examples


@pytest.mark.parametrize("query", in_every_page("graphql"))
def test_example_is_valid(query: str) -> None:
    assert validate(sdl(), parse(query)) == []


@pytest.mark.parametrize("script", [*in_every_page("js"), *in_every_page("html")])
def test_query_in_a_script_is_valid(script: str) -> None:
    for query in QUERY_IN_SCRIPT.findall(script):
        assert validate(sdl(), parse(query)) == []


@pytest.mark.parametrize("text", in_every_page("json"))
def test_example_response_is_json(text: str) -> None:
    assert isinstance(json.loads(text), dict)


# ---------------------------------------------------------------- for operators


def test_every_setting_is_explained_once_with_its_default() -> None:
    """No other name stands in the tables of settings."""
    settings = chapter(DOCS / "operating.md", "Settings")

    assert table(settings) == {name: _default(value) for name, value, _ in describe_settings()}
    assert len(re.findall(r"^\| `[A-Z_]+` \|", settings, re.MULTILINE)) == len(describe_settings())


@pytest.mark.parametrize("page", USER_PAGES, ids=shown)
def test_default_in_a_sentence_is_true(page: Path) -> None:
    """A page may write `NAME` (default), so that the reader need not look the default up."""
    defaults = {name: _default(value).strip("`") for name, value, _ in describe_settings()}

    named = re.findall(r"`([A-Z][A-Z_]+)` \(([^()]+)\)", page.read_text())

    assert [(name, value) for name, value in named if name in defaults and value != defaults[name]] == []


def test_rate_in_a_sentence_is_true() -> None:
    rates = next(value for name, value, _ in describe_settings() if name == "RATE_LIMITS")

    named = {rate for page in USER_PAGES for rate in re.findall(r"\b\w+=\d+/minute\b", page.read_text())}

    assert named - set(rates) == set()


def _default(value: Any) -> str:
    if value in ("", ()):
        return "empty"
    text = " ".join(value) if isinstance(value, tuple) else str(value)
    return f"`{text.lower() if isinstance(value, bool) else text}`"


def test_every_command_is_explained() -> None:
    """The table has no other commands."""
    rows = table(section(DOCS / "operating.md", "Commands"))

    commands = {command.name or getattr(command.callback, "__name__", "") for command in cli.registered_commands}
    commands |= {group.name or "" for group in cli.registered_groups}
    assert {row.split()[1] for row in rows if row.startswith("cli.py ")} == commands


def test_every_limit_has_its_number() -> None:
    """The table of limits has the number of each limit of an operation."""
    limits = vars(Limits())

    documented = dict(re.findall(r"^\| `(\w+)` \| ([\d,]+) \|", section(DOCS / "operating.md", "Limits"), re.MULTILINE))

    assert {name: int(number.replace(",", "")) for name, number in documented.items()} == {
        name: limit for name, limit in limits.items() if name != "list_size"
    }
    assert f"counts as {limits['list_size']}." in section(DOCS / "operating.md", "Limits")


def test_make_targets_in_the_pages_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (HOUSE / "Makefile").read_text(), re.MULTILINE))

    named = {word for page in PAGES for word in re.findall(r"(?:`|^)make ([a-z]+)", page.read_text(), re.MULTILINE)}

    assert named - targets == set()


# ---------------------------------------------------------------- for developers of clients


@pytest.mark.parametrize(
    "enum", [name for name, type_ in sdl().type_map.items() if isinstance(type_, GraphQLEnumType) and name[0] != "_"]
)
def test_every_value_of_an_enum_is_explained(enum: str) -> None:
    """A table whose head is the enum's name has a row for each value, and no other rows."""
    tables = {name: table(rows) for page in USER_PAGES for name, rows in ENUM_TABLE.findall(page.read_text())}
    type_ = sdl().type_map[enum]
    assert isinstance(type_, GraphQLEnumType)

    assert set(tables.get(enum, {})) == set(type_.values)


def test_every_code_of_a_top_level_error_is_explained() -> None:
    """Those that transport and execution give; the refusals' own are explained as problems."""
    modules = [*(HOUSE / "transport").glob("*.py"), *(HOUSE / "execution").glob("*.py")]
    serving = "".join(path.read_text() for folder in ("server", "transport") for path in (HOUSE / folder).glob("*.py"))
    if "ersisted" not in serving:  # known to execution, and not served
        modules.remove(HOUSE / "execution" / "persisted.py")
    codes = {code for module in modules for code in CODE.findall(module.read_text())}

    explained = table(section(DOCS / "front-end.md", "Top-level errors"))

    assert set(explained) == codes - set(ProblemCode)


def test_every_close_code_is_explained() -> None:
    """The table has no code that the server does not send."""
    codes = {code for module in (HOUSE / "transport").rglob("*.py") for code in CLOSE_CODE.findall(module.read_text())}

    documented = re.findall(r"^\| (44\d\d) \|", section(DOCS / "front-end.md", "WebSockets"), re.MULTILINE)

    assert set(documented) == codes


def test_numbers_that_are_no_settings_are_true() -> None:
    ladder = ", ".join(f"{count:,}" for count in MILESTONE_COUNTS)

    assert f"supporters to reach: {ladder}, and then every further million." in section(DOCS / "campaigns.md", "Goals")
    assert f"The thread is {MAX_DEPTH} replies deep." in section(DOCS / "front-end.md", "Problems")
    assert f"| {MAX_DEPTH} replies below the first comment |" in section(DOCS / "operating.md", "Limits")


@pytest.mark.anyio
async def test_worked_cost_is_right(site: TestApp) -> None:
    """Each part of the sum, the total, and the refusal of longer lists."""
    cost = section(DOCS / "front-end.md", "Cost")
    (query,) = re.findall(r"^```graphql\n(.*?)^```$", cost, re.MULTILINE | re.DOTALL)
    (answer,) = re.findall(r"^```json\n(.*?)^```$", cost, re.MULTILINE | re.DOTALL)
    points = [int(number) for number in re.findall(r"^\|.* \| (\d+) \|$", cost, re.MULTILINE)]
    campaign, supporters, comments, thread, replies, threads, total = points

    body = await _priced(site, query)

    assert body["extensions"] == json.loads(answer)["extensions"]
    assert body["extensions"]["cost"]["requested"] == total == campaign + supporters + comments + threads
    assert threads == 20 * (thread + replies)
    longer = await _priced(site, query.replace("first: 20", "first: 100").replace("first: 3", "first: 100"))
    assert f"would cost {longer['errors'][0]['extensions']['requested']:,} points and is refused" in cost
    without_replies = await _priced(site, query.replace("replies(first: 3) { nodes { body { html } } }", ""))
    assert without_replies["extensions"]["cost"]["requested"] == total - 20 * replies


async def _priced(site: TestApp, query: str) -> dict[str, Any]:
    request = {"query": query, "variables": {"slug": "none"}, "extensions": {"cost": True}}
    body: dict[str, Any] = (await site.http.post("/graphql", json=request)).json()
    return body


@pytest.mark.anyio
async def test_campaign_states_are_as_documented(site: TestApp, campaigner: str) -> None:
    """The table says for each state whether one may sign or comment, and which states may follow."""
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\| (\w+) \| (\w+) \| ([\w, ]+) \|$", _states(), re.MULTILINE)
    assert len(rows) == 7

    for state, signable, commentable, following in rows:
        for target in {row[0] for row in rows} - {state}:
            campaign = await site.campaign(state)
            query = "query ($id: ID!) { campaign(id: $id) { isSignable isCommentable } }"
            asked = (await site.ask(query, campaigner, id=campaign))["campaign"]
            assert asked == {"isSignable": signable == "yes", "isCommentable": commentable == "yes"}, state
            change = await site.do(
                "changeCampaignState", "campaign { id }", campaigner, campaignId=campaign, state=target
            )
            assert (change.get("code") != "CONFLICT") == (target in following.split(", ")), (state, target)


def _states() -> str:
    return section(DOCS / "campaigns.md", "States")


@pytest.mark.anyio
async def test_sign_in_code_is_as_documented(site: TestApp, clock: Clock) -> None:
    text = section(DOCS / "sign-in.md", "Signing in by a mailed code")
    assert "The code has six digits, and is valid for ten minutes, five tries and one use." in text

    code = await site.code("ada@example.org")
    wrong = code | {"code": f"{(int(code['code']) + 1) % 10**6:06}"}
    tries = [(await _sign_in(site, wrong))["code"] for _ in range(6)]
    assert (len(code["code"]), tries) == (6, ["INVALID"] * 5 + ["RATE_LIMITED"])
    late = await site.code("ada@example.org")
    clock.ahead = timedelta(minutes=10, seconds=1)
    assert (await _sign_in(site, late))["code"] == "EXPIRED"
    code = await site.code("ada@example.org")
    assert (await _sign_in(site, code))["__typename"] == "SignInPayload"
    assert (await _sign_in(site, code))["code"] == "EXPIRED"


async def _sign_in(site: TestApp, code: dict[str, str]) -> dict[str, Any]:
    return await site.do("signIn", "accessToken", None, **code)


# ---------------------------------------------------------------- the glossary and the index


def test_glossary_defines_every_word() -> None:
    """A definition is one or two sentences with a link to another page."""
    for word in GLOSSARY:
        definition = section(DOCS / "glossary.md", word.capitalize())

        assert LINK.search(definition), word
        assert len(definition.split()) < 60, word


def test_glossary_is_in_alphabetical_order() -> None:
    words = re.findall(r"^## (.+)$", (DOCS / "glossary.md").read_text(), re.MULTILINE)

    assert words == sorted(words)


def test_index_links_every_page() -> None:
    linked = {(DOCS / link.partition("#")[0]).resolve() for link in LINK.findall((DOCS / "README.md").read_text())}

    assert set(USER_PAGES) - linked - {DOCS / "README.md"} == set()


# ---------------------------------------------------------------- README


def test_readme_is_short() -> None:
    assert len(README.read_text().splitlines()) < 150


def test_readme_lists_every_folder() -> None:
    """The list has no other folders."""
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
def test_link_target_exists(page: Path) -> None:
    """Links to other sites are not checked."""
    links = [link for link in LINK.findall(page.read_text()) if "://" not in link]

    assert [link for link in links if not _resolves(page, link)] == []


def _resolves(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = page.parent / path if path else page
    return target.exists() and (not anchor or anchor in _anchors(target))


def _anchors(page: Path) -> set[str]:
    """Return the anchors of the headings, as GitHub and others generate them."""
    headings = HEADING.findall(FENCE.sub("", page.read_text()))
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}


def test_readme_links_every_decision() -> None:
    linked = {(HOUSE / link).resolve() for link in LINK.findall(README.read_text()) if "://" not in link}

    assert set((DOCS / "decisions").glob("*.md")) - linked == set()


def test_page_named_in_the_code_exists() -> None:
    folders = "schema resolvers models live execution transport demo benchmarks tests".split()
    modules = [*HOUSE.glob("*.py"), *(module for folder in folders for module in (HOUSE / folder).rglob("*.py"))]

    missing = {
        f"{shown(module)}: {page}"
        for module in modules
        for page in re.findall(r"docs/[\w/-]+\.md", module.read_text())
        if not (HOUSE / page).exists()
    }

    assert missing == set()
