"""GraphQL over HTTP: methods, content negotiation, GraphiQL, cost, CORS and CSRF."""

import json
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
import pytest

from settings import Settings
from tests.support.app import TestApp, running_app
from tests.support.serving import serving

pytestmark = pytest.mark.anyio

ROLE_QUERY = "{ viewer { role } }"
ROLE_RESULT = {"data": {"viewer": {"role": "ANONYMOUS"}}}
JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"
URQL_ACCEPT = f"{GRAPHQL_RESPONSE}, application/graphql+json, {JSON}, text/event-stream, multipart/mixed"
BROWSER_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
MUTATION = 'mutation { introduce(input: {givenName: "Ada"}) { __typename } }'


async def post_query(site: TestApp, accept: str | None, query: str = ROLE_QUERY, **variables: Any) -> httpx2.Response:
    """Post a query with this Accept header, or without one."""
    request = site.http.build_request("POST", "/graphql", json={"query": query, "variables": variables})
    del request.headers["accept"]
    if accept is not None:
        request.headers["accept"] = accept
    return await site.http.send(request)


def code(response: httpx2.Response) -> str:
    """Return the code of a response's first error."""
    return str(response.json()["errors"][0]["extensions"]["code"])


# ---------------------------------------------------------------- methods and parameters


async def test_query_by_post(site: TestApp) -> None:
    response = await site.http.post("/graphql", json={"query": ROLE_QUERY})

    assert response.status_code == 200
    assert response.headers["content-type"].startswith("application/json")
    assert response.json() == ROLE_RESULT


async def test_query_by_get(site: TestApp) -> None:
    response = await site.http.get("/graphql", params={"query": ROLE_QUERY}, headers={"accept": "application/json"})

    assert response.json() == ROLE_RESULT


async def test_variables_by_get_are_json(site: TestApp) -> None:
    campaign = await site.campaign(title="By GET")
    query = "query($id: ID!) { campaign(id: $id) { title } }"
    params = {"query": query, "variables": json.dumps({"id": campaign})}

    response = await site.http.get("/graphql", params=params)

    assert response.json() == {"data": {"campaign": {"title": "By GET"}}}


async def test_mutation_by_get_is_rejected(site: TestApp) -> None:
    """A link or an image on any page can make a browser send a GET (CSRF)."""
    response = await site.http.get("/graphql", params={"query": MUTATION})

    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert code(response) == "METHOD_NOT_ALLOWED"


async def test_operation_name_selects_the_operation(site: TestApp) -> None:
    both = "query One { viewer { role } } query Two { campaigns { totalCount } }"

    response = await site.http.post("/graphql", json={"query": both, "operationName": "Two"})

    assert response.json() == {"data": {"campaigns": {"totalCount": 0}}}


async def test_authorization_scheme_is_case_insensitive(site: TestApp) -> None:
    headers = {"authorization": f"bearer {await site.guest()}"}

    response = await site.http.post("/graphql", json={"query": ROLE_QUERY}, headers=headers)

    assert response.json() == {"data": {"viewer": {"role": "GUEST"}}}


async def test_empty_authorization_is_anonymous(site: TestApp) -> None:
    response = await site.http.post("/graphql", json={"query": ROLE_QUERY}, headers={"authorization": ""})

    assert response.json() == ROLE_RESULT


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "OPTIONS"])
async def test_other_methods_are_rejected(site: TestApp, method: str) -> None:
    response = await site.http.request(method, "/graphql", json={"query": ROLE_QUERY})

    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, POST"
    assert code(response) == "METHOD_NOT_ALLOWED"


async def test_head_runs_a_query(site: TestApp) -> None:
    response = await site.http.head("/graphql", params={"query": ROLE_QUERY})

    assert response.status_code == 200


async def test_mutation_by_head_is_rejected(site: TestApp) -> None:
    response = await site.http.head("/graphql", params={"query": MUTATION})

    assert response.status_code == 405


@pytest.mark.parametrize(
    "query_string",
    ["query={viewer{role}}&query={__typename}", "query={__typename}&variables={}&variables={}", "variables=%7B%7D"]
    + [
        f"query={{__typename}}&{name}={value}"
        for name in ("variables", "extensions")
        for value in ("7", "[]", "{", '""')
    ]
    + ["&".join(["query={__typename}", *(f"p{number}=1" for number in range(100))])],
)
async def test_malformed_query_string_is_rejected(site: TestApp, query_string: str) -> None:
    response = await site.http.get(f"/graphql?{query_string}")

    assert response.status_code == 400
    assert code(response) == "BAD_REQUEST"


async def test_empty_and_unknown_url_parameters_are_ignored(site: TestApp) -> None:
    response = await site.http.get(f"/graphql?query={ROLE_QUERY}&variables=&operationName=&extensions=&mine=1")

    assert response.json() == ROLE_RESULT


async def test_subscription_is_not_answered_in_json(site: TestApp) -> None:
    query = "subscription($id: ID!) { activity(campaignId: $id) { cursor } }"

    response = await post_query(site, JSON, query, id="Q2FtcGFpZ246MQ")

    assert response.status_code == 406
    assert code(response) == "NOT_ACCEPTABLE"


async def test_response_by_get_varies_by_accept_and_errors_are_not_stored(site: TestApp) -> None:
    success = await site.http.get("/graphql", params={"query": ROLE_QUERY})
    failure = await site.http.get("/graphql", params={"query": "{ nothing }"})

    assert "accept" in success.headers["vary"].lower()
    assert "cache-control" not in success.headers
    assert failure.headers["cache-control"] == "private, no-store"


async def test_bad_token_is_401_with_the_scheme(site: TestApp) -> None:
    response = await site.http.post(
        "/graphql", json={"query": ROLE_QUERY}, headers={"authorization": "Bearer nonsense"}
    )

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert code(response) == "UNAUTHENTICATED"


async def test_root_redirects_to_graphiql(site: TestApp) -> None:
    response = await site.http.get("/")

    assert response.is_redirect
    assert response.headers["location"] == "/graphql"


# ---------------------------------------------------------------- content negotiation


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (f"{JSON}; charset=utf-8", JSON),
        (GRAPHQL_RESPONSE, GRAPHQL_RESPONSE),
        (GRAPHQL_RESPONSE.upper(), GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE}, {JSON}", GRAPHQL_RESPONSE),
        (f"{JSON}, {GRAPHQL_RESPONSE}", GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE}, */*", GRAPHQL_RESPONSE),
        (f"{JSON}, */*", JSON),
        (f"{GRAPHQL_RESPONSE};q=0.5, {JSON}", JSON),
        (f"{GRAPHQL_RESPONSE};q=0.5, {JSON};q=0.4", GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE};q=0, */*", JSON),
        (f"{JSON};q=0, */*", GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE},{JSON};q=0.9", GRAPHQL_RESPONSE),  # Apollo Client 4
        (URQL_ACCEPT, GRAPHQL_RESPONSE),
        (f"{JSON}; charset=latin-1, {GRAPHQL_RESPONSE};q=0.1", GRAPHQL_RESPONSE),
        (f"{JSON};q=nonsense", JSON),
    ],
)
async def test_preferred_media_type_is_sent(site: TestApp, accept: str | None, media_type: str) -> None:
    response = await post_query(site, accept)

    assert response.status_code == 200
    assert response.headers["content-type"] == f"{media_type}; charset=utf-8"
    assert response.json() == ROLE_RESULT


@pytest.mark.parametrize("accept", ["text/html", "image/*", f"{JSON};q=0", "*/*;q=0", f"{JSON}; charset=latin-1", ";"])
async def test_unsupported_media_type_is_not_acceptable(site: TestApp, accept: str) -> None:
    response = await post_query(site, accept)

    assert response.status_code == 406
    assert code(response) == "NOT_ACCEPTABLE"


async def test_repeated_accept_headers_are_joined(site: TestApp) -> None:
    content = json.dumps({"query": ROLE_QUERY})
    headers = [("accept", GRAPHQL_RESPONSE), ("accept", "text/html"), ("content-type", JSON)]

    response = await site.http.post("/graphql", content=content, headers=headers)

    assert response.headers["content-type"].startswith(GRAPHQL_RESPONSE)


NOT_EXECUTED = {
    "syntax error": ("{", "GRAPHQL_PARSE_FAILED"),
    "unknown field": ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
    "missing variable": ("query($id: ID!) { node(id: $id) { id } }", "BAD_USER_INPUT"),
    "several operations and no name": (
        "query A { viewer { role } } query B { viewer { role } }",
        "GRAPHQL_VALIDATION_FAILED",
    ),
    "no operation": ("fragment A on Query { viewer { role } }", "GRAPHQL_VALIDATION_FAILED"),
    "too costly": ("{" + "".join(f" a{n}: __typename" for n in range(61)) + "}", "OPERATION_TOO_COSTLY"),
}


@pytest.mark.parametrize(("query", "expected"), NOT_EXECUTED.values(), ids=NOT_EXECUTED)
async def test_operation_that_cannot_run_has_no_data_and_status_400(site: TestApp, query: str, expected: str) -> None:
    graphql_response, json_response = (
        await post_query(site, GRAPHQL_RESPONSE, query),
        await post_query(site, JSON, query),
    )

    assert (graphql_response.status_code, json_response.status_code) == (400, 200)
    assert code(graphql_response) == code(json_response) == expected
    assert "data" not in graphql_response.json()
    assert "data" not in json_response.json()


@pytest.mark.parametrize("accept", [JSON, GRAPHQL_RESPONSE])
async def test_executed_operation_has_data_and_status_200_despite_errors(site: TestApp, accept: str) -> None:
    partial = await post_query(site, accept, '{ viewer { role } node(id: "nonsense") { id } }')
    without_data = await post_query(site, accept, "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["a"] * 101)

    assert (partial.status_code, without_data.status_code) == (200, 200)
    assert partial.json()["data"] == {"viewer": {"role": "ANONYMOUS"}, "node": None}
    assert without_data.json()["data"] is None


async def test_unknown_operation_name_is_a_validation_error(site: TestApp) -> None:
    headers = {"accept": GRAPHQL_RESPONSE}

    response = await site.http.post("/graphql", json={"query": ROLE_QUERY, "operationName": "Other"}, headers=headers)

    assert response.status_code == 400
    assert code(response) == "GRAPHQL_VALIDATION_FAILED"


# ---------------------------------------------------------------- caches


@pytest.mark.parametrize(
    "params",
    [{"query": ROLE_QUERY}, {"query": "{ nonsense }"}, {"query": "{"}, {}, {"query": "mutation { signOut }"}],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["/graphql", "/graphql/stream"])
async def test_no_cache_stores_the_answer_to_a_token(
    site: TestApp, path: str, method: str, params: dict[str, str]
) -> None:
    headers = {"authorization": f"Bearer {await site.guest()}", "accept": "*/*"}
    response = await site.http.request(method, path, params=params, headers=headers)

    assert response.headers["cache-control"] == "private, no-store"
    assert "authorization" in response.headers["vary"]


async def test_no_cache_stores_the_answer_to_a_bad_token(site: TestApp) -> None:
    response = await site.http.get("/graphql", params={"query": ROLE_QUERY}, headers={"authorization": "Bearer x"})

    assert response.status_code == 401
    assert response.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize("params", [{"query": ROLE_QUERY}, {"query": "{ nonsense }"}, {}])
async def test_public_answer_varies_by_authorization(site: TestApp, params: dict[str, str]) -> None:
    response = await site.http.get("/graphql", params=params)

    assert "authorization" in response.headers["vary"]
    assert ("cache-control" in response.headers) is (params.get("query") != ROLE_QUERY)


async def test_metrics_are_not_stored_by_caches() -> None:
    async with running_app(metrics_token="a-token-for-metrics") as site:
        found = await site.http.get("/metrics", headers={"authorization": "Bearer a-token-for-metrics"})
        hidden = await site.http.get("/metrics")

    assert (found.status_code, hidden.status_code) == (200, 404)
    assert {found.headers["cache-control"], hidden.headers["cache-control"]} == {"private, no-store"}


# ---------------------------------------------------------------- GraphiQL


async def test_graphiql_is_served_for_html(site: TestApp) -> None:
    response = await site.http.get("/graphql", headers={"accept": "text/html"})

    assert response.status_code == 200
    assert "graphiql" in response.text.lower()


async def test_graphiql_loads_only_from_this_server(site: TestApp) -> None:
    page = await site.http.get("/graphql", headers={"accept": "text/html"})
    named = re.findall(r'(?:src|href)="([^"]*)"', page.text)
    policy = page.headers["content-security-policy"]

    assert "//" not in page.text.replace("<!doctype html>", "")
    assert "default-src 'none'; script-src 'self'; connect-src 'self';" in policy
    assert policy.endswith("frame-ancestors 'none'")
    assert page.headers["x-content-type-options"] == "nosniff"
    assert len([name for name in named if name.startswith("graphql/graphiql/")]) == 7


async def test_files_of_graphiql_are_kept_by_browsers(site: TestApp) -> None:
    page = await site.http.get("/graphql", headers={"accept": "text/html"})
    for name in re.findall(r'"(graphql/graphiql/[^"]*)"', page.text):
        file = await site.http.get(f"/{name}")

        assert file.status_code == 200
        assert file.headers["content-type"].split(";")[0] in ("text/javascript", "text/css", "application/javascript")
        assert file.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert file.headers["x-content-type-options"] == "nosniff"


def test_files_of_graphiql_are_those_that_their_table_names() -> None:
    folder = Path(__file__).parents[2] / "web" / "graphiql"
    table = (folder / "README.md").read_text()
    for name in ("graphiql.js", "graphiql.css", "explorer.js", "react.js", "react-dom.js"):
        assert f"`{sha256((folder / name).read_bytes()).hexdigest()}`" in table, name


async def test_graphiql_is_served_only_to_clients_that_prefer_html(site: TestApp) -> None:
    """A program that accepts anything wants JSON."""
    browser = await site.http.get("/graphql", headers={"accept": BROWSER_ACCEPT})
    program = await site.http.get("/graphql", headers={"accept": "*/*"})
    both = await site.http.get("/graphql", headers={"accept": f"{JSON}, text/html"})

    assert browser.headers["content-type"] == "text/html; charset=utf-8"
    assert program.status_code == both.status_code == 400


async def test_browser_with_a_query_gets_its_result(site: TestApp) -> None:
    response = await site.http.get("/graphql", params={"query": ROLE_QUERY}, headers={"accept": BROWSER_ACCEPT})

    assert response.json() == ROLE_RESULT


# ---------------------------------------------------------------- cost


COST_EXTENSIONS = {"cost": {"requested": 2, "limit": 10_000}}


@pytest.mark.parametrize(
    ("header", "extensions"),
    [("1", COST_EXTENSIONS), ("true", COST_EXTENSIONS), ("0", None), ("false", None), ("", None)],
)
async def test_cost_is_reported_when_a_header_requests_it(site: TestApp, header: str, extensions: Any) -> None:
    response = await site.http.post("/graphql", json={"query": ROLE_QUERY}, headers={"x-graphql-cost": header})

    assert response.json().get("extensions") == extensions


async def test_cost_is_reported_when_extensions_request_it(site: TestApp) -> None:
    response = await site.http.post("/graphql", json={"query": ROLE_QUERY, "extensions": {"cost": True}})

    assert response.json()["extensions"] == COST_EXTENSIONS


async def test_cost_is_always_reported_when_configured() -> None:
    async with running_app(report_cost=True) as site:
        response = await site.post(ROLE_QUERY)

        assert response["extensions"] == COST_EXTENSIONS


async def test_limits_are_configurable() -> None:
    async with running_app(limits=(("aliases", 1), ("points", 100))) as site:
        assert await site.codes("{ a: __typename b: __typename }") == ["OPERATION_TOO_COSTLY"]
        response = await site.http.post("/graphql", json={"query": ROLE_QUERY}, headers={"x-graphql-cost": "1"})

        assert response.json()["extensions"]["cost"]["limit"] == 100


def test_limits_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIMITS", "aliases=1, points=100")

    assert Settings().limits == (("aliases", 1), ("points", 100))


@pytest.mark.parametrize("text", ["depth", "depth=", "depth=deep", "depth=-1"])
def test_malformed_limit_stops_startup(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("LIMITS", text)

    with pytest.raises(SystemExit, match="name=number"):
        Settings()


async def test_unknown_limit_stops_startup() -> None:
    with pytest.raises(SystemExit, match="points"):
        async with running_app(limits=(("patience", 1),)):
            pass


# ---------------------------------------------------------------- CORS and CSRF


PREFLIGHT = {
    "origin": "https://campaign.example.org",
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization, content-type",
}


async def test_preflight_of_another_site_is_accepted(site: TestApp) -> None:
    preflight = await site.http.options("/graphql", headers=PREFLIGHT)

    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "authorization" in preflight.headers["access-control-allow-headers"].lower()


async def test_page_of_another_site_reads_response_clock_and_request_id(site: TestApp) -> None:
    response = await site.http.post("/graphql", json={"query": ROLE_QUERY}, headers={"origin": PREFLIGHT["origin"]})

    assert response.headers["access-control-allow-origin"] == "*"
    exposed = response.headers["access-control-expose-headers"].replace(" ", "").split(",")
    assert exposed == ["date", "retry-after", "www-authenticate", "x-request-id"]


async def test_response_has_the_time_of_the_server(site: TestApp) -> None:
    """A page of another site reads the header, and corrects its own clock by it."""
    before = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=1)  # the server renews the text each second
    async with serving(site) as address, httpx2.AsyncClient() as http:
        response = await http.post(f"http://{address}/graphql", json={"query": ROLE_QUERY})

    assert before <= parsedate_to_datetime(response.headers["date"]) <= datetime.now(UTC)


async def test_only_configured_origins_pass_cors() -> None:
    async with running_app(cors_origins=("https://ours.example.org",)) as site:
        other = await site.http.options("/graphql", headers=PREFLIGHT)
        ours = await site.http.options("/graphql", headers=PREFLIGHT | {"origin": "https://ours.example.org"})

        assert "access-control-allow-origin" not in other.headers
        assert ours.headers["access-control-allow-origin"] == "https://ours.example.org"


@pytest.mark.parametrize("method", ["POST", "GET", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "header",
    ["content-type", "x-graphql-event-stream-token", "last-event-id", "apollo-require-preflight", "x-graphql-cost"],
)
async def test_preflight_accepts_the_methods_and_headers_of_clients(site: TestApp, method: str, header: str) -> None:
    requested = {"access-control-request-method": method, "access-control-request-headers": header}

    preflight = await site.http.options("/graphql", headers=PREFLIGHT | requested)

    assert preflight.status_code == 200
    assert method in preflight.headers["access-control-allow-methods"]
    assert header in preflight.headers["access-control-allow-headers"]


async def test_response_varies_by_origin() -> None:
    origin = "https://ours.example.org"
    async with running_app(cors_origins=(origin,)) as site:
        preflight = await site.http.options("/graphql", headers=PREFLIGHT | {"origin": origin})
        response = await site.http.get("/graphql", params={"query": ROLE_QUERY}, headers={"origin": origin})

        assert "origin" in preflight.headers["vary"].lower()
        assert {"origin", "accept"} <= set(response.headers["vary"].lower().replace(" ", "").split(","))


async def test_post_without_origin_has_no_cors_headers(site: TestApp) -> None:
    """A GET still varies by origin: a cache may store its response and later serve that to a page."""
    posted = await site.http.post("/graphql", json={"query": ROLE_QUERY})
    got = await site.http.get("/graphql", params={"query": ROLE_QUERY})

    assert not {"vary", "access-control-allow-origin"} & set(posted.headers)
    assert "origin" in got.headers["vary"].lower()


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain; application/json",
    ],
)
async def test_content_types_of_html_forms_are_rejected(site: TestApp, content_type: str) -> None:
    """A browser sends an HTML form to another site without a CORS preflight (CSRF)."""
    content = json.dumps({"query": MUTATION})

    response = await site.http.post("/graphql", content=content, headers={"content-type": content_type})

    assert response.status_code == 415
    assert code(response) == "UNSUPPORTED_MEDIA_TYPE"
