"""Signature counters: counting, uncounting and recording a signature, in the transaction that writes the signature.

Counters are arithmetic in SQL. The caller has locked the campaign's row, so that the signatures of one campaign are
counted one after another.
"""

from datetime import UTC, datetime, timedelta

import storage
from models import (
    Activity,
    ActivityKind,
    Campaign,
    Signature,
    SignatureState,
    SubjectType,
    campaigns,
    confirmations,
    signature_days,
    signatures,
)
from resolvers import milestones
from resolvers.activity import record
from resolvers.changes import publish
from resolvers.context import Context

CONFIRMED, PENDING, WITHDRAWN = SignatureState.CONFIRMED, SignatureState.PENDING, SignatureState.WITHDRAWN


async def update_counters(
    context: Context, signature: Signature, state_before: SignatureState | None, at: datetime
) -> Campaign:
    """Move a signature from the counter of its state before (null: not counted) to the counter of its state now.

    Return the campaign with the new counters. A signature that is not counted changes no counter and is not recorded
    in the activity log.
    """
    state = signature.state if signature.is_counted else None
    direct, pending, withdrawn = (
        (state is counted) - (state_before is counted) for counted in (CONFIRMED, PENDING, WITHDRAWN)
    )
    if not (direct or pending or withdrawn):
        return await read_campaign(signature)
    changes = {"direct": direct, "pending": pending, "withdrawn": withdrawn, "event_count": max(direct, 0)}
    campaign = await change_counters(signature.campaign_id, at, **changes)
    publish(context, campaign.id)
    if direct and signature.country:
        await storage.fetch(signatures.UPSERT_COUNTRY_TALLY, campaign.id, signature.country, direct)
    if direct > 0:
        await _record_signed(context, campaign, signature, at)
    elif direct < 0:
        await hide_signer(context, signature, at)
    return campaign


async def change_counters(
    campaign_id: int,
    at: datetime,
    *,
    direct: int = 0,
    partner: int = 0,
    pending: int = 0,
    withdrawn: int = 0,
    event_count: int = 0,
) -> Campaign:
    """Add to a campaign's counters, take `event_count` numbers of its log, and return the changed campaign.

    The first change of a UTC day also stores the counts with which the day began, for the chart of signatures: one
    more statement for each campaign and day.
    """
    changes = (direct, partner, pending, withdrawn, event_count)
    (row,) = await storage.fetch(signatures.UPDATE_COUNTERS, campaign_id, *changes, at)
    campaign: Campaign = storage.rows.hydrator(Campaign, storage.database.dialect())(row)
    day, last_day = at.astimezone(UTC).date(), row[-1]
    if (direct or partner) and (last_day is None or str(last_day) < str(day)):
        began_with = (campaign.direct_signature_count - direct, campaign.partner_signature_count - partner)
        await storage.fetch(signature_days.INSERT_DAY, campaign_id, day, *began_with)
    return campaign


async def _record_signed(context: Context, campaign: Campaign, signature: Signature, at: datetime) -> None:
    subject, seq = (SubjectType.SIGNATURE, signature.id), campaign.activity_seq
    await record(context, campaign.id, ActivityKind.SIGNED, subject, at, actor_id=signature.supporter_id, seq=seq)
    await milestones.record_reached(context, campaign.id, campaign.supporter_count - 1, campaign.supporter_count, at)


async def hide_signer(context: Context, signature: Signature, at: datetime) -> None:
    """Remove the signer from the log's SIGNED event, and record NAME_CHANGED, so that clients read the names again.

    Former changes of the signer's name lose their actor as well: they would go on telling who had signed.
    """
    if signature.supporter_id is None:
        return
    events = Activity.filter(actor_id=signature.supporter_id, campaign_id=signature.campaign_id)
    if await events.filter(kind=ActivityKind.SIGNED, subject_id=signature.id).update(actor_id=None):
        await events.filter(kind=ActivityKind.NAME_CHANGED).update(actor_id=None)
        subject = (SubjectType.CAMPAIGN, signature.campaign_id)
        await record(context, signature.campaign_id, ActivityKind.NAME_CHANGED, subject, at)


async def take_counted_slot(signature: Signature, email_hashes: list[str], at: datetime) -> Signature:
    """Count the signature for its email, unless a confirmed signature is counted for this email already.

    A pending signature gives up the counted slot: the first signature of the email to be confirmed is counted.
    """
    hashes = storage.json_list(email_hashes)
    released = await storage.fetch(signatures.RELEASE_COUNTED_SLOT, signature.campaign_id, hashes)
    if released:
        await change_counters(signature.campaign_id, at, pending=-len(released))
    counted = await storage.read_one(
        Signature, signatures.TAKE_COUNTED_SLOT, signature.id, signature.campaign_id, hashes
    )
    return counted or signature


async def next_counted(campaign_id: int, email_hash: str, leaver_id: int | None) -> Signature | None:
    """Return the signature to count for an e-mail when the one that is counted goes; `leaver_id` is its signer.

    Nobody is counted for an e-mail whose owner has left.
    """
    return await storage.read_one(Signature, signatures.SELECT_NEXT_COUNTED, campaign_id, email_hash, leaver_id)


async def pass_on_slot(
    context: Context, campaign_id: int, email_hash: str | None, leaver_id: int | None, at: datetime
) -> Campaign | None:
    """Count the next signature with an e-mail, if none is counted any more; return the campaign if one was.

    The first to sign with an e-mail may be a stranger: when the stranger goes, the owner's own signature counts.
    """
    following = email_hash and await next_counted(campaign_id, email_hash, leaver_id)
    if not following:
        return None
    hashes = storage.json_list([email_hash])
    counted = await storage.read_one(Signature, signatures.TAKE_COUNTED_SLOT, following.id, campaign_id, hashes)
    if counted is None:
        return None
    if counted.state is PENDING and counted.reminder_count < context.settings.reminders:
        remind_at = at + timedelta(days=context.settings.remind_days)
        await storage.fetch(confirmations.SET_REMINDER, counted.id, remind_at)
    return await update_counters(context, counted, None, at)


async def read_campaign(signature: Signature) -> Campaign:
    (campaign,) = await storage.read(Campaign, campaigns.SELECT_BY_ID, signature.campaign_id)
    return campaign
