"""Reminders: ask people again whose signatures wait to be confirmed."""

from datetime import timedelta

import storage
from models import Campaign, MailKind, Signature
from models import confirmations as statements
from resolvers import confirmations
from resolvers.context import Context

BATCH_SIZE = 100
"""Signatures that are reminded at a turn."""


async def remind(context: Context) -> None:
    """Remind one batch of those who are due; several processes may do it at once."""
    at, settings = context.now(), context.settings
    context = context.for_write()
    next_time = at + timedelta(days=settings.remind_days)
    async with storage.transaction():
        await storage.fetch(statements.FORGET, at - confirmations.PAUSE)
    async with storage.transaction():
        due = await storage.read(Signature, statements.CLAIM, at, BATCH_SIZE, settings.reminders, next_time)
        campaigns = await storage.by_ids(Campaign, {signature.campaign_id for signature in due})
        emails = await confirmations.emails_of(due)
        for signature in sorted(due, key=lambda row: row.address_hash or ""):  # every process locks in this order
            campaign, email = campaigns[signature.campaign_id], emails.get(signature.id)
            if email is None or not campaign.is_signable:
                continue
            kind = MailKind.CONFIRM_REMINDER
            if not await confirmations.send_request(context, campaign, signature, email, at, kind):
                await storage.fetch(statements.PUT_OFF, signature.id, at + confirmations.PAUSE)
    for act in context.after_commit:
        act()
