"""Signature counters: counting and uncounting a signature, in the transaction that writes the signature.

Counters are arithmetic in SQL. The caller has locked the campaign's row, so that the signatures of one campaign are
counted one after another. The public sees the changes at the next publication (`resolvers/publications.py`).
"""

from datetime import datetime, timedelta
from typing import NamedTuple

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
    signatures,
)
from resolvers import publications
from resolvers.activity import record
from resolvers.context import Context


class Counted(NamedTuple):
    """The counters that a signature is in. Only the total depends on whether the signature counts for its e-mail.

    So what waits and what was withdrawn tells nobody whether an e-mail had signed before.
    """

    confirmed: int = 0
    direct: int = 0
    pending: int = 0
    withdrawn: int = 0

    @classmethod
    def of(cls, signature: Signature | None) -> "Counted":
        if signature is None:
            return cls()
        confirmed, pending, withdrawn = (int(signature.state is state) for state in _COUNTED_STATES)
        return cls(confirmed, int(confirmed and signature.is_counted), pending, withdrawn)


_COUNTED_STATES = (SignatureState.CONFIRMED, SignatureState.PENDING, SignatureState.WITHDRAWN)


async def update_counters(context: Context, signature: Signature, before: Counted, at: datetime) -> Campaign:
    """Move a signature from the counters that it was in before to those that it is in now, and return the campaign.

    The same statements run whether the signature counts or not.
    """
    confirmed, direct, pending, withdrawn = (new - old for new, old in zip(Counted.of(signature), before, strict=True))
    if not (confirmed or direct or pending or withdrawn):
        return await read_campaign(signature)
    if (confirmed or direct) and signature.country:
        await storage.fetch(signatures.UPSERT_COUNTRY_TALLY, signature.campaign_id, signature.country, direct)
    if confirmed < 0:
        await hide_signer(context, signature, at)
    return await change_counters(
        context, signature.campaign_id, at, direct=direct, pending=pending, withdrawn=withdrawn
    )


async def change_counters(
    context: Context,
    campaign_id: int,
    at: datetime,
    *,
    direct: int = 0,
    partner: int = 0,
    pending: int = 0,
    withdrawn: int = 0,
) -> Campaign:
    """Add to a campaign's counters for the next publication, and return the campaign as the public sees it.

    With COUNTER_SECONDS=0 they are published at once.
    """
    values = (direct, partner, pending, withdrawn, at)
    (campaign,) = await storage.read(Campaign, signatures.UPDATE_COUNTERS, campaign_id, *values)
    if context.settings.counter_seconds:
        return campaign
    return await publications.publish_counter(context, campaign, at)


async def hide_signer(context: Context, signature: Signature, at: datetime) -> None:
    """Remove the signer from the log's SIGNED event, and record NAME_CHANGED, so that clients read the names again.

    The line of the comment that was posted with the signature loses its actor too, since both lines stand together,
    and so do former changes of the signer's name: they would go on telling who had signed.
    """
    if signature.supporter_id is None:
        return
    events = Activity.filter(actor_id=signature.supporter_id, campaign_id=signature.campaign_id)
    hidden = await events.filter(kind=ActivityKind.SIGNED, subject_id=signature.id).update(actor_id=None)
    if signature.comment_id is not None:
        comment_lines = events.filter(kind=ActivityKind.COMMENTED, subject_id=signature.comment_id)
        hidden += await comment_lines.update(actor_id=None)
    if hidden:
        await events.filter(kind=ActivityKind.NAME_CHANGED).update(actor_id=None)
        subject = (SubjectType.CAMPAIGN, signature.campaign_id)
        await record(context, signature.campaign_id, ActivityKind.NAME_CHANGED, subject, at)


async def take_counted_slot(signature: Signature, email_hashes: list[str]) -> Signature:
    """Count the signature for its email, unless a confirmed signature is counted for this email already.

    A pending signature gives up the counted slot: the first signature of the email to be confirmed is counted.
    """
    await release_counted_slot(signature.campaign_id, email_hashes)
    slot = (signature.campaign_id, storage.json_list(email_hashes))
    return await storage.read_one(Signature, signatures.TAKE_COUNTED_SLOT, signature.id, *slot) or signature


async def release_counted_slot(campaign_id: int, email_hashes: list[str]) -> None:
    """Take the counted slot of an email from a pending signature, before a signature that needs no confirmation."""
    await storage.fetch(signatures.RELEASE_COUNTED_SLOT, campaign_id, storage.json_list(email_hashes))


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
    if counted.state is SignatureState.PENDING and counted.reminder_count < context.settings.reminders:
        remind_at = at + timedelta(days=context.settings.remind_days)
        await storage.fetch(confirmations.SET_REMINDER, counted.id, remind_at)
    return await update_counters(context, counted, Counted.of(following), at)


async def read_campaign(signature: Signature) -> Campaign:
    (campaign,) = await storage.read(Campaign, campaigns.SELECT_BY_ID, signature.campaign_id)
    return campaign
