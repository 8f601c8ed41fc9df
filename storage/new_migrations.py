"""New migrations, for developers: write what the models need, and refuse what a database in use could not take."""

import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from tortoise.context import TortoiseContext
from tortoise.migrations.autodetector import MigrationAutodetector

from settings import Settings
from storage.database import close, config, connect, migration_executor
from storage.schema_changes import UnsafeMigration, unfillable_columns

T = TypeVar("T")


async def missing_migrations(settings: Settings) -> list[str]:
    """Return the changes of the models that no migration makes, one line each."""
    return [
        operation.describe()
        for writer in await _written_by_tortoise(settings, MigrationAutodetector.changes)
        for operation in writer.operations
    ]


async def write_migrations(settings: Settings, name: str) -> list[Path]:
    """Write a migration of this name for the changes of the models, and return the files."""

    async def write(detector: MigrationAutodetector) -> list[Path]:
        writers = await detector.changes()
        for writer in writers:
            writer.name = f"{writer.name.partition('_')[0]}_{name}"
        return [Path(writer.write()) for writer in writers]

    return await _written_by_tortoise(settings, write)


async def _written_by_tortoise(
    settings: Settings, function: Callable[[MigrationAutodetector], Awaitable[list[T]]]
) -> list[T]:
    apps = config(settings)["apps"]
    async with TortoiseContext() as context:
        await context.init(config=config(settings), init_connections=False)
        return await function(MigrationAutodetector(context.apps, apps))  # type: ignore[arg-type]


async def unsafe_migrations(settings: Settings) -> list[str]:
    """Return what migrations would lose or could not fill in a database in use, by running all of them on SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        temporary = replace(settings, database_url=f"sqlite://{folder}/migrated.db")
        await connect(temporary)
        try:
            executor = migration_executor(temporary)
            await executor.migrate()
            return list(unfillable_columns(executor))
        except UnsafeMigration as error:
            return [str(error)]
        finally:
            await close()
