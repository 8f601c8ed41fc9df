"""A resolver's parameters as clients see them, and the way from what they send to what it takes."""

import inspect
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import strawberry

from refusals import invalid, not_found
from resolvers.declarations import RequestedAttributes
from resolvers.ids import GlobalId, IdOf, parse
from resolvers.inputs import UNCHANGED
from resolvers.paging import Page

Resolver = Callable[..., Any]

PAGE_DESCRIPTIONS = {
    "first": "How many from the beginning, 1 to 100.",
    "after": "Only what comes after this cursor.",
    "last": "How many from the end, 1 to 100; not together with `first`.",
    "before": "Only what comes before this cursor.",
}
DESCRIPTIONS = {
    "sort": "The order.",
    "state": "The state to change to.",
    "kind": "Which reaction.",
    "reason": "Why.",
}


INPUTS: dict[type, type] = {}
"""Which input type carries a value object that a resolver takes."""


def input_for(value: type) -> Callable[[type], type]:
    """Declare an input type: its fields, named like the value object's, make one."""

    def declare(cls: type) -> type:
        INPUTS[value] = cls
        return cls

    return declare


class Argument:
    """One parameter of a resolver as clients see it, and the way from what they send to what it takes."""

    def __init__(self, name: str, hint: Any, default: Any) -> None:
        self.name = name
        self.default = default
        inner, *notes = get_args(hint) if get_origin(hint) is Annotated else (hint,)
        self.of = next((note for note in notes if isinstance(note, IdOf)), None)
        self.description = next((note for note in notes if isinstance(note, str)), None) or self._description(name)
        self.is_optional = type(None) in get_args(inner)
        self.convert = self._conversion(inner)
        self.type = self._type(inner)

    def _description(self, name: str) -> str:
        if self.of is not None:
            return f"The id of the {_spaced(self.of.type_name)}."
        return DESCRIPTIONS[name]

    def _type(self, inner: Any) -> Any:
        if self.of is not None:
            return strawberry.ID | None if self.is_optional else strawberry.ID
        for value, declared in INPUTS.items():
            if inner == value:
                return declared
            if inner == value | None:
                return declared | None
            if inner == list[value]:  # type: ignore[valid-type]
                return list[declared]  # type: ignore[valid-type]
            if inner == list[value] | None:  # type: ignore[valid-type]
                return list[declared] | None  # type: ignore[valid-type]
        if GlobalId in _parts(inner):
            return list[strawberry.ID] if get_origin(inner) is list else strawberry.ID
        return inner

    def _conversion(self, inner: Any) -> Callable[[Any], Any] | None:
        if self.of is not None:
            type_name, field = self.of.type_name, camel(self.name)
            return lambda text: _number(text, type_name, field)
        return _maker(inner)

    def read(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return _in_utc(value, camel(self.name))
        return value if value is None or self.convert is None else self.convert(value)

    @property
    def annotation(self) -> Any:
        return Annotated[self.type, strawberry.argument(description=self.description)]

    @property
    def graphql_default(self) -> Any:
        """Left out is the same as the default, so that the schema need not print `= null`."""
        return strawberry.UNSET if self.default is UNCHANGED or self.default is None else self.default


def _parts(hint: Any) -> set[Any]:
    """The hint's own parts: of `list[X] | None`, X among others."""
    return {hint, *(part for arg in get_args(hint) for part in _parts(arg))}


def _maker(hint: Any) -> Callable[[Any], Any] | None:
    """What makes the value objects of such a hint, alone or in a list, of what was sent for them; None if it has none.

    That is as graphql-core has read it: Strawberry's own objects would be taken apart at once.
    """
    model = next((part for part in _parts(hint) if part in INPUTS), None)
    if model is None:
        return None
    makers = {camel(name): (name, _maker(inner)) for name, inner in get_type_hints(model).items()}

    def make(sent: Any) -> Any:
        if sent is None:
            return None
        if isinstance(sent, list):
            return [make(item) for item in sent]
        found = ((makers[name], item) for name, item in sent.items())
        return model(**{name: item if inner is None else inner(item) for (name, inner), item in found})

    return make


def _in_utc(moment: datetime, field: str) -> datetime:
    """Moments are kept and compared in UTC; one without an offset is taken to be in it."""
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        raise invalid(f"`{field}` lies outside of the calendar.", field) from None


def _number(text: str, type_name: str, field: str) -> int:
    named = parse(text)
    if named is None or named[0] != type_name:
        raise not_found(_spaced(type_name), field)
    return named[1]


def _spaced(type_name: str) -> str:
    return "".join(f" {c.lower()}" if c.isupper() else c for c in type_name).strip()


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


class ResolverSignature:
    """A resolver's parameters: the row (or rows), the context, a page, what is asked of it, and what clients give."""

    def __init__(self, resolver: Resolver) -> None:
        hints = get_type_hints(resolver, include_extras=True)
        parameters = list(inspect.signature(resolver).parameters.values())
        names = [parameter.name for parameter in parameters]
        self.takes_context = "context" in names
        self.takes_row = bool(names) and names[0] != "context"
        self.page = next((name for name in names if hints.get(name) is Page), None)
        self.takes_asked = hints.get("requested") == RequestedAttributes
        given = [p for p in parameters[self.takes_row + self.takes_context :] if p.name not in (self.page, "requested")]
        self.arguments = [Argument(p.name, hints[p.name], p.default) for p in given]

    def values(self, given: dict[str, Any], requested: RequestedAttributes = None) -> dict[str, Any]:
        """What the resolver is called with, of what the client sent."""
        read = {}
        for argument in self.arguments:
            value = given.get(argument.name, strawberry.UNSET)
            read[argument.name] = argument.default if value is strawberry.UNSET else argument.read(value)
        if self.page is not None:
            read[self.page] = Page(*(given_value(given, name) for name in Page._fields))
        if self.takes_asked:
            read["requested"] = requested
        return read


def given_value(given: dict[str, Any], name: str) -> Any:
    value = given.get(name)
    return None if value is strawberry.UNSET else value
