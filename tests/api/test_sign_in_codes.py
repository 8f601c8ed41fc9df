"""Signing in by a mailed code: who gets in, who does not, and that nobody learns whom an address belongs to."""

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

import storage
from jobs import retention
from models import IdempotencyKey, SignInCode
from resolvers.context import Context
from storage.database import Statement
from storage.rows import columns
from tests.api.test_sessions import refresh, sign_out
from tests.jobs.test_mails import outbox
from tests.support.app import TestApp, running_app
from tests.support.statements import recorded_statements

pytestmark = pytest.mark.anyio

ADA, STRANGER = "ada@example.org", "nobody-knows-me@example.org"
PAYLOAD = "accessToken refreshToken session { expiresAt } viewer { role supporter { id displayName badge } }"
VIEWER = "{ viewer { role supporter { displayName badge } profile { givenName email emailVerified } } }"
OLDER = Statement("UPDATE sign_in_codes SET expires_at = $1 RETURNING id")
HOUR_AGO = Statement("UPDATE sign_in_codes SET counted_since = $1 RETURNING id")
KEPT = Statement(f"SELECT {columns(IdempotencyKey)} FROM idempotency_keys")
CODES = Statement(f"SELECT {columns(SignInCode)} FROM sign_in_codes")
SESSIONS = Statement("SELECT count(*) FROM sessions")


async def sign_in(site: TestApp, address: str, code: str, token: str | None = None, **given: Any) -> dict[str, Any]:
    return await site.do("signIn", PAYLOAD, token, email=address, code=code, **given)


async def ask(site: TestApp, address: str, **given: Any) -> dict[str, Any]:
    return await site.do("requestSignIn", "expiresAt", email=address, **given)


async def write(statement: Statement, *values: Any) -> Sequence[Any]:
    async with storage.transaction():
        return await storage.fetch(statement, *values)


def other(code: str) -> str:
    """A wrong one."""
    return f"{(int(code) + 1) % 1_000_000:06}"


def problem(answer: dict[str, Any]) -> tuple[Any, ...]:
    return answer["code"], answer["message"], answer["field"], answer["retryAfterSeconds"]


# ---------------------------------------------------------------- getting in


async def test_the_code_that_is_mailed_signs_its_reader_in(site: TestApp) -> None:
    answer = await sign_in(site, ADA, await site.code(ADA))

    assert answer["__typename"] == "SignInPayload"
    assert answer["viewer"]["role"] == "SUPPORTER"
    viewer = (await site.ask(VIEWER, answer["accessToken"]))["viewer"]
    assert viewer["role"] == "SUPPORTER"
    assert viewer["profile"] == {"givenName": "", "email": ADA, "emailVerified": True}
    assert viewer["supporter"] == {"displayName": "A supporter", "badge": "SUPPORTER"}
    assert (await refresh(site, answer["refreshToken"]))["__typename"] == "RefreshSessionPayload"


async def test_the_same_address_is_the_same_person_the_next_time(site: TestApp) -> None:
    first = await sign_in(site, "Ada.Byron+news@gmail.com", await site.code("Ada.Byron+news@gmail.com"))

    again = await sign_in(site, "adabyron@googlemail.com", await site.code("adabyron@googlemail.com"))

    assert again["viewer"]["supporter"]["id"] == first["viewer"]["supporter"]["id"]


async def test_a_code_is_six_digits_that_differ(site: TestApp) -> None:
    codes = [await site.code(f"person-{number}@example.org") for number in range(20)]

    assert all(re.fullmatch(r"\d{6}", code) for code in codes)
    assert len(set(codes)) > 15


async def test_a_code_may_be_typed_in_groups(site: TestApp) -> None:
    code = await site.code(ADA)

    assert (await sign_in(site, ADA, f" {code[:3]} {code[3:]} "))["__typename"] == "SignInPayload"


async def test_a_request_says_until_when_the_code_is_good(site: TestApp) -> None:
    before = storage.now()
    until = datetime.fromisoformat((await ask(site, ADA))["expiresAt"])

    assert before + timedelta(minutes=10) <= until <= storage.now() + timedelta(minutes=10)


# ---------------------------------------------------------------- not getting in


async def test_a_code_is_used_once(site: TestApp) -> None:
    code = await site.code(ADA)
    await sign_in(site, ADA, code)

    assert (await sign_in(site, ADA, code))["code"] == "EXPIRED"


async def test_two_who_try_a_code_at_once_are_one_who_gets_in(site: TestApp) -> None:
    code = await site.code(ADA)

    answers = await asyncio.gather(*(sign_in(site, ADA, code) for _ in range(4)))

    assert Counter(answer.get("code", "ok") for answer in answers) == {"ok": 1, "EXPIRED": 3}


async def test_a_code_is_good_for_ten_minutes(site: TestApp) -> None:
    code = await site.code(ADA)
    await write(OLDER, storage.now() - timedelta(seconds=1))

    answer = await sign_in(site, ADA, code)

    assert answer["code"] == "EXPIRED"
    assert "requestSignIn" in answer["message"]


async def test_a_wrong_code_is_refused_and_the_right_one_is_good_still(site: TestApp) -> None:
    code = await site.code(ADA)

    answer = await sign_in(site, ADA, other(code))

    assert (answer["code"], answer["field"]) == ("INVALID", "code")
    assert (await sign_in(site, ADA, code))["__typename"] == "SignInPayload"


async def test_after_five_wrong_tries_not_even_the_right_code_is_good(site: TestApp) -> None:
    """A refusal undoes what its mutation wrote, but not the count of tries."""
    code = await site.code(ADA)
    wrong = [(await sign_in(site, ADA, other(code)))["code"] for _ in range(5)]

    answer = await sign_in(site, ADA, code)

    assert wrong == ["INVALID"] * 5
    assert answer["code"] == "RATE_LIMITED"
    assert "requestSignIn" in answer["message"]
    assert (await sign_in(site, ADA, await site.code(ADA)))["__typename"] == "SignInPayload"


async def test_of_many_simultaneous_guesses_five_are_tries(site: TestApp) -> None:
    code = await site.code(ADA)

    answers = await asyncio.gather(*(sign_in(site, ADA, other(code)) for _ in range(12)))

    assert Counter(answer["code"] for answer in answers) == {"INVALID": 5, "RATE_LIMITED": 7}


async def test_a_try_counts_under_an_idempotency_key_too_and_a_retry_is_another(site: TestApp) -> None:
    code = await site.code(ADA)
    for _ in range(5):
        await sign_in(site, ADA, other(code), idempotencyKey="one")

    assert (await sign_in(site, ADA, other(code), idempotencyKey="one"))["code"] == "RATE_LIMITED"


async def test_a_new_code_replaces_the_one_before(site: TestApp) -> None:
    first, second = await site.code(ADA), await site.code(ADA)

    assert (await sign_in(site, ADA, first))["code"] == "INVALID" or first == second
    assert (await sign_in(site, ADA, second))["__typename"] == "SignInPayload"


async def test_a_code_is_good_for_its_own_address(site: TestApp) -> None:
    code = await site.code(ADA)
    await site.code(STRANGER)

    assert (await sign_in(site, STRANGER, code))["code"] == "INVALID"


@pytest.mark.parametrize("address", ["ada", "ada@", "ada byron@example.org", "ada@example.org\nBcc: eve@example.org"])
async def test_what_is_no_address_is_said_to_be_none(site: TestApp, address: str) -> None:
    assert (await ask(site, address))["code"] == "INVALID"
    assert (await sign_in(site, address, "123456"))["code"] == "INVALID"


# ---------------------------------------------------------------- nothing is given away


async def test_a_known_address_and_an_unknown_one_get_the_same_answers(site: TestApp) -> None:
    await site.signed_in(ADA)
    answers: dict[str, list[Any]] = {ADA: [], STRANGER: []}

    for address, seen in answers.items():
        seen.append(set(await ask(site, address)))
        seen += [problem(await sign_in(site, address, "1234567")) for _ in range(7)]

    assert answers[ADA] == answers[STRANGER]


async def test_guesses_at_an_address_without_a_code_meet_what_guesses_at_one_with_a_code_meet(site: TestApp) -> None:
    await site.code(ADA)
    seen = {}

    for address in (ADA, STRANGER):
        seen[address] = [problem(await sign_in(site, address, "1234567")) for _ in range(7)]

    assert seen[ADA] == seen[STRANGER]
    assert [found[0] for found in seen[ADA]] == ["INVALID"] * 5 + ["RATE_LIMITED"] * 2


async def test_a_request_makes_the_same_statements_for_a_known_address_and_an_unknown_one(site: TestApp) -> None:
    await site.signed_in(ADA)
    made: dict[str, list[str]] = {}

    for email in (ADA, STRANGER):
        with recorded_statements() as made[email]:
            await ask(site, email)

    assert made[ADA] == made[STRANGER] != []


async def test_nobodys_mailbox_is_flooded_and_nobody_is_told(site: TestApp) -> None:
    answers = [await ask(site, ADA) for _ in range(8)]

    assert {answer["__typename"] for answer in answers} == {"RequestSignInPayload"}
    assert len(await site.mails(ADA)) == 5


async def test_the_code_that_was_mailed_last_stays_good_when_no_more_are_mailed(site: TestApp) -> None:
    for _ in range(4):
        await ask(site, ADA)
    code = await site.code(ADA)

    await ask(site, ADA)

    assert (await sign_in(site, ADA, code))["__typename"] == "SignInPayload"


async def test_an_hour_later_an_address_is_mailed_again(site: TestApp) -> None:
    for _ in range(8):
        await ask(site, ADA)
    await write(HOUR_AGO, storage.now() - timedelta(hours=1, seconds=1))

    await ask(site, ADA)

    assert len(await site.mails(ADA)) == 6


async def test_many_simultaneous_requests_are_no_more_mails() -> None:
    async with running_app(sign_in_mails=3) as site:
        await asyncio.gather(*(ask(site, ADA) for _ in range(10)))

        assert len(await site.mails(ADA)) == 3


async def test_no_code_is_stored_or_in_a_subject(site: TestApp) -> None:
    code = await site.code(ADA)
    (row,) = await storage.read(SignInCode, CODES)
    (mail,) = await outbox()

    assert code not in mail.subject
    assert code not in repr(vars(row))
    assert code.encode() not in (mail.text_sealed or b"")


# ---------------------------------------------------------------- retries


async def test_a_retry_of_a_request_mails_nothing_and_says_the_same(site: TestApp) -> None:
    first = await ask(site, ADA, idempotencyKey="one")

    again = await ask(site, ADA, idempotencyKey="one")

    assert (again["replayed"], again["expiresAt"]) == (True, first["expiresAt"])
    assert len(await site.mails(ADA)) == 1


async def test_a_retry_of_a_sign_in_goes_on_with_the_session_that_it_began(site: TestApp) -> None:
    """The client lost the answer; its code is used."""
    code = await site.code(ADA)
    first = await sign_in(site, ADA, code, idempotencyKey="one")

    again = await sign_in(site, ADA, code, idempotencyKey="one")

    assert (first["replayed"], again["replayed"]) == (False, True)
    assert again["refreshToken"] == first["refreshToken"]
    assert (await site.ask(VIEWER, again["accessToken"]))["viewer"]["role"] == "SUPPORTER"
    assert (await storage.fetch(SESSIONS))[0][0] == 1


async def test_no_token_is_kept_for_a_retry(site: TestApp) -> None:
    answer = await sign_in(site, ADA, await site.code(ADA), idempotencyKey="one")

    (kept,) = await storage.read(IdempotencyKey, KEPT)

    assert set(kept.answer) == {"session"}
    assert isinstance(kept.answer["session"], int)
    assert answer["accessToken"] not in repr(kept.answer)


async def test_a_retry_does_not_bring_back_a_session_that_was_ended(site: TestApp) -> None:
    code = await site.code(ADA)
    first = await sign_in(site, ADA, code, idempotencyKey="one")
    await sign_out(site, first["accessToken"])

    body = await site.post(
        "mutation($input: SignInInput!) { signIn(input: $input) { ... on SignInPayload { accessToken } } }",
        input={"email": ADA, "code": code, "idempotencyKey": "one"},
    )

    assert body["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


# ---------------------------------------------------------------- housekeeping


async def test_old_codes_are_forgotten_and_fresh_ones_not(site: TestApp) -> None:
    await ask(site, ADA)
    context = Context(site.settings, site.groundswell.live)
    context.now = lambda: storage.now() + timedelta(hours=1)
    await retention.delete_expired(context)
    assert len(await storage.read(SignInCode, CODES)) == 1

    context.now = lambda: storage.now() + timedelta(hours=2)
    await retention.delete_expired(context)

    assert await storage.read(SignInCode, CODES) == []


async def test_how_often_one_may_ask_and_try_is_limited_for_a_visitor_too() -> None:
    async with running_app(rate_limits=("requestSignIn=2/minute", "signIn=1/minute")) as site:
        asked = [(await ask(site, f"person-{number}@example.org")).get("code") for number in range(3)]
        tried = [(await sign_in(site, f"person-{number}@example.org", "123456")).get("code") for number in range(2)]

    assert asked == [None, None, "RATE_LIMITED"]
    assert tried == ["INVALID", "RATE_LIMITED"]
