"""Migrations: apply them to a database in use without losing a row, a constraint or an index."""

from collections.abc import Iterator
from typing import Any

from tortoise.fields.base import Field
from tortoise.fields.relational import ManyToManyFieldInstance
from tortoise.migrations import operations as ops
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.schema_editor import BaseSchemaEditor, SqliteSchemaEditor

COLUMN_ATTRIBUTES = ("null", "unique", "index", "source_field")
"""The attributes that a column of SQLite has too; defaults, enums, maximum lengths and descriptions are Python's."""


class UnsafeMigration(Exception):
    """A migration would lose a constraint or an index of a table of SQLite, or can't fill a new column."""


class MigrationFailed(Exception):
    """A migration raised an error, and everything was rolled back."""

    def __init__(self, name: str, error: Exception) -> None:
        reason = str(error) if isinstance(error, UnsafeMigration) else type(error).__name__
        super().__init__(f"The migration {name} failed ({reason}). Nothing was changed: the database is as it was.")


class KeepingSqliteEditor(SqliteSchemaEditor):
    """Change tables of SQLite in place.

    Where Tortoise can't, it copies the rows into a new table, which has no UNIQUE constraint and no index of the old
    one, and reports success. Such a change is refused here.
    """

    async def remove_field(self, model: Any, field: Field[Any]) -> None:
        if isinstance(field, ManyToManyFieldInstance):
            await super().remove_field(model, field)
            return
        column = field.source_field or field.model_field_name
        await self._run_sql(f'ALTER TABLE "{model._meta.db_table}" DROP COLUMN "{column}"')

    async def _alter_field(self, model: Any, old_field: Any, new_field: Any) -> None:
        if _column(old_field) != _column(new_field):
            await super()._alter_field(model, old_field, new_field)

    async def _remake_table(self, model: Any, *args: Any, **options: Any) -> None:
        raise UnsafeMigration(
            f"SQLite can't change the table {model._meta.db_table} in place, and a new table would have none of its"
            " constraints and indexes. Add a new column and copy the values with RunSQL, or write an operation like"
            " Widen in migrations/0009_counts_and_amounts_have_64_bits.py."
        )


def _column(field: Any) -> tuple[Any, ...]:
    type_ = str(field.get_for_dialect("sqlite", "SQL_TYPE")).partition("(")[0]
    default = field.db_default if field.has_db_default() else None
    return type_, default, *(getattr(field, name, None) for name in COLUMN_ATTRIBUTES)


class Executor(MigrationExecutor):
    """Tortoise's executor, which takes our editor for SQLite."""

    async def create_table(self) -> None:
        """Create the table with the names of the applied migrations, if there is none."""
        await self.recorder.ensure_schema(self._schema_editor(atomic=False))

    def _schema_editor(self, atomic: bool = True, collect_sql: bool = False) -> BaseSchemaEditor:
        if self.connection.capabilities.dialect == "sqlite":
            return KeepingSqliteEditor(self.connection, atomic=atomic, collect_sql=collect_sql)
        return super()._schema_editor(atomic, collect_sql)


def unfillable_columns(executor: MigrationExecutor) -> Iterator[str]:
    """Yield a sentence for each migration that adds a column which rows in use can't have a value for."""
    for key, migration in sorted(executor.loader.graph.nodes.items()):
        assert migration is not None, "the graph was built"
        created = {operation.name for operation in migration.operations if isinstance(operation, ops.CreateModel)}
        for operation in migration.operations:
            if isinstance(operation, ops.AddField) and operation.model_name not in created:
                field: Any = operation.field
                is_column = not isinstance(field, ManyToManyFieldInstance)
                if is_column and not field.null and not field.has_db_default():
                    yield (
                        f"{key.name} adds {operation.model_name}.{operation.name}, which is never null: give the field"
                        " a db_default, since the rows of a database in use have no value for it."
                    )
