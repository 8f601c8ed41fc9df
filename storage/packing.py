"""The rows of many lists as one JSON text, which is how SQLite gives them for the least.

Fetched one by one, each column of each row is three calls into SQLite, and each of them takes a lock and gives it
back: for the replies of a page that is more than half of what they cost. SQLite writes them as JSON, and orjson reads
that, in a quarter less (docs/decisions/rows-without-the-orm.md).
"""

from tortoise import fields

from storage.database import Statement
from storage.rows import Names, Row, attributes, behind, columns, split


def listing(model: type[Row], alias: str, names: Names, sqlite: str, postgres: str) -> Statement:
    """Selects the columns of these tables and conditions, in any order."""
    shown = columns(model, alias, names)
    packs = _fit(model, names)
    # as bytes, which need not become a string before they are read
    given = f"CAST(json_group_array(json_array({shown})) AS BLOB)" if packs else shown
    return Statement(f"SELECT {given} {sqlite}", f"SELECT {shown} {postgres}", is_packed=packs)


def _fit(model: type[Row], names: Names) -> bool:
    """Whether the columns come back as they were: JSON has no bytes."""
    own, others = split(names or tuple(attributes(model)))
    tables = [(model, own), *((behind(model, key), inner) for key, inner in others.items())]
    return not any(isinstance(attributes(table)[name], fields.BinaryField) for table, some in tables for name in some)
