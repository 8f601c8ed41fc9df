"""Hostile texts for every text argument of the schema: the operations that carry them, and the work that they cause."""

import time
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_enum_type,
    is_input_object_type,
    is_object_type,
    is_required_argument,
)

TEXTS = {"String", "ID", "URL", "EmailAddress", "CountryCode", "CurrencyCode", "DateTime", "Date"}
OTHERS = {"Int": 1, "SafeInt": 1, "Boolean": True, "Float": 1.0}
PARENTS = {
    "Query": "%s",
    "Subscription": "%s",
    "Campaign": "node(id: $campaign) { ... on Campaign { %s } }",
    "Comment": "node(id: $comment) { ... on Comment { %s } }",
    "CommentModeration": "node(id: $comment) { ... on Comment { moderation { %s } } }",
    "Viewer": "viewer { %s }",
}
"""Selections that reach each type whose fields take texts."""

PIECES = {
    "one letter": "a",
    "marks": "\u0301\u0316",
    "letters with marks": "a\u0316\u0301",
    "ats": "a@",
    "dots": "a.",
    "quotes": ">",
    "brackets": "[](",
    "stars": "*a_",
    "ampersands": "&",
    "lines": "- a\n",
    "spaces": " \n",
    "tags": "<b",
    "fences": "`a``",
    "phones": "+1 ",
    "links": "www.a/",
    "suggestions": " Did you mean 'Value '",
}


FREE_SECONDS = 0.15
"""Work that takes no longer is not compared: a quadratic step takes far longer at these lengths."""
MAX_RATIO = 3.0
"""Twice the text may take so many times the work; a quadratic step makes it four times."""
MAX_TRIES = 4


class Carrier(NamedTuple):
    """An operation with a text argument or several."""

    kind: str
    parent: str
    field: str
    arguments: dict[str, Any]
    """The input types by the name of the argument."""

    @property
    def document(self) -> str:
        names = {**self.arguments, **({} if self.kind == "mutation" else {"campaign": "ID!", "comment": "ID!"})}
        text = f"{self.field}({', '.join(f'{name}: ${name}' for name in self.arguments)}) {self.selection}".strip()
        text = text if self.kind == "mutation" else PARENTS[self.parent] % text
        used = {name: kind for name, kind in names.items() if f"${name}" in text}
        return f"{self.kind}({', '.join(f'${name}: {kind}' for name, kind in used.items())}) {{ {text} }}"

    @property
    def selection(self) -> str:
        if self.kind == "mutation":
            return "{ __typename ... on Problem { code issues { path reason limit } } }"
        return "{ __typename }"


def carriers(schema: GraphQLSchema) -> dict[str, Carrier]:
    """Return every field that takes a text, by its place in the schema."""
    found = {}
    for parent in filter(is_object_type, schema.type_map.values()):
        assert isinstance(parent, GraphQLObjectType)
        for name, field in parent.fields.items():
            if any(_leaves(argument.type) for argument in field.args.values()):
                found[f"{parent.name}.{name}"] = _carrier(parent.name, name, field)
    return found


def _carrier(parent: str, name: str, field: GraphQLField) -> Carrier:
    kind = parent.lower() if parent in ("Mutation", "Subscription") else "query"
    taken = {
        key: argument.type
        for key, argument in field.args.items()
        if _leaves(argument.type) or is_required_argument(argument)
    }
    return Carrier(kind, parent, name, taken)


def _leaves(type_: Any) -> bool:
    named = get_named_type(type_)
    if isinstance(named, GraphQLInputObjectType):
        return any(_leaves(field.type) for field in named.fields.values())
    return named.name in TEXTS


Text = Callable[[str], str]
"""Returns the text for an argument, which is given by its path with dots: "money.currency"."""


def filled(type_: Any, text: Text, path: str) -> Any:
    """Return a value of an input type, with a text of the function's at each place for one."""
    if isinstance(type_, GraphQLNonNull):
        return filled(type_.of_type, text, path)
    if isinstance(type_, GraphQLList):
        return [filled(type_.of_type, text, f"{path}.0")]
    if is_input_object_type(type_):
        prefix = "" if path == "input" else f"{path}."
        return {name: filled(field.type, text, prefix + name) for name, field in type_.fields.items()}
    if type_.name in TEXTS:
        return text(path)
    return next(iter(type_.values)) if is_enum_type(type_) else OTHERS[type_.name]


def variables(carrier: Carrier, text: Text) -> dict[str, Any]:
    return {name: filled(type_, text, name) for name, type_ in carrier.arguments.items()}


def repeated(piece: str, length: int) -> str:
    return (piece * (length // len(piece) + 1))[:length]


def limits_in(answer: dict[str, Any], field: str) -> dict[str, int]:
    """Return the limit of each text that was too long, by its path."""
    payload = (answer.get("data") or {}).get(field)
    issues = [*payload.get("issues", ())] if isinstance(payload, dict) else []
    for error in answer.get("errors", ()):
        issues += error["extensions"].get("issues", ())
    return {".".join(one["path"]): one["limit"] for one in issues if one["reason"] == "TOO_LONG"}


async def check_linear(send: Callable[[int], Awaitable[Any]]) -> None:
    """Check that `send(1)` takes at most thrice the CPU time of `send(2)`, which sends half of the text.

    C code counts no steps, so that the time of the loop's thread is compared. Another process may disturb one try.
    """
    times = []
    for _ in range(MAX_TRIES):
        half, whole = await _seconds(send, 2), await _seconds(send, 1)
        if whole < max(FREE_SECONDS, MAX_RATIO * half):
            return
        times.append((half, whole))
    raise AssertionError(times)


async def _seconds(send: Callable[[int], Awaitable[Any]], part: int) -> float:
    start = time.thread_time()
    await send(part)
    return time.thread_time() - start
