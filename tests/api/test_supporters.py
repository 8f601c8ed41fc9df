"""People: introducing oneself, what others see, what only oneself sees, and tokens that say who is asking."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from auth.tokens import issue_token
from models import Role
from tests.support.app import TestApp, running_app

pytestmark = pytest.mark.anyio

PROFILE = """{ viewer { profile {
  givenName familyName familyNameFirst email emailVerified country nameDisplay } } }"""
SHOWN = "supporter { id displayName badge } accessToken"


async def introduce(site: TestApp, **given: Any) -> dict[str, Any]:
    return await site.do("introduce", SHOWN, **given)


async def shown(site: TestApp, **given: Any) -> str:
    """The name that others see of a person who introduces themselves so."""
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
async def test_a_person_chooses_how_much_of_their_name_is_shown(site: TestApp, choice: str, name: str) -> None:
    assert await shown(site, givenName="Katharina", familyName="Sommer", nameDisplay=choice) == name


async def test_who_does_not_choose_is_shown_by_given_name_and_initial(site: TestApp) -> None:
    assert await shown(site, givenName="Katharina", familyName="Sommer") == "Katharina S."


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
async def test_the_worlds_names_are_names(
    site: TestApp, given: str, family: str | None, initial: str, initials: str
) -> None:
    """One word, combining marks, any script; a family name of one character has no initial that hides it."""
    assert await shown(site, givenName=given, familyName=family) == initial
    assert await shown(site, givenName=given, familyName=family, nameDisplay="INITIALS") == initials


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
async def test_what_is_no_name_is_refused(site: TestApp, field: str, name: str, code: str) -> None:
    answer = await introduce(site, **({"givenName": "Ada"} | {field: name}))

    assert (answer.get("code"), answer.get("field")) == (code, field)


@pytest.mark.parametrize("name", ["", "   ", "\n\t"])
async def test_a_given_name_is_needed(site: TestApp, name: str) -> None:
    answer = await introduce(site, givenName=name)

    assert (answer["code"], answer["field"]) == ("INVALID", "givenName")


@pytest.mark.parametrize(
    "email", ["ada", "ada@", "@example.org", "a b@example.org", "ada@example", "a@b@example.org", "x" * 65 + "@e.org"]
)
async def test_an_address_that_is_none_is_refused(site: TestApp, email: str) -> None:
    answer = await introduce(site, givenName="Ada", email=email)

    assert (answer["code"], answer["field"]) == ("INVALID", "email")


@pytest.mark.parametrize("country", ["D", "DEU", "12", "Germany", "D E", "ДЕ"])
async def test_a_country_that_is_none_is_refused(site: TestApp, country: str) -> None:
    answer = await introduce(site, givenName="Ada", country=country)

    assert (answer["code"], answer["field"]) == ("INVALID", "country")


async def test_nothing_is_kept_of_an_introduction_that_is_refused(site: TestApp) -> None:
    first = (await introduce(site, givenName="Ada"))["supporter"]["id"]
    await introduce(site, givenName="Ada", familyName="http://spam.example")
    absent = await site.ask("query($id: ID!) { node(id: $id) { id } }", id="U3VwcG9ydGVyOjI")

    assert first == "U3VwcG9ydGVyOjE"
    assert absent == {"node": None}


# ---------------------------------------------------------------- oneself


async def test_a_guest_reads_back_what_they_said(site: TestApp) -> None:
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

    assert profile == given | {"emailVerified": False, "country": "DE"}


async def test_a_guest_who_said_little_has_little(site: TestApp) -> None:
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


async def test_two_people_of_one_address_are_two_people(site: TestApp) -> None:
    """An unverified address opens no door to anyone's account."""
    one = await introduce(site, givenName="Ada", email="ada@example.org")
    two = await introduce(site, givenName="Eve", email="ada@example.org")

    assert one["supporter"]["id"] != two["supporter"]["id"]
    assert (await site.ask(PROFILE, two["accessToken"]))["viewer"]["profile"]["givenName"] == "Eve"


async def test_the_address_and_family_name_are_in_nothing_public(site: TestApp) -> None:
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
      activity {{ nodes {{ actorName actor {{ displayName }} subject {{
        ... on Comment {{ author {{ displayName }} }} }} }} }} }} }}"""

    seen = [
        json.dumps(await site.ask(query, token, id=campaign, person=person["supporter"]["id"]))
        for token in (None, await site.guest("Other"), await site.staff(Role.ADMIN))
    ]

    for text in seen:
        assert "Katharina S." in text
        assert not any(secret in text for secret in ("Sommerfeldt", "secret.example", '"LI"'))


async def test_the_problem_with_an_address_does_not_repeat_it(site: TestApp) -> None:
    answer = await introduce(site, givenName="Ada", email="my secret")

    assert "secret" not in answer["message"]


# ---------------------------------------------------------------- changing what one said


CHANGED = "viewer { supporter { displayName } profile { givenName familyName country nameDisplay familyNameFirst } }"


async def test_a_person_changes_what_they_give_and_keeps_the_rest(site: TestApp) -> None:
    token = await site.guest("Katharina Sommer", country="DE")

    answer = await site.do("updateProfile", CHANGED, token, givenName="Käthe", nameDisplay="FULL_NAME")

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


async def test_a_family_name_and_a_country_are_taken_back_by_null(site: TestApp) -> None:
    token = await site.guest("Katharina Sommer", country="DE")

    answer = await site.do("updateProfile", CHANGED, token, familyName=None, country=None)

    assert answer["viewer"]["supporter"]["displayName"] == "Katharina"
    assert (answer["viewer"]["profile"]["familyName"], answer["viewer"]["profile"]["country"]) == (None, None)


@pytest.mark.parametrize(
    ("choice", "name"), [("FULL_NAME", "Nagy Anna"), ("FIRST_NAME_INITIAL", "N. Anna"), ("INITIALS", "N. A.")]
)
async def test_a_family_name_comes_first_where_its_person_says_so(site: TestApp, choice: str, name: str) -> None:
    token = await site.guest("Anna Nagy", nameDisplay=choice)

    answer = await site.do("updateProfile", CHANGED, token, familyNameFirst=True)

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
async def test_a_change_is_screened_like_an_introduction(
    site: TestApp, given: dict[str, str], code: str, field: str
) -> None:
    token = await site.guest("Katharina Sommer", country="DE")

    answer = await site.do("updateProfile", CHANGED, token, **given)

    assert (answer["code"], answer["field"]) == (code, field)
    assert (await site.ask(PROFILE, token))["viewer"]["profile"]["givenName"] == "Katharina"


async def test_a_retried_change_is_made_once(site: TestApp) -> None:
    token = await site.guest("Katharina Sommer")
    change = {"nameDisplay": "INITIALS", "idempotencyKey": "once"}

    first = await site.do("updateProfile", CHANGED, token, **change)
    again = await site.do("updateProfile", CHANGED, token, **change)

    assert (first.pop("replayed"), again.pop("replayed")) == (False, True)
    assert first == again


# ---------------------------------------------------------------- the viewer


VISITOR = ["READ", "SIGN", "COMMENT", "REACT"]


@pytest.mark.parametrize(
    ("role", "scopes"),
    [
        ("MODERATOR", [*VISITOR, "MODERATE"]),
        ("CAMPAIGNER", [*VISITOR, "MODERATE", "MANAGE_CAMPAIGNS", "REPORT_TALLIES"]),
        (
            "ADMIN",
            [
                *VISITOR,
                "MODERATE",
                "MANAGE_CAMPAIGNS",
                "RECORD_DONATIONS",
                "REPORT_TALLIES",
                "EXPORT",
                "ERASE",
                "WEBHOOKS",
            ],
        ),
    ],
)
async def test_a_staff_token_says_its_role_and_scopes(site: TestApp, role: str, scopes: list[str]) -> None:
    token = await site.staff(Role(role), "Mo Derator")

    viewer = (await site.ask("{ viewer { role scopes supporter { displayName badge } } }", token))["viewer"]

    assert viewer == {
        "role": role,
        "scopes": scopes,
        "supporter": {"displayName": "Mo Derator", "badge": "STAFF"},
    }


async def test_a_guest_may_sign_comment_and_react(site: TestApp) -> None:
    viewer = (await site.ask("{ viewer { role scopes } }", await site.guest()))["viewer"]

    assert viewer == {"role": "GUEST", "scopes": VISITOR}


async def test_an_anonymous_visitor_may_read_and_sign(site: TestApp) -> None:
    viewer = (await site.ask("{ viewer { role scopes supporter { id } profile { email } } }"))["viewer"]

    assert viewer == {"role": "ANONYMOUS", "scopes": ["READ", "SIGN"], "supporter": None, "profile": None}


# ---------------------------------------------------------------- tokens


def forged(site: TestApp, **claims: Any) -> str:
    """A token with our key and these claims."""
    good = {"sub": "1", "role": "GUEST", "iat": 1, "exp": datetime.now(UTC) + timedelta(days=1)}
    kept = {name: value for name, value in (good | claims).items() if value is not None}
    kid, key = next(iter(site.settings.signing_keys.items()))
    return jwt.encode(kept, key, "HS256", {"kid": kid})


def bad_tokens(site: TestApp, good: str) -> dict[str, str]:
    header, payload, signature = good.split(".")
    altered = payload[:-2] + ("AA" if payload[-2:] != "AA" else "BB")
    return {
        "nonsense": "Bearer nonsense",
        "without a token": "Bearer ",
        "another scheme": f"Basic {good}",
        "without a scheme": good,
        "altered": f"Bearer {header}.{altered}.{signature}",
        "without its signature": f"Bearer {header}.{payload}.",
        "another key": f"Bearer {issue_token(replace(site.settings, secret_key='another'), 1, Role.ADMIN)}",
        "expired": f"Bearer {issue_token(replace(site.settings, token_days=-1), 1, Role.GUEST)}",
        "no algorithm": "Bearer " + jwt.encode({"sub": "1", "role": "ADMIN", "exp": 9**10}, "", "none"),
        "an unknown role": f"Bearer {forged(site, role='KING')}",
        "no end": f"Bearer {forged(site, exp=None)}",
        "no beginning": f"Bearer {forged(site, iat=None)}",
        "nobody": f"Bearer {forged(site, sub=None)}",
        "a word for a number": f"Bearer {forged(site, sub='one')}",
    }


async def test_a_token_that_is_not_good_is_refused_before_anything_runs(site: TestApp) -> None:
    """Never taken for an anonymous visitor's: a client must know that it has to ask for a new one."""
    met = {}
    for name, authorization in bad_tokens(site, await site.guest()).items():
        answer = await site.http.post(
            "/graphql", json={"query": "{ viewer { role } }"}, headers={"authorization": authorization}
        )
        met[name] = (answer.status_code, answer.json()["errors"][0]["extensions"]["code"])

    assert set(met.values()) == {(401, "UNAUTHENTICATED")}, met


async def test_an_expired_token_is_told_from_a_wrong_one(site: TestApp) -> None:
    headers = {"authorization": bad_tokens(site, await site.guest())["expired"]}

    answer = await site.http.post("/graphql", json={"query": "{ viewer { role } }"}, headers=headers)

    assert "expired" in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("mutation", "given"),
    [
        ("postComment", {"body": "Hello"}),
        ("castVote", {"direction": "UP"}),
        ("addReaction", {"kind": "HEART"}),
        ("flagComment", {"reason": "SPAM"}),
    ],
)
async def test_a_token_that_outlived_its_person_writes_nothing(
    site: TestApp, mutation: str, given: dict[str, str]
) -> None:
    campaign = await site.campaign()
    comment = await site.comment(campaign, await site.guest())
    nobody = issue_token(site.settings, 999_999, Role.GUEST)
    about = {"campaignId": campaign} if mutation == "postComment" else {"commentId": comment}

    answer = await site.do(mutation, "comment { id }", nobody, **about, **given)

    assert answer["code"] == "UNAUTHENTICATED"


async def test_a_token_that_outlived_its_person_reads_as_nobody(site: TestApp) -> None:
    nobody = issue_token(site.settings, 999_999, Role.GUEST)

    viewer = (await site.ask("{ viewer { supporter { id } profile { email } } }", nobody))["viewer"]

    assert viewer == {"supporter": None, "profile": None}


async def test_an_introduction_goes_through_with_a_token_already_there(site: TestApp) -> None:
    token = await site.guest()

    answer = await site.do("introduce", SHOWN, token, givenName="Grace")

    assert answer["supporter"]["displayName"] == "Grace"


async def test_a_guests_token_is_good_for_as_long_as_is_set() -> None:
    async with running_app(token_days=3) as site:
        token = await site.guest()

        ends = jwt.decode(token, site.settings.key, ["HS256"])["exp"]

        assert 0 <= (datetime.now(UTC) + timedelta(days=3)).timestamp() - ends < 60


async def test_a_token_holds_nothing_of_the_person(site: TestApp) -> None:
    """Tokens end up in logs and in browsers' storage."""
    token = await site.guest("Katharina Sommer", email="k@secret.example")

    claims = jwt.decode(token, options={"verify_signature": False})

    assert set(claims) == {"sub", "role", "iat", "exp"}
