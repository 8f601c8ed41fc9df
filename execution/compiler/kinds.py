"""What a value is, judged once per class: ready to be read, still to be awaited, or for graphql-core alone."""

from collections.abc import Iterable
from types import CoroutineType, GeneratorType
from typing import Any

from graphql import Undefined
from graphql.pyutils import is_iterable

MOST_CLASSES = 10_000


class Uncompiled(Exception):
    """Only graphql-core can answer this: what was compiled, or half run, is dropped."""


class Awaitables(dict[type, bool]):
    """Whether values of a class are to be awaited."""

    def __missing__(self, kind: type) -> bool:
        if len(self) >= MOST_CLASSES:
            self.clear()
        verdict = self[kind] = issubclass(kind, CoroutineType) or hasattr(kind, "__await__")
        return verdict


awaitables = Awaitables()


def refuse_unready(value: Any) -> None:
    """graphql-core gives an error, a missing value or an awaitable where a value should be its own meaning."""
    if (
        value is None
        or value is Undefined
        or isinstance(value, (Exception, GeneratorType))
        or awaitables[value.__class__]
    ):
        if isinstance(value, CoroutineType):
            value.close()  # nobody will await it, and Python would warn of that
        raise Uncompiled(f"{value.__class__.__name__} where a value was expected")


def listed(value: Any) -> Iterable[Any]:
    """Any iterable that graphql-core would take for a list."""
    if value.__class__ is tuple:
        return value
    if isinstance(value, Exception) or awaitables[value.__class__] or hasattr(value, "__aiter__"):
        raise Uncompiled(f"{value.__class__.__name__} where a list was expected")
    if not is_iterable(value):
        raise Uncompiled("not a list")
    return value
