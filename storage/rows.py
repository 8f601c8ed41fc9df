"""From a database's tuples to rows, without the ORM's price for each: one generated function a table."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar

import orjson
from tortoise import ForeignKeyFieldInstance, fields

from storage.database import Statement, dialect, fetch
from storage.fields import InstantField
from storage.tortoise_internals import HydratedModel, fields_of

M = TypeVar("M", bound="Row")
SHARED = 30  # names of attributes that CPython keeps once for all instances of a class, those that come first
PARAMETERS = 30_000  # of one statement; SQLite takes 32,766 and PostgreSQL 32,767


class Row(HydratedModel):
    """What all tables share. A row from `read` is an ordinary Tortoise model that came by a shorter way."""

    id: Any

    # Tortoise's own keeps book of changes, which a row that was only read has none of, and is slow.
    __setattr__ = object.__setattr__  # type: ignore[assignment]

    def __init__(self, **values: Any) -> None:
        """Refuse a value for a column that the table lacks. Tortoise would drop the value and say nothing."""
        if unknown := values.keys() - fields_of(type(self)).keys():
            raise TypeError(f"{type(self).__name__} has no column {', '.join(sorted(unknown))}")
        super().__init__(**values)

    class Meta:
        abstract = True


def table_of(model: type[Row]) -> str:
    return model.get_table().get_table_name()


@lru_cache
def attributes(model: type[Row]) -> dict[str, Any]:
    """The table's columns by name, in order. Tortoise itself knows a foreign key's column only once it is set up."""
    found: dict[str, Any] = {}
    for name, field in fields_of(model).items():
        if isinstance(field, ForeignKeyFieldInstance):  # a one-to-one field is one as well
            found[f"{name}_id"] = field
        elif field.has_db_field and field.reference is None:
            found[name] = field
    return found


Names = tuple[str, ...] | None
"""Columns to read: None for all, `author.display_name` for one of the row behind the foreign key `author`."""


@lru_cache(1024)
def columns(model: type[Row], alias: str = "", names: Names = None) -> str:
    """The table's columns as a statement selects them for `read`."""
    prefix = f"{alias}." if alias else ""
    own, others = split(names or tuple(attributes(model)))
    shown = [f'{prefix}"{name}"' for name in own]
    return ", ".join([*shown, *(f'{key}."{name}"' for key, inner in others.items() for name in inner)])


def joined(model: type[Row], alias: str, names: Names) -> tuple[str, str]:
    """The tables behind the foreign keys that are read along, and the conditions that join them."""
    tables, conditions = "", ""
    for key in split(names or ())[1]:
        table, condition = f'"{table_of(behind(model, key))}" {key}', f"{key}.id = {alias}.{key}_id"
        if attributes(model)[f"{key}_id"].null:
            tables += f" LEFT JOIN {table} ON {condition}"
        else:
            tables += f" CROSS JOIN {table}"
            conditions += f" AND {condition}"
    return tables, conditions


def split(names: tuple[str, ...]) -> tuple[list[str], dict[str, list[str]]]:
    """The row's own columns, and those of the rows behind its foreign keys."""
    others: dict[str, list[str]] = {}
    for name in names:
        key, _, column = name.rpartition(".")
        if key:
            others.setdefault(key, []).append(column)
    return [name for name in names if "." not in name], others


def behind(model: type[Row], key: str) -> type[Row]:
    return fields_of(model)[key].related_model  # type: ignore[no-any-return]


@lru_cache(1024)
def hydrator(model: type[Row], database: str, names: Names = None) -> Callable[[Any], Any]:
    """A function that makes a row of a tuple whose first columns are `columns(model, names=names)`."""
    _share_names(model)
    own, others = split(names or tuple(attributes(model)))
    known: dict[str, Any] = {"new": object.__new__, "model": model}
    lines, place = ["row = new(model)", *_filled(known, "row", model, own, 0, database)], len(own)
    for key, inner in others.items():
        known[key] = behind(model, key)
        number = f"r[{own.index(f'{key}_id')}]"
        made = [
            f"row.loaded_{key} = {key}_row = new({key})",
            f"{key}_row.id = {number}",
            *_filled(known, f"{key}_row", known[key], inner, place, database),
        ]
        if attributes(model)[f"{key}_id"].null:
            made = [f"if {number} is None:", f"    row.loaded_{key} = None", "else:", *(f"    {line}" for line in made)]
        lines += made
        place += len(inner)
    source = "def hydrate(r):\n" + "".join(f"    {line}\n" for line in [*lines, "return row"])
    exec(compile(source, f"<hydrate {model.__name__}>", "exec"), known)
    return known["hydrate"]  # type: ignore[no-any-return]


@lru_cache
def _share_names(model: type[Row]) -> None:
    """Say which names are shared: a row with others has a dict of its own, and costs twice as much."""
    row = object.__new__(model)
    for name in [*(name for name in vars(model) if name.startswith("loaded_")), *attributes(model)][:SHARED]:
        setattr(row, name, None)


def _filled(
    known: dict[str, Any], row: str, model: type[Row], names: list[str], start: int, database: str
) -> list[str]:
    """The lines that give the row each column of the tuple."""
    lines = []
    for place, name in enumerate(names, start):
        field = attributes(model)[name]
        convert = _conversion(field, database)
        value = f"r[{place}]"
        if convert is not None:
            known[f"c{place}"] = convert
            value = f"None if (v := {value}) is None else c{place}(v)" if field.null else f"c{place}({value})"
        lines.append(f"{row}.{name} = {value}")
    return lines


def _conversion(field: Any, database: str) -> Callable[[Any], Any] | None:
    enum = getattr(field, "enum_type", None)
    if enum is not None and issubclass(enum, Enum):
        members: dict[Any, Any] = enum._value2member_map_
        return members.__getitem__
    if isinstance(field, fields.JSONField):
        decode: Callable[[Any], Any] = field.decoder
        return decode
    if database == "postgres":
        return None
    if isinstance(field, InstantField):
        return datetime.fromisoformat
    if isinstance(field, fields.DateField):
        return date.fromisoformat
    return bool if isinstance(field, fields.BooleanField) else None


async def read(model: type[M], statement: Statement, *values: Any, names: Names = None) -> list[M]:
    """The rows of a statement that selects `columns(model, names=names)` first."""
    hydrate = hydrator(model, dialect(), names)
    return [hydrate(row) for row in await fetch(statement, *values)]


async def read_one(model: type[M], statement: Statement, *values: Any, names: Names = None) -> M | None:
    return next(iter(await read(model, statement, *values, names=names)), None)


def group_by(rows: Iterable[M], column: str) -> dict[Any, list[M]]:
    """The rows of each value of a column, in the order in which they come: what a batch is asked for."""
    found: dict[Any, list[M]] = {}
    for row in rows:
        found.setdefault(getattr(row, column), []).append(row)
    return found


async def by_ids(model: type[M], ids: Collection[int]) -> dict[int, M]:
    """The rows with these ids that exist, in one statement."""
    if not ids:
        return {}
    from_json = _by_ids(model)
    return {row.id: row for row in await read(model, from_json, orjson.dumps(list(ids)).decode())}


@lru_cache
def _by_ids(model: type[Row]) -> Statement:
    return Statement(f'SELECT {columns(model)} FROM "{table_of(model)}" WHERE id IN {{ids $1}}')


async def insert(model: type[Row], **values: Any) -> int:
    """Write one row and return its id; columns not named take the default of their field."""
    row = _stored(model, _with_defaults(model, values))
    returned = await fetch(_insert(model, tuple(row)), *row.values())
    return int(returned[0][0])


async def add(model: type[M], **values: Any) -> M:
    """Write one row and return it; columns not named take the default of their field."""
    known = _with_defaults(model, values)
    row = model.__new__(model)
    row.__dict__ = {"id": await insert(model, **known), **known}
    return row


async def insert_many(model: type[Row], rows: Sequence[dict[str, Any]]) -> list[int]:
    """Write many rows that name the same columns, a few statements for all; returns their ids in order."""
    if not rows:
        return []
    names = tuple(rows[0])
    most = PARAMETERS // len(names)
    ids: list[int] = []
    for start in range(0, len(rows), most):
        chunk = rows[start : start + most]
        values = [value for row in chunk for value in _stored(model, row).values()]
        ids += sorted(row[0] for row in await fetch(_insert(model, names, len(chunk)), *values))
    return ids


def _with_defaults(model: type[Row], values: dict[str, Any]) -> dict[str, Any]:
    constant, made = _defaults(model)
    return {**constant, **{name: make() for name, make in made.items() if name not in values}, **values}


@lru_cache
def _defaults(model: type[Row]) -> tuple[dict[str, Any], dict[str, Callable[[], Any]]]:
    """What a column holds that is not named: a value, or what a function makes."""
    defaults = {name: field.default for name, field in attributes(model).items() if name != "id"}
    made = {name: default for name, default in defaults.items() if callable(default)}
    return {name: None if name in made else default for name, default in defaults.items()}, made


@lru_cache
def _insert(model: type[Row], names: tuple[str, ...], count: int = 1) -> Statement:
    width = len(names)
    rows = ", ".join(
        f"({', '.join(f'${place}' for place in range(row * width + 1, (row + 1) * width + 1))})" for row in range(count)
    )
    named = ", ".join(f'"{name}"' for name in names)
    return Statement(f'INSERT INTO "{table_of(model)}" ({named}) VALUES {rows} RETURNING id')


def _stored(model: type[Row], row: dict[str, Any]) -> dict[str, Any]:
    """The columns' values as the database takes them."""
    encoded = {name: encode(row[name]) for name, encode in _encoders(model).items() if row.get(name) is not None}
    return {**row, **encoded} if encoded else row


@lru_cache
def _encoders(model: type[Row]) -> dict[str, Callable[[Any], Any]]:
    return {name: field.encoder for name, field in attributes(model).items() if isinstance(field, fields.JSONField)}
