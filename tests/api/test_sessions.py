"""Sessions: tokens that go on by being refreshed, that end with a stolen one, and that nobody finds written down."""

import asyncio
import re
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import httpx2
import jwt
import pytest

import storage
from jobs import retention
from models import Role
from resolvers import sessions
from resolvers.context import Context
from resolvers.ids import parse
from storage.database import Statement
from tests.api.test_api_keys import eventually
from tests.support.app import ON_POSTGRES, TestApp, running_app
from tests.support.ids import row_id
from tests.support.serving import events, process, serving, socket_of, until

pytestmark = pytest.mark.anyio

VIEWER = "{ viewer { role scopes supporter { id } } }"
PROFILE = "{ viewer { profile { givenName } } }"
NEXT = "accessToken refreshToken session { createdAt expiresAt } viewer { role supporter { id } }"
REFRESH_TOKEN = re.compile(r"gsr_[\w-]{70}")


class SignedIn(NamedTuple):
    """What someone's client holds after signing in."""

    supporter_id: int
    access: str
    refresh: str


async def number_of(site: TestApp, token: str) -> int:
    return row_id((await site.ask(VIEWER, token))["viewer"]["supporter"]["id"])


async def session_of(site: TestApp, supporter_id: int, role: Role = Role.SUPPORTER) -> SignedIn:
    """Another session of the person, as on another device."""
    context = Context(site.settings, site.groundswell.live)
    async with storage.transaction():
        payload = SimpleNamespace(session=await sessions.begin(context, supporter_id, role))
    return SignedIn(supporter_id, sessions.access_token(payload, context), sessions.refresh_token(payload, context))


async def signed_in(site: TestApp, name: str = "Ada Byron") -> SignedIn:
    return await session_of(site, await number_of(site, await site.guest(name)))


async def refresh(site: TestApp, token: str, **given: Any) -> dict[str, Any]:
    """As a client does it: without its access token, which may have expired."""
    return await site.do("refreshSession", NEXT, refreshToken=token, **given)


async def sign_out(site: TestApp, token: str, **given: Any) -> dict[str, Any]:
    return await site.do("signOut", "viewer { role supporter { id } }", token, **given)


async def status(site: TestApp, token: str) -> int:
    headers = {"authorization": f"Bearer {token}"}
    return (await site.http.post("/graphql", json={"query": VIEWER}, headers=headers)).status_code


async def statuses(site: TestApp, *tokens: str) -> list[int]:
    return [await status(site, token) for token in tokens]


LATER = Statement("UPDATE sessions SET refreshed_at = $1 RETURNING id")
EXPIRE = Statement("UPDATE sessions SET expires_at = $1 RETURNING id")
COUNT = Statement("SELECT count(*) FROM sessions")


async def write(statement: Statement, *values: Any) -> Sequence[Any]:
    async with storage.transaction():
        return await storage.fetch(statement, *values)


# ---------------------------------------------------------------- going on


async def test_a_sessions_tokens_say_who_one_is(site: TestApp) -> None:
    ada = await signed_in(site)

    viewer = (await site.ask(VIEWER, ada.access))["viewer"]

    assert viewer["role"] == "SUPPORTER"
    assert parse(viewer["supporter"]["id"]) == ("Supporter", ada.supporter_id)
    assert REFRESH_TOKEN.fullmatch(ada.refresh)


async def test_an_access_token_is_good_for_minutes_and_names_its_session() -> None:
    async with running_app(access_minutes=7) as site:
        claims = jwt.decode((await signed_in(site)).access, options={"verify_signature": False})

        assert set(claims) == {"sub", "role", "sid", "iat", "exp"}
        assert 6 * 60 < claims["exp"] - claims["iat"] <= 7 * 60


async def test_a_refresh_gives_the_next_tokens_of_the_same_person(site: TestApp) -> None:
    ada = await signed_in(site)

    answer = await refresh(site, ada.refresh)

    assert answer["replayed"] is False
    assert answer["refreshToken"] != ada.refresh
    assert await number_of(site, answer["accessToken"]) == ada.supporter_id
    assert answer["viewer"]["role"] == "SUPPORTER"
    assert (await refresh(site, answer["refreshToken"]))["__typename"] == "RefreshSessionPayload"


async def test_a_session_that_is_refreshed_lasts(site: TestApp) -> None:
    ada = await signed_in(site)
    soon = storage.now() + timedelta(seconds=20)
    await write(EXPIRE, soon)

    answer = await refresh(site, ada.refresh)

    assert datetime.fromisoformat(answer["session"]["expiresAt"]) > soon + timedelta(days=80)


async def test_a_session_that_nobody_refreshed_is_over(site: TestApp) -> None:
    ada = await signed_in(site)
    await write(EXPIRE, storage.now())

    refused = await refresh(site, ada.refresh)

    assert (refused["code"], refused["field"]) == ("UNAUTHENTICATED", "refreshToken")


async def test_sessions_that_are_over_are_forgotten(site: TestApp) -> None:
    ada = await signed_in(site)
    await write(EXPIRE, storage.now())
    tablet = await session_of(site, ada.supporter_id)

    await retention.delete_expired(Context(site.settings, site.groundswell.live))

    assert (await storage.fetch(COUNT))[0][0] == 1
    assert (await refresh(site, tablet.refresh))["__typename"] == "RefreshSessionPayload"


@pytest.mark.parametrize("alter", [0, 5, 20, 24, 28, 40, 60, 72])
async def test_a_refresh_token_that_nobody_made_is_refused_and_ends_nothing(site: TestApp, alter: int) -> None:
    ada = await signed_in(site)
    altered = ada.refresh[:alter] + ("A" if ada.refresh[alter] != "A" else "B") + ada.refresh[alter + 1 :]

    refused = await refresh(site, altered)

    assert (refused["code"], refused["field"]) == ("UNAUTHENTICATED", "refreshToken")
    assert await status(site, ada.access) == 200
    assert (await refresh(site, ada.refresh))["__typename"] == "RefreshSessionPayload"


@pytest.mark.parametrize("token", ["", "gsr_", "gsr_nonsense", "gsr_" + "é" * 70, "gsr_" + "A" * 70, "A" * 100_000])
async def test_nonsense_refreshes_nothing(site: TestApp, token: str) -> None:
    assert (await refresh(site, token))["code"] == "UNAUTHENTICATED"


async def test_no_token_is_good_in_the_place_of_the_other(site: TestApp) -> None:
    ada = await signed_in(site)

    assert (await refresh(site, ada.access))["code"] == "UNAUTHENTICATED"
    assert await status(site, ada.refresh) == 401


# ---------------------------------------------------------------- a token that two have


async def test_an_answer_that_was_lost_comes_again(site: TestApp) -> None:
    """Within seconds the same refresh token gives the same next one, and nobody is thrown out."""
    ada = await signed_in(site)

    first, again = await refresh(site, ada.refresh), await refresh(site, ada.refresh)

    assert first["refreshToken"] == again["refreshToken"]
    assert (await refresh(site, again["refreshToken"]))["__typename"] == "RefreshSessionPayload"


async def test_two_tabs_that_refresh_at_once_go_on_together(site: TestApp) -> None:
    ada = await signed_in(site)

    answers = await asyncio.gather(*(refresh(site, ada.refresh) for _ in range(10)))

    assert len({answer["refreshToken"] for answer in answers}) == 1
    assert set(await statuses(site, *(answer["accessToken"] for answer in answers))) == {200}


async def test_a_refresh_token_that_comes_a_second_time_later_ends_the_session(site: TestApp) -> None:
    ada = await signed_in(site)
    thief = await refresh(site, ada.refresh)
    await write(LATER, storage.now() - timedelta(seconds=31))

    refused = await refresh(site, ada.refresh)

    assert (refused["code"], refused["field"]) == ("UNAUTHENTICATED", "refreshToken")
    assert await statuses(site, ada.access, thief["accessToken"]) == [401, 401]
    assert (await refresh(site, thief["refreshToken"]))["code"] == "UNAUTHENTICATED"


async def test_an_older_refresh_token_ends_the_session_at_once(site: TestApp) -> None:
    ada = await signed_in(site)
    second = await refresh(site, ada.refresh)
    third = await refresh(site, second["refreshToken"])

    assert (await refresh(site, ada.refresh))["code"] == "UNAUTHENTICATED"
    assert (await refresh(site, third["refreshToken"]))["code"] == "UNAUTHENTICATED"
    assert await status(site, third["accessToken"]) == 401


async def test_a_stolen_token_ends_one_session_and_no_other(site: TestApp) -> None:
    ada = await signed_in(site)
    tablet, grace = await session_of(site, ada.supporter_id), await signed_in(site, "Grace Hopper")
    second = await refresh(site, ada.refresh)
    await refresh(site, second["refreshToken"])

    await refresh(site, ada.refresh)

    assert await statuses(site, ada.access, tablet.access, grace.access) == [401, 200, 200]


async def test_a_reuse_with_an_idempotency_key_ends_the_session_too(site: TestApp) -> None:
    ada = await signed_in(site)
    second = await refresh(site, ada.refresh)
    await refresh(site, second["refreshToken"])

    for _ in range(2):
        refused = await refresh(site, ada.refresh, idempotencyKey="once")

        assert refused["code"] == "UNAUTHENTICATED"
    assert await status(site, ada.access) == 401


# ---------------------------------------------------------------- a retry


async def test_a_retried_refresh_gives_the_sessions_tokens_again(site: TestApp) -> None:
    ada = await signed_in(site)
    given = {"idempotencyKey": "once"}

    first, again = await refresh(site, ada.refresh, **given), await refresh(site, ada.refresh, **given)

    assert (first["replayed"], again["replayed"]) == (False, True)
    assert first["refreshToken"] == again["refreshToken"]
    assert await number_of(site, again["accessToken"]) == ada.supporter_id


async def test_a_retried_refresh_brings_no_session_back(site: TestApp) -> None:
    ada = await signed_in(site)
    first = await refresh(site, ada.refresh, idempotencyKey="once")
    await sign_out(site, first["accessToken"])
    query = "mutation($input: RefreshSessionInput!) { refreshSession(input: $input) { ... on RefreshSessionPayload {"

    for field in ("accessToken", "refreshToken", "viewer { role }"):
        told = await site.codes(
            f"{query} {field} }} }} }}", input={"refreshToken": ada.refresh} | {"idempotencyKey": "once"}
        )

        assert told == ["UNAUTHENTICATED"]


@pytest.mark.skipif(ON_POSTGRES, reason="it looks into the database's file")
async def test_nobody_finds_a_token_in_the_database(site: TestApp) -> None:
    ada = await signed_in(site)
    answer = await refresh(site, ada.refresh, idempotencyKey="once")

    file = Path(site.settings.database_url.removeprefix("sqlite://"))
    kept = b"".join(part.read_bytes() for part in file.parent.glob(f"{file.name}*"))

    assert b"once" in kept
    for token in (ada.access, ada.refresh, answer["accessToken"], answer["refreshToken"]):
        assert token[-40:].encode() not in kept
    for token in (ada.refresh, answer["refreshToken"]):
        assert urlsafe_b64decode(token.removeprefix(sessions.PREFIX) + "==")[-sessions.MAC :] not in kept


# ---------------------------------------------------------------- signing out


async def test_one_who_signs_out_is_nobody(site: TestApp) -> None:
    ada = await signed_in(site)

    answer = await sign_out(site, ada.access)

    assert answer["viewer"] == {"role": "ANONYMOUS", "supporter": None}
    assert await status(site, ada.access) == 401
    assert (await refresh(site, ada.refresh))["code"] == "UNAUTHENTICATED"


async def test_signing_out_leaves_the_other_devices(site: TestApp) -> None:
    ada = await signed_in(site)
    tablet, grace = await session_of(site, ada.supporter_id), await signed_in(site, "Grace Hopper")

    await sign_out(site, ada.access)

    assert await statuses(site, ada.access, tablet.access, grace.access) == [401, 200, 200]
    assert (await refresh(site, tablet.refresh))["__typename"] == "RefreshSessionPayload"


async def test_signing_out_everywhere_ends_all_that_one_has_and_nothing_of_others(site: TestApp) -> None:
    guest = await site.guest()
    ada = await session_of(site, await number_of(site, guest))
    tablet, grace = await session_of(site, ada.supporter_id), await signed_in(site, "Grace Hopper")

    await sign_out(site, tablet.access, everywhere=True)

    assert await statuses(site, guest, ada.access, tablet.access, grace.access) == [401, 401, 401, 200]
    assert (await refresh(site, ada.refresh))["code"] == "UNAUTHENTICATED"


async def test_one_who_signed_out_everywhere_signs_in_again_at_once(site: TestApp) -> None:
    ada = await signed_in(site)
    await sign_out(site, ada.access, everywhere=True)

    again = await session_of(site, ada.supporter_id)

    assert await status(site, again.access) == 200
    assert (await refresh(site, again.refresh))["__typename"] == "RefreshSessionPayload"


@pytest.mark.parametrize("who", ["guest", "staff"])
async def test_a_token_without_a_session_ends_everywhere_alone(site: TestApp, who: str) -> None:
    token = await (site.guest() if who == "guest" else site.staff())

    refused = await sign_out(site, token)

    assert (refused["code"], refused["field"]) == ("INVALID", "everywhere")
    assert await status(site, token) == 200
    assert (await sign_out(site, token, everywhere=True))["__typename"] == "SignOutPayload"
    assert await status(site, token) == 401


async def test_a_stranger_has_nothing_to_sign_out_of(site: TestApp) -> None:
    query = "mutation { signOut(input: {everywhere: true}) { ... on Problem { code } } }"

    assert (await site.ask(query))["signOut"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("everywhere", [False, True])
async def test_a_key_is_not_signed_out(site: TestApp, everywhere: bool) -> None:
    given = {"name": "Friends", "scopes": ["COMMENT"]}
    key = (await site.do("createApiKey", "key", await site.staff(Role.ADMIN), **given))["key"]

    assert (await sign_out(site, key, everywhere=everywhere))["code"] == "FORBIDDEN"
    assert await status(site, key) == 200


# ---------------------------------------------------------------- every carrier


async def test_an_open_socket_is_nobodys_from_then_on(site: TestApp) -> None:
    ada, campaign = await signed_in(site), await site.campaign()
    comment = "mutation($input: PostCommentInput!) { postComment(input: $input) { ... on Problem { code } } }"
    async with serving(site) as address, socket_of(address, ada.access) as client:
        assert (await (await client.run(PROFILE)).data())["viewer"]["profile"] == {"givenName": "Ada"}

        await sign_out(site, ada.access)

        nobody = (await (await client.run(VIEWER)).data())["viewer"]
        assert nobody == {"role": "ANONYMOUS", "scopes": [], "supporter": None}
        assert (await (await client.run(PROFILE)).data())["viewer"]["profile"] is None
        refused = await (await client.run(comment, input={"campaignId": campaign, "body": "Well said."})).data()
        assert refused["postComment"]["code"] == "UNAUTHENTICATED"


FOLLOW = (
    "subscription($id: ID!) { activity(campaignId: $id) { activity { subject { ... on Comment { viewerCan } } } } }"
)


async def test_a_subscription_goes_on_as_a_strangers(site: TestApp) -> None:
    ada, campaign, other = await signed_in(site), await site.campaign(), await site.guest()
    async with serving(site) as address, socket_of(address, ada.access) as client:
        followed = await client.run(FOLLOW, id=campaign)
        await until(lambda: site.groundswell.live.watching(row_id(campaign)) == 1)
        await site.comment(campaign, other)
        assert "REPLY" in (await followed.event())["activity"]["subject"]["viewerCan"]

        await sign_out(site, ada.access)
        await site.comment(campaign, other)

        assert (await followed.event())["activity"]["subject"]["viewerCan"] == []


async def test_an_event_stream_does_not_open_with_a_revoked_token(site: TestApp) -> None:
    ada = await signed_in(site)
    await sign_out(site, ada.access)
    headers = {"authorization": f"Bearer {ada.access}"}
    async with serving(site) as address, httpx2.AsyncClient(base_url=f"http://{address}") as http:
        for path in ("/graphql", "/graphql/stream"):
            async with events(http, "POST", path, headers=headers, json={"query": VIEWER}) as told:
                assert told.response.status_code == 401


@pytest.mark.skipif(ON_POSTGRES, reason="it starts a process on the test's own file")
async def test_what_another_process_revoked_is_refused_within_seconds(site: TestApp) -> None:
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

        assert await refused(early.access), "it was revoked before the process began"
        assert not await refused(ada.access)
        assert not await refused(grace)

        await sign_out(site, ada.access)
        await sign_out(site, grace, everywhere=True)

        await eventually(lambda: refused(ada.access))
        await eventually(lambda: refused(grace))
        assert (await (await client.run(VIEWER)).data())["viewer"]["role"] == "ANONYMOUS"
