"""What goes out over HTTP: a status, a media type, and JSON."""

from collections.abc import Iterable
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send
from strawberry.types.execution import ExecutionResult, PreExecutionError

from transport import errors
from transport.accept import JSON, RESPONSE
from transport.operations import formatted

Header = tuple[bytes, bytes]


class Answer:
    """A response that is sent whole; an ASGI application, like Starlette's and for less."""

    def __init__(
        self, content: bytes, media_type: str = JSON, status: int = 200, headers: Iterable[Header] = ()
    ) -> None:
        self.content = content
        self.media_type = media_type
        self.status = status
        self.headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [
            (b"content-type", b"%b; charset=utf-8" % self.media_type.encode()),
            (b"content-length", b"%d" % len(self.content)),
            (b"x-request-id", errors.request_id.get().encode()),
            *self.headers,
        ]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.content})


def of_result(result: ExecutionResult | PreExecutionError, media_type: str) -> Answer:
    """One operation's answer. Under application/json it has status 200, whatever became of it."""
    if not result.errors:
        return Answer(orjson.dumps(formatted(result)), media_type)
    status = _status(result) if media_type == RESPONSE else 200
    return Answer(orjson.dumps(told(result)), media_type, status)


def told(result: ExecutionResult | PreExecutionError) -> dict[str, Any]:
    """A result as it is sent, without data where nothing was run (GraphQL October 2021, 7.1)."""
    shown = formatted(result)
    if _has_not_run(result):
        shown.pop("data", None)
    return shown


def _status(result: ExecutionResult | PreExecutionError) -> int:
    if not _has_not_run(result):
        return 200
    codes = [(error.extensions or {}).get("code") for error in result.errors or ()]
    return 500 if errors.INTERNAL in codes else 400


def _has_not_run(result: ExecutionResult | PreExecutionError) -> bool:
    """Whatever goes wrong in a run has the path where it did."""
    found = result.errors or []
    return result.data is None and bool(found) and not any(error.path for error in found)


def of_refusal(refusal: errors.Refused, media_type: str) -> Answer:
    """What is said to a request that is none."""
    return Answer(orjson.dumps(errors.body(refusal.message, refusal.code)), media_type, refusal.status, refusal.headers)


def of_failure(shown: dict[str, Any], media_type: str) -> Answer:
    return Answer(orjson.dumps(shown), media_type, 500)
