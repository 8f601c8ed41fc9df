"""Partners: organisations that support a campaign. A partner has a unique name and is added to a campaign once."""

from typing import Any

import pytest

from tests.support.app import TestApp

pytestmark = pytest.mark.anyio

PARTNERS = """query($id: ID!) { campaign(id: $id) {
  partners { partner { name url logo { url alt credit } } role signatures signaturesAsOf } } }"""


async def test_partner_is_stored_as_given(site: TestApp, campaigner: str) -> None:
    campaign = await site.campaign()
    given = {
        "name": "International Friends",
        "url": "https://example.org/friends",
        "logo": {"url": "https://example.org/logo.png", "alt": "Friends", "credit": None},
    }

    await site.do("addPartner", "partner { id }", campaigner, campaignId=campaign, role="Friend", **given)

    (link,) = (await site.ask(PARTNERS, id=campaign))["campaign"]["partners"]
    assert link == {"partner": given, "role": "Friend", "signatures": 0, "signaturesAsOf": None}


async def test_existing_partner_is_reused_unchanged(site: TestApp, campaigner: str) -> None:
    one, two = await site.campaign(), await site.campaign()
    given = {"name": "Friends", "url": "https://example.org/1"}
    first = await site.do("addPartner", "partner { id url }", campaigner, campaignId=one, **given)

    given["url"] = "https://example.org/2"
    second = await site.do("addPartner", "partner { id url }", campaigner, campaignId=two, **given)

    assert second["partner"] == first["partner"]


async def test_partner_is_added_to_a_campaign_once(site: TestApp, campaigner: str) -> None:
    campaign = await site.campaign()
    await site.do("addPartner", "partner { id }", campaigner, campaignId=campaign, name="Friends")

    again = await site.do("addPartner", "partner { id }", campaigner, campaignId=campaign, name="Friends")

    assert (again["code"], again["paths"]) == ("CONFLICT", ["name"])


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "A", "url": "example.org"}, "url"),
        ({"name": "A", "logo": {"url": "logo.png", "alt": "A"}}, "logo.url"),
        ({"name": "A", "role": "x" * 201}, "role"),
    ],
)
async def test_invalid_partner_is_refused(site: TestApp, campaigner: str, given: dict[str, Any], field: str) -> None:
    answer = await site.do("addPartner", "partner { id }", campaigner, campaignId=await site.campaign(), **given)

    assert (answer.get("code"), answer.get("paths")) == ("INVALID", [field])
