"""Supporters: introducing oneself as a guest, public and private fields, and updating a profile."""

import json
from typing import Any

import pytest

from models import Role, Supporter
from resolvers.ids import parse
from tests.support.app import TestApp

pytestmark = pytest.mark.anyio

PROFILE = """{ viewer { profile {
  givenName familyName familyNameFirst email emailVerified country nameDisplay } } }"""
PAYLOAD = "supporter { id displayName badge } accessToken"


async def introduce(site: TestApp, **given: Any) -> dict[str, Any]:
    return await site.do("introduce", PAYLOAD, **given)


async def introduced_name(site: TestApp, **given: Any) -> str:
    """Introduce a person and return the display name."""
    return str((await introduce(site, **given))["supporter"]["displayName"])


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("choice", "name"),
    [
        ("FULL_NAME", "Katharina Sommer"),
        ("FIRST_NAME_INITIAL", "Katharina S."),
        ("INITIALS", "K. S."),
        ("ANONYMOUS", "A supporter"),
    ],
)
async def test_name_display_choice_decides_displayed_name(site: TestApp, choice: str, name: str) -> None:
    assert await introduced_name(site, givenName="Katharina", familyName="Sommer", nameDisplay=choice) == name


async def test_default_display_is_given_name_and_initial(site: TestApp) -> None:
    assert await introduced_name(site, givenName="Katharina", familyName="Sommer") == "Katharina S."


@pytest.mark.parametrize(
    ("given", "family", "initial", "initials"),
    [
        ("Suharto", None, "Suharto", "S."),
        ("Suharto", "", "Suharto", "S."),
        ("Björk", "Guðmundsdóttir", "Björk G.", "B. G."),
        ("Zoe\u0308", "E\u0301tienne", "Zoë É.", "Z. É."),
        ("Анна", "Иванова", "Анна И.", "А. И."),
        ("小明", "王", "小明", "小."),
        ("小明", "欧阳", "小明 欧.", "小. 欧."),
        ("محمد", "علي", "محمد ع.", "م. ع."),
        ("नरेंद्र", "मोदी", "नरेंद्र मो.", "न. मो."),
        ("한별", "김", "한별", "한."),
        ("ιωάννα", "ψάλτη", "ιωάννα Ψ.", "Ι. Ψ."),
        ("Anne-Marie", "van der Berg", "Anne-Marie V.", "A. V."),
        ("D'Arcy", "O'Neill", "D'Arcy O.", "D. O."),
        ("Nguyễn Thị", "Ánh", "Nguyễn Thị Á.", "N. Á."),
        ("ßeta", "ñandú", "ßeta Ñ.", "S. Ñ."),
        ("J", "K", "J", "J."),
        ("Dr. Ada", "Byron", "Dr. Ada B.", "A. B."),
        ("  Ada \t of\n Many ", " Spaces ", "Ada of Many S.", "A. S."),
    ],
)
async def test_names_of_any_script_are_accepted(
    site: TestApp, given: str, family: str | None, initial: str, initials: str
) -> None:
    """Names may have one word, combining marks and any script; a one-character family name is left out."""
    assert await introduced_name(site, givenName=given, familyName=family) == initial
    assert await introduced_name(site, givenName=given, familyName=family, nameDisplay="INITIALS") == initials


@pytest.mark.parametrize("field", ["givenName", "familyName"])
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("https://spam.example", "REJECTED_CONTENT"),
        ("Visit www.spam.example", "REJECTED_CONTENT"),
        ("HTTP://SPAM.EXAMPLE", "REJECTED_CONTENT"),
        ("ada@example.org", "REJECTED_CONTENT"),
        ("@ada", "REJECTED_CONTENT"),
        ("Ada\x07", "REJECTED_CONTENT"),
        ("Ada\x00", "REJECTED_CONTENT"),
        ("\u202eadA", "REJECTED_CONTENT"),
        ("12345", "REJECTED_CONTENT"),
        ("...", "REJECTED_CONTENT"),
        ("x" * 101, "INVALID"),
    ],
)
async def test_bad_name_is_refused(site: TestApp, field: str, name: str, code: str) -> None:
    answer = await introduce(site, **({"givenName": "Ada"} | {field: name}))

    assert (answer.get("code"), answer.get("paths")) == (code, [field])


@pytest.mark.parametrize("name", ["", "   ", "\n\t"])
async def test_given_name_is_required(site: TestApp, name: str) -> None:
    answer = await introduce(site, givenName=name)

    assert (answer["code"], answer["paths"]) == ("INVALID", ["givenName"])


@pytest.mark.parametrize(
    "email", ["ada", "ada@", "@example.org", "a b@example.org", "ada@example", "a@b@example.org", "x" * 65 + "@e.org"]
)
async def test_bad_email_is_refused(site: TestApp, email: str) -> None:
    answer = await introduce(site, givenName="Ada", email=email)

    assert (answer["code"], answer["paths"]) == ("INVALID", ["email"])


@pytest.mark.parametrize("country", ["D", "DEU", "12", "Germany", "D E", "ДЕ"])
async def test_bad_country_is_refused(site: TestApp, country: str) -> None:
    answer = await introduce(site, givenName="Ada", country=country)

    assert (answer["code"], answer["paths"]) == ("INVALID", ["country"])


async def test_refused_introduction_stores_nothing(site: TestApp) -> None:
    first = (await introduce(site, givenName="Ada"))["supporter"]["id"]
    await introduce(site, givenName="Ada", familyName="http://spam.example")

    assert parse(first) == ("Supporter", 1)
    assert await Supporter.all().count() == 1


# ---------------------------------------------------------------- one's own profile


async def test_guest_reads_own_profile(site: TestApp) -> None:
    given = {
        "givenName": "Katharina",
        "familyName": "Sommer",
        "email": "Katharina@Example.org",
        "country": "de",
        "nameDisplay": "INITIALS",
        "familyNameFirst": True,
    }
    token = (await introduce(site, **given))["accessToken"]

    profile = (await site.ask(PROFILE, token))["viewer"]["profile"]

    stored = {"email": "Katharina@example.org", "emailVerified": False, "country": "DE"}
    assert profile == given | stored


async def test_profile_has_defaults_for_omitted_values(site: TestApp) -> None:
    token = (await introduce(site, givenName="Ada"))["accessToken"]

    profile = (await site.ask(PROFILE, token))["viewer"]["profile"]

    assert profile == {
        "givenName": "Ada",
        "familyName": None,
        "email": None,
        "emailVerified": False,
        "country": None,
        "nameDisplay": "FIRST_NAME_INITIAL",
        "familyNameFirst": False,
    }


async def test_guests_with_one_email_are_separate_people(site: TestApp) -> None:
    """An unverified e-mail gives no access to another account."""
    one = await introduce(site, givenName="Ada", email="ada@example.org")
    two = await introduce(site, givenName="Eve", email="ada@example.org")

    assert one["supporter"]["id"] != two["supporter"]["id"]
    assert (await site.ask(PROFILE, two["accessToken"]))["viewer"]["profile"]["givenName"] == "Eve"


async def test_email_and_family_name_are_never_public(site: TestApp) -> None:
    person = await introduce(
        site, givenName="Katharina", familyName="Sommerfeldt", email="k@secret.example", country="LI"
    )
    campaign = await site.campaign()
    comment = await site.comment(campaign, person["accessToken"])
    await site.do("addReaction", "comment { id }", person["accessToken"], commentId=comment, kind="HEART")
    people = "supporter: node(id: $person) { ... on Supporter { id displayName badge } }"
    query = f"""query($id: ID!, $person: ID!) {{ {people} campaign(id: $id) {{
      comments {{ nodes {{ author {{ id displayName badge }} body {{ markdown html text }} url }} }}
      commentStats {{ recentAuthors {{ displayName }} mostReactedComment {{ author {{ displayName }} }} }}
      countries {{ country count }}
      activity {{ nodes {{ actorName actor {{ displayName }}
        ... on CommentActivity {{ comment {{ author {{ displayName }} }} }} }} }} }} }}"""

    seen = [
        json.dumps(await site.ask(query, token, id=campaign, person=person["supporter"]["id"]))
        for token in (None, await site.guest("Other"), await site.staff(Role.ADMIN))
    ]

    for text in seen:
        assert "Katharina S." in text
        assert not any(secret in text for secret in ("Sommerfeldt", "secret.example", '"LI"'))


async def test_problem_does_not_repeat_bad_email(site: TestApp) -> None:
    answer = await introduce(site, givenName="Ada", email="my secret")

    assert "secret" not in answer["message"]


async def test_introduction_with_token_makes_new_guest(site: TestApp) -> None:
    token = await site.guest()

    answer = await site.do("introduce", PAYLOAD, token, givenName="Grace")

    assert answer["supporter"]["displayName"] == "Grace"


# ---------------------------------------------------------------- profile updates


VIEWER = "viewer { supporter { displayName } profile { givenName familyName country nameDisplay familyNameFirst } }"


async def test_profile_update_keeps_omitted_values(site: TestApp) -> None:
    token = await site.guest("Katharina Sommer", country="DE")

    answer = await site.do("updateProfile", VIEWER, token, givenName="Käthe", nameDisplay="FULL_NAME")

    assert answer["viewer"] == {
        "supporter": {"displayName": "Käthe Sommer"},
        "profile": {
            "givenName": "Käthe",
            "familyName": "Sommer",
            "country": "DE",
            "nameDisplay": "FULL_NAME",
            "familyNameFirst": False,
        },
    }


async def test_null_removes_family_name_and_country(site: TestApp) -> None:
    token = await site.guest("Katharina Sommer", country="DE")

    answer = await site.do("updateProfile", VIEWER, token, familyName=None, country=None)

    assert answer["viewer"]["supporter"]["displayName"] == "Katharina"
    assert (answer["viewer"]["profile"]["familyName"], answer["viewer"]["profile"]["country"]) == (None, None)


@pytest.mark.parametrize("name", ["givenName", "nameDisplay", "familyNameFirst", "consents"])
async def test_null_is_refused_for_required_value(site: TestApp, name: str) -> None:
    token = await site.guest("Katharina Sommer", country="DE")
    before = await site.ask(PROFILE, token)

    answer = await site.do("updateProfile", VIEWER, token, familyName=None, **{name: None})

    assert (answer["code"], answer["paths"]) == ("INVALID", [name])
    assert await site.ask(PROFILE, token) == before


@pytest.mark.parametrize(
    ("choice", "name"), [("FULL_NAME", "Nagy Anna"), ("FIRST_NAME_INITIAL", "N. Anna"), ("INITIALS", "N. A.")]
)
async def test_family_name_first_by_choice(site: TestApp, choice: str, name: str) -> None:
    token = await site.guest("Anna Nagy", nameDisplay=choice)

    answer = await site.do("updateProfile", VIEWER, token, familyNameFirst=True)

    assert answer["viewer"]["supporter"]["displayName"] == name


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"givenName": " "}, "INVALID", "givenName"),
        ({"givenName": "@ada"}, "REJECTED_CONTENT", "givenName"),
        ({"familyName": "www.spam.example"}, "REJECTED_CONTENT", "familyName"),
        ({"country": "Germany"}, "INVALID", "country"),
    ],
)
async def test_profile_update_is_screened(site: TestApp, given: dict[str, str], code: str, field: str) -> None:
    token = await site.guest("Katharina Sommer", country="DE")

    answer = await site.do("updateProfile", VIEWER, token, **given)

    assert (answer["code"], answer["paths"]) == (code, [field])
    assert (await site.ask(PROFILE, token))["viewer"]["profile"]["givenName"] == "Katharina"


async def test_profile_update_retry_is_applied_once(site: TestApp) -> None:
    token = await site.guest("Katharina Sommer")
    change = {"nameDisplay": "INITIALS", "idempotencyKey": "once"}

    first = await site.do("updateProfile", VIEWER, token, **change)
    again = await site.do("updateProfile", VIEWER, token, **change)

    assert (first.pop("replayed"), again.pop("replayed")) == (False, True)
    assert first == again
