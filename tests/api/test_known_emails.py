"""One address and several signers: it counts once, whoever types it and however often at once, and says nothing."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

import storage
from jobs.reminders import remind
from jobs.resealing import reseal
from live import Live
from resolvers.context import Context
from tests.support.app import TestApp
from tests.support.signing import STATES, audited, counts, sign, ticker, withdraw

pytestmark = [pytest.mark.anyio, pytest.mark.audited]


# ---------------------------------------------------------------- twice


async def test_who_signs_twice_has_one_signature(site: TestApp) -> None:
    campaign = await site.campaign()
    first = await sign(site, campaign)

    second = await sign(site, campaign, first["accessToken"])

    assert second["signature"]["id"] == first["signature"]["id"]
    assert await counts(site, campaign) == (1, 1, 0, 0)
    assert len(await ticker(site, campaign, "SIGNED")) == 1


async def test_who_does_not_count_and_types_another_address_stays_as_they_are(site: TestApp) -> None:
    """The place is that of the address that they signed with; it is taken."""
    campaign = await site.campaign()
    await sign(site, campaign)
    second = await sign(site, campaign)

    again = await sign(site, campaign, second["accessToken"], email="other@example.org")

    assert again["signature"]["id"] == second["signature"]["id"]
    assert await counts(site, campaign) == (1, 1, 0, 0)


async def test_who_said_nothing_at_first_may_do_so_by_signing_again(site: TestApp) -> None:
    """But only once, so that a form that is sent again posts nothing again."""
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
async def test_a_mailbox_counts_once_however_it_is_spelled(site: TestApp, first: str, second: str, count: int) -> None:
    campaign = await site.campaign()

    for address in (first, second):
        await site.sign(campaign, address)

    assert await counts(site, campaign) == (count, count, 0, 0)


async def test_an_address_counts_on_each_campaign(site: TestApp) -> None:
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
async def test_a_known_address_gives_nothing_away(site: TestApp, confirmed: bool) -> None:
    """Whoever signs with the address of another sees and may do what the other did, as a person of their own."""
    campaign = await site.campaign(confirmSignatures=confirmed)
    consents = [{"granted": True, "textVersion": "v1"}]

    answers = [await sign(site, campaign, consents=consents, country="DE") for _ in range(2)]

    seen = []
    for answer in answers:
        token, signature = answer.pop("accessToken"), answer["signature"].pop("id")
        answer["campaign"].pop("supporters")  # the one figure that is the public's, and moves once
        own = await site.ask(OWN, token, id=campaign, signature=signature)
        comment = await site.comment(campaign, token)
        done = [
            (await site.do("castVote", "comment { viewerCan }", token, commentId=comment, direction="UP")),
            (await withdraw(site, campaign, token))["signature"]["state"],
            (await sign(site, campaign, token))["signature"]["state"],
        ]
        seen.append((answer, own, done))
    assert seen[0] == seen[1]


async def test_a_known_address_is_told_nowhere(site: TestApp) -> None:
    campaign = await site.campaign()

    people = [(await sign(site, campaign))["accessToken"] for _ in range(3)]

    assert len(await ticker(site, campaign, "SIGNED")) == 1
    assert await counts(site, campaign) == (1, 1, 0, 0)
    for token in people[:0:-1]:
        await withdraw(site, campaign, token)
    assert await counts(site, campaign) == (1, 1, 0, 0)


async def test_an_address_that_was_taken_back_is_free_again(site: TestApp) -> None:
    campaign = await site.campaign()
    first = await sign(site, campaign)
    await withdraw(site, campaign, first["accessToken"])

    await sign(site, campaign)
    back = await sign(site, campaign, first["accessToken"])

    assert back["signature"] == first["signature"] | {"signedAt": back["signature"]["signedAt"]}
    assert await counts(site, campaign) == (1, 1, 0, 0)


async def test_a_change_of_keys_forgets_no_address() -> None:
    """Neither before everything is sealed anew, nor afterwards without the old key."""
    old, new = "the old key of this site, 32 and more", "the new key of this site, 32 and more"
    async with audited(encryption_keys=(old,)) as site:
        campaign = await site.campaign()
        await sign(site, campaign)
        storage.sealing.use(replace(site.settings, encryption_keys=(new, old)))
        await sign(site, campaign)
        between = await counts(site, campaign)
        await reseal()
        storage.sealing.use(replace(site.settings, encryption_keys=(new,), secret_key="another"))
        await sign(site, campaign)

        assert between == await counts(site, campaign) == (1, 1, 0, 0)


async def test_who_signs_again_counts_once_the_place_of_the_address_is_free(site: TestApp) -> None:
    """Somebody typed Ada's address before her, and took it back."""
    campaign = await site.campaign()
    other, ada = [(await sign(site, campaign))["accessToken"] for _ in range(2)]
    await withdraw(site, campaign, other)

    await sign(site, campaign, ada)

    assert await counts(site, campaign) == (1, 1, 0, 1)


# ---------------------------------------------------------------- at once


async def test_two_hundred_requests_with_one_key_are_one_signature(site: TestApp) -> None:
    campaign = await site.campaign()

    answers = await asyncio.gather(*(sign(site, campaign, idempotencyKey="try-1") for _ in range(200)))

    assert {answer["__typename"] for answer in answers} == {"SignPetitionPayload"}
    assert len({answer["signature"]["id"] for answer in answers}) == 1
    assert sum(not answer["replayed"] for answer in answers) == 1
    assert await counts(site, campaign) == (1, 1, 0, 0)
    assert len(await ticker(site, campaign, "SIGNED")) == 1
    assert len(await storage.fetch(STATES)) == 1


@pytest.mark.parametrize("confirmed", [False, True])
async def test_two_hundred_requests_without_a_key_are_one_that_counts(site: TestApp, confirmed: bool) -> None:
    campaign = await site.campaign(confirmSignatures=confirmed)

    answers = await asyncio.gather(*(sign(site, campaign) for _ in range(200)))

    assert {answer["__typename"] for answer in answers} == {"SignPetitionPayload"}
    assert await counts(site, campaign) == ((0, 0, 1, 0) if confirmed else (1, 1, 0, 0))
    assert len(await ticker(site, campaign, "SIGNED")) == (not confirmed)
    assert sum(row[1] for row in await storage.fetch(STATES)) == 1


async def test_people_who_come_and_go_at_once_leave_right_counts(site: TestApp) -> None:
    """With three addresses on two campaigns, names that change, and a reminder in between."""
    campaigns = [await site.campaign(), await site.campaign(confirmSignatures=True)]
    people = [await site.guest(f"Person {letter}") for letter in "ABCDEF"]

    async def come_and_go(number: int, token: str) -> list[Any]:
        done = []
        for turn in range(4):
            campaign = campaigns[(number + turn) % 2]
            given = {"email": f"signer-{number % 3}@example.org", "givenName": f"Person{turn}", "country": "DE"}
            done.append(await sign(site, campaign, token, **given))
            if turn % 2 == number % 2:
                done.append(await withdraw(site, campaign, token))
        return done

    context = Context(site.settings, Live())
    answers, _ = await asyncio.gather(asyncio.gather(*map(come_and_go, range(6), people)), remind(context))

    assert {one["__typename"] for done in answers for one in done} == {
        "SignPetitionPayload",
        "WithdrawSignaturePayload",
    }
    assert sum([counted for state, counted in await storage.fetch(STATES) if state != "WITHDRAWN"]) <= 6


async def test_a_retry_gives_the_token_again(site: TestApp) -> None:
    """A phone that lost the answer is the same guest at the second try."""
    campaign = await site.campaign()

    first, again = [await sign(site, campaign, idempotencyKey="try-1") for _ in range(2)]

    who = "{ viewer { supporter { id } } }"
    assert again["replayed"] is True
    assert await site.ask(who, first["accessToken"]) == await site.ask(who, again["accessToken"])


async def test_a_retry_gives_no_token_of_whom_the_guest_became(site: TestApp) -> None:
    campaign = await site.campaign()
    first = await sign(site, campaign, idempotencyKey="try-1")
    ada = await site.signed_in("ada@example.org", first["accessToken"])

    again = await sign(site, campaign, idempotencyKey="try-1")

    who = "{ viewer { role supporter { id } } }"
    somebody = await site.ask(who, again["accessToken"])
    assert somebody["viewer"]["role"] == "GUEST"
    assert somebody["viewer"]["supporter"] != (await site.ask(who, ada))["viewer"]["supporter"]
