"""Retention: delete what has expired."""

from datetime import timedelta

import storage
from models import HostIdentity, IdempotencyKey, Mail, Revocation, Session, SignInMailbox, SignInRequest
from resolvers import sign_in_codes
from resolvers.context import Context

SIGN_IN_REQUESTS_KEPT = timedelta(hours=1)
"""Keep an expired request so long, so that its right code is answered with EXPIRED."""


async def delete_expired(context: Context) -> None:
    """Delete expired idempotency keys, mails, sessions, revocations, host identities and sign-in codes."""
    at, settings = context.now(), context.settings
    for expired in (
        IdempotencyKey.filter(created_at__lt=at - timedelta(hours=settings.idempotency_hours)),
        Mail.filter(until__lt=at - timedelta(days=settings.mail_days)),
        Session.filter(expires_at__lt=at),
        Revocation.filter(expires_at__lt=at),
        SignInRequest.filter(expires_at__lt=at - SIGN_IN_REQUESTS_KEPT),
        SignInMailbox.filter(counted_since__lt=at - sign_in_codes.MAIL_LIMIT_WINDOW),
        # a person erased so long ago that no token issued before is still good
        HostIdentity.filter(supporter_id=None, not_before__lt=at - timedelta(days=settings.token_days)),
    ):
        async with storage.transaction():
            await expired.delete()
