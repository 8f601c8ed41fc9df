"""Sign-in codes: a mailed code signs in, tries are limited, and no answer reveals if an e-mail address is known."""

import asyncio
import re
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

import storage
from jobs import retention
from models import IdempotencyKey, Session, SignInMailbox, SignInRequest
from resolvers import sign_in_codes
from resolvers.context import Context
from tests.api.test_sessions import refresh, sign_out
from tests.jobs.test_mails import outbox
from tests.support.app import TestApp, running_app
from tests.support.statements import recorded_statements

pytestmark = pytest.mark.anyio

ADA, STRANGER = "ada@example.org", "nobody-knows-me@example.org"
PAYLOAD = "accessToken refreshToken session { expiresAt } viewer { role supporter { id displayName badge } }"
VIEWER = "{ viewer { role supporter { displayName badge } profile { givenName email emailVerified } } }"


async def sign_in(site: TestApp, mailed: dict[str, str], token: str | None = None, **given: Any) -> dict[str, Any]:
    return await site.do("signIn", PAYLOAD, token, **mailed | given)


async def request(site: TestApp, email: str, **given: Any) -> dict[str, Any]:
    return await site.do("requestSignIn", "requestId expiresAt", email=email, **given)


async def request_id(site: TestApp, email: str) -> str:
    return str((await request(site, email))["requestId"])


def wrong(code: dict[str, str]) -> dict[str, str]:
    return code | {"code": f"{(int(code['code']) + 1) % 1_000_000:06}"}


def no_code(email: str, request: str) -> dict[str, str]:
    """Return an input with more digits than a code has, which is always wrong."""
    return {"email": email, "requestId": request, "code": "1234567"}


def problem(answer: dict[str, Any]) -> tuple[Any, ...]:
    return answer["code"], answer["message"], answer["paths"], answer["retryAfterSeconds"]


# ---------------------------------------------------------------- sign-in


async def test_mailed_code_signs_in(site: TestApp) -> None:
    answer = await sign_in(site, await site.code(ADA))

    assert answer["__typename"] == "SignInPayload"
    assert answer["viewer"]["role"] == "SUPPORTER"
    viewer = (await site.ask(VIEWER, answer["accessToken"]))["viewer"]
    assert viewer["role"] == "SUPPORTER"
    assert viewer["profile"] == {"givenName": "", "email": ADA, "emailVerified": True}
    assert viewer["supporter"] == {"displayName": "A supporter", "badge": "SUPPORTER"}
    assert (await refresh(site, answer["refreshToken"]))["__typename"] == "RefreshSessionPayload"


async def test_same_mailbox_is_same_person(site: TestApp) -> None:
    first = await sign_in(site, await site.code("Ada.Byron+news@gmail.com"))

    again = await sign_in(site, await site.code("adabyron@googlemail.com"))

    assert again["viewer"]["supporter"]["id"] == first["viewer"]["supporter"]["id"]


async def test_code_is_six_random_digits(site: TestApp) -> None:
    codes = [(await site.code(f"person-{number}@example.org"))["code"] for number in range(20)]

    assert all(re.fullmatch(r"\d{6}", code) for code in codes)
    assert len(set(codes)) > 15


async def test_code_may_contain_spaces(site: TestApp) -> None:
    code = await site.code(ADA)

    spaced = f" {code['code'][:3]} {code['code'][3:]} "

    assert (await sign_in(site, code, code=spaced))["__typename"] == "SignInPayload"


async def test_request_returns_expiry(site: TestApp) -> None:
    before = storage.now()
    until = datetime.fromisoformat((await request(site, ADA))["expiresAt"])

    assert before + timedelta(minutes=10) <= until <= storage.now() + timedelta(minutes=10)


async def test_request_ids_are_long_and_different(site: TestApp) -> None:
    ids = {await request_id(site, ADA) for _ in range(8)}

    assert len(ids) == 8
    assert all(re.fullmatch(r"[\w-]{22}", one) for one in ids)  # 128 random bits


# ---------------------------------------------------------------- refusals


async def test_code_works_once(site: TestApp) -> None:
    code = await site.code(ADA)
    await sign_in(site, code)

    assert (await sign_in(site, code))["code"] == "EXPIRED"


async def test_simultaneous_sign_ins_with_one_code_succeed_once(site: TestApp) -> None:
    code = await site.code(ADA)

    answers = await asyncio.gather(*(sign_in(site, code) for _ in range(4)))

    assert Counter(answer.get("code", "ok") for answer in answers) == {"ok": 1, "EXPIRED": 3}


async def test_code_expires(site: TestApp) -> None:
    code = await site.code(ADA)
    await SignInRequest.all().update(expires_at=storage.now() - timedelta(seconds=1))

    answer = await sign_in(site, code)

    assert answer["code"] == "EXPIRED"
    assert "requestSignIn" in answer["message"]


async def test_right_code_works_after_wrong_code(site: TestApp) -> None:
    code = await site.code(ADA)

    answer = await sign_in(site, wrong(code))

    assert (answer["code"], answer["paths"]) == ("INVALID", ["code"])
    assert (await sign_in(site, code))["__typename"] == "SignInPayload"


async def test_right_code_is_refused_after_five_wrong_tries(site: TestApp) -> None:
    """A refused mutation is rolled back, except for the count of tries."""
    code = await site.code(ADA)
    codes = [(await sign_in(site, wrong(code)))["code"] for _ in range(5)]

    answer = await sign_in(site, code)

    assert codes == ["INVALID"] * 5
    assert answer["code"] == "RATE_LIMITED"
    assert "requestSignIn" in answer["message"]
    assert (await sign_in(site, await site.code(ADA)))["__typename"] == "SignInPayload"


async def test_simultaneous_tries_are_all_counted(site: TestApp) -> None:
    code = await site.code(ADA)

    answers = await asyncio.gather(*(sign_in(site, wrong(code)) for _ in range(12)))

    assert Counter(answer["code"] for answer in answers) == {"INVALID": 5, "RATE_LIMITED": 7}


async def test_retry_with_idempotency_key_counts_as_try(site: TestApp) -> None:
    code = await site.code(ADA)
    for _ in range(5):
        await sign_in(site, wrong(code), idempotencyKey="one")

    assert (await sign_in(site, wrong(code), idempotencyKey="one"))["code"] == "RATE_LIMITED"


async def test_each_open_request_has_its_own_code(site: TestApp) -> None:
    first, second = await site.code(ADA), await site.code(ADA)
    different = first["code"] != second["code"]

    crossed = [await sign_in(site, first, code=second["code"]), await sign_in(site, second, code=first["code"])]

    assert [answer.get("code") for answer in crossed] == ["INVALID"] * 2 or not different
    for code in (first, second):
        assert (await sign_in(site, code))["__typename"] == "SignInPayload" or not different


async def test_tries_of_one_request_are_not_counted_for_another(site: TestApp) -> None:
    """A stranger who asks for a code, too, can not use up the owner's tries, before or after the owner asks."""
    before = await request_id(site, ADA)
    code = await site.code(ADA)
    after = await request_id(site, ADA)
    for stranger in (before, after):
        codes = [(await sign_in(site, no_code(ADA, stranger)))["code"] for _ in range(7)]
        assert codes == ["INVALID"] * 5 + ["RATE_LIMITED"] * 2

    assert (await sign_in(site, code))["__typename"] == "SignInPayload"


async def test_code_works_for_its_own_email_only(site: TestApp) -> None:
    code = await site.code(ADA)
    strangers = await site.code(STRANGER)

    assert (await sign_in(site, code, email=STRANGER))["code"] == "INVALID"
    assert (await sign_in(site, strangers, code=code["code"]))["code"] == "INVALID" or strangers["code"] == code["code"]


@pytest.mark.parametrize("made_up", ["", "x", "A" * 22, "é", "a" * 5000, "Q29tbWVudDox", "1"])
async def test_code_does_not_work_with_a_made_up_request(site: TestApp, made_up: str) -> None:
    code = await site.code(ADA)

    answers = [await sign_in(site, code, requestId=made_up) for _ in range(7)]

    assert {(answer["code"], *answer["paths"]) for answer in answers} == {("INVALID", "code")}
    assert (await sign_in(site, code))["__typename"] == "SignInPayload"


@pytest.mark.parametrize("given", [{}, {"requestId": None}], ids=["omitted", "null"])
async def test_sign_in_needs_the_id_of_the_request(site: TestApp, given: dict[str, Any]) -> None:
    code = await site.code(ADA)
    text = "mutation($input: SignInInput!) { signIn(input: $input) { __typename } }"

    codes = await site.codes(text, input={"email": ADA, "code": code["code"], **given})

    assert codes == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("email", ["ada", "ada@", "ada byron@example.org", "ada@example.org\nBcc: eve@example.org"])
async def test_malformed_email_is_refused(site: TestApp, email: str) -> None:
    assert (await request(site, email))["code"] == "INVALID"
    assert (await sign_in(site, no_code(email, "a request")))["code"] == "INVALID"


# ---------------------------------------------------------------- privacy


async def test_known_and_unknown_email_get_same_answers(site: TestApp) -> None:
    """Also once no more mail is sent."""
    await site.signed_in(ADA)
    answers: dict[str, list[Any]] = {ADA: [], STRANGER: []}

    for email, seen in answers.items():
        for _ in range(8):
            answer = await request(site, email)
            tries = [problem(await sign_in(site, no_code(email, answer["requestId"]))) for _ in range(7)]
            seen.append((set(answer), len(answer["requestId"]), tries))

    assert answers[ADA] == answers[STRANGER]
    assert [code for code, *_ in answers[ADA][0][-1]] == ["INVALID"] * 5 + ["RATE_LIMITED"] * 2
    assert all(seen == answers[ADA][0] for seen in answers[ADA])


async def test_made_up_request_does_not_reveal_whether_a_code_was_asked_for(site: TestApp) -> None:
    await site.code(ADA)
    problems, statements = {}, {}

    for email in (ADA, STRANGER):
        with recorded_statements() as statements[email]:
            problems[email] = [problem(await sign_in(site, no_code(email, "made up"))) for _ in range(7)]

    assert problems[ADA] == problems[STRANGER]
    assert statements[ADA] == statements[STRANGER] != []
    assert await SignInRequest.all().count() == 1


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


async def test_mailed_codes_work_when_mail_limit_is_reached(site: TestApp) -> None:
    for _ in range(4):
        await request(site, ADA)
    code = await site.code(ADA)

    await request(site, ADA)

    assert (await sign_in(site, code))["__typename"] == "SignInPayload"


async def test_request_over_the_mail_limit_has_no_code(site: TestApp) -> None:
    """So its tries are no guesses: of all codes, none is right."""
    for _ in range(5):
        await request(site, ADA)
    silent = await request_id(site, ADA)

    row = await SignInRequest.all().order_by("-id").first()

    assert row is not None
    assert row.digest == sign_in_codes.NO_DIGEST
    assert (await sign_in(site, no_code(ADA, silent)))["code"] == "INVALID"


async def test_guesses_of_an_email_are_bounded_however_many_requests_are_sent(site: TestApp) -> None:
    """At most five codes an hour can be guessed, five times each."""
    ids = [await request_id(site, ADA) for _ in range(12)]

    guesses = 0
    for one in ids:
        row = await SignInRequest.get(request_hash=sign_in_codes._request_hash(one))
        tries = [(await sign_in(site, no_code(ADA, one)))["code"] for _ in range(8)]
        guesses += tries.count("INVALID") * (row.digest != sign_in_codes.NO_DIGEST)

    assert guesses == 25


async def test_mail_limit_ends_after_an_hour(site: TestApp) -> None:
    for _ in range(8):
        await request(site, ADA)
    await SignInMailbox.all().update(counted_since=storage.now() - timedelta(hours=1, seconds=1))

    await request(site, ADA)

    assert len(await site.mails(ADA)) == 6


async def test_simultaneous_requests_respect_mail_limit() -> None:
    async with running_app(sign_in_mails=3) as site:
        await asyncio.gather(*(request(site, ADA) for _ in range(10)))

        assert len(await site.mails(ADA)) == 3


async def test_code_is_not_stored_and_not_in_mail_subject(site: TestApp) -> None:
    given = await site.code(ADA)
    row = await SignInRequest.get()
    (mail,) = await outbox()

    code = given["code"]
    assert code not in mail.subject
    assert code not in repr((row.digest, row.request_hash, row.email_hash))
    assert code.encode() not in (mail.text_sealed or b"")
    assert given["requestId"] not in repr(vars(row)) + (mail.text or "")


# ---------------------------------------------------------------- retries


async def test_retried_request_mails_nothing(site: TestApp) -> None:
    first = await request(site, ADA, idempotencyKey="one")

    again = await request(site, ADA, idempotencyKey="one")

    assert again == first | {"replayed": True}
    assert len(await site.mails(ADA)) == 1
    assert await SignInRequest.all().count() == 1


async def test_retried_sign_in_continues_same_session(site: TestApp) -> None:
    """A client that lost the response retries with a code that is used already."""
    code = await site.code(ADA)
    first = await sign_in(site, code, idempotencyKey="one")

    again = await sign_in(site, code, idempotencyKey="one")

    assert (first["replayed"], again["replayed"]) == (False, True)
    assert again["refreshToken"] == first["refreshToken"]
    assert (await site.ask(VIEWER, again["accessToken"]))["viewer"]["role"] == "SUPPORTER"
    assert await Session.all().count() == 1


async def test_stored_answer_contains_no_token(site: TestApp) -> None:
    answer = await sign_in(site, await site.code(ADA), idempotencyKey="one")

    stored = (await IdempotencyKey.get()).answer

    assert set(stored) == {"session"}
    assert isinstance(stored["session"], int)
    assert answer["accessToken"] not in repr(stored)


async def test_retried_sign_in_does_not_restore_ended_session(site: TestApp) -> None:
    code = await site.code(ADA)
    first = await sign_in(site, code, idempotencyKey="one")
    await sign_out(site, first["accessToken"])

    body = await site.post(
        "mutation($input: SignInInput!) { signIn(input: $input) { ... on SignInPayload { accessToken } } }",
        input=code | {"idempotencyKey": "one"},
    )

    assert body["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


# ---------------------------------------------------------------- retention and rate limits


@pytest.mark.parametrize(("minutes", "requests", "mailboxes"), [(60, 1, 1), (65, 1, 0), (75, 0, 0)])
async def test_expired_requests_are_deleted(site: TestApp, minutes: int, requests: int, mailboxes: int) -> None:
    await request(site, ADA)
    requested_at = (await SignInMailbox.get()).counted_since
    context = Context(site.settings, site.groundswell.live)
    context.now = lambda: requested_at + timedelta(minutes=minutes)

    await retention.delete_expired(context)

    assert await SignInRequest.all().count() == requests
    assert await SignInMailbox.all().count() == mailboxes


async def test_visitors_requests_and_tries_are_rate_limited() -> None:
    async with running_app(rate_limits=("requestSignIn=2/minute", "signIn=1/minute")) as site:
        requests = [(await request(site, f"person-{number}@example.org")).get("code") for number in range(3)]
        sign_ins = [(await sign_in(site, no_code(ADA, "a request"))).get("code") for _ in range(2)]

    assert requests == [None, None, "RATE_LIMITED"]
    assert sign_ins == ["INVALID", "RATE_LIMITED"]
