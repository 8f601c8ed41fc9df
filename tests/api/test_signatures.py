"""The supporters counter, the goal, countries and one's own signature: arithmetic that gives no one away."""

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


async def count(campaign: str, direct: int, partner: int = 0) -> None:
    await set_counter(campaign, direct, partner, AT)


async def tally(campaign: str, **countries: int) -> None:
    rows = [{"campaign_id": row_id(campaign), "country": c, "count": n} for c, n in countries.items()]
    async with storage.transaction():
        await storage.insert_many(CountryTally, rows)


async def sign(campaign: str, supporter: str, state: str = "CONFIRMED") -> str:
    """A signature's id."""
    row = {
        "campaign_id": row_id(campaign),
        "supporter_id": row_id(supporter),
        "state": SignatureState(state),
        "country": "DE",
        "signed_at": AT,
    }
    async with storage.transaction():
        (made,) = await storage.insert_many(Signature, [row])
    return global_id("Signature", made)


# ---------------------------------------------------------------- the counter


async def test_a_new_campaign_has_no_supporters(site: TestApp) -> None:
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


async def test_the_total_is_the_sum_of_its_parts(site: TestApp) -> None:
    campaign = await site.campaign()
    await count(campaign, 90_309, 11_255)

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
    ],
)
async def test_the_goal_is_the_next_rung_of_the_ladder(site: TestApp, current: int, target: int) -> None:
    campaign = await site.campaign()
    await count(campaign, current)

    goal = (await read(site, campaign, GOAL))["goal"]

    assert (goal["current"], goal["target"], goal["remaining"]) == (current, target, target - current)
    assert goal["percent"] == pytest.approx(100 * current / target, abs=0.1)


@pytest.mark.parametrize("current", [99_999_999, 99, 249_999])
async def test_a_goal_that_is_not_reached_is_not_full(site: TestApp, current: int) -> None:
    campaign = await site.campaign()
    await count(campaign, current)

    goal = (await read(site, campaign, GOAL))["goal"]

    assert goal["percent"] < 100


async def test_rungs_that_were_reached_are_listed_lowest_first(site: TestApp) -> None:
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
    return [(one["country"], one["count"]) for one in shown]


async def test_countries_are_listed_most_signers_first(site: TestApp) -> None:
    campaign = await site.campaign()
    await count(campaign, 60)
    await tally(campaign, FR=20, DE=30, AT=10)

    assert await countries(site, campaign) == [("DE", 30), ("FR", 20), ("AT", 10)]


async def test_a_country_with_too_few_signers_to_hide_in_is_not_named(site: TestApp) -> None:
    """Nine people in Liechtenstein could be found; ten are taken for a crowd."""
    campaign = await site.campaign()
    await count(campaign, 60)
    await tally(campaign, DE=30, LI=9, MC=1, AT=10)

    assert await countries(site, campaign) == [("DE", 30), ("AT", 10), (None, 20)]


async def test_those_who_did_not_say_are_counted_without_a_country(site: TestApp) -> None:
    campaign = await site.campaign()
    await count(campaign, 45)
    await tally(campaign, DE=30)

    assert await countries(site, campaign) == [("DE", 30), (None, 15)]


async def test_a_single_small_country_can_not_be_told_by_subtraction(site: TestApp) -> None:
    """The rest holds those who did not say as well, and is not broken down."""
    campaign = await site.campaign()
    await count(campaign, 33)
    await tally(campaign, DE=30, LI=3)

    assert await countries(site, campaign) == [("DE", 30), (None, 3)]


async def test_a_campaign_nobody_signed_has_no_countries(site: TestApp) -> None:
    assert await countries(site, await site.campaign()) == []


async def test_the_floor_can_be_set() -> None:
    async with running_app(country_floor=2) as site:
        campaign = await site.campaign()
        await count(campaign, 6)
        await tally(campaign, DE=3, LI=2, MC=1)

        assert await countries(site, campaign) == [("DE", 3), ("LI", 2), (None, 1)]


async def test_as_many_countries_are_listed_as_are_asked_for(site: TestApp) -> None:
    campaign = await site.campaign()
    await count(campaign, 100)
    await tally(campaign, DE=30, FR=25, AT=20, LI=5)

    shown = await read(site, campaign, "countries(first: $n) { country count }", n=2)

    named = [one["country"] for one in shown["countries"] if one["country"]]
    assert named == ["DE", "FR"]


@pytest.mark.parametrize("first", [0, -1, 251])
async def test_no_more_countries_than_there_are_can_be_asked_for(site: TestApp, first: int) -> None:
    query = "query($id: ID!, $n: Int) { campaign(id: $id) { countries(first: $n) { count } } }"

    assert await site.codes(query, id=await site.campaign(), n=first) == ["INVALID"]


# ---------------------------------------------------------------- one's own signature


MINE = "viewerSignature { id state signedAt supporter { displayName } campaign { id } }"
WHO = "{ viewer { supporter { id } } }"


async def me(site: TestApp, token: str) -> str:
    return str((await site.ask(WHO, token))["viewer"]["supporter"]["id"])


@pytest.mark.parametrize("state", ["PENDING", "CONFIRMED", "WITHDRAWN", "REJECTED"])
async def test_a_signer_sees_their_own_signature(site: TestApp, state: str) -> None:
    campaign, signer = await site.campaign(), await site.guest("Katharina Sommer")
    signature = await sign(campaign, await me(site, signer), state)

    shown = (await read(site, campaign, MINE, signer))["viewerSignature"]

    assert shown == {
        "id": signature,
        "state": state,
        "signedAt": AT.isoformat(),
        "supporter": {"displayName": "Katharina S."},
        "campaign": {"id": campaign},
    }


async def test_others_do_not_see_who_has_signed(site: TestApp) -> None:
    campaign, signer = await site.campaign(), await site.guest()
    await sign(campaign, await me(site, signer))

    seen = [
        (await read(site, campaign, MINE, token))["viewerSignature"]
        for token in (None, await site.guest("Grace"), await site.staff(Role.ADMIN))
    ]

    assert seen == [None, None, None]


async def test_a_signature_is_found_by_its_id_by_its_signer_alone(site: TestApp) -> None:
    campaign, signer = await site.campaign(), await site.guest()
    signature = await sign(campaign, await me(site, signer))
    query = "query($id: ID!) { node(id: $id) { id } }"

    seen = [
        (await site.ask(query, token, id=signature))["node"]
        for token in (signer, None, await site.guest("Grace"), await site.staff(Role.ADMIN))
    ]

    assert seen == [{"id": signature}, None, None, None]


async def test_a_signature_in_the_ticker_is_shown_with_the_signers_chosen_name(site: TestApp) -> None:
    """That someone signed is told in the ticker, by the name they chose to show."""
    campaign, signer = await site.campaign(), await site.guest("Katharina Sommer")
    person = await me(site, signer)
    signature = await sign(campaign, person)
    async with storage.transaction():
        row = await storage.fetch_one(models.campaigns.TAKE_SEQS, row_id(campaign), 1)
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
