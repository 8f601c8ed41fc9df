"""The Node interface of the Relay specification: every type with a global id."""

from collections.abc import Callable
from typing import Any

import strawberry

import resolvers.nodes
from auth.viewers import Viewer
from schema.fields import field
from storage import Row

_TYPE_NAMES: dict[type[Row] | type[Viewer], Callable[[Any], str]] = {}
"""For each table, a function of a row that returns the name of the row's GraphQL type."""


def bind(model: type[Row], type_name: Callable[[Any], str]) -> None:
    """Resolve the type of a table's rows by this function."""
    _TYPE_NAMES[model] = type_name


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
            name = cls.__name__
            _TYPE_NAMES.setdefault(model, lambda row: name)

    @classmethod
    def resolve_type(cls, row: Any, info: object, abstract_type: object) -> str | None:
        """Return the name of a row's type, which decides for this interface and for those that extend it."""
        # a row may be of a subclass: an Integrator is a Viewer
        bound = next((known for known in row.__class__.__mro__ if known in _TYPE_NAMES), None)
        return _TYPE_NAMES[bound](row) if bound else None
