"""Confirmation of signatures: mailed links, decisions, expiry, several signatures of one e-mail address, the page."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from graphql import parse, validate

import models
from models import MailKind
from resolvers.confirmations import REQUEST_INTERVAL
from server import create_schema
from tests.support.app import TestApp
from tests.support.signing import ADA, GRACE, Clock, audited, counts, decide, renew, sign, ticker, withdraw

pytestmark = [pytest.mark.anyio, pytest.mark.audited]

DAY = timedelta(days=1)


@pytest.fixture
async def campaign(site: TestApp) -> str:
    """Create a campaign whose signatures are confirmed by mail."""
    return await site.campaign(confirmSignatures=True)


# ---------------------------------------------------------------- pending


async def test_unconfirmed_signature_is_pending(site: TestApp, campaign: str) -> None:
    signed = await sign(site, campaign, country="DE")

    assert signed["signature"]["state"] == "PENDING"
    assert signed["campaign"]["supporters"] == {"total": 0, "direct": 0, "pending": 1, "withdrawn": 0}
    assert await ticker(site, campaign, "SIGNED") == []


async def test_mail_names_the_campaign_and_no_person(site: TestApp, campaign: str) -> None:
    await sign(site, campaign)

    (mail,) = await site.mails(ADA)

    text = str(mail.text)
    assert mail.kind is MailKind.CONFIRM_SIGNATURE
    assert "Campaign " in text
    assert f"{site.settings.site_url}/confirm?token={await site.link()}" in text
    assert not any(name in text + mail.subject for name in ("Ada", "Lovelace", ADA))


async def test_link_uses_the_confirm_url() -> None:
    async with audited(confirm_url="https://example.org/thanks?lang=en") as site:
        await sign(site, await site.campaign(confirmSignatures=True))

        (mail,) = await site.mails(ADA)

        assert "https://example.org/thanks?lang=en&token=" in str(mail.text)


async def test_verified_email_needs_no_confirmation(site: TestApp, campaign: str) -> None:
    token = await site.signed_in(ADA, await site.guest())

    signed = await sign(site, campaign, token)

    assert signed["signature"]["state"] == "CONFIRMED"
    assert await counts(site, campaign) == (1, 1, 0, 0)


async def test_pending_signature_can_be_withdrawn(site: TestApp, campaign: str) -> None:
    token, link = (await sign(site, campaign))["accessToken"], await site.link()

    await withdraw(site, campaign, token)

    assert await counts(site, campaign) == (0, 0, 0, 1)
    assert (await decide(site, link))["code"] == "CONFLICT"


# ---------------------------------------------------------------- decisions


async def test_confirmed_signature_is_counted(site: TestApp, campaign: str) -> None:
    signed = await sign(site, campaign, country="DE")

    confirmed = await decide(site, await site.link())

    assert confirmed["signature"] == {"id": signed["signature"]["id"], "state": "CONFIRMED"}
    assert confirmed["campaign"]["supporters"] == {"total": 1, "direct": 1, "pending": 0, "withdrawn": 0}
    (event,) = await ticker(site, campaign, "SIGNED")
    assert event["actorName"] == "Ada L."


async def test_rejected_signature_is_not_counted(site: TestApp, campaign: str) -> None:
    await sign(site, campaign)

    refused = await decide(site, await site.link(), "NOT_ME")

    assert refused["signature"]["state"] == "REJECTED"
    assert await counts(site, campaign) == (0, 0, 0, 0)
    assert await ticker(site, campaign, "SIGNED") == []


async def test_confirming_does_not_verify_the_guest(site: TestApp, campaign: str) -> None:
    """The browser that signed may belong to a stranger, and not to the owner of the mailbox."""
    token = (await sign(site, campaign))["accessToken"]

    await decide(site, await site.link())

    result = await site.ask("{ viewer { role profile { emailVerified } } }", token)
    assert result["viewer"] == {"role": "GUEST", "profile": {"emailVerified": False}}


async def test_signature_can_be_confirmed_after_the_campaign_ends(site: TestApp, campaign: str) -> None:
    await sign(site, campaign)
    admin = await site.staff(models.Role.ADMIN)
    await site.do("changeCampaignState", "__typename", admin, campaignId=campaign, state="CLOSED")

    confirmed = await decide(site, await site.link())

    assert confirmed["signature"]["state"] == "CONFIRMED"


async def test_hundredth_confirmation_reaches_the_milestone(site: TestApp, campaign: str) -> None:
    for number in range(100):
        await site.sign(campaign, f"signer-{number}@example.org")
    links = [await site.link(f"signer-{number}@example.org") for number in range(100)]
    for link in links[1:]:
        await decide(site, link)
    assert await ticker(site, campaign, "MILESTONE_REACHED") == []

    await decide(site, links[0])

    assert len(await ticker(site, campaign, "MILESTONE_REACHED")) == 1


async def test_concurrent_clicks_confirm_once(site: TestApp, campaign: str) -> None:
    await sign(site, campaign)
    link = await site.link()

    answers = await asyncio.gather(*(decide(site, link) for _ in range(20)))

    assert sorted(answer["__typename"] for answer in answers) == ["ConfirmSignaturePayload", *["Problem"] * 19]
    assert await counts(site, campaign) == (1, 1, 0, 0)
    assert len(await ticker(site, campaign, "SIGNED")) == 1


# ---------------------------------------------------------------- links


@pytest.mark.parametrize("decision", ["CONFIRM", "NOT_ME"])
@pytest.mark.parametrize("again", ["CONFIRM", "NOT_ME"])
async def test_link_is_valid_for_one_decision(site: TestApp, campaign: str, decision: str, again: str) -> None:
    await sign(site, campaign)
    link = await site.link()
    await decide(site, link, decision)
    before = await counts(site, campaign)

    refused = await decide(site, link, again)

    assert (refused["code"], refused["paths"]) == ("EXPIRED", ["token"])
    assert "was used" in refused["message"]
    assert await counts(site, campaign) == before


async def test_link_expires(site: TestApp, campaign: str, clock: Clock) -> None:
    await sign(site, campaign)
    link = await site.link()

    clock.ahead = 30 * DAY - timedelta(minutes=1)
    in_time = await renew(site, link)
    clock.ahead = 30 * DAY + timedelta(minutes=1)
    late = await decide(site, link)

    assert in_time["__typename"] == "RequestConfirmationPayload"
    assert (late["code"], late["message"]) == ("EXPIRED", "This link has expired: ask for a new one.")
    assert await counts(site, campaign) == (0, 0, 1, 0)


async def test_lifetime_of_links_is_a_setting(clock: Clock) -> None:
    async with audited(confirm_days=1) as site:
        await sign(site, await site.campaign(confirmSignatures=True))
        clock.ahead = 2 * DAY

        assert (await decide(site, await site.link()))["code"] == "EXPIRED"


async def test_expired_link_can_be_renewed(site: TestApp, campaign: str, clock: Clock) -> None:
    await sign(site, campaign)
    link = await site.link()
    clock.ahead = 31 * DAY

    await renew(site, link)

    assert (await decide(site, await site.link()))["signature"]["state"] == "CONFIRMED"


@pytest.mark.parametrize(
    ("first", "second", "expected_counts"), [("CONFIRM", "NOT_ME", (0, 0, 0, 0)), ("NOT_ME", "CONFIRM", (1, 1, 0, 0))]
)
async def test_used_link_can_be_renewed_to_change_the_decision(
    site: TestApp, campaign: str, clock: Clock, first: str, second: str, expected_counts: tuple[int, ...]
) -> None:
    await sign(site, campaign, country="DE")
    link = await site.link()
    await decide(site, link, first)
    clock.ahead = REQUEST_INTERVAL + timedelta(minutes=1)

    await renew(site, link)
    await decide(site, await site.link(), second)

    assert await counts(site, campaign) == expected_counts


@pytest.mark.parametrize("forge", ["", "nonsense", "ö", lambda link: link[:-3], lambda link: "B" + link[1:]])
async def test_forged_link_is_refused(site: TestApp, campaign: str, forge: Any) -> None:
    await sign(site, campaign)
    link = forge(await site.link()) if callable(forge) else forge

    answers = [await decide(site, link), await renew(site, link)]

    assert [(answer["code"], answer["paths"]) for answer in answers] == [("INVALID", ["token"])] * 2


async def test_link_is_no_access_token_and_access_token_no_link(site: TestApp, campaign: str) -> None:
    signed = await sign(site, campaign)

    as_token = await site.http.post(
        "/graphql",
        json={"query": "{ viewer { role } }"},
        headers={"authorization": f"Bearer {await site.link()}"},
    )

    assert as_token.status_code == 401
    assert (await decide(site, signed["accessToken"]))["code"] == "INVALID"


async def test_link_is_void_after_signing_again(site: TestApp, campaign: str) -> None:
    """The new signature may have another e-mail address, which the owner of the old mailbox must not decide on."""
    token, old = (await sign(site, campaign))["accessToken"], await site.link()
    await withdraw(site, campaign, token)
    await sign(site, campaign, token, email=GRACE)

    assert (await decide(site, old))["code"] == "CONFLICT"
    assert (await decide(site, await site.link(GRACE)))["signature"]["state"] == "CONFIRMED"


# ---------------------------------------------------------------- one e-mail address


async def test_wrong_email_is_corrected_by_signing_again(site: TestApp, campaign: str) -> None:
    token = (await sign(site, campaign, email="dad@example.org"))["accessToken"]

    again = await sign(site, campaign, token)
    await decide(site, await site.link())

    assert again["signature"]["state"] == "PENDING"
    assert await counts(site, campaign) == (1, 1, 0, 0)


async def test_first_confirmed_signature_of_an_email_is_counted(site: TestApp, campaign: str, clock: Clock) -> None:
    """A stranger signed with Ada's e-mail address before Ada did."""
    await sign(site, campaign)
    clock.ahead = REQUEST_INTERVAL + timedelta(minutes=1)
    ada = await sign(site, campaign)
    strangers_link, adas_link = [str(mail.text).partition("token=")[2].split()[0] for mail in await site.mails(ADA)]

    confirmed = await decide(site, adas_link)
    assert confirmed["signature"]["id"] == ada["signature"]["id"]
    assert await counts(site, campaign) == (1, 1, 1, 0)

    assert (await decide(site, strangers_link))["signature"]["state"] == "CONFIRMED"
    assert await counts(site, campaign) == (1, 1, 0, 0)
    assert len(await ticker(site, campaign, "SIGNED")) == 2


async def test_verified_signer_is_counted_instead_of_a_pending_one(site: TestApp, campaign: str) -> None:
    ada = await site.signed_in(ADA, await site.guest())
    await sign(site, campaign)

    await sign(site, campaign, ada)
    await decide(site, await site.link())

    assert await counts(site, campaign) == (1, 1, 0, 0)
    assert len(await ticker(site, campaign, "SIGNED")) == 2


async def test_rejecting_a_stranger_keeps_the_own_signature(site: TestApp, campaign: str, clock: Clock) -> None:
    await sign(site, campaign)
    clock.ahead = REQUEST_INTERVAL + timedelta(minutes=1)
    await sign(site, campaign)
    strangers_link, adas_link = [str(mail.text).partition("token=")[2].split()[0] for mail in await site.mails(ADA)]

    await decide(site, strangers_link, "NOT_ME")
    await decide(site, adas_link)

    assert await counts(site, campaign) == (1, 1, 0, 0)


async def test_rejected_signature_stays_rejected_after_signing_again(site: TestApp, campaign: str) -> None:
    token = (await sign(site, campaign))["accessToken"]
    await decide(site, await site.link(), "NOT_ME")

    again = await sign(site, campaign, token)

    assert again["signature"]["state"] == "REJECTED"
    assert await counts(site, campaign) == (0, 0, 0, 0)


# ---------------------------------------------------------------- the page


async def test_opening_the_page_decides_nothing(site: TestApp, campaign: str) -> None:
    """A mail server may follow links to search for viruses."""
    await sign(site, campaign)
    link = await site.link()

    pages = [await site.http.get("/confirm", params={"token": link}) for _ in range(3)]

    assert [page.status_code for page in pages] == [200] * 3
    assert await counts(site, campaign) == (0, 0, 1, 0)
    assert (await decide(site, link))["signature"]["state"] == "CONFIRMED"


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/confirm", "text/html"), ("/confirm.js", "text/javascript"), ("/confirm.css", "text/css")],
)
async def test_page_has_security_headers(site: TestApp, path: str, kind: str) -> None:
    page = await site.http.get(path)

    assert page.headers["content-type"].startswith(kind)
    assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
    assert "unsafe" not in page.headers["content-security-policy"]
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-content-type-options"] == "nosniff"


async def test_page_has_no_inline_script_or_style(site: TestApp) -> None:
    page = (await site.http.get("/confirm")).text

    assert page.count("<script") == page.count("<script src=") == 1
    assert "<style" not in page
    assert " style=" not in page
    assert " on" not in page.partition("<body")[2].partition(">")[0]


async def test_documents_of_the_page_are_valid(site: TestApp) -> None:
    script = (await site.http.get("/confirm.js")).text
    queries = [part for part in script.split("`") if part.startswith("mutation")]

    schema = create_schema(site.settings)._schema
    assert [validate(schema, parse(query)) for query in queries] == [[], []]
