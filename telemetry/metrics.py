"""What a monitor asks for, in Prometheus's text format: what the last recount had to correct, and when that was."""

import hmac

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

import models
import storage
from auth.tokens import bearer_token
from models import audits
from refusals import Refusal
from settings import Settings

CONTENT_TYPE = CONTENT_TYPE_LATEST
LABELS = ("table", "column")


def may_read(settings: Settings, authorization: str | None) -> bool:
    """Whether the bearer token is METRICS_TOKEN."""
    try:
        token = bearer_token(authorization or "")
    except Refusal:
        return False
    return bool(settings.metrics_token) and hmac.compare_digest(token.encode(), settings.metrics_token.encode())


async def metrics() -> bytes:
    """Read from the database: every process says the same, and so it does after a restart."""
    at = await models.audits.last_audit()
    drift = GaugeMetricFamily("groundswell_drift", "Kept numbers that the last audit had to correct.", labels=LABELS)
    found = {(table, column): count for table, column, count in await storage.fetch(audits.CORRECTED_AT, at)}
    last = GaugeMetricFamily("groundswell_last_audit_timestamp_seconds", "When the last audit began.")
    repairs = CounterMetricFamily("groundswell_repairs", "Kept numbers that audits have corrected.", labels=LABELS)
    if at is not None:
        last.add_metric((), at.timestamp())
        for recount in audits.RECOUNTS:
            place = recount.table, recount.column
            drift.add_metric(place, found.get(place, 0))
    for table, column, count in await storage.fetch(audits.CORRECTED):
        repairs.add_metric((table, column), count)
    registry = CollectorRegistry()
    registry.register(_Read([drift, last, repairs]))
    return generate_latest(registry)


class _Read(Collector):
    """Metrics that were read before they were asked for."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> list[Metric]:
        return self._families
