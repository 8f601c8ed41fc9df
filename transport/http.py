"""GraphQL over HTTP, by its specification: whatever comes in, what goes out is JSON, and an error has a code."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from types import CoroutineType
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.http.ides import get_graphql_ide_html
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.execution import ExecutionResult, PreExecutionError
from strawberry.types.graphql import OperationType

from execution import shared_budget
from transport import answers, errors, requests
from transport.accept import EVENTS, HTML, JSON, is_json, prefers
from transport.answers import Answer
from transport.deadline import Deadline, Deadlines, Gone, Late
from transport.errors import Coded, Refused
from transport.operations import Operation, Text, failed
from transport.requests import Incoming
from transport.streams import Streams

Authenticate = Callable[[str | None, Request | WebSocket], Any]
"""Makes the context of a request or a socket from its authorization; a PermissionError says what is wrong with it.

Where the authorization must be looked up, it gives a coroutine that does.
"""

ALLOWED = {
    "POST": frozenset({OperationType.QUERY, OperationType.MUTATION}),
    "GET": frozenset({OperationType.QUERY}),  # an image or a link on any page can make a browser send one
    "HEAD": frozenset({OperationType.QUERY}),
}
STREAMED = ("POST", "GET")
BY_ACCEPT = (b"vary", b"accept")
NOT_KEPT = (b"cache-control", b"no-store")
METHODS = (b"allow", b"GET, HEAD, POST")


@dataclass(frozen=True)
class RequestLimits:
    body: int
    """Bytes of a request's body."""
    operations: int
    """Operations of one request; fewer than two: no batches."""
    seconds: float
    """How long a request may take."""


class GraphQL:
    """The endpoint. `text` finds the document that a request means, `page` is whether browsers get GraphiQL."""

    def __init__(
        self,
        schema: Coded,
        text: Text,
        authenticate: Authenticate,
        limits: RequestLimits,
        streams: Streams,
        *,
        page: bool,
    ) -> None:
        self._schema = schema
        self._text = text
        self._authenticate = authenticate
        self._limits = limits
        self._deadlines = Deadlines(limits.seconds)
        self._streams = streams
        self._page = get_graphql_ide_html(graphql_ide="graphiql").encode() if page else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        token = errors.request_id.set(secrets.token_hex(8))
        try:
            answer = await self._answer(Incoming(scope, receive))
            if answer:
                await answer(scope, receive, send)
        finally:
            errors.request_id.reset(token)

    async def _answer(self, incoming: Incoming) -> ASGIApp | None:
        """What to send; nothing to a client that is gone."""
        told = incoming.media_type or JSON
        try:
            with Deadline(self._deadlines, incoming):
                return await self._respond(incoming)
        except Refused as refusal:
            return answers.of_refusal(refusal, told)
        except Late:
            return self._late(incoming, told)
        except (Gone, ClientDisconnect):
            return None
        except Exception:
            return answers.of_failure(failed(), told)

    async def _given(self, incoming: Incoming) -> Any:
        if incoming.method == "POST":
            if not is_json(incoming.header(b"content-type")):
                raise Refused(415, "UNSUPPORTED_MEDIA_TYPE", f"Send `content-type: {JSON}`, in UTF-8.")
            return requests.from_json(await incoming.body(self._limits.body))
        if incoming.method not in ALLOWED:
            raise Refused(405, "METHOD_NOT_ALLOWED", "Use POST, or GET for queries.", METHODS)
        return requests.from_address(incoming.scope["query_string"])

    async def _respond(self, incoming: Incoming) -> ASGIApp:
        given = await self._given(incoming)
        if EVENTS in incoming.accept and given.__class__ is dict and incoming.method in STREAMED:
            asked = incoming.operation(given)
            if self._streams.wants(incoming.accept, asked):
                return self._streams.stream(incoming, asked, await self._context(incoming))
        if incoming.method != "POST":
            return await self._get(incoming, given)
        wanted = _wanted(incoming)
        context = await self._context(incoming)
        if given.__class__ is list:
            return Answer(orjson.dumps(await self._batch(given, incoming, context)), wanted)
        return answers.of_result(await self._run(incoming.operation(given), context, "POST"), wanted)

    async def _get(self, incoming: Incoming, given: dict[str, Any]) -> Answer:
        """A query, or the page where none is asked. Caches may keep what they are set to keep, but no errors."""
        if self._page and not requests.asks(given) and prefers(incoming.accept, HTML):
            return Answer(self._page, HTML, headers=[BY_ACCEPT])
        wanted = _wanted(incoming)
        result = await self._run(incoming.operation(given), await self._context(incoming), incoming.method)
        answer = answers.of_result(result, wanted)
        answer.headers = [BY_ACCEPT, NOT_KEPT] if result.errors else [BY_ACCEPT]
        return answer

    async def _context(self, incoming: Incoming) -> Any:
        try:
            context = self._authenticate(
                incoming.header(b"authorization") if b"authorization" in incoming.headers else None,
                Request(incoming.scope, incoming.receive),
            )
            return await context if isinstance(context, CoroutineType) else context
        except PermissionError as rejection:
            scheme = (b"www-authenticate", b"Bearer")
            raise Refused(401, "UNAUTHENTICATED", str(rejection), scheme) from None

    async def _run(self, asked: Operation, context: Any, method: str) -> ExecutionResult | PreExecutionError:
        try:
            query = self._text(asked.query, asked.extensions)
            if not query:
                raise requests.bad_request("There is no `query`.")
            return await self._schema.execute(
                query, asked.variables, context, None, asked.name, ALLOWED[method], asked.extensions
            )
        except GraphQLError as refusal:
            return PreExecutionError(None, [refusal])
        except CannotGetOperationTypeError:
            return PreExecutionError(None, [errors.no_operation()])
        except InvalidOperationTypeError as wrong:
            raise _not_by(method, wrong.operation_type) from None

    async def _batch(self, given: list[Any], incoming: Incoming, context: Any) -> list[dict[str, Any]]:
        """The answers in the order of the operations, which run one after the other on one budget."""
        most = self._limits.operations
        if most < 2:
            raise requests.bad_request("This server takes one operation a request: send each on its own.")
        if not 0 < len(given) <= most:
            raise requests.bad_request(f"A batch holds 1 to {most} operations, this one {len(given)}.")
        with shared_budget(self._schema.limits.points):
            return [await self._one(item, incoming, context) for item in given]

    async def _one(self, item: Any, incoming: Incoming, context: Any) -> dict[str, Any]:
        try:
            return answers.told(await self._run(incoming.operation(item), context, "POST"))
        except Refused as refusal:
            return errors.body(refusal.message, refusal.code)

    def _late(self, incoming: Incoming, wanted: str) -> Answer:
        if not incoming.is_read:
            message = f"The request had not arrived after {self._limits.seconds:g} seconds."
            return answers.of_refusal(Refused(408, "REQUEST_TIMEOUT", message, (b"connection", b"close")), wanted)
        message = (
            f"This took longer than {self._limits.seconds:g} seconds and was given up: ask for less."
            " A mutation that was begun is still finished: send it again with its `idempotencyKey` to hear of it."
        )
        return Answer(orjson.dumps({**errors.body(message, "DEADLINE_EXCEEDED"), "data": None}), wanted)


def _wanted(incoming: Incoming) -> str:
    if incoming.media_type is None:
        raise Refused(406, "NOT_ACCEPTABLE", f"`Accept` names nothing that is given here, such as {JSON}.")
    return incoming.media_type


def _not_by(method: str, kind: OperationType) -> Refused:
    if kind is OperationType.SUBSCRIPTION:
        return Refused(
            406, "NOT_ACCEPTABLE", "A subscription is a stream: use a WebSocket, or accept text/event-stream."
        )
    return requests.mutation_by(method)
