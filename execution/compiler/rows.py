"""Which rows an object type takes: asked of the first of each class, where the class decides."""

from typing import Any

from graphql import GraphQLObjectType

from .dispatch import has_default_check, is_cast, is_decided_by_class
from .kinds import MOST_CLASSES, Uncompiled, awaitables, refuse_unready


class Rows:
    """The generated code compares a row's class with the first that was admitted, and asks here about others."""

    def __init__(self, object_type: GraphQLObjectType, names: dict[str, Any], name: str) -> None:
        self.object_type = object_type
        self.is_checked_each_time = object_type.is_type_of is not None and not is_decided_by_class(object_type)
        self.may_be_cast = object_type.is_type_of is not None and has_default_check(object_type)
        self._known: set[type] = set()
        self._names = names
        self.name = name
        names[name] = None

    def admit(self, row: Any, info: Any = None) -> None:
        is_cast_row = self.may_be_cast and is_cast(row)
        if row.__class__ in self._known and not is_cast_row:
            return
        self._check(row, info)
        # One row that was cast says nothing about the others of its class.
        if not self.is_checked_each_time and not is_cast_row and len(self._known) < MOST_CLASSES:
            self._known.add(row.__class__)
            self._names[self.name] = self._names[self.name] or row.__class__

    def _check(self, row: Any, info: Any) -> None:
        refuse_unready(row)
        is_type_of = self.object_type.is_type_of
        verdict = is_type_of is None or is_type_of(row, info)
        if not verdict or awaitables[verdict.__class__]:
            raise Uncompiled(f"not a {self.object_type.name}")
