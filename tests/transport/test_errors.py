"""Errors as clients meet them: each with a code, in words of ours, and nothing of our insides."""

import json
import logging
from typing import Any

import httpx2
import pytest

import storage
from resolvers.context import Context
from server import create_schema
from tests.support.app import TestApp, running_app
from tests.support.serving import serving, socket_of

pytestmark = pytest.mark.anyio

JSON = {"content-type": "application/json"}
ROLE = "{ viewer { role } }"


def code(answer: httpx2.Response) -> str:
    """The code of an answer that is an error."""
    return str(answer.json()["errors"][0]["extensions"]["code"])


# ---------------------------------------------------------------- errors have a code


async def test_what_is_not_graphql_says_so(site: TestApp) -> None:
    assert await site.codes("{ viewer { role ") == ["GRAPHQL_PARSE_FAILED"]


async def test_what_the_schema_does_not_know_says_so(site: TestApp) -> None:
    assert await site.codes("{ nothing }") == ["GRAPHQL_VALIDATION_FAILED"]


async def test_nothing_is_suggested_to_those_who_guess(site: TestApp) -> None:
    body = await site.post("{ viewerr { role } }")

    assert "did you mean" not in body["errors"][0]["message"].lower()


async def test_suggestions_can_be_switched_on_for_development() -> None:
    async with running_app(suggestions=True) as site:
        body = await site.post("{ viewerr { role } }")

        assert "did you mean" in body["errors"][0]["message"].lower()


ADA = "ada@example.org"
SIGN = "mutation($input: SignPetitionInput!) { signPetition(input: $input) { __typename } }"
WRONG = {
    "an object": (SIGN, ADA),
    "a field that is missing": (SIGN, {"email": ADA}),
    "a field that there is not": (SIGN, {"campaignId": "a", "givenName": "Ada", "email": ADA, "mail": "m"}),
    "a number": ("query($input: Int!) { campaigns(first: $input) { totalCount } }", ADA),
    "an id": ("query($input: ID!) { node(id: $input) { id } }", [ADA]),
    "an enum": ("query($input: CampaignSort!) { campaigns(sort: $input) { totalCount } }", ADA),
    "a literal": (f'mutation {{ introduce(input: {{ email: "{ADA}" }}) {{ __typename }} }}', None),
    "a literal for an enum": (f'{{ campaigns(sort: "{ADA}") {{ totalCount }} }}', None),
}


@pytest.mark.parametrize("what", WRONG)
@pytest.mark.parametrize("suggestions", [True, False])
async def test_what_was_given_is_not_repeated(what: str, suggestions: bool) -> None:
    """Messages are kept in logs, by clients too, and what is wrong may be someone's address."""
    query, given = WRONG[what]
    async with running_app(suggestions=suggestions) as site:
        errors = (await site.post(query, input=given))["errors"]

    assert ADA not in json.dumps(errors)
    assert all(error["message"].endswith(".") and error["locations"] for error in errors)


GUESSES = {
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


@pytest.mark.parametrize(("query", "variables"), GUESSES.values(), ids=GUESSES)
async def test_nobody_learns_the_schema_from_suggestions(query: str, variables: dict[str, Any]) -> None:
    async with running_app(suggestions=False) as silent, running_app(suggestions=True) as telling:
        told = [json.dumps(await site.post(query, **variables)) for site in (silent, telling)]

        assert ["Did you mean" in text for text in told] == [False, True]
        assert all('"errors"' in text for text in told)


@pytest.mark.parametrize(
    "variables",
    [{}, {"id": None}, {"id": ["a"]}, {"id": {"a": 1}}, {"id": True}, {"id": 1.5}],
)
async def test_a_variable_of_the_wrong_type_says_so(site: TestApp, variables: dict[str, Any]) -> None:
    query = "query($id: ID!) { node(id: $id) { id } }"

    assert await site.codes(query, **variables) == ["BAD_USER_INPUT"]


async def test_an_enum_value_that_does_not_exist_says_so(site: TestApp) -> None:
    query = "query($s: CampaignSort!) { campaigns(sort: $s) { totalCount } }"

    assert await site.codes(query, s="LOUDEST") == ["BAD_USER_INPUT"]


async def test_a_subscriptions_variable_of_the_wrong_type_says_so(site: TestApp) -> None:
    query = "subscription($id: ID!) { activity(campaignId: $id) { cursor } }"
    async with serving(site) as address, socket_of(address) as client:
        assert await (await client.run(query, id=None)).code() == "BAD_USER_INPUT"
        assert await (await client.run("subscription { nothing }")).code() == "GRAPHQL_VALIDATION_FAILED"


async def test_an_integer_beyond_32_bits_says_so(site: TestApp) -> None:
    query = "query($n: Int) { campaigns(first: $n) { totalCount } }"

    assert await site.codes(query, n=2**40) == ["BAD_USER_INPUT"]


async def test_a_refusal_keeps_its_own_code(site: TestApp) -> None:
    assert await site.codes("{ campaigns(first: 0) { totalCount } }") == ["INVALID"]


# ---------------------------------------------------------------- mistakes of our own


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The viewer's profile can't be read, for a reason that is nobody's business."""

    async def fail(*_: Any) -> None:
        raise RuntimeError("the secret of our insides")

    monkeypatch.setattr(storage, "read_one", fail)


FAILING = "{ viewer { role profile { email } } }"


@pytest.mark.usefixtures("broken")
async def test_an_unexpected_error_is_masked(site: TestApp) -> None:
    body = await site.post(FAILING, await site.guest())

    (error,) = body["errors"]
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert error["path"] == ["viewer", "profile"]
    assert "secret" not in json.dumps(body)
    assert body["data"]["viewer"] == {"role": "GUEST", "profile": None}


@pytest.mark.usefixtures("broken")
async def test_an_unexpected_error_is_found_again_in_the_log(site: TestApp, caplog: pytest.LogCaptureFixture) -> None:
    """By the request id, which the client has twice: in the header and beside the error."""
    headers = {"authorization": f"Bearer {await site.guest()}"}

    answer = await site.http.post("/graphql", json={"query": FAILING}, headers=headers)

    request_id = answer.headers["x-request-id"]
    assert answer.json()["errors"][0]["extensions"]["requestId"] == request_id
    logged = [record for record in caplog.records if request_id in record.getMessage()]
    assert [record.levelno for record in logged] == [logging.ERROR]
    assert "the secret of our insides" in caplog.text


async def test_a_failure_before_anything_runs_is_masked_too(
    site: TestApp, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("the secret of our insides")

    monkeypatch.setattr(Context, "identify", fail)

    answer = await site.http.post("/graphql", json={"query": ROLE})

    assert answer.status_code == 500
    assert code(answer) == "INTERNAL_SERVER_ERROR"
    assert "secret" not in answer.text
    assert answer.json()["errors"][0]["extensions"]["requestId"] == answer.headers["x-request-id"]
    assert answer.headers["x-request-id"] in caplog.text


async def test_a_failure_to_run_anything_has_a_status_that_says_so(
    site: TestApp, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("the secret of our insides")

    executor = create_schema(site.settings).execution_context_class
    monkeypatch.setattr(executor, "execute_operation", fail)
    mutation = {"query": 'mutation { introduce(input: {givenName: "Ada"}) { __typename } }'}

    answer = await site.http.post("/graphql", json=mutation, headers={"accept": "application/graphql-response+json"})

    assert answer.status_code == 500
    assert code(answer) == "INTERNAL_SERVER_ERROR"
    assert "data" not in answer.json()
    assert "secret" not in answer.text
    assert answer.headers["x-request-id"] in caplog.text


@pytest.mark.usefixtures("broken")
async def test_an_unexpected_error_is_masked_on_a_socket(site: TestApp, caplog: pytest.LogCaptureFixture) -> None:
    guest = await site.guest()
    async with serving(site) as address, socket_of(address, guest) as client:
        result = await (await client.run(FAILING)).next()

        (error,) = result["errors"]
        assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
        assert "secret" not in json.dumps(result)
        assert error["extensions"]["requestId"] in caplog.text


async def test_every_answer_has_a_request_id_of_its_own(site: TestApp) -> None:
    first = await site.http.post("/graphql", json={"query": ROLE})
    second = await site.http.post("/graphql", content="nonsense", headers=JSON)

    assert first.headers["x-request-id"]
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


# ---------------------------------------------------------------- introspection


async def test_the_schema_can_be_read(site: TestApp) -> None:
    answer = await site.ask("{ __schema { queryType { name } } }")

    assert answer == {"__schema": {"queryType": {"name": "Query"}}}


async def test_introspection_can_be_switched_off() -> None:
    async with running_app(introspection=False) as site:
        codes = await site.codes("{ __schema { queryType { name } } }")
        browser = await site.http.get("/graphql", headers={"accept": "text/html"})

        assert set(codes) == {"GRAPHQL_VALIDATION_FAILED"}
        assert browser.status_code == 406
        assert code(browser) == "NOT_ACCEPTABLE"


@pytest.mark.parametrize("compiled", [True, False])
async def test_without_introspection_no_type_can_be_read(compiled: bool) -> None:
    async with running_app(introspection=False, compiled=compiled) as site:
        codes = await site.codes('{ viewer { role } __type(name: "Query") { name } }')

        assert codes == ["GRAPHQL_VALIDATION_FAILED"]


async def test_without_introspection_a_type_name_can_still_be_asked_for() -> None:
    """Clients put `__typename` into every selection."""
    async with running_app(introspection=False) as site:
        assert await site.ask("{ __typename }") == {"__typename": "Query"}


async def test_on_graphql_core_alone_the_answers_are_the_same() -> None:
    async with running_app(compiled=False) as site:
        campaign = await site.campaign()
        query = "query($id: ID!) { campaign(id: $id) { state supporters { total } } }"

        answer = await site.ask(query, id=campaign)

        assert answer == {"campaign": {"state": "LIVE", "supporters": {"total": 0}}}
