"""Mails to people: put into the outbox with the write that they belong to, and sent after it."""

import logging
from datetime import datetime, timedelta

import storage
from mail.composing import Message
from models import Mail, MailKind, mails
from resolvers.context import Context

log = logging.getLogger("groundswell.mails")


async def post(context: Context, kind: MailKind, address: str, message: Message, until: datetime | None = None) -> None:
    """Put a mail into the outbox. It is sent after the commit, or given up at `until`, by default after MAIL_HOURS."""
    at, settings = context.now(), context.settings
    await storage.insert(
        Mail,
        kind=kind,
        subject=" ".join(message.subject.split()),
        created_at=at,
        until=until or at + timedelta(hours=settings.mail_hours),
        next_try_at=at,
        **mails.sealed(address, message.text),
    )
    if settings.mail_url:
        context.after_commit.append(context.wake_mail)
    else:
        context.after_commit.append(
            lambda: log.info("%s (not sent, MAIL_URL is empty)\n%s", message.subject, message.text)
        )
