"""The Python text being written for one operation, and the objects that it calls by name."""

import builtins
import keyword
import re
from collections.abc import Hashable
from typing import Any

LOCAL = {"run", "root", "request", "row", "data", "later", "value", "v"}
GIVEN = {"listed", "awaitables", "is_cast", "isfinite"}
TAKEN = {*keyword.kwlist, *dir(builtins), *LOCAL, *GIVEN}
LONGEST_NAME = 40


class Source:
    """Hands out names that can't collide, and gathers the functions in the order that they are finished."""

    def __init__(self) -> None:
        self.constants: dict[str, Any] = {}
        self.setup = ["later = request.later"]
        self.functions: list[list[str]] = []
        self._names = set(TAKEN)
        self._constants: dict[Hashable, str] = {}
        self._kept: list[Any] = []

    def name(self, hint: str) -> str:
        hint = re.sub(r"\W", "_", hint)[:LONGEST_NAME] or "_"
        # The generated functions call their own locals v_something and item, so nothing else may be.
        base = f"_{hint}" if hint.startswith(("v_", "item")) else hint
        name, number = base, 1
        while name in self._names:
            number += 1
            name = f"{base}_{number}"
        self._names.add(name)
        return name

    def constant(self, hint: str, value: Any, key: Hashable = None) -> str:
        """The name by which the generated code knows an object: one name per object (or per key)."""
        key = id(value) if key is None else key
        name = self._constants.get(key)
        if name is None:
            name = self._constants[key] = self.name(hint)
            self.constants[name] = value
            self._kept.append(value)
        return name

    def text(self, title: str, entry: str) -> str:
        body = [line for function in self.functions for line in [*function, ""]]
        inside = (f"    {line}".rstrip() for line in [*self.setup, "", *body, entry])
        return "\n".join([f"def run(root, request):  # {title}", *inside, ""])
