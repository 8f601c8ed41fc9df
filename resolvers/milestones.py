"""Milestones: the next goal of a campaign, and recording each goal once when the number of supporters reaches it."""

from datetime import datetime

import storage
from models import ActivityKind, SubjectType, signatures
from resolvers.activity import record
from resolvers.context import Context

MILESTONE_COUNTS = (100, 500, 1_000, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000)
_STEP = 1_000_000
_LAST_GOAL_BY_STEP = 100 * _STEP


def next_goal(count: int) -> int:
    """Return the lowest goal above a number of supporters: 100 to one million, then every million to 100 million.

    Higher goals have one digit that is not zero, so that no number of supporters has reached many goals.
    """
    step = _STEP if count < _LAST_GOAL_BY_STEP else int(10 ** (len(str(count)) - 1))
    return next((goal for goal in MILESTONE_COUNTS if goal > count), (count // step + 1) * step)


async def record_reached(context: Context, campaign_id: int, before: int, after: int, at: datetime) -> None:
    """Record each goal between two totals, in the transaction that changed the campaign's counter.

    Each goal is recorded once, also if the total falls and rises again.
    """
    goal = next_goal(before)
    while goal <= after:
        if await storage.fetch(signatures.INSERT_MILESTONE, campaign_id, goal, at):
            subject, detail = (SubjectType.CAMPAIGN, campaign_id), {"milestone": goal}
            await record(context, campaign_id, ActivityKind.MILESTONE_REACHED, subject, at, detail=detail)
        goal = next_goal(goal)
