"""Sessions: refresh tokens rotate, a reused one ends its session, sign-out revokes, and no token is stored."""

import asyncio
import re
from base64 import urlsafe_b64decode
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import httpx2
import jwt
import pytest

import storage
from jobs import retention
from models import Role, Session
from resolvers import sessions
from resolvers.context import Context
from resolvers.ids import parse
from tests.api.test_api_keys import eventually
from tests.support.app import ON_POSTGRES, TestApp, running_app
from tests.support.serving import events, process, serving, socket_of, until

pytestmark = pytest.mark.anyio

VIEWER = "{ viewer { role scopes supporter { id } } }"
PROFILE = "{ viewer { profile { givenName } } }"
NEXT = "accessToken refreshToken session { createdAt expiresAt } viewer { role supporter { id } }"
REFRESH_TOKEN = re.compile(r"gsr_[\w-]{70}")


class SignedIn(NamedTuple):
    """The tokens of a client that is signed in."""

    supporter_id: int
    access: str
    refresh: str


async def supporter_id_of(site: TestApp, token: str) -> int:
    parsed = parse((await site.ask(VIEWER, token))["viewer"]["supporter"]["id"])
    assert parsed is not None
    return parsed[1]


async def new_session(site: TestApp, supporter_id: int, role: Role = Role.SUPPORTER) -> SignedIn:
    """Start another session of the person, as on another device."""
    context = Context(site.settings, site.groundswell.live)
    async with storage.transaction():
        payload = SimpleNamespace(session=await sessions.start_session(context, supporter_id, role))
    return SignedIn(supporter_id, sessions.access_token(payload, context), sessions.refresh_token(payload, context))


async def signed_in(site: TestApp, name: str = "Ada Byron") -> SignedIn:
    return await new_session(site, await supporter_id_of(site, await site.guest(name)))


async def refresh(site: TestApp, token: str, **given: Any) -> dict[str, Any]:
    """Refresh without the access token, which may have expired."""
    return await site.do("refreshSession", NEXT, refreshToken=token, **given)


async def sign_out(site: TestApp, token: str, **given: Any) -> dict[str, Any]:
    return await site.do("signOut", "viewer { role supporter { id } }", token, **given)


async def status(site: TestApp, token: str) -> int:
    headers = {"authorization": f"Bearer {token}"}
    return (await site.http.post("/graphql", json={"query": VIEWER}, headers=headers)).status_code


async def statuses(site: TestApp, *tokens: str) -> list[int]:
    return [await status(site, token) for token in tokens]


# ---------------------------------------------------------------- refresh


async def test_access_token_identifies_person(site: TestApp) -> None:
    ada = await signed_in(site)

    viewer = (await site.ask(VIEWER, ada.access))["viewer"]

    assert viewer["role"] == "SUPPORTER"
    assert parse(viewer["supporter"]["id"]) == ("Supporter", ada.supporter_id)
    assert REFRESH_TOKEN.fullmatch(ada.refresh)


async def test_access_token_lasts_minutes_and_names_session() -> None:
    async with running_app(access_minutes=7) as site:
        claims = jwt.decode((await signed_in(site)).access, options={"verify_signature": False})

        assert set(claims) == {"sub", "role", "sid", "iat", "exp"}
        assert 6 * 60 < claims["exp"] - claims["iat"] <= 7 * 60


async def test_refresh_returns_new_tokens(site: TestApp) -> None:
    ada = await signed_in(site)

    answer = await refresh(site, ada.refresh)

    assert answer["replayed"] is False
    assert answer["refreshToken"] != ada.refresh
    assert await supporter_id_of(site, answer["accessToken"]) == ada.supporter_id
    assert answer["viewer"]["role"] == "SUPPORTER"
    assert (await refresh(site, answer["refreshToken"]))["__typename"] == "RefreshSessionPayload"


async def test_refresh_extends_session(site: TestApp) -> None:
    ada = await signed_in(site)
    soon = storage.now() + timedelta(seconds=20)
    await Session.all().update(expires_at=soon)

    answer = await refresh(site, ada.refresh)

    assert datetime.fromisoformat(answer["session"]["expiresAt"]) > soon + timedelta(days=80)


async def test_unrefreshed_session_expires(site: TestApp) -> None:
    ada = await signed_in(site)
    await Session.all().update(expires_at=storage.now())

    refused = await refresh(site, ada.refresh)

    assert (refused["code"], refused["paths"]) == ("UNAUTHENTICATED", ["refreshToken"])


async def test_expired_sessions_are_deleted(site: TestApp) -> None:
    ada = await signed_in(site)
    await Session.all().update(expires_at=storage.now())
    tablet = await new_session(site, ada.supporter_id)

    await retention.delete_expired(Context(site.settings, site.groundswell.live))

    assert await Session.all().count() == 1
    assert (await refresh(site, tablet.refresh))["__typename"] == "RefreshSessionPayload"


@pytest.mark.parametrize("altered_index", [0, 5, 20, 24, 28, 40, 60, 72])
async def test_forged_refresh_token_is_refused_and_session_continues(site: TestApp, altered_index: int) -> None:
    ada = await signed_in(site)
    other = "A" if ada.refresh[altered_index] != "A" else "B"
    altered = ada.refresh[:altered_index] + other + ada.refresh[altered_index + 1 :]

    refused = await refresh(site, altered)

    assert (refused["code"], refused["paths"]) == ("UNAUTHENTICATED", ["refreshToken"])
    assert await status(site, ada.access) == 200
    assert (await refresh(site, ada.refresh))["__typename"] == "RefreshSessionPayload"


@pytest.mark.parametrize("token", ["", "gsr_", "gsr_nonsense", "gsr_" + "é" * 70, "gsr_" + "A" * 70, "A" * 100_000])
async def test_malformed_refresh_token_is_refused(site: TestApp, token: str) -> None:
    assert (await refresh(site, token))["code"] == "UNAUTHENTICATED"


async def test_access_and_refresh_tokens_are_not_interchangeable(site: TestApp) -> None:
    ada = await signed_in(site)

    assert (await refresh(site, ada.access))["code"] == "UNAUTHENTICATED"
    assert await status(site, ada.refresh) == 401


# ---------------------------------------------------------------- reuse


async def test_refresh_within_grace_returns_same_token(site: TestApp) -> None:
    """A client that lost the response refreshes again with the previous token, and stays signed in."""
    ada = await signed_in(site)

    first, again = await refresh(site, ada.refresh), await refresh(site, ada.refresh)

    assert first["refreshToken"] == again["refreshToken"]
    assert (await refresh(site, again["refreshToken"]))["__typename"] == "RefreshSessionPayload"


async def test_simultaneous_refreshes_return_same_token(site: TestApp) -> None:
    ada = await signed_in(site)

    answers = await asyncio.gather(*(refresh(site, ada.refresh) for _ in range(10)))

    assert len({answer["refreshToken"] for answer in answers}) == 1
    assert set(await statuses(site, *(answer["accessToken"] for answer in answers))) == {200}


async def test_reused_refresh_token_ends_session_after_grace(site: TestApp) -> None:
    ada = await signed_in(site)
    thief = await refresh(site, ada.refresh)
    await Session.all().update(refreshed_at=storage.now() - timedelta(seconds=31))

    refused = await refresh(site, ada.refresh)

    assert (refused["code"], refused["paths"]) == ("UNAUTHENTICATED", ["refreshToken"])
    assert await statuses(site, ada.access, thief["accessToken"]) == [401, 401]
    assert (await refresh(site, thief["refreshToken"]))["code"] == "UNAUTHENTICATED"


async def test_older_refresh_token_ends_session_at_once(site: TestApp) -> None:
    ada = await signed_in(site)
    second = await refresh(site, ada.refresh)
    third = await refresh(site, second["refreshToken"])

    assert (await refresh(site, ada.refresh))["code"] == "UNAUTHENTICATED"
    assert (await refresh(site, third["refreshToken"]))["code"] == "UNAUTHENTICATED"
    assert await status(site, third["accessToken"]) == 401


async def test_reuse_ends_no_other_session(site: TestApp) -> None:
    ada = await signed_in(site)
    tablet, grace = await new_session(site, ada.supporter_id), await signed_in(site, "Grace Hopper")
    second = await refresh(site, ada.refresh)
    await refresh(site, second["refreshToken"])

    await refresh(site, ada.refresh)

    assert await statuses(site, ada.access, tablet.access, grace.access) == [401, 200, 200]


async def test_reuse_with_idempotency_key_ends_session(site: TestApp) -> None:
    ada = await signed_in(site)
    second = await refresh(site, ada.refresh)
    await refresh(site, second["refreshToken"])

    for _ in range(2):
        refused = await refresh(site, ada.refresh, idempotencyKey="once")

        assert refused["code"] == "UNAUTHENTICATED"
    assert await status(site, ada.access) == 401


# ---------------------------------------------------------------- retries


async def test_retried_refresh_returns_same_tokens(site: TestApp) -> None:
    ada = await signed_in(site)
    given = {"idempotencyKey": "once"}

    first, again = await refresh(site, ada.refresh, **given), await refresh(site, ada.refresh, **given)

    assert (first["replayed"], again["replayed"]) == (False, True)
    assert first["refreshToken"] == again["refreshToken"]
    assert await supporter_id_of(site, again["accessToken"]) == ada.supporter_id


async def test_retried_refresh_does_not_restore_ended_session(site: TestApp) -> None:
    ada = await signed_in(site)
    first = await refresh(site, ada.refresh, idempotencyKey="once")
    await sign_out(site, first["accessToken"])
    query = "mutation($input: RefreshSessionInput!) { refreshSession(input: $input) { ... on RefreshSessionPayload {"

    for field in ("accessToken", "refreshToken", "viewer { role }"):
        codes = await site.codes(
            f"{query} {field} }} }} }}", input={"refreshToken": ada.refresh} | {"idempotencyKey": "once"}
        )

        assert codes == ["UNAUTHENTICATED"]


@pytest.mark.skipif(ON_POSTGRES, reason="reads the SQLite file")
async def test_database_contains_no_token(site: TestApp) -> None:
    ada = await signed_in(site)
    answer = await refresh(site, ada.refresh, idempotencyKey="once")

    file = Path(site.settings.database_url.removeprefix("sqlite://"))
    stored = b"".join(part.read_bytes() for part in file.parent.glob(f"{file.name}*"))

    assert b"once" in stored
    for token in (ada.access, ada.refresh, answer["accessToken"], answer["refreshToken"]):
        assert token[-40:].encode() not in stored
    for token in (ada.refresh, answer["refreshToken"]):
        assert (
            urlsafe_b64decode(token.removeprefix(sessions.REFRESH_TOKEN_PREFIX) + "==")[-sessions.MAC_BYTES :]
            not in stored
        )


# ---------------------------------------------------------------- sign-out


async def test_sign_out_revokes_tokens(site: TestApp) -> None:
    ada = await signed_in(site)

    answer = await sign_out(site, ada.access)

    assert answer["viewer"] == {"role": "ANONYMOUS", "supporter": None}
    assert await status(site, ada.access) == 401
    assert (await refresh(site, ada.refresh))["code"] == "UNAUTHENTICATED"


async def test_sign_out_keeps_other_sessions(site: TestApp) -> None:
    ada = await signed_in(site)
    tablet, grace = await new_session(site, ada.supporter_id), await signed_in(site, "Grace Hopper")

    await sign_out(site, ada.access)

    assert await statuses(site, ada.access, tablet.access, grace.access) == [401, 200, 200]
    assert (await refresh(site, tablet.refresh))["__typename"] == "RefreshSessionPayload"


async def test_sign_out_everywhere_revokes_all_tokens_of_person(site: TestApp) -> None:
    guest = await site.guest()
    ada = await new_session(site, await supporter_id_of(site, guest))
    tablet, grace = await new_session(site, ada.supporter_id), await signed_in(site, "Grace Hopper")

    await sign_out(site, tablet.access, everywhere=True)

    assert await statuses(site, guest, ada.access, tablet.access, grace.access) == [401, 401, 401, 200]
    assert (await refresh(site, ada.refresh))["code"] == "UNAUTHENTICATED"


async def test_person_can_sign_in_after_sign_out_everywhere(site: TestApp) -> None:
    ada = await signed_in(site)
    await sign_out(site, ada.access, everywhere=True)

    again = await new_session(site, ada.supporter_id)

    assert await status(site, again.access) == 200
    assert (await refresh(site, again.refresh))["__typename"] == "RefreshSessionPayload"


@pytest.mark.parametrize("bearer", ["guest", "staff"])
async def test_token_without_session_ends_only_everywhere(site: TestApp, bearer: str) -> None:
    token = await (site.guest() if bearer == "guest" else site.staff())

    refused = await sign_out(site, token)

    assert (refused["code"], refused["paths"]) == ("INVALID", ["everywhere"])
    assert await status(site, token) == 200
    assert (await sign_out(site, token, everywhere=True))["__typename"] == "SignOutPayload"
    assert await status(site, token) == 401


async def test_anonymous_visitor_cannot_sign_out(site: TestApp) -> None:
    query = "mutation { signOut(input: {everywhere: true}) { ... on Problem { code } } }"

    assert (await site.ask(query))["signOut"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("everywhere", [False, True])
async def test_api_key_cannot_sign_out(site: TestApp, everywhere: bool) -> None:
    given = {"name": "Friends", "scopes": ["COMMENT"]}
    key = (await site.do("createApiKey", "key", await site.staff(Role.ADMIN), **given))["key"]

    assert (await sign_out(site, key, everywhere=everywhere))["code"] == "FORBIDDEN"
    assert await status(site, key) == 200


# ---------------------------------------------------------------- open connections


async def test_open_socket_is_refused_after_sign_out(site: TestApp) -> None:
    ada, campaign = await signed_in(site), await site.campaign()
    comment = "mutation($input: PostCommentInput!) { postComment(input: $input) { ... on Problem { code } } }"
    async with serving(site) as netloc, socket_of(netloc, ada.access) as client:
        assert (await (await client.run(PROFILE)).data())["viewer"]["profile"] == {"givenName": "Ada"}

        await sign_out(site, ada.access)

        for query in (VIEWER, PROFILE):
            assert await (await client.run(query)).code() == "UNAUTHENTICATED"
        written = await client.run(comment, input={"campaignId": campaign, "body": "Well said."})
        assert await written.code() == "UNAUTHENTICATED"


FOLLOW = """subscription($id: ID!) { activity(campaignId: $id) {
  activity { ... on CommentActivity { comment { viewerCan } } } } }"""


async def test_sign_out_ends_subscription(site: TestApp) -> None:
    ada, campaign, other = await signed_in(site), await site.campaign(), await site.guest()
    parsed = parse(campaign)
    async with serving(site) as netloc, socket_of(netloc, ada.access) as client:
        followed = await client.run(FOLLOW, id=campaign)
        await until(lambda: site.groundswell.live.watching(parsed and parsed[1]) == 1)
        await site.comment(campaign, other)
        assert "REPLY" in (await followed.event())["activity"]["comment"]["viewerCan"]

        await sign_out(site, ada.access)
        await site.comment(campaign, other)

        assert await followed.code() == "UNAUTHENTICATED"
        assert (await followed.message())["type"] == "complete"
        await until(lambda: site.groundswell.live.watching(parsed and parsed[1]) == 0)


async def test_revoked_token_opens_no_event_stream(site: TestApp) -> None:
    ada = await signed_in(site)
    await sign_out(site, ada.access)
    headers = {"authorization": f"Bearer {ada.access}"}
    async with serving(site) as netloc, httpx2.AsyncClient(base_url=f"http://{netloc}") as http:
        for path in ("/graphql", "/graphql/stream"):
            async with events(http, "POST", path, headers=headers, json={"query": VIEWER}) as stream:
                assert stream.response.status_code == 401


@pytest.mark.skipif(ON_POSTGRES, reason="starts a process on the SQLite file")
async def test_revocation_by_another_process_is_applied(site: TestApp) -> None:
    ada, grace = await signed_in(site), await site.guest("Grace Hopper")
    early = await signed_in(site, "Earl Y")
    await sign_out(site, early.access, everywhere=True)
    async with (
        process(site.settings.database_url, API_KEY_SECONDS=0.05) as served,
        httpx2.AsyncClient() as http,
        socket_of(served.netloc, ada.access) as client,
    ):

        async def refused(token: str) -> bool:
            headers = {"authorization": f"Bearer {token}"}
            return (
                await http.post(f"{served.url}/graphql", json={"query": VIEWER}, headers=headers)
            ).status_code == 401

        assert await refused(early.access), "revoked before the process started"
        assert not await refused(ada.access)
        assert not await refused(grace)

        await sign_out(site, ada.access)
        await sign_out(site, grace, everywhere=True)

        await eventually(lambda: refused(ada.access))
        await eventually(lambda: refused(grace))
        assert await (await client.run(VIEWER)).code() == "UNAUTHENTICATED"
