"""Confirming a signature: the mailed link, what it decides and for how long, and the page that it opens."""

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
    """Whose signatures are confirmed by mail."""
    return await site.campaign(confirmSignatures=True)


# ---------------------------------------------------------------- waiting


async def test_a_signature_waits_and_is_counted_apart(site: TestApp, campaign: str) -> None:
    signed = await sign(site, campaign, country="DE")

    assert signed["signature"]["state"] == "PENDING"
    assert signed["campaign"]["supporters"] == {"total": 0, "direct": 0, "pending": 1, "withdrawn": 0}
    assert await ticker(site, campaign, "SIGNED") == []


async def test_the_mail_names_the_campaign_and_nobody(site: TestApp, campaign: str) -> None:
    await sign(site, campaign)

    (mail,) = await site.mails(ADA)

    text = str(mail.text)
    assert mail.kind is MailKind.CONFIRM_SIGNATURE
    assert "Campaign " in text
    assert f"{site.settings.site_url}/confirm?token={await site.link()}" in text
    assert not any(name in text + mail.subject for name in ("Ada", "Lovelace", ADA))


async def test_the_link_can_lead_to_a_page_of_ones_own() -> None:
    async with audited(confirm_url="https://example.org/thanks?lang=en") as site:
        await sign(site, await site.campaign(confirmSignatures=True))

        (mail,) = await site.mails(ADA)

        assert "https://example.org/thanks?lang=en&token=" in str(mail.text)


async def test_who_has_proven_their_address_need_not_confirm(site: TestApp, campaign: str) -> None:
    token = await site.signed_in(ADA, await site.guest())

    signed = await sign(site, campaign, token)

    assert signed["signature"]["state"] == "CONFIRMED"
    assert await counts(site, campaign) == (1, 1, 0, 0)


async def test_one_that_waits_can_be_taken_back(site: TestApp, campaign: str) -> None:
    token, link = (await sign(site, campaign))["accessToken"], await site.link()

    await withdraw(site, campaign, token)

    assert await counts(site, campaign) == (0, 0, 0, 1)
    assert (await decide(site, link))["code"] == "CONFLICT"


# ---------------------------------------------------------------- deciding


async def test_a_confirmed_signature_counts(site: TestApp, campaign: str) -> None:
    signed = await sign(site, campaign, country="DE")

    confirmed = await decide(site, await site.link())

    assert confirmed["signature"] == {"id": signed["signature"]["id"], "state": "CONFIRMED"}
    assert confirmed["campaign"]["supporters"] == {"total": 1, "direct": 1, "pending": 0, "withdrawn": 0}
    (told,) = await ticker(site, campaign, "SIGNED")
    assert told["actorName"] == "Ada L."


async def test_a_refused_signature_is_counted_back(site: TestApp, campaign: str) -> None:
    await sign(site, campaign)

    refused = await decide(site, await site.link(), "NOT_ME")

    assert refused["signature"]["state"] == "REJECTED"
    assert await counts(site, campaign) == (0, 0, 0, 0)
    assert await ticker(site, campaign, "SIGNED") == []


async def test_a_click_proves_the_mailbox_and_not_the_guest(site: TestApp, campaign: str) -> None:
    """The browser that signed may be another's than the mailbox that confirmed."""
    token = (await sign(site, campaign))["accessToken"]

    await decide(site, await site.link())

    found = await site.ask("{ viewer { role profile { emailVerified } } }", token)
    assert found["viewer"] == {"role": "GUEST", "profile": {"emailVerified": False}}


async def test_a_campaign_that_has_ended_still_counts_who_signed_in_time(site: TestApp, campaign: str) -> None:
    await sign(site, campaign)
    admin = await site.staff(models.Role.ADMIN)
    await site.do("changeCampaignState", "__typename", admin, campaignId=campaign, state="CLOSED")

    confirmed = await decide(site, await site.link())

    assert confirmed["signature"]["state"] == "CONFIRMED"


async def test_the_hundredth_reaches_the_goal_when_it_is_confirmed(site: TestApp, campaign: str) -> None:
    for number in range(100):
        await site.sign(campaign, f"signer-{number}@example.org")
    links = [await site.link(f"signer-{number}@example.org") for number in range(100)]
    for link in links[1:]:
        await decide(site, link)
    assert await ticker(site, campaign, "MILESTONE_REACHED") == []

    await decide(site, links[0])

    assert len(await ticker(site, campaign, "MILESTONE_REACHED")) == 1


async def test_many_clicks_at_once_confirm_once(site: TestApp, campaign: str) -> None:
    await sign(site, campaign)
    link = await site.link()

    answers = await asyncio.gather(*(decide(site, link) for _ in range(20)))

    assert sorted(answer["__typename"] for answer in answers) == ["ConfirmSignaturePayload", *["Problem"] * 19]
    assert await counts(site, campaign) == (1, 1, 0, 0)
    assert len(await ticker(site, campaign, "SIGNED")) == 1


# ---------------------------------------------------------------- links


@pytest.mark.parametrize("decision", ["CONFIRM", "NOT_ME"])
@pytest.mark.parametrize("again", ["CONFIRM", "NOT_ME"])
async def test_a_link_is_good_for_one_decision(site: TestApp, campaign: str, decision: str, again: str) -> None:
    await sign(site, campaign)
    link = await site.link()
    await decide(site, link, decision)
    before = await counts(site, campaign)

    refused = await decide(site, link, again)

    assert (refused["code"], refused["field"]) == ("EXPIRED", "token")
    assert "was used" in refused["message"]
    assert await counts(site, campaign) == before


async def test_a_link_expires(site: TestApp, campaign: str, clock: Clock) -> None:
    await sign(site, campaign)
    link = await site.link()

    clock.ahead = 30 * DAY - timedelta(minutes=1)
    in_time = await renew(site, link)
    clock.ahead = 30 * DAY + timedelta(minutes=1)
    late = await decide(site, link)

    assert in_time["__typename"] == "RequestConfirmationPayload"
    assert (late["code"], late["message"]) == ("EXPIRED", "This link has expired: ask for a new one.")
    assert await counts(site, campaign) == (0, 0, 1, 0)


async def test_how_long_it_is_good_for_is_a_setting(clock: Clock) -> None:
    async with audited(confirm_days=1) as site:
        await sign(site, await site.campaign(confirmSignatures=True))
        clock.ahead = 2 * DAY

        assert (await decide(site, await site.link()))["code"] == "EXPIRED"


async def test_an_expired_link_gives_a_new_one(site: TestApp, campaign: str, clock: Clock) -> None:
    await sign(site, campaign)
    link = await site.link()
    clock.ahead = 31 * DAY

    await renew(site, link)

    assert (await decide(site, await site.link()))["signature"]["state"] == "CONFIRMED"


@pytest.mark.parametrize(
    ("first", "then", "counted"), [("CONFIRM", "NOT_ME", (0, 0, 0, 0)), ("NOT_ME", "CONFIRM", (1, 1, 0, 0))]
)
async def test_a_used_link_gives_a_new_one_to_decide_otherwise(
    site: TestApp, campaign: str, clock: Clock, first: str, then: str, counted: tuple[int, ...]
) -> None:
    await sign(site, campaign, country="DE")
    link = await site.link()
    await decide(site, link, first)
    clock.ahead = REQUEST_INTERVAL + timedelta(minutes=1)

    await renew(site, link)
    await decide(site, await site.link(), then)

    assert await counts(site, campaign) == counted


@pytest.mark.parametrize("spoil", ["", "nonsense", "ö", lambda link: link[:-3], lambda link: "B" + link[1:]])
async def test_no_link_can_be_made_up(site: TestApp, campaign: str, spoil: Any) -> None:
    await sign(site, campaign)
    link = spoil(await site.link()) if callable(spoil) else spoil

    answers = [await decide(site, link), await renew(site, link)]

    assert [(answer["code"], answer["field"]) for answer in answers] == [("INVALID", "token")] * 2


async def test_a_link_is_no_token_and_a_token_no_link(site: TestApp, campaign: str) -> None:
    signed = await sign(site, campaign)

    as_token = await site.http.post(
        "/graphql",
        json={"query": "{ viewer { role } }"},
        headers={"authorization": f"Bearer {await site.link()}"},
    )

    assert as_token.status_code == 401
    assert (await decide(site, signed["accessToken"]))["code"] == "INVALID"


async def test_a_link_is_void_once_it_was_signed_anew(site: TestApp, campaign: str) -> None:
    """Another address may have been given: who has the old mailbox decides nothing about it."""
    token, old = (await sign(site, campaign))["accessToken"], await site.link()
    await withdraw(site, campaign, token)
    await sign(site, campaign, token, email=GRACE)

    assert (await decide(site, old))["code"] == "CONFLICT"
    assert (await decide(site, await site.link(GRACE)))["signature"]["state"] == "CONFIRMED"


# ---------------------------------------------------------------- one address


async def test_a_wrong_address_is_put_right_by_signing_again(site: TestApp, campaign: str) -> None:
    token = (await sign(site, campaign, email="dad@example.org"))["accessToken"]

    again = await sign(site, campaign, token)
    await decide(site, await site.link())

    assert again["signature"]["state"] == "PENDING"
    assert await counts(site, campaign) == (1, 1, 0, 0)


async def test_whoever_confirms_first_is_the_one_who_counts(site: TestApp, campaign: str, clock: Clock) -> None:
    """Someone typed Ada's address before she did: it is hers that counts, and once."""
    await sign(site, campaign)
    clock.ahead = REQUEST_INTERVAL + timedelta(minutes=1)
    ada = await sign(site, campaign)
    of_other, of_ada = [str(mail.text).partition("token=")[2].split()[0] for mail in await site.mails(ADA)]

    confirmed = await decide(site, of_ada)
    assert confirmed["signature"]["id"] == ada["signature"]["id"]
    assert await counts(site, campaign) == (1, 1, 0, 0)

    assert (await decide(site, of_other))["signature"]["state"] == "CONFIRMED"
    assert await counts(site, campaign) == (1, 1, 0, 0)
    assert len(await ticker(site, campaign, "SIGNED")) == 1


async def test_who_has_proven_the_address_counts_in_place_of_one_that_waits(site: TestApp, campaign: str) -> None:
    ada = await site.signed_in(ADA, await site.guest())
    await sign(site, campaign)

    await sign(site, campaign, ada)
    await decide(site, await site.link())

    assert await counts(site, campaign) == (1, 1, 0, 0)
    assert len(await ticker(site, campaign, "SIGNED")) == 1


async def test_refusing_what_another_typed_leaves_ones_own(site: TestApp, campaign: str, clock: Clock) -> None:
    await sign(site, campaign)
    clock.ahead = REQUEST_INTERVAL + timedelta(minutes=1)
    await sign(site, campaign)
    of_other, of_ada = [str(mail.text).partition("token=")[2].split()[0] for mail in await site.mails(ADA)]

    await decide(site, of_other, "NOT_ME")
    await decide(site, of_ada)

    assert await counts(site, campaign) == (1, 1, 0, 0)


async def test_who_was_refused_gains_nothing_by_signing_again(site: TestApp, campaign: str) -> None:
    token = (await sign(site, campaign))["accessToken"]
    await decide(site, await site.link(), "NOT_ME")

    again = await sign(site, campaign, token)

    assert again["signature"]["state"] == "REJECTED"
    assert await counts(site, campaign) == (0, 0, 0, 0)


# ---------------------------------------------------------------- the page


async def test_opening_the_link_changes_nothing(site: TestApp, campaign: str) -> None:
    """A mail server that follows links to look for viruses confirms nobody."""
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
async def test_the_page_is_locked_down(site: TestApp, path: str, kind: str) -> None:
    page = await site.http.get(path)

    assert page.headers["content-type"].startswith(kind)
    assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
    assert "unsafe" not in page.headers["content-security-policy"]
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-content-type-options"] == "nosniff"


async def test_the_page_holds_no_script_and_no_style_of_its_own(site: TestApp) -> None:
    page = (await site.http.get("/confirm")).text

    assert page.count("<script") == page.count("<script src=") == 1
    assert "<style" not in page
    assert " style=" not in page
    assert " on" not in page.partition("<body")[2].partition(">")[0]


async def test_what_the_page_asks_is_valid(site: TestApp) -> None:
    script = (await site.http.get("/confirm.js")).text
    queries = [part for part in script.split("`") if part.startswith("mutation")]

    schema = create_schema(site.settings)._schema
    assert [validate(schema, parse(query)) for query in queries] == [[], []]
