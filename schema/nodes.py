"""Node: everything that has an id of its own."""

from typing import Any

import strawberry

import resolvers.nodes
from models import Row
from schema.fields import field


@strawberry.interface(description="Something that can be found again by its id.")
class Node:
    id: strawberry.ID = field(resolvers.nodes.node_id)

    model: strawberry.Private[type[Row]]

    def __init_subclass__(cls, model: type[Row] | None = None, **options: Any) -> None:
        """`class Comment(Node, model=models.Comment)`: the type is a view on that table's rows."""
        super().__init_subclass__(**options)
        if model is not None:
            cls.model = model
            cls.is_type_of = classmethod(lambda cls, row, info: isinstance(row, cls.model))  # type: ignore[attr-defined]
