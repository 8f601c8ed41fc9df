"""What a compiled resolver may ask about its place in the query: all but what differs from one call to the next."""

from typing import TYPE_CHECKING, Any, NoReturn

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
)

from .kinds import Uncompiled, awaitables

if TYPE_CHECKING:
    from .request import Request
    from .sites import Site


class RawInfo:
    """graphql-core's resolve info for one field of one request, shared by all calls of that field.

    It has no `path`, and can neither be aborted nor track background work: asking for those falls back.
    """

    __slots__ = ("context", "request", "site")

    abort_signal = None

    def __init__(self, site: "Site", request: "Request") -> None:
        self.site = site
        self.request = request
        self.context: Any = request.context

    @property
    def field_name(self) -> str:
        return self.site.nodes[0].name.value

    @property
    def field_nodes(self) -> list[FieldNode]:
        return self.site.nodes

    @property
    def return_type(self) -> GraphQLOutputType:
        return self.site.field.type

    @property
    def parent_type(self) -> GraphQLObjectType:
        return self.site.parent

    @property
    def schema(self) -> GraphQLSchema:
        return self.request.plan.schema

    @property
    def fragments(self) -> dict[str, FragmentDefinitionNode]:
        return self.request.plan.fragments

    @property
    def operation(self) -> OperationDefinitionNode:
        return self.request.plan.definition

    @property
    def root_value(self) -> Any:
        return self.request.root

    @property
    def variable_values(self) -> dict[str, Any]:
        return self.request.variables.coerced

    @property
    def operation_extensions(self) -> dict[str, Any] | None:
        return self.request.extensions

    def is_awaitable(self, value: Any) -> bool:
        return awaitables[value.__class__]

    @property
    def path(self) -> NoReturn:
        raise Uncompiled("a compiled field does not know its path")

    def __getattr__(self, name: str) -> NoReturn:
        raise Uncompiled(f"a compiled field has no info.{name}")
