"""Instants: each public time was decided on, and those that tell when a person did something are rounded down."""

from datetime import UTC, datetime
from typing import Any

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, get_named_type

from models import Campaign, Milestone
from server.components import create_schema
from settings import Settings
from tests.support.app import TestApp
from tests.support.following import followed
from tests.support.signing import sign

pytestmark = pytest.mark.anyio

ROUNDED = "shown to everyone, and tells when a person did something, or lets one infer it: rounded down"
OWN = "shown to the person alone, exactly"
STAFF = "shown only to those who run the site or record for it"
ORGANISERS = "when the organisers did something in public, in the name of the site"
PUBLISHED = "when its author published or changed a text of their own: exact, see docs/decisions/published-in-steps.md"
NO_PERSON = "no person did it: a job, the clock, or a setting"

ACTIVITIES = (
    *("Activity", "CampaignActivity", "CommentActivity", "DonationActivity", "MilestoneActivity"),
    *("PartnerActivity", "PersonActivity", "ReactionActivity", "SignatureActivity", "UpdateActivity"),
)
DECISIONS = {
    **{f"{name}.occurredAt": ROUNDED for name in ACTIVITIES},
    "ApiKey.createdAt": STAFF,
    "ApiKey.expiresAt": STAFF,
    "ApiKey.lastUsedAt": STAFF,
    "ApiKey.revokedAt": STAFF,
    "Campaign.closedAt": ORGANISERS,
    "Campaign.launchedAt": ORGANISERS,
    "CampaignUpdate.editedAt": ORGANISERS,
    "CampaignUpdate.postedAt": ORGANISERS,
    "Comment.createdAt": PUBLISHED,
    "Comment.editedAt": PUBLISHED,
    "Comment.updatedAt": PUBLISHED,
    "Comment.editableUntil": OWN,
    "CommentEdit.editedAt": STAFF,
    "CommentFlag.flaggedAt": STAFF,
    "CommentStats.asOf": ROUNDED,
    "Consent.givenAt": OWN,
    "Donation.donatedAt": OWN,
    "DonationCorrection.correctedAt": STAFF,
    "ErasureReceipt.erasedAt": OWN,
    "Milestone.reachedAt": ROUNDED,
    "ModerationAction.decidedAt": STAFF,
    "ModerationQueueChange.asOf": STAFF,
    "PartnerTally.reportedAt": STAFF,
    "Pulse.asOf": ROUNDED,
    "RateLimit.resetAt": OWN,
    "Reaction.reactedAt": OWN,
    "RequestSignInPayload.expiresAt": OWN,
    "Service.time": NO_PERSON,
    "Session.createdAt": OWN,
    "Session.expiresAt": OWN,
    "Signature.signedAt": ROUNDED,
    "SupporterCount.asOf": ROUNDED,
    "SupporterCount.lastAuditAt": NO_PERSON,
    "Vote.castAt": OWN,
}
EXACT = datetime(2026, 1, 2, 3, 4, 56, 789_012, tzinfo=UTC)
PAGE = """query($id: ID!) { campaign(id: $id) { supporters { asOf } commentStats { asOf }
  goal { reached { reachedAt } }
  activity(kinds: [SIGNED, COMMENTED, REACTED, MILESTONE_REACHED]) { nodes { occurredAt
    ... on MilestoneActivity { milestone { reachedAt } }
    ... on SignatureActivity { signature { signedAt } } } } } }"""
PULSE = f"subscription($id: ID!) {{ pulse(campaignId: $id) {{ asOf {PAGE.partition('{')[2].rpartition('}')[0]} }} }}"
PULSE = PULSE.replace("campaign(id: $id)", "campaign")


def test_each_public_instant_was_decided_on() -> None:
    """A new field of this type needs a line above: does it tell when a person did something?"""
    fields = {
        f"{parent.name}.{name}"
        for parent in create_schema(Settings())._schema.type_map.values()
        if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType)
        for name, field in parent.fields.items()
        if str(get_named_type(field.type)) == "DateTime"
    }

    assert fields == DECISIONS.keys()


def instants(value: Any) -> list[str]:
    """Return every time in an answer."""
    if isinstance(value, dict):
        return [found for inner in value.values() for found in instants(inner)]
    if isinstance(value, list):
        return [found for inner in value for found in instants(inner)]
    return [value] if isinstance(value, str) and value[4:5] == "-" else []


async def _populate(site: TestApp) -> str:
    """Return a campaign on which something has happened at a time with seconds."""
    campaign = await site.campaign()
    token = (await sign(site, campaign, comment="Free him."))["accessToken"]
    comment = await site.comment(campaign, token)
    await site.do("addReaction", "comment { id }", token, commentId=comment, kind="HEART")
    await Campaign.all().update(direct_signature_count=99, supporter_count=99)
    await sign(site, campaign, email="hundredth@example.org")
    await Campaign.all().update(signatures_as_of=EXACT, comments_as_of=EXACT)
    await Milestone.all().update(reached_at=EXACT)
    return campaign


async def test_public_instants_about_people_are_rounded_alike(site: TestApp) -> None:
    answer = await site.ask(PAGE, id=await _populate(site))

    found = instants(answer)
    assert len(found) >= 10
    assert {instant[16:] for instant in found} == {":00+00:00"}, found


async def test_instants_of_pulses_are_rounded(site: TestApp) -> None:
    campaign = await _populate(site)
    async with followed(site, "WebSocket", PULSE, None, id=campaign) as stream:
        found = instants(await stream.data())

    assert len(found) >= 10
    assert {instant[16:] for instant in found} == {":00+00:00"}, found


async def test_own_signature_has_the_exact_time(site: TestApp) -> None:
    campaign = await site.campaign()
    signed = await sign(site, campaign)
    query = "query($id: ID!) { campaign(id: $id) { viewerSignature { signedAt } } }"

    own = (await site.ask(query, signed["accessToken"], id=campaign))["campaign"]["viewerSignature"]

    assert own["signedAt"][16:] != ":00+00:00"
