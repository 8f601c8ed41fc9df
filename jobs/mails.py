"""The outbox's sender: one task a process, woken when a mail is posted. A crash may send a mail twice, never lose it.

A mail is claimed for LEASE before it is sent, so that no other process sends it meanwhile. If this one dies between
the server's yes and our note of it, the mail is sent anew when the lease is over, under the same Message-ID.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from aiosmtplib import SMTP

import storage
from jobs.loop import every
from mail.smtp import MailServer, hang_up, is_answer, is_final, mailbox, reason
from models import Mail, mails

BATCH = 20
"""Mails that are claimed together."""
LEASE = timedelta(minutes=5)
LONGEST = timedelta(hours=1)
"""Between two tries."""

TASK_NAME = "mail delivery"

log = logging.getLogger("groundswell.mails")


class Delivery:
    """The delivery of the mails that wait, as one job of a process."""

    def __init__(self, now: Callable[[], datetime] = storage.now) -> None:
        self.now = now
        self._wake = asyncio.Event()
        self._is_stopping = False

    def wake(self) -> None:
        """Send at once what waits."""
        self._wake.set()

    @asynccontextmanager
    async def running(
        self, server: MailServer | None, poll_seconds: float, retry_seconds: float
    ) -> AsyncIterator[None]:
        """Send what waits until the block ends; a mail in progress is finished. Without a server nothing is sent."""
        if server is None:
            yield
            return
        sender = Sender(server, timedelta(seconds=retry_seconds), lambda: self.now(), lambda: self._is_stopping)

        async def send() -> None:
            try:
                await sender.send_due()
            except Exception as error:  # its text may hold what was in a row
                log.error("the mails that wait could not be looked at: %s", type(error).__name__)

        self.wake()
        async with every(poll_seconds, send, TASK_NAME, wake=self._wake, finish=True):
            try:
                yield
            finally:
                self._is_stopping = True


class Sender:
    """Sends what is due, a batch on one connection."""

    def __init__(
        self, server: MailServer, retry: timedelta, now: Callable[[], datetime], is_over: Callable[[], bool]
    ) -> None:
        self.server = server
        self.retry = retry
        self.now = now
        self.is_over = is_over

    async def send_due(self) -> None:
        """Until none is due, or the server can't be reached."""
        while not self.is_over() and await storage.fetch_one(mails.DUE, self.now()):
            at, started = self.now(), time.monotonic()
            async with storage.transaction():
                batch = await storage.read(Mail, mails.CLAIM, at, at + LEASE, BATCH)
            batch.sort(key=lambda mail: mail.id)
            for mail in batch:
                if mail.until <= at:
                    await self._give_up(mail, mail.failure or "it was not sent in time")
            in_time = [mail for mail in batch if mail.until > at]
            if not await self._send(in_time, started + LEASE.total_seconds() - 2 * self.server.seconds):
                return

    async def _send(self, batch: list[Mail], until: float) -> bool:
        """Whether the server could be reached. What there is no time for is left to others."""
        while batch:
            if self._is_time_up(until):
                async with storage.transaction():
                    await storage.fetch(mails.PUT_BACK, storage.json_list(mail.id for mail in batch), self.now())
                return True
            try:
                smtp = await self.server.connect()
            except Exception as error:
                log.error("%d mails wait: %s", len(batch), reason(error))
                for mail in batch:
                    await self._try_again(mail, reason(error))
                return False
            try:
                await self._send_on(smtp, batch, until)
            finally:
                await hang_up(smtp)
        return True

    async def _send_on(self, smtp: SMTP, batch: list[Mail], until: float) -> None:
        """Take from the batch what goes over this connection."""
        is_open = True
        while batch and is_open and not self._is_time_up(until):
            is_open = await self._try(smtp, batch.pop(0))

    def _is_time_up(self, until: float) -> bool:
        return self.is_over() or time.monotonic() > until

    async def _try(self, smtp: SMTP, mail: Mail) -> bool:
        """Whether the connection is still good."""
        try:
            async with asyncio.timeout(self.server.seconds):
                await self._hand_over(smtp, mail)
        except Exception as error:
            if is_final(error):
                await self._give_up(mail, reason(error))
            else:
                log.warning("mail %d (%s) waits for another try: %s", mail.id, mail.kind, reason(error))
                await self._try_again(mail, reason(error))
            if not is_answer(error):
                smtp.close()
            return smtp.is_connected
        async with storage.transaction():
            await storage.fetch(mails.SENT, mail.id, self.now())
        return smtp.is_connected

    async def _hand_over(self, smtp: SMTP, mail: Mail) -> None:
        address, text = mail.address, mail.text
        assert address is not None  # it waits
        assert text is not None
        message = self.server.message(mail.message_id, address, mail.subject, text, self.now())
        await smtp.send_message(message, recipients=[mailbox(address).addr_spec])

    async def _try_again(self, mail: Mail, why: str) -> None:
        at = self.now()
        again = at + min(self.retry * 2 ** min(mail.try_count - 1, 16), LONGEST)
        if again >= mail.until:
            await self._give_up(mail, why)
            return
        async with storage.transaction():
            await storage.fetch(mails.TRY_AGAIN, mail.id, why, again, mail.try_count)

    async def _give_up(self, mail: Mail, why: str) -> None:
        log.warning("mail %d (%s) is given up: %s", mail.id, mail.kind, why)
        async with storage.transaction():
            await storage.fetch(mails.GIVE_UP, mail.id, why)
