"""Describe why the database can't be used, without any part of DATABASE_URL: a driver's own message may repeat it."""

import sqlite3
import ssl
from collections.abc import Iterator

from asyncpg import ClientConfigurationError, InsufficientPrivilegeError  # type: ignore[import-untyped]
from asyncpg.exceptions import (  # type: ignore[import-untyped]
    InvalidAuthorizationSpecificationError,
    InvalidCatalogNameError,
    PostgresError,
)
from tortoise.exceptions import DBConnectionError


def describe(error: BaseException) -> str | None:
    """Return one clause for the operator, or None for an error that is not about the connection."""
    return next((reason for one in _causes(error) for reason in [_describe(one)] if reason), None)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the causes of an error, the first cause first: Tortoise wraps the errors of the drivers."""
    if error is not None:
        yield from _causes(error.__cause__)
        yield error


def _describe(error: BaseException) -> str | None:
    if isinstance(error, InvalidCatalogNameError | DBConnectionError):
        return "the server has no database of this name"
    if isinstance(error, InvalidAuthorizationSpecificationError):
        return "the server refuses this user or password"
    if isinstance(error, InsufficientPrivilegeError):
        return "this role may not do what the command needs; cli.py migrate needs a role that may create tables"
    if isinstance(error, ssl.SSLError) or (isinstance(error, ConnectionError) and "SSL" in str(error)):
        return "the server does not encrypt as sslmode asks, or its certificate is not good"
    if isinstance(error, ClientConfigurationError | FileNotFoundError):
        return "one of its options can't be used: say sslmode as libpq does, and name certificate files that exist"
    if isinstance(error, OSError | TimeoutError):
        return "the server can't be reached"
    if isinstance(error, PostgresError) and error.sqlstate in ("53300", "57P03"):
        return "the server takes no more connections now"
    if isinstance(error, sqlite3.DatabaseError) and getattr(error, "sqlite_errorcode", None) in _UNUSABLE_FILES:
        return "the file is no SQLite database, or this process may not open or write it"
    return None


_UNUSABLE_FILES = {
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
}
