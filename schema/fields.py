"""The one helper over Strawberry: a resolver's signature and docstring become the field, its input and its result."""

import inspect
from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum
from types import FunctionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import strawberry
from strawberry.schema_directive import Location
from strawberry.types.enum import StrawberryEnumDefinition

from resolvers.auth import Scope
from resolvers.context import Context
from resolvers.ids import GlobalId, Of, parse
from resolvers.inputs import KEEP
from resolvers.needs import scope_of
from resolvers.paging import Page
from resolvers.refusals import ProblemCode, Refusal, invalid, not_found
from resolvers.writing import Attempt, write

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


def enum(cls: type[Enum], description: str, **values: str) -> Any:
    """A stored enum as the schema's, with a line on each value."""
    decorated = strawberry.enum(cls, description=description)
    definition: StrawberryEnumDefinition = decorated.__strawberry_definition__  # type: ignore[attr-defined]
    for value in definition.values:
        value.description = values[value.name]
    return decorated


enum(
    Scope,
    "What a token allows.",
    READ="Read what is public.",
    SIGN="Sign petitions.",
    COMMENT="Post comments, and change one's own.",
    REACT="Vote, react, and flag.",
    MODERATE="Read the queue, and decide on comments.",
    MANAGE_CAMPAIGNS="Write and change campaigns.",
    RECORD_DONATIONS="Record donations.",
    REPORT_TALLIES="Report a partner's signatures.",
    EXPORT="Export supporters.",
    ERASE="Erase people.",
    WEBHOOKS="Manage webhooks.",
)


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="requires",
    description="The scope that the viewer's token needs.",
)
class Requires:
    scope: Scope


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
        self.of = next((note for note in notes if isinstance(note, Of)), None)
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
            type_name, field = self.of.type_name, _camel(self.name)
            return lambda text: _number(text, type_name, field)
        return _plain if any(value in _parts(inner) for value in INPUTS) else None

    def read(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return _in_utc(value, _camel(self.name))
        return value if value is None or self.convert is None else self.convert(value)

    @property
    def annotation(self) -> Any:
        return Annotated[self.type, strawberry.argument(description=self.description)]

    @property
    def graphql_default(self) -> Any:
        """Left out is the same as the default, so that the schema need not print `= null`."""
        return strawberry.UNSET if self.default is KEEP or self.default is None else self.default


def _parts(hint: Any) -> set[Any]:
    """The hint's own parts: of `list[X] | None`, X among others."""
    return {hint, *(part for arg in get_args(hint) for part in _parts(arg))}


def _plain(value: Any) -> Any:
    """The value object that an input stands for."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    for model, declared in INPUTS.items():
        if isinstance(value, declared):
            given = {name: _plain(item) for name, item in vars(value).items()}
            return model(**{name: item for name, item in given.items() if item is not strawberry.UNSET})
    return value


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


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


class Signature:
    """A resolver's parameters: the row, the context, a page, and what clients give."""

    def __init__(self, resolver: Resolver) -> None:
        hints = get_type_hints(resolver, include_extras=True)
        parameters = list(inspect.signature(resolver).parameters.values())
        names = [parameter.name for parameter in parameters]
        self.takes_context = "context" in names
        self.takes_row = bool(names) and names[0] != "context"
        self.page = next((name for name in names if hints.get(name) is Page), None)
        given = parameters[self.takes_row + self.takes_context :]
        self.arguments = [Argument(p.name, hints[p.name], p.default) for p in given if p.name != self.page]

    def values(self, given: dict[str, Any]) -> dict[str, Any]:
        """What the resolver is called with, of what the client sent."""
        read = {}
        for argument in self.arguments:
            value = given.get(argument.name, strawberry.UNSET)
            read[argument.name] = argument.default if value is strawberry.UNSET else argument.read(value)
        if self.page is not None:
            read[self.page] = Page(*(_given(given, name) for name in Page._fields))
        return read


def _given(given: dict[str, Any], name: str) -> Any:
    value = given.get(name)
    return None if value is strawberry.UNSET else value


def field(resolver: Resolver | str, *, name: str | None = None) -> Any:
    """A field: plain, with its description, or the work of a resolver, whose docstring it is."""
    if isinstance(resolver, str):
        return strawberry.field(description=resolver, name=name)
    signature = Signature(resolver)
    return strawberry.field(
        resolver=_described(_call(resolver, signature), signature),
        description=_text(resolver),
        name=name,
        directives=_directives(resolver),
    )


def subscription(resolver: Resolver) -> Any:
    """A stream: the resolver is an asynchronous generator."""
    signature = Signature(resolver)

    async def subscribe(self: Any, info: Any, **given: Any) -> Any:
        async for event in resolver(info.context, **signature.values(given)):
            yield event

    return strawberry.subscription(resolver=_described(subscribe, signature), description=_text(resolver))


def _call(resolver: Resolver, signature: Signature) -> Resolver:
    scope = scope_of(resolver)
    if not signature.takes_context:
        return FunctionType(resolver.__code__, resolver.__globals__, resolver.__name__, closure=resolver.__closure__)
    if not signature.arguments and signature.page is None and scope is None and signature.takes_row:
        plain = lambda self, info: resolver(self, info.context)  # noqa: E731
        plain.of_context = resolver  # type: ignore[attr-defined]  # compiled execution calls it as it is, with the row and the context
        return plain

    def call(self: Any, info: Any, **given: Any) -> Any:
        if scope is not None:
            info.context.needs(scope)
        row = (self,) if signature.takes_row else ()
        return resolver(*row, info.context, **signature.values(given))

    return call


def _described(function: Resolver, signature: Signature) -> Resolver:
    """The function with the signature that Strawberry is to read."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    if signature.takes_context:
        annotation = strawberry.Info
        parameters.append(inspect.Parameter("info", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=annotation))
    for argument in signature.arguments:
        parameters.append(
            inspect.Parameter(argument.name, keyword, annotation=argument.annotation, default=argument.graphql_default)
        )
    for name, text in PAGE_DESCRIPTIONS.items() if signature.page else ():
        hint = (int if name in ("first", "last") else str) | None
        annotation = Annotated[hint, strawberry.argument(description=text)]  # type: ignore[assignment]
        parameters.append(inspect.Parameter(name, keyword, annotation=annotation, default=strawberry.UNSET))
    function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    function.__annotations__ = {p.name: p.annotation for p in parameters if p.annotation is not p.empty}
    return function


def _text(resolver: Resolver) -> str:
    return inspect.cleandoc(resolver.__doc__ or "")


def _directives(resolver: Resolver) -> list[Any]:
    scope = scope_of(resolver)
    return [Requires(scope=scope)] if scope else []


enum(
    ProblemCode,
    "What kind of problem a mutation met.",
    UNAUTHENTICATED="Say who you are first, with a token.",
    FORBIDDEN="The token does not allow it.",
    NOT_FOUND="There is no such thing, or it is not public.",
    INVALID="A value is not what it should be; see `field`.",
    INVALID_CURSOR="A cursor is not from this list.",
    CLOSED="The campaign or its discussion is closed.",
    LOCKED="The thread is locked.",
    TOO_DEEP="The thread is as deep as it can be.",
    EDIT_WINDOW_OVER="The time for editing is over.",
    RATE_LIMITED="Too much at once; see `retryAfterSeconds`.",
    REJECTED_CONTENT="The text can't be taken as it is.",
    CONFLICT="It does not go with what is there.",
    IDEMPOTENCY_CONFLICT="The key was used with another input.",
    EXPIRED="It was good for a time that is over.",
)


@strawberry.type(description="What a mutation refused, and what to do about it.")
class Problem:
    code: ProblemCode = field("What kind of problem; stable, for programs.")
    message: str = field("What to do about it; for people.")
    field: str | None = strawberry.field(description="The input field it is about.", default=None)
    retry_after_seconds: int | None = strawberry.field(description="When to try again, in seconds.", default=None)


def mutation(resolver: Resolver, derived: dict[str, Any] | None = None, **payload: Any) -> Any:
    """A mutation: the resolver's arguments are its `input`, `payload` names what it gives back.

    The resolver returns the row where the payload has one item, and otherwise an object with one attribute each.
    `derived` fields are made from the payload when they are asked for. A Refusal becomes the Problem of the union.
    """
    signature, scope = Signature(resolver), scope_of(resolver)
    name = resolver.__name__
    title = name.title().replace("_", "")
    payload_type = _payload_type(title, payload, derived or {})
    result = Annotated[
        Union[payload_type, Problem],  # type: ignore[valid-type]  # noqa: UP007
        strawberry.union(f"{title}Result", description=f"What `{_camel(name)}` did, or the problem."),
    ]
    rows = {item: _model(hint) for item, hint in payload.items()}
    only = next(iter(payload)) if len(payload) == 1 else None

    async def mutate(self: Any, info: Any, input: Any) -> Any:
        context: Context = info.context
        given = dict(vars(input))
        key = _given(given, "idempotency_key")

        async def perform(context: Context) -> dict[str, Any]:
            found = await resolver(context, **values)
            return {only: found} if only else {item: getattr(found, item) for item in rows}

        try:
            if scope is not None:
                context.needs(scope)
            values = signature.values(given)
            answer, replayed = await write(context, Attempt(name, values, key, rows), perform)
        except Refusal as refusal:
            return Problem(
                code=refusal.code,
                message=refusal.message,
                field=refusal.field,
                retry_after_seconds=refusal.retry_after_seconds,
            )
        return payload_type(**answer, replayed=replayed)

    mutate.__annotations__ = {
        "info": strawberry.Info,
        "input": Annotated[_input_type(title, signature), strawberry.argument(description="What to do.")],
        "return": result,
    }
    return strawberry.mutation(
        resolver=mutate, name=_camel(name), description=_text(resolver), directives=_directives(resolver)
    )


def _model(hint: Any) -> Any:
    candidates = get_args(hint) or (hint,)
    return next((model for item in candidates if (model := getattr(item, "model", None))), None)


def _input_type(title: str, signature: Signature) -> Any:
    items = {argument.name: (argument.type, _input_field(argument)) for argument in signature.arguments}
    key = "1 to 64 visible characters: a retry with the same key gives the first answer again."
    items["idempotency_key"] = (str | None, strawberry.field(default=strawberry.UNSET, description=key))
    cls = _class(f"{title}Input", items)
    return strawberry.input(cls, description=f"What `{title[0].lower()}{title[1:]}` needs.")


def _input_field(argument: Argument) -> Any:
    default = argument.graphql_default
    if default is inspect.Parameter.empty:
        return strawberry.field(description=argument.description)
    if isinstance(default, list):
        return strawberry.field(description=argument.description, default_factory=list)
    return strawberry.field(description=argument.description, default=default)


def _payload_type(title: str, payload: dict[str, Any], derived: dict[str, Any]) -> Any:
    items = {name: (hint, field(f"The {name}, as it is now.")) for name, hint in payload.items()}
    items |= {name: (hint, field(work)) for name, (hint, work) in derived.items()}
    replayed = "Whether this is the answer to an earlier request with the same `idempotencyKey`."
    items["replayed"] = (bool, field(replayed))
    cls = _class(f"{title}Payload", items)
    return strawberry.type(cls, description=f"What `{title[0].lower()}{title[1:]}` did.")


def _class(name: str, items: dict[str, tuple[Any, Any]]) -> type:
    """A class with these annotated fields, as if it had been written out."""
    annotations = {item: hint for item, (hint, _) in items.items()}
    fields = {item: described for item, (_, described) in items.items()}
    return type(name, (), {"__annotations__": annotations, "__module__": __name__, **fields})
