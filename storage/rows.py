"""Rows: hydrate database tuples into model instances by one generated function for each table, and insert rows."""

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
MAX_SHARED_ATTRIBUTES = 30  # names that CPython stores once for all instances of a class: those that are set first
MAX_PARAMETERS = 30_000  # of one statement; the limit is 32,766 for SQLite and 32,767 for PostgreSQL


class Row(HydratedModel):
    """The base of all models. A row from `read` is an ordinary Tortoise model, created without Tortoise's overhead."""

    id: Any

    # Tortoise's own tracks changes for `save`, which the project does not use, and is slow.
    __setattr__ = object.__setattr__  # type: ignore[assignment]

    def __init__(self, **values: Any) -> None:
        """Refuse a value for a column that the table lacks, which Tortoise would drop silently."""
        if unknown := values.keys() - fields_of(type(self)).keys():
            raise TypeError(f"{type(self).__name__} has no column {', '.join(sorted(unknown))}")
        super().__init__(**values)

    class Meta:
        abstract = True


def table_of(model: type[Row]) -> str:
    return model.get_table().get_table_name()


@lru_cache
def attributes(model: type[Row]) -> dict[str, Any]:
    """Return the fields of a table by column name, in order.

    Tortoise itself knows the column of a foreign key only after `Tortoise.init`.
    """
    by_column: dict[str, Any] = {}
    for name, field in fields_of(model).items():
        if isinstance(field, ForeignKeyFieldInstance):  # or its subclass for one-to-one relations
            by_column[f"{name}_id"] = field
        elif field.has_db_field and field.reference is None:
            by_column[name] = field
    return by_column


Names = tuple[str, ...] | None
"""Columns to read: None for all; `parent.name` for the column `name` of the row that the foreign key `parent` names."""


@lru_cache(1024)
def columns(model: type[Row], alias: str = "", names: Names = None) -> str:
    """Return the select list of a statement for `read`."""
    prefix = f"{alias}." if alias else ""
    own, others = split_names(names or tuple(attributes(model)))
    selected = [f'{prefix}"{name}"' for name in own]
    return ", ".join([*selected, *(f'{key}."{name}"' for key, inner in others.items() for name in inner)])


def joined(model: type[Row], alias: str, names: Names) -> tuple[str, str]:
    """Return the joins with the tables of the foreign keys among `names`, and conditions for the WHERE clause."""
    tables, conditions = "", ""
    for key in split_names(names or ())[1]:
        table, condition = f'"{table_of(related_model(model, key))}" {key}', f"{key}.id = {alias}.{key}_id"
        if attributes(model)[f"{key}_id"].null:
            tables += f" LEFT JOIN {table} ON {condition}"
        else:
            tables += f" CROSS JOIN {table}"
            conditions += f" AND {condition}"
    return tables, conditions


def split_names(names: tuple[str, ...]) -> tuple[list[str], dict[str, list[str]]]:
    """Return the row's own columns, and the columns of related rows by foreign key."""
    others: dict[str, list[str]] = {}
    for name in names:
        key, _, column = name.rpartition(".")
        if key:
            others.setdefault(key, []).append(column)
    return [name for name in names if "." not in name], others


def related_model(model: type[Row], key: str) -> type[Row]:
    return fields_of(model)[key].related_model  # type: ignore[no-any-return]


@lru_cache(1024)
def hydrator(model: type[Row], database: str, names: Names = None) -> Callable[[Any], Any]:
    """Generate a function that creates a row from a tuple, which begins with `columns(model, names=names)`.

    A related row becomes the attribute `loaded_<foreign key>`.
    """
    _share_attribute_names(model)
    own, others = split_names(names or tuple(attributes(model)))
    namespace: dict[str, Any] = {"new": object.__new__, "model": model}
    lines = ["row = new(model)", *_assignments(namespace, "row", model, own, 0, database)]
    position = len(own)
    for key, inner in others.items():
        namespace[key] = related_model(model, key)
        related_id = f"r[{own.index(f'{key}_id')}]"
        created = [
            f"row.loaded_{key} = {key}_row = new({key})",
            f"{key}_row.id = {related_id}",
            *_assignments(namespace, f"{key}_row", namespace[key], inner, position, database),
        ]
        if attributes(model)[f"{key}_id"].null:
            created = [
                f"if {related_id} is None:",
                f"    row.loaded_{key} = None",
                "else:",
                *(f"    {line}" for line in created),
            ]
        lines += created
        position += len(inner)
    source = "def hydrate(r):\n" + "".join(f"    {line}\n" for line in [*lines, "return row"])
    exec(compile(source, f"<hydrate {model.__name__}>", "exec"), namespace)
    return namespace["hydrate"]  # type: ignore[no-any-return]


@lru_cache
def _share_attribute_names(model: type[Row]) -> None:
    """Set the attributes once, so that CPython shares their names between rows.

    A row with other names has a dict of its own, and costs twice as much.
    """
    row = object.__new__(model)
    for name in [*(name for name in vars(model) if name.startswith("loaded_")), *attributes(model)][
        :MAX_SHARED_ATTRIBUTES
    ]:
        setattr(row, name, None)


def _assignments(
    namespace: dict[str, Any], row: str, model: type[Row], names: list[str], start: int, database: str
) -> list[str]:
    """Return the source lines that set the columns of a row from the tuple."""
    lines = []
    for position, name in enumerate(names, start):
        field = attributes(model)[name]
        convert = _conversion(field, database)
        value = f"r[{position}]"
        if convert is not None:
            namespace[f"c{position}"] = convert
            value = f"None if (v := {value}) is None else c{position}(v)" if field.null else f"c{position}({value})"
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
    """Return the rows of a statement whose select list begins with `columns(model, names=names)`."""
    hydrate = hydrator(model, dialect(), names)
    return [hydrate(row) for row in await fetch(statement, *values)]


async def read_one(model: type[M], statement: Statement, *values: Any, names: Names = None) -> M | None:
    return next(iter(await read(model, statement, *values, names=names)), None)


def group_by(rows: Iterable[M], column: str) -> dict[Any, list[M]]:
    """Group rows by the value of a column, and keep their order."""
    groups: dict[Any, list[M]] = {}
    for row in rows:
        groups.setdefault(getattr(row, column), []).append(row)
    return groups


async def by_ids(model: type[M], ids: Collection[int]) -> dict[int, M]:
    """Return the existing rows with these ids by id, in one statement."""
    if not ids:
        return {}
    return {row.id: row for row in await read(model, _by_ids(model), orjson.dumps(list(ids)).decode())}


@lru_cache
def _by_ids(model: type[Row]) -> Statement:
    return Statement(f'SELECT {columns(model)} FROM "{table_of(model)}" WHERE id IN {{ids $1}}')


async def insert(model: type[Row], **values: Any) -> int:
    """Insert one row and return its id. Columns not named take the default of their field."""
    row = _encoded(model, _with_defaults(model, values))
    returned = await fetch(_insert(model, tuple(row)), *row.values())
    return int(returned[0][0])


async def add(model: type[M], **values: Any) -> M:
    """Insert one row and return it. Columns not named take the default of their field."""
    complete = _with_defaults(model, values)
    row = model.__new__(model)
    row.__dict__ = {"id": await insert(model, **complete), **complete}
    return row


async def insert_many(model: type[Row], rows: Sequence[dict[str, Any]]) -> list[int]:
    """Insert many rows that name the same columns, in as few statements as possible. Return their ids in order."""
    if not rows:
        return []
    names = tuple(rows[0])
    chunk_size = MAX_PARAMETERS // len(names)
    ids: list[int] = []
    for start in range(0, len(rows), chunk_size):
        chunk = rows[start : start + chunk_size]
        values = [value for row in chunk for value in _encoded(model, row).values()]
        ids += sorted(row[0] for row in await fetch(_insert(model, names, len(chunk)), *values))
    return ids


def _with_defaults(model: type[Row], values: dict[str, Any]) -> dict[str, Any]:
    constants, factories = _defaults(model)
    return {**constants, **{name: make() for name, make in factories.items() if name not in values}, **values}


@lru_cache
def _defaults(model: type[Row]) -> tuple[dict[str, Any], dict[str, Callable[[], Any]]]:
    """Return the constant defaults of columns, and the functions that compute defaults."""
    defaults = {name: field.default for name, field in attributes(model).items() if name != "id"}
    factories = {name: default for name, default in defaults.items() if callable(default)}
    return {name: None if name in factories else default for name, default in defaults.items()}, factories


@lru_cache
def _insert(model: type[Row], names: tuple[str, ...], count: int = 1) -> Statement:
    width = len(names)
    rows = ", ".join(
        f"({', '.join(f'${position}' for position in range(row * width + 1, (row + 1) * width + 1))})"
        for row in range(count)
    )
    column_list = ", ".join(f'"{name}"' for name in names)
    return Statement(f'INSERT INTO "{table_of(model)}" ({column_list}) VALUES {rows} RETURNING id')


def _encoded(model: type[Row], row: dict[str, Any]) -> dict[str, Any]:
    """Return the values with JSON columns encoded."""
    encoded = {name: encode(row[name]) for name, encode in _encoders(model).items() if row.get(name) is not None}
    return {**row, **encoded} if encoded else row


@lru_cache
def _encoders(model: type[Row]) -> dict[str, Callable[[Any], Any]]:
    return {name: field.encoder for name, field in attributes(model).items() if isinstance(field, fields.JSONField)}
