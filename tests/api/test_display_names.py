"""Display names: choices and ceilings, names of any script, changes on all campaigns, and times in the ticker."""

import asyncio
import unicodedata
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import product
from typing import Any

import pytest
import regex
from hypothesis import assume, example, given
from hypothesis import strategies as st

import models
import storage
from live import Live
from models import NameDisplay, Role
from resolvers import display_names
from resolvers.activity import record
from resolvers.context import Context
from resolvers.ids import global_id, parse
from resolvers.mutations import MutationCall, run_mutation
from resolvers.names import ANONYMOUS_NAME, TITLES, display_name
from tests.support.activity import subscribe_to_activity
from tests.support.app import ON_POSTGRES, TestApp, running_app
from tests.support.serving import serving, socket_of

pytestmark = pytest.mark.anyio

FULL, GIVEN, INITIALS, ANONYMOUS = NameDisplay
AT = datetime(2026, 1, 2, 3, 4, 56, tzinfo=UTC)

# ---------------------------------------------------------------- names of any script


@pytest.mark.parametrize(
    ("given", "family", "shown", "initials"),
    [
        ("Maria-Anna", "Sommer", "Maria-Anna S.", "M. S."),
        ("Sukarno", None, "Sukarno", "S."),
        ("İpek", "ılgın", "İpek I.", "İ. I."),
        ("ßeta", "ñandú", "ßeta Ñ.", "S. Ñ."),
        ("ǆemal", "ǌego", "ǆemal ǋ.", "ǅ. ǋ."),
        ("ა", "ბერიძე", "ა ბ.", "ა. ბ."),
        ("נועה", "כהן", "נועה כ.", "נ. כ."),
        ("علی\u200cرضا", "رضایی", "علی\u200cرضا ر.", "ع. ر."),
        ("क्षितिज", "श्रीवास्तव", "क्षितिज श्री.", "क्षि. श्री."),
        ("J\u0301\u0323an", "K\u0323\u0301at", "J\u0323\u0301an Ḳ\u0301.", "J\u0323\u0301. Ḳ\u0301."),
        ("Dr. Anna", "von Berg", "Dr. Anna V.", "A. V."),
        ("Prof Ma. Teresa", "Cruz", "Prof Ma. Teresa C.", "T. C."),
        ("M. L.", "King", "M. L. K.", "M. K."),
        ("Dr.", None, "Dr.", "D."),
        ("Jan", "’t Hooft", "Jan T.", "J. T."),
        ("🌻 Anna", "👩‍👩‍👧 Berg", "🌻 Anna B.", "A. B."),
        ("👩‍👩‍👧👍🏽", None, "👩‍👩‍👧👍🏽", "👩‍👩‍👧."),
        ("\u202eAnna\u202c", "\u200fBerg\x00", "Anna B.", "A. B."),
    ],
)
def test_initials_are_grapheme_clusters(given: str, family: str | None, shown: str, initials: str) -> None:
    """An initial keeps accents and vowel signs, skips titles and punctuation, and its capital is one letter."""
    assert display_name(given, family, GIVEN) == shown
    assert display_name(given, family, INITIALS) == initials


@pytest.mark.parametrize(
    ("choice", "shown"), [(FULL, "王 小明"), (GIVEN, "小明"), (INITIALS, "小."), (ANONYMOUS, "A supporter")]
)
def test_one_character_family_name_is_left_out(choice: NameDisplay, shown: str) -> None:
    assert display_name("小明", "王", choice, family_name_first=True) == shown


@pytest.mark.parametrize("given", ["Ada Byron", "Byron Ada", "Ada BYRON"])
def test_family_name_is_removed_from_given_name(given: str) -> None:
    assert display_name(given, "Byron", GIVEN) == "Ada B."
    assert display_name(given, "Byron", INITIALS) == "A. B."


# ---------------------------------------------------------------- properties of any name

LETTERS = st.characters(exclude_categories=["Cs"])
NAMES = st.text(LETTERS, max_size=30) | st.sampled_from(["王", "Sommer", "von Berg", "e\u0301", "\u200d", "👩‍👩‍👧", ""])
CHOICES = st.sampled_from(NameDisplay)
ENCODINGS = (partial(unicodedata.normalize, "NFC"), partial(unicodedata.normalize, "NFD"))


def characters(text: str) -> list[str]:
    return regex.findall(r"\X", text)


@given(NAMES, NAMES, CHOICES, st.booleans())
def test_display_name_is_visible_and_not_empty(given: str, family: str, choice: NameDisplay, first: bool) -> None:
    shown = display_name(given, family, choice, first)

    assert shown.strip()
    assert not regex.search(r"(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]", shown)


@given(NAMES, NAMES, CHOICES, st.booleans())
@example("Ada Éva", "Éva", GIVEN, False)
def test_display_name_is_same_for_every_unicode_normal_form(
    given: str, family: str, choice: NameDisplay, first: bool
) -> None:
    """The two parts of a name may be in different normal forms."""
    shown = {display_name(one(given), other(family), choice, first) for one, other in product(ENCODINGS, repeat=2)}

    assert shown == {unicodedata.normalize("NFC", name) for name in shown}
    assert len(shown) == 1


@given(NAMES, NAMES, st.booleans())
def test_display_name_length_is_bounded_by_choice(given: str, family: str, first: bool) -> None:
    given_length = len(characters(unicodedata.normalize("NFC", given)))

    assert len(characters(display_name(given, family, INITIALS, first))) <= max(len("X. X."), len(ANONYMOUS_NAME))
    assert len(characters(display_name(given, family, GIVEN, first))) <= max(
        given_length + len(" X."), len(ANONYMOUS_NAME)
    )
    assert display_name(given, family, ANONYMOUS, first) == ANONYMOUS_NAME


WORDS = st.text(st.characters(categories=["Lu", "Ll", "Lo", "Mn", "Mc"]), min_size=1, max_size=12)


@given(WORDS, WORDS, st.sampled_from([GIVEN, INITIALS]), st.booleans())
def test_only_initial_of_family_name_is_shown(given: str, family: str, choice: NameDisplay, first: bool) -> None:
    """The rest of the family name makes no difference to the display name."""
    assume(given.casefold() != family.casefold())
    letters = [c for c in characters(unicodedata.normalize("NFC", family)) if any(map(str.isalpha, c))]
    assume(len(letters) > 1)

    shown = display_name(given, family, choice, first)

    assert shown == display_name(given, letters[0] + "xyz", choice, first)


@given(
    st.sampled_from(sorted(TITLES)),
    st.sampled_from(["", "."]),
    WORDS.filter(lambda word: word.casefold() not in TITLES),
)
def test_title_is_not_used_as_initial(title: str, dot: str, name: str) -> None:
    assume(any(map(str.isalpha, name)))

    assert display_name(f"{title.title()}{dot} {name}", None, INITIALS) == display_name(name, None, INITIALS)


# ---------------------------------------------------------------- changes on all campaigns


SEEN = """query($id: ID!) { campaign(id: $id) { comments { nodes { author { displayName } } }
  commentStats { recentAuthors { displayName } }
  activity(kinds: [COMMENTED, REACTED]) { nodes { actorName actor { displayName } } } } }"""
RENAMES = """query($id: ID!) { campaign(id: $id) { activity(kinds: [NAME_CHANGED]) { nodes {
  actorName actor { id displayName } ... on PersonActivity { supporterIds } } } } }"""


async def seen_names(site: TestApp, campaign: str) -> set[str]:
    """Return every name that a campaign's page shows."""
    page = (await site.ask(SEEN, id=campaign))["campaign"]
    names = {node["author"]["displayName"] for node in page["comments"]["nodes"]}
    names |= {person["displayName"] for person in page["commentStats"]["recentAuthors"]}
    for node in page["activity"]["nodes"]:
        names |= {node["actorName"], node["actor"]["displayName"] if node["actor"] else "A supporter"}
    return names


async def renames(site: TestApp, campaign: str) -> list[dict[str, Any]]:
    nodes = (await site.ask(RENAMES, id=campaign))["campaign"]["activity"]["nodes"]
    return list(nodes)


async def test_stricter_choice_applies_to_all_campaigns_and_past(site: TestApp) -> None:
    pages = [await site.campaign(), await site.campaign()]
    token = await site.guest("Katharina Sommer", nameDisplay="FULL_NAME")
    for page in pages:
        await site.do("addReaction", "__typename", token, commentId=await site.comment(page, token), kind="HEART")

    await site.do("updateProfile", "__typename", token, nameDisplay="INITIALS")

    assert [await seen_names(site, page) for page in pages] == [{"K. S."}, {"K. S."}]


async def test_name_change_is_logged_where_person_is_shown(site: TestApp) -> None:
    """A client finds the names to replace by the actor's id; the old name is not in the log."""
    talked, reacted, elsewhere = [await site.campaign() for _ in range(3)]
    token = await site.guest("Katharina Sommer", nameDisplay="FULL_NAME")
    person = (await site.ask("{ viewer { supporter { id } } }", token))["viewer"]["supporter"]
    await site.comment(talked, token)
    comment = await site.comment(reacted, await site.guest())
    await site.do("addReaction", "__typename", token, commentId=comment, kind="HEART")

    await site.do("updateProfile", "__typename", token, nameDisplay="INITIALS")

    actor = {"id": person["id"], "displayName": "K. S."}
    for campaign in (talked, reacted):
        renamed = {"actorName": "K. S.", "actor": actor, "supporterIds": [person["id"]]}
        assert await renames(site, campaign) == [renamed]
    assert await renames(site, elsewhere) == []


async def test_name_change_is_sent_to_live_readers(site: TestApp) -> None:
    campaign, token = await site.campaign(), await site.guest("Katharina Sommer", nameDisplay="FULL_NAME")
    await site.comment(campaign, token)
    async with serving(site) as url, socket_of(url) as client:
        follow = await subscribe_to_activity(site, client, campaign, kinds=["NAME_CHANGED"])

        await site.do("updateProfile", "__typename", token, nameDisplay="INITIALS")
        event = await follow.event()

    assert (event["activity"]["kind"], event["activity"]["actorName"]) == ("NAME_CHANGED", "K. S.")


async def test_invisible_name_change_is_not_logged(site: TestApp) -> None:
    campaign, token = await site.campaign(), await site.guest("Katharina Sommer", nameDisplay="INITIALS")
    await site.comment(campaign, token)

    await site.do("updateProfile", "__typename", token, givenName="Katja", familyName="Schmidt", country="AT")

    assert await renames(site, campaign) == []


async def test_choice_is_capped_by_ceiling(site: TestApp) -> None:
    strict = await site.campaign(nameDisplayCeiling="INITIALS")
    token = await site.guest("Katharina Sommer")
    await site.comment(strict, token)

    answer = await site.do("updateProfile", "viewer { supporter { displayName } }", token, nameDisplay="FULL_NAME")

    assert answer["viewer"]["supporter"]["displayName"] == "K. S."


async def test_strict_campaign_caps_name_on_all_campaigns(site: TestApp) -> None:
    free, strict = await site.campaign(), await site.campaign(nameDisplayCeiling="ANONYMOUS")
    token = await site.guest("Katharina Sommer", nameDisplay="FULL_NAME")
    await site.comment(free, token)

    await site.comment(strict, token)

    assert await seen_names(site, free) == {"A supporter"}
    assert [node["actorName"] for node in await renames(site, free)] == ["A supporter"]


async def test_lowered_ceiling_is_logged_once_per_campaign(site: TestApp, monkeypatch: pytest.MonkeyPatch) -> None:
    """NAME_CHANGED names nobody here: a ceiling may rename thousands, and clients read all shown names again."""
    monkeypatch.setattr(display_names, "MAX_NAMED_SUPPORTERS", 1)
    campaign, other, elsewhere = [await site.campaign() for _ in range(3)]
    for name in ("Katharina Sommer", "Ada Byron"):
        token = await site.guest(name, nameDisplay="FULL_NAME")
        await site.comment(campaign, token)
        await site.comment(other, token)

    await lower_ceiling(site, campaign)

    assert await seen_names(site, other) == {"K. S.", "A. B."}
    for page in (campaign, other):
        assert await renames(site, page) == [{"actorName": "A supporter", "actor": None, "supporterIds": None}]
    assert await renames(site, elsewhere) == []


async def lower_ceiling(site: TestApp, campaign: str) -> None:
    campaigner = await site.staff(Role.CAMPAIGNER)
    await site.do("updateCampaign", "__typename", campaigner, campaignId=campaign, nameDisplayCeiling="INITIALS")


async def shown(site: TestApp, token: str) -> dict[str, Any]:
    """Return a person's id and name as others see them."""
    answer = await site.ask("{ viewer { supporter { id displayName } } }", token)
    return dict(answer["viewer"]["supporter"])


async def test_lowered_ceiling_names_a_few_people_where_they_are_shown(site: TestApp) -> None:
    campaign, other = [await site.campaign() for _ in range(2)]
    katharina, ada = [await site.guest(name, nameDisplay="FULL_NAME") for name in ("Katharina Sommer", "Ada Byron")]
    await site.comment(campaign, katharina)
    await site.comment(campaign, ada)
    await site.comment(other, ada)

    await lower_ceiling(site, campaign)

    first, second = [[(await shown(site, token))["id"]] for token in (katharina, ada)]
    assert [event["supporterIds"] for event in await renames(site, campaign)] == [second, first]
    assert [event["supporterIds"] for event in await renames(site, other)] == [second]


WHAT_IS_HIDDEN = ["waiting comment", "deleted comment", "unconfirmed signature", "withdrawn signature"]


@pytest.mark.parametrize("hidden", WHAT_IS_HIDDEN)
@pytest.mark.parametrize("cause", ["the person", "a ceiling"])
async def test_name_change_is_not_logged_where_nothing_of_the_person_is_shown(
    site: TestApp, hidden: str, cause: str
) -> None:
    """The log would tell that the person has to do with the campaign."""
    campaign = await site.campaign(
        commentPolicy="PREMODERATED" if hidden == "waiting comment" else "OPEN",
        confirmSignatures=hidden == "unconfirmed signature",
    )
    if hidden.endswith("comment"):
        token = await site.guest("Katharina Sommer", nameDisplay="FULL_NAME")
        comment = await site.comment(campaign, token)
        if hidden == "deleted comment":
            await site.do("deleteComment", "__typename", token, commentId=comment)
    else:
        token = (await site.sign(campaign, nameDisplay="FULL_NAME"))["accessToken"]
        if hidden == "withdrawn signature":
            await site.do("withdrawSignature", "__typename", token, campaignId=campaign)
    before = await renames(site, campaign)

    if cause == "a ceiling":
        await lower_ceiling(site, campaign)
    else:
        await site.do("updateProfile", "__typename", token, nameDisplay="INITIALS")
        assert (await shown(site, token))["displayName"] in ("K. S.", "A. L.")

    assert await renames(site, campaign) == before


async def test_former_name_change_names_nobody_after_withdrawal(site: TestApp) -> None:
    campaign = await site.campaign()
    token = (await site.sign(campaign, nameDisplay="FULL_NAME"))["accessToken"]
    await site.do("updateProfile", "__typename", token, nameDisplay="INITIALS")
    assert [event["supporterIds"] for event in await renames(site, campaign)] == [[(await shown(site, token))["id"]]]

    await site.do("withdrawSignature", "__typename", token, campaignId=campaign)

    nobody = {"actorName": "A supporter", "actor": None, "supporterIds": None}
    assert await renames(site, campaign) == [nobody, nobody]


async def test_ceiling_without_effect_is_not_logged(site: TestApp) -> None:
    campaign = await site.campaign()
    await site.comment(campaign, await site.guest("Katharina Sommer", nameDisplay="INITIALS"))

    campaigner = await site.staff(Role.CAMPAIGNER)
    await site.do("updateCampaign", "__typename", campaigner, campaignId=campaign, nameDisplayCeiling="INITIALS")

    assert await renames(site, campaign) == []


@pytest.mark.skipif(not ON_POSTGRES, reason="SQLite has one writer at a time")
async def test_deadlocked_writes_are_retried(site: TestApp) -> None:
    """Two ceilings that are lowered at once may lock two campaigns in opposite order."""
    pages = [id_of(await site.campaign()) for _ in range(2)]
    both = asyncio.Barrier(2)
    attempts: list[list[int]] = []

    async def write_both(first: int, second: int) -> None:
        async def perform(context: Context) -> dict[str, Any]:
            attempts.append([first, second])
            await record(context, first, models.ActivityKind.NAME_CHANGED, (models.SubjectType.CAMPAIGN, first), AT)
            if len(attempts) <= 2:
                await both.wait()
            await record(context, second, models.ActivityKind.NAME_CHANGED, (models.SubjectType.CAMPAIGN, second), AT)
            return {}

        context = Context(site.settings, site.groundswell.live)
        await run_mutation(context, MutationCall("write_both", {}, None, {}), perform)

    await asyncio.gather(write_both(*pages), write_both(*reversed(pages)))

    assert len(attempts) > 2, "the writes did not deadlock"
    for page in pages:
        assert len(await renames(site, global_id("Campaign", page))) == 2


# ---------------------------------------------------------------- times in the ticker


async def times(site: TestApp, token: str | None = None) -> tuple[str, list[str]]:
    """Return when a new comment was posted, by the comment and by the ticker."""
    campaign, guest = await site.campaign(), await site.guest()
    await site.comment(campaign, guest)
    query = """query($id: ID!) { campaign(id: $id) { comments { nodes { createdAt } }
      activity(kinds: [COMMENTED]) { nodes { occurredAt } } } }"""
    page = (await site.ask(query, token, id=campaign))["campaign"]
    exact = str(page["comments"]["nodes"][0]["createdAt"])
    return exact, [str(node["occurredAt"]) for node in page["activity"]["nodes"]]


async def test_ticker_times_are_rounded_down() -> None:
    async with running_app(ticker_seconds=3600) as site:
        exact, (ticker,) = await times(site)

    rounded = datetime.fromisoformat(ticker)
    assert (rounded.minute, rounded.second, rounded.microsecond) == (0, 0, 0)
    assert timedelta() <= datetime.fromisoformat(exact) - rounded < timedelta(hours=1)


async def test_ticker_times_are_exact_if_set() -> None:
    async with running_app(ticker_seconds=0) as site:
        exact, (ticker,) = await times(site)

    assert ticker == exact


SIGNED_AT = """query($id: ID!) { campaign(id: $id) {
  activity(kinds: [SIGNED]) { nodes { ... on SignatureActivity { signature { signedAt } } } } } }"""


async def test_signed_at_is_exact_for_signer_and_rounded_for_others(site: TestApp) -> None:
    campaign, token = await site.campaign(), await site.guest()
    async with storage.transaction():
        person = await storage.by_ids(models.Supporter, range(100))
        signature = await storage.insert(
            models.Signature, campaign_id=id_of(campaign), supporter_id=max(person), country="DE", signed_at=AT
        )
        subject = (models.SubjectType.SIGNATURE, signature)
        context = Context(site.settings, Live())
        await record(context, id_of(campaign), models.ActivityKind.SIGNED, subject, AT, actor_id=max(person))

    seen = []
    for viewer in (token, await site.guest(), None):
        (node,) = (await site.ask(SIGNED_AT, viewer, id=campaign))["campaign"]["activity"]["nodes"]
        seen.append(node["signature"]["signedAt"])

    rounded = "2026-01-02T03:04:00+00:00"
    assert seen == ["2026-01-02T03:04:56+00:00", rounded, rounded]


def id_of(campaign: str) -> int:
    named = parse(campaign)
    assert named is not None
    return named[1]
