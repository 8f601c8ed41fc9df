"""Messages of graphql-transport-ws: parsing what a client sends, and building error messages.

Whatever is malformed raises CloseWebSocket.
"""

from typing import Any

import orjson

from transport.close_codes import CloseCode, CloseWebSocket
from transport.operations import Operation


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
