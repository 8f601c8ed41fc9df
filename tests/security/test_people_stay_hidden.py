"""People stay hidden: ids tell nothing, people who are shown nowhere are not found, and "A supporter" is anybody."""

import re
from base64 import urlsafe_b64decode
from itertools import pairwise
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import Activity, Comment, Role, Session, Signature, Supporter
from resolvers import confirmations
from resolvers.ids import SEALED_TYPES, alias_id, global_id, parse
from settings import Settings
from storage import sealed_ids
from tests.support.app import OTHER_SECRET, SECRET, TestApp

pytestmark = pytest.mark.anyio

NODE = "query($id: ID!) { node(id: $id) { __typename ... on Supporter { displayName } } }"
OWN_ID = "{ viewer { supporter { id } } }"
TICKER = """query($id: ID!) { campaign(id: $id) { activity(first: 50, kinds: [SIGNED REACTED COMMENTED NAME_CHANGED]) {
  nodes { kind actorName actor { id displayName } ... on PersonActivity { supporterIds }
    ... on SignatureActivity { signature { supporter { id } } } } } } }"""
DISCUSSION = """query($id: ID!) { campaign(id: $id) { comments { nodes { author { id displayName badge } } }
  commentStats { recentAuthors { id displayName } } } }"""


async def id_of(site: TestApp, token: str) -> str:
    return str((await site.ask(OWN_ID, token))["viewer"]["supporter"]["id"])


async def found(site: TestApp, person: str, token: str | None = None) -> Any:
    return (await site.ask(NODE, token, id=person))["node"]


# ---------------------------------------------------------------- ids


@pytest.fixture
def key() -> None:
    sealed_ids.use(Settings(secret_key=SECRET))


@pytest.mark.usefixtures("key")
@given(st.sampled_from(sorted(SEALED_TYPES)), st.integers(1, 2**63 - 1))
def test_sealed_id_leads_back_to_its_row(type_name: str, row_id: int) -> None:
    assert parse(global_id(type_name, row_id)) == (type_name, row_id)


@pytest.mark.usefixtures("key")
@given(st.binary(min_size=16, max_size=16), st.integers(0, 127))
def test_altered_id_is_no_id(made_up: bytes, bit: int) -> None:
    block = int.from_bytes(urlsafe_b64decode(global_id("Supporter", 7) + "=="), "big") ^ (1 << bit)

    for forged in (made_up, block.to_bytes(16, "big")):
        assert parse(sealed_ids.text_of(forged)) is None


@pytest.mark.parametrize("type_name", sorted(SEALED_TYPES))
@pytest.mark.usefixtures("key")
def test_ids_tell_neither_number_nor_order(type_name: str) -> None:
    ids = [global_id(type_name, row_id) for row_id in range(1, 1_001)]

    assert len(set(ids)) == 1_000
    assert {len(one) for one in ids} == {22}
    assert all(re.fullmatch(r"[\w-]+", one) for one in ids)
    blocks = [urlsafe_b64decode(one + "==") for one in ids]
    for place in range(16):  # no byte counts up, stays the same, or tells the type
        assert len({block[place] for block in blocks}) > 200
    rising = sum(before < behind for before, behind in pairwise(ids))
    assert 400 < rising < 600


@pytest.mark.usefixtures("key")
def test_ids_depend_on_the_key() -> None:
    before = global_id("Supporter", 7)
    sealed_ids.use(Settings(secret_key=OTHER_SECRET))

    assert global_id("Supporter", 7) != before
    assert parse(before) is None


@pytest.mark.parametrize("type_name", sorted(SEALED_TYPES))
async def test_guessed_id_is_refused(site: TestApp, type_name: str) -> None:
    """The form that ids of people once had, `Supporter:1`, finds nobody and is told to be no id."""
    await site.guest()
    guessed = sealed_ids.text_of(f"{type_name}:1".encode())

    assert await site.codes(NODE, id=guessed) == ["INVALID"]


async def test_guessed_id_is_no_argument(site: TestApp) -> None:
    await site.guest()
    guessed = sealed_ids.text_of(b"Supporter:1")

    answer = await site.do("eraseSupporter", "__typename", await site.staff(Role.ADMIN), supporterId=guessed)

    assert (answer["code"], answer["paths"]) == ("NOT_FOUND", ["supporterId"])
    assert await Supporter.all().count() == 2


async def test_cursors_of_own_rows_tell_no_row_number(site: TestApp) -> None:
    """The number of a signature would tell how many there are on the whole site."""
    campaign, token = await site.campaign(), await site.guest()
    for _ in range(2):
        await site.sign(campaign, "ada@example.org", token)
        campaign = await site.campaign()
    await site.comment(campaign, token)
    comment = await Comment.first()
    assert comment is not None
    await site.do("castVote", "__typename", token, commentId=global_id("Comment", comment.id), direction="UP")
    await site.do("addReaction", "__typename", token, commentId=global_id("Comment", comment.id), kind="HEART")
    lists = "signatures(first: 1, after: $after) votes(first: 1) reactions(first: 1)".split(") ")
    selected = " ".join(f"{one.rstrip(')')}) {{ edges {{ cursor }} pageInfo {{ hasNextPage }} }}" for one in lists)
    query = f"query($after: String) {{ viewer {{ {selected} }} }}"

    first = (await site.ask(query, token))["viewer"]

    cursors = {name: page["edges"][0]["cursor"] for name, page in first.items()}
    for cursor in cursors.values():
        assert not re.search(rb"\d{4}-\d\d|,\d+\]", urlsafe_b64decode(cursor + "=="))
    second = (await site.ask(query, token, after=cursors["signatures"]))["viewer"]["signatures"]
    assert first["signatures"]["pageInfo"]["hasNextPage"]
    assert second["edges"][0]["cursor"] != cursors["signatures"]
    assert not second["pageInfo"]["hasNextPage"]
    tampered = cursors["signatures"][:-2] + ("AA" if cursors["signatures"][-2:] != "AA" else "BB")
    assert await site.codes(query, token, after=tampered) == ["INVALID_CURSOR"]


# ---------------------------------------------------------------- who is found by an id


async def test_person_without_anything_public_is_not_found(site: TestApp) -> None:
    """A person who has only given a name is public nowhere."""
    person = await id_of(site, await site.guest("Katharina Sommer"))

    assert await found(site, person) is None
    assert await found(site, person, await site.guest()) is None


async def test_person_finds_themselves(site: TestApp) -> None:
    token = await site.guest("Katharina Sommer")

    assert (await found(site, await id_of(site, token), token))["displayName"] == "Katharina S."


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.CAMPAIGNER, Role.ADMIN])
async def test_staff_find_every_person(site: TestApp, role: Role) -> None:
    person = await id_of(site, await site.guest("Katharina Sommer"))

    assert (await found(site, person, await site.staff(role)))["displayName"] == "Katharina S."


async def test_author_is_found_while_a_comment_is_visible(site: TestApp) -> None:
    campaign, token = await site.campaign(), await site.guest("Katharina Sommer")
    person, comment = await id_of(site, token), await site.comment(campaign, token)

    assert (await found(site, person))["displayName"] == "Katharina S."
    await site.do("moderateComment", "__typename", await site.staff(), commentId=comment, decision="HOLD")
    await Activity.all().delete()
    assert await found(site, person) is None


async def test_signer_is_found_while_the_ticker_names_them(site: TestApp) -> None:
    campaign = await site.campaign()
    await site.sign(campaign, "ada@example.org")
    (line,) = (await site.ask(TICKER, id=campaign))["campaign"]["activity"]["nodes"]

    assert (await found(site, line["actor"]["id"]))["displayName"] == "Ada L."
    await Activity.all().delete()
    assert await found(site, line["actor"]["id"]) is None


async def test_anonymous_person_is_not_found(site: TestApp) -> None:
    campaign, token = await site.campaign(), await site.guest("Katharina Sommer", nameDisplay="ANONYMOUS")
    person = await id_of(site, token)
    await site.comment(campaign, token)

    assert await found(site, person) is None
    assert await found(site, person, token) == {"__typename": "Supporter", "displayName": "A supporter"}


# ---------------------------------------------------------------- "A supporter"


async def appear(site: TestApp, campaign: str, token: str) -> None:
    """Comment and react on a campaign."""
    comment = await site.comment(campaign, token)
    await site.do("addReaction", "__typename", token, commentId=comment, kind="HEART")


async def test_ticker_does_not_link_what_anonymous_people_did(site: TestApp) -> None:
    campaigns, token = [await site.campaign(), await site.campaign()], await site.guest("Katharina Sommer")
    for campaign in campaigns:
        await appear(site, campaign, token)
    await site.do("updateProfile", "__typename", token, nameDisplay="ANONYMOUS")

    for campaign in campaigns:
        lines = (await site.ask(TICKER, id=campaign))["campaign"]["activity"]["nodes"]
        assert {line["kind"] for line in lines} == {"COMMENTED", "REACTED", "NAME_CHANGED"}
        assert {(line["actorName"], line["actor"], line.get("supporterIds")) for line in lines} == {
            ("A supporter", None, None)
        }


async def authors(site: TestApp, campaign: str, token: str | None = None) -> set[str]:
    page = (await site.ask(DISCUSSION, token, id=campaign))["campaign"]
    people = [node["author"] for node in page["comments"]["nodes"]] + page["commentStats"]["recentAuthors"]
    assert {person["displayName"] for person in people} == {"A supporter"}
    return {person["id"] for person in people}


async def test_anonymous_author_has_another_id_on_each_campaign(site: TestApp) -> None:
    """A discussion tells who answers whom; two discussions do not tell that they share a person."""
    campaigns, token = [await site.campaign(), await site.campaign()], await site.guest(nameDisplay="ANONYMOUS")
    for campaign in campaigns * 2:
        await site.comment(campaign, token)

    (here,), (there,) = [await authors(site, campaign) for campaign in campaigns]

    assert len({here, there, await id_of(site, token)}) == 3
    assert await found(site, here) is None


async def test_anonymous_author_and_moderators_see_the_person(site: TestApp) -> None:
    campaign, token = await site.campaign(), await site.guest(nameDisplay="ANONYMOUS")
    await site.comment(campaign, token)
    person = {await id_of(site, token)}

    assert await authors(site, campaign, token) == person
    assert await authors(site, campaign, await site.staff()) == person


@given(st.integers(1, 2**40 - 1), st.integers(1, 2**23 - 1))
@pytest.mark.usefixtures("key")
def test_alias_is_of_one_person_on_one_campaign(supporter_id: int, campaign_id: int) -> None:
    alias = alias_id(supporter_id, campaign_id)

    assert (alias & (2**40 - 1), (alias >> 40) & (2**23 - 1), alias >> 63) == (supporter_id, campaign_id, 1)
    assert parse(global_id("Supporter", alias)) == ("Supporter", 2**63 - 1)  # which no row has


# ---------------------------------------------------------------- tokens and links


def readable_numbers(text: str, row_ids: set[int]) -> set[int]:
    """Return those of the row ids that a reader finds in a JWT, or in a link's token, as digits or as bytes."""
    parts = [urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in text.split(".")]
    return {
        row_id
        for row_id in row_ids
        for part in parts
        if row_id.to_bytes(8, "big") in part or re.search(rb'"(?:sub|sid)":"?%d\b' % row_id, part)
    }


async def test_tokens_tell_no_row_number(site: TestApp) -> None:
    guest, supporter = await site.guest(), await site.signed_in("ada@example.org")
    people = {row.id for row in await Supporter.all()}
    sessions = {row.id for row in await Session.all()}

    assert len(people) == 2
    assert readable_numbers(guest, people) == readable_numbers(supporter, people | sessions) == set()


async def test_token_with_a_plain_id_is_still_good(site: TestApp) -> None:
    """As release 0.1 signed it: guests keep their accounts."""
    guest = await site.guest()
    kid, key = next(iter(site.settings.signing_keys.items()))
    claims = jwt.decode(guest, key, ["HS256"])
    (person,) = await Supporter.all()
    earlier = jwt.encode({**claims, "sub": str(person.id)}, key, "HS256", {"kid": kid})

    assert await id_of(site, earlier) == await id_of(site, guest)


async def test_confirmation_links_tell_no_row_number(site: TestApp) -> None:
    campaign = await site.campaign(confirmSignatures=True)
    await site.sign(campaign)
    signatures = {row.id for row in await Signature.all()}

    assert readable_numbers(await site.link(), signatures) == set()


async def test_link_with_a_plain_id_is_still_good(site: TestApp, monkeypatch: pytest.MonkeyPatch) -> None:
    """As release 0.1 mailed it: links are good for 30 days."""

    class Plain:
        def encrypt(self, body: bytes) -> bytes:
            return body

    with monkeypatch.context() as release_0_1:
        release_0_1.setattr(confirmations, "permutation", lambda key, purpose: Plain())
        release_0_1.setattr(confirmations, "SEALED", confirmations.PLAIN)
        campaign = await site.campaign(confirmSignatures=True)
        await site.sign(campaign)
    link = await site.link()
    (signature,) = await Signature.all()

    confirmed = await site.do("confirmSignature", "signature { state }", token=link)

    assert readable_numbers(link, {signature.id}) == {signature.id}
    assert confirmed["signature"]["state"] == "CONFIRMED"
