"""Request bodies: content types, malformed JSON and size limits. No body is a server error, and every error is JSON."""

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

JSON_HEADERS = {"content-type": "application/json"}
ROLE_QUERY = "{ viewer { role } }"
ROLE_RESULT = {"data": {"viewer": {"role": "ANONYMOUS"}}}


async def post(site: TestApp, content: bytes | str, **headers: str) -> httpx2.Response:
    return await site.http.post("/graphql", content=content, headers=JSON_HEADERS | headers)


def code(response: httpx2.Response) -> str:
    """Return the code of a response's first error."""
    return str(response.json()["errors"][0]["extensions"]["code"])


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
    "a lone surrogate": b'{"query": "{ campaign(slug: \\"\\ud800\\") { id } }"}',
    "half an object": b'{"query": ',
    "a deep array": b"[" * 100_000,
    "a deep array that is closed": b"[" * 5_000 + b"]" * 5_000,
    "a deep object": b'{"query": "{ viewer { role } }", "variables": ' + b'{"a":' * 2_000 + b"1" + b"}" * 2_001,
    "deep selections": b'{"query": "' + b"{a" * 3_000 + b"}" * 3_000 + b'"}',
    "a huge integer as variables": b'{"query": "{ viewer { role } }", "variables": ' + b"9" * 20_000 + b"}",
    "a lone surrogate in a variable": b'{"query": "{ viewer { role } }", "variables": {"a": "\\ud800"}}',
    "a huge integer": b'{"query": "{ viewer { role } }", "variables": {"n": ' + b"9" * 5_000 + b"}}",
    "a huge number in a query": b'{"query": "{ campaigns(first: ' + b"9" * 5_000 + b') { totalCount } }"}',
    "a number that is infinite": b'{"query": "{ viewer { role } }", "variables": {"n": 1e999}}',
    "not a number": b'{"query": "{ viewer { role } }", "variables": {"n": NaN}}',
    "a null byte": b'{"query": "{ campaign(slug: \\"a\\u0000b\\") { id } }"}',
}


CODES = {"BAD_REQUEST", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "OPERATION_TOO_COSTLY"}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
async def test_malformed_body_is_a_client_error_in_json(site: TestApp, body: bytes) -> None:
    response = await post(site, body)

    assert response.status_code in (200, 400)
    assert "errors" not in response.json() or code(response) in CODES


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
def test_no_json_body_is_a_server_error(body: Any) -> None:
    async def act(site: TestApp) -> None:
        response = await post(site, json.dumps(body))

        assert response.status_code < 500
        assert isinstance(response.json(), dict | list)

    in_running_app(act)


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xml", "", "multipart/form-data", "application/json; charset=utf-16"]
)
async def test_other_content_types_are_rejected_in_json(site: TestApp, content_type: str) -> None:
    response = await site.http.post(
        "/graphql", content=json.dumps({"query": ROLE_QUERY}), headers={"content-type": content_type}
    )

    assert response.status_code == 415
    assert code(response) == "UNSUPPORTED_MEDIA_TYPE"


@pytest.mark.parametrize(
    "content_type", ["Application/JSON", "application/json;charset=UTF-8", 'application/json; charset="utf-8"']
)
async def test_json_content_type_is_recognised(site: TestApp, content_type: str) -> None:
    response = await site.http.post(
        "/graphql", content=json.dumps({"query": ROLE_QUERY}), headers={"content-type": content_type}
    )

    assert response.json() == ROLE_RESULT


@pytest.mark.parametrize("variables", ["{", "7", "[]", '"a"', "null", "[" * 10_000])
async def test_malformed_variables_in_the_url_are_answered_in_json(site: TestApp, variables: str) -> None:
    response = await site.http.get("/graphql", params={"query": ROLE_QUERY, "variables": variables})

    assert response.status_code < 500
    assert isinstance(response.json(), dict)


# ---------------------------------------------------------------- size


async def test_too_large_content_length_is_rejected(site: TestApp) -> None:
    response = await post(site, b" " * (site.settings.body_limit + 1))

    assert response.status_code == 413
    assert code(response) == "BODY_TOO_LARGE"


async def test_too_large_chunked_body_is_rejected(site: TestApp) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b" " * (site.settings.body_limit // 10)

    async with serving(site) as netloc, httpx2.AsyncClient() as http:
        response = await http.post(f"http://{netloc}/graphql", content=chunks(), headers=JSON_HEADERS)

        assert response.status_code == 413
        assert code(response) == "BODY_TOO_LARGE"


async def test_body_of_exactly_the_limit_is_accepted() -> None:
    body = json.dumps({"query": ROLE_QUERY}).encode()
    async with running_app(body_limit=len(body)) as site:
        response = await post(site, body)

        assert response.json() == ROLE_RESULT


async def test_absurd_content_length_is_rejected(site: TestApp) -> None:
    response = await post(site, json.dumps({"query": ROLE_QUERY}), **{"content-length": "9" * 30})

    assert response.status_code == 413


async def test_too_costly_operation_is_rejected(site: TestApp) -> None:
    nested = "comments(first: 100) { nodes { replies(first: 100) { nodes { replies(first: 100) { nodes { id } } } } } }"

    codes = await site.codes(f"{{ campaigns(first: 100) {{ nodes {{ {nested} }} }} }}")

    assert codes == ["OPERATION_TOO_COSTLY"]
