"""Mail delivery to a real SMTP server: sending, retries, claims, expiry, and deletion of content."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

import models
import storage
from jobs import retention
from jobs.mails import CLAIM_LEASE, MailSender
from jobs.resealing import reseal
from live import Live
from mail.composing import Message
from mail.smtp import MailServer
from models import Mail, MailKind
from resolvers import mails
from resolvers.context import Context
from tests.support.app import OTHER_SECRET, SECRET, TestApp, running_app
from tests.support.operator_commands import run
from tests.support.serving import PATIENCE, until

pytestmark = pytest.mark.anyio

ADA = "ada@example.org"


class MailHandler:
    """Records the mails that the SMTP server accepts. `answers` holds the response by recipient."""

    def __init__(self) -> None:
        self.accepted: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.answers: dict[str, str] = {}
        self.sessions: set[int] = set()
        self.is_silent = False

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.sessions.add(id(session))
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.is_silent:
            await asyncio.Event().wait()
        content = cast(bytes, envelope.content)
        self.recipients += envelope.rcpt_tos
        self.accepted.append(message_from_bytes(content, policy=policy.default))
        return "250 taken"


@asynccontextmanager
async def smtp_server(handler: MailHandler, port: int = 0) -> AsyncIterator[int]:
    """Run an SMTP server, and return its port."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(handler, hostname="mail.test", enable_SMTPUTF8=True), "127.0.0.1", port
    )
    async with server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def site_with_mail_server(**changes: Any) -> AsyncIterator[tuple[TestApp, MailHandler]]:
    """Run a site with a mail server of its own."""
    handler = MailHandler()
    async with smtp_server(handler) as port:
        url = f"smtp://127.0.0.1:{port}"
        async with running_app(mail_url=url, mail_from="Groundswell <no-reply@groundswell.test>", **changes) as site:
            yield site, handler


async def request_code(site: TestApp, email: str) -> None:
    answer = await site.do("requestSignIn", "expiresAt", email=email)
    assert answer["__typename"] == "RequestSignInPayload", answer


async def outbox() -> list[Mail]:
    return await Mail.all().order_by("id")


async def tried_mail() -> Mail:
    """Return the only mail, once it was tried."""
    async with asyncio.timeout(PATIENCE):
        while True:
            (mail,) = await outbox()
            if mail.sent_at or mail.failure:
                return mail
            await asyncio.sleep(0.01)


def set_clock_ahead(site: TestApp, **time: float) -> None:
    """Set the clock of the site's mail delivery ahead, and wake the delivery."""
    site.groundswell.delivery.now = lambda: storage.now() + timedelta(**time)
    site.groundswell.delivery.wake()


def sender(port: int, seconds: float = 5.0, **ahead: float) -> MailSender:
    """Return a sender as another process has, with a clock ahead of this process."""
    server = MailServer.from_url(f"smtp://127.0.0.1:{port}", "no-reply@groundswell.test", seconds)
    return MailSender(server, timedelta(minutes=1), lambda: storage.now() + timedelta(**ahead), lambda: False)


# ---------------------------------------------------------------- delivery


async def test_mail_is_sent_after_the_commit() -> None:
    async with site_with_mail_server() as (site, handler):
        await request_code(site, ADA)

        await until(lambda: handler.accepted)

        (mail,) = handler.accepted
        assert (mail["From"], mail["To"]) == ("Groundswell <no-reply@groundswell.test>", ADA)
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["Date"]
        assert mail["Message-ID"].endswith("@groundswell.test>")
        assert "sign" in mail.get_content()


async def test_recipient_and_text_of_a_sent_mail_are_deleted() -> None:
    async with site_with_mail_server() as (site, _):
        await request_code(site, ADA)

        mail = await tried_mail()

        assert mail.sent_at is not None
        assert (mail.email, mail.text, mail.email_hash) == (None, None, None)


async def test_mails_share_a_connection(site: TestApp) -> None:
    handler = MailHandler()
    for number in range(30):
        await request_code(site, f"person-{number}@example.org")

    async with smtp_server(handler) as port:
        await sender(port).send_due()

    assert sorted(handler.recipients) == sorted(f"person-{number}@example.org" for number in range(30))
    assert len(handler.sessions) <= 2


async def test_concurrent_senders_send_each_mail_once(site: TestApp) -> None:
    handler = MailHandler()
    for number in range(60):
        await request_code(site, f"person-{number}@example.org")

    async with smtp_server(handler) as port:
        await asyncio.gather(*(sender(port).send_due() for _ in range(3)))

    assert len(handler.recipients) == len(set(handler.recipients)) == 60


async def test_line_breaks_inject_no_header(site: TestApp) -> None:
    handler = MailHandler()
    context = Context(site.settings, Live())
    async with storage.transaction():
        await mails.post(
            context, MailKind.SIGN_IN_CODE, ADA, Message("Hello\r\nBcc: eve@example.org", "Text.\r\n.\r\nMore.")
        )

    async with smtp_server(handler) as port:
        await sender(port).send_due()

    (mail,) = handler.accepted
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Hello Bcc: eve@example.org"
    assert handler.recipients == [ADA]
    assert mail.get_content().splitlines() == ["Text.", ".", "More."]


@pytest.mark.parametrize(
    ("email", "recipient"),
    [
        ("Ada@müller.example", "Ada@xn--mller-kva.example"),
        ("ada@straße.example", "ada@xn--strae-oqa.example"),
        ("ada@σωλις.example", "ada@xn--uxadwb4a.example"),
        ("ａｄａ@example.org", ADA),
        ("straße@example.org", "strasse@example.org"),
    ],
)
async def test_mail_goes_to_the_normalized_email(site: TestApp, email: str, recipient: str) -> None:
    """The reader of a mailbox must not be able to sign in as the owner of a mailbox with another spelling."""
    handler = MailHandler()
    await request_code(site, email)

    async with smtp_server(handler) as port:
        await sender(port).send_due()

    assert handler.recipients == [recipient]


# ---------------------------------------------------------------- errors and retries


async def test_permanently_refused_mail_is_given_up() -> None:
    async with site_with_mail_server() as (site, handler):
        handler.answers[ADA] = f"550 5.1.1 <{ADA}> is nobody here"
        await request_code(site, ADA)

        mail = await tried_mail()

        assert mail.failure == "550 5.1.1"
        assert (mail.email, mail.text, mail.try_count) == (None, None, 1)
        assert mail.next_try_at is None


async def test_temporarily_refused_mail_is_retried() -> None:
    async with site_with_mail_server() as (site, handler):
        handler.answers[ADA] = "451 4.7.1 come back later"
        await request_code(site, ADA)
        assert (await tried_mail()).failure == "451 4.7.1"
        handler.answers.clear()

        set_clock_ahead(site, seconds=61)
        await until(lambda: handler.accepted)

        mail = await tried_mail()
        assert mail.try_count == 2
        assert mail.created_at < storage.now()


async def test_retries_back_off_exponentially(site: TestApp) -> None:
    handler = MailHandler()
    handler.answers[ADA] = "451 4.7.1 come back later"
    context = Context(site.settings, Live())
    async with storage.transaction():
        await mails.post(context, MailKind.CONFIRM_SIGNATURE, ADA, Message("Hello", "Text."))
    (stored,) = await outbox()
    waits = []

    async with smtp_server(handler) as port:
        ahead = timedelta()
        for _ in range(4):
            start = storage.now()
            await sender(port, seconds=5, **{"microseconds": ahead / timedelta(microseconds=1)}).send_due()
            (mail,) = await outbox()
            assert mail.next_try_at is not None
            waits.append(round((mail.next_try_at - start - ahead).total_seconds() / 60))
            ahead = mail.next_try_at - storage.now() + timedelta(seconds=1)

    assert waits == [1, 2, 4, 8]
    assert mail.until - stored.created_at == timedelta(hours=24)


async def test_mail_is_not_retried_after_its_expiry(site: TestApp) -> None:
    """A sign-in code expires after ten minutes."""
    handler = MailHandler()
    handler.answers[ADA] = "451 4.7.1 come back later"
    await request_code(site, ADA)

    async with smtp_server(handler) as port:
        await sender(port).send_due()
        await sender(port, minutes=9, seconds=30).send_due()

    (mail,) = await outbox()
    assert (mail.failure, mail.text) == ("451 4.7.1", None)
    assert mail.next_try_at is None


async def test_expired_mail_is_not_sent(site: TestApp) -> None:
    handler = MailHandler()
    await request_code(site, ADA)

    async with smtp_server(handler) as port:
        await sender(port, minutes=11).send_due()

    (mail,) = await outbox()
    assert handler.accepted == []
    assert (mail.failure, mail.text) == ("it was not sent in time", None)


async def test_failing_mail_does_not_stop_others(site: TestApp) -> None:
    handler = MailHandler()
    handler.answers = {"bad@example.org": "550 no", "slow@example.org": "421 4.3.2 closing", ADA: "250 OK"}
    for email in ("bad@example.org", "a..b@@..", "slow@example.org", ADA):
        await site.do("requestSignIn", "expiresAt", email=email)
    await corrupt_first_text(await outbox())
    await request_code(site, "last@example.org")

    async with smtp_server(handler) as port:
        await sender(port).send_due()

    assert handler.recipients == [ADA, "last@example.org"]


async def corrupt_first_text(rows: list[Mail]) -> None:
    """Replace the encrypted text of the first mail with the text of another row, which can't be decrypted there."""
    await Mail.filter(id=rows[0].id).update(text_sealed=rows[1].text_sealed)


async def test_mails_wait_while_the_server_is_down(site: TestApp) -> None:
    handler = MailHandler()
    async with smtp_server(handler) as port:
        pass
    await request_code(site, ADA)
    await sender(port).send_due()
    (waiting,) = await outbox()
    assert waiting.failure == "the mail server can't be reached, or hung up"

    async with smtp_server(handler, port):
        await sender(port, seconds=5, minutes=2).send_due()

    assert handler.recipients == [ADA]


async def test_silent_mail_server_times_out(site: TestApp) -> None:
    handler = MailHandler()
    handler.is_silent = True
    await request_code(site, ADA)

    async with smtp_server(handler) as port, asyncio.timeout(PATIENCE):
        await sender(port, seconds=0.2).send_due()

    (mail,) = await outbox()
    assert mail.failure == "the mail server took too long"
    assert mail.next_try_at is not None


async def test_mail_of_a_crashed_process_is_sent_again_with_its_message_id(site: TestApp) -> None:
    """Delivery is at least once: the mail server may have accepted the mail before the crash."""
    handler = MailHandler()
    await request_code(site, ADA)
    at = storage.now()
    async with storage.transaction():
        (claimed,) = await storage.read(Mail, models.mails.CLAIM_DUE, at, at + CLAIM_LEASE, 20)

    async with smtp_server(handler) as port:
        await sender(port).send_due()
        assert handler.accepted == []
        await sender(port, seconds=5, minutes=6).send_due()

    (mail,) = handler.accepted
    assert mail["Message-ID"] == f"<{claimed.message_id}@groundswell.test>"


@pytest.mark.parametrize(
    ("scheme", "failure"),
    [
        ("smtp+starttls", "the mail server can't do what MAIL_URL asks for"),
        ("smtps", "the mail server does not encrypt, or its certificate is not good"),
    ],
)
async def test_no_mail_is_sent_without_the_encryption_of_the_url(site: TestApp, scheme: str, failure: str) -> None:
    handler = MailHandler()
    await request_code(site, ADA)

    async with smtp_server(handler) as port:
        strict = MailServer.from_url(f"{scheme}://127.0.0.1:{port}", "no-reply@groundswell.test", 5.0)
        await MailSender(strict, timedelta(minutes=1), storage.now, lambda: False).send_due()

    (mail,) = await outbox()
    assert (mail.failure, mail.email) == (failure, ADA)
    assert handler.accepted == []


async def test_refused_password_loses_no_mail(site: TestApp) -> None:
    """The mail waits until the operator corrects the password."""
    handler = MailHandler()
    await request_code(site, ADA)
    async with smtp_server(handler) as port:
        right = sender(port)
        wrong = replace(right.server, user="ada", password="wrong")
        await MailSender(wrong, timedelta(minutes=1), storage.now, lambda: False).send_due()
    (mail,) = await outbox()

    assert mail.next_try_at is not None
    assert mail.email == ADA


# ---------------------------------------------------------------- logs and commands


async def test_log_says_where_to_read_a_mail_if_no_mail_server_is_set(
    site: TestApp, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        await request_code(site, ADA)

    (mail,) = await site.mails(ADA)
    (code,) = re.findall(r"^ {4}(\d+)$", mail.text or "", re.MULTILINE)
    assert "cli.py outbox" in caplog.text
    assert code not in caplog.text
    assert ADA not in caplog.text


async def test_logged_failures_hold_no_email(caplog: pytest.LogCaptureFixture) -> None:
    async with site_with_mail_server() as (site, handler):
        handler.answers[ADA] = f"550 5.1.1 <{ADA}> is nobody here"
        with caplog.at_level(logging.DEBUG, "groundswell"):
            await request_code(site, ADA)
            await tried_mail()

    assert "550 5.1.1" in caplog.text
    assert ADA not in caplog.text


async def test_outbox_command_prints_waiting_or_all_mails(site: TestApp) -> None:
    handler = MailHandler()
    await request_code(site, "sent@example.org")
    async with smtp_server(handler) as port:
        await sender(port).send_due()
    await request_code(site, ADA)
    (mail,) = await site.mails(ADA)

    waiting = await run(site.settings.database_url, "outbox")
    everything = await run(site.settings.database_url, "outbox", "--all")

    assert (waiting.returncode, waiting.stderr) == (0, "")
    assert f"SIGN_IN_CODE\t{mail.created_at:%Y-%m-%d %H:%M}\t0 tries\tnot tried yet\t{ADA}" in waiting.stdout
    assert str(mail.text).strip() in waiting.stdout
    assert "sent" not in waiting.stdout
    assert "1 tries\tsent 2" in everything.stdout
    assert "sent@example.org" not in everything.stdout


async def test_stopping_process_releases_claimed_mails(site: TestApp) -> None:
    handler = MailHandler()
    for number in range(5):
        await request_code(site, f"person-{number}@example.org")

    async with smtp_server(handler) as port:
        stopping = sender(port)
        stopping.is_stopping = lambda: len(handler.accepted) == 2
        await stopping.send_due()
        assert len(handler.accepted) == 2
        await sender(port).send_due()

    assert len(set(handler.recipients)) == len(handler.recipients) == 5
    assert {mail.try_count for mail in await outbox()} == {1}


async def test_invalid_mail_from_stops_the_start() -> None:
    with pytest.raises(SystemExit, match="MAIL_FROM"):
        async with running_app(mail_url="smtp://127.0.0.1", mail_from="Groundswell"):
            pass


@pytest.mark.parametrize("url", ["http://mail.test", "smtp://", "mail.test"])
async def test_invalid_mail_url_stops_the_start_without_showing_the_password(url: str) -> None:
    with pytest.raises(SystemExit) as stop:
        async with running_app(mail_url=url.replace("://", "://ada:s3cret@")):
            pass

    assert "MAIL_URL" in str(stop.value)
    assert "s3cret" not in str(stop.value)


async def test_old_mails_are_deleted(site: TestApp) -> None:
    await request_code(site, ADA)
    context = Context(site.settings, Live())

    context.now = lambda: storage.now() + timedelta(days=29)
    await retention.delete_expired(context)
    assert len(await outbox()) == 1
    context.now = lambda: storage.now() + timedelta(days=31)
    await retention.delete_expired(context)

    assert await outbox() == []


async def test_waiting_mail_is_resealed() -> None:
    async with running_app() as site:
        await request_code(site, ADA)
        (before,) = await site.mails(ADA)
        text = before.text
        storage.sealing.use(replace(site.settings, encryption_keys=(OTHER_SECRET,)))

        await reseal()

        storage.sealing.use(replace(site.settings, secret_key=SECRET[::-1], encryption_keys=(OTHER_SECRET,)))
        (after,) = await site.mails(ADA)
        assert (after.text, after.message_id) == (text, before.message_id)
