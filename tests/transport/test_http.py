"""GraphQL over HTTP, by its specification: every way in, and the form that the client asks for."""

import json
from typing import Any

import httpx2
import pytest

from settings import Settings
from tests.support.app import TestApp, running_app

pytestmark = pytest.mark.anyio

ROLE = "{ viewer { role } }"
ANSWER = {"data": {"viewer": {"role": "ANONYMOUS"}}}
JSON = "application/json"
RESPONSE = "application/graphql-response+json"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
MUTATION = 'mutation { introduce(input: {givenName: "Ada"}) { __typename } }'


async def ask(site: TestApp, accept: str | None, query: str = ROLE, **variables: Any) -> httpx2.Response:
    """Asked with this Accept header, or with none."""
    request = site.http.build_request("POST", "/graphql", json={"query": query, "variables": variables})
    del request.headers["accept"]
    if accept is not None:
        request.headers["accept"] = accept
    return await site.http.send(request)


def code(answer: httpx2.Response) -> str:
    """The code of an answer that is an error."""
    return str(answer.json()["errors"][0]["extensions"]["code"])


# ---------------------------------------------------------------- ways in


async def test_a_query_comes_by_post(site: TestApp) -> None:
    answer = await site.http.post("/graphql", json={"query": ROLE})

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json() == ANSWER


async def test_a_query_comes_by_get(site: TestApp) -> None:
    answer = await site.http.get("/graphql", params={"query": ROLE}, headers={"accept": "application/json"})

    assert answer.json() == ANSWER


async def test_variables_come_by_get(site: TestApp) -> None:
    campaign = await site.campaign(title="By GET")
    query = "query($id: ID!) { campaign(id: $id) { title } }"
    params = {"query": query, "variables": json.dumps({"id": campaign})}

    answer = await site.http.get("/graphql", params=params)

    assert answer.json() == {"data": {"campaign": {"title": "By GET"}}}


async def test_a_mutation_does_not_come_by_get(site: TestApp) -> None:
    """A link or an image must not be able to write."""
    answer = await site.http.get("/graphql", params={"query": MUTATION})

    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert code(answer) == "METHOD_NOT_ALLOWED"


async def test_the_operation_named_is_the_one_that_runs(site: TestApp) -> None:
    both = "query One { viewer { role } } query Two { campaigns { totalCount } }"

    answer = await site.http.post("/graphql", json={"query": both, "operationName": "Two"})

    assert answer.json() == {"data": {"campaigns": {"totalCount": 0}}}


async def test_the_schemes_name_may_be_written_in_any_case(site: TestApp) -> None:
    headers = {"authorization": f"bearer {await site.guest()}"}

    answer = await site.http.post("/graphql", json={"query": ROLE}, headers=headers)

    assert answer.json() == {"data": {"viewer": {"role": "GUEST"}}}


async def test_an_empty_authorization_is_none(site: TestApp) -> None:
    answer = await site.http.post("/graphql", json={"query": ROLE}, headers={"authorization": ""})

    assert answer.json() == ANSWER


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "OPTIONS"])
async def test_other_methods_are_refused(site: TestApp, method: str) -> None:
    answer = await site.http.request(method, "/graphql", json={"query": ROLE})

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, POST"
    assert code(answer) == "METHOD_NOT_ALLOWED"


async def test_head_is_get_without_the_body(site: TestApp) -> None:
    answer = await site.http.head("/graphql", params={"query": ROLE})

    assert answer.status_code == 200


async def test_head_changes_nothing_either(site: TestApp) -> None:
    answer = await site.http.head("/graphql", params={"query": MUTATION})

    assert answer.status_code == 405


@pytest.mark.parametrize(
    "address",
    ["query={viewer{role}}&query={__typename}", "query={__typename}&variables={}&variables={}", "variables=%7B%7D"]
    + [
        f"query={{__typename}}&{name}={value}"
        for name in ("variables", "extensions")
        for value in ("7", "[]", "{", '""')
    ]
    + ["&".join(["query={__typename}", *(f"p{number}=1" for number in range(100))])],
)
async def test_an_address_that_is_not_as_it_should_be_is_refused(site: TestApp, address: str) -> None:
    answer = await site.http.get(f"/graphql?{address}")

    assert answer.status_code == 400
    assert code(answer) == "BAD_REQUEST"


async def test_a_parameter_that_is_empty_is_not_there(site: TestApp) -> None:
    answer = await site.http.get(f"/graphql?query={ROLE}&variables=&operationName=&extensions=&mine=1")

    assert answer.json() == ANSWER


async def test_a_subscription_is_no_answer_in_json(site: TestApp) -> None:
    query = "subscription($id: ID!) { activity(campaignId: $id) { cursor } }"

    answer = await ask(site, JSON, query, id="Q2FtcGFpZ246MQ")

    assert answer.status_code == 406
    assert code(answer) == "NOT_ACCEPTABLE"


async def test_caches_are_told_what_an_answer_by_get_depends_on(site: TestApp) -> None:
    right = await site.http.get("/graphql", params={"query": ROLE})
    wrong = await site.http.get("/graphql", params={"query": "{ nothing }"})

    assert "accept" in right.headers["vary"].lower()
    assert "cache-control" not in right.headers
    assert wrong.headers["cache-control"] == "no-store"


async def test_a_refused_token_says_how_to_authenticate(site: TestApp) -> None:
    answer = await site.http.post("/graphql", json={"query": ROLE}, headers={"authorization": "Bearer nonsense"})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert code(answer) == "UNAUTHENTICATED"


async def test_the_front_door_leads_to_graphiql(site: TestApp) -> None:
    answer = await site.http.get("/")

    assert answer.is_redirect
    assert answer.headers["location"] == "/graphql"


# ---------------------------------------------------------------- the form of the answer


@pytest.mark.parametrize(
    ("accept", "given"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (f"{JSON}; charset=utf-8", JSON),
        (RESPONSE, RESPONSE),
        (RESPONSE.upper(), RESPONSE),
        (f"{RESPONSE}, {JSON}", RESPONSE),
        (f"{JSON}, {RESPONSE}", RESPONSE),
        (f"{RESPONSE}, */*", RESPONSE),
        (f"{JSON}, */*", JSON),
        (f"{RESPONSE};q=0.5, {JSON}", JSON),
        (f"{RESPONSE};q=0.5, {JSON};q=0.4", RESPONSE),
        (f"{RESPONSE};q=0, */*", JSON),
        (f"{JSON};q=0, */*", RESPONSE),
        (f"{RESPONSE},{JSON};q=0.9", RESPONSE),  # Apollo Client 4
        (f"{RESPONSE}, application/graphql+json, {JSON}, text/event-stream, multipart/mixed", RESPONSE),  # urql
        (f"{JSON}; charset=latin-1, {RESPONSE};q=0.1", RESPONSE),
        (f"{JSON};q=nonsense", JSON),
    ],
)
async def test_an_answer_has_the_form_that_the_client_wants_most(site: TestApp, accept: str | None, given: str) -> None:
    answer = await ask(site, accept)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"{given}; charset=utf-8"
    assert answer.json() == ANSWER


@pytest.mark.parametrize("accept", ["text/html", "image/*", f"{JSON};q=0", "*/*;q=0", f"{JSON}; charset=latin-1", ";"])
async def test_a_form_that_is_not_given_is_refused(site: TestApp, accept: str) -> None:
    answer = await ask(site, accept)

    assert answer.status_code == 406
    assert code(answer) == "NOT_ACCEPTABLE"


async def test_an_accept_header_may_come_in_parts(site: TestApp) -> None:
    content = json.dumps({"query": ROLE})
    headers = [("accept", RESPONSE), ("accept", "text/html"), ("content-type", JSON)]

    answer = await site.http.post("/graphql", content=content, headers=headers)

    assert answer.headers["content-type"].startswith(RESPONSE)


NOT_RUN = {
    "no GraphQL": ("{", "GRAPHQL_PARSE_FAILED"),
    "not in the schema": ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
    "a variable is missing": ("query($id: ID!) { node(id: $id) { id } }", "BAD_USER_INPUT"),
    "none is named": ("query A { viewer { role } } query B { viewer { role } }", "GRAPHQL_VALIDATION_FAILED"),
    "there is none": ("fragment A on Query { viewer { role } }", "GRAPHQL_VALIDATION_FAILED"),
    "too much": ("{" + "".join(f" a{n}: __typename" for n in range(61)) + "}", "OPERATION_TOO_COSTLY"),
}


@pytest.mark.parametrize(("query", "expected"), NOT_RUN.values(), ids=NOT_RUN)
async def test_what_can_not_be_run_has_no_data_and_a_status_that_says_so(
    site: TestApp, query: str, expected: str
) -> None:
    newer, older = await ask(site, RESPONSE, query), await ask(site, JSON, query)

    assert (newer.status_code, older.status_code) == (400, 200)
    assert code(newer) == code(older) == expected
    assert "data" not in newer.json()
    assert "data" not in older.json()


@pytest.mark.parametrize("accept", [JSON, RESPONSE])
async def test_what_was_run_has_data_and_succeeds_for_all_its_errors(site: TestApp, accept: str) -> None:
    part = await ask(site, accept, '{ viewer { role } node(id: "nonsense") { id } }')
    none = await ask(site, accept, "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["a"] * 101)

    assert (part.status_code, none.status_code) == (200, 200)
    assert part.json()["data"] == {"viewer": {"role": "ANONYMOUS"}, "node": None}
    assert none.json()["data"] is None


async def test_an_operation_that_is_not_there_says_so(site: TestApp) -> None:
    headers = {"accept": RESPONSE}

    answer = await site.http.post("/graphql", json={"query": ROLE, "operationName": "Other"}, headers=headers)

    assert answer.status_code == 400
    assert code(answer) == "GRAPHQL_VALIDATION_FAILED"


# ---------------------------------------------------------------- the page


async def test_graphiql_is_served_to_a_browser(site: TestApp) -> None:
    answer = await site.http.get("/graphql", headers={"accept": "text/html"})

    assert answer.status_code == 200
    assert "graphiql" in answer.text.lower()


async def test_graphiql_is_served_to_those_who_prefer_it(site: TestApp) -> None:
    """A program that takes anything wants no page."""
    browser = await site.http.get("/graphql", headers={"accept": BROWSER})
    program = await site.http.get("/graphql", headers={"accept": "*/*"})
    both = await site.http.get("/graphql", headers={"accept": f"{JSON}, text/html"})

    assert browser.headers["content-type"] == "text/html; charset=utf-8"
    assert program.status_code == both.status_code == 400


async def test_a_browser_that_asks_a_query_gets_its_answer(site: TestApp) -> None:
    answer = await site.http.get("/graphql", params={"query": ROLE}, headers={"accept": BROWSER})

    assert answer.json() == ANSWER


# ---------------------------------------------------------------- what it costs


COST = {"cost": {"requested": 2, "limit": 10_000}}


@pytest.mark.parametrize(("given", "told"), [("1", COST), ("true", COST), ("0", None), ("false", None), ("", None)])
async def test_an_answer_says_its_cost_when_a_header_asks(site: TestApp, given: str, told: Any) -> None:
    answer = await site.http.post("/graphql", json={"query": ROLE}, headers={"x-graphql-cost": given})

    assert answer.json().get("extensions") == told


async def test_an_answer_says_its_cost_when_the_request_asks(site: TestApp) -> None:
    answer = await site.http.post("/graphql", json={"query": ROLE, "extensions": {"cost": True}})

    assert answer.json()["extensions"] == COST


async def test_every_answer_says_its_cost_when_that_is_set() -> None:
    async with running_app(report_cost=True) as site:
        answer = await site.post(ROLE)

        assert answer["extensions"] == COST


async def test_a_limit_can_be_set() -> None:
    async with running_app(limits=(("aliases", 1), ("points", 100))) as site:
        assert await site.codes("{ a: __typename b: __typename }") == ["OPERATION_TOO_COSTLY"]
        answer = await site.http.post("/graphql", json={"query": ROLE}, headers={"x-graphql-cost": "1"})

        assert answer.json()["extensions"]["cost"]["limit"] == 100


def test_limits_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIMITS", "aliases=1, points=100")

    assert Settings().limits == (("aliases", 1), ("points", 100))


@pytest.mark.parametrize("text", ["depth", "depth=", "depth=deep", "depth=-1"])
def test_a_limit_that_is_no_number_ends_the_start(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("LIMITS", text)

    with pytest.raises(SystemExit, match="name=number"):
        Settings()


async def test_a_limit_that_there_is_not_ends_the_start() -> None:
    with pytest.raises(SystemExit, match="points"):
        async with running_app(limits=(("patience", 1),)):
            pass


# ---------------------------------------------------------------- other sites


PREFLIGHT = {
    "origin": "https://campaign.example.org",
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization, content-type",
}


async def test_a_page_of_another_site_may_ask(site: TestApp) -> None:
    preflight = await site.http.options("/graphql", headers=PREFLIGHT)

    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "authorization" in preflight.headers["access-control-allow-headers"].lower()


async def test_a_page_of_another_site_may_read_the_answer_and_its_request_id(site: TestApp) -> None:
    answer = await site.http.post("/graphql", json={"query": ROLE}, headers={"origin": PREFLIGHT["origin"]})

    assert answer.headers["access-control-allow-origin"] == "*"
    assert "x-request-id" in answer.headers["access-control-expose-headers"].lower()


async def test_only_the_sites_that_are_set_may_ask() -> None:
    async with running_app(cors_origins=("https://ours.example.org",)) as site:
        theirs = await site.http.options("/graphql", headers=PREFLIGHT)
        ours = await site.http.options("/graphql", headers=PREFLIGHT | {"origin": "https://ours.example.org"})

        assert "access-control-allow-origin" not in theirs.headers
        assert ours.headers["access-control-allow-origin"] == "https://ours.example.org"


@pytest.mark.parametrize("method", ["POST", "GET", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "header",
    ["content-type", "x-graphql-event-stream-token", "last-event-id", "apollo-require-preflight", "x-graphql-cost"],
)
async def test_a_page_may_send_what_clients_send(site: TestApp, method: str, header: str) -> None:
    wanted = {"access-control-request-method": method, "access-control-request-headers": header}

    preflight = await site.http.options("/graphql", headers=PREFLIGHT | wanted)

    assert preflight.status_code == 200
    assert method in preflight.headers["access-control-allow-methods"]
    assert header in preflight.headers["access-control-allow-headers"]


async def test_caches_are_told_that_an_answer_depends_on_the_site() -> None:
    ours = "https://ours.example.org"
    async with running_app(cors_origins=(ours,)) as site:
        preflight = await site.http.options("/graphql", headers=PREFLIGHT | {"origin": ours})
        answer = await site.http.get("/graphql", params={"query": ROLE}, headers={"origin": ours})

        assert "origin" in preflight.headers["vary"].lower()
        assert {"origin", "accept"} <= set(answer.headers["vary"].lower().replace(" ", "").split(","))


async def test_a_program_that_is_no_page_is_told_nothing_of_pages(site: TestApp) -> None:
    """But a cache may keep what it gets by GET, and give it to a page."""
    posted = await site.http.post("/graphql", json={"query": ROLE})
    got = await site.http.get("/graphql", params={"query": ROLE})

    assert not {"vary", "access-control-allow-origin"} & set(posted.headers)
    assert "origin" in got.headers["vary"].lower()


@pytest.mark.parametrize(
    "form",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain; application/json",
    ],
)
async def test_what_a_form_of_any_page_can_send_is_refused(site: TestApp, form: str) -> None:
    """Browsers ask nobody before they send one."""
    content = json.dumps({"query": MUTATION})

    answer = await site.http.post("/graphql", content=content, headers={"content-type": form})

    assert answer.status_code == 415
    assert code(answer) == "UNSUPPORTED_MEDIA_TYPE"
