"""GraphQL over WebSocket: what may be said on one, what closes it and with which code, and what is left afterwards."""

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

import storage
from resolvers.ids import parse
from tests.api.test_activity import FOLLOW, followed, text_of
from tests.support.app import TestApp, in_running_app, running_app
from tests.support.serving import Client, opened, serving, socket_of, until

pytestmark = pytest.mark.anyio

ROLE = "{ viewer { role } }"
ANSWER = {"data": {"viewer": {"role": "ANONYMOUS"}}}


@pytest.fixture
async def address(site: TestApp) -> AsyncIterator[str]:
    """Where the site is served."""
    async with serving(site) as where:
        yield where


@pytest.fixture
async def client(address: str) -> AsyncIterator[Client]:
    """A socket that is ready for operations."""
    async with socket_of(address) as made:
        yield made


def subscribe(name: Any = "1", **payload: Any) -> dict[str, Any]:
    return {"type": "subscribe", "id": name, "payload": payload}


async def answers(client: Client) -> bool:
    """Whether the socket is still good for an operation."""
    return bool(await (await client.run(ROLE)).next() == ANSWER)


def reason(client: Client) -> str:
    return client.connection.close_reason or ""


# ---------------------------------------------------------------- who is asking, and what they get


@pytest.mark.parametrize("given", ["Bearer nonsense", "Bearer ", "Basic YTpi", 7, ["Bearer"], {"a": 1}])
async def test_a_bad_token_closes_the_socket(site: TestApp, given: Any) -> None:
    async with serving(site) as address, opened(address) as client:
        await client.say({"type": "connection_init", "payload": {"authorization": given}})

        assert await client.closed() == 4403


async def test_a_token_in_connection_init_says_who_is_asking(site: TestApp) -> None:
    guest = await site.guest("Katharina Sommer")
    async with serving(site) as address, opened(address) as client:
        await client.initialise({"authorization": f"Bearer {guest}"})
        asked = await client.run("{ viewer { role supporter { displayName } } }")

        viewer = (await asked.data())["viewer"]

        assert viewer == {"role": "GUEST", "supporter": {"displayName": "Katharina S."}}


async def test_a_token_in_the_header_says_who_is_asking(site: TestApp) -> None:
    headers = {"authorization": f"Bearer {await site.guest()}"}
    async with serving(site) as address, socket_of(address, additional_headers=headers) as client:
        asked = await client.run("{ viewer { role } }")

        assert (await asked.data())["viewer"]["role"] == "GUEST"


@pytest.mark.parametrize("payload", [{}, {"authorization": None}, {"authorization": ""}, {"else": 1}])
async def test_without_a_token_a_socket_is_anonymous(site: TestApp, payload: dict[str, Any]) -> None:
    async with serving(site) as address, opened(address) as client:
        await client.initialise(payload)
        asked = await client.run("{ viewer { role } }")

        assert (await asked.data())["viewer"]["role"] == "ANONYMOUS"


async def test_queries_and_mutations_run_over_the_socket(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest()
    post = """mutation($id: ID!) { postComment(input: {campaignId: $id, body: "By socket."}) {
      ... on PostCommentPayload { comment { body { text } } } } }"""
    count = "query($id: ID!) { campaign(id: $id) { commentStats { threadCount } } }"
    async with serving(site) as address, socket_of(address, guest) as client:
        posted = await (await client.run(post, id=campaign)).data()
        counted = await (await client.run(count, id=campaign)).data()

        assert posted["postComment"]["comment"]["body"]["text"] == "By socket."
        assert counted["campaign"]["commentStats"]["threadCount"] == 1


async def test_a_socket_does_not_remember_what_it_has_read(site: TestApp) -> None:
    """It lives for hours: what others change meanwhile is seen."""
    campaign, guest = await site.campaign(), await site.guest()
    query = "query($id: ID!) { campaign(id: $id) { commentStats { threadCount } } }"
    async with serving(site) as address, socket_of(address) as client:
        await (await client.run(query, id=campaign)).data()
        await site.comment(campaign, guest)

        again = await (await client.run(query, id=campaign)).data()

        assert again["campaign"]["commentStats"]["threadCount"] == 1


async def test_a_mutation_over_the_socket_is_told_to_its_own_subscription(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest()
    post = """mutation($id: ID!) { postComment(input: {campaignId: $id, body: "By socket."}) { __typename } }"""
    async with serving(site) as address, socket_of(address, guest) as client:
        follow = await followed(site, client, campaign)
        await (await client.run(post, id=campaign)).data()

        assert text_of(await follow.event()) == "By socket."


async def test_a_subscription_that_is_stopped_is_forgotten(site: TestApp) -> None:
    campaign = await site.campaign()
    named = parse(campaign)
    assert named is not None
    async with serving(site) as address, socket_of(address) as client:
        follow = await followed(site, client, campaign)
        await follow.stop()

        await until(lambda: site.groundswell.live.watching(named[1]) == 0)


async def test_a_connection_that_is_cut_is_forgotten(site: TestApp) -> None:
    campaign = await site.campaign()
    named = parse(campaign)
    assert named is not None
    async with serving(site) as address, socket_of(address) as client:
        await followed(site, client, campaign)
        client.connection.transport.abort()

        await until(lambda: site.groundswell.live.watching(named[1]) == 0)


async def test_a_subscription_to_nonsense_says_so(site: TestApp) -> None:
    async with serving(site) as address, socket_of(address) as client:
        follow = await client.run("subscription { nothing }")

        assert await follow.code() == "GRAPHQL_VALIDATION_FAILED"


async def test_a_query_has_one_result_and_then_completes(client: Client) -> None:
    asked = await client.run(ROLE)

    assert await asked.message() == {"id": "1", "type": "next", "payload": ANSWER}
    assert await asked.message() == {"id": "1", "type": "complete"}


async def test_the_id_of_an_operation_that_ended_can_be_used_again(client: Client) -> None:
    for _ in range(3):
        await client.say(subscribe("again", query=ROLE))

        assert [(await client.hear())["type"] for _ in range(2)] == ["next", "complete"]


async def test_an_operation_of_another_name_is_an_error_and_ends_nothing_else(client: Client) -> None:
    await client.say(subscribe("1", query=ROLE, operationName="Other"))

    refused = await client.hear()

    assert (refused["id"], refused["type"]) == ("1", "error")
    assert refused["payload"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert await answers(client)


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
async def test_what_can_not_run_is_an_error_of_its_operation(client: Client, query: str, code: str) -> None:
    asked = await client.run(query)
    message = await asked.message()

    assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", code)
    assert await answers(client)


async def test_variables_that_are_none_are_a_result_without_data(client: Client) -> None:
    result = await (await client.run("query($id: ID!) { node(id: $id) { id } }")).next()

    assert "data" not in result
    assert result["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_an_operation_on_a_socket_is_held_to_the_same_limits(client: Client) -> None:
    nested = "comments(first: 100) { nodes { replies(first: 100) { nodes { replies(first: 100) { nodes { id } } } } } }"
    costly = await client.run(f"{{ campaigns(first: 100) {{ nodes {{ {nested} }} }} }}")
    deep = await client.run(FOLLOW.replace("cursor", "activity { campaign { " * 12 + "id" + " } }" * 12), id="1")

    assert [await costly.code(), await deep.code()] == ["OPERATION_TOO_COSTLY"] * 2


async def test_a_document_is_sent_once_and_then_by_its_hash(client: Client) -> None:
    by_hash = {"persistedQuery": {"version": 1, "sha256Hash": sha256(ROLE.encode()).hexdigest()}}

    await client.say(subscribe("1", extensions=by_hash))
    unknown = await client.hear()
    for payload in ({"query": ROLE, "extensions": by_hash}, {"extensions": by_hash}):
        await client.say(subscribe("2", **payload))

        assert (await client.hear())["payload"] == ANSWER
        assert (await client.hear())["type"] == "complete"
    assert unknown["payload"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"


async def test_a_query_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: Any) -> None:
        await asyncio.Event().wait()

    async with running_app(request_seconds=1.0) as site:
        guest = await site.guest()
        monkeypatch.setattr(storage, "read_one", never)
        async with serving(site) as address, socket_of(address, guest) as client:
            assert await (await client.run("{ viewer { profile { email } } }")).code() == "DEADLINE_EXCEEDED"
            assert (await (await client.run(ROLE)).data())["viewer"] == {"role": "GUEST"}


async def test_a_failure_outside_of_any_field_is_masked(
    site: TestApp, client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_: Any) -> None:
        raise RuntimeError("the secret of our insides")

    monkeypatch.setattr(type(site.groundswell.graphql._schema), "execute", fail)
    message = await (await client.run(ROLE)).message()

    assert message["type"] == "error"
    assert "secret" not in json.dumps(message)
    assert message["payload"][0]["extensions"]["requestId"] in caplog.text


# ---------------------------------------------------------------- what is no message


MALFORMED: dict[str, Any] = {
    "text that is no JSON": "not JSON",
    "nothing": "",
    "a list": [],
    "null": None,
    "a number": 7,
    "a string": "text",
    "no type": {},
    "an unknown type": {"type": "no such type"},
    "a type that is a list": {"type": ["subscribe"]},
    "a type that only a server has": {"type": "connection_ack"},
    "a result": {"type": "next", "id": "1", "payload": {"data": None}},
    "a ping of text": {"type": "ping", "payload": "text"},
    "a ping of a list": {"type": "ping", "payload": []},
    "a pong of a number": {"type": "pong", "payload": 7},
    "an operation without an id": {"type": "subscribe", "payload": {"query": ROLE}},
    "an operation whose id is empty": subscribe("", query=ROLE),
    "an operation whose id is null": subscribe(None, query=ROLE),
    "an operation whose id is a number": subscribe(7, query=ROLE),
    "an operation whose id is a list": subscribe(["1"], query=ROLE),
    "an operation without a payload": {"type": "subscribe", "id": "1"},
    "a payload that is null": {"type": "subscribe", "id": "1", "payload": None},
    "a payload that is a number": {"type": "subscribe", "id": "1", "payload": 7},
    "a payload that is a list": {"type": "subscribe", "id": "1", "payload": []},
    "a payload without a query": subscribe(),
    "a query that is null": subscribe(query=None),
    "a query that is empty": subscribe(query=""),
    "a query that is a number": subscribe(query=7),
    "a query that is a list": subscribe(query=[ROLE]),
    "variables that are a list": subscribe(query=ROLE, variables=[1]),
    "variables that are text": subscribe(query=ROLE, variables="a"),
    "an operation name that is a number": subscribe(query=ROLE, operationName=7),
    "an operation name that is a list": subscribe(query=ROLE, operationName=["a"]),
    "extensions that are a number": subscribe(query=ROLE, extensions=7),
    "extensions that are a list": subscribe(query=ROLE, extensions=[]),
    "an end without an id": {"type": "complete"},
    "an end whose id is empty": {"type": "complete", "id": ""},
    "an end whose id is a list": {"type": "complete", "id": ["1"]},
    "a deep array": "[" * 50_000,
    "a deep array that ends": "[" * 50_000 + "]" * 50_000,
    "a deep payload": '{"type": "ping", "payload": ' + '{"a":' * 50_000 + "1" + "}" * 50_001,
    "half a character": '{"type": "ping", "payload": {"a": "\\ud800"}}',
}


@pytest.mark.parametrize("message", MALFORMED.values(), ids=MALFORMED)
@pytest.mark.parametrize("initialised", [True, False])
async def test_what_is_no_message_closes_the_socket_with_4400(address: str, message: Any, initialised: bool) -> None:
    async with opened(address) as client:
        if initialised:
            await client.initialise()
        await client.connection.send(message if isinstance(message, str) else json.dumps(message))

        assert await client.closed() == 4400
        assert 0 < len(reason(client).encode()) <= 123


@pytest.mark.parametrize("payload", ["text", 7, [], True])
async def test_an_initialisation_of_the_wrong_type_closes_the_socket_with_4400(address: str, payload: Any) -> None:
    async with opened(address) as client:
        await client.say({"type": "connection_init", "payload": payload})

        assert await client.closed() == 4400


async def test_a_binary_message_closes_the_socket_with_4400(address: str) -> None:
    async with opened(address) as client:
        await client.connection.send(json.dumps({"type": "connection_init"}).encode())

        assert await client.closed() == 4400


async def test_text_that_is_not_utf_8_closes_the_socket(address: str) -> None:
    async with opened(address) as client:
        await client.connection.send(b'{"type": "\xff"}', text=True)

        assert await client.closed() == CloseCode.INVALID_DATA


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from([ROLE, "1"]),
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
def test_no_json_makes_a_socket_fail(body: Any, kind: str) -> None:
    """It is answered, or the socket is closed with a code of the protocol; others never notice."""
    message = {**body, "type": kind} if isinstance(body, dict) and kind else body

    async def act(site: TestApp) -> None:
        async with serving(site) as address, socket_of(address) as other, socket_of(address) as client:
            await client.say(message)
            await client.say({"type": "connection_init"})  # one too many: closes it at the latest

            assert await client.closed() in (4400, 4401, 4409, 4429)
            assert await answers(other)

    in_running_app(act)


# ---------------------------------------------------------------- the order of messages


@pytest.mark.parametrize("message", [{}, {"payload": None}, {"payload": {}}, {"payload": {"else": [1]}}])
async def test_an_initialisation_needs_no_payload(address: str, message: dict[str, Any]) -> None:
    async with opened(address) as client:
        await client.say({"type": "connection_init", **message})

        assert await client.hear() == {"type": "connection_ack"}


async def test_a_second_initialisation_closes_the_socket_with_4429(client: Client) -> None:
    await client.say({"type": "connection_init"})

    assert await client.closed() == 4429


async def test_an_operation_before_the_initialisation_closes_the_socket_with_4401(address: str) -> None:
    async with opened(address) as client:
        await client.say(subscribe(query=ROLE))

        assert await client.closed() == 4401


async def test_without_an_initialisation_the_socket_is_closed_with_4408() -> None:
    async with running_app(connection_init_seconds=0.05) as site, serving(site) as address, opened(address) as client:
        await client.say({"type": "ping"})

        assert await client.hear() == {"type": "pong"}
        assert await client.closed() == 4408


async def test_an_initialised_socket_may_be_silent() -> None:
    async with (
        running_app(connection_init_seconds=0.05) as site,
        serving(site) as address,
        socket_of(address) as client,
    ):
        async with opened(address) as other:  # opened later: when it is closed, the first one would have been
            assert await other.closed() == 4408

        assert await answers(client)


async def test_two_operations_with_one_id_close_the_socket_with_4409(site: TestApp, client: Client) -> None:
    name = "n" * 300
    for _ in range(2):
        await client.say(subscribe(name, query=FOLLOW, variables={"id": await site.campaign()}))

    assert await client.closed() == 4409
    assert reason(client).startswith("Subscriber for nnn")
    assert len(reason(client).encode()) <= 123


async def test_a_reason_is_never_cut_within_a_character(site: TestApp, client: Client) -> None:
    for _ in range(2):
        await client.say(subscribe("🕯" * 100, query=FOLLOW, variables={"id": await site.campaign()}))

    assert await client.closed() == 4409
    assert reason(client).rstrip("🕯") == "Subscriber for "


@pytest.mark.parametrize("payload", [None, {}, {"at": [1, 2]}])
async def test_a_ping_is_answered_with_its_payload(client: Client, payload: Any) -> None:
    message = {"type": "ping"} if payload is None else {"type": "ping", "payload": payload}
    await client.say(message)

    assert await client.hear() == message | {"type": "pong"}


async def test_a_pong_that_nobody_asked_for_is_taken(client: Client) -> None:
    await client.say({"type": "pong", "payload": None})

    assert await answers(client)


async def test_an_end_of_what_is_not_there_is_taken(client: Client) -> None:
    await client.say({"type": "complete", "id": "none"})

    assert await answers(client)


@pytest.mark.parametrize("spoken", [["graphql-ws"], ["soap"], None])
async def test_only_the_newer_protocol_is_spoken(address: str, spoken: list[str] | None) -> None:
    """The older one's way of ending a subscription leaks."""
    protocols = [Subprotocol(name) for name in spoken] if spoken else None
    async with opened(address, subprotocols=protocols) as client:
        assert await client.closed() == 4406


async def test_the_protocol_is_found_among_others(address: str) -> None:
    offered = [Subprotocol("graphql-ws"), Subprotocol("graphql-transport-ws")]
    async with opened(address, subprotocols=offered) as client:
        await client.initialise()

        assert client.connection.subprotocol == "graphql-transport-ws"


# ---------------------------------------------------------------- bounds


async def test_a_message_that_is_too_large_closes_the_socket_with_1009() -> None:
    async with running_app(socket_message_limit=1000) as site, serving(site) as address, socket_of(address) as client:
        await client.say({"type": "ping", "payload": {"a": "é" * 500}})

        assert await client.closed() == 1009


async def test_a_message_of_just_the_limit_is_taken() -> None:
    text = json.dumps({"type": "ping"}).ljust(1000)
    async with running_app(socket_message_limit=1000) as site, serving(site) as address, socket_of(address) as client:
        await client.connection.send(text)

        assert await client.hear() == {"type": "pong"}


async def test_operations_of_one_socket_are_bounded() -> None:
    """One too many is an error of its own; when another ends, there is room again."""
    async with running_app(socket_operations=2) as site, serving(site) as address, socket_of(address) as client:
        campaign = await site.campaign()
        first, _ = [await client.run(FOLLOW, id=campaign) for _ in range(2)]
        refused = await client.run(ROLE)
        code = await refused.code()
        named = parse(campaign)
        assert named is not None
        await until(lambda: site.groundswell.live.watching(named[1]) == 2)
        await first.stop()
        await until(lambda: site.groundswell.live.watching(named[1]) == 1)

        assert code == "TOO_MANY_OPERATIONS"
        assert await answers(client)


async def test_sockets_of_one_address_are_bounded() -> None:
    """One too many is told to come again, as clients do by themselves; when another closes, there is room again."""
    async with running_app(connections_per_address=2) as site, serving(site) as address:
        async with opened(address), opened(address), opened(address) as refused:
            assert await refused.closed() == CloseCode.TRY_AGAIN_LATER
        await until(lambda: len(site.groundswell.connections) == 0)
        async with socket_of(address) as client:
            assert await answers(client)


async def test_only_pages_of_the_sites_that_are_set_may_open_one() -> None:
    async with running_app(cors_origins=("https://ours.example.org",)) as site, serving(site) as address:
        with pytest.raises(InvalidStatus) as refused:
            async with opened(address, origin="https://theirs.example.org"):
                pass
        async with socket_of(address, origin="https://ours.example.org") as client:
            assert await answers(client)
        async with socket_of(address, origin=f"http://{address}") as client:
            assert await answers(client)

    assert refused.value.response.status_code == 403


# ---------------------------------------------------------------- what is left


async def test_sockets_that_are_cut_leave_nothing_behind(site: TestApp, address: str) -> None:
    campaign = await site.campaign()
    before = len(asyncio.all_tasks())

    async def cut(count: int) -> None:
        for number in range(count):
            async with opened(address) as client:
                if number % 3:
                    await client.initialise()
                    await client.say(subscribe(query=FOLLOW, variables={"id": campaign}))
                if number % 2:
                    await client.say({"type": "ping"})
                    await client.hear()
                client.connection.transport.abort()

    await asyncio.gather(*(cut(25) for _ in range(8)))

    await until(lambda: len(site.groundswell.connections) == 0 and not site.groundswell.live._followers)
    await until(lambda: len(asyncio.all_tasks()) <= before)


async def test_a_socket_that_is_closed_for_a_mistake_leaves_nothing_behind(site: TestApp, client: Client) -> None:
    await followed(site, client, await site.campaign())
    await client.connection.send("not JSON")

    assert await client.closed() == 4400
    await until(lambda: len(site.groundswell.connections) == 0 and not site.groundswell.live._followers)
