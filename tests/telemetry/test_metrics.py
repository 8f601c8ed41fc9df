"""/metrics: for who knows the token, in the format that Prometheus reads, and closed to everyone else."""

from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

import models
import storage
from jobs import audits
from resolvers.context import Context
from storage.database import Statement
from telemetry.metrics import LABELS
from tests.support.app import TestApp, running_app

pytestmark = pytest.mark.anyio

TOKEN = "a token for the monitor"


async def read(site: TestApp) -> dict[str, dict[tuple[str, ...], float]]:
    """Each metric's samples, by the values of their labels."""
    answer = await site.http.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            place = tuple(sample.labels[name] for name in LABELS if sample.labels)
            found.setdefault(sample.name, {})[place] = sample.value
    return found


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer wrong", f"Basic {TOKEN}", "Bearer ü"])
@pytest.mark.parametrize("token", ["", TOKEN])
async def test_without_the_token_there_is_no_such_page(token: str, header: str | None) -> None:
    headers: Any = {} if header is None else {"authorization": header.encode()}
    async with running_app(metrics_token=token) as site:
        answer = await site.http.get("/metrics", headers=headers)

    assert (answer.status_code, answer.text) == (404, "")


async def test_before_the_first_audit_nothing_is_said_of_one() -> None:
    async with running_app(metrics_token=TOKEN) as site:
        await site.campaign()

        assert await read(site) == {}


async def test_what_the_last_audit_corrected_is_told_by_table_and_column() -> None:
    """A number that was right is 0, so that an alert has something to compare with."""
    async with running_app(metrics_token=TOKEN) as site:
        guest, campaign = await site.guest(), await site.campaign()
        for _ in range(3):
            await site.comment(campaign, guest)
        await _damage("UPDATE comments SET up_count = 5 RETURNING id")

        await audits.repair(Context(site.settings, site.groundswell.live))

        found = await read(site)
        assert found["groundswell_drift"]["comments", "up_count"] == 3
        assert found["groundswell_drift"]["campaigns", "supporter_count"] == 0
        assert found["groundswell_repairs_total"]["comments", "up_count"] == 3
        at = await models.audits.last_audit()
        assert at is not None
        assert found["groundswell_last_audit_timestamp_seconds"] == {(): pytest.approx(at.timestamp(), abs=0.001)}


async def test_the_drift_is_of_the_last_audit_and_repairs_are_of_all() -> None:
    async with running_app(metrics_token=TOKEN) as site:
        await site.campaign()
        for _ in range(2):
            await _damage("UPDATE campaigns SET thread_count = 5 RETURNING id")
            await audits.repair(Context(site.settings, site.groundswell.live))
        await audits.repair(Context(site.settings, site.groundswell.live))

        found = await read(site)
        assert found["groundswell_drift"]["campaigns", "thread_count"] == 0
        assert found["groundswell_repairs_total"]["campaigns", "thread_count"] == 2


async def test_every_recounted_column_has_its_gauge() -> None:
    async with running_app(metrics_token=TOKEN) as site:
        await site.campaign()
        await audits.repair(Context(site.settings, site.groundswell.live))

        found = await read(site)
        assert set(found["groundswell_drift"]) == {(one.table, one.column) for one in models.audits.RECOUNTS}


async def _damage(text: str) -> None:
    async with storage.transaction():
        await storage.fetch(Statement(text))
