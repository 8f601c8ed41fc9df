"""Resolver signatures: the context is found by its annotation, and a wrong signature is refused at start-up."""

import inspect
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any

import pytest
import strawberry

from auth.viewers import Scope
from live import Live
from models import Campaign
from refusals import Refusal
from resolvers.context import Context
from resolvers.declarations import of_level, requires
from resolvers.inputs import UNCHANGED
from schema.arguments import ResolverSignature, input_for
from schema.fields import field, subscription
from schema.mutations import mutation
from settings import Settings


def port(asker: Context) -> int:
    return asker.settings.port


def port_plus_row(row: int, asker: Context) -> int:
    return row + asker.settings.port


@strawberry.type
class Query:
    port: int = field(port)
    port_plus_row: int = field(port_plus_row)


def test_context_is_found_by_annotation() -> None:
    schema = strawberry.Schema(Query)

    result = schema.execute_sync("{ port portPlusRow }", root_value=1, context_value=Context(Settings(port=80), Live()))

    assert result.errors is None
    assert result.data == {"port": 80, "portPlusRow": 81}


def test_context_after_a_row_is_no_argument() -> None:
    signature = ResolverSignature(port_plus_row)

    assert (signature.takes_row, signature.takes_context, signature.arguments) == (True, True, [])


def change(
    context: Context,
    title: Annotated[str, "The title."] = UNCHANGED,
    subtitle: Annotated[str | None, "The subtitle."] = UNCHANGED,
) -> int:
    return 0


def test_unchanged_argument_says_what_null_does() -> None:
    title, subtitle = ResolverSignature(change).arguments

    assert (title.type, title.description) == (str | None, "The title. Unchanged if left out; not null.")
    assert (subtitle.type, subtitle.description) == (
        str | None,
        "The subtitle. Unchanged if left out; null removes it.",
    )


def test_null_is_refused_where_the_type_does_not_allow_it() -> None:
    signature = ResolverSignature(change)

    assert signature.values({}) == {"title": UNCHANGED, "subtitle": UNCHANGED}
    assert signature.values({"title": "T", "subtitle": None}) == {"title": "T", "subtitle": None}
    with pytest.raises(Refusal) as refused:
        signature.values({"title": None})
    issues = [(issue.path, issue.reason) for issue in refused.value.issues]
    assert (refused.value.code, issues) == ("INVALID", [(("title",), "EMPTY")])


@requires(Scope.MODERATE)
def secret(row: int) -> str:
    return "secret"


@requires(Scope.MODERATE)
@of_level
async def secrets_of_level(rows: list[int], context: Context) -> list[str]:
    return ["secret" for _ in rows]


@pytest.mark.parametrize("resolver", [secret, secrets_of_level])
def test_scope_that_would_not_be_checked_is_refused(resolver: Any) -> None:
    with pytest.raises(TypeError, match="can not require a scope"):
        field(resolver)


def context_of_another_type(context: dict[str, Any]) -> str:
    return ""


def row_called_context(row: Campaign, context: Campaign) -> str:
    return ""


def context_too_late(row: Campaign, state: str, context: Context) -> str:
    return ""


def two_contexts(context: Context, other: Context) -> str:
    return ""


def context_without_annotation(row: Campaign, context) -> str:  # type: ignore[no-untyped-def]
    return ""


def row_without_annotation(row, context: Context) -> str:  # type: ignore[no-untyped-def]
    return ""


@pytest.mark.parametrize(
    ("resolver", "parameter", "problem"),
    [
        (context_of_another_type, "context", "must be annotated with Context"),
        (row_called_context, "context", "must be annotated with Context"),
        (context_too_late, "context", "must be the first parameter, or the second after the row"),
        (two_contexts, "other", "is a second Context"),
        (context_without_annotation, "context", "has no annotation"),
        (row_without_annotation, "row", "has no annotation"),
    ],
)
def test_wrong_signature_is_refused(resolver: Any, parameter: str, problem: str) -> None:
    """The error names the resolver and the parameter."""
    with pytest.raises(TypeError) as error:
        field(resolver)

    assert f"{__name__}.{resolver.__name__} " in str(error.value)
    assert f"{parameter!r} " in str(error.value)
    assert problem in str(error.value)


async def change_row(row: Campaign, context: Context) -> Campaign:
    return row


def test_mutation_without_context_first_is_refused() -> None:
    with pytest.raises(TypeError, match=r"change_row .*'row' must be a Context"):
        mutation(change_row, name=str)


def without_parameters() -> str:
    return ""


def test_resolver_without_parameters_is_refused() -> None:
    with pytest.raises(TypeError, match="without_parameters can not be a field"):
        field(without_parameters)


async def follow_row(row: Campaign, context: Context) -> AsyncIterator[str]:
    yield row.slug


def test_subscription_without_context_first_is_refused() -> None:
    assert inspect.isasyncgenfunction(follow_row)
    with pytest.raises(TypeError, match=r"follow_row .*'row' must be a Context"):
        subscription(follow_row)


def doubled(row: int, times: Annotated[int, "How often."] = 2) -> int:
    """The row, several times."""
    return row * times


def test_argument_without_a_context_takes_null_for_its_default() -> None:
    @strawberry.type
    class Numbers:
        doubled: int = field(doubled)

    schema = strawberry.Schema(Numbers)

    context = Context(Settings(), Live())
    asked = "query ($n: Int) { a: doubled b: doubled(times: null) c: doubled(times: $n) d: doubled(times: 3) }"
    result = schema.execute_sync(asked, {"n": None}, root_value=5, context_value=context)

    assert result.errors is None
    assert result.data == {"a": 10, "b": 10, "c": 10, "d": 15}
    assert "    times: Int = 2\n" in schema.as_str()


@dataclass
class Wish:
    amount: int = 3


def test_input_field_with_a_default_that_refuses_null_is_refused() -> None:
    @strawberry.input
    class WishInput:
        amount: int = 3

    with pytest.raises(TypeError, match=r"WishInput.amount has a default: it must take null"):
        input_for(Wish)(WishInput)
