"""The Node interface of the Relay specification: every type with a global id."""

from typing import Any

import strawberry

import resolvers.nodes
from auth.viewers import Viewer
from schema.fields import field
from storage import Row


def _is_row_of(cls: Any, row: object, info: object) -> bool:
    return isinstance(row, cls.model)


_is_row_of.by_class = True  # type: ignore[attr-defined]  # the answer depends on the class of the row only


@strawberry.interface(description="An object with a global id.")
class Node:
    id: strawberry.ID = field(resolvers.nodes.id)

    model: strawberry.Private[type[Row] | type[Viewer]]

    def __init_subclass__(cls, model: type[Row] | type[Viewer] | None = None, **options: Any) -> None:
        """Bind a type to a model: `class Comment(Node, model=models.Comment)` shows rows of that table."""
        super().__init_subclass__(**options)
        if model is not None:
            cls.model = model
            cls.is_type_of = classmethod(_is_row_of)  # type: ignore[attr-defined]
