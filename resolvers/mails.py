"""Mails to people: put into the outbox with the write that they belong to, and sent after it."""

import logging
from datetime import datetime, timedelta

import models
from models import Mail, MailKind, mails
from resolvers.context import Context

BATCH = 1_000
"""Mails that are sealed anew together."""

log = logging.getLogger("groundswell.mails")


async def post(
    context: Context, kind: MailKind, address: str, subject: str, text: str, until: datetime | None = None
) -> None:
    """Put a mail into the outbox. It is sent after the commit, or given up at `until`, by default after MAIL_HOURS.

    The subject is kept as it is: it must not say what is secret or who someone is.
    """
    at, settings = context.now(), context.settings
    await models.insert(
        Mail,
        kind=kind,
        subject=" ".join(subject.split()),
        created_at=at,
        until=until or at + timedelta(hours=settings.mail_hours),
        next_try_at=at,
        **mails.sealed(address, text),
    )
    if settings.mail_url:
        context.committed.append(context.delivery.wake)
    else:
        context.committed.append(lambda: log.info("%s (not sent, MAIL_URL is empty)\n%s", subject, text))
