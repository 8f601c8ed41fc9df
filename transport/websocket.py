"""GraphQL over WebSocket, by the protocol graphql-transport-ws: what a message may be, and what closes a socket."""

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

from transport import errors
from transport.answers import told
from transport.connections import Connections
from transport.operations import TOO_MANY, Operation, Operations, failed, too_many

PROTOCOL = "graphql-transport-ws"
LONGEST_REASON = 123
"""Bytes: a control frame holds 125 (RFC 6455, 5.5), two of which are the code."""

log = logging.getLogger("groundswell.transport")


class Closing(Exception):
    """The socket is to be closed, with one of the protocol's codes."""

    def __init__(self, code: int, reason: str) -> None:
        self.code = code
        self.reason = reason.encode()[:LONGEST_REASON].decode(errors="ignore")


@dataclass(frozen=True)
class SocketLimits:
    message: int
    """Bytes of one message."""
    operations: int
    """Operations that run at once on one socket."""
    init_seconds: float
    """How long a client may take for `connection_init`."""


class Sockets:
    """Every WebSocket of a process. `authenticate` makes a socket's context, which `connection_init` identifies."""

    def __init__(
        self,
        operations: Operations,
        authenticate: Callable[[str | None, WebSocket], Any],
        limits: SocketLimits,
        connections: Connections,
        origins: tuple[str, ...],
    ) -> None:
        self._operations = operations
        self._authenticate = authenticate
        self._limits = limits
        self._connections = connections
        self._origins = normalize_allowed_origins(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        websocket = WebSocket(scope, receive, send)
        if not self._may_come(websocket):
            await websocket.close()  # before it is accepted: the handshake is answered with 403
            return
        try:
            await self._accept(websocket)
        except Closing as closing:
            await _close(websocket, closing)
        except WebSocketDisconnect:  # during the handshake
            return

    async def _accept(self, websocket: WebSocket) -> None:
        if PROTOCOL not in websocket.scope["subprotocols"]:
            await websocket.accept()
            raise Closing(4406, f"Subprotocol not acceptable: speak {PROTOCOL}")
        await websocket.accept(PROTOCOL)
        if not self._connections.take(websocket.scope):
            raise Closing(1013, f"More than {self._connections.most} connections from one address")
        try:
            await Socket(websocket, self._operations, self._authenticate(None, websocket), self._limits).run()
        finally:
            self._connections.give_back(websocket.scope)

    def _may_come(self, websocket: WebSocket) -> bool:
        """Whether the page that opens it may: browsers ask nobody before they open a socket to another site."""
        origin = websocket.headers.get("origin")
        return (
            origin is None
            or "*" in self._origins
            or is_same_origin(origin, websocket.headers.get("host"))
            or normalize_origin(origin) in self._origins
        )


class Socket:
    """One connection: its messages are heard one after the other, its operations run beside each other."""

    def __init__(self, websocket: WebSocket, operations: Operations, context: Any, limits: SocketLimits) -> None:
        self._websocket = websocket
        self._operations = operations
        self._context = context
        self._limits = limits
        self._initialised = False
        self._deadline = asyncio.timeout(limits.init_seconds)
        self._running: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until it closes; then nothing that it began is left, and a Closing says what the client is to be told."""
        try:
            async with self._deadline:
                while True:
                    await self._hear(await self._message())
        except TimeoutError:
            raise Closing(4408, "Connection initialisation timeout") from None
        finally:
            await self._stop()

    async def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _message(self) -> dict[str, Any]:
        received = await self._websocket.receive()
        if received["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(received["code"])
        text = received.get("text")
        if text is None:
            raise Closing(4400, "A message must be text, not binary")
        if len(text.encode()) > self._limits.message:
            raise Closing(1009, f"A message has more than {self._limits.message} bytes")
        try:
            message = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise Closing(4400, "A message must be JSON") from None
        if not isinstance(message, dict):
            raise Closing(4400, "A message must be an object")
        return message

    async def _hear(self, message: dict[str, Any]) -> None:
        match message.get("type"):
            case "connection_init":
                await self._initialise(_payload(message) or {})
            case "subscribe":
                await self._subscribe(_id(message), _asked(message))
            case "complete":
                self._complete(_id(message))
            case "ping":
                payload = _payload(message)
                await self._send({"type": "pong"} if payload is None else {"type": "pong", "payload": payload})
            case "pong":
                _payload(message)
            case _:
                raise Closing(4400, "A message must have a `type` that the protocol lets a client send")

    async def _initialise(self, payload: dict[str, Any]) -> None:
        """A socket's token comes in the payload: browsers can't set headers on one, others may."""
        if self._initialised:
            raise Closing(4429, "Too many initialisation requests")
        self._initialised = True
        self._context.connection_params = payload
        header = self._websocket.headers.get("authorization")
        given = payload.get("authorization") or payload.get("Authorization") or header
        try:
            looking_up = self._context.identify(given if given is None else str(given))
            if looking_up is not None:
                await looking_up
        except PermissionError as rejection:
            raise Closing(4403, str(rejection)) from None
        self._deadline.reschedule(None)
        await self._send({"type": "connection_ack"})

    async def _subscribe(self, name: str, asked: Operation) -> None:
        if not self._initialised:
            raise Closing(4401, "Unauthorized: send connection_init first")
        if name in self._running:
            raise Closing(4409, f"Subscriber for {name} already exists")
        if len(self._tasks) >= self._limits.operations:  # those that are still ending count too
            await self._send(_error(name, errors.body(too_many(self._limits.operations), TOO_MANY)))
            return
        task = self._running[name] = asyncio.create_task(self._run(name, asked), name=f"operation {name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _complete(self, name: str) -> None:
        task = self._running.pop(name, None)
        if task is not None:
            task.cancel()

    async def _run(self, name: str, asked: Operation) -> None:
        errors.request_id.set(secrets.token_hex(8))
        try:
            await self._end(await self._tell(name, asked))
        except WebSocketDisconnect:  # whoever reads from it is told too
            return
        except Exception:
            await self._end(_error(name, failed()))

    async def _tell(self, name: str, asked: Operation) -> dict[str, Any]:
        """Send the results; gives the message that comes last."""
        async with aclosing(self._operations.results(asked, self._context)) as results:
            async for result in results:
                payload = told(result)
                if isinstance(result, PreExecutionError):
                    return _error(name, payload)
                await self._send({"id": name, "type": "next", "payload": payload})
        return {"id": name, "type": "complete"}

    async def _end(self, message: dict[str, Any]) -> None:
        """Its id is free for another operation as soon as the client hears of the end."""
        if self._running.get(message["id"]) is asyncio.current_task():
            del self._running[message["id"]]
        await self._send(message)

    async def _send(self, message: dict[str, Any]) -> None:
        text = orjson.dumps(message).decode()
        try:
            await self._websocket.send({"type": "websocket.send", "text": text})
        except RuntimeError:  # what Starlette and uvicorn raise on a socket that was closed just before
            raise WebSocketDisconnect from None


async def _close(websocket: WebSocket, closing: Closing) -> None:
    try:
        await websocket.close(closing.code, closing.reason)
    except (WebSocketDisconnect, RuntimeError):  # it went away meanwhile
        log.debug("a socket was gone before it could be closed with %s", closing.code)


def _error(name: str, answer: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "type": "error", "payload": answer["errors"]}


def _id(message: dict[str, Any]) -> str:
    name = message.get("id")
    if not isinstance(name, str) or not name:
        raise Closing(4400, "`id` must be a string that is not empty")
    return name


def _payload(message: dict[str, Any]) -> dict[str, Any] | None:
    payload = message.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise Closing(4400, "`payload` must be an object")
    return payload


def _asked(message: dict[str, Any]) -> Operation:
    try:
        asked = Operation.read(_payload(message) or {})
    except ValueError as wrong:
        raise Closing(4400, str(wrong)) from None
    if not asked.query and not asked.is_by_hash:
        raise Closing(4400, "`payload` must have a `query`")
    return asked
