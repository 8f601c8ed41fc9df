"""Runtime checks of resolver results: awaitable, missing, or iterable, cached by class."""

from collections.abc import Iterable
from types import CoroutineType, GeneratorType
from typing import Any

from graphql import Undefined
from graphql.pyutils import is_iterable

from .fallback import FallbackRequired

MAX_CACHED_CLASSES = 10_000


class AwaitableClasses(dict[type, bool]):
    """A cache by class: True where instances of the class have to be awaited."""

    def __missing__(self, class_: type) -> bool:
        if len(self) >= MAX_CACHED_CLASSES:
            self.clear()
        is_awaitable = self[class_] = issubclass(class_, CoroutineType) or hasattr(class_, "__await__")
        return is_awaitable


awaitable_classes = AwaitableClasses()


def check_is_value(value: Any) -> None:
    """Raise FallbackRequired for a null, an exception or an awaitable: only graphql-core knows how to handle those."""
    if (
        value is None
        or value is Undefined
        or isinstance(value, (Exception, GeneratorType))
        or awaitable_classes[value.__class__]
    ):
        if isinstance(value, CoroutineType):
            value.close()  # nobody will await the coroutine, and Python would warn of that
        raise FallbackRequired(f"{value.__class__.__name__} where a value was expected")


def as_iterable(value: Any) -> Iterable[Any]:
    """Return the value if graphql-core would accept the value as a list; raise FallbackRequired otherwise."""
    if value.__class__ is tuple:
        return value
    if isinstance(value, Exception) or awaitable_classes[value.__class__] or hasattr(value, "__aiter__"):
        raise FallbackRequired(f"{value.__class__.__name__} where a list was expected")
    if not is_iterable(value):
        raise FallbackRequired("not a list")
    return value
