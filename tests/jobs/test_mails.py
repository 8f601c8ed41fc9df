"""Mails: what a real mail server gets, what becomes of what it refuses, and what is left of them afterwards."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
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
from jobs.mails import LEASE, Sender
from jobs.resealing import reseal
from live import Live
from mail.composing import Message
from mail.smtp import MailServer
from models import Mail, MailKind
from resolvers import mails
from resolvers.context import Context
from storage.database import Statement
from tests.support.app import TestApp, running_app
from tests.support.operator_commands import run
from tests.support.serving import PATIENCE

pytestmark = pytest.mark.anyio

ADA = "ada@example.org"
GONE = Statement("SELECT count(*) FROM mails WHERE address_sealed IS NOT NULL OR text_sealed IS NOT NULL")


class Postmaster:
    """A mail server's mind: what it took, and what it answers to whom."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
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
        self.taken.append(message_from_bytes(content, policy=policy.default))
        return "250 taken"


@asynccontextmanager
async def listening(postmaster: Postmaster, port: int = 0) -> AsyncIterator[int]:
    """The port on which the mail server answers meanwhile."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(postmaster, hostname="mail.test", enable_SMTPUTF8=True), "127.0.0.1", port
    )
    async with server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def posting(**changes: Any) -> AsyncIterator[tuple[TestApp, Postmaster]]:
    """A site whose mails go to a mail server of its own."""
    postmaster = Postmaster()
    async with listening(postmaster) as port:
        url = f"smtp://127.0.0.1:{port}"
        async with running_app(mail_url=url, mail_from="Groundswell <no-reply@groundswell.test>", **changes) as site:
            yield site, postmaster


async def eventually(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def ask_for_code(site: TestApp, address: str) -> None:
    answer = await site.do("requestSignIn", "expiresAt", email=address)
    assert answer["__typename"] == "RequestSignInPayload", answer


async def outbox() -> list[Mail]:
    return await storage.read(Mail, models.mails.ALL)


async def settled() -> Mail:
    """The only mail, once it waits for nothing or for another try."""
    async with asyncio.timeout(PATIENCE):
        while True:
            (mail,) = await outbox()
            if mail.sent_at or mail.failure:
                return mail
            await asyncio.sleep(0.01)


def later(site: TestApp, **time: float) -> None:
    """Move the sender's clock."""
    site.groundswell.delivery.now = lambda: storage.now() + timedelta(**time)
    site.groundswell.delivery.wake()


def sender(port: int, seconds: float = 5.0, **ahead: float) -> Sender:
    """The sender of another process."""
    server = MailServer.of(f"smtp://127.0.0.1:{port}", "no-reply@groundswell.test", seconds)
    return Sender(server, timedelta(minutes=1), lambda: storage.now() + timedelta(**ahead), lambda: False)


# ---------------------------------------------------------------- delivered


async def test_a_mail_is_delivered_once_its_write_is_committed() -> None:
    async with posting() as (site, postmaster):
        await ask_for_code(site, ADA)

        await eventually(lambda: postmaster.taken)

        (mail,) = postmaster.taken
        assert (mail["From"], mail["To"]) == ("Groundswell <no-reply@groundswell.test>", ADA)
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["Date"]
        assert mail["Message-ID"].endswith("@groundswell.test>")
        assert "sign" in mail.get_content()


async def test_of_a_mail_that_was_sent_neither_address_nor_text_is_left() -> None:
    async with posting() as (site, _):
        await ask_for_code(site, ADA)

        mail = await settled()

        assert mail.sent_at is not None
        assert (mail.address, mail.text, mail.address_hash) == (None, None, None)


async def test_many_mails_go_over_one_connection(site: TestApp) -> None:
    postmaster = Postmaster()
    for number in range(30):
        await ask_for_code(site, f"person-{number}@example.org")

    async with listening(postmaster) as port:
        await sender(port).send_due()

    assert sorted(postmaster.recipients) == sorted(f"person-{number}@example.org" for number in range(30))
    assert len(postmaster.sessions) <= 2


async def test_two_senders_send_nothing_twice(site: TestApp) -> None:
    postmaster = Postmaster()
    for number in range(60):
        await ask_for_code(site, f"person-{number}@example.org")

    async with listening(postmaster) as port:
        await asyncio.gather(*(sender(port).send_due() for _ in range(3)))

    assert len(postmaster.recipients) == len(set(postmaster.recipients)) == 60


async def test_no_line_break_of_ours_can_make_a_header(site: TestApp) -> None:
    postmaster = Postmaster()
    context = Context(site.settings, Live())
    async with storage.transaction():
        await mails.post(
            context, MailKind.SIGN_IN_CODE, ADA, Message("Hello\r\nBcc: eve@example.org", "Text.\r\n.\r\nMore.")
        )

    async with listening(postmaster) as port:
        await sender(port).send_due()

    (mail,) = postmaster.taken
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Hello Bcc: eve@example.org"
    assert postmaster.recipients == [ADA]
    assert mail.get_content().splitlines() == ["Text.", ".", "More."]


@pytest.mark.parametrize(
    ("typed", "written_to"),
    [
        ("a,b@example.org", '"a,b"@example.org'),
        ("Ada@müller.example", "Ada@xn--mller-kva.example"),
        ("ａｄａ@example.org", ADA),
        ("straße@example.org", "strasse@example.org"),
    ],
)
async def test_a_mail_goes_to_the_one_mailbox_that_the_address_is_looked_up_as(
    site: TestApp, typed: str, written_to: str
) -> None:
    """Whoever reads what was sent to a spelling must not be able to sign in as the owner of another."""
    postmaster = Postmaster()
    await ask_for_code(site, typed)

    async with listening(postmaster) as port:
        await sender(port).send_due()

    assert postmaster.recipients == [written_to]


# ---------------------------------------------------------------- refused


async def test_what_is_refused_for_good_is_given_up_and_forgotten() -> None:
    async with posting() as (site, postmaster):
        postmaster.answers[ADA] = f"550 5.1.1 <{ADA}> is nobody here"
        await ask_for_code(site, ADA)

        mail = await settled()

        assert mail.failure == "550 5.1.1"
        assert (mail.address, mail.text, mail.try_count) == (None, None, 1)
        assert mail.next_try_at is None


async def test_what_is_refused_for_now_is_tried_again_when_its_time_comes() -> None:
    async with posting() as (site, postmaster):
        postmaster.answers[ADA] = "451 4.7.1 come back later"
        await ask_for_code(site, ADA)
        assert (await settled()).failure == "451 4.7.1"
        postmaster.answers.clear()

        later(site, seconds=61)
        await eventually(lambda: postmaster.taken)

        mail = await settled()
        assert mail.try_count == 2
        assert mail.created_at < storage.now()


async def test_each_try_waits_twice_as_long_as_the_one_before(site: TestApp) -> None:
    postmaster = Postmaster()
    postmaster.answers[ADA] = "451 4.7.1 come back later"
    context = Context(site.settings, Live())
    async with storage.transaction():
        await mails.post(context, MailKind.CONFIRM_SIGNATURE, ADA, Message("Hello", "Text."))
    (posted,) = await outbox()
    waits = []

    async with listening(postmaster) as port:
        ahead = timedelta()
        for _ in range(4):
            start = storage.now()
            await sender(port, seconds=5, **{"microseconds": ahead / timedelta(microseconds=1)}).send_due()
            (mail,) = await outbox()
            assert mail.next_try_at is not None
            waits.append(round((mail.next_try_at - start - ahead).total_seconds() / 60))
            ahead = mail.next_try_at - storage.now() + timedelta(seconds=1)

    assert waits == [1, 2, 4, 8]
    assert mail.until - posted.created_at == timedelta(hours=24)


async def test_a_mail_that_is_refused_until_its_end_is_given_up(site: TestApp) -> None:
    """A code is of no use after ten minutes; it is not tried for a day."""
    postmaster = Postmaster()
    postmaster.answers[ADA] = "451 4.7.1 come back later"
    await ask_for_code(site, ADA)

    async with listening(postmaster) as port:
        await sender(port).send_due()
        await sender(port, minutes=9, seconds=30).send_due()

    (mail,) = await outbox()
    assert (mail.failure, mail.text) == ("451 4.7.1", None)
    assert mail.next_try_at is None


async def test_a_mail_whose_time_is_over_is_not_sent_any_more(site: TestApp) -> None:
    postmaster = Postmaster()
    await ask_for_code(site, ADA)

    async with listening(postmaster) as port:
        await sender(port, minutes=11).send_due()

    (mail,) = await outbox()
    assert postmaster.taken == []
    assert (mail.failure, mail.text) == ("it was not sent in time", None)


async def test_one_bad_mail_stops_no_other(site: TestApp) -> None:
    postmaster = Postmaster()
    postmaster.answers = {"bad@example.org": "550 no", "slow@example.org": "421 4.3.2 closing", ADA: "250 OK"}
    for address in ("bad@example.org", "a..b@@..", "slow@example.org", ADA):
        await site.do("requestSignIn", "expiresAt", email=address)
    await models_spoil(await outbox())
    await ask_for_code(site, "last@example.org")

    async with listening(postmaster) as port:
        await sender(port).send_due()

    assert postmaster.recipients == [ADA, "last@example.org"]


async def models_spoil(found: list[Mail]) -> None:
    """Exchange the first mail's text with what belongs to another row."""
    spoil = Statement("UPDATE mails SET text_sealed = $2 WHERE id = $1 RETURNING id")
    async with storage.transaction():
        await storage.fetch(spoil, found[0].id, found[1].text_sealed)


async def test_while_the_server_is_down_mails_wait_and_are_sent_once_it_is_back(site: TestApp) -> None:
    postmaster = Postmaster()
    async with listening(postmaster) as port:
        pass
    await ask_for_code(site, ADA)
    await sender(port).send_due()
    (waiting,) = await outbox()
    assert waiting.failure == "the mail server can't be reached, or hung up"

    async with listening(postmaster, port):
        await sender(port, seconds=5, minutes=2).send_due()

    assert postmaster.recipients == [ADA]


async def test_a_server_that_says_nothing_is_given_up_in_time(site: TestApp) -> None:
    postmaster = Postmaster()
    postmaster.is_silent = True
    await ask_for_code(site, ADA)

    async with listening(postmaster) as port, asyncio.timeout(PATIENCE):
        await sender(port, seconds=0.2).send_due()

    (mail,) = await outbox()
    assert mail.failure == "the mail server took too long"
    assert mail.next_try_at is not None


async def test_what_a_process_that_died_had_claimed_is_sent_by_another_under_the_same_name(site: TestApp) -> None:
    """At least once: the mail server may have taken it before the process died."""
    postmaster = Postmaster()
    await ask_for_code(site, ADA)
    at = storage.now()
    async with storage.transaction():
        (claimed,) = await storage.read(Mail, models.mails.CLAIM, at, at + LEASE, 20)

    async with listening(postmaster) as port:
        await sender(port).send_due()
        assert postmaster.taken == []
        await sender(port, seconds=5, minutes=6).send_due()

    (mail,) = postmaster.taken
    assert mail["Message-ID"] == f"<{claimed.message_id}@groundswell.test>"


@pytest.mark.parametrize(
    ("scheme", "why"),
    [
        ("smtp+starttls", "the mail server can't do what MAIL_URL asks for"),
        ("smtps", "the mail server does not encrypt, or its certificate is not good"),
    ],
)
async def test_nothing_goes_over_a_connection_that_is_not_as_safe_as_it_should_be(
    site: TestApp, scheme: str, why: str
) -> None:
    postmaster = Postmaster()
    await ask_for_code(site, ADA)

    async with listening(postmaster) as port:
        strict = MailServer.of(f"{scheme}://127.0.0.1:{port}", "no-reply@groundswell.test", 5.0)
        await Sender(strict, timedelta(minutes=1), storage.now, lambda: False).send_due()

    (mail,) = await outbox()
    assert (mail.failure, mail.address) == (why, ADA)
    assert postmaster.taken == []


async def test_a_password_that_is_refused_costs_no_mail(site: TestApp) -> None:
    """The operator mends it; a person's mail is not to be lost meanwhile."""
    postmaster = Postmaster()
    await ask_for_code(site, ADA)
    async with listening(postmaster) as port:
        right = sender(port)
        wrong = replace(right.server, user="ada", password="wrong")
        await Sender(wrong, timedelta(minutes=1), storage.now, lambda: False).send_due()
    (mail,) = await outbox()

    assert mail.next_try_at is not None
    assert mail.address == ADA


# ---------------------------------------------------------------- without a server


async def test_without_a_mail_server_the_console_tells_the_text_and_never_the_address(
    site: TestApp, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        await ask_for_code(site, ADA)

    (mail,) = await site.mails(ADA)
    assert mail.text
    assert mail.text in caplog.text
    assert ADA not in caplog.text


async def test_no_failure_tells_the_console_an_address(caplog: pytest.LogCaptureFixture) -> None:
    async with posting() as (site, postmaster):
        postmaster.answers[ADA] = f"550 5.1.1 <{ADA}> is nobody here"
        with caplog.at_level(logging.DEBUG, "groundswell"):
            await ask_for_code(site, ADA)
            await settled()

    assert "550 5.1.1" in caplog.text
    assert ADA not in caplog.text


async def test_outbox_prints_what_waits_and_with_all_what_is_done_too(site: TestApp) -> None:
    postmaster = Postmaster()
    await ask_for_code(site, "sent@example.org")
    async with listening(postmaster) as port:
        await sender(port).send_due()
    await ask_for_code(site, ADA)
    (mail,) = await site.mails(ADA)

    waiting = await run(site.settings.database_url, "outbox")
    everything = await run(site.settings.database_url, "outbox", "--all")

    assert (waiting.returncode, waiting.stderr) == (0, "")
    assert f"SIGN_IN_CODE\t{mail.created_at:%Y-%m-%d %H:%M}\t0 tries\tnot tried yet\t{ADA}" in waiting.stdout
    assert str(mail.text).strip() in waiting.stdout
    assert "sent" not in waiting.stdout
    assert "1 tries\tsent 2" in everything.stdout
    assert "sent@example.org" not in everything.stdout


async def test_a_process_that_stops_leaves_what_it_had_claimed_to_the_others_at_once(site: TestApp) -> None:
    postmaster = Postmaster()
    for number in range(5):
        await ask_for_code(site, f"person-{number}@example.org")

    async with listening(postmaster) as port:
        stopping = sender(port)
        stopping.is_over = lambda: len(postmaster.taken) == 2
        await stopping.send_due()
        assert len(postmaster.taken) == 2
        await sender(port).send_due()

    assert len(set(postmaster.recipients)) == len(postmaster.recipients) == 5
    assert {mail.try_count for mail in await outbox()} == {1}


async def test_a_sender_that_is_no_address_stops_the_start() -> None:
    with pytest.raises(SystemExit, match="MAIL_FROM"):
        async with running_app(mail_url="smtp://127.0.0.1", mail_from="Groundswell"):
            pass


@pytest.mark.parametrize("url", ["http://mail.test", "smtp://", "mail.test"])
async def test_a_mail_server_that_can_not_be_one_stops_the_start_without_its_password(url: str) -> None:
    with pytest.raises(SystemExit) as stop:
        async with running_app(mail_url=url.replace("://", "://ada:s3cret@")):
            pass

    assert "MAIL_URL" in str(stop.value)
    assert "s3cret" not in str(stop.value)


async def test_what_was_sent_long_ago_is_forgotten(site: TestApp) -> None:
    await ask_for_code(site, ADA)
    context = Context(site.settings, Live())

    context.now = lambda: storage.now() + timedelta(days=29)
    await retention.delete_expired(context)
    assert len(await outbox()) == 1
    context.now = lambda: storage.now() + timedelta(days=31)
    await retention.delete_expired(context)

    assert await outbox() == []


async def test_a_mail_that_waits_outlives_a_change_of_keys() -> None:
    async with running_app() as site:
        await ask_for_code(site, ADA)
        (before,) = await site.mails(ADA)
        text = before.text
        storage.sealing.use(replace(site.settings, encryption_keys=("k" * 32,)))

        await reseal()

        storage.sealing.use(replace(site.settings, secret_key="another", encryption_keys=("k" * 32,)))
        (after,) = await site.mails(ADA)
        assert (after.text, after.message_id) == (text, before.message_id)
