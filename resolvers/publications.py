"""Publications: show the public what has changed of a campaign's counter, and announce its new signatures, in steps.

A signature changes nothing public at once. At the end of each step of COUNTER_SECONDS one transaction adds the changes
of the step to the public counter, and writes a SIGNED line for each signature that was accepted, whether it counts or
not: one with an e-mail that had signed before does not. The lines of a step are shuffled as far as their rounded times
allow, so their order and the moment of their arrival tell no more than these times do.
"""

from datetime import UTC, datetime, timedelta
from random import SystemRandom

import storage
from models import Activity, ActivityKind, Campaign, Signature, SubjectType, publications, signature_days
from models.campaigns import LOCK_CAMPAIGN
from resolvers import changes, milestones
from resolvers.context import Context
from resolvers.instants import round_down

_random = SystemRandom().random


async def publish_counter(context: Context, before: Campaign, at: datetime) -> Campaign:
    """Publish what has changed of a campaign's counter, and return the campaign. The caller has locked its row."""
    announced = await storage.read(Signature, publications.ANNOUNCE_SIGNATURES, before.id)
    (row,) = await storage.fetch(publications.PUBLISH_COUNTER, before.id, at, len(announced))
    campaign: Campaign = storage.rows.hydrator(Campaign, storage.database.dialect())(row)
    changes.publish(context, campaign.id)
    await _begin_day(before, at, row[-1])
    await _announce(context, campaign, announced, at)
    await milestones.record_reached(context, campaign.id, before.supporter_count, campaign.supporter_count, at)
    return campaign


async def publish_if_due(context: Context, campaign_id: int, step_start: datetime) -> None:
    """Publish a campaign's counter unless another process has done so since the beginning of the step.

    Everything is dated before the beginning of the step, so that a signature of the last moment is not dated by it.
    """
    campaign = await storage.read_one(Campaign, LOCK_CAMPAIGN, campaign_id)
    if campaign is not None and campaign.unpublished_since and campaign.unpublished_since < step_start:
        await publish_counter(context, campaign, step_start - timedelta(microseconds=1))


async def publish_countries(context: Context, campaign_id: int, step_start: datetime) -> None:
    """Publish a campaign's numbers by country unless another process has done so since the beginning of the step."""
    if await storage.fetch(publications.CLAIM_COUNTRIES, campaign_id, context.now(), step_start):
        await storage.fetch(publications.PUBLISH_COUNTRIES, campaign_id, max(1, context.settings.country_floor))


async def _begin_day(before: Campaign, at: datetime, last_day: object) -> None:
    """Store the public counts with which a UTC day began, at its first publication that changes them."""
    day = at.astimezone(UTC).date()
    has_changed = before.unpublished_direct_count or before.unpublished_partner_count
    if has_changed and (last_day is None or str(last_day) < str(day)):
        began_with = (before.direct_signature_count, before.partner_signature_count)
        await storage.fetch(signature_days.INSERT_DAY, before.id, day, *began_with)


async def _announce(context: Context, campaign: Campaign, announced: list[Signature], at: datetime) -> None:
    """Write the SIGNED lines, whose numbers in the log the campaign's `activity_seq` has counted already."""
    seconds = context.settings.ticker_seconds
    dated = [(min(signature.accepted_at, at), _random(), signature) for signature in announced]
    dated.sort(key=lambda each: (round_down(each[0], seconds), each[1]) if seconds else each[:2])
    first_seq = campaign.activity_seq - len(dated) + 1
    lines = [
        {
            "campaign_id": campaign.id,
            "seq": seq,
            "kind": ActivityKind.SIGNED,
            "actor_id": signature.supporter_id,
            "subject_type": SubjectType.SIGNATURE,
            "subject_id": signature.id,
            "occurred_at": accepted_at,
        }
        for seq, (accepted_at, _, signature) in enumerate(dated, first_seq)
    ]
    await storage.insert_many(Activity, lines)
    for line in lines:
        changes.publish(context, campaign.id, seq=line["seq"])
    if lines:
        context.wake_ups[campaign.id] = campaign.activity_seq
