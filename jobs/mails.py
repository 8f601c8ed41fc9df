"""Mail delivery: send the mails of the outbox, at least once, with retries and exponential backoff.

A mail is claimed for CLAIM_LEASE before it is sent, so that no other process sends the same mail. If a process dies
after the mail server has accepted a mail and before the mail is marked as sent, the mail is sent again when the lease
is over, with the same Message-ID.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from aiosmtplib import SMTP
from tortoise.expressions import F

import storage
from jobs.loop import every
from mail.smtp import MailServer, disconnect, failure_reason, is_connection_usable, is_permanent
from models import Mail, mails

CLAIM_BATCH_SIZE = 20
CLAIM_LEASE = timedelta(minutes=5)
MAX_RETRY_DELAY = timedelta(hours=1)

TASK_NAME = "mail delivery"

log = logging.getLogger("groundswell.mails")


class MailDelivery:
    """The delivery of due mails, as a background task of this process."""

    def __init__(self, now: Callable[[], datetime] = storage.now) -> None:
        self.now = now
        self._wake = asyncio.Event()
        self._is_stopping = False

    def wake(self) -> None:
        """Send due mails at once."""
        self._wake.set()

    @asynccontextmanager
    async def running(
        self, server: MailServer | None, poll_seconds: float, retry_seconds: float
    ) -> AsyncIterator[None]:
        """Send due mails until the block ends; finish the mail in progress. Without a server, send nothing."""
        if server is None:
            yield
            return
        sender = MailSender(server, timedelta(seconds=retry_seconds), lambda: self.now(), lambda: self._is_stopping)

        async def send() -> None:
            try:
                await sender.send_due()
            except Exception as error:  # the error's text may hold values of a row
                log.error("the outbox could not be read: %s", type(error).__name__)

        self.wake()
        async with every(poll_seconds, send, TASK_NAME, wake=self._wake, finish=True):
            try:
                yield
            finally:
                self._is_stopping = True


class MailSender:
    """Claims due mails in batches, and sends each batch over one connection."""

    def __init__(
        self,
        server: MailServer,
        retry_delay: timedelta,
        now: Callable[[], datetime],
        is_stopping: Callable[[], bool],
    ) -> None:
        self.server = server
        self.retry_delay = retry_delay
        self.now = now
        self.is_stopping = is_stopping

    async def send_due(self) -> None:
        """Send until no mail is due, the server can't be reached, or the process stops."""
        while not self.is_stopping() and await Mail.exists(next_try_at__lte=self.now()):
            now, started = self.now(), time.monotonic()
            async with storage.transaction():
                batch = await storage.read(Mail, mails.CLAIM_DUE, now, now + CLAIM_LEASE, CLAIM_BATCH_SIZE)
            batch.sort(key=lambda mail: mail.id)
            for mail in batch:
                if mail.until <= now:
                    await self._give_up(mail, mail.failure or "it was not sent in time")
            unexpired = [mail for mail in batch if mail.until > now]
            deadline = started + CLAIM_LEASE.total_seconds() - 2 * self.server.timeout_seconds
            if not await self._send_batch(unexpired, deadline):
                return

    async def _send_batch(self, batch: list[Mail], deadline: float) -> bool:
        """Send mails until the deadline and release the rest. Return False if the server can't be reached."""
        while batch:
            if self._is_time_up(deadline):
                await self._release(batch)
                return True
            try:
                smtp = await self.server.connect()
            except Exception as error:
                log.error("%d mails wait: %s", len(batch), failure_reason(error))
                for mail in batch:
                    await self._schedule_retry(mail, failure_reason(error))
                return False
            try:
                await self._send_over(smtp, batch, deadline)
            finally:
                await disconnect(smtp)
        return True

    async def _send_over(self, smtp: SMTP, batch: list[Mail], deadline: float) -> None:
        """Send mails over this connection as long as the connection is usable. Remove these mails from the batch."""
        is_connected = True
        while batch and is_connected and not self._is_time_up(deadline):
            is_connected = await self._send(smtp, batch.pop(0))

    def _is_time_up(self, deadline: float) -> bool:
        return self.is_stopping() or time.monotonic() > deadline

    async def _send(self, smtp: SMTP, mail: Mail) -> bool:
        """Send one mail and store the outcome. Return False if the connection can't be used any more."""
        try:
            async with asyncio.timeout(self.server.timeout_seconds):
                await self._transmit(smtp, mail)
        except Exception as error:
            if is_permanent(error):
                await self._give_up(mail, failure_reason(error))
            else:
                log.warning("mail %d (%s) waits for another try: %s", mail.id, mail.kind, failure_reason(error))
                await self._schedule_retry(mail, failure_reason(error))
            if not is_connection_usable(error):
                smtp.close()
            return smtp.is_connected
        async with storage.transaction():
            await Mail.filter(id=mail.id).update(sent_at=self.now(), failure=None, **mails.WITHOUT_CONTENT)
        return smtp.is_connected

    async def _transmit(self, smtp: SMTP, mail: Mail) -> None:
        recipient, text = mail.recipient, mail.text
        assert text is not None, "a waiting mail has a text"
        message = self.server.build_message(mail.message_id, recipient, mail.subject, text, self.now())
        await smtp.send_message(message, sender=self.server.sender.addr_spec, recipients=[recipient])

    async def _release(self, batch: list[Mail]) -> None:
        """Make claimed mails due again that were not tried."""
        claimed = Mail.filter(id__in=[mail.id for mail in batch], next_try_at__isnull=False)
        async with storage.transaction():
            await claimed.update(next_try_at=self.now(), try_count=F("try_count") - 1)

    async def _schedule_retry(self, mail: Mail, reason: str) -> None:
        """Set the next try, unless the mail expires before or another process has claimed the mail since."""
        delay = min(self.retry_delay * 2 ** min(mail.try_count - 1, 16), MAX_RETRY_DELAY)
        next_try_at = self.now() + delay
        if next_try_at >= mail.until:
            await self._give_up(mail, reason)
            return
        claimed = Mail.filter(id=mail.id, try_count=mail.try_count, next_try_at__isnull=False)
        async with storage.transaction():
            await claimed.update(failure=reason, next_try_at=next_try_at)

    async def _give_up(self, mail: Mail, reason: str) -> None:
        log.warning("mail %d (%s) is given up: %s", mail.id, mail.kind, reason)
        async with storage.transaction():
            await Mail.filter(id=mail.id, sent_at=None).update(failure=reason, **mails.WITHOUT_CONTENT)
