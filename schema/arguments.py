"""Arguments: derive GraphQL arguments from a resolver's parameters, and convert their values for the resolver."""

import dataclasses
import inspect
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import strawberry

from refusals import InputReason, Issues, collect_issues, invalid, not_found, noun_of
from resolvers.context import Context
from resolvers.declarations import RequestedAttributes
from resolvers.ids import GlobalId, IdOf, SecretId, parse
from resolvers.inputs import UNCHANGED
from resolvers.paging import ForwardPage, Page

Resolver = Callable[..., Any]
Path = tuple[str, ...]
Conversion = Callable[[Any, Issues, Path], Any]
"""Converts a value at a path. A wrong one is collected as an issue, and a value of the right type stands in for it."""

NO_ROW_ID = -1
"""Stands in for an id of the wrong type: no row has it."""
STAND_INS: dict[type, Any] = {date: date.min, datetime: datetime.min.replace(tzinfo=UTC)}
"""The value that stands in for an unreadable date or time."""

PAGE_DESCRIPTIONS = {
    "first": "The number of items from the beginning, 1 to 100; {size} if neither `first` nor `last` is given.",
    "after": "Only items after this cursor.",
    "last": "The number of items from the end, 1 to 100; not together with `first`.",
    "before": "Only items before this cursor.",
}
FORWARD_PAGE_DESCRIPTIONS = {
    "first": "The number of items at most, 1 to 100; {size} if it is not given.",
    "after": PAGE_DESCRIPTIONS["after"],
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

    def declare(cls: Any) -> type:
        for name in _defaults(cls):
            if type(None) not in get_args(get_type_hints(cls)[name]):
                raise TypeError(f"{cls.__name__}.{name} has a default: it must take null, which means the default.")
        INPUT_TYPES[value] = cls
        # Keep the dictionary, from which the dataclass is created: a Strawberry input object would be one more step.
        cls.__strawberry_definition__.from_input = lambda cls, given, context: given
        return cls  # type: ignore[no-any-return]

    return declare


NO_DEFAULTS = (inspect.Parameter.empty, dataclasses.MISSING, strawberry.UNSET, UNCHANGED, None)
"""The defaults in Python that are no defaults in GraphQL: a parameter or field with one of them prints no default."""


def _is_default(value: Any) -> bool:
    return not any(value is none for none in NO_DEFAULTS)


def _defaults(cls: Any) -> dict[str, Any]:
    """Return the defaults of an input type's fields, for the fields that have one."""
    defaults = {field.python_name: field.default_value for field in cls.__strawberry_definition__.fields}
    return {name: default for name, default in defaults.items() if _is_default(default)}


class Argument:
    """A GraphQL argument for one parameter of a resolver.

    An argument with a default also takes null, which means the default: many clients send null for what is not set.
    """

    def __init__(self, name: str, hint: Any, default: Any) -> None:
        self.name = name
        self.default = default
        inner, *notes = _split(hint)
        self.id_of = next((note for note in notes if isinstance(note, IdOf)), None)
        self.description = next((note for note in notes if isinstance(note, str)), None) or self._description(name)
        self.is_optional = type(None) in get_args(inner)
        self.has_default = _is_default(default)
        self.refuses_null = default is UNCHANGED and not self.is_optional
        if default is UNCHANGED:
            self.description += IF_REQUIRED if self.refuses_null else IF_OPTIONAL
        self.convert = _converter(hint)
        self.type = self._type(inner) | None if self.has_default or self.refuses_null else self._type(inner)

    def _description(self, name: str) -> str:
        if self.id_of is not None:
            return f"The id of the {noun_of(self.id_of.type_name)}."
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

    def read(self, value: Any, issues: Issues) -> Any:
        """Convert a value that a client sent to what the resolver takes."""
        if value is None:
            return self.default if self.has_default else None
        return value if self.convert is None else self.convert(value, issues, (camel_case(self.name),))

    @property
    def annotation(self) -> Any:
        return Annotated[self.type, strawberry.argument(description=self.description)]

    @property
    def graphql_default(self) -> Any:
        """Return the default for the schema. UNSET in place of null, so that the SDL does not print `= null`."""
        return self.default if self.has_default or self.default is inspect.Parameter.empty else strawberry.UNSET


def _split(hint: Any) -> tuple[Any, ...]:
    """Return the type of a hint, followed by the notes of `Annotated`."""
    return get_args(hint) if get_origin(hint) is Annotated else (hint,)


def _parts(hint: Any) -> set[Any]:
    """Return the hint and all types inside, such as `X` in `list[X] | None`."""
    return {hint, *(part for arg in get_args(hint) for part in _parts(arg))}


def _converter(hint: Any) -> Conversion | None:
    """Return a conversion that creates the row ids, dataclasses, dates and times in a hint; None if it has none.

    The input is graphql-core's dictionaries: Strawberry's input objects would only be converted once more.
    """
    inner, *notes = _split(hint)
    for note in notes:
        if isinstance(note, IdOf):
            return partial(_converted_id, note.type_name)
    parts = _parts(inner)
    dataclass = next((part for part in parts if part in INPUT_TYPES), None)
    if dataclass is not None:
        return _constructor(dataclass)
    kind = next((part for part in parts if part in STAND_INS), None)
    return (
        None if kind is None else lambda value, issues, path: issues.take(_time, value, kind, path) or STAND_INS[kind]
    )


def _constructor(dataclass: type) -> Conversion:
    fields = {
        camel_case(name): (name, _converter(inner))
        for name, inner in get_type_hints(dataclass, include_extras=True).items()
    }
    defaults = {camel_case(name): default for name, default in _defaults(INPUT_TYPES[dataclass]).items()}

    def construct(value: Any, issues: Issues, path: Path) -> Any:
        if isinstance(value, list):
            return [construct(item, issues, (*path, str(index))) for index, item in enumerate(value)]
        given = {}
        for key, item in value.items():
            name, convert = fields[key]
            if item is None:
                given[name] = defaults.get(key)
            else:
                given[name] = item if convert is None else convert(item, issues, (*path, key))
        return dataclass(**given)

    return construct


def _time(value: Any, kind: type, path: Path) -> Any:
    """Return a date, or a time in UTC, in which all times are stored. A time without an offset is taken as UTC."""
    if isinstance(value, str):  # the scalars leave a text that they can't read as it is
        message = "This is not a date, such as 2026-01-26."
        if kind is datetime:
            message = "This is not a date and time, such as 2026-01-26T04:14:42+00:00."
        raise invalid(message, *path)
    if kind is date:
        return value
    try:
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    except OverflowError:
        raise invalid("This lies outside of the calendar.", *path, reason=InputReason.OUT_OF_RANGE) from None


def _converted_id(type_name: str, text: str, issues: Issues, path: Path) -> int:
    return issues.take(_row_id, text, type_name, path) or NO_ROW_ID


def _row_id(text: str, type_name: str, path: Path) -> int:
    parsed = parse(text)
    if parsed is None or parsed[0] != type_name:
        raise not_found(noun_of(type_name), *path)
    return parsed[1]


def camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


class ResolverSignature:
    """The parameters of a resolver: the row (or rows) first, if any; then the context; then the arguments of clients.

    The context is the parameter annotated with `Context`, whatever its name. A parameter annotated with `Page` or
    `ForwardPage` takes the paging arguments, and `requested: RequestedAttributes` the attributes that the query reads.
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
        self.page = next((name for name in names if hints[name] in (Page, ForwardPage)), None)
        self.page_type: Any = hints[self.page] if self.page else None
        self.page_size = self._page_size()
        self.takes_requested = hints.get("requested") == RequestedAttributes
        from_clients = parameters[self.takes_row + self.takes_context :]
        self.arguments = [
            Argument(p.name, hints[p.name], p.default) for p in from_clients if p.name not in (self.page, "requested")
        ]

    def _page_size(self) -> int | None:
        """Return the default size of the resolver's pages; None without paging."""
        size = getattr(self.resolver, "list_size", None)
        if self.page is not None and not isinstance(size, int):
            raise self._error(self.page, "needs the default size of its pages: declare it with @list_size")
        return size if self.page is not None else None

    @property
    def is_of_row_only(self) -> bool:
        """Return whether the resolver takes its row and nothing else."""
        return not (self.takes_context or self.takes_requested or self.arguments or self.page)

    @property
    def page_descriptions(self) -> dict[str, str]:
        """Return the paging arguments with their descriptions."""
        if self.page_type is None:
            return {}
        return FORWARD_PAGE_DESCRIPTIONS if self.page_type is ForwardPage else PAGE_DESCRIPTIONS

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
        """Return the resolver's keyword arguments for the arguments that a client gave; refuse all that are wrong."""
        with collect_issues() as issues:
            return self.collect_values(given, issues, requested)

    def input_order(self, path: Path) -> tuple[int, ...]:
        """Return the key by which issues are sorted as the input is: by argument, then by place in a list."""
        names = [camel_case(argument.name) for argument in self.arguments]
        first = names.index(path[0]) if path[0] in names else len(names)
        return (first, *(int(name) if name.isdecimal() else 0 for name in path[1:]))

    def collect_values(
        self, given: dict[str, Any], issues: Issues, requested: RequestedAttributes = None
    ) -> dict[str, Any]:
        """Return the resolver's keyword arguments. What is wrong is collected, and has a stand-in of its type."""
        read = {}
        for argument in self.arguments:
            value = given.get(argument.name, strawberry.UNSET)
            if value is None and argument.refuses_null:
                message = "Null is no value here: leave it out to keep it as it is."
                issues.collect(invalid(message, camel_case(argument.name), reason=InputReason.EMPTY))
                value = strawberry.UNSET
            read[argument.name] = argument.default if value is strawberry.UNSET else argument.read(value, issues)
        if self.page is not None:
            read[self.page] = self.page_type(*(argument_value(given, name) for name in self.page_type._fields))
        if self.takes_requested:
            read["requested"] = requested
        return read


def argument_value(given: dict[str, Any], name: str) -> Any:
    """Return the value that a client gave; None if the client left the argument out."""
    value = given.get(name)
    return None if value is strawberry.UNSET else value
