"""The resolve info of compiled fields: all that graphql-core's info has except `path`, which differs for each call."""

from typing import Any, NoReturn

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
)

from .awaitables import awaitable_classes
from .fallback import FallbackRequired
from .request import Request
from .selected_fields import SelectedField


class RawInfo:
    """graphql-core's resolve info for one field of one request, shared by all calls of the field.

    Reading `path`, or what aborts or tracks background work, raises FallbackRequired.
    """

    __slots__ = ("_field", "_request", "context")

    abort_signal = None

    def __init__(self, field: SelectedField, request: Request) -> None:
        self._field = field
        self._request = request
        self.context: Any = request.context

    @property
    def field_name(self) -> str:
        return self._field.nodes[0].name.value

    @property
    def field_nodes(self) -> list[FieldNode]:
        return self._field.nodes

    @property
    def return_type(self) -> GraphQLOutputType:
        return self._field.field.type

    @property
    def parent_type(self) -> GraphQLObjectType:
        return self._field.parent

    @property
    def schema(self) -> GraphQLSchema:
        return self._request.operation.schema

    @property
    def fragments(self) -> dict[str, FragmentDefinitionNode]:
        return self._request.operation.fragments

    @property
    def operation(self) -> OperationDefinitionNode:
        return self._request.operation.definition

    @property
    def root_value(self) -> Any:
        return self._request.root

    @property
    def variable_values(self) -> dict[str, Any]:
        return self._request.variables.coerced

    @property
    def operation_extensions(self) -> dict[str, Any] | None:
        return self._request.extensions

    def is_awaitable(self, value: Any) -> bool:
        return awaitable_classes[value.__class__]

    @property
    def path(self) -> NoReturn:
        raise FallbackRequired("a compiled field does not know its path")

    def __getattr__(self, name: str) -> NoReturn:
        raise FallbackRequired(f"a compiled field has no info.{name}")


def strawberry_info(field: SelectedField, request: Request) -> Any:
    """Return Strawberry's Info for one field of one request."""
    info_class = field.strawberry_schema.config.info_class
    return info_class(_raw_info=RawInfo(field, request), _field=field.definition)
