"""Name previews: each choice of a name as a campaign shows it, and nothing is stored or told."""

from itertools import product
from typing import Any

import pytest

from models import NameDisplay, Supporter
from tests.support.app import TestApp
from tests.support.statements import recorded_statements

pytestmark = pytest.mark.anyio

PREVIEWS = """query($id: ID!, $name: NameInput!) {
  namePreviews(campaignId: $id, name: $name) { nameDisplay displayName tickerName } }"""
KATHARINA = {"givenName": "Katharina", "familyName": "Sommer"}
SHOWN = "activity(first: 1, kinds: [COMMENTED]) { nodes { actorName actor { displayName } } }"
CEILINGS = [display.value for display in NameDisplay]


async def previews(site: TestApp, campaign: str, name: dict[str, Any] = KATHARINA) -> list[tuple[str, str, str]]:
    found = await site.ask(PREVIEWS, id=campaign, name=name)
    return [(one["nameDisplay"], one["displayName"], one["tickerName"]) for one in found["namePreviews"]]


async def test_each_choice_is_previewed(site: TestApp) -> None:
    assert await previews(site, await site.campaign()) == [
        ("FULL_NAME", "Katharina Sommer", "Katharina S."),
        ("FIRST_NAME_INITIAL", "Katharina S.", "Katharina S."),
        ("INITIALS", "K. S.", "K. S."),
        ("ANONYMOUS", "A supporter", "A supporter"),
    ]


async def test_family_name_may_come_first(site: TestApp) -> None:
    name = {"givenName": "Katalin", "familyName": "Szabó", "familyNameFirst": True}

    assert [shown for _, shown, _ in await previews(site, await site.campaign(), name)] == [
        *("Szabó Katalin", "S. Katalin", "S. K.", "A supporter")
    ]


@pytest.mark.parametrize(("ceiling", "ticker"), list(product(CEILINGS, CEILINGS)))
async def test_preview_is_what_the_campaign_shows(site: TestApp, ceiling: str, ticker: str) -> None:
    campaign = await site.campaign(nameDisplayCeiling=ceiling, tickerNameCeiling=ticker)

    for display, name, ticker_name in await previews(site, campaign):
        guest = await site.guest("Katharina Sommer", nameDisplay=display)
        await site.comment(campaign, guest)
        page = await site.ask(f"query($id: ID!) {{ campaign(id: $id) {{ {SHOWN} }} }}", id=campaign)
        (event,) = page["campaign"]["activity"]["nodes"]
        actor_name = event["actor"]["displayName"] if event["actor"] else "A supporter"
        assert (actor_name, event["actorName"]) == (name, ticker_name)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ({"givenName": " "}, "INVALID"),
        ({"givenName": "K" * 101}, "INVALID"),
        ({"givenName": "https://example.org"}, "REJECTED_CONTENT"),
        ({"givenName": "Katharina", "familyName": "S@example.org"}, "REJECTED_CONTENT"),
    ],
)
async def test_bad_name_is_refused_as_by_introduce(site: TestApp, name: dict[str, Any], code: str) -> None:
    introduced = await site.do("introduce", "__typename", **name)

    body = await site.post(PREVIEWS, id=await site.campaign(), name=name)

    (error,) = body["errors"]
    assert error["extensions"]["code"] == introduced["code"] == code
    assert error["message"] == introduced["message"]


async def test_campaign_must_exist_and_be_public(site: TestApp) -> None:
    for campaign in ("Q2FtcGFpZ246OTk5", await site.campaign("DRAFT"), "nonsense"):
        assert await site.codes(PREVIEWS, id=campaign, name=KATHARINA) == ["NOT_FOUND"]


async def test_preview_stores_nothing_and_reads_the_campaign_alone(site: TestApp) -> None:
    """The answer is the same after somebody of the name has signed."""
    campaign = await site.campaign()
    before = await previews(site, campaign)
    await site.sign(campaign, **KATHARINA)
    count = await Supporter.all().count()

    with recorded_statements() as seen:
        after = await previews(site, campaign)

    assert after == before
    assert await Supporter.all().count() == count
    assert [text for text in seen if "campaigns" not in text] == []
    assert len(seen) == 1


async def test_viewer_makes_no_difference(site: TestApp) -> None:
    """Not even to a person who is shown less because of another campaign."""
    campaign, strict = await site.campaign(), await site.campaign(nameDisplayCeiling="ANONYMOUS")
    guest = await site.guest("Katharina Sommer")
    await site.comment(strict, guest)

    own = await site.ask(PREVIEWS, guest, id=campaign, name=KATHARINA)

    assert own == await site.ask(PREVIEWS, id=campaign, name=KATHARINA)
