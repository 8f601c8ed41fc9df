"""Our own tokens: signing keys and their rotation, expiry, and revocation without a look-up."""

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import jwt
import pytest
from jwt.utils import base64url_encode

import storage
from auth.token_cache import MOST, SWEPT_EVERY, TokenCache
from auth.tokens import issue_token, sign_token
from auth.viewers import Viewer
from jobs import retention
from models import Revocation, Role
from refusals import Refusal
from resolvers import sessions
from resolvers.context import Context
from settings import Settings
from tests.api.test_sessions import number_of, refresh, session_of, sign_out, status, statuses
from tests.support.app import TestApp, running_app
from tests.support.operator_commands import run
from tests.support.statements import recorded_statements

pytestmark = pytest.mark.anyio

OLD, NEW = "the-old-key-which-is-long-enough-for-anyone", "the-new-key-which-is-long-enough-for-anyone"
CLAIMS = {"sub": "1", "role": "ADMIN", "iat": 1, "exp": 9**10}


def kid_of(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


@contextmanager
def signed_with(site: TestApp, *keys: str) -> Iterator[Settings]:
    """The same process, started anew with other TOKEN_KEYS."""
    before, remembered = site.groundswell.settings, site.groundswell.token_cache
    site.groundswell.settings, site.groundswell.token_cache = replace(before, token_keys=keys), TokenCache()
    try:
        yield site.groundswell.settings
    finally:
        site.groundswell.settings, site.groundswell.token_cache = before, remembered


# ---------------------------------------------------------------- keys


async def test_the_first_key_signs_and_all_verify(site: TestApp) -> None:
    first = await site.guest()
    with signed_with(site, OLD):
        second = await site.guest()
        assert await statuses(site, first, second) == [200, 200]
    with signed_with(site, NEW, OLD):
        third = await site.guest()
        assert await statuses(site, first, second, third) == [200, 200, 200]

    assert len({kid_of(first), kid_of(second), kid_of(third)}) == 3


async def test_a_token_is_good_until_its_key_is_taken_away(site: TestApp) -> None:
    with signed_with(site, OLD):
        old = await site.guest()
    with signed_with(site, NEW, OLD):
        new = await site.guest()
    with signed_with(site, NEW):
        assert await statuses(site, old, new) == [401, 200]


async def test_a_refresh_token_lives_as_long_as_its_key(site: TestApp) -> None:
    with signed_with(site, OLD) as settings:
        ada = await session_of(TestApp(settings, site.app, site.http), await number_of(site, await site.guest()))
    with signed_with(site, NEW, OLD):
        rotated = await refresh(site, ada.refresh)
        assert rotated["__typename"] == "RefreshSessionPayload"
    with signed_with(site, NEW):
        assert (await refresh(site, rotated["refreshToken"]))["__typename"] == "RefreshSessionPayload"
        assert (await refresh(site, ada.refresh))["code"] == "UNAUTHENTICATED"


def test_an_id_of_a_key_says_nothing_of_it() -> None:
    settings = replace(Settings(), secret_key="secret", token_keys=(OLD, NEW))

    assert [len(kid) for kid in settings.signing_keys] == [12, 12, 12]
    for kid, key in settings.signing_keys.items():
        assert kid not in key.hex()


def test_a_key_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(SystemExit, match="TOKEN_KEYS") as refused:
        replace(Settings(), token_keys=("short",))

    assert "short" not in str(refused.value)


# ---------------------------------------------------------------- tokens that nobody made


def forged(site: TestApp, how: str) -> str:
    kid, key = next(iter(site.settings.signing_keys.items()))
    header = {"kid": kid}
    match how:
        case "alg none":
            return jwt.encode(CLAIMS, "", "none", header)
        case "another algorithm":
            return jwt.encode(CLAIMS, key, "HS512", header)
        case "another key":
            return jwt.encode(CLAIMS, os.urandom(32), "HS256", header)
        case "the id as the key":
            return jwt.encode(CLAIMS, kid.encode() * 3, "HS256", header)
        case "an unknown id":
            return jwt.encode(CLAIMS, key, "HS256", {"kid": "of-nobody"})
        case "no id":
            return jwt.encode(CLAIMS, key, "HS256")
        case "an id that is a list":
            return ".".join(base64url_encode(part).decode() for part in (b'{"alg": "HS256", "kid": []}', b"{}", b"x"))
        case "no time":
            return jwt.encode({**CLAIMS, "iat": None}, key, "HS256", header)
        case "an extension that is not understood":
            return jwt.encode(CLAIMS, key, "HS256", header | {"crit": ["b65"], "b65": True})
        case _:
            return how


FORGED = (
    "alg none",
    "another algorithm",
    "another key",
    "the id as the key",
    "an unknown id",
    "no id",
    "an id that is a list",
    "no time",
    "an extension that is not understood",
    "..",
    "a.b.c",
    "\x7f",
    "e30.e30.e30",
)


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize("how", FORGED)
async def test_a_forged_token_is_refused(site: TestApp, how: str) -> None:
    await site.staff(Role.ADMIN)

    assert await status(site, forged(site, how)) == 401


async def test_any_byte_of_a_token_counts(site: TestApp) -> None:
    good = await site.guest()
    altered = [good[:at] + chr(ord(good[at]) ^ 1) + good[at + 1 :] for at in range(0, len(good) - 2, 7)]

    assert set(await statuses(site, *altered)) == {401}
    assert await status(site, good) == 200


# ---------------------------------------------------------------- what it costs


async def test_a_token_is_verified_without_a_statement(site: TestApp) -> None:
    tokens = [await site.guest(), await site.staff(Role.ADMIN)]
    with recorded_statements() as seen:
        for token in tokens * 3:
            answer = await site.post("{ viewer { role } }", token)
            assert "errors" not in answer

    assert seen == []


async def test_no_more_tokens_are_remembered_than_fit(site: TestApp) -> None:
    tokens = TokenCache()

    for number in range(MOST + 5):
        tokens.remember(str(number), Viewer(), time.time() + 9)

    assert len(tokens._known) == MOST


async def test_a_token_that_is_remembered_expires_nevertheless(site: TestApp) -> None:
    tokens, at = TokenCache(), time.time()
    tokens.remember("soon", Viewer(Role.GUEST, 1), at - 0.001)

    with pytest.raises(Refusal, match="expired"):
        tokens.viewer(site.settings, "soon")


# ---------------------------------------------------------------- what is revoked


async def revoked(site: TestApp, supporter_id: int) -> list[Revocation]:
    async with storage.transaction():
        return await sessions.revoke(site.settings, supporter_id, storage.now())


async def test_what_is_revoked_is_known_to_whoever_starts_later(site: TestApp) -> None:
    ada, grace = await site.guest(), await site.guest("Grace Hopper")
    await revoked(site, await number_of(site, ada))

    tokens = TokenCache()
    await tokens.renew()

    with pytest.raises(Refusal, match="revoked"):
        tokens.viewer(site.settings, ada)
    found = tokens.viewer(site.settings, grace)
    assert found is not None
    assert found.role is Role.GUEST


async def test_a_token_of_the_same_second_is_told_from_those_of_before(site: TestApp) -> None:
    number = await number_of(site, await site.guest())
    before = issue_token(site.settings, number, Role.GUEST)
    revocations = await revoked(site, number)
    after = issue_token(site.settings, number, Role.GUEST)

    site.groundswell.token_cache.end(revocations)

    assert await statuses(site, before, after) == [401, 200]


async def test_a_person_who_is_revoked_twice_loses_the_tokens_of_between(site: TestApp) -> None:
    number = await number_of(site, await site.guest())
    first = await revoked(site, number)
    between = issue_token(site.settings, number, Role.GUEST)
    site.groundswell.token_cache.end([*await revoked(site, number), *first])

    assert await status(site, between) == 401


async def test_a_session_that_is_refreshed_while_its_person_is_revoked_ends_too(site: TestApp) -> None:
    """Its new token may be signed when the revocation is written already, and looks younger."""
    ada = await session_of(site, await number_of(site, await site.guest()))
    revocations = await revoked(site, ada.supporter_id)
    claims = jwt.decode(ada.access, options={"verify_signature": False})
    younger = sign_token(site.settings, ada.supporter_id, Role.SUPPORTER, 60, sid=claims["sid"])

    site.groundswell.token_cache.end(revocations)

    assert await status(site, younger) == 401


async def test_a_process_looks_at_what_is_new_alone(site: TestApp) -> None:
    """And at the last minutes again, since what began earlier may be committed later."""
    await revoked(site, await number_of(site, await site.guest()))
    tokens = TokenCache()
    await tokens.renew()
    late = await site.guest()
    at = storage.now() - timedelta(minutes=4)
    async with storage.transaction():
        await storage.add(
            Revocation, session_id=17, revoked_at=at - timedelta(days=1), expires_at=at + timedelta(days=1)
        )
        await storage.add(
            Revocation, supporter_id=await number_of(site, late), revoked_at=at, expires_at=at + timedelta(days=1)
        )

    await tokens.renew()

    assert 17 not in tokens._sessions
    assert await number_of(site, late) in tokens._people


async def test_what_has_expired_by_itself_is_remembered_nowhere(site: TestApp, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = await session_of(site, await number_of(site, await site.guest()))
    tokens, context = site.groundswell.token_cache, Context(site.settings, site.groundswell.live)
    await sign_out(site, ada.access)
    await sign_out(site, await site.guest(), everywhere=True)
    assert len(tokens._sessions) + len(tokens._people) == 2
    later = storage.now() + timedelta(days=site.settings.token_days + 1) + SWEPT_EVERY
    monkeypatch.setattr(storage, "now", lambda: later)
    context.now = lambda: later

    await retention.delete_expired(context)
    await tokens.renew()

    assert (tokens._sessions, tokens._people) == ({}, {})
    assert await Revocation.all() == []


async def test_viewers_of_closed_connections_are_not_kept(site: TestApp) -> None:
    for _ in range(3):
        assert await status(site, await site.guest()) == 200
    site.groundswell.token_cache._known.clear()
    await asyncio.sleep(0)

    assert len(site.groundswell.token_cache._viewers) == 0


# ---------------------------------------------------------------- the operator's verb


async def test_the_operator_revokes_a_person_by_id_or_by_token() -> None:
    async with running_app(api_key_seconds=0.01) as site:
        ada, mo = await site.guest(), await site.staff()
        named = (await site.ask("{ viewer { supporter { id } } }", ada))["viewer"]["supporter"]["id"]

        for person in (named, mo):
            ended = await run(site.settings.database_url, "revoke", person)
            assert (ended.returncode, ended.stdout) == (0, "")
        await site.groundswell.token_cache.renew()

        assert await statuses(site, ada, mo) == [401, 401]


@pytest.mark.parametrize("person", ["nobody", "U3VwcG9ydGVyOjk5OTk5", "Q29tbWVudDox", "a.b.c"])
async def test_the_operator_is_told_of_no_person(site: TestApp, person: str) -> None:
    await site.guest()

    ended = await run(site.settings.database_url, "revoke", person)

    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
