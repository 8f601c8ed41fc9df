"""Downloads: fetch a small file by HTTP within a deadline for the whole, however the server answers."""

import socket
from collections.abc import Callable
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request

MAX_BYTES = 1_000_000
HEADERS = {"Accept": "application/json", "User-Agent": "Groundswell"}
OK = 200
FAILURES = (OSError, HTTPException, ValueError)
"""The exceptions of `Download.read`."""


class Download:
    """Download one file in a thread of its own. `stop` ends this at once, also while a byte never comes.

    The timeouts of sockets begin anew with each byte, so that a slow server could hold the thread for ever.
    """

    def __init__(self, url: str, timeout_seconds: float) -> None:
        self._url = url
        self._timeout_seconds = timeout_seconds
        self._is_stopped = False
        self._sockets: list[socket.socket] = []
        self._opener = OpenerDirector()
        for handler in (ProxyHandler(), _Handler(self._connect), _SecureHandler(self._connect)):
            self._opener.add_handler(handler)

    def read(self) -> bytes:
        """Return the content as it was sent. A redirect is not followed, and compressed content is not unpacked."""
        try:
            with self._opener.open(Request(self._url, headers=HEADERS), timeout=self._timeout_seconds) as response:
                return _content(response)
        finally:
            self.stop()

    def stop(self) -> None:
        self._is_stopped = True
        copies, self._sockets = self._sockets, []
        for copy in copies:
            with copy:
                _shut(copy)

    def _connect(self, *arguments: Any, **options: Any) -> socket.socket:
        connected = socket.create_connection(*arguments, **options)
        self._sockets.append(connected.dup())  # TLS takes the socket away from its object
        if self._is_stopped:
            self.stop()
        return connected


Connect = Callable[..., socket.socket]


class _Handler(HTTPHandler):
    def __init__(self, connect: Connect) -> None:
        super().__init__()
        self._connect = connect

    def http_open(self, request: Request) -> Any:
        return self.do_open(partial(_connection, HTTPConnection, self._connect), request)


class _SecureHandler(HTTPSHandler):
    def __init__(self, connect: Connect) -> None:
        super().__init__()
        self._connect = connect

    def https_open(self, request: Request) -> Any:
        return self.do_open(partial(_connection, HTTPSConnection, self._connect), request)


def _connection(kind: type[HTTPConnection], connect: Connect, host: str, **options: Any) -> HTTPConnection:
    connection = kind(host, **options)
    connection._create_connection = connect  # type: ignore[attr-defined]
    return connection


def _content(response: Any) -> bytes:
    if response.status != OK:
        raise ValueError(f"the server answered with {response.status}")
    content: bytes = response.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ValueError(f"it is longer than {MAX_BYTES} bytes")
    return content


def _shut(connected: socket.socket) -> None:
    try:
        connected.shutdown(socket.SHUT_RDWR)
    except OSError:  # the server has closed the connection already
        return
