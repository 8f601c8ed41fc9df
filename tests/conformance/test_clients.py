"""Clients that others wrote in Python work as they are: gql, and what ariadne-codegen generates of our schema."""

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

PAGE = """
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
    ... on Problem { code message field }
  }
}
"""
FOLLOW = """
subscription Follow($campaign: ID!, $after: String) {
  activity(campaignId: $campaign, after: $after) {
    cursor
    activity { kind actorName subject { __typename ... on Comment { id body { html } } } }
  }
}
"""
ROLE = gql("{ viewer { role } }")


# ---------------------------------------------------------------- gql


@asynccontextmanager
async def over_http(address: str, token: str | None = None) -> AsyncIterator[AsyncClientSession]:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    transport = HTTPXAsyncTransport(url=f"http://{address}/graphql", headers=headers)
    async with Client(transport=transport, fetch_schema_from_transport=True) as session:
        yield session


@asynccontextmanager
async def over_websocket(address: str, token: str | None = None) -> AsyncIterator[AsyncClientSession]:
    payload = {"authorization": f"Bearer {token}"} if token else {}
    transport = WebsocketsTransport(url=f"ws://{address}/graphql", init_payload=payload, connect_args={"proxy": None})
    async with Client(transport=transport, fetch_schema_from_transport=True) as session:
        yield session


async def ask(session: AsyncClientSession, query: str, **variables: Any) -> dict[str, Any]:
    request = gql(query)
    request.variable_values = variables
    answer: Any = await session.execute(request)
    return dict(answer)


@pytest.mark.parametrize("over", [over_http, over_websocket])
async def test_gql_reads_the_schema_and_a_page(site: TestApp, over: Any) -> None:
    """It validates the page by the schema that it has read."""
    guest = await site.guest("Katharina Sachs")
    await site.comment(await site.campaign(slug="free", title="Free him"), guest, "**So** it is.")

    async with serving(site) as address, over(address) as session:
        campaign = (await ask(session, PAGE, slug="free"))["campaign"]

        assert campaign["title"] == "Free him"
        assert [node["body"]["html"] for node in campaign["comments"]["nodes"]] == ["<p><strong>So</strong> it is.</p>"]


@pytest.mark.parametrize("over", [over_http, over_websocket])
async def test_gql_introduces_a_visitor_and_is_known_by_the_token(site: TestApp, over: Any) -> None:
    async with serving(site) as address:
        async with over(address) as session:
            token = (await ask(session, INTRODUCE, input={"givenName": "Ada"}))["introduce"]["accessToken"]
        async with over(address, token) as session:
            answer: Any = await session.execute(ROLE)

        assert answer == {"viewer": {"role": "GUEST"}}


@pytest.mark.parametrize("over", [over_http, over_websocket])
async def test_gql_raises_a_refusal_with_its_code(site: TestApp, over: Any) -> None:
    async with serving(site) as address, over(address) as session:
        with pytest.raises(TransportQueryError) as refused:
            await session.execute(gql("{ campaigns(first: 0) { totalCount } }"))

    (error,) = refused.value.errors or []
    assert error["extensions"]["code"] == "INVALID"


async def test_gql_follows_the_activity(site: TestApp) -> None:
    """What was missed, then what happens."""
    campaign, guest = await site.campaign(slug="free"), await site.guest("Katharina Sachs")
    async with serving(site) as address, over_websocket(address) as session, asyncio.timeout(PATIENCE):
        page = await ask(session, PAGE, slug="free")
        missed = await site.comment(campaign, guest)
        request = gql(FOLLOW)
        request.variable_values = {
            "campaign": campaign,
            "after": page["campaign"]["activity"]["pageInfo"]["endCursor"],
        }
        async with aclosing(session.subscribe(request)) as events:
            first: Any = await anext(events)
            happens = await site.comment(campaign, guest, parent=missed)
            second: Any = await anext(events)

    told = [event["activity"]["activity"] for event in (first, second)]
    assert [(one["kind"], one["subject"]["id"]) for one in told] == [("COMMENTED", missed), ("REPLIED", happens)]
    assert {one["actorName"] for one in told} == {"Katharina S."}


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


async def main(address: str, slug: str) -> None:
    async with Client(url=f"http://{address}/graphql", ws_url=f"ws://{address}/graphql") as client:
        introduced = (await client.introduce(IntroduceInput(givenName="Ada"))).introduce
        assert isinstance(introduced, IntroduceIntroduceIntroducePayload)
        campaign = (await client.page(slug)).campaign
        assert campaign is not None
        for comment in campaign.comments.nodes:
            assert comment.author is not None and comment.body is not None
            print(comment.author.display_name, comment.body.html, comment.reactions[0].kind.value)
        async for event in client.follow(campaign.id, campaign.activity.page_info.end_cursor):
            print(event.activity.activity.kind.value)
            break


asyncio.run(main(*sys.argv[1:]))
"""
COPIED = "client/async_base_client.py"
"""The file that ariadne-codegen does not generate but copy from itself; its types are checked with another tool."""


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a client of the page's operations, and a program that uses it."""
    needs(TOOLS.exists(), "ariadne-codegen is not installed: make .venv/.clients")
    folder = tmp_path_factory.mktemp("generated")
    (folder / "operations.graphql").write_text(PAGE + INTRODUCE + FOLLOW)
    (folder / "ariadne.toml").write_text(CONFIGURATION)
    (folder / "program.py").write_text(PROGRAM)
    run(folder, TOOLS / "ariadne-codegen", "--config", "ariadne.toml")
    return folder


def run(folder: Path, *command: str | Path, timeout: float = 120) -> str:
    """What a program prints, which ends well."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=timeout, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_generated_client_passes_the_type_checker(generated: Path) -> None:
    types_of = ["--strict", "--config-file=", f"--python-executable={TOOLS / 'python'}"]
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", *types_of, "client", "program.py"],
        cwd=generated,
        capture_output=True,
        text=True,
        check=False,
    )

    *found, summary = checked.stdout.splitlines()
    assert [line for line in found if not line.startswith(COPIED)] == []
    assert "source files" in summary, checked.stdout + checked.stderr


async def test_a_generated_client_reads_writes_and_follows(site: TestApp, generated: Path) -> None:
    campaign, guest = await site.campaign(slug="free"), await site.guest("Katharina Sommer")
    await site.comment(campaign, guest, "**So** it is.")

    async with serving(site) as address:
        said = await asyncio.to_thread(run, generated, TOOLS / "python", "-W", "error", "program.py", address, "free")

    assert said.splitlines() == ["Katharina S. <p><strong>So</strong> it is.</p> SOLIDARITY", "COMMENTED"]
