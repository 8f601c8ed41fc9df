"""Operations by their hash: sent once and remembered (Apollo's protocol), or agreed beforehand in a file."""

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

ROLE = "{ viewer { role } }"
TYPE = "{ __typename }"
ANSWER = {"data": {"viewer": {"role": "ANONYMOUS"}}}
RESPONSE = "application/graphql-response+json"
NOT_FOUND = {"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}


def digest(query: str) -> str:
    return sha256(query.encode()).hexdigest()


def by_hash(query: str) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": digest(query)}}


async def post(site: TestApp, **given: Any) -> Any:
    answer = await site.http.post("/graphql", json=given)
    assert answer.status_code == 200
    return answer.json()


async def get(site: TestApp, extensions: Any, **given: str) -> httpx2.Response:
    return await site.http.get("/graphql", params=given | {"extensions": json.dumps(extensions)})


def code(answer: dict[str, Any]) -> str:
    return str(answer["errors"][0]["extensions"]["code"])


# ---------------------------------------------------------------- remembered


async def test_a_query_that_was_sent_once_is_known_by_its_hash(site: TestApp) -> None:
    unknown = await post(site, extensions=by_hash(ROLE))
    first = await post(site, query=ROLE, extensions=by_hash(ROLE))
    again = await post(site, extensions=by_hash(ROLE))

    assert unknown == {"errors": [NOT_FOUND]}
    assert first == again == ANSWER


async def test_a_query_is_known_by_get_too(site: TestApp) -> None:
    """And what one carrier registered is known to the other."""
    unknown = await get(site, by_hash(ROLE))
    await get(site, by_hash(ROLE), query=ROLE)
    by_get, by_post = await get(site, by_hash(ROLE)), await post(site, extensions=by_hash(ROLE))

    assert (unknown.status_code, unknown.json()) == (200, {"errors": [NOT_FOUND]})
    assert unknown.headers["cache-control"] == "no-store"
    assert by_get.json() == by_post == ANSWER


async def test_a_browser_that_sends_a_hash_wants_no_page(site: TestApp) -> None:
    params = {"extensions": json.dumps(by_hash(ROLE))}

    answer = await site.http.get("/graphql", params=params, headers={"accept": "text/html, */*"})

    assert answer.json() == {"errors": [NOT_FOUND]}


async def test_a_mutation_known_by_its_hash_still_does_not_come_by_get(site: TestApp) -> None:
    mutation = 'mutation { introduce(input: {givenName: "Ada"}) { __typename } }'
    await post(site, query=mutation, extensions=by_hash(mutation))

    answer = await get(site, by_hash(mutation))

    assert answer.status_code == 405


async def test_a_hash_of_another_text_is_refused_and_nothing_is_remembered(site: TestApp) -> None:
    refused = await post(site, query=TYPE, extensions=by_hash(ROLE))

    assert code(refused) == "PERSISTED_QUERY_HASH_MISMATCH"
    assert await post(site, extensions=by_hash(ROLE)) == {"errors": [NOT_FOUND]}
    assert await post(site, extensions=by_hash(TYPE)) == {"errors": [NOT_FOUND]}


async def test_the_newer_form_of_an_answer_says_so_by_its_status(site: TestApp) -> None:
    answer = await site.http.post("/graphql", json={"extensions": by_hash(ROLE)}, headers={"accept": RESPONSE})

    assert answer.status_code == 400
    assert answer.json() == {"errors": [NOT_FOUND]}


@pytest.mark.parametrize("named", [7, "a", [], {}, {"version": 2, "sha256Hash": "a"}, {"version": 1, "sha256Hash": 7}])
async def test_another_protocol_is_not_supported(site: TestApp, named: Any) -> None:
    answer = await post(site, query=ROLE, extensions={"persistedQuery": named})

    assert code(answer) == "PERSISTED_QUERY_NOT_SUPPORTED"


async def test_variables_go_with_a_hash(site: TestApp) -> None:
    query = "query($id: ID!) { campaign(id: $id) { title } }"
    campaign = await site.campaign(title="By hash")
    await post(site, query=query, variables={"id": campaign}, extensions=by_hash(query))

    answer = await post(site, variables={"id": campaign}, extensions=by_hash(query))

    assert answer == {"data": {"campaign": {"title": "By hash"}}}


async def test_a_socket_knows_what_http_knows(site: TestApp) -> None:
    await post(site, query=ROLE, extensions=by_hash(ROLE))
    async with serving(site) as address, socket_of(address) as client:
        payload = {"query": "", "extensions": by_hash(ROLE)}
        await client.say({"type": "subscribe", "id": "1", "payload": payload})

        assert await client.hear() == {"type": "next", "id": "1", "payload": ANSWER}


async def test_remembering_can_be_switched_off() -> None:
    """Clients that know the protocol stop sending hashes when they are told."""
    async with running_app(persisted_queries=False) as site:
        unsupported = await post(site, extensions=by_hash(ROLE))
        in_full = await post(site, query=ROLE, extensions=by_hash(ROLE))

        assert unsupported["errors"][0]["message"] == "PersistedQueryNotSupported"
        assert code(unsupported) == "PERSISTED_QUERY_NOT_SUPPORTED"
        assert in_full == ANSWER


# ---------------------------------------------------------------- agreed beforehand


@pytest.fixture
async def trusting(tmp_path: Path) -> AsyncIterator[TestApp]:
    path = tmp_path / "trusted.json"
    path.write_text(json.dumps({digest(ROLE): ROLE}))
    async with running_app(trusted_documents=str(path)) as made:
        yield made


async def test_a_trusted_document_is_run_by_its_hash_or_its_text(trusting: TestApp) -> None:
    by_its_hash = await post(trusting, extensions=by_hash(ROLE))
    by_its_text = await post(trusting, query=ROLE)

    assert by_its_hash == by_its_text == ANSWER


async def test_no_other_document_is_run(trusting: TestApp) -> None:
    assert await post(trusting, query=TYPE) == {"errors": [NOT_FOUND]}
    assert await post(trusting, query=TYPE, extensions=by_hash(TYPE)) == {"errors": [NOT_FOUND]}
    assert code(await post(trusting, query=TYPE, extensions=by_hash(ROLE))) == "PERSISTED_QUERY_HASH_MISMATCH"
    assert code(await post(trusting)) == "PERSISTED_QUERY_REQUIRED"


async def test_no_other_document_is_run_on_a_socket(trusting: TestApp) -> None:
    async with serving(trusting) as address, socket_of(address) as client:
        assert await (await client.run(TYPE)).code() == "PERSISTED_QUERY_NOT_FOUND"
        assert await (await client.run(ROLE)).data() == ANSWER["data"]


async def test_graphiql_is_of_no_use_with_trusted_documents(trusting: TestApp) -> None:
    answer = await trusting.http.get("/graphql", headers={"accept": "text/html"})

    assert answer.status_code == 406


@pytest.mark.parametrize("text", ["", "[]", '{"abc": "{ viewer { role } }"}', '{"abc": 7}', "{"])
async def test_a_file_that_is_not_as_it_should_be_ends_the_start(tmp_path: Path, text: str) -> None:
    path = tmp_path / "trusted.json"
    path.write_text(text)

    with pytest.raises(SystemExit, match="TRUSTED_DOCUMENTS"):
        async with running_app(trusted_documents=str(path)):
            pass


async def test_a_file_that_is_missing_ends_the_start(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="TRUSTED_DOCUMENTS"):
        async with running_app(trusted_documents=str(tmp_path / "none.json")):
            pass
