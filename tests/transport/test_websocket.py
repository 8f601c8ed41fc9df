"""GraphQL over WebSocket (graphql-transport-ws): authentication, close codes, message order, limits and cleanup."""

import asyncio
import json
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import InvalidStatus
from websockets.frames import CloseCode
from websockets.typing import Subprotocol

import models
from tests.support.activity import ACTIVITY_SUBSCRIPTION, comment_text, subscribe_to_activity
from tests.support.app import TestApp, in_running_app, running_app
from tests.support.ids import row_id
from tests.support.serving import Client, opened, serving, socket_of, until

pytestmark = pytest.mark.anyio

ROLE_QUERY = "{ viewer { role } }"
ROLE_RESULT = {"data": {"viewer": {"role": "ANONYMOUS"}}}


@pytest.fixture
async def netloc(site: TestApp) -> AsyncIterator[str]:
    """Serve the site; return `host:port`."""
    async with serving(site) as netloc:
        yield netloc


@pytest.fixture
async def client(netloc: str) -> AsyncIterator[Client]:
    """Return a WebSocket that is initialised."""
    async with socket_of(netloc) as initialised:
        yield initialised


def subscribe(operation_id: Any = "1", **payload: Any) -> dict[str, Any]:
    return {"type": "subscribe", "id": operation_id, "payload": payload}


async def is_usable(client: Client) -> bool:
    """Return True if an operation still succeeds on the WebSocket."""
    return bool(await (await client.run(ROLE_QUERY)).next() == ROLE_RESULT)


def reason(client: Client) -> str:
    return client.connection.close_reason or ""


# ---------------------------------------------------------------- authentication and operations


@pytest.mark.parametrize("authorization", ["Bearer nonsense", "Bearer ", "Basic YTpi", 7, ["Bearer"], {"a": 1}])
async def test_bad_token_closes_the_websocket(site: TestApp, authorization: Any) -> None:
    async with serving(site) as netloc, opened(netloc) as client:
        await client.say({"type": "connection_init", "payload": {"authorization": authorization}})

        assert await client.closed() == 4403


async def test_token_in_connection_init_authenticates(site: TestApp) -> None:
    guest = await site.guest("Katharina Sommer")
    async with serving(site) as netloc, opened(netloc) as client:
        await client.initialise({"authorization": f"Bearer {guest}"})
        operation = await client.run("{ viewer { role supporter { displayName } } }")

        viewer = (await operation.data())["viewer"]

        assert viewer == {"role": "GUEST", "supporter": {"displayName": "Katharina S."}}


async def test_token_in_the_header_authenticates(site: TestApp) -> None:
    headers = {"authorization": f"Bearer {await site.guest()}"}
    async with serving(site) as netloc, socket_of(netloc, additional_headers=headers) as client:
        operation = await client.run("{ viewer { role } }")

        assert (await operation.data())["viewer"]["role"] == "GUEST"


@pytest.mark.parametrize("payload", [{}, {"authorization": None}, {"authorization": ""}, {"else": 1}])
async def test_websocket_without_a_token_is_anonymous(site: TestApp, payload: dict[str, Any]) -> None:
    async with serving(site) as netloc, opened(netloc) as client:
        await client.initialise(payload)
        operation = await client.run("{ viewer { role } }")

        assert (await operation.data())["viewer"]["role"] == "ANONYMOUS"


async def test_queries_and_mutations_run_over_websocket(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest()
    post = """mutation($id: ID!) { postComment(input: {campaignId: $id, body: "By socket."}) {
      ... on PostCommentPayload { comment { body { text } } } } }"""
    count = "query($id: ID!) { campaign(id: $id) { commentStats { threadCount } } }"
    async with serving(site) as netloc, socket_of(netloc, guest) as client:
        posted = await (await client.run(post, id=campaign)).data()
        counted = await (await client.run(count, id=campaign)).data()

        assert posted["postComment"]["comment"]["body"]["text"] == "By socket."
        assert counted["campaign"]["commentStats"]["threadCount"] == 1


async def test_websocket_does_not_cache_rows(site: TestApp) -> None:
    """A WebSocket lives for hours, and must see what others change meanwhile."""
    campaign, guest = await site.campaign(), await site.guest()
    query = "query($id: ID!) { campaign(id: $id) { commentStats { threadCount } } }"
    async with serving(site) as netloc, socket_of(netloc) as client:
        await (await client.run(query, id=campaign)).data()
        await site.comment(campaign, guest)

        again = await (await client.run(query, id=campaign)).data()

        assert again["campaign"]["commentStats"]["threadCount"] == 1


async def test_subscription_gets_the_event_of_a_mutation_on_the_same_websocket(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest()
    post = """mutation($id: ID!) { postComment(input: {campaignId: $id, body: "By socket."}) { __typename } }"""
    async with serving(site) as netloc, socket_of(netloc, guest) as client:
        follow = await subscribe_to_activity(site, client, campaign)
        await (await client.run(post, id=campaign)).data()

        assert comment_text(await follow.event()) == "By socket."


async def test_completed_subscription_is_removed(site: TestApp) -> None:
    campaign = await site.campaign()
    async with serving(site) as netloc, socket_of(netloc) as client:
        follow = await subscribe_to_activity(site, client, campaign)
        await follow.stop()

        await until(lambda: site.groundswell.live.watching(row_id(campaign)) == 0)


async def test_aborted_connection_is_removed(site: TestApp) -> None:
    campaign = await site.campaign()
    async with serving(site) as netloc, socket_of(netloc) as client:
        await subscribe_to_activity(site, client, campaign)
        client.connection.transport.abort()

        await until(lambda: site.groundswell.live.watching(row_id(campaign)) == 0)


async def test_invalid_subscription_is_a_validation_error(site: TestApp) -> None:
    async with serving(site) as netloc, socket_of(netloc) as client:
        follow = await client.run("subscription { nothing }")

        assert await follow.code() == "GRAPHQL_VALIDATION_FAILED"


async def test_query_has_one_result_and_completes(client: Client) -> None:
    operation = await client.run(ROLE_QUERY)

    assert await operation.message() == {"id": "1", "type": "next", "payload": ROLE_RESULT}
    assert await operation.message() == {"id": "1", "type": "complete"}


async def test_operation_id_is_reusable_after_completion(client: Client) -> None:
    for _ in range(3):
        await client.say(subscribe("again", query=ROLE_QUERY))

        assert [(await client.hear())["type"] for _ in range(2)] == ["next", "complete"]


async def test_unknown_operation_name_fails_only_its_operation(client: Client) -> None:
    await client.say(subscribe("1", query=ROLE_QUERY, operationName="Other"))

    refused = await client.hear()

    assert (refused["id"], refused["type"]) == ("1", "error")
    assert refused["payload"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert await is_usable(client)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("fragment Role on Viewer { role }", "GRAPHQL_VALIDATION_FAILED"),
        ("query One { viewer { role } } query Two { viewer { role } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ campaigns(first: " + "9" * 5000 + ") { totalCount } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{a" * 3000 + "}" * 3000, "OPERATION_TOO_COSTLY"),
    ],
)
async def test_invalid_operation_fails_only_itself(client: Client, query: str, code: str) -> None:
    operation = await client.run(query)
    message = await operation.message()

    assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", code)
    assert await is_usable(client)


async def test_invalid_variables_are_a_result_without_data(client: Client) -> None:
    result = await (await client.run("query($id: ID!) { node(id: $id) { id } }")).next()

    assert "data" not in result
    assert result["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_cost_limits_apply_to_websocket_operations(client: Client) -> None:
    nested = "comments(first: 100) { nodes { replies(first: 100) { nodes { replies(first: 100) { nodes { id } } } } } }"
    costly = await client.run(f"{{ campaigns(first: 100) {{ nodes {{ {nested} }} }} }}")
    deep = await client.run(
        ACTIVITY_SUBSCRIPTION.replace("cursor", "activity { campaign { " * 12 + "id" + " } }" * 12), id="1"
    )

    assert [await costly.code(), await deep.code()] == ["OPERATION_TOO_COSTLY"] * 2


async def test_persisted_query_works_over_websocket(client: Client) -> None:
    by_hash = {"persistedQuery": {"version": 1, "sha256Hash": sha256(ROLE_QUERY.encode()).hexdigest()}}

    await client.say(subscribe("1", extensions=by_hash))
    unknown = await client.hear()
    for payload in ({"query": ROLE_QUERY, "extensions": by_hash}, {"extensions": by_hash}):
        await client.say(subscribe("2", **payload))

        assert (await client.hear())["payload"] == ROLE_RESULT
        assert (await client.hear())["type"] == "complete"
    assert unknown["payload"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"


async def test_slow_query_exceeds_its_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(**_: Any) -> None:
        await asyncio.Event().wait()

    async with running_app(request_seconds=1.0) as site:
        guest = await site.guest()
        monkeypatch.setattr(models.Profile, "get_or_none", never)
        async with serving(site) as netloc, socket_of(netloc, guest) as client:
            assert await (await client.run("{ viewer { profile { email } } }")).code() == "DEADLINE_EXCEEDED"
            assert (await (await client.run(ROLE_QUERY)).data())["viewer"] == {"role": "GUEST"}


async def test_exception_outside_of_any_field_is_masked(
    site: TestApp, client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_: Any) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr(type(site.groundswell.graphql._schema), "execute", fail)
    message = await (await client.run(ROLE_QUERY)).message()

    assert message["type"] == "error"
    assert "secret" not in json.dumps(message)
    assert message["payload"][0]["extensions"]["requestId"] in caplog.text


# ---------------------------------------------------------------- malformed messages


MALFORMED: dict[str, Any] = {
    "text that is not JSON": "not JSON",
    "an empty text": "",
    "a list": [],
    "null": None,
    "a number": 7,
    "a string": "text",
    "no type": {},
    "an unknown type": {"type": "no such type"},
    "a type that is a list": {"type": ["subscribe"]},
    "a type that only a server sends": {"type": "connection_ack"},
    "a result": {"type": "next", "id": "1", "payload": {"data": None}},
    "a ping of text": {"type": "ping", "payload": "text"},
    "a ping of a list": {"type": "ping", "payload": []},
    "a pong of a number": {"type": "pong", "payload": 7},
    "an operation without an id": {"type": "subscribe", "payload": {"query": ROLE_QUERY}},
    "an operation whose id is empty": subscribe("", query=ROLE_QUERY),
    "an operation whose id is null": subscribe(None, query=ROLE_QUERY),
    "an operation whose id is a number": subscribe(7, query=ROLE_QUERY),
    "an operation whose id is a list": subscribe(["1"], query=ROLE_QUERY),
    "an operation without a payload": {"type": "subscribe", "id": "1"},
    "a payload that is null": {"type": "subscribe", "id": "1", "payload": None},
    "a payload that is a number": {"type": "subscribe", "id": "1", "payload": 7},
    "a payload that is a list": {"type": "subscribe", "id": "1", "payload": []},
    "a payload without a query": subscribe(),
    "a query that is null": subscribe(query=None),
    "a query that is empty": subscribe(query=""),
    "a query that is a number": subscribe(query=7),
    "a query that is a list": subscribe(query=[ROLE_QUERY]),
    "variables that are a list": subscribe(query=ROLE_QUERY, variables=[1]),
    "variables that are text": subscribe(query=ROLE_QUERY, variables="a"),
    "an operation name that is a number": subscribe(query=ROLE_QUERY, operationName=7),
    "an operation name that is a list": subscribe(query=ROLE_QUERY, operationName=["a"]),
    "extensions that are a number": subscribe(query=ROLE_QUERY, extensions=7),
    "extensions that are a list": subscribe(query=ROLE_QUERY, extensions=[]),
    "a complete without an id": {"type": "complete"},
    "a complete whose id is empty": {"type": "complete", "id": ""},
    "a complete whose id is a list": {"type": "complete", "id": ["1"]},
    "a deep array": "[" * 50_000,
    "a deep array that is closed": "[" * 50_000 + "]" * 50_000,
    "a deep payload": '{"type": "ping", "payload": ' + '{"a":' * 50_000 + "1" + "}" * 50_001,
    "a lone surrogate": '{"type": "ping", "payload": {"a": "\\ud800"}}',
}


@pytest.mark.parametrize("message", MALFORMED.values(), ids=MALFORMED)
@pytest.mark.parametrize("initialised", [True, False])
async def test_malformed_message_closes_with_4400(netloc: str, message: Any, initialised: bool) -> None:
    async with opened(netloc) as client:
        if initialised:
            await client.initialise()
        await client.connection.send(message if isinstance(message, str) else json.dumps(message))

        assert await client.closed() == 4400
        assert 0 < len(reason(client).encode()) <= 123


@pytest.mark.parametrize("payload", ["text", 7, [], True])
async def test_malformed_init_payload_closes_with_4400(netloc: str, payload: Any) -> None:
    async with opened(netloc) as client:
        await client.say({"type": "connection_init", "payload": payload})

        assert await client.closed() == 4400


async def test_binary_message_closes_with_4400(netloc: str) -> None:
    async with opened(netloc) as client:
        await client.connection.send(json.dumps({"type": "connection_init"}).encode())

        assert await client.closed() == 4400


async def test_text_that_is_not_utf_8_closes_the_websocket(netloc: str) -> None:
    async with opened(netloc) as client:
        await client.connection.send(b'{"type": "\xff"}', text=True)

        assert await client.closed() == CloseCode.INVALID_DATA


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from([ROLE_QUERY, "1"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["type", "id", "payload", "query", "variables", "operationName", "extensions"]), inner
            )
        ),
        max_leaves=6,
    ),
    st.sampled_from(["connection_init", "subscribe", "complete", "ping", "pong", ""]),
)
def test_no_json_crashes_a_websocket(body: Any, kind: str) -> None:
    """The WebSocket is answered, or closed with a code of the protocol; other WebSockets are not affected."""
    message = {**body, "type": kind} if isinstance(body, dict) and kind else body

    async def act(site: TestApp) -> None:
        async with serving(site) as netloc, socket_of(netloc) as other, socket_of(netloc) as client:
            await client.say(message)
            # A second initialisation closes a WebSocket that is still open.
            await client.say({"type": "connection_init"})

            assert await client.closed() in (4400, 4401, 4409, 4429)
            assert await is_usable(other)

    in_running_app(act)


# ---------------------------------------------------------------- message order


@pytest.mark.parametrize("message", [{}, {"payload": None}, {"payload": {}}, {"payload": {"else": [1]}}])
async def test_init_payload_is_optional(netloc: str, message: dict[str, Any]) -> None:
    async with opened(netloc) as client:
        await client.say({"type": "connection_init", **message})

        assert await client.hear() == {"type": "connection_ack"}


async def test_second_init_closes_with_4429(client: Client) -> None:
    await client.say({"type": "connection_init"})

    assert await client.closed() == 4429


async def test_operation_before_init_closes_with_4401(netloc: str) -> None:
    async with opened(netloc) as client:
        await client.say(subscribe(query=ROLE_QUERY))

        assert await client.closed() == 4401


async def test_missing_init_closes_with_4408() -> None:
    async with running_app(connection_init_seconds=0.05) as site, serving(site) as netloc, opened(netloc) as client:
        await client.say({"type": "ping"})

        assert await client.hear() == {"type": "pong"}
        assert await client.closed() == 4408


async def test_initialised_websocket_may_be_silent() -> None:
    async with running_app(connection_init_seconds=0.05) as site, serving(site) as netloc, socket_of(netloc) as client:
        async with opened(netloc) as other:  # opened later: when its time is over, so is the first one's
            assert await other.closed() == 4408

        assert await is_usable(client)


async def test_duplicate_operation_id_closes_with_4409(site: TestApp, client: Client) -> None:
    operation_id = "n" * 300
    for _ in range(2):
        await client.say(subscribe(operation_id, query=ACTIVITY_SUBSCRIPTION, variables={"id": await site.campaign()}))

    assert await client.closed() == 4409
    assert reason(client).startswith("Subscriber for nnn")
    assert len(reason(client).encode()) <= 123


async def test_close_reason_is_truncated_between_characters(site: TestApp, client: Client) -> None:
    for _ in range(2):
        await client.say(subscribe("🕯" * 100, query=ACTIVITY_SUBSCRIPTION, variables={"id": await site.campaign()}))

    assert await client.closed() == 4409
    assert reason(client).rstrip("🕯") == "Subscriber for "


@pytest.mark.parametrize("payload", [None, {}, {"at": [1, 2]}])
async def test_pong_repeats_the_payload_of_the_ping(client: Client, payload: Any) -> None:
    message = {"type": "ping"} if payload is None else {"type": "ping", "payload": payload}
    await client.say(message)

    assert await client.hear() == message | {"type": "pong"}


async def test_unsolicited_pong_is_accepted(client: Client) -> None:
    await client.say({"type": "pong", "payload": None})

    assert await is_usable(client)


async def test_complete_of_an_unknown_operation_is_ignored(client: Client) -> None:
    await client.say({"type": "complete", "id": "none"})

    assert await is_usable(client)


@pytest.mark.parametrize("offered", [["graphql-ws"], ["soap"], None])
async def test_other_subprotocols_close_with_4406(netloc: str, offered: list[str] | None) -> None:
    """The older protocol, graphql-ws, leaks subscriptions when they end."""
    protocols = [Subprotocol(name) for name in offered] if offered else None
    async with opened(netloc, subprotocols=protocols) as client:
        assert await client.closed() == 4406


async def test_subprotocol_is_selected_from_several(netloc: str) -> None:
    offered = [Subprotocol("graphql-ws"), Subprotocol("graphql-transport-ws")]
    async with opened(netloc, subprotocols=offered) as client:
        await client.initialise()

        assert client.connection.subprotocol == "graphql-transport-ws"


# ---------------------------------------------------------------- limits


async def test_too_large_message_closes_with_1009() -> None:
    async with running_app(socket_message_limit=1000) as site, serving(site) as netloc, socket_of(netloc) as client:
        await client.say({"type": "ping", "payload": {"a": "é" * 500}})

        assert await client.closed() == 1009


async def test_message_of_exactly_the_limit_is_accepted() -> None:
    text = json.dumps({"type": "ping"}).ljust(1000)
    async with running_app(socket_message_limit=1000) as site, serving(site) as netloc, socket_of(netloc) as client:
        await client.connection.send(text)

        assert await client.hear() == {"type": "pong"}


async def test_operations_per_websocket_are_limited() -> None:
    """An operation beyond the limit gets an error; when another one ends, a new one is accepted."""
    async with running_app(socket_operations=2) as site, serving(site) as netloc, socket_of(netloc) as client:
        campaign = await site.campaign()
        first, _ = [await client.run(ACTIVITY_SUBSCRIPTION, id=campaign) for _ in range(2)]
        refused = await client.run(ROLE_QUERY)
        code = await refused.code()
        await until(lambda: site.groundswell.live.watching(row_id(campaign)) == 2)
        await first.stop()
        await until(lambda: site.groundswell.live.watching(row_id(campaign)) == 1)

        assert code == "TOO_MANY_OPERATIONS"
        assert await is_usable(client)


async def test_websockets_per_ip_are_limited() -> None:
    """A WebSocket beyond the limit is closed with 1013, on which clients reconnect later."""
    async with running_app(connections_per_address=2) as site, serving(site) as netloc:
        async with opened(netloc), opened(netloc), opened(netloc) as refused:
            assert await refused.closed() == CloseCode.TRY_AGAIN_LATER
        await until(lambda: len(site.groundswell.connections) == 0)
        async with socket_of(netloc) as client:
            assert await is_usable(client)


async def test_only_configured_origins_open_a_websocket() -> None:
    async with running_app(cors_origins=("https://ours.example.org",)) as site, serving(site) as netloc:
        with pytest.raises(InvalidStatus) as refused:
            async with opened(netloc, origin="https://theirs.example.org"):
                pass
        async with socket_of(netloc, origin="https://ours.example.org") as client:
            assert await is_usable(client)
        async with socket_of(netloc, origin=f"http://{netloc}") as client:
            assert await is_usable(client)

    assert refused.value.response.status_code == 403


# ---------------------------------------------------------------- cleanup


async def test_aborted_websockets_leave_nothing_behind(site: TestApp, netloc: str) -> None:
    campaign = await site.campaign()
    before = len(asyncio.all_tasks())

    async def cut(count: int) -> None:
        for number in range(count):
            async with opened(netloc) as client:
                if number % 3:
                    await client.initialise()
                    await client.say(subscribe(query=ACTIVITY_SUBSCRIPTION, variables={"id": campaign}))
                if number % 2:
                    await client.say({"type": "ping"})
                    await client.hear()
                client.connection.transport.abort()

    await asyncio.gather(*(cut(25) for _ in range(8)))

    await until(lambda: len(site.groundswell.connections) == 0 and not site.groundswell.live._followers)
    await until(lambda: len(asyncio.all_tasks()) <= before)


async def test_websocket_closed_for_an_error_leaves_nothing_behind(site: TestApp, client: Client) -> None:
    await subscribe_to_activity(site, client, await site.campaign())
    await client.connection.send("not JSON")

    assert await client.closed() == 4400
    await until(lambda: len(site.groundswell.connections) == 0 and not site.groundswell.live._followers)
