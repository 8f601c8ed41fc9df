"""Printed costs: a client that reads nothing but the printed schema computes the points that the server charges."""

import re
from typing import Any

import pytest
from graphql import OperationDefinitionNode, build_schema, parse
from hypothesis import given
from hypothesis import strategies as st

from server import create_schema
from settings import Settings
from tests.execution.document_strategies import GeneratedOperation, Preferences, operations
from tests.support.app import TestApp
from tests.support.docs import DOCS, HOUSE, shown
from tests.support.printed_cost import PrintedCosts, directive_of, is_list, named

pytestmark = pytest.mark.anyio

PRINTED = (HOUSE / "schema" / "schema.graphql").read_text()
COSTS = PrintedCosts(PRINTED)
SCHEMA = create_schema(Settings())
FIELDS = {f"{name}.{field}": node for name, fields in COSTS.fields.items() for field, node in fields.items()}
FENCE = re.compile(r"^```graphql\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FIRST_VIEW_POINTS = 5_400
"""Limits the points of the largest first view of a page, so that a front end has room for its own fields."""


def _documents() -> list[Any]:
    """Return every operation of the pages and benchmarks, as its document and its name."""
    texts = [(shown(page), text) for page in sorted(DOCS.glob("*.md")) for text in FENCE.findall(page.read_text())]
    texts += [(shown(file), file.read_text()) for file in sorted((HOUSE / "benchmarks").glob("*.graphql"))]
    return [
        pytest.param(text, node.name.value, id=f"{place}-{node.name.value}")
        for place, text in texts
        for node in parse(text).definitions
        if isinstance(node, OperationDefinitionNode) and node.name
    ]


DOCUMENTS = _documents()
TEXTS = [
    "{ campaigns { edges { node { id } } nodes { id } pageInfo { endCursor } totalCount } }",
    "{ campaigns(first: null, last: null) { nodes { countries(first: null) { count } } } }",
    "{ campaigns(first: 3, last: 7) { ...Two ... on CampaignConnection { nodes { footnotes { url } } } } } "
    "fragment Two on CampaignConnection { edges { node { url } } ...Three } "
    "fragment Three on CampaignConnection { nodes { updates(first: 3) { nodes { body { html } } } } }",
    "query ($few: Int = 2) { campaigns(first: $few) { nodes { comments(last: $few) { nodes { edits { body { html } } "
    "ancestors { id } } } } } }",
    "{ campaigns(first: -1) { nodes { id } } }",
    '{ nodes(ids: ["a", "b"]) { id ... on Comment { viewerCan reactions { count } } } }',
    '{ nodes(ids: "a") { id ... on Campaign { partners { partner { logo { url } } waitingTallies { id } } } } }',
    "{ nodes(ids: []) { id } }",
    "{ viewer { scopes profile { consents { granted } } } apiKeys { nodes { scopes } } rateLimit { limit } }",
    "{ a: viewer { role } a: viewer { role } b: viewer { role @skip(if: true) } __typename }",
]


async def charged(site: TestApp, text: str, **variables: Any) -> int:
    """Send an operation, and return the points that the answer reports."""
    request = {"query": text, "variables": variables, "extensions": {"cost": True}}
    body = (await site.http.post("/graphql", json=request)).json()
    return int(body["extensions"]["cost"]["requested"])


def reported(text: str, name: str | None = None, variables: dict[str, Any] | None = None) -> int:
    """Return the points that the answer to an operation would report."""
    return int(SCHEMA.cost_report(text, variables, name, {"cost": True})["cost"]["requested"])


@pytest.mark.parametrize(("text", "name"), DOCUMENTS)
def test_documented_operation_costs_what_its_reader_computes(text: str, name: str) -> None:
    assert reported(text, name) == COSTS.points(text, {}, name)


@pytest.mark.parametrize("text", TEXTS)
async def test_operation_costs_what_its_reader_computes(site: TestApp, text: str) -> None:
    assert await charged(site, text) == COSTS.points(text, {})


@pytest.mark.parametrize("variables", [{}, {"size": None}, {"size": 0}, {"size": 7}, {"size": 100}])
async def test_cost_follows_the_variables(site: TestApp, variables: dict[str, Any]) -> None:
    text = "query ($size: Int) { campaigns(first: $size) { nodes { id } } }"

    assert await charged(site, text, **variables) == COSTS.points(text, variables)


TEXT_SCALARS = dict.fromkeys("URL EmailAddress CountryCode CurrencyCode".split(), st.just("x"))
TIMES = {"Date": st.just("2026-03-01"), "DateTime": st.just("2026-03-01T00:00:00Z"), "SafeInt": st.just(5)}
GENERATED = st.one_of(
    *(
        operations(build_schema(PRINTED), kind, depth=5, preferences=Preferences({**TEXT_SCALARS, **TIMES}))
        for kind in ("query", "query", "mutation", "subscription")
    )
)


@given(operation=GENERATED)
def test_generated_operation_costs_what_its_reader_computes(operation: GeneratedOperation) -> None:
    assert reported(operation.text, None, operation.variables) == COSTS.points(operation.text, operation.variables)


def test_every_list_has_a_printed_size() -> None:
    """A list has a size of its own, or all fields that lead to its type say how long it is."""
    unsized = {place for place, field in FIELDS.items() if is_list(field) and not directive_of(field, "listSize")}

    assert unsized - _sized_everywhere() == set()


def _sized_everywhere() -> set[str]:
    """Return the lists that every field of their type has among its `sizedFields`."""
    sized: dict[str, set[str]] = {}
    for field in FIELDS.values():
        names = {f"{named(field)}.{name}" for name in (directive_of(field, "listSize") or {}).get("sizedFields", ())}
        sized[named(field)] = sized.get(named(field), names) & names
    return set().union(*sized.values())


def test_every_connection_has_a_printed_size() -> None:
    pages = [field for field in FIELDS.values() if named(field).endswith("Connection")]

    sizes = [directive_of(field, "listSize") or {} for field in pages]

    assert len(sizes) > 5
    slices = {str(size.get("slicingArguments")) for size in sizes}
    assert slices == {"['first', 'last']", "['first']"}  # events are read forwards only
    assert {str(size.get("sizedFields")) for size in sizes} == {"['edges', 'nodes']"}
    assert all(size["assumedSize"] > 0 and size["requireOneSlicingArgument"] is False for size in sizes)


def test_list_of_scalars_prints_its_weight() -> None:
    """The specification's readers disagree on the weight that such a field has without `@cost`."""
    lists = [field for field in FIELDS.values() if is_list(field) and not COSTS.is_composite(field)]

    assert lists
    assert all(directive_of(field, "cost") for field in lists)


@pytest.mark.parametrize(
    ("text", "name"), [one for one in DOCUMENTS if str(one.id).endswith(("page.graphql-Page", "front-end.md-Threads"))]
)
def test_first_view_leaves_room_below_the_limit(text: str, name: str) -> None:
    assert 3_000 < reported(text, name) <= FIRST_VIEW_POINTS
