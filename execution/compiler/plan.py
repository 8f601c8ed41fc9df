"""An operation compiled for one set of @skip and @include values: its source, and the function made of it."""

from collections.abc import Callable
from typing import Any

from graphql import FragmentDefinitionNode, GraphQLSchema, OperationDefinitionNode

from .request import Request
from .selections import Selections
from .source import Source
from .writer import Writer


class Plan:
    """What a run needs to know of its operation."""

    def __init__(
        self,
        schema: GraphQLSchema,
        definition: OperationDefinitionNode,
        fragments: dict[str, FragmentDefinitionNode],
        booleans: dict[str, Any],
        leave_dates: bool,
    ) -> None:
        self.schema = schema
        self.definition = definition
        self.fragments = fragments
        source = Source(leave_dates)
        entry = Writer(Selections(schema, definition, fragments, booleans), source).operation()
        title = definition.name.value if definition.name else "unnamed"
        self.text = source.text(f"{definition.operation.value} {title}", f"return {entry}")
        exec(compile(self.text, "<compiled operation>", "exec"), source.constants)
        self.run: Callable[[Any, Request], dict[str, Any]] = source.constants["run"]
