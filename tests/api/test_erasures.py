"""Erasures: no stored name or reference is left, counts have no drift, and a receipt has the counts."""

import asyncio
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
from models import ActivityKind, Comment, CountryTally, ModerationAction, Profile, Role, Signature, Supporter
from resolvers import erasures
from resolvers.ids import global_id as encode_id
from storage.database import Statement
from tests.support.app import ON_POSTGRES, TestApp
from tests.support.ids import row_id
from tests.support.serving import serving, socket_of

pytestmark = pytest.mark.anyio

NAMES = {"givenName": "Kunigunde", "familyName": "Wolkenstein"}
EMAIL = "kunigunde.wolkenstein@secret.example"
RECEIPT = "receipt { id erasedAt signatures comments reactions votes donations }"
NAME = "A supporter"
PAGE = """query ($id: ID!, $kinds: [ActivityKind!]) { campaign(id: $id) {
  supporters { total direct pending withdrawn } countries { country count }
  activity(first: 100, kinds: $kinds) { nodes { kind actorName actor { id }
    ... on SignatureActivity { signature { id } } ... on ReactionActivity { reaction }
    ... on PersonActivity { supporterIds } } }
  commentStats { threadCount replyCount authorCount recentAuthors { displayName } }
  comments { nodes { id state author { id displayName } body { text } edits { editedAt } votes { up down score }
    reactions { kind count } replies { nodes { id state author { displayName } body { text } } } } } } }"""


@dataclass
class PersonWithContent:
    """A person with rows in every table that can refer to a person."""

    token: str
    id: str
    supporter_id: int
    campaign: str
    thread: str
    reply: str
    others: str

    @property
    def ids(self) -> tuple[str, str]:
        return self.thread, self.reply


async def ids_of(site: TestApp, token: str) -> tuple[str, int]:
    """Return the global id and the database id of a token's person."""
    global_id = (await site.ask("{ viewer { supporter { id } } }", token))["viewer"]["supporter"]["id"]
    return global_id, row_id(global_id)


async def sign(site: TestApp, campaign: str, token: str | None = None, **given: Any) -> str:
    """Sign, by default as a new person, and return the signer's token."""
    names = {**NAMES, "email": EMAIL, "nameDisplay": "FULL_NAME"}
    answer = await site.do("signPetition", "accessToken", token, campaignId=campaign, **(names | given))
    assert answer["__typename"] == "SignPetitionPayload", answer
    return str(answer["accessToken"] or token)


async def active_person(site: TestApp, **campaign: Any) -> PersonWithContent:
    """Create a person who signs, comments, edits, replies, votes, reacts, flags, and is flagged and moderated."""
    admin, other = await site.staff(Role.ADMIN), await site.guest("Ada Byron")
    campaign_id = await site.campaign(**campaign)
    consents = [{"granted": True, "textVersion": "Wolkenstein 1"}]
    token = await sign(site, campaign_id, country="DE", consents=consents, idempotencyKey="6f1c2a3e-92b1-4c55")
    global_id, supporter_id = await ids_of(site, token)
    thread = await site.comment(campaign_id, token, "I am Wolkenstein.")
    others = await site.comment(campaign_id, other, "Who asks?")
    reply = await site.comment(campaign_id, token, "Kunigunde does.", parent=others)
    await site.comment(campaign_id, other, "Welcome.", parent=thread)
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
        (token, "updateProfile", {"country": "AT", "showDonations": True}),
    ):
        answer = await site.do(name, "__typename", who, **given)
        assert answer["__typename"] != "Problem", answer
    await _verify_email(supporter_id)
    gift = {"providerReference": "pay-1", "money": {"amountMinor": 5000, "currency": "USD"}, "donorEmail": EMAIL}
    await site.do("recordDonation", "__typename", admin, campaignId=campaign_id, **gift)
    return PersonWithContent(token, global_id, supporter_id, campaign_id, thread, reply, others)


async def _verify_email(supporter_id: int) -> None:
    await Profile.filter(supporter_id=supporter_id).update(email_verified=True)


@pytest.fixture
async def person(site: TestApp) -> PersonWithContent:
    return await active_person(site)


async def erase(site: TestApp, token: str, **given: Any) -> dict[str, Any]:
    answer = await site.do("eraseSupporter", RECEIPT, token, **given)
    assert answer["__typename"] == "EraseSupporterPayload", answer
    receipt: dict[str, Any] = answer["receipt"]
    return receipt


async def page(site: TestApp, campaign: str) -> dict[str, Any]:
    answer: dict[str, Any] = (await site.ask(PAGE, id=campaign, kinds=[*ActivityKind]))["campaign"]
    return answer


# ---------------------------------------------------------------- stored data


async def all_values() -> list[tuple[str, str]]:
    """Return the table and text of every value of every row, with encrypted columns decrypted."""
    values = []
    for model in tables():
        table = storage.rows.table_of(model)
        for row in await storage.fetch(Statement(f'SELECT * FROM "{table}"')):
            values += [(table, _text(value)) for value in tuple(row)]
    for profile in await Profile.all():
        values += [("profiles", str(profile.family_name)), ("profiles", str(profile.email))]
    return values


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def tables() -> list[type[storage.Row]]:
    return [
        one
        for one in vars(models).values()
        if isinstance(one, type) and issubclass(one, storage.Row) and one is not storage.Row
    ]


@pytest.mark.parametrize("keep", [False, True])
async def test_no_table_has_name_or_email_after_erasure(site: TestApp, person: PersonWithContent, keep: bool) -> None:
    """No table has the person's names, the e-mail or a hash of the e-mail."""
    hashes = models.emails.hashes(EMAIL)
    words = ["wolkenstein", *hashes, *(() if keep else ("kunigunde",))]  # the text of kept comments has the given name
    before = await all_values()
    assert all(any(word in value.lower() for _, value in before) for word in words)

    await erase(site, person.token, keepComments=keep)

    assert [place for place in await all_values() for word in words if word in place[1].lower()] == []


async def test_no_row_refers_to_erased_person(site: TestApp, person: PersonWithContent) -> None:
    """No foreign key and no text has the person's id; only the receipt has the id, without a name."""
    await erase(site, person.token)

    assert await references_to(person) == []
    assert [place for place in await all_values() if place[1] == f"supporter:{person.supporter_id}"] == []
    assert await storage.by_ids(Supporter, [person.supporter_id]) == {}


async def references_to(person: PersonWithContent) -> list[str]:
    """Return the foreign key columns that refer to the person."""
    return [
        f"{storage.rows.table_of(model)}.{name}"
        for model in tables()
        for name, field in storage.rows.attributes(model).items()
        if getattr(field, "model_name", "") == "models.Supporter"
        and await storage.fetch(
            Statement(f'SELECT 1 FROM "{storage.rows.table_of(model)}" WHERE "{name}" = $1'), person.supporter_id
        )
    ]


@pytest.mark.skipif(ON_POSTGRES, reason="reads the file of SQLite")
async def test_database_file_has_no_name_after_erasure(site: TestApp, person: PersonWithContent) -> None:
    """SQLite overwrites freed pages without a VACUUM; the server cuts the write-ahead log."""
    path = site.settings.database_url.removeprefix("sqlite://")
    assert b"Kunigunde" in _content(path)

    await erase(site, person.token)

    content = _content(path)
    assert b"Kunigunde" not in content
    assert b"Wolkenstein" not in content


def _content(path: str) -> bytes:
    return Path(path).read_bytes() + Path(f"{path}-wal").read_bytes()


# the effect of an erasure on each column that may have data of a person; "" has no such data
GOES = "goes with the person"
FATES: dict[str, str] = {
    "activity.actor_id": "null",
    "api_keys.supporter_id": "nobody's; refused while the key is good",
    "api_keys.name": NAME,
    "api_keys.digest": "",
    "api_keys.prefix": "",
    "api_keys.scopes": "",
    "confirmation_requests.email_hash": "deleted where the e-mail was proven; deleted after an hour",
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
            *("footnotes", "timeline", "resources", "consent_questions", "donation", "outcome"),
        )
    },
    "announced_reactions.supporter_id": "deleted",
    "activity.detail": "null for what the person did; no other row's detail is about a person",
    "comment_authors.supporter_id": "nobody's; deleted where no comment is visible",
    "comment_edits.body_html": "deleted",
    "comment_edits.body_markdown": "deleted",
    "comment_flags.supporter_id": "nobody's",
    "comment_flags.note": "null, on the person's comments and in their flags",
    "comments.author_id": "nobody's",
    "comments.body_html": "empty, or kept by choice",
    "comments.body_markdown": "empty, or kept by choice",
    "comments.held_because": "",
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
    "donations.provider_reference": "the provider's, and theirs to delete",
    "donations.recorded_by": "the record of who did it",
    "erasures.erased_by": "the record of who did it; null for oneself",
    "erasures.supporter_id": "the id, to which no row refers any more",
    "idempotency_keys.answer": "deleted",
    "idempotency_keys.fingerprint": "deleted",
    "idempotency_keys.key": "deleted",
    "idempotency_keys.mutation": "deleted",
    "idempotency_keys.owner": "deleted",
    "identities.digest": "empty",
    "identities.issuer": "",
    "identities.subject_hash": "kept while an old token could be good",
    "identities.subject_sealed": "empty",
    "identities.supporter_id": "null",
    "mails.email_hash": "deleted",
    "mails.email_sealed": "deleted",
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
    "reactions.supporter_id": "deleted, and subtracted from the counts",
    "revocations.session_id": "",
    "revocations.supporter_id": "the id, until the last token has expired",
    "sessions.family": GOES,
    "sessions.network_hash": GOES,
    "sessions.supporter_id": GOES,
    "sign_in_mailboxes.email_hash": "deleted where the e-mail was proven; deleted within two hours",
    "sign_in_requests.email_hash": "deleted where the e-mail was proven; deleted within two hours",
    "sign_in_requests.network_hash": "deleted where the e-mail was proven; deleted within two hours",
    "sign_in_requests.digest": "deleted where the e-mail was proven; deleted within two hours",
    "sign_in_requests.request_hash": "deleted where the e-mail was proven; deleted within two hours",
    "signatures.email_hash": "null",
    "signatures.counted_hash": "null",
    "signatures.country": "null, and subtracted from the counts",
    "signatures.supporter_id": "null",
    **dict.fromkeys(("supporters.display_name", "supporters.first_name_initial", "supporters.initials"), GOES),
    "votes.supporter_id": "deleted, and subtracted from the counts",
}


def personal_columns(model: type[storage.Row]) -> set[str]:
    """Return the columns that refer to a person, with or without a foreign key, or that may have any text."""
    names = storage.rows.attributes(model).items()
    return {
        f"{storage.rows.table_of(model)}.{name}"
        for name, field in names
        if not getattr(field, "enum_type", None)
        and (
            getattr(field, "model_name", "") == "models.Supporter"
            or isinstance(field, fields.CharField | fields.TextField | fields.BinaryField | fields.JSONField)
            or (name in ("supporter_id", "session_id") and isinstance(field, fields.BigIntField))
        )
    }


def test_every_personal_column_has_a_fate() -> None:
    """A new column that may have data of a person needs an entry here, and its handling in resolvers/erasures.py."""
    existing: set[str] = set().union(*(personal_columns(model) for model in tables()))

    assert existing - set(FATES) == set()
    assert set(FATES) - existing == set()


def test_rows_deleted_with_person_have_cascade() -> None:
    """Columns whose fate is deletion with the person have a foreign key with ON DELETE CASCADE."""
    cascades = {
        f"{storage.rows.table_of(model)}.{name}"
        for model in tables()
        for name, field in storage.rows.attributes(model).items()
        if getattr(field, "model_name", "") == "models.Supporter" and str(field.on_delete) == "CASCADE"
    }
    deleted = {column for column, fate in FATES.items() if fate == GOES and column.endswith(".supporter_id")}

    assert deleted - cascades == set()


# ---------------------------------------------------------------- visible changes


async def test_receipt_has_counts(site: TestApp, person: PersonWithContent) -> None:
    receipt = await erase(site, person.token)

    counts = {name: count for name, count in receipt.items() if name not in ("id", "erasedAt")}
    assert counts == {"signatures": 1, "comments": 2, "reactions": 1, "votes": 2, "donations": 1}
    assert receipt["id"]


@pytest.mark.parametrize("keep", [False, True])
async def test_erasure_causes_no_drift(site: TestApp, person: PersonWithContent, keep: bool) -> None:
    await erase(site, person.token, keepComments=keep)

    assert await drift() == []


async def test_erased_comments_become_tombstones(site: TestApp, person: PersonWithContent) -> None:
    await erase(site, person.token)

    shown = await page(site, person.campaign)
    threads = {comment["id"]: comment for comment in shown["comments"]["nodes"]}
    tombstone = threads[person.thread]
    assert (tombstone["state"], tombstone["author"], tombstone["body"], tombstone["edits"]) == (
        "DELETED",
        None,
        None,
        [],
    )
    assert [reply["body"] for reply in tombstone["replies"]["nodes"]] == [{"text": "Welcome."}]
    assert threads[person.others]["replies"]["nodes"] == []
    assert shown["commentStats"] == {
        "threadCount": 1,
        "replyCount": 1,
        "authorCount": 1,
        "recentAuthors": [{"displayName": "Ada B."}],
    }


async def test_keep_comments_keeps_last_text_without_name(site: TestApp, person: PersonWithContent) -> None:
    """Kept comments have a new author without a name, and no earlier versions."""
    await erase(site, person.token, keepComments=True)

    shown = await page(site, person.campaign)
    thread = next(comment for comment in shown["comments"]["nodes"] if comment["id"] == person.thread)
    assert (thread["state"], thread["body"], thread["edits"]) == ("VISIBLE", {"text": "I am here."}, [])
    assert thread["author"]["displayName"] == NAME
    assert thread["author"]["id"] != person.id
    assert shown["commentStats"]["authorCount"] == 2


async def test_votes_and_reactions_are_subtracted(site: TestApp, person: PersonWithContent) -> None:
    await erase(site, person.token, keepComments=True)

    threads = {comment["id"]: comment for comment in (await page(site, person.campaign))["comments"]["nodes"]}
    assert threads[person.others]["votes"] == {"up": 0, "down": 0, "score": 0}
    assert threads[person.thread]["votes"] == {"up": 1, "down": 0, "score": 1}
    assert [group["count"] for group in threads[person.others]["reactions"]] == [0] * 5


async def test_ticker_has_no_actor_after_erasure(site: TestApp, person: PersonWithContent) -> None:
    """Without an actor, no two lines of the ticker can be linked to one person."""
    before = [row for row in (await page(site, person.campaign))["activity"]["nodes"] if row["actorName"] != "Ada B."]
    assert {row["kind"] for row in before if row["actorName"] == "Kunigunde W."} == {
        *("SIGNED", "COMMENTED", "REPLIED", "REACTED", "COMMENT_EDITED", "DONATED")
    }

    await erase(site, person.token)

    after = [row for row in (await page(site, person.campaign))["activity"]["nodes"] if row["actorName"] != "Ada B."]
    assert {row["actorName"] for row in after} == {NAME}
    assert {str(row["actor"]) for row in after} == {"None"}
    (signed,) = [row for row in after if row["kind"] == "SIGNED"]
    assert signed["signature"] is None
    assert {row["reaction"] for row in after if row["kind"] == "REACTED"} == {None}


async def test_own_name_change_tells_nothing_after_erasure(site: TestApp, person: PersonWithContent) -> None:
    await site.do("updateProfile", "__typename", person.token, nameDisplay="INITIALS")
    before = [row for row in (await page(site, person.campaign))["activity"]["nodes"] if row["kind"] == "NAME_CHANGED"]
    assert [row["supporterIds"] for row in before][:1] == [[person.id]]

    await erase(site, person.token)

    rows = [row for row in (await page(site, person.campaign))["activity"]["nodes"] if row["kind"] == "NAME_CHANGED"]
    nobody = {"kind": "NAME_CHANGED", "actorName": NAME, "actor": None, "supporterIds": None}
    assert rows == [nobody] * (len(before) + 1)


async def test_erasure_is_sent_to_live_readers(site: TestApp, person: PersonWithContent) -> None:
    """Live readers get COMMENT_REMOVED for each comment, and NAME_CHANGED without an actor in every campaign."""
    query = """subscription ($id: ID!) { activity(campaignId: $id, kinds: [COMMENT_REMOVED, NAME_CHANGED]) {
      activity { kind campaign { id } actor { id }
        ... on CommentActivity { subjectId } ... on PersonActivity { supporterIds } } } }"""
    elsewhere = await site.campaign()
    await sign(site, elsewhere, person.token)

    async with serving(site) as url, socket_of(url) as client:
        here = await client.run(query, id=person.campaign)
        there = await client.run(query, id=elsewhere)
        await _is_followed(site, person.campaign)
        await _is_followed(site, elsewhere)
        await erase(site, person.token)

        events = [(await here.event())["activity"] for _ in range(3)]
        (other,) = [(await there.event())["activity"]]
    assert [event.get("subjectId") for event in events] == [person.thread, person.reply, None]
    renamed = {"kind": "NAME_CHANGED", "actor": None, "supporterIds": None}
    assert events[-1] == renamed | {"campaign": {"id": person.campaign}}
    assert other == renamed | {"campaign": {"id": elsewhere}}


async def _is_followed(site: TestApp, campaign: str) -> None:
    async with asyncio.timeout(20):
        while not site.groundswell.live.watching(row_id(campaign)):  # noqa: ASYNC110
            await asyncio.sleep(0.002)


# ---------------------------------------------------------------- signatures


@pytest.mark.parametrize(
    ("policy", "direct", "withdrawn", "state"), [("KEEP_COUNT", 1, 0, "CONFIRMED"), ("WITHDRAW", 0, 1, "WITHDRAWN")]
)
async def test_erasure_policy_decides_signature_count(
    site: TestApp, policy: str, direct: int, withdrawn: int, state: str
) -> None:
    """The signature has no data of the signer under both policies."""
    campaign = await site.campaign(erasurePolicy=policy)
    token = await sign(site, campaign, country="DE", comment="For him.")

    await erase(site, token)

    count = (await page(site, campaign))["supporters"]
    assert count == {"total": direct, "direct": direct, "pending": 0, "withdrawn": withdrawn}
    (row,) = await Signature.all()
    assert (row.state, row.supporter_id, row.country, row.comment_id) == (state, None, None, None)
    assert (row.email_hash, row.counted_hash) == (None, None)
    assert await drift() == []


async def test_erasure_policy_can_be_updated(site: TestApp) -> None:
    campaign, token = await site.campaign(), await site.staff(Role.CAMPAIGNER)

    changed = await site.do(
        "updateCampaign", "campaign { erasurePolicy }", token, campaignId=campaign, erasurePolicy="WITHDRAW"
    )

    assert changed["campaign"] == {"erasurePolicy": "WITHDRAW"}
    query = "query($id: ID!) { campaign(id: $id) { erasurePolicy } }"
    assert (await site.ask(query, id=campaign))["campaign"] == {"erasurePolicy": "WITHDRAW"}


@pytest.mark.parametrize("policy", ["KEEP_COUNT", "WITHDRAW"])
async def test_pending_signature_is_withdrawn_by_erasure(site: TestApp, policy: str) -> None:
    campaign = await site.campaign(confirmSignatures=True, erasurePolicy=policy)
    token = await sign(site, campaign)
    assert await site.mails(EMAIL) != []

    await erase(site, token)

    count = (await page(site, campaign))["supporters"]
    assert count == {"total": 0, "direct": 0, "pending": 0, "withdrawn": 1}
    assert await site.mails(EMAIL) == []
    assert await drift() == []


async def test_country_tally_is_decremented(site: TestApp, person: PersonWithContent) -> None:
    """The total stays, but not the country: few signers from a country could be identified."""
    assert [(row.country, row.exact_count) for row in await CountryTally.all()] == [("DE", 1)]

    await erase(site, person.token)

    assert [(row.country, row.exact_count) for row in await CountryTally.all()] == [("DE", 0)]


async def test_email_of_erased_person_can_sign_again(site: TestApp, person: PersonWithContent) -> None:
    """A returning person is a new person, and counts again where the first signature is still counted."""
    await erase(site, person.token)

    await sign(site, person.campaign)

    assert (await page(site, person.campaign))["supporters"]["direct"] == 2
    assert await drift() == []


async def test_uncounted_signature_is_deleted(site: TestApp) -> None:
    campaign = await site.campaign()
    await sign(site, campaign)
    twin = await sign(site, campaign)

    receipt = await erase(site, twin)

    assert receipt["signatures"] == 1
    assert (await page(site, campaign))["supporters"]["direct"] == 1
    assert await Signature.all().count() == 1


async def test_erased_signature_has_no_node(site: TestApp, person: PersonWithContent) -> None:
    nodes = (await page(site, person.campaign))["activity"]["nodes"]
    signature = next(row["signature"]["id"] for row in nodes if row["kind"] == "SIGNED")

    await erase(site, person.token)

    query = "query($id: ID!) { node(id: $id) { id } }"
    assert (await site.ask(query, id=signature))["node"] is None


# ---------------------------------------------------------------- permissions, retries and concurrency


async def test_tokens_of_erased_person_are_refused(site: TestApp, person: PersonWithContent) -> None:
    """New tokens are refused as well, and so is the token of an open connection."""
    tokens = [
        person.token,
        *(issue_token(site.settings, person.supporter_id, role) for role in (Role.SUPPORTER, Role.ADMIN)),
    ]
    async with serving(site) as url, socket_of(url, person.token) as client:
        await erase(site, person.token)

        operation = await client.run("{ viewer { role supporter { id } } }")
        assert await operation.code() == "UNAUTHENTICATED"
    for token in tokens:
        assert await site.codes("{ viewer { role } }", token) == ["UNAUTHENTICATED"]


async def test_erase_scope_allows_erasing_others(site: TestApp, person: PersonWithContent) -> None:
    admin = await site.staff(Role.ADMIN)
    key = await site.do("createApiKey", "key", admin, name="Privacy desk", scopes=["ERASE"])

    receipt = await erase(site, key["key"], supporterId=person.id)

    assert receipt["comments"] == 2
    (row,) = await models.Erasure.all()
    assert row.erased_by is not None
    assert row.erased_by.startswith("key:")


async def test_erasure_retry_returns_same_receipt(site: TestApp, person: PersonWithContent) -> None:
    """Retries with one idempotency key or without a key, in sequence and concurrent, get one receipt."""
    admin = await site.staff(Role.ADMIN)
    about = {"supporterId": person.id}

    receipts = await asyncio.gather(
        *(erase(site, admin, **about, idempotencyKey="once") for _ in range(3)),
        *(erase(site, admin, **about) for _ in "123"),
    )

    assert all(receipt == receipts[0] for receipt in [*receipts, await erase(site, admin, **about)])
    assert await drift() == []


async def test_retry_of_introduction_after_erasure_makes_new_person(site: TestApp) -> None:
    """The first answer would have a token of the erased person."""
    given = {"givenName": "Kunigunde", "idempotencyKey": "6f1c2a3e-92b1-4c55"}
    first = await site.do("introduce", "accessToken supporter { id }", **given)
    await erase(site, first["accessToken"])

    again = await site.do("introduce", "accessToken supporter { id }", **given)

    assert again["replayed"] is False
    assert again["supporter"]["id"] != first["supporter"]["id"]


@pytest.mark.parametrize("is_guest", [False, True])
async def test_retry_of_signing_after_erasure_makes_new_signature(site: TestApp, is_guest: bool) -> None:
    """The erased person had proven the e-mail, and so owned the signature of the first answer."""
    campaign = await site.campaign()
    token = await site.guest("Eve") if is_guest else None
    first = await site.sign(campaign, EMAIL, token, idempotencyKey="6f1c2a3e-92b1-4c55")
    await erase(site, await site.signed_in(EMAIL))

    again = await site.sign(campaign, EMAIL, token, idempotencyKey="6f1c2a3e-92b1-4c55")

    assert again["replayed"] is False
    assert again["signature"]["id"] != first["signature"]["id"]


@pytest.mark.parametrize("role", [None, Role.MODERATOR, Role.CAMPAIGNER])
async def test_erasing_others_needs_scope(site: TestApp, person: PersonWithContent, role: Role | None) -> None:
    """The answer does not reveal whether the person exists."""
    token = await site.staff(role) if role else await site.guest()
    nobody = encode_id("Supporter", 999_999)

    answers = [(await site.do("eraseSupporter", "__typename", token, supporterId=one)) for one in (person.id, nobody)]

    assert answers[0] == answers[1]
    assert answers[0]["code"] == "FORBIDDEN"


async def test_unknown_person_is_not_found(site: TestApp) -> None:
    answer = await site.do(
        "eraseSupporter", "__typename", await site.staff(Role.ADMIN), supporterId=encode_id("Supporter", 999_999)
    )

    assert (answer["code"], answer["paths"]) == ("NOT_FOUND", ["supporterId"])


async def test_last_admin_can_erase_themselves(site: TestApp) -> None:
    """The decisions of an erased moderator stay, without the name."""
    person = await active_person(site)
    admin = await site.staff(Role.ADMIN, "Ad Wolkenstein")
    given = {"commentId": person.others, "decision": "APPROVE", "reason": "Fine."}
    await site.do("moderateComment", "__typename", admin, **given)

    await erase(site, admin)

    assert await site.codes("{ viewer { role } }", admin) == ["UNAUTHENTICATED"]
    assert await ModerationAction.filter(reason="Fine.").count() == 1
    assert "Ad Wolkenstein" not in [value for _, value in await all_values()]


async def test_api_key_cannot_erase_staff(site: TestApp) -> None:
    admin = await site.staff(Role.ADMIN)
    key = await site.do("createApiKey", "key", admin, name="Privacy desk", scopes=["ERASE"])
    moderator, _ = await ids_of(site, await site.staff())

    by_key = await site.do("eraseSupporter", "__typename", key["key"], supporterId=moderator)
    by_admin = await site.do("eraseSupporter", "__typename", admin, supporterId=moderator)

    assert by_key["code"] == "FORBIDDEN"
    assert by_admin["__typename"] == "EraseSupporterPayload"


async def test_program_is_erasable_after_key_is_revoked(site: TestApp) -> None:
    admin = await site.staff(Role.ADMIN)
    scopes = [scope.value for scope in Scope]
    key = await site.do("createApiKey", "key apiKey { id }", admin, name="Wolkenstein", scopes=scopes)
    program, _ = await ids_of(site, key["key"])

    before = await site.do("eraseSupporter", "__typename", key["key"])
    await site.do("revokeApiKey", "__typename", admin, apiKeyId=key["apiKey"]["id"])
    after = await site.do("eraseSupporter", "__typename", admin, supporterId=program)

    assert before["code"] == "CONFLICT"
    assert after["__typename"] == "EraseSupporterPayload"
    assert "Wolkenstein" not in [value for _, value in await all_values()]


async def test_write_of_deleted_person_is_refused(site: TestApp, person: PersonWithContent) -> None:
    """A write that began before the erasure fails on the foreign key."""
    await Supporter.filter(id=person.supporter_id).delete()

    answer = await site.do("castVote", "__typename", person.token, commentId=person.others, direction="UP")

    assert answer["code"] == "UNAUTHENTICATED"


async def test_writes_during_erasure_are_erased_or_refused(site: TestApp, person: PersonWithContent) -> None:
    """No write is left over between the lock and the commit."""
    admin, elsewhere = await site.staff(Role.ADMIN), await site.campaign()

    *answers, receipt = await asyncio.gather(
        *(
            site.do("postComment", "__typename", person.token, campaignId=place, body=f"Number {index}")
            for index in range(4)
            for place in (person.campaign, elsewhere)
        ),
        site.do("castVote", "__typename", person.token, commentId=person.thread, direction="UP"),
        site.do("addReaction", "__typename", person.token, commentId=person.others, kind="OUTRAGE"),
        erase(site, admin, supporterId=person.id),
    )

    assert {answer.get("code", "UNAUTHENTICATED") for answer in answers} == {"UNAUTHENTICATED"}
    assert receipt["comments"] == 2 + sum(answer["__typename"] == "PostCommentPayload" for answer in answers)
    assert await references_to(person) == []
    assert await drift() == []


async def test_mail_of_email_owner_survives_erasure_of_guest(site: TestApp) -> None:
    """Anyone can introduce themselves with another person's e-mail, and then erase themselves."""
    campaign = await site.campaign(confirmSignatures=True)
    signer = await sign(site, campaign)
    _, supporter_id = await ids_of(site, signer)
    await _verify_email(supporter_id)
    stranger = await site.guest("Mallory", email=EMAIL)

    await erase(site, stranger)

    assert len(await site.mails(EMAIL)) == 1


async def test_many_comments_are_erased_in_one_transaction(site: TestApp) -> None:
    """The comments include chains of own replies, whose tombstones are removed with the last reply."""
    token, campaign = await site.guest(), await site.campaign()
    parent = None
    for index in range(erasures.COMMENT_BATCH_SIZE + 20):
        parent = await site.comment(campaign, token, f"Number {index}", parent=parent if index % 40 else None)

    receipt = await erase(site, token)

    assert receipt["comments"] == erasures.COMMENT_BATCH_SIZE + 20
    shown = await page(site, campaign)
    assert shown["comments"]["nodes"] == []
    assert await drift() == []
    assert {row.body_markdown for row in await Comment.all()} == {""}
