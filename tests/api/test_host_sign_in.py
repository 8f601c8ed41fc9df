"""Host sign-in: which tokens of the host site are accepted, which supporter each names, and how its keys are cached."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

import storage
from auth.host_sign_in import CLAIMS, ExternalIssuer
from auth.token_cache import TokenCache
from auth.tokens import issue_token
from jobs.resealing import reseal
from models import HostIdentity, Profile, Role, Supporter
from settings import Settings
from tests.api.test_sessions import sign_out, status, statuses, supporter_id_of
from tests.support.app import ON_POSTGRES, OTHER_SECRET, TestApp, running_app
from tests.support.serving import events, opened, process, serving, socket_of
from tests.support.statements import recorded_statements

pytestmark = pytest.mark.anyio

ISSUER, AUDIENCE = "https://host.example", "groundswell"
SECRET = "a secret that the host shares with us, long enough"
VIEWER = """{ viewer { role scopes supporter { id displayName badge }
  profile { givenName familyName email emailVerified nameDisplay } } }"""
KATHARINA = {
    "sub": "katharina@members.example",
    "given_name": "Katharina",
    "family_name": "Sommerfeldt",
    "email": "k.sommerfeldt@secret.example",
    "email_verified": True,
}


@cache
def rsa_key(name: str = "first") -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def key_set(*names: str) -> dict[str, Any]:
    """Return the JWKS that the host publishes."""
    keys = [RSAAlgorithm.to_jwk(rsa_key(name).public_key(), as_dict=True) | {"kid": name} for name in names]
    curve = ECAlgorithm.to_jwk(ec_key().public_key(), as_dict=True) | {"kid": "curve"}
    return {"keys": [*keys, curve]}


def payload(**claims: Any) -> dict[str, Any]:
    """Return the claims of a host token; a claim that is None is left out."""
    at = int(time.time())
    valid = {"iss": ISSUER, "aud": AUDIENCE, "iat": at - 1, "exp": at + 300} | KATHARINA
    return {name: value for name, value in (valid | claims).items() if value is not None}


def token(kid: str = "first", **claims: Any) -> str:
    return jwt.encode(payload(**claims), rsa_key(kid), "RS256", {"kid": kid})


def token_by_secret(**claims: Any) -> str:
    return jwt.encode(payload(**claims), SECRET, "HS256")


@asynccontextmanager
async def hosted(folder: Path, **changes: Any) -> AsyncIterator[TestApp]:
    """Run a site that accepts the host's tokens, by default with a JWKS in a file."""
    file = folder / "keys.json"
    file.write_text(json.dumps(key_set("first")))
    settings = {"issuer": ISSUER, "issuer_audience": AUDIENCE, "issuer_keys": str(file)} | changes
    async with running_app(**settings) as site:
        yield site


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[TestApp]:
    async with hosted(tmp_path) as site:
        yield site


async def viewer(site: TestApp, bearer: str) -> dict[str, Any]:
    viewer: dict[str, Any] = (await site.ask(VIEWER, bearer))["viewer"]
    return viewer


def clear_token_cache(site: TestApp) -> None:
    site.groundswell.token_cache = TokenCache()


async def supporter_count() -> int:
    return await Supporter.all().count()


# ---------------------------------------------------------------- supporters


async def test_host_token_creates_supporter(host: TestApp) -> None:
    person = await viewer(host, token())

    assert person["role"] == "SUPPORTER"
    assert person["scopes"] == ["READ", "SIGN", "COMMENT", "REACT"]
    assert (person["supporter"]["displayName"], person["supporter"]["badge"]) == ("Katharina S.", "SUPPORTER")
    assert person["profile"] == {
        "givenName": "Katharina",
        "familyName": "Sommerfeldt",
        "email": "k.sommerfeldt@secret.example",
        "emailVerified": True,
        "nameDisplay": "FIRST_NAME_INITIAL",
    }


async def test_later_tokens_name_same_supporter(host: TestApp) -> None:
    first, second = await viewer(host, token()), await viewer(host, token(jti="2"))
    clear_token_cache(host)

    assert first == second == await viewer(host, token(jti="3"))
    other = await viewer(host, token(sub="grace", email="grace@secret.example"))
    assert other["supporter"]["id"] != first["supporter"]["id"]


async def test_host_supporter_can_comment(host: TestApp) -> None:
    campaign = await host.campaign()

    answer = await host.do(
        "postComment", "comment { author { displayName } }", token(), campaignId=campaign, body="Well said."
    )

    assert answer["comment"]["author"]["displayName"] == "Katharina S."


async def test_simultaneous_first_requests_create_one_supporter(host: TestApp) -> None:
    before = await supporter_count()
    tokens = [token(jti=str(number)) for number in range(20)]

    seen = await asyncio.gather(*(viewer(host, bearer) for bearer in tokens))

    assert len({person["supporter"]["id"] for person in seen}) == 1
    assert await supporter_count() == before + 1


@pytest.mark.skipif(ON_POSTGRES, reason="starts a process on the SQLite file")
async def test_first_requests_to_two_processes_create_one_supporter(host: TestApp) -> None:
    settings = {"ISSUER": ISSUER, "ISSUER_AUDIENCE": AUDIENCE, "ISSUER_KEYS": host.settings.issuer_keys}
    async with process(host.settings.database_url, **settings) as served, httpx2.AsyncClient() as there:
        for subject in range(10):
            bearer = token(sub=str(subject), email=None)
            request: dict[str, Any] = {"json": {"query": VIEWER}, "headers": {"authorization": f"Bearer {bearer}"}}

            here, elsewhere = await asyncio.gather(viewer(host, bearer), there.post(f"{served.url}/graphql", **request))

            assert here == elsewhere.json()["data"]["viewer"]


async def test_changed_claims_update_supporter(host: TestApp) -> None:
    before = await viewer(host, token())

    after = await viewer(host, token(given_name="Käthe", family_name="Winter", email="kw@secret.example"))

    assert after["supporter"] == before["supporter"] | {"displayName": "Käthe W."}
    assert (after["profile"]["familyName"], after["profile"]["email"]) == ("Winter", "kw@secret.example")


async def test_claims_do_not_change_name_display(host: TestApp) -> None:
    await viewer(host, token())
    await host.do("updateProfile", "replayed", token(jti="2"), nameDisplay="ANONYMOUS", givenName="K")

    assert (await viewer(host, token(jti="3")))["profile"]["givenName"] == "K"
    assert (await viewer(host, token(given_name="Käthe")))["supporter"]["displayName"] == "A supporter"


async def test_changed_name_is_logged_as_activity(host: TestApp) -> None:
    campaign = await host.campaign()
    await host.comment(campaign, token())

    await viewer(host, token(given_name="Käthe"))

    page = "activity(first: 1, kinds: [NAME_CHANGED]) { nodes { kind actorName } }"
    kinds = f"query($id: ID!) {{ campaign(id: $id) {{ {page} }} }}"
    (last,) = (await host.ask(kinds, id=campaign))["campaign"]["activity"]["nodes"]
    assert last == {"kind": "NAME_CHANGED", "actorName": "Käthe S."}


@pytest.mark.parametrize(
    ("claims", "shown"),
    [
        ({"family_name": None}, "Katharina"),
        ({"given_name": None, "name": "Katharina Sommerfeldt"}, "K. S."),
        ({"given_name": None, "name": "Nagy Anna"}, "N. A."),
        ({"given_name": None, "family_name": None}, "A supporter"),
        ({"given_name": "https://spam.example"}, "A supporter"),
        ({"given_name": "a@b.example"}, "A supporter"),
        ({"given_name": "x" * 101}, "A supporter"),
        ({"given_name": ["Katharina"]}, "A supporter"),
        ({"given_name": "Kath\u202earina"}, "A supporter"),
    ],
)
async def test_claimed_name_is_screened(host: TestApp, claims: dict[str, Any], shown: str) -> None:
    """A name that can't be shown refuses nobody. A full name does not say which part is the family name."""
    assert (await viewer(host, token(**claims)))["supporter"]["displayName"] == shown


@pytest.mark.parametrize("verified", [False, None, "true", 1])
async def test_email_is_verified_only_by_claim_that_is_true(host: TestApp, verified: Any) -> None:
    person = await viewer(host, token(email_verified=verified))

    assert (person["profile"]["email"], person["profile"]["emailVerified"]) == (KATHARINA["email"], False)
    assert person["supporter"]["badge"] == "NONE"


async def test_malformed_email_is_ignored(host: TestApp) -> None:
    person = await viewer(host, token(email="nonsense"))

    assert (person["profile"]["email"], person["profile"]["emailVerified"]) == (None, False)


SIGNED = "query($id: ID!) { campaign(id: $id) { supporters { total } viewerSignature { state } } }"


async def existing_supporter(site: TestApp, verified: bool) -> int:
    """Create a supporter with Katharina's e-mail address, and return the id."""
    supporter_id = await supporter_id_of(site, await site.guest("Katharina Sommer", email=KATHARINA["email"]))
    if verified:
        await Profile.filter(supporter_id=supporter_id).update(email_verified=True)
    return supporter_id


async def test_email_verified_on_both_sides_joins_supporter(host: TestApp) -> None:
    supporter_id = await existing_supporter(host, verified=True)

    assert await supporter_id_of(host, token()) == supporter_id
    assert (await viewer(host, token()))["profile"]["familyName"] == "Sommer"


@pytest.mark.parametrize(("here", "there"), [(True, False), (False, True), (False, False)])
async def test_email_unverified_on_one_side_creates_new_supporter(host: TestApp, here: bool, there: bool) -> None:
    supporter_id = await existing_supporter(host, verified=here)

    assert await supporter_id_of(host, token(email_verified=there)) != supporter_id


async def test_verified_email_brings_its_signatures(host: TestApp) -> None:
    """The supporter is counted once, as after any verification of an e-mail address."""
    campaign = await host.campaign()
    given = {"campaignId": campaign, "givenName": "Katharina", "email": KATHARINA["email"]}
    await host.do("signPetition", "accessToken", **given)

    person = await host.ask(SIGNED, token(), id=campaign)

    assert person["campaign"] == {"supporters": {"total": 1}, "viewerSignature": {"state": "CONFIRMED"}}
    await host.do("signPetition", "accessToken", token(), **given)
    assert (await host.ask(SIGNED, token(), id=campaign)) == person


async def test_email_verified_by_another_stays_theirs(host: TestApp) -> None:
    await viewer(host, token(email="other@secret.example"))
    await existing_supporter(host, verified=True)

    person = await viewer(host, token())

    assert (person["profile"]["email"], person["profile"]["emailVerified"]) == ("other@secret.example", True)


async def test_unverified_email_does_not_replace_verified_email(host: TestApp) -> None:
    await viewer(host, token())

    person = await viewer(host, token(email="typed@secret.example", email_verified=False))

    assert (person["profile"]["email"], person["profile"]["emailVerified"]) == (KATHARINA["email"], True)


# ---------------------------------------------------------------- roles and claims


ROLES = (("chief", "ADMIN"), ("editor", "MODERATOR"))


@pytest.mark.parametrize(
    ("claim", "role"),
    [
        ("editor", "MODERATOR"),
        (["member", "editor"], "MODERATOR"),
        (["editor", "chief"], "ADMIN"),
        ("member", "SUPPORTER"),
        ("ADMIN", "SUPPORTER"),
        ({"editor": True}, "SUPPORTER"),
        ([["editor"]], "SUPPORTER"),
        (None, "SUPPORTER"),
    ],
)
async def test_roles_are_mapped_by_setting(tmp_path: Path, claim: Any, role: str) -> None:
    async with hosted(tmp_path, issuer_roles=ROLES) as site:
        assert (await viewer(site, token(role=claim)))["role"] == role


async def test_unmapped_roles_are_supporters(host: TestApp) -> None:
    for role in ("ADMIN", "MODERATOR", "CAMPAIGNER", "INTEGRATOR"):
        assert (await viewer(host, token(role=role)))["role"] == "SUPPORTER"


async def test_next_token_without_role_is_no_longer_staff(tmp_path: Path) -> None:
    queue = "{ moderationQueue { totalCount } }"
    async with hosted(tmp_path, issuer_roles=ROLES) as site:
        assert "errors" not in await site.post(queue, token(role="editor", iat=int(time.time()) - 9))
        assert await site.codes(queue, token()) == ["FORBIDDEN"]


async def test_claims_may_have_other_names_and_paths(tmp_path: Path) -> None:
    claims = (("sub", "uid"), ("given_name", "https://host.example/first"), ("role", "realm_access.roles"))
    host_claims: dict[str, Any] = {
        "uid": 17,
        "https://host.example/first": "Anna",
        "realm_access": {"roles": ["editor"]},
        "sub": None,
        "email": None,
    }
    async with hosted(tmp_path, issuer_claims=claims, issuer_roles=ROLES) as site:
        person = await viewer(site, token(**host_claims))

        assert (person["role"], person["supporter"]["displayName"]) == ("MODERATOR", "Anna S.")
        assert await supporter_id_of(site, token(**host_claims)) != await supporter_id_of(
            site, token(**host_claims | {"uid": 18})
        )


# ---------------------------------------------------------------- invalid tokens


def signed_with_public_key() -> str:
    """Return a token that is signed by HS256 with the public key as its secret."""
    public = rsa_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head = jwt.utils.base64url_encode(b'{"alg":"HS256","kid":"first","typ":"JWT"}')
    body = jwt.utils.base64url_encode(json.dumps(payload()).encode())
    mac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(head + b"." + body, public)
    return b".".join([head, body, jwt.utils.base64url_encode(mac)]).decode()


def altered() -> str:
    head, _, signature = token().split(".")
    body = jwt.utils.base64url_encode(json.dumps(payload(sub="somebody else")).encode()).decode()
    return f"{head}.{body}.{signature}"


INVALID_TOKENS: dict[str, Any] = {
    "another issuer": lambda: token(iss="https://evil.example"),
    "no issuer": lambda: token(iss=None),
    "another audience": lambda: token(aud="shop"),
    "no audience": lambda: token(aud=None),
    "expired": lambda: token(exp=int(time.time()) - 31),
    "without an end": lambda: token(exp=None),
    "not yet": lambda: token(nbf=int(time.time()) + 60),
    "made in the future": lambda: token(iat=int(time.time()) + 60),
    "without its time": lambda: token(iat=None),
    "without a subject": lambda: token(sub=None),
    "an empty subject": lambda: token(sub=""),
    "a subject that is a list": lambda: token(sub=["katharina"]),
    "a subject that is too long": lambda: token(sub="x" * 256),
    "altered": altered,
    "alg none": lambda: jwt.encode(payload(), "", "none", {"kid": "first"}),
    "the public key for a secret": signed_with_public_key,
    "our name for a secret": token_by_secret,
    "another key": lambda: jwt.encode(payload(), rsa_key("second"), "RS256", {"kid": "first"}),
    "an unknown key": lambda: token("second"),
    "another kind of key": lambda: jwt.encode(payload(), ec_key(), "ES256", {"kid": "first"}),
    "an algorithm that is not pinned": lambda: jwt.encode(payload(), rsa_key(), "RS512", {"kid": "first"}),
    "without a key id": lambda: jwt.encode(payload(), rsa_key(), "RS256"),
}


@pytest.mark.parametrize("kind", INVALID_TOKENS)
async def test_invalid_token_is_refused_and_creates_nobody(host: TestApp, kind: str) -> None:
    before = await supporter_count()
    headers = {"authorization": f"Bearer {INVALID_TOKENS[kind]()}"}

    answer = await host.http.post("/graphql", json={"query": VIEWER}, headers=headers)

    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert "secret.example" not in answer.text
    assert await supporter_count() == before


async def test_clocks_may_differ_by_leeway(host: TestApp) -> None:
    at = int(time.time())

    assert await statuses(host, token(exp=at - 10), token(iat=at + 20), token(nbf=at + 20)) == [200, 200, 200]


async def test_elliptic_curve_key_is_accepted(host: TestApp) -> None:
    assert await status(host, jwt.encode(payload(), ec_key(), "ES256", {"kid": "curve"})) == 200


async def test_cached_token_expires(tmp_path: Path) -> None:
    async with hosted(tmp_path, issuer_leeway=0) as site:
        bearer = token(exp=int(time.time()) + 2)
        assert await status(site, bearer) == 200

        async with asyncio.timeout(20):
            while await status(site, bearer) == 200:  # noqa: ASYNC110
                await asyncio.sleep(0.05)

        assert await status(site, bearer) == 401


async def test_host_token_is_refused_without_issuer_setting(site: TestApp) -> None:
    assert await status(site, token()) == 401


async def test_own_tokens_still_work(host: TestApp) -> None:
    guest = await host.guest()

    assert (await viewer(host, guest))["role"] == "GUEST"
    assert await status(host, issue_token(replace(host.settings, secret_key=OTHER_SECRET), 1, Role.ADMIN)) == 401


async def test_shared_secret_verifies_tokens(tmp_path: Path) -> None:
    async with hosted(tmp_path, issuer_keys="", issuer_secret=SECRET) as site:
        assert (await viewer(site, token_by_secret()))["supporter"]["displayName"] == "Katharina S."
        assert await statuses(site, token(), jwt.encode(payload(), SECRET + "!", "HS256")) == [401, 401]


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer_audience": ""},
        {"issuer_keys": ""},
        {"issuer_keys": "nowhere.json"},
        {"issuer_keys": __file__},
        {"issuer_keys": "empty.json"},
        {"issuer_keys": "list.json"},
        {"issuer_keys": "texts.json"},
        {"issuer_secret": SECRET},
        {"issuer_keys": "", "issuer_secret": "short"},
        {"issuer_algorithms": ("none",)},
        {"issuer_algorithms": ("RS256", "HS256")},
        {"issuer_algorithms": ("RS999",)},
        {"issuer_keys": "", "issuer_secret": SECRET, "issuer_algorithms": ("RS256",)},
        {"issuer_claims": (("nickname", "nick"),)},
        {"issuer_roles": (("editor", "KING"),)},
        {"issuer_roles": (("member", "GUEST"),)},
    ],
)
async def test_unsafe_settings_stop_start_up(
    tmp_path: Path, changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in (("empty", "{}"), ("list", "[]"), ("texts", '{"keys": ["key"]}')):
        (tmp_path / f"{name}.json").write_text(text)
    with pytest.raises(SystemExit) as ended:
        async with hosted(tmp_path, **changes):
            pass

    assert SECRET not in str(ended.value)


# ---------------------------------------------------------------- revocation


async def test_newer_token_works_after_sign_out_everywhere(host: TestApp) -> None:
    bearer, other, at = token(), token(jti="2"), int(time.time())
    assert await statuses(host, bearer, other) == [200, 200]
    person = await supporter_id_of(host, bearer)

    await sign_out(host, bearer, everywhere=True)

    assert await statuses(host, bearer, other, token(jti="unseen")) == [401, 401, 401]
    assert await supporter_id_of(host, token(iat=at + 2)) == person


async def test_older_token_does_not_restore_erased_supporter(host: TestApp) -> None:
    """Not even in a process whose token cache is empty."""
    bearer, at = token(), int(time.time())
    person = await supporter_id_of(host, bearer)
    await host.do("eraseSupporter", "receipt { id }", bearer)
    before = await supporter_count()
    clear_token_cache(host)

    assert await statuses(host, bearer, token(jti="2")) == [401, 401]
    assert await supporter_count() == before
    assert await supporter_id_of(host, token(iat=at + 2)) != person


# ---------------------------------------------------------------- transports and cost


async def test_token_works_on_every_transport(host: TestApp) -> None:
    headers = {"authorization": f"Bearer {token()}"}
    async with serving(host) as netloc, httpx2.AsyncClient(base_url=f"http://{netloc}", headers=headers) as http:
        async with socket_of(netloc, token(jti="2")) as client:
            assert (await (await client.run(VIEWER)).data())["viewer"]["role"] == "SUPPORTER"
        async with events(http, "POST", "/graphql/stream", json={"query": VIEWER}) as stream:
            assert (await stream.data())["viewer"]["role"] == "SUPPORTER"
        assert (await http.get("/graphql", params={"query": VIEWER})).json()["data"]["viewer"]["role"] == "SUPPORTER"


async def test_invalid_token_closes_socket(host: TestApp) -> None:
    async with serving(host) as netloc, opened(netloc) as client:
        await client.say({"type": "connection_init", "payload": {"authorization": f"Bearer {token(aud='shop')}"}})

        assert await client.closed() == 4403


async def test_unchanged_token_costs_one_statement(host: TestApp) -> None:
    issued_at = int(time.time())
    await viewer(host, token(iat=issued_at))
    with recorded_statements() as statements:
        for bearer in [token(jti="2", iat=issued_at)] * 3:
            assert "errors" not in await host.post("{ viewer { role } }", bearer)

    assert len(statements) == 1
    assert statements[0].startswith("SELECT")


# ---------------------------------------------------------------- storage


@pytest.mark.skipif(ON_POSTGRES, reason="reads the SQLite file")
async def test_host_claims_are_stored_encrypted(host: TestApp) -> None:
    await viewer(host, token())

    file = Path(host.settings.database_url.removeprefix("sqlite://"))
    stored = b"".join(part.read_bytes() for part in file.parent.glob(f"{file.name}*"))

    assert b"Katharina" in stored
    for secret in ("Sommerfeldt", "secret.example", "members.example"):
        assert secret.encode() not in stored


async def test_supporter_is_found_after_encryption_key_rotation(tmp_path: Path) -> None:
    old, new = "the-old-key-which-is-long-enough-for-anyone", "the-new-key-which-is-long-enough-for-anyone"
    async with hosted(tmp_path, encryption_keys=(old,)) as site:
        person = await supporter_id_of(site, token())
        storage.sealing.use(replace(site.settings, encryption_keys=(new, old)))
        await reseal()
        storage.sealing.use(replace(site.settings, encryption_keys=(new,)))
        clear_token_cache(site)

        subject_hash = storage.sealing.keys().hash(str(KATHARINA["sub"]))
        identity = await HostIdentity.get(issuer=ISSUER, subject_hash=subject_hash)

        assert identity.supporter_id == person


# ---------------------------------------------------------------- keys at a URL


class JwksServer:
    """The state of a real HTTP server of a JWKS; tests make the server fail."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.request_count = 0
        self.status = 200
        self.body = json.dumps(key_set("first"))
        self.silent = threading.Event()


@contextmanager
def jwks_server() -> Iterator[JwksServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.request_count += 1
            if server.silent.is_set():
                ended.wait(30)
                return
            self.send_response(server.status)
            self.end_headers()
            self.wfile.write(server.body.encode())

        def log_message(self, *args: Any) -> None:
            pass

    ended = threading.Event()
    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = JwksServer(f"http://127.0.0.1:{listener.server_address[1]}/jwks.json")
    running = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01})
    running.start()
    try:
        yield server
    finally:
        ended.set()
        listener.shutdown()
        running.join()
        listener.server_close()


async def test_keys_are_fetched_once(tmp_path: Path) -> None:
    with jwks_server() as jwks:
        async with hosted(tmp_path, issuer_keys=jwks.url) as site:
            assert jwks.request_count == 0, "the site starts without the host"
            seen = await asyncio.gather(*(status(site, token(jti=str(number))) for number in range(10)))

            assert set(seen) == {200}
            assert jwks.request_count == 1


async def test_unknown_key_id_fetches_keys_at_most_once_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with jwks_server() as jwks:
        async with hosted(tmp_path, issuer_keys=jwks.url) as site:
            assert await status(site, token()) == 200
            jwks.body = json.dumps(key_set("second"))

            assert await statuses(site, token("second"), token("second"), token("third")) == [401, 401, 401]
            assert jwks.request_count == 1, "at most once a minute"

            monkeypatch.setattr("auth.jwks.FETCH_INTERVAL_SECONDS", 0.0)
            assert await status(site, token("second")) == 200
            assert jwks.request_count == 2
            assert await status(site, token(jti="2")) == 401, "the first key was withdrawn"


async def test_withdrawn_key_is_refused_after_cache_expires(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with jwks_server() as jwks:
        async with hosted(tmp_path, issuer_keys=jwks.url) as site:
            assert await status(site, token()) == 200
            jwks.body = json.dumps(key_set("second"))
            assert await status(site, token(jti="2")) == 200

            monkeypatch.setattr("auth.jwks.CACHE_SECONDS", 0.0)
            monkeypatch.setattr("auth.jwks.FETCH_INTERVAL_SECONDS", 0.0)
            assert await status(site, token(jti="3")) == 401


async def test_failed_fetch_keeps_cached_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auth.jwks.CACHE_SECONDS", 0.0)
    monkeypatch.setattr("auth.jwks.FETCH_INTERVAL_SECONDS", 0.0)
    with jwks_server() as jwks:
        async with hosted(tmp_path, issuer_keys=jwks.url) as site:
            assert await status(site, token()) == 200
            for jwks.status, jwks.body in ((500, ""), (200, "nonsense"), (200, "[]"), (200, '{"keys": []}')):
                assert await status(site, token(jti=jwks.body)) == 200


@pytest.mark.parametrize("failure", ["gone", "failing", "nonsense", "silent", "redirecting"])
async def test_unreachable_key_server_is_a_refusal(
    tmp_path: Path, failure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The refusal comes within seconds and is no internal error; a request without a token is answered."""
    monkeypatch.setattr("auth.jwks.FETCH_TIMEOUT_SECONDS", 0.2)
    with jwks_server() as jwks:
        url = "http://127.0.0.1:1/jwks.json" if failure == "gone" else jwks.url
        jwks.status = {"failing": 503, "redirecting": 302}.get(failure, 200)
        jwks.body = "nonsense" if failure == "nonsense" else jwks.body
        if failure == "silent":
            jwks.silent.set()
        async with hosted(tmp_path, issuer_keys=url) as site, asyncio.timeout(5):
            headers = {"authorization": f"Bearer {token()}"}
            answer = await site.http.post("/graphql", json={"query": VIEWER}, headers=headers)

            assert answer.status_code == 401
            assert "try again in a minute" in answer.json()["errors"][0]["message"]
            assert "127.0.0.1" not in answer.text
            assert "errors" not in await site.post(VIEWER)


async def test_secrets_and_encryption_keys_in_key_set_are_ignored(tmp_path: Path) -> None:
    secret = {"kty": "oct", "kid": "secret", "k": jwt.utils.base64url_encode(SECRET.encode()).decode()}
    other = RSAAlgorithm.to_jwk(rsa_key("second").public_key(), as_dict=True) | {"kid": "second", "use": "enc"}
    file = tmp_path / "host.json"
    file.write_text(json.dumps({"keys": [*key_set("first")["keys"], secret, other]}))
    async with hosted(tmp_path, issuer_keys=str(file)) as site:
        by_oct = jwt.encode(payload(), SECRET, "HS256", {"kid": "secret"})

        assert await statuses(site, token(), by_oct, token("second")) == [200, 401, 401]


def test_claim_names_default_to_openid_connect() -> None:
    settings = replace(Settings(), issuer=ISSUER, issuer_audience=AUDIENCE, issuer_secret=SECRET)

    assert ExternalIssuer(settings)._claim_paths == {name: name for name in CLAIMS}
