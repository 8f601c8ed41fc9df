"""Test data: a campaign page with a value in every field of the schema."""

from typing import Any

from jobs import audits
from live import Live
from resolvers.context import Context
from tests.support.access_matrix import AccessMatrix
from tests.support.populated_site import WHOLE


async def populate(matrix: AccessMatrix) -> None:
    """Give the matrix's campaign updates, votes, reactions, replies, partners, donations and signatures."""
    site, author, admin = matrix.site, matrix.tokens["author"], matrix.tokens["ADMIN"]
    about = {"campaignId": matrix.campaign}
    won = await site.campaign(**WHOLE)
    outcome = {
        "occurredOn": "2026-01-01",
        "headline": "Free",
        "summary": "At **last**.",
        "fieldReportUrl": "https://example.org/f",
    }
    for token, mutation, given in [
        (
            admin,
            "changeCampaignState",
            {"campaignId": matrix.draft, "state": "LIVE"},
        ),  # test_visibility.py tests drafts
        (admin, "updateCampaign", {**about, **WHOLE}),
        (admin, "changeCampaignState", {"campaignId": won, "state": "WON", "outcome": outcome}),
        (admin, "postUpdate", {**about, "title": "News", "body": "Good.", "isPinned": True}),
        (author, "editComment", {"commentId": matrix.comment, "body": "Better said."}),
        (author, "castVote", {"commentId": matrix.comment, "direction": "UP"}),
        (author, "addReaction", {"commentId": matrix.comment, "kind": "HEART"}),
        (author, "flagComment", {"commentId": matrix.comment, "reason": "OTHER"}),
        (author, "updateProfile", {"nameDisplay": "INITIALS"}),
        (author, "updateProfile", {"nameDisplay": "FIRST_NAME_INITIAL"}),
        (admin, "pinComment", {"commentId": matrix.comment}),
    ]:
        answer = await site.do(mutation, "__typename", token, **given)
        assert answer["__typename"] != "Problem", answer
    await site.comment(matrix.campaign, matrix.tokens["guest"] or "", parent=matrix.comment)
    await _moderation(matrix)
    await _partner(matrix, about)
    await _donation(matrix, about)
    await _signature(matrix, about)


async def _moderation(matrix: AccessMatrix) -> None:
    """Flag the comment, and decide on it."""
    site, flagger, admin = matrix.site, matrix.tokens["SUPPORTER"], matrix.tokens["ADMIN"]
    flag = {"reason": "OTHER", "note": "Read this, please."}
    decision = {"decision": "APPROVE", "reason": "Nothing is wrong."}
    await site.do("flagComment", "__typename", flagger, commentId=matrix.comment, **flag)
    await site.do("moderateComment", "__typename", admin, commentId=matrix.comment, **decision)


async def _partner(matrix: AccessMatrix, about: dict[str, Any]) -> None:
    site, admin = matrix.site, matrix.tokens["ADMIN"]
    logo = {"url": "https://example.org/l.png", "alt": "A hand", "credit": "Zoë"}
    given = about | {"name": "Labor Forum", "url": "https://example.org", "logo": logo, "role": "gathers"}
    partner = (await site.do("addPartner", "partner { id }", admin, **given))["partner"]["id"]
    questions = [*WHOLE["consentQuestions"], {"organisationId": partner, "text": "May they?", "textVersion": "2"}]
    await site.do("updateCampaign", "__typename", admin, **about, consentQuestions=questions)
    for signatures in (11_255, 1_000_000):
        report = {"partnerId": partner, "signatures": signatures, "asOf": "2026-03-01"}
        evidence = {"evidenceUrl": "https://example.org/count"}
        await site.do("reportPartnerTally", "tally { id }", admin, **about, **report, **evidence)


async def _donation(matrix: AccessMatrix, about: dict[str, Any]) -> None:
    site, admin = matrix.site, matrix.tokens["ADMIN"]
    gift = {"providerReference": "pay-1", "money": {"amountMinor": 5000, "currency": "USD"}}
    await site.do("updateProfile", "__typename", matrix.tokens["SUPPORTER"], showDonations=True)
    recorded = await site.do(
        "recordDonation", "donation { id }", admin, **about, **gift, donorEmail="sojourner@example.org"
    )
    correction = {"donationId": recorded["donation"]["id"], "money": {"amountMinor": 5000, "currency": "AUD"}}
    await site.do("correctDonation", "donation { id }", admin, **correction, reason="Misread.")


async def _signature(matrix: AccessMatrix, about: dict[str, Any]) -> None:
    """Sign the petition, and recount, so that the fields of the last audit have a value."""
    given = {"givenName": "Katharina", "familyName": "Sommer", "email": "katharina@example.org", "country": "DE"}
    consent = {"granted": True, "textVersion": "2026-01"}
    more = {"consents": [consent], "comment": "I stand with them."}
    answer = await matrix.site.do("signPetition", "__typename", matrix.tokens["author"], **about, **given, **more)
    assert answer["__typename"] != "Problem", answer
    await audits.repair(Context(matrix.site.settings, Live()))
