"""The Python text being written for one operation, and the objects that it calls by name."""

import builtins
import keyword
import re
from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .sites import Site

LOCAL = {"run", "root", "request", "row", "data", "later", "context", "value", "v"}
GIVEN = {"listed", "awaitables", "Apart", "is_cast", "isfinite", "date", "datetime", "dumps", "UTC"}
TAKEN = {*keyword.kwlist, *dir(builtins), *LOCAL, *GIVEN}
LONGEST_NAME = 40


class Source:
    """Hands out names that can't collide, and gathers the functions in the order that they are finished."""

    def __init__(self, leave_dates: bool) -> None:
        self.leave_dates = leave_dates
        self.constants: dict[str, Any] = {}
        self.setup = ["later = request.later", "context = request.context"]
        self.functions: list[tuple[str, list[str]]] = []
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

    def at_start(self, site: "Site", what: str) -> str:
        """The name of what is made of a field's place, once a request, when the run begins."""
        key = (site, what)
        name = self._constants.get(key)
        if name is None:
            place = self.constant(f"{site.parent.name}_{site.name}_at", site)
            name = self._constants[key] = self.name(f"{site.name}_{what}")
            self.setup.append(f"{name} = {place}.{what}(request)")
        return name

    def at_each_start(self, hint: str, made: str) -> str:
        """The name of something new that each request begins with."""
        name = self.name(hint)
        self.setup.append(f"{name} = {made}")
        return name

    def define(self, name: str, parameter: str, body: list[str]) -> None:
        self.functions.append((name, [f"def {name}({parameter}):", *(f"    {line}" for line in body)]))

    def text(self, title: str, entry: str) -> str:
        """The module: what a request has no part in stands outside of `run`, where it's made but once."""
        outside, inside = self._sorted()
        body = [*self.setup, "", *inside, entry]
        return "\n".join([*outside, f"def run(root, request):  # {title}", *_indented(body), ""])

    def _sorted(self) -> tuple[list[str], list[str]]:
        outside: list[str] = []
        inside: list[str] = []
        of_the_request = {line.split(" = ")[0] for line in self.setup}
        for name, lines in self.functions:
            words = set(re.findall(r"\w+", " ".join(lines)))
            if words & of_the_request:
                of_the_request.add(name)
                inside += [*lines, ""]
            else:
                outside += [*lines, ""]
        return outside, inside


def _indented(lines: list[str]) -> Iterator[str]:
    return (f"    {line}".rstrip() for line in lines)
