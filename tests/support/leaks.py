"""What people told in confidence, and whether any of it leaves the application: every test is searched for that.

A family name or an address that a mutation or a token brings must not be in any answer, message of a socket, event,
log line, printed line or byte of the database afterwards. It may be in the `profile` of the viewer, and a family name
where a choice of FULL_NAME shows it. A test that leaks fails, and is told where.
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
ADDRESSES = {"email", "donoremail"}
INLINE = re.compile(r'\b(familyName|email|donorEmail)\s*:\s*"((?:[^"\\]|\\.)+)"')
"""Of a document that spells its input out."""
SHORTEST = 3
"""Characters of a name that is looked for: shorter ones are met by chance."""


class Recorder:
    """What must not be told, and who told it."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.shown: set[str] = set()
        """Family names that someone chose to show."""
        self.addresses: set[str] = set()
        self.leaks: list[str] = []
        self._watched = 0

    def forget(self) -> None:
        """A test is over; what a database holds that outlives it is still looked for."""
        self.leaks.clear()
        if not self._watched:
            for known in (self.names, self.shown, self.addresses):
                known.clear()

    # ---------------------------------------------------------------- what comes in

    def heard(self, body: bytes | str) -> None:
        """A request's body, or a socket's message."""
        text = body.decode(errors="replace") if isinstance(body, bytes) else body
        if "mail" in text or "amilyName" in text:
            with contextlib.suppress(ValueError):
                self._learn(json.loads(text))

    def heard_token(self, authorization: str) -> None:
        """Claims of another site's token; ours have no names."""
        claims = authorization.split(".")
        if len(claims) == 3:
            with contextlib.suppress(ValueError):
                self._learn(json.loads(base64.urlsafe_b64decode(claims[1] + "==")))

    def _learn(self, given: Any) -> None:
        if isinstance(given, list):
            for item in given:
                self._learn(item)
        elif isinstance(given, dict):
            before = set(self.names)
            for name, value in given.items():
                if isinstance(value, str):
                    self._keep(name, value)
                else:
                    self._learn(value)
            if given.get("nameDisplay") == "FULL_NAME":
                self.shown |= self.names - before or self.names

    def _keep(self, name: str, value: str) -> None:
        if name == "query":
            if "FULL_NAME" in value:
                self.shown |= {text for key, text in INLINE.findall(value) if key.lower() in NAMES}
            for key, text in INLINE.findall(value):
                self._keep(key, text)
        elif name.lower() in NAMES and len(value.strip()) >= SHORTEST:
            self.names.add(value.strip())
        elif name.lower() in ADDRESSES and "@" in value.strip("@ "):
            self.addresses |= {value.strip().casefold(), emails.canonical(value).casefold()}

    # ---------------------------------------------------------------- what goes out

    def told(self, where: str, said: bytes | str) -> None:
        """Anything that leaves the application."""
        if not (self.names or self.addresses):
            return
        text = said.decode(errors="replace") if isinstance(said, bytes) else said
        if self._found(text, _is_word):
            found = self._found(_without_profiles(text), _is_word)
            self.leaks += [f"{where}: {secret!r}" for secret in found]

    @contextlib.contextmanager
    def watching(self, folder: Path) -> Iterator[None]:
        """The files of a database, which are searched when it is closed."""
        self._watched += 1
        try:
            yield
        finally:
            self._watched -= 1
            self.kept(folder)

    def kept(self, folder: Path) -> None:
        """Columns follow each other without a gap: a name may be part of what looks like a word."""
        for file in folder.iterdir():
            if file.is_file() and (self.names or self.addresses):
                text = file.read_bytes().decode(errors="replace")
                self.leaks += [f"{file.name}: {secret!r}" for secret in self._found(text, _is_part)]

    def _found(self, text: str, is_in: Callable[[str, str], bool]) -> list[str]:
        names = [name for name in self.names - self.shown if is_in(name, text)]
        folded = text.casefold() if self.addresses else ""
        return sorted([*names, *(address for address in self.addresses if address in folded)])


def _is_part(name: str, text: str) -> bool:
    return name in text


def _is_word(name: str, text: str) -> bool:
    return name in text and bool(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text))


def _without_profiles(text: str) -> str:
    """An answer, or the lines of an event stream, without what the viewer is told of themselves."""
    lines = [line.removeprefix("data: ") for line in text.splitlines()]
    return "\n".join(_read(line) for line in lines)


def _read(line: str) -> str:
    try:
        return json.dumps(_stripped(json.loads(line)), ensure_ascii=False)
    except ValueError:
        return line


def _stripped(value: Any) -> Any:
    if isinstance(value, list):
        return [_stripped(item) for item in value]
    if isinstance(value, dict):
        return {name: _stripped(inner) for name, inner in value.items() if name.lower() != "profile"}
    return value


RECORDER = Recorder()
"""Of the test that runs now."""


# ---------------------------------------------------------------- where it listens


class LeakRecorder:
    """An ASGI application whose every request, answer and message is recorded."""

    def __init__(self, app: Any, recorder: Recorder = RECORDER) -> None:
        self._app = app
        self._recorder = recorder

    def __getattr__(self, name: str) -> Any:
        return getattr(self._app, name)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        recorder, body = self._recorder, b""
        where = f"{scope['type']} {scope.get('path', '')}"
        for name, value in scope.get("headers", ()):
            if name == b"authorization":
                recorder.heard_token(value.decode("latin-1"))

        async def hear() -> Any:
            nonlocal body
            message = await receive()
            body += message.get("body") or (message.get("text") or "").encode() or message.get("bytes") or b""
            if body and not message.get("more_body"):
                recorder.heard(body)
                body = b""
            return message

        async def tell(message: Any) -> None:
            for part in ("body", "text", "bytes", "reason"):
                if message.get(part):
                    recorder.told(where, message[part])
            for _, value in message.get("headers", ()):
                recorder.told(where, value)
            await send(message)

        await self._app(scope, hear, tell)


class Log(logging.Handler):
    """Every log line, with its traceback."""

    def __init__(self, recorder: Recorder = RECORDER) -> None:
        super().__init__()
        self._recorder = recorder

    def emit(self, record: logging.LogRecord) -> None:
        self._recorder.told(f"log {record.name}", self.format(record))


class _Stream(httpx2.AsyncByteStream):
    """What comes from a server that is another process, while it comes."""

    def __init__(self, stream: Any, where: str) -> None:
        self._stream = stream
        self._where = where

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._stream:
            RECORDER.told(self._where, part)
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


@contextlib.contextmanager
def listening() -> Iterator[None]:
    """To log lines, and to the network; worlds, sockets and processes are listened to where they are made."""
    ours = logging.getLogger("groundswell")
    ours.setLevel(logging.INFO)  # as operators have it
    handler, network = Log(), httpx2.AsyncHTTPTransport.handle_async_request

    async def overheard(self: Any, request: httpx2.Request) -> httpx2.Response:
        with contextlib.suppress(httpx2.RequestNotRead):
            RECORDER.heard(request.content)
        response = await network(self, request)
        response.stream = _Stream(response.stream, f"answer of {request.url.path}")
        return response

    logging.getLogger().addHandler(handler)
    httpx2.AsyncHTTPTransport.handle_async_request = overheard  # type: ignore[method-assign]
    try:
        yield
    finally:
        httpx2.AsyncHTTPTransport.handle_async_request = network  # type: ignore[method-assign]
        logging.getLogger().removeHandler(handler)
        ours.setLevel(logging.NOTSET)
