"""Account merging: rows that move to the owner of a proven e-mail, rows that stay, and counts without drift."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import models
import storage
from jobs import audits
from models import Comment, CommentFlag, Role, Supporter
from resolvers.ids import parse
from storage.database import Statement
from tests.api.test_statements import assert_along_an_index, sqlite_only
from tests.support.activity import subscribe_to_activity
from tests.support.app import ON_POSTGRES, TestApp, in_running_app
from tests.support.serving import serving, socket_of

pytestmark = pytest.mark.anyio

ADA, EVE = "ada@example.org", "eve@example.org"
VIEWER = "{ viewer { role supporter { id displayName badge } profile { givenName familyName email emailVerified } } }"
COUNTS = (
    "query($id: ID!) { campaign(id: $id) { supporters { total direct pending withdrawn } viewerSignature { id } } }"
)
COMMENT = """query($id: ID!) { node(id: $id) { ... on Comment {
  author { displayName } votes { up down score viewerVote } reactions { kind count viewerHasReacted } viewerCan } } }"""
STATS = "query($id: ID!) { campaign(id: $id) { commentStats { authorCount recentAuthors { displayName } } } }"
LOG = """query($id: ID!) { campaign(id: $id) { activity(first: 50, kinds: [SIGNED, COMMENTED, NAME_CHANGED]) { nodes {
  kind actorName ... on SignatureActivity { signature { id } } } } } }"""
SELECT_REFERENCES = Statement(
    'SELECT m.name, f."from" FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f ON f."table" = \'supporters\''
    " WHERE m.type = 'table' ORDER BY m.name",
    "SELECT c.conrelid::regclass::text, a.attname FROM pg_constraint c JOIN pg_attribute a"
    " ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]"
    " WHERE c.contype = 'f' AND c.confrelid = 'supporters'::regclass ORDER BY 1",
)


async def sign(site: TestApp, campaign: str, email: str, token: str | None = None, **given: Any) -> dict[str, Any]:
    """Sign, by default as a new person, and return the payload."""
    values = {"givenName": "Ada", "familyName": "Byron", "country": "GB", "email": email} | given
    payload = "accessToken signature { id state } comment { id }"
    answer = await site.do("signPetition", payload, token, campaignId=campaign, **values)
    assert answer["__typename"] == "SignPetitionPayload", answer
    return answer


async def viewer(site: TestApp, token: str) -> dict[str, Any]:
    answer: dict[str, Any] = (await site.ask(VIEWER, token))["viewer"]
    return answer


async def supporter_id(site: TestApp, token: str) -> int:
    parsed = parse((await viewer(site, token))["supporter"]["id"])
    assert parsed is not None
    return parsed[1]


async def counts(site: TestApp, campaign: str) -> tuple[int, int, int, int]:
    count = (await site.ask(COUNTS, id=campaign))["campaign"]["supporters"]
    return count["total"], count["direct"], count["pending"], count["withdrawn"]


async def own(site: TestApp, campaign: str, token: str) -> str | None:
    """Return the id of the viewer's signature."""
    signature = (await site.ask(COUNTS, token, id=campaign))["campaign"]["viewerSignature"]
    return signature and str(signature["id"])


async def shown(site: TestApp, comment: str, token: str | None = None) -> dict[str, Any]:
    node: dict[str, Any] = (await site.ask(COMMENT, token, id=comment))["node"]
    return node


async def status(site: TestApp, token: str) -> int:
    answer = await site.http.post("/graphql", json={"query": VIEWER}, headers={"authorization": f"Bearer {token}"})
    return answer.status_code


async def log(site: TestApp, campaign: str) -> list[tuple[str, str]]:
    nodes = (await site.ask(LOG, id=campaign))["campaign"]["activity"]["nodes"]
    return [(node["kind"], node["actorName"]) for node in nodes]


async def assert_counted(site: TestApp) -> None:
    assert await audits.drift() == []


# ---------------------------------------------------------------- sign-in without a token


async def test_sign_in_again_is_same_supporter(site: TestApp) -> None:
    guest = await site.guest("Ada Byron")
    first = await site.signed_in(ADA, guest)

    again = await site.signed_in(ADA)

    assert await supporter_id(site, again) == await supporter_id(site, first)
    assert (await viewer(site, again))["supporter"]["displayName"] == "Ada B."


async def test_signature_moves_to_email_owner(site: TestApp) -> None:
    campaign = await site.campaign()
    signed = await sign(site, campaign, ADA)

    token = await site.signed_in(ADA)

    shown = await viewer(site, token)
    assert shown["supporter"]["displayName"] == "A supporter"
    assert shown["profile"] == {"givenName": "", "familyName": None, "email": ADA, "emailVerified": True}
    assert await own(site, campaign, token) == signed["signature"]["id"]
    assert await counts(site, campaign) == (1, 1, 0, 0)
    await assert_counted(site)


async def test_typed_email_gives_no_access_to_owner(site: TestApp) -> None:
    """The guest loses the signature, which belongs to the owner of the mailbox."""
    campaign = await site.campaign()
    eve = str((await sign(site, campaign, ADA, givenName="Eve"))["accessToken"])
    before = await viewer(site, eve)

    ada = await site.signed_in(ADA)

    assert await viewer(site, eve) == before
    assert await supporter_id(site, eve) != await supporter_id(site, ada)
    assert await own(site, campaign, eve) is None


async def test_signing_retry_returns_no_token_of_email_owner(site: TestApp) -> None:
    """The signature of the first answer belongs to the owner of the e-mail by then."""
    campaign = await site.campaign()
    values = {"idempotencyKey": "6f1c2a3e-92b1-4c55", "givenName": "Eve"}
    eve = str((await sign(site, campaign, ADA, **values))["accessToken"])

    ada = await site.signed_in(ADA)
    again = await sign(site, campaign, ADA, **values)

    assert again["replayed"]
    assert again["accessToken"] is None
    assert await supporter_id(site, eve) != await supporter_id(site, ada)


async def test_comment_stays_with_author_who_typed_email(site: TestApp) -> None:
    """The owner of the e-mail did not write the comment."""
    campaign = await site.campaign()
    signed = await sign(site, campaign, ADA, givenName="Eve", comment="In her name.")
    eve = str(signed["accessToken"])
    comment = await site.comment(campaign, eve, "Another one.")

    ada = await site.signed_in(ADA)

    for one in (signed["comment"]["id"], comment):
        assert "EDIT" in (await shown(site, one, eve))["viewerCan"]
        assert "EDIT" not in (await shown(site, one, ada))["viewerCan"]
    await assert_counted(site)


async def test_new_owner_gets_no_name_that_was_given_with_email(site: TestApp) -> None:
    """Anybody may have given it."""
    one, other = await site.campaign(), await site.campaign()
    await sign(site, one, ADA, givenName="Ada")
    await sign(site, other, ADA, givenName="Eve")

    token = await site.signed_in(ADA)

    assert (await viewer(site, token))["supporter"]["displayName"] == "A supporter"
    assert await own(site, one, token)
    assert await own(site, other, token)
    for campaign in (one, other):
        assert await log(site, campaign) == [("NAME_CHANGED", "A supporter"), ("SIGNED", "A supporter")]


async def test_moved_signature_lowers_owners_name_ceiling(site: TestApp) -> None:
    strict = await site.campaign(nameDisplayCeiling="INITIALS")
    await sign(site, strict, ADA)

    token = await site.signed_in(ADA)
    await site.do("updateProfile", "__typename", token, givenName="Ada", familyName="Byron", nameDisplay="FULL_NAME")

    assert (await viewer(site, token))["supporter"]["displayName"] == "A. B."


async def test_pending_signature_moves_and_stays_pending(site: TestApp) -> None:
    campaign = await site.campaign(confirmSignatures=True)
    signed = await sign(site, campaign, ADA)

    token = await site.signed_in(ADA)

    assert await own(site, campaign, token) == signed["signature"]["id"]
    assert await counts(site, campaign) == (0, 0, 1, 0)
    await assert_counted(site)


# ---------------------------------------------------------------- a guest with a new e-mail


async def test_guest_becomes_supporter_and_keeps_account(site: TestApp) -> None:
    campaign = await site.campaign()
    guest = await site.guest("Grace Hopper")
    comment = await site.comment(campaign, guest)
    before = await supporter_id(site, guest)

    token = await site.signed_in(ADA, guest)

    seen = await viewer(site, token)
    assert await supporter_id(site, token) == before
    assert (seen["role"], seen["supporter"]["badge"], seen["supporter"]["displayName"]) == (
        "SUPPORTER",
        "SUPPORTER",
        "Grace H.",
    )
    assert seen["profile"] == {"givenName": "Grace", "familyName": "Hopper", "email": ADA, "emailVerified": True}
    assert "EDIT" in (await shown(site, comment, token))["viewerCan"]


async def test_guest_token_is_revoked_by_sign_in(site: TestApp) -> None:
    guest = await site.guest("Grace Hopper")

    await site.signed_in(ADA, guest)

    assert await status(site, guest) == 401


@pytest.mark.parametrize("is_merged", [False, True])
async def test_retry_from_other_browser_returns_no_token_of_supporter(site: TestApp, is_merged: bool) -> None:
    values = {"givenName": "Grace", "idempotencyKey": "6f1c2a3e-92b1-4c55"}
    guest = str((await site.do("introduce", "accessToken", **values))["accessToken"])
    if is_merged:
        await supporter(site)
    code = await site.code(ADA)
    here = site.http.headers["user-agent"]
    site.http.headers["user-agent"] = "another browser"
    await site.do("signIn", "accessToken", guest, **code)
    site.http.headers["user-agent"] = here

    body = await site.post(
        "mutation($input: IntroduceInput!) { introduce(input: $input) {"
        " ... on IntroducePayload { accessToken } ... on Problem { code } } }",
        input=values,
    )

    if is_merged:
        assert body["data"]["introduce"] == {"code": "CONFLICT"}
    else:
        assert [error["extensions"]["code"] for error in body["errors"]] == ["UNAUTHENTICATED"]


async def test_introduction_retry_after_sign_in_makes_new_guest(site: TestApp) -> None:
    values = {"givenName": "Grace", "idempotencyKey": "6f1c2a3e-92b1-4c55"}
    guest = str((await site.do("introduce", "accessToken", **values))["accessToken"])
    token = await site.signed_in(ADA, guest)

    again = str((await site.do("introduce", "accessToken", **values))["accessToken"])

    assert await supporter_id(site, again) != await supporter_id(site, token)


@sqlite_only
async def test_first_answers_of_guest_are_found_by_index(site: TestApp) -> None:
    """The table has the first answers of all recent writers."""
    await assert_along_an_index([models.idempotency.DELETE_ANSWERS_OF_GUEST.sqlite])


async def test_signature_of_other_guest_moves_to_email_owner(site: TestApp) -> None:
    campaign = await site.campaign()
    signed = await sign(site, campaign, ADA, givenName="Eve")

    token = await site.signed_in(ADA, await site.guest("Ada Byron"))

    assert await own(site, campaign, token) == signed["signature"]["id"]
    assert ("SIGNED", "Ada B.") in await log(site, campaign)
    assert await counts(site, campaign) == (1, 1, 0, 0)
    await assert_counted(site)


async def test_signatures_with_two_emails_count_once_for_owner(site: TestApp) -> None:
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


async def test_uncounted_signature_is_replaced_by_counted_one(site: TestApp) -> None:
    """A person signs on two devices with one e-mail."""
    campaign = await site.campaign()
    first = await sign(site, campaign, ADA)
    second = await sign(site, campaign, ADA)

    token = await site.signed_in(ADA, str(second["accessToken"]))

    assert await own(site, campaign, token) == first["signature"]["id"]
    assert await counts(site, campaign) == (1, 1, 0, 0)
    await site.do("withdrawSignature", "signature { id }", token, campaignId=campaign)
    assert await counts(site, campaign) == (0, 0, 0, 1)
    await assert_counted(site)


# ---------------------------------------------------------------- a guest with a supporter's e-mail


async def supporter(site: TestApp, email: str = ADA, name: str = "Ada Byron") -> str:
    return await site.signed_in(email, await site.guest(name))


async def test_guest_is_merged_into_email_owner(site: TestApp) -> None:
    ada, guest = await supporter(site), await site.guest("A. Lovelace")
    people = await Supporter.all().count()

    token = await site.signed_in(ADA, guest)

    assert await supporter_id(site, token) == await supporter_id(site, ada)
    assert (await viewer(site, token))["profile"]["familyName"] == "Byron"
    assert await status(site, guest) == 401
    assert await status(site, ada) == 200
    assert await Supporter.all().count() == people - 1


async def test_merge_moves_comments_and_author_counts(site: TestApp) -> None:
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
    ("owners", "guests", "tally"),
    [("UP", "UP", (1, 0, 1)), ("UP", "DOWN", (1, 0, 1)), ("DOWN", "UP", (0, 1, -1)), (None, "UP", (1, 0, 1))],
)
async def test_merge_keeps_owners_vote(
    site: TestApp, owners: str | None, guests: str, tally: tuple[int, int, int]
) -> None:
    ada, guest = await supporter(site), await site.guest("A. Lovelace")
    comment = await site.comment(await site.campaign(), await site.guest("Some Body"))
    for token, direction in ((ada, owners), (guest, guests)):
        if direction:
            await site.do("castVote", "comment { id }", token, commentId=comment, direction=direction)

    token = await site.signed_in(ADA, guest)

    votes = (await shown(site, comment, token))["votes"]
    assert (votes["up"], votes["down"], votes["score"]) == tally
    assert votes["viewerVote"] == (owners or guests)
    await assert_counted(site)


async def test_merge_deduplicates_reactions(site: TestApp) -> None:
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


async def test_merge_moves_signatures(site: TestApp) -> None:
    ada, campaign = await supporter(site), await site.campaign()
    signed = await sign(site, campaign, EVE)

    token = await site.signed_in(ADA, str(signed["accessToken"]))

    assert await own(site, campaign, token) == signed["signature"]["id"]
    assert await own(site, campaign, ada) == signed["signature"]["id"]
    assert await counts(site, campaign) == (1, 1, 0, 0)
    await assert_counted(site)


async def test_merge_deduplicates_counted_signatures(site: TestApp) -> None:
    ada, campaign = await supporter(site), await site.campaign()
    owners = await sign(site, campaign, ADA, ada)
    guests = await sign(site, campaign, EVE, country="FR")
    assert await counts(site, campaign) == (2, 2, 0, 0)

    token = await site.signed_in(ADA, str(guests["accessToken"]))

    assert await own(site, campaign, token) == owners["signature"]["id"]
    assert await counts(site, campaign) == (1, 1, 0, 0)
    assert [kind for kind, _ in await log(site, campaign)].count("SIGNED") == 2
    await assert_counted(site)


async def test_merge_keeps_signature_that_is_not_withdrawn(site: TestApp) -> None:
    ada, campaign = await supporter(site), await site.campaign()
    await sign(site, campaign, ADA, ada)
    await site.do("withdrawSignature", "signature { id }", ada, campaignId=campaign)
    guests = await sign(site, campaign, EVE)
    assert await counts(site, campaign) == (1, 1, 0, 1)

    token = await site.signed_in(ADA, str(guests["accessToken"]))

    assert await own(site, campaign, token) == guests["signature"]["id"]
    assert await counts(site, campaign) == (1, 1, 0, 0)
    await assert_counted(site)


async def test_merge_drops_uncounted_signature(site: TestApp) -> None:
    ada, campaign = await supporter(site), await site.campaign()
    owners = await sign(site, campaign, ADA, ada)
    guests = await sign(site, campaign, ADA)

    token = await site.signed_in(ADA, str(guests["accessToken"]))

    assert await own(site, campaign, token) == owners["signature"]["id"]
    assert await counts(site, campaign) == (1, 1, 0, 0)
    await assert_counted(site)


async def test_merge_keeps_comment_of_guests_signature(site: TestApp) -> None:
    ada, campaign = await supporter(site), await site.campaign()
    await sign(site, campaign, ADA, ada)
    guests = await sign(site, campaign, EVE, comment="For freedom.")

    token = await site.signed_in(ADA, str(guests["accessToken"]))

    query = "query($id: ID!) { campaign(id: $id) { viewerSignature { comment { id author { displayName } } } } }"
    shown_comment = (await site.ask(query, token, id=campaign))["campaign"]["viewerSignature"]["comment"]
    assert shown_comment == {"id": guests["comment"]["id"], "author": {"displayName": "Ada B."}}


async def test_merge_deduplicates_flags(site: TestApp) -> None:
    ada, guest = await supporter(site), await site.guest("A. Lovelace")
    comment = await site.comment(await site.campaign(), await site.guest("Some Body"))
    for token in (ada, guest):
        await site.do("flagComment", "comment { id }", token, commentId=comment, reason="SPAM")

    await site.signed_in(ADA, guest)

    assert [row.flag_count for row in await Comment.all()] == [1]
    assert await CommentFlag.all().count() == 1


async def test_ticker_shows_owner_after_merge(site: TestApp) -> None:
    await supporter(site)
    guest, campaign = await site.guest("Augusta Lovelace"), await site.campaign()
    await site.comment(campaign, guest)

    await site.signed_in(ADA, guest)

    assert (await log(site, campaign))[:2] == [("NAME_CHANGED", "A supporter"), ("COMMENTED", "Ada B.")]


async def test_merge_sends_name_changed_to_live_readers(site: TestApp) -> None:
    """Live readers have stored the id of the deleted guest."""
    await supporter(site)
    guest, campaign = await site.guest("Augusta Lovelace"), await site.campaign()
    await site.comment(campaign, guest)
    async with serving(site) as url, socket_of(url) as client:
        follow = await subscribe_to_activity(site, client, campaign, kinds=["NAME_CHANGED"])

        await site.signed_in(ADA, guest)
        event = await follow.event()

    assert (event["activity"]["kind"], event["activity"]["actorName"]) == ("NAME_CHANGED", "A supporter")


async def test_merge_lowers_owners_name_ceiling(site: TestApp) -> None:
    ada, guest = await supporter(site), await site.guest("Augusta Lovelace")
    await site.comment(await site.campaign(nameDisplayCeiling="ANONYMOUS"), guest)

    await site.signed_in(ADA, guest)

    assert (await viewer(site, ada))["supporter"]["displayName"] == "A supporter"


async def test_merge_leaves_rows_of_other_guests(site: TestApp) -> None:
    """A merge moves the rows of the viewer's token, and of other people only signatures with the e-mail."""
    ada, campaign = await supporter(site), await site.campaign()
    other = await site.guest("Some Body", email=ADA)
    comment = await site.comment(campaign, other)

    token = await site.signed_in(ADA, await site.guest("Augusta Lovelace"))

    assert await supporter_id(site, token) == await supporter_id(site, ada)
    assert (await shown(site, comment))["author"] == {"displayName": "Some B."}
    assert await status(site, other) == 200


async def test_merge_handles_every_reference_to_supporters(site: TestApp) -> None:
    """A new table that refers to supporters must be reassigned or deleted with the guest."""
    reassigned = {text.postgres.split()[1] for text in models.account_merging.REASSIGN_ROWS} | {"signatures"}
    deleted = {"profiles", "sessions"}
    never_of_guests = {"api_keys"}

    tables = {row[0] for row in await storage.fetch(SELECT_REFERENCES)}

    assert tables == reassigned | deleted | never_of_guests


KINDS = ["HEART", "CANDLE"]
actions = st.lists(
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
@given(actions=actions)
def test_merge_keeps_counts_after_any_actions(actions: list[Any]) -> None:
    async def act(site: TestApp) -> None:
        ada, guest = await supporter(site), await site.guest("Augusta Lovelace", email=EVE)
        campaigns = [await site.campaign(), await site.campaign(confirmSignatures=True)]
        some_body = await site.guest("Some Body")
        comments = [await site.comment(campaign, some_body) for campaign in campaigns]
        own: dict[tuple[bool, int], str] = {}
        for is_guest, action, page, direction, kind in actions:
            token, on = (guest if is_guest else ada), {"commentId": comments[page]}
            match action:
                case "comment" | "reply":
                    parent = comments[page] if action == "reply" else None
                    own[is_guest, page] = await site.comment(campaigns[page], token, parent=parent)
                case "vote":
                    vote = ("castVote", on | {"direction": direction}) if direction else ("retractVote", on)
                    await site.do(vote[0], "__typename", token, **vote[1])
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


# ---------------------------------------------------------------- supporters, staff and programs


async def test_two_supporters_are_never_merged(
    site: TestApp,
) -> None:
    """Accounts that have proven an e-mail each stay separate."""
    ada, eve = await supporter(site), await supporter(site, EVE, "Eve Adams")
    comment = await site.comment(await site.campaign(), ada)

    token = await site.signed_in(EVE, ada)

    assert await supporter_id(site, token) == await supporter_id(site, eve)
    assert (await shown(site, comment))["author"] == {"displayName": "Ada B."}
    assert await status(site, ada) == 200


async def test_supporter_with_second_email_is_new_supporter(site: TestApp) -> None:
    ada = await supporter(site)

    token = await site.signed_in(EVE, ada)

    assert await supporter_id(site, token) != await supporter_id(site, ada)
    assert (await viewer(site, ada))["profile"]["email"] == ADA


async def test_staff_keep_role_and_badge_after_sign_in(site: TestApp) -> None:
    moderator = await site.staff(Role.MODERATOR)

    token = await site.signed_in(ADA, moderator)

    seen = await viewer(site, token)
    assert await supporter_id(site, token) == await supporter_id(site, moderator)
    assert (seen["role"], seen["supporter"]["badge"], seen["profile"]["email"]) == ("MODERATOR", "STAFF", ADA)
    assert await status(site, moderator) == 200


async def test_sign_in_without_staff_token_gives_no_staff_role(site: TestApp) -> None:
    moderator = await site.staff(Role.MODERATOR)
    await site.signed_in(ADA, moderator)

    token = await site.signed_in(ADA)

    seen = await viewer(site, token)
    assert await supporter_id(site, token) == await supporter_id(site, moderator)
    assert (seen["role"], seen["supporter"]["badge"]) == ("SUPPORTER", "STAFF")


async def test_staff_are_not_merged_into_supporter(site: TestApp) -> None:
    ada, moderator = await supporter(site), await site.staff(Role.MODERATOR)

    token = await site.signed_in(ADA, moderator)

    assert await supporter_id(site, token) == await supporter_id(site, ada)
    assert (await viewer(site, token))["role"] == "SUPPORTER"
    assert await status(site, moderator) == 200


async def test_program_signs_person_in_as_separate_account(site: TestApp) -> None:
    admin = await site.staff(Role.ADMIN)
    key = str((await site.do("createApiKey", "key", admin, name="Friends", scopes=["SIGN"]))["key"])

    token = await site.signed_in(ADA, key)

    assert await supporter_id(site, token) != await supporter_id(site, key)
    assert (await viewer(site, token))["role"] == "SUPPORTER"


# ---------------------------------------------------------------- concurrency


async def test_concurrent_sign_ins_make_one_supporter(site: TestApp) -> None:
    """A guest and a visitor without a token sign in at once, each with a code."""
    campaign = await site.campaign()
    guest = str((await sign(site, campaign, EVE))["accessToken"])
    await sign(site, campaign, ADA)

    tokens = await asyncio.gather(*(site.signed_in(ADA, token) for token in (None, guest)), return_exceptions=True)

    supporter_ids = {await supporter_id(site, token) for token in tokens if isinstance(token, str)}
    assert len(supporter_ids) == 1
    await assert_counted(site)


async def test_writes_during_merge_are_moved_or_refused(site: TestApp) -> None:
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
    answer = await site.do("signIn", "accessToken", guest, **code)
    await acting

    assert answer["__typename"] == "SignInPayload", answer
    names = {name for campaign in campaigns for kind, name in await log(site, campaign) if kind == "COMMENTED"}
    assert names <= {"Ada B.", "Some B."}
    await assert_counted(site)


async def test_signature_with_other_email_counts_by_proven_email(site: TestApp) -> None:
    """A form with the proven e-mail counts nobody twice, and the other e-mail can sign again."""
    campaign = await site.campaign()
    guest = (await sign(site, campaign, EVE))["accessToken"]

    await site.signed_in(ADA, guest)

    await sign(site, campaign, ADA)
    assert await counts(site, campaign) == (1, 1, 0, 0)
    await sign(site, campaign, EVE)
    assert await counts(site, campaign) == (2, 2, 0, 0)
    assert await audits.drift() == []
