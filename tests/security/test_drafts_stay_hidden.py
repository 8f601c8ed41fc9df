"""Drafts stay hidden: nothing of a campaign that is not published is found by an id, in a list or on a stream."""

from datetime import UTC, datetime
from typing import Any

import pytest

import models
import storage
from models import ActivityKind, CampaignState, Role, SubjectType
from resolvers.ids import global_id
from tests.support.app import TestApp
from tests.support.ids import row_id

pytestmark = pytest.mark.anyio

NODE = "query($id: ID!) { node(id: $id) { __typename id } }"
AT = datetime(2026, 3, 1, tzinfo=UTC)
OF_A_CAMPAIGN = (
    *("Activity", "Campaign", "CampaignUpdate", "Comment", "Donation", "Partner", "PartnerTally"),
    *("Signature", "Supporter"),
)
"""The types of node that belong to campaigns; an API key and a viewer belong to none."""


class Draft:
    """A draft with one object of every type, and its signer's token."""

    def __init__(self, campaign: str, token: str, ids: dict[str, str]) -> None:
        self.campaign, self.token, self.ids = campaign, token, ids


@pytest.fixture
async def draft(site: TestApp) -> Draft:
    manager, admin, token = await site.staff(Role.CAMPAIGNER), await site.staff(Role.ADMIN), await site.guest()
    campaign = await site.campaign("LIVE")
    about = {"campaignId": campaign}
    comment = await site.comment(campaign, token)
    signature = (await site.sign(campaign, "ada@example.org", token))["signature"]["id"]
    update = (await site.do("postUpdate", "update { id }", manager, **about, title="News", body="Good."))["update"][
        "id"
    ]
    partner = (await site.do("addPartner", "partner { id }", manager, **about, name="Secret Friends"))["partner"]["id"]
    gift = about | {"providerReference": "pay-1", "money": {"amountMinor": 500, "currency": "EUR"}}
    donation = (await site.do("recordDonation", "donation { id }", admin, **gift))["donation"]["id"]
    report = {"partnerId": partner, "signatures": 1_000_000, "asOf": "2026-02-01"}
    waiting = "campaign { partners { waitingTallies { id } } }"
    reported = await site.do("reportPartnerTally", waiting, manager, **about, **report)
    tally = reported["campaign"]["partners"][0]["waitingTallies"][0]["id"]
    async with storage.transaction():
        activity = await storage.insert(
            models.Activity,
            campaign_id=row_id(campaign),
            seq=1_000,
            kind=ActivityKind.COMMENTED,
            actor_id=row_id((await site.ask("{ viewer { supporter { id } } }", token))["viewer"]["supporter"]["id"]),
            subject_type=SubjectType.COMMENT,
            subject_id=row_id(comment),
            occurred_at=AT,
        )
    await models.Campaign.filter(id=row_id(campaign)).update(state=CampaignState.DRAFT)
    person = (await site.ask("{ viewer { supporter { id } } }", token))["viewer"]["supporter"]["id"]
    ids = {"Activity": global_id("Activity", activity), "Campaign": campaign, "CampaignUpdate": update}
    ids |= {"Comment": comment, "Donation": donation, "Partner": partner, "PartnerTally": tally}
    return Draft(campaign, token, ids | {"Signature": signature, "Supporter": person})


def test_every_type_of_a_campaign_is_tested() -> None:
    from resolvers.nodes import MODELS

    assert {*OF_A_CAMPAIGN, "ApiKey"} == set(MODELS)


@pytest.mark.parametrize("type_name", OF_A_CAMPAIGN)
async def test_nothing_of_a_draft_is_found(site: TestApp, draft: Draft, type_name: str) -> None:
    given = {"name": "Reporter", "scopes": ["READ", "REPORT_TALLIES", "RECORD_DONATIONS"]}
    program = (await site.do("createApiKey", "key", await site.staff(Role.ADMIN), **given))["key"]

    for token in (None, await site.guest(), program):
        assert await site.ask(NODE, token, id=draft.ids[type_name]) == {"node": None}


@pytest.mark.parametrize("type_name", sorted({*OF_A_CAMPAIGN} - {"Signature"}))
async def test_everything_is_found_once_it_is_published(site: TestApp, draft: Draft, type_name: str) -> None:
    admin = await site.staff(Role.ADMIN)
    assert (await site.ask(NODE, admin, id=draft.ids[type_name]))["node"] is not None

    await models.Campaign.all().update(state=CampaignState.LIVE)
    token = admin if type_name in ("Donation", "PartnerTally") else None
    assert (await site.ask(NODE, token, id=draft.ids[type_name]))["node"] is not None


async def test_lists_leave_drafts_out(site: TestApp, draft: Draft) -> None:
    page = await site.ask("{ campaigns { nodes { id } } events { nodes { id } } }")

    assert page == {"campaigns": {"nodes": []}, "events": {"nodes": []}}
    assert await site.codes("query($id: ID!) { events(campaignId: $id) { nodes { id } } }", id=draft.campaign) == [
        "NOT_FOUND"
    ]


async def consent(site: TestApp, partner: str, token: str) -> Any:
    answers = [{"organisationId": partner, "granted": True, "textVersion": "1"}]
    return await site.do("updateProfile", "__typename", token, consents=answers)


async def test_partner_of_a_draft_takes_no_consents(site: TestApp, draft: Draft) -> None:
    """The answer would tell whether there is such a partner, and the list of consents would name it."""
    answer = await consent(site, draft.ids["Partner"], await site.guest())
    unknown = await consent(site, global_id("Partner", 999), await site.guest())

    assert (answer["code"], answer["message"]) == (unknown["code"], unknown["message"])
    assert answer["code"] == "NOT_FOUND"
    await models.Campaign.all().update(state=CampaignState.LIVE)
    assert (await consent(site, draft.ids["Partner"], await site.guest()))["__typename"] == "UpdateProfilePayload"
