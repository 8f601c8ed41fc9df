"""One e-mail and several signers: the e-mail counts once, also under concurrency, and no signer learns of another."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

import storage
from jobs.reminders import remind
from jobs.resealing import reseal
from live import Live
from resolvers.context import Context
from tests.support.app import OTHER_SECRET, TestApp
from tests.support.signing import STATES, audited, counts, sign, ticker, withdraw

pytestmark = [pytest.mark.anyio, pytest.mark.audited]


# ---------------------------------------------------------------- one e-mail, several signatures


async def test_signing_twice_keeps_one_signature(site: TestApp) -> None:
    campaign = await site.campaign()
    first = await sign(site, campaign)

    second = await sign(site, campaign, first["accessToken"])

    assert second["signature"]["id"] == first["signature"]["id"]
    assert await counts(site, campaign) == (1, 1, 0, 0)
    assert len(await ticker(site, campaign, "SIGNED")) == 1


async def test_uncounted_signer_cannot_switch_email_to_count(site: TestApp) -> None:
    """A signature counts by the e-mail of its first signing, and another signature counts for that e-mail already."""
    campaign = await site.campaign()
    await sign(site, campaign)
    second = await sign(site, campaign)

    again = await sign(site, campaign, second["accessToken"], email="other@example.org")

    assert again["signature"]["id"] == second["signature"]["id"]
    assert await counts(site, campaign) == (1, 1, 0, 0)


async def test_signing_again_may_add_one_comment(site: TestApp) -> None:
    """Only the first comment is posted, so that a form that is sent twice does not post twice."""
    campaign = await site.campaign()
    token = (await sign(site, campaign))["accessToken"]

    said = [await sign(site, campaign, token, comment=text) for text in ("Free him.", "Free him!")]

    assert [one["comment"]["body"]["text"] for one in said] == ["Free him.", "Free him."]


@pytest.mark.parametrize(
    ("first", "second", "count"),
    [
        ("ada@example.org", "Ada@Example.ORG", 1),
        ("ada.lovelace@gmail.com", "AdaLovelace+petition@googlemail.com", 1),
        ("ada.lovelace@example.org", "adalovelace@example.org", 2),
        ("ada+a@example.org", "ada+b@example.org", 2),
    ],
)
async def test_mailbox_counts_once_in_any_spelling(site: TestApp, first: str, second: str, count: int) -> None:
    campaign = await site.campaign()

    for email in (first, second):
        await site.sign(campaign, email)

    assert await counts(site, campaign) == (count, count, 0, 0)


async def test_email_counts_on_each_campaign(site: TestApp) -> None:
    campaigns = [await site.campaign(), await site.campaign()]

    for campaign in campaigns:
        await sign(site, campaign)

    assert [await counts(site, campaign) for campaign in campaigns] == [(1, 1, 0, 0)] * 2


OWN = """query($id: ID!, $signature: ID!) {
  viewer { role scopes supporter { displayName badge } profile { givenName familyName email emailVerified country
    nameDisplay familyNameFirst consents { granted textVersion organisation { id } } } }
  campaign(id: $id) { viewerSignature { state supporter { displayName } campaign { id } comment { id } } }
  node(id: $signature) { __typename ... on Signature { state supporter { displayName } campaign { id } } } }"""


@pytest.mark.parametrize("confirmed", [False, True])
async def test_known_email_is_not_revealed_to_signer(site: TestApp, confirmed: bool) -> None:
    """A signer with a known e-mail gets the same answers and rights as the first signer, as a separate person."""
    campaign = await site.campaign(confirmSignatures=confirmed)
    consents = [{"granted": True, "textVersion": "v1"}]

    answers = [await sign(site, campaign, consents=consents, country="DE") for _ in range(2)]

    seen = []
    for answer in answers:
        token, signature = answer.pop("accessToken"), answer["signature"].pop("id")
        answer["campaign"].pop("supporters")  # the public count, which changes once
        own = await site.ask(OWN, token, id=campaign, signature=signature)
        comment = await site.comment(campaign, token)
        results = [
            (await site.do("castVote", "comment { viewerCan }", token, commentId=comment, direction="UP")),
            (await withdraw(site, campaign, token))["signature"]["state"],
            (await sign(site, campaign, token))["signature"]["state"],
        ]
        seen.append((answer, own, results))
    assert seen[0] == seen[1]


async def test_known_email_is_in_the_ticker_and_changes_no_count(site: TestApp) -> None:
    campaign = await site.campaign()

    people = [(await sign(site, campaign))["accessToken"] for _ in range(3)]

    assert len(await ticker(site, campaign, "SIGNED")) == 3
    assert await counts(site, campaign) == (1, 1, 0, 0)
    for token in people[:0:-1]:
        await withdraw(site, campaign, token)
    assert await counts(site, campaign) == (1, 1, 0, 2)


async def test_withdrawn_email_can_sign_again(site: TestApp) -> None:
    campaign = await site.campaign()
    first = await sign(site, campaign)
    await withdraw(site, campaign, first["accessToken"])

    await sign(site, campaign)
    back = await sign(site, campaign, first["accessToken"])

    assert back["signature"] == first["signature"] | {"signedAt": back["signature"]["signedAt"]}
    assert await counts(site, campaign) == (1, 1, 0, 0)


async def test_key_rotation_keeps_known_emails() -> None:
    """An e-mail is found while rows are being encrypted again, and afterwards without the old key."""
    old, new = "the old key of this site, 32 and more", "the new key of this site, 32 and more"
    async with audited(encryption_keys=(old,)) as site:
        campaign = await site.campaign()
        await sign(site, campaign)
        storage.sealing.use(replace(site.settings, encryption_keys=(new, old)))
        await sign(site, campaign)
        between = await counts(site, campaign)
        await reseal()
        storage.sealing.use(replace(site.settings, encryption_keys=(new,), secret_key=OTHER_SECRET))
        await sign(site, campaign)

        assert between == await counts(site, campaign) == (1, 1, 0, 0)


async def test_signing_again_counts_after_other_signer_withdraws(site: TestApp) -> None:
    """Another person signed with Ada's e-mail before Ada, and withdrew."""
    campaign = await site.campaign()
    other, ada = [(await sign(site, campaign))["accessToken"] for _ in range(2)]
    await withdraw(site, campaign, other)

    await sign(site, campaign, ada)

    assert await counts(site, campaign) == (1, 1, 0, 1)


# ---------------------------------------------------------------- concurrency


async def test_concurrent_requests_with_one_key_make_one_signature(site: TestApp) -> None:
    campaign = await site.campaign()

    answers = await asyncio.gather(*(sign(site, campaign, idempotencyKey="6f1c2a3e-92b1-4c55") for _ in range(200)))

    assert {answer["__typename"] for answer in answers} == {"SignPetitionPayload"}
    assert len({answer["signature"]["id"] for answer in answers}) == 1
    assert sum(not answer["replayed"] for answer in answers) == 1
    assert await counts(site, campaign) == (1, 1, 0, 0)
    assert len(await ticker(site, campaign, "SIGNED")) == 1
    assert len(await storage.fetch(STATES)) == 1


@pytest.mark.parametrize("confirmed", [False, True])
async def test_concurrent_requests_without_key_count_once(site: TestApp, confirmed: bool) -> None:
    campaign = await site.campaign(confirmSignatures=confirmed)

    answers = await asyncio.gather(*(sign(site, campaign) for _ in range(200)))

    assert {answer["__typename"] for answer in answers} == {"SignPetitionPayload"}
    assert await counts(site, campaign) == ((0, 0, 200, 0) if confirmed else (1, 1, 0, 0))
    assert len(await ticker(site, campaign, "SIGNED")) == (0 if confirmed else 10)
    assert sum(row[1] for row in await storage.fetch(STATES)) == 1


async def test_concurrent_signing_and_withdrawing_keeps_counts(site: TestApp) -> None:
    """Six people use three e-mails on two campaigns and change their names, while reminders are sent."""
    campaigns = [await site.campaign(), await site.campaign(confirmSignatures=True)]
    people = [await site.guest(f"Person {letter}") for letter in "ABCDEF"]

    async def sign_and_withdraw(person: int, token: str) -> list[Any]:
        answers = []
        for turn in range(4):
            campaign = campaigns[(person + turn) % 2]
            given = {"email": f"signer-{person % 3}@example.org", "givenName": f"Person{turn}", "country": "DE"}
            answers.append(await sign(site, campaign, token, **given))
            if turn % 2 == person % 2:
                answers.append(await withdraw(site, campaign, token))
        return answers

    context = Context(site.settings, Live())
    answers, _ = await asyncio.gather(asyncio.gather(*map(sign_and_withdraw, range(6), people)), remind(context))

    assert {one["__typename"] for person in answers for one in person} == {
        "SignPetitionPayload",
        "WithdrawSignaturePayload",
    }
    assert sum([counted for state, counted in await storage.fetch(STATES) if state != "WITHDRAWN"]) <= 6


async def test_retry_returns_token_again(site: TestApp) -> None:
    """A client that lost the first answer is the same guest on the retry."""
    campaign = await site.campaign()

    first, again = [await sign(site, campaign, idempotencyKey="6f1c2a3e-92b1-4c55") for _ in range(2)]

    who = "{ viewer { supporter { id } } }"
    assert again["replayed"] is True
    assert await site.ask(who, first["accessToken"]) == await site.ask(who, again["accessToken"])


async def test_retry_returns_no_token_of_merged_guest(site: TestApp) -> None:
    campaign = await site.campaign()
    first = await sign(site, campaign, idempotencyKey="6f1c2a3e-92b1-4c55")
    ada = await site.signed_in("ada@example.org", first["accessToken"])

    again = await sign(site, campaign, idempotencyKey="6f1c2a3e-92b1-4c55")

    who = "{ viewer { role supporter { id } } }"
    somebody = await site.ask(who, again["accessToken"])
    assert somebody["viewer"]["role"] == "GUEST"
    assert somebody["viewer"]["supporter"] != (await site.ask(who, ada))["viewer"]["supporter"]
