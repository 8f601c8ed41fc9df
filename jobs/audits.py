"""The recount: every kept number against the rows that it speaks of, reported or repaired."""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import models
import storage
from models import AuditCorrection, Campaign, audits, campaigns
from models.audits import IN_THE_COUNTER, MISSING, RECOUNTS, Missing, Recount
from resolvers import milestones
from resolvers.context import Context

BATCH = 500
"""Rows that are repaired in one transaction; others can write in between."""
SAID = 100
"""Corrections that are logged."""

log = logging.getLogger("groundswell.chores")


class Correction(NamedTuple):
    """A number that is not what a recount gives."""

    recount: Recount
    row_id: int
    campaign_id: int
    kept: Any
    counted: Any

    @property
    def what(self) -> str:
        return f"{self.recount.table}.{self.recount.column} of {self.row_id}"


async def drift() -> list[str]:
    """Every kept number that is not what a recount gives, one line each; none is as it should be."""
    found = []
    async with storage.database.separate_reader() as fetch:
        for recount in RECOUNTS:
            for row in await fetch(recount.differing):
                found.append(f"{Correction(recount, *row).what} is {row[2]}, recounted {row[3]}")
        for missing in MISSING:
            found += [f"{missing.what} {row[0]} is 0, recounted {row[1]}" for row in await fetch(missing.statement)]
    return found


async def repair(context: Context) -> list[str]:
    """Recount everything, write what it is where something else was kept, and say so, one line each.

    It is counted without a lock, and counted again behind the campaign's where it differs, so that who writes is
    held up for the repair of a few rows and never for the recount.
    """
    at = context.now()
    corrections: list[Correction] = []
    async with storage.database.separate_reader() as fetch:
        for missing in MISSING:
            await _add(missing, sorted({row[0] for row in await fetch(missing.statement)}))
        for recount in RECOUNTS:
            for campaign_id, ids in _batches(await fetch(recount.differing)):
                corrections += await _repair(context, recount, campaign_id, ids, at)
    await _note(corrections, at)
    return [f"{one.what} was {one.kept}, is {one.counted}" for one in corrections]


async def is_due(context: Context) -> bool:
    """Whether there is something to audit, and no process has done it for AUDIT_HOURS."""
    last = await models.audits.last_audit()
    if last is None:
        return bool(await storage.fetch(audits.CAMPAIGN_IDS))
    return last <= context.now() - timedelta(hours=context.settings.audit_hours)


async def repair_if_due(context: Context) -> None:
    """Repair every kept number once in AUDIT_HOURS, in whichever process comes to it first."""
    if context.settings.audit_hours and await is_due(context):
        corrected = await repair(context)
        for line in corrected[:SAID]:
            log.warning("recounted: %s", line)
        if len(corrected) > SAID:
            log.warning("recounted: %d more; the table audit_corrections has them", len(corrected) - SAID)


async def _add(missing: Missing, campaign_ids: list[int]) -> None:
    """Sums without a row get one of nothing, which the recount then corrects."""
    for campaign_id in campaign_ids:
        async with storage.transaction():
            await storage.read_one(Campaign, campaigns.FOR_UPDATE, campaign_id)
            await storage.fetch(missing.add, campaign_id)


def _batches(suspects: Iterable[Sequence[Any]]) -> Iterable[tuple[int, list[int]]]:
    by_campaign: dict[int, list[int]] = {}
    for row in suspects:
        by_campaign.setdefault(row[1], []).append(row[0])
    for campaign_id, ids in sorted(by_campaign.items()):
        for start in range(0, len(ids), BATCH):
            yield campaign_id, ids[start : start + BATCH]


async def _repair(
    context: Context, recount: Recount, campaign_id: int, ids: list[int], at: datetime
) -> list[Correction]:
    """Count these rows again while nobody changes them, and write what differs still."""
    context = replace(context, wake_ups={})
    rows = storage.json_list(ids)
    async with storage.transaction():
        await storage.read_one(Campaign, campaigns.FOR_UPDATE, campaign_id)
        await storage.fetch(recount.lock, rows)
        found = [Correction(recount, *row) for row in await storage.fetch(recount.differing_of, rows)]
        for one in found:
            await storage.fetch(recount.correct, one.row_id, one.counted)
            if recount.column == "supporter_count":
                await milestones.reach(context, campaign_id, one.kept, one.counted, at)
        await storage.insert_many(AuditCorrection, [_recorded(one, at) for one in found])
    for number, seq in context.wake_ups.items():
        context.live.wake(number, seq)
    return found


def _recorded(one: Correction, at: datetime) -> dict[str, Any]:
    return {
        "table_name": one.recount.table,
        "row_id": one.row_id,
        "column_name": one.recount.column,
        "kept": str(one.kept),
        "counted": str(one.counted),
        "corrected_at": at,
    }


async def _note(corrections: list[Correction], at: datetime) -> None:
    """Each campaign says when it was recounted, and by how many signatures its counter was wrong."""
    wrong: Counter[int] = Counter()
    for one in corrections:
        if one.recount.table == "campaigns" and one.recount.column in IN_THE_COUNTER:
            wrong[one.campaign_id] += abs(one.counted - one.kept)
    for (campaign_id,) in await storage.fetch(audits.CAMPAIGN_IDS):
        async with storage.transaction():
            await storage.fetch(audits.NOTE_AUDIT, campaign_id, at, wrong[campaign_id])
