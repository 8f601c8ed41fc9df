"""Private names of Tortoise that the project relies on, each with its reason. A test refuses any other use.

Here: `Model.__await__`, `_partial` and `_saved_in_db`, `_meta`.
In `storage/sqlite.py` and `storage/postgres.py`, which are subclasses of Tortoise's clients:
- `_in_transaction` is what `tortoise.transactions.in_transaction` calls on a client, so a client of ours overrides it.
- `_connection` and `_lock` of the SQLite client are its connection and the lock that a writer holds.
- `_translate_exceptions` of the PostgreSQL client turns a driver's exception into one of Tortoise's or ours.
In `storage/schema_changes.py`: `_meta`, which has the name of a model's table.
"""

from collections.abc import Iterable
from typing import Any

from tortoise import Model

# Tortoise lets a loaded relation be awaited. graphql-core awaits each object that has `__await__` (it asks `hasattr`,
# so `None` as the value does not help), and would await every row.
del Model.__await__


class HydratedModel(Model):
    """A model whose rows may be created without `Model.__init__`, which would set these attributes on each row.

    `save`, `delete`, `fetch_related`, and a `create` that refers to the row, read these attributes.
    """

    _partial = False
    _saved_in_db = True

    class Meta:
        abstract = True


def fields_of(model: type[Model]) -> dict[str, Any]:
    """Return all fields of a model by name, relations included.

    The public `Model.describe` resolves relations, and so fails before Tortoise is initialised; our statements are
    written when their module is imported.
    """
    return model._meta.fields_map


def forget_docstrings(models: Iterable[type[Model]]) -> None:
    """Keep docstrings out of the database: Tortoise makes each the description of a table, and so of a migration."""
    for model in models:
        model._meta.table_description = ""
