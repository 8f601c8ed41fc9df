"""One field at one place of an operation: how it is called, with which arguments, and what it is told."""

import keyword
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
)
from graphql.execution.executor import default_field_resolver
from strawberry.extensions.directives import SPECIFIED_DIRECTIVES, DirectivesExtension
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from .arguments import Arguments, is_immutable_input
from .hints import Asked
from .info import RawInfo
from .levels import Level
from .request import Request


@dataclass(eq=False)
class Site:
    """The same for every request; what differs is made from it by `info`, `raw` and `arguments`."""

    parent: GraphQLObjectType
    field: GraphQLField
    nodes: list[FieldNode]
    strawberry_schema: Any
    asked: Asked = None

    @property
    def name(self) -> str:
        return self.nodes[0].name.value

    @cached_property
    def definition(self) -> StrawberryField | None:
        found = self.field.extensions.get("strawberry-definition")
        return found if isinstance(found, StrawberryField) else None

    @cached_property
    def has_directives(self) -> bool:
        """Whether Strawberry's directives have a say in this field's value."""
        names = {directive.name.value for directive in self.nodes[0].directives or ()}
        return not names <= SPECIFIED_DIRECTIVES

    @cached_property
    def attribute(self) -> str | None:
        """The attribute that the field merely reads, when nothing else can happen."""
        definition = self.definition
        if definition is None or self.has_directives or not self._untouched:
            return None
        reads = definition.is_basic_field and definition.default_resolver is getattr
        name = definition.python_name
        return name if reads and name.isidentifier() and not keyword.iskeyword(name) else None

    @property
    def is_event(self) -> bool:
        """Whether this is a subscription's field, whose value is the event that the stream gave."""
        return bool(self.field.subscribe and self.definition and self.definition.is_subscription)

    @cached_property
    def is_direct(self) -> bool:
        """Whether calling the resolver's own function is all that Strawberry would do."""
        definition = self.definition
        return bool(
            definition
            and type(definition.base_resolver) is StrawberryResolver
            and not definition.extensions
            and not definition.is_subscription
            and not self.has_directives
            and self._untouched
            and (
                hasattr(definition.base_resolver.wrapped_func, "for_row")
                or all(is_immutable_input(argument.type) for argument in self.field.args.values())
            )
        )

    @property
    def _untouched(self) -> bool:
        return is_untouched(self.field, self.definition)

    def hint(self, name: str) -> Any:
        """What the resolver's function says of itself by an attribute; see `hints.py`."""
        return getattr(self.resolver, name, None) if self.is_direct else None

    def prepared(self, request: Request) -> Any:
        """The resolver for this request's arguments."""
        return self.prepared_once or self._prepare(self.arguments(request))

    @cached_property
    def prepared_once(self) -> Any:
        """The resolver for arguments that are the same in every request; None if they are not."""
        return None if self.constant_arguments is None else self._prepare(self.constant_arguments)

    def _prepare(self, arguments: dict[str, Any]) -> Any:
        return (self.hint("for_level") or self.hint("for_row"))(arguments, self.asked)

    def level(self, request: Request) -> Level:
        return Level(self.prepared(request), request.context)

    @property
    def resolver(self) -> Any:
        if self.is_direct:
            assert self.definition is not None and self.definition.base_resolver is not None
            return self.definition.base_resolver.wrapped_func
        resolve = self.field.resolve or default_field_resolver
        return partial(DirectivesExtension().resolve, resolve) if self.has_directives else resolve

    @cached_property
    def _arguments(self) -> Arguments:
        return Arguments(self)

    @property
    def constant_arguments(self) -> dict[str, Any] | None:
        return self._arguments.constant

    def arguments(self, request: Request) -> dict[str, Any]:
        return self._arguments.of(request)

    def raw(self, request: Request) -> RawInfo:
        return RawInfo(self, request)

    def info(self, request: Request) -> Any:
        info_class = self.strawberry_schema.config.info_class
        return info_class(_raw_info=RawInfo(self, request), _field=self.definition)


def is_untouched(field: GraphQLField, definition: StrawberryField | None) -> bool:
    """Whether the field's own resolver is the one that Strawberry makes, over an ordinary field."""
    return (
        getattr(field.resolve, "__qualname__", "").startswith("GraphQLCoreConverter.from_resolver.")
        and getattr(type(definition), "get_result", None) is StrawberryField.get_result
    )


def bare(field: GraphQLField) -> Any:
    """The resolver's own function, if all that Strawberry does around it is to convert what it can do without."""
    definition = field.extensions.get("strawberry-definition")
    if not isinstance(definition, StrawberryField) or definition.extensions or not is_untouched(field, definition):
        return None
    resolver = definition.base_resolver
    function = resolver.wrapped_func if type(resolver) is StrawberryResolver else None
    return function if getattr(function, "is_bare", False) is True else None
