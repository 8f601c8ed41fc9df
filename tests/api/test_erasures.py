"""Erasing a person: nothing names them afterwards, every count is right, and a receipt says what was touched."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tortoise import fields

import models
import storage
from auth.tokens import issue_token
from auth.viewers import Scope
from jobs.audits import drift
from models import Comment, Profile, Role, Signature, Supporter
from resolvers import erasures
from storage.database import Statement
from tests.support.app import ON_POSTGRES, TestApp
from tests.support.ids import row_id
from tests.support.serving import serving, socket_of

pytestmark = pytest.mark.anyio

NAMES = {"givenName": "Kunigunde", "familyName": "Wolkenstein"}
EMAIL = "kunigunde.wolkenstein@secret.example"
RECEIPT = "receipt { id erasedAt signatures comments reactions votes donations }"
NAME = "A supporter"
PAGE = """query ($id: ID!) { campaign(id: $id) {
  supporters { total direct pending withdrawn } countries { country count }
  activity(first: 100) { nodes { kind actorName actor { id } subjectId subject { __typename } } }
  commentStats { threadCount replyCount authorCount recentAuthors { displayName } }
  comments { nodes { id state author { id displayName } body { text } edits { editedAt } votes { up down score }
    reactions { kind count } replies { nodes { id state author { displayName } body { text } } } } } } }"""


@dataclass
class Person:
    """Someone who has left traces of every kind."""

    token: str
    id: str
    number: int
    campaign: str
    thread: str
    reply: str
    others: str

    @property
    def ids(self) -> tuple[str, str]:
        return self.thread, self.reply


async def number_of(site: TestApp, token: str) -> tuple[str, int]:
    text = (await site.ask("{ viewer { supporter { id } } }", token))["viewer"]["supporter"]["id"]
    return text, row_id(text)


async def sign(site: TestApp, campaign: str, token: str | None = None, **given: Any) -> str:
    """The signer's token."""
    names = {**NAMES, "email": EMAIL, "nameDisplay": "FULL_NAME"}
    answer = await site.do("signPetition", "accessToken", token, campaignId=campaign, **(names | given))
    assert answer["__typename"] == "SignPetitionPayload", answer
    return str(answer["accessToken"] or token)


async def settle(site: TestApp, **campaign: Any) -> Person:
    """Sign, comment, edit, reply, vote, react, flag, and be flagged and moderated by name."""
    admin, other = await site.staff(Role.ADMIN), await site.guest("Ada Byron")
    place = await site.campaign(**campaign)
    consents = [{"granted": True, "textVersion": "Wolkenstein 1"}]
    token = await sign(site, place, country="DE", consents=consents, idempotencyKey="signed")
    text, number = await number_of(site, token)
    thread = await site.comment(place, token, "I am Wolkenstein.")
    others = await site.comment(place, other, "Who asks?")
    reply = await site.comment(place, token, "Kunigunde does.", parent=others)
    await site.comment(place, other, "Welcome.", parent=thread)
    for who, name, given in (
        (token, "editComment", {"commentId": thread, "body": "I am here."}),
        (token, "castVote", {"commentId": others, "direction": "UP"}),
        (token, "castVote", {"commentId": thread, "direction": "DOWN", "idempotencyKey": "voted"}),
        (token, "addReaction", {"commentId": others, "kind": "HEART"}),
        (token, "addReaction", {"commentId": others, "kind": "CANDLE"}),
        (token, "removeReaction", {"commentId": others, "kind": "CANDLE"}),
        (token, "flagComment", {"commentId": others, "reason": "OTHER", "note": "Wolkenstein objects"}),
        (other, "flagComment", {"commentId": thread, "reason": "PERSONAL_DATA", "note": "It is Wolkenstein"}),
        (other, "castVote", {"commentId": thread, "direction": "UP"}),
        (admin, "moderateComment", {"commentId": reply, "decision": "APPROVE", "reason": "Wolkenstein may"}),
        (token, "updateProfile", {"country": "AT"}),
    ):
        answer = await site.do(name, "__typename", who, **given)
        assert answer["__typename"] != "Problem", answer
    await _prove(number)
    gift = {"providerReference": "pay-1", "money": {"amountMinor": 5000, "currency": "USD"}, "donorEmail": EMAIL}
    await site.do("recordDonation", "__typename", admin, campaignId=place, **gift)
    return Person(token, text, number, place, thread, reply, others)


async def _prove(number: int) -> None:
    """Whose address was verified."""
    async with storage.transaction():
        await storage.fetch(
            Statement("UPDATE profiles SET email_verified = true WHERE supporter_id = $1 RETURNING id"), number
        )


@pytest.fixture
async def person(site: TestApp) -> Person:
    return await settle(site)


async def erase(site: TestApp, token: str, **given: Any) -> dict[str, Any]:
    answer = await site.do("eraseSupporter", RECEIPT, token, **given)
    assert answer["__typename"] == "EraseSupporterPayload", answer
    receipt: dict[str, Any] = answer["receipt"]
    return receipt


async def page(site: TestApp, campaign: str) -> dict[str, Any]:
    found: dict[str, Any] = (await site.ask(PAGE, id=campaign))["campaign"]
    return found


# ---------------------------------------------------------------- nothing is left


async def everything() -> list[tuple[str, str]]:
    """Every value of every column of every table, sealed ones opened."""
    found = []
    for model in models_of():
        table = model._meta.db_table
        for row in await storage.fetch(Statement(f'SELECT * FROM "{table}"')):
            found += [(table, _shown(value)) for value in tuple(row)]
    for profile in await storage.read(Profile, Statement(f"SELECT {storage.rows.columns(Profile)} FROM profiles")):
        found += [("profiles", str(profile.family_name)), ("profiles", str(profile.email))]
    return found


def _shown(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def models_of() -> list[type[storage.Row]]:
    return [
        one
        for one in vars(models).values()
        if isinstance(one, type) and issubclass(one, storage.Row) and one is not storage.Row
    ]


@pytest.mark.parametrize("keep", [False, True])
async def test_no_table_names_the_person_afterwards(site: TestApp, person: Person, keep: bool) -> None:
    """Neither their names nor their address, nor a hash of it."""
    hashes = models.emails.hashes(EMAIL)
    words = ["wolkenstein", *hashes, *(() if keep else ("kunigunde",))]  # who keeps comments keeps what they say
    before = await everything()
    assert all(any(word in value.lower() for _, value in before) for word in words)

    await erase(site, person.token, keepComments=keep)

    assert [place for place in await everything() for word in words if word in place[1].lower()] == []


async def test_no_row_refers_to_the_person_afterwards(site: TestApp, person: Person) -> None:
    """By a foreign key, and by a number that stands in a text. The receipt has the number, and no name."""
    await erase(site, person.token)

    assert await left_of(person) == []
    assert [place for place in await everything() if place[1] == f"supporter:{person.number}"] == []
    assert await storage.by_ids(Supporter, [person.number]) == {}


async def left_of(person: Person) -> list[str]:
    """The columns in which a key refers to the person."""
    return [
        f"{model._meta.db_table}.{name}"
        for model in models_of()
        for name, field in storage.rows.attributes(model).items()
        if getattr(field, "model_name", "") == "models.Supporter"
        and await storage.fetch(Statement(f'SELECT 1 FROM "{model._meta.db_table}" WHERE "{name}" = $1'), person.number)
    ]


@pytest.mark.skipif(ON_POSTGRES, reason="it reads SQLite's file")
async def test_no_byte_of_the_file_names_the_person_afterwards(site: TestApp, person: Person) -> None:
    """Without a VACUUM: SQLite overwrites what it frees. The log of writes is empty once it is written back."""
    path = site.settings.database_url.removeprefix("sqlite://")
    assert b"Kunigunde" in _written_back(path)

    await erase(site, person.token)

    kept = _written_back(path)
    assert b"Kunigunde" not in kept
    assert b"Wolkenstein" not in kept


def _written_back(path: str) -> bytes:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Path(path).read_bytes() + Path(f"{path}-wal").read_bytes()


# what erasing does to each column that refers to a person or may hold something of one; "" has nothing of a person
GOES = "goes with the person"
FATES: dict[str, str] = {
    "activity.actor_id": "null",
    "api_keys.supporter_id": "nobody's; refused while the key is good",
    "api_keys.name": NAME,
    "api_keys.digest": "",
    "api_keys.prefix": "",
    "api_keys.scopes": "",
    "asked_addresses.address_hash": "deleted where the address was proven; forgotten after an hour",
    "audit_corrections.column_name": "",
    "audit_corrections.counted": "",
    "audit_corrections.kept": "",
    "audit_corrections.table_name": "",
    "campaign_partners.role": "",
    "campaign_updates.body_html": "",
    "campaign_updates.body_markdown": "",
    "campaign_updates.title": "",
    **{
        f"campaigns.{name}": ""
        for name in (
            *("slug", "title", "call_to_action", "target", "body_markdown", "body_html", "search_text", "hero_image"),
            *("footnotes", "timeline", "resources", "donation", "outcome"),
        )
    },
    "comment_authors.supporter_id": "nobody's; deleted where no comment is visible",
    "comment_edits.body_html": "deleted",
    "comment_edits.body_markdown": "deleted",
    "comment_flags.supporter_id": "nobody's",
    "comment_flags.note": "null, on the person's comments and in their flags",
    "comments.author_id": "nobody's",
    "comments.body_html": "empty, or kept by choice",
    "comments.body_markdown": "empty, or kept by choice",
    "comments.path": "",
    "consents.supporter_id": GOES,
    "consents.text_version": GOES,
    "country_tallies.country": "",
    "donation_corrections.corrected_by": "the record of who did it",
    "donation_corrections.currency": "",
    "donation_corrections.reason": "the ledger's",
    "donation_totals.currency": "",
    "donations.currency": "",
    "donations.donor_id": "null",
    "donations.provider_reference": "the provider's, and theirs to forget",
    "donations.recorded_by": "the record of who did it",
    "erasures.erased_by": "the record of who did it; null for oneself",
    "erasures.supporter_id": "the number, which no row has any more",
    "idempotency_keys.answer": "deleted",
    "idempotency_keys.fingerprint": "deleted",
    "idempotency_keys.key": "deleted",
    "idempotency_keys.mutation": "deleted",
    "idempotency_keys.owner": "deleted",
    "identities.digest": "empty",
    "identities.issuer": "",
    "identities.subject_hash": "kept while a token of before could be good",
    "identities.subject_sealed": "empty",
    "identities.supporter_id": "null",
    "mails.address_hash": "deleted",
    "mails.address_sealed": "deleted",
    "mails.failure": "deleted",
    "mails.message_id": "deleted",
    "mails.subject": "deleted",
    "mails.text_sealed": "deleted",
    "moderation_actions.action": "",
    "moderation_actions.moderator_id": "nobody's",
    "moderation_actions.reason": "null, about the person's comments",
    "partner_tallies.decided_by": "the record of who did it",
    "partner_tallies.evidence_url": "",
    "partner_tallies.reported_by": "the record of who did it",
    "partners.logo": "",
    "partners.name": "",
    "partners.url": "",
    "profiles.country": GOES,
    "profiles.email_hash": GOES,
    "profiles.email_sealed": GOES,
    "profiles.family_name_sealed": GOES,
    "profiles.given_name": GOES,
    "profiles.supporter_id": GOES,
    "reactions.supporter_id": "deleted, and counted back",
    "revocations.session_id": "",
    "revocations.supporter_id": "the number, until the last token has expired",
    "sessions.family": GOES,
    "sessions.supporter_id": GOES,
    "sign_in_codes.address_hash": "deleted where the address was proven; forgotten within two hours",
    "sign_in_codes.digest": "deleted where the address was proven; forgotten within two hours",
    "signatures.address_hash": "null",
    "signatures.counted_hash": "null",
    "signatures.country": "null, and counted back",
    "signatures.supporter_id": "null",
    "supporters.display_name": GOES,
    "votes.supporter_id": "deleted, and counted back",
}


def speaks_of_people(model: type[storage.Row]) -> set[str]:
    """The columns that refer to a person, by a key or by a number without one, or that could hold anything."""
    names = storage.rows.attributes(model).items()
    return {
        f"{model._meta.db_table}.{name}"
        for name, field in names
        if not getattr(field, "enum_type", None)
        and (
            getattr(field, "model_name", "") == "models.Supporter"
            or isinstance(field, fields.CharField | fields.TextField | fields.BinaryField | fields.JSONField)
            or (name in ("supporter_id", "session_id") and isinstance(field, fields.BigIntField))
        )
    }


def test_what_becomes_of_every_column_is_decided() -> None:
    """Who adds a column that may say something of a person decides here, and in resolvers/erasures.py, what becomes
    of it.
    """
    there: set[str] = set().union(*(speaks_of_people(model) for model in models_of()))

    assert there - set(FATES) == set()
    assert set(FATES) - there == set()


def test_what_goes_with_the_person_is_deleted_by_the_database() -> None:
    """The foreign key says so, and no row of another kind hangs on a person in that way."""
    cascades = {
        f"{model._meta.db_table}.{name}"
        for model in models_of()
        for name, field in storage.rows.attributes(model).items()
        if getattr(field, "model_name", "") == "models.Supporter" and str(field.on_delete) == "CASCADE"
    }
    gone = {place for place, fate in FATES.items() if fate == GOES and place.endswith(".supporter_id")}

    assert gone - cascades == set()


# ---------------------------------------------------------------- what others see


async def test_a_receipt_says_what_was_touched(site: TestApp, person: Person) -> None:
    receipt = await erase(site, person.token)

    counts = {name: count for name, count in receipt.items() if name not in ("id", "erasedAt")}
    assert counts == {"signatures": 1, "comments": 2, "reactions": 1, "votes": 2, "donations": 1}
    assert receipt["id"]


@pytest.mark.parametrize("keep", [False, True])
async def test_every_count_is_right_afterwards(site: TestApp, person: Person, keep: bool) -> None:
    await erase(site, person.token, keepComments=keep)

    assert await drift() == []


async def test_comments_become_tombstones_that_keep_the_places_of_replies(site: TestApp, person: Person) -> None:
    await erase(site, person.token)

    found = await page(site, person.campaign)
    threads = {comment["id"]: comment for comment in found["comments"]["nodes"]}
    tombstone = threads[person.thread]
    assert (tombstone["state"], tombstone["author"], tombstone["body"], tombstone["edits"]) == (
        "DELETED",
        None,
        None,
        [],
    )
    assert [reply["body"] for reply in tombstone["replies"]["nodes"]] == [{"text": "Welcome."}]
    assert threads[person.others]["replies"]["nodes"] == []
    assert found["commentStats"] == {
        "threadCount": 1,
        "replyCount": 1,
        "authorCount": 1,
        "recentAuthors": [{"displayName": "Ada B."}],
    }


async def test_comments_may_stay_without_a_name(site: TestApp, person: Person) -> None:
    """Under a face that nothing else is known by, and without what they said before."""
    await erase(site, person.token, keepComments=True)

    found = await page(site, person.campaign)
    thread = next(comment for comment in found["comments"]["nodes"] if comment["id"] == person.thread)
    assert (thread["state"], thread["body"], thread["edits"]) == ("VISIBLE", {"text": "I am here."}, [])
    assert thread["author"]["displayName"] == NAME
    assert thread["author"]["id"] != person.id
    assert found["commentStats"]["authorCount"] == 2


async def test_votes_and_reactions_are_counted_back(site: TestApp, person: Person) -> None:
    await erase(site, person.token, keepComments=True)

    threads = {comment["id"]: comment for comment in (await page(site, person.campaign))["comments"]["nodes"]}
    assert threads[person.others]["votes"] == {"up": 0, "down": 0, "score": 0}
    assert threads[person.thread]["votes"] == {"up": 1, "down": 0, "score": 1}
    assert [group["count"] for group in threads[person.others]["reactions"]] == [0] * 5


async def test_the_ticker_names_nobody_the_past_included(site: TestApp, person: Person) -> None:
    """Nor is there any more who did it, so that nothing there belongs together."""
    before = [row for row in (await page(site, person.campaign))["activity"]["nodes"] if row["actorName"] != "Ada B."]
    assert {row["kind"] for row in before if row["actorName"] == "Kunigunde Wolkenstein"} == {
        *("SIGNED", "COMMENTED", "REPLIED", "REACTED", "COMMENT_EDITED", "DONATED")
    }

    await erase(site, person.token)

    after = [row for row in (await page(site, person.campaign))["activity"]["nodes"] if row["actorName"] != "Ada B."]
    assert {row["actorName"] for row in after} == {NAME}
    assert {str(row["actor"]) for row in after} == {"None"}
    (signed,) = [row for row in after if row["kind"] == "SIGNED"]
    assert signed["subject"] is None


async def test_who_watches_hears_of_it(site: TestApp, person: Person) -> None:
    """Each comment that is gone, and that a name is to be read again: in every campaign, without saying whose."""
    query = """subscription ($id: ID!) { activity(campaignId: $id, kinds: [COMMENT_REMOVED, NAME_CHANGED]) {
      activity { kind actor { id } subjectId } } }"""
    elsewhere = await site.campaign()
    await sign(site, elsewhere, person.token)

    async with serving(site) as address, socket_of(address) as client:
        here = await client.run(query, id=person.campaign)
        there = await client.run(query, id=elsewhere)
        await _is_followed(site, person.campaign)
        await _is_followed(site, elsewhere)
        await erase(site, person.token)

        told = [(await here.event())["activity"] for _ in range(3)]
        (other,) = [(await there.event())["activity"]]
    assert [(event["kind"], event["subjectId"]) for event in told] == [
        ("COMMENT_REMOVED", person.thread),
        ("COMMENT_REMOVED", person.reply),
        ("NAME_CHANGED", person.campaign),
    ]
    assert (other["kind"], other["subjectId"], other["actor"]) == ("NAME_CHANGED", elsewhere, None)


async def _is_followed(site: TestApp, campaign: str) -> None:
    async with asyncio.timeout(20):
        while not site.groundswell.live.watching(row_id(campaign)):  # noqa: ASYNC110
            await asyncio.sleep(0.002)


# ---------------------------------------------------------------- signatures


@pytest.mark.parametrize(
    ("policy", "direct", "withdrawn", "state"), [("KEEP_COUNT", 1, 0, "CONFIRMED"), ("WITHDRAW", 0, 1, "WITHDRAWN")]
)
async def test_a_signature_stands_or_falls_by_the_campaigns_policy(
    site: TestApp, policy: str, direct: int, withdrawn: int, state: str
) -> None:
    """In both cases nothing of the signer stays with it."""
    campaign = await site.campaign(erasurePolicy=policy)
    token = await sign(site, campaign, country="DE", comment="For him.")

    await erase(site, token)

    count = (await page(site, campaign))["supporters"]
    assert count == {"total": direct, "direct": direct, "pending": 0, "withdrawn": withdrawn}
    (row,) = await storage.read(Signature, Statement(f"SELECT {storage.rows.columns(Signature)} FROM signatures"))
    assert (row.state, row.supporter_id, row.country, row.comment_id) == (state, None, None, None)
    assert (row.address_hash, row.counted_hash) == (None, None)
    assert await drift() == []


async def test_a_policy_is_on_the_page_and_can_be_changed(site: TestApp) -> None:
    campaign, token = await site.campaign(), await site.staff(Role.CAMPAIGNER)

    changed = await site.do(
        "updateCampaign", "campaign { erasurePolicy }", token, campaignId=campaign, erasurePolicy="WITHDRAW"
    )

    assert changed["campaign"] == {"erasurePolicy": "WITHDRAW"}
    query = "query($id: ID!) { campaign(id: $id) { erasurePolicy } }"
    assert (await site.ask(query, id=campaign))["campaign"] == {"erasurePolicy": "WITHDRAW"}


@pytest.mark.parametrize("policy", ["KEEP_COUNT", "WITHDRAW"])
async def test_a_signature_that_waits_waits_for_nobody_and_is_withdrawn(site: TestApp, policy: str) -> None:
    campaign = await site.campaign(confirmSignatures=True, erasurePolicy=policy)
    token = await sign(site, campaign)
    assert await site.mails(EMAIL) != []

    await erase(site, token)

    count = (await page(site, campaign))["supporters"]
    assert count == {"total": 0, "direct": 0, "pending": 0, "withdrawn": 1}
    assert await site.mails(EMAIL) == []
    assert await drift() == []


async def test_a_country_is_counted_back(site: TestApp, person: Person) -> None:
    """The number stays, and where it is from is forgotten: few signers from a country would tell who."""
    tallies = Statement("SELECT country, count FROM country_tallies")
    assert [tuple(row) for row in await storage.fetch(tallies)] == [("DE", 1)]

    await erase(site, person.token)

    assert [tuple(row) for row in await storage.fetch(tallies)] == [("DE", 0)]


async def test_an_address_is_free_again(site: TestApp, person: Person) -> None:
    """Who comes back is someone new, and where the number was kept is counted again."""
    await erase(site, person.token)

    await sign(site, person.campaign)

    assert (await page(site, person.campaign))["supporters"]["direct"] == 2
    assert await drift() == []


async def test_a_signature_that_never_counted_is_gone(site: TestApp) -> None:
    campaign = await site.campaign()
    await sign(site, campaign)
    twin = await sign(site, campaign)

    receipt = await erase(site, twin)

    assert receipt["signatures"] == 1
    assert (await page(site, campaign))["supporters"]["direct"] == 1
    assert [tuple(row) for row in await storage.fetch(Statement("SELECT count(*) FROM signatures"))] == [(1,)]


async def test_an_erased_signature_is_found_by_nobody(site: TestApp, person: Person) -> None:
    found = (await page(site, person.campaign))["activity"]["nodes"]
    signature = next(row["subjectId"] for row in found if row["kind"] == "SIGNED")

    await erase(site, person.token)

    query = "query($id: ID!) { node(id: $id) { id } }"
    assert (await site.ask(query, id=signature))["node"] is None


# ---------------------------------------------------------------- who may, and again


async def test_a_token_of_before_is_refused_everywhere(site: TestApp, person: Person) -> None:
    """Also one that was made a moment ago, also on a connection that is open."""
    number = person.number
    tokens = [person.token, *(issue_token(site.settings, number, role) for role in (Role.SUPPORTER, Role.ADMIN))]
    async with serving(site) as address, socket_of(address, person.token) as client:
        await erase(site, person.token)

        told = await client.run("{ viewer { role supporter { id } } }")
        assert (await told.data())["viewer"] == {"role": "ANONYMOUS", "supporter": None}
    for token in tokens:
        assert await site.codes("{ viewer { role } }", token) == ["UNAUTHENTICATED"]


async def test_another_is_erased_with_the_scope_alone(site: TestApp, person: Person) -> None:
    admin = await site.staff(Role.ADMIN)
    made = await site.do("createApiKey", "key", admin, name="Privacy desk", scopes=["ERASE"])

    receipt = await erase(site, made["key"], supporterId=person.id)

    assert receipt["comments"] == 2
    (row,) = await storage.read(
        models.Erasure, Statement(f"SELECT {storage.rows.columns(models.Erasure)} FROM erasures")
    )
    assert row.erased_by is not None
    assert row.erased_by.startswith("key:")


async def test_a_retry_gives_the_same_receipt(site: TestApp, person: Person) -> None:
    """With the same idempotency key and without any, one after the other and at once."""
    admin = await site.staff(Role.ADMIN)
    about = {"supporterId": person.id}

    receipts = await asyncio.gather(
        *(erase(site, admin, **about, idempotencyKey="once") for _ in range(3)),
        *(erase(site, admin, **about) for _ in "123"),
    )

    assert all(receipt == receipts[0] for receipt in [*receipts, await erase(site, admin, **about)])
    assert await drift() == []


async def test_a_first_answer_to_the_visitor_is_not_given_again(site: TestApp) -> None:
    """It would be a token of a person who is not there."""
    given = {"givenName": "Kunigunde", "idempotencyKey": "introduced"}
    first = await site.do("introduce", "accessToken supporter { id }", **given)
    await erase(site, first["accessToken"])

    again = await site.do("introduce", "accessToken supporter { id }", **given)

    assert again["replayed"] is False
    assert again["supporter"]["id"] != first["supporter"]["id"]


@pytest.mark.parametrize("is_guest", [False, True])
async def test_a_first_answer_to_who_had_signed_with_the_address_is_not_given_again(
    site: TestApp, is_guest: bool
) -> None:
    """Their signature is the erased person's, who had proven the address since."""
    campaign = await site.campaign()
    token = await site.guest("Eve") if is_guest else None
    first = await site.sign(campaign, EMAIL, token, idempotencyKey="signed")
    await erase(site, await site.signed_in(EMAIL))

    again = await site.sign(campaign, EMAIL, token, idempotencyKey="signed")

    assert again["replayed"] is False
    assert again["signature"]["id"] != first["signature"]["id"]


@pytest.mark.parametrize("role", [None, Role.MODERATOR, Role.CAMPAIGNER])
async def test_another_is_not_erased_without_the_scope(site: TestApp, person: Person, role: Role | None) -> None:
    """The answer does not say whether there is such a person."""
    token = await site.staff(role) if role else await site.guest()
    nobody = "U3VwcG9ydGVyOjk5OTk5OQ"

    met = [(await site.do("eraseSupporter", "__typename", token, supporterId=one)) for one in (person.id, nobody)]

    assert met[0] == met[1]
    assert met[0]["code"] == "FORBIDDEN"


async def test_whom_nobody_knows_can_not_be_erased(site: TestApp) -> None:
    answer = await site.do(
        "eraseSupporter", "__typename", await site.staff(Role.ADMIN), supporterId="U3VwcG9ydGVyOjk5OTk5OQ"
    )

    assert (answer["code"], answer["field"]) == ("NOT_FOUND", "supporterId")


async def test_staff_can_erase_themselves_the_last_administrator_included(site: TestApp) -> None:
    """What they decided stays, and names them no more."""
    person = await settle(site)
    admin = await site.staff(Role.ADMIN, "Ad Wolkenstein")
    given = {"commentId": person.others, "decision": "APPROVE", "reason": "Fine."}
    await site.do("moderateComment", "__typename", admin, **given)

    await erase(site, admin)

    assert await site.codes("{ viewer { role } }", admin) == ["UNAUTHENTICATED"]
    reasons = await storage.fetch(Statement("SELECT reason FROM moderation_actions WHERE reason = 'Fine.'"))
    assert len(reasons) == 1
    assert "Ad Wolkenstein" not in [value for _, value in await everything()]


async def test_staff_is_not_erased_by_a_key(site: TestApp) -> None:
    admin = await site.staff(Role.ADMIN)
    made = await site.do("createApiKey", "key", admin, name="Privacy desk", scopes=["ERASE"])
    moderator, _ = await number_of(site, await site.staff())

    by_key = await site.do("eraseSupporter", "__typename", made["key"], supporterId=moderator)
    by_admin = await site.do("eraseSupporter", "__typename", admin, supporterId=moderator)

    assert by_key["code"] == "FORBIDDEN"
    assert by_admin["__typename"] == "EraseSupporterPayload"


async def test_a_program_is_erased_when_its_key_is_revoked(site: TestApp) -> None:
    admin = await site.staff(Role.ADMIN)
    scopes = [scope.value for scope in Scope]
    made = await site.do("createApiKey", "key apiKey { id }", admin, name="Wolkenstein", scopes=scopes)
    program, _ = await number_of(site, made["key"])

    before = await site.do("eraseSupporter", "__typename", made["key"])
    await site.do("revokeApiKey", "__typename", admin, apiKeyId=made["apiKey"]["id"])
    after = await site.do("eraseSupporter", "__typename", admin, supporterId=program)

    assert before["code"] == "CONFLICT"
    assert after["__typename"] == "EraseSupporterPayload"
    assert "Wolkenstein" not in [value for _, value in await everything()]


async def test_a_write_of_someone_who_is_gone_is_refused(site: TestApp, person: Person) -> None:
    """One that had begun before: the database itself has no place for it."""
    async with storage.transaction():
        await storage.fetch(Statement("DELETE FROM supporters WHERE id = $1 RETURNING id"), person.number)

    answer = await site.do("castVote", "__typename", person.token, commentId=person.others, direction="UP")

    assert answer["code"] == "UNAUTHENTICATED"


async def test_what_a_person_writes_meanwhile_is_erased_or_refused(site: TestApp, person: Person) -> None:
    """No write slips through between the look and the end."""
    admin, elsewhere = await site.staff(Role.ADMIN), await site.campaign()

    *answers, receipt = await asyncio.gather(
        *(
            site.do("postComment", "__typename", person.token, campaignId=place, body=f"Number {number}")
            for number in range(4)
            for place in (person.campaign, elsewhere)
        ),
        site.do("castVote", "__typename", person.token, commentId=person.thread, direction="UP"),
        site.do("addReaction", "__typename", person.token, commentId=person.others, kind="OUTRAGE"),
        erase(site, admin, supporterId=person.id),
    )

    assert {answer.get("code", "UNAUTHENTICATED") for answer in answers} == {"UNAUTHENTICATED"}
    assert receipt["comments"] == 2 + sum(answer["__typename"] == "PostCommentPayload" for answer in answers)
    assert await left_of(person) == []
    assert await drift() == []


async def test_another_persons_mail_is_not_dropped_by_a_guest_who_typed_their_address(site: TestApp) -> None:
    """Anyone can introduce themselves with it, and be erased."""
    campaign = await site.campaign(confirmSignatures=True)
    signer = await sign(site, campaign)
    _, number = await number_of(site, signer)
    await _prove(number)
    stranger = await site.guest("Mallory", email=EMAIL)

    await erase(site, stranger)

    assert len(await site.mails(EMAIL)) == 1


async def test_a_person_with_many_comments_is_erased_in_one_transaction(site: TestApp) -> None:
    """Also replies to themselves, in which each takes the place of the one above it along."""
    token, campaign = await site.guest(), await site.campaign()
    parent = None
    for number in range(erasures.BATCH + 20):
        parent = await site.comment(campaign, token, f"Number {number}", parent=parent if number % 40 else None)

    receipt = await erase(site, token)

    assert receipt["comments"] == erasures.BATCH + 20
    found = await page(site, campaign)
    assert found["comments"]["nodes"] == []
    assert await drift() == []
    rows = await storage.read(Comment, Statement(f"SELECT {storage.rows.columns(Comment)} FROM comments"))
    assert {row.body_markdown for row in rows} == {""}
