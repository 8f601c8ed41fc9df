"""GraphQL over HTTP and WebSocket, on Strawberry's ASGI application: JSON by orjson, bounds, errors as JSON."""

import json
import logging
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import orjson
from cross_web import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.asgi import GraphQL as StrawberryGraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http import GraphQLRequestData
from strawberry.http.exceptions import NonJsonMessageReceived, WebSocketDisconnected
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler

from transport import errors

log = logging.getLogger("groundswell.transport")
CODES = {405: "METHOD_NOT_ALLOWED", 413: "BODY_TOO_LARGE", 415: "UNSUPPORTED_MEDIA_TYPE"}


Authenticate = Callable[[str | None, Request | WebSocket], Any]
"""Makes the context of a request or a socket from its authorization; a PermissionError says what is wrong with it."""


class Socket(ASGIWebSocketAdapter):
    """Strawberry reads what clients send as if it had the right shape: what has not closes the socket with 4400."""

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[object, None]:
        async for message in super().iter_json(ignore_parsing_errors=ignore_parsing_errors):
            if not _is_message(message):
                raise NonJsonMessageReceived
            yield message


def _is_message(message: Any) -> bool:
    if not isinstance(message, dict) or not isinstance(message.get("id", ""), str):
        return False
    if message.get("type") != "subscribe":
        return True
    asked = message.get("payload")
    if not isinstance(asked, dict) or not asked.get("query"):
        return False
    return all(isinstance(asked.get(name) or "", str) for name in ("query", "operationName"))


class Operations(BaseGraphQLTransportWSHandler[Any, Any]):
    """A client that is gone while an event is sent to it is nothing to report."""

    async def handle_task_exception(self, error: Exception) -> None:
        if not isinstance(error, WebSocketDisconnected | WebSocketDisconnect):
            await super().handle_task_exception(error)


class GraphQL(StrawberryGraphQL[Any, Any]):
    """`authenticate` makes the context; for a socket it is asked again when `connection_init` brings a token."""

    websocket_adapter_class = Socket
    graphql_transport_ws_handler_class = Operations

    def __init__(
        self, schema: Any, authenticate: Authenticate, *, body_limit: int, ide: bool, origins: tuple[str, ...]
    ) -> None:
        super().__init__(
            schema,
            graphql_ide="graphiql" if ide else None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            allowed_origins=origins,
        )
        self._authenticate = authenticate
        self._body_limit = body_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        token = errors.request_id.set(secrets.token_hex(8))
        try:
            if scope["type"] == "http":
                await self._answer(scope, receive, send)
            else:
                await super().__call__(scope, receive, send)
        finally:
            errors.request_id.reset(token)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, bounded(receive, Headers(scope=scope), self._body_limit))
        try:
            response = await (self._post(request) if _is_plain(request) else self.run(request))
        except HTTPException as refusal:
            code = CODES.get(refusal.status_code, "BAD_REQUEST")
            response = _error(refusal.status_code, errors.body(refusal.reason, code))
        except PermissionError as rejection:
            response = _error(401, errors.body(str(rejection), "UNAUTHENTICATED"))
        except Exception:
            log.exception("request %s failed", errors.request_id.get())
            masked = errors.masked_extensions()
            response = _error(500, errors.body(errors.MASKED, masked.pop("code"), **masked))
        MutableHeaders(raw=response.raw_headers)["x-request-id"] = errors.request_id.get()
        await response(scope, receive, send)

    async def _post(self, request: Request) -> Response:
        """What nearly every request is, an operation as JSON, without the steps that are for the others."""
        data = self.parse_json(await request.body())
        if isinstance(data, list):
            return await self.run(request)
        query, variables, extensions = (data.get(name) for name in ("query", "variables", "extensions"))
        for name, value, kind in (
            ("query", query, str),
            ("variables", variables, dict),
            ("extensions", extensions, dict),
            ("operationName", data.get("operationName"), str),
        ):
            if value is not None and not isinstance(value, kind):
                what = "a string" if kind is str else "an object"
                raise HTTPException(400, f"`{name}` must be {what} or null, if it is given.")
        context = self._authenticate(request.headers.get("authorization"), request)
        data = GraphQLRequestData(query, variables, data.get("operationName"), extensions)
        adapter = self.request_adapter_class(request)
        result = await self.execute_single(request, adapter, _NO_RESPONSE, context, None, data)
        return Response(orjson.dumps(await self.process_result(request, result)), media_type="application/json")

    async def get_context(self, request: Request | WebSocket, response: Any) -> Any:
        authorization = request.headers.get("authorization")
        if isinstance(request, Request):
            return self._authenticate(authorization, request)
        context = self._authenticate(None, request)
        context.handshake_authorization = authorization  # looked at in on_ws_connect, where it can be refused
        return context

    async def on_ws_connect(self, context: Any) -> Any:
        """A socket's token comes in `connection_init`: browsers can't set headers on one."""
        params = context.connection_params
        given = params.get("authorization") or params.get("Authorization") or context.handshake_authorization
        try:
            context.identify(given if given is None else str(given))
        except PermissionError as rejection:
            raise ConnectionRejectionError({"message": str(rejection)}) from None
        return await super().on_ws_connect(context)

    def create_response(self, response_data: Any, sub_response: Response) -> Response:
        response = Response(orjson.dumps(response_data), sub_response.status_code or 200, media_type="application/json")
        response.raw_headers.extend(sub_response.raw_headers)
        return response

    def parse_json(self, data: str | bytes) -> Any:
        try:
            parsed = self.decode_json(data)
        except json.JSONDecodeError:
            raise HTTPException(400, "The body is not JSON: send an object with a `query`.") from None
        if not isinstance(parsed, dict) and not _is_batch(parsed):
            raise HTTPException(400, "The JSON must be an object.")
        return parsed

    def decode_json(self, data: str | bytes) -> object:
        return orjson.loads(data)

    def encode_json(self, data: object) -> str:
        return orjson.dumps(data).decode()


_NO_RESPONSE = Response()


def _is_plain(request: Request) -> bool:
    return request.method == "POST" and request.headers.get("content-type", "").startswith("application/json")


def _is_batch(parsed: Any) -> bool:
    return isinstance(parsed, list) and all(isinstance(item, dict) for item in parsed)


def _error(status: int, content: dict[str, Any]) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")


def bounded(receive: Receive, headers: Headers, limit: int) -> Callable[[], Awaitable[Message]]:
    """The same stream, refused as soon as it is known to be longer than the limit."""
    refusal = HTTPException(413, f"The request is larger than {limit} bytes: send less at once.")
    declared = headers.get("content-length", "0")
    seen = 0

    async def receive_within() -> Message:
        nonlocal seen
        if declared.isdigit() and int(declared[:20]) > limit:
            raise refusal
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise refusal
        return message

    return receive_within
