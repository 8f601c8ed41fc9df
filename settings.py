"""Every setting, read once from the environment: its name, its default, and why one would change it."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

KEY_LENGTH = 32  # characters of a key that nobody guesses, half of what `openssl rand -hex 32` prints


@contextmanager
def exit_if_invalid(what: str, errors: tuple[type[Exception], ...] = (ValueError,)) -> Iterator[None]:
    """What is set and can't be used ends the process, by a message instead of a traceback."""
    try:
        yield
    except errors as error:
        raise SystemExit(f"{what} can't be read: {error}") from None


def _setting(name: str, default: Any, why: str, parse: Callable[[str], Any] = str) -> Any:
    def read() -> Any:
        text = os.environ.get(name, "")
        if not text:
            return default
        with exit_if_invalid(f"{name}={text!r}"):
            return parse(text)

    return field(default_factory=read, metadata={"name": name, "default": default, "why": why})


def _flag(text: str) -> bool:
    if text.lower() not in ("1", "0", "true", "false", "yes", "no", "on", "off"):
        raise ValueError("say true or false")
    return text.lower() in ("1", "true", "yes", "on")


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in text.replace(",", " ").split() if word)


def _rates(text: str) -> tuple[str, ...]:
    return () if text == "off" else _words(text)


def _numbers(text: str) -> tuple[tuple[str, int], ...]:
    pairs = [word.partition("=") for word in _words(text)]
    if not all(number.isdecimal() for _, _, number in pairs):
        raise ValueError("say name=number, apart by spaces or commas")
    return tuple((name, int(number)) for name, _, number in pairs)


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    pairs = [word.partition("=") for word in _words(text)]
    if not all(name and value for name, _, value in pairs):
        raise ValueError("say name=name, apart by spaces or commas")
    return tuple((name, value) for name, _, value in pairs)


RATES = (
    "viewer=120/minute",
    "key=1200/minute",
    "address=600/minute",
    "introduce=60/minute",
    "signPetition=30/minute",
    "postComment=20/minute",
    "requestSignIn=5/minute",
    "signIn=10/minute",
)


@dataclass(frozen=True)
class Settings:
    host: str = _setting("HOST", "127.0.0.1", "the address to listen on")
    port: int = _setting("PORT", 8000, "the port to listen on", int)
    public_url: str = _setting("PUBLIC_URL", "", "where visitors reach the pages, for permalinks; empty: HOST and PORT")
    database_url: str = _setting(
        "DATABASE_URL", "sqlite://groundswell.db", "sqlite://FILE, or postgres://user@host/name"
    )
    database_pool: int = _setting("DATABASE_POOL", 10, "PostgreSQL connections a process may hold", int)
    secret_key: str = _setting(
        "SECRET_KEY",
        "",
        "signs tokens and cursors; empty on SQLite: a random one is kept beside the database file",
    )
    encryption_keys: tuple[str, ...] = _setting(
        "ENCRYPTION_KEYS",
        (),
        "seals e-mail addresses and family names: the first seals, all open; empty: a key of SECRET_KEY's",
        _words,
    )
    token_keys: tuple[str, ...] = _setting(
        "TOKEN_KEYS", (), "signs tokens: the first signs, all verify; empty: a key of SECRET_KEY's", _words
    )
    access_minutes: int = _setting("ACCESS_MINUTES", 15, "how long an access token of a session is good for", int)
    refresh_days: int = _setting("REFRESH_DAYS", 90, "how long a session lasts that nobody refreshes", int)
    issuer: str = _setting("ISSUER", "", "your own sign-in, as its tokens name themselves (iss); empty: there is none")
    issuer_audience: str = _setting("ISSUER_AUDIENCE", "", "whom its tokens must be for (aud)")
    issuer_keys: str = _setting("ISSUER_KEYS", "", "its public keys: a JWKS file, or the URL of one")
    issuer_secret: str = _setting("ISSUER_SECRET", "", "the secret that it signs with, where it has no public keys")
    issuer_algorithms: tuple[str, ...] = _setting(
        "ISSUER_ALGORITHMS", (), "what it signs with; empty: RS256 and ES256, or HS256 with a secret", _words
    )
    issuer_claims: tuple[tuple[str, str], ...] = _setting(
        "ISSUER_CLAIMS", (), "where its tokens say it differently: given_name=first email=mail", _pairs
    )
    issuer_roles: tuple[tuple[str, str], ...] = _setting(
        "ISSUER_ROLES", (), "which of its roles are staff here: editor=MODERATOR; anyone else is a SUPPORTER", _pairs
    )
    issuer_leeway: int = _setting("ISSUER_LEEWAY", 30, "seconds that its clock may differ by", int)
    token_days: int = _setting("TOKEN_DAYS", 365, "how long a guest's or staff member's token is good for", int)
    edit_window_minutes: int = _setting("EDIT_WINDOW_MINUTES", 15, "how long an author may edit a comment", int)
    comment_length: int = _setting("COMMENT_LENGTH", 5000, "characters in a comment at most", int)
    comment_links: int = _setting("COMMENT_LINKS", 5, "links in a comment at most; more are refused as spam", int)
    ticker_seconds: int = _setting(
        "TICKER_SECONDS", 60, "what the ticker's times are rounded down to; 0: they are exact", int
    )
    country_floor: int = _setting("COUNTRY_FLOOR", 10, "a country with fewer signers than this is not named", int)
    tally_jump: int = _setting(
        "TALLY_JUMP", 20_000, "a partner's tally that rises by more than this, or falls, waits for a campaigner", int
    )
    confirm_url: str = _setting(
        "CONFIRM_URL", "", "the page that confirmation links open, given ?token=; empty: /confirm of this server"
    )
    confirm_days: int = _setting("CONFIRM_DAYS", 30, "how long a link that confirms a signature is good for", int)
    remind_days: float = _setting("REMIND_DAYS", 2.0, "how long a signature waits until its owner is reminded", float)
    reminders: int = _setting("REMINDERS", 3, "how often the owner of a signature that waits is reminded", int)
    mail_url: str = _setting(
        "MAIL_URL",
        "",
        "the mail server: smtp, smtp+starttls or smtps://USER:PASSWORD@HOST:PORT; empty: mails stay in the outbox",
    )
    mail_from: str = _setting(
        "MAIL_FROM", "", "whom mails are from: Name <address>; empty: no-reply at PUBLIC_URL's host"
    )
    mail_hours: float = _setting("MAIL_HOURS", 24.0, "how long a mail is tried before it is given up", float)
    sign_in_mails: int = _setting("SIGN_IN_MAILS", 5, "sign-in codes that an address is mailed in an hour at most", int)
    mail_days: int = _setting("MAIL_DAYS", 30, "how long it is remembered when a mail was sent, and of what kind", int)
    mail_poll_seconds: float = _setting(
        "MAIL_POLL_SECONDS", 10.0, "how often a process looks for mails that are due", float
    )
    mail_seconds: float = _setting("MAIL_SECONDS", 30.0, "how long the mail server may take for one mail", float)
    mail_retry_seconds: float = _setting(
        "MAIL_RETRY_SECONDS", 60.0, "how long until a mail's second try; doubled after each, up to an hour", float
    )
    audit_hours: float = _setting(
        "AUDIT_HOURS", 24.0, "how often every count is recounted from its rows and repaired; 0: never", float
    )
    chore_minutes: float = _setting(
        "CHORE_MINUTES", 1.0, "how often a process looks whom to remind, what to forget, and whether to recount", float
    )
    metrics_token: str = _setting("METRICS_TOKEN", "", "the bearer token that opens /metrics; empty: it is closed")
    idempotency_hours: int = _setting("IDEMPOTENCY_HOURS", 24, "how long a mutation's first answer is kept", int)
    api_key_seconds: float = _setting(
        "API_KEY_SECONDS", 10.0, "how long a key or token that another process revoked may go on working here", float
    )
    rate_limits: tuple[str, ...] = _setting(
        "RATE_LIMITS", RATES, "what may be written in a time, by viewer, key, address or mutation, or off", _rates
    )
    rate_limit_storage: str = _setting(
        "RATE_LIMIT_STORAGE", "memory://", "where writes are counted; redis://HOST:PORT/NUMBER for all processes"
    )
    body_limit: int = _setting("BODY_LIMIT", 1_000_000, "bytes in a request's body at most", int)
    request_seconds: float = _setting("REQUEST_SECONDS", 30.0, "how long a request may take", float)
    batch_limit: int = _setting("BATCH_LIMIT", 0, "operations in one request at most; 0 or 1: no batches", int)
    limits: tuple[tuple[str, int], ...] = _setting(
        "LIMITS", (), "what one operation may ask for, where that differs: depth=20 points=20000", _numbers
    )
    report_cost: bool = _setting("REPORT_COST", False, "whether every answer says what its operation costs", _flag)
    persisted_queries: bool = _setting(
        "PERSISTED_QUERIES", True, "whether clients may send a query once and name it by its hash", _flag
    )
    trusted_documents: str = _setting(
        "TRUSTED_DOCUMENTS", "", "a JSON file of sha256 hash to document; with one, nothing else is run"
    )
    socket_message_limit: int = _setting(
        "SOCKET_MESSAGE_LIMIT", 1_000_000, "bytes in a WebSocket's message at most", int
    )
    socket_operations: int = _setting(
        "SOCKET_OPERATIONS", 100, "operations that run at once on one WebSocket or event stream", int
    )
    connections_per_address: int = _setting(
        "CONNECTIONS_PER_ADDRESS", 1000, "WebSockets and event streams that one address may hold", int
    )
    connection_init_seconds: float = _setting(
        "CONNECTION_INIT_SECONDS", 5.0, "how long a WebSocket may stay open without connection_init", float
    )
    reservation_seconds: float = _setting(
        "RESERVATION_SECONDS", 30.0, "how long an event stream that was reserved may stay unopened", float
    )
    heartbeat_seconds: float = _setting(
        "HEARTBEAT_SECONDS", 15.0, "how long an event stream may be silent before it shows that it is there", float
    )
    live_queue: int = _setting(
        "LIVE_QUEUE", 100, "events a slow subscriber may lag before it goes back to reading the log", int
    )
    live_poll_seconds: float = _setting(
        "LIVE_POLL_SECONDS", 5.0, "how often a follower looks for events whose wake-up was lost", float
    )
    introspection: bool = _setting(
        "INTROSPECTION", True, "whether clients may read the schema and open GraphiQL", _flag
    )
    suggestions: bool = _setting("SUGGESTIONS", False, 'whether errors say "did you mean"; for development', _flag)
    compiled: bool = _setting(
        "COMPILED", True, "whether queries run compiled; false: graphql-core runs them all", _flag
    )
    cors_origins: tuple[str, ...] = _setting("CORS_ORIGINS", ("*",), "sites whose pages may call the API", _words)
    stop_seconds: int = _setting("STOP_SECONDS", 10, "how long requests in flight may take at shutdown", int)
    log_level: str = _setting("LOG_LEVEL", "info", "debug, info, warning or error")

    def __post_init__(self) -> None:
        for name, keys in (("ENCRYPTION_KEYS", self.encryption_keys), ("TOKEN_KEYS", self.token_keys)):
            if any(len(key) < KEY_LENGTH for key in keys):  # named without being told
                raise SystemExit(f"{name}: each key must have at least {KEY_LENGTH} characters")

    @cached_property
    def site_url(self) -> str:
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @cached_property
    def mail_sender(self) -> str:
        return self.mail_from or f"no-reply@{urlsplit(self.site_url).hostname}"

    @cached_property
    def key(self) -> bytes:
        """32 bytes to sign with, of SECRET_KEY, or of one made at first use and kept beside the SQLite file."""
        secret = self.secret_key.encode() if self.secret_key else _kept_key(self.database_url)
        return blake2b(secret, digest_size=32).digest()

    @cached_property
    def sealing_secrets(self) -> list[bytes]:
        """What the keys are derived from that seal private columns. SECRET_KEY's opens what it sealed before."""
        return [*(key.encode() for key in self.encryption_keys), self.key]

    @cached_property
    def signing_keys(self) -> dict[str, bytes]:
        """The keys of tokens by their ids; the first signs. SECRET_KEY's verifies what it signed before."""
        keys = [*(blake2b(key.encode(), digest_size=32).digest() for key in self.token_keys), self.key]
        return {blake2b(key, digest_size=6, person=b"token key").hexdigest(): key for key in keys}


_memory_key = secrets.token_bytes(32)


def _kept_key(database_url: str) -> bytes:
    if urlsplit(database_url).scheme != "sqlite":
        raise SystemExit("SECRET_KEY must be set with this DATABASE_URL: several processes share one key")
    name = database_url.removeprefix("sqlite://").split("?")[0]
    if name == ":memory:":
        return _memory_key
    path = Path(name + ".key")
    if not path.exists():
        _write_private(path, secrets.token_hex(32))
    return path.read_bytes().strip()


def _write_private(path: Path, text: str) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # another process was first: its key is the key
        return
    with os.fdopen(handle, "w") as file:
        file.write(text + "\n")


def described() -> list[tuple[str, Any, str]]:
    """Each setting's environment variable, default and reason; docs/operating.md is held to these."""
    return [
        (setting.metadata["name"], setting.metadata["default"], setting.metadata["why"]) for setting in fields(Settings)
    ]


settings = Settings()
