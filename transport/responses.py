"""HTTP responses: status, media type, headers and a JSON body."""

from collections.abc import Iterable

import orjson
from starlette.types import Receive, Scope, Send
from strawberry.types.execution import ExecutionResult, PreExecutionError

from execution.answers import too_large
from transport.errors import INTERNAL_ERROR, RequestRejected, error_body, request_id
from transport.negotiation import GRAPHQL_RESPONSE, JSON
from transport.results import is_not_executed, serialize_result

Header = tuple[bytes, bytes]


class Response:
    """An ASGI application that sends a whole response at once, with less overhead than Starlette's Response."""

    def __init__(
        self, content: bytes, media_type: str = JSON, status: int = 200, headers: Iterable[Header] = ()
    ) -> None:
        self.content = content
        self.media_type = media_type
        self.status = status
        self.headers = headers
        self.is_error = False
        """Whether the body tells of an error, which may pass, although the status is 200."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [
            (b"content-type", b"%b; charset=utf-8" % self.media_type.encode()),
            (b"content-length", b"%d" % len(self.content)),
            (b"x-request-id", request_id.get().encode()),
            *self.headers,
        ]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.content})


def result_response(result: ExecutionResult | PreExecutionError, media_type: str, max_bytes: int) -> Response:
    """Serialize the result of one operation. With application/json the status is always 200."""
    content = encode_result(result, max_bytes)
    status = _status(result) if result.errors and media_type == GRAPHQL_RESPONSE else 200
    return Response(content, media_type, status)


def encode_result(result: ExecutionResult | PreExecutionError, max_bytes: int) -> bytes:
    """Encode the result of one operation, or an error in its place if there are more than `max_bytes`."""
    content = orjson.dumps(serialize_result(result))
    if len(content) > max_bytes:
        return orjson.dumps(serialize_result(too_large(result, len(content), max_bytes)))
    return content


def _status(result: ExecutionResult | PreExecutionError) -> int:
    if not is_not_executed(result):
        return 200
    codes = [(error.extensions or {}).get("code") for error in result.errors or ()]
    return 500 if INTERNAL_ERROR in codes else 400


def rejection_response(rejected: RequestRejected, media_type: str) -> Response:
    """Return the response to a request that was rejected before any operation ran."""
    content = orjson.dumps(error_body(rejected.message, rejected.code))
    return Response(content, media_type, rejected.status, rejected.headers)
