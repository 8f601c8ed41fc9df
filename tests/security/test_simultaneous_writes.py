"""Writes beside an erasure, a merge or each other: an erased person is refused as such, and no count drifts."""

import asyncio
from collections.abc import AsyncIterator, Callable
from itertools import count
from typing import Any

import pytest

from jobs.audits import drift
from models import Role
from tests.api.test_sessions import new_session, supporter_id_of
from tests.support.access_matrix import core
from tests.support.app import TestApp
from tests.support.signing import audited

pytestmark = pytest.mark.anyio

ROUNDS = 2
GONE = "UNAUTHENTICATED"
MONEY = {"amountMinor": 5000, "currency": "USD"}
_numbers = count(1)


@pytest.fixture
async def site() -> AsyncIterator[TestApp]:
    """A site whose counts are audited at the end."""
    async with audited() as app:
        yield app


class Page:
    """A campaign with a comment of another person, and one of the person who is about to be erased or merged."""

    def __init__(self, site: TestApp, token: str) -> None:
        self.site, self.token = site, token
        self.other = self.admin = self.campaign = self.comment = self.own = self.donation = self.partner = ""
        self.tally = self.key = self.link = self.refresh = ""
        self.code: dict[str, str] = {}

    @classmethod
    async def of(cls, site: TestApp, token: str) -> "Page":
        page = cls(site, token)
        page.other, page.admin = await site.guest("Grace Hopper"), await site.staff(Role.ADMIN, "Ad Min")
        page.campaign = await site.campaign(confirmSignatures=True)
        page.comment = await site.comment(page.campaign, page.other)
        page.own = await site.comment(page.campaign, token)
        await site.sign(page.campaign, f"reader{next(_numbers)}@example.org", token)
        made = await site.do("recordDonation", "donation { id }", page.admin, **page.donate())
        page.donation = made["donation"]["id"]
        named = {"campaignId": page.campaign, "name": "Labor Forum"}
        page.partner = (await site.do("addPartner", "partner { id }", page.admin, **named))["partner"]["id"]
        report = await site.do("reportPartnerTally", "tally { id }", page.admin, **page.report())
        page.tally = report["tally"]["id"]
        made = await site.do("createApiKey", "apiKey { id }", page.admin, name="Friends", scopes=["READ"])
        page.key = made["apiKey"]["id"]
        email = f"signer{next(_numbers)}@example.org"
        await site.sign(page.campaign, email)
        page.link = await site.link(email)
        page.code = await site.code(f"mailbox{next(_numbers)}@example.org")
        page.refresh = (await new_session(site, await supporter_id_of(site, token))).refresh
        return page

    def donate(self) -> dict[str, Any]:
        return {"campaignId": self.campaign, "providerReference": f"pay-{next(_numbers)}", "money": MONEY}

    def report(self) -> dict[str, Any]:
        return {"campaignId": self.campaign, "partnerId": self.partner, "signatures": 10**6, "asOf": "2026-03-01"}


TEXTS = {"title": "T", "callToAction": "C", "target": "T", "body": "B"}
INPUTS: dict[str, Callable[[Page], dict[str, Any]]] = {
    "createApiKey": lambda page: {"name": "Partner", "scopes": ["READ"]},
    "revokeApiKey": lambda page: {"apiKeyId": page.key},
    "createCampaign": lambda page: {"slug": f"new-{next(_numbers)}", **TEXTS},
    "updateCampaign": lambda page: {"campaignId": page.campaign, "title": "New", "nameDisplayCeiling": "INITIALS"},
    "changeCampaignState": lambda page: {"campaignId": page.campaign, "state": "PAUSED"},
    "postUpdate": lambda page: {"campaignId": page.campaign, "title": "News", "body": "Good."},
    "addPartner": lambda page: {"campaignId": page.campaign, "name": "Friends"},
    "reportPartnerTally": lambda page: page.report() | {"asOf": "2026-03-02"},
    "decidePartnerTally": lambda page: {"tallyId": page.tally, "decision": "ACCEPT"},
    "recordDonation": lambda page: page.donate(),
    "correctDonation": lambda page: {"donationId": page.donation, "money": MONEY, "reason": "Misread."},
    "introduce": lambda page: {"givenName": "Ada"},
    "updateProfile": lambda page: {"givenName": "Olga", "familyName": "Winter", "country": "DE"},
    "signPetition": lambda page: {"campaignId": page.campaign, "givenName": "Olga", "email": "olga@example.org"},
    "confirmSignature": lambda page: {"token": page.link},
    "requestConfirmation": lambda page: {"token": page.link},
    "withdrawSignature": lambda page: {"campaignId": page.campaign},
    "eraseSupporter": lambda page: {},
    "requestSignIn": lambda page: {"email": "ada@example.org"},
    "signIn": lambda page: page.code,
    "refreshSession": lambda page: {"refreshToken": page.refresh},
    "signOut": lambda page: {"everywhere": True},
    "postComment": lambda page: {"campaignId": page.campaign, "body": "Well said."},
    "editComment": lambda page: {"commentId": page.own, "body": "Better said."},
    "deleteComment": lambda page: {"commentId": page.own},
    "flagComment": lambda page: {"commentId": page.comment, "reason": "SPAM"},
    "moderateComment": lambda page: {"commentId": page.comment, "decision": "HOLD"},
    "moderateComments": lambda page: {"target": {"ids": [page.comment, page.own]}, "decision": "HOLD"},
    "pinComment": lambda page: {"commentId": page.comment},
    "lockThread": lambda page: {"commentId": page.comment},
    "castVote": lambda page: {"commentId": page.comment, "direction": "UP"},
    "retractVote": lambda page: {"commentId": page.comment},
    "addReaction": lambda page: {"commentId": page.comment, "kind": "HEART"},
    "removeReaction": lambda page: {"commentId": page.comment, "kind": "HEART"},
}
INSERTING = {"castVote", "addReaction", "flagComment", "postComment", "updateProfile", "createApiKey"}
"""Mutations that write a row which refers to their viewer, and so can't succeed after the viewer's end."""


def test_every_mutation_has_an_input() -> None:
    mutation = core().mutation_type

    assert mutation is not None
    assert set(INPUTS) == set(mutation.fields)


ENDING = {"eraseSupporter", "signOut"}
"""Mutations that end their viewer's token, so that the erasure may come too late."""


async def attempt(site: TestApp, token: str, mutation: str, /, **given: Any) -> str:
    """Run a mutation, and return "ok" or the code of the Problem; `do` fails on any other error."""
    answer = await site.http.post(
        "/graphql",
        json={
            "query": f"mutation($input: {mutation[0].upper()}{mutation[1:]}Input!) {{ {mutation}(input: $input) {{"
            " __typename ... on Problem { code } } }",
            "variables": {"input": given},
        },
        headers={"authorization": f"Bearer {token}"},
    )
    body = answer.json()
    if "errors" in body:
        return str(body["errors"][0]["extensions"]["code"])
    return str(body["data"][mutation].get("code", "ok"))


@pytest.mark.parametrize("kind", ["guest", "staff"])
@pytest.mark.parametrize("mutation", INPUTS)
async def test_write_beside_erasure_of_its_viewer_never_fails(site: TestApp, mutation: str, kind: str) -> None:
    """Several writes share a commit on SQLite: the write sees the erasure before others do."""
    for _ in range(ROUNDS):
        token = await (site.guest("Olga Sommer") if kind == "guest" else site.staff(Role.ADMIN, "Olga Sommer"))
        page = await Page.of(site, token)
        given = INPUTS[mutation](page)

        voted, erased, met = await asyncio.gather(
            attempt(site, page.other, "castVote", commentId=page.comment, direction="UP"),
            attempt(site, token, "eraseSupporter"),
            attempt(site, token, mutation, **given),
        )

        assert (voted, erased) == ("ok", "ok" if mutation not in ENDING else erased)
        assert met != "INTERNAL_SERVER_ERROR"
        assert met in ("ok", GONE) or mutation not in INSERTING or kind == "guest"
    assert await drift() == []


@pytest.mark.parametrize("mutation", sorted(set(INPUTS) - {"signIn"}))
async def test_write_beside_merge_of_its_viewer_never_fails(site: TestApp, mutation: str) -> None:
    for number in range(ROUNDS):
        email = f"owner{number}@example.org"
        await site.signed_in(email, await site.guest("Sojourner Truth"))
        token = await site.guest("Olga Sommer")
        page, code = await Page.of(site, token), await site.code(email)
        given = INPUTS[mutation](page)

        voted, merged, met = await asyncio.gather(
            attempt(site, page.other, "castVote", commentId=page.comment, direction="UP"),
            attempt(site, token, "signIn", **code),
            attempt(site, token, mutation, **given),
        )

        assert voted == "ok"
        assert "INTERNAL_SERVER_ERROR" not in (merged, met)
    assert await drift() == []


async def test_vote_after_erasure_in_one_commit_is_unauthenticated(site: TestApp) -> None:
    """Nine times of nine this was an internal error on SQLite."""
    for _ in range(9):
        token, other = await site.guest("Olga Sommer"), await site.guest("Grace Hopper")
        comment = await site.comment(await site.campaign(), other)
        vote = {"commentId": comment, "direction": "UP"}

        met = await asyncio.gather(
            attempt(site, other, "castVote", **vote),
            attempt(site, token, "eraseSupporter"),
            attempt(site, token, "castVote", **vote),
        )

        assert list(met) in (["ok", "ok", GONE], ["ok", "ok", "ok"])


async def test_simultaneous_comments_of_one_author_keep_latest_time(site: TestApp) -> None:
    author = await site.guest()
    for _ in range(ROUNDS):
        campaign = await site.campaign()
        comments = await asyncio.gather(*(site.comment(campaign, author, f"Comment {n}.") for n in range(8)))
        await asyncio.gather(
            *(attempt(site, author, "deleteComment", commentId=comment) for comment in comments[4:]),
            *(site.comment(campaign, author, f"Later {n}.") for n in range(4)),
        )

        assert await drift() == []
