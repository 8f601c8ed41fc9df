"""Many sign at once through real sockets, and the server is killed meanwhile: who was told so has signed, once."""

import asyncio
from typing import Any

import httpx2
import pytest

from jobs import audits
from tests.support.app import TestApp
from tests.support.serving import PATIENCE, Process, process, until

pytestmark = pytest.mark.anyio

CONNECTIONS = 16
SIGN = """mutation($input: SignPetitionInput!) { signPetition(input: $input) {
  ... on SignPetitionPayload { accessToken replayed signature { id state } } ... on Problem { code message } } }"""
PAGE = """query($id: ID!) { campaign(id: $id) { supporters { total direct pending } goal { reached { count } }
  signed: activity(kinds: [SIGNED], first: 100, after: $after) { nodes { subject { ... on Signature { id } } }
    pageInfo { endCursor hasNextPage } } } }""".replace("$id: ID!", "$id: ID!, $after: String")
VIEWER = "query($id: ID!) { campaign(id: $id) { viewerSignature { id } } }"


def signer(number: int, campaign: str) -> dict[str, Any]:
    """What a browser sends, and sends again if it hears nothing."""
    name = {"givenName": f"Ada{number}", "familyName": "Byron", "email": f"ada{number}@example.org"}
    return {"campaignId": campaign, "country": "GB", "idempotencyKey": f"ada-{number}", **name}


async def sign(http: httpx2.AsyncClient, served: Process, given: dict[str, Any]) -> dict[str, Any]:
    answer = await http.post(f"{served.url}/graphql", json={"query": SIGN, "variables": {"input": given}})
    signed: dict[str, Any] = answer.json()["data"]["signPetition"]
    assert "signature" in signed, signed
    return signed


def client(connections: int = CONNECTIONS) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(limits=httpx2.Limits(max_connections=connections), timeout=PATIENCE)


async def ticker(site: TestApp, campaign: str) -> tuple[dict[str, Any], list[str]]:
    """The campaign, and the signatures that its whole ticker tells of."""
    told: list[str] = []
    after = None
    while True:
        page: dict[str, Any] = (await site.ask(PAGE, id=campaign, after=after))["campaign"]
        told += [node["subject"]["id"] for node in page["signed"]["nodes"]]
        if not page["signed"]["pageInfo"]["hasNextPage"]:
            return page, told
        after = page["signed"]["pageInfo"]["endCursor"]


async def test_of_many_identical_requests_over_sockets_one_signs(site: TestApp) -> None:
    campaign = await site.campaign()
    async with process(site.settings.database_url) as served, client(200) as http:
        answers = await asyncio.gather(*(sign(http, served, signer(1, campaign)) for _ in range(200)))

    page, told = await ticker(site, campaign)
    assert sorted(answer["replayed"] for answer in answers) == [False] + [True] * 199
    assert told == list({answer["signature"]["id"] for answer in answers})
    assert page["supporters"] == {"total": 1, "direct": 1, "pending": 0}
    assert await audits.drift() == []


class Burst:
    """Browsers that sign until the server is gone, and what they were told."""

    def __init__(self, campaign: str, size: int) -> None:
        self.waiting = [signer(number, campaign) for number in range(size)]
        self.told: dict[str, dict[str, Any]] = {}

    async def run(self, served: Process) -> None:
        async with client() as http:
            await asyncio.gather(*(self._browser(http, served) for _ in range(CONNECTIONS)))

    async def _browser(self, http: httpx2.AsyncClient, served: Process) -> None:
        while self.waiting:
            given = self.waiting.pop()
            try:
                self.told[given["idempotencyKey"]] = await sign(http, served, given)
            except httpx2.TransportError:
                return


async def test_who_was_told_so_has_signed_and_who_was_not_can_try_again(site: TestApp) -> None:
    """Killed in the middle of a burst, without a chance to put anything in order."""
    size, campaign = 300, await site.campaign()
    burst = Burst(campaign, size)
    async with process(site.settings.database_url) as served:
        running = asyncio.create_task(burst.run(served))
        await until(lambda: len(burst.told) >= size // 3)
        served.process.kill()
        await running
    assert len(burst.told) < size

    again = Burst(campaign, size)
    async with process(site.settings.database_url) as served:
        await again.run(served)

    page, told = await ticker(site, campaign)
    signed = {key: answer["signature"]["id"] for key, answer in again.told.items()}
    assert len(signed) == len(set(signed.values())) == size
    for key, answer in burst.told.items():
        assert (again.told[key]["replayed"], signed[key]) == (True, answer["signature"]["id"])
    assert sorted(told) == sorted(signed.values())
    assert page["supporters"] == {"total": size, "direct": size, "pending": 0}
    assert page["goal"]["reached"] == [{"count": 100}]
    assert await audits.drift() == []
    key, first = next(iter(burst.told.items()))
    own = await site.ask(VIEWER, first["accessToken"], id=campaign)
    assert own["campaign"]["viewerSignature"] == {"id": signed[key]}
