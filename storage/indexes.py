"""Indexes: one that holds only the rows that match a condition in SQL."""

from typing import Any

from tortoise.indexes import Index


class ConditionalIndex(Index):
    """An index of the rows that match `where`. Tortoise's own PartialIndex knows only conditions of equality."""

    def __init__(self, fields: tuple[str, ...] | list[str], name: str, where: str) -> None:
        super().__init__(fields=fields, name=name)
        self.where = where
        self.extra = f" WHERE {where}"

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """Return what a migration writes down to create the index again."""
        path, arguments, named = super().deconstruct()
        return path, arguments, named | {"where": self.where}
