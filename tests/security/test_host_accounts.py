"""Sign-in by a host's own accounts: tokens end on open connections, and one mailbox has one owner."""

import asyncio
import contextlib
import gzip
import json
import socket
import sqlite3
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jwt.algorithms import RSAAlgorithm

import storage
from auth.downloads import FAILURES, Download
from auth.host_sign_in import CLAIMS
from auth.token_cache import TokenCache
from auth.viewers import Viewer
from jobs.audits import drift, repair
from models import HostIdentity, Profile, Role, Supporter, emails
from resolvers.context import Context
from resolvers.sessions import create_revocations
from tests.api.test_host_sign_in import clear_token_cache, hosted, key_set, payload, rsa_key, token, viewer
from tests.api.test_sessions import status, statuses, supporter_id_of
from tests.security.test_simultaneous_writes import attempt
from tests.support.app import ON_POSTGRES, TestApp
from tests.support.following import CARRIERS, followed
from tests.support.ids import row_id
from tests.support.operator_commands import run
from tests.support.serving import PATIENCE, serving, socket_of, until

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
    assert await Profile.filter(email_verified=True, email_hash__in=emails.hashes(MAILBOX)).count() == 1
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


# ---------------------------------------------------------------- what is not ours


NESTED = "[" * 20_000 + "]" * 20_000
HOSTILE_CLAIMS: dict[str, str] = {
    "endless exp": '"exp": 1e400',
    "negative endless exp": '"exp": -1e400',
    "exp that is no number": '"exp": NaN',
    "exp of 400 digits": f'"exp": {"9" * 400}',
    "exp of 5000 digits": f'"exp": {"9" * 5000}',
    "exp as text": '"exp": "9999999999"',
    "exp as a truth": '"exp": true',
    "exp as a list": '"exp": [9999999999]',
    "endless iat": '"iat": 1e400',
    "negative iat": '"iat": -5',
    "hugely negative iat": '"iat": -1e300',
    "iat that is no number": '"iat": NaN',
    "iat of 400 digits": f'"iat": {"9" * 400}',
    "iat of long ago": '"iat": 0',
    "endless nbf": '"nbf": 1e400',
    "nbf that is no number": '"nbf": NaN',
    "half a pair in sub": '"sub": "\\ud800"',
    "half a pair in iss": '"iss": "\\udfff"',
    "half a pair in aud": '"aud": "\\udfff"',
    "endless sub": '"sub": 1e400',
    "sub with a fraction": '"sub": 1.5',
    "sub that is no number": '"sub": NaN',
    "sub of 4000 digits": f'"sub": {"9" * 4000}',
    "nested sub": f'"sub": {NESTED}',
    "nested role": f'"role": {NESTED}',
    "lists in aud": '"aud": [["groundswell"], {}, 1]',
}
IGNORED_CLAIMS: dict[str, str] = {
    "half a pair in a name": '"given_name": "\\ud800", "name": "\\udfff"',
    "half a pair in the e-mail": '"email": "ada\\ud800@example.org"',
    "half a pair in the role": '"role": ["\\ud800", "nobody"]',
    "numbers for texts": '"given_name": 1e400, "family_name": NaN, "email": -1, "name": 0',
    "objects for texts": '"given_name": {"a": 1}, "family_name": [], "email": {"x": []}, "email_verified": {}',
    "a role that is an object": '"role": {"chief": 1e400}',
    "a role that is a number": '"role": 1e400',
    "an end after all time": f'"exp": {"9" * 200}',
}


def signed(json_text: str) -> str:
    """Return a token of the host whose payload has these members, written as they are, after the usual ones."""
    body = json.dumps(payload())[:-1] + ", " + json_text + "}"
    head = jwt.utils.base64url_encode(b'{"alg":"RS256","kid":"first","typ":"JWT"}')
    signing = head + b"." + jwt.utils.base64url_encode(body.encode())
    algorithm = RSAAlgorithm(RSAAlgorithm.SHA256)
    return b".".join([signing, jwt.utils.base64url_encode(algorithm.sign(signing, rsa_key("first")))]).decode()


@pytest.mark.parametrize("kind", HOSTILE_CLAIMS)
async def test_absurd_claim_is_not_ours_and_creates_nobody(host: TestApp, kind: str) -> None:
    assert await status(host, signed(HOSTILE_CLAIMS[kind])) == 401
    assert await HostIdentity.all().count() == 0


@pytest.mark.parametrize("kind", IGNORED_CLAIMS)
async def test_claim_that_can_not_be_used_is_ignored(host: TestApp, kind: str) -> None:
    person = await viewer(host, signed(IGNORED_CLAIMS[kind]))

    assert person["role"] == "SUPPORTER"


NAMES = st.sampled_from([*CLAIMS, "iss", "aud", "iat", "exp", "nbf", "jti"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.lists(st.dictionaries(NAMES, json_values, min_size=1, max_size=4), min_size=20, max_size=20))
@settings(max_examples=3)
def test_any_claims_are_answered(tokens: list[dict[str, Any]]) -> None:
    async def ask() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with hosted(Path(folder), issuer_roles=ROLES) as site:
                for claims in tokens:
                    assert await status(site, signed(json.dumps(claims)[1:-1])) in (200, 401)

    asyncio.run(ask())


@pytest.mark.parametrize("part", [0, 1])
async def test_nested_token_of_anyone_is_not_ours(host: TestApp, part: int) -> None:
    """No key is needed to send one: the head is read before the signature is checked."""
    parts = token().split(".")
    parts[part] = jwt.utils.base64url_encode(f'{{"alg": "RS256", "kid": {NESTED}}}'.encode()).decode()

    assert await status(host, ".".join(parts)) == 401


# ---------------------------------------------------------------- the host's keys


KEYS = json.dumps(key_set("first"))
BOMB = gzip.compress(b" " * 50_000_000 + KEYS.encode())


def answers(content: bytes, *headers: str, status: str = "200 OK") -> Iterator[bytes]:
    yield f"HTTP/1.1 {status}\r\n{''.join(f'{header}{CRLF}' for header in headers)}connection: close\r\n\r\n".encode()
    yield content


CRLF = "\r\n"


def endless(*headers: str, status: str = "200 OK") -> Iterator[bytes]:
    yield from answers(b"[", *headers, status=status)
    while True:
        yield b" " * 65_536


def slow(text: bytes) -> Iterator[bytes]:
    """Send a byte after the other, each long before the timeout of a single read."""
    for byte in text:
        time.sleep(0.05)
        yield bytes([byte])


HOSTILE_SERVERS: dict[str, Callable[[str], Iterator[bytes]]] = {
    "endless content": lambda url: endless(),
    "endless content behind redirects": lambda url: endless(f"location: {url}", status="302 Found"),
    "redirects for ever": lambda url: answers(b"", f"location: {url}", status="307 Temporary Redirect"),
    "redirect to a file": lambda url: answers(b"", "location: file:///etc/hostname", status="302 Found"),
    "redirect to nowhere": lambda url: answers(b"", status="302 Found"),
    "slow head": lambda url: slow(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 10_000),
    "slow content": lambda url: slow(b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 10_000),
    "slow chunks": lambda url: slow(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + b"1\r\n \r\n" * 9_000),
    "no HTTP": lambda url: iter([b"SSH-2.0-OpenSSH_9.2\r\n" * 10_000]),
    "compressed bomb": lambda url: answers(BOMB, "content-encoding: gzip"),
    "nested lists": lambda url: answers(NESTED.encode()),
    "nested keys": lambda url: answers(f'{{"keys": {NESTED}}}'.encode()),
    "nested kid": lambda url: answers(f'{{"keys": [{{"kty": "RSA", "kid": {NESTED}}}]}}'.encode()),
    "keys that are an object": lambda url: answers(b'{"keys": {"first": {}}}'),
    "keys that are a text": lambda url: answers(b'{"keys": "first"}'),
    "keys that are numbers": lambda url: answers(b'{"keys": [1, null, [], {}, {"kty": 5}, {"kty": []}]}'),
    "members of wrong types": lambda url: answers(b'{"keys": [{"kty": "RSA", "kid": "first", "n": 5, "e": []}]}'),
    "a curve that is not": lambda url: answers(b'{"keys": [{"kty": "EC", "crv": {}, "x": "AA", "y": 1e400}]}'),
    "only secrets": lambda url: answers(b'{"keys": [{"kty": "oct", "kid": "first", "k": "c2VjcmV0"}]}'),
    "no Unicode": lambda url: answers(b"\xff\xfe\x00"),
}


class KeyServer:
    """A host's server that answers with whatever a test wants; `sent` counts the bytes that were taken."""

    def __init__(self) -> None:
        self.answer: Callable[[str], Iterator[bytes]] = lambda url: answers(KEYS.encode())
        self.sent = 0
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self._is_over = threading.Event()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/jwks.json"
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()

    def _accept(self) -> None:
        while not self._is_over.is_set():
            with contextlib.suppress(TimeoutError):
                connection, _ = self._listener.accept()
                thread = threading.Thread(target=self._serve, args=(connection,))
                thread.start()
                self._threads.append(thread)

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(5)
        with connection, contextlib.suppress(OSError):
            connection.recv(65_536)
            for part in self.answer(self.url):
                if self._is_over.is_set():
                    return
                connection.sendall(part)
                self.sent += len(part)

    def close(self) -> None:
        """Stop; fails if a client still reads a slow answer."""
        self._is_over.set()
        for thread in (self._accepting, *self._threads):
            thread.join()
        self._listener.close()


@pytest.fixture
def key_server() -> Iterator[KeyServer]:
    server = KeyServer()
    yield server
    server.close()


@pytest.mark.parametrize("kind", HOSTILE_SERVERS)
async def test_hostile_key_server_keeps_the_old_keys(
    tmp_path: Path, key_server: KeyServer, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer comes within the deadline, and of the content at most a megabyte and the sockets' buffers is read."""
    monkeypatch.setattr("auth.jwks.CACHE_SECONDS", 0.0)
    monkeypatch.setattr("auth.jwks.FETCH_INTERVAL_SECONDS", 0.0)
    monkeypatch.setattr("auth.jwks.FETCH_TIMEOUT_SECONDS", 1.0)
    async with hosted(tmp_path, issuer_keys=key_server.url) as site:
        assert await status(site, token()) == 200
        key_server.answer, key_server.sent = HOSTILE_SERVERS[kind], 0

        async with asyncio.timeout(PATIENCE):
            assert await status(site, token(jti="2")) == 200

        assert key_server.sent < 12_000_000


@pytest.mark.parametrize("kind", ["slow head", "slow content", "slow chunks"])
async def test_slow_key_server_holds_no_thread(key_server: KeyServer, kind: str) -> None:
    """A thread that is held would come to an end only with the answer, minutes later."""
    key_server.answer = HOSTILE_SERVERS[kind]
    download = Download(key_server.url, 60)
    reading = asyncio.create_task(asyncio.to_thread(download.read))
    await until(lambda: key_server.sent > 10)

    download.stop()

    async with asyncio.timeout(10):
        with contextlib.suppress(*FAILURES):
            await reading


# ---------------------------------------------------------------- idempotency keys


RANDOM_KEY = "5d0c7a1e-3f42-4b7e-9a55-0c1d2e3f4a5b"
WEAK_KEYS = ["1", "signature-1", "0" * 36, "abababababababab", "x" * 64]


@pytest.mark.parametrize("key", WEAK_KEYS)
async def test_guessable_key_gives_nobody_the_token_again(site: TestApp, key: str) -> None:
    """Visitors of one network with one browser look alike."""
    signing = {"campaignId": await site.campaign(), "givenName": "Ada", "email": "ada@example.org"}
    query = "mutation($input: IntroduceInput!) { introduce(input: $input) { ... on IntroducePayload { accessToken } } }"
    first = await site.do("signPetition", "accessToken", **signing, idempotencyKey=key)
    await site.do("introduce", "accessToken", givenName="Ada", idempotencyKey=key)

    again = await site.do("signPetition", "accessToken viewer { role }", **signing, idempotencyKey=key)
    introduced = await site.codes(query, input={"givenName": "Ada", "idempotencyKey": key})

    assert first["accessToken"] is not None
    assert (again["replayed"], again["accessToken"], again["viewer"]["role"]) == (True, None, "ANONYMOUS")
    assert introduced == [ENDED]


async def test_random_key_gives_the_token_again(site: TestApp) -> None:
    signing = {"campaignId": await site.campaign(), "givenName": "Ada", "email": "ada@example.org"}
    people = set()
    for _ in range(2):
        signed = await site.do("signPetition", "accessToken", **signing, idempotencyKey=RANDOM_KEY)
        people.add(await supporter_id_of(site, signed["accessToken"]))

    assert len(people) == 1


# ---------------------------------------------------------------- operators


@pytest.mark.skipif(ON_POSTGRES, reason="starts a process on the SQLite file")
async def test_operator_lists_staff_and_revokes_by_what_is_listed(host: TestApp) -> None:
    ours, hosts = await host.staff(Role.ADMIN, "Ad Min"), token(role="editor", email=None, iat=ago(5))
    assert await statuses(host, ours, hosts) == [200, 200]
    url = host.settings.database_url

    lines = [line.split("\t") for line in (await run(url, "staff", "list")).stdout.splitlines()]

    assert [(line[1], line[2], line[3]) for line in lines] == [
        ("Ad Min", "ADMIN", "token of ours"),
        ("Katharina S.", "MODERATOR", "account of the host"),
    ]
    assert all(line[4].startswith("since 20") and line[5].startswith("last 20") for line in lines)
    for line in lines:
        assert (await run(url, "revoke", line[0])).returncode == 0
    await host.groundswell.token_cache.refresh()
    assert await statuses(host, ours, hosts) == [401, 401]
    ended = (await run(url, "staff", "list")).stdout
    assert "ADMIN" not in ended
    assert "MODERATOR" not in ended


COMMANDS = [
    ("token", "--role", "ADMIN", "--name", "Ad Min"),
    ("revoke", "x"),
    ("reseal",),
    ("outbox",),
    ("audit",),
    ("audit", "--repair"),
    ("staff", "list"),
    ("key", "list"),
    ("key", "create", "--name", "Friends", "--scope", "READ"),
    ("key", "revoke", "1"),
    ("explain", "docs/screens/branch.graphql"),
]


@pytest.mark.parametrize("kind", ["no folder", "no file", "another program's"])
async def test_command_creates_no_database_by_accident(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "folder" / "x.db" if kind == "no folder" else tmp_path / "x.db"
    if kind == "another program's":
        with contextlib.closing(sqlite3.connect(file)) as other:
            other.execute("CREATE TABLE notes (text)")
    before = file.read_bytes() if file.exists() else None
    for words in COMMANDS:
        ended = await run(f"sqlite://{file}", *words)

        assert (ended.returncode, "no database of Groundswell" in ended.stderr) == (1, True), ended.stderr
        assert (file.read_bytes() if file.exists() else None) == before
    assert file.parent.exists() == (kind != "no folder")


async def test_command_that_is_told_so_creates_the_database(tmp_path: Path) -> None:
    url = f"sqlite://{tmp_path / 'x.db'}"

    assert (await run(url, *COMMANDS[0], "--create")).returncode == 0

    assert (await run(url, *COMMANDS[0])).returncode == 0
