"""Reminders: mail further confirmation requests for signatures that are still pending."""

from datetime import datetime, timedelta

from tortoise.expressions import F

import storage
from models import Campaign, ConfirmationRequest, MailKind, Signature
from models.confirmations import CLAIM_DUE_REMINDERS
from models.emails import flood_hash
from resolvers.confirmations import REQUEST_INTERVAL, current_emails, mail_request
from resolvers.context import Context

REMINDER_BATCH_SIZE = 100


async def remind(context: Context) -> None:
    """Send one batch of due reminders. Several processes may call this at once: each reminder is sent once."""
    now, settings = context.now(), context.settings
    context = context.for_write()
    next_reminder_at = now + timedelta(days=settings.remind_days)
    async with storage.transaction():
        await ConfirmationRequest.filter(asked_at__lt=now - REQUEST_INTERVAL).delete()
    async with storage.transaction():
        due = await storage.read(
            Signature, CLAIM_DUE_REMINDERS, now, REMINDER_BATCH_SIZE, settings.reminders, next_reminder_at
        )
        campaigns = await storage.by_ids(Campaign, {signature.campaign_id for signature in due})
        emails = await current_emails(due)
        # one lock order prevents deadlocks
        for signature in sorted(due, key=lambda row: flood_hash(emails.get(row.id) or "")):
            campaign, email = campaigns[signature.campaign_id], emails.get(signature.id)
            if email is None or not campaign.is_signable:
                continue
            is_limited = await context.rate_limits.hit_mail(email, None) is not None
            kind = MailKind.CONFIRM_REMINDER
            if is_limited or not await mail_request(context, campaign, signature, email, now, kind):
                await _postpone(signature, now + REQUEST_INTERVAL)
    for act in context.after_commit:
        act()


async def _postpone(signature: Signature, remind_at: datetime) -> None:
    """Move the reminder of a person who has just got another mail. The reminder does not count as sent."""
    await Signature.filter(id=signature.id).update(reminder_count=F("reminder_count") - 1, remind_at=remind_at)
