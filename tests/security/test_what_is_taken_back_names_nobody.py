"""The log names nobody for what a person takes back, or a moderator takes away: in lists, nodes, events, and live."""

import re
from typing import Any

import pytest

from models import Activity, Role
from resolvers.activity import actor, actor_name
from resolvers.context import Context
from tests.support.app import TestApp, running_app
from tests.support.following import CARRIERS, followed
from tests.support.ids import row_id
from tests.support.publishing import publish
from tests.support.serving import serving, socket_of, until
from tests.support.signing import Clock, sign, withdraw

pytestmark = pytest.mark.anyio

LINE = "id kind actorName actor { displayName }"
LINES = f"query($id: ID!) {{ campaign(id: $id) {{ activity(first: 50) {{ nodes {{ {LINE} }} }} }} }}"
EVENTS = f"query($id: ID) {{ events(campaignId: $id) {{ nodes {{ {LINE} }} }} }}"
NODE = f"query($id: ID!) {{ node(id: $id) {{ ... on Activity {{ {LINE} }} }} }}"
FOLLOW = (
    f"subscription($id: ID!, $after: String) {{ activity(campaignId: $id, after: $after) {{ activity {{ {LINE} }} }} }}"
)
NOBODY = ("A supporter", None)
NAMED = ("Katharina S.", "Katharina Sommer")
FULL = {"givenName": "Katharina", "familyName": "Sommer", "nameDisplay": "FULL_NAME"}


async def names(site: TestApp, campaign: str, *kinds: str) -> set[Any]:
    """Return the names that the lines of these kinds show, wherever a line can be read."""
    listed = (await site.ask(LINES, id=campaign))["campaign"]["activity"]["nodes"]
    events = (await site.ask(EVENTS, id=campaign))["events"]["nodes"]
    found = [line for line in [*listed, *events] if line["kind"] in kinds]
    found += [(await site.ask(NODE, id=line["id"]))["node"] for line in found]
    return {(line["actorName"], line["actor"] and line["actor"]["displayName"]) for line in found}


async def lines(site: TestApp, campaign: str, kind: str) -> int:
    listed = (await site.ask(LINES, id=campaign))["campaign"]["activity"]["nodes"]
    return sum(line["kind"] == kind for line in listed)


@pytest.fixture
async def campaign(site: TestApp) -> str:
    return await site.campaign()


@pytest.fixture
async def katharina(site: TestApp) -> str:
    return await site.guest("Katharina Sommer", nameDisplay="FULL_NAME")


# ---------------------------------------------------------------- comments


@pytest.mark.parametrize("kind", ["COMMENTED", "REPLIED"])
async def test_deleted_comment_names_nobody(site: TestApp, campaign: str, katharina: str, kind: str) -> None:
    thread = await site.comment(campaign, await site.guest("Ben")) if kind == "REPLIED" else None
    comment = await site.comment(campaign, katharina, "A dangerous truth.", thread)
    await site.do("editComment", "comment { id }", katharina, commentId=comment, body="The truth.")
    assert await names(site, campaign, kind, "COMMENT_EDITED") == {NAMED}

    await site.do("deleteComment", "comment { id }", katharina, commentId=comment)

    assert await names(site, campaign, kind, "COMMENT_EDITED", "COMMENT_REMOVED") == {NOBODY} | (
        {("Ben", "Ben")} if kind == "COMMENTED" and thread else set()
    )


@pytest.mark.parametrize("decision", ["REJECT", "HOLD", "MARK_SPAM"])
async def test_comment_that_is_taken_away_names_nobody(
    site: TestApp, campaign: str, katharina: str, decision: str
) -> None:
    moderator, comment = await site.staff(), await site.comment(campaign, katharina)
    decided = {"commentId": comment, "decision": decision}

    await site.do("moderateComment", "comment { id }", moderator, **decided)
    hidden = await names(site, campaign, "COMMENTED")
    await site.do("moderateComment", "comment { id }", moderator, **(decided | {"decision": "APPROVE"}))

    assert (hidden, await names(site, campaign, "COMMENTED")) == ({NOBODY}, {NAMED})


async def test_only_the_comment_that_is_taken_back_loses_its_author(
    site: TestApp, campaign: str, katharina: str
) -> None:
    kept, gone = [await site.comment(campaign, katharina, text) for text in ("I stay.", "I go.")]
    await site.comment(campaign, katharina, "I stay as well.", kept)

    await site.do("deleteComment", "comment { id }", katharina, commentId=gone)

    assert await names(site, campaign, "REPLIED") == {NAMED}
    assert await names(site, campaign, "COMMENTED") == {NAMED, NOBODY}


async def test_edit_that_is_held_names_nobody(site: TestApp, campaign: str, katharina: str) -> None:
    comment = await site.comment(campaign, katharina)
    body = "Write to katharina@example.org."

    edited = await site.do("editComment", "comment { state }", katharina, commentId=comment, body=body)

    assert edited["comment"]["state"] == "HELD"
    assert await names(site, campaign, "COMMENTED") == {NOBODY}


# ---------------------------------------------------------------- reactions


async def test_removed_reaction_names_nobody(site: TestApp, campaign: str, katharina: str) -> None:
    comment = await site.comment(campaign, await site.guest("Ben"))
    given = {"commentId": comment, "kind": "HEART"}
    await site.do("addReaction", "comment { id }", katharina, **given)
    assert await names(site, campaign, "REACTED") == {NAMED}

    await site.do("removeReaction", "comment { id }", katharina, **given)

    assert await names(site, campaign, "REACTED") == {NOBODY}


async def test_reaction_given_six_times_has_one_line(site: TestApp, campaign: str, katharina: str) -> None:
    comment = await site.comment(campaign, await site.guest("Ben"))
    for _ in range(6):
        for mutation in ("addReaction", "removeReaction"):
            answer = await site.do(
                mutation, "comment { reactions { kind count } }", katharina, commentId=comment, kind="HEART"
            )
            hearts = next(each for each in answer["comment"]["reactions"] if each["kind"] == "HEART")
            assert hearts["count"] == (mutation == "addReaction")

    assert await lines(site, campaign, "REACTED") == 1


async def test_each_kind_of_reaction_has_a_line(site: TestApp, campaign: str, katharina: str) -> None:
    comment = await site.comment(campaign, await site.guest("Ben"))
    for kind in ("HEART", "CANDLE"):
        await site.do("addReaction", "comment { id }", katharina, commentId=comment, kind=kind)

    assert await lines(site, campaign, "REACTED") == 2


# ---------------------------------------------------------------- signatures


async def test_withdrawn_signature_and_its_comment_name_nobody(site: TestApp, campaign: str) -> None:
    token = (await sign(site, campaign, comment="Free him.", **FULL))["accessToken"]
    assert await names(site, campaign, "SIGNED", "COMMENTED") == {NAMED}

    await withdraw(site, campaign, token)

    assert await names(site, campaign, "SIGNED", "COMMENTED", "NAME_CHANGED") == {NOBODY}


async def test_comment_of_a_withdrawn_signature_is_restored_without_a_name(site: TestApp, campaign: str) -> None:
    signed = await site.do(
        "signPetition", "accessToken comment { id }", campaignId=campaign, email="k@example.org", comment="Yes.", **FULL
    )
    moderator, comment = await site.staff(), signed["comment"]["id"]
    await site.do("moderateComment", "comment { id }", moderator, commentId=comment, decision="REJECT")
    await withdraw(site, campaign, signed["accessToken"])
    await site.do("moderateComment", "comment { id }", moderator, commentId=comment, decision="APPROVE")

    assert await names(site, campaign, "COMMENTED") == {NOBODY}


async def test_withdrawing_keeps_other_comments(site: TestApp, campaign: str, katharina: str) -> None:
    await sign(site, campaign, katharina, **FULL)
    await site.comment(campaign, katharina)

    await withdraw(site, campaign, katharina)

    assert await names(site, campaign, "SIGNED") == {NOBODY}
    assert await names(site, campaign, "COMMENTED") == {NAMED}


async def test_withdrawal_before_the_line_is_written_takes_the_name_of_the_comment(clock: Clock) -> None:
    async with running_app(counter_seconds=60) as site:
        campaign = await site.campaign()
        token = (await sign(site, campaign, comment="Free him.", **FULL))["accessToken"]
        await withdraw(site, campaign, token)
        await publish(site, clock)

        assert await names(site, campaign, "SIGNED", "COMMENTED") == {NOBODY}


# ---------------------------------------------------------------- live


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_missed_events_are_delivered_without_the_name(
    site: TestApp, campaign: str, katharina: str, carrier: str
) -> None:
    """A reader comes back with an older cursor after the comment was deleted."""
    query = "query($id: ID!) { campaign(id: $id) { activity(first: 1) { edges { cursor } } } }"
    await site.comment(campaign, await site.guest("Ben"))
    (edge,) = (await site.ask(query, id=campaign))["campaign"]["activity"]["edges"]
    comment = await site.comment(campaign, katharina)
    await site.do("deleteComment", "comment { id }", katharina, commentId=comment)

    async with followed(site, carrier, FOLLOW, id=campaign, after=edge["cursor"]) as stream:
        line = (await stream.data())["activity"]

    assert (line["kind"], line["actorName"], line["actor"]) == ("COMMENTED", *NOBODY)


async def test_event_that_waited_for_a_slow_reader_has_no_name(site: TestApp, campaign: str, katharina: str) -> None:
    """The row was read while the comment was visible, and its fields are resolved after it was deleted."""
    comment = await site.comment(campaign, katharina)
    (row,) = await Activity.filter(kind="COMMENTED")
    await site.do("deleteComment", "comment { id }", katharina, commentId=comment)
    context = Context(site.settings, site.groundswell.live)

    assert await actor_name(row, context) == "A supporter"  # type: ignore[misc]
    assert await actor(row, context) is None  # type: ignore[misc]


async def test_live_line_names_its_actor(site: TestApp, campaign: str, katharina: str) -> None:
    async with serving(site) as netloc, socket_of(netloc) as client:
        stream = await client.run(FOLLOW, id=campaign)
        await until(lambda: site.groundswell.live.watching(row_id(campaign)))
        await site.comment(campaign, katharina)
        line = (await stream.next())["data"]["activity"]["activity"]

    assert (line["actorName"], line["actor"]) == (NAMED[0], {"displayName": NAMED[1]})


# ---------------------------------------------------------------- donors


@pytest.fixture
async def recorder(site: TestApp) -> str:
    """A program with the scope that payment providers' programs have."""
    admin = await site.staff(Role.ADMIN)
    return str((await site.do("createApiKey", "key", admin, name="Payments", scopes=["RECORD_DONATIONS"]))["key"])


async def donor(site: TestApp, **profile: Any) -> str:
    token = await site.signed_in("katharina@example.org", await site.guest("Katharina Sommer", nameDisplay="FULL_NAME"))
    if profile:
        await site.do("updateProfile", "viewer { profile { showDonations } }", token, **profile)
    return token


async def give(site: TestApp, token: str, campaign: str, email: str, state: str = "PAID") -> Any:
    money = {"amountMinor": 1, "currency": "USD"}
    given = {"campaignId": campaign, "providerReference": f"pay-{len(email)}", "money": money, "state": state}
    return await site.do("recordDonation", "donation { donor { id displayName } }", token, donorEmail=email, **given)


@pytest.mark.parametrize("state", ["PLEDGED", "PAID"])
@pytest.mark.parametrize("chosen", [False, True])
async def test_program_learns_nothing_of_the_owner_of_an_email(
    site: TestApp, campaign: str, recorder: str, state: str, chosen: bool
) -> None:
    await donor(site, showDonations=chosen)

    known, unknown = [await give(site, recorder, campaign, f"{name}@example.org", state) for name in ("katharina", "x")]

    assert known == unknown
    assert known["donation"]["donor"] is None


async def test_donor_is_not_named_by_default(site: TestApp, campaign: str, recorder: str) -> None:
    await donor(site)
    await give(site, recorder, campaign, "katharina@example.org")

    assert await names(site, campaign, "DONATED") == {NOBODY}
    assert await lines(site, campaign, "NAME_CHANGED") == 0


async def test_donor_who_is_not_named_changes_no_name_on_the_campaign(site: TestApp, recorder: str) -> None:
    """Neither the campaign's ceiling nor a new name tells that the person has given."""
    campaign = await site.campaign(nameDisplayCeiling="ANONYMOUS")
    token = await donor(site)
    await give(site, recorder, campaign, "katharina@example.org")
    await site.do("updateProfile", "viewer { role }", token, givenName="Kate")

    supporter = (await site.ask("{ viewer { supporter { displayName } } }", token))["viewer"]["supporter"]
    assert supporter["displayName"] == "Kate Sommer"
    kinds = [event["kind"] for event in (await site.ask(EVENTS, id=campaign))["events"]["nodes"]]
    assert "NAME_CHANGED" not in kinds


async def test_donor_who_chose_it_is_named_until_they_take_it_back(site: TestApp, campaign: str, recorder: str) -> None:
    token = await donor(site, showDonations=True)
    await give(site, recorder, campaign, "katharina@example.org")
    shown = await names(site, campaign, "DONATED")

    changed = await site.do("updateProfile", "viewer { profile { showDonations } }", token, showDonations=False)

    assert changed["viewer"]["profile"] == {"showDonations": False}
    assert (shown, await names(site, campaign, "DONATED", "NAME_CHANGED")) == ({NAMED}, {NOBODY})


# ---------------------------------------------------------------- the most that the ticker shows of a name


@pytest.mark.parametrize("ceiling", ["FULL_NAME", "FIRST_NAME_INITIAL"])
async def test_ticker_shows_given_name_and_initial_whatever_the_discussion_shows(site: TestApp, ceiling: str) -> None:
    campaign = await site.campaign(nameDisplayCeiling=ceiling)
    token = (await sign(site, campaign, comment="Free him.", **FULL))["accessToken"]
    comment = await site.comment(campaign, token)
    await site.do("addReaction", "comment { id }", token, commentId=comment, kind="HEART")

    shown = await names(site, campaign, "SIGNED", "COMMENTED", "REACTED")

    assert {name for name, _ in shown} == {"Katharina S."}


async def test_no_ticker_shows_a_family_name_by_default(site: TestApp, campaign: str) -> None:
    for number, display in enumerate(["FULL_NAME", "FIRST_NAME_INITIAL", "INITIALS", "ANONYMOUS"]):
        await sign(site, campaign, email=f"{number}@example.org", **(FULL | {"nameDisplay": display}))

    shown = {name for name, _ in await names(site, campaign, "SIGNED")}

    assert all(re.fullmatch(r"Katharina S\.|K\. S\.|A supporter", name) for name in shown), shown
