"""Fields: turn a resolver's signature and docstring into a Strawberry field."""

import inspect
from collections.abc import Awaitable
from contextlib import aclosing
from enum import Enum
from functools import partial
from types import FunctionType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import strawberry
from graphql import GraphQLNonNull, GraphQLObjectType, GraphQLSchema
from strawberry.types.enum import StrawberryEnumDefinition

from auth.viewers import Scope
from models import Role
from resolvers.declarations import RequestedAttributes, is_of_level, required_by, required_first
from schema.arguments import Resolver, ResolverSignature
from schema.directives import Requires, SemanticNonNull


def enum(cls: type[Enum], description: str, *, may_grow: bool = True, **values: str) -> Any:
    """Declare a GraphQL enum for an enum of the models, with a description of each value.

    `may_grow=False`: no later version has more values, so that a client may list all of them.
    """
    decorated = strawberry.enum(cls, description=f"{description} More values may come." if may_grow else description)
    definition: StrawberryEnumDefinition = decorated.__strawberry_definition__  # type: ignore[attr-defined]
    for value in definition.values:
        value.description = values[value.name]
    return decorated


enum(
    Scope,
    "A permission of a token.",
    READ="Read what is public.",
    SIGN="Sign petitions.",
    COMMENT="Post comments, and edit or delete one's own.",
    REACT="Vote, react, and flag.",
    MODERATE="Read the moderation queue, and decide on comments.",
    MANAGE_CAMPAIGNS="Create and change campaigns.",
    RECORD_DONATIONS="Record donations.",
    REPORT_TALLIES="Report a partner's signatures.",
    EXPORT="Export supporters.",
    ERASE="Erase people.",
    WEBHOOKS="Manage webhooks.",
)


def field(
    resolver: Resolver | str, *, name: str | None = None, list_size: int | None = None, max_bytes: int | None = None
) -> Any:
    """Declare a field: an attribute of the row, with this description, or a resolver, described by its docstring.

    `list_size` is the length of an attribute's list; a resolver declares the length of its list with `@list_size`.
    `max_bytes` is what an attribute with a long text may take in an answer.
    """
    if isinstance(resolver, str):
        metadata = _list_size(list_size, list_size) | ({} if max_bytes is None else {"max_bytes": max_bytes})
        return strawberry.field(description=resolver, name=name, metadata=metadata)
    signature = ResolverSignature(resolver)
    if required_first(resolver) is not None and (is_of_level(resolver) or not signature.takes_context):
        raise TypeError(
            f"{resolver.__qualname__} can not require a scope: only a resolver of one row with a Context can."
        )
    sizes = getattr(resolver, "list_size", None), getattr(resolver, "max_list_size", None)
    return strawberry.field(
        resolver=_with_signature(_call(resolver, signature), signature),
        description=description(resolver),
        name=name,
        directives=directives(resolver) + ([SemanticNonNull(levels=strawberry.UNSET)] if signature.page else []),
        metadata=_list_size(*sizes) | {"takes_cursor": signature.page is not None},
    )


def _list_size(size: int | str | None, at_most: int | None) -> dict[str, Any]:
    """Return the metadata that `execution/cost.py` reads."""
    return {} if size is None else {"list_size": size, "max_list_size": at_most}


def subscription(resolver: Resolver) -> Any:
    """Declare a subscription, whose resolver is an asynchronous generator.

    Whatever carries it, its context remembers no rows: each event shows names, texts and people as they are by then.
    """
    signature, needed = ResolverSignature(resolver), required_first(resolver)
    signature.check_begins_with_context()

    async def subscribe(self: Any, info: Any, **given: Any) -> Any:
        context = info.context
        if needed is not None:
            context.require(needed)
        context.forget_rows()
        async with aclosing(resolver(context, **signature.values(given))) as events:
            async for event in events:
                if needed is not None:  # the viewer's token may have been revoked since the last event
                    context.require(needed)
                yield event

    return strawberry.subscription(
        resolver=_with_signature(subscribe, signature),
        description=description(resolver),
        directives=directives(resolver),
    )


def _call(resolver: Resolver, signature: ResolverSignature) -> Resolver:
    """Return the function for Strawberry to call, with the hints of execution/compiler/hints.py as attributes."""
    if signature.is_of_row_only:  # a copy, because `_with_signature` modifies the function
        call: Any = FunctionType(
            resolver.__code__, resolver.__globals__, resolver.__name__, closure=resolver.__closure__
        )
    elif is_of_level(resolver):
        call = _call_of_level(resolver, signature)
    else:
        call = _call_of_row(resolver, signature)
    call.is_ready = _is_ready(resolver)
    call.is_shared = getattr(resolver, "is_shared", False)
    call.looked_up = getattr(resolver, "looked_up", None)
    call.reads = getattr(resolver, "reads", None)
    call.reads_for = getattr(resolver, "reads_for", None)
    return call  # type: ignore[no-any-return]


def _call_of_row(resolver: Resolver, signature: ResolverSignature) -> Any:
    needed = required_first(resolver)

    def for_row(given: dict[str, Any], requested: RequestedAttributes) -> Resolver:
        values = signature.values(given, requested)
        if signature.takes_row and signature.takes_context and needed is None:
            return _bind(resolver, values) if values else resolver

        def resolve(row: Any, context: Any) -> Any:
            if needed is not None:
                context.require(needed)
            rows = (row,) if signature.takes_row else ()
            return resolver(*rows, *((context,) if signature.takes_context else ()), **values)

        return resolve

    def call(self: Any, info: Any, **given: Any) -> Any:
        return for_row(given, None)(self, info.context)

    call.for_row = for_row  # type: ignore[attr-defined]
    return call


def _bind(resolver: Resolver, values: dict[str, Any]) -> Resolver:
    """Return a copy of the resolver with these values as defaults: a `partial` would merge them at each call."""
    defaults = tuple(values[name] for name in list(inspect.signature(resolver).parameters)[2:])
    copy: Resolver = FunctionType(
        resolver.__code__, resolver.__globals__, resolver.__name__, defaults, resolver.__closure__
    )
    return copy


def _call_of_level(resolver: Resolver, signature: ResolverSignature) -> Any:
    async def batch(rows: list[Any], context: Any, *values: tuple[str, Any]) -> dict[Any, Any]:
        return dict(zip(rows, await resolver(rows, context, **dict(values)), strict=True))

    def call(self: Any, info: Any, **given: Any) -> Any:
        return info.context.load(batch, self, info.context, *map(_hashable, signature.values(given).items()))

    call.for_level = lambda given, requested: partial(resolver, **signature.values(given, requested))  # type: ignore[attr-defined]
    return call


def _hashable(item: tuple[str, Any]) -> tuple[str, Any]:
    name, value = item
    return name, tuple(value) if isinstance(value, list) else value


def _is_ready(resolver: Resolver) -> bool:
    """Return whether the result never needs to be awaited, by the return annotation."""
    hint = get_type_hints(resolver)["return"]
    parts = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    return not inspect.iscoroutinefunction(resolver) and not any(
        part is Any or get_origin(part) is Awaitable for part in parts
    )


def _with_signature(function: Resolver, signature: ResolverSignature) -> Resolver:
    """Set the signature that Strawberry reads."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    if not signature.is_of_row_only:
        annotation = strawberry.Info
        parameters.append(inspect.Parameter("info", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=annotation))
    for argument in signature.arguments:
        parameters.append(
            inspect.Parameter(argument.name, keyword, annotation=argument.annotation, default=argument.graphql_default)
        )
    for name, text in signature.page_descriptions.items():
        hint = (int if name in ("first", "last") else str) | None
        described = strawberry.argument(description=text.format(size=signature.page_size))
        annotation = Annotated[hint, described]  # type: ignore[assignment]
        parameters.append(inspect.Parameter(name, keyword, annotation=annotation, default=strawberry.UNSET))
    function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    function.__annotations__ = {p.name: p.annotation for p in parameters if p.annotation is not p.empty}
    return function


def description(resolver: Resolver) -> str:
    """Return the resolver's docstring, with a sentence for each of its declarations that clients should know."""
    texts = [inspect.cleandoc(resolver.__doc__ or "")]
    needed = required_by(resolver)
    if needed is not None:
        unless = "" if required_first(resolver) else ", except for oneself"
        texts.append(f"Needs the {'role' if isinstance(needed, Role) else 'scope'} {needed.value}{unless}.")
    size = getattr(resolver, "list_size", None)
    if isinstance(size, str):
        texts.append(f"Costs as many items as `{size}` has.")
    return "\n\n".join(texts)


def directives(resolver: Resolver) -> list[Any]:
    needed = required_by(resolver)
    if needed is None:
        return []
    return [Requires(role=needed) if isinstance(needed, Role) else Requires(scope=needed)]


def check_cursors(core: GraphQLSchema) -> None:
    """Refuse a field that takes a cursor and is never null: its bad cursor would also remove all that is beside it."""
    for parent in core.type_map.values():
        for name, field in parent.fields.items() if isinstance(parent, GraphQLObjectType) else ():
            definition = field.extensions.get("strawberry-definition")
            if definition and definition.metadata.get("takes_cursor") and isinstance(field.type, GraphQLNonNull):
                place = f"{parent.name}.{name}"
                raise TypeError(f"{place} takes a cursor, which may be bad: declare its type as `... | None`.")
