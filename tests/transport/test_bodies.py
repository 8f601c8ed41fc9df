"""What clients send: whatever it is, what goes out is JSON with a code, and nothing is the server's fault."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.app import TestApp, in_running_app, running_app
from tests.support.serving import serving

pytestmark = pytest.mark.anyio

JSON = {"content-type": "application/json"}
ROLE = "{ viewer { role } }"
ANSWER = {"data": {"viewer": {"role": "ANONYMOUS"}}}


async def post(site: TestApp, content: bytes | str, **headers: str) -> httpx2.Response:
    return await site.http.post("/graphql", content=content, headers=JSON | headers)


def code(answer: httpx2.Response) -> str:
    """The code of an answer that is an error."""
    return str(answer.json()["errors"][0]["extensions"]["code"])


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
    "a huge integer that is no variable": b'{"query": "{ viewer { role } }", "variables": ' + b"9" * 20_000 + b"}",
    "a surrogate alone in a variable": b'{"query": "{ viewer { role } }", "variables": {"a": "\\ud800"}}',
    "a huge integer": b'{"query": "{ viewer { role } }", "variables": {"n": ' + b"9" * 5_000 + b"}}",
    "a huge number in a query": b'{"query": "{ campaigns(first: ' + b"9" * 5_000 + b') { totalCount } }"}',
    "a number that is infinite": b'{"query": "{ viewer { role } }", "variables": {"n": 1e999}}',
    "not a number": b'{"query": "{ viewer { role } }", "variables": {"n": NaN}}',
    "a null byte": b'{"query": "{ campaign(slug: \\"a\\u0000b\\") { id } }"}',
}


CODES = {"BAD_REQUEST", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "OPERATION_TOO_COSTLY"}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
async def test_a_malformed_body_is_answered_in_json(site: TestApp, body: bytes) -> None:
    """It is the client's mistake, and said to be."""
    answer = await post(site, body)

    assert answer.status_code in (200, 400)
    assert "errors" not in answer.json() or code(answer) in CODES


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
    async def act(site: TestApp) -> None:
        answer = await post(site, json.dumps(body))

        assert answer.status_code < 500
        assert isinstance(answer.json(), dict | list)

    in_running_app(act)


@pytest.mark.parametrize(
    "given_type", ["text/plain", "application/xml", "", "multipart/form-data", "application/json; charset=utf-16"]
)
async def test_another_content_type_is_refused_in_json(site: TestApp, given_type: str) -> None:
    answer = await site.http.post("/graphql", content=json.dumps({"query": ROLE}), headers={"content-type": given_type})

    assert answer.status_code == 415
    assert code(answer) == "UNSUPPORTED_MEDIA_TYPE"


@pytest.mark.parametrize(
    "given_type", ["Application/JSON", "application/json;charset=UTF-8", 'application/json; charset="utf-8"']
)
async def test_json_may_be_declared_in_several_ways(site: TestApp, given_type: str) -> None:
    answer = await site.http.post("/graphql", content=json.dumps({"query": ROLE}), headers={"content-type": given_type})

    assert answer.json() == ANSWER


@pytest.mark.parametrize("variables", ["{", "7", "[]", '"a"', "null", "[" * 10_000])
async def test_malformed_variables_in_an_address_are_answered_in_json(site: TestApp, variables: str) -> None:
    answer = await site.http.get("/graphql", params={"query": ROLE, "variables": variables})

    assert answer.status_code < 500
    assert isinstance(answer.json(), dict)


# ---------------------------------------------------------------- size


async def test_a_body_that_says_it_is_too_large_is_refused(site: TestApp) -> None:
    answer = await post(site, b" " * (site.settings.body_limit + 1))

    assert answer.status_code == 413
    assert code(answer) == "BODY_TOO_LARGE"


async def test_a_body_that_turns_out_to_be_too_large_is_refused(site: TestApp) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b" " * (site.settings.body_limit // 10)

    async with serving(site) as address, httpx2.AsyncClient() as http:
        answer = await http.post(f"http://{address}/graphql", content=chunks(), headers=JSON)

        assert answer.status_code == 413
        assert code(answer) == "BODY_TOO_LARGE"


async def test_a_body_of_just_the_limit_is_taken() -> None:
    body = json.dumps({"query": ROLE}).encode()
    async with running_app(body_limit=len(body)) as site:
        answer = await post(site, body)

        assert answer.json() == ANSWER


async def test_a_declared_length_that_is_no_number_does_no_harm(site: TestApp) -> None:
    answer = await post(site, json.dumps({"query": ROLE}), **{"content-length": "9" * 30})

    assert answer.status_code == 413


async def test_an_operation_that_asks_for_too_much_is_refused_before_it_runs(site: TestApp) -> None:
    nested = "comments(first: 100) { nodes { replies(first: 100) { nodes { replies(first: 100) { nodes { id } } } } } }"

    codes = await site.codes(f"{{ campaigns(first: 100) {{ nodes {{ {nested} }} }} }}")

    assert codes == ["OPERATION_TOO_COSTLY"]
