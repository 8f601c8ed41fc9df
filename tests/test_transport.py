"""GraphQL over HTTP: whatever comes in, what goes out is JSON with a code, and nothing of our insides."""

import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

import models
from resolvers.context import Context
from tests.serving import serving, socket_of
from tests.world import World, in_world, world

pytestmark = pytest.mark.anyio

JSON = {"content-type": "application/json"}
ROLE = "{ viewer { role } }"
ANSWER = {"data": {"viewer": {"role": "ANONYMOUS"}}}


async def post(site: World, content: bytes | str, **headers: str) -> httpx2.Response:
    return await site.http.post("/graphql", content=content, headers=JSON | headers)


def code(answer: httpx2.Response) -> str:
    """The code of an answer that is an error."""
    return str(answer.json()["errors"][0]["extensions"]["code"])


# ---------------------------------------------------------------- ways in


async def test_a_query_comes_by_post(site: World) -> None:
    answer = await site.http.post("/graphql", json={"query": ROLE})

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json() == ANSWER


async def test_a_query_comes_by_get(site: World) -> None:
    answer = await site.http.get("/graphql", params={"query": ROLE}, headers={"accept": "application/json"})

    assert answer.json() == ANSWER


async def test_variables_come_by_get(site: World) -> None:
    campaign = await site.campaign(title="By GET")
    query = "query($id: ID!) { campaign(id: $id) { title } }"
    params = {"query": query, "variables": json.dumps({"id": campaign})}

    answer = await site.http.get("/graphql", params=params)

    assert answer.json() == {"data": {"campaign": {"title": "By GET"}}}


async def test_a_mutation_does_not_come_by_get(site: World) -> None:
    """A link or an image must not be able to write."""
    mutation = 'mutation { introduce(input: {givenName: "Ada"}) { __typename } }'

    answer = await site.http.get("/graphql", params={"query": mutation})

    assert answer.status_code in (400, 405)
    assert "errors" in answer.json()


async def test_the_operation_named_is_the_one_that_runs(site: World) -> None:
    both = "query One { viewer { role } } query Two { campaigns { totalCount } }"

    answer = await site.http.post("/graphql", json={"query": both, "operationName": "Two"})

    assert answer.json() == {"data": {"campaigns": {"totalCount": 0}}}


async def test_the_schemes_name_may_be_written_in_any_case(site: World) -> None:
    headers = {"authorization": f"bearer {await site.guest()}"}

    answer = await site.http.post("/graphql", json={"query": ROLE}, headers=headers)

    assert answer.json() == {"data": {"viewer": {"role": "GUEST"}}}


async def test_an_empty_authorization_is_none(site: World) -> None:
    answer = await site.http.post("/graphql", json={"query": ROLE}, headers={"authorization": ""})

    assert answer.json() == ANSWER


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_other_methods_are_refused(site: World, method: str) -> None:
    answer = await site.http.request(method, "/graphql", json={"query": ROLE})

    assert answer.status_code == 405


async def test_graphiql_is_served_to_a_browser(site: World) -> None:
    answer = await site.http.get("/graphql", headers={"accept": "text/html"})

    assert answer.status_code == 200
    assert "graphiql" in answer.text.lower()


async def test_the_front_door_leads_to_graphiql(site: World) -> None:
    answer = await site.http.get("/")

    assert answer.is_redirect
    assert answer.headers["location"] == "/graphql"


# ---------------------------------------------------------------- other sites


PREFLIGHT = {
    "origin": "https://campaign.example.org",
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization, content-type",
}


async def test_a_page_of_another_site_may_ask(site: World) -> None:
    preflight = await site.http.options("/graphql", headers=PREFLIGHT)

    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "authorization" in preflight.headers["access-control-allow-headers"].lower()


async def test_a_page_of_another_site_may_read_the_answer_and_its_request_id(site: World) -> None:
    answer = await site.http.post("/graphql", json={"query": ROLE}, headers={"origin": PREFLIGHT["origin"]})

    assert answer.headers["access-control-allow-origin"] == "*"
    assert "x-request-id" in answer.headers["access-control-expose-headers"].lower()


async def test_only_the_sites_that_are_set_may_ask() -> None:
    async with world(cors_origins=("https://ours.example.org",)) as site:
        theirs = await site.http.options("/graphql", headers=PREFLIGHT)
        ours = await site.http.options("/graphql", headers=PREFLIGHT | {"origin": "https://ours.example.org"})

        assert "access-control-allow-origin" not in theirs.headers
        assert ours.headers["access-control-allow-origin"] == "https://ours.example.org"


# ---------------------------------------------------------------- errors have a code


async def test_what_is_not_graphql_says_so(site: World) -> None:
    assert await site.codes("{ viewer { role ") == ["GRAPHQL_PARSE_FAILED"]


async def test_what_the_schema_does_not_know_says_so(site: World) -> None:
    assert await site.codes("{ nothing }") == ["GRAPHQL_VALIDATION_FAILED"]


async def test_nothing_is_suggested_to_those_who_guess(site: World) -> None:
    body = await site.post("{ viewerr { role } }")

    assert "did you mean" not in body["errors"][0]["message"].lower()


async def test_suggestions_can_be_switched_on_for_development() -> None:
    async with world(suggestions=True) as site:
        body = await site.post("{ viewerr { role } }")

        assert "did you mean" in body["errors"][0]["message"].lower()


@pytest.mark.parametrize(
    "variables",
    [{}, {"id": None}, {"id": ["a"]}, {"id": {"a": 1}}, {"id": True}, {"id": 1.5}],
)
async def test_a_variable_of_the_wrong_type_says_so(site: World, variables: dict[str, Any]) -> None:
    query = "query($id: ID!) { node(id: $id) { id } }"

    assert await site.codes(query, **variables) == ["BAD_USER_INPUT"]


async def test_an_enum_value_that_does_not_exist_says_so(site: World) -> None:
    query = "query($s: CampaignSort!) { campaigns(sort: $s) { totalCount } }"

    assert await site.codes(query, s="LOUDEST") == ["BAD_USER_INPUT"]


async def test_an_integer_beyond_32_bits_says_so(site: World) -> None:
    query = "query($n: Int) { campaigns(first: $n) { totalCount } }"

    assert await site.codes(query, n=2**40) == ["BAD_USER_INPUT"]


async def test_a_refusal_keeps_its_own_code(site: World) -> None:
    assert await site.codes("{ campaigns(first: 0) { totalCount } }") == ["INVALID"]


# ---------------------------------------------------------------- malformed bodies


MALFORMED = {
    "nothing": b"",
    "null": b"null",
    "a number": b"7",
    "a string": b'"{ viewer { role } }"',
    "true": b"true",
    "an empty list": b"[]",
    "a list of numbers": b"[1, 2]",
    "an object without a query": b"{}",
    "a query that is null": b'{"query": null}',
    "a query that is a number": b'{"query": 7}',
    "a query that is a list": b'{"query": ["{ viewer { role } }"]}',
    "variables that are a list": b'{"query": "{ viewer { role } }", "variables": [1]}',
    "variables that are a string": b'{"query": "{ viewer { role } }", "variables": "a"}',
    "an operation name that is a number": b'{"query": "{ viewer { role } }", "operationName": 7}',
    "extensions that are a number": b'{"query": "{ viewer { role } }", "extensions": 7}',
    "an operation that is not there": b'{"query": "{ viewer { role } }", "operationName": "Other"}',
    "bytes that are not UTF-8": b'{"query": "\xff\xfe"}',
    "a surrogate alone": b'{"query": "{ campaign(slug: \\"\\ud800\\") { id } }"}',
    "half an object": b'{"query": ',
    "a deep array": b"[" * 100_000,
    "a deep array that ends": b"[" * 5_000 + b"]" * 5_000,
    "a deep object": b'{"query": "{ viewer { role } }", "variables": ' + b'{"a":' * 2_000 + b"1" + b"}" * 2_001,
    "deep selections": b'{"query": "' + b"{a" * 3_000 + b"}" * 3_000 + b'"}',
    "a huge integer": b'{"query": "{ viewer { role } }", "variables": {"n": ' + b"9" * 5_000 + b"}}",
    "a huge number in a query": b'{"query": "{ campaigns(first: ' + b"9" * 5_000 + b') { totalCount } }"}',
    "a number that is infinite": b'{"query": "{ viewer { role } }", "variables": {"n": 1e999}}',
    "not a number": b'{"query": "{ viewer { role } }", "variables": {"n": NaN}}',
    "a null byte": b'{"query": "{ campaign(slug: \\"a\\u0000b\\") { id } }"}',
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
async def test_a_malformed_body_is_answered_in_json(site: World, body: bytes) -> None:
    """It is the client's mistake, and said to be."""
    answer = await post(site, body)

    assert answer.status_code < 500
    assert "errors" not in answer.json() or code(answer) != "INTERNAL_SERVER_ERROR"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["query", "variables", "operationName", "extensions", "a"]), inner)
        ),
        max_leaves=6,
    )
)
def test_no_json_makes_the_server_fail(body: Any) -> None:
    async def act(site: World) -> None:
        answer = await post(site, json.dumps(body))

        assert answer.status_code < 500
        assert isinstance(answer.json(), dict | list)

    in_world(act)


@pytest.mark.parametrize("given_type", ["text/plain", "application/xml", "", "multipart/form-data"])
async def test_another_content_type_is_refused_in_json(site: World, given_type: str) -> None:
    answer = await site.http.post("/graphql", content=json.dumps({"query": ROLE}), headers={"content-type": given_type})

    assert 400 <= answer.status_code < 500
    assert "errors" in answer.json()


@pytest.mark.parametrize("variables", ["{", "7", "[]", '"a"', "null", "[" * 10_000])
async def test_malformed_variables_in_an_address_are_answered_in_json(site: World, variables: str) -> None:
    answer = await site.http.get("/graphql", params={"query": ROLE, "variables": variables})

    assert answer.status_code < 500
    assert isinstance(answer.json(), dict)


# ---------------------------------------------------------------- size


async def test_a_body_that_says_it_is_too_large_is_refused(site: World) -> None:
    answer = await post(site, b" " * (site.settings.body_limit + 1))

    assert answer.status_code == 413
    assert code(answer) == "BODY_TOO_LARGE"


async def test_a_body_that_turns_out_to_be_too_large_is_refused(site: World) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b" " * (site.settings.body_limit // 10)

    async with serving(site) as address, httpx2.AsyncClient() as http:
        answer = await http.post(f"http://{address}/graphql", content=chunks(), headers=JSON)

        assert answer.status_code == 413
        assert code(answer) == "BODY_TOO_LARGE"


async def test_a_body_of_just_the_limit_is_taken() -> None:
    body = json.dumps({"query": ROLE}).encode()
    async with world(body_limit=len(body)) as site:
        answer = await post(site, body)

        assert answer.json() == ANSWER


async def test_a_declared_length_that_is_no_number_does_no_harm(site: World) -> None:
    answer = await post(site, json.dumps({"query": ROLE}), **{"content-length": "9" * 30})

    assert answer.status_code == 413


async def test_an_operation_that_asks_for_too_much_is_refused_before_it_runs(site: World) -> None:
    nested = "comments(first: 100) { nodes { replies(first: 100) { nodes { replies(first: 100) { nodes { id } } } } } }"

    codes = await site.codes(f"{{ campaigns(first: 100) {{ nodes {{ {nested} }} }} }}")

    assert codes == ["OPERATION_TOO_COSTLY"]


# ---------------------------------------------------------------- mistakes of our own


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The viewer's profile can't be read, for a reason that is nobody's business."""

    async def fail(*_: Any) -> None:
        raise RuntimeError("the secret of our insides")

    monkeypatch.setattr(models, "read_one", fail)


FAILING = "{ viewer { role profile { email } } }"


@pytest.mark.usefixtures("broken")
async def test_an_unexpected_error_is_masked(site: World) -> None:
    body = await site.post(FAILING, await site.guest())

    (error,) = body["errors"]
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert error["path"] == ["viewer", "profile"]
    assert "secret" not in json.dumps(body)
    assert body["data"]["viewer"] == {"role": "GUEST", "profile": None}


@pytest.mark.usefixtures("broken")
async def test_an_unexpected_error_is_found_again_in_the_log(site: World, caplog: pytest.LogCaptureFixture) -> None:
    """By the request id, which the client has twice: in the header and beside the error."""
    headers = {"authorization": f"Bearer {await site.guest()}"}

    answer = await site.http.post("/graphql", json={"query": FAILING}, headers=headers)

    request_id = answer.headers["x-request-id"]
    assert answer.json()["errors"][0]["extensions"]["requestId"] == request_id
    logged = [record for record in caplog.records if request_id in record.getMessage()]
    assert [record.levelno for record in logged] == [logging.ERROR]
    assert "the secret of our insides" in caplog.text


async def test_a_failure_before_anything_runs_is_masked_too(
    site: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
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


@pytest.mark.usefixtures("broken")
async def test_an_unexpected_error_is_masked_on_a_socket(site: World, caplog: pytest.LogCaptureFixture) -> None:
    guest = await site.guest()
    async with serving(site) as address, socket_of(address, guest) as client:
        result = await (await client.run(FAILING)).next()

        (error,) = result["errors"]
        assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
        assert "secret" not in json.dumps(result)
        assert error["extensions"]["requestId"] in caplog.text


async def test_every_answer_has_a_request_id_of_its_own(site: World) -> None:
    first = await site.http.post("/graphql", json={"query": ROLE})
    second = await site.http.post("/graphql", content="nonsense", headers=JSON)

    assert first.headers["x-request-id"]
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


# ---------------------------------------------------------------- introspection


async def test_the_schema_can_be_read(site: World) -> None:
    answer = await site.ask("{ __schema { queryType { name } } }")

    assert answer == {"__schema": {"queryType": {"name": "Query"}}}


async def test_introspection_can_be_switched_off() -> None:
    async with world(introspection=False) as site:
        codes = await site.codes("{ __schema { queryType { name } } }")
        browser = await site.http.get("/graphql", headers={"accept": "text/html"})

        assert set(codes) == {"GRAPHQL_VALIDATION_FAILED"}
        assert "graphiql" not in browser.text.lower()


async def test_without_introspection_a_type_name_can_still_be_asked_for() -> None:
    """Clients put `__typename` into every selection."""
    async with world(introspection=False) as site:
        assert await site.ask("{ __typename }") == {"__typename": "Query"}


async def test_on_graphql_core_alone_the_answers_are_the_same() -> None:
    async with world(compiled=False) as site:
        campaign = await site.campaign()
        query = "query($id: ID!) { campaign(id: $id) { state supporters { total } } }"

        answer = await site.ask(query, id=campaign)

        assert answer == {"campaign": {"state": "LIVE", "supporters": {"total": 0}}}
