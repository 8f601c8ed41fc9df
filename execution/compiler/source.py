"""The Python source that is generated for one operation, and the objects that the source refers to by name."""

import builtins
import keyword
import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .field_plans import FieldPlan

GENERATED_LOCALS = {"run", "root", "request", "row", "data", "pending", "context", "value", "v"}
RUNTIME_NAMES = {
    "as_iterable", "awaitable_classes", "SeparateTask", "is_cast", "isfinite", "date", "datetime", "dumps", "UTC"
}  # fmt: skip
RESERVED_NAMES = {*keyword.kwlist, *dir(builtins), *GENERATED_LOCALS, *RUNTIME_NAMES}
MAX_NAME_LENGTH = 40


@dataclass
class FunctionBody:
    """The lines of a function that writes an object: before, in and after the dict literal."""

    before: list[str] = field(default_factory=list)
    entries: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        if self.after:
            return [*self.before, "data = {", *self.entries, "}", *self.after, "return data"]
        return [*self.before, "return {", *self.entries, "}"]


class SourceBuilder:
    """Generate unique names, and collect functions in the order in which they are defined."""

    def __init__(self, leave_dates: bool) -> None:
        self.leave_dates = leave_dates
        self.namespace: dict[str, Any] = {}
        self._setup = ["pending = request.pending", "context = request.context"]
        self._definitions: list[tuple[str, list[str]]] = []
        self._names = set(RESERVED_NAMES)
        self._names_by_key: dict[Hashable, str] = {}
        self._kept_alive: list[Any] = []  # so that the id of an object stays its own

    def unique_name(self, hint: str) -> str:
        hint = re.sub(r"\W", "_", hint)[:MAX_NAME_LENGTH] or "_"
        # The generated functions use local names v_something and item, so nothing else may start like those.
        base = f"_{hint}" if hint.startswith(("v_", "item")) else hint
        name, suffix = base, 1
        while name in self._names:
            suffix += 1
            name = f"{base}_{suffix}"
        self._names.add(name)
        return name

    def constant(self, hint: str, value: Any, key: Hashable = None) -> str:
        """Return the name of an object in the generated code: one name per object, or per key."""
        key = id(value) if key is None else key
        name = self._names_by_key.get(key)
        if name is None:
            name = self._names_by_key[key] = self.unique_name(hint)
            self.namespace[name] = value
            self._kept_alive.append(value)
        return name

    def call_at_start(self, plan: FieldPlan, method: str) -> str:
        """Return the name of a field plan's value that is made once per request, when the run starts."""
        key = (plan, method)
        name = self._names_by_key.get(key)
        if name is None:
            plan_name = self.constant(f"{plan.parent.name}_{plan.name}_plan", plan)
            name = self._names_by_key[key] = self.unique_name(f"{plan.name}_{method}")
            self._setup.append(f"{name} = {plan_name}.{method}(request)")
        return name

    def assign_at_start(self, hint: str, expression: str) -> str:
        """Return a new name that is assigned this expression at the start of each request."""
        name = self.unique_name(hint)
        self._setup.append(f"{name} = {expression}")
        return name

    def define_function(self, name: str, parameter: str, body: list[str]) -> None:
        self._definitions.append((name, [f"def {name}({parameter}):", *(f"    {line}" for line in body)]))

    def define_table(self, name: str, functions: dict[str, str]) -> None:
        """Define a dict of functions by key."""
        entries = ", ".join(f"{key!r}: {function}" for key, function in functions.items())
        self._definitions.append((name, [f"{name} = {{{entries}}}"]))

    def module_text(self, title: str, result: str) -> str:
        """Return the module. Functions that use nothing of the request are defined outside of `run`, only once."""
        outside, inside = self._split_by_scope()
        body = [*self._setup, "", *inside, result]
        return "\n".join([*outside, f"def run(root, request):  # {title}", *_indented(body), ""])

    def _split_by_scope(self) -> tuple[list[str], list[str]]:
        outside: list[str] = []
        inside: list[str] = []
        request_names = {line.split(" = ")[0] for line in self._setup}
        for name, lines in self._definitions:
            words = set(re.findall(r"\w+", " ".join(lines)))
            if words & request_names:
                request_names.add(name)
                inside += [*lines, ""]
            else:
                outside += [*lines, ""]
        return outside, inside


def _indented(lines: list[str]) -> Iterator[str]:
    return (f"    {line}".rstrip() for line in lines)
