"""Sign-in codes: a mailed code signs in, tries are limited, and no answer reveals if an e-mail address is known."""

import asyncio
import re
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

import storage
from jobs import retention
from models import IdempotencyKey, Session, SignInCode
from resolvers.context import Context
from tests.api.test_sessions import refresh, sign_out
from tests.jobs.test_mails import outbox
from tests.support.app import TestApp, running_app
from tests.support.statements import recorded_statements

pytestmark = pytest.mark.anyio

ADA, STRANGER = "ada@example.org", "nobody-knows-me@example.org"
PAYLOAD = "accessToken refreshToken session { expiresAt } viewer { role supporter { id displayName badge } }"
VIEWER = "{ viewer { role supporter { displayName badge } profile { givenName email emailVerified } } }"


async def sign_in(site: TestApp, email: str, code: str, token: str | None = None, **given: Any) -> dict[str, Any]:
    return await site.do("signIn", PAYLOAD, token, email=email, code=code, **given)


async def request(site: TestApp, email: str, **given: Any) -> dict[str, Any]:
    return await site.do("requestSignIn", "expiresAt", email=email, **given)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def problem(answer: dict[str, Any]) -> tuple[Any, ...]:
    return answer["code"], answer["message"], answer["paths"], answer["retryAfterSeconds"]


# ---------------------------------------------------------------- sign-in


async def test_mailed_code_signs_in(site: TestApp) -> None:
    answer = await sign_in(site, ADA, await site.code(ADA))

    assert answer["__typename"] == "SignInPayload"
    assert answer["viewer"]["role"] == "SUPPORTER"
    viewer = (await site.ask(VIEWER, answer["accessToken"]))["viewer"]
    assert viewer["role"] == "SUPPORTER"
    assert viewer["profile"] == {"givenName": "", "email": ADA, "emailVerified": True}
    assert viewer["supporter"] == {"displayName": "A supporter", "badge": "SUPPORTER"}
    assert (await refresh(site, answer["refreshToken"]))["__typename"] == "RefreshSessionPayload"


async def test_same_mailbox_is_same_person(site: TestApp) -> None:
    first = await sign_in(site, "Ada.Byron+news@gmail.com", await site.code("Ada.Byron+news@gmail.com"))

    again = await sign_in(site, "adabyron@googlemail.com", await site.code("adabyron@googlemail.com"))

    assert again["viewer"]["supporter"]["id"] == first["viewer"]["supporter"]["id"]


async def test_code_is_six_random_digits(site: TestApp) -> None:
    codes = [await site.code(f"person-{number}@example.org") for number in range(20)]

    assert all(re.fullmatch(r"\d{6}", code) for code in codes)
    assert len(set(codes)) > 15


async def test_code_may_contain_spaces(site: TestApp) -> None:
    code = await site.code(ADA)

    assert (await sign_in(site, ADA, f" {code[:3]} {code[3:]} "))["__typename"] == "SignInPayload"


async def test_request_returns_expiry(site: TestApp) -> None:
    before = storage.now()
    until = datetime.fromisoformat((await request(site, ADA))["expiresAt"])

    assert before + timedelta(minutes=10) <= until <= storage.now() + timedelta(minutes=10)


# ---------------------------------------------------------------- refusals


async def test_code_works_once(site: TestApp) -> None:
    code = await site.code(ADA)
    await sign_in(site, ADA, code)

    assert (await sign_in(site, ADA, code))["code"] == "EXPIRED"


async def test_simultaneous_sign_ins_with_one_code_succeed_once(site: TestApp) -> None:
    code = await site.code(ADA)

    answers = await asyncio.gather(*(sign_in(site, ADA, code) for _ in range(4)))

    assert Counter(answer.get("code", "ok") for answer in answers) == {"ok": 1, "EXPIRED": 3}


async def test_code_expires(site: TestApp) -> None:
    code = await site.code(ADA)
    await SignInCode.all().update(expires_at=storage.now() - timedelta(seconds=1))

    answer = await sign_in(site, ADA, code)

    assert answer["code"] == "EXPIRED"
    assert "requestSignIn" in answer["message"]


async def test_right_code_works_after_wrong_code(site: TestApp) -> None:
    code = await site.code(ADA)

    answer = await sign_in(site, ADA, wrong(code))

    assert (answer["code"], answer["paths"]) == ("INVALID", ["code"])
    assert (await sign_in(site, ADA, code))["__typename"] == "SignInPayload"


async def test_right_code_is_refused_after_five_wrong_tries(site: TestApp) -> None:
    """A refused mutation is rolled back, except for the count of tries."""
    code = await site.code(ADA)
    codes = [(await sign_in(site, ADA, wrong(code)))["code"] for _ in range(5)]

    answer = await sign_in(site, ADA, code)

    assert codes == ["INVALID"] * 5
    assert answer["code"] == "RATE_LIMITED"
    assert "requestSignIn" in answer["message"]
    assert (await sign_in(site, ADA, await site.code(ADA)))["__typename"] == "SignInPayload"


async def test_simultaneous_tries_are_all_counted(site: TestApp) -> None:
    code = await site.code(ADA)

    answers = await asyncio.gather(*(sign_in(site, ADA, wrong(code)) for _ in range(12)))

    assert Counter(answer["code"] for answer in answers) == {"INVALID": 5, "RATE_LIMITED": 7}


async def test_retry_with_idempotency_key_counts_as_try(site: TestApp) -> None:
    code = await site.code(ADA)
    for _ in range(5):
        await sign_in(site, ADA, wrong(code), idempotencyKey="one")

    assert (await sign_in(site, ADA, wrong(code), idempotencyKey="one"))["code"] == "RATE_LIMITED"


async def test_new_code_replaces_previous_code(site: TestApp) -> None:
    first, second = await site.code(ADA), await site.code(ADA)

    assert (await sign_in(site, ADA, first))["code"] == "INVALID" or first == second
    assert (await sign_in(site, ADA, second))["__typename"] == "SignInPayload"


async def test_code_works_for_its_own_email_only(site: TestApp) -> None:
    code = await site.code(ADA)
    await site.code(STRANGER)

    assert (await sign_in(site, STRANGER, code))["code"] == "INVALID"


@pytest.mark.parametrize("email", ["ada", "ada@", "ada byron@example.org", "ada@example.org\nBcc: eve@example.org"])
async def test_malformed_email_is_refused(site: TestApp, email: str) -> None:
    assert (await request(site, email))["code"] == "INVALID"
    assert (await sign_in(site, email, "123456"))["code"] == "INVALID"


# ---------------------------------------------------------------- privacy


async def test_known_and_unknown_email_get_same_answers(site: TestApp) -> None:
    await site.signed_in(ADA)
    answers: dict[str, list[Any]] = {ADA: [], STRANGER: []}

    for email, seen in answers.items():
        seen.append(set(await request(site, email)))
        seen += [problem(await sign_in(site, email, "1234567")) for _ in range(7)]

    assert answers[ADA] == answers[STRANGER]


async def test_tries_without_code_get_same_answers(site: TestApp) -> None:
    await site.code(ADA)
    problems = {}

    for email in (ADA, STRANGER):
        problems[email] = [problem(await sign_in(site, email, "1234567")) for _ in range(7)]

    assert problems[ADA] == problems[STRANGER]
    assert [code for code, *_ in problems[ADA]] == ["INVALID"] * 5 + ["RATE_LIMITED"] * 2


async def test_known_and_unknown_email_run_same_statements(site: TestApp) -> None:
    await site.signed_in(ADA)
    run: dict[str, list[str]] = {}

    for email in (ADA, STRANGER):
        with recorded_statements() as run[email]:
            await request(site, email)

    assert run[ADA] == run[STRANGER] != []


async def test_mails_to_one_mailbox_are_limited_silently(site: TestApp) -> None:
    answers = [await request(site, ADA) for _ in range(8)]

    assert {answer["__typename"] for answer in answers} == {"RequestSignInPayload"}
    assert len(await site.mails(ADA)) == 5


async def test_last_code_works_when_mail_limit_is_reached(site: TestApp) -> None:
    for _ in range(4):
        await request(site, ADA)
    code = await site.code(ADA)

    await request(site, ADA)

    assert (await sign_in(site, ADA, code))["__typename"] == "SignInPayload"


async def test_mail_limit_ends_after_an_hour(site: TestApp) -> None:
    for _ in range(8):
        await request(site, ADA)
    await SignInCode.all().update(counted_since=storage.now() - timedelta(hours=1, seconds=1))

    await request(site, ADA)

    assert len(await site.mails(ADA)) == 6


async def test_simultaneous_requests_respect_mail_limit() -> None:
    async with running_app(sign_in_mails=3) as site:
        await asyncio.gather(*(request(site, ADA) for _ in range(10)))

        assert len(await site.mails(ADA)) == 3


async def test_code_is_not_stored_and_not_in_mail_subject(site: TestApp) -> None:
    code = await site.code(ADA)
    row = await SignInCode.get()
    (mail,) = await outbox()

    assert code not in mail.subject
    assert code not in repr(vars(row))
    assert code.encode() not in (mail.text_sealed or b"")


# ---------------------------------------------------------------- retries


async def test_retried_request_mails_nothing(site: TestApp) -> None:
    first = await request(site, ADA, idempotencyKey="one")

    again = await request(site, ADA, idempotencyKey="one")

    assert (again["replayed"], again["expiresAt"]) == (True, first["expiresAt"])
    assert len(await site.mails(ADA)) == 1


async def test_retried_sign_in_continues_same_session(site: TestApp) -> None:
    """A client that lost the response retries with a code that is used already."""
    code = await site.code(ADA)
    first = await sign_in(site, ADA, code, idempotencyKey="one")

    again = await sign_in(site, ADA, code, idempotencyKey="one")

    assert (first["replayed"], again["replayed"]) == (False, True)
    assert again["refreshToken"] == first["refreshToken"]
    assert (await site.ask(VIEWER, again["accessToken"]))["viewer"]["role"] == "SUPPORTER"
    assert await Session.all().count() == 1


async def test_stored_answer_contains_no_token(site: TestApp) -> None:
    answer = await sign_in(site, ADA, await site.code(ADA), idempotencyKey="one")

    stored = (await IdempotencyKey.get()).answer

    assert set(stored) == {"session"}
    assert isinstance(stored["session"], int)
    assert answer["accessToken"] not in repr(stored)


async def test_retried_sign_in_does_not_restore_ended_session(site: TestApp) -> None:
    code = await site.code(ADA)
    first = await sign_in(site, ADA, code, idempotencyKey="one")
    await sign_out(site, first["accessToken"])

    body = await site.post(
        "mutation($input: SignInInput!) { signIn(input: $input) { ... on SignInPayload { accessToken } } }",
        input={"email": ADA, "code": code, "idempotencyKey": "one"},
    )

    assert body["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


# ---------------------------------------------------------------- retention and rate limits


async def test_expired_codes_are_deleted(site: TestApp) -> None:
    await request(site, ADA)
    context = Context(site.settings, site.groundswell.live)
    context.now = lambda: storage.now() + timedelta(hours=1)
    await retention.delete_expired(context)
    assert await SignInCode.all().count() == 1

    context.now = lambda: storage.now() + timedelta(hours=2)
    await retention.delete_expired(context)

    assert await SignInCode.all() == []


async def test_visitors_requests_and_tries_are_rate_limited() -> None:
    async with running_app(rate_limits=("requestSignIn=2/minute", "signIn=1/minute")) as site:
        requests = [(await request(site, f"person-{number}@example.org")).get("code") for number in range(3)]
        sign_ins = [(await sign_in(site, f"person-{number}@example.org", "123456")).get("code") for number in range(2)]

    assert requests == [None, None, "RATE_LIMITED"]
    assert sign_ins == ["INVALID", "RATE_LIMITED"]
