"""Mutations: turn a resolver into a mutation with an input type, a payload type, and a Problem for a Refusal."""

import inspect
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

import strawberry
from strawberry.types.lazy_type import StrawberryLazyReference

from refusals import InputReason, ProblemCode, Refusal, collect_issues
from resolvers.context import Context
from resolvers.declarations import USUAL_LIST_SIZE, required_first
from resolvers.mutations import MutationCall, checked_key, is_secret, run_mutation
from schema.arguments import Argument, Resolver, ResolverSignature, argument_value, camel_case
from schema.fields import description, directives, enum, field
from storage.fields import parse_instant

MAX_ISSUE_PATH = 4
"""The longest path of an input: `donation.suggestedAmounts.0.amountMinor`."""

enum(
    ProblemCode,
    "The kind of a problem that a mutation answers with.",
    UNAUTHENTICATED="The request needs a bearer token.",
    FORBIDDEN="The token does not allow this.",
    NOT_FOUND="The object does not exist, or it is not public.",
    INVALID="One or more values are wrong; see `issues`.",
    INVALID_CURSOR="The cursor is not from this list.",
    CLOSED="The campaign or its discussion is closed.",
    LOCKED="The thread is locked.",
    TOO_DEEP="The thread is as deep as it can be.",
    EDIT_WINDOW_OVER="The time for editing the comment is over.",
    RATE_LIMITED="Too many requests; see `retryAfterSeconds`.",
    REJECTED_CONTENT="The text is refused as it is.",
    CONFLICT="The request conflicts with existing data.",
    IDEMPOTENCY_CONFLICT="The idempotency key was used with another input.",
    EXPIRED="The token, link or code has expired.",
)


enum(
    InputReason,
    "Why a value of an input is wrong.",
    EMPTY="The value is missing or blank.",
    TOO_LONG="The text has more than `limit` characters, or the list more than `limit` entries.",
    TOO_SHORT="The text has fewer than `limit` characters.",
    MALFORMED="The value does not have the form that is asked for.",
    UNKNOWN="The value names nothing that exists or is public: an id, a country, a currency, a code.",
    OUT_OF_RANGE="The number, date or time is too small, large, early or late; `limit` is the bound, if it has one.",
    NOT_ALLOWED="The value has the right form, and is not permitted here.",
)


@strawberry.type(description="One wrong value of an input, for the form field that it came from.")
class InputIssue:
    path: list[str] = field(
        'Where the value is in the `input`: `["consents", "0", "textVersion"]` is `textVersion` of the first consent.',
        list_size=MAX_ISSUE_PATH,
    )
    reason: InputReason = field("Why the value is wrong, for programs; stable.")
    message: str = field("What to do about the value, for people, in the language that `Accept-Language` prefers.")
    limit: int | None = field("The most or the least that is permitted, where `reason` is about a bound.")


@strawberry.type(description="Why a mutation was refused, and what to do about it.")
class Problem:
    code: ProblemCode = field("The kind of problem, for programs; stable.")
    message: str = field(
        "What to do about the problem, for people, in the language that `Accept-Language` prefers; a whole sentence."
    )
    issues: list[InputIssue] = field(
        "Every value of the input that is wrong, in the order of the input.", list_size=USUAL_LIST_SIZE
    )
    retry_after_seconds: int | None = strawberry.field(description="When to try again, in seconds.", default=None)


def _problem(refusal: Refusal, signature: ResolverSignature, context: Context) -> Problem:
    """Return a refusal as clients see it, in their language."""
    return Problem(
        code=refusal.code,
        message=context.translate(refusal.message),
        issues=[
            InputIssue(
                path=list(issue.path),
                reason=issue.reason,
                message=context.translate(issue.message),
                limit=issue.limit,
            )
            for issue in sorted(refusal.issues, key=lambda issue: signature.input_order(issue.path))
        ],
        retry_after_seconds=refusal.retry_after_seconds,
    )


def mutation(resolver: Resolver, derived: dict[str, Any] | None = None, **payload: Any) -> Any:
    """Declare a mutation. The resolver's arguments become its `input`; `payload` gives the fields of its payload type.

    The description of a payload field is derived from its name, or given as `Annotated[type, description]`, for a list
    with the number of its items by which the cost is estimated: `Annotated[list[type], description, 100]`.
    With one payload field the resolver returns the field's value, otherwise an object with an attribute for each.
    `derived` fields have resolvers on the payload. A Refusal becomes the Problem of the result union.
    A type of another module may be `Annotated["Name", strawberry.lazy(module)]`.
    """
    signature, needed = ResolverSignature(resolver), required_first(resolver)
    signature.check_begins_with_context()
    name = resolver.__name__
    title = name.title().replace("_", "")
    described = {item: _split_description(item, hint) for item, hint in payload.items()}
    payload = {item: hint for item, (hint, *_) in described.items()}
    payload_type = _payload_type(title, described, derived or {})
    result_type = Annotated[
        Union[payload_type, Problem],  # type: ignore[valid-type]  # noqa: UP007
        strawberry.union(f"{title}Result", description=f"The result of `{camel_case(name)}`, or a problem."),
    ]
    times = [item for item, hint in payload.items() if hint is datetime]
    only = next(iter(payload)) if len(payload) == 1 else None
    own = {camel_case(item): item for item in (*(argument.name for argument in signature.arguments), "idempotency_key")}

    @cache  # when it is first called: a lazy type's module is not loaded before
    def rows() -> dict[str, Any]:
        return {item: _model(hint) for item, hint in payload.items()}

    async def mutate(self: Any, info: Any, input: Any) -> Any:
        context: Context = info.context
        given: dict[str, Any] = {own[name]: item for name, item in input.items()}
        wrong = collect_issues()

        async def perform(context: Context) -> dict[str, Any]:
            # the resolver also runs if a value is wrong, to find all mistakes at once; its writes are then rolled back
            with wrong:
                result = await resolver(context, **values)
            return {only: result} if only else {item: getattr(result, item) for item in payload}

        try:
            if needed is not None:
                context.require(needed)
            values = signature.collect_values(given, wrong)
            key = wrong.take(checked_key, argument_value(given, "idempotency_key"))
            # an input that is wrong has no answer that could be stored or replayed
            call = MutationCall(name, values, None if wrong else key, rows())
            answer, replayed = await run_mutation(context, call, perform)
        except Refusal as refusal:
            return _problem(refusal, signature, context)
        if replayed:  # the stored answer was decoded from JSON
            answer |= {item: parse_instant(answer[item]) for item in times}
        made = payload_type(**answer, replayed=replayed)
        made.may_have_token = not replayed or context.viewer.supporter_id is not None or is_secret(key)
        return made

    mutate.__annotations__ = {
        "info": strawberry.Info,
        "input": Annotated[_input_type(title, signature), strawberry.argument(description="The input.")],
        "return": result_type,
    }
    mutate.is_bare = True  # type: ignore[attr-defined]
    return strawberry.mutation(
        resolver=mutate, name=camel_case(name), description=description(resolver), directives=directives(resolver)
    )


def _split_description(name: str, hint: Any) -> tuple[Any, str, int | None]:
    """Return a payload field's type, its description, and the length of its list, as `Annotated` gives them."""
    if get_origin(hint) is Annotated and isinstance(hint.__metadata__[0], str):
        text, *size = hint.__metadata__
        return hint.__origin__, text, next(iter(size), None)
    return hint, f"The {name.replace('_', ' ').replace('api ', 'API ')} after the mutation.", None


def _model(hint: Any) -> Any:
    """Return the table whose rows a payload's item gives; None for a plain value."""
    if get_origin(hint) is Annotated and isinstance(hint.__metadata__[0], StrawberryLazyReference):
        hint = hint.__metadata__[0].resolve_forward_ref(hint.__origin__).resolve_type()
    candidates = get_args(hint) or (hint,)
    return next((model for item in candidates if (model := getattr(item, "model", None))), None)


def _input_type(title: str, signature: ResolverSignature) -> Any:
    items = {argument.name: (argument.type, _input_field(argument)) for argument in signature.arguments}
    key = "1 to 64 visible characters. A retry with the same key returns the first answer again."
    items["idempotency_key"] = (str | None, strawberry.field(default=strawberry.UNSET, description=key))
    cls: Any = strawberry.input(
        _class(f"{title}Input", items), description=f"The input of `{title[0].lower()}{title[1:]}`."
    )
    # Keep the dictionary: a Strawberry input object would only be converted once more.
    cls.__strawberry_definition__.from_input = lambda cls, value, context: value
    return cls


def _input_field(argument: Argument) -> Any:
    default = argument.graphql_default
    if default is inspect.Parameter.empty:
        return strawberry.field(description=argument.description)
    if isinstance(default, list):
        return strawberry.field(description=argument.description, default_factory=list)
    return strawberry.field(description=argument.description, default=default)


def _payload_type(title: str, described: dict[str, tuple[Any, str, int | None]], derived: dict[str, Any]) -> Any:
    items = {name: (hint, field(text, list_size=size)) for name, (hint, text, size) in described.items()}
    items |= {name: (hint, field(resolver)) for name, (hint, resolver) in derived.items()}
    replayed = "Whether this is the stored answer to an earlier request with the same `idempotencyKey`."
    items["replayed"] = (bool, field(replayed))
    cls = _class(f"{title}Payload", items)
    return strawberry.type(cls, description=f"The result of `{title[0].lower()}{title[1:]}`.")


def _class(name: str, items: dict[str, tuple[Any, Any]]) -> type:
    """Create a class with these annotated fields."""
    annotations = {item: hint for item, (hint, _) in items.items()}
    fields = {item: declared for item, (_, declared) in items.items()}
    return type(name, (), {"__annotations__": annotations, "__module__": __name__, **fields})
