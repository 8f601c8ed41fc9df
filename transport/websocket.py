"""GraphQL over WebSocket, by the protocol graphql-transport-ws: handshake, connections and their operations."""

import asyncio
import logging
import secrets
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect
from strawberry.http.websocket_origin import is_same_origin, normalize_allowed_origins, normalize_origin
from strawberry.types.execution import PreExecutionError

from execution.document_budgets import requesting_ip
from transport.close_codes import CloseCode, CloseWebSocket
from transport.connections import ConnectionLimiter, client_ip
from transport.errors import TOO_MANY_OPERATIONS, error_body, request_id, too_many_operations
from transport.operations import Operation, OperationRunner
from transport.results import mask_exception, serialize_result
from transport.subscription_points import ConnectionPoints, SubscriptionPoints
from transport.websocket_messages import (
    error_message,
    parse_authorization,
    parse_id,
    parse_message,
    parse_operation,
    parse_payload,
)

SUBPROTOCOL = "graphql-transport-ws"

log = logging.getLogger("groundswell.transport")


@dataclass(frozen=True)
class WebSocketLimits:
    message_bytes: int
    operations: int
    """Operations that run at once on one WebSocket."""
    init_seconds: float
    """Time until the client must have sent `connection_init`."""


class WebSocketEndpoint:
    """Accepts WebSockets. `create_context` creates a context, which `connection_init` then authenticates."""

    def __init__(
        self,
        runner: OperationRunner,
        create_context: Callable[[str | None, WebSocket], Any],
        limits: WebSocketLimits,
        connections: ConnectionLimiter,
        points: SubscriptionPoints,
        allowed_origins: tuple[str, ...],
        *,
        invalid_token: type[Exception],
    ) -> None:
        self._runner = runner
        self._create_context = create_context
        self._limits = limits
        self._connections = connections
        self._points = points
        self._invalid_token = invalid_token
        self._allowed_origins = normalize_allowed_origins(allowed_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        requesting_ip.set(client_ip(scope))
        websocket = WebSocket(scope, receive, send)
        if not self._is_origin_allowed(websocket):
            await websocket.close()  # before it is accepted: the response to the handshake is a 403
            return
        try:
            await self._accept(websocket)
        except CloseWebSocket as closing:
            await _close(websocket, closing)
        except WebSocketDisconnect:  # during the handshake
            return

    async def _accept(self, websocket: WebSocket) -> None:
        if SUBPROTOCOL not in websocket.scope["subprotocols"]:
            await websocket.accept()
            reason = f"Subprotocol not acceptable: speak {SUBPROTOCOL}"
            raise CloseWebSocket(CloseCode.SUBPROTOCOL_NOT_ACCEPTABLE, reason)
        await websocket.accept(SUBPROTOCOL)
        if not self._connections.acquire(websocket.scope):
            reason = f"More than {self._connections.max_per_ip} connections from one address"
            raise CloseWebSocket(CloseCode.TRY_AGAIN_LATER, reason)
        try:
            context = self._create_context(None, websocket)
            points = self._points.of_connection(websocket.scope)
            await WebSocketConnection(websocket, self._runner, context, self._limits, self._invalid_token, points).run()
        finally:
            self._connections.release(websocket.scope)

    def _is_origin_allowed(self, websocket: WebSocket) -> bool:
        """Check the origin of the page: browsers send no CORS preflight before they open a WebSocket."""
        origin = websocket.headers.get("origin")
        return (
            origin is None
            or "*" in self._allowed_origins
            or is_same_origin(origin, websocket.headers.get("host"))
            or normalize_origin(origin) in self._allowed_origins
        )


class WebSocketConnection:
    """One WebSocket: its messages are handled one after the other, its operations run concurrently."""

    def __init__(
        self,
        websocket: WebSocket,
        runner: OperationRunner,
        context: Any,
        limits: WebSocketLimits,
        invalid_token: type[Exception],
        points: ConnectionPoints,
    ) -> None:
        self._websocket = websocket
        self._points = points
        self._runner = runner
        self._context = context
        self._limits = limits
        self._invalid_token = invalid_token
        self._is_initialised = False
        self._init_timeout = asyncio.timeout(limits.init_seconds)
        self._running: dict[str, asyncio.Task[None]] = {}
        """Tasks by the id of their operation."""
        self._tasks: set[asyncio.Task[None]] = set()
        """All tasks, with those that were cancelled and have not ended yet."""

    async def run(self) -> None:
        """Handle messages until the WebSocket closes, or must be closed; then cancel all operations."""
        try:
            async with self._init_timeout:
                while True:
                    await self._handle(await self._receive())
        except TimeoutError:
            reason = "Connection initialisation timeout"
            raise CloseWebSocket(CloseCode.INITIALISATION_TIMEOUT, reason) from None
        finally:
            await self._cancel_operations()

    async def _cancel_operations(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _receive(self) -> dict[str, Any]:
        received = await self._websocket.receive()
        if received["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(received["code"])
        return parse_message(received.get("text"), self._limits.message_bytes)

    async def _handle(self, message: dict[str, Any]) -> None:
        match message.get("type"):
            case "connection_init":
                await self._initialise(parse_payload(message) or {})
            case "subscribe":
                await self._subscribe(parse_id(message), parse_operation(message))
            case "complete":
                self._complete(parse_id(message))
            case "ping":
                payload = parse_payload(message)
                await self._send({"type": "pong"} if payload is None else {"type": "pong", "payload": payload})
            case "pong":
                parse_payload(message)
            case _:
                reason = "A message must have a `type` that the protocol lets a client send"
                raise CloseWebSocket(CloseCode.BAD_MESSAGE, reason)

    async def _initialise(self, payload: dict[str, Any]) -> None:
        """Authenticate by the token in the payload, since browsers cannot set headers; else by the header."""
        if self._is_initialised:
            raise CloseWebSocket(CloseCode.TOO_MANY_INITIALISATIONS, "Too many initialisation requests")
        self._is_initialised = True
        self._context.connection_params = payload
        authorization = parse_authorization(payload, self._websocket.headers.get("authorization"))
        try:
            lookup = self._context.identify(authorization)
            if lookup is not None:
                await lookup
        except self._invalid_token as error:
            raise CloseWebSocket(CloseCode.FORBIDDEN, str(error)) from None
        self._init_timeout.reschedule(None)
        await self._send({"type": "connection_ack"})

    async def _subscribe(self, operation_id: str, operation: Operation) -> None:
        if not self._is_initialised:
            raise CloseWebSocket(CloseCode.NOT_INITIALISED, "Unauthorized: send connection_init first")
        if operation_id in self._running:
            raise CloseWebSocket(CloseCode.SUBSCRIBER_EXISTS, f"Subscriber for {operation_id} already exists")
        if len(self._tasks) >= self._limits.operations:  # cancelled operations that have not ended yet count too
            body = error_body(too_many_operations(self._limits.operations), TOO_MANY_OPERATIONS)
            await self._send(error_message(operation_id, body))
            return
        work = self._run(operation_id, operation)
        task = self._running[operation_id] = asyncio.create_task(work, name=f"operation {operation_id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _complete(self, operation_id: str) -> None:
        task = self._running.pop(operation_id, None)
        if task is not None:
            task.cancel()

    async def _run(self, operation_id: str, operation: Operation) -> None:
        request_id.set(secrets.token_hex(8))
        try:
            await self._send_last(await self._send_results(operation_id, operation))
        except WebSocketDisconnect:  # `run` receives the disconnect too
            return
        except Exception:
            await self._send_last(error_message(operation_id, mask_exception()))

    async def _send_results(self, operation_id: str, operation: Operation) -> dict[str, Any]:
        """Send the results; return the message that ends the operation."""
        async with aclosing(self._runner.results(operation, self._context, self._points)) as results:
            async for result in results:
                payload = serialize_result(result)
                if isinstance(result, PreExecutionError):
                    return error_message(operation_id, payload)
                await self._send({"id": operation_id, "type": "next", "payload": payload})
        return {"id": operation_id, "type": "complete"}

    async def _send_last(self, message: dict[str, Any]) -> None:
        """Free the operation's id, then send its last message: the client may reuse the id at once."""
        if self._running.get(message["id"]) is asyncio.current_task():
            del self._running[message["id"]]
        await self._send(message)

    async def _send(self, message: dict[str, Any]) -> None:
        text = orjson.dumps(message).decode()
        try:
            await self._websocket.send({"type": "websocket.send", "text": text})
        except RuntimeError:  # raised by Starlette and uvicorn if the WebSocket was closed just before
            raise WebSocketDisconnect from None


async def _close(websocket: WebSocket, closing: CloseWebSocket) -> None:
    try:
        await websocket.close(closing.code, closing.reason)
    except (WebSocketDisconnect, RuntimeError):  # the client disconnected in the meantime
        log.debug("a socket was gone before it could be closed with %s", closing.code)
