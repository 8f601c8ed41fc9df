"""Languages: Problems and top-level errors in the client's language, on HTTP, WebSocket and event streams."""

from dataclasses import replace
from typing import Any

import httpx2
import pytest

from server import create_app
from settings import Settings
from tests.support.app import SECRET, TestApp, running_app
from tests.support.serving import events, opened, serving, socket_of

pytestmark = pytest.mark.anyio

INTRODUCE = (
    'mutation { introduce(input: {givenName: " ", email: "ada"})'
    " { __typename ... on Problem { message issues { message } } } }"
)
ENGLISH = {
    "__typename": "Problem",
    "message": "Some entries need to be corrected.",
    "issues": [{"message": "This is empty: fill it in."}, {"message": "This does not look like an e-mail address."}],
}
GERMAN = {
    "__typename": "Problem",
    "message": "Einige Angaben müssen korrigiert werden.",
    "issues": [
        {"message": "Hier fehlt noch etwas: Bitte füllen Sie das Feld aus."},
        {"message": "Das sieht nicht wie eine E-Mail-Adresse aus."},
    ],
}
TOO_MANY = "{ campaigns(first: 1000) { totalCount } }"
GERMAN_ERROR = "Bitte fragen Sie 1 bis 100 Einträge auf einmal ab."


async def answer(site: TestApp, query: str, **headers: str) -> httpx2.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await site.http.post("/graphql", json={"query": query}, headers=named)


# ---------------------------------------------------------------- HTTP


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("de", "de"),
        ("de-AT, en;q=0.5", "de"),
        ("en;q=0.5", "en"),
        ("*", "en"),
        ("nonsense!", "en"),
        ("fr", "en"),
        ("x" * 10_000, "en"),
    ],
)
async def test_problem_is_in_the_language_that_the_client_prefers(site: TestApp, asked: str, language: str) -> None:
    response = await answer(site, INTRODUCE, accept_language=asked)

    assert response.json()["data"]["introduce"] == (GERMAN if language == "de" else ENGLISH)
    assert response.headers["content-language"] == language


async def test_problem_is_english_for_a_client_without_preference(site: TestApp) -> None:
    response = await answer(site, INTRODUCE)

    assert response.json()["data"]["introduce"] == ENGLISH
    assert response.headers["content-language"] == "en"


async def test_two_headers_are_one_list(site: TestApp) -> None:
    headers = [("accept-language", "fr"), ("accept-language", "de")]

    response = await site.http.post("/graphql", json={"query": INTRODUCE}, headers=headers)

    assert response.json()["data"]["introduce"] == GERMAN


@pytest.mark.parametrize("compiled", [True, False])
async def test_top_level_refusal_is_translated(compiled: bool) -> None:
    async with running_app(compiled=compiled) as site:
        response = await answer(site, TOO_MANY, accept_language="de")

    (error,) = response.json()["errors"]
    assert error["message"] == GERMAN_ERROR
    assert error["extensions"]["issues"][0]["message"] == GERMAN_ERROR
    assert response.headers["content-language"] == "de"


@pytest.mark.parametrize("compiled", [True, False])
async def test_refusal_in_the_payload_of_a_mutation_is_translated(compiled: bool) -> None:
    async with running_app(compiled=compiled) as site:
        campaign = await site.campaign()
        sign = (
            f'mutation {{ signPetition(input: {{campaignId: "{campaign}", givenName: "Ada", email: "ada@example.org"}})'
            " { ... on SignPetitionPayload { campaign { comments(first: 0) { totalCount } } } } }"
        )
        response = await answer(site, sign, accept_language="de")

    assert [error["message"] for error in response.json()["errors"]] == [GERMAN_ERROR]


async def test_refused_token_is_translated(site: TestApp) -> None:
    response = await answer(site, "{ viewer { role } }", accept_language="de", authorization="Bearer nonsense")

    assert response.status_code == 401
    assert response.json()["errors"][0]["message"] == "Das Token ist nicht von uns, oder es wurde verändert."
    assert response.headers["content-language"] == "de"


async def test_batch_is_translated(site: TestApp) -> None:
    async with running_app(batch_limit=2) as batching:
        response = await batching.http.post(
            "/graphql", json=[{"query": INTRODUCE}, {"query": TOO_MANY}], headers={"accept-language": "de"}
        )

    first, second = response.json()
    assert first["data"]["introduce"] == GERMAN
    assert second["errors"][0]["message"] == GERMAN_ERROR
    assert response.headers["content-language"] == "de"


# ---------------------------------------------------------------- nothing to translate


async def test_response_without_messages_has_no_language(site: TestApp) -> None:
    response = await answer(site, "{ viewer { role } }", accept_language="de")

    assert "content-language" not in response.headers


async def test_language_is_not_negotiated_without_a_message(site: TestApp, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> str:
        raise AssertionError("the header was read")

    monkeypatch.setattr("server.application._accept_language", fail)
    async with running_app() as other:
        response = await answer(other, "{ viewer { role } }", accept_language="de")

    assert response.json() == {"data": {"viewer": {"role": "ANONYMOUS"}}}


async def test_cached_answers_do_not_vary_by_language(site: TestApp) -> None:
    """A GET whose answer depends on the language is an error, which no cache stores."""
    headers = {"accept-language": "de"}
    good = await site.http.get("/graphql", params={"query": "{ viewer { role } }"}, headers=headers)
    bad = await site.http.get("/graphql", params={"query": TOO_MANY}, headers=headers)

    assert not [one for one in (good, bad) if "accept-language" in one.headers["vary"].lower()]
    assert "cache-control" not in good.headers
    assert (bad.headers["cache-control"], bad.headers["content-language"]) == ("private, no-store", "de")


def test_broken_catalogue_is_found_at_start_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(language: str) -> dict[str, str]:
        raise ValueError(f"{language} is broken")

    monkeypatch.setattr("server.components.translations", fail)

    with pytest.raises(ValueError, match="de is broken"):
        create_app(replace(Settings(), secret_key=SECRET))


# ---------------------------------------------------------------- streams


async def test_socket_speaks_the_language_of_its_handshake(site: TestApp) -> None:
    headers = {"accept-language": "de-DE, en;q=0.5"}
    async with serving(site) as netloc, socket_of(netloc, additional_headers=headers) as client:
        assert (await (await client.run(INTRODUCE)).data())["introduce"] == GERMAN
        (error,) = (await (await client.run(TOO_MANY)).next())["errors"]

    assert error["message"] == GERMAN_ERROR


async def test_socket_speaks_the_language_of_its_initialisation(site: TestApp) -> None:
    """A browser cannot set the header of a WebSocket's handshake."""
    headers = {"accept-language": "en"}
    async with serving(site) as netloc, opened(netloc, additional_headers=headers) as client:
        await client.initialise({"acceptLanguage": "de"})
        assert (await (await client.run(INTRODUCE)).data())["introduce"] == GERMAN


@pytest.mark.parametrize("asked", [None, 5, ["de"], "", "nonsense"])
async def test_odd_language_of_an_initialisation_is_english(site: TestApp, asked: Any) -> None:
    async with serving(site) as netloc, opened(netloc) as client:
        await client.initialise({"acceptLanguage": asked})
        assert (await (await client.run(INTRODUCE)).data())["introduce"] == ENGLISH


async def test_subscription_is_refused_in_the_language_of_the_socket(site: TestApp) -> None:
    query = 'subscription { activity(campaignId: "nonsense") { cursor } }'
    async with serving(site) as netloc, opened(netloc) as client:
        await client.initialise({"acceptLanguage": "de"})
        message = await (await client.run(query)).message()

    errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
    assert [error["message"] for error in errors] == ["Diese Kampagne gibt es nicht, oder sie ist nicht öffentlich."]


@pytest.mark.parametrize("query", [INTRODUCE, TOO_MANY])
async def test_event_stream_speaks_the_language_of_its_request(site: TestApp, query: str) -> None:
    headers = {"accept": "text/event-stream", "accept-language": "de"}
    async with (
        serving(site) as netloc,
        httpx2.AsyncClient(base_url=f"http://{netloc}") as http,
        events(http, "POST", "/graphql/stream", json={"query": query}, headers=headers) as stream,
    ):
        body = (await stream.next()).data

    assert ("Einige Angaben müssen" if query == INTRODUCE else GERMAN_ERROR) in str(body)
