"""Consents: what a person answered, to whom and to which text; a ledger of which the last answer stands."""

from typing import Any

import pytest

import storage
from models import Role
from storage.database import Statement
from tests.support.app import TestApp
from tests.support.signing import sign

pytestmark = pytest.mark.anyio

MINE = "{ viewer { profile { consents { organisation { name } granted textVersion givenAt } } } }"
LEDGER = Statement("SELECT granted FROM consents ORDER BY id")
SITE = {"granted": True, "textVersion": "2026-01"}


async def partner(site: TestApp, campaign: str, name: str = "Labor Forum") -> str:
    admin = await site.staff(Role.ADMIN)
    return str((await site.do("addPartner", "partner { id }", admin, campaignId=campaign, name=name))["partner"]["id"])


async def answer(site: TestApp, token: str, *consents: dict[str, Any]) -> Any:
    return await site.do("updateProfile", "viewer { role }", token, consents=list(consents))


async def mine(site: TestApp, token: str) -> list[tuple[str | None, bool, str]]:
    found = (await site.ask(MINE, token))["viewer"]["profile"]["consents"]
    return [(one["organisation"] and one["organisation"]["name"], one["granted"], one["textVersion"]) for one in found]


async def test_what_is_answered_beside_a_signature_is_kept(site: TestApp) -> None:
    campaign = await site.campaign()
    forum = {"organisationId": await partner(site, campaign), "granted": False, "textVersion": "v2"}

    signed = await sign(site, campaign, consents=[SITE, forum])

    assert await mine(site, signed["accessToken"]) == [(None, True, "2026-01"), ("Labor Forum", False, "v2")]


async def test_nothing_is_consented_to_by_saying_nothing(site: TestApp) -> None:
    signed = await sign(site, await site.campaign())

    assert await mine(site, signed["accessToken"]) == []


async def test_the_last_answer_stands_and_the_first_is_kept(site: TestApp) -> None:
    guest = await site.guest()

    await answer(site, guest, SITE)
    await answer(site, guest, SITE | {"granted": False, "textVersion": "2026-02"})

    assert await mine(site, guest) == [(None, False, "2026-02")]
    assert [bool(row[0]) for row in await storage.fetch(LEDGER)] == [True, False]


async def test_an_answer_to_one_is_none_to_another(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest()
    ids = [await partner(site, campaign, name) for name in ("Labor Forum", "Turkmen Watch")]
    await answer(site, guest, *({**SITE, "organisationId": one} for one in ids))

    await answer(site, guest, {**SITE, "organisationId": ids[0], "granted": False})

    assert await mine(site, guest) == [("Turkmen Watch", True, "2026-01"), ("Labor Forum", False, "2026-01")]


async def test_who_changes_a_name_leaves_the_answers(site: TestApp) -> None:
    guest = await site.guest()
    await answer(site, guest, SITE)

    await site.do("updateProfile", "viewer { role }", guest, givenName="Grace", consents=None)

    assert await mine(site, guest) == [(None, True, "2026-01")]


async def test_a_retry_answers_once(site: TestApp) -> None:
    campaign = await site.campaign()

    for _ in range(2):
        await sign(site, campaign, consents=[SITE], idempotencyKey="try-1")

    assert len(await storage.fetch(LEDGER)) == 1


@pytest.mark.parametrize(
    ("consents", "code"),
    [
        ([SITE | {"textVersion": " "}], "INVALID"),
        ([SITE | {"textVersion": "v" * 101}], "INVALID"),
        ([SITE | {"textVersion": "v\x001"}], "REJECTED_CONTENT"),
        ([SITE] * 21, "INVALID"),
        ([SITE | {"organisationId": "nonsense"}], "NOT_FOUND"),
        ([SITE | {"organisationId": "UGFydG5lcjo5OTk"}], "NOT_FOUND"),  # Partner:999
        ([SITE | {"organisationId": "Q2FtcGFpZ246MQ"}], "NOT_FOUND"),  # Campaign:1
    ],
)
async def test_what_is_sent_is_looked_at(site: TestApp, consents: list[dict[str, Any]], code: str) -> None:
    campaign, guest = await site.campaign(), await site.guest()

    refused = [await sign(site, campaign, consents=consents), await answer(site, guest, *consents)]

    assert [(one["code"], one["field"]) for one in refused] == [(code, "consents")] * 2
    assert await storage.fetch(LEDGER) == []


async def test_twenty_answers_fit(site: TestApp) -> None:
    signed = await sign(site, await site.campaign(), consents=[SITE] * 20)

    assert signed["__typename"] == "SignPetitionPayload"
    assert len(await storage.fetch(LEDGER)) == 20
