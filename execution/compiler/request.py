"""One run of a compiled operation: what this request brought, and what it still waits for."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from graphql.execution.values import VariableValues

if TYPE_CHECKING:
    from .plan import Plan

# An awaitable, where its value goes (a dict and a key), and the function that writes the value;
# or a Level (and later its awaitable), where its values go (dicts and a key), and the function that writes each.
Pending = tuple[Any, Any, str, Callable[[Any], Any]]


class Request:
    """Nothing here outlives the request, and nothing of a request is kept anywhere else."""

    __slots__ = ("context", "extensions", "later", "plan", "root", "variables")

    def __init__(
        self,
        plan: "Plan",
        root: Any,
        context: Any,
        variables: VariableValues,
        extensions: dict[str, Any] | None,
    ) -> None:
        self.plan = plan
        self.root = root
        self.context = context
        self.variables = variables
        self.extensions = extensions
        self.later: list[Pending] = []
