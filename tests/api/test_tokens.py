"""Tokens: signing keys and their rotation, forged tokens, the token cache, and revocation without a statement."""

import asyncio
import gc
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
from auth.token_cache import MAX_CACHED_TOKENS, SWEEP_INTERVAL, TokenCache
from auth.tokens import issue_token, open_id, sign_token
from auth.viewers import Viewer
from jobs import retention
from models import Revocation, Role
from refusals import Refusal
from resolvers import sessions
from resolvers.context import Context
from settings import Settings
from tests.api.test_sessions import new_session, refresh, sign_out, status, statuses, supporter_id_of
from tests.support.app import SECRET, TestApp, running_app
from tests.support.operator_commands import run
from tests.support.statements import recorded_statements

pytestmark = pytest.mark.anyio

OLD, NEW = "the-old-key-which-is-long-enough-for-anyone", "the-new-key-which-is-long-enough-for-anyone"
CLAIMS = {"sub": "1", "role": "ADMIN", "iat": 1, "exp": 9**10}


def kid_of(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


@contextmanager
def signed_with(site: TestApp, *keys: str) -> Iterator[Settings]:
    """Restart the process with other TOKEN_KEYS and an empty token cache."""
    settings, token_cache = site.groundswell.settings, site.groundswell.token_cache
    site.groundswell.settings, site.groundswell.token_cache = replace(settings, token_keys=keys), TokenCache()
    try:
        yield site.groundswell.settings
    finally:
        site.groundswell.settings, site.groundswell.token_cache = settings, token_cache


# ---------------------------------------------------------------- signing keys


async def test_first_key_signs_and_all_keys_verify(site: TestApp) -> None:
    first = await site.guest()
    with signed_with(site, OLD):
        second = await site.guest()
        assert await statuses(site, first, second) == [200, 200]
    with signed_with(site, NEW, OLD):
        third = await site.guest()
        assert await statuses(site, first, second, third) == [200, 200, 200]

    assert len({kid_of(first), kid_of(second), kid_of(third)}) == 3


async def test_token_is_valid_until_its_key_is_removed(site: TestApp) -> None:
    with signed_with(site, OLD):
        old = await site.guest()
    with signed_with(site, NEW, OLD):
        new = await site.guest()
    with signed_with(site, NEW):
        assert await statuses(site, old, new) == [401, 200]


async def test_refresh_token_is_valid_until_its_key_is_removed(site: TestApp) -> None:
    with signed_with(site, OLD) as settings:
        ada = await new_session(TestApp(settings, site.app, site.http), await supporter_id_of(site, await site.guest()))
    with signed_with(site, NEW, OLD):
        rotated = await refresh(site, ada.refresh)
        assert rotated["__typename"] == "RefreshSessionPayload"
    with signed_with(site, NEW):
        assert (await refresh(site, rotated["refreshToken"]))["__typename"] == "RefreshSessionPayload"
        assert (await refresh(site, ada.refresh))["code"] == "UNAUTHENTICATED"


def test_key_id_does_not_reveal_key() -> None:
    settings = replace(Settings(), secret_key=SECRET, token_keys=(OLD, NEW))

    assert [len(kid) for kid in settings.signing_keys] == [12, 12, 12]
    for kid, key in settings.signing_keys.items():
        assert kid not in key.hex()


def test_short_signing_key_is_refused() -> None:
    with pytest.raises(SystemExit, match="TOKEN_KEYS") as refused:
        replace(Settings(), token_keys=("short",))

    assert "short" not in str(refused.value)


# ---------------------------------------------------------------- forged tokens


def forged(site: TestApp, forgery: str) -> str:
    kid, key = next(iter(site.settings.signing_keys.items()))
    header = {"kid": kid}
    match forgery:
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
            return forgery


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
@pytest.mark.parametrize("forgery", FORGED)
async def test_forged_token_is_refused(site: TestApp, forgery: str) -> None:
    await site.staff(Role.ADMIN)

    assert await status(site, forged(site, forgery)) == 401


async def test_altered_token_is_refused(site: TestApp) -> None:
    token = await site.guest()
    altered = [token[:at] + chr(ord(token[at]) ^ 1) + token[at + 1 :] for at in range(0, len(token) - 2, 7)]

    assert set(await statuses(site, *altered)) == {401}
    assert await status(site, token) == 200


# ---------------------------------------------------------------- the token cache


async def test_verification_runs_no_statement(site: TestApp) -> None:
    tokens = [await site.guest(), await site.staff(Role.ADMIN)]
    with recorded_statements() as seen:
        for token in tokens * 3:
            answer = await site.post("{ viewer { role } }", token)
            assert "errors" not in answer

    assert seen == []


async def test_token_cache_is_bounded(site: TestApp) -> None:
    tokens = TokenCache()

    for index in range(MAX_CACHED_TOKENS + 5):
        tokens.add(str(index), Viewer(expires_at=time.time() + 9))

    assert len(tokens._cached) == MAX_CACHED_TOKENS


async def test_cached_token_expires(site: TestApp) -> None:
    tokens, at = TokenCache(), time.time()
    tokens.add("soon", Viewer(Role.GUEST, 1, expires_at=at - 0.001))

    with pytest.raises(Refusal, match="expired"):
        tokens.viewer(site.settings, "soon")


# ---------------------------------------------------------------- revocation


async def revoke(site: TestApp, supporter_id: int) -> list[Revocation]:
    async with storage.transaction():
        return await sessions.create_revocations(site.settings, supporter_id, storage.now())


async def test_new_process_knows_earlier_revocations(site: TestApp) -> None:
    ada, grace = await site.guest(), await site.guest("Grace Hopper")
    await revoke(site, await supporter_id_of(site, ada))

    tokens = TokenCache()
    await tokens.refresh()

    with pytest.raises(Refusal, match="revoked"):
        tokens.viewer(site.settings, ada)
    viewer = tokens.viewer(site.settings, grace)
    assert viewer is not None
    assert viewer.role is Role.GUEST


async def test_token_issued_right_after_revocation_is_valid(site: TestApp) -> None:
    supporter_id = await supporter_id_of(site, await site.guest())
    before = issue_token(site.settings, supporter_id, Role.GUEST)
    revocations = await revoke(site, supporter_id)
    after = issue_token(site.settings, supporter_id, Role.GUEST)

    site.groundswell.token_cache.revoke(revocations)

    assert await statuses(site, before, after) == [401, 200]


async def test_second_revocation_covers_tokens_since_first(site: TestApp) -> None:
    supporter_id = await supporter_id_of(site, await site.guest())
    first = await revoke(site, supporter_id)
    between = issue_token(site.settings, supporter_id, Role.GUEST)
    site.groundswell.token_cache.revoke([*await revoke(site, supporter_id), *first])

    assert await status(site, between) == 401


async def test_revocation_covers_simultaneously_refreshed_session(site: TestApp) -> None:
    """The `iat` of a token that is signed during the revocation can be later than the revocation."""
    ada = await new_session(site, await supporter_id_of(site, await site.guest()))
    revocations = await revoke(site, ada.supporter_id)
    claims = jwt.decode(ada.access, options={"verify_signature": False})
    key = next(iter(site.settings.signing_keys.values()))
    younger = sign_token(site.settings, ada.supporter_id, Role.SUPPORTER, 60, open_id(key, "sid", claims["sid"]))

    site.groundswell.token_cache.revoke(revocations)

    assert await status(site, younger) == 401


async def test_poll_reads_recent_revocations_only(site: TestApp) -> None:
    """A poll reads the last minutes and rows again, because an older transaction may be committed later."""
    at = storage.now() - timedelta(minutes=4)
    expires_at = at + timedelta(days=1)
    await Revocation.create(id=1000, session_id=16, revoked_at=at, expires_at=expires_at)
    tokens = TokenCache()
    await tokens.refresh()
    late, long_ago = await site.guest(), at - timedelta(days=1)
    await Revocation.create(id=500, session_id=17, revoked_at=long_ago, expires_at=expires_at)
    await Revocation.create(id=999, session_id=18, revoked_at=long_ago, expires_at=expires_at)
    late_id = await supporter_id_of(site, late)
    await Revocation.create(id=501, supporter_id=late_id, revoked_at=at, expires_at=expires_at)

    await tokens.refresh()

    assert set(tokens._revoked_sessions) == {16, 18}
    assert set(tokens._revoked_people) == {late_id}


async def test_expired_revocations_are_deleted(site: TestApp, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = await new_session(site, await supporter_id_of(site, await site.guest()))
    tokens, context = site.groundswell.token_cache, Context(site.settings, site.groundswell.live)
    await sign_out(site, ada.access)
    await sign_out(site, await site.guest(), everywhere=True)
    assert len(tokens._revoked_sessions) + len(tokens._revoked_people) == 2
    later = storage.now() + timedelta(days=site.settings.token_days + 1) + SWEEP_INTERVAL
    monkeypatch.setattr(storage, "now", lambda: later)
    context.now = lambda: later

    await retention.delete_expired(context)
    await tokens.refresh()

    assert (tokens._revoked_sessions, tokens._revoked_people) == ({}, {})
    assert await Revocation.all() == []


async def test_viewers_of_closed_connections_are_freed(site: TestApp) -> None:
    for _ in range(3):
        assert await status(site, await site.guest()) == 200
    site.groundswell.token_cache._cached.clear()
    await asyncio.sleep(0)
    gc.collect()  # graphql-core leaves cycles of references

    assert len(site.groundswell.token_cache._viewers) == 0


# ---------------------------------------------------------------- operator commands


async def test_operator_revokes_person_by_id_or_token() -> None:
    async with running_app(api_key_seconds=0.01) as site:
        ada, mo = await site.guest(), await site.staff()
        ada_id = (await site.ask("{ viewer { supporter { id } } }", ada))["viewer"]["supporter"]["id"]

        for person in (ada_id, mo):
            ended = await run(site.settings.database_url, "revoke", person)
            assert (ended.returncode, ended.stdout) == (0, "")
        await site.groundswell.token_cache.refresh()

        assert await statuses(site, ada, mo) == [401, 401]


@pytest.mark.parametrize("person", ["nobody", "U3VwcG9ydGVyOjk5OTk5", "Q29tbWVudDox", "a.b.c"])
async def test_operator_sees_unknown_person(site: TestApp, person: str) -> None:
    await site.guest()

    ended = await run(site.settings.database_url, "revoke", person)

    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
