"""Leak detection: search everything that leaves the application for the private data that the test sent to it.

A family name or an e-mail address that a test sends (in a mutation or in the token of a host site) must not appear in
any response, WebSocket message, event, log line, printed line, temporary file, or file of a database, open or closed,
its write-ahead log included. Three exceptions: the viewer's own `profile`, the `namePreviews` of the name that the
request itself sends, and a family name whose person chose FULL_NAME.
A test that leaks fails, and the report says where.
"""

import base64
import contextlib
import json
import logging
import re
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2

from models import emails

NAMES = {"familyname", "family_name"}
EMAILS = {"email", "donoremail"}
INLINE = re.compile(r'\b(familyName|email|donorEmail)\s*:\s*"((?:[^"\\]|\\.)+)"')
"""Matches private data in a document that has literals in place of variables."""
OF_THE_ASKER = {"profile", "namepreviews"}
MIN_NAME_LENGTH = 3
"""Characters; the search leaves out shorter names, since a text contains them by chance."""


class LeakRecorder:
    """Private data that a test has sent, and the places where this data came out again."""

    def __init__(self) -> None:
        self.family_names: set[str] = set()
        self.shown_names: set[str] = set()
        """Family names that are public, since their person chose FULL_NAME."""
        self.emails: set[str] = set()
        self.leaks: list[str] = []
        self.temporary_files: Path | None = None
        """The folder of the temporary files of this run."""
        self._open_databases = 0

    def reset(self) -> None:
        """Forget the last test; keep its private data while a database is open, which is searched when it closes."""
        self.leaks.clear()
        if not self._open_databases:
            for secrets in (self.family_names, self.shown_names, self.emails):
                secrets.clear()

    # ---------------------------------------------------------------- input

    def learn_body(self, body: bytes | str) -> None:
        """Learn the private data in the body of a request, or in a WebSocket message."""
        text = body.decode(errors="replace") if isinstance(body, bytes) else body
        if any(word in text for word in ("mail", "amilyName", "FULL_NAME")):
            with contextlib.suppress(ValueError):
                self._learn(json.loads(text))

    def learn_token(self, authorization: str) -> None:
        """Learn the private claims of a host site's token; tokens of our own contain no names."""
        parts = authorization.split(".")
        if len(parts) == 3:
            with contextlib.suppress(ValueError, RecursionError):
                self._learn(json.loads(base64.urlsafe_b64decode(parts[1] + "==")))

    def _learn(self, value: Any) -> None:
        if isinstance(value, list):
            for item in value:
                self._learn(item)
        elif isinstance(value, dict):
            before = set(self.family_names)
            for name, inner in value.items():
                if isinstance(inner, str):
                    self._learn_text(name, inner)
                else:
                    self._learn(inner)
            if value.get("nameDisplay") == "FULL_NAME":
                self.shown_names |= self.family_names - before or self.family_names

    def _learn_text(self, name: str, text: str) -> None:
        if name == "query":
            literals = INLINE.findall(text)
            if "FULL_NAME" in text:
                self.shown_names |= {literal for key, literal in literals if key.lower() in NAMES}
            for key, literal in literals:
                self._learn_text(key, literal)
        elif name.lower() in NAMES and len(text.strip()) >= MIN_NAME_LENGTH:
            self.family_names.add(text.strip())
        elif name.lower() in EMAILS and "@" in text.strip("@ "):
            self.emails |= {text.strip().casefold(), emails.canonical(text).casefold()}

    # ---------------------------------------------------------------- output

    def check_output(self, source: str, output: bytes | str) -> None:
        """Search something that leaves the application; `source` names the output in the report."""
        if not (self.family_names or self.emails):
            return
        text = output.decode(errors="replace") if isinstance(output, bytes) else output
        if self._secrets_in(text, _is_word):
            secrets = self._secrets_in(_without_own(text), _is_word)
            self.leaks += [f"{source}: {secret!r}" for secret in secrets]

    @contextlib.contextmanager
    def checking_database(self, folder: Path) -> Iterator[None]:
        """Search the files of a database when the block ends."""
        self._open_databases += 1
        try:
            yield
        finally:
            self._open_databases -= 1
            self.check_files(folder)

    def check_files(self, folder: Path) -> None:
        """Search files; columns have no gap between them, so that a name also counts inside of a longer word."""
        for file in folder.iterdir():
            if file.is_file() and (self.family_names or self.emails):
                text = file.read_bytes().decode(errors="replace")
                self.leaks += [f"{file.name}: {secret!r}" for secret in self._secrets_in(text, _is_part)]

    def check_temporary_files(self) -> None:
        """Search what the server, or a process of it, has left among the temporary files; databases are apart."""
        if self.temporary_files is not None:
            self.check_files(self.temporary_files)

    def _secrets_in(self, text: str, is_in: Callable[[str, str], bool]) -> list[str]:
        names = [name for name in self.family_names - self.shown_names if is_in(name, text)]
        folded = text.casefold() if self.emails else ""
        return sorted([*names, *(email for email in self.emails if email in folded)])


def _is_part(name: str, text: str) -> bool:
    return name in text


def _is_word(name: str, text: str) -> bool:
    return name in text and bool(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text))


def _without_own(text: str) -> str:
    """Remove what only the asker sees, `profile` and `namePreviews`, from a JSON response or an event stream."""
    lines = [line.removeprefix("data: ") for line in text.splitlines()]
    return "\n".join(_line_without_own(line) for line in lines)


def _line_without_own(line: str) -> str:
    try:
        return json.dumps(_stripped(json.loads(line)), ensure_ascii=False)
    except ValueError:
        return line


def _stripped(value: Any) -> Any:
    if isinstance(value, list):
        return [_stripped(item) for item in value]
    if isinstance(value, dict):
        return {name: _stripped(inner) for name, inner in value.items() if name.lower() not in OF_THE_ASKER}
    return value


RECORDER = LeakRecorder()
"""Records the test that runs now."""


# ---------------------------------------------------------------- inputs and outputs


class RecordedApp:
    """Wrap an ASGI application: learn from each request, check each response and message."""

    def __init__(self, app: Any, recorder: LeakRecorder = RECORDER) -> None:
        self._app = app
        self._recorder = recorder

    def __getattr__(self, name: str) -> Any:
        return getattr(self._app, name)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        recorder, body = self._recorder, b""
        source = f"{scope['type']} {scope.get('path', '')}"
        for name, value in scope.get("headers", ()):
            if name == b"authorization":
                recorder.learn_token(value.decode("latin-1"))

        async def recorded_receive() -> Any:
            nonlocal body
            message = await receive()
            body += message.get("body") or (message.get("text") or "").encode() or message.get("bytes") or b""
            if body and not message.get("more_body"):
                recorder.learn_body(body)
                body = b""
            return message

        async def checked_send(message: Any) -> None:
            for part in ("body", "text", "bytes", "reason"):
                if message.get(part):
                    recorder.check_output(source, message[part])
            for _, value in message.get("headers", ()):
                recorder.check_output(source, value)
            await send(message)

        await self._app(scope, recorded_receive, checked_send)


class LeakCheckingHandler(logging.Handler):
    """Check each log line, with its traceback."""

    def __init__(self, recorder: LeakRecorder = RECORDER) -> None:
        super().__init__()
        self._recorder = recorder

    def emit(self, record: logging.LogRecord) -> None:
        self._recorder.check_output(f"log {record.name}", self.format(record))


class _CheckedStream(httpx2.AsyncByteStream):
    """The response body of a server in another process, checked part by part while the body arrives."""

    def __init__(self, stream: Any, source: str) -> None:
        self._stream = stream
        self._source = source

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._stream:
            RECORDER.check_output(self._source, part)
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


@contextlib.contextmanager
def recording_logs_and_network() -> Iterator[None]:
    """Record log lines and HTTP requests; applications, sockets and processes are recorded where tests start them."""
    logger = logging.getLogger("groundswell")
    logger.setLevel(logging.INFO)  # the level of a server in production
    handler, send_request = LeakCheckingHandler(), httpx2.AsyncHTTPTransport.handle_async_request

    async def recorded_request(self: Any, request: httpx2.Request) -> httpx2.Response:
        with contextlib.suppress(httpx2.RequestNotRead):
            RECORDER.learn_body(request.content)
        response = await send_request(self, request)
        response.stream = _CheckedStream(response.stream, f"response of {request.url.path}")
        return response

    logging.getLogger().addHandler(handler)
    httpx2.AsyncHTTPTransport.handle_async_request = recorded_request  # type: ignore[method-assign]
    try:
        yield
    finally:
        httpx2.AsyncHTTPTransport.handle_async_request = send_request  # type: ignore[method-assign]
        logging.getLogger().removeHandler(handler)
        logger.setLevel(logging.NOTSET)
