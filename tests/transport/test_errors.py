"""GraphQL errors: codes, redaction of input, masking of exceptions, request ids and introspection."""

import json
import logging
from typing import Any

import httpx2
import pytest

import models
from resolvers.context import Context
from server import create_schema
from tests.support.app import TestApp, running_app
from tests.support.serving import serving, socket_of

pytestmark = pytest.mark.anyio

JSON_HEADERS = {"content-type": "application/json"}
ROLE_QUERY = "{ viewer { role } }"


def code(response: httpx2.Response) -> str:
    """Return the code of a response's first error."""
    return str(response.json()["errors"][0]["extensions"]["code"])


# ---------------------------------------------------------------- codes and redaction


async def test_syntax_error_has_a_code(site: TestApp) -> None:
    assert await site.codes("{ viewer { role ") == ["GRAPHQL_PARSE_FAILED"]


async def test_validation_error_has_a_code(site: TestApp) -> None:
    assert await site.codes("{ nothing }") == ["GRAPHQL_VALIDATION_FAILED"]


async def test_suggestions_are_hidden_by_default(site: TestApp) -> None:
    body = await site.post("{ viewerr { role } }")

    assert "did you mean" not in body["errors"][0]["message"].lower()


async def test_suggestions_can_be_switched_on() -> None:
    async with running_app(suggestions=True) as site:
        body = await site.post("{ viewerr { role } }")

        assert "did you mean" in body["errors"][0]["message"].lower()


EMAIL = "ada@example.org"
SIGN = "mutation($input: SignPetitionInput!) { signPetition(input: $input) { __typename } }"
WRONG_VALUES = {
    "an object": (SIGN, EMAIL),
    "a missing field": (SIGN, {"email": EMAIL}),
    "an unknown field": (SIGN, {"campaignId": "a", "givenName": "Ada", "email": EMAIL, "mail": "m"}),
    "a number": ("query($input: Int!) { campaigns(first: $input) { totalCount } }", EMAIL),
    "an id": ("query($input: ID!) { node(id: $input) { id } }", [EMAIL]),
    "an enum": ("query($input: CampaignSort!) { campaigns(sort: $input) { totalCount } }", EMAIL),
    "a literal": (f'mutation {{ introduce(input: {{ email: "{EMAIL}" }}) {{ __typename }} }}', None),
    "a literal for an enum": (f'{{ campaigns(sort: "{EMAIL}") {{ totalCount }} }}', None),
}


@pytest.mark.parametrize("name", WRONG_VALUES)
@pytest.mark.parametrize("suggestions", [True, False])
async def test_messages_do_not_repeat_input(name: str, suggestions: bool) -> None:
    """Messages are kept in logs, and a wrong value may be somebody's e-mail netloc."""
    query, value = WRONG_VALUES[name]
    async with running_app(suggestions=suggestions) as site:
        errors = (await site.post(query, input=value))["errors"]

    assert EMAIL not in json.dumps(errors)
    assert all(error["message"].endswith(".") and error["locations"] for error in errors)


MISSPELLINGS = {
    "a field": ("{ viewerr { role } }", {}),
    "an argument": ("{ campaigns(sorte: NEWEST) { totalCount } }", {}),
    "an enum value": ("{ campaigns(sort: NEWES) { totalCount } }", {}),
    "a type": ("{ viewer { ... on Viewerr { role } } }", {}),
    "an enum value in a variable": ("query($s: CampaignSort!) { campaigns(sort: $s) { totalCount } }", {"s": "NEWES"}),
    "an input's field in a variable": (
        "mutation($i: IntroduceInput!) { introduce(input: $i) { __typename } }",
        {"i": {"givenName": "Ada", "familyNam": "Byron"}},
    ),
}


@pytest.mark.parametrize(("query", "variables"), MISSPELLINGS.values(), ids=MISSPELLINGS)
async def test_hidden_suggestions_never_show_the_schema(query: str, variables: dict[str, Any]) -> None:
    async with running_app(suggestions=False) as hiding, running_app(suggestions=True) as suggesting:
        bodies = [json.dumps(await site.post(query, **variables)) for site in (hiding, suggesting)]

        assert ["Did you mean" in text for text in bodies] == [False, True]
        assert all('"errors"' in text for text in bodies)


@pytest.mark.parametrize(
    "variables",
    [{}, {"id": None}, {"id": ["a"]}, {"id": {"a": 1}}, {"id": True}, {"id": 1.5}],
)
async def test_variable_of_the_wrong_type_is_bad_user_input(site: TestApp, variables: dict[str, Any]) -> None:
    query = "query($id: ID!) { node(id: $id) { id } }"

    assert await site.codes(query, **variables) == ["BAD_USER_INPUT"]


async def test_unknown_enum_value_is_bad_user_input(site: TestApp) -> None:
    query = "query($s: CampaignSort!) { campaigns(sort: $s) { totalCount } }"

    assert await site.codes(query, s="LOUDEST") == ["BAD_USER_INPUT"]


async def test_subscription_variable_of_the_wrong_type_is_bad_user_input(site: TestApp) -> None:
    query = "subscription($id: ID!) { activity(campaignId: $id) { cursor } }"
    async with serving(site) as netloc, socket_of(netloc) as client:
        assert await (await client.run(query, id=None)).code() == "BAD_USER_INPUT"
        assert await (await client.run("subscription { nothing }")).code() == "GRAPHQL_VALIDATION_FAILED"


async def test_integer_beyond_32_bits_is_bad_user_input(site: TestApp) -> None:
    query = "query($n: Int) { campaigns(first: $n) { totalCount } }"

    assert await site.codes(query, n=2**40) == ["BAD_USER_INPUT"]


async def test_refusal_keeps_its_own_code(site: TestApp) -> None:
    assert await site.codes("{ campaigns(first: 0) { totalCount } }") == ["INVALID"]


# ---------------------------------------------------------------- masked exceptions


@pytest.fixture
def failing_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the viewer's profile raise an exception whose message must not be shown."""

    async def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr(models.Profile, "get_or_none", fail)


FAILING_QUERY = "{ viewer { role profile { email } } }"


@pytest.mark.usefixtures("failing_profile")
async def test_unexpected_exception_is_masked(site: TestApp) -> None:
    body = await site.post(FAILING_QUERY, await site.guest())

    (error,) = body["errors"]
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert error["path"] == ["viewer", "profile"]
    assert "secret" not in json.dumps(body)
    assert body["data"]["viewer"] == {"role": "GUEST", "profile": None}


@pytest.mark.usefixtures("failing_profile")
async def test_unexpected_exception_is_logged_with_the_request_id(
    site: TestApp, caplog: pytest.LogCaptureFixture
) -> None:
    """The request id in the log is in the response header and in the error's extensions."""
    headers = {"authorization": f"Bearer {await site.guest()}"}

    response = await site.http.post("/graphql", json={"query": FAILING_QUERY}, headers=headers)

    request_id = response.headers["x-request-id"]
    assert response.json()["errors"][0]["extensions"]["requestId"] == request_id
    logged = [record for record in caplog.records if request_id in record.getMessage()]
    assert [record.levelno for record in logged] == [logging.ERROR]
    assert "a secret" in caplog.text


async def test_exception_before_execution_is_masked(
    site: TestApp, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr(Context, "identify", fail)

    response = await site.http.post("/graphql", json={"query": ROLE_QUERY})

    assert response.status_code == 500
    assert code(response) == "INTERNAL_SERVER_ERROR"
    assert "secret" not in response.text
    assert response.json()["errors"][0]["extensions"]["requestId"] == response.headers["x-request-id"]
    assert response.headers["x-request-id"] in caplog.text


async def test_exception_that_prevents_execution_is_a_500(
    site: TestApp, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("a secret")

    executor = create_schema(site.settings).execution_context_class
    monkeypatch.setattr(executor, "execute_operation", fail)
    mutation = {"query": 'mutation { introduce(input: {givenName: "Ada"}) { __typename } }'}

    response = await site.http.post("/graphql", json=mutation, headers={"accept": "application/graphql-response+json"})

    assert response.status_code == 500
    assert code(response) == "INTERNAL_SERVER_ERROR"
    assert "data" not in response.json()
    assert "secret" not in response.text
    assert response.headers["x-request-id"] in caplog.text


@pytest.mark.usefixtures("failing_profile")
async def test_unexpected_exception_is_masked_over_websocket(site: TestApp, caplog: pytest.LogCaptureFixture) -> None:
    guest = await site.guest()
    async with serving(site) as netloc, socket_of(netloc, guest) as client:
        result = await (await client.run(FAILING_QUERY)).next()

        (error,) = result["errors"]
        assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
        assert "secret" not in json.dumps(result)
        assert error["extensions"]["requestId"] in caplog.text


async def test_every_response_has_its_own_request_id(site: TestApp) -> None:
    first = await site.http.post("/graphql", json={"query": ROLE_QUERY})
    second = await site.http.post("/graphql", content="nonsense", headers=JSON_HEADERS)

    assert first.headers["x-request-id"]
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


# ---------------------------------------------------------------- introspection


async def test_introspection_is_on_by_default(site: TestApp) -> None:
    response = await site.ask("{ __schema { queryType { name } } }")

    assert response == {"__schema": {"queryType": {"name": "Query"}}}


async def test_introspection_can_be_switched_off_and_graphiql_with_it() -> None:
    async with running_app(introspection=False) as site:
        codes = await site.codes("{ __schema { queryType { name } } }")
        browser = await site.http.get("/graphql", headers={"accept": "text/html"})

        assert set(codes) == {"GRAPHQL_VALIDATION_FAILED"}
        assert browser.status_code == 406
        assert code(browser) == "NOT_ACCEPTABLE"


@pytest.mark.parametrize("compiled", [True, False])
async def test_disabled_introspection_hides_types(compiled: bool) -> None:
    async with running_app(introspection=False, compiled=compiled) as site:
        codes = await site.codes('{ viewer { role } __type(name: "Query") { name } }')

        assert codes == ["GRAPHQL_VALIDATION_FAILED"]


async def test_disabled_introspection_still_allows_typename() -> None:
    """Many clients add `__typename` to every selection."""
    async with running_app(introspection=False) as site:
        assert await site.ask("{ __typename }") == {"__typename": "Query"}


async def test_results_are_the_same_without_compilation() -> None:
    async with running_app(compiled=False) as site:
        campaign = await site.campaign()
        query = "query($id: ID!) { campaign(id: $id) { state supporters { total } } }"

        response = await site.ask(query, id=campaign)

        assert response == {"campaign": {"state": "LIVE", "supporters": {"total": 0}}}
