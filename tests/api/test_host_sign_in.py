"""The host site's own sign-in: whose tokens are good here, whom they name, and what never comes in with them."""

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

import models
import storage
from auth.host_sign_in import CLAIMS, ExternalIssuer
from auth.token_cache import TokenCache
from auth.tokens import issue_token
from jobs.resealing import reseal
from models import Role
from settings import Settings
from storage.database import Statement
from tests.api.test_sessions import number_of, sign_out, status, statuses, write
from tests.support.app import ON_POSTGRES, TestApp, running_app
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
    """What the host publishes."""
    keys = [RSAAlgorithm.to_jwk(rsa_key(name).public_key(), as_dict=True) | {"kid": name} for name in names]
    curve = ECAlgorithm.to_jwk(ec_key().public_key(), as_dict=True) | {"kid": "curve"}
    return {"keys": [*keys, curve]}


def said(**claims: Any) -> dict[str, Any]:
    """The claims of a token of the host's; null takes one away."""
    at = int(time.time())
    good = {"iss": ISSUER, "aud": AUDIENCE, "iat": at - 1, "exp": at + 300} | KATHARINA
    return {name: value for name, value in (good | claims).items() if value is not None}


def token(kid: str = "first", **claims: Any) -> str:
    return jwt.encode(said(**claims), rsa_key(kid), "RS256", {"kid": kid})


def by_secret(**claims: Any) -> str:
    return jwt.encode(said(**claims), SECRET, "HS256")


@asynccontextmanager
async def hosted(folder: Path, **changes: Any) -> AsyncIterator[TestApp]:
    """A site that knows the host by a file of its keys, unless something else is said."""
    file = folder / "keys.json"
    file.write_text(json.dumps(key_set("first")))
    given = {"issuer": ISSUER, "issuer_audience": AUDIENCE, "issuer_keys": str(file)} | changes
    async with running_app(**given) as site:
        yield site


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[TestApp]:
    async with hosted(tmp_path) as site:
        yield site


async def viewer(site: TestApp, bearer: str) -> dict[str, Any]:
    found: dict[str, Any] = (await site.ask(VIEWER, bearer))["viewer"]
    return found


def restarted(site: TestApp) -> None:
    """What a process remembers is gone."""
    site.groundswell.token_cache = TokenCache()


PEOPLE = Statement("SELECT count(*) FROM supporters")


async def people() -> int:
    return int((await storage.fetch(PEOPLE))[0][0])


# ---------------------------------------------------------------- whom a token names


async def test_a_token_of_the_hosts_makes_a_supporter(host: TestApp) -> None:
    found = await viewer(host, token())

    assert found["role"] == "SUPPORTER"
    assert found["scopes"] == ["READ", "SIGN", "COMMENT", "REACT"]
    assert (found["supporter"]["displayName"], found["supporter"]["badge"]) == ("Katharina S.", "SUPPORTER")
    assert found["profile"] == {
        "givenName": "Katharina",
        "familyName": "Sommerfeldt",
        "email": "k.sommerfeldt@secret.example",
        "emailVerified": True,
        "nameDisplay": "FIRST_NAME_INITIAL",
    }


async def test_later_tokens_name_the_same_person(host: TestApp) -> None:
    first, second = await viewer(host, token()), await viewer(host, token(jti="2"))
    restarted(host)

    assert first == second == await viewer(host, token(jti="3"))
    other = await viewer(host, token(sub="grace", email="grace@secret.example"))
    assert other["supporter"]["id"] != first["supporter"]["id"]


async def test_a_person_of_the_hosts_takes_part(host: TestApp) -> None:
    campaign = await host.campaign()

    answer = await host.do(
        "postComment", "comment { author { displayName } }", token(), campaignId=campaign, body="Well said."
    )

    assert answer["comment"]["author"]["displayName"] == "Katharina S."


async def test_first_requests_at_once_make_one_person(host: TestApp) -> None:
    before = await people()
    tokens = [token(jti=str(number)) for number in range(20)]

    seen = await asyncio.gather(*(viewer(host, bearer) for bearer in tokens))

    assert len({found["supporter"]["id"] for found in seen}) == 1
    assert await people() == before + 1


@pytest.mark.skipif(ON_POSTGRES, reason="it starts a process on the test's own file")
async def test_first_requests_to_two_processes_make_one_person(host: TestApp) -> None:
    settings = {"ISSUER": ISSUER, "ISSUER_AUDIENCE": AUDIENCE, "ISSUER_KEYS": host.settings.issuer_keys}
    async with process(host.settings.database_url, **settings) as served, httpx2.AsyncClient() as there:
        for number in range(10):
            bearer = token(sub=str(number), email=None)
            asked: dict[str, Any] = {"json": {"query": VIEWER}, "headers": {"authorization": f"Bearer {bearer}"}}

            here, elsewhere = await asyncio.gather(viewer(host, bearer), there.post(f"{served.url}/graphql", **asked))

            assert here == elsewhere.json()["data"]["viewer"]


async def test_what_the_host_says_anew_changes_the_person(host: TestApp) -> None:
    before = await viewer(host, token())

    after = await viewer(host, token(given_name="Käthe", family_name="Winter", email="kw@secret.example"))

    assert after["supporter"] == before["supporter"] | {"displayName": "Käthe W."}
    assert (after["profile"]["familyName"], after["profile"]["email"]) == ("Winter", "kw@secret.example")


async def test_how_much_is_shown_stays_the_persons_own_choice(host: TestApp) -> None:
    await viewer(host, token())
    await host.do("updateProfile", "replayed", token(jti="2"), nameDisplay="ANONYMOUS", givenName="K")

    assert (await viewer(host, token(jti="3")))["profile"]["givenName"] == "K"
    assert (await viewer(host, token(given_name="Käthe")))["supporter"]["displayName"] == "A supporter"


async def test_a_change_is_told_to_those_who_watch(host: TestApp) -> None:
    campaign = await host.campaign()
    await host.comment(campaign, token())

    await viewer(host, token(given_name="Käthe"))

    kinds = "query($id: ID!) { campaign(id: $id) { activity(first: 1) { nodes { kind actorName } } } }"
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
async def test_a_name_is_screened_like_everyones(host: TestApp, claims: dict[str, Any], shown: str) -> None:
    """One that can't be shown keeps nobody out. Of a full name it is not known which part is the family's."""
    assert (await viewer(host, token(**claims)))["supporter"]["displayName"] == shown


@pytest.mark.parametrize("verified", [False, None, "true", 1])
async def test_an_address_is_verified_where_the_host_says_so(host: TestApp, verified: Any) -> None:
    found = await viewer(host, token(email_verified=verified))

    assert (found["profile"]["email"], found["profile"]["emailVerified"]) == (KATHARINA["email"], False)
    assert found["supporter"]["badge"] == "NONE"


async def test_an_address_that_is_none_keeps_nobody_out(host: TestApp) -> None:
    found = await viewer(host, token(email="nonsense"))

    assert (found["profile"]["email"], found["profile"]["emailVerified"]) == (None, False)


SIGNED = "query($id: ID!) { campaign(id: $id) { supporters { total } viewerSignature { state } } }"
VERIFY = Statement("UPDATE profiles SET email_verified = true WHERE supporter_id = $1 RETURNING id")


async def known(site: TestApp, verified: bool) -> int:
    """Somebody who is here already with Katharina's address."""
    number = await number_of(site, await site.guest("Katharina Sommer", email=KATHARINA["email"]))
    if verified:
        await write(VERIFY, number)
    return number


async def test_a_verified_address_makes_one_the_person_who_verified_it_here(host: TestApp) -> None:
    number = await known(host, verified=True)

    assert await number_of(host, token()) == number
    assert (await viewer(host, token()))["profile"]["familyName"] == "Sommer"


@pytest.mark.parametrize(("here", "there"), [(True, False), (False, True), (False, False)])
async def test_an_address_that_either_has_not_verified_makes_a_person_of_ones_own(
    host: TestApp, here: bool, there: bool
) -> None:
    number = await known(host, verified=here)

    assert await number_of(host, token(email_verified=there)) != number


async def test_what_was_signed_with_the_address_is_the_persons(host: TestApp) -> None:
    """Counted once, as for anyone who has proven an address."""
    campaign = await host.campaign()
    given = {"campaignId": campaign, "givenName": "Katharina", "email": KATHARINA["email"]}
    await host.do("signPetition", "accessToken", **given)

    found = await host.ask(SIGNED, token(), id=campaign)

    assert found["campaign"] == {"supporters": {"total": 1}, "viewerSignature": {"state": "CONFIRMED"}}
    await host.do("signPetition", "accessToken", token(), **given)
    assert (await host.ask(SIGNED, token(), id=campaign)) == found


async def test_an_address_that_another_has_verified_stays_theirs(host: TestApp) -> None:
    await viewer(host, token(email="other@secret.example"))
    await known(host, verified=True)

    found = await viewer(host, token())

    assert (found["profile"]["email"], found["profile"]["emailVerified"]) == ("other@secret.example", True)


async def test_an_address_that_was_verified_does_not_give_way_to_one_that_was_not(host: TestApp) -> None:
    await viewer(host, token())

    found = await viewer(host, token(email="typed@secret.example", email_verified=False))

    assert (found["profile"]["email"], found["profile"]["emailVerified"]) == (KATHARINA["email"], True)


# ---------------------------------------------------------------- roles and claims


ROLES = (("chief", "ADMIN"), ("editor", "MODERATOR"))


@pytest.mark.parametrize(
    ("role", "here"),
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
async def test_a_role_is_what_the_operator_says_it_is(tmp_path: Path, role: Any, here: str) -> None:
    async with hosted(tmp_path, issuer_roles=ROLES) as site:
        assert (await viewer(site, token(role=role)))["role"] == here


async def test_no_role_of_the_hosts_is_staff_unless_the_operator_says_so(host: TestApp) -> None:
    for role in ("ADMIN", "MODERATOR", "CAMPAIGNER", "INTEGRATOR"):
        assert (await viewer(host, token(role=role)))["role"] == "SUPPORTER"


async def test_who_is_staff_no_more_is_not_by_the_next_token(tmp_path: Path) -> None:
    queue = "{ moderationQueue { totalCount } }"
    async with hosted(tmp_path, issuer_roles=ROLES) as site:
        assert "errors" not in await site.post(queue, token(role="editor"))
        assert await site.codes(queue, token()) == ["FORBIDDEN"]


async def test_claims_may_have_other_names(tmp_path: Path) -> None:
    claims = (("sub", "uid"), ("given_name", "https://host.example/first"), ("role", "realm_access.roles"))
    theirs: dict[str, Any] = {
        "uid": 17,
        "https://host.example/first": "Anna",
        "realm_access": {"roles": ["editor"]},
        "sub": None,
        "email": None,
    }
    async with hosted(tmp_path, issuer_claims=claims, issuer_roles=ROLES) as site:
        found = await viewer(site, token(**theirs))

        assert (found["role"], found["supporter"]["displayName"]) == ("MODERATOR", "Anna S.")
        assert await number_of(site, token(**theirs)) != await number_of(site, token(**theirs | {"uid": 18}))


# ---------------------------------------------------------------- tokens that are not good


def confused() -> str:
    """HS256 with the public key for a secret."""
    public = rsa_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head = jwt.utils.base64url_encode(b'{"alg":"HS256","kid":"first","typ":"JWT"}')
    body = jwt.utils.base64url_encode(json.dumps(said()).encode())
    mac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(head + b"." + body, public)
    return b".".join([head, body, jwt.utils.base64url_encode(mac)]).decode()


def altered() -> str:
    head, _, signature = token().split(".")
    body = jwt.utils.base64url_encode(json.dumps(said(sub="somebody else")).encode()).decode()
    return f"{head}.{body}.{signature}"


BAD: dict[str, Any] = {
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
    "alg none": lambda: jwt.encode(said(), "", "none", {"kid": "first"}),
    "the public key for a secret": confused,
    "our name for a secret": by_secret,
    "another key": lambda: jwt.encode(said(), rsa_key("second"), "RS256", {"kid": "first"}),
    "an unknown key": lambda: token("second"),
    "another kind of key": lambda: jwt.encode(said(), ec_key(), "ES256", {"kid": "first"}),
    "an algorithm that is not pinned": lambda: jwt.encode(said(), rsa_key(), "RS512", {"kid": "first"}),
    "which key it is not said": lambda: jwt.encode(said(), rsa_key(), "RS256"),
}


@pytest.mark.parametrize("how", BAD)
async def test_a_token_that_is_not_good_is_refused_and_makes_nobody(host: TestApp, how: str) -> None:
    before = await people()
    headers = {"authorization": f"Bearer {BAD[how]()}"}

    answer = await host.http.post("/graphql", json={"query": VIEWER}, headers=headers)

    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert "secret.example" not in answer.text
    assert await people() == before


async def test_a_clock_may_differ_by_the_leeway(host: TestApp) -> None:
    at = int(time.time())

    assert await statuses(host, token(exp=at - 10), token(iat=at + 20), token(nbf=at + 20)) == [200, 200, 200]


async def test_a_key_of_another_kind_is_as_good(host: TestApp) -> None:
    assert await status(host, jwt.encode(said(), ec_key(), "ES256", {"kid": "curve"})) == 200


async def test_a_token_that_is_remembered_expires_nevertheless(tmp_path: Path) -> None:
    async with hosted(tmp_path, issuer_leeway=0) as site:
        bearer = token(exp=int(time.time()) + 2)
        assert await status(site, bearer) == 200

        async with asyncio.timeout(20):
            while await status(site, bearer) == 200:  # noqa: ASYNC110
                await asyncio.sleep(0.05)

        assert await status(site, bearer) == 401


async def test_without_an_issuer_its_tokens_are_nobodys(site: TestApp) -> None:
    assert await status(site, token()) == 401


async def test_our_own_tokens_are_good_as_before(host: TestApp) -> None:
    guest = await host.guest()

    assert (await viewer(host, guest))["role"] == "GUEST"
    assert await status(host, issue_token(replace(host.settings, secret_key="another"), 1, Role.ADMIN)) == 401


async def test_a_shared_secret_will_do(tmp_path: Path) -> None:
    async with hosted(tmp_path, issuer_keys="", issuer_secret=SECRET) as site:
        assert (await viewer(site, by_secret()))["supporter"]["displayName"] == "Katharina S."
        assert await statuses(site, token(), jwt.encode(said(), SECRET + "!", "HS256")) == [401, 401]


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
async def test_settings_that_would_let_anyone_in_end_the_process(
    tmp_path: Path, changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in (("empty", "{}"), ("list", "[]"), ("texts", '{"keys": ["key"]}')):
        (tmp_path / f"{name}.json").write_text(text)
    with pytest.raises(SystemExit) as ended:
        async with hosted(tmp_path, **changes):
            pass

    assert SECRET not in str(ended.value)


# ---------------------------------------------------------------- the end of a token


async def test_one_who_signs_out_everywhere_comes_back_with_a_newer_token(host: TestApp) -> None:
    bearer, other, at = token(), token(jti="2"), int(time.time())
    assert await statuses(host, bearer, other) == [200, 200]
    person = await number_of(host, bearer)

    await sign_out(host, bearer, everywhere=True)

    assert await statuses(host, bearer, other, token(jti="unseen")) == [401, 401, 401]
    assert await number_of(host, token(iat=at + 2)) == person


async def test_a_token_of_before_brings_no_erased_person_back(host: TestApp) -> None:
    """Not even in a process that does not remember anything."""
    bearer, at = token(), int(time.time())
    person = await number_of(host, bearer)
    await host.do("eraseSupporter", "receipt { id }", bearer)
    before = await people()
    restarted(host)

    assert await statuses(host, bearer, token(jti="2")) == [401, 401]
    assert await people() == before
    assert await number_of(host, token(iat=at + 2)) != person


# ---------------------------------------------------------------- every carrier, and its price


async def test_a_token_is_good_on_every_carrier(host: TestApp) -> None:
    headers = {"authorization": f"Bearer {token()}"}
    async with serving(host) as address, httpx2.AsyncClient(base_url=f"http://{address}", headers=headers) as http:
        async with socket_of(address, token(jti="2")) as client:
            assert (await (await client.run(VIEWER)).data())["viewer"]["role"] == "SUPPORTER"
        async with events(http, "POST", "/graphql/stream", json={"query": VIEWER}) as told:
            assert (await told.data())["viewer"]["role"] == "SUPPORTER"
        assert (await http.get("/graphql", params={"query": VIEWER})).json()["data"]["viewer"]["role"] == "SUPPORTER"


async def test_a_bad_token_closes_the_socket(host: TestApp) -> None:
    async with serving(host) as address, opened(address) as client:
        await client.say({"type": "connection_init", "payload": {"authorization": f"Bearer {token(aud='shop')}"}})

        assert await client.closed() == 4403


async def test_a_token_is_looked_up_once(host: TestApp) -> None:
    await viewer(host, token())
    with recorded_statements() as statements:
        for bearer in [token(jti="2")] * 3:
            assert "errors" not in await host.post("{ viewer { role } }", bearer)

    assert len(statements) == 1
    assert statements[0].startswith("SELECT")


# ---------------------------------------------------------------- what is stored


@pytest.mark.skipif(ON_POSTGRES, reason="it looks into the database's file")
async def test_nothing_of_what_the_host_says_is_stored_in_clear(host: TestApp) -> None:
    await viewer(host, token())

    file = Path(host.settings.database_url.removeprefix("sqlite://"))
    kept = b"".join(part.read_bytes() for part in file.parent.glob(f"{file.name}*"))

    assert b"Katharina" in kept
    for secret in ("Sommerfeldt", "secret.example", "members.example"):
        assert secret.encode() not in kept


async def test_a_person_is_found_after_the_encryption_key_has_changed(tmp_path: Path) -> None:
    old, new = "the-old-key-which-is-long-enough-for-anyone", "the-new-key-which-is-long-enough-for-anyone"
    async with hosted(tmp_path, encryption_keys=(old,)) as site:
        person = await number_of(site, token())
        storage.sealing.use(replace(site.settings, encryption_keys=(new, old)))
        await reseal()
        storage.sealing.use(replace(site.settings, encryption_keys=(new,)))
        restarted(site)

        (identity,) = await storage.read(
            models.Identity, models.host_sign_in.OF_SUBJECT, ISSUER, storage.json_list([hash_of(KATHARINA["sub"])])
        )

        assert identity.supporter_id == person


def hash_of(subject: Any) -> str:
    return storage.sealing.keys().hash(subject)


# ---------------------------------------------------------------- keys behind a URL


class Host:
    """A real server of a JWKS, that can fall ill."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked = 0
        self.status = 200
        self.body = json.dumps(key_set("first"))
        self.silent = threading.Event()


@contextmanager
def jwks_server() -> Iterator[Host]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host.asked += 1
            if host.silent.is_set():
                over.wait(30)
                return
            self.send_response(host.status)
            self.end_headers()
            self.wfile.write(host.body.encode())

        def log_message(self, *args: Any) -> None:
            pass

    over = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    host = Host(f"http://127.0.0.1:{server.server_address[1]}/jwks.json")
    running = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    running.start()
    try:
        yield host
    finally:
        over.set()
        server.shutdown()
        running.join()
        server.server_close()


async def test_keys_are_asked_for_once(tmp_path: Path) -> None:
    with jwks_server() as jwks:
        async with hosted(tmp_path, issuer_keys=jwks.url) as site:
            assert jwks.asked == 0, "the site starts, whether or not the host answers"
            seen = await asyncio.gather(*(status(site, token(jti=str(number))) for number in range(10)))

            assert set(seen) == {200}
            assert jwks.asked == 1


async def test_a_new_key_is_found_and_an_unknown_one_asked_for_once_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with jwks_server() as jwks:
        async with hosted(tmp_path, issuer_keys=jwks.url) as site:
            assert await status(site, token()) == 200
            jwks.body = json.dumps(key_set("second"))

            assert await statuses(site, token("second"), token("second"), token("third")) == [401, 401, 401]
            assert jwks.asked == 1, "a minute is not over"

            monkeypatch.setattr("auth.jwks.AGAIN", 0.0)
            assert await status(site, token("second")) == 200
            assert jwks.asked == 2
            assert await status(site, token(jti="2")) == 401, "the first key was taken back"


async def test_a_key_that_is_taken_back_is_good_no_longer_than_keys_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with jwks_server() as jwks:
        async with hosted(tmp_path, issuer_keys=jwks.url) as site:
            assert await status(site, token()) == 200
            jwks.body = json.dumps(key_set("second"))
            assert await status(site, token(jti="2")) == 200

            monkeypatch.setattr("auth.jwks.KEPT", 0.0)
            monkeypatch.setattr("auth.jwks.AGAIN", 0.0)
            assert await status(site, token(jti="3")) == 401


async def test_a_host_that_does_not_answer_signs_nobody_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auth.jwks.KEPT", 0.0)
    monkeypatch.setattr("auth.jwks.AGAIN", 0.0)
    with jwks_server() as jwks:
        async with hosted(tmp_path, issuer_keys=jwks.url) as site:
            assert await status(site, token()) == 200
            for jwks.status, jwks.body in ((500, ""), (200, "nonsense"), (200, "[]"), (200, '{"keys": []}')):
                assert await status(site, token(jti=jwks.body)) == 200


@pytest.mark.parametrize("ill", ["gone", "failing", "nonsense", "silent", "redirecting"])
async def test_a_host_that_never_answered_is_said_to_be_away(
    tmp_path: Path, ill: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a refusal, within seconds, and not as a mistake of ours; who sends no token is answered as ever."""
    monkeypatch.setattr("auth.jwks.SECONDS", 0.2)
    with jwks_server() as jwks:
        url = "http://127.0.0.1:1/jwks.json" if ill == "gone" else jwks.url
        jwks.status = {"failing": 503, "redirecting": 302}.get(ill, 200)
        jwks.body = "nonsense" if ill == "nonsense" else jwks.body
        if ill == "silent":
            jwks.silent.set()
        async with hosted(tmp_path, issuer_keys=url) as site, asyncio.timeout(5):
            headers = {"authorization": f"Bearer {token()}"}
            answer = await site.http.post("/graphql", json={"query": VIEWER}, headers=headers)

            assert answer.status_code == 401
            assert "try again in a minute" in answer.json()["errors"][0]["message"]
            assert "127.0.0.1" not in answer.text
            assert "errors" not in await site.post(VIEWER)


async def test_secrets_and_keys_for_encryption_in_a_key_set_verify_nothing(tmp_path: Path) -> None:
    secret = {"kty": "oct", "kid": "secret", "k": jwt.utils.base64url_encode(SECRET.encode()).decode()}
    other = RSAAlgorithm.to_jwk(rsa_key("second").public_key(), as_dict=True) | {"kid": "second", "use": "enc"}
    file = tmp_path / "theirs.json"
    file.write_text(json.dumps({"keys": [*key_set("first")["keys"], secret, other]}))
    async with hosted(tmp_path, issuer_keys=str(file)) as site:
        by_oct = jwt.encode(said(), SECRET, "HS256", {"kid": "secret"})

        assert await statuses(site, token(), by_oct, token("second")) == [200, 401, 401]


def test_an_issuer_tells_what_it_reads() -> None:
    """The names of OpenID Connect, where the operator says nothing."""
    settings = replace(Settings(), issuer=ISSUER, issuer_audience=AUDIENCE, issuer_secret=SECRET)

    assert ExternalIssuer(settings)._claims == {name: name for name in CLAIMS}
