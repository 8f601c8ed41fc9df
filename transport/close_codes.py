"""WebSocket close codes: those of graphql-transport-ws (44xx), and those of RFC 6455 that this server sends."""

from enum import IntEnum

MAX_REASON_BYTES = 123
"""A control frame holds 125 bytes (RFC 6455, 5.5), two of which are the code."""


class CloseCode(IntEnum):
    MESSAGE_TOO_BIG = 1009
    TRY_AGAIN_LATER = 1013
    BAD_MESSAGE = 4400
    NOT_INITIALISED = 4401
    FORBIDDEN = 4403
    SUBPROTOCOL_NOT_ACCEPTABLE = 4406
    INITIALISATION_TIMEOUT = 4408
    SUBSCRIBER_EXISTS = 4409
    TOO_MANY_INITIALISATIONS = 4429


class CloseWebSocket(Exception):
    """The WebSocket must be closed with this code and reason."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        self.code = code
        self.reason = reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")
