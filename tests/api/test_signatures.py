"""The supporters counter, the goal, countries, and the viewer's own signature."""

from datetime import UTC, datetime
from typing import Any

import pytest

import models
import storage
from models import CountryTally, Milestone, Role, Signature, SignatureState
from resolvers.ids import global_id
from tests.support.app import TestApp, running_app
from tests.support.counters import set_counter
from tests.support.ids import row_id

pytestmark = pytest.mark.anyio

SUPPORTERS = "supporters { total direct pending partner offline withdrawn asOf lastAuditAt drift }"
GOAL = "goal { current target remaining percent reached { count reachedAt } }"
AT = datetime(2020, 1, 1, 12, tzinfo=UTC)


async def read(site: TestApp, campaign: str, fields: str, token: str | None = None, **variables: Any) -> Any:
    declared = "".join(f", ${name}: Int" for name in variables)
    query = f"query($id: ID!{declared}) {{ campaign(id: $id) {{ {fields} }} }}"
    return (await site.ask(query, token, id=campaign, **variables))["campaign"]


async def set_direct_and_partner(campaign: str, direct: int, partner: int = 0) -> None:
    await set_counter(campaign, direct, partner, AT)


async def insert_country_tallies(campaign: str, **countries: int) -> None:
    rows = [{"campaign_id": row_id(campaign), "country": c, "count": n} for c, n in countries.items()]
    async with storage.transaction():
        await storage.insert_many(CountryTally, rows)


async def insert_signature(campaign: str, supporter: str, state: str = "CONFIRMED") -> str:
    """Insert a signature; return its global id."""
    row = {
        "campaign_id": row_id(campaign),
        "supporter_id": row_id(supporter),
        "state": SignatureState(state),
        "country": "DE",
        "signed_at": AT,
    }
    async with storage.transaction():
        (signature_id,) = await storage.insert_many(Signature, [row])
    return global_id("Signature", signature_id)


# ---------------------------------------------------------------- supporters


async def test_new_campaign_has_no_supporters(site: TestApp) -> None:
    shown = (await read(site, await site.campaign(), SUPPORTERS))["supporters"]

    assert datetime.fromisoformat(shown.pop("asOf")).tzinfo is not None
    assert shown == {
        "total": 0,
        "direct": 0,
        "pending": 0,
        "partner": 0,
        "offline": 0,
        "withdrawn": 0,
        "lastAuditAt": None,
        "drift": 0,
    }


async def test_total_is_the_sum_of_its_parts(site: TestApp) -> None:
    campaign = await site.campaign()
    await set_direct_and_partner(campaign, 90_309, 11_255)

    shown = (await read(site, campaign, SUPPORTERS))["supporters"]

    assert (shown["direct"], shown["partner"], shown["offline"]) == (90_309, 11_255, 0)
    assert shown["total"] == 101_564
    assert shown["asOf"] == AT.isoformat()


@pytest.mark.parametrize(
    ("current", "target"),
    [
        (0, 100),
        (99, 100),
        (100, 500),
        (499, 500),
        (500, 1_000),
        (4_999, 5_000),
        (9_999, 10_000),
        (24_999, 25_000),
        (49_999, 50_000),
        (99_999, 100_000),
        (101_564, 250_000),
        (499_999, 500_000),
        (999_999, 1_000_000),
        (1_000_000, 2_000_000),
        (2_000_001, 3_000_000),
        (99_999_999, 100_000_000),
        (100_000_000, 200_000_000),
        (3_000_000_001, 4_000_000_000),
        (2**53 - 1 - 2**50, 8 * 10**15),
    ],
)
async def test_goal_is_the_next_milestone(site: TestApp, current: int, target: int) -> None:
    campaign = await site.campaign()
    await set_direct_and_partner(campaign, current)

    goal = (await read(site, campaign, GOAL))["goal"]

    assert (goal["current"], goal["target"], goal["remaining"]) == (current, target, target - current)
    assert goal["percent"] == pytest.approx(100 * current / target, abs=0.1)


@pytest.mark.parametrize("current", [99_999_999, 99, 249_999])
async def test_unreached_goal_is_below_100_percent(site: TestApp, current: int) -> None:
    campaign = await site.campaign()
    await set_direct_and_partner(campaign, current)

    goal = (await read(site, campaign, GOAL))["goal"]

    assert goal["percent"] < 100


async def test_reached_goals_are_listed_lowest_first(site: TestApp) -> None:
    campaign = await site.campaign()
    rows = [{"campaign_id": row_id(campaign), "count": n, "reached_at": AT} for n in (500, 100)]
    async with storage.transaction():
        await storage.insert_many(Milestone, rows)

    goal = (await read(site, campaign, GOAL))["goal"]

    assert goal["reached"] == [
        {"count": 100, "reachedAt": AT.isoformat()},
        {"count": 500, "reachedAt": AT.isoformat()},
    ]


# ---------------------------------------------------------------- countries


COUNTRIES = "countries { country count }"


async def countries(site: TestApp, campaign: str) -> list[tuple[str | None, int]]:
    shown = (await read(site, campaign, COUNTRIES))["countries"]
    return [(entry["country"], entry["count"]) for entry in shown]


async def test_countries_are_sorted_by_signers(site: TestApp) -> None:
    campaign = await site.campaign()
    await set_direct_and_partner(campaign, 60)
    await insert_country_tallies(campaign, FR=20, DE=30, AT=10)

    assert await countries(site, campaign) == [("DE", 30), ("FR", 20), ("AT", 10)]


async def test_country_with_few_signers_is_not_named(site: TestApp) -> None:
    """Nine signers from Liechtenstein could be identified; from ten on, a country is named."""
    campaign = await site.campaign()
    await set_direct_and_partner(campaign, 60)
    await insert_country_tallies(campaign, DE=30, LI=9, MC=1, AT=10)

    assert await countries(site, campaign) == [("DE", 30), ("AT", 10), (None, 20)]


async def test_signers_without_a_country_are_counted_as_null(site: TestApp) -> None:
    campaign = await site.campaign()
    await set_direct_and_partner(campaign, 45)
    await insert_country_tallies(campaign, DE=30)

    assert await countries(site, campaign) == [("DE", 30), (None, 15)]


async def test_single_small_country_is_not_revealed_by_subtraction(site: TestApp) -> None:
    """The null entry includes signers who gave no country, and has no parts."""
    campaign = await site.campaign()
    await set_direct_and_partner(campaign, 33)
    await insert_country_tallies(campaign, DE=30, LI=3)

    assert await countries(site, campaign) == [("DE", 30), (None, 3)]


async def test_campaign_without_signatures_has_no_countries(site: TestApp) -> None:
    assert await countries(site, await site.campaign()) == []


async def test_country_floor_is_a_setting() -> None:
    async with running_app(country_floor=2) as site:
        campaign = await site.campaign()
        await set_direct_and_partner(campaign, 6)
        await insert_country_tallies(campaign, DE=3, LI=2, MC=1)

        assert await countries(site, campaign) == [("DE", 3), ("LI", 2), (None, 1)]


async def test_countries_are_limited_by_first(site: TestApp) -> None:
    campaign = await site.campaign()
    await set_direct_and_partner(campaign, 100)
    await insert_country_tallies(campaign, DE=30, FR=25, AT=20, LI=5)

    shown = await read(site, campaign, "countries(first: $n) { country count }", n=2)

    named = [entry["country"] for entry in shown["countries"] if entry["country"]]
    assert named == ["DE", "FR"]


@pytest.mark.parametrize("first", [0, -1, 251])
async def test_invalid_first_of_countries_is_refused(site: TestApp, first: int) -> None:
    query = "query($id: ID!, $n: Int) { campaign(id: $id) { countries(first: $n) { count } } }"

    assert await site.codes(query, id=await site.campaign(), n=first) == ["INVALID"]


# ---------------------------------------------------------------- viewerSignature


VIEWER_SIGNATURE = "viewerSignature { id state signedAt supporter { displayName } campaign { id } }"
VIEWER_QUERY = "{ viewer { supporter { id } } }"


async def supporter_id(site: TestApp, token: str) -> str:
    return str((await site.ask(VIEWER_QUERY, token))["viewer"]["supporter"]["id"])


@pytest.mark.parametrize("state", ["PENDING", "CONFIRMED", "WITHDRAWN", "REJECTED"])
async def test_signer_sees_their_own_signature(site: TestApp, state: str) -> None:
    campaign, signer = await site.campaign(), await site.guest("Katharina Sommer")
    signature = await insert_signature(campaign, await supporter_id(site, signer), state)

    shown = (await read(site, campaign, VIEWER_SIGNATURE, signer))["viewerSignature"]

    assert shown == {
        "id": signature,
        "state": state,
        "signedAt": AT.isoformat(),
        "supporter": {"displayName": "Katharina S."},
        "campaign": {"id": campaign},
    }


async def test_viewer_signature_is_null_for_others(site: TestApp) -> None:
    campaign, signer = await site.campaign(), await site.guest()
    await insert_signature(campaign, await supporter_id(site, signer))

    seen = [
        (await read(site, campaign, VIEWER_SIGNATURE, token))["viewerSignature"]
        for token in (None, await site.guest("Grace"), await site.staff(Role.ADMIN))
    ]

    assert seen == [None, None, None]


async def test_only_the_signer_queries_a_signature_by_id(site: TestApp) -> None:
    campaign, signer = await site.campaign(), await site.guest()
    signature = await insert_signature(campaign, await supporter_id(site, signer))
    query = "query($id: ID!) { node(id: $id) { id } }"

    seen = [
        (await site.ask(query, token, id=signature))["node"]
        for token in (signer, None, await site.guest("Grace"), await site.staff(Role.ADMIN))
    ]

    assert seen == [{"id": signature}, None, None, None]


async def test_activity_shows_the_signer_by_their_chosen_name(site: TestApp) -> None:
    campaign, signer = await site.campaign(), await site.guest("Katharina Sommer")
    person = await supporter_id(site, signer)
    signature = await insert_signature(campaign, person)
    async with storage.transaction():
        row = await storage.fetch_one(models.campaigns.UPDATE_ACTIVITY_SEQ, row_id(campaign), 1)
        assert row is not None
        await storage.insert(
            models.Activity,
            campaign_id=row_id(campaign),
            seq=row[0],
            kind=models.ActivityKind.SIGNED,
            actor_id=row_id(person),
            subject_type=models.SubjectType.SIGNATURE,
            subject_id=row_id(signature),
            thread_id=None,
            occurred_at=AT,
        )

    shown = await read(site, campaign, "activity(first: 1) { nodes { kind actorName actor { displayName } } }")

    assert shown["activity"]["nodes"] == [
        {"kind": "SIGNED", "actorName": "Katharina S.", "actor": {"displayName": "Katharina S."}}
    ]
