"""New documents have a budget: a network that sends ever new ones is slowed and then refused, and nobody else is."""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.networks import prefix
from execution.document_budgets import MAX_NETWORKS, DocumentBudgets, requesting_ip
from tests.support.app import TestApp, running_app
from tests.support.serving import serving, socket_of

pytestmark = pytest.mark.anyio

ONE_DOCUMENT = 1e-9
"""CPU seconds that the first document uses up."""
SERVICE = "{ service { %s } }"


class Machine:
    """The clock and the CPU time of a budget of six seconds a minute."""

    def __init__(self) -> None:
        self.at = self.cpu_time = 0.0
        self.budgets = DocumentBudgets(6.0, prefix, lambda: self.at, lambda: self.cpu_time)

    def work(self, ip: str, seconds: float) -> None:
        requesting_ip.set(ip)
        with self.budgets.spending():
            self.cpu_time += seconds

    def allows(self, ip: str) -> tuple[bool, bool]:
        """Return whether a new document is compiled, and whether it is read at all."""
        requesting_ip.set(ip)
        return self.budgets.may_compile(), self.budgets.refusal() is None


@pytest.fixture(autouse=True)
def _no_ip_is_left() -> Iterator[None]:
    yield
    requesting_ip.set(None)


def test_network_runs_uncompiled_at_half_of_its_budget_and_is_refused_at_the_end() -> None:
    machine, seen = Machine(), []
    for _ in range(7):
        seen.append(machine.allows("192.0.2.1"))
        machine.work("192.0.2.1", 1.0)

    assert seen == [(True, True)] * 3 + [(False, True)] * 3 + [(False, False)]
    assert machine.allows("192.0.2.77") == (False, False)  # of the same network
    assert machine.allows("198.51.100.1") == (True, True)


def test_budget_becomes_full_again_in_a_minute_and_no_fuller() -> None:
    machine = Machine()
    machine.work("192.0.2.1", 9.0)
    requesting_ip.set("192.0.2.1")
    refusal = machine.budgets.refusal()

    assert refusal is not None
    assert refusal.extensions == {"code": "RATE_LIMITED", "retryAfterSeconds": 30}
    machine.at = 30.5
    assert machine.allows("192.0.2.1") == (False, True)
    machine.at = 10_000.0
    assert machine.allows("192.0.2.1") == (True, True)
    machine.work("192.0.2.1", 6.0)
    assert machine.allows("192.0.2.1") == (False, False)


def test_budgets_of_many_networks_take_bounded_memory() -> None:
    machine = Machine()
    for number in range(MAX_NETWORKS + 10):
        machine.work(f"10.{number >> 8}.{number & 255}.1", 0.001)

    assert len(machine.budgets._left) == MAX_NETWORKS


@given(st.lists(st.tuples(st.floats(0, 3), st.floats(0, 60)), max_size=30))
def test_network_gets_no_more_than_its_budget_and_one_document(steps: list[tuple[float, float]]) -> None:
    machine, worked = Machine(), 0.0
    for seconds, pause in steps:
        if machine.allows("192.0.2.1")[1]:
            machine.work("192.0.2.1", seconds)
            worked += seconds
        machine.at += pause

    assert worked <= 6.0 + machine.at * 6.0 / 60 + 3.0 + 1e-6


def test_documents_of_our_own_are_not_counted() -> None:
    machine = Machine()
    requesting_ip.set(None)
    with machine.budgets.spending():
        machine.cpu_time += 100.0

    assert machine.budgets.refusal() is None
    assert machine.budgets.may_compile()


async def test_new_document_beyond_the_budget_is_refused_and_known_ones_are_answered() -> None:
    async with running_app(document_seconds=ONE_DOCUMENT) as site:
        known, new = SERVICE % "name", SERVICE % "version"
        await site.ask(known)

        answer = await site.http.post("/graphql", json={"query": new})
        again = await site.ask(known)
        elsewhere = httpx2.ASGITransport(app=site.app, client=("203.0.113.7", 1))
        async with httpx2.AsyncClient(transport=elsewhere, base_url="http://groundswell.test") as other:
            others = await other.post("/graphql", json={"query": new})

        error = answer.json()["errors"][0]["extensions"]
        assert answer.status_code == 200
        assert (error["code"], error["retryAfterSeconds"] >= 1) == ("RATE_LIMITED", True)
        assert again["service"]["name"]
        assert "errors" not in others.json()
        assert "errors" not in await site.post(new)  # the other network had it read


async def test_new_document_on_a_socket_is_refused_too() -> None:
    async with running_app(document_seconds=ONE_DOCUMENT) as site, serving(site) as netloc, socket_of(netloc) as client:
        await (await client.run(SERVICE % "name")).data()

        assert await (await client.run(SERVICE % "version")).code() == "RATE_LIMITED"
        assert await (await client.run("subscription { pulse(campaignId: 1) { asOf } }")).code() == "RATE_LIMITED"


async def test_query_runs_uncompiled_until_its_network_may_compile(
    site: TestApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = site.groundswell.graphql._schema
    with monkeypatch.context() as patch:
        patch.setattr(DocumentBudgets, "may_compile", lambda self: False)
        uncompiled = await site.ask(SERVICE % "name languages")
        assert len(schema.documents.compiled) == 0

    assert await site.ask(SERVICE % "name languages") == uncompiled
    assert len(schema.documents.compiled) == 1


async def test_trusted_documents_have_no_budget(tmp_path: Path) -> None:
    texts = [SERVICE % name for name in ("name", "version", "languages", "time")]
    file = tmp_path / "documents.json"
    file.write_text(json.dumps({sha256(text.encode()).hexdigest(): text for text in texts}))

    async with running_app(document_seconds=ONE_DOCUMENT, trusted_documents=str(file)) as site:
        assert [await site.codes(text) for text in texts] == [[]] * 4
