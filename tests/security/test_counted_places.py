"""The counted place of an e-mail: whoever signs first with another person's e-mail neither names nor uncounts them."""

from datetime import timedelta
from typing import Any

import pytest

from models import Role
from tests.support.app import TestApp
from tests.support.signing import ADA, Clock, audited, counts, decide, renew, sign, ticker, withdraw

pytestmark = pytest.mark.anyio

EVE = "eve@example.org"
STRANGER: dict[str, Any] = {"givenName": "Proud", "familyName": "Collaborator", "nameDisplay": "FULL_NAME"}
VIEWER = """query($id: ID!) { viewer { supporter { displayName } profile { givenName familyName nameDisplay country } }
  campaign(id: $id) { supporters { total } viewerSignature { state supporter { displayName } comment { id } } } }"""


async def state(site: TestApp, campaign: str, token: str) -> str | None:
    signature = (await site.ask(VIEWER, token, id=campaign))["campaign"]["viewerSignature"]
    return signature and str(signature["state"])


async def owner(site: TestApp, campaign: str, **given: Any) -> str:
    """Sign in as Ada, who signs for herself after a stranger has signed with her e-mail; return her token."""
    token = await site.signed_in(ADA, await site.guest("Ada Lovelace"))
    await sign(site, campaign, token, **given)
    return token


async def erase(site: TestApp, token: str, **given: Any) -> Any:
    return await site.do("eraseSupporter", "__typename", token, **given)


# ---------------------------------------------------------------- names


async def test_whoever_proves_an_email_starts_without_a_name(site: TestApp) -> None:
    campaign = await site.campaign()
    await sign(site, campaign, **STRANGER, country="TM", comment="I collaborate.")

    seen = await site.ask(VIEWER, await site.signed_in(ADA), id=campaign)

    assert seen["viewer"] == {
        "supporter": {"displayName": "A supporter"},
        "profile": {"givenName": "", "familyName": None, "nameDisplay": "ANONYMOUS", "country": None},
    }
    assert seen["campaign"]["viewerSignature"] == {
        "state": "CONFIRMED",
        "supporter": {"displayName": "A supporter"},
        "comment": None,
    }
    names = {event["actorName"] for event in await ticker(site, campaign, "SIGNED", "NAME_CHANGED")}
    assert names == {"A supporter"}


async def test_whoever_proves_an_email_is_named_once_they_say_so(site: TestApp) -> None:
    campaign = await site.campaign()
    await sign(site, campaign, **STRANGER)
    token = await site.signed_in(ADA)

    await site.do("updateProfile", "__typename", token, givenName="Ada", familyName="Byron")
    hidden = (await site.ask(VIEWER, token, id=campaign))["viewer"]["supporter"]
    await site.do("updateProfile", "__typename", token, nameDisplay="FIRST_NAME_INITIAL")
    shown = (await site.ask(VIEWER, token, id=campaign))["viewer"]["supporter"]

    assert (hidden, shown) == ({"displayName": "A supporter"}, {"displayName": "Ada B."})


async def test_guest_who_proves_an_email_keeps_the_own_name(site: TestApp) -> None:
    campaign = await site.campaign()
    await sign(site, campaign, **STRANGER)

    token = await site.signed_in(ADA, await site.guest("Ada Byron"))

    seen = await site.ask(VIEWER, token, id=campaign)
    assert seen["viewer"]["supporter"] == seen["campaign"]["viewerSignature"]["supporter"] == {"displayName": "Ada B."}


# ---------------------------------------------------------------- the ways in which a counted signature goes


async def strangers_first(site: TestApp, **campaign: Any) -> tuple[str, str, str]:
    """Let Ada sign after a stranger with the same e-mail: neither is signed in. Return the campaign and both tokens."""
    campaign_id = await site.campaign(**campaign)
    stranger, ada = [str((await sign(site, campaign_id, **given))["accessToken"]) for given in (STRANGER, {})]
    assert (await counts(site, campaign_id))[0] == (0 if campaign.get("confirmSignatures") else 1)
    return campaign_id, stranger, ada


async def test_owner_counts_once_the_stranger_withdraws() -> None:
    async with audited() as site:
        campaign, stranger, ada = await strangers_first(site)

        answer = await withdraw(site, campaign, stranger)

        assert await counts(site, campaign) == (1, 1, 0, 1)
        assert answer["campaign"]["supporters"]["total"] == 1
        assert await state(site, campaign, ada) == "CONFIRMED"
        await withdraw(site, campaign, ada)
        assert await counts(site, campaign) == (0, 0, 0, 2)


@pytest.mark.parametrize("policy", ["KEEP_COUNT", "WITHDRAW"])
async def test_owner_counts_once_the_stranger_is_erased(policy: str) -> None:
    """A place that is kept without a name would count the mailbox twice."""
    async with audited() as site:
        campaign, stranger, ada = await strangers_first(site, erasurePolicy=policy)

        await erase(site, stranger)

        assert await counts(site, campaign) == (1, 1, 0, 1)
        assert await state(site, campaign, ada) == "CONFIRMED"
        await withdraw(site, campaign, ada)
        assert (await counts(site, campaign))[0] == 0


async def test_owner_counts_once_an_admin_erases_the_stranger() -> None:
    async with audited() as site:
        campaign, stranger, ada = await strangers_first(site)
        who = await site.ask("{ viewer { supporter { id } } }", stranger)

        await erase(site, await site.staff(Role.ADMIN), supporterId=who["viewer"]["supporter"]["id"])

        assert (await counts(site, campaign))[0] == 1
        assert await state(site, campaign, ada) == "CONFIRMED"


async def test_owners_signature_waits_in_its_place_once_the_strangers_is_disowned() -> None:
    async with audited() as site:
        campaign, _, ada = await strangers_first(site, confirmSignatures=True)
        assert await counts(site, campaign) == (0, 0, 2, 0)

        await decide(site, await site.link(), "NOT_ME")

        assert await counts(site, campaign) == (0, 0, 1, 0)
        assert await state(site, campaign, ada) == "PENDING"


async def test_owner_counts_once_a_confirmed_signature_is_disowned(clock: Clock) -> None:
    """The owner says with a second link that the confirmed signature was not theirs."""
    async with audited() as site:
        campaign, _, ada = await strangers_first(site, confirmSignatures=True)
        link = await site.link()
        await decide(site, link)
        clock.ahead = timedelta(hours=2)
        await renew(site, link)
        assert await counts(site, campaign) == (1, 1, 1, 0)

        await decide(site, await site.link(), "NOT_ME")

        assert await counts(site, campaign) == (0, 0, 1, 0)
        assert await state(site, campaign, ada) == "PENDING"


async def test_signer_counts_by_the_email_that_they_prove_later() -> None:
    """Somebody else counts for the e-mail that the signer has typed."""
    async with audited() as site:
        campaign, _, signer = await strangers_first(site)

        await site.signed_in(EVE, signer)

        assert await counts(site, campaign) == (2, 2, 0, 0)


async def test_owner_counts_once_the_stranger_signs_anew_with_another_email() -> None:
    async with audited() as site:
        campaign, stranger, _ = await strangers_first(site, confirmSignatures=True)

        await sign(site, campaign, stranger, email=EVE, **STRANGER)

        assert await counts(site, campaign) == (0, 0, 2, 0)


async def test_owner_counts_once_the_stranger_proves_another_email() -> None:
    async with audited() as site:
        campaign, stranger, ada = await strangers_first(site)

        await site.signed_in(EVE, stranger)

        assert await counts(site, campaign) == (2, 2, 0, 0)
        await withdraw(site, campaign, ada)
        assert (await counts(site, campaign))[0] == 1


async def test_owner_counts_once_the_stranger_is_merged_into_another_account() -> None:
    async with audited() as site:
        campaign, stranger, ada = await strangers_first(site)
        eve = await site.signed_in(EVE)
        await sign(site, campaign, eve, email=EVE)
        assert (await counts(site, campaign))[0] == 2

        await site.signed_in(EVE, stranger)

        assert (await counts(site, campaign))[0] == 2
        await withdraw(site, campaign, eve)
        assert (await counts(site, campaign))[0] == 1
        assert await state(site, campaign, ada) == "CONFIRMED"


async def test_owner_who_has_proven_the_email_comes_before_other_strangers() -> None:
    async with audited() as site:
        campaign, first, second = await strangers_first(site)
        ada = await owner(site, campaign)

        for stranger in (first, second):
            await withdraw(site, campaign, stranger)
        assert (await counts(site, campaign))[0] == 1

        await withdraw(site, campaign, ada)
        assert (await counts(site, campaign))[0] == 0


async def test_strangers_signature_does_not_count_once_the_owner_withdraws() -> None:
    """The owner decides for the e-mail: what strangers gave with it counts for nobody."""
    async with audited() as site:
        campaign, *_ = await strangers_first(site)
        ada = await owner(site, campaign)
        await sign(site, campaign, **STRANGER)
        assert (await counts(site, campaign))[0] == 1

        await withdraw(site, campaign, ada)

        assert (await counts(site, campaign))[0] == 0


async def test_place_is_taken_again_and_again() -> None:
    async with audited() as site:
        campaign = await site.campaign()
        people = [str((await sign(site, campaign))["accessToken"]) for _ in range(5)]

        seen = []
        for token in people:
            await withdraw(site, campaign, token)
            seen.append((await counts(site, campaign))[0])

        assert seen == [1, 1, 1, 1, 0]
