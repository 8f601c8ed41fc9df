"""An operation compiled for one set of @skip and @include values: the generated source and its function."""

from collections.abc import Callable
from typing import Any

from .parsed_operation import ParsedOperation
from .request import Request
from .selections import Selections
from .source import SourceBuilder
from .writer import OperationWriter


class CompiledOperation:
    """`run(root, request)` returns the data, and collects values that are still to be awaited in the request.

    Of a mutation, the results of its fields are compiled: the root is then one field's response key and result.
    """

    def __init__(self, operation: ParsedOperation, conditions: dict[str, Any], leave_dates: bool) -> None:
        source = SourceBuilder(leave_dates)
        result = OperationWriter(Selections(operation, conditions), source).operation()
        definition = operation.definition
        title = definition.name.value if definition.name else "unnamed"
        self.source_text = source.module_text(f"{definition.operation.value} {title}", f"return {result}")
        exec(compile(self.source_text, "<compiled operation>", "exec"), source.namespace)
        self.run: Callable[[Any, Request], dict[str, Any]] = source.namespace["run"]
