"""API keys: scopes, expiry and revocation of a program's key, which is shown once and never stored."""

import asyncio
import re
from pathlib import Path
from typing import Any

import httpx2
import pytest

import resolvers.api_keys
import storage
from models import ApiKey, Role
from settings import settings
from tests.support.app import ON_POSTGRES, TestApp, running_app
from tests.support.operator_commands import run
from tests.support.serving import PATIENCE, events, opened, process, serving, socket_of
from tests.support.statements import recorded_statements

pytestmark = pytest.mark.anyio

VIEWER = "{ viewer { role scopes } }"
QUEUE = "{ moderationQueue { totalCount } }"
KEYS = "{ apiKeys { totalCount nodes { id name prefix scopes createdAt expiresAt lastUsedAt revokedAt } } }"
KEY = re.compile(r"gsk_[\w-]{43}")


async def create(site: TestApp, *scopes: str, **given: Any) -> dict[str, Any]:
    """Create a key as an administrator, and return the payload."""
    admin = await site.staff(Role.ADMIN, "Ad Ministrator")
    values = {"name": "Friends of Freedom", "scopes": scopes or ["READ"]} | given
    return await site.do("createApiKey", "key apiKey { id prefix scopes name expiresAt }", admin, **values)


async def key_of(site: TestApp, *scopes: str, **given: Any) -> str:
    return str((await create(site, *scopes, **given))["key"])


async def revoke(site: TestApp, key: dict[str, Any]) -> dict[str, Any]:
    admin = await site.staff(Role.ADMIN, "Ad Ministrator")
    return await site.do("revokeApiKey", "apiKey { revokedAt }", admin, apiKeyId=key["apiKey"]["id"])


async def listed(site: TestApp) -> list[dict[str, Any]]:
    data = await site.ask(KEYS, await site.staff(Role.ADMIN, "Ad Ministrator"))
    keys: list[dict[str, Any]] = data["apiKeys"]["nodes"]
    return keys


async def status(site: TestApp, key: str) -> int:
    headers = {"authorization": f"Bearer {key}"}
    return (await site.http.post("/graphql", json={"query": VIEWER}, headers=headers)).status_code


async def eventually(condition: Any) -> None:
    """Wait until an asynchronous condition is true."""
    async with asyncio.timeout(PATIENCE):
        while not await condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


# ---------------------------------------------------------------- scopes


async def test_key_is_integrator_with_exactly_its_scopes(site: TestApp) -> None:
    key = await key_of(site, "REPORT_TALLIES", "READ")

    assert KEY.fullmatch(key)
    assert (await site.ask(VIEWER, key))["viewer"] == {"role": "INTEGRATOR", "scopes": ["READ", "REPORT_TALLIES"]}


async def test_field_needs_its_scope(site: TestApp) -> None:
    assert "errors" not in await site.post(QUEUE, await key_of(site, "MODERATE"))
    assert await site.codes(QUEUE, await key_of(site, "MANAGE_CAMPAIGNS", "ERASE")) == ["FORBIDDEN"]


async def test_mutation_needs_its_scope(site: TestApp) -> None:
    campaign, key = await site.campaign(), await key_of(site, "MANAGE_CAMPAIGNS")

    update = await site.do("postUpdate", "__typename", key, campaignId=campaign, title="News", body="Good.")
    comment = await site.do("postComment", "__typename", key, campaignId=campaign, body="Well said.")

    assert update["__typename"] == "PostUpdatePayload"
    assert comment["code"] == "FORBIDDEN"


async def test_key_with_every_scope_cannot_create_keys(site: TestApp) -> None:
    scopes = ["READ", "SIGN", "COMMENT", "REACT", "MODERATE", "MANAGE_CAMPAIGNS", "RECORD_DONATIONS"]
    key = await key_of(site, *scopes, "REPORT_TALLIES", "EXPORT", "ERASE", "WEBHOOKS")

    assert (await site.do("createApiKey", "__typename", key, name="Another", scopes=["READ"]))["code"] == "FORBIDDEN"
    assert await site.codes(KEYS, key) == ["FORBIDDEN"]


async def test_key_writes_under_its_name(site: TestApp) -> None:
    campaign, key = await site.campaign(), await key_of(site, "COMMENT")

    given = {"campaignId": campaign, "body": "Well said."}
    posted = await site.do("postComment", "comment { author { displayName badge } }", key, **given)

    assert posted["comment"]["author"] == {"displayName": "Friends of Freedom", "badge": "PARTNER"}


@pytest.mark.parametrize(
    "key", ["gsk_", "gsk_nonsense", "GSK_" + "a" * 43, "gsk_" + "a" * 43, "gsk_" + "é" * 43, "gsk_" + "a" * 5000]
)
async def test_unknown_key_is_refused(site: TestApp, key: str) -> None:
    headers = [(b"authorization", b"Bearer " + key.encode())]

    answer = await site.http.post("/graphql", json={"query": VIEWER}, headers=headers)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


# ---------------------------------------------------------------- the list


async def test_keys_are_listed_newest_first_a_page_at_a_time(site: TestApp) -> None:
    admin = await site.staff(Role.ADMIN, "Ad Ministrator")
    for name in "ABCDE":
        await site.do("createApiKey", "key", admin, name=name, scopes=["READ"])
    query = """query ($first: Int, $after: String) { apiKeys(first: $first, after: $after) {
      totalCount nodes { name } pageInfo { hasNextPage endCursor } } }"""

    names: list[str] = []
    after, has_next_page = None, True
    while has_next_page:
        page = (await site.ask(query, admin, first=2, after=after))["apiKeys"]
        assert page["totalCount"] == 5
        names += [key["name"] for key in page["nodes"]]
        after, has_next_page = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]

    assert names == [*"EDCBA"]


async def test_revoked_and_expired_keys_stay_in_the_list(site: TestApp) -> None:
    revoked, expired = await create(site, name="Revoked"), await create(site, name="Expired")
    await revoke(site, revoked)
    await ApiKey.filter(name="Expired").update(expires_at=storage.now())

    page = (await site.ask(KEYS, await site.staff(Role.ADMIN, "Ad Ministrator")))["apiKeys"]

    assert page["totalCount"] == 2
    assert [key["id"] for key in page["nodes"]] == [expired["apiKey"]["id"], revoked["apiKey"]["id"]]


async def test_keys_are_counted_only_if_the_count_is_selected(site: TestApp) -> None:
    admin = await site.staff(Role.ADMIN, "Ad Ministrator")

    with recorded_statements() as with_count:
        await site.ask("{ apiKeys { totalCount nodes { id } } }", admin)
    with recorded_statements() as without_count:
        await site.ask("{ apiKeys { nodes { id } } }", admin)

    assert len(with_count) == len(without_count) + settings.compiled


# ---------------------------------------------------------------- transports


async def test_key_works_on_socket(site: TestApp) -> None:
    key = await key_of(site, "MODERATE")
    async with serving(site) as netloc, socket_of(netloc, key) as client:
        assert (await (await client.run(VIEWER)).data())["viewer"] == {"role": "INTEGRATOR", "scopes": ["MODERATE"]}


async def test_unknown_key_closes_socket(site: TestApp) -> None:
    async with serving(site) as netloc, opened(netloc) as client:
        await client.say({"type": "connection_init", "payload": {"authorization": "Bearer gsk_nonsense"}})

        assert await client.closed() == 4403


@pytest.mark.parametrize("path", ["/graphql", "/graphql/stream"])
async def test_key_works_on_event_stream(site: TestApp, path: str) -> None:
    headers = {"authorization": f"Bearer {await key_of(site, 'MODERATE')}"}
    async with serving(site) as netloc, httpx2.AsyncClient(base_url=f"http://{netloc}") as http:
        for method, content in (("POST", {"json": {"query": VIEWER}}), ("GET", {"params": {"query": VIEWER}})):
            async with events(http, method, path, headers=headers, **content) as stream:
                assert (await stream.data())["viewer"]["role"] == "INTEGRATOR"


async def test_key_works_on_get_request(site: TestApp) -> None:
    headers = {"authorization": f"Bearer {await key_of(site)}"}

    answer = await site.http.get("/graphql", params={"query": VIEWER}, headers=headers)

    assert answer.json()["data"]["viewer"]["role"] == "INTEGRATOR"


# ---------------------------------------------------------------- creation


async def test_retry_creates_no_second_key_and_does_not_show_first_again(site: TestApp) -> None:
    admin = await site.staff(Role.ADMIN)
    given = {"name": "Friends", "scopes": ["READ"], "idempotencyKey": "once"}

    first = await site.do("createApiKey", "key apiKey { id }", admin, **given)
    again = await site.do("createApiKey", "key apiKey { id }", admin, **given)

    assert KEY.fullmatch(first["key"])
    assert (again["replayed"], again["key"], again["apiKey"]) == (True, None, first["apiKey"])
    assert len(await listed(site)) == 1


async def test_list_shows_key_prefix_only(site: TestApp) -> None:
    key = await create(site, "READ", "EXPORT", expiresAt="2999-01-02T03:04:05Z")

    (shown,) = await listed(site)

    assert shown["prefix"] == key["key"][:8]
    assert key["key"] not in str(shown)
    assert (shown["name"], shown["scopes"]) == ("Friends of Freedom", ["READ", "EXPORT"])
    assert (shown["expiresAt"], shown["lastUsedAt"], shown["revokedAt"]) == ("2999-01-02T03:04:05+00:00", None, None)


@pytest.mark.skipif(ON_POSTGRES, reason="reads the SQLite file")
async def test_database_contains_no_key(site: TestApp) -> None:
    given = {"name": "Friends", "scopes": ["READ"], "idempotencyKey": "once"}
    key = (await site.do("createApiKey", "key", await site.staff(Role.ADMIN), **given))["key"]
    assert await status(site, key) == 200

    file = Path(site.settings.database_url.removeprefix("sqlite://"))
    stored = b"".join(part.read_bytes() for part in file.parent.glob(f"{file.name}*"))

    assert key[:8].encode() in stored
    assert key[8:].encode() not in stored


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"scopes": []}, "INVALID", "scopes"),
        ({"name": ""}, "INVALID", "name"),
        ({"name": "https://spam.example"}, "REJECTED_CONTENT", "name"),
        ({"expiresAt": "2001-01-01T00:00:00Z"}, "INVALID", "expiresAt"),
    ],
)
async def test_invalid_key_input_is_refused(site: TestApp, given: dict[str, Any], code: str, field: str) -> None:
    refused = await create(site, **given)

    assert (refused["code"], refused["paths"]) == (code, [field])


async def test_number_of_valid_keys_is_limited(site: TestApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolvers.api_keys, "MAX_API_KEYS", 1)
    first = await create(site)
    refused = await create(site)
    await revoke(site, first)

    assert refused["code"] == "CONFLICT"
    assert (await create(site))["__typename"] == "CreateApiKeyPayload"


# ---------------------------------------------------------------- revocation and expiry


async def test_revoked_key_is_refused_at_once(site: TestApp) -> None:
    key = await create(site)
    assert await status(site, key["key"]) == 200

    await revoke(site, key)

    assert await status(site, key["key"]) == 401


async def test_second_revocation_changes_nothing(site: TestApp) -> None:
    key = await create(site)

    first = await revoke(site, key)

    assert first["apiKey"]["revokedAt"] is not None
    assert (await revoke(site, key))["apiKey"] == first["apiKey"]


async def test_unknown_key_cannot_be_revoked(site: TestApp) -> None:
    refused = await revoke(site, {"apiKey": {"id": "QXBpS2V5Ojk5OTk5OQ"}})

    assert (refused["code"], refused["paths"]) == ("NOT_FOUND", ["apiKeyId"])


async def test_revoked_key_is_refused_on_open_socket(site: TestApp) -> None:
    key = await create(site, "MODERATE")
    async with serving(site) as netloc, socket_of(netloc, key["key"]) as client:
        assert await (await client.run(QUEUE)).data()

        await revoke(site, key)

        assert await (await client.run(QUEUE)).code() == "UNAUTHENTICATED"
        assert await (await client.run(VIEWER)).code() == "UNAUTHENTICATED"


@pytest.mark.skipif(ON_POSTGRES, reason="starts a process on the SQLite file")
async def test_key_revoked_by_another_process_is_refused(site: TestApp) -> None:
    key = await create(site, "MODERATE")
    async with (
        process(site.settings.database_url, API_KEY_SECONDS=0.05) as served,
        httpx2.AsyncClient(headers={"authorization": f"Bearer {key['key']}"}) as http,
        socket_of(served.netloc, key["key"]) as client,
    ):

        async def is_refused() -> bool:
            return (await http.post(f"{served.url}/graphql", json={"query": VIEWER})).status_code == 401

        assert not await is_refused()
        await revoke(site, key)

        await eventually(is_refused)
        assert await (await client.run(QUEUE)).code() == "UNAUTHENTICATED"


async def test_expired_key_is_refused() -> None:
    async with running_app(api_key_seconds=0.01) as site:
        fresh, used = await key_of(site), await key_of(site)
        assert await status(site, used) == 200

        await ApiKey.all().update(expires_at=storage.now())

        assert await status(site, fresh) == 401

        async def used_is_refused() -> bool:
            return await status(site, used) == 401

        await eventually(used_is_refused)


# ---------------------------------------------------------------- cost


async def test_key_is_looked_up_once(site: TestApp) -> None:
    key = await key_of(site)
    with recorded_statements() as statements:
        for _ in range(3):
            assert await status(site, key) == 200

    assert len(statements) == 1


async def test_simultaneous_first_requests_share_cached_key(site: TestApp) -> None:
    """One revocation is applied to all of them."""
    key = await create(site)

    assert set(await asyncio.gather(*(status(site, key["key"]) for _ in range(20)))) == {200}

    await revoke(site, key)
    assert set(await asyncio.gather(*(status(site, key["key"]) for _ in range(20)))) == {401}


async def test_last_use_is_recorded() -> None:
    async with running_app(api_key_seconds=0.01) as site:
        key = await key_of(site)
        (unused,) = await listed(site)
        assert await status(site, key) == 200

        async def is_recorded() -> bool:
            return (await listed(site))[0]["lastUsedAt"] is not None

        await eventually(is_recorded)
        assert unused["lastUsedAt"] is None


async def test_last_use_is_not_written_with_every_request(site: TestApp) -> None:
    key = await key_of(site)
    with recorded_statements() as statements:
        for _ in range(3):
            assert await status(site, key) == 200
            await site.groundswell.api_key_cache.refresh()

    assert sum('UPDATE "api_keys"' in text for text in statements) == 1


# ---------------------------------------------------------------- operator commands


async def test_operator_creates_lists_and_revokes_keys(site: TestApp) -> None:
    url = site.settings.database_url
    create = ("key", "create", "--name", "Friends", "--scope", "READ", "--scope", "EXPORT")

    ended = await run(url, *create, "--expires", "2999-01-02")

    assert (ended.returncode, ended.stderr) == (0, "")
    (key,) = ended.stdout.splitlines()
    assert (await site.ask(VIEWER, key))["viewer"] == {"role": "INTEGRATOR", "scopes": ["READ", "EXPORT"]}
    (line,) = (await run(url, "key", "list")).stdout.splitlines()
    assert line == f"1\t{key[:8]}\tFriends\tREAD EXPORT\tnever used\tgood until 2999-01-02 00:00"
    assert (await run(url, "key", "revoke", "1")).returncode == 0
    assert "revoked" in (await run(url, "key", "list")).stdout


@pytest.mark.parametrize(
    "words",
    [
        ("create", "--name", "Friends"),
        ("create", "--name", "", "--scope", "READ"),
        ("create", "--name", "Friends", "--scope", "EVERYTHING"),
        ("create", "--name", "Friends", "--scope", "READ", "--expires", "2001-01-01"),
        ("revoke", "7"),
    ],
)
async def test_operator_sees_what_is_wrong(site: TestApp, words: tuple[str, ...]) -> None:
    ended = await run(site.settings.database_url, "key", *words)

    assert ended.returncode == 2
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr
