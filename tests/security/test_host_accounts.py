"""Sign-in by a host's own accounts: tokens end on open connections, and one mailbox has one owner."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import storage
from auth.token_cache import TokenCache
from auth.viewers import Viewer
from jobs.audits import drift, repair
from models import HostIdentity, Profile, Role, Supporter
from resolvers.context import Context
from resolvers.sessions import create_revocations
from tests.api.test_host_sign_in import clear_token_cache, hosted, token, viewer
from tests.api.test_sessions import status, statuses, supporter_id_of
from tests.security.test_simultaneous_writes import attempt
from tests.support.app import TestApp
from tests.support.following import CARRIERS, followed
from tests.support.ids import row_id
from tests.support.serving import serving, socket_of, until

pytestmark = pytest.mark.anyio

ROLES = (("chief", "ADMIN"), ("editor", "MODERATOR"))
NEW_KEY = """mutation { createApiKey(input: {name: "Back door", scopes: [ERASE]}) {
  __typename ... on Problem { code } } }"""
FOLLOW = "subscription($id: ID!) { activity(campaignId: $id) { cursor } }"
VIEWER = "{ viewer { role } }"
MAILBOX = "office@secret.example"
ENDED = "UNAUTHENTICATED"


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[TestApp]:
    async with hosted(tmp_path, issuer_roles=ROLES, issuer_leeway=0) as site:
        yield site


def ago(seconds: float) -> float:
    return int(time.time()) - seconds


async def badge(site: TestApp, bearer: str) -> str:
    return str((await viewer(site, bearer))["supporter"]["badge"])


async def owned(site: TestApp, bearer: str) -> tuple[str | None, bool]:
    """Return the viewer's e-mail, and whether they own it."""
    profile = (await viewer(site, bearer))["profile"]
    return profile["email"], profile["emailVerified"]


# ---------------------------------------------------------------- open connections


async def test_expired_token_creates_no_api_key_over_open_socket(host: TestApp) -> None:
    expires_at = int(time.time()) + 2
    bearer = token(role="chief", exp=expires_at)
    async with serving(host) as netloc, socket_of(netloc, bearer) as client:
        assert (await (await client.run(VIEWER)).data())["viewer"]["role"] == "ADMIN"

        async with asyncio.timeout(20):
            while time.time() <= expires_at:  # noqa: ASYNC110
                await asyncio.sleep(0.02)

        assert await (await client.run(NEW_KEY)).code() == ENDED
        assert await (await client.run(VIEWER)).code() == ENDED


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_subscription_ends_when_token_expires(host: TestApp, carrier: str) -> None:
    """It ends although nothing happens on the campaign."""
    campaign = await host.campaign()
    async with followed(host, carrier, FOLLOW, token(exp=int(time.time()) + 3), id=campaign) as stream:
        assert await stream.code() == ENDED


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("end", ["erasure", "sign-out", "lesser role", "operator"])
async def test_subscription_ends_when_its_viewer_does(host: TestApp, carrier: str, end: str) -> None:
    campaign = await host.campaign()
    bearer = token(role="chief", iat=ago(9))
    supporter_id = await supporter_id_of(host, bearer)
    async with followed(host, carrier, FOLLOW, bearer, id=campaign) as stream:
        await until(lambda: host.groundswell.live.watching(row_id(campaign)) == 1)
        if end == "erasure":
            assert await attempt(host, bearer, "eraseSupporter") == "ok"
        elif end == "sign-out":
            assert await attempt(host, bearer, "signOut", everywhere=True) == "ok"
        elif end == "lesser role":
            assert (await viewer(host, token(role="editor", iat=ago(5))))["role"] == "MODERATOR"
        else:  # in another process
            async with storage.transaction():
                await create_revocations(host.settings, supporter_id, storage.now())
            await host.groundswell.token_cache.refresh()

        assert await stream.code() == ENDED


async def test_expired_api_key_is_refused_on_open_socket(host: TestApp) -> None:
    expires_at = time.time() + 2
    admin = await host.staff(Role.ADMIN)
    given = {"name": "Friends", "scopes": ["READ"], "expiresAt": datetime.fromtimestamp(expires_at, UTC).isoformat()}
    key = (await host.do("createApiKey", "key", admin, **given))["key"]
    campaign = await host.campaign()
    async with serving(host) as netloc, socket_of(netloc, key) as client:
        followed = await client.run(FOLLOW, id=campaign)
        assert await followed.code() == ENDED
        assert await (await client.run(VIEWER)).code() == ENDED


# ---------------------------------------------------------------- roles


async def test_newer_token_with_lesser_role_ends_older_ones(host: TestApp) -> None:
    old, unseen = token(role="chief", iat=ago(9)), token(role="chief", iat=ago(8))
    async with serving(host) as netloc, socket_of(netloc, old) as client:
        assert (await (await client.run(VIEWER)).data())["viewer"]["role"] == "ADMIN"

        newer = token(iat=ago(5))
        assert (await viewer(host, newer))["role"] == "SUPPORTER"

        assert await (await client.run(NEW_KEY)).code() == ENDED
    assert await statuses(host, old, unseen, newer) == [401, 401, 200]
    clear_token_cache(host)
    assert await statuses(host, old, unseen, newer) == [401, 401, 200]


async def test_older_token_does_not_bring_a_role_back(host: TestApp) -> None:
    await viewer(host, token(iat=ago(5)))

    assert await status(host, token(role="chief", iat=ago(9))) == 401
    assert (await viewer(host, token(role="chief", iat=ago(1))))["role"] == "ADMIN"


async def test_of_two_tokens_of_one_second_the_lesser_role_holds(host: TestApp) -> None:
    await viewer(host, token(role="editor", iat=ago(5)))

    assert await status(host, token(role="chief", iat=ago(5))) == 401
    assert (await viewer(host, token(role="editor", iat=ago(5), jti="2")))["role"] == "MODERATOR"


async def test_same_or_greater_role_ends_nothing(host: TestApp) -> None:
    old = token(role="editor", iat=ago(9))
    await viewer(host, old)

    await viewer(host, token(role="editor", iat=ago(7)))
    await viewer(host, token(role="chief", iat=ago(5)))

    assert await status(host, old) == 200


async def test_lesser_role_reaches_other_processes_although_its_token_is_old(host: TestApp) -> None:
    """The revocation is of the time of the newer token, an hour ago."""
    supporter_id = await supporter_id_of(host, token(role="chief", iat=ago(7200), exp=int(time.time()) + 300))
    other = TokenCache()
    await other.refresh()
    elsewhere = other.add("old", Viewer(Role.ADMIN, supporter_id, issued_at=ago(7200)))
    await other.refresh()

    await viewer(host, token(iat=ago(3600)))
    await other.refresh()

    assert elsewhere.is_revoked


async def test_staff_badge_follows_role(host: TestApp) -> None:
    assert await badge(host, token(iat=ago(9))) == "SUPPORTER"
    assert await badge(host, token(iat=ago(7), role="editor")) == "STAFF"
    assert await badge(host, token(iat=ago(5))) == "SUPPORTER"
    assert await badge(host, token(sub="other", email=None, role="editor", iat=ago(9))) == "STAFF"
    assert await badge(host, token(sub="other", email=None, iat=ago(5))) == "NONE"


# ---------------------------------------------------------------- newer and older claims


async def test_older_token_changes_neither_name_nor_email(host: TestApp) -> None:
    await viewer(host, token(iat=ago(9)))
    await viewer(host, token(iat=ago(5), given_name="Käthe", email="new@secret.example"))

    person = await viewer(host, token(iat=ago(7), given_name="Katja", email="old@secret.example"))

    assert person["profile"]["givenName"] == "Käthe"
    assert person["profile"]["email"] == "new@secret.example"


async def test_older_token_changes_nothing_after_a_newer_one_with_known_claims(host: TestApp) -> None:
    await viewer(host, token(iat=ago(9)))
    await viewer(host, token(iat=ago(3)))

    person = await viewer(host, token(iat=ago(5), given_name="Katja"))

    assert person["profile"]["givenName"] == "Katharina"


# ---------------------------------------------------------------- one mailbox, one owner


async def test_recycled_email_does_not_hand_over_the_account(host: TestApp) -> None:
    campaign = await host.campaign()
    first = token(sub="first", email=MAILBOX, iat=ago(9))
    comment = await host.comment(campaign, first)

    second = token(sub="second", email=MAILBOX, given_name="Grace", iat=ago(5))

    assert await supporter_id_of(host, second) != await supporter_id_of(host, first)
    assert await attempt(host, second, "editComment", commentId=comment, body="Mine now.") == "FORBIDDEN"
    assert await owned(host, second) == (MAILBOX, True)
    assert await owned(host, first) == (None, False)
    assert await drift() == []


async def test_earlier_subject_does_not_take_the_email_back(host: TestApp) -> None:
    first, second = {"sub": "first", "email": MAILBOX}, {"sub": "second", "email": MAILBOX}
    await viewer(host, token(**first, iat=ago(9)))
    await viewer(host, token(**second, iat=ago(7)))

    assert await owned(host, token(**first, given_name="Käthe", iat=ago(5))) == (MAILBOX, False)
    assert await owned(host, token(**second, given_name="Grace", iat=ago(3))) == (MAILBOX, True)


async def test_changed_email_to_that_of_an_earlier_subject_is_handed_over(host: TestApp) -> None:
    await viewer(host, token(sub="first", email=MAILBOX, iat=ago(9)))
    second = {"sub": "second", "email": "second@secret.example"}
    await viewer(host, token(**second, iat=ago(7)))

    assert await owned(host, token(**second | {"email": MAILBOX}, iat=ago(5))) == (MAILBOX, True)
    assert await Profile.filter(email_verified=True).count() == 1


async def test_changed_email_brings_its_signatures_and_counts_once(host: TestApp) -> None:
    campaign = await host.campaign()
    old = token(email="old@secret.example", iat=ago(9))
    await host.sign(campaign, "old@secret.example", old)
    other = await host.campaign()
    for one in (campaign, other):
        await host.sign(one, MAILBOX)

    new = token(email=MAILBOX, iat=ago(5))

    seen = "query($id: ID!) { campaign(id: $id) { supporters { total } viewerSignature { state } } }"
    for one in (campaign, other):
        answer = (await host.ask(seen, new, id=one))["campaign"]
        assert answer == {"supporters": {"total": 1}, "viewerSignature": {"state": "CONFIRMED"}}
    assert await owned(host, new) == (MAILBOX, True)
    assert await drift() == []


@pytest.mark.parametrize("known", [False, True])
async def test_simultaneous_subjects_with_one_email_make_one_owner(host: TestApp, known: bool) -> None:
    """Known subjects change their e-mail to it, all at once; the others come for the first time."""
    subjects = [f"subject {number}" for number in range(8)]
    if known:
        for number, subject in enumerate(subjects):
            await viewer(host, token(sub=subject, email=f"{number}@secret.example", iat=ago(9)))

    await asyncio.gather(*(viewer(host, token(sub=subject, email=MAILBOX, iat=ago(5))) for subject in subjects))

    assert len(await supporters_of_subjects()) == 8
    assert await Profile.filter(email_verified=True).count() == 1
    assert await drift() == []


async def supporters_of_subjects() -> set[Any]:
    return set(await HostIdentity.all().values_list("supporter_id", flat=True))


async def test_host_and_mailed_code_at_once_make_one_owner(host: TestApp) -> None:
    for number in range(3):
        email = f"both{number}@secret.example"
        code = await host.code(email)

        await asyncio.gather(
            host.do("signIn", "accessToken", await host.guest(), **code),
            *(status(host, token(sub=f"{number}.{one}", email=email)) for one in range(3)),
        )

    owners = await Profile.filter(email_verified=True).values_list("email_hash", flat=True)
    assert len(owners) == len(set(owners)) == 3


async def test_audit_reports_two_owners_of_one_email(host: TestApp) -> None:
    await viewer(host, token(sub="first", email=MAILBOX))
    other = await supporter_id_of(host, await host.guest())
    email_hash = (await Profile.get(email_verified=True)).email_hash
    await Profile.filter(supporter_id=other).update(email_hash=email_hash, email_verified=True)

    lines = await drift()

    assert [line for line in lines if "e-mail" in line and str(other) in line]
    assert not any(str(email_hash) in line for line in lines)
    await repair(Context(host.settings, host.groundswell.live))
    assert await drift() == []
    assert await Profile.filter(email_verified=True).count() == 1


async def test_host_sign_in_beside_erasure_never_fails(host: TestApp) -> None:
    for number in range(5):
        claims = {"sub": str(number), "email": f"{number}@secret.example"}
        first = token(**claims, iat=ago(9))
        await viewer(host, first)

        met = await asyncio.gather(
            attempt(host, first, "eraseSupporter"),
            *(status(host, token(**claims, iat=ago(7), given_name=name)) for name in ("Grace", "Olga", "Rosa")),
        )

        assert met[0] == "ok"
        assert set(met[1:]) <= {200, 401}
        assert await Supporter.filter(display_name__startswith="Katharina").count() == 0
    assert await drift() == []
