"""Signature days: the chart of a campaign's signatures over time, in buckets of days, weeks or months."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Annotated

import storage
from models import Campaign, signature_days
from refusals import InputReason, invalid
from resolvers.context import Context
from resolvers.declarations import list_size, of_level, reads

MAX_BUCKETS = 366
BUCKETS_SHOWN = 90
DAYS_OF_WEEK = 7
MONTHS_OF_YEAR = 12


class Interval(StrEnum):
    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


@dataclass(frozen=True, slots=True)
class SignatureBucket:
    start: date
    direct: int
    partner: int


Counts = tuple[int, int]
"""Direct signatures and signatures of partners."""


@list_size(MAX_BUCKETS)
@reads("id", "direct_signature_count", "partner_signature_count", "launched_at", "created_at")
@of_level
async def signatures_over_time(
    campaigns: list[Campaign],
    context: Context,
    by: Annotated[Interval, "The length of a bucket."] = Interval.DAY,
    since: Annotated[
        date | None,
        "A date in the first bucket; null: such that there are 90 buckets, but no bucket before the launch.",
    ] = None,
    until: Annotated[date | None, "A date in the last bucket; null, and any date after today: today."] = None,
) -> list[list[SignatureBucket]]:
    """The net change of the counter in each bucket, oldest first, for a chart. At most 366 buckets.

    Every bucket between the first and the last is listed, also one without a change. Buckets begin at midnight UTC.
    """
    today = context.now().date()
    last = _index(min(until or today, today), by)
    first = last - BUCKETS_SHOWN + 1 if since is None else _index(since, by)
    if since is not None and until is not None and since > until:
        raise invalid("`since` lies after `until`.", "since", reason=InputReason.OUT_OF_RANGE)
    if last - first >= MAX_BUCKETS:
        message = "There are too many buckets from `since` to `until`: at most {limit} can be had."
        raise invalid(message, "since", reason=InputReason.OUT_OF_RANGE, limit=MAX_BUCKETS)
    starts = [_start(index, by) for index in range(first, last + 2)]  # and the start of the bucket after the last
    counts = await _counts_at({campaign.id for campaign in campaigns}, starts)
    return [
        _buckets(campaign, starts if since else _since_launch(starts, campaign, by), counts) for campaign in campaigns
    ]


def _index(day: date, by: Interval) -> int:
    """Return the number of the bucket that a day lies in. The first day of the calendar is a Monday."""
    if by is Interval.MONTH:
        return day.year * MONTHS_OF_YEAR + day.month - 1
    return (day.toordinal() - 1) // (DAYS_OF_WEEK if by is Interval.WEEK else 1)


def _start(index: int, by: Interval) -> date:
    """Return the first day of the bucket with this number."""
    if by is Interval.MONTH:
        return date(index // MONTHS_OF_YEAR, index % MONTHS_OF_YEAR + 1, 1)
    return date.fromordinal(index * (DAYS_OF_WEEK if by is Interval.WEEK else 1) + 1)


def _since_launch(starts: list[date], campaign: Campaign, by: Interval) -> list[date]:
    launched_on = (campaign.launched_at or campaign.created_at).date()
    return [start for start in starts if start >= _start(_index(launched_on, by), by)]


async def _counts_at(campaign_ids: Iterable[int], days: list[date]) -> dict[tuple[int, str], Counts]:
    """Return the counts of campaigns at the beginning of these days, unless they have not changed since."""
    each = (storage.json_list(campaign_ids), storage.json_list(map(str, days)))
    rows = await storage.fetch(signature_days.SELECT_COUNTS_AT, *each)
    return {(campaign_id, day): (direct, partner) for campaign_id, day, direct, partner in rows}


def _buckets(campaign: Campaign, starts: list[date], counts: dict[tuple[int, str], Counts]) -> list[SignatureBucket]:
    now = (campaign.direct_signature_count, campaign.partner_signature_count)
    at = [counts.get((campaign.id, str(start)), now) for start in starts]
    return [
        SignatureBucket(start, after[0] - before[0], after[1] - before[1])
        for start, (before, after) in zip(starts, pairwise(at), strict=False)
    ]
