"""Consents: a campaign's questions, and the ledger of answers by organisation and version; the last answer counts."""

from typing import Any

import pytest

from models import Consent, Role, Signature
from tests.support.app import TestApp
from tests.support.signing import sign
from tests.support.statements import recorded_statements

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

    await site.do("updateProfile", "viewer { role }", guest, givenName="Grace")

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


# ---------------------------------------------------------------- a campaign's questions


QUESTIONS = "consentQuestions { organisation { name } text { markdown html text } textVersion required }"
NEWS = {"text": "May we **write** to you?", "textVersion": "news 1"}
TERMS = {"text": "I have read the terms.", "textVersion": "terms 1", "required": True}


async def questions(site: TestApp, campaign: str) -> Any:
    return (await site.ask(f"query($id: ID!) {{ campaign(id: $id) {{ {QUESTIONS} }} }}", id=campaign))["campaign"][
        "consentQuestions"
    ]


async def change(site: TestApp, campaign: str, *drafts: dict[str, Any]) -> Any:
    given = {"campaignId": campaign, "consentQuestions": list(drafts)}
    return await site.do("updateCampaign", "campaign { id }", await site.staff(Role.CAMPAIGNER), **given)


def yes(draft: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Grant the consent that a question asks for."""
    of = {name: value for name, value in draft.items() if name in ("organisationId", "textVersion")}
    return {"granted": True} | of | more


async def test_campaign_without_questions_has_an_empty_list(site: TestApp) -> None:
    assert await questions(site, await site.campaign()) == []


async def test_form_reads_the_questions_of_the_campaign(site: TestApp) -> None:
    campaign = await site.campaign(consentQuestions=[NEWS])
    forum = TERMS | {"organisationId": await partner(site, campaign)}

    await change(site, campaign, NEWS, forum)

    rich = {
        "markdown": NEWS["text"],
        "html": "<p>May we <strong>write</strong> to you?</p>",
        "text": "May we write to you?",
    }
    asked, terms = await questions(site, campaign)
    assert asked == {"organisation": None, "text": rich, "textVersion": "news 1", "required": False}
    assert (terms["organisation"], terms["textVersion"], terms["required"]) == (
        {"name": "Labor Forum"},
        "terms 1",
        True,
    )


async def test_other_changes_keep_the_questions(site: TestApp) -> None:
    campaign = await site.campaign(consentQuestions=[NEWS])

    await site.do("updateCampaign", "__typename", await site.staff(Role.CAMPAIGNER), campaignId=campaign, title="New")

    assert [one["textVersion"] for one in await questions(site, campaign)] == ["news 1"]


async def test_new_list_replaces_the_questions(site: TestApp) -> None:
    campaign = await site.campaign(consentQuestions=[NEWS])

    await change(site, campaign)

    assert await questions(site, campaign) == []


@pytest.mark.parametrize(
    ("drafts", "code", "path"),
    [
        ([NEWS | {"text": " "}], "INVALID", ".0.text"),
        ([NEWS | {"text": "x" * 5_001}], "INVALID", ".0.text"),
        ([NEWS | {"textVersion": ""}], "INVALID", ".0.textVersion"),
        ([NEWS | {"textVersion": "v" * 101}], "INVALID", ".0.textVersion"),
        ([NEWS, TERMS], "INVALID", ""),  # both are the site's own
        ([NEWS] * 21, "INVALID", ""),
        ([NEWS | {"organisationId": "UGFydG5lcjo5OTk"}], "NOT_FOUND", ".0.organisationId"),  # Partner:999
        ([NEWS | {"organisationId": "Q2FtcGFpZ246MQ"}], "NOT_FOUND", ".0.organisationId"),  # Campaign:1
    ],
)
async def test_bad_questions_are_refused(site: TestApp, drafts: list[dict[str, Any]], code: str, path: str) -> None:
    campaign = await site.campaign()

    refused = await change(site, campaign, *drafts)

    assert (refused["code"], refused["paths"]) == (code, [f"consentQuestions{path}"])
    assert await questions(site, campaign) == []


async def test_text_of_a_version_never_changes(site: TestApp) -> None:
    """The ledger of consents names the version alone, so a version has one text."""
    campaign = await site.campaign(consentQuestions=[NEWS])

    refused = await change(site, campaign, NEWS | {"text": "May we sell your e-mail address?"})
    same = await change(site, campaign, NEWS | {"required": True})
    new = await change(site, campaign, {"text": "May we call you?", "textVersion": "news 2"})

    assert (refused["code"], refused["paths"]) == ("INVALID", ["consentQuestions.0.textVersion"])
    assert "code" not in same | new
    assert [one["textVersion"] for one in await questions(site, campaign)] == ["news 2"]


async def test_answers_to_the_questions_are_stored(site: TestApp) -> None:
    campaign = await site.campaign(consentQuestions=[TERMS])
    forum = NEWS | {"organisationId": await partner(site, campaign)}
    await change(site, campaign, TERMS, forum)

    signed = await sign(site, campaign, consents=[yes(forum, granted=False), yes(TERMS)])

    assert await mine(site, signed["accessToken"]) == [("Labor Forum", False, "news 1"), (None, True, "terms 1")]


async def test_optional_question_may_be_left_out(site: TestApp) -> None:
    assert "code" not in await sign(site, await site.campaign(consentQuestions=[NEWS]))


@pytest.mark.parametrize(("answers", "path"), [([], "consents"), ([yes(TERMS, granted=False)], "consents.0.granted")])
async def test_required_consent_must_be_granted(site: TestApp, answers: list[dict[str, Any]], path: str) -> None:
    campaign = await site.campaign(consentQuestions=[TERMS])

    refused = await sign(site, campaign, consents=answers)

    assert (refused["code"], refused["paths"]) == ("INVALID", [path])
    assert await Consent.all().count() == await Signature.all().count() == 0


async def test_answer_must_be_to_the_text_of_now(site: TestApp) -> None:
    campaign = await site.campaign(consentQuestions=[TERMS])
    await change(site, campaign, TERMS | {"text": "I have read the new terms.", "textVersion": "terms 2"})

    stale = await sign(site, campaign, consents=[yes(TERMS)])
    fresh = await sign(site, campaign, consents=[yes(TERMS, textVersion=" terms  2 ")])

    assert (stale["code"], stale["paths"]) == ("INVALID", ["consents.0.textVersion"])
    assert "code" not in fresh


async def test_answer_must_be_to_a_question_and_once(site: TestApp) -> None:
    campaign = await site.campaign(consentQuestions=[NEWS])
    forum = yes(NEWS, organisationId=await partner(site, campaign))

    refused = [await sign(site, campaign, consents=answers) for answers in ([forum], [yes(NEWS), yes(NEWS)])]

    paths = [["consents.0.organisationId"], ["consents.1.organisationId"]]
    assert [(one["code"], one["paths"]) for one in refused] == [("INVALID", path) for path in paths]
    assert await Consent.all().count() == 0


async def test_profile_update_is_not_bound_to_a_campaigns_questions(site: TestApp) -> None:
    await site.campaign(consentQuestions=[TERMS])
    guest = await site.guest()

    await answer(site, guest, SITE)

    assert await mine(site, guest) == [(None, True, "2026-01")]


async def test_questions_of_a_list_share_a_statement_for_their_organisations(site: TestApp) -> None:
    for _ in range(3):
        campaign = await site.campaign()
        await change(site, campaign, NEWS | {"organisationId": await partner(site, campaign)}, TERMS)

    with recorded_statements() as seen:
        await site.ask("{ campaigns { nodes { consentQuestions { organisation { name } text { html } } } } }")

    assert len(seen) == 2
