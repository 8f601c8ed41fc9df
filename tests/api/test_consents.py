"""Consents: an append-only ledger of answers by organisation and text version; the last answer counts."""

from typing import Any

import pytest

from models import Consent, Role
from tests.support.app import TestApp
from tests.support.signing import sign

pytestmark = pytest.mark.anyio

MINE = "{ viewer { profile { consents { organisation { name } granted textVersion givenAt } } } }"
SITE = {"granted": True, "textVersion": "2026-01"}


async def partner(site: TestApp, campaign: str, name: str = "Labor Forum") -> str:
    admin = await site.staff(Role.ADMIN)
    return str((await site.do("addPartner", "partner { id }", admin, campaignId=campaign, name=name))["partner"]["id"])


async def answer(site: TestApp, token: str, *consents: dict[str, Any]) -> Any:
    return await site.do("updateProfile", "viewer { role }", token, consents=list(consents))


async def mine(site: TestApp, token: str) -> list[tuple[str | None, bool, str]]:
    consents = (await site.ask(MINE, token))["viewer"]["profile"]["consents"]
    return [
        (one["organisation"] and one["organisation"]["name"], one["granted"], one["textVersion"]) for one in consents
    ]


async def test_consents_are_stored_with_signature(site: TestApp) -> None:
    campaign = await site.campaign()
    forum = {"organisationId": await partner(site, campaign), "granted": False, "textVersion": "v2"}

    signed = await sign(site, campaign, consents=[SITE, forum])

    assert await mine(site, signed["accessToken"]) == [(None, True, "2026-01"), ("Labor Forum", False, "v2")]


async def test_no_answer_is_no_consent(site: TestApp) -> None:
    signed = await sign(site, await site.campaign())

    assert await mine(site, signed["accessToken"]) == []


async def test_last_answer_counts_and_ledger_keeps_first(site: TestApp) -> None:
    guest = await site.guest()

    await answer(site, guest, SITE)
    await answer(site, guest, SITE | {"granted": False, "textVersion": "2026-02"})

    assert await mine(site, guest) == [(None, False, "2026-02")]
    assert [row.granted for row in await Consent.all().order_by("id")] == [True, False]


async def test_consents_are_separate_by_organisation(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest()
    ids = [await partner(site, campaign, name) for name in ("Labor Forum", "Turkmen Watch")]
    await answer(site, guest, *({**SITE, "organisationId": one} for one in ids))

    await answer(site, guest, {**SITE, "organisationId": ids[0], "granted": False})

    assert await mine(site, guest) == [("Turkmen Watch", True, "2026-01"), ("Labor Forum", False, "2026-01")]


async def test_profile_update_without_consents_keeps_consents(site: TestApp) -> None:
    guest = await site.guest()
    await answer(site, guest, SITE)

    await site.do("updateProfile", "viewer { role }", guest, givenName="Grace", consents=None)

    assert await mine(site, guest) == [(None, True, "2026-01")]


async def test_retry_stores_consents_once(site: TestApp) -> None:
    campaign = await site.campaign()

    for _ in range(2):
        await sign(site, campaign, consents=[SITE], idempotencyKey="try-1")

    assert await Consent.all().count() == 1


@pytest.mark.parametrize(
    ("consents", "code", "path"),
    [
        ([SITE | {"textVersion": " "}], "INVALID", "consents.0.textVersion"),
        ([SITE | {"textVersion": "v" * 101}], "INVALID", "consents.0.textVersion"),
        ([SITE | {"textVersion": "v\x001"}], "REJECTED_CONTENT", "consents.0.textVersion"),
        ([SITE] * 21, "INVALID", "consents"),
        ([SITE | {"organisationId": "nonsense"}], "NOT_FOUND", "consents.0.organisationId"),
        ([SITE | {"organisationId": "UGFydG5lcjo5OTk"}], "NOT_FOUND", "consents.0.organisationId"),  # Partner:999
        ([SITE | {"organisationId": "Q2FtcGFpZ246MQ"}], "NOT_FOUND", "consents.0.organisationId"),  # Campaign:1
    ],
)
async def test_bad_consents_are_refused(site: TestApp, consents: list[dict[str, Any]], code: str, path: str) -> None:
    campaign, guest = await site.campaign(), await site.guest()

    refused = [await sign(site, campaign, consents=consents), await answer(site, guest, *consents)]

    assert [(one["code"], one["paths"]) for one in refused] == [(code, [path])] * 2
    assert await Consent.all().count() == 0


async def test_twenty_consents_are_accepted(site: TestApp) -> None:
    signed = await sign(site, await site.campaign(), consents=[SITE] * 20)

    assert signed["__typename"] == "SignPetitionPayload"
    assert await Consent.all().count() == 20
