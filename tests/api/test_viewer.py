"""The viewer: role, scopes and profile by token, and tokens that are refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from auth.tokens import issue_token
from models import Role
from tests.support.app import TestApp, running_app

pytestmark = pytest.mark.anyio


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
        "another key": f"Bearer {issue_token(replace(site.settings, secret_key='another'), 1, Role.ADMIN)}",
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
