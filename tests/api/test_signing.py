"""Signing and taking it back: who signs as whom, what is counted and told of it, what is refused, what it costs."""

from typing import Any

import pytest

import storage
from models import Role
from tests.api.test_statements import assert_along_an_index, plan, sqlite_only
from tests.support.app import TestApp
from tests.support.signing import ADA, GRACE, STATES, audited, counts, decide, sign, ticker, withdraw
from tests.support.statements import recorded_statements

pytestmark = [pytest.mark.anyio, pytest.mark.audited]


async def profile(site: TestApp, token: str) -> dict[str, Any]:
    fields = "givenName familyName email emailVerified country nameDisplay"
    found = await site.ask(f"{{ viewer {{ role profile {{ {fields} }} }} }}", token)
    return {"role": found["viewer"]["role"], **found["viewer"]["profile"]}


async def key(site: TestApp, *scopes: str) -> str:
    made = await site.do("createApiKey", "key", await site.staff(Role.ADMIN), name="Labor Forum", scopes=list(scopes))
    return str(made["key"])


# ---------------------------------------------------------------- a visitor


async def test_a_visitor_signs_in_one_call_and_is_a_guest_by_it(site: TestApp) -> None:
    campaign = await site.campaign()

    signed = await sign(site, campaign, country="de", comment="Free **him**.")

    told = signed["signature"]
    assert (told["state"], told["supporter"]) == ("CONFIRMED", {"displayName": "Ada L.", "badge": "FIRST_TIME"})
    assert told["comment"] is not None
    assert signed["comment"] == {"body": {"text": "Free him."}, "author": {"displayName": "Ada L."}}
    assert signed["campaign"]["supporters"] == {"total": 1, "direct": 1, "pending": 0, "withdrawn": 0}
    assert await profile(site, signed["accessToken"]) == {
        "role": "GUEST",
        "givenName": "Ada",
        "familyName": "Lovelace",
        "email": "ada@example.org",
        "emailVerified": False,
        "country": "DE",
        "nameDisplay": "FIRST_NAME_INITIAL",
    }


async def test_the_guest_finds_their_signature_again(site: TestApp) -> None:
    campaign = await site.campaign()
    signed = await sign(site, campaign)

    found = await site.ask(
        "query($id: ID!) { campaign(id: $id) { viewerSignature { id } } }", signed["accessToken"], id=campaign
    )

    assert found["campaign"]["viewerSignature"] == {"id": signed["signature"]["id"]}


async def test_the_ticker_tells_of_it_by_the_chosen_name(site: TestApp) -> None:
    campaign = await site.campaign()

    await sign(site, campaign, nameDisplay="INITIALS")

    (told,) = await ticker(site, campaign, "SIGNED")
    assert (told["actorName"], told["actor"]) == ("A. L.", {"displayName": "A. L."})
    assert told["subject"] == {"state": "CONFIRMED"}


async def test_the_counter_says_when_it_changed(site: TestApp) -> None:
    campaign = await site.campaign()
    query = "query($id: ID!) { campaign(id: $id) { supporters { asOf } } }"
    before = (await site.ask(query, id=campaign))["campaign"]["supporters"]["asOf"]

    await sign(site, campaign)

    assert (await site.ask(query, id=campaign))["campaign"]["supporters"]["asOf"] > before


async def test_a_name_shows_no_more_than_the_campaign_allows(site: TestApp) -> None:
    campaign = await site.campaign(nameDisplayCeiling="INITIALS")

    signed = await sign(site, campaign, nameDisplay="FULL_NAME")

    assert signed["signature"]["supporter"]["displayName"] == "A. L."


async def test_countries_are_counted_with_their_signers() -> None:
    async with audited(country_floor=1) as site:
        campaign = await site.campaign()
        first = await sign(site, campaign, country="DE")
        await sign(site, campaign, country="de", email="grace@example.org")
        await sign(site, campaign, country="FR", email="ben@example.org")
        await withdraw(site, campaign, first["accessToken"])

        found = await site.ask("query($id: ID!) { campaign(id: $id) { countries { country count } } }", id=campaign)

        assert found["campaign"]["countries"] == [{"country": "DE", "count": 1}, {"country": "FR", "count": 1}]


async def test_the_hundredth_reaches_the_first_goal_once(site: TestApp) -> None:
    campaign = await site.campaign()
    for number in range(99):
        await site.sign(campaign, f"signer-{number}@example.org")
    assert await ticker(site, campaign, "MILESTONE_REACHED") == []

    last = await site.sign(campaign, "last@example.org")
    await withdraw(site, campaign, last["accessToken"])
    await site.sign(campaign, "last@example.org", last["accessToken"])

    assert len(await ticker(site, campaign, "MILESTONE_REACHED")) == 1


# ---------------------------------------------------------------- those who have a token


async def test_a_guest_signs_as_themselves(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest("Katharina Sommer")

    signed = await sign(site, campaign, guest, country="DE")

    assert signed["accessToken"] is None
    assert signed["signature"]["supporter"] == {"displayName": "Ada L.", "badge": "NONE"}
    told = await profile(site, guest)
    assert (told["givenName"], told["familyName"], told["email"]) == ("Ada", "Lovelace", "ada@example.org")
    assert (told["country"], told["emailVerified"]) == ("DE", False)


async def test_what_is_left_out_stays_as_it_was(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest("Katharina Sommer", country="DE")

    await site.do("signPetition", "replayed", guest, campaignId=campaign, givenName="Kat", email="kat@example.org")

    told = await profile(site, guest)
    assert (told["givenName"], told["familyName"], told["country"]) == ("Kat", "Sommer", "DE")


async def test_an_address_that_was_proven_is_the_one_that_signs(site: TestApp) -> None:
    campaign = await site.campaign()
    ada = await site.signed_in("ada@example.org", await site.guest())

    await sign(site, campaign, ada, email="other@example.org")
    await sign(site, campaign, email="ada@example.org")

    assert (await profile(site, ada))["email"] == "ada@example.org"
    assert await counts(site, campaign) == (1, 1, 0, 0)


async def test_a_form_without_a_choice_shows_no_more_of_a_name_than_was_chosen(site: TestApp) -> None:
    """A choice can only be lowered by signing: what is left out of the form would else count as a choice."""
    campaign = await site.campaign()
    shy = await site.guest("Katharina Sommer", nameDisplay="ANONYMOUS")
    open_ = await site.guest("Grace Hopper", nameDisplay="FULL_NAME")

    hidden = await sign(site, campaign, shy)
    lowered = await sign(site, campaign, open_, email="grace@example.org", nameDisplay="INITIALS")

    assert hidden["signature"]["supporter"]["displayName"] == "A supporter"
    assert lowered["signature"]["supporter"]["displayName"] == "A. L."


async def test_a_name_changes_wherever_it_was_seen(site: TestApp) -> None:
    elsewhere, campaign, guest = await site.campaign(), await site.campaign(), await site.guest("Katharina Sommer")
    await site.comment(elsewhere, guest)

    await sign(site, campaign, guest)

    told = await ticker(site, elsewhere, "NAME_CHANGED", "COMMENTED")
    assert [(one["kind"], one["actorName"]) for one in told] == [("NAME_CHANGED", "Ada L."), ("COMMENTED", "Ada L.")]


async def test_a_second_campaign_makes_one_no_newcomer(site: TestApp) -> None:
    first, second = await site.campaign(), await site.campaign()
    token = (await sign(site, first))["accessToken"]
    assert (await sign(site, first, token))["signature"]["supporter"]["badge"] == "FIRST_TIME"

    await sign(site, second, token)

    found = await site.ask("{ viewer { supporter { badge } } }", token)
    assert found["viewer"]["supporter"] == {"badge": "NONE"}


async def test_a_program_signs_for_others_and_gets_no_token_of_theirs(site: TestApp) -> None:
    campaign, program = await site.campaign(), await key(site, "SIGN")

    signed = [await sign(site, campaign, program, email=f"{name}@example.org") for name in ("ada", "grace")]

    assert [one["accessToken"] for one in signed] == [None, None]
    assert len({one["signature"]["id"] for one in signed}) == 2
    assert await counts(site, campaign) == (2, 2, 0, 0)


async def test_a_program_needs_a_scope_of_its_own_to_comment(site: TestApp) -> None:
    campaign = await site.campaign()

    refused = await sign(site, campaign, await key(site, "SIGN"), comment="Well said.")
    taken = await sign(site, campaign, await key(site, "SIGN", "COMMENT"), comment="Well said.")

    assert refused["code"] == "FORBIDDEN"
    assert taken["comment"]["author"] == {"displayName": "Ada L."}


# ---------------------------------------------------------------- taking it back


async def test_a_signature_is_counted_back(site: TestApp) -> None:
    campaign = await site.campaign()
    signed = await sign(site, campaign, country="DE")

    taken = await withdraw(site, campaign, signed["accessToken"])

    assert taken["signature"] == {"id": signed["signature"]["id"], "state": "WITHDRAWN"}
    assert taken["campaign"]["supporters"] == {"total": 0, "direct": 0, "pending": 0, "withdrawn": 1}


async def test_taking_it_back_twice_is_harmless(site: TestApp) -> None:
    campaign = await site.campaign()
    token = (await sign(site, campaign))["accessToken"]

    answers = [await withdraw(site, campaign, token) for _ in range(3)]

    assert {answer["signature"]["state"] for answer in answers} == {"WITHDRAWN"}
    assert await counts(site, campaign) == (0, 0, 0, 1)


async def test_the_ticker_forgets_who_took_it_back(site: TestApp) -> None:
    """That someone signed stays; those who watch are told to read the names again."""
    campaign = await site.campaign()
    token = (await sign(site, campaign))["accessToken"]

    await withdraw(site, campaign, token)

    changed, signed = await ticker(site, campaign, "SIGNED", "NAME_CHANGED")
    assert (changed["kind"], changed["actor"]) == ("NAME_CHANGED", None)
    assert (signed["actorName"], signed["actor"], signed["subject"]) == ("A supporter", None, None)


async def test_signing_again_after_taking_it_back_counts_again(site: TestApp) -> None:
    campaign = await site.campaign()
    first = await sign(site, campaign, country="DE")
    await withdraw(site, campaign, first["accessToken"])

    again = await sign(site, campaign, first["accessToken"], country="FR")

    assert (again["signature"]["id"], again["signature"]["state"]) == (first["signature"]["id"], "CONFIRMED")
    assert await counts(site, campaign) == (1, 1, 0, 0)
    assert [one["actorName"] for one in await ticker(site, campaign, "SIGNED")] == ["Ada L.", "A supporter"]


@pytest.mark.parametrize("state", ["PAUSED", "WON", "ARCHIVED"])
async def test_it_can_be_taken_back_when_no_more_can_be_given(site: TestApp, state: str) -> None:
    campaign = await site.campaign()
    token = (await sign(site, campaign))["accessToken"]
    await site.do("changeCampaignState", "__typename", await site.staff(Role.ADMIN), campaignId=campaign, state=state)

    taken = await withdraw(site, campaign, token)

    assert taken["signature"]["state"] == "WITHDRAWN"


@pytest.mark.parametrize(("who", "code"), [("nobody", "UNAUTHENTICATED"), ("another", "NOT_FOUND")])
async def test_nobody_takes_back_anothers(site: TestApp, who: str, code: str) -> None:
    campaign = await site.campaign()
    await sign(site, campaign)

    refused = await withdraw(site, campaign, await site.guest() if who == "another" else None)

    assert refused["code"] == code
    assert await counts(site, campaign) == (1, 1, 0, 0)


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("state", "code"),
    [("DRAFT", "NOT_FOUND"), *[(state, "CLOSED") for state in ("PAUSED", "WON", "LOST", "CLOSED", "ARCHIVED")]],
)
async def test_only_a_live_campaign_is_signed(site: TestApp, state: str, code: str) -> None:
    refused = await sign(site, await site.campaign(state))

    assert refused["code"] == code


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("givenName", " ", "INVALID"),
        ("givenName", "a" * 101, "INVALID"),
        ("givenName", "Ada\u202e", "REJECTED_CONTENT"),
        ("givenName", "www.example.com", "REJECTED_CONTENT"),
        ("familyName", "https://example.com", "REJECTED_CONTENT"),
        ("familyName", "a" * 101, "INVALID"),
        ("email", "ada", "INVALID"),
        ("email", "ada@example", "INVALID"),
        ("email", "ada\x00@example.org", "REJECTED_CONTENT"),
        ("email", "ada@example.org\r\nBcc: all@example.org", "INVALID"),
        ("country", "Germany", "INVALID"),
        ("comment", "\u200b", "INVALID"),
        ("comment", "a" * 5001, "INVALID"),
        ("comment", "a\x00b", "REJECTED_CONTENT"),
        ("campaignId", "Q2FtcGFpZ246OTk5", "NOT_FOUND"),
    ],
)
async def test_what_is_sent_is_looked_at(site: TestApp, field: str, value: str, code: str) -> None:
    refused = (
        await sign(site, await site.campaign(), **{field: value}) if field != "campaignId" else await sign(site, value)
    )

    assert (refused["code"], refused["field"]) == (code, field)
    assert await storage.fetch(STATES) == []


async def test_a_comment_for_a_closed_discussion_is_refused_with_the_signature(site: TestApp) -> None:
    campaign = await site.campaign(commentPolicy="CLOSED")

    refused, signed = await sign(site, campaign, comment="Well said."), await sign(site, campaign, comment=" ")

    assert (refused["code"], refused["field"]) == ("CLOSED", "comment")
    assert (signed["comment"], signed["signature"]["state"]) == (None, "CONFIRMED")


async def test_a_comment_that_waits_is_shown_to_its_author_alone(site: TestApp) -> None:
    campaign = await site.campaign(commentPolicy="PREMODERATED")

    signed = await sign(site, campaign, comment="Well said.")

    query = "query($id: ID!) { campaign(id: $id) { viewerSignature { comment { state } } } }"
    own = await site.ask(query, signed["accessToken"], id=campaign)
    assert own["campaign"]["viewerSignature"]["comment"] == {"state": "PENDING"}
    told = """query($id: ID!) { campaign(id: $id) { activity(kinds: [SIGNED]) { nodes {
      subject { ... on Signature { comment { id } } } } } } }"""
    (public,) = (await site.ask(told, id=campaign))["campaign"]["activity"]["nodes"]
    assert public["subject"] == {"comment": None}


# ---------------------------------------------------------------- what it costs


async def test_a_visitors_signature_is_six_statements_whatever_there_is(site: TestApp) -> None:
    """One more for a country, one for consents however many; what else the answer asks for is read besides."""
    campaign = await site.campaign()
    given = {"campaignId": campaign, "givenName": "Ada", "familyName": "Lovelace"}
    consents = [{"granted": True, "textVersion": f"v{number}"} for number in range(9)]
    costs = []
    several: list[dict[str, Any]] = [{}, {}, {"country": "DE"}, {"consents": consents}]
    for number, more in enumerate(several):
        with recorded_statements() as seen:
            await site.do("signPetition", "signature { id state }", email=f"{number}@example.org", **given, **more)
        costs.append(len(seen))

    assert costs == [6, 6, 7, 7]


@sqlite_only
async def test_no_list_is_searched_that_grows_with_the_campaign(site: TestApp) -> None:
    campaign = await site.campaign(confirmSignatures=True)
    grace = await site.signed_in(GRACE, await site.guest("Ada Lovelace"))
    with recorded_statements() as seen:
        waiting, known = [await sign(site, campaign, email=address, country="DE") for address in (GRACE, ADA)]
        await decide(site, await site.link(ADA))
        await sign(site, campaign, grace)
        for token in (waiting["accessToken"], known["accessToken"], grace):
            await withdraw(site, campaign, token)
            await sign(site, campaign, token)

    asked = [text for text in seen if "signatures" in text or "activity" in text]
    await assert_along_an_index(asked)
    assert [text for text in asked if "signatures_of_campaign" in str(await plan(text))] == []
