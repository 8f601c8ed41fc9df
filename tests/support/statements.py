"""The statements that reach the database, recorded while a test runs."""

from collections.abc import Iterator
from contextlib import contextmanager

from storage.database import observers


@contextmanager
def recorded_statements() -> Iterator[list[str]]:
    """Yield a list to which the text of every statement is appended, in order, until the block ends."""
    statements: list[str] = []
    observers.append(statements.append)
    try:
        yield statements
    finally:
        observers.remove(statements.append)
