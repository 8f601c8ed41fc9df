"""Type guards: check `is_type_of` for the first row of each class, where the class decides."""

from typing import Any

from graphql import GraphQLObjectType

from .awaitables import MAX_CACHED_CLASSES, awaitable_classes, check_is_value
from .fallback import FallbackRequired
from .field_plans import FieldPlan
from .source import SourceBuilder
from .type_resolution import has_default_is_type_of, is_cast, is_decided_by_class


class TypeGuard:
    """Check that rows are instances of an object type.

    The generated code compares a row's class with the first class that passed, under `class_name` in its namespace,
    and calls `check` for rows of other classes.
    """

    def __init__(self, object_type: GraphQLObjectType, namespace: dict[str, Any], class_name: str) -> None:
        self.object_type = object_type
        self.checks_every_row = object_type.is_type_of is not None and not is_decided_by_class(object_type)
        self.may_be_cast = object_type.is_type_of is not None and has_default_is_type_of(object_type)
        self.class_name = class_name
        self._checked_classes: set[type] = set()
        self._namespace = namespace
        namespace[class_name] = None

    def check(self, row: Any, info: Any = None) -> None:
        """Raise FallbackRequired if the row is not of the type."""
        is_cast_row = self.may_be_cast and is_cast(row)
        if row.__class__ in self._checked_classes and not is_cast_row:
            return
        self._check_is_type_of(row, info)
        # A row that was cast proves nothing about other rows of its class.
        if not self.checks_every_row and not is_cast_row and len(self._checked_classes) < MAX_CACHED_CLASSES:
            self._checked_classes.add(row.__class__)
            self._namespace[self.class_name] = self._namespace[self.class_name] or row.__class__

    def _check_is_type_of(self, row: Any, info: Any) -> None:
        check_is_value(row)
        is_type_of = self.object_type.is_type_of
        answer = is_type_of is None or is_type_of(row, info)
        if not answer or awaitable_classes[answer.__class__]:
            raise FallbackRequired(f"not a {self.object_type.name}")


class TypeGuards:
    """The type guards of one operation, and the code that checks rows against them."""

    def __init__(self, source: SourceBuilder) -> None:
        self._source = source
        self._guards: dict[Any, TypeGuard] = {}

    def guard(self, type_: GraphQLObjectType, plan: FieldPlan) -> TypeGuard:
        # Rows of one type may have different classes below different parents.
        key = type_, plan.parent
        if key not in self._guards:
            class_name = self._source.unique_name(f"{type_.name}_row")
            self._guards[key] = TypeGuard(type_, self._source.namespace, class_name)
        return self._guards[key]

    def lines(self, guard: TypeGuard, plan: FieldPlan) -> list[str]:
        """Return the lines that check the local variable `row`."""
        type_ = guard.object_type
        arguments = "row" if type_.is_type_of is None else f"row, {self._source.call_at_start(plan, 'raw_info')}"
        check = f"{self._source.constant(f'{type_.name}_guard', guard)}.check({arguments})"
        if guard.checks_every_row:
            return [check]
        or_cast = " or is_cast(row)" if guard.may_be_cast else ""
        return [f"if row.__class__ is not {guard.class_name}{or_cast}:", f"    {check}"]
