"""Answers are bounded: what an answer may have is estimated before, and counted before it is encoded."""

from typing import Any

import orjson
import pytest
from graphql import get_introspection_query

import execution
from execution import Limits
from execution.answers import characters
from models.rich_text import plain_text
from server import create_schema
from settings import Settings
from tests.support.app import TestApp, running_app
from tests.support.screens import FILES, operations

pytestmark = pytest.mark.anyio

SCREENS = {name: text for file in FILES for name, text in operations(file).items()}
SCHEMA = create_schema(Settings())
LONGEST_COMMENT = "x" + "&" * 4_999
NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Comment { body { %s } } } }"


SERVER = "{ service { %s } }"


def cost(text: str, variables: dict[str, Any] | None = None, name: str | None = None) -> Any:
    explained = execution.explain(SCHEMA, text, variables, name)
    assert explained.cost is not None
    return explained.cost


def aliases(count: int, field: str) -> str:
    return " ".join(f"a{number}: {field}" for number in range(count))


async def longest_comment(site: TestApp) -> str:
    return await site.comment(await site.campaign(), await site.guest(), LONGEST_COMMENT)


async def refusal(site: TestApp, text: str, **variables: Any) -> tuple[str, str]:
    """Return the code of the only error, and the limit that the error is about."""
    body = await site.post(text, **variables)
    (error,) = body["errors"]
    return error["extensions"]["code"], error["extensions"]["of"]


@pytest.mark.parametrize("field", ["html", "text", "markdown"])
async def test_sixty_aliases_of_a_text_of_a_hundred_nodes_are_refused(site: TestApp, field: str) -> None:
    ids = [await longest_comment(site)] * 100

    assert await refusal(site, NODES % aliases(59, field), ids=ids) == ("OPERATION_TOO_COSTLY", "bytes")


async def test_answer_that_is_too_large_is_an_error_before_it_is_encoded(site: TestApp) -> None:
    """The estimate permits this answer, since few texts are so long."""
    ids = [await longest_comment(site)] * 50

    assert await refusal(site, NODES % aliases(50, "html"), ids=ids) == ("OPERATION_TOO_COSTLY", "answer")


@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_encoded_answer_is_limited(accept: str, method: str) -> None:
    async with running_app(limits=(("answer", 500),)) as site:
        small, large = "{ viewer { role } }", SERVER % aliases(40, "__typename")
        parameters = {"params": {"query": large}} if method == "GET" else {"json": {"query": large}}

        answer = await site.http.request(method, "/graphql", **parameters, headers={"accept": accept})  # type: ignore[arg-type]

        assert "errors" not in await site.post(small)
        assert answer.status_code < 500
        assert [error["extensions"]["of"] for error in answer.json()["errors"]] == ["answer"]
        assert answer.json().get("data") is None


async def test_answers_of_a_batch_share_their_limit() -> None:
    async with running_app(limits=(("answer", 1_000),), batch_limit=10) as site:
        request = {"query": SERVER % aliases(20, "__typename")}

        answers = (await site.http.post("/graphql", json=[request] * 5)).json()

    refused = ["errors" in answer for answer in answers]
    assert refused == sorted(refused)
    assert 0 < sum(refused) < 5


@pytest.mark.parametrize("name", SCREENS)
def test_documented_screen_fits_into_an_answer_at_its_longest(name: str) -> None:
    assert cost(SCREENS[name], None, name).bytes < Limits().answer


def test_long_names_count() -> None:
    short, long = cost("{ campaigns { nodes { a: id } } }"), cost("{ campaigns { nodes { %s: id } } }" % ("a" * 1_000))

    assert long.bytes - short.bytes == 20 * 999


async def test_estimate_is_no_less_than_the_answer(site: TestApp) -> None:
    ids = [await longest_comment(site)]
    text = NODES % "html text markdown"

    data = await site.ask(text, ids=ids)

    assert len(orjson.dumps(data["nodes"])) <= cost(text, {"ids": ids}).bytes


def test_text_of_a_row_is_made_once() -> None:
    plain_text.cache_clear()
    html = "<p>" + "&amp;" * 1_000 + "</p>"

    for _ in range(60):
        plain_text(html)

    assert plain_text.cache_info().misses == 1


def test_counting_characters_stops_at_the_limit() -> None:
    text = "x" * 1_000

    assert characters({"a": [text, {"bc": text}]}, 10_000) == 2_003
    assert characters([text] * 1_000, 5_000) == 6_000


# ---------------------------------------------------------------- introspection


@pytest.mark.parametrize("descriptions", [True, False])
async def test_introspection_of_tools_is_permitted(site: TestApp, descriptions: bool) -> None:
    text = get_introspection_query(
        descriptions,
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
    )

    assert "errors" not in await site.post(text)


def twice_introspected() -> str:
    operation, fragment, fragments = get_introspection_query().partition("fragment")
    schema = operation[operation.index("__schema") : operation.rindex("}")]
    return f"{{ a: {schema} b: {schema} }} {fragment}{fragments}"


TYPES = "{ __schema { types { %s } } }"
EVERYTHING = "__schema { types { name fields { name args { name } } } }"


@pytest.mark.parametrize(
    "text", [f"{{ {aliases(20, EVERYTHING)} }}", TYPES % aliases(58, "fields { name }"), twice_introspected()]
)
async def test_many_introspections_are_refused(site: TestApp, text: str) -> None:
    code, limit = await refusal(site, text)

    assert code == "OPERATION_TOO_COSTLY"
    assert limit in ("points", "values")


def test_introspection_costs_by_the_length_of_its_lists() -> None:
    types, fields = "{ __schema { types { name } } }", "{ __schema { types { name fields { name } } } }"
    names = len(SCHEMA._schema.type_map)

    assert cost(types).points == -(-(names + 1) // 3)
    assert cost(fields).points >= -(-(names + 1 + sum(map(_field_count, SCHEMA._schema.type_map.values()))) // 3)


def _field_count(type_: Any) -> int:
    is_composite = hasattr(type_, "fields") and hasattr(type_, "interfaces")
    return len(type_.fields) if is_composite else 0
