"""Packed rows: SQLite returns all rows of a statement as one JSON text, which is cheaper to read for many rows.

To fetch a column of a row takes three calls into SQLite, each of which acquires and releases a lock: more than half of
the cost of a level of nested lists. To write the rows as JSON in SQLite and parse the text with orjson takes a quarter
less time (docs/decisions/rows-and-the-orm.md).
"""

from tortoise import fields

from storage.database import Statement
from storage.rows import Names, Row, attributes, columns, related_model, split_names


def select_statement(model: type[Row], alias: str, names: Names, sqlite: str, postgres: str) -> Statement:
    """Return a SELECT of a model's columns, without an order. `sqlite` and `postgres` are its FROM and WHERE."""
    selected = columns(model, alias, names)
    is_packed = _survive_json(model, names)
    # a BLOB: orjson reads bytes, so the driver need not decode a string first
    packed = f"CAST(json_group_array(json_array({selected})) AS BLOB)" if is_packed else selected
    return Statement(f"SELECT {packed} {sqlite}", f"SELECT {selected} {postgres}", is_packed=is_packed)


def _survive_json(model: type[Row], names: Names) -> bool:
    """Return whether no column holds bytes, which JSON can not represent."""
    own, others = split_names(names or tuple(attributes(model)))
    tables = [(model, own), *((related_model(model, key), inner) for key, inner in others.items())]
    return not any(isinstance(attributes(table)[name], fields.BinaryField) for table, some in tables for name in some)
