"""DATABASE_URL: the file and pragmas of SQLite, or the server, login and encryption of PostgreSQL."""

import os
import ssl
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from connection_urls import ConnectionUrl
from settings import Settings, exit_if_invalid

MEMORY = ":memory:"
SQLITE_PRAGMAS = {  # of each connection
    "busy_timeout": 30_000,  # milliseconds to wait while another process writes
    "synchronous": "NORMAL",  # safe with a write-ahead log: a commit need not wait for the disk
    "cache_size": -32_000,  # kB; a write touches a dozen index pages, which the default evicts on a large table
    "mmap_size": 1 << 30,  # bytes; reads of mapped pages copy nothing
    "wal_autocheckpoint": 0,  # pages; off: no commit waits for a checkpoint, see storage/group_commit.py
    "secure_delete": "ON",  # overwrite deleted content with zeros in the file itself
    "temp_store": "MEMORY",  # temporary tables and indexes, and statement journals, need no file
    "journal_size_limit": 1 << 26,  # bytes; keep a log of this size after a checkpoint: growing one again is slow
}
POSTGRES_SCHEMES = ("postgres", "postgresql", "asyncpg")
POSTGRES_PORT = 5432
# options that asyncpg reads from a URL as libpq does
# (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS)
LIBPQ_OPTIONS = {
    "application_name",
    "host",
    "options",
    "sslcert",
    "sslcrl",
    "sslkey",
    "sslmode",
    "sslnegotiation",
    "sslrootcert",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "target_session_attrs",
}
OTHER_OPTIONS = {"channel_binding", "connect_timeout"}
SYSTEM_CERTIFICATES = "system"  # libpq's word for the certificate authorities that the machine trusts


@dataclass(frozen=True)
class PostgresOptions:
    """The options of a URL for asyncpg: a URL with libpq's options, and arguments that override it."""

    dsn: str
    arguments: dict[str, Any] = field(default_factory=dict)


def is_sqlite(settings: Settings) -> bool:
    return settings.database_url.startswith("sqlite://")


def sqlite_file(settings: Settings) -> str:
    """Return the path of the database file, or `:memory:`."""
    return settings.database_url.removeprefix("sqlite://").partition("?")[0]


def connection(settings: Settings) -> dict[str, Any]:
    """Return Tortoise's configuration of the connection. Exit with a message that holds no part of the URL."""
    with exit_if_invalid("DATABASE_URL"):
        if is_sqlite(settings):
            _, _, options = settings.database_url.partition("?")
            return _connection("sqlite", {"file_path": sqlite_file(settings), **SQLITE_PRAGMAS, **_pragmas(options)})
        return _connection("postgres", _postgres_credentials(settings))


def _connection(engine: str, credentials: dict[str, Any]) -> dict[str, Any]:
    return {"engine": f"storage.{engine}", "credentials": credentials}


def _pragmas(options: str) -> dict[str, str]:
    return dict(parse_qsl(options))


def _postgres_credentials(settings: Settings) -> dict[str, Any]:
    scheme, separator, _ = settings.database_url.partition("://")
    if not separator or scheme not in POSTGRES_SCHEMES:
        raise ValueError("sqlite://FILE and postgres://USER:PASSWORD@HOST:PORT/NAME are understood")
    url = ConnectionUrl.parse(settings.database_url)
    if not url.path:
        raise ValueError("it names no database: postgres://USER:PASSWORD@HOST:PORT/NAME")
    options = postgres_options(url.options)
    return {
        "host": url.host or (None if "host" in url.options else "127.0.0.1"),
        "port": url.port or POSTGRES_PORT,
        "user": url.user or "postgres",
        "password": url.password,
        "database": url.path,
        "minsize": 1,
        "maxsize": settings.database_pool,
        "dsn": options.dsn,
        **options.arguments,
    }


def postgres_options(options: dict[str, str]) -> PostgresOptions:
    """Translate libpq's options for asyncpg, which reads most of them itself.

    asyncpg knows no channel binding, which protects against a man in the middle. Where it is required, the server must
    prove its name by a certificate instead, which protects against the same.
    """
    if unknown := sorted(options.keys() - LIBPQ_OPTIONS - OTHER_OPTIONS):
        known = ", ".join(sorted(LIBPQ_OPTIONS | OTHER_OPTIONS))
        raise ValueError(f"{len(unknown)} of its options are not understood; understood are {known}")
    libpq = {name: value for name, value in options.items() if name in LIBPQ_OPTIONS}
    arguments: dict[str, Any] = {}
    if seconds := options.get("connect_timeout"):
        arguments["timeout"] = _seconds(seconds)
    must_prove_name = options.get("channel_binding") == "require"
    if must_prove_name:
        libpq["sslmode"] = "verify-full"
        libpq.setdefault("sslrootcert", SYSTEM_CERTIFICATES)
    if libpq.get("sslrootcert") == SYSTEM_CERTIFICATES:
        del libpq["sslrootcert"]
        arguments["ssl"] = ssl.create_default_context()
    return PostgresOptions(f"postgres://?{urlencode(libpq)}" if libpq else "postgres://", arguments)


def _seconds(text: str) -> float:
    if not text.isdecimal() or text == "0":
        raise ValueError("connect_timeout is a number of seconds")
    return float(text)


def create_private_file(name: str) -> None:
    """Create the database file, and its directory, for the process's user alone; SQLite's own default is the umask.

    SQLite gives the write-ahead log the mode of the database file. A file that everyone may read, as older versions
    made them, is closed; a group that was given access on purpose keeps it.
    """
    path = Path(name).absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        for file in (path, *(Path(f"{path}{suffix}") for suffix in ("-wal", "-shm"))):
            if file.exists() and file.stat().st_mode & stat.S_IRWXO:
                file.chmod(0o600)
