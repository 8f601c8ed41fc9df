"""The viewer's own lists: complete, newest first, for the person alone, and along an index however long they are."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

import storage
from auth.tokens import issue_token
from models import Campaign, Comment, Donation, Reaction, Role, Signature, Vote
from storage.rows import table_of
from tests.api.test_statements import (
    TIME,
    about,
    assert_along_an_index,
    compiled_only,
    copy,
    cost,
    plan,
    sqlite_only,
    steps,
)
from tests.support.app import TestApp, running_app
from tests.support.ids import row_id
from tests.support.sorted_lists import VIEWER_LISTS, SortedList

pytestmark = pytest.mark.anyio

ADA = "ada@example.org"
LISTS = ("signatures", "comments", "votes", "reactions", "donations")
OWN = """{ viewer {
  signatures { totalCount nodes { id state signedAt campaign { id } } }
  comments { totalCount nodes { id state author { displayName } body { text } campaign { id } } }
  votes { totalCount nodes { direction castAt comment { id state body { text } } } }
  reactions { totalCount nodes { kind reactedAt comment { id state body { text } } } }
  donations { totalCount nodes { id state money { amountMinor } donatedAt campaign { id } } } } }"""
EMPTY = {name: {"totalCount": 0, "nodes": []} for name in LISTS}


async def own(site: TestApp, token: str | None) -> Any:
    return (await site.ask(OWN, token))["viewer"]


async def react(site: TestApp, comment: str, token: str, kind: str = "HEART") -> None:
    await site.do("addReaction", "comment { id }", token, commentId=comment, kind=kind)


async def vote(site: TestApp, comment: str, token: str, direction: str = "UP") -> None:
    await site.do("castVote", "comment { id }", token, commentId=comment, direction=direction)


async def moderate(site: TestApp, comment: str, decision: str) -> None:
    await site.do("moderateComment", "comment { id }", await site.staff(), commentId=comment, decision=decision)


async def give(site: TestApp, admin: str, campaign: str, reference: str, email: str = ADA, **given: Any) -> str:
    gift = {"providerReference": reference, "money": {"amountMinor": 500, "currency": "EUR"}, "donorEmail": email}
    answer = await site.do("recordDonation", "donation { id }", admin, campaignId=campaign, **gift, **given)
    return str(answer["donation"]["id"])


# ---------------------------------------------------------------- what is in them


async def test_lists_hold_what_the_viewer_did_newest_first(site: TestApp) -> None:
    ada, admin = await site.signed_in(ADA, await site.guest()), await site.staff(Role.ADMIN)
    campaigns = [await site.campaign() for _ in range(3)]
    for campaign in campaigns:
        await site.sign(campaign, ADA, ada)
    comments = [await site.comment(campaign, ada) for campaign in campaigns]
    for comment in comments:
        await vote(site, comment, ada)
        await react(site, comment, ada)
    gifts = [await give(site, admin, campaign, f"pay-{campaign}") for campaign in campaigns]

    lists = await own(site, ada)

    assert {name: lists[name]["totalCount"] for name in LISTS} == dict.fromkeys(LISTS, 3)
    assert [node["campaign"]["id"] for node in lists["signatures"]["nodes"]] == campaigns[::-1]
    assert [node["id"] for node in lists["comments"]["nodes"]] == comments[::-1]
    assert [node["comment"]["id"] for node in lists["votes"]["nodes"]] == comments[::-1]
    assert [node["comment"]["id"] for node in lists["reactions"]["nodes"]] == comments[::-1]
    assert [node["id"] for node in lists["donations"]["nodes"]] == gifts[::-1]


async def test_lists_hold_nothing_of_others(site: TestApp) -> None:
    ada, grace, admin = await site.signed_in(ADA), await site.guest("Grace"), await site.staff(Role.ADMIN)
    campaign = await site.campaign()
    await site.sign(campaign, ADA, ada)
    comment = await site.comment(campaign, ada)
    await vote(site, comment, ada)
    await react(site, comment, ada)
    await give(site, admin, campaign, "pay-1")

    assert await own(site, grace) == EMPTY
    assert await own(site, admin) == EMPTY


async def test_lists_of_an_anonymous_visitor_are_empty_and_read_no_table(site: TestApp) -> None:
    await site.sign(await site.campaign())
    await Signature.all().update(supporter_id=None)  # as of a signer who is erased

    seen = await cost(site, OWN)

    assert await own(site, None) == EMPTY
    assert seen == []


async def test_program_has_what_it_did_under_its_own_name(site: TestApp) -> None:
    """A person for whom a program signs is somebody else."""
    campaign, admin = await site.campaign(), await site.staff(Role.ADMIN)
    key = await site.do("createApiKey", "key", admin, name="Friends", scopes=["SIGN", "COMMENT", "REACT"])
    other = await site.do("createApiKey", "key", admin, name="Others", scopes=["READ"])
    await site.sign(campaign, ADA, key["key"])
    comment = await site.comment(campaign, key["key"])
    await react(site, comment, key["key"])

    lists = await own(site, key["key"])

    assert [node["id"] for node in lists["comments"]["nodes"]] == [comment]
    assert [node["comment"]["id"] for node in lists["reactions"]["nodes"]] == [comment]
    assert lists["signatures"] == lists["votes"] == lists["donations"] == {"totalCount": 0, "nodes": []}
    assert await own(site, other["key"]) == EMPTY


async def test_signature_is_listed_in_every_state_and_moves_up_when_given_again(site: TestApp) -> None:
    first, second = await site.campaign(), await site.campaign(confirmSignatures=True)
    token = (await site.sign(first))["accessToken"]
    await site.sign(second, token=token)
    await site.do("withdrawSignature", "signature { id }", token, campaignId=first)
    before = (await own(site, token))["signatures"]["nodes"]
    await site.sign(first, token=token)
    after = (await own(site, token))["signatures"]["nodes"]

    assert [(node["campaign"]["id"], node["state"]) for node in before] == [(second, "PENDING"), (first, "WITHDRAWN")]
    assert [(node["campaign"]["id"], node["state"]) for node in after] == [(first, "CONFIRMED"), (second, "PENDING")]


async def test_own_comments_have_their_text_in_every_state_but_deleted(site: TestApp) -> None:
    campaign, guest = await site.campaign(commentPolicy="PREMODERATED"), await site.guest()
    decisions = {"VISIBLE": "APPROVE", "HELD": "HOLD", "REJECTED": "REJECT", "SPAM": "MARK_SPAM"}
    for state in ("PENDING", *decisions, "DELETED"):
        comment = await site.comment(campaign, guest, f"This is {state}.")
        if state in decisions:
            await moderate(site, comment, decisions[state])
        elif state == "DELETED":
            await site.do("deleteComment", "comment { id }", guest, commentId=comment)

    comments = (await own(site, guest))["comments"]

    assert [(node["state"], node["body"]["text"]) for node in comments["nodes"]] == [
        (state, f"This is {state}.") for state in ("SPAM", "REJECTED", "HELD", "VISIBLE", "PENDING")
    ]
    assert {node["author"]["displayName"] for node in comments["nodes"]} == {"Ada B."}
    assert comments["totalCount"] == 5


async def test_tombstone_is_not_in_the_list_of_its_author(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest()
    comment = await site.comment(campaign, guest)
    await site.comment(campaign, await site.guest("Grace"), parent=comment)
    await site.do("deleteComment", "comment { id }", guest, commentId=comment)

    assert (await own(site, guest))["comments"] == {"totalCount": 0, "nodes": []}


async def test_changed_vote_is_listed_once_as_the_newest(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest()
    comments = [await site.comment(campaign, guest) for _ in range(2)]
    for comment in (*comments, comments[0]):
        await vote(site, comment, guest, "UP")
    before = (await own(site, guest))["votes"]["nodes"]
    await vote(site, comments[0], guest, "DOWN")
    after = (await own(site, guest))["votes"]["nodes"]

    assert [(node["comment"]["id"], node["direction"]) for node in before] == [(comments[1], "UP"), (comments[0], "UP")]
    assert [(node["comment"]["id"], node["direction"]) for node in after] == [
        (comments[0], "DOWN"),
        (comments[1], "UP"),
    ]
    assert after[0]["castAt"] > before[0]["castAt"]


async def test_removed_reaction_is_not_listed(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest()
    comment = await site.comment(campaign, guest)
    for kind in ("HEART", "CANDLE", "OUTRAGE"):
        await react(site, comment, guest, kind)
    await site.do("removeReaction", "comment { id }", guest, commentId=comment, kind="CANDLE")

    reactions = (await own(site, guest))["reactions"]

    assert [node["kind"] for node in reactions["nodes"]] == ["OUTRAGE", "HEART"]
    assert reactions["totalCount"] == 2


async def test_vote_on_a_hidden_comment_shows_no_more_than_everyone_sees(site: TestApp) -> None:
    """Null without visible replies, a tombstone with them; the moderator and the author still read it."""
    campaign, author, voter = await site.campaign(), await site.guest(), await site.guest("Grace")
    hidden, tombstone = [await site.comment(campaign, author) for _ in range(2)]
    await site.comment(campaign, author, parent=tombstone)
    for comment in (hidden, tombstone):
        for token in (voter, author):
            await vote(site, comment, token)
            await react(site, comment, token)
        await moderate(site, comment, "REJECT")

    lists, of_author = await own(site, voter), await own(site, author)

    for name in ("votes", "reactions"):
        assert [node["comment"] for node in lists[name]["nodes"]] == [
            {"id": tombstone, "state": "REJECTED", "body": None},
            None,
        ]
        assert [node["comment"]["body"] for node in of_author[name]["nodes"]] == [{"text": "Well said."}] * 2


async def test_donation_is_listed_for_a_proven_email_only(site: TestApp) -> None:
    campaign, admin = await site.campaign(), await site.staff(Role.ADMIN)
    guest = await site.guest(email=ADA)
    await give(site, admin, campaign, "pay-1")
    ada = await site.signed_in(ADA)
    gift = await give(site, admin, campaign, "pay-2", state="PLEDGED")

    assert (await own(site, guest))["donations"]["nodes"] == []
    (donation,) = (await own(site, ada))["donations"]["nodes"]
    assert (donation["id"], donation["state"], donation["money"]) == (gift, "PLEDGED", {"amountMinor": 500})


async def test_donation_to_a_draft_is_listed_once_the_campaign_is_public(site: TestApp) -> None:
    admin, ada = await site.staff(Role.ADMIN), await site.signed_in(ADA)
    draft = await site.campaign("DRAFT")
    gift = await give(site, admin, draft, "pay-1")

    before = (await own(site, ada))["donations"]
    await site.do("changeCampaignState", "campaign { id }", admin, campaignId=draft, state="LIVE")
    after = (await own(site, ada))["donations"]

    assert before == {"totalCount": 0, "nodes": []}
    assert [node["id"] for node in after["nodes"]] == [gift]


async def test_campaigner_sees_own_donation_to_a_draft(site: TestApp) -> None:
    admin, ada = await site.staff(Role.ADMIN), await site.signed_in(ADA)
    person = row_id((await site.ask("{ viewer { supporter { id } } }", ada))["viewer"]["supporter"]["id"])
    gift = await give(site, admin, await site.campaign("DRAFT"), "pay-1")

    donations = (await own(site, issue_token(site.settings, person, Role.CAMPAIGNER)))["donations"]

    assert (donations["totalCount"], [node["id"] for node in donations["nodes"]]) == (1, [gift])


# ---------------------------------------------------------------- merged and erased accounts


@pytest.mark.audited
async def test_merged_account_has_the_lists_of_both_without_duplicates(site: TestApp) -> None:
    admin, ada = await site.staff(Role.ADMIN), await site.signed_in(ADA)
    campaigns = [await site.campaign() for _ in range(3)]
    comments = [await site.comment(campaign, ada) for campaign in campaigns[:2]]
    guest = await site.guest("Ada")
    comments.append(await site.comment(campaigns[2], guest))
    for token, places in ((ada, (0, 1)), (guest, (1, 2))):
        for place in places:
            await site.sign(campaigns[place], ADA, token)
            await vote(site, comments[place], token)
            await react(site, comments[place], token)
    gift = await give(site, admin, campaigns[0], "pay-1")

    merged = await own(site, await site.signed_in(ADA, guest))

    counts = {"signatures": 3, "comments": 3, "votes": 3, "reactions": 3, "donations": 1}
    assert {name: merged[name]["totalCount"] for name in LISTS} == counts
    assert {node["campaign"]["id"] for node in merged["signatures"]["nodes"]} == set(campaigns)
    assert [node["id"] for node in merged["comments"]["nodes"]] == comments[::-1]
    for name in ("votes", "reactions"):
        assert [node["comment"]["id"] for node in merged[name]["nodes"]] == [comments[2], *_in_order(merged[name])]
    assert [node["id"] for node in merged["donations"]["nodes"]] == [gift]


def _in_order(page: Any) -> list[str]:
    """Return the comments of the votes or reactions but the newest, by the time that each has."""
    at = "castAt" if "castAt" in page["nodes"][0] else "reactedAt"
    later = sorted(page["nodes"][1:], key=lambda node: node[at], reverse=True)
    return [node["comment"]["id"] for node in later]


@pytest.mark.parametrize("keep", [False, True])
async def test_erased_person_has_no_lists(site: TestApp, keep: bool) -> None:
    admin, ada = await site.staff(Role.ADMIN), await site.signed_in(ADA)
    person = row_id((await site.ask("{ viewer { supporter { id } } }", ada))["viewer"]["supporter"]["id"])
    campaign, grace = await site.campaign(), await site.guest("Grace")
    comment = await site.comment(campaign, ada)
    await site.sign(campaign, ADA, ada)
    await give(site, admin, campaign, "pay-1")
    for token in (ada, grace):
        await vote(site, comment, token)
        await react(site, comment, token)

    await site.do("eraseSupporter", "receipt { id }", ada, keepComments=keep)

    assert await own(site, issue_token(site.settings, person, Role.GUEST)) == EMPTY
    of_grace = await own(site, grace)
    seen = {"id": comment, "state": "VISIBLE", "body": {"text": "Well said."}} if keep else None
    assert [node["comment"] for name in ("votes", "reactions") for node in of_grace[name]["nodes"]] == [seen, seen]


# ---------------------------------------------------------------- pages

each_list = pytest.mark.parametrize("own_list", VIEWER_LISTS, ids=str)


async def active_viewer(site: TestApp) -> str:
    """Return the token of a person who has five rows in each list, some at the same moment."""
    admin, ada = await site.staff(Role.ADMIN), await site.signed_in(ADA)
    for place in range(5):
        campaign = await site.campaign(commentPolicy="PREMODERATED" if place % 2 else "OPEN")
        await site.sign(campaign, ADA, ada)
        await site.comment(campaign, ada)
        comment = await site.comment(campaign, await site.staff())
        await vote(site, comment, ada)
        await react(site, comment, ada)
        await give(site, admin, campaign, f"pay-{place}")
    for model, column in ((Signature, "signed_at"), (Comment, "created_at"), (Vote, "cast_at")):
        moments: list[Any] = await model.all().order_by("id").values_list(column, flat=True)
        await model.filter(**{f"{column}__lte": moments[len(moments) // 2]}).update(**{column: moments[0]})
    return ada


@each_list
async def test_pages_make_the_whole_list(site: TestApp, own_list: SortedList) -> None:
    """In both directions, in the order of the sort, whatever the page size."""
    token = await active_viewer(site)
    info = "totalCount edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"

    async def page_of(paging: str) -> Any:
        (page,) = (await site.ask(own_list.query(paging, info), token))["viewer"].values()
        return page

    def cursors(page: Any) -> list[str]:
        return [edge["cursor"] for edge in page["edges"]]

    first = await page_of("first: 100")
    whole = cursors(first)
    assert first["totalCount"] == len(whole) == len(set(whole)) == 5
    for size in (1, 2, 3):
        page = await page_of(f"first: {size}")
        forwards = cursors(page)
        while page["pageInfo"]["hasNextPage"]:
            page = await page_of(f'first: {size}, after: "{page["pageInfo"]["endCursor"]}"')
            assert page["totalCount"] == 5
            forwards += cursors(page)
        page = await page_of(f"last: {size}")
        backwards = cursors(page)
        while page["pageInfo"]["hasPreviousPage"]:
            page = await page_of(f'last: {size}, before: "{page["pageInfo"]["startCursor"]}"')
            backwards = cursors(page) + backwards
        assert forwards == backwards == whole


@each_list
async def test_cursor_of_another_person_or_list_is_refused(site: TestApp, own_list: SortedList) -> None:
    ada, grace = await active_viewer(site), await site.guest("Grace")
    (page,) = (await site.ask(own_list.query("first: 1", "pageInfo { endCursor }"), ada))["viewer"].values()
    paging = f'after: "{page["pageInfo"]["endCursor"]}"'

    codes = {str(one): await site.codes(one.query(paging, "totalCount"), ada) for one in VIEWER_LISTS}
    by_others = [await site.codes(own_list.query(paging, "totalCount"), token) for token in (grace, None)]

    assert codes == {str(one): [] if one is own_list else ["INVALID_CURSOR"] for one in VIEWER_LISTS}
    assert by_others == [["INVALID_CURSOR"]] * 2


@compiled_only  # graphql-core asks for the total count as well
async def test_rows_are_counted_only_if_their_number_is_selected(site: TestApp) -> None:
    token = await active_viewer(site)

    without = [await cost(site, own_list.query("first: 2", "edges { cursor }"), token) for own_list in VIEWER_LISTS]
    with_it = [await cost(site, own_list.query("first: 2", "totalCount"), token) for own_list in VIEWER_LISTS]

    assert [len(seen) for seen in without] == [1] * 5
    assert not any("count(" in text for seen in without for text in seen)
    assert [len([text for text in seen if "count(" in text]) for seen in with_it] == [1] * 5


async def test_statement_count_does_not_depend_on_the_number_of_rows(site: TestApp) -> None:
    token = await active_viewer(site)
    query = OWN.replace("signatures {", "signatures(first: {0}) {")
    for name in LISTS[1:]:
        query = query.replace(f"{name} {{", f"{name}(first: {{0}}) {{")

    one, five = [len(await cost(site, query.replace("{0}", str(size)), token)) for size in (1, 5)]

    assert one == five


# ---------------------------------------------------------------- how much of the tables


@dataclass
class Sizes:
    """A site with a person who did little, and one who did much."""

    site: TestApp
    tokens: list[str]


LITTLE, MUCH = 50, 2_000


@pytest.fixture(scope="module")
async def sizes(anyio_backend: str) -> AsyncIterator[Sizes]:
    async with running_app() as site:
        admin, campaign = await site.staff(Role.ADMIN), await site.campaign()
        others = await site.comment(campaign, admin)
        emails = (ADA, "grace@example.org")
        tokens = [await site.signed_in(email) for email in emails]
        for email, token in zip(emails, tokens, strict=True):
            await site.sign(campaign, email, token)
            await site.comment(campaign, token)
            await vote(site, others, token)
            await react(site, others, token)
            await give(site, admin, campaign, f"pay-{row_id(campaign)}-{email[:3]}", email)
        await fill(site, tokens, row_id(campaign), row_id(others))
        yield Sizes(site, tokens)


async def fill(site: TestApp, tokens: list[str], campaign: int, comment: int) -> None:
    """Copy the campaign, the comment of somebody else, and the rows of each person on these copies."""
    async with storage.transaction():
        await copy(Campaign, f"id = {campaign}", MUCH, slug="'copy-' || n")
        await copy(Comment, f"id = {comment}", MUCH, created_at=TIME)
        campaigns = (await Campaign.get(slug="copy-1")).id - 1
        comments = (await Comment.filter(id__gt=comment).order_by("-id").first()).id - MUCH  # type: ignore[union-attr]
        for token, size in zip(tokens, (LITTLE, MUCH), strict=True):
            person = row_id((await site.ask("{ viewer { id } }", token))["viewer"]["id"])
            place = {"campaign_id": f"{campaigns} + n", "counted_hash": "NULL"}
            await copy(Signature, f"supporter_id = {person}", size, signed_at=TIME, **place)
            for state in ("HELD", "DELETED"):
                where = f"author_id = {person} AND c.state = 'VISIBLE'"
                await copy(Comment, where, size, created_at=TIME, state=f"'{state}'", is_listed="false")
            await copy(Vote, f"supporter_id = {person}", size, cast_at=TIME, comment_id=f"{comments} + n")
            await copy(Reaction, f"supporter_id = {person}", size, reacted_at=TIME, comment_id=f"{comments} + n")
            reference = f"'{person}-' || n"
            await copy(Donation, f"donor_id = {person}", size, donated_at=TIME, provider_reference=reference)


@sqlite_only
@pytest.mark.parametrize("direction", ["first", "last"])
@each_list
async def test_page_costs_the_same_in_a_long_list(sizes: Sizes, own_list: SortedList, direction: str) -> None:
    """Deleted comments, which no list shows, cost nothing either."""
    query = own_list.query(f"{direction}: 9", "edges { cursor }")

    little, much = [await steps(sizes.site, query, token) for token in sizes.tokens]

    assert little > 0
    assert much == pytest.approx(little, rel=0.02)


@sqlite_only
@pytest.mark.parametrize("side", ["first: 5", "last: 5", 'first: 5, after: "{0}"', 'last: 5, before: "{0}"'])
@each_list
async def test_page_and_count_walk_an_index_of_the_person(sizes: Sizes, own_list: SortedList, side: str) -> None:
    token = sizes.tokens[0]
    (page,) = (await sizes.site.ask(own_list.query("first: 9", "edges { cursor }"), token))["viewer"].values()

    query = own_list.query(side.format(page["edges"][4]["cursor"]), "totalCount edges { cursor }")
    seen = await cost(sizes.site, query, token)

    table = table_of(own_list.model)
    statements = about(seen, table)
    assert len(statements) == 2
    await assert_along_an_index(statements)
    for text in statements:
        step = str(await plan(text))
        assert re.search(r"USING (COVERING )?INDEX \w+ \((supporter|author|donor)_id=\?", step), step
        assert "LIMIT" not in text or re.search(rf"INDEX {table}_of_(supporter|author_newest|donor_newest)", step), step
