"""Column types: UTC timestamps, enums, and JSON-encoded dataclasses."""

from collections.abc import Callable
from dataclasses import is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import orjson
from tortoise import fields
from tortoise.fields.data import CharEnumFieldInstance

E = TypeVar("E", bound=Enum)


class InstantField(fields.DatetimeField[datetime]):
    """A timestamp in UTC. Tortoise parses SQLite's text with a regular expression; the standard library is faster."""

    def to_python_value(self, value: Any) -> datetime | None:
        return parse_instant(value) if isinstance(value, str) else value


class EnumFieldInstance(CharEnumFieldInstance):
    """A text column with the values of an enum.

    Tortoise's own describes the column by the enum's values, so that each new value would alter the table.
    """

    def __init__(self, enum_type: type[Enum], max_length: int, **options: Any) -> None:
        super().__init__(enum_type, **{**options, "description": ""}, max_length=max_length)
        self.description = None


def EnumField(enum_type: type[E], max_length: int, **options: Any) -> "fields.Field[E]":
    """Declare a text column with the values of an enum."""
    return EnumFieldInstance(enum_type, max_length, **options)


class ValueField(fields.JSONField[Any]):
    """A frozen dataclass, or a list of them, stored as JSON: a part of a row that no query filters by."""

    def __init__(self, of: Any = None, **kwargs: Any) -> None:
        super().__init__(encoder=encode, decoder=_decoder(of), **kwargs)


def encode(value: Any) -> str:
    return orjson.dumps(value).decode()


def _decoder(of: Any) -> Callable[[str | bytes], Any]:
    if of is None:  # in a migration, which reads no values
        return orjson.loads
    build = _builder(of)
    return lambda text: build(orjson.loads(text))


def _builder(of: Any) -> Callable[[Any], Any]:
    if get_origin(of) is list:
        item = _builder(get_args(of)[0])
        return lambda values: [item(value) for value in values]
    if of is date:
        return date.fromisoformat
    if isinstance(of, type) and is_dataclass(of):
        parts = {name: _builder(hint) for name, hint in get_type_hints(of).items()}
        return lambda value: of(**{name: None if v is None else parts[name](v) for name, v in value.items()})
    return lambda value: value


def parse_instant(value: str | datetime) -> datetime:
    """Return a timestamp that a plain statement selected: SQLite gives text, PostgreSQL a datetime."""
    parsed = datetime.fromisoformat(value) if isinstance(value, str) else value
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def now() -> datetime:
    return datetime.now(UTC)
