"""Arguments: derive GraphQL arguments from a resolver's parameters, and convert their values for the resolver."""

import inspect
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import strawberry

from refusals import invalid, not_found
from resolvers.context import Context
from resolvers.declarations import RequestedAttributes
from resolvers.ids import GlobalId, IdOf, SecretId, parse
from resolvers.inputs import UNCHANGED
from resolvers.paging import Page

Resolver = Callable[..., Any]

PAGE_DESCRIPTIONS = {
    "first": "The number of items from the beginning, 1 to 100.",
    "after": "Only items after this cursor.",
    "last": "The number of items from the end, 1 to 100; not together with `first`.",
    "before": "Only items before this cursor.",
}
DESCRIPTIONS = {
    "sort": "The sort order.",
    "state": "The state to change to.",
    "kind": "The reaction.",
    "reason": "The reason.",
}
IF_REQUIRED, IF_OPTIONAL = " Unchanged if left out; not null.", " Unchanged if left out; null removes it."
"""Appended to the description of an argument whose default is UNCHANGED."""

INPUT_TYPES: dict[type, type] = {}
"""The GraphQL input type for each dataclass that a resolver takes as an argument."""


def input_for(value: type) -> Callable[[type], type]:
    """Declare the input type for a dataclass whose fields have the same names."""

    def declare(cls: type) -> type:
        INPUT_TYPES[value] = cls
        return cls

    return declare


class Argument:
    """A GraphQL argument for one parameter of a resolver."""

    def __init__(self, name: str, hint: Any, default: Any) -> None:
        self.name = name
        self.default = default
        inner, *notes = get_args(hint) if get_origin(hint) is Annotated else (hint,)
        self.id_of = next((note for note in notes if isinstance(note, IdOf)), None)
        self.description = next((note for note in notes if isinstance(note, str)), None) or self._description(name)
        self.is_optional = type(None) in get_args(inner)
        self.refuses_null = default is UNCHANGED and not self.is_optional
        if default is UNCHANGED:
            self.description += IF_REQUIRED if self.refuses_null else IF_OPTIONAL
        self.convert = self._conversion(inner)
        self.type = self._type(inner) | None if self.refuses_null else self._type(inner)

    def _description(self, name: str) -> str:
        if self.id_of is not None:
            return f"The id of the {_words_of(self.id_of.type_name)}."
        return DESCRIPTIONS[name]

    def _type(self, inner: Any) -> Any:
        if self.id_of is not None:
            return strawberry.ID | None if self.is_optional else strawberry.ID
        for value, declared in INPUT_TYPES.items():
            if inner == value:
                return declared
            if inner == value | None:
                return declared | None
            if inner == list[value]:  # type: ignore[valid-type]
                return list[declared]  # type: ignore[valid-type]
            if inner == list[value] | None:  # type: ignore[valid-type]
                return list[declared] | None  # type: ignore[valid-type]
        if not _parts(inner).isdisjoint({GlobalId, SecretId}):
            return list[strawberry.ID] if get_origin(inner) is list else strawberry.ID
        return inner

    def _conversion(self, inner: Any) -> Callable[[Any], Any] | None:
        if self.id_of is not None:
            type_name, field = self.id_of.type_name, camel_case(self.name)
            return lambda text: _row_id(text, type_name, field)
        return _constructor(inner)

    def read(self, value: Any) -> Any:
        """Convert a value that a client sent to what the resolver takes."""
        if isinstance(value, datetime):
            return _in_utc(value, camel_case(self.name))
        return value if value is None or self.convert is None else self.convert(value)

    @property
    def annotation(self) -> Any:
        return Annotated[self.type, strawberry.argument(description=self.description)]

    @property
    def graphql_default(self) -> Any:
        """Return the default for the schema. UNSET in place of null, so that the SDL does not print `= null`."""
        return strawberry.UNSET if self.default is UNCHANGED or self.default is None else self.default


def _parts(hint: Any) -> set[Any]:
    """Return the hint and all types inside, such as `X` in `list[X] | None`."""
    return {hint, *(part for arg in get_args(hint) for part in _parts(arg))}


def _constructor(hint: Any) -> Callable[[Any], Any] | None:
    """Return a function that creates the dataclasses in a hint from coerced input; None if the hint has no dataclass.

    The input is graphql-core's dictionaries: Strawberry's input objects would only be converted once more.
    """
    dataclass = next((part for part in _parts(hint) if part in INPUT_TYPES), None)
    if dataclass is None:
        return None
    constructors = {camel_case(name): (name, _constructor(inner)) for name, inner in get_type_hints(dataclass).items()}

    def construct(value: Any) -> Any:
        if value is None:
            return None
        if isinstance(value, list):
            return [construct(item) for item in value]
        fields = ((constructors[name], item) for name, item in value.items())
        return dataclass(**{name: item if inner is None else inner(item) for (name, inner), item in fields})

    return construct


def _in_utc(time: datetime, field: str) -> datetime:
    """Convert a time to UTC, in which all times are stored. A time without an offset is taken as UTC."""
    try:
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except OverflowError:
        raise invalid(f"`{field}` lies outside of the calendar.", field) from None


def _row_id(text: str, type_name: str, field: str) -> int:
    parsed = parse(text)
    if parsed is None or parsed[0] != type_name:
        raise not_found(_words_of(type_name), field)
    return parsed[1]


def _words_of(type_name: str) -> str:
    return "".join(f" {c.lower()}" if c.isupper() else c for c in type_name).strip()


def camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


class ResolverSignature:
    """The parameters of a resolver: the row (or rows) first, if any; then the context; then the arguments of clients.

    The context is the parameter annotated with `Context`, whatever its name. A parameter annotated with `Page` takes
    the paging arguments, and `requested: RequestedAttributes` the attributes that the query reads.
    """

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        hints = get_type_hints(resolver, include_extras=True)
        parameters = list(inspect.signature(resolver).parameters.values())
        names = [parameter.name for parameter in parameters]
        if not names:
            raise TypeError(f"{self._name} can not be a field: a resolver takes a row, a Context, or both.")
        self._check_annotations(names, hints)
        contexts = [name for name in names if hints[name] is Context]
        self._check_contexts(names, contexts)
        self.takes_context = bool(contexts)
        self.takes_row = names[0] not in contexts
        self.page = next((name for name in names if hints[name] is Page), None)
        self.takes_requested = hints.get("requested") == RequestedAttributes
        from_clients = parameters[self.takes_row + self.takes_context :]
        self.arguments = [
            Argument(p.name, hints[p.name], p.default) for p in from_clients if p.name not in (self.page, "requested")
        ]

    def _check_annotations(self, names: list[str], hints: dict[str, Any]) -> None:
        for name in names:
            if name not in hints:
                raise self._error(name, "has no annotation")
            if name == "context" and hints[name] is not Context:
                raise self._error(name, f"must be annotated with Context, not {hints[name]!r}")

    def _check_contexts(self, names: list[str], contexts: list[str]) -> None:
        if len(contexts) > 1:
            raise self._error(contexts[1], "is a second Context")
        if contexts and names.index(contexts[0]) > 1:
            raise self._error(
                contexts[0], "is a Context, which must be the first parameter, or the second after the row"
            )

    def check_begins_with_context(self) -> None:
        """Refuse a resolver of a root field that is called without a row, but does not take the context first."""
        if self.takes_row or not self.takes_context:
            first = next(iter(inspect.signature(self.resolver).parameters))
            raise self._error(first, "must be a Context: this resolver is called without a row")

    def _error(self, parameter: str, problem: str) -> TypeError:
        return TypeError(f"{self._name} can not be a field: its parameter {parameter!r} {problem}.")

    @property
    def _name(self) -> str:
        return f"The resolver {self.resolver.__module__}.{self.resolver.__qualname__}"

    def values(self, given: dict[str, Any], requested: RequestedAttributes = None) -> dict[str, Any]:
        """Return the resolver's keyword arguments for the arguments that a client gave."""
        self._check_not_null(given)
        read = {}
        for argument in self.arguments:
            value = given.get(argument.name, strawberry.UNSET)
            read[argument.name] = argument.default if value is strawberry.UNSET else argument.read(value)
        if self.page is not None:
            read[self.page] = Page(*(argument_value(given, name) for name in Page._fields))
        if self.takes_requested:
            read["requested"] = requested
        return read

    def _check_not_null(self, given: dict[str, Any]) -> None:
        """Refuse null for a value that may be left out, but not removed."""
        for argument in self.arguments:
            if argument.refuses_null and given.get(argument.name, strawberry.UNSET) is None:
                field = camel_case(argument.name)
                raise invalid(f"`{field}` must not be null: leave it out to keep it as it is.", field)


def argument_value(given: dict[str, Any], name: str) -> Any:
    """Return the value that a client gave; None if the client left the argument out."""
    value = given.get(name)
    return None if value is strawberry.UNSET else value
