"""Compatibility with Python clients: gql, and a client that ariadne-codegen generates from the schema."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from gql import Client, gql
from gql.client import AsyncClientSession
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport

from tests.support.app import TestApp, needs
from tests.support.serving import HOUSE, PATIENCE, serving

pytestmark = pytest.mark.anyio

CAMPAIGN_QUERY = """
query Page($slug: String!, $after: String) {
  campaign(slug: $slug) {
    id
    title
    launchedAt
    supporters { total }
    activity(first: 10) { pageInfo { endCursor } }
    comments(sort: MOST_VOTED, first: 20, after: $after) {
      pageInfo { endCursor hasNextPage }
      nodes { ...Card replies(first: 3) { totalCount nodes { ...Card } } }
    }
  }
}

fragment Card on Comment {
  id
  createdAt
  author { displayName badge }
  body { html }
  votes { score viewerVote }
  reactions { kind count }
  viewerCan
}
"""
INTRODUCE = """
mutation Introduce($input: IntroduceInput!) {
  introduce(input: $input) {
    ... on IntroducePayload { accessToken }
    ... on Problem { code message issues { path reason message limit } }
  }
}
"""
FOLLOW = """
subscription Follow($campaign: ID!, $after: String) {
  activity(campaignId: $campaign, after: $after) {
    cursor
    activity { __typename kind actorName ... on CommentActivity { comment { id body { html } } } }
  }
}
"""
ROLE_QUERY = gql("{ viewer { role } }")


# ---------------------------------------------------------------- gql


@asynccontextmanager
async def over_http(netloc: str, token: str | None = None) -> AsyncIterator[AsyncClientSession]:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    transport = HTTPXAsyncTransport(url=f"http://{netloc}/graphql", headers=headers)
    async with Client(transport=transport, fetch_schema_from_transport=True) as session:
        yield session


@asynccontextmanager
async def over_websocket(netloc: str, token: str | None = None) -> AsyncIterator[AsyncClientSession]:
    payload = {"authorization": f"Bearer {token}"} if token else {}
    transport = WebsocketsTransport(url=f"ws://{netloc}/graphql", init_payload=payload, connect_args={"proxy": None})
    async with Client(transport=transport, fetch_schema_from_transport=True) as session:
        yield session


async def ask(session: AsyncClientSession, query: str, **variables: Any) -> dict[str, Any]:
    request = gql(query)
    request.variable_values = variables
    data: Any = await session.execute(request)
    return dict(data)


@pytest.mark.parametrize("over", [over_http, over_websocket])
async def test_gql_reads_the_schema_and_a_campaign(site: TestApp, over: Any) -> None:
    """gql validates the query against the schema that it has read from the server."""
    guest = await site.guest("Katharina Sachs")
    await site.comment(await site.campaign(slug="free", title="Free him"), guest, "**So** it is.")

    async with serving(site) as netloc, over(netloc) as session:
        campaign = (await ask(session, CAMPAIGN_QUERY, slug="free"))["campaign"]

        assert campaign["title"] == "Free him"
        assert [node["body"]["html"] for node in campaign["comments"]["nodes"]] == ["<p><strong>So</strong> it is.</p>"]


@pytest.mark.parametrize("over", [over_http, over_websocket])
async def test_gql_introduces_a_visitor_and_uses_the_token(site: TestApp, over: Any) -> None:
    async with serving(site) as netloc:
        async with over(netloc) as session:
            token = (await ask(session, INTRODUCE, input={"givenName": "Ada"}))["introduce"]["accessToken"]
        async with over(netloc, token) as session:
            data: Any = await session.execute(ROLE_QUERY)

        assert data == {"viewer": {"role": "GUEST"}}


@pytest.mark.parametrize("over", [over_http, over_websocket])
async def test_gql_raises_an_error_with_its_code(site: TestApp, over: Any) -> None:
    async with serving(site) as netloc, over(netloc) as session:
        with pytest.raises(TransportQueryError) as refused:
            await session.execute(gql("{ campaigns(first: 0) { totalCount } }"))

    (error,) = refused.value.errors or []
    assert error["extensions"]["code"] == "INVALID"


async def test_gql_subscribes_to_the_activity(site: TestApp) -> None:
    """gql gets the missed event first, then the new one."""
    campaign, guest = await site.campaign(slug="free"), await site.guest("Katharina Sachs")
    await site.comment(campaign, guest)
    async with serving(site) as netloc, over_websocket(netloc) as session, asyncio.timeout(PATIENCE):
        page = await ask(session, CAMPAIGN_QUERY, slug="free")
        missed = await site.comment(campaign, guest)
        request = gql(FOLLOW)
        request.variable_values = {
            "campaign": campaign,
            "after": page["campaign"]["activity"]["pageInfo"]["endCursor"],
        }
        async with aclosing(session.subscribe(request)) as events:
            first: Any = await anext(events)
            reply = await site.comment(campaign, guest, parent=missed)
            second: Any = await anext(events)

    activities = [event["activity"]["activity"] for event in (first, second)]
    assert [(activity["kind"], activity["comment"]["id"]) for activity in activities] == [
        ("COMMENTED", missed),
        ("REPLIED", reply),
    ]
    assert {activity["actorName"] for activity in activities} == {"Katharina S."}


# ---------------------------------------------------------------- ariadne-codegen

TOOLS = HOUSE / ".venv" / "clients" / "bin"
CONFIGURATION = f"""[tool.ariadne-codegen]
schema_path = "{HOUSE / "schema" / "schema.graphql"}"
queries_path = "operations.graphql"
target_package_name = "client"
"""
PROGRAM = """
import asyncio
import sys

from client import Client, IntroduceInput
from client.introduce import IntroduceIntroduceIntroducePayload


async def main(netloc: str, slug: str) -> None:
    async with Client(url=f"http://{netloc}/graphql", ws_url=f"ws://{netloc}/graphql") as client:
        introduced = (await client.introduce(IntroduceInput(givenName="Ada"))).introduce
        assert isinstance(introduced, IntroduceIntroduceIntroducePayload)
        campaign = (await client.page(slug)).campaign
        assert campaign is not None and campaign.comments is not None and campaign.activity is not None
        for comment in campaign.comments.nodes:
            assert comment.author is not None and comment.body is not None
            print(comment.author.display_name, comment.body.html, comment.reactions[0].kind.value)
        async for event in client.follow(campaign.id, campaign.activity.page_info.end_cursor):
            print(event.activity.activity.kind.value)
            break


asyncio.run(main(*sys.argv[1:]))
"""
COPIED_FILE = "client/async_base_client.py"
"""A file that ariadne-codegen copies from its own code, and does not check with mypy."""


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generate a client of the operations above, and a program that uses it; return their folder."""
    needs(TOOLS.exists(), "ariadne-codegen is not installed: make .venv/.clients")
    folder = tmp_path_factory.mktemp("generated")
    (folder / "operations.graphql").write_text(CAMPAIGN_QUERY + INTRODUCE + FOLLOW)
    (folder / "ariadne.toml").write_text(CONFIGURATION)
    (folder / "program.py").write_text(PROGRAM)
    run(folder, TOOLS / "ariadne-codegen", "--config", "ariadne.toml")
    return folder


def run(folder: Path, *command: str | Path, timeout: float = 120) -> str:
    """Run a program that must succeed; return its output."""
    completed = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=timeout, check=False)
    assert completed.returncode == 0, completed.stdout + completed.stderr
    return completed.stdout


def test_generated_client_passes_mypy(generated: Path) -> None:
    options = ["--strict", "--config-file=", f"--python-executable={TOOLS / 'python'}"]
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", *options, "client", "program.py"],
        cwd=generated,
        capture_output=True,
        text=True,
        check=False,
    )

    *errors, summary = checked.stdout.splitlines()
    assert [line for line in errors if not line.startswith(COPIED_FILE)] == []
    assert "source files" in summary, checked.stdout + checked.stderr


async def test_generated_client_queries_mutates_and_subscribes(site: TestApp, generated: Path) -> None:
    """It follows from the oldest event of its page, so that it gets the second one."""
    campaign, guest = await site.campaign(slug="free"), await site.guest("Katharina Sommer")
    for _ in range(2):
        await site.comment(campaign, guest, "**So** it is.")

    async with serving(site) as netloc:
        output = await asyncio.to_thread(run, generated, TOOLS / "python", "-W", "error", "program.py", netloc, "free")

    comment = "Katharina S. <p><strong>So</strong> it is.</p> SOLIDARITY"
    assert output.splitlines() == [comment, comment, "COMMENTED"]
