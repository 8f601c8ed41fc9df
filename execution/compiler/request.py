"""One run of a compiled operation: root value, context, variables and pending awaitables."""

from collections.abc import Callable
from typing import Any

from graphql.execution.values import VariableValues

from .parsed_operation import ParsedOperation

PendingValue = tuple[Any, Any, str, Callable[[Any], Any]]
"""An awaitable, the dict and key that its value is stored under, and the function that writes the value.

Or a LevelBatch (later the batch's awaitable), the dicts and key that its values are stored under, and the function
that writes each value.
"""


class Request:
    """The state of one run. Nothing in it outlives the run, and no state of a run is stored elsewhere."""

    __slots__ = ("context", "extensions", "operation", "pending", "root", "variables")

    def __init__(
        self,
        operation: ParsedOperation,
        root: Any,
        context: Any,
        variables: VariableValues,
        extensions: dict[str, Any] | None,
    ) -> None:
        self.operation = operation
        self.root = root
        self.context = context
        self.variables = variables
        self.extensions = extensions
        self.pending: list[PendingValue] = []
