"""Audits: recount every stored count from its rows, search for e-mails with two owners, and report or repair drift.

A recount takes no locks. Before a wrong count is repaired, its campaign is locked and the count recounted, so that
writers wait for the repair of a few rows, and never for the recount of everything.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import models
import storage
from models import AuditCorrection, Campaign, campaigns
from models.audits import COUNTER_PARTS, MISSING_TOTALS, RECOUNTS, MissingTotals, Recount
from resolvers import milestones
from resolvers.context import Context

REPAIR_BATCH_SIZE = 500
"""Rows that are repaired in one transaction; other writers run between two transactions."""
MAX_LOGGED_CORRECTIONS = 100
SECOND_OWNER = "the e-mail, which another supporter had verified before,"

log = logging.getLogger("groundswell.chores")


class Correction(NamedTuple):
    """A stored value that differs from the recounted value."""

    recount: Recount
    row_id: int
    campaign_id: int
    stored: Any
    recounted: Any

    @property
    def place(self) -> str:
        return f"{self.recount.table}.{self.recount.column} of {self.row_id}"


async def drift() -> list[str]:
    """Return one line for each stored count that is wrong or missing, and for each second owner of an e-mail."""
    lines = []
    async with storage.database.separate_reader() as fetch:
        for recount in RECOUNTS:
            for row in await fetch(recount.select_drifted):
                drifted = Correction(recount, *row)
                lines.append(f"{drifted.place} is {drifted.stored}, recounted {drifted.recounted}")
        for missing in MISSING_TOTALS:
            for campaign_id, total in await fetch(missing.select_missing):
                lines.append(f"{missing.description} {campaign_id} is 0, recounted {total}")
        for (supporter_id,) in await fetch(models.audits.SELECT_SECOND_OWNERS):
            lines.append(f"{SECOND_OWNER} of supporter {supporter_id}")
    return lines


async def repair(context: Context) -> list[str]:
    """Recount everything, correct what is wrong, record each correction, and return one line for each."""
    now = context.now()
    corrections: list[Correction] = []
    async with storage.database.separate_reader() as fetch:
        for missing in MISSING_TOTALS:
            campaign_ids = {row[0] for row in await fetch(missing.select_missing)}
            await _insert_zeros(missing, sorted(campaign_ids))
        for recount in RECOUNTS:
            for campaign_id, ids in _batches(await fetch(recount.select_drifted)):
                corrections += await _repair_batch(context, recount, campaign_id, ids, now)
    await _record_audit(corrections, now)
    lines = [f"{one.place} was {one.stored}, is {one.recounted}" for one in corrections]
    return lines + await _repair_second_owners(now)


async def _repair_second_owners(now: datetime) -> list[str]:
    """Leave an e-mail with the first account that verified it; the others may verify theirs again."""
    async with storage.transaction():
        owners = await storage.fetch(models.audits.UPDATE_SECOND_OWNERS)
        corrected = {"table_name": "profiles", "column_name": "email_verified", "kept": "True", "counted": "False"}
        rows = [corrected | {"row_id": row[0], "corrected_at": now} for row in owners]
        await storage.insert_many(AuditCorrection, rows)
    return [f"{SECOND_OWNER} of supporter {supporter_id} is verified no longer" for _, supporter_id in owners]


async def is_due(context: Context) -> bool:
    """Return True if there is a campaign, and no process has run an audit for AUDIT_HOURS."""
    last = await models.audits.last_audit()
    if last is None:
        return await Campaign.exists()
    return last <= context.now() - timedelta(hours=context.settings.audit_hours)


async def repair_if_due(context: Context) -> None:
    """Run an audit with repairs once in AUDIT_HOURS, in one of the processes, and log the corrections."""
    if context.settings.audit_hours and await is_due(context):
        lines = await repair(context)
        for line in lines[:MAX_LOGGED_CORRECTIONS]:
            log.warning("recounted: %s", line)
        if len(lines) > MAX_LOGGED_CORRECTIONS:
            more = len(lines) - MAX_LOGGED_CORRECTIONS
            log.warning("recounted: %d more; the table audit_corrections has them", more)


async def _insert_zeros(missing: MissingTotals, campaign_ids: list[int]) -> None:
    """Insert missing totals as 0, so that the recount that follows corrects them."""
    for campaign_id in campaign_ids:
        async with storage.transaction():
            await storage.read_one(Campaign, campaigns.LOCK_CAMPAIGN, campaign_id)
            await storage.fetch(missing.insert_zeros, campaign_id)


def _batches(drifted: Iterable[Sequence[Any]]) -> Iterable[tuple[int, list[int]]]:
    """Group the ids of drifted rows by campaign, in batches."""
    by_campaign: dict[int, list[int]] = {}
    for row_id, campaign_id, *_ in drifted:
        by_campaign.setdefault(campaign_id, []).append(row_id)
    for campaign_id, ids in sorted(by_campaign.items()):
        for start in range(0, len(ids), REPAIR_BATCH_SIZE):
            yield campaign_id, ids[start : start + REPAIR_BATCH_SIZE]


async def _repair_batch(
    context: Context, recount: Recount, campaign_id: int, ids: list[int], now: datetime
) -> list[Correction]:
    """Lock the campaign and the rows, recount the rows, and correct those that are still wrong."""
    context = replace(context, wake_ups={})
    rows = storage.json_list(ids)
    async with storage.transaction():
        await storage.read_one(Campaign, campaigns.LOCK_CAMPAIGN, campaign_id)
        await storage.fetch(recount.lock_rows, rows)
        corrections = [Correction(recount, *row) for row in await storage.fetch(recount.select_drifted_of_ids, rows)]
        for one in corrections:
            await storage.fetch(recount.update_value, one.row_id, one.recounted)
            if recount.column == "supporter_count":
                await milestones.record_reached(context, campaign_id, one.stored, one.recounted, now)
        await storage.insert_many(AuditCorrection, [_record(one, now) for one in corrections])
    for woken_id, seq in context.wake_ups.items():
        context.live.wake(woken_id, seq)
    return corrections


def _record(correction: Correction, now: datetime) -> dict[str, Any]:
    return {
        "table_name": correction.recount.table,
        "row_id": correction.row_id,
        "column_name": correction.recount.column,
        "kept": str(correction.stored),
        "counted": str(correction.recounted),
        "corrected_at": now,
    }


async def _record_audit(corrections: list[Correction], now: datetime) -> None:
    """Store on each campaign when it was audited, and by how many signatures its counter was wrong."""
    counter_drift: Counter[int] = Counter()
    for one in corrections:
        if one.recount.table == "campaigns" and one.recount.column in COUNTER_PARTS:
            counter_drift[one.campaign_id] += abs(one.recounted - one.stored)
    campaign_ids: list[Any] = await Campaign.all().order_by("id").values_list("id", flat=True)
    for campaign_id in campaign_ids:
        async with storage.transaction():
            await Campaign.filter(id=campaign_id).update(audited_at=now, drift=counter_drift[campaign_id])
