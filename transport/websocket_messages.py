"""Messages of graphql-transport-ws: parsing what a client sends, and building error messages.

Whatever is malformed raises CloseWebSocket.
"""

import re
from typing import Any

import orjson

from transport.close_codes import CloseCode, CloseWebSocket
from transport.operations import Operation

AUTHORIZATION, HEADERS = "authorization", "headers"
TOKEN_NAME = re.compile(r"^(?!.*[cx]srf).*(?:auth|token|jwt|bearer|api[-_]?key|credential|session|password|secret)")
"""Names, in lower case, under which clients send tokens."""


def parse_message(text: str | None, max_bytes: int) -> dict[str, Any]:
    """Parse a message, which must be a JSON object of at most `max_bytes`; `text` is None for a binary message."""
    if text is None:
        raise CloseWebSocket(CloseCode.BAD_MESSAGE, "A message must be text, not binary")
    if len(text.encode()) > max_bytes:
        raise CloseWebSocket(CloseCode.MESSAGE_TOO_BIG, f"A message has more than {max_bytes} bytes")
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise CloseWebSocket(CloseCode.BAD_MESSAGE, "A message must be JSON") from None
    if not isinstance(message, dict):
        raise CloseWebSocket(CloseCode.BAD_MESSAGE, "A message must be an object")
    return message


def parse_id(message: dict[str, Any]) -> str:
    operation_id = message.get("id")
    if not isinstance(operation_id, str) or not operation_id:
        raise CloseWebSocket(CloseCode.BAD_MESSAGE, "`id` must be a string that is not empty")
    return operation_id


def parse_payload(message: dict[str, Any]) -> dict[str, Any] | None:
    payload = message.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise CloseWebSocket(CloseCode.BAD_MESSAGE, "`payload` must be an object")
    return payload


def parse_authorization(payload: dict[str, Any], header: str | None) -> str | None:
    """Return the authorization in the payload of `connection_init`, at its top or in `headers`; else the header's.

    Names are compared as those of HTTP headers. Whatever else looks like a token is refused: its sender would go on
    as a visitor without a token, and not hear of it.
    """
    nested = [value for name, value in payload.items() if name.lower() == HEADERS and isinstance(value, dict)]
    pairs = [(name.lower(), value) for part in (payload, *nested) for name, value in part.items()]
    if unknown := [name for name, value in pairs if value and name != AUTHORIZATION and TOKEN_NAME.search(name)]:
        reason = f"{unknown[0][:40]} is not understood: send the token as authorization"
        raise CloseWebSocket(CloseCode.FORBIDDEN, reason)
    if any(name == HEADERS and value and not isinstance(value, dict) for name, value in payload.items()):
        raise CloseWebSocket(CloseCode.FORBIDDEN, "headers must be an object: send the token as authorization")
    given = {str(value) for name, value in pairs if name == AUTHORIZATION and value}
    if len(given) > 1:
        raise CloseWebSocket(CloseCode.FORBIDDEN, "There are two different authorizations")
    return given.pop() if given else header


def parse_operation(message: dict[str, Any]) -> Operation:
    try:
        operation = Operation.parse(parse_payload(message) or {})
    except ValueError as error:
        raise CloseWebSocket(CloseCode.BAD_MESSAGE, str(error)) from None
    if not operation.has_document:
        raise CloseWebSocket(CloseCode.BAD_MESSAGE, "`payload` must have a `query`")
    return operation


def error_message(operation_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Return the message that ends an operation with the errors of a response body."""
    return {"id": operation_id, "type": "error", "payload": body["errors"]}
