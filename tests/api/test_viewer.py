"""The viewer: role, scopes and profile by token, the viewer as a node and after mutations, and refused tokens."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from auth.tokens import issue_token
from models import Profile, Role
from resolvers.ids import global_id
from tests.support.app import OTHER_SECRET, TestApp, running_app

pytestmark = pytest.mark.anyio

RANDOM_KEY = "6f1c2a3e-92b1-4c55"


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
async def test_staff_token_has_role_and_scopes(site: TestApp, role: str, scopes: list[str]) -> None:
    token = await site.staff(Role(role), "Mo Derator")

    viewer = (await site.ask("{ viewer { role scopes supporter { displayName badge } } }", token))["viewer"]

    assert viewer == {
        "role": role,
        "scopes": scopes,
        "supporter": {"displayName": "Mo Derator", "badge": "STAFF"},
    }


async def test_guest_may_sign_comment_and_react(site: TestApp) -> None:
    viewer = (await site.ask("{ viewer { role scopes } }", await site.guest()))["viewer"]

    assert viewer == {"role": "GUEST", "scopes": VISITOR}


async def test_anonymous_visitor_may_read_and_sign(site: TestApp) -> None:
    viewer = (await site.ask("{ viewer { role scopes supporter { id } profile { email } } }"))["viewer"]

    assert viewer == {"role": "ANONYMOUS", "scopes": ["READ", "SIGN"], "supporter": None, "profile": None}


# ---------------------------------------------------------------- tokens


def forged(site: TestApp, **claims: Any) -> str:
    """Sign a token with our key and these claims."""
    good = {"sub": "1", "role": "GUEST", "iat": 1, "exp": datetime.now(UTC) + timedelta(days=1)}
    payload = {name: value for name, value in (good | claims).items() if value is not None}
    kid, key = next(iter(site.settings.signing_keys.items()))
    return jwt.encode(payload, key, "HS256", {"kid": kid})


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
        "another key": f"Bearer {issue_token(replace(site.settings, secret_key=OTHER_SECRET), 1, Role.ADMIN)}",
        "expired": f"Bearer {issue_token(replace(site.settings, token_days=-1), 1, Role.GUEST)}",
        "no algorithm": "Bearer " + jwt.encode({"sub": "1", "role": "ADMIN", "exp": 9**10}, "", "none"),
        "an unknown role": f"Bearer {forged(site, role='KING')}",
        "no end": f"Bearer {forged(site, exp=None)}",
        "no beginning": f"Bearer {forged(site, iat=None)}",
        "nobody": f"Bearer {forged(site, sub=None)}",
        "a word for an id": f"Bearer {forged(site, sub='one')}",
    }


async def test_bad_token_is_refused_before_execution(site: TestApp) -> None:
    """A bad token is never an anonymous visitor: the client must learn that it needs a new token."""
    answers = {}
    for name, authorization in bad_tokens(site, await site.guest()).items():
        answer = await site.http.post(
            "/graphql", json={"query": "{ viewer { role } }"}, headers={"authorization": authorization}
        )
        answers[name] = (answer.status_code, answer.json()["errors"][0]["extensions"]["code"])

    assert set(answers.values()) == {(401, "UNAUTHENTICATED")}, answers


async def test_expired_token_has_message_of_its_own(site: TestApp) -> None:
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
async def test_token_of_erased_person_writes_nothing(site: TestApp, mutation: str, given: dict[str, str]) -> None:
    campaign = await site.campaign()
    comment = await site.comment(campaign, await site.guest())
    nobody = issue_token(site.settings, 999_999, Role.GUEST)
    about = {"campaignId": campaign} if mutation == "postComment" else {"commentId": comment}

    answer = await site.do(mutation, "comment { id }", nobody, **about, **given)

    assert answer["code"] == "UNAUTHENTICATED"


async def test_token_of_erased_person_reads_as_anonymous(site: TestApp) -> None:
    nobody = issue_token(site.settings, 999_999, Role.GUEST)

    viewer = (await site.ask("{ viewer { supporter { id } profile { email } } }", nobody))["viewer"]

    assert viewer == {"supporter": None, "profile": None}


async def test_guest_token_expires_after_token_days() -> None:
    async with running_app(token_days=3) as site:
        token = await site.guest()

        ends = jwt.decode(token, site.settings.key, ["HS256"])["exp"]

        assert 0 <= (datetime.now(UTC) + timedelta(days=3)).timestamp() - ends < 60


async def test_token_has_no_personal_data(site: TestApp) -> None:
    """Tokens end up in logs and in the storage of browsers."""
    token = await site.guest("Katharina Sommer", email="k@secret.example")

    claims = jwt.decode(token, options={"verify_signature": False})

    assert set(claims) == {"sub", "role", "iat", "exp"}


# ---------------------------------------------------------------- the viewer as a node

NODE = "query($id: ID!) { node(id: $id) { __typename id ... on Viewer { role profile { givenName } } } }"


async def viewer_id(site: TestApp, token: str | None) -> str:
    return str((await site.ask("{ viewer { id } }", token))["viewer"]["id"])


async def test_node_finds_the_viewer_by_their_own_id(site: TestApp) -> None:
    guest = await site.guest("Ada Byron")
    own = await viewer_id(site, guest)

    answer = await site.ask(NODE, guest, id=own)

    assert answer["node"] == {"__typename": "Viewer", "id": own, "role": "GUEST", "profile": {"givenName": "Ada"}}


async def test_node_finds_no_other_viewer(site: TestApp) -> None:
    """The answer for another person's id is the answer for an id that nobody has, whoever asks."""
    admin, guest = await site.staff(Role.ADMIN), await site.guest()
    key = (await site.do("createApiKey", "key", admin, name="Friends", scopes=["READ"]))["key"]
    askers = [None, guest, await site.guest("Grace"), admin, key]
    ids = [await viewer_id(site, asker) for asker in askers]
    nobodys = global_id("Viewer", 999_999)

    answers = [[await site.post(NODE, asker, id=one) for one in (*ids, nobodys)] for asker in askers]

    for place, row in enumerate(answers):
        assert row.pop(place)["data"]["node"]["id"] == ids[place]
        assert row == [{"data": {"node": None}}] * len(askers)


async def test_anonymous_visitors_share_an_id(site: TestApp) -> None:
    own = await viewer_id(site, None)

    answer = await site.ask("query($id: ID!) { nodes(ids: [$id, $id]) { id ... on Viewer { role } } }", id=own)

    assert answer["nodes"] == [{"id": own, "role": "ANONYMOUS"}] * 2


async def test_viewer_keeps_the_id_in_every_session_and_role(site: TestApp) -> None:
    email = "ada@example.org"
    guest = await site.guest(email=email)
    ids = [await viewer_id(site, guest)]
    ids += [await viewer_id(site, await site.signed_in(email, token)) for token in (guest, None)]

    assert len(set(ids)) == 1


# ---------------------------------------------------------------- the viewer after a mutation

OWN = """id role scopes supporter { id displayName badge } profile { givenName familyName email emailVerified country
  nameDisplay consents { granted textVersion } } comments { totalCount nodes { id state } }
  signatures { totalCount nodes { id state campaign { id } comment { id } } } votes { totalCount }
  reactions { totalCount } donations { totalCount }"""
SIGNER = {"givenName": "Ada", "familyName": "Byron", "email": "ada@example.org", "country": "DE"}


async def test_introduced_guest_is_the_viewer_of_the_token(site: TestApp) -> None:
    answer = await site.do("introduce", f"accessToken viewer {{ {OWN} }}", givenName="Ada", idempotencyKey=RANDOM_KEY)
    again = await site.do("introduce", f"accessToken viewer {{ {OWN} }}", givenName="Ada", idempotencyKey=RANDOM_KEY)

    viewer = (await site.ask(f"{{ viewer {{ {OWN} }} }}", answer["accessToken"]))["viewer"]
    assert answer["viewer"] == again["viewer"] == viewer
    assert (viewer["role"], again["replayed"]) == ("GUEST", True)


async def test_guest_who_is_introduced_again_is_another_viewer(site: TestApp) -> None:
    guest = await site.guest("Ada")

    answer = await site.do("introduce", "viewer { id } accessToken", guest, givenName="Grace")

    assert answer["viewer"]["id"] == await viewer_id(site, answer["accessToken"]) != await viewer_id(site, guest)


async def test_retry_shows_nothing_of_a_guest_who_has_signed_in(site: TestApp) -> None:
    """The guest signed in from another network, whose sign-in does not find the stored answer."""
    payload = "viewer { role profile { givenName email } signatures { totalCount } }"
    campaign, given = await site.campaign(), {"idempotencyKey": RANDOM_KEY}
    signing = {"campaignId": campaign, **SIGNER, **given}
    await site.do("introduce", payload, None, givenName="Ada", **given)
    await site.do("signPetition", payload, None, **signing)
    await Profile.all().update(email_verified=True)

    introduced = "mutation($input: IntroduceInput!) { introduce(input: $input) { ... on IntroducePayload {"
    codes = await site.codes(f"{introduced} {payload} }} }} }}", input={"givenName": "Ada", **given})
    signed = await site.do("signPetition", f"replayed accessToken {payload}", None, **signing)

    assert codes == ["UNAUTHENTICATED"]
    assert (signed["replayed"], signed["accessToken"]) == (True, None)
    assert signed["viewer"] == {"role": "ANONYMOUS", "profile": None, "signatures": {"totalCount": 0}}


async def test_new_signer_is_the_viewer_of_the_token(site: TestApp) -> None:
    payload = f"accessToken signature {{ id }} comment {{ id }} viewer {{ {OWN} }}"
    signing = {
        "campaignId": await site.campaign(),
        **SIGNER,
        "comment": "Free him.",
        "idempotencyKey": RANDOM_KEY,
    }

    answer, again = [await site.do("signPetition", payload, None, **signing) for _ in range(2)]

    viewer = (await site.ask(f"{{ viewer {{ {OWN} }} }}", answer["accessToken"]))["viewer"]
    assert answer["viewer"] == again["viewer"] == viewer
    assert (viewer["role"], again["replayed"]) == ("GUEST", True)
    assert [node["id"] for node in viewer["signatures"]["nodes"]] == [answer["signature"]["id"]]
    assert [node["id"] for node in viewer["comments"]["nodes"]] == [answer["comment"]["id"]]


async def test_signer_with_a_token_stays_the_viewer(site: TestApp) -> None:
    admin, campaign = await site.staff(Role.ADMIN), await site.campaign()
    key = (await site.do("createApiKey", "key", admin, name="Friends", scopes=["SIGN"]))["key"]
    supporter = await site.signed_in("grace@example.org")

    for token in (await site.guest(), supporter, admin, key):
        before = (await site.ask("{ viewer { id role scopes } }", token))["viewer"]
        answer = await site.do(
            "signPetition", "accessToken viewer { id role scopes }", token, campaignId=campaign, **SIGNER
        )

        assert answer["viewer"] == before
        assert answer["accessToken"] is None


@pytest.mark.parametrize("confirmed", [False, True])
async def test_viewer_of_a_signing_does_not_tell_whether_the_email_is_known(site: TestApp, confirmed: bool) -> None:
    """Nobody, a signer of the same campaign, a guest, and a supporter with donations have the e-mail address."""
    campaign, admin = await site.campaign(confirmSignatures=confirmed), await site.staff(Role.ADMIN)
    known = {
        "nobody": "nobody@example.org",
        "signer": "s@example.org",
        "guest": "g@example.org",
        "owner": "o@example.org",
    }
    await site.sign(campaign, known["signer"])
    await site.guest(email=known["guest"])
    owner = await site.signed_in(known["owner"])
    await site.comment(campaign, owner)
    gift = {"providerReference": "pay-1", "money": {"amountMinor": 500, "currency": "EUR"}}
    await site.do("recordDonation", "donation { id }", admin, campaignId=campaign, **gift, donorEmail=known["owner"])

    answers = {}
    for who, email in known.items():
        signing = {"campaignId": campaign, **SIGNER, "email": email, "comment": "Free him."}
        answer = await site.do("signPetition", f"accessToken viewer {{ {OWN} }}", None, **signing)
        answers[who] = without_ids(answer["viewer"]), bool(answer["accessToken"])
        assert answer["viewer"]["profile"].pop("email") == email

    assert answers["nobody"][0]["signatures"]["totalCount"] == 1
    for who in known:
        assert answers[who] == answers["nobody"], who


def without_ids(answer: Any) -> Any:
    """Return the answer without the values that differ for each new person."""
    if isinstance(answer, dict):
        return {name: without_ids(value) for name, value in answer.items() if name not in ("id", "email")}
    return [without_ids(item) for item in answer] if isinstance(answer, list) else answer
