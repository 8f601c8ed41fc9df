"""Settings, read once from the environment: name, default, and purpose of each."""

import os
import secrets
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

MIN_KEY_LENGTH = 32  # characters; `openssl rand -hex 32` prints 64
MIN_KEY_CHARACTERS = 8  # different ones; 32 random hexadecimal digits have fewer in one of 10 million cases


@contextmanager
def exit_if_invalid(what: str, errors: tuple[type[Exception], ...] = (ValueError,)) -> Iterator[None]:
    """Exit with a message instead of a traceback if a setting is invalid."""
    try:
        yield
    except errors as error:
        raise SystemExit(f"{what} can't be read: {error}") from None


def _setting(name: str, default: Any, purpose: str, parse: Callable[[str], Any] = str) -> Any:
    def read() -> Any:
        text = os.environ.get(name, "")
        if not text:
            return default
        with exit_if_invalid(f"{name}={text!r}"):
            return parse(text)

    return field(default_factory=read, metadata={"name": name, "default": default, "purpose": purpose})


def _parse_bool(text: str) -> bool:
    if text.lower() not in ("1", "0", "true", "false", "yes", "no", "on", "off"):
        raise ValueError("say true or false")
    return text.lower() in ("1", "true", "yes", "on")


def _parse_words(text: str) -> tuple[str, ...]:
    return tuple(word for word in text.replace(",", " ").split() if word)


def _parse_rates(text: str) -> tuple[str, ...]:
    return () if text == "off" else _parse_words(text)


def _parse_numbers(text: str) -> tuple[tuple[str, int], ...]:
    pairs = [word.partition("=") for word in _parse_words(text)]
    if not all(number.isdecimal() for _, _, number in pairs):
        raise ValueError("say name=number, apart by spaces or commas")
    return tuple((name, int(number)) for name, _, number in pairs)


def _parse_pairs(text: str) -> tuple[tuple[str, str], ...]:
    pairs = [word.partition("=") for word in _parse_words(text)]
    if not all(name and value for name, _, value in pairs):
        raise ValueError("say name=name, apart by spaces or commas")
    return tuple((name, value) for name, _, value in pairs)


DEFAULT_RATE_LIMITS = (
    "viewer=120/minute",
    "key=1200/minute",
    "address=600/minute",
    "introduce=60/minute",
    "signPetition=30/minute",
    "postComment=20/minute",
    "requestSignIn=5/minute",
    "signIn=10/minute",
)


DEFAULT_MAIL_LIMITS = ("network=30/hour", "domain=2000/hour", "all=10000/hour")


@dataclass(frozen=True)
class Settings:
    host: str = _setting("HOST", "127.0.0.1", "the IP address to listen on")
    port: int = _setting("PORT", 8000, "the port to listen on", int)
    public_url: str = _setting("PUBLIC_URL", "", "the URL of the pages, for permalinks; empty: HOST and PORT")
    site_name: str = _setting("SITE_NAME", "Groundswell", "the name of the site, for front ends")
    database_url: str = _setting(
        "DATABASE_URL", "sqlite://groundswell.db", "sqlite://FILE, or postgres://user@host/name"
    )
    database_pool: int = _setting("DATABASE_POOL", 10, "PostgreSQL connections a process may hold", int)
    secret_key: str = _setting(
        "SECRET_KEY",
        "",
        "signs tokens and cursors; empty on SQLite: a random key is stored beside the database file",
    )
    encryption_keys: tuple[str, ...] = _setting(
        "ENCRYPTION_KEYS",
        (),
        "encrypt e-mail addresses and family names: the first encrypts, all decrypt; empty: derived from SECRET_KEY",
        _parse_words,
    )
    token_keys: tuple[str, ...] = _setting(
        "TOKEN_KEYS", (), "sign tokens: the first signs, all verify; empty: derived from SECRET_KEY", _parse_words
    )
    access_minutes: int = _setting("ACCESS_MINUTES", 15, "minutes that an access token of a session is valid", int)
    refresh_days: int = _setting("REFRESH_DAYS", 90, "days until a session that is not refreshed expires", int)
    issuer: str = _setting(
        "ISSUER", "", "the `iss` claim of your own sign-in's tokens; empty: there is no such sign-in"
    )
    issuer_audience: str = _setting("ISSUER_AUDIENCE", "", "the `aud` claim that tokens of the issuer must have")
    issuer_keys: str = _setting("ISSUER_KEYS", "", "the issuer's public keys: a JWKS file, or the URL of one")
    issuer_secret: str = _setting(
        "ISSUER_SECRET", "", "the secret that the issuer signs with, if the issuer has no public keys"
    )
    issuer_algorithms: tuple[str, ...] = _setting(
        "ISSUER_ALGORITHMS", (), "the issuer's algorithms; empty: RS256 and ES256, or HS256 with a secret", _parse_words
    )
    issuer_claims: tuple[tuple[str, str], ...] = _setting(
        "ISSUER_CLAIMS", (), "the names of claims in the issuer's tokens: given_name=first email=mail", _parse_pairs
    )
    issuer_roles: tuple[tuple[str, str], ...] = _setting(
        "ISSUER_ROLES",
        (),
        "the issuer's roles that are staff here: editor=MODERATOR; others are SUPPORTER",
        _parse_pairs,
    )
    issuer_leeway: int = _setting("ISSUER_LEEWAY", 30, "seconds that the issuer's clock may differ", int)
    token_days: int = _setting("TOKEN_DAYS", 365, "days that the token of a guest or staff member is valid", int)
    edit_window_minutes: int = _setting("EDIT_WINDOW_MINUTES", 15, "minutes in which an author may edit a comment", int)
    comment_length: int = _setting("COMMENT_LENGTH", 5000, "maximum characters of a comment", int)
    comment_links: int = _setting("COMMENT_LINKS", 5, "maximum links in a comment; more are refused as spam", int)
    ticker_seconds: int = _setting(
        "TICKER_SECONDS", 60, "seconds to which the ticker's times are rounded down; 0: exact", int
    )
    counter_seconds: int = _setting(
        "COUNTER_SECONDS", 60, "seconds between two changes of a campaign's public counter; 0: at once", int
    )
    country_floor: int = _setting(
        "COUNTRY_FLOOR",
        10,
        "a country with fewer signers than this is not named; named ones are counted in steps of it",
        int,
    )
    country_hours: float = _setting(
        "COUNTRY_HOURS", 24.0, "hours between two changes of a campaign's numbers by country", float
    )
    tally_jump: int = _setting(
        "TALLY_JUMP", 20_000, "a partner's tally that rises by more than this, or falls, waits for a campaigner", int
    )
    confirm_url: str = _setting(
        "CONFIRM_URL", "", "the page that confirmation links open, with ?token=; empty: /confirm of this server"
    )
    confirm_days: int = _setting("CONFIRM_DAYS", 30, "days that a link that confirms a signature is valid", int)
    remind_days: float = _setting(
        "REMIND_DAYS", 2.0, "days until the owner of an unconfirmed signature is reminded", float
    )
    reminders: int = _setting("REMINDERS", 3, "maximum reminders for an unconfirmed signature", int)
    mail_url: str = _setting(
        "MAIL_URL",
        "",
        "the mail server: smtp, smtp+starttls or smtps://USER:PASSWORD@HOST:PORT; empty: mails stay in the outbox",
    )
    mail_from: str = _setting(
        "MAIL_FROM", "", "the sender of mails: Name <e-mail>; empty: no-reply at PUBLIC_URL's host"
    )
    mail_hours: float = _setting("MAIL_HOURS", 24.0, "hours until a mail that can not be sent is given up", float)
    sign_in_mails: int = _setting(
        "SIGN_IN_MAILS", 5, "maximum sign-in codes for an e-mail address and network in an hour; four times in all", int
    )
    mail_limits: tuple[str, ...] = _setting(
        "MAIL_LIMITS",
        DEFAULT_MAIL_LIMITS,
        "rates of the mails that people cause, by their network, by the recipient's domain, and of all; or off",
        _parse_rates,
    )
    mail_days: int = _setting("MAIL_DAYS", 30, "days that the time and kind of a sent mail are stored", int)
    mail_poll_seconds: float = _setting(
        "MAIL_POLL_SECONDS", 10.0, "seconds between queries for mails that are due", float
    )
    mail_seconds: float = _setting("MAIL_SECONDS", 30.0, "seconds that the mail server may take for one mail", float)
    mail_retry_seconds: float = _setting(
        "MAIL_RETRY_SECONDS", 60.0, "seconds until a mail's second try; doubled after each try, up to an hour", float
    )
    audit_hours: float = _setting(
        "AUDIT_HOURS", 24.0, "hours between audits, which recount and repair every count; 0: never", float
    )
    chore_minutes: float = _setting(
        "CHORE_MINUTES", 1.0, "minutes between checks for due reminders, deletions and audits", float
    )
    metrics_token: str = _setting("METRICS_TOKEN", "", "the bearer token for /metrics; empty: there is no such page")
    idempotency_hours: int = _setting(
        "IDEMPOTENCY_HOURS", 24, "hours that the first answer of a mutation with an idempotency key is stored", int
    )
    api_key_seconds: float = _setting(
        "API_KEY_SECONDS", 10.0, "seconds that a key or token may still work after another process revoked it", float
    )
    rate_limits: tuple[str, ...] = _setting(
        "RATE_LIMITS",
        DEFAULT_RATE_LIMITS,
        "rate limits by viewer, key, address or mutation; or off",
        _parse_rates,
    )
    rate_limit_storage: str = _setting(
        "RATE_LIMIT_STORAGE", "memory://", "where rate limits are counted; redis://HOST:PORT/NUMBER for all processes"
    )
    body_limit: int = _setting("BODY_LIMIT", 1_000_000, "maximum bytes of a request's body", int)
    request_seconds: float = _setting("REQUEST_SECONDS", 30.0, "seconds that a request may take", float)
    head_limit: int = _setting("HEAD_LIMIT", 65_536, "maximum bytes of a request's line and headers", int)
    head_seconds: float = _setting("HEAD_SECONDS", 10.0, "seconds until a request's headers must have arrived", float)
    unread_limit: int = _setting(
        "UNREAD_LIMIT",
        32_000_000,
        "maximum bytes held for the connections of one IP address: unread answers, unfinished bodies",
        int,
    )
    unread_seconds: float = _setting(
        "UNREAD_SECONDS", 30.0, "seconds after which a connection that does not read what it is sent is closed", float
    )
    batch_limit: int = _setting("BATCH_LIMIT", 0, "maximum operations in one request; 0 or 1: no batches", int)
    limits: tuple[tuple[str, int], ...] = _setting(
        "LIMITS", (), "limits of one operation that differ from the defaults: depth=20 points=20000", _parse_numbers
    )
    report_cost: bool = _setting(
        "REPORT_COST", False, "whether every answer includes the cost of its operation", _parse_bool
    )
    document_seconds: float = _setting(
        "DOCUMENT_SECONDS",
        3.0,
        "CPU seconds a minute that one network's new documents may take to be read; 0: no limit",
        float,
    )
    persisted_queries: bool = _setting(
        "PERSISTED_QUERIES", True, "whether clients may send a query once, then only its hash", _parse_bool
    )
    trusted_documents: str = _setting(
        "TRUSTED_DOCUMENTS", "", "a JSON file of documents by SHA-256 hash; if set, only these documents run"
    )
    socket_message_limit: int = _setting("SOCKET_MESSAGE_LIMIT", 1_000_000, "maximum bytes of a WebSocket message", int)
    socket_operations: int = _setting(
        "SOCKET_OPERATIONS", 100, "maximum concurrent operations on one WebSocket or event stream", int
    )
    connections_per_address: int = _setting(
        "CONNECTIONS_PER_ADDRESS", 1000, "maximum connections, WebSockets and event streams of one IP address", int
    )
    socket_points: int = _setting(
        "SOCKET_POINTS", 20_000, "maximum points of the subscriptions that run on one WebSocket or event stream", int
    )
    points_per_address: int = _setting(
        "POINTS_PER_ADDRESS", 500_000, "maximum points of the subscriptions that run for one IP address", int
    )
    connection_init_seconds: float = _setting(
        "CONNECTION_INIT_SECONDS", 5.0, "seconds that a WebSocket may stay open without connection_init", float
    )
    reservation_seconds: float = _setting(
        "RESERVATION_SECONDS", 30.0, "seconds until a reserved event stream that nobody opens expires", float
    )
    heartbeat_seconds: float = _setting(
        "HEARTBEAT_SECONDS", 15.0, "seconds of silence before an event stream sends a heartbeat", float
    )
    live_queue: int = _setting(
        "LIVE_QUEUE", 100, "maximum queued events of a slow subscriber, which then reads the log instead", int
    )
    live_poll_seconds: float = _setting(
        "LIVE_POLL_SECONDS", 5.0, "seconds between queries for events whose wake-up was lost", float
    )
    pulse_seconds: float = _setting(
        "PULSE_SECONDS",
        0.25,
        "seconds between two pulses of a campaign or queue; changes in between come as one",
        float,
    )
    introspection: bool = _setting(
        "INTROSPECTION", True, "whether clients may read the schema and open GraphiQL", _parse_bool
    )
    suggestions: bool = _setting(
        "SUGGESTIONS", False, 'whether errors suggest names ("did you mean"); for development', _parse_bool
    )
    compiled: bool = _setting(
        "COMPILED", True, "whether queries run compiled; false: graphql-core runs them all", _parse_bool
    )
    cors_origins: tuple[str, ...] = _setting(
        "CORS_ORIGINS", ("*",), "origins whose pages may call the API", _parse_words
    )
    stop_seconds: int = _setting("STOP_SECONDS", 10, "seconds that requests in flight may take at shutdown", int)
    log_level: str = _setting("LOG_LEVEL", "info", "debug, info, warning or error")

    def __post_init__(self) -> None:
        check_keys("SECRET_KEY", [self.secret_key] if self.secret_key else [])
        check_keys("ENCRYPTION_KEYS", self.encryption_keys)
        check_keys("TOKEN_KEYS", self.token_keys)

    @cached_property
    def site_url(self) -> str:
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @cached_property
    def mail_sender(self) -> str:
        return self.mail_from or f"no-reply@{urlsplit(self.site_url).hostname}"

    @cached_property
    def key(self) -> bytes:
        """Return the 32 bytes to sign with, derived from SECRET_KEY, or from a key file beside the SQLite file."""
        secret = self.secret_key.encode() if self.secret_key else _read_or_create_key(self.database_url)
        return blake2b(secret, digest_size=32).digest()

    @cached_property
    def sealing_secrets(self) -> list[bytes]:
        """Return the secrets of the encryption keys. The last is SECRET_KEY's, and decrypts older columns."""
        return [*(key.encode() for key in self.encryption_keys), self.key]

    @cached_property
    def signing_keys(self) -> dict[str, bytes]:
        """Return the keys of tokens by id. The first signs; the last is SECRET_KEY's, and verifies older tokens."""
        keys = [*(blake2b(key.encode(), digest_size=32).digest() for key in self.token_keys), self.key]
        return {blake2b(key, digest_size=6, person=b"token key").hexdigest(): key for key in keys}


def check_keys(name: str, keys: Iterable[str]) -> None:
    """Exit with a message if a key is short, or long only because it repeats: whoever guesses it owns the site."""
    for key in keys:
        is_repeated = key in (key + key)[1:-1]
        if len(key) < MIN_KEY_LENGTH or len(set(key)) < MIN_KEY_CHARACTERS or is_repeated:
            # name the setting, never the key
            raise SystemExit(
                f"{name}: a key must have at least {MIN_KEY_LENGTH} random characters, such as `openssl rand -hex 32`"
                " prints"
            )


_memory_key = secrets.token_bytes(32)


def _read_or_create_key(database_url: str) -> bytes:
    if urlsplit(database_url).scheme != "sqlite":
        raise SystemExit("SECRET_KEY must be set with this DATABASE_URL: several processes share one key")
    name = database_url.removeprefix("sqlite://").split("?")[0]
    if name == ":memory:":
        return _memory_key
    path = Path(name + ".key")
    if not path.exists():
        _create_key_file(path)
    return _read_key_file(path)


def _read_key_file(path: Path) -> bytes:
    key, mode = path.read_text(errors="replace").strip(), path.stat().st_mode
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SystemExit(f"Others than its owner may read or change {path}: run chmod 600, if nobody has read it")
    check_keys(str(path), [key])
    return key.encode()


def _create_key_file(path: Path) -> None:
    """Create a key file with all of its content or not at all, so that no other process reads half a key."""
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # only this user can read it
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(handle)
        with suppress(FileExistsError):  # another process created the key first: use that key
            os.link(draft, path)
    finally:
        os.unlink(draft)


def describe_settings() -> list[tuple[str, Any, str]]:
    """Return the environment variable, default and purpose of each setting, for tests of docs/operating.md."""
    return [
        (setting.metadata["name"], setting.metadata["default"], setting.metadata["purpose"])
        for setting in fields(Settings)
    ]


settings = Settings()
