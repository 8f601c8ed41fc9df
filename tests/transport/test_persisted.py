"""Persisted operations: Apollo's automatic persisted queries, and trusted documents from a file."""

import json
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.support.app import TestApp, running_app
from tests.support.serving import serving, socket_of

pytestmark = pytest.mark.anyio

ROLE_QUERY = "{ viewer { role } }"
TYPENAME_QUERY = "{ __typename }"
ROLE_RESULT = {"data": {"viewer": {"role": "ANONYMOUS"}}}
GRAPHQL_RESPONSE = "application/graphql-response+json"
NOT_FOUND_ERROR = {"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}


def digest(query: str) -> str:
    return sha256(query.encode()).hexdigest()


def by_hash(query: str) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": digest(query)}}


async def post(site: TestApp, **body: Any) -> Any:
    response = await site.http.post("/graphql", json=body)
    assert response.status_code == 200
    return response.json()


async def get(site: TestApp, extensions: Any, **params: str) -> httpx2.Response:
    return await site.http.get("/graphql", params=params | {"extensions": json.dumps(extensions)})


def code(result: dict[str, Any]) -> str:
    return str(result["errors"][0]["extensions"]["code"])


# ---------------------------------------------------------------- automatic persisted queries


async def test_registered_query_is_found_by_its_hash(site: TestApp) -> None:
    unknown = await post(site, extensions=by_hash(ROLE_QUERY))
    first = await post(site, query=ROLE_QUERY, extensions=by_hash(ROLE_QUERY))
    repeated = await post(site, extensions=by_hash(ROLE_QUERY))

    assert unknown == {"errors": [NOT_FOUND_ERROR]}
    assert first == repeated == ROLE_RESULT


async def test_persisted_query_works_by_get(site: TestApp) -> None:
    """A query that was registered by GET is found by POST."""
    unknown = await get(site, by_hash(ROLE_QUERY))
    await get(site, by_hash(ROLE_QUERY), query=ROLE_QUERY)
    by_get, by_post = await get(site, by_hash(ROLE_QUERY)), await post(site, extensions=by_hash(ROLE_QUERY))

    assert (unknown.status_code, unknown.json()) == (200, {"errors": [NOT_FOUND_ERROR]})
    assert unknown.headers["cache-control"] == "private, no-store"
    assert by_get.json() == by_post == ROLE_RESULT


async def test_browser_with_a_hash_gets_json(site: TestApp) -> None:
    params = {"extensions": json.dumps(by_hash(ROLE_QUERY))}

    response = await site.http.get("/graphql", params=params, headers={"accept": "text/html, */*"})

    assert response.json() == {"errors": [NOT_FOUND_ERROR]}


async def test_persisted_mutation_by_get_is_rejected(site: TestApp) -> None:
    mutation = 'mutation { introduce(input: {givenName: "Ada"}) { __typename } }'
    await post(site, query=mutation, extensions=by_hash(mutation))

    response = await get(site, by_hash(mutation))

    assert response.status_code == 405


async def test_hash_mismatch_is_rejected_and_registers_nothing(site: TestApp) -> None:
    mismatch = await post(site, query=TYPENAME_QUERY, extensions=by_hash(ROLE_QUERY))

    assert code(mismatch) == "PERSISTED_QUERY_HASH_MISMATCH"
    assert await post(site, extensions=by_hash(ROLE_QUERY)) == {"errors": [NOT_FOUND_ERROR]}
    assert await post(site, extensions=by_hash(TYPENAME_QUERY)) == {"errors": [NOT_FOUND_ERROR]}


async def test_unknown_hash_is_a_400_as_graphql_response(site: TestApp) -> None:
    response = await site.http.post(
        "/graphql", json={"extensions": by_hash(ROLE_QUERY)}, headers={"accept": GRAPHQL_RESPONSE}
    )

    assert response.status_code == 400
    assert response.json() == {"errors": [NOT_FOUND_ERROR]}


@pytest.mark.parametrize(
    "persisted_query", [7, "a", [], {}, {"version": 2, "sha256Hash": "a"}, {"version": 1, "sha256Hash": 7}]
)
async def test_other_persisted_query_protocols_are_not_supported(site: TestApp, persisted_query: Any) -> None:
    response = await post(site, query=ROLE_QUERY, extensions={"persistedQuery": persisted_query})

    assert code(response) == "PERSISTED_QUERY_NOT_SUPPORTED"


async def test_variables_are_sent_with_a_hash(site: TestApp) -> None:
    query = "query($id: ID!) { campaign(id: $id) { title } }"
    campaign = await site.campaign(title="By hash")
    await post(site, query=query, variables={"id": campaign}, extensions=by_hash(query))

    response = await post(site, variables={"id": campaign}, extensions=by_hash(query))

    assert response == {"data": {"campaign": {"title": "By hash"}}}


async def test_query_registered_over_http_is_found_over_websocket(site: TestApp) -> None:
    await post(site, query=ROLE_QUERY, extensions=by_hash(ROLE_QUERY))
    async with serving(site) as netloc, socket_of(netloc) as client:
        payload = {"query": "", "extensions": by_hash(ROLE_QUERY)}
        await client.say({"type": "subscribe", "id": "1", "payload": payload})

        assert await client.hear() == {"type": "next", "id": "1", "payload": ROLE_RESULT}


async def test_persisted_queries_can_be_switched_off() -> None:
    """Clients stop sending hashes when they get this error code."""
    async with running_app(persisted_queries=False) as site:
        unsupported = await post(site, extensions=by_hash(ROLE_QUERY))
        in_full = await post(site, query=ROLE_QUERY, extensions=by_hash(ROLE_QUERY))

        assert unsupported["errors"][0]["message"] == "PersistedQueryNotSupported"
        assert code(unsupported) == "PERSISTED_QUERY_NOT_SUPPORTED"
        assert in_full == ROLE_RESULT


# ---------------------------------------------------------------- trusted documents


@pytest.fixture
async def trusting(tmp_path: Path) -> AsyncIterator[TestApp]:
    path = tmp_path / "trusted.json"
    path.write_text(json.dumps({digest(ROLE_QUERY): ROLE_QUERY}))
    async with running_app(trusted_documents=str(path)) as site:
        yield site


async def test_trusted_document_runs_by_hash_or_text(trusting: TestApp) -> None:
    by_its_hash = await post(trusting, extensions=by_hash(ROLE_QUERY))
    by_its_text = await post(trusting, query=ROLE_QUERY)

    assert by_its_hash == by_its_text == ROLE_RESULT


async def test_untrusted_document_is_rejected(trusting: TestApp) -> None:
    assert await post(trusting, query=TYPENAME_QUERY) == {"errors": [NOT_FOUND_ERROR]}
    assert await post(trusting, query=TYPENAME_QUERY, extensions=by_hash(TYPENAME_QUERY)) == {
        "errors": [NOT_FOUND_ERROR]
    }
    assert (
        code(await post(trusting, query=TYPENAME_QUERY, extensions=by_hash(ROLE_QUERY)))
        == "PERSISTED_QUERY_HASH_MISMATCH"
    )
    assert code(await post(trusting)) == "PERSISTED_QUERY_REQUIRED"


async def test_untrusted_document_is_rejected_over_websocket(trusting: TestApp) -> None:
    async with serving(trusting) as netloc, socket_of(netloc) as client:
        assert await (await client.run(TYPENAME_QUERY)).code() == "PERSISTED_QUERY_NOT_FOUND"
        assert await (await client.run(ROLE_QUERY)).data() == ROLE_RESULT["data"]


async def test_trusted_documents_switch_graphiql_off(trusting: TestApp) -> None:
    response = await trusting.http.get("/graphql", headers={"accept": "text/html"})

    assert response.status_code == 406


@pytest.mark.parametrize("text", ["", "[]", '{"abc": "{ viewer { role } }"}', '{"abc": 7}', "{"])
async def test_malformed_trusted_documents_stop_startup(tmp_path: Path, text: str) -> None:
    path = tmp_path / "trusted.json"
    path.write_text(text)

    with pytest.raises(SystemExit, match="TRUSTED_DOCUMENTS"):
        async with running_app(trusted_documents=str(path)):
            pass


async def test_missing_trusted_documents_stop_startup(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="TRUSTED_DOCUMENTS"):
        async with running_app(trusted_documents=str(tmp_path / "none.json")):
            pass
