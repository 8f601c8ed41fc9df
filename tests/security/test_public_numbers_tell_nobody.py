"""Public numbers: neither the counter nor the ticker answers whether an e-mail had signed before."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import storage
from jobs.audits import drift
from jobs.publications import Publisher
from models import Campaign, Role, Signature, publications
from resolvers.context import Context
from resolvers.instants import round_down
from resolvers.publications import publish_if_due
from tests.support.app import TestApp, in_running_app
from tests.support.following import CARRIERS, followed
from tests.support.ids import row_id
from tests.support.publishing import publish
from tests.support.serving import serving, socket_of, until
from tests.support.signing import ADA, Clock, audited, sign, withdraw
from tests.support.statements import recorded_statements

pytestmark = pytest.mark.anyio

COUNTS = "supporters { total direct pending partner withdrawn asOf } goal { current percent reached { count } }"
PUBLIC = f"""query($id: ID!) {{ campaign(id: $id) {{ {COUNTS} signaturesOverTime {{ start direct partner }}
  countries(first: 250) {{ country count }}
  activity(first: 50) {{ nodes {{ kind actorName actor {{ id }} occurredAt }} }} }} }}"""
EVENTS = "query($id: ID) { events(campaignId: $id) { nodes { kind actor { displayName } } } }"
SIGNED = """subscription($id: ID!) { activity(campaignId: $id, kinds: [SIGNED, UPDATE_POSTED]) {
  activity { kind actorName } } }"""
PULSE = "subscription($id: ID!) { pulse(campaignId: $id) { campaign { supporters { total } } comments { id } } }"
STEP = timedelta(seconds=60)


@pytest.fixture
async def site() -> AsyncIterator[TestApp]:
    """A site with the steps of production; the tests end them. After each test, an audit checks the counters."""
    async with audited(counter_seconds=60, pulse_seconds=0) as app:
        yield app


async def public(site: TestApp, campaign: str) -> Any:
    return (await site.ask(PUBLIC, id=campaign))["campaign"]


async def total(site: TestApp, campaign: str) -> int:
    return int((await public(site, campaign))["supporters"]["total"])


async def numbers(site: TestApp, campaign: str) -> tuple[int, int, int]:
    shown = (await public(site, campaign))["supporters"]
    return shown["total"], shown["pending"], shown["withdrawn"]


async def signed_lines(site: TestApp, campaign: str) -> int:
    return sum(node["kind"] == "SIGNED" for node in (await public(site, campaign))["activity"]["nodes"])


def _without_ids(payload: Any) -> Any:
    return {name: value for name, value in payload.items() if name != "accessToken"} | {
        "signature": {**payload["signature"], "id": None, "signedAt": None}
    }


# ---------------------------------------------------------------- first and second signings are alike


@pytest.mark.parametrize("confirms", [False, True])
async def test_second_signing_with_an_email_gets_the_same_payload(site: TestApp, confirms: bool) -> None:
    campaign = await site.campaign(confirmSignatures=confirms)

    first, second = [await sign(site, campaign, country="TM") for _ in range(2)]

    assert _without_ids(first) == _without_ids(second)
    assert second["signature"]["state"] == ("PENDING" if confirms else "CONFIRMED")


@pytest.mark.parametrize("confirms", [False, True])
async def test_second_signing_with_an_email_runs_the_same_statements(site: TestApp, confirms: bool) -> None:
    campaign = await site.campaign(confirmSignatures=confirms)
    await sign(site, campaign, email="first@example.org", country="TM")
    if confirms:  # what is mailed, and how often, only the owner of the mailbox learns
        await sign(site, campaign, email="first@example.org", country="TM")
    ran = []
    for email in ("first@example.org", "second@example.org"):
        with recorded_statements() as seen:
            await sign(site, campaign, email=email, country="TM")
        ran.append([text.partition("(")[0] for text in seen])

    if confirms:
        known, unknown = ([text for text in each if "mail" not in text and "confirm" not in text] for each in ran)
        assert known == unknown
    else:
        assert ran[0] == ran[1]


async def test_every_accepted_signing_has_a_line(site: TestApp, clock: Clock) -> None:
    campaign = await site.campaign()
    for _ in range(2):
        await sign(site, campaign)

    await publish(site, clock)

    assert await signed_lines(site, campaign) == 2
    assert await total(site, campaign) == 1


async def test_own_line_is_there_whether_the_email_had_signed(site: TestApp, clock: Clock) -> None:
    """The id of the own person, which a visitor knows from their own token, stands in the log in both cases."""
    campaign = await site.campaign()
    tokens = [(await sign(site, campaign))["accessToken"] for _ in range(2)]
    own = {(await site.ask("{ viewer { supporter { id } } }", token))["viewer"]["supporter"]["id"] for token in tokens}

    await publish(site, clock)

    nodes = (await public(site, campaign))["activity"]["nodes"]
    assert {node["actor"]["id"] for node in nodes if node["kind"] == "SIGNED"} == own


@pytest.mark.parametrize("act", ["withdrawSignature", "updateProfile", "eraseSupporter"])
async def test_what_a_signer_does_next_looks_the_same(site: TestApp, clock: Clock, act: str) -> None:
    seen = []
    for is_known in (False, True):
        campaign = await site.campaign()
        if is_known:
            await sign(site, campaign)
            await publish(site, clock)
        token = (await sign(site, campaign))["accessToken"]
        await publish(site, clock)
        before = (await public(site, campaign))["activity"]["nodes"]
        given = {
            "withdrawSignature": {"campaignId": campaign},
            "updateProfile": {"givenName": "Grace"},
            "eraseSupporter": {},
        }[act]
        await site.do(act, "replayed", token, **given)
        after = (await public(site, campaign))["activity"]["nodes"]
        kinds = (await site.ask(EVENTS, id=campaign))["events"]["nodes"]
        seen.append((len(after) - len(before), after[0]["actorName"], [node["kind"] for node in kinds][-1]))

    assert seen[0] == seen[1]


async def test_waiting_and_withdrawn_signatures_are_counted_alike(site: TestApp, clock: Clock) -> None:
    """With confirmation by mail, no number tells whether an e-mail had signed."""
    seen = []
    for owner in (ADA, "other@example.org"):
        campaign = await site.campaign(confirmSignatures=True)
        await sign(site, campaign, email=owner)
        await site.do("confirmSignature", "replayed", token=await site.link(owner))
        await publish(site, clock)
        token = (await sign(site, campaign))["accessToken"]
        await publish(site, clock)
        waiting = await numbers(site, campaign)
        await withdraw(site, campaign, token)
        await publish(site, clock)
        seen.append((waiting, await numbers(site, campaign)))

    assert seen[0] == seen[1] == ((1, 1, 0), (1, 0, 1))


async def test_confirmed_campaign_announces_each_confirmation(site: TestApp, clock: Clock) -> None:
    campaign = await site.campaign(confirmSignatures=True)
    await sign(site, campaign)
    await publish(site, clock)
    assert await signed_lines(site, campaign) == 0

    await site.do("confirmSignature", "replayed", token=await site.link())
    await publish(site, clock)

    assert (await signed_lines(site, campaign), await total(site, campaign)) == (1, 1)


# ---------------------------------------------------------------- steps


async def test_public_counter_stays_within_a_step(site: TestApp, clock: Clock) -> None:
    campaign = await site.campaign()
    await publish(site, clock)
    before = await public(site, campaign)

    for number in range(3):
        answer = await sign(site, campaign, email=f"{number}@example.org", country="TM")
        assert answer["campaign"]["supporters"]["total"] == 0
        assert await public(site, campaign) == before
    await publish(site, clock)

    after = await public(site, campaign)
    assert (after["supporters"]["total"], after["goal"]["current"]) == (3, 3)
    assert sum(bucket["direct"] for bucket in after["signaturesOverTime"]) == 3


async def test_counter_moves_once_in_a_step_with_several_processes(site: TestApp, clock: Clock) -> None:
    campaign = await site.campaign()
    await sign(site, campaign)
    clock.ahead += STEP
    first, second = (Publisher(Context(site.settings, site.groundswell.live)) for _ in range(2))
    await first.publish()
    await sign(site, campaign, email="second@example.org")
    await second.publish()
    assert await total(site, campaign) == 1

    clock.ahead += STEP
    await second.publish()

    assert (await total(site, campaign), await signed_lines(site, campaign)) == (2, 2)


async def test_milestone_is_reached_when_its_number_is_published(site: TestApp, clock: Clock) -> None:
    campaign = await site.campaign()
    await Campaign.all().update(unpublished_direct_count=98, unpublished_since=clock.now())
    await sign(site, campaign)
    await sign(site, campaign, email="second@example.org")
    kinds = [node["kind"] for node in (await public(site, campaign))["activity"]["nodes"]]
    assert "MILESTONE_REACHED" not in kinds

    await publish(site, clock)

    page = await public(site, campaign)
    assert page["activity"]["nodes"][0]["kind"] == "MILESTONE_REACHED"
    assert page["goal"]["reached"] == [{"count": 100}]
    await Campaign.all().update(direct_signature_count=2, supporter_count=2)


async def test_first_signing_of_a_day_does_not_change_the_chart(site: TestApp, clock: Clock) -> None:
    campaign = await site.campaign()
    await sign(site, campaign)
    await publish(site, clock)
    clock.ahead += timedelta(days=1)
    before = (await public(site, campaign))["signaturesOverTime"]

    await sign(site, campaign)
    await publish(site, clock)
    assert (await public(site, campaign))["signaturesOverTime"] == before
    await sign(site, campaign, email="second@example.org")
    assert (await public(site, campaign))["signaturesOverTime"] == before


async def test_signature_taken_back_within_a_step_is_never_seen(site: TestApp, clock: Clock) -> None:
    campaign = await site.campaign()
    token = (await sign(site, campaign))["accessToken"]
    await withdraw(site, campaign, token)

    await publish(site, clock)

    assert (await signed_lines(site, campaign), await total(site, campaign)) == (0, 0)


async def test_partner_report_waits_for_the_step(site: TestApp, clock: Clock) -> None:
    campaign, admin = await site.campaign(), await site.staff(Role.ADMIN)
    added = await site.do("addPartner", "partner { id }", admin, campaignId=campaign, name="Labor Forum")
    about = {"campaignId": campaign, "partnerId": added["partner"]["id"], "signatures": 70, "asOf": "2026-01-01"}
    answer = await site.do("reportPartnerTally", "campaign { supporters { total partner } }", admin, **about)
    assert answer["campaign"]["supporters"] == {"total": 0, "partner": 0}

    await publish(site, clock)

    assert (await public(site, campaign))["supporters"]["partner"] == 70


async def test_lines_arrive_with_the_end_of_the_step(site: TestApp, clock: Clock) -> None:
    """A reader who follows live learns no better time than `occurredAt` tells."""
    campaign, campaigner = await site.campaign(), await site.staff(Role.CAMPAIGNER)
    async with serving(site) as netloc, socket_of(netloc) as client:
        stream = await client.run(SIGNED, id=campaign)
        await until(lambda: site.groundswell.live.watching(row_id(campaign)))
        await sign(site, campaign)
        await site.do("postUpdate", "update { id }", campaigner, campaignId=campaign, title="News", body="Some.")
        first = (await stream.next())["data"]["activity"]["activity"]
        await publish(site, clock)
        second = (await stream.next())["data"]["activity"]["activity"]

    assert [first["kind"], second["kind"]] == ["UPDATE_POSTED", "SIGNED"]


@pytest.mark.parametrize("carrier", CARRIERS[:1])
async def test_pulse_comes_with_the_publication(site: TestApp, clock: Clock, carrier: str) -> None:
    campaign = await site.campaign()
    publisher = Publisher(Context(site.settings, site.groundswell.live))
    async with followed(site, carrier, PULSE, id=campaign) as stream:
        assert (await stream.data())["campaign"]["supporters"]["total"] == 0
        await publisher.publish()
        await sign(site, campaign)
        clock.ahead += STEP
        await publisher.publish()
        while (await stream.data())["campaign"]["supporters"]["total"] != 1:
            pass


async def test_publication_by_another_process_reaches_pulses(site: TestApp, clock: Clock) -> None:
    """A counter that falls writes no line of the log, by which other processes would learn of it."""
    campaign = await site.campaign()
    token = (await sign(site, campaign))["accessToken"]
    await publish(site, clock)
    watching = Publisher(Context(site.settings, site.groundswell.live))
    async with followed(site, "WebSocket", PULSE, id=campaign) as stream:
        assert (await stream.data())["campaign"]["supporters"]["total"] == 1
        await watching.publish()
        await withdraw(site, campaign, token)
        clock.ahead += STEP
        other = Context(site.settings, type(site.groundswell.live)())
        await Publisher(other).publish()
        await watching.publish()
        while (await stream.data())["campaign"]["supporters"]["total"] != 0:
            pass


def test_audit_allows_the_public_counter_to_lag() -> None:
    async def check(site: TestApp) -> None:
        campaign = await site.campaign()
        await sign(site, campaign)
        assert await drift() == []
        await Campaign.filter(id=row_id(campaign)).update(unpublished_direct_count=5)
        assert any("direct_signature_count" in line for line in await drift())

    in_running_app(check, counter_seconds=60)


ACTIONS = st.lists(st.tuples(st.sampled_from(["sign", "withdraw", "publish"]), st.integers(0, 2)), max_size=12)


@given(ACTIONS)
def test_published_counter_is_the_exact_one_after_any_actions(actions: list[tuple[str, int]]) -> None:
    async def check(site: TestApp) -> None:
        campaign, tokens = await site.campaign(), dict[int, str]()
        context = Context(site.settings, site.groundswell.live)
        for action, person in actions:
            if action == "publish":
                await _publish_now(context)
            elif action == "withdraw":
                if person in tokens:
                    await withdraw(site, campaign, tokens[person])
            else:
                answer = await sign(site, campaign, tokens.get(person), email=f"{person // 2}@example.org")
                tokens[person] = answer["accessToken"] or tokens[person]
        await _publish_now(context)
        rows = await Signature.filter(state="CONFIRMED")
        assert await total(site, campaign) == sum(row.is_counted for row in rows)
        assert not any(row.is_unannounced for row in rows)
        assert await drift() == []

    in_running_app(check, counter_seconds=60)


async def _publish_now(context: Context) -> None:
    step_start = round_down(context.now(), 60) + STEP
    for (campaign_id,) in await storage.fetch(publications.SELECT_DUE, step_start):
        async with storage.transaction():
            await publish_if_due(context.for_write(), campaign_id, step_start)


async def test_email_is_counted_once(site: TestApp, clock: Clock) -> None:
    campaign = await site.campaign()
    for _ in range(3):
        await sign(site, campaign, email=ADA)
    await publish(site, clock)

    assert await total(site, campaign) == 1
