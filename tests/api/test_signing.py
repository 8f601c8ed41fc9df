"""Signing and withdrawing: who signs, what is counted and recorded, refusals, and the number of statements."""

from datetime import UTC, datetime
from typing import Any

import pytest

import storage
from models import Campaign, Role
from tests.api.test_statements import assert_along_an_index, plan, sqlite_only
from tests.support.app import TestApp
from tests.support.publishing import publish_countries
from tests.support.signing import ADA, GRACE, STATES, Clock, audited, counts, decide, sign, ticker, withdraw
from tests.support.statements import recorded_statements

pytestmark = [pytest.mark.anyio, pytest.mark.audited]


async def profile(site: TestApp, token: str) -> dict[str, Any]:
    fields = "givenName familyName email emailVerified country nameDisplay"
    found = await site.ask(f"{{ viewer {{ role profile {{ {fields} }} }} }}", token)
    return {"role": found["viewer"]["role"], **found["viewer"]["profile"]}


async def create_api_key(site: TestApp, *scopes: str) -> str:
    made = await site.do("createApiKey", "key", await site.staff(Role.ADMIN), name="Labor Forum", scopes=list(scopes))
    return str(made["key"])


# ---------------------------------------------------------------- visitors


async def test_visitor_signs_and_becomes_a_guest_in_one_call(site: TestApp) -> None:
    campaign = await site.campaign()

    signed = await sign(site, campaign, country="de", comment="Free **him**.")

    signature = signed["signature"]
    assert (signature["state"], signature["supporter"]) == (
        "CONFIRMED",
        {"displayName": "Ada L.", "badge": "FIRST_TIME"},
    )
    assert signature["comment"] is not None
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


async def test_guest_reads_their_signature(site: TestApp) -> None:
    campaign = await site.campaign()
    signed = await sign(site, campaign)

    found = await site.ask(
        "query($id: ID!) { campaign(id: $id) { viewerSignature { id } } }", signed["accessToken"], id=campaign
    )

    assert found["campaign"]["viewerSignature"] == {"id": signed["signature"]["id"]}


async def test_activity_shows_the_chosen_name(site: TestApp) -> None:
    campaign = await site.campaign()

    await sign(site, campaign, nameDisplay="INITIALS")

    (event,) = await ticker(site, campaign, "SIGNED")
    assert (event["actorName"], event["actor"]) == ("A. L.", {"displayName": "A. L."})
    assert event["signature"] == {"state": "CONFIRMED"}


async def test_counter_has_the_time_of_its_last_change(site: TestApp) -> None:
    campaign = await site.campaign()
    query = "query($id: ID!) { campaign(id: $id) { supporters { asOf } } }"
    await Campaign.all().update(signatures_as_of=datetime(2020, 1, 1, tzinfo=UTC))
    before = (await site.ask(query, id=campaign))["campaign"]["supporters"]["asOf"]

    await sign(site, campaign)

    assert (await site.ask(query, id=campaign))["campaign"]["supporters"]["asOf"] > before


async def test_name_is_capped_by_the_campaigns_ceiling(site: TestApp) -> None:
    campaign = await site.campaign(nameDisplayCeiling="INITIALS")

    signed = await sign(site, campaign, nameDisplay="FULL_NAME")

    assert signed["signature"]["supporter"]["displayName"] == "A. L."


async def test_countries_are_counted_and_uncounted(clock: Clock) -> None:
    async with audited(country_floor=1, country_hours=1) as site:
        campaign = await site.campaign()
        first = await sign(site, campaign, country="DE")
        await sign(site, campaign, country="de", email="grace@example.org")
        await sign(site, campaign, country="FR", email="ben@example.org")
        await withdraw(site, campaign, first["accessToken"])
        await publish_countries(site, clock)

        found = await site.ask("query($id: ID!) { campaign(id: $id) { countries { country count } } }", id=campaign)

        assert found["campaign"]["countries"] == [{"country": "DE", "count": 1}, {"country": "FR", "count": 1}]


async def test_hundredth_signature_records_the_first_milestone_once(site: TestApp) -> None:
    campaign = await site.campaign()
    for index in range(99):
        await site.sign(campaign, f"signer-{index}@example.org")
    assert await ticker(site, campaign, "MILESTONE_REACHED") == []

    last = await site.sign(campaign, "last@example.org")
    await withdraw(site, campaign, last["accessToken"])
    await site.sign(campaign, "last@example.org", last["accessToken"])

    assert len(await ticker(site, campaign, "MILESTONE_REACHED")) == 1


# ---------------------------------------------------------------- guests and API keys


async def test_guest_signs_as_themselves(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest("Katharina Sommer")

    signed = await sign(site, campaign, guest, country="DE")

    assert signed["accessToken"] is None
    assert signed["signature"]["supporter"] == {"displayName": "Ada L.", "badge": "NONE"}
    saved = await profile(site, guest)
    assert (saved["givenName"], saved["familyName"], saved["email"]) == ("Ada", "Lovelace", "ada@example.org")
    assert (saved["country"], saved["emailVerified"]) == ("DE", False)


async def test_omitted_fields_leave_the_profile_unchanged(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest("Katharina Sommer", country="DE")

    await site.do("signPetition", "replayed", guest, campaignId=campaign, givenName="Kat", email="kat@example.org")

    saved = await profile(site, guest)
    assert (saved["givenName"], saved["familyName"], saved["country"]) == ("Kat", "Sommer", "DE")


async def test_verified_email_is_the_one_that_counts(site: TestApp) -> None:
    campaign = await site.campaign()
    ada = await site.signed_in("ada@example.org", await site.guest())

    await sign(site, campaign, ada, email="other@example.org")
    await sign(site, campaign, email="ada@example.org")

    assert (await profile(site, ada))["email"] == "ada@example.org"
    assert await counts(site, campaign) == (1, 1, 0, 0)


async def test_signing_without_a_name_choice_never_raises_it(site: TestApp) -> None:
    """Signing can only lower the choice, since the default of an omitted field is not a choice."""
    campaign = await site.campaign()
    shy = await site.guest("Katharina Sommer", nameDisplay="ANONYMOUS")
    open_ = await site.guest("Grace Hopper", nameDisplay="FULL_NAME")

    hidden = await sign(site, campaign, shy)
    lowered = await sign(site, campaign, open_, email="grace@example.org", nameDisplay="INITIALS")

    assert hidden["signature"]["supporter"]["displayName"] == "A supporter"
    assert lowered["signature"]["supporter"]["displayName"] == "A. L."


async def test_new_name_is_shown_on_other_campaigns_too(site: TestApp) -> None:
    elsewhere, campaign, guest = await site.campaign(), await site.campaign(), await site.guest("Katharina Sommer")
    await site.comment(elsewhere, guest)

    await sign(site, campaign, guest)

    events = await ticker(site, elsewhere, "NAME_CHANGED", "COMMENTED")
    assert [(event["kind"], event["actorName"]) for event in events] == [
        ("NAME_CHANGED", "Ada L."),
        ("COMMENTED", "Ada L."),
    ]


async def test_second_campaign_removes_the_first_time_badge(site: TestApp) -> None:
    first, second = await site.campaign(), await site.campaign()
    token = (await sign(site, first))["accessToken"]
    assert (await sign(site, first, token))["signature"]["supporter"]["badge"] == "FIRST_TIME"

    await sign(site, second, token)

    found = await site.ask("{ viewer { supporter { badge } } }", token)
    assert found["viewer"]["supporter"] == {"badge": "NONE"}


async def test_api_key_signs_for_others_without_getting_their_tokens(site: TestApp) -> None:
    campaign, api_key = await site.campaign(), await create_api_key(site, "SIGN")

    signed = [await sign(site, campaign, api_key, email=f"{name}@example.org") for name in ("ada", "grace")]

    assert [payload["accessToken"] for payload in signed] == [None, None]
    assert len({payload["signature"]["id"] for payload in signed}) == 2
    assert await counts(site, campaign) == (2, 2, 0, 0)


async def test_api_key_needs_the_comment_scope_to_comment(site: TestApp) -> None:
    campaign = await site.campaign()

    refused = await sign(site, campaign, await create_api_key(site, "SIGN"), comment="Well said.")
    taken = await sign(site, campaign, await create_api_key(site, "SIGN", "COMMENT"), comment="Well said.")

    assert refused["code"] == "FORBIDDEN"
    assert taken["comment"]["author"] == {"displayName": "Ada L."}


# ---------------------------------------------------------------- withdrawing


async def test_withdrawn_signature_is_uncounted(site: TestApp) -> None:
    campaign = await site.campaign()
    signed = await sign(site, campaign, country="DE")

    taken = await withdraw(site, campaign, signed["accessToken"])

    assert taken["signature"] == {"id": signed["signature"]["id"], "state": "WITHDRAWN"}
    assert taken["campaign"]["supporters"] == {"total": 0, "direct": 0, "pending": 0, "withdrawn": 1}


async def test_withdrawing_twice_changes_nothing(site: TestApp) -> None:
    campaign = await site.campaign()
    token = (await sign(site, campaign))["accessToken"]

    answers = [await withdraw(site, campaign, token) for _ in range(3)]

    assert {answer["signature"]["state"] for answer in answers} == {"WITHDRAWN"}
    assert await counts(site, campaign) == (0, 0, 0, 1)


async def test_activity_hides_who_withdrew(site: TestApp) -> None:
    """The SIGNED event stays without its actor, and NAME_CHANGED makes clients read the names again."""
    campaign = await site.campaign()
    token = (await sign(site, campaign))["accessToken"]

    await withdraw(site, campaign, token)

    changed, signed = await ticker(site, campaign, "SIGNED", "NAME_CHANGED")
    assert (changed["kind"], changed["actor"]) == ("NAME_CHANGED", None)
    assert (signed["actorName"], signed["actor"], signed["signature"]) == ("A supporter", None, None)


async def test_signing_again_after_withdrawing_counts_again(site: TestApp) -> None:
    campaign = await site.campaign()
    first = await sign(site, campaign, country="DE")
    await withdraw(site, campaign, first["accessToken"])

    again = await sign(site, campaign, first["accessToken"], country="FR")

    assert (again["signature"]["id"], again["signature"]["state"]) == (first["signature"]["id"], "CONFIRMED")
    assert await counts(site, campaign) == (1, 1, 0, 0)
    assert [event["actorName"] for event in await ticker(site, campaign, "SIGNED")] == ["Ada L.", "A supporter"]


@pytest.mark.parametrize("state", ["PAUSED", "WON", "ARCHIVED"])
async def test_signature_can_be_withdrawn_when_signing_is_closed(site: TestApp, state: str) -> None:
    campaign = await site.campaign()
    token = (await sign(site, campaign))["accessToken"]
    await site.do("changeCampaignState", "__typename", await site.staff(Role.ADMIN), campaignId=campaign, state=state)

    taken = await withdraw(site, campaign, token)

    assert taken["signature"]["state"] == "WITHDRAWN"


@pytest.mark.parametrize(("who", "code"), [("nobody", "UNAUTHENTICATED"), ("another", "NOT_FOUND")])
async def test_nobody_withdraws_the_signature_of_another(site: TestApp, who: str, code: str) -> None:
    campaign = await site.campaign()
    await sign(site, campaign)

    refused = await withdraw(site, campaign, await site.guest() if who == "another" else None)

    assert refused["code"] == code
    assert await counts(site, campaign) == (1, 1, 0, 0)


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("state", "code"),
    [("DRAFT", "NOT_FOUND"), *[(state, "CLOSED") for state in ("PAUSED", "WON", "LOST", "CLOSED", "ARCHIVED")]],
)
async def test_only_a_live_campaign_can_be_signed(site: TestApp, state: str, code: str) -> None:
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
async def test_invalid_input_is_refused(site: TestApp, field: str, value: str, code: str) -> None:
    refused = (
        await sign(site, await site.campaign(), **{field: value}) if field != "campaignId" else await sign(site, value)
    )

    assert (refused["code"], refused["paths"]) == (code, [field])
    assert await storage.fetch(STATES) == []


async def test_signing_with_a_comment_is_refused_if_the_discussion_is_closed(site: TestApp) -> None:
    campaign = await site.campaign(commentPolicy="CLOSED")

    refused, signed = await sign(site, campaign, comment="Well said."), await sign(site, campaign, comment=" ")

    assert (refused["code"], refused["paths"]) == ("CLOSED", ["comment"])
    assert (signed["comment"], signed["signature"]["state"]) == (None, "CONFIRMED")


async def test_pending_comment_is_shown_to_its_author_only(site: TestApp) -> None:
    campaign = await site.campaign(commentPolicy="PREMODERATED")

    signed = await sign(site, campaign, comment="Well said.")

    query = "query($id: ID!) { campaign(id: $id) { viewerSignature { comment { state } } } }"
    own = await site.ask(query, signed["accessToken"], id=campaign)
    assert own["campaign"]["viewerSignature"]["comment"] == {"state": "PENDING"}
    query = """query($id: ID!) { campaign(id: $id) { activity(kinds: [SIGNED]) { nodes {
      ... on SignatureActivity { signature { comment { id } } } } } } }"""
    (public,) = (await site.ask(query, id=campaign))["campaign"]["activity"]["nodes"]
    assert public["signature"] == {"comment": None}


# ---------------------------------------------------------------- statements


async def test_visitors_signature_is_six_statements() -> None:
    """A country and any number of consents take one statement more each."""
    async with audited(counter_seconds=60) as site:
        await _count_statements_of_signing(site)


async def _count_statements_of_signing(site: TestApp) -> None:
    campaign = await site.campaign()
    given = {"campaignId": campaign, "givenName": "Ada", "familyName": "Lovelace"}
    consents = [{"granted": True, "textVersion": f"v{index}"} for index in range(9)]
    costs = []
    variants: list[dict[str, Any]] = [{}, {}, {"country": "DE"}, {"consents": consents}]
    for index, more in enumerate(variants):
        with recorded_statements() as seen:
            await site.do("signPetition", "signature { id state }", email=f"{index}@example.org", **given, **more)
        costs.append(len(seen))

    assert costs == [6, 6, 7, 7]


@sqlite_only
async def test_signing_uses_indexes_whose_cost_does_not_grow(site: TestApp) -> None:
    campaign = await site.campaign(confirmSignatures=True)
    grace = await site.signed_in(GRACE, await site.guest("Ada Lovelace"))
    with recorded_statements() as seen:
        waiting, known = [await sign(site, campaign, email=email, country="DE") for email in (GRACE, ADA)]
        await decide(site, await site.link(ADA))
        await sign(site, campaign, grace)
        for token in (waiting["accessToken"], known["accessToken"], grace):
            await withdraw(site, campaign, token)
            await sign(site, campaign, token)

    statement_texts = [text for text in seen if "signatures" in text or "activity" in text]
    await assert_along_an_index(statement_texts)
    assert [text for text in statement_texts if "signatures_of_campaign" in str(await plan(text))] == []
