"""The helper over Strawberry: a resolver's signature and docstring become the field."""

import inspect
from enum import Enum
from types import FunctionType
from typing import Annotated, Any

import strawberry
from strawberry.schema_directive import Location
from strawberry.types.enum import StrawberryEnumDefinition

from resolvers.auth import Scope
from resolvers.needs import scope_of
from schema.arguments import PAGE_DESCRIPTIONS, Resolver, Signature


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


def field(resolver: Resolver | str, *, name: str | None = None) -> Any:
    """A field: plain, with its description, or the work of a resolver, whose docstring it is."""
    if isinstance(resolver, str):
        return strawberry.field(description=resolver, name=name)
    signature = Signature(resolver)
    return strawberry.field(
        resolver=_described(_call(resolver, signature), signature),
        description=description(resolver),
        name=name,
        directives=directives(resolver),
    )


def subscription(resolver: Resolver) -> Any:
    """A stream: the resolver is an asynchronous generator."""
    signature = Signature(resolver)

    async def subscribe(self: Any, info: Any, **given: Any) -> Any:
        async for event in resolver(info.context, **signature.values(given)):
            yield event

    return strawberry.subscription(resolver=_described(subscribe, signature), description=description(resolver))


def _call(resolver: Resolver, signature: Signature) -> Resolver:
    scope = scope_of(resolver)
    if not signature.takes_context:  # a copy, since `_described` writes Strawberry's signature on it
        return FunctionType(resolver.__code__, resolver.__globals__, resolver.__name__, closure=resolver.__closure__)
    if not signature.arguments and signature.page is None and scope is None and signature.takes_row:

        def plain(self: Any, info: Any) -> Any:
            return resolver(self, info.context)

        # compiled execution calls the resolver as it is, with the row and the context
        plain.of_context = resolver  # type: ignore[attr-defined]
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


def description(resolver: Resolver) -> str:
    return inspect.cleandoc(resolver.__doc__ or "")


def directives(resolver: Resolver) -> list[Any]:
    scope = scope_of(resolver)
    return [Requires(scope=scope)] if scope else []
