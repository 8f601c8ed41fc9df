"""Lists of campaigns: a field below `campaigns` runs the same number of statements for 2 campaigns as for 5."""

import re
from typing import Any

import pytest

from models import Role
from tests.api.test_statements import compiled_only, plan, sqlite_only
from tests.support.app import TestApp
from tests.support.statements import recorded_statements

pytestmark = pytest.mark.anyio
TALLY = "partners { partner { name } signatures waitingTallies { signatures partner { name } } }"
UPDATES = "updates(first: 2) { totalCount nodes { title } pageInfo { hasNextPage } }"
DONATION = "donation { prompt raised { amountMinor currency } }"
ARTICLE = "url title body { html } outcome { headline summary { text } } heroImage { url }"
LISTS = "footnotes { text } timeline { title } resources { title }"
FIELDS = {
    "partners": (
        TALLY,
        4,
    ),  # the links with their partners, the waiting tallies, the links and the partners of the tallies
    "updates": (UPDATES, 1),
    "updates_campaign": ("updates { nodes { title campaign { id slug } } }", 2),
    "donation": (DONATION, 1),
    "texts": (ARTICLE, 0),
    "lists": (LISTS, 0),
}
LIST = "query ($first: Int) {{ campaigns(sort: OLDEST, first: $first) {{ nodes {{ title {fields} }} }} }}"
ONE = "query ($slug: String!) {{ campaign(slug: $slug) {{ title {fields} }} }}"


async def add_campaign(site: TestApp, token: str, number: int) -> None:
    """Add a campaign with news, partners that report, and donations, all of which differ from campaign to campaign."""
    appeal = {"prompt": f"Give {number}", "url": "https://example.org/give"}
    footnotes = [{"text": f"Footnote {number}"}]
    campaign_id = await site.campaign(title=f"{number}", slug=f"no-{number}", donation=appeal, footnotes=footnotes)
    for news in range(number):
        date = f"2020-01-0{news + 1}T00:00:00Z"
        given = {"title": f"News {number}.{news}", "body": "News.", "postedAt": date}
        await site.do("postUpdate", "__typename", token, campaignId=campaign_id, **given)
    for partner in range(2):
        name = f"Partner {(number + partner) % 4}"
        partner_id = (await site.do("addPartner", "partner { id }", token, campaignId=campaign_id, name=name))[
            "partner"
        ]
        report = {"campaignId": campaign_id, "partnerId": partner_id["id"], "asOf": "2026-03-01"}
        for signatures in (10 * number + partner, 1_000_000 + number):
            await site.do("reportPartnerTally", "__typename", token, signatures=signatures, **report)
    for currency in ("USD", "EUR"):
        money = {"amountMinor": 100 * number, "currency": currency}
        reference = f"pay-{number}-{currency}"
        donation: dict[str, Any] = {"campaignId": campaign_id, "providerReference": reference, "money": money}
        await site.do("recordDonation", "__typename", token, **donation)


@pytest.fixture
async def admin(site: TestApp) -> str:
    """The token of an administrator of a site with five campaigns."""
    token = await site.staff(Role.ADMIN, "Ad Min")
    for number in range(1, 6):
        await add_campaign(site, token, number)
    return token


async def listed(site: TestApp, token: str, fields: str, first: int) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the first campaigns, and the texts of the statements that read them."""
    with recorded_statements() as texts:
        answer = await site.ask(LIST.format(fields=fields), token, first=first)
    return answer["campaigns"]["nodes"], texts


@compiled_only
@pytest.mark.parametrize(("fields", "count"), FIELDS.values(), ids=FIELDS)
async def test_statement_count_is_the_same_for_any_number_of_campaigns(
    site: TestApp, admin: str, fields: str, count: int
) -> None:
    _, none = await listed(site, admin, "", 5)

    _, two = await listed(site, admin, fields, 2)
    _, five = await listed(site, admin, fields, 5)

    assert len(two) == len(five) == len(none) + count


@pytest.mark.parametrize("fields", [fields for fields, _ in FIELDS.values()], ids=FIELDS)
async def test_listed_campaign_shows_the_same_as_the_campaign_alone(site: TestApp, admin: str, fields: str) -> None:
    campaigns, _ = await listed(site, admin, fields, 5)

    alone = [
        (await site.ask(ONE.format(fields=fields), admin, slug=f"no-{number}"))["campaign"] for number in range(1, 6)
    ]

    assert campaigns == alone


async def test_updates_of_each_listed_campaign_are_its_newest(site: TestApp, admin: str) -> None:
    campaigns, _ = await listed(site, admin, UPDATES, 5)

    pages = [campaign["updates"] for campaign in campaigns]
    assert [[node["title"] for node in page["nodes"]] for page in pages] == [
        ["News 1.0"],
        ["News 2.1", "News 2.0"],
        ["News 3.2", "News 3.1"],
        ["News 4.3", "News 4.2"],
        ["News 5.4", "News 5.3"],
    ]
    assert [page["totalCount"] for page in pages] == [1, 2, 3, 4, 5]
    assert [page["pageInfo"]["hasNextPage"] for page in pages] == [False, False, True, True, True]


async def test_last_updates_of_each_listed_campaign_are_its_oldest(site: TestApp, admin: str) -> None:
    campaigns, _ = await listed(site, admin, "updates(last: 1) { nodes { title } pageInfo { hasPreviousPage } }", 3)

    assert [campaign["updates"]["nodes"] for campaign in campaigns] == [
        [{"title": "News 1.0"}],
        [{"title": "News 2.0"}],
        [{"title": "News 3.0"}],
    ]
    assert [campaign["updates"]["pageInfo"]["hasPreviousPage"] for campaign in campaigns] == [False, True, True]


async def test_listed_campaign_without_updates_has_an_empty_page(site: TestApp, admin: str) -> None:
    await site.campaign(title="6")

    campaigns, _ = await listed(site, admin, UPDATES, 6)

    assert campaigns[5]["updates"] == {"totalCount": 0, "nodes": [], "pageInfo": {"hasNextPage": False}}


async def test_cursor_of_one_campaigns_updates_is_refused_below_a_list(site: TestApp, admin: str) -> None:
    one = await site.ask('{ campaign(slug: "no-5") { updates(first: 2) { pageInfo { endCursor } } } }')
    cursor = one["campaign"]["updates"]["pageInfo"]["endCursor"]
    query = "query ($after: String) { campaigns { nodes { updates(after: $after) { nodes { title } } } } }"

    assert set(await site.codes(query, after=cursor)) == {"INVALID_CURSOR"}


@compiled_only
async def test_page_of_one_campaigns_updates_is_one_statement(site: TestApp, admin: str) -> None:
    with recorded_statements() as plain:
        await site.ask(ONE.format(fields=""), slug="no-5")
    with recorded_statements() as texts:
        await site.ask(ONE.format(fields=UPDATES), slug="no-5")

    assert len(texts) == len(plain) + 1
    assert not any("json_each" in text for text in texts)


@compiled_only
@sqlite_only
async def test_updates_of_listed_campaigns_are_read_along_an_index(site: TestApp, admin: str) -> None:
    _, texts = await listed(site, admin, UPDATES, 5)

    (text,) = [text for text in texts if "campaign_updates" in text]
    assert re.search(r"SEARCH r USING (COVERING )?INDEX campaign_updates_newest", str(await plan(text)))
