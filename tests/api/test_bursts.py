"""Bursts of signatures over real connections, also with a killed server: every acknowledged signature counts once."""

import asyncio
from typing import Any

import httpx2
import pytest

from jobs import audits
from tests.support.app import TestApp
from tests.support.serving import PATIENCE, Process, process, until

pytestmark = pytest.mark.anyio

MAX_CONNECTIONS = 16
SIGN = """mutation($input: SignPetitionInput!) { signPetition(input: $input) {
  ... on SignPetitionPayload { accessToken replayed signature { id state } } ... on Problem { code message } } }"""
CAMPAIGN_QUERY = """query($id: ID!) { campaign(id: $id) { supporters { total direct pending } goal { reached { count } }
  signed: activity(kinds: [SIGNED], first: 100, after: $after) { nodes { ... on SignatureActivity { signature { id } } }
    pageInfo { endCursor hasNextPage } } } }""".replace("$id: ID!", "$id: ID!, $after: String")
VIEWER_QUERY = "query($id: ID!) { campaign(id: $id) { viewerSignature { id } } }"


def signature_input(index: int, campaign: str) -> dict[str, Any]:
    """Return the input that a browser sends, and sends again with the same idempotency key if no response comes."""
    name = {"givenName": f"Ada{index}", "familyName": "Byron", "email": f"ada{index}@example.org"}
    return {"campaignId": campaign, "country": "GB", "idempotencyKey": f"6f1c2a3e-92b1-{index}", **name}


async def sign(http: httpx2.AsyncClient, server: Process, signature: dict[str, Any]) -> dict[str, Any]:
    variables = {"input": signature}
    response = await http.post(f"{server.url}/graphql", json={"query": SIGN, "variables": variables})
    signed: dict[str, Any] = response.json()["data"]["signPetition"]
    assert "signature" in signed, signed
    return signed


def client(connections: int = MAX_CONNECTIONS) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(limits=httpx2.Limits(max_connections=connections), timeout=PATIENCE)


async def campaign_and_signature_ids(site: TestApp, campaign: str) -> tuple[dict[str, Any], list[str]]:
    """Return the campaign, and the ids of all signatures in its activity."""
    signature_ids: list[str] = []
    after = None
    while True:
        page: dict[str, Any] = (await site.ask(CAMPAIGN_QUERY, id=campaign, after=after))["campaign"]
        signature_ids += [node["signature"]["id"] for node in page["signed"]["nodes"]]
        if not page["signed"]["pageInfo"]["hasNextPage"]:
            return page, signature_ids
        after = page["signed"]["pageInfo"]["endCursor"]


async def test_identical_concurrent_requests_sign_once(site: TestApp) -> None:
    campaign = await site.campaign()
    async with process(site.settings.database_url) as server, client(200) as http:
        payloads = await asyncio.gather(*(sign(http, server, signature_input(1, campaign)) for _ in range(200)))

    page, signature_ids = await campaign_and_signature_ids(site, campaign)
    assert sorted(payload["replayed"] for payload in payloads) == [False] + [True] * 199
    assert signature_ids == list({payload["signature"]["id"] for payload in payloads})
    assert page["supporters"] == {"total": 1, "direct": 1, "pending": 0}
    assert await audits.drift() == []


class Burst:
    """Browsers that sign concurrently until the server is gone, and the payloads that they got."""

    def __init__(self, campaign: str, size: int) -> None:
        self.pending = [signature_input(index, campaign) for index in range(size)]
        self.acknowledged: dict[str, dict[str, Any]] = {}

    async def run(self, server: Process) -> None:
        async with client() as http:
            await asyncio.gather(*(self._browser(http, server) for _ in range(MAX_CONNECTIONS)))

    async def _browser(self, http: httpx2.AsyncClient, server: Process) -> None:
        while self.pending:
            signature = self.pending.pop()
            try:
                self.acknowledged[signature["idempotencyKey"]] = await sign(http, server, signature)
            except httpx2.TransportError:
                return


async def test_acknowledged_signatures_survive_a_killed_server_and_others_can_be_retried(site: TestApp) -> None:
    """The server is killed in the middle of a burst, without a clean shutdown."""
    size, campaign = 300, await site.campaign()
    burst = Burst(campaign, size)
    async with process(site.settings.database_url) as server:
        running = asyncio.create_task(burst.run(server))
        await until(lambda: len(burst.acknowledged) >= size // 3)
        server.process.kill()
        await running
    assert len(burst.acknowledged) < size

    retry = Burst(campaign, size)
    async with process(site.settings.database_url) as server:
        await retry.run(server)

    page, signature_ids = await campaign_and_signature_ids(site, campaign)
    signed = {key: payload["signature"]["id"] for key, payload in retry.acknowledged.items()}
    assert len(signed) == len(set(signed.values())) == size
    for key, payload in burst.acknowledged.items():
        assert (retry.acknowledged[key]["replayed"], signed[key]) == (True, payload["signature"]["id"])
    assert sorted(signature_ids) == sorted(signed.values())
    assert page["supporters"] == {"total": size, "direct": size, "pending": 0}
    assert page["goal"]["reached"] == [{"count": 100}]
    assert await audits.drift() == []
    key, first = next(iter(burst.acknowledged.items()))
    viewer = await site.ask(VIEWER_QUERY, first["accessToken"], id=campaign)
    assert viewer["campaign"]["viewerSignature"] == {"id": signed[key]}
