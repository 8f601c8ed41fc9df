"""Who one is once an address is proven: what comes along, what never does, and that every count stays right."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import models
import storage
from jobs import audits
from models import Role
from storage.database import Statement
from tests.api.test_activity import followed
from tests.api.test_statements import assert_along_an_index, sqlite_only
from tests.support.app import ON_POSTGRES, TestApp, in_running_app
from tests.support.ids import row_id
from tests.support.serving import serving, socket_of

pytestmark = pytest.mark.anyio

ADA, EVE = "ada@example.org", "eve@example.org"
WHO = "{ viewer { role supporter { id displayName badge } profile { givenName familyName email emailVerified } } }"
COUNTS = (
    "query($id: ID!) { campaign(id: $id) { supporters { total direct pending withdrawn } viewerSignature { id } } }"
)
COMMENT = """query($id: ID!) { node(id: $id) { ... on Comment {
  author { displayName } votes { up down score viewerVote } reactions { kind count viewerHasReacted } viewerCan } } }"""
STATS = "query($id: ID!) { campaign(id: $id) { commentStats { authorCount recentAuthors { displayName } } } }"
LOG = """query($id: ID!) { campaign(id: $id) { activity(first: 50) { nodes {
  kind actorName subject { ... on Signature { id } } } } } }"""
REFER = Statement(
    'SELECT m.name, f."from" FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f ON f."table" = \'supporters\''
    " WHERE m.type = 'table' ORDER BY m.name",
    "SELECT c.conrelid::regclass::text, a.attname FROM pg_constraint c JOIN pg_attribute a"
    " ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]"
    " WHERE c.contype = 'f' AND c.confrelid = 'supporters'::regclass ORDER BY 1",
)
PEOPLE = Statement("SELECT count(*) FROM supporters")


async def sign(site: TestApp, campaign: str, address: str, token: str | None = None, **told: Any) -> dict[str, Any]:
    """The payload of a signature, by default of a new person."""
    told = {"givenName": "Ada", "familyName": "Byron", "country": "GB"} | told
    asked = "accessToken signature { id state } comment { id }"
    answer = await site.do("signPetition", asked, token, campaignId=campaign, email=address, **told)
    assert answer["__typename"] == "SignPetitionPayload", answer
    return answer


async def viewer(site: TestApp, token: str) -> dict[str, Any]:
    found: dict[str, Any] = (await site.ask(WHO, token))["viewer"]
    return found


async def number(site: TestApp, token: str) -> int:
    return row_id((await viewer(site, token))["supporter"]["id"])


async def counts(site: TestApp, campaign: str) -> tuple[int, int, int, int]:
    shown = (await site.ask(COUNTS, id=campaign))["campaign"]["supporters"]
    return shown["total"], shown["direct"], shown["pending"], shown["withdrawn"]


async def own(site: TestApp, campaign: str, token: str) -> str | None:
    """The id of the viewer's signature."""
    found = (await site.ask(COUNTS, token, id=campaign))["campaign"]["viewerSignature"]
    return found and str(found["id"])


async def shown(site: TestApp, comment: str, token: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = (await site.ask(COMMENT, token, id=comment))["node"]
    return found


async def status(site: TestApp, token: str) -> int:
    answer = await site.http.post("/graphql", json={"query": WHO}, headers={"authorization": f"Bearer {token}"})
    return answer.status_code


async def log(site: TestApp, campaign: str) -> list[tuple[str, str]]:
    nodes = (await site.ask(LOG, id=campaign))["campaign"]["activity"]["nodes"]
    return [(node["kind"], node["actorName"]) for node in nodes]


async def assert_counted(site: TestApp) -> None:
    assert await audits.drift() == []


# ---------------------------------------------------------------- without a token


async def test_an_address_of_a_supporter_is_that_supporter(site: TestApp) -> None:
    guest = await site.guest("Ada Byron")
    first = await site.signed_in(ADA, guest)

    again = await site.signed_in(ADA)

    assert await number(site, again) == await number(site, first)
    assert (await viewer(site, again))["supporter"]["displayName"] == "Ada B."


async def test_what_was_signed_with_an_address_belongs_to_who_proves_it(site: TestApp) -> None:
    campaign = await site.campaign()
    signed = await sign(site, campaign, ADA)

    token = await site.signed_in(ADA)

    shown = await viewer(site, token)
    assert shown["supporter"]["displayName"] == "Ada B."
    assert shown["profile"] == {"givenName": "Ada", "familyName": "Byron", "email": ADA, "emailVerified": True}
    assert await own(site, campaign, token) == signed["signature"]["id"]
    assert await counts(site, campaign) == (1, 1, 0, 0)
    await assert_counted(site)


async def test_the_guest_who_gave_an_address_gets_nothing_of_who_proves_it(site: TestApp) -> None:
    """And loses the signature: it belongs to the mailbox."""
    campaign = await site.campaign()
    eve = str((await sign(site, campaign, ADA, givenName="Eve"))["accessToken"])
    before = await viewer(site, eve)

    ada = await site.signed_in(ADA)

    assert await viewer(site, eve) == before
    assert await number(site, eve) != await number(site, ada)
    assert await own(site, campaign, eve) is None


async def test_no_retry_gives_a_token_of_who_has_proven_the_address(site: TestApp) -> None:
    """The signature that the retry finds again is another's by then."""
    campaign = await site.campaign()
    asked = {"idempotencyKey": "one", "givenName": "Eve"}
    eve = str((await sign(site, campaign, ADA, **asked))["accessToken"])

    ada = await site.signed_in(ADA)
    again = await sign(site, campaign, ADA, **asked)

    assert again["replayed"]
    assert again["accessToken"] is None
    assert await number(site, eve) != await number(site, ada)


async def test_a_comment_of_who_only_typed_an_address_stays_theirs(site: TestApp) -> None:
    """Whoever proves the address never said it."""
    campaign = await site.campaign()
    signed = await sign(site, campaign, ADA, givenName="Eve", comment="In her name.")
    eve = str(signed["accessToken"])
    comment = await site.comment(campaign, eve, "Another one.")

    ada = await site.signed_in(ADA)

    for said in (signed["comment"]["id"], comment):
        assert "EDIT" in (await shown(site, said, eve))["viewerCan"]
        assert "EDIT" not in (await shown(site, said, ada))["viewerCan"]
    await assert_counted(site)


async def test_a_name_is_the_one_that_was_given_first_with_the_address(site: TestApp) -> None:
    one, other = await site.campaign(), await site.campaign()
    await sign(site, one, ADA, givenName="Ada")
    await sign(site, other, ADA, givenName="Eve")

    token = await site.signed_in(ADA)

    assert (await viewer(site, token))["supporter"]["displayName"] == "Ada B."
    assert await own(site, one, token)
    assert await own(site, other, token)
    assert "NAME_CHANGED" in {kind for kind, _ in await log(site, other)}
    assert "NAME_CHANGED" not in {kind for kind, _ in await log(site, one)}
    assert ("SIGNED", "Ada B.") in await log(site, other)


async def test_a_name_shows_no_more_than_the_ceilings_of_what_comes_along(site: TestApp) -> None:
    strict = await site.campaign(nameDisplayCeiling="INITIALS")
    await sign(site, strict, ADA)

    token = await site.signed_in(ADA)

    assert (await viewer(site, token))["supporter"]["displayName"] == "A. B."


async def test_a_signature_that_waits_goes_along_and_waits_on(site: TestApp) -> None:
    campaign = await site.campaign(confirmSignatures=True)
    signed = await sign(site, campaign, ADA)

    token = await site.signed_in(ADA)

    assert await own(site, campaign, token) == signed["signature"]["id"]
    assert await counts(site, campaign) == (0, 0, 1, 0)
    await assert_counted(site)


# ---------------------------------------------------------------- a guest whose address is new


async def test_a_guest_who_proves_an_address_becomes_a_supporter_and_keeps_everything(site: TestApp) -> None:
    campaign = await site.campaign()
    guest = await site.guest("Grace Hopper")
    comment = await site.comment(campaign, guest)
    before = await number(site, guest)

    token = await site.signed_in(ADA, guest)

    seen = await viewer(site, token)
    assert await number(site, token) == before
    assert (seen["role"], seen["supporter"]["badge"], seen["supporter"]["displayName"]) == (
        "SUPPORTER",
        "SUPPORTER",
        "Grace H.",
    )
    assert seen["profile"] == {"givenName": "Grace", "familyName": "Hopper", "email": ADA, "emailVerified": True}
    assert "EDIT" in (await shown(site, comment, token))["viewerCan"]


async def test_the_token_of_who_was_a_guest_ends(site: TestApp) -> None:
    guest = await site.guest("Grace Hopper")

    await site.signed_in(ADA, guest)

    assert await status(site, guest) == 401


@pytest.mark.parametrize("has_moved", [False, True])
async def test_a_retry_from_elsewhere_gives_no_token_of_whom_the_guest_became(site: TestApp, has_moved: bool) -> None:
    asked = {"givenName": "Grace", "idempotencyKey": "one"}
    guest = str((await site.do("introduce", "accessToken", **asked))["accessToken"])
    if has_moved:
        await supporter(site)
    code = await site.code(ADA)
    here = site.http.headers["user-agent"]
    site.http.headers["user-agent"] = "another browser"
    await site.do("signIn", "accessToken", guest, email=ADA, code=code)
    site.http.headers["user-agent"] = here

    body = await site.post(
        "mutation($input: IntroduceInput!) { introduce(input: $input) {"
        " ... on IntroducePayload { accessToken } ... on Problem { code } } }",
        input=asked,
    )

    if has_moved:
        assert body["data"]["introduce"] == {"code": "CONFLICT"}
    else:
        assert [error["extensions"]["code"] for error in body["errors"]] == ["UNAUTHENTICATED"]


async def test_no_retry_gives_a_guests_token_for_who_became_a_supporter(site: TestApp) -> None:
    asked = {"givenName": "Grace", "idempotencyKey": "one"}
    guest = str((await site.do("introduce", "accessToken", **asked))["accessToken"])
    token = await site.signed_in(ADA, guest)

    again = str((await site.do("introduce", "accessToken", **asked))["accessToken"])

    assert await number(site, again) != await number(site, token)


@sqlite_only
async def test_a_guests_answers_are_found_along_an_index(site: TestApp) -> None:
    """The table has those of everyone who wrote lately."""
    await assert_along_an_index([models.idempotency.FORGET_GUEST.sqlite])


async def test_what_others_signed_with_the_address_comes_to_the_guest(site: TestApp) -> None:
    campaign = await site.campaign()
    signed = await sign(site, campaign, ADA, givenName="Eve")

    token = await site.signed_in(ADA, await site.guest("Ada Byron"))

    assert await own(site, campaign, token) == signed["signature"]["id"]
    assert ("SIGNED", "Ada B.") in await log(site, campaign)
    assert await counts(site, campaign) == (1, 1, 0, 0)
    await assert_counted(site)


async def test_who_signed_with_two_addresses_is_counted_once_when_both_are_theirs(site: TestApp) -> None:
    campaign = await site.campaign()
    guest = str((await sign(site, campaign, EVE))["accessToken"])
    await sign(site, campaign, ADA, givenName="Eve", country="FR")
    assert await counts(site, campaign) == (2, 2, 0, 0)

    token = await site.signed_in(ADA, guest)

    assert await counts(site, campaign) == (1, 1, 0, 0)
    assert await own(site, campaign, token)
    assert "Eve B." not in {name for _, name in await log(site, campaign)}
    await sign(site, campaign, ADA, givenName="Mallory")
    assert await counts(site, campaign) == (1, 1, 0, 0)
    await assert_counted(site)


async def test_the_uncounted_second_signature_of_a_guest_gives_way_to_the_counted_first(site: TestApp) -> None:
    """Signed on the telephone, and then with the same address on another device."""
    campaign = await site.campaign()
    first = await sign(site, campaign, ADA)
    second = await sign(site, campaign, ADA)

    token = await site.signed_in(ADA, str(second["accessToken"]))

    assert await own(site, campaign, token) == first["signature"]["id"]
    assert await counts(site, campaign) == (1, 1, 0, 0)
    await site.do("withdrawSignature", "signature { id }", token, campaignId=campaign)
    assert await counts(site, campaign) == (0, 0, 0, 1)
    await assert_counted(site)


# ---------------------------------------------------------------- a guest whose address is a supporter's


async def supporter(site: TestApp, address: str = ADA, name: str = "Ada Byron") -> str:
    return await site.signed_in(address, await site.guest(name))


async def test_a_guest_who_proves_a_supporters_address_was_that_supporter(site: TestApp) -> None:
    ada, guest = await supporter(site), await site.guest("A. Lovelace")
    people = (await storage.fetch(PEOPLE))[0][0]

    token = await site.signed_in(ADA, guest)

    assert await number(site, token) == await number(site, ada)
    assert (await viewer(site, token))["profile"]["familyName"] == "Byron"
    assert await status(site, guest) == 401
    assert await status(site, ada) == 200
    assert (await storage.fetch(PEOPLE))[0][0] == people - 1


async def test_a_guests_comments_become_the_supporters_and_authors_are_counted_anew(site: TestApp) -> None:
    ada, guest = await supporter(site), await site.guest("A. Lovelace")
    both, alone = await site.campaign(), await site.campaign()
    await site.comment(both, ada)
    comments = [await site.comment(both, guest), await site.comment(alone, guest)]

    token = await site.signed_in(ADA, guest)

    for comment in comments:
        assert (await shown(site, comment))["author"] == {"displayName": "Ada B."}
        assert "EDIT" in (await shown(site, comment, token))["viewerCan"]
    for campaign in (both, alone):
        stats = (await site.ask(STATS, id=campaign))["campaign"]["commentStats"]
        assert stats == {"authorCount": 1, "recentAuthors": [{"displayName": "Ada B."}]}
    await assert_counted(site)


@pytest.mark.parametrize(
    ("hers", "guests", "tally"),
    [("UP", "UP", (1, 0, 1)), ("UP", "DOWN", (1, 0, 1)), ("DOWN", "UP", (0, 1, -1)), (None, "UP", (1, 0, 1))],
)
async def test_of_two_votes_of_one_person_the_supporters_own_counts(
    site: TestApp, hers: str | None, guests: str, tally: tuple[int, int, int]
) -> None:
    ada, guest = await supporter(site), await site.guest("A. Lovelace")
    comment = await site.comment(await site.campaign(), await site.guest("Some Body"))
    await site.do("castVote", "comment { id }", ada, commentId=comment, direction=hers)
    await site.do("castVote", "comment { id }", guest, commentId=comment, direction=guests)

    token = await site.signed_in(ADA, guest)

    votes = (await shown(site, comment, token))["votes"]
    assert (votes["up"], votes["down"], votes["score"]) == tally
    assert votes["viewerVote"] == (hers or guests)
    await assert_counted(site)


async def test_the_same_reaction_of_one_person_counts_once(site: TestApp) -> None:
    ada, guest = await supporter(site), await site.guest("A. Lovelace")
    comment = await site.comment(await site.campaign(), await site.guest("Some Body"))
    for token, kinds in ((ada, ("HEART", "CANDLE")), (guest, ("HEART", "APPLAUSE"))):
        for kind in kinds:
            await site.do("addReaction", "comment { id }", token, commentId=comment, kind=kind)

    token = await site.signed_in(ADA, guest)

    groups = {group["kind"]: group for group in (await shown(site, comment, token))["reactions"]}
    seen = {kind: (group["count"], group["viewerHasReacted"]) for kind, group in groups.items() if group["count"]}
    assert seen == {"HEART": (1, True), "APPLAUSE": (1, True), "CANDLE": (1, True)}
    await assert_counted(site)


async def test_a_guests_signatures_become_the_supporters(site: TestApp) -> None:
    ada, campaign = await supporter(site), await site.campaign()
    signed = await sign(site, campaign, EVE)

    token = await site.signed_in(ADA, str(signed["accessToken"]))

    assert await own(site, campaign, token) == signed["signature"]["id"]
    assert await own(site, campaign, ada) == signed["signature"]["id"]
    assert await counts(site, campaign) == (1, 1, 0, 0)
    await assert_counted(site)


async def test_two_counted_signatures_of_one_person_become_one(site: TestApp) -> None:
    ada, campaign = await supporter(site), await site.campaign()
    hers = await sign(site, campaign, ADA, ada)
    guests = await sign(site, campaign, EVE, country="FR")
    assert await counts(site, campaign) == (2, 2, 0, 0)

    token = await site.signed_in(ADA, str(guests["accessToken"]))

    assert await own(site, campaign, token) == hers["signature"]["id"]
    assert await counts(site, campaign) == (1, 1, 0, 0)
    assert [kind for kind, _ in await log(site, campaign)].count("SIGNED") == 2
    await assert_counted(site)


async def test_one_signature_that_stands_wins_over_one_that_was_taken_back(site: TestApp) -> None:
    ada, campaign = await supporter(site), await site.campaign()
    await sign(site, campaign, ADA, ada)
    await site.do("withdrawSignature", "signature { id }", ada, campaignId=campaign)
    guests = await sign(site, campaign, EVE)
    assert await counts(site, campaign) == (1, 1, 0, 1)

    token = await site.signed_in(ADA, str(guests["accessToken"]))

    assert await own(site, campaign, token) == guests["signature"]["id"]
    assert await counts(site, campaign) == (1, 1, 0, 0)
    await assert_counted(site)


async def test_a_guests_uncounted_signature_changes_nothing_beside_the_supporters(site: TestApp) -> None:
    ada, campaign = await supporter(site), await site.campaign()
    hers = await sign(site, campaign, ADA, ada)
    guests = await sign(site, campaign, ADA)

    token = await site.signed_in(ADA, str(guests["accessToken"]))

    assert await own(site, campaign, token) == hers["signature"]["id"]
    assert await counts(site, campaign) == (1, 1, 0, 0)
    await assert_counted(site)


async def test_a_comment_that_came_with_a_guests_signature_comes_along_with_it(site: TestApp) -> None:
    ada, campaign = await supporter(site), await site.campaign()
    await sign(site, campaign, ADA, ada)
    guests = await sign(site, campaign, EVE, comment="For freedom.")

    token = await site.signed_in(ADA, str(guests["accessToken"]))

    query = "query($id: ID!) { campaign(id: $id) { viewerSignature { comment { id author { displayName } } } } }"
    found = (await site.ask(query, token, id=campaign))["campaign"]["viewerSignature"]["comment"]
    assert found == {"id": guests["comment"]["id"], "author": {"displayName": "Ada B."}}


async def test_flags_of_one_person_are_one(site: TestApp) -> None:
    ada, guest = await supporter(site), await site.guest("A. Lovelace")
    comment = await site.comment(await site.campaign(), await site.guest("Some Body"))
    for token in (ada, guest):
        await site.do("flagComment", "comment { id }", token, commentId=comment, reason="SPAM")

    await site.signed_in(ADA, guest)

    count = Statement("SELECT c.flag_count, (SELECT count(*) FROM comment_flags) FROM comments c")
    assert [tuple(row) for row in await storage.fetch(count)] == [(1, 1)]


async def test_the_ticker_shows_the_supporter_for_what_the_guest_did(site: TestApp) -> None:
    await supporter(site)
    guest, campaign = await site.guest("Augusta Lovelace"), await site.campaign()
    await site.comment(campaign, guest)

    await site.signed_in(ADA, guest)

    assert (await log(site, campaign))[:2] == [("NAME_CHANGED", "A supporter"), ("COMMENTED", "Ada B.")]


async def test_live_readers_are_told_to_read_names_again(site: TestApp) -> None:
    """What they have bears the id of a guest who is no more."""
    await supporter(site)
    guest, campaign = await site.guest("Augusta Lovelace"), await site.campaign()
    await site.comment(campaign, guest)
    async with serving(site) as address, socket_of(address) as client:
        follow = await followed(site, client, campaign)

        await site.signed_in(ADA, guest)
        event = await follow.event()

    assert (event["activity"]["kind"], event["activity"]["actorName"]) == ("NAME_CHANGED", "A supporter")


async def test_a_supporters_name_shows_no_more_than_where_the_guest_was_seen(site: TestApp) -> None:
    ada, guest = await supporter(site), await site.guest("Augusta Lovelace")
    await site.comment(await site.campaign(nameDisplayCeiling="ANONYMOUS"), guest)

    await site.signed_in(ADA, guest)

    assert (await viewer(site, ada))["supporter"]["displayName"] == "A supporter"


async def test_a_guest_can_not_bring_along_what_another_guest_did(site: TestApp) -> None:
    """Proving an address moves what the viewer's own token did, and of others only what was signed with it."""
    ada, campaign = await supporter(site), await site.campaign()
    other = await site.guest("Some Body", email=ADA)
    comment = await site.comment(campaign, other)

    token = await site.signed_in(ADA, await site.guest("Augusta Lovelace"))

    assert await number(site, token) == await number(site, ada)
    assert (await shown(site, comment))["author"] == {"displayName": "Some B."}
    assert await status(site, other) == 200


async def test_everything_that_refers_to_a_person_has_its_place_in_a_move(site: TestApp) -> None:
    """A new table must say what becomes of it: it is given along, or goes with its guest."""
    given = {text.postgres.split()[1] for text in models.account_merging.GIVE} | {"signatures"}
    goes_with_its_guest = {"profiles", "sessions"}
    has_no_guests = {"api_keys"}

    tables = {row[0] for row in await storage.fetch(REFER)}

    assert tables == given | goes_with_its_guest | has_no_guests


KINDS = ["HEART", "CANDLE"]
deeds = st.lists(
    st.tuples(
        st.booleans(),  # whether the guest does it, or the supporter
        st.sampled_from(["comment", "reply", "vote", "react", "flag", "delete", "sign", "withdraw"]),
        st.integers(0, 1),  # on which campaign
        st.sampled_from(["UP", "DOWN", None]),
        st.sampled_from(KINDS),
    ),
    max_size=25,
)


@(settings(max_examples=10) if ON_POSTGRES else settings())  # each makes a database
@given(deeds=deeds)
def test_whatever_two_did_who_turn_out_to_be_one_every_count_stays_right(deeds: list[Any]) -> None:
    async def act(site: TestApp) -> None:
        ada, guest = await supporter(site), await site.guest("Augusta Lovelace", email=EVE)
        campaigns = [await site.campaign(), await site.campaign(confirmSignatures=True)]
        some_body = await site.guest("Some Body")
        comments = [await site.comment(campaign, some_body) for campaign in campaigns]
        own: dict[tuple[bool, int], str] = {}
        for is_guest, deed, page, direction, kind in deeds:
            token, on = (guest if is_guest else ada), {"commentId": comments[page]}
            match deed:
                case "comment" | "reply":
                    parent = comments[page] if deed == "reply" else None
                    own[is_guest, page] = await site.comment(campaigns[page], token, parent=parent)
                case "vote":
                    await site.do("castVote", "__typename", token, **on, direction=direction)
                case "react":
                    await site.do("addReaction", "__typename", token, **on, kind=kind)
                case "flag":
                    await site.do("flagComment", "__typename", token, **on, reason="SPAM")
                case "delete":
                    if comment := own.pop((is_guest, page), None):
                        await site.do("deleteComment", "__typename", token, commentId=comment)
                case "sign":
                    await sign(site, campaigns[page], EVE if is_guest else ADA, token)
                case "withdraw":
                    await site.do("withdrawSignature", "__typename", token, campaignId=campaigns[page])

        await site.signed_in(ADA, guest)

        await assert_counted(site)

    in_running_app(act)


# ---------------------------------------------------------------- who is someone already


async def test_a_supporter_who_proves_another_supporters_address_goes_on_as_them_and_nothing_moves(
    site: TestApp,
) -> None:
    """Both are proven; neither swallows the other."""
    ada, eve = await supporter(site), await supporter(site, EVE, "Eve Adams")
    comment = await site.comment(await site.campaign(), ada)

    token = await site.signed_in(EVE, ada)

    assert await number(site, token) == await number(site, eve)
    assert (await shown(site, comment))["author"] == {"displayName": "Ada B."}
    assert await status(site, ada) == 200


async def test_a_supporter_who_proves_a_new_address_is_a_new_person_there(site: TestApp) -> None:
    ada = await supporter(site)

    token = await site.signed_in(EVE, ada)

    assert await number(site, token) != await number(site, ada)
    assert (await viewer(site, ada))["profile"]["email"] == ADA


async def test_staff_keep_their_role_and_badge(site: TestApp) -> None:
    moderator = await site.staff(Role.MODERATOR)

    token = await site.signed_in(ADA, moderator)

    seen = await viewer(site, token)
    assert await number(site, token) == await number(site, moderator)
    assert (seen["role"], seen["supporter"]["badge"], seen["profile"]["email"]) == ("MODERATOR", "STAFF", ADA)
    assert await status(site, moderator) == 200


async def test_a_mailbox_alone_gives_nobody_a_role(site: TestApp) -> None:
    moderator = await site.staff(Role.MODERATOR)
    await site.signed_in(ADA, moderator)

    token = await site.signed_in(ADA)

    seen = await viewer(site, token)
    assert await number(site, token) == await number(site, moderator)
    assert (seen["role"], seen["supporter"]["badge"]) == ("SUPPORTER", "STAFF")


async def test_staff_who_prove_a_supporters_address_go_on_as_them_and_stay_who_they_are(site: TestApp) -> None:
    ada, moderator = await supporter(site), await site.staff(Role.MODERATOR)

    token = await site.signed_in(ADA, moderator)

    assert await number(site, token) == await number(site, ada)
    assert (await viewer(site, token))["role"] == "SUPPORTER"
    assert await status(site, moderator) == 200


async def test_a_program_signs_people_in_and_is_none_of_them(site: TestApp) -> None:
    admin = await site.staff(Role.ADMIN)
    key = str((await site.do("createApiKey", "key", admin, name="Friends", scopes=["SIGN"]))["key"])

    token = await site.signed_in(ADA, key)

    assert await number(site, token) != await number(site, key)
    assert (await viewer(site, token))["role"] == "SUPPORTER"


# ---------------------------------------------------------------- at the same time


async def test_two_sign_ins_of_one_address_make_one_supporter(site: TestApp) -> None:
    """One by a guest and one without a token, each with a code of its own."""
    campaign = await site.campaign()
    guest = str((await sign(site, campaign, EVE))["accessToken"])
    await sign(site, campaign, ADA)

    tokens = await asyncio.gather(*(site.signed_in(ADA, token) for token in (None, guest)), return_exceptions=True)

    numbers = {await number(site, token) for token in tokens if isinstance(token, str)}
    assert len(numbers) == 1
    await assert_counted(site)


async def test_what_a_guest_does_while_they_are_moved_is_moved_or_refused(site: TestApp) -> None:
    await supporter(site)
    guest = await site.guest("Augusta Lovelace")
    campaigns = [await site.campaign() for _ in range(4)]
    comment = await site.comment(campaigns[0], await site.guest("Some Body"))
    code = await site.code(ADA)

    async def act(campaign: str) -> None:
        for body in ("One.", "Two.", "Three."):
            await site.post(
                "mutation($i: PostCommentInput!, $c: ID!) { postComment(input: $i) { __typename }"
                " castVote(input: {commentId: $c, direction: UP}) { __typename }"
                " addReaction(input: {commentId: $c, kind: HEART}) { __typename } }",
                guest,
                i={"campaignId": campaign, "body": body},
                c=comment,
            )

    acting = asyncio.gather(*map(act, campaigns))
    answer = await site.do("signIn", "accessToken", guest, email=ADA, code=code)
    await acting

    assert answer["__typename"] == "SignInPayload", answer
    names = {name for campaign in campaigns for kind, name in await log(site, campaign) if kind == "COMMENTED"}
    assert names <= {"Ada B.", "Some B."}
    await assert_counted(site)


async def test_what_was_signed_with_another_address_counts_by_the_proven_one(site: TestApp) -> None:
    """So a form that a third party fills in with it counts nobody twice, and the other address is free."""
    campaign = await site.campaign()
    guest = (await sign(site, campaign, EVE))["accessToken"]

    await site.signed_in(ADA, guest)

    await sign(site, campaign, ADA)
    assert await counts(site, campaign) == (1, 1, 0, 0)
    await sign(site, campaign, EVE)
    assert await counts(site, campaign) == (2, 2, 0, 0)
    assert await audits.drift() == []
