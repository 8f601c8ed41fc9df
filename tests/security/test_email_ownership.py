"""Ownership of an e-mail: one reading of it for look-up, storage, mail header and SMTP envelope, or a refusal."""

from contextlib import suppress
from email import message_from_bytes, policy
from email.utils import getaddresses
from typing import Any

import idna
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import storage
from mail.smtp import MailServer
from models import Mail, Profile, Signature, emails
from tests.jobs.test_mails import MailHandler, request_code, sender, smtp_server
from tests.support.app import TestApp
from tests.support.signing import audited, counts

pytestmark = pytest.mark.anyio

ADA = "ada@example.org"
MAIL_SERVER = MailServer.from_url("smtp://127.0.0.1", "no-reply@groundswell.test", 5.0)
REFUSED = (
    *("olga+a@evil.example,b\uff20gmail.com", "olga+a@evil.example,b\ufe6bgmail.com", "ada\uff20example.org"),
    *("dora@example.org(1)", "dora@example.org,", "dora@example.org;", "dora@example.org>", "dora@example.org:"),
    *('dora@example.org"', "dora@(a)example.org", "dora@example.org,x", "ada,b@example.org", "<ada@example.org>"),
    *("mailto:ada@example.org", "'ada@example.org'", 'r..r"@example.org', '"ada"@example.org', "Ada <ada@example.org>"),
    *("ada@example..org", "ada@.org", "ada@-x.org", "ada@x-.org", "ada@example.org..", "ada@1.2.3.4"),
    *("ada@[127.0.0.1]", "ada@localhost", "ada@example", "ada@mail.local", "ada@mail.invalid", "ada..b@example.org"),
    *("a\u200bda@example.org", "ada@exam\u00adple.org", "ada @example.org", "ada@exa mple.org"),
    *("a\uff0cb@example.org", "a\uff20b@example.org", "ada@example.org\nBcc: eve@example.org", "\u0338ada@example.org"),
    *("a@b@example.org", "@example.org", "ada@", "@", "ada@example.123"),
    *(f"{'a' * 65}@example.org", f"ada@{'a' * 64}.example"),
)
READ = {
    "\u200bada@example.org": ADA,
    "ada@example.org\u200e": ADA,
    " \u202aada@example.org\u202c\ufeff ": ADA,
    "Ada@EXAMPLE.org": "Ada@example.org",
    "eve@example.org.": "eve@example.org",  # the root of all domains
    "ab@ex\u1d2cmple.org": "ab@example.org",
    "ａｄａ@ｅｘａｍｐｌｅ．org": ADA,
    "ada@straße.example": "ada@xn--strae-oqa.example",
    "ada@strasse.example": "ada@strasse.example",
    "ada@σωλις.example": "ada@xn--uxadwb4a.example",
    "ada@σωλισ.example": "ada@xn--uxadxc1a.example",
    "ada@xn--strae-oqa.example": "ada@xn--strae-oqa.example",
    "o'neill+news@mail.example": "o'neill+news@mail.example",
}


# ---------------------------------------------------------------- one reading


@pytest.mark.parametrize("text", REFUSED)
async def test_what_is_not_one_email_is_refused_everywhere(site: TestApp, text: str) -> None:
    campaign, key = await site.campaign(), {"idempotencyKey": "one"}
    names = {"givenName": "Ada", "email": text}

    answers = [
        await site.do("requestSignIn", "requestId", email=text),
        await site.do("signIn", "accessToken", email=text, requestId="one", code="123456", **key),
        await site.do("introduce", "accessToken", **names),
        await site.do("signPetition", "accessToken", campaignId=campaign, **names),
    ]

    assert [(one["code"], one["paths"]) for one in answers] == [("INVALID", ["email"])] * 4
    assert await Mail.all().count() == await Signature.all().count() == 0
    assert await Profile.filter(email_hash__isnull=False).count() == 0


async def test_mail_goes_to_the_email_that_is_looked_up(site: TestApp) -> None:
    handler = MailHandler()
    for text in READ:
        await request_code(site, text)
    hashes = [mail.email_hash for mail in await Mail.all().order_by("id")]

    async with smtp_server(handler) as port:
        await sender(port).send_due()

    assert handler.recipients == list(READ.values())
    assert [mail["To"].addresses[0].addr_spec for mail in handler.accepted] == handler.recipients
    assert [len(mail["To"].addresses) for mail in handler.accepted] == [1] * len(READ)
    assert hashes == [emails.newest_hash(recipient) for recipient in handler.recipients]


@pytest.mark.parametrize("text", ["olga+a@evil.example,b＠gmail.com", "ol\u1d43ga@gmail.com", "olga@gm\u1d43il.com"])
async def test_no_spelling_gets_the_session_of_another_mailbox(site: TestApp, text: str) -> None:
    victim = await site.signed_in("olga@gmail.com")
    handler, who = MailHandler(), "{ viewer { supporter { id } } }"
    await site.do("requestSignIn", "requestId", email=text)

    async with smtp_server(handler) as port:
        await sender(port).send_due()

    assert set(handler.recipients) <= {"olga@gmail.com", "olaga@gmail.com"}
    if "olaga@gmail.com" in handler.recipients:
        other = await site.signed_in("olaga@gmail.com")
        assert await site.ask(who, other) != await site.ask(who, victim)


ALPHABET = "abXß.@+-_,;:<>()\"'[] 1\u017f\u1d2c\uff20\ufe6b\u200b\u200e\u00ad\u2024\u3002\uff0c\u03c2\u03c3\u0130\u0301"
domains = st.sampled_from(["example.org", "gmail.com", "proton.me", "ex\u1d2cmple.org", "straße.example", "b.example"])
near_emails = st.one_of(
    st.text(ALPHABET, max_size=20),
    st.builds("{}@{}".format, st.text(ALPHABET, max_size=8), domains),
    st.builds("{}@{}{}".format, st.text("abß.+", max_size=5), st.text(ALPHABET, max_size=5), domains),
    st.builds("{}@{}.{}".format, st.text(max_size=6), st.text(max_size=6), st.text("orgx1", max_size=3)),
    st.emails(),
    st.text(max_size=30),
)


@given(text=near_emails)
@example(text="olga+a@evil.example,b＠gmail.com")
@example(text="ab@ex\u1d2cmple.org")
@example(text="ada@straße.example")
def test_any_text_is_mailed_to_the_mailbox_that_was_looked_up_or_refused(text: str) -> None:
    with suppress(ValueError):
        looked_up = emails.parse(text)
        assert emails.parse(looked_up) == looked_up
        message = MAIL_SERVER.build_message("one", looked_up, "Hello", "Text.", storage.now())
        sent = message_from_bytes(message.as_bytes(policy=policy.SMTPUTF8), policy=policy.default)
        ((_, mailed),) = getaddresses([str(sent["To"])])
        assert mailed == looked_up
        assert emails.canonical(mailed) == emails.canonical(looked_up)
        domain = mailed.rpartition("@")[2]
        assert domain.isascii()
        assert mailed.count("@") == 1
        assert len(domain.split(".")) > 1
        # the resolver of mail servers reads the domain as the parser does
        assert idna.encode(emails.strip(text).partition("@")[2], uts46=True).decode().removesuffix(".") == domain


def test_domain_of_the_sender_is_encoded_by_idna_2008() -> None:
    server = MailServer.from_url("smtp://127.0.0.1", "Straße <no-reply@straße.example>", 5.0)

    assert server.sender.addr_spec == "no-reply@xn--strae-oqa.example"


async def test_waiting_mail_of_an_earlier_reading_is_given_up(site: TestApp) -> None:
    """A release before looked this e-mail up as strasse.example, and its code signs in as the owner of that."""
    handler = MailHandler()
    await request_code(site, "ada@strasse.example")
    (mail,) = await Mail.all()
    earlier: Any = storage.sealing.seal("ada@straße.example", "mails.address", mail.message_id)
    await Mail.filter(id=mail.id).update(email_sealed=earlier)

    async with smtp_server(handler) as port:
        await sender(port).send_due()

    (mail,) = await Mail.all()
    assert handler.recipients == []
    assert mail.failure == "ValueError"
    assert mail.sent_at is None


async def test_one_mailbox_signs_once_in_any_spelling_that_is_taken() -> None:
    spellings = ["dora@example.org", "DORA@example.org", "\u200bdora@example.org", "dora@ex\u1d2cmple.org\u200e"]
    async with audited() as site:
        campaign = await site.campaign()

        for spelling in spellings:
            await site.sign(campaign, spelling)

        assert await counts(site, campaign) == (1, 1, 0, 0)
