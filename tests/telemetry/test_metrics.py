"""GET /metrics: the format of Prometheus, for requests with METRICS_TOKEN only."""

from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

import models
from jobs import audits
from models import Campaign, Comment
from resolvers.context import Context
from telemetry.metrics import LABELS
from tests.support.app import TestApp, running_app

pytestmark = pytest.mark.anyio

TOKEN = "a token for the monitor"


async def read(site: TestApp) -> dict[str, dict[tuple[str, ...], float]]:
    """Return the samples of each metric, by the values of their labels."""
    answer = await site.http.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    samples: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            labels = tuple(sample.labels[name] for name in LABELS if sample.labels)
            samples.setdefault(sample.name, {})[labels] = sample.value
    return samples


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer wrong", f"Basic {TOKEN}", "Bearer ü"])
@pytest.mark.parametrize("token", ["", TOKEN])
async def test_metrics_need_the_token(token: str, header: str | None) -> None:
    headers: Any = {} if header is None else {"authorization": header.encode()}
    async with running_app(metrics_token=token) as site:
        answer = await site.http.get("/metrics", headers=headers)

    assert (answer.status_code, answer.text) == (404, "")


async def test_no_metrics_before_the_first_audit() -> None:
    async with running_app(metrics_token=TOKEN) as site:
        await site.campaign()

        assert await read(site) == {}


async def test_drift_is_reported_by_table_and_column() -> None:
    """A correct column is reported as 0, so that an alert can compare values."""
    async with running_app(metrics_token=TOKEN) as site:
        guest, campaign = await site.guest(), await site.campaign()
        for _ in range(3):
            await site.comment(campaign, guest)
        await Comment.all().update(up_count=5)

        await audits.repair(Context(site.settings, site.groundswell.live))

        samples = await read(site)
        assert samples["groundswell_drift"]["comments", "up_count"] == 3
        assert samples["groundswell_drift"]["campaigns", "supporter_count"] == 0
        assert samples["groundswell_repairs_total"]["comments", "up_count"] == 3
        at = await models.audits.last_audit()
        assert at is not None
        assert samples["groundswell_last_audit_timestamp_seconds"] == {(): pytest.approx(at.timestamp(), abs=0.001)}


async def test_drift_is_of_the_last_audit_and_repairs_of_all() -> None:
    async with running_app(metrics_token=TOKEN) as site:
        await site.campaign()
        for _ in range(2):
            await Campaign.all().update(thread_count=5)
            await audits.repair(Context(site.settings, site.groundswell.live))
        await audits.repair(Context(site.settings, site.groundswell.live))

        samples = await read(site)
        assert samples["groundswell_drift"]["campaigns", "thread_count"] == 0
        assert samples["groundswell_repairs_total"]["campaigns", "thread_count"] == 2


async def test_every_recounted_column_has_a_gauge() -> None:
    async with running_app(metrics_token=TOKEN) as site:
        await site.campaign()
        await audits.repair(Context(site.settings, site.groundswell.live))

        samples = await read(site)
        assert set(samples["groundswell_drift"]) == {(one.table, one.column) for one in models.audits.RECOUNTS}
