"""GraphQL over HTTP, by its specification: every response is JSON (or an event stream), every error has a code."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from types import CoroutineType
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.execution import ExecutionResult, PreExecutionError
from strawberry.types.graphql import OperationType

from execution import shared_budget
from execution.document_budgets import requesting_ip
from transport.connections import client_ip
from transport.deadline import Deadline, DeadlineExceeded, DeadlineMonitor
from transport.errors import RequestRejected, error_body, request_id
from transport.graphiql import PAGE_HEADERS
from transport.masked_errors import ErrorMaskingSchema, unknown_operation
from transport.negotiation import EVENT_STREAM, HTML, JSON, is_json_content_type, is_preferred_to_json
from transport.operations import DocumentLookup, Operation
from transport.requests import (
    ClientDisconnected,
    HttpRequest,
    bad_request,
    mutation_not_allowed,
    parse_json_body,
    parse_query_string,
)
from transport.responses import Header, Response, encode_result, rejection_response, result_response
from transport.results import mask_exception
from transport.stream_registry import StreamRegistry

CreateContext = Callable[[str | None, Request | WebSocket], Any]
"""Creates the context of a request or a WebSocket from its authorization, or returns a coroutine that does so after a
lookup. The endpoint's `invalid_token` exception tells the client what is wrong with the authorization.

The attribute `content_language` of both names the language of the messages that they have given, if any.
"""

OPERATION_TYPES = {
    "POST": frozenset({OperationType.QUERY, OperationType.MUTATION}),
    "GET": frozenset({OperationType.QUERY}),  # CSRF: an image or a link on any page makes a browser send a GET
    "HEAD": frozenset({OperationType.QUERY}),
}
STREAMABLE_METHODS = ("POST", "GET")
VARY_HEADER = (b"vary", b"accept, authorization")
"""Of every answer to a GET: a shared cache must not give one client's answer to another."""
NO_STORE_HEADER = (b"cache-control", b"private, no-store")
ALLOW_HEADER = (b"allow", b"GET, HEAD, POST")


@dataclass(frozen=True)
class RequestLimits:
    body_bytes: int
    batch_size: int
    """Operations in one request; 0 or 1 turns batches off."""
    seconds: float
    """Time limit of one request."""


class HttpEndpoint:
    """The GraphQL endpoint. `find_document` looks up persisted documents; `graphiql` is the page for browsers.

    `create_context` raises `invalid_token` for a bad authorization, which is answered with 401.
    """

    def __init__(
        self,
        schema: ErrorMaskingSchema,
        find_document: DocumentLookup,
        create_context: CreateContext,
        limits: RequestLimits,
        streams: StreamRegistry,
        *,
        invalid_token: type[Exception],
        graphiql: bytes | None,
    ) -> None:
        self._schema = schema
        self._find_document = find_document
        self._context_factory = create_context
        self._invalid_token = invalid_token
        self._limits = limits
        self._deadlines = DeadlineMonitor(limits.seconds)
        self._streams = streams
        self._graphiql = graphiql

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        token = request_id.set(secrets.token_hex(8))
        ip_token = requesting_ip.set(client_ip(scope))
        try:
            request = HttpRequest(scope, receive)
            response = await self._respond(request)
            if request.method != "POST" and isinstance(response, Response):
                response.headers = _with_caching(request, response)
            if response:
                await response(scope, receive, send)
        finally:
            requesting_ip.reset(ip_token)
            request_id.reset(token)

    async def _respond(self, request: HttpRequest) -> ASGIApp | None:
        """Handle the request, and turn exceptions into responses; return None if the client has disconnected."""
        media_type = request.json_type or JSON
        try:
            with Deadline(self._deadlines, request):
                return await self._handle(request)
        except RequestRejected as rejected:
            return rejection_response(rejected, media_type)
        except DeadlineExceeded:
            return self._timeout_response(request, media_type)
        except ClientDisconnected:
            return None
        except Exception:
            return Response(orjson.dumps(mask_exception()), media_type, 500)

    async def _handle(self, request: HttpRequest) -> ASGIApp:
        parameters = await self._read_parameters(request)
        if EVENT_STREAM in request.accept and parameters.__class__ is dict and request.method in STREAMABLE_METHODS:
            operation = request.parse_operation(parameters)
            if self._streams.should_stream(request.accept, operation):
                return self._streams.stream_operation(request, operation, await self._create_context(request))
        if request.method != "POST":
            return await self._handle_get(request, parameters)
        media_type = _require_json_type(request)
        context = await self._create_context(request)
        if parameters.__class__ is list:
            content = b"[%b]" % b",".join(await self._run_batch(parameters, request, context))
            return Response(content, media_type, headers=_language_headers(context))
        result = await self._run(request.parse_operation(parameters), context, "POST")
        response = result_response(result, media_type, self._schema.limits.answer)
        response.headers = _language_headers(context)
        return response

    async def _handle_get(self, request: HttpRequest, parameters: dict[str, Any]) -> Response:
        """Run a query, or serve GraphiQL to a browser that names no operation."""
        names_operation = parameters.get("query") or parameters.get("extensions")
        if self._graphiql and not names_operation and is_preferred_to_json(request.accept, HTML):
            return Response(self._graphiql, HTML, headers=PAGE_HEADERS)
        media_type = _require_json_type(request)
        operation, context = request.parse_operation(parameters), await self._create_context(request)
        result = await self._run(operation, context, request.method)
        response = result_response(result, media_type, self._schema.limits.answer)
        response.is_error = bool(result.errors)
        response.headers = _language_headers(context)
        return response

    async def _read_parameters(self, request: HttpRequest) -> Any:
        """Return the parameters of the body or the URL: an object, or a list for a batch."""
        if request.method == "POST":
            if not is_json_content_type(request.header(b"content-type")):
                raise RequestRejected(415, "UNSUPPORTED_MEDIA_TYPE", f"Send `content-type: {JSON}`, in UTF-8.")
            return parse_json_body(await request.read_body(self._limits.body_bytes))
        if request.method not in OPERATION_TYPES:
            raise RequestRejected(405, "METHOD_NOT_ALLOWED", "Use POST, or GET for queries.", ALLOW_HEADER)
        return parse_query_string(request.scope["query_string"])

    async def _create_context(self, request: HttpRequest) -> Any:
        try:
            context = self._context_factory(
                request.header(b"authorization") if b"authorization" in request.headers else None,
                Request(request.scope, request.receive),
            )
            return await context if isinstance(context, CoroutineType) else context
        except self._invalid_token as error:
            headers = [(b"www-authenticate", b"Bearer"), *_language_headers(error)]
            raise RequestRejected(401, "UNAUTHENTICATED", str(error), *headers) from None

    async def _run(self, operation: Operation, context: Any, method: str) -> ExecutionResult | PreExecutionError:
        try:
            document = self._find_document(operation.query, operation.extensions)
            if not document:
                raise bad_request("There is no `query`.")
            allowed_types = OPERATION_TYPES[method]
            return await self._schema.execute(
                document, operation.variables, context, None, operation.name, allowed_types, operation.extensions
            )
        except GraphQLError as error:
            return PreExecutionError(None, [error])
        except CannotGetOperationTypeError:
            return PreExecutionError(None, [unknown_operation()])
        except InvalidOperationTypeError as error:
            raise _operation_type_not_allowed(method, error.operation_type) from None

    async def _run_batch(self, batch: list[Any], request: HttpRequest, context: Any) -> list[bytes]:
        """Run the operations one after the other within one cost budget; return their results in the same order.

        Their answers share the size limit of one answer.
        """
        max_size = self._limits.batch_size
        if max_size < 2:
            raise bad_request("This server takes one operation a request: send each on its own.")
        if not 0 < len(batch) <= max_size:
            raise bad_request(f"A batch holds 1 to {max_size} operations, this one {len(batch)}.")
        contents: list[bytes] = []
        bytes_left = self._schema.limits.answer
        with shared_budget(self._schema.limits.points):
            for item in batch:
                contents.append(await self._run_batch_item(item, request, context, bytes_left))
                bytes_left = max(bytes_left - len(contents[-1]), 0)
        return contents

    async def _run_batch_item(self, item: Any, request: HttpRequest, context: Any, max_bytes: int) -> bytes:
        try:
            return encode_result(await self._run(request.parse_operation(item), context, "POST"), max_bytes)
        except RequestRejected as rejected:
            return orjson.dumps(error_body(rejected.message, rejected.code))

    def _timeout_response(self, request: HttpRequest, media_type: str) -> Response:
        if not request.is_body_read:
            message = f"The request had not arrived after {self._limits.seconds:g} seconds."
            rejected = RequestRejected(408, "REQUEST_TIMEOUT", message, (b"connection", b"close"))
            return rejection_response(rejected, media_type)
        message = (
            f"This took longer than {self._limits.seconds:g} seconds and was given up: ask for less."
            " A mutation that was begun is still finished: send it again with its `idempotencyKey` to hear of it."
        )
        return Response(orjson.dumps({**error_body(message, "DEADLINE_EXCEEDED"), "data": None}), media_type)


def _with_caching(request: HttpRequest, response: Response) -> list[Header]:
    """Return the headers of the answer to a GET, with what caches may do: they store no error, and nothing personal.

    There is no `Vary: Accept-Language`: only errors have messages in a language.
    """
    is_private = b"authorization" in request.headers or response.is_error or response.status != 200
    others = [header for header in response.headers if not (is_private and header[0] == NO_STORE_HEADER[0])]
    return [VARY_HEADER, *([NO_STORE_HEADER] if is_private else []), *others]


def _language_headers(source: Any) -> list[Header]:
    """Return the header with the language of the response's messages, which a context or exception may name."""
    language = getattr(source, "content_language", None)
    return [(b"content-language", language.encode())] if language else []


def _require_json_type(request: HttpRequest) -> str:
    """Return the negotiated JSON media type; reject a request that accepts none."""
    if request.json_type is None:
        raise RequestRejected(406, "NOT_ACCEPTABLE", f"`Accept` names nothing that is given here, such as {JSON}.")
    return request.json_type


def _operation_type_not_allowed(method: str, operation_type: OperationType) -> RequestRejected:
    if operation_type is OperationType.SUBSCRIPTION:
        message = "A subscription is a stream: use a WebSocket, or accept text/event-stream."
        return RequestRejected(406, "NOT_ACCEPTABLE", message)
    return mutation_not_allowed(method)
