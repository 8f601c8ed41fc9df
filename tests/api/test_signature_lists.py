"""Signatures, goals, countries and activity below a list of campaigns: batched, without N+1 statements."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

import storage
from models import CountryTally, Milestone
from tests.api.test_statements import about, assert_along_an_index, compiled_only, cost, plan, sqlite_only
from tests.support.activity import ALL_KINDS
from tests.support.app import TestApp, running_app
from tests.support.counters import set_counter
from tests.support.ids import row_id

pytestmark = pytest.mark.anyio

EVENT = """kind actorName actor { displayName badge } occurredAt
  ... on SignatureActivity { signature { signedAt supporter { displayName } } } ... on CampaignActivity { changed }"""
FIELDS = {
    "activity": f"activity {{ nodes {{ {EVENT} }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }}",
    "first": "activity(first: 2) { nodes { id } pageInfo { hasNextPage hasPreviousPage } }",
    "last": "activity(last: 2) { nodes { id } pageInfo { hasNextPage hasPreviousPage } }",
    "kinds": "activity(kinds: [SIGNED, MILESTONE_REACHED], first: 2) { nodes { id kind } pageInfo { hasNextPage } }",
    "kinds-last": "activity(kinds: [SIGNED, CAMPAIGN_CHANGED], last: 2) { nodes { id kind } }",
    "all-kinds": f"activity(kinds: [{ALL_KINDS}], first: 2) {{ nodes {{ id kind }} pageInfo {{ hasNextPage }} }}",
    "no-kinds": "activity(kinds: []) { nodes { id } }",
    "countries": "countries { country count }",
    "countries-first": "countries(first: 1) { country count }",
    "goal": "goal { current target remaining percent reached { count reachedAt } }",
    "viewerSignature": "viewerSignature { id state signedAt supporter { displayName } comment { id } campaign { id } }",
    "supporters": "supporters { total direct pending partner offline withdrawn asOf lastAuditAt drift }",
}
LIST = "query($n: Int) {{ campaigns(first: $n, sort: OLDEST) {{ nodes {{ id {0} }} }} }}"
ONE = "query($id: ID!) {{ campaign(id: $id) {{ id {0} }} }}"
COUNTRIES = ["DE", "FR", "AT", "GB", "US"]


class Site:
    """A site with five campaigns that differ in signers, countries and milestones, and a person who signed them all."""

    def __init__(self, app: TestApp) -> None:
        self.app = app
        self.viewer = ""
        self.campaigns: list[str] = []

    async def populate(self) -> None:
        self.viewer = await self.app.guest("Katharina Sommer")
        for index in range(5):
            campaign = await self.app.campaign()
            self.campaigns.append(campaign)
            for signer in range(index + 1):
                await self.app.sign(campaign, f"ada{signer}@example.org")
            await self.app.sign(campaign, "katharina@example.org", self.viewer)
            await _write_tallies(campaign, index)

    async def list(self, fields: str, size: int) -> Any:
        return (await self.app.ask(LIST.format(fields), self.viewer, n=size))["campaigns"]["nodes"]

    async def one(self, fields: str, campaign: str) -> Any:
        return (await self.app.ask(ONE.format(fields), self.viewer, id=campaign))["campaign"]


async def _write_tallies(campaign: str, index: int) -> None:
    campaign_id = row_id(campaign)
    tallies = [
        {"campaign_id": campaign_id, "country": country, "count": 10 * (place + 1)}
        for place, country in enumerate(COUNTRIES[index:])
    ]
    milestones = [{"campaign_id": campaign_id, "count": count} for count in (1_000, 500, 100)[index % 3 :]]
    async with storage.transaction():
        await storage.insert_many(CountryTally, tallies)
        for milestone in milestones:
            await storage.insert(Milestone, **milestone, reached_at=storage.now())
    await set_counter(campaign, 1_000 + index, 0, storage.now())


@pytest.fixture(scope="module")
async def site(anyio_backend: str) -> AsyncIterator[Site]:
    async with running_app() as app:
        made = Site(app)
        await made.populate()
        yield made


@pytest.mark.parametrize("name", FIELDS)
async def test_five_campaigns_cost_as_many_statements_as_two(site: Site, name: str) -> None:
    query = LIST.format(FIELDS[name])

    two, five = [await cost(site.app, query, site.viewer, n=size) for size in (2, 5)]

    assert two == five


@pytest.mark.parametrize("name", FIELDS)
async def test_one_campaign_costs_no_more_than_several(site: Site, name: str) -> None:
    query = LIST.format(FIELDS[name])

    one, two = [await cost(site.app, query, site.viewer, n=size) for size in (1, 2)]

    assert len(one) == len(two)


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("size", [1, 2, 5])
async def test_each_campaign_of_a_list_has_its_own_rows(site: Site, name: str, size: int) -> None:
    nodes = await site.list(FIELDS[name], size)

    assert nodes == [await site.one(FIELDS[name], campaign) for campaign in site.campaigns[:size]]


async def test_the_rows_of_the_campaigns_differ(site: Site) -> None:
    """Without this, the test above could hold for empty lists."""
    fields = " ".join(FIELDS[name] for name in ("activity", "countries", "goal", "viewerSignature"))
    nodes = await site.list(fields, 5)

    assert [len(node["activity"]["nodes"]) for node in nodes] == [2, 3, 4, 5, 6]
    assert [len(node["countries"]) for node in nodes] == [6, 5, 4, 3, 2]
    assert [len(node["goal"]["reached"]) for node in nodes] == [3, 2, 1, 3, 2]
    assert len({node["viewerSignature"]["id"] for node in nodes}) == 5


async def test_a_campaign_at_several_places_of_a_level_has_its_rows_at_each(site: Site) -> None:
    fields = f"{FIELDS['first']} {FIELDS['countries']}"
    query = f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Campaign {{ id {fields} }} }} }}"
    ids = [site.campaigns[index] for index in (0, 1, 0, 1, 1)]

    nodes = (await site.app.ask(query, site.viewer, ids=ids))["nodes"]

    assert nodes == [await site.one(fields, campaign) for campaign in ids]


@pytest.mark.parametrize("side", ["first: 2, after", "last: 2, before"])
@pytest.mark.parametrize("kinds", ["", "kinds: [SIGNED], "])
async def test_a_cursor_is_good_for_its_own_campaign_only(site: Site, side: str, kinds: str) -> None:
    campaign = await site.one(f"activity({kinds}first: 9) {{ edges {{ cursor }} }}", site.campaigns[0])
    cursor = campaign["activity"]["edges"][0 if "after" in side else -1]["cursor"]
    fields = f'activity({kinds}{side}: "{cursor}") {{ nodes {{ id }} }}'

    assert await site.app.codes(LIST.format(fields), site.viewer, n=2) == ["INVALID_CURSOR"] * 2
    (alone,) = await site.list(fields, 1)
    assert len(alone["activity"]["nodes"]) == len(campaign["activity"]["edges"][1:])


@pytest.mark.parametrize("first", [0, 251])
async def test_an_invalid_number_of_countries_is_refused_in_a_list(site: Site, first: int) -> None:
    codes = await site.app.codes(LIST.format(f"countries(first: {first}) {{ count }}"), n=5)

    assert set(codes) == {"INVALID"}


@compiled_only
@pytest.mark.parametrize("name", ["activity", "kinds", "countries"])
async def test_a_list_reads_only_the_requested_columns_of_campaigns(site: Site, name: str) -> None:
    (campaigns,) = about(await cost(site.app, LIST.format(FIELDS[name]), n=5), "campaigns r")

    assert "body_html" not in campaigns


@sqlite_only
@pytest.mark.parametrize("name", ["activity", "first", "last", "kinds", "kinds-last", "all-kinds"])
async def test_the_activity_of_several_campaigns_walks_an_index(site: Site, name: str) -> None:
    seen = about(await cost(site.app, LIST.format(FIELDS[name]), site.viewer, n=5), "activity")

    await assert_along_an_index(seen)
    plans = str([await plan(text) for text in seen])
    index = {"all-kinds": "sqlite_autoindex_activity"}.get(
        name, "activity_of_kind" if "kinds" in name else "activity_of_ticker"
    )
    assert f"INDEX {index}" in plans


@sqlite_only
async def test_the_countries_of_several_campaigns_walk_an_index(site: Site) -> None:
    seen = about(await cost(site.app, LIST.format(FIELDS["countries"]), site.viewer, n=5), "country_tallies")

    assert "SEARCH t USING INDEX country_tallies_largest (campaign_id=? AND count>?)" in str(
        [await plan(text) for text in seen]
    )
