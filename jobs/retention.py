"""Retention: delete expired rows."""

from datetime import timedelta

import models
import storage
from models import IdempotencyKey, Identity, Mail, Revocation, Session
from resolvers import sign_in_codes
from resolvers.context import Context


async def delete_expired(context: Context) -> None:
    """Delete expired idempotency keys, mails, sessions, revocations, host identities and sign-in codes."""
    at, settings = context.now(), context.settings
    for expired in (
        IdempotencyKey.filter(created_at__lt=at - timedelta(hours=settings.idempotency_hours)),
        Mail.filter(until__lt=at - timedelta(days=settings.mail_days)),
        Session.filter(expires_at__lt=at),
        Revocation.filter(expires_at__lt=at),
        # of an erased person, once every token issued before the erasure has expired
        Identity.filter(supporter_id=None, not_before__lt=at - timedelta(days=settings.token_days)),
    ):
        async with storage.transaction():
            await expired.delete()
    async with storage.transaction():
        await storage.fetch(models.sign_in_codes.FORGET, at - sign_in_codes.HOUR)
