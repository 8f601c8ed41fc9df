"""A subscription in tests, followed the same way over a WebSocket, an event stream, and a stream that is shared."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx2

from tests.support.app import TestApp
from tests.support.serving import PATIENCE, events, serving, socket_of

CARRIERS = ["WebSocket", "event stream", "shared event stream"]
ALL_CARRIERS = [*CARRIERS, "event stream by GET", "event stream at /graphql"]
STREAM_TOKEN = "x-graphql-event-stream-token"

Next = Callable[[], Awaitable[dict[str, Any]]]
"""Returns the next result of the subscription, with its `data` and `errors`."""


class Followed:
    """A subscription's results, one after the other."""

    def __init__(self, next_result: Next) -> None:
        self.result = next_result

    async def data(self) -> Any:
        """Return the value of the root field in the next result, and check that there are no errors."""
        result = await self.result()
        assert "errors" not in result, result["errors"]
        return next(iter(result["data"].values()))

    async def code(self) -> str:
        """Return the code of the first error of the next result."""
        return str((await self.result())["errors"][0]["extensions"]["code"])


@asynccontextmanager
async def followed(
    site: TestApp, carrier: str, query: str, token: str | None = None, /, **variables: Any
) -> AsyncIterator[Followed]:
    """Subscribe over one of ALL_CARRIERS until the block ends. A site is served once: follow once in a test."""
    async with AsyncExitStack() as stack:
        netloc = await stack.enter_async_context(serving(site))
        if carrier == "WebSocket":
            client = await stack.enter_async_context(socket_of(netloc, token))
            yield Followed((await client.run(query, **variables)).next)
            return
        headers = {"authorization": f"Bearer {token}"} if token else {}
        base = f"http://{netloc}"
        http = await stack.enter_async_context(httpx2.AsyncClient(base_url=base, headers=headers, timeout=PATIENCE))
        body: dict[str, Any] = {"query": query, "variables": variables}
        if carrier == "event stream":
            opened = await stack.enter_async_context(events(http, "POST", "/graphql/stream", json=body))
        elif carrier == "event stream by GET":
            parameters = {"query": query, "variables": json.dumps(variables)}
            opened = await stack.enter_async_context(events(http, "GET", "/graphql/stream", params=parameters))
        elif carrier == "event stream at /graphql":
            accept = {"accept": "text/event-stream"}
            opened = await stack.enter_async_context(events(http, "POST", "/graphql", json=body, headers=accept))
        else:
            shared = {STREAM_TOKEN: (await http.put("/graphql/stream")).text}
            opened = await stack.enter_async_context(events(http, "GET", "/graphql/stream", headers=shared))
            started = await http.post(
                "/graphql/stream", json=body | {"extensions": {"operationId": "1"}}, headers=shared
            )
            assert started.status_code == 202, started.text

        async def next_result() -> dict[str, Any]:
            event = await opened.next()
            assert event.kind == "next", event
            result: dict[str, Any] = event.data["payload"] if carrier == "shared event stream" else event.data
            return result

        yield Followed(next_result)
