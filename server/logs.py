"""The log: our own lines and uvicorn's, at LOG_LEVEL; of libraries only warnings, without the values in them.

At debug level, libraries print SQL with its parameters, WebSocket frames and mail: the log must name nobody.
"""

import logging
import re
from collections.abc import Iterator
from traceback import TracebackException
from types import TracebackType

from settings import exit_if_invalid

LEVELS = {
    "trace": logging.DEBUG,
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
}
OWN, UVICORN = "groundswell", "uvicorn"
VALUE = re.compile(
    r"""
    (?<!\w)'(?:[^'\\\n]|\\.)*'(?!\w) | "(?:[^"\\\n]|\\.)*" | (?<==)\([^\n]*?\)  # what exceptions quote
    | [^\s<>"'()=:]+@[^\s<>"'()]+          # an e-mail address
    | \?\S+                                # a query string
    | \b\d{1,3}(?:\.\d{1,3}){3}\b          # an IPv4 address
    | (?<![\w:])[\da-fA-F]{0,4}(?::[\da-fA-F]{0,4}){2,7}(?![\w:])  # an IPv6 address
    | \b[\w+/-]{20,}(?:\.[\w+/-]+)*        # a token, key or hash
    """,
    re.VERBOSE,
)
"""Matches values that may identify a person, to replace them."""
TYPE = re.compile(r"[\w.]+(?=:|$)")
"""The type of an exception, before its message."""


def configure_logging(level: str) -> None:
    """Send the log to the standard error output. Exit with a message if there is no such level."""
    with exit_if_invalid(f"LOG_LEVEL={level!r}"):
        if level.lower() not in LEVELS:
            raise ValueError(f"say {', '.join(LEVELS)}")
    least = LEVELS[level.lower()]
    handler = logging.StreamHandler()
    handler.setFormatter(LogFormatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(handlers=[handler], level=max(least, logging.WARNING), force=True)
    logging.getLogger(OWN).setLevel(least)
    logging.getLogger(UVICORN).setLevel(max(least, logging.INFO))


class LogFormatter(logging.Formatter):
    """Prints an exception with its type and its stack, and whatever a library says, without the values in it."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        if record.name.partition(".")[0] not in (OWN, UVICORN):
            record.message = without_values(record.message)
        return super().formatMessage(record)

    def formatException(
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        return "".join(_lines(TracebackException.from_exception(ei[1]))).rstrip() if ei[1] else ""


def without_values(text: str) -> str:
    """Remove from a text what is quoted, and what looks like an e-mail address, an IP, a token or a query string."""
    return VALUE.sub("…", text)


def _lines(error: TracebackException) -> Iterator[str]:
    """Yield the lines of a traceback, causes first; the source code in it is ours, the messages may quote clients."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from _lines(cause)
        yield "\nThen, from this exception or while it was handled:\n\n"
    yield "Traceback (most recent call last):\n"
    yield from error.stack.format()
    for place, line in enumerate(error.format_exception_only()):
        kind = TYPE.match(line) if place == 0 else None
        start = kind.end() if kind else 0
        yield line[:start] + without_values(line[start:])
    for inner in error.exceptions or ():
        yield from _lines(inner)
