"""Field plans: per-request values that the generated code needs to call the resolver of one selected field."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .arguments import ArgumentCoercer
from .hints import RequestedAttributes
from .info import RawInfo, strawberry_info
from .level_batches import LevelBatch
from .request import Request
from .selected_fields import SelectedField


@dataclass(eq=False)
class FieldPlan(SelectedField):
    """A selected field, and methods of a request that the generated code calls once when a run starts."""

    requested: RequestedAttributes = None

    info = strawberry_info  # as a method, which saves a call for each field in each request

    def raw_info(self, request: Request) -> RawInfo:
        return RawInfo(self, request)

    def arguments(self, request: Request) -> dict[str, Any]:
        return self._argument_coercer.for_request(request)

    def bound_resolver(self, request: Request) -> Any:
        """Return the function that `for_row` or `for_level` makes for this request's arguments."""
        return self.constant_resolver or self._bind(self.arguments(request))

    def level_batch(self, request: Request) -> LevelBatch:
        return LevelBatch(self.bound_resolver(request), request.context)

    @property
    def constant_arguments(self) -> dict[str, Any] | None:
        return self._argument_coercer.constant

    @cached_property
    def constant_resolver(self) -> Any:
        """Return the function of `for_row` or `for_level` if the arguments are the same in every request, or None."""
        return None if self.constant_arguments is None else self._bind(self.constant_arguments)

    def _bind(self, arguments: dict[str, Any]) -> Any:
        return (self.hint("for_level") or self.hint("for_row"))(arguments, self.requested)

    @cached_property
    def _argument_coercer(self) -> ArgumentCoercer:
        return ArgumentCoercer(self)
