"""Retention: delete what has expired."""

from datetime import timedelta

import models
import storage
from models import host_sign_in, idempotency, mails, revocations
from resolvers import sign_in_codes
from resolvers.context import Context


async def delete_expired(context: Context) -> None:
    """Delete expired idempotency keys, mails, sessions, revocations, host identities and sign-in codes."""
    at, settings = context.now(), context.settings
    for statement, kept in (
        (idempotency.FORGET, timedelta(hours=settings.idempotency_hours)),
        (mails.FORGET, timedelta(days=settings.mail_days)),
        (models.sessions.FORGET, timedelta()),
        (revocations.FORGET, timedelta()),
        (host_sign_in.FORGET, timedelta(days=settings.token_days)),
        (models.sign_in_codes.FORGET, sign_in_codes.HOUR),
    ):
        async with storage.transaction():
            await storage.fetch(statement, at - kept)
