"""The documents in docs/screens are valid, and cost what the table in docs/screens.md says. Caches know all types."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import httpx2
import pytest
from graphql import build_schema, parse, validate

from server import print_schema
from settings import Settings
from tests.support.app import ON_POSTGRES, TestApp, running_app
from tests.support.docs import DOCS, HOUSE, section
from tests.support.screens import CONSENTS, FILES, FullPage, full_page, operations
from tests.support.serving import PATIENCE, events, serving
from tests.support.statements import recorded_statements

SDL = build_schema((HOUSE / "schema" / "schema.graphql").read_text())
DOCUMENTS = {name: document for path in FILES for name, document in operations(path).items()}
ROW = re.compile(
    r"^\| \[`(.+)\.graphql`\]\(.*\) \| `(\w+)` \| .+ \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|$", re.MULTILINE
)
PAGE_POINTS = 5_400
BYTES_TOLERANCE = 0.05
COMMENT_KINDS = ["COMMENTED", "REPLIED", "COMMENT_EDITED", "COMMENT_REMOVED", "COMMENT_RESTORED"]


class Measured(NamedTuple):
    """The points, statements and bytes of one operation."""

    points: int
    statements: int
    bytes: int


def documented() -> dict[str, Measured]:
    """Return the rows of the table, by the operation's name."""
    rows = ROW.findall(section(DOCS / "screens.md", "What each screen costs"))
    return {row[1]: Measured(*(int(number.replace(",", "")) for number in row[2:])) for row in rows}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_screen_is_valid(name: str) -> None:
    assert validate(SDL, parse(DOCUMENTS[name])) == []


def test_table_has_a_row_for_each_operation() -> None:
    """The row names the operation's own file."""
    rows = ROW.findall(section(DOCS / "screens.md", "What each screen costs"))

    assert [row[:2] for row in rows] == [(path.stem, name) for path in FILES for name in operations(path)]


def test_page_costs_about_half_of_what_is_permitted() -> None:
    assert documented()["Page"].points <= PAGE_POINTS


def test_possible_types_for_caches_are_current() -> None:
    files = print_schema(Settings())

    assert {name: (HOUSE / name).read_text() for name in files} == files


@pytest.fixture
async def site() -> AsyncIterator[TestApp]:
    """A site that publishes its counter in steps, as by default, but so seldom that it does not happen meanwhile."""
    async with running_app(counter_seconds=86_400) as app:
        yield app


@pytest.mark.anyio
async def test_screens_cost_what_the_table_says(site: TestApp) -> None:
    """The second request is measured, since the first one fills the caches of people and of compiled operations."""
    page = await full_page(site)
    expected, measured = documented(), {}
    for name, (token, variables) in (await _requests(site, page)).items():
        for given in variables:
            measured[name] = await _ask(site, name, token, given)
    measured |= await _follow(site, page)

    assert measured.keys() == expected.keys()
    close = {
        name: row._replace(bytes=expected[name].bytes)
        for name, row in measured.items()
        if _is_close(row, expected[name])
    }
    exact = measured | close
    if ON_POSTGRES:  # reads some rows by other statements
        exact = {name: row._replace(statements=expected[name].statements) for name, row in exact.items()}
    assert exact == expected


def _is_close(row: Measured, expected: Measured) -> bool:
    return bool(row.bytes == pytest.approx(expected.bytes, rel=BYTES_TOLERANCE))


Variables = list[dict[str, Any]]


async def _requests(site: TestApp, page: FullPage) -> dict[str, tuple[str | None, Variables]]:
    """Return who sends each operation, and the variables of two requests."""
    slug = {"slug": page.slug}
    cursors = "query ($slug: String!) { campaign(slug: $slug) { comments(first: 20) { pageInfo { endCursor } } } }"
    after = (await site.ask(cursors, **slug))["campaign"]["comments"]["pageInfo"]["endCursor"]
    queries: dict[str, tuple[str | None, dict[str, Any]]] = {
        "Page": (page.guest, slug),
        "More": (page.guest, {**slug, "after": after}),
        "Thread": (page.guest, {"comment": page.long_thread}),
        "Permalink": (page.guest, {**slug, "comment": page.deep_reply}),
        "Ticker": (None, slug),
        "LiveStart": (page.guest, slug),
        "Form": (page.guest, slug),
        "Preview": (
            page.guest,
            {"campaign": page.campaign, "name": {"givenName": "Katharina", "familyName": "Sommer"}},
        ),
        "MyActivity": (page.guest, {}),
        "Queue": (page.moderator, {}),
        "SyncComments": (None, slug),
        "SyncEvents": (None, {}),
    }
    signers = [
        {"campaignId": page.campaign, "givenName": "Ada", "email": f"ada{number}@example.org"} for number in "12"
    ]
    signing = [{"input": {**signer, "consents": CONSENTS, "comment": "I stand with them."}} for signer in signers]
    decisions = [
        {"input": {"target": {"ids": ids}, "decision": "APPROVE"}} for ids in (page.comments[:20], page.comments[20:])
    ]
    return {name: (token, [given, given]) for name, (token, given) in queries.items()} | {
        "Sign": (None, signing),
        "Decide": (page.moderator, decisions),
    }


async def _ask(site: TestApp, name: str, token: str | None, variables: dict[str, Any]) -> Measured:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    with recorded_statements() as seen:
        answer = await site.http.post("/graphql", json=_request(name, variables), headers=headers)
    return _measured(answer.json(), seen)


async def _follow(site: TestApp, page: FullPage) -> dict[str, Measured]:
    """Measure the first message of each subscription; one that follows a log has missed the last event."""
    campaign = {"campaign": page.campaign}
    subscriptions: dict[str, tuple[str, dict[str, Any]]] = {
        "Follow": (page.guest, {**campaign, "after": await _before_the_last(site, page, None)}),
        "LiveComments": (page.guest, {**campaign, "after": await _before_the_last(site, page, COMMENT_KINDS)}),
        "Pulse": (page.guest, campaign),
        "QueueChanges": (page.moderator, {}),
    }
    async with serving(site) as netloc, httpx2.AsyncClient(base_url=f"http://{netloc}", timeout=PATIENCE) as http:
        return {name: await _first(http, name, *given) for name, given in subscriptions.items()}


async def _first(http: httpx2.AsyncClient, name: str, token: str, variables: dict[str, Any]) -> Measured:
    options = {"json": _request(name, variables), "headers": {"authorization": f"Bearer {token}"}}
    for _ in range(2):
        with recorded_statements() as seen:
            async with events(http, "POST", "/graphql/stream", **options) as stream:
                result = (await stream.next()).data
                statements = list(seen)
    return _measured(result, statements)


async def _before_the_last(site: TestApp, page: FullPage, kinds: list[str] | None) -> str:
    query = """query ($slug: String!, $kinds: [ActivityKind!]) {
      campaign(slug: $slug) { activity(kinds: $kinds, first: 2) { pageInfo { endCursor } } }
    }"""
    answer = await site.ask(query, slug=page.slug, kinds=kinds)
    return str(answer["campaign"]["activity"]["pageInfo"]["endCursor"])


def _request(name: str, variables: dict[str, Any]) -> dict[str, Any]:
    return {"query": DOCUMENTS[name], "variables": variables, "extensions": {"cost": True}}


def _measured(result: dict[str, Any], statements: list[str]) -> Measured:
    """Count the bytes of the answer without the report of its cost."""
    points = result.pop("extensions")["cost"]["requested"]
    text = json.dumps(result, ensure_ascii=False, separators=(",", ":"))
    assert "errors" not in result, text
    assert '"issues"' not in text, text
    return Measured(points, len(statements), len(text.encode()))
