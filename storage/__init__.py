"""Storage without any noun: connections, dialects, transactions, rows, keyset paging, column types, encryption."""

from storage import connection_errors, database, fields, group_commit, keyset, packing, rows, sealing
from storage.database import (
    close,
    connect,
    fetch,
    fetch_one,
    forget,
    is_current,
    json_list,
    migrate,
    prepare,
    transaction,
)
from storage.fields import now
from storage.rows import Row, add, by_ids, group_by, insert, insert_many, read, read_one

__all__ = [
    "Row",
    "add",
    "by_ids",
    "close",
    "connect",
    "connection_errors",
    "database",
    "fetch",
    "fetch_one",
    "fields",
    "forget",
    "group_by",
    "group_commit",
    "insert",
    "insert_many",
    "is_current",
    "json_list",
    "keyset",
    "migrate",
    "now",
    "packing",
    "prepare",
    "read",
    "read_one",
    "rows",
    "sealing",
    "transaction",
]
