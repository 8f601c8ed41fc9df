"""Fault injection: resolvers that fail for some of their rows while a test runs, each in a chosen way."""

import asyncio
import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from inspect import isawaitable, iscoroutinefunction
from types import SimpleNamespace
from typing import Any
from zlib import crc32

from execution import Schema
from refusals import forbidden


@dataclass
class Faults:
    """The resolvers that fail: by field name, the kind of fault, and that one row in `every` fails."""

    resolvers: dict[str, tuple[str, int]] = field(default_factory=dict)

    def kind_for(self, name: str, row: Any) -> str | None:
        """Return the kind of fault for this row; the same row always gets the same answer."""
        kind, every = self.resolvers.get(name, (None, 1))
        return None if crc32(f"{name}{getattr(row, 'id', '')}".encode()) % every else kind


NO_FAULTS = Faults()
UNEXPECTED_VALUE = object()  # one object for all rows: an error message may contain its memory location
_active = NO_FAULTS


@contextmanager
def injected_faults(faults: Faults) -> Iterator[None]:
    """Let the resolvers of `faulty_fields` fail until the block ends."""
    global _active
    _active = faults
    try:
        yield
    finally:
        _active = NO_FAULTS


def fail(kind: str) -> Any:
    """Raise an error, or return a value that is wrong for the field."""
    if kind == "raise":
        raise ValueError("it broke")
    if kind == "refuse":
        raise forbidden("Not for you.")
    values: dict[str, Any] = {"null": None, "error": ValueError("a value"), "odd": UNEXPECTED_VALUE}
    return _fail_later() if kind == "later" else values[kind]


async def _fail_later() -> Any:
    await asyncio.sleep(0)
    raise ValueError("it broke later")


def faulty(name: str, resolver: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a resolver and its hints (execution/compiler/hints.py), so that the resolver fails for the chosen rows."""

    @functools.wraps(resolver)
    def call(row: Any, *args: Any, **given: Any) -> Any:
        kind = _active.kind_for(name, row)
        return fail(kind) if kind else resolver(row, *args, **given)

    @functools.wraps(resolver)
    async def call_later(row: Any, *args: Any, **given: Any) -> Any:
        value = call(row, *args, **given)
        return await value if isawaitable(value) else value

    wrapped: Any = call_later if iscoroutinefunction(resolver) else call
    if hasattr(resolver, "for_row"):
        wrapped.for_row = lambda arguments, asked: faulty(name, resolver.for_row(arguments, asked))
    if hasattr(resolver, "for_level"):
        wrapped.for_level = lambda arguments, asked: faulty_level(name, resolver.for_level(arguments, asked))
    if looked_up := getattr(resolver, "looked_up", None):
        wrapped.looked_up = lambda type_name: (looked_up(type_name)[0], FaultyMapping(name, *looked_up(type_name)))
    return wrapped  # type: ignore[no-any-return]


@dataclass(eq=False)
class FaultyMapping:
    """Wrap the mapping in which compiled execution looks a value up, so that the look-up fails for the chosen rows."""

    name: str
    attribute: str
    values: Mapping[Any, Any]

    def __getitem__(self, key: Any) -> Any:
        kind = _active.kind_for(self.name, SimpleNamespace(**{self.attribute: key}))
        return fail(kind) if kind else self.values[key]


def faulty_level(name: str, resolver: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a resolver that answers for all rows of a level at once."""

    async def level(rows: list[Any], context: Any) -> list[Any]:
        values = []
        for row, value in zip(rows, await resolver(rows, context), strict=True):
            kind = _active.kind_for(name, row)
            result = fail(kind) if kind else value
            values.append(await result if kind and isawaitable(result) else result)
        return values

    return level


@contextmanager
def faulty_fields(schema: Schema) -> Iterator[list[str]]:
    """Wrap every resolver that a query can reach, and yield the names of their fields; undo this at the end."""
    types: dict[str, Any] = {**schema._schema.type_map}
    originals: dict[int, tuple[Any, Any]] = {}
    names = []
    for type_ in types.values():
        for name, graphql_field in getattr(type_, "fields", {}).items():
            resolver = getattr(graphql_field.extensions.get("strawberry-definition"), "base_resolver", None)
            if resolver is None or type_.name in ("Mutation", "Subscription"):
                continue
            names.append(f"{type_.name}.{name}")
            if id(resolver) not in originals:
                originals[id(resolver)] = resolver, resolver.wrapped_func
                resolver.wrapped_func = faulty(names[-1], resolver.wrapped_func)
    try:
        yield names
    finally:
        for resolver, function in originals.values():
            resolver.wrapped_func = function
