"""Resolvers that can be made to fail, each in its own way and for some of its rows, while a test runs."""

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
class Trouble:
    """Which resolvers go wrong and how, for one row in so many."""

    resolvers: dict[str, tuple[str, int]] = field(default_factory=dict)

    def of(self, name: str, row: Any) -> str | None:
        how, every = self.resolvers.get(name, (None, 1))
        return None if crc32(f"{name}{getattr(row, 'id', '')}".encode()) % every else how


NONE = Trouble()
ODD = object()  # one for all: where a scalar writes it as text, that names its address
_now = NONE


@contextmanager
def trouble(made: Trouble) -> Iterator[None]:
    global _now
    _now = made
    try:
        yield
    finally:
        _now = NONE


def goes_wrong(how: str) -> Any:
    if how == "raise":
        raise ValueError("it broke")
    if how == "refuse":
        raise forbidden("Not for you.")
    strange: dict[str, Any] = {"null": None, "error": ValueError("a value"), "odd": ODD}
    return _later() if how == "later" else strange[how]


async def _later() -> Any:
    await asyncio.sleep(0)
    raise ValueError("it broke later")


def faulty(name: str, resolver: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a resolver, with its hints (execution/compiler/hints.py), so that it fails for the rows in trouble."""

    @functools.wraps(resolver)
    def call(row: Any, *args: Any, **given: Any) -> Any:
        how = _now.of(name, row)
        return goes_wrong(how) if how else resolver(row, *args, **given)

    @functools.wraps(resolver)
    async def call_later(row: Any, *args: Any, **given: Any) -> Any:
        value = call(row, *args, **given)
        return await value if isawaitable(value) else value

    made: Any = call_later if iscoroutinefunction(resolver) else call
    if hasattr(resolver, "for_row"):
        made.for_row = lambda arguments, asked: faulty(name, resolver.for_row(arguments, asked))
    if hasattr(resolver, "for_level"):
        made.for_level = lambda arguments, asked: faulty_level(name, resolver.for_level(arguments, asked))
    if looked_up := getattr(resolver, "looked_up", None):
        made.looked_up = lambda type_name: (looked_up(type_name)[0], BreakableValues(name, *looked_up(type_name)))
    return made  # type: ignore[no-any-return]


@dataclass(eq=False)
class BreakableValues:
    """The values that a resolver names instead of being called, but for rows that are in trouble."""

    name: str
    attribute: str
    values: Mapping[Any, Any]

    def __getitem__(self, key: Any) -> Any:
        how = _now.of(self.name, SimpleNamespace(**{self.attribute: key}))
        return goes_wrong(how) if how else self.values[key]


def faulty_level(name: str, resolver: Callable[..., Any]) -> Callable[..., Any]:
    async def level(rows: list[Any], context: Any) -> list[Any]:
        values = []
        for row, value in zip(rows, await resolver(rows, context), strict=True):
            how = _now.of(name, row)
            broken = goes_wrong(how) if how else value
            values.append(await broken if how and isawaitable(broken) else broken)
        return values

    return level


@contextmanager
def faulty_fields(schema: Schema) -> Iterator[list[str]]:
    """The names of all resolvers that a query can reach, which can be broken meanwhile."""
    types: dict[str, Any] = {**schema._schema.type_map}
    kept: dict[int, tuple[Any, Any]] = {}
    names = []
    for type_ in types.values():
        for name, its in getattr(type_, "fields", {}).items():
            resolver = getattr(its.extensions.get("strawberry-definition"), "base_resolver", None)
            if resolver is None or type_.name in ("Mutation", "Subscription"):
                continue
            names.append(f"{type_.name}.{name}")
            if id(resolver) not in kept:
                kept[id(resolver)] = resolver, resolver.wrapped_func
                resolver.wrapped_func = faulty(names[-1], resolver.wrapped_func)
    try:
        yield names
    finally:
        for resolver, function in kept.values():
            resolver.wrapped_func = function
