"""Connection URLs of databases, mail servers and Redis: parse them as providers print them.

A provider may print a password with characters that a URL should encode, such as `/`, `#` or `@`. `urlsplit` takes such
a password apart, and its errors show the pieces. Here, no error holds any part of a URL.
"""

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qsl, quote, unquote, urlencode

# The password is the shortest text such that the rest is a host, a port, a path without `/`, and options.
_URL = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://"
    r"(?:(?P<user>[^:@/?]*)(?::(?P<password>.*?))?@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]:/?#@]*)(?::(?P<port>[0-9]{1,5}))?"
    r"(?:/(?P<path>[^/?#@]*))?"
    r"(?:\?(?P<options>.*))?",
    re.DOTALL | re.IGNORECASE,
)
MAX_PORT = 65_535


@dataclass(frozen=True)
class ConnectionUrl:
    """The decoded parts of a URL; those that it does not have are empty or None."""

    scheme: str
    user: str
    password: str
    host: str
    port: int | None
    path: str
    options: dict[str, str]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse `scheme://user:password@host:port/path?option=value`. Raise a ValueError that repeats nothing of it."""
        match = _URL.fullmatch(text.strip())
        if match is None or int(match["port"] or 0) > MAX_PORT:
            raise ValueError("it is no URL such as scheme://USER:PASSWORD@HOST:PORT/NAME")
        return cls(
            match["scheme"].lower(),
            unquote(match["user"] or ""),
            unquote(match["password"] or ""),
            unquote(match["host"].strip("[]")),
            int(match["port"]) if match["port"] else None,
            unquote(match["path"] or ""),
            dict(parse_qsl(match["options"] or "", keep_blank_values=True)),
        )

    def encoded(self) -> str:
        """Return the URL, encoded as RFC 3986 says, for a library that parses it again."""
        user, password = quote(self.user, safe=""), quote(self.password, safe="")
        login = f"{user}:{password}@" if password else f"{user}@" if user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = f":{self.port}" if self.port is not None else ""
        options = f"?{urlencode(self.options)}" if self.options else ""
        return f"{self.scheme}://{login}{host}{port}/{quote(self.path, safe='')}{options}"
