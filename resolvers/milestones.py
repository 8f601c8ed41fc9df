"""The ladder of goals: which rung comes next, and that each is reached once, whoever brought the number there."""

from datetime import datetime

import storage
from models import ActivityKind, SubjectType, signatures
from resolvers.activity import record
from resolvers.context import Context

LADDER = (100, 500, 1_000, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000)
MILLION = 1_000_000


def next_goal(count: int) -> int:
    """The lowest rung of the ladder that is not reached: 100 ... 1M, then every further million."""
    return next((rung for rung in LADDER if rung > count), (count // MILLION + 1) * MILLION)


async def reach(context: Context, campaign_id: int, before: int, after: int, at: datetime) -> None:
    """Keep and tell of each rung between two totals. The caller's transaction has moved the campaign's counter.

    A total that has fallen and rises again reaches nothing anew.
    """
    rung = next_goal(before)
    while rung <= after:
        if await storage.fetch(signatures.REACH, campaign_id, rung, at):
            await record(context, campaign_id, ActivityKind.MILESTONE_REACHED, (SubjectType.CAMPAIGN, campaign_id), at)
        rung = next_goal(rung)
