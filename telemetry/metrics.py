"""Metrics in the text format of Prometheus: drift that audits have found and repaired, and the last audit."""

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


def may_read_metrics(settings: Settings, authorization: str | None) -> bool:
    """Return True if the bearer token is METRICS_TOKEN."""
    try:
        token = bearer_token(authorization or "")
    except Refusal:
        return False
    return bool(settings.metrics_token) and hmac.compare_digest(token.encode(), settings.metrics_token.encode())


async def render_metrics() -> bytes:
    """Return all metrics. They are read from the database, so that every process reports the same values."""
    audited_at = await models.audits.last_audit()
    drift = GaugeMetricFamily("groundswell_drift", "Stored counts that the last audit corrected.", labels=LABELS)
    last_audit = GaugeMetricFamily("groundswell_last_audit_timestamp_seconds", "When the last audit began.")
    repairs = CounterMetricFamily("groundswell_repairs", "Stored counts that audits have corrected.", labels=LABELS)
    if audited_at is not None:
        last_audit.add_metric((), audited_at.timestamp())
        counts = {
            (table, column): count
            for table, column, count in await storage.fetch(audits.COUNT_CORRECTIONS_AT, audited_at)
        }
        for recount in audits.RECOUNTS:
            labels = recount.table, recount.column
            drift.add_metric(labels, counts.get(labels, 0))
    for table, column, count in await storage.fetch(audits.COUNT_CORRECTIONS):
        repairs.add_metric((table, column), count)
    registry = CollectorRegistry()
    registry.register(_StaticCollector([drift, last_audit, repairs]))
    return generate_latest(registry)


class _StaticCollector(Collector):
    """A collector of metrics that are computed before the registry collects."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> list[Metric]:
        return self._families
