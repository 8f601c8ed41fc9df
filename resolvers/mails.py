"""The outbox: a mail is stored in the transaction that causes the mail, and sent after the commit."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import storage
from auth.viewers import Integrator
from mail.composing import Message
from models import Mail, MailKind, mails
from resolvers.context import Context

log = logging.getLogger("groundswell.mails")


def network_of(context: Context) -> Callable[[], str] | None:
    """Return the network whose mails are counted together; none for a program, which writes for many people."""
    return None if isinstance(context.viewer, Integrator) else context.network_hash


async def post(
    context: Context, kind: MailKind, email: str, message: Message, expires_at: datetime | None = None
) -> None:
    """Put a mail into the outbox. The mail is sent after the commit, and expires after MAIL_HOURS by default.

    Without a mail server, the log says where to read it: a text may hold a code or a link for one person only.
    """
    now, settings = context.now(), context.settings
    await storage.insert(
        Mail,
        kind=kind,
        subject=" ".join(message.subject.split()),  # without line breaks
        created_at=now,
        until=expires_at or now + timedelta(hours=settings.mail_hours),
        next_try_at=now,
        **mails.sealed(email, message.text),
    )
    if settings.mail_url:
        context.after_commit.append(context.wake_mail)
    else:
        context.after_commit.append(lambda: log.info("MAIL_URL is empty, so a mail waits: cli.py outbox prints it"))
